//! Claims: somebody takes a step for a time, and nobody else settles it meanwhile.

use super::{Operation, Refusal, Stamp};
use crate::run::{Moment, Run, StepClaim};
use crate::template::Step;

/// The claim of somebody else that still holds at the time of the stamp.
pub(crate) fn of_another<'r>(run: &'r Run, step: &str, stamp: &Stamp) -> Option<&'r StepClaim> {
    run.claims.get(step).filter(|claim| claim.by != stamp.by && claim.until > stamp.at)
}

fn refuse(run: &Run, step: &str, stamp: &Stamp) -> Result<(), Refusal> {
    match of_another(run, step, stamp) {
        Some(claim) => {
            Err(Refusal::ClaimedBy { step: step.to_owned(), by: claim.by.clone(), until: claim.until })
        }
        None => Ok(()),
    }
}

/// Refuses what would settle or begin a step that somebody else has.
pub(super) fn check(run: &Run, operation: &Operation, stamp: &Stamp) -> Result<(), Refusal> {
    match operation {
        Operation::CommandStarted { step, .. }
        | Operation::Done { step, .. }
        | Operation::Answered { step, .. }
        | Operation::RolledBack { step }
        | Operation::Skipped { step, .. }
        | Operation::Taken { step, .. } => refuse(run, step, stamp),
        _ => Ok(()),
    }
}

/// Takes an open step; whoever has it already keeps it until the new time.
pub(super) fn take(run: &mut Run, step: &Step, until: Moment, stamp: &Stamp) -> Result<(), Refusal> {
    let status = run.status_of(&step.id);
    if status.is_settled() {
        return Err(Refusal::StepIs { step: step.id.clone(), status });
    }
    let since =
        run.claims.get(&step.id).filter(|claim| claim.by == stamp.by).map_or(stamp.at, |claim| claim.at);
    run.claims.insert(step.id.clone(), StepClaim { by: stamp.by.clone(), at: since, until });
    Ok(())
}

pub(super) fn release(run: &mut Run, step: &Step) -> Result<(), Refusal> {
    match run.claims.remove(&step.id) {
        Some(_) => Ok(()),
        None => Err(Refusal::NotClaimed(step.id.clone())),
    }
}

/// A settled step is nobody's.
pub(super) fn drop_settled(run: &mut Run) {
    let settled: Vec<String> =
        run.claims.keys().filter(|step| run.status_of(step).is_settled()).cloned().collect();
    settled.iter().for_each(|step| {
        run.claims.remove(step);
    });
}
