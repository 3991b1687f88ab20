//! Plants every bug of the list and demands that the enumeration finds it.

use checklist_sim::crash::{Effort, explore};
use checklist_sim::planted::{ALL, Plant};
use checklist_sim::workload;
use checklist_store::env::mem::Budget;
use checklist_store::planted::plant;

const EFFORT: Effort = Effort {
    workload: Budget { subset_changes_max: 8, byte_tears_max: 0, garbage: true, tears_max: 400 },
    recovery: Budget { subset_changes_max: 4, byte_tears_max: 0, garbage: false, tears_max: 8 },
    depth: 1,
    recovery_states_max: 200,
    findings_max: 1,
};

#[test]
fn every_planted_bug_is_caught() {
    let mut missed = Vec::new();
    for planted in ALL {
        let workload = workload::named(planted.workload).expect("the list names workloads that exist");
        let guard = match planted.plant {
            Plant::Product(bug) => Some(plant(bug)),
            Plant::Seam(_) | Plant::EarlyAck => None,
        };
        let (tally, found) = explore(workload, EFFORT, &|world, model| planted.env(world, model));
        drop(guard);
        match found.first() {
            Some(finding) => println!("caught: {}\n        {finding}", planted.name),
            None => missed.push(format!("{} ({}, {tally:?})", planted.name, planted.workload)),
        }
    }
    assert!(missed.is_empty(), "not caught:\n{}", missed.join("\n"));
}
