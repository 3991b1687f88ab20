//! What a template says of its commands holds: retries, time, outputs, rollback, terminals.

use crate::{NOW, TestProject, done, never, statuses};
use checklist_store::{Key, Store};
use checklist_workflow::engine::Progressed;
use checklist_workflow::{CommandStatus, Error, Refusal, RunStatus, StepStatus, WorkflowEngine};
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

fn list(steps: &str) -> String {
    format!("checklist: 1\nid: t\ntitle: T\nsteps:\n{steps}")
}

fn execute(engine: &mut WorkflowEngine, step: &str) -> checklist_workflow::Result<checklist_workflow::Acted> {
    engine.execute(step, &NOW, &never(), &mut |_| {})
}

fn read(project: &TestProject, name: &str) -> String {
    std::fs::read_to_string(project.folder.project().join(name)).unwrap_or_default()
}

fn retried(rule: &str, exit: u8) -> String {
    list(&format!(
        "  - {{ id: a, title: A, type: auto, commands: [{{ id: go, kind: bash, retries: {{ {rule} }}, run: 'echo \
         $CHECKLIST_ATTEMPT $CHECKLIST_KEY >> out; test -e go || exit {exit}' }}] }}\n"
    ))
}

#[test]
fn a_command_is_tried_again_as_often_as_it_says() {
    let project = TestProject::new();
    let mut engine = project.started("t.yaml", &retried("max: 2", 7));
    let mut waits = Vec::new();
    let mut watch = |event: &Progressed<'_>| {
        if let Progressed::Retrying { retry, retries_max, wait, .. } = event {
            waits.push((*retry, *retries_max, *wait));
        }
    };
    let failed = engine.execute("a", &NOW, &never(), &mut watch);
    assert!(matches!(failed, Err(Error::CommandFailed { exit: Some(7), .. })), "{failed:?}");
    assert_eq!(waits, [(1, 2, Duration::ZERO), (2, 2, Duration::ZERO)]);
    let attempts: Vec<_> = read(&project, "out").lines().map(|line| line[..1].to_owned()).collect();
    assert_eq!(attempts, ["1", "2", "3"]);
    let keys: std::collections::BTreeSet<_> =
        read(&project, "out").lines().map(|line| line[2..].to_owned()).collect();
    assert_eq!(keys.len(), 1, "every attempt has the same key");
    // The attempts are taken back as one.
    engine.undo(&NOW).unwrap();
    assert_eq!(statuses(&engine), "[ ]");
    engine.redo(&NOW).unwrap();
    // Who asks again gets all retries again.
    assert!(execute(&mut engine, "a").is_err());
    assert_eq!(read(&project, "out").lines().count(), 6);
    std::fs::write(project.folder.project().join("go"), "").unwrap();
    execute(&mut engine, "a").unwrap();
    assert_eq!(read(&project, "out").lines().count(), 7);
}

#[test]
fn only_the_exit_codes_that_are_named_are_worth_a_retry() {
    for (exit, attempts) in [(7, 1), (101, 3)] {
        let project = TestProject::new();
        let mut engine = project.started("t.yaml", &retried("max: 2, on_exit: [101]", exit));
        assert!(execute(&mut engine, "a").is_err());
        assert_eq!(read(&project, "out").lines().count(), attempts, "exit {exit}");
    }
}

#[test]
fn the_time_between_attempts_doubles() {
    let project = TestProject::new();
    let mut engine = project.started("t.yaml", &retried("max: 3, backoff: 5ms", 1));
    let mut waits = Vec::new();
    let mut watch = |event: &Progressed<'_>| {
        if let Progressed::Retrying { wait, .. } = event {
            waits.push(wait.as_millis());
        }
    };
    assert!(engine.execute("a", &NOW, &never(), &mut watch).is_err());
    assert_eq!(waits, [5, 10, 20]);
}

/// Stops while the first retry is waited for, as Ctrl-C does.
fn stop_between_attempts(engine: &mut WorkflowEngine) {
    let cancel = AtomicBool::new(false);
    let mut watch = |event: &Progressed<'_>| {
        if matches!(event, Progressed::Retrying { .. }) {
            cancel.store(true, Ordering::SeqCst);
        }
    };
    assert!(matches!(engine.execute("a", &NOW, &cancel, &mut watch), Err(Error::Cancelled)));
}

