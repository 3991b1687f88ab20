//! The transition function of a run: what an operation makes of it. Pure; used live and when loading.

mod again;
mod claims;
mod command;
mod condition;
mod operation;
mod refit;
mod refusal;
mod rollback;

use crate::condition::Verdict;
use crate::outline::Outline;
use crate::run::{CommandStatus, Evidence, Run, RunStatus, StepState, StepStatus};
use crate::template::{ROLLBACK_PREFIX, Step, Template};
use serde_json::Value;
use std::collections::BTreeMap;

pub(crate) use claims::of_another as claim_of_another;
pub(crate) use condition::explain;
pub use operation::{Operation, Resolution, Stamp};
pub(crate) use refit::refit;
pub use refusal::Refusal;

/// What an operation makes of a run. It touches no file and no clock, so that rules can be tried without either: the
/// engine is this function, with a transaction around it.
///
/// # Errors
/// The [`Refusal`]; the run is as it was.
///
/// ```
/// # use checklist_store::{Store, env::mem::World};
/// # use checklist_workflow::{List as ListOfDay, Setup, WorkflowEngine};
/// # let world = World::new(1);
/// # let project = std::path::Path::new("/project");
/// # world.fs.place_dir(project)?;
/// # let setup = Setup::new("ana").store(Store::options().env(world.env()));
/// # let mut engine = WorkflowEngine::create(project, setup)?;
/// # engine.start(&ListOfDay::parse("day.md", "- [ ] Morning\n- [ ] Noon\n")?, &Default::default())?;
/// use checklist_store::env::Timestamp;
/// use checklist_workflow::run::Moment;
/// use checklist_workflow::transition::{Operation, Stamp, check_ready, check_rollback, current, next};
///
/// let (run, template) = (engine.run().expect("one is open"), engine.template().expect("it has a list"));
/// let stamp = Stamp { at: Moment(Timestamp::from_millis(0)), by: "ana".to_owned() };
/// let paused = next(run, template, &Operation::Paused, &stamp).expect("an open run may be paused");
/// assert_eq!((run.status.as_str(), paused.status.as_str()), ("active", "paused"));
/// assert!(run.status.may_become(paused.status));
/// let step = current(run, template).expect("there is one to do");
/// assert!(run.status_of(&step.id).as_str() == "pending" && run.command(&step.id, "make").is_none());
/// assert!(check_rollback(run, step).is_err()); // nothing of it happened yet
/// assert!(check_ready(run, template, step).is_ok());
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
pub fn next(run: &Run, template: &Template, operation: &Operation, stamp: &Stamp) -> Result<Run, Refusal> {
    let mut next = run.clone();
    let outline = &Outline::of(template);
    claims::check(&next, operation, stamp)?;
    match operation {
        Operation::Start => become_status(&mut next, RunStatus::Active)?,
        Operation::Paused => become_status(&mut next, RunStatus::Paused)?,
        Operation::Unpaused => become_status(&mut next, RunStatus::Active)?,
        Operation::Reset => reset(&mut next)?,
        // A death is recorded whatever the run stands at: it is a fact and no wish.
        Operation::CutOff { step } => command::cut_off(&mut next, outline, step, stamp)?,
        Operation::Reopened { step } => reopen(&mut next, template, outline, step)?,
        Operation::CommandStarted { step, command, log } if command.starts_with(ROLLBACK_PREFIX) => {
            rollback::started(&mut next, outline, step, command, log, stamp)?;
        }
        Operation::RolledBack { step } => rollback::ended(&mut next, outline, step)?,
        Operation::Confirmed { step, note } => again::confirmed(&mut next, step, note, stamp)?,
        Operation::Drifted { step, note } => again::drifted(&mut next, step, note, stamp)?,
        _ => {
            if next.status != RunStatus::Active {
                return Err(Refusal::RunIs(next.status));
            }
            step_operation(&mut next, outline, operation, stamp)?;
        }
    }
    settle_parents(&mut next, template, outline, stamp);
    condition::hide(&mut next, template, outline, stamp);
    claims::drop_settled(&mut next);
    next.current_step_id = find_current(&next, template, outline).map(|step| step.id.clone());
    if next.status == RunStatus::Active
        && template.steps.iter().all(|step| next.status_of(&step.id).is_settled())
    {
        become_status(&mut next, RunStatus::Completed)?;
    }
    next.rev += 1;
    next.updated_at = stamp.at;
    Ok(next)
}

