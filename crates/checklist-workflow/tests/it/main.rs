//! Templates and Markdown lists, read from text.

/// Says something past the capture of the test runner: figures and skipped tests are for everybody to see.
macro_rules! say {
    ($($text:tt)*) => {{
        use std::io::Write as _;
        let _ = writeln!(std::io::stderr(), $($text)*);
    }};
}

mod bmad;
mod corpus;
mod documents;
mod extends;
mod hostile;
mod library;
mod markdown;
mod merge;
mod mistakes;
mod reading;
mod schema;
mod template;