#[test]
fn retries_survive_the_process_with_their_count() {
    let project = TestProject::new();
    let mut engine = project.started("t.yaml", &retried("max: 2, backoff: 1h", 1));
    stop_between_attempts(&mut engine);
    drop(engine);
    let mut engine = project.engine();
    assert_eq!(statuses(&engine), "[ ]", "between two attempts nothing is unknown");
    let command = engine.view().unwrap().steps[0].commands[0].clone();
    assert_eq!((command.status, command.retries), (CommandStatus::Retrying, (1, 2)));
    stop_between_attempts(&mut engine);
    assert_eq!(engine.view().unwrap().steps[0].commands[0].retries, (2, 2));
    // Both retries are used up, so the next failure is the last.
    assert!(matches!(execute(&mut engine, "a"), Err(Error::CommandFailed { .. })));
    assert_eq!(read(&project, "out").lines().count(), 3);
}

/// What is on disk when the process is killed while the second attempt runs.
#[test]
fn retries_survive_a_kill_with_their_count() {
    let project = TestProject::new();
    let mut engine = project.started(
        "t.yaml",
        &retried("max: 1, backoff: 1h", 1)
            .replace("kind: bash,", "kind: bash, idempotent: true, on_interrupt: rerun,"),
    );
    stop_between_attempts(&mut engine);
    let id = engine.run_id().unwrap().to_owned();
    drop(engine);
    let mut store = Store::open(project.folder.project().join(".checklist")).unwrap();
    let step = Key::from_static("/instances").child(&id).child("steps").child("a");
    store
        .transact(|draft| {
            draft.write(&step.child("status"), "active")?;
            draft.write(&step.child("commands").child("go").child("status"), "started")?;
            draft.write(&step.child("commands").child("go").child("attempt"), 2)
        })
        .unwrap();
    drop(store);
    let mut engine = project.engine();
    assert_eq!(engine.newly_interrupted(), ["a"]);
    engine.settle_interrupted("a", &NOW, &never(), &mut |_| {}).unwrap();
    assert_eq!(engine.view().unwrap().steps[0].commands[0].retries, (1, 1));
    assert!(matches!(execute(&mut engine, "a"), Err(Error::CommandFailed { .. })), "no retry is left");
    assert_eq!(read(&project, "out").lines().count(), 2);
}

#[test]
fn the_time_of_a_step_is_that_of_all_its_commands() {
    let project = TestProject::new();
    let source = list(
        "  - id: a\n    title: A\n    type: auto\n    timeout: 300ms\n    commands:\n      - { id: one, kind: bash, run: 'sleep 0.25' }\n      \
         - { id: two, kind: bash, run: 'sleep 60' }\n      - { id: three, kind: bash, run: 'touch three' }\n",
    );
    let mut engine = project.started("t.yaml", &source);
    let Err(Error::CommandFailed { command, .. }) = execute(&mut engine, "a") else { panic!() };
    assert!(command == "one" || command == "two", "{command}");
    assert_eq!(statuses(&engine), "[!]");
    assert!(!project.folder.project().join("three").exists());
}

#[test]
fn outputs_are_kept_and_used_by_later_steps() {
    let project = TestProject::new();
    let source = list(
        "  - id: make-it\n    title: Make it\n    type: auto\n    commands: [{ kind: bash, run: 'echo 1.4.0 > version' }]\n    outputs: { version: 'echo noise >&2; cat version', \
         empty: 'true' }\n  - { id: tell, title: \"Tell of ${make_it_version}\", condition: 'steps[\"make-it\"].outputs.version.startsWith(\"1.\")' }\n  - { id: use, title: Use, type: auto, \
         commands: [{ kind: bash, run: 'echo \"$make_it_version\" > used' }] }\n",
    );
    let mut engine = project.started("t.yaml", &source);
    assert_eq!(engine.view().unwrap().steps[1].title, "Tell of ${make_it_version}");
    execute(&mut engine, "make-it").unwrap();
    let view = engine.view().unwrap();
    let outputs: Vec<_> =
        view.steps[0].outputs.iter().map(|(name, value)| (name.as_str(), value.as_str())).collect();
    assert_eq!(outputs, [("empty", ""), ("version", "1.4.0")]);
    assert_eq!(view.steps[1].title, "Tell of 1.4.0");
    // It is known to the next process, too.
    let mut engine = project.engine();
    done(&mut engine, "tell").unwrap();
    execute(&mut engine, "use").unwrap();
    assert_eq!(read(&project, "used"), "1.4.0\n");
    engine.back(Some("make-it"), &NOW).unwrap();
    assert!(engine.view().unwrap().steps[0].outputs.is_empty());
}

