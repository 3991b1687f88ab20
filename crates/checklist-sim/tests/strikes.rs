//! Fails every call of the last step of sequences, lifts the fault, and demands that the same processes go on.

/// Says something past the capture of the test runner: figures and skipped tests are for everybody to see.
macro_rules! say {
    ($($text:tt)*) => {{
        use std::io::Write as _;
        let _ = writeln!(std::io::stderr(), $($text)*);
    }};
}

use checklist_sim::fault::Fault;
use checklist_sim::known::Known;
use checklist_sim::step::Sequence;
use checklist_sim::strike::{StrikeTally, Striker};
use checklist_store::env::mem::Budget;
use std::io::ErrorKind;

const BUDGET: Budget = Budget { subset_changes_max: 3, byte_tears_max: 0, garbage: false, tears_max: 4 };

/// Strikes every step alone, and a share of the pairs of steps.
fn no_fault_stops_a_process(name: &str, fault: fn(u64) -> Fault) -> StrikeTally {
    let known = Known::default();
    let mut striker = Striker::new(&fault, BUDGET, &known);
    let alone = 0..Sequence::count(1);
    let pairs = (Sequence::count(1)..Sequence::count(2)).step_by(23);
    for sequence in alone.chain(pairs).map_while(Sequence::numbered) {
        striker.strike(&sequence);
    }
    let (tally, findings) = striker.end();
    say!("{name}: {tally:?}");
    let findings: Vec<String> = findings.iter().map(ToString::to_string).collect();
    assert!(findings.is_empty(), "{}", findings.join("\n\n"));
    assert!(tally.runs > 0 && tally.went_on > 0, "{tally:?}");
    tally
}

#[test]
fn input_output_error_once() {
    let tally = no_fault_stops_a_process("EIO once", |at| Fault::Once(at, ErrorKind::Other));
    assert!(
        tally.not_saved > 0 && tally.in_doubt > 0 && tally.unharmed > 0 && tally.reopened > 0,
        "{tally:?}"
    );
}

#[test]
fn input_output_error_for_ever() {
    no_fault_stops_a_process("EIO for ever", |at| Fault::From(at, ErrorKind::Other));
}

#[test]
fn interrupted_once() {
    no_fault_stops_a_process("EINTR once", |at| Fault::Once(at, ErrorKind::Interrupted));
}

#[test]
fn no_space_once() {
    no_fault_stops_a_process("ENOSPC once", |at| Fault::Once(at, ErrorKind::StorageFull));
}

#[test]
fn no_space_for_ever() {
    no_fault_stops_a_process("ENOSPC for ever", |at| Fault::FullFrom(at, ErrorKind::StorageFull));
}

#[test]
fn quota_used_up() {
    no_fault_stops_a_process("EDQUOT for ever", |at| Fault::FullFrom(at, ErrorKind::QuotaExceeded));
}

#[test]
fn file_too_large() {
    no_fault_stops_a_process("EFBIG for ever", |at| Fault::FullFrom(at, ErrorKind::FileTooLarge));
}

#[test]
fn mounted_for_reading() {
    no_fault_stops_a_process("EROFS for ever", |at| Fault::RefusedFrom(at, ErrorKind::ReadOnlyFilesystem));
}

#[test]
fn permission_taken_away() {
    no_fault_stops_a_process("EACCES for ever", |at| Fault::RefusedFrom(at, ErrorKind::PermissionDenied));
}

#[test]
fn bytes_lost_by_a_failed_sync() {
    let tally = no_fault_stops_a_process("sync failed", |at| Fault::SyncLost(at, ErrorKind::Other));
    assert!(tally.in_doubt > 0 && tally.reopened > 0, "{tally:?}");
}

#[test]
fn short_writes() {
    let known = Known::default();
    let fault = |_| Fault::ShortWrites(7);
    let mut striker = Striker::new(&fault, BUDGET, &known);
    (0..Sequence::count(2)).map_while(Sequence::numbered).for_each(|sequence| striker.strike(&sequence));
    let (tally, findings) = striker.end();
    say!("short writes: {tally:?}");
    assert!(findings.is_empty(), "{}", findings[0]);
    assert!(tally.runs > 400 && tally.unharmed == tally.runs, "{tally:?}");
}
