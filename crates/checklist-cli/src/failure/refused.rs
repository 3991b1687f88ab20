//! What is said where a rule of the run stands in the way.

use super::{Failure, unknown_step};
use crate::exit::Exit;
use crate::time::Calendar;
use checklist_store::env::os;
use checklist_workflow::transition::Refusal;
use serde_json::json;

/// The refusal, with the command that goes on from there.
pub(super) fn refused(refusal: &Refusal) -> Failure {
    let failure = Failure::refused(refusal.to_string());
    match refusal {
        Refusal::UnknownStep(id) => unknown_step(id, None),
        Refusal::UnknownCommand(command) => Failure::usage(format!("no command \"{command}\" in that step"))
            .advise("What it runs: checklist show STEP"),
        Refusal::RunIs(status) => match status.as_str() {
            "paused" => failure.advise("Go on: checklist resume"),
            "completed" => {
                failure.advise("Open a step again: checklist back    Start over: checklist run --new")
            }
            _ => failure.advise("Where it stands: checklist status"),
        },
        Refusal::ClaimedBy { step, by, until } => {
            let until_here = Calendar::local(os::env().clock.now()).exact(until.0);
            Failure::new(Exit::Conflict, format!("{step} is claimed by {by} until {until_here}"))
                .lead("conflict")
                .advise("Take another: checklist claim")
                .advise(format!("If they are gone: checklist claim {step} --release --of {by}"))
                .data(json!({"step": step, "by": by, "until": until.0.to_string()}))
        }
        Refusal::NotClaimed(_) => failure.advise("Where it stands: checklist status"),
        Refusal::Unmet { step, .. } => failure.advise(format!("Why: checklist explain {step}")),
        Refusal::OpenParts { .. } => failure.advise("Settle its parts first: checklist status"),
        Refusal::StepIs { step, .. } => failure.advise(format!("Where it stands: checklist show {step}")),
        Refusal::Unknown { .. } => failure.advise("Say what became of it: checklist resume"),
        Refusal::Condition { step, .. } => {
            let step = step.split('/').next().unwrap_or(step);
            failure
                .advise(format!("What it sees: checklist explain {step}"))
                .advise(format!("To go on without it: checklist skip {step} --reason \"...\""))
        }
        Refusal::RollingBack(step) => failure.advise(format!("Go on with it: checklist rollback {step}")),
        Refusal::NoRollback(step) => failure.advise(format!("What it did: checklist show {step}")),
        Refusal::NoQuestion(step) => failure.advise(format!("What it asks for: checklist show {step}")),
        Refusal::NotStarted(_) | Refusal::NotInterrupted(_) => {
            failure.advise("Where it stands: checklist status")
        }
        Refusal::NeedsReason(step) => failure.advise(format!("checklist skip {step} --reason \"...\"")),
        Refusal::NotSkippable(step) => failure.advise(format!("What it asks for: checklist show {step}")),
        Refusal::Killer(step) => {
            failure.advise(format!("If you must: checklist skip {step} --reason \"...\" --killer {step}"))
        }
    }
}
