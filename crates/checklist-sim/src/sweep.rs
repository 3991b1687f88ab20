//! The sweep: every workload with every kind of fault at every call, until it runs through untouched.

use crate::crash::{Effort, Finding, plain, start};
use crate::explorer::Explorer;
use crate::fault::{Fault, FaultFs};
use crate::known::Known;
use crate::oracle::Violation;
use crate::workload::{Run, Workload};
use checklist_store::Outcome;
use checklist_store::env::mem::Budget;
use std::sync::Arc;

/// What a sweep went through.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct SweepTally {
    /// Runs of the workload, each with the fault at another call.
    pub runs: usize,
    /// Runs that ended with an error that said "not saved".
    pub not_saved: usize,
    /// Runs that ended with an error that said "in doubt".
    pub in_doubt: usize,
    /// Runs that ended well although the fault struck.
    pub unharmed: usize,
    /// Distinct disks on which a store was opened and judged afterwards.
    pub states: usize,
}

/// Runs `workload` with a fault at the first call, at the second, and so on. After each run the process is
/// dead or the power is cut, in the ways of `budget`, the disk works again, and the oracle judges.
/// The findings are one for each kind, the first ones met.
#[must_use]
pub fn sweep(
    workload: &Workload,
    fault: &dyn Fn(u64) -> Fault,
    budget: Budget,
) -> (SweepTally, Vec<Finding>) {
    let (recovery, depth, recovery_states_max, findings_max) = (Budget::WHOLE, 0, 0, 10);
    let effort = Effort { workload: budget, recovery, depth, recovery_states_max, findings_max };
    let known = Known::default();
    let mut explorer = Explorer::new(workload.case(), effort, &plain, &known);
    let mut tally = SweepTally::default();
    for number in 1.. {
        let world = start(workload);
        let faulty = FaultFs::over(&world.fs, fault(number));
        let mut env = world.env();
        env.fs = Arc::new(faulty.clone());
        let run = Run::new(world.clone(), env, workload.options);
        let result = (workload.run)(&run);
        if faulty.calls() < number {
            if let Err(error) = result {
                let detail = format!("the workload failed with no fault: {error}");
                explorer.report(&[], Violation { promise: "alive", detail }, None);
            }
            tally.states = explorer.tally().distinct();
            return (tally, explorer.end().1);
        }
        let Some(struck) = faulty.struck() else { continue };
        tally.runs += 1;
        let outcome = match &result {
            Ok(()) => "went well".to_owned(),
            Err(error) => format!("ended {:?}: {error}", error.outcome()),
        };
        match result.map_err(|error| error.outcome()) {
            Ok(()) => tally.unharmed += 1,
            Err(Outcome::InDoubt) => tally.in_doubt += 1,
            Err(Outcome::NotSaved | Outcome::Saved) => tally.not_saved += 1,
        }
        explorer.set_documents(run.model.documents());
        let (image, expected) = (world.fs.image(), run.model.expected());
        let step = format!("{:?} struck {struck}, the run {outcome}", fault(number));
        explorer.consider(&image, &expected, &[format!("{step}, killed")], 0);
        for (survival, crashed) in image.crashes(&budget) {
            let trail = [format!("{step}, survival {survival}")];
            explorer.consider(&crashed, &expected, &trail, 0);
        }
    }
    unreachable!("a workload makes finitely many calls")
}
