//! Fails every call of every workload, in every way, and demands an honest answer and an intact disk.

/// Says something past the capture of the test runner: figures and skipped tests are for everybody to see.
macro_rules! say {
    ($($text:tt)*) => {{
        use std::io::Write as _;
        let _ = writeln!(std::io::stderr(), $($text)*);
    }};
}

#[path = "faults/unread.rs"]
mod unread;

use checklist_sim::fault::Fault;
use checklist_sim::sweep::{SweepTally, sweep};
use checklist_sim::workload;
use checklist_store::env::mem::Budget;
use std::io::ErrorKind;

const BUDGET: Budget = Budget { subset_changes_max: 3, byte_tears_max: 0, garbage: false, tears_max: 6 };

/// Sweeps every workload; the sum of what was tried.
fn no_fault_breaks_a_promise(name: &str, fault: fn(u64) -> Fault) -> SweepTally {
    let mut sum = SweepTally::default();
    let mut findings = Vec::new();
    for workload in workload::ALL {
        let (tally, found) = sweep(workload, &fault, BUDGET);
        findings.extend(found.iter().map(ToString::to_string));
        sum.runs += tally.runs;
        sum.not_saved += tally.not_saved;
        sum.in_doubt += tally.in_doubt;
        sum.unharmed += tally.unharmed;
        sum.states += tally.states;
    }
    say!("{name}: {sum:?}");
    assert!(findings.is_empty(), "{}", findings.join("\n\n"));
    assert!(sum.runs > 0, "the fault never struck");
    sum
}

#[test]
fn every_call_once() {
    let sum = no_fault_breaks_a_promise("one error", |at| Fault::Once(at, ErrorKind::Other));
    assert!(sum.runs >= 1_500 && sum.in_doubt > 0 && sum.not_saved > 0 && sum.unharmed > 0, "{sum:?}");
}

#[test]
fn every_call_interrupted() {
    no_fault_breaks_a_promise("interrupted", |at| Fault::Once(at, ErrorKind::Interrupted));
}

#[test]
fn every_call_from_there_on() {
    let sum = no_fault_breaks_a_promise("dead disk", |at| Fault::From(at, ErrorKind::Other));
    assert!(sum.runs >= 1_500, "{sum:?}");
}

#[test]
fn full_disk() {
    no_fault_breaks_a_promise("full disk", |at| Fault::FullFrom(at, ErrorKind::StorageFull));
}

#[test]
fn read_only() {
    no_fault_breaks_a_promise("read-only disk", |at| Fault::RefusedFrom(at, ErrorKind::ReadOnlyFilesystem));
}

#[test]
fn failed_sync_poisons() {
    let sum = no_fault_breaks_a_promise("lost by a failed sync", |at| Fault::SyncLost(at, ErrorKind::Other));
    assert!(sum.in_doubt > 0, "{sum:?}");
}
