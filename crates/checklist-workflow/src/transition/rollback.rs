//! Taking a step back with its rollback: its commands are recorded like any other, and the step is to do
//! again at the end.

use super::command::begin;
use super::{Refusal, Stamp, become_active, forget};
use crate::outline::Outline;
use crate::run::{Run, StepStatus};
use crate::template::Step;

/// Whether a step may be taken back: it has a rollback, and is not left out or unknown. Whether anything of
/// it ever happened is for the caller to look up: after an undo the run itself does not know.
pub(super) fn ready(run: &Run, step: &Step) -> Result<(), Refusal> {
    if step.rollback.is_empty() {
        return Err(Refusal::NoRollback(step.id.clone()));
    }
    match run.status_of(&step.id) {
        StepStatus::Done | StepStatus::Failed | StepStatus::Active | StepStatus::Pending => Ok(()),
        StepStatus::Interrupted => Err(Refusal::Unknown { step: step.id.clone() }),
        StepStatus::Skipped | StepStatus::Hidden => Err(Refusal::NoRollback(step.id.clone())),
    }
}

/// A command of the rollback is about to run.
pub(super) fn started(
    run: &mut Run,
    outline: &Outline<'_>,
    step: &str,
    command: &str,
    log: &str,
    stamp: &Stamp,
) -> Result<(), Refusal> {
    let step = outline.step(step).ok_or_else(|| Refusal::UnknownStep(step.to_owned()))?;
    ready(run, step)?;
    become_active(run)?;
    begin(run, step, command, log, stamp)
}

/// All commands of the rollback succeeded: the step is to do again, from its beginning.
pub(super) fn ended(run: &mut Run, outline: &Outline<'_>, step: &str) -> Result<(), Refusal> {
    let known = outline.step(step).ok_or_else(|| Refusal::UnknownStep(step.to_owned()))?;
    ready(run, known)?;
    become_active(run)?;
    forget(run, step);
    for above in outline.ancestors(known) {
        if run.status_of(&above.id) == StepStatus::Done {
            run.steps.remove(&above.id);
        }
    }
    Ok(())
}
