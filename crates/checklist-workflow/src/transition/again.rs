//! What becomes of a done step whose checks are made again.

use super::{Refusal, Stamp, become_status, settle, state_of};
use crate::run::{Evidence, Run, RunStatus, StepStatus};

fn is_done(run: &Run, step: &str) -> Result<(), Refusal> {
    match run.status_of(step) {
        StepStatus::Done => Ok(()),
        status => Err(Refusal::StepIs { step: step.to_owned(), status }),
    }
}

/// It holds: what was claimed is verified now.
pub(super) fn confirmed(run: &mut Run, step: &str, note: &str, stamp: &Stamp) -> Result<(), Refusal> {
    is_done(run, step)?;
    settle(run, step, StepStatus::Done, Some(note.to_owned()), stamp);
    state_of(run, step, stamp).evidence = Some(Evidence::Verified);
    Ok(())
}

/// It does not hold: the step has failed, and a run that was complete goes on.
pub(super) fn drifted(run: &mut Run, step: &str, note: &str, stamp: &Stamp) -> Result<(), Refusal> {
    is_done(run, step)?;
    if run.status == RunStatus::Completed {
        become_status(run, RunStatus::Idle)?;
        become_status(run, RunStatus::Active)?;
    }
    settle(run, step, StepStatus::Failed, Some(note.to_owned()), stamp);
    Ok(())
}
