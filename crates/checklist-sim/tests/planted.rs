//! Plants every bug of the list and demands that the enumeration finds it.

/// Says something past the capture of the test runner: figures and skipped tests are for everybody to see.
macro_rules! say {
    ($($text:tt)*) => {{
        use std::io::Write as _;
        let _ = writeln!(std::io::stderr(), $($text)*);
    }};
}

use checklist_sim::crash::{Effort, explore, plain};
use checklist_sim::forge;
use checklist_sim::planted::{ALL, Plant};
use checklist_sim::workload;
use checklist_store::env::mem::Budget;
use checklist_store::planted::plant;
use std::collections::BTreeSet;

const EFFORT: Effort = Effort {
    workload: Budget { subset_changes_max: 8, byte_tears_max: 0, garbage: true, tears_max: 400 },
    recovery: Budget { subset_changes_max: 4, byte_tears_max: 0, garbage: false, tears_max: 8 },
    depth: 1,
    recovery_states_max: 200,
    findings_max: 1,
};

#[test]
fn every_bug_is_found() {
    let mut missed = Vec::new();
    let mut clean = BTreeSet::new();
    for planted in ALL {
        let workload = workload::named(planted.workload).expect("the list names workloads that exist");
        if clean.insert(workload.name) {
            let (_, found) = explore(workload, EFFORT, &plain);
            assert!(found.is_empty(), "with no bug planted: {}", found[0]);
        }
        let guard = match planted.plant {
            Plant::Product(bug) => Some(plant(bug)),
            Plant::Seam(_) | Plant::EarlyAck => None,
        };
        let (tally, found) = explore(workload, EFFORT, &|world, model| planted.env(world, model));
        drop(guard);
        match found.first() {
            Some(finding) => say!("caught: {}\n        {finding}", planted.name),
            None => missed.push(format!("{} ({}, {tally:?})", planted.name, planted.workload)),
        }
    }
    assert!(missed.is_empty(), "not caught:\n{}", missed.join("\n"));
}

#[test]
fn each_check_of_the_log_is_needed_against_some_forgery() {
    assert!(forge::is_genuine_believed().expect("nothing fails"), "the forger's tools change nothing else");
    let mut unneeded = Vec::new();
    for forgery in forge::ALL {
        assert!(!forgery.is_believed().expect("nothing fails"), "{}", forgery.name);
        let guard = plant(forgery.bug);
        let believed = forgery.is_believed().expect("nothing fails");
        drop(guard);
        match believed {
            true => say!("caught: {:?}: {}", forgery.bug, forgery.name),
            false => unneeded.push(format!("{:?}: {}", forgery.bug, forgery.name)),
        }
    }
    assert!(unneeded.is_empty(), "refused even with the bug planted:\n{}", unneeded.join("\n"));
}
