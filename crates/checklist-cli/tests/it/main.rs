//! The real binary in temporary folders: sessions, exit codes, crashes, damage, terminals.
#![expect(
    clippy::disallowed_methods,
    clippy::disallowed_types,
    clippy::unwrap_used,
    reason = "these tests are about the real disk, fail by panicking, and say what they skip"
)]

/// Says something past the capture of the test runner: figures and skipped tests are for everybody to see.
macro_rules! say {
    ($($text:tt)*) => {{
        use std::io::Write as _;
        let _ = writeln!(std::io::stderr(), $($text)*);
    }};
}

mod page;
mod support;
mod window;

mod agents;
mod backups;
mod cases;
mod clocks;
mod codes;
mod completions;
mod contention;
mod corpus;
mod damage;
mod dialogue;
mod disks;
mod doctor;
mod documents;
mod dry;
mod export;
mod format;
mod full_disk;
mod init;
mod interrupted;
mod lists;
mod logs;
mod manual;
#[cfg(feature = "mcp")]
mod mcp;
#[cfg(feature = "otlp")]
mod otlp;
mod output;
mod panel;
mod paths;
mod prompt;
mod pty;
mod requests;
mod runs;
mod schemas;
mod screens;
mod secrets;
mod session;
mod snapshots;
mod stats;
mod terminal;
mod together;
mod torture;
mod trust;
mod walk;
mod watch;
