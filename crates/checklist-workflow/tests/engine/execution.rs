//! Executing steps: order, failure, timeouts, and what is known after the process that ran them is gone.

use crate::{NOW, TestProject, done, never, statuses};
use checklist_store::{Key, Store};
use checklist_workflow::engine::{Progressed, Settled};
use checklist_workflow::{CommandStatus, Error, Evidence, Resolution, StepStatus, WorkflowEngine};
use serde_json::json;
use std::sync::atomic::{AtomicBool, Ordering};

fn execute(engine: &mut WorkflowEngine, step: &str) -> checklist_workflow::Result<checklist_workflow::Acted> {
    engine.execute(step, &NOW, &never(), &mut |_| {})
}

fn list(step: &str) -> String {
    format!(
        "checklist: 1\nid: t\ntitle: T\nvariables: {{ who: {{ default: 'a; touch pwned' }} }}\nsteps:\n{step}"
    )
}

#[test]
fn commands_run_in_order_once_and_their_outcomes_are_kept() {
    let project = TestProject::new();
    let source = list(
        "  - id: a\n    title: A\n    type: auto\n    commands:\n      - { id: one, kind: bash, run: 'echo one >> out' }\n      \
         - { id: two, kind: bash, run: 'test -e ready' }\n      - { id: three, kind: bash, run: 'echo three >> out' }\n",
    );
    let mut engine = project.started("t.yaml", &source);
    let failed = execute(&mut engine, "a");
    assert!(matches!(failed, Err(Error::CommandFailed { exit: Some(1), .. })), "{failed:?}");
    assert_eq!(statuses(&engine), "[!]");
    let mut engine = project.engine();
    std::fs::write(project.folder.project().join("ready"), "").unwrap();
    let acted = execute(&mut engine, "a").unwrap();
    assert_eq!((acted.status, acted.evidence), (StepStatus::Done, Some(Evidence::Verified)));
    assert_eq!(std::fs::read_to_string(project.folder.project().join("out")).unwrap(), "one\nthree\n");
    let commands = engine.view().unwrap().steps[0].commands.clone();
    assert_eq!(commands.iter().map(|command| command.attempt).collect::<Vec<_>>(), [1, 2, 1]);
    assert!(!execute(&mut engine, "a").unwrap().changed);
}

#[test]
fn a_hostile_value_stays_a_value() {
    let project = TestProject::new();
    let source = list(
        "  - id: a\n    title: A\n    type: auto\n    commands: [{ kind: bash, run: 'printf %s \"${who}\" > out; : ${who}' }]\n",
    );
    let mut engine = project.started("t.yaml", &source);
    execute(&mut engine, "a").unwrap();
    assert_eq!(std::fs::read_to_string(project.folder.project().join("out")).unwrap(), "a; touch pwned");
    assert!(!project.folder.project().join("pwned").exists());
}

#[test]
fn a_check_after_the_commands_decides() {
    let project = TestProject::new();
    let source = list(
        "  - id: a\n    title: A\n    type: auto\n    commands: [{ kind: bash, run: 'echo x >> out' }]\n    \
         validation: [{ kind: file_exists, path: proof }]\n",
    );
    let mut engine = project.started("t.yaml", &source);
    assert!(matches!(execute(&mut engine, "a"), Err(Error::CheckFailed { is_recorded: true, .. })));
    assert_eq!(statuses(&engine), "[!]");
    std::fs::write(project.folder.project().join("proof"), "").unwrap();
    assert_eq!(execute(&mut engine, "a").unwrap().evidence, Some(Evidence::Verified));
    assert_eq!(
        std::fs::read_to_string(project.folder.project().join("out")).unwrap(),
        "x\n",
        "not run twice"
    );
}

#[test]
fn a_timeout_ends_the_whole_group() {
    let project = TestProject::new();
    let source = list(
        "  - id: a\n    title: A\n    type: auto\n    commands: [{ kind: bash, timeout: 200ms, run: '(sleep 3; echo late > late) & wait' }]\n",
    );
    let mut engine = project.started("t.yaml", &source);
    let Err(Error::CommandFailed { outcome, .. }) = execute(&mut engine, "a") else { panic!() };
    assert_eq!(outcome, "timed out");
    assert_eq!(statuses(&engine), "[!]");
}

/// Whoever left the group is not ended with it, and is told of: with its number, where people and programs look.
#[test]
fn a_process_that_left_the_group_and_outlived_a_timeout_is_named() {
    let project = TestProject::new();
    let source = list(
        "  - id: a\n    title: A\n    type: auto\n    commands: [{ kind: bash, timeout: 2s, run: \
         'setsid sh -c \"echo \\$\\$ > pid; exec sleep 60\" & wait; sleep 60' }]\n",
    );
    let mut engine = project.started("t.yaml", &source);
    let Err(Error::CommandFailed { outcome, processes, .. }) = execute(&mut engine, "a") else { panic!() };
    let left = std::fs::read_to_string(project.folder.project().join("pid")).unwrap();
    let left: u32 = left.trim().parse().unwrap();
    let pid = rustix::process::Pid::from_raw(left.cast_signed()).unwrap();
    rustix::process::kill_process(pid, rustix::process::Signal::KILL).unwrap();
    assert_eq!(*processes, [left]);
    assert_eq!(outcome, format!("timed out; pid {left} left its process group and still runs"));
    let history = engine.history().unwrap();
    assert!(history.last().unwrap().detail.contains(&outcome), "{history:?}");
}