fn become_status(run: &mut Run, status: RunStatus) -> Result<(), Refusal> {
    if !run.status.may_become(status) {
        return Err(Refusal::RunIs(run.status));
    }
    run.status = status;
    Ok(())
}

/// Back to the beginning, by way of the states in between.
fn reset(run: &mut Run) -> Result<(), Refusal> {
    let steps: Vec<String> = run.steps.keys().cloned().collect();
    steps.iter().for_each(|step| forget(run, step));
    run.claims.clear();
    if matches!(run.status, RunStatus::Active | RunStatus::Paused) {
        become_status(run, RunStatus::Failed)?;
    }
    if run.status != RunStatus::Idle {
        become_status(run, RunStatus::Idle)?;
    }
    become_status(run, RunStatus::Active)
}

/// The steps that `step` waits for: those it needs, and those its conditions look at. A skipped killer
/// settles nothing for those who need it; one that is hidden does not apply.
pub(crate) fn unmet_needs(run: &Run, outline: &Outline<'_>, step: &Step) -> Vec<String> {
    let is_met = |need: &&String| {
        let is_killer = || outline.step(need).is_some_and(|step| step.killer);
        match run.status_of(need) {
            StepStatus::Done | StepStatus::Hidden => true,
            StepStatus::Skipped => !is_killer(),
            _ => false,
        }
    };
    let mut unmet: Vec<String> = step.needs.iter().filter(|need| !is_met(need)).cloned().collect();
    let looked_at = condition::waits(run, outline, step).into_iter();
    unmet.extend(looked_at.filter(|id| !step.needs.contains(id)).collect::<Vec<_>>());
    unmet
}

/// The parts of a step that are not settled.
fn open_parts(run: &Run, outline: &Outline<'_>, step: &Step) -> Vec<String> {
    let parts = outline.parts(&step.id).iter();
    parts.filter(|part| !run.status_of(&part.id).is_settled()).map(|part| part.id.clone()).collect()
}

/// The step to look at next: one that needs somebody's word first, then the first that waits for nothing.
#[must_use]
pub fn current<'t>(run: &Run, template: &'t Template) -> Option<&'t Step> {
    find_current(run, template, &Outline::of(template))
}

fn find_current<'t>(run: &Run, template: &'t Template, outline: &Outline<'t>) -> Option<&'t Step> {
    let with = |wanted: StepStatus| template.steps.iter().find(|step| run.status_of(&step.id) == wanted);
    let is_ready = |step: &&Step| {
        run.status_of(&step.id) == StepStatus::Pending
            && unmet_needs(run, outline, step).is_empty()
            && open_parts(run, outline, step).is_empty()
    };
    with(StepStatus::Interrupted)
        .or_else(|| with(StepStatus::Active))
        .or_else(|| with(StepStatus::Failed))
        .or_else(|| template.steps.iter().find(is_ready))
}

fn state_of<'r>(run: &'r mut Run, step: &str, stamp: &Stamp) -> &'r mut StepState {
    run.steps.entry(step.to_owned()).or_insert_with(|| StepState {
        status: StepStatus::Pending,
        evidence: None,
        at: stamp.at,
        by: None,
        note: None,
        commands: BTreeMap::new(),
        outputs: BTreeMap::new(),
    })
}

/// Sets where a step stands.
fn settle(run: &mut Run, step: &str, status: StepStatus, note: Option<String>, stamp: &Stamp) {
    let state = state_of(run, step, stamp);
    state.status = status;
    state.evidence = None;
    state.note = note;
    state.at = stamp.at;
    state.by = Some(stamp.by.clone());
}

