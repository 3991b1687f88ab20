//! The `checklist` command: reads its arguments, does what they say, and exits with a published code.

mod approval;
mod cli;
mod completion;
mod context;
mod embedded;
mod exit;
mod failure;
mod json;
mod lines;
mod manual;
mod marked;
mod outgoing;
mod overlay;
mod program;
mod prompt;
mod schema;
mod screen;
mod signals;
mod source;
mod time;
#[cfg(feature = "otlp")]
mod traces;
mod ui;
mod unified;
mod verbs;
mod zone;

use std::process::ExitCode;

fn main() -> ExitCode {
    ExitCode::from(program::run().code())
}
