//! A share of the hunt: sequences of steps with a power cut after every call of the last one, and two
//! processes whose calls alternate in many ways.

/// Says something past the capture of the test runner: figures and skipped tests are for everybody to see.
macro_rules! say {
    ($($text:tt)*) => {{
        use std::io::Write as _;
        let _ = writeln!(std::io::stderr(), $($text)*);
    }};
}

use checklist_sim::crash::{Effort, plain};
use checklist_sim::hunt::{EFFORT, Hunter};
use checklist_sim::interleave::{self, Act, Interleaver};
use checklist_sim::known::Known;
use checklist_sim::step::{STEPS_MAX, Sequence};

/// Hunts the sequences with these numbers.
fn no_crash_breaks_a_promise(name: &str, numbers: impl Iterator<Item = usize>, states_min: usize) {
    let known = Known::default();
    let mut hunter = Hunter::new(1, EFFORT, &plain, &known);
    let mut count = 0;
    for sequence in numbers.map_while(Sequence::numbered) {
        hunter.hunt(&sequence);
        count += 1;
    }
    let (tally, findings) = hunter.end();
    let [states, once, twice] = tally.states;
    say!(
        "{name}: {} distinct crash states ({states} of steps, {once} of recovery, {twice} of the recovery from \
         that) of {count} sequences, at {} moments, from {} outcomes",
        tally.distinct(),
        tally.moments,
        tally.outcomes
    );
    let findings: Vec<String> = findings.iter().map(ToString::to_string).collect();
    assert!(findings.is_empty(), "{}", findings.join("\n\n"));
    assert!(tally.distinct() >= states_min, "only {} distinct states were tried", tally.distinct());
}

#[test]
fn one_step() {
    no_crash_breaks_a_promise("one step", 0..Sequence::count(1), 10_000);
}

#[test]
fn two_steps() {
    let numbers = (Sequence::count(1)..Sequence::count(2)).step_by(41);
    no_crash_breaks_a_promise("two steps, a share", numbers, 10_000);
}

#[test]
fn three_steps() {
    let numbers = (Sequence::count(2)..Sequence::count(STEPS_MAX)).step_by(997);
    no_crash_breaks_a_promise("three steps, a share", numbers, 8_000);
}

/// For two processes: what whole calls leave behind, and one crash in recovery.
const BESIDE: Effort = Effort { depth: 1, workload: interleave::BUDGET, ..EFFORT };

#[test]
fn two_processes() {
    let known = Known::default();
    let mut interleaver = Interleaver::new(BESIDE, &plain, &known);
    let pairs = Act::ALL.into_iter().flat_map(|one| Act::ALL.map(|other| [one, other]));
    for (offset, acts) in pairs.enumerate() {
        interleaver.run(acts, offset, SCHEDULES_STEP);
    }
    let schedules = interleaver.schedules;
    let (tally, findings) = interleaver.end();
    say!(
        "two processes: {schedules} schedules of {} pairs, {} distinct crash states",
        Act::ALL.len() * Act::ALL.len(),
        tally.distinct()
    );
    let findings: Vec<String> = findings.iter().map(ToString::to_string).collect();
    assert!(findings.is_empty(), "{}", findings.join("\n\n"));
    assert!(schedules >= 60, "only {schedules} schedules");
}

/// Every so manieth way to alternate is taken.
const SCHEDULES_STEP: usize = 4_801;
