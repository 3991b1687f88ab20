//! The invariants, each with its number, and the checks that hold an engine to them.
//!
//! 1. Every operation that changes anything has one entry in the history, and its number is the run's revision, which
//!    goes up by one. What is refused changes nothing.
//! 2. A step is done only when everything it needs is settled, and no command of it is under way or unknown.
//! 3. A command that was cut off stays unknown until somebody, or its rule, says what became of it. Nothing else makes it
//!    known, and nothing runs it. Nothing is under way while nobody is at it.
//! 4. No command runs before its intent is durable, and no attempt runs twice.
//! 5. Observers are told of every change, of nothing else, in order, and only once it is durable.
//! 6. Settled and open steps are all steps, and the progress counts them right.
//! 7. A run is completed only when every step is settled.
//! 8. Undo gives back what there was; undo and redo give back what there is.
//! 9. Replaying the history gives the document.
//! 10. After a power cut there is a beginning of the history that would have been, with everything in it that anybody was
//!     told of.

use crate::action::{Action, Step};
use crate::seen::{Moved, Seen, replayed};
use checklist_store::CommittedTransaction;
use checklist_workflow::event::Progress;
use checklist_workflow::{
    CommandStatus, Error, Evidence, Run, RunStatus, StepStatus, Template, WorkflowEngine, WorkflowEvent,
};
use serde_json::Value;
use std::collections::BTreeMap;

/// What came of an action.
pub(crate) struct Told<'a> {
    pub(crate) step: &'a Step,
    pub(crate) result: &'a Result<(), Error>,
    pub(crate) events: &'a [WorkflowEvent],
    pub(crate) ran: &'a str,
}

/// Holds an action that came to its end to all of them.
pub(crate) fn check(before: &Seen, after: &Seen, told: &Told<'_>, engine: &WorkflowEngine) {
    let template = engine.template().unwrap();
    assert_eq!(
        replayed(&after.history).operations().len(),
        after.history.iter().map(|t| t.operations.len()).sum::<usize>()
    );
    assert_eq!(value_of(&after.history), after.document, "9: replaying gives the document");
    assert_eq!(&after.history[..before.history.len()], before.history, "the past stays");
    if told.result.is_err() && told.step.is_stale {
        assert_eq!(before.document, after.document, "1: who expects another revision changes nothing");
    }
    let has_moved = before.history.len() != after.history.len();
    assert_eq!(
        before.document != after.document,
        has_moved,
        "1: no change without an entry, none without a change"
    );
    check_progress(after, template, engine);
    check_ran(&after.history, told.ran);
    if !told.step.action.is_about_the_run() {
        return;
    }
    let moves = after.moves(before.history.len());
    assert_eq!(moves.len(), after.history.len() - before.history.len(), "every entry is of the run");
    for (rev, moved) in (before.run.rev + 1..).zip(&moves) {
        assert_eq!((moved.after.rev, &moved.note["op"]), (rev, &rev.into()), "1: one entry, one number");
        check_needs(moved, template);
        check_unknown(moved);
    }
    assert_eq!(after.run.rev, before.run.rev + moves.len() as u64, "1: the revision counts operations");
    let failed = |event: &&WorkflowEvent| matches!(event, WorkflowEvent::Failed { .. });
    let events: Vec<&WorkflowEvent> = told.events.iter().filter(|event| !failed(event)).collect();
    let expected = expected(&moves, template, &after.id);
    assert_eq!(events, expected.iter().collect::<Vec<_>>(), "5: events agree with the changes");
    if let Action::Execute { step, .. } = told.step.action
        && before.run.status_of(step) == StepStatus::Interrupted
    {
        assert!(matches!(told.result, Err(Error::Refused(_) | Error::Conflict { .. })), "3: it is not run");
        assert!(moves.is_empty(), "3: and nothing is recorded of it");
    }
}

/// 6 and 7.
fn check_progress(seen: &Seen, template: &Template, engine: &WorkflowEngine) {
    let count = |wanted: &[StepStatus]| {
        template.steps.iter().filter(|step| wanted.contains(&seen.run.status_of(&step.id))).count()
    };
    let open = count(&[StepStatus::Pending, StepStatus::Active]);
    let (failed, interrupted) = (count(&[StepStatus::Failed]), count(&[StepStatus::Interrupted]));
    let Progress { done, skipped, hidden, total, verified, claimed, .. } = progress(&seen.run, template);
    let view = engine.view().unwrap();
    assert_eq!(view.progress, progress(&seen.run, template), "6: progress counts the steps");
    assert_eq!(done + skipped + hidden + failed + interrupted + open, total, "6: settled and open are all");
    assert_eq!(verified + claimed, done, "6: on somebody's word, or seen");
    assert_eq!(count(&[StepStatus::Active]), 0, "3: nothing is active while nobody is at it");
    if seen.run.status == RunStatus::Completed {
        assert_eq!(done + skipped + hidden, total, "7: completed is all settled");
    }
    if let Some(current) = &seen.run.current_step_id {
        assert!(!seen.run.status_of(current).is_settled(), "the current step is one to look at");
    }
}

