//! Cuts the power after every call of every workload, in every way, and again during recovery, twice.

/// Says something past the capture of the test runner: figures and skipped tests are for everybody to see.
macro_rules! say {
    ($($text:tt)*) => {{
        use std::io::Write as _;
        let _ = writeln!(std::io::stderr(), $($text)*);
    }};
}

use checklist_sim::crash::{Effort, explore, plain};
use checklist_sim::workload;
use checklist_store::env::mem::Budget;

const EFFORT: Effort = Effort {
    workload: Budget { subset_changes_max: 6, byte_tears_max: 64 << 10, garbage: true, tears_max: 600 },
    recovery: Budget { subset_changes_max: 4, byte_tears_max: 0, garbage: false, tears_max: 8 },
    depth: 2,
    recovery_states_max: 400,
    findings_max: 10,
};

/// Distinct disks that must be tried: the sum of the minima below must reach it.
const ALL_STATES_MIN: usize = 100_000;

/// The same for each workload.
const STATES_MIN: &[(&str, usize)] = &[
    ("create_only", 1_500),
    ("created", 5_500),
    ("single", 2_000),
    ("many", 11_000),
    ("nested", 4_500),
    ("rolled_back", 4_000),
    ("reopened", 6_000),
    ("two_handles", 8_500),
    ("two_handles_late", 16_000),
    ("deferred", 18_000),
    ("abandoned", 7_000),
    ("rotation", 18_000),
    ("large", 6_000),
    ("grouped", 10_000),
    ("grouped_late", 6_000),
    ("grouped_often", 6_000),
    ("edited_whole", 9_000),
    ("edited_in_place", 9_000),
    ("edited_behind", 9_000),
];

#[test]
fn create_only() {
    no_crash_breaks_a_promise("create_only");
}

#[test]
fn created() {
    no_crash_breaks_a_promise("created");
}

#[test]
fn single() {
    no_crash_breaks_a_promise("single");
}

#[test]
fn many() {
    no_crash_breaks_a_promise("many");
}

#[test]
fn nested() {
    no_crash_breaks_a_promise("nested");
}

#[test]
fn rolled_back() {
    no_crash_breaks_a_promise("rolled_back");
}

#[test]
fn reopened() {
    no_crash_breaks_a_promise("reopened");
}

#[test]
fn two_handles() {
    no_crash_breaks_a_promise("two_handles");
}

#[test]
fn two_handles_late() {
    no_crash_breaks_a_promise("two_handles_late");
}

#[test]
fn deferred() {
    no_crash_breaks_a_promise("deferred");
}

#[test]
fn abandoned() {
    no_crash_breaks_a_promise("abandoned");
}

#[test]
fn rotation() {
    no_crash_breaks_a_promise("rotation");
}

#[test]
fn large() {
    no_crash_breaks_a_promise("large");
}

#[test]
fn grouped() {
    no_crash_breaks_a_promise("grouped");
}

#[test]
fn grouped_late() {
    no_crash_breaks_a_promise("grouped_late");
}

#[test]
fn grouped_often() {
    no_crash_breaks_a_promise("grouped_often");
}

#[test]
fn edited_whole() {
    no_crash_breaks_a_promise("edited_whole");
}

#[test]
fn edited_in_place() {
    no_crash_breaks_a_promise("edited_in_place");
}

#[test]
fn edited_behind() {
    no_crash_breaks_a_promise("edited_behind");
}

fn no_crash_breaks_a_promise(name: &str) {
    let (_, states_min) = STATES_MIN.iter().find(|(minimum, _)| *minimum == name).expect("it has a minimum");
    let workload = workload::named(name).expect("the list names workloads that exist");
    let (tally, findings) = explore(workload, EFFORT, &plain);
    let [states, once, twice] = tally.states;
    say!(
        "{name}: {} distinct crash states ({states} of the workload, {once} of recovery, {twice} of the \
         recovery from that) at {} moments, from {} outcomes",
        tally.distinct(),
        tally.moments,
        tally.outcomes
    );
    let findings: Vec<String> = findings.iter().map(ToString::to_string).collect();
    assert!(findings.is_empty(), "{}", findings.join("\n\n"));
    assert!(tally.distinct() >= *states_min, "only {} distinct states were tried", tally.distinct());
}

#[test]
fn every_workload_is_tried_and_the_sum_is_what_we_promise() {
    let tested: Vec<&str> = STATES_MIN.iter().map(|(name, _)| *name).collect();
    assert!(workload::ALL.iter().all(|workload| tested.contains(&workload.name)), "{tested:?}");
    let sum: usize = STATES_MIN.iter().map(|(_, states)| states).sum();
    assert!(sum >= ALL_STATES_MIN, "the minima add up to {sum} only");
}
