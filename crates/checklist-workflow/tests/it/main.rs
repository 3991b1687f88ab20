//! Templates and Markdown lists, read from text.

mod corpus;
mod hostile;
mod markdown;
mod mistakes;
mod reading;
mod template;