fn step_operation(
    run: &mut Run,
    outline: &Outline<'_>,
    operation: &Operation,
    stamp: &Stamp,
) -> Result<(), Refusal> {
    let known = |step: &String| outline.step(step).ok_or_else(|| Refusal::UnknownStep(step.clone()));
    match operation {
        Operation::CommandStarted { step, command, log } => {
            command::started(run, outline, known(step)?, command, log, stamp)
        }
        Operation::CommandEnded { step, .. } => {
            known(step)?;
            command::ended(run, operation, stamp)
        }
        Operation::Resolved { step, command, resolution, note } => {
            command::resolve(run, known(step)?, command, *resolution, note.as_deref(), stamp)
        }
        Operation::Done { step, evidence, note, outputs } => {
            ready(run, outline, known(step)?)?;
            settle(run, step, StepStatus::Done, note.clone(), stamp);
            let state = state_of(run, step, stamp);
            state.evidence = Some(*evidence);
            state.outputs.clone_from(outputs);
            Ok(())
        }
        Operation::Answered { step, value } => answer(run, outline, known(step)?, value, stamp),
        Operation::Skipped { step, reason, killer } => {
            skip(run, outline, known(step)?, reason.as_deref(), killer.as_deref(), stamp)
        }
        Operation::Failed { step, note } => {
            ready(run, outline, known(step)?)?;
            settle(run, step, StepStatus::Failed, Some(note.clone()), stamp);
            Ok(())
        }
        Operation::Taken { step, until } => claims::take(run, known(step)?, *until, stamp),
        Operation::Released { step } => claims::release(run, known(step)?),
        Operation::Start
        | Operation::Confirmed { .. }
        | Operation::Drifted { .. }
        | Operation::Paused
        | Operation::Unpaused
        | Operation::Reset
        | Operation::CutOff { .. }
        | Operation::RolledBack { .. }
        | Operation::Reopened { .. } => unreachable!("handled where the run as a whole is"),
    }
}

/// Whether a step may be taken back by its rollback.
///
/// # Errors
/// The [`Refusal`] that stands in the way.
pub fn check_rollback(run: &Run, step: &Step) -> Result<(), Refusal> {
    rollback::ready(run, step)
}

/// Whether a step may be worked on and settled.
///
/// # Errors
/// The [`Refusal`] that stands in the way.
pub fn check_ready(run: &Run, template: &Template, step: &Step) -> Result<(), Refusal> {
    ready(run, &Outline::of(template), step)
}

fn ready(run: &Run, outline: &Outline<'_>, step: &Step) -> Result<(), Refusal> {
    let status = run.status_of(&step.id);
    match status {
        StepStatus::Interrupted => return Err(Refusal::Unknown { step: step.id.clone() }),
        StepStatus::Done | StepStatus::Skipped | StepStatus::Hidden => {
            return Err(Refusal::StepIs { step: step.id.clone(), status });
        }
        StepStatus::Pending | StepStatus::Active | StepStatus::Failed => {}
    }
    let mut commands = run.steps.get(&step.id).into_iter().flat_map(|state| state.commands.values());
    if commands.any(|command| command.status == CommandStatus::Started) {
        return Err(Refusal::StepIs { step: step.id.clone(), status });
    }
    if run.steps.get(&step.id).is_some_and(StepState::is_rolling_back) {
        return Err(Refusal::RollingBack(step.id.clone()));
    }
    if let Some(Verdict::Failed(reason)) = condition::of(run, outline, step) {
        return Err(Refusal::Condition { step: step.id.clone(), reason });
    }
    let needs = unmet_needs(run, outline, step);
    if !needs.is_empty() {
        return Err(Refusal::Unmet { step: step.id.clone(), needs });
    }
    let parts = open_parts(run, outline, step);
    if !parts.is_empty() {
        return Err(Refusal::OpenParts { step: step.id.clone(), parts });
    }
    Ok(())
}

/// Keeps the answer to an input step, which is done with it.
fn answer(
    run: &mut Run,
    outline: &Outline<'_>,
    step: &Step,
    value: &Value,
    stamp: &Stamp,
) -> Result<(), Refusal> {
    let Some(input) = &step.input else { return Err(Refusal::NoQuestion(step.id.clone())) };
    ready(run, outline, step)?;
    run.variables.insert(input.variable.clone(), value.clone());
    settle(run, &step.id, StepStatus::Done, None, stamp);
    state_of(run, &step.id, stamp).evidence = Some(Evidence::Claimed);
    Ok(())
}