fn progress(run: &Run, template: &Template) -> Progress {
    let mut progress = Progress { total: template.steps.len(), ..Progress::default() };
    for step in &template.steps {
        match run.status_of(&step.id) {
            StepStatus::Done => progress.done += 1,
            StepStatus::Skipped => progress.skipped += 1,
            StepStatus::Hidden => progress.hidden += 1,
            StepStatus::Failed => progress.failed += 1,
            StepStatus::Interrupted => progress.interrupted += 1,
            StepStatus::Pending | StepStatus::Active => {}
        }
        match run.steps.get(&step.id).and_then(|state| state.evidence) {
            Some(Evidence::Verified) => progress.verified += 1,
            Some(Evidence::Claimed) => progress.claimed += 1,
            None => {}
        }
    }
    progress
}

/// 2. What undo and redo give back was so once.
fn check_needs(moved: &Moved, template: &Template) {
    if is_travel(&moved.note) {
        return;
    }
    let is_newly_done = |id: &str| {
        moved.after.status_of(id) == StepStatus::Done && moved.before.status_of(id) != StepStatus::Done
    };
    for step in template.steps.iter().filter(|step| is_newly_done(&step.id)) {
        for need in &step.needs {
            let is_killer = template.step(need).is_some_and(|need| need.killer);
            let is_met = match moved.before.status_of(need) {
                StepStatus::Done | StepStatus::Hidden => true,
                StepStatus::Skipped => !is_killer,
                _ => false,
            };
            assert!(is_met, "2: {} is done before {need}: {:?}", step.id, moved.note);
        }
        let commands = moved.before.steps.get(&step.id).into_iter().flat_map(|state| state.commands.values());
        for command in commands {
            let is_open = matches!(command.status, CommandStatus::Started | CommandStatus::Interrupted);
            assert!(!is_open, "2: {} is done, and it is not known what it did: {:?}", step.id, moved.note);
        }
        let parts = template.steps.iter().filter(|part| part.parent.as_deref() == Some(&step.id));
        for part in parts {
            assert!(
                moved.after.status_of(&part.id).is_settled(),
                "2: {} before its part {}",
                step.id,
                part.id
            );
        }
    }
}

/// 3.
fn check_unknown(moved: &Moved) {
    let verb = moved.note["verb"].as_str().unwrap_or_default();
    for (step, state) in &moved.before.steps {
        for (command, state) in &state.commands {
            let is_resolved = verb == "resolve" && moved.after.command(step, command) != Some(state);
            assert!(
                !is_resolved || state.status == CommandStatus::Interrupted,
                "3: {step}/{command} was known"
            );
            let now = moved.after.command(step, command).map(|state| state.status);
            let may_become_known = match state.status {
                CommandStatus::Interrupted => matches!(verb, "resolve" | "redo"),
                CommandStatus::Started => matches!(verb, "end" | "fail" | "retry" | "interrupted" | "reset"),
                _ => continue,
            };
            let is_known = !matches!(now, Some(CommandStatus::Interrupted));
            let stays = now == Some(state.status);
            assert!(stays || may_become_known, "3: {step}/{command} became {now:?}: {:?}", moved.note);
            let forgets = matches!(verb, "interrupted" | "reset") && is_known;
            assert!(stays || !forgets, "3: {step}/{command} was cut off and is {now:?}: {:?}", moved.note);
        }
    }
}

/// 4.
fn check_ran(history: &[CommittedTransaction], ran: &str) {
    let mut started: BTreeMap<String, usize> = BTreeMap::new();
    for note in history.iter().map(|transaction| &transaction.note).filter(|note| note["verb"] == "start") {
        let text = |name: &str| note[name].as_str().unwrap_or_default();
        let (command, attempt) = text("detail").split_once(" attempt ").unwrap();
        *started.entry(format!("{}/{}/{command} {attempt}", text("run"), text("step"))).or_default() += 1;
    }
    assert!(started.values().all(|times| *times == 1), "4: an attempt began twice: {started:?}");
    for line in ran.lines() {
        let left = started.get_mut(line).unwrap_or_else(|| panic!("4: {line} ran and is nowhere recorded"));
        assert_eq!(*left, 1, "4: {line} ran twice");
        *left = 0;
    }
}

