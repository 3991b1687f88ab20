//! The real binary in temporary folders: sessions, exit codes, crashes, damage, terminals.
#![expect(
    clippy::disallowed_methods,
    clippy::disallowed_types,
    clippy::unwrap_used,
    clippy::print_stdout,
    reason = "these tests are about the real disk, fail by panicking, and say what they skip"
)]

mod support;

mod codes;
mod corpus;
mod damage;
mod interrupted;
mod output;
mod session;
mod terminal;
mod trust;