fn skip(
    run: &mut Run,
    outline: &Outline<'_>,
    step: &Step,
    reason: Option<&str>,
    killer: Option<&str>,
    stamp: &Stamp,
) -> Result<(), Refusal> {
    let status = run.status_of(&step.id);
    if status.is_settled() || status == StepStatus::Active {
        return Err(Refusal::StepIs { step: step.id.clone(), status });
    }
    if step.skippable == Some(false) {
        return Err(Refusal::NotSkippable(step.id.clone()));
    }
    let reason = reason.map(str::trim).filter(|reason| !reason.is_empty());
    if step.killer && (killer != Some(&step.id) || reason.is_none()) {
        return Err(Refusal::Killer(step.id.clone()));
    }
    if reason.is_none() && step.skippable != Some(true) {
        return Err(Refusal::NeedsReason(step.id.clone()));
    }
    let parts = open_parts(run, outline, step);
    if !parts.is_empty() {
        return Err(Refusal::OpenParts { step: step.id.clone(), parts });
    }
    settle(run, &step.id, StepStatus::Skipped, reason.map(str::to_owned), stamp);
    Ok(())
}

/// Makes a step to do again, and the parents that were done with it. Its commands run again, but for one that
/// was cut off; the history keeps what they did.
fn reopen(run: &mut Run, template: &Template, outline: &Outline<'_>, step: &str) -> Result<(), Refusal> {
    let known = outline.step(step).ok_or_else(|| Refusal::UnknownStep(step.to_owned()))?;
    let state = run.steps.get(step);
    let status = run.status_of(step);
    if !matches!(status, StepStatus::Done | StepStatus::Skipped | StepStatus::Failed) {
        return Err(Refusal::StepIs { step: step.to_owned(), status });
    }
    if state.is_some_and(StepState::is_rolling_back) {
        return Err(Refusal::RollingBack(step.to_owned()));
    }
    become_active(run)?;
    if let Some(input) = known.input.as_ref().filter(|_| status == StepStatus::Done) {
        // The answer goes with the step; what the template says of the variable holds again.
        match template.variable(&input.variable).and_then(|variable| variable.default.clone()) {
            Some(default) => run.variables.insert(input.variable.clone(), default),
            None => run.variables.remove(&input.variable),
        };
    }
    forget(run, step);
    for above in outline.ancestors(known) {
        if run.status_of(&above.id) == StepStatus::Done {
            run.steps.remove(&above.id);
        }
    }
    Ok(())
}

/// A run that has ended is worked on again.
fn become_active(run: &mut Run) -> Result<(), Refusal> {
    match run.status {
        RunStatus::Completed | RunStatus::Failed => {
            become_status(run, RunStatus::Idle)?;
            become_status(run, RunStatus::Active)
        }
        RunStatus::Idle | RunStatus::Paused => Err(Refusal::RunIs(run.status)),
        RunStatus::Active => Ok(()),
    }
}

/// Puts a step back to its beginning. What became of a command that was cut off stays unknown, and attempts go
/// on being counted, so that no two have the same log.
fn forget(run: &mut Run, step: &str) {
    let Some(state) = run.steps.get_mut(step) else { return };
    if state.commands.is_empty() {
        run.steps.remove(step);
        return;
    }
    let mut is_unknown = false;
    for command in state.commands.values_mut() {
        if matches!(command.status, CommandStatus::Interrupted | CommandStatus::Started) {
            command.status = CommandStatus::Interrupted;
            is_unknown = true;
        } else {
            command.status = CommandStatus::Pending;
            command.retries = 0;
            command.evidence = None;
            command.exit_code = None;
            command.outcome = None;
        }
    }
    state.status = if is_unknown { StepStatus::Interrupted } else { StepStatus::Pending };
    state.evidence = None;
    state.note = None;
    state.outputs.clear();
}

/// A parent is done when its parts are settled: from the innermost out.
fn settle_parents(run: &mut Run, template: &Template, outline: &Outline<'_>, stamp: &Stamp) {
    if run.status != RunStatus::Active {
        return;
    }
    for step in template.steps.iter().rev().filter(|step| !outline.parts(&step.id).is_empty()) {
        if run.status_of(&step.id) == StepStatus::Pending && open_parts(run, outline, step).is_empty() {
            settle(run, &step.id, StepStatus::Done, Some("all its parts are settled".to_owned()), stamp);
            state_of(run, &step.id, stamp).evidence = Some(Evidence::Claimed);
        }
    }
}
