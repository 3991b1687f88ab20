//! Runs every workload and sequence by clocks that are wrong, and demands that nothing but timestamps differs.

/// Says something past the capture of the test runner: figures and skipped tests are for everybody to see.
macro_rules! say {
    ($($text:tt)*) => {{
        use std::io::Write as _;
        let _ = writeln!(std::io::stderr(), $($text)*);
    }};
}

use checklist_sim::clock::{CENTURY_MS, Wrong, run_sequence, run_workload};
use checklist_sim::step::Sequence;
use checklist_sim::workload;

/// Clocks that are wrong all the time.
const ALWAYS: [Wrong; 4] =
    [Wrong::Frozen, Wrong::Drifting(-1_000), Wrong::Drifting(1_000), Wrong::Drifting(CENTURY_MS)];

#[test]
fn every_workload_with_a_leap_between_any_two_calls() {
    let mut runs = 0;
    for workload in workload::ALL {
        let right = run_workload(workload, Wrong::Nothing);
        assert!(right.ended.is_ok() && right.read.is_ok(), "{}: {right:?}", workload.name);
        let leaps =
            (1..=right.calls).flat_map(|at| [-CENTURY_MS, CENTURY_MS].map(|by| Wrong::Leaping(at, by)));
        for wrong in leaps.chain(ALWAYS) {
            assert_eq!(run_workload(workload, wrong), right, "{} with {wrong:?}", workload.name);
            runs += 1;
        }
    }
    say!("clocks: {runs} runs of {} workloads, none came out different", workload::ALL.len());
    assert!(runs > 2_000, "only {runs} runs");
}

#[test]
fn every_sequence_of_two_steps() {
    let mut runs = 0;
    for sequence in (0..Sequence::count(2)).map_while(Sequence::numbered) {
        let right = run_sequence(&sequence, Wrong::Nothing);
        assert!(right.ended.is_ok() && right.read.is_ok(), "{sequence}: {right:?}");
        for wrong in ALWAYS {
            assert_eq!(run_sequence(&sequence, wrong), right, "{sequence} with {wrong:?}");
            runs += 1;
        }
    }
    say!("clocks: {runs} runs of {} sequences, none came out different", Sequence::count(2));
    assert!(runs > 1_500, "only {runs} runs");
}