/// 5: what observers are to be told.
fn expected(moves: &[Moved], template: &Template, id: &str) -> Vec<WorkflowEvent> {
    let mut events = Vec::new();
    for Moved { before, after, .. } in moves {
        for step in template.steps.iter().map(|step| step.id.clone()) {
            let status = after.status_of(&step);
            if status == before.status_of(&step) {
                continue;
            }
            events.push(WorkflowEvent::StepChanged { step: step.clone(), status });
            match status {
                StepStatus::Done => events.push(WorkflowEvent::StepCompleted { step }),
                StepStatus::Skipped => events.push(WorkflowEvent::StepSkipped { step }),
                _ => {}
            }
        }
        events.push(WorkflowEvent::ProgressUpdated(progress(after, template)));
        if after.status == RunStatus::Completed && before.status != RunStatus::Completed {
            events.push(WorkflowEvent::WorkflowCompleted { run: id.to_owned() });
        }
    }
    events
}

/// Whether undo takes back exactly the last operation: not where it ends the execution that it belongs to, and not
/// where nothing takes it back.
pub(crate) fn is_undone_alone(before: &Seen, after: &Seen) -> bool {
    let note = &after.history.last().unwrap().note;
    let verb = note["verb"].as_str().unwrap_or_default();
    let step = note["step"].as_str().unwrap_or_default();
    let has_begun = before.run.steps.get(step).is_some_and(|state| !state.commands.is_empty());
    matches!(verb, "done" | "skip" | "back" | "pause" | "resume" | "resolve" | "reset")
        && !(verb == "done" && has_begun)
}

/// 8. That a step is hidden follows from the rest and is found anew, so since when is not compared.
pub(crate) fn check_same(found: &Run, wanted: &Run, what: &str) {
    let parts = |run: &Run| {
        let steps = run.steps.clone().into_iter();
        let states: BTreeMap<_, _> = steps
            .map(|(step, state)| (step, (state.status != StepStatus::Hidden).then_some(state)))
            .collect();
        (run.status, run.current_step_id.clone(), run.variables.clone(), states)
    };
    assert_eq!(parts(found), parts(wanted), "8: {what}");
}

/// 10, 9 and 4 after a power cut.
pub(crate) fn check_cut(
    past: &[CommittedTransaction],
    future: &[CommittedTransaction],
    told: usize,
    document: &Value,
    ran: &str,
) {
    assert!(past.len() <= future.len(), "10: more than would have been");
    assert_eq!(past, &future[..past.len()], "10: another past");
    assert!(past.len() >= told, "10: {told} were told, and {} are there", past.len());
    assert_eq!(value_of(past), *document, "9: replaying gives the document");
    check_ran(past, ran);
}

/// 3 and 1 when another engine goes on.
pub(crate) fn check_opened(
    past: &[CommittedTransaction],
    now: &Seen,
    interrupted: &[String],
    events: &[WorkflowEvent],
) {
    let moves = now.moves(past.len());
    for moved in &moves {
        assert_eq!(moved.note["verb"], "interrupted", "1: opening does nothing but find what was cut off");
        assert_eq!(moved.after.rev, moved.before.rev + 1, "1: one entry, one number");
        check_unknown(moved);
    }
    let states = now.run.steps.values();
    let is_under_way = |status: CommandStatus| status == CommandStatus::Started;
    assert!(
        !states.flat_map(|state| state.commands.values()).any(|command| is_under_way(command.status)),
        "3: nothing is under way"
    );
    let completed = events.iter().find_map(|event| match event {
        WorkflowEvent::RecoveryCompleted { interrupted, .. } => Some(interrupted.as_slice()),
        _ => None,
    });
    assert_eq!(completed, Some(interrupted), "5: what is found cut off is told");
    for step in interrupted {
        assert_eq!(now.run.status_of(step), StepStatus::Interrupted, "3: {step} is called unknown");
    }
}

fn is_travel(note: &Value) -> bool {
    matches!(note["verb"].as_str(), Some("undo" | "redo" | "restore"))
}

fn value_of(history: &[CommittedTransaction]) -> Value {
    let root = checklist_store::Key::from_static("");
    replayed(history).read(&root).unwrap_or(Value::Null)
}
