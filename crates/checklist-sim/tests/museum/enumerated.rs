//! Bugs that show only where the power is cut, where a sync fails or where another process comes in between:
//! the adversary looks for them, and finds nothing in the real code.

use checklist_sim::crash::{Effort, explore, plain};
use checklist_sim::planted::{ALL, By};
use checklist_sim::workload;
use checklist_store::env::mem::Budget;
use checklist_store::planted::plant;

const EFFORT: Effort = Effort {
    workload: Budget { subset_changes_max: 6, byte_tears_max: 0, garbage: true, tears_max: 100 },
    recovery: Budget { subset_changes_max: 4, byte_tears_max: 0, garbage: false, tears_max: 4 },
    depth: 1,
    recovery_states_max: 60,
    findings_max: 1,
};

/// So many sequences or pairs are tried for each bug.
const TRIES_MAX: usize = 40;

/// Demands that the adversary finds the bug of this name, and nothing without it. What it finds where sequences
/// and pairs are searched without a bug is for `planted.rs`, `sequences.rs` and `strikes.rs` to say.
fn exhibit(name: &str) {
    let planted = ALL.iter().find(|planted| planted.name == name).expect("a bug of that name is planted");
    let By::Workload(workload) = planted.by else {
        assert!(planted.search(planted.by, TRIES_MAX).is_some(), "not found: {name}");
        return;
    };
    let workload = workload::named(workload).expect("the workload exists");
    let (_, found) = explore(workload, EFFORT, &plain);
    assert!(found.is_empty(), "with no bug planted: {}", found[0]);
    let guard = planted.bug().map(plant);
    let (_, found) = explore(workload, EFFORT, &|world, model| planted.env(world, model));
    drop(guard);
    assert!(!found.is_empty(), "not found: {name}");
}

#[test]
fn the_log_is_cleared_before_the_state_is_durable() {
    exhibit("the log is cleared before the state is exchanged");
}

#[test]
fn the_rename_is_not_durable_when_the_log_is_cleared() {
    exhibit("the log is cleared before the directory is synced");
}

#[test]
fn the_folder_is_never_synced() {
    exhibit("the store's directory is not synced");
}

#[test]
fn the_folder_above_is_never_synced() {
    exhibit("the directory above is not synced");
}

#[test]
fn a_renamed_file_holds_zeros() {
    exhibit("the staged state is not synced");
}

#[test]
fn an_answer_comes_before_its_sync() {
    exhibit("a commit is acknowledged before its sync");
}

#[test]
fn a_crash_in_recovery_loses_what_it_redid() {
    exhibit("recovery clears the log unpublished");
}

#[test]
fn half_of_a_transaction_is_applied() {
    exhibit("a commit record is not needed");
}

#[test]
fn what_was_rolled_back_comes_back() {
    exhibit("a rolled-back savepoint stays");
}

#[test]
fn a_failed_sync_is_repeated_and_believed() {
    exhibit("a failed sync is tried again and believed");
}

#[test]
fn a_handle_goes_on_after_a_failed_sync() {
    exhibit("a change in doubt does not poison");
}

#[test]
fn a_lock_is_stolen_by_its_age() {
    exhibit("a lock is taken from its holder by age");
}

#[test]
fn an_update_is_lost_though_every_write_is_atomic() {
    exhibit("a transaction does not take in what others committed");
}

#[test]
fn a_reader_misses_a_publish_between_two_looks() {
    exhibit("a reader looks at the state before the log");
}