#[test]
fn cancelling_is_recorded_and_the_step_can_run_again() {
    let project = TestProject::new();
    let source = list(
        "  - id: a\n    title: A\n    type: auto\n    commands: [{ kind: bash, run: 'test -e go || sleep 60' }]\n",
    );
    let mut engine = project.started("t.yaml", &source);
    let cancel = AtomicBool::new(false);
    let mut press_ctrl_c = |_: &Progressed<'_>| cancel.store(true, Ordering::SeqCst);
    assert!(matches!(engine.execute("a", &NOW, &cancel, &mut press_ctrl_c), Err(Error::Cancelled)));
    assert_eq!(
        engine.view().unwrap().steps[0].commands[0].attempt,
        1,
        "nothing begins while it is cancelled"
    );
    cancel.store(false, Ordering::SeqCst);
    std::fs::write(project.folder.project().join("go"), "").unwrap();
    assert_eq!(engine.execute("a", &NOW, &cancel, &mut |_| {}).unwrap().status, StepStatus::Done);
}

/// What the state looks like when the process dies while a command runs: the intent is there, and no outcome.
fn cut_off(project: &TestProject, engine: WorkflowEngine, command: &str) {
    let id = engine.run_id().unwrap().to_owned();
    drop(engine);
    let mut store = Store::open(project.folder.project().join(".checklist")).unwrap();
    let step = Key::from_static("/instances").child(&id).child("steps").child("a");
    let at = "2026-01-01T00:00:00.000Z";
    let started = json!({"status": "started", "attempt": 1, "at": at, "log": "logs/x.log"});
    let state = json!({"status": "active", "at": at, "commands": {command: started}});
    store.transact(|draft| draft.write(&step, &state)).unwrap();
}

fn interruptible(rule: &str) -> String {
    list(&format!(
        "  - id: a\n    title: A\n    type: auto\n    commands: [{{ id: push, kind: bash, run: 'echo x >> out', {rule} }}]\n    \
         validation: [{{ kind: file_exists, path: proof }}]\n"
    ))
}

#[test]
fn a_command_without_an_outcome_is_interrupted_and_never_run_by_itself() {
    let project = TestProject::new();
    let engine = project.started("t.yaml", &interruptible("on_interrupt: ask"));
    cut_off(&project, engine, "push");
    let mut engine = project.engine();
    assert_eq!(engine.newly_interrupted(), ["a"]);
    assert_eq!(statuses(&engine), "[?]");
    assert_eq!(engine.view().unwrap().steps[0].commands[0].status, CommandStatus::Interrupted);
    assert!(matches!(execute(&mut engine, "a"), Err(Error::Refused(_))));
    assert!(matches!(done(&mut engine, "a"), Err(Error::Refused(_))));
    let settled = engine.settle_interrupted("a", &NOW, &never(), &mut |_| {}).unwrap();
    assert!(matches!(settled, Settled::Asks(asks) if asks[0].command == "push"));
    assert!(!project.folder.project().join("out").exists());
    assert_eq!(project.engine().newly_interrupted(), [""; 0], "it is said once");

    engine.resolve("a", "push", Resolution::Failed, &NOW).unwrap();
    assert_eq!(statuses(&engine), "[!]");
    engine.undo(&NOW).unwrap();
    engine.resolve("a", "push", Resolution::Done(Evidence::Claimed), &NOW).unwrap();
    std::fs::write(project.folder.project().join("proof"), "").unwrap();
    assert_eq!(execute(&mut engine, "a").unwrap().status, StepStatus::Done);
    assert!(!project.folder.project().join("out").exists(), "what was said to be done is not run again");
}

#[test]
fn what_somebody_says_of_a_command_makes_the_step_a_claim() {
    let project = TestProject::new();
    let source = list(
        "  - { id: a, title: A, type: auto, commands: [{ id: push, kind: bash, run: 'echo x >> out' }] }\n",
    );
    let engine = project.started("t.yaml", &source);
    cut_off(&project, engine, "push");
    let mut engine = project.engine();
    engine.resolve("a", "push", Resolution::Done(Evidence::Claimed), &NOW).unwrap();
    let acted = execute(&mut engine, "a").unwrap();
    assert_eq!((acted.status, acted.evidence), (StepStatus::Done, Some(Evidence::Claimed)));
    assert!(!project.folder.project().join("out").exists());
}