#[test]
fn an_output_that_cannot_be_taken_fails_the_step() {
    for (script, reason) in [
        ("exit 3", "exit 3"),
        ("head -c 20000 /dev/zero | tr \"\\\\0\" x", "it is longer than 16384 bytes"),
        ("printf \"\\\\377\"", "it is not text"),
    ] {
        let project = TestProject::new();
        let source = list(&format!(
            "  - {{ id: a, title: A, type: auto, commands: [{{ kind: bash, run: 'true' }}], outputs: {{ x: '{script}' }} }}\n"
        ));
        let mut engine = project.started("t.yaml", &source);
        let failed = execute(&mut engine, "a");
        let Err(Error::OutputFailed { reason: found, .. }) = failed else { panic!("{script}: {failed:?}") };
        assert_eq!(found, reason);
        assert_eq!(statuses(&engine), "[!]");
    }
}

fn reversible() -> String {
    list(
        "  - id: a\n    title: A\n    type: auto\n    commands: [{ id: make, kind: bash, run: 'echo made >> out' }]\n    rollback:\n      - { id: one, kind: bash, run: 'echo one >> out' }\n      \
         - { id: two, kind: bash, run: 'test -e ready && echo two >> out' }\n  - { id: b, title: B }\n",
    )
}

#[test]
fn a_rollback_runs_on_request_alone_and_opens_the_step_again() {
    let project = TestProject::new();
    std::fs::write(project.folder.project().join("ready"), "").unwrap();
    let mut engine = project.started("t.yaml", &reversible());
    assert!(matches!(
        engine.rollback("a", &NOW, &never(), &mut |_| {}),
        Err(Error::Refused(Refusal::NoRollback(_)))
    ));
    execute(&mut engine, "a").unwrap();
    done(&mut engine, "b").unwrap();
    engine.undo(&NOW).unwrap();
    engine.redo(&NOW).unwrap();
    engine.back(Some("b"), &NOW).unwrap();
    done(&mut engine, "b").unwrap();
    assert_eq!(
        (read(&project, "out").as_str(), engine.run().unwrap().status),
        ("made\n", RunStatus::Completed)
    );
    engine.rollback("a", &NOW, &never(), &mut |_| {}).unwrap();
    assert_eq!(read(&project, "out"), "made\none\ntwo\n");
    assert_eq!(statuses(&engine), "[ ][x]");
    assert!(matches!(
        engine.rollback("b", &NOW, &never(), &mut |_| {}),
        Err(Error::Refused(Refusal::NoRollback(_)))
    ));
    assert!(matches!(
        engine.rollback("a", &NOW, &never(), &mut |_| {}),
        Err(Error::Refused(Refusal::NoRollback(_)))
    ));
    execute(&mut engine, "a").unwrap();
    assert_eq!(read(&project, "out"), "made\none\ntwo\nmade\n");
    // Undo takes the record back and not the world: that can still be taken back.
    engine.undo(&NOW).unwrap();
    assert_eq!(statuses(&engine), "[ ][x]");
    engine.rollback("a", &NOW, &never(), &mut |_| {}).unwrap();
    assert!(read(&project, "out").ends_with("made\none\ntwo\n"));
}

#[test]
fn a_rollback_that_failed_half_way_goes_on_where_it_was() {
    let project = TestProject::new();
    let mut engine = project.started("t.yaml", &reversible());
    execute(&mut engine, "a").unwrap();
    let failed = engine.rollback("a", &NOW, &never(), &mut |_| {});
    assert!(
        matches!(&failed, Err(Error::CommandFailed { command, .. }) if command == "rollback/two"),
        "{failed:?}"
    );
    let mut engine = project.engine();
    assert_eq!(engine.view().unwrap().steps[0].status, StepStatus::Failed);
    // Half taken back, it is neither done nor to do.
    assert!(matches!(execute(&mut engine, "a"), Err(Error::Refused(Refusal::RollingBack(_)))));
    assert!(matches!(engine.back(Some("a"), &NOW), Err(Error::Refused(Refusal::RollingBack(_)))));
    std::fs::write(project.folder.project().join("ready"), "").unwrap();
    engine.rollback("a", &NOW, &never(), &mut |_| {}).unwrap();
    assert_eq!(read(&project, "out"), "made\none\ntwo\n");
    assert_eq!(statuses(&engine), "[ ][ ]");
}

#[test]
fn a_command_that_talks_to_a_person_needs_a_terminal() {
    let project = TestProject::new();
    let source = list(
        "  - { id: a, title: A, type: auto, commands: [{ kind: bash, run: 'touch ran' }, { kind: bash, interactive: true, run: 'read x' }] }\n",
    );
    let mut engine = project.started("t.yaml", &source);
    assert!(matches!(execute(&mut engine, "a"), Err(Error::NeedsHuman { .. })));
    assert!(!project.folder.project().join("ran").exists(), "nothing is begun that cannot be ended");
}
