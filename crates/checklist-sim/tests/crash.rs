//! Cuts the power after every call of every workload, in every way, and again during recovery.

use checklist_sim::crash::{Effort, Finding, Tally, explore, plain};
use checklist_sim::workload;
use checklist_store::env::mem::Budget;
use std::sync::Mutex;
use std::sync::atomic::{AtomicUsize, Ordering};

/// Distinct disks that must have been tried, all workloads together.
const STATES_MIN: usize = 100_000;

const EFFORT: Effort = Effort {
    workload: Budget { subset_changes_max: 6, byte_tears_max: 64 << 10, garbage: true, tears_max: 600 },
    recovery: Budget { subset_changes_max: 4, byte_tears_max: 0, garbage: false, tears_max: 8 },
    depth: 2,
    recovery_states_max: 400,
    findings_max: 10,
};

#[test]
fn no_crash_breaks_a_promise() {
    let next = AtomicUsize::new(0);
    let results: Mutex<Vec<(&str, (Tally, Vec<Finding>))>> = Mutex::default();
    let only = std::env::var("CHECKLIST_SIM_WORKLOAD").ok();
    std::thread::scope(|scope| {
        for _ in 0..2 {
            scope.spawn(|| {
                while let Some(workload) = workload::ALL.get(next.fetch_add(1, Ordering::SeqCst)) {
                    if only.as_ref().is_none_or(|only| only == workload.name) {
                        let result = explore(workload, EFFORT, &plain);
                        results.lock().expect("no panic").push((workload.name, result));
                    }
                }
            });
        }
    });
    let results = results.into_inner().expect("no panic");
    let (mut total, mut findings) = (0, Vec::new());
    println!(
        "{:<16} {:>8} {:>9} {:>9} {:>9} {:>9}",
        "workload", "moments", "outcomes", "states", "1 cut", "2 cuts"
    );
    for (name, result) in &results {
        let (tally, found) = result;
        let [states, once, twice] = tally.states;
        let (moments, outcomes) = (tally.moments, tally.outcomes);
        println!("{name:<16} {moments:>8} {outcomes:>9} {states:>9} {once:>9} {twice:>9}");
        total += tally.distinct();
        findings.extend(found.iter().map(ToString::to_string));
    }
    println!("distinct crash states: {total}");
    assert!(findings.is_empty(), "{}", findings.join("\n\n"));
    assert!(only.is_some() || total >= STATES_MIN, "only {total} distinct states were tried");
}
