//! Who shares a run with others: those who died, those who were faster, and what is taken back of it.

use crate::{NOW, TestProject, done, never, statuses};
use checklist_store::{Key, Store};
use checklist_workflow::engine::{Progressed, Settled};
use checklist_workflow::{Claim, CommandStatus, Error, Refusal, Resolution, StepStatus, WorkflowEngine};
use serde_json::json;
use std::path::Path;
use std::sync::atomic::Ordering;
use std::time::{Duration, Instant};

/// A step whose check takes until somebody says so.
fn list(commands: &str) -> String {
    format!(
        "checklist: 1\nid: t\ntitle: T\nsteps:\n  - id: a\n    title: A\n    type: {}\n    {commands}\n    validation:\n      \
         - {{ kind: bash, run: 'touch begun; until test -e go; do sleep 0.01; done' }}\n",
        if commands.is_empty() { "task" } else { "auto" }
    )
}

const PUSH: &str =
    "commands: [{ id: push, kind: bash, run: 'echo x >> out', idempotent: true, on_interrupt: verify }]";

fn wait_for(path: &Path) {
    let begun = Instant::now();
    while !path.exists() {
        assert!(begun.elapsed() < Duration::from_secs(30), "{} does not come", path.display());
        std::thread::sleep(Duration::from_millis(5));
    }
}

/// What another process leaves that dies while it executes the step.
fn die_elsewhere(project: &TestProject, run: &str) {
    let mut store = Store::open(project.folder.root()).unwrap();
    let step = Key::from_static("/instances").child(run).child("steps").child("a");
    let at = "2026-01-01T00:00:00.000Z";
    let started = json!({"status": "started", "attempt": 1, "at": at, "log": "logs/x.log"});
    let state = json!({"status": "active", "at": at, "commands": {"push": started}});
    store.transact(|draft| draft.write(&step, &state)).unwrap();
}

fn push(engine: &WorkflowEngine) -> CommandStatus {
    engine.run().unwrap().command("a", "push").unwrap().status
}

#[test]
fn a_death_after_the_run_was_opened_is_found_by_who_executes_next() {
    let project = TestProject::new();
    let mut engine = project.started("t.yaml", &list(PUSH));
    die_elsewhere(&project, engine.run_id().unwrap());
    let refused = engine.execute("a", &NOW, &never(), &mut |_| {});
    assert!(matches!(refused, Err(Error::Refused(Refusal::Unknown { .. }))), "{refused:?}");
    assert_eq!((statuses(&engine).as_str(), push(&engine)), ("[?]", CommandStatus::Interrupted));
    assert!(!project.folder.project().join("out").exists());
}

#[test]
fn undo_does_not_take_back_a_death_that_nobody_has_recorded_yet() {
    let project = TestProject::new();
    let mut engine = project.started("t.yaml", &list(PUSH));
    die_elsewhere(&project, engine.run_id().unwrap());
    assert!(matches!(engine.undo(&NOW), Err(Error::NothingTo("undo"))));
    assert_eq!(push(&engine), CommandStatus::Interrupted);
}

#[test]
fn what_somebody_else_did_while_the_checks_ran_is_already_so() {
    let project = TestProject::new();
    let mut engine = project.started("t.yaml", &list(""));
    let mut other = project.engine();
    let folder = project.folder.project().to_owned();
    let slow = std::thread::spawn(move || done(&mut engine, "a").unwrap());
    wait_for(&folder.join("begun"));
    assert!(other.done("a", Claim::Because("seen"), &NOW, &never()).unwrap().changed);
    std::fs::write(folder.join("go"), "").unwrap();
    let acted = slow.join().unwrap();
    assert_eq!((acted.changed, acted.status, acted.saved), (false, StepStatus::Done, None));
    assert_eq!(other.history().unwrap().iter().filter(|entry| entry.verb == "done").count(), 1);
}

#[test]
fn what_somebody_else_settled_while_the_checks_ran_is_settled() {
    let project = TestProject::new();
    let engine = project.started("t.yaml", &list(PUSH));
    die_elsewhere(&project, engine.run_id().unwrap());
    drop(engine);
    let (mut engine, mut other) = (project.engine(), project.engine());
    let folder = project.folder.project().to_owned();
    let slow = std::thread::spawn(move || {
        engine.settle_interrupted("a", &NOW, &never(), &mut |_| {}).map(|settled| (settled, engine))
    });
    wait_for(&folder.join("begun"));
    other.resolve("a", "push", Resolution::Rerun, &NOW).unwrap();
    std::fs::write(folder.join("go"), "").unwrap();
    let (settled, engine) = slow.join().unwrap().unwrap();
    assert!(matches!(settled, Settled::Resolved(acted) if acted.is_empty()));
    assert_eq!(push(&engine), CommandStatus::Pending, "the word of who was faster holds");
}

