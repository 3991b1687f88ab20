//! Logs of commands that print without end: the beginning and the end are kept, also while they run.

use crate::{Place, eventually};
use checklist_workflow::exec::{Exit, LOG_BYTES_MAX};
use checklist_workflow::mask::Masker;
use std::ops::Range;
use std::os::unix::fs::MetadataExt as _;
use std::sync::atomic::AtomicBool;

/// The first number of 15 digits.
const FIRST: u64 = 100_000_000_000_000;

/// A script that prints lines of 16 bytes, each with its number.
fn printing(lines: Range<u64>) -> String {
    format!("seq {} {}", FIRST + lines.start, FIRST + lines.end - 1)
}

/// Whether a log is what is left of such lines: its beginning, a line about the rest, its end.
#[track_caller]
fn assert_shortened(log: &[u8], lines: u64) {
    assert!(log.len() as u64 <= LOG_BYTES_MAX, "{} bytes are kept", log.len());
    let at = log.windows(6).position(|bytes| bytes == b"\n[... ").expect("a line says what is left out");
    let (head, rest) = log.split_at(at);
    let text = str::from_utf8(&rest[1..64]).expect("the line is text");
    let left_out: u64 = text["[... ".len()..].split(' ').next().unwrap().parse().unwrap();
    let tail = &rest[64..];
    assert_eq!(head.len() as u64 + left_out + tail.len() as u64, lines * 16, "{text}");
    for (number, line) in (0..).zip(head.chunks_exact(16)) {
        assert_eq!(line, format!("{}\n", FIRST + number).as_bytes());
    }
    for (number, line) in (0..lines).rev().zip(tail.rchunks_exact(16)) {
        assert_eq!(line, format!("{}\n", FIRST + number).as_bytes());
    }
    assert!(head.len() >= 2 << 20 && tail.len() >= 8 << 20, "{} and {}", head.len(), tail.len());
}

#[test]
fn of_hundreds_of_megabytes_the_beginning_and_the_end_are_kept() {
    let place = Place::new();
    let lines = 20_000_000;
    let outcome = place.run(&printing(0..lines));
    assert_eq!((outcome.exit, outcome.log_bytes), (Exit::Code(0), lines * 16));
    assert_shortened(&std::fs::read(place.log()).unwrap(), lines);
    // The same log is kept within the same bound by the next command.
    let outcome = place.run(&printing(lines..lines + 1_000_000));
    assert_eq!(outcome.log_bytes, 1_000_000 * 16);
    assert_shortened(&std::fs::read(place.log()).unwrap(), lines + 1_000_000);
}

#[test]
fn a_log_is_short_while_its_command_runs_and_with_secrets() {
    for secret in [None, Some("100000000000042")] {
        let place = Place::new();
        let lines = 4_000_000;
        let script = format!("{}; until test -e enough; do sleep 0.02; done", printing(0..lines));
        let mut command = place.command(&script);
        command.masker = Masker::new(secret);
        let (path, enough) = (place.log(), place.path().join("enough"));
        let outcome = std::thread::scope(|scope| {
            scope.spawn(move || {
                let log = || std::fs::metadata(&path).ok();
                eventually("all is printed, and little of it kept", || {
                    log().is_some_and(|log| log.len() > 60 << 20 && log.blocks() * 512 < 17 << 20)
                });
                std::fs::write(enough, "").unwrap();
            });
            command.run(&place.env, &AtomicBool::new(false))
        });
        assert_eq!(outcome.exit, Exit::Code(0));
        let masked = |secret: &str| secret.len() as u64 - 3;
        assert_eq!(outcome.log_bytes, lines * 16 - secret.map_or(0, masked));
        let log = std::fs::read(place.log()).unwrap();
        match secret {
            None => assert_shortened(&log, lines),
            Some(secret) => assert!(!String::from_utf8_lossy(&log).contains(secret)),
        }
    }
}
