//! The forms of a page: text for a terminal, lines and an object for programs, Markdown, and troff for man.

pub(crate) mod markdown;
pub(crate) mod object;
pub(crate) mod plain;
pub(crate) mod roff;
pub(crate) mod terminal;
