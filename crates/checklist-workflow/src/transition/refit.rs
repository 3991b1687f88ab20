//! What follows from where the steps stand: parents, what is hidden, the current step, and whether the run is complete.

use super::{Outline, Refusal, Stamp, become_status, claims, condition, find_current, settle_parents};
use crate::run::{Run, RunStatus};
use crate::template::Template;

/// Brings a run whose steps were changed as a whole (taken back, or moved to another template) in line with them.
///
/// # Errors
/// Never one in practice: a complete run may always be begun again.
pub(crate) fn refit(run: &mut Run, template: &Template, stamp: &Stamp) -> Result<(), Refusal> {
    let outline = Outline::of(template);
    let is_settled = |run: &Run| template.steps.iter().all(|step| run.status_of(&step.id).is_settled());
    if run.status == RunStatus::Completed && !is_settled(run) {
        become_status(run, RunStatus::Idle)?;
        become_status(run, RunStatus::Active)?;
    }
    settle_parents(run, template, &outline, stamp);
    condition::hide(run, template, &outline, stamp);
    claims::drop_settled(run);
    run.current_step_id = find_current(run, template, &outline).map(|step| step.id.clone());
    if run.status == RunStatus::Active && is_settled(run) {
        become_status(run, RunStatus::Completed)?;
    }
    Ok(())
}