#[test]
fn a_command_is_undone_together_with_its_outcome() {
    let project = TestProject::new();
    let source =
        list("  - { id: a, title: A, type: auto, commands: [{ id: push, kind: bash, run: 'exit 3' }] }\n");
    let mut engine = project.started("t.yaml", &source);
    assert!(execute(&mut engine, "a").is_err());
    let failed = engine.run().unwrap().steps.clone();
    for _ in 0..2 {
        assert_eq!(engine.undo(&NOW).unwrap().entry.verb, "fail");
        assert_eq!(statuses(&engine), "[ ]");
        let reopened = project.engine();
        assert_eq!(reopened.newly_interrupted(), [""; 0], "no process died");
        let undone: Vec<_> =
            reopened.history().unwrap().iter().map(|entry| (entry.op, entry.undone)).collect();
        assert_eq!(undone[..3], [(1, false), (2, true), (3, true)]);
        engine.redo(&NOW).unwrap();
        assert_eq!(engine.run().unwrap().steps, failed);
    }
    engine.undo(&NOW).unwrap();
    assert!(matches!(engine.undo(&NOW), Err(Error::NothingTo("undo"))));
}

#[test]
fn nothing_makes_an_interrupted_command_run_again_unasked() {
    type Detour = fn(&mut WorkflowEngine);
    let detours: [(&str, Detour); 3] = [
        ("undo", |engine| assert!(matches!(engine.undo(&NOW), Err(Error::NothingTo("undo"))))),
        ("skip and back", |engine| {
            engine.skip("a", Some("later"), None, &NOW).unwrap();
            engine.back(Some("a"), &NOW).unwrap();
        }),
        ("reset", |engine| drop(engine.reset(&NOW).unwrap())),
    ];
    for (name, detour) in detours {
        let project = TestProject::new();
        let engine = project.started("t.yaml", &interruptible("on_interrupt: ask"));
        cut_off(&project, engine, "push");
        let mut engine = project.engine();
        assert_eq!(statuses(&engine), "[?]");
        detour(&mut engine);
        assert_eq!(statuses(&engine), "[?]", "{name}");
        assert!(matches!(execute(&mut engine, "a"), Err(Error::Refused(_))), "{name}");
    }
}

#[test]
fn verify_believes_its_check_and_reruns_only_what_says_so() {
    for (rule, has_proof, expected) in [
        ("on_interrupt: verify", true, "resolved"),
        ("on_interrupt: verify", false, "asks"),
        ("on_interrupt: verify, idempotent: true", false, "resolved"),
        ("on_interrupt: rerun, idempotent: true", false, "resolved"),
        ("on_interrupt: fail", true, "resolved"),
    ] {
        let project = TestProject::new();
        let engine = project.started("t.yaml", &interruptible(rule));
        cut_off(&project, engine, "push");
        if has_proof {
            std::fs::write(project.folder.project().join("proof"), "").unwrap();
        }
        let mut engine = project.engine();
        let settled = engine.settle_interrupted("a", &NOW, &never(), &mut |_| {}).unwrap();
        let found = if matches!(settled, Settled::Resolved(_)) { "resolved" } else { "asks" };
        assert_eq!(found, expected, "{rule} {has_proof}");
        assert!(!project.folder.project().join("out").exists(), "settling runs nothing again: {rule}");
    }
}

#[test]
fn a_step_cut_off_between_two_commands_goes_on_behind_the_first() {
    let project = TestProject::new();
    let source = list(
        "  - id: a\n    title: A\n    type: auto\n    commands: [{ id: one, kind: bash, run: 'echo one >> out' }, { id: two, kind: bash, run: 'echo two >> out' }]\n",
    );
    let engine = project.started("t.yaml", &source);
    let id = engine.run_id().unwrap().to_owned();
    drop(engine);
    let mut store = Store::open(project.folder.project().join(".checklist")).unwrap();
    let step = Key::from_static("/instances").child(&id).child("steps").child("a");
    let at = "2026-01-01T00:00:00.000Z";
    let one = json!({"status": "done", "attempt": 1, "at": at});
    store
        .transact(|draft| draft.write(&step, json!({"status": "active", "at": at, "commands": {"one": one}})))
        .unwrap();
    let mut engine = project.engine();
    assert_eq!(statuses(&engine), "[ ]");
    execute(&mut engine, "a").unwrap();
    assert_eq!(std::fs::read_to_string(project.folder.project().join("out")).unwrap(), "two\n");
}

#[test]
fn two_processes_never_execute_steps_of_one_run() {
    let project = TestProject::new();
    let source = list(
        "  - id: a\n    title: A\n    type: auto\n    commands: [{ kind: bash, run: 'echo x >> out' }]\n",
    );
    let mut engine = project.started("t.yaml", &source);
    let other = project.engine();
    let hold = other.store().try_hold(&format!("run-{}", engine.run_id().unwrap())).unwrap().unwrap();
    assert!(matches!(execute(&mut engine, "a"), Err(Error::Busy(_))));
    drop(hold);
    execute(&mut engine, "a").unwrap();
}