const TWO: &str = "checklist: 1\nid: t\ntitle: T\nsteps:\n  - id: a\n    title: A\n    type: auto\n    commands:\n      \
                   - { id: one, kind: bash, run: 'echo $CHECKLIST_ATTEMPT >> one' }\n      \
                   - { id: two, kind: bash, run: 'test -e go' }\n  - { id: b, title: B, needs: [] }\n";

#[test]
fn an_execution_is_taken_back_as_a_whole_and_done_again_as_a_whole() {
    let project = TestProject::new();
    let mut engine = project.started("t.yaml", TWO);
    engine.execute("a", &NOW, &never(), &mut |_| {}).unwrap_err();
    let failed = engine.run().unwrap().steps.clone();
    let undone = engine.undo(&NOW).unwrap();
    assert_eq!((undone.entry.verb.as_str(), statuses(&engine).as_str()), ("fail", "[ ][ ]"));
    // Half of it would be an active step that nobody is at: whoever opens the run next would call that a death.
    drop(engine);
    let mut engine = project.engine();
    assert_eq!(engine.history().unwrap().last().unwrap().verb, "undo");
    engine.redo(&NOW).unwrap();
    assert_eq!(engine.run().unwrap().steps, failed);
    assert!(matches!(engine.redo(&NOW), Err(Error::NothingTo("redo"))));
}

#[test]
fn no_number_of_an_attempt_is_given_out_twice() {
    let project = TestProject::new();
    let mut engine = project.started("t.yaml", TWO);
    std::fs::write(project.folder.project().join("go"), "").unwrap();
    for _ in 0..3 {
        engine.execute("a", &NOW, &never(), &mut |_| {}).unwrap();
        engine.undo(&NOW).unwrap();
    }
    engine.redo(&NOW).unwrap();
    engine.back(Some("a"), &NOW).unwrap();
    engine.execute("a", &NOW, &never(), &mut |_| {}).unwrap();
    let told = std::fs::read_to_string(project.folder.project().join("one")).unwrap();
    assert_eq!(told, "1\n2\n3\n4\n");
    let log = engine.run().unwrap().command("a", "one").unwrap().log.clone();
    assert!(log.unwrap().ends_with("a-one-4.log"));
}

#[test]
fn an_execution_that_others_worked_beside_is_still_one() {
    let project = TestProject::new();
    let mut engine = project.started("t.yaml", TWO);
    let mut other = project.engine();
    let mut is_first = true;
    engine
        .execute("a", &NOW, &never(), &mut |_| {
            if std::mem::take(&mut is_first) {
                done(&mut other, "b").unwrap();
            }
        })
        .unwrap_err();
    assert_eq!(engine.undo(&NOW).unwrap().entry.verb, "fail");
    assert_eq!(statuses(&engine), "[ ][x]");
    assert_eq!(engine.undo(&NOW).unwrap().entry.step.as_deref(), Some("b"));
    assert_eq!(statuses(&engine), "[ ][ ]");
}

#[test]
fn a_step_that_fails_its_check_after_it_failed_before_is_failed_again() {
    let project = TestProject::new();
    let source =
        TWO.replace("  - { id: b", "    validation: [{ kind: file_exists, path: proof }]\n  - { id: b");
    let mut engine = project.started("t.yaml", &source);
    engine.execute("a", &NOW, &never(), &mut |_| {}).unwrap_err();
    std::fs::write(project.folder.project().join("go"), "").unwrap();
    let failed = engine.execute("a", &NOW, &never(), &mut |_| {});
    assert!(matches!(failed, Err(Error::CheckFailed { is_recorded: true, .. })), "{failed:?}");
    assert_eq!(statuses(&engine), "[!][ ]", "and not active, while nobody is at it");
    assert_eq!(project.engine().history().unwrap().last().unwrap().verb, "fail");
}

#[test]
fn who_stops_between_two_commands_leaves_nothing_active() {
    let project = TestProject::new();
    let mut engine = project.started("t.yaml", TWO);
    let cancel = never();
    let mut stop = |progressed: &Progressed<'_>| {
        if matches!(progressed, Progressed::Ended { .. }) {
            cancel.store(true, Ordering::SeqCst);
        }
    };
    assert!(matches!(engine.execute("a", &NOW, &cancel, &mut stop), Err(Error::Cancelled)));
    assert_eq!(statuses(&engine), "[ ][ ]");
    std::fs::write(project.folder.project().join("go"), "").unwrap();
    engine.execute("a", &NOW, &never(), &mut |_| {}).unwrap();
    assert_eq!(
        std::fs::read_to_string(project.folder.project().join("one")).unwrap(),
        "1\n",
        "not run twice"
    );
}
