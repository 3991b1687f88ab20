//! Templates and Markdown lists, read from text.

mod corpus;
mod markdown;
mod template;
