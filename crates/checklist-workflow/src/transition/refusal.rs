//! Why an operation is refused.

use crate::run::{Moment, RunStatus, StepStatus};
use std::fmt;

/// Why an operation is refused. Nothing is changed then.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Refusal {
    /// The template has no such step.
    UnknownStep(String),
    /// The step has no such command.
    UnknownCommand(String),
    /// The run is not one that is worked on.
    RunIs(RunStatus),
    /// Other steps come first.
    Unmet {
        /// The step.
        step: String,
        /// The steps that come first.
        needs: Vec<String>,
    },
    /// The parts of a step come first.
    OpenParts {
        /// The step.
        step: String,
        /// Its parts that are not settled.
        parts: Vec<String>,
    },
    /// The step cannot go there from where it stands.
    StepIs {
        /// The step.
        step: String,
        /// Where it stands.
        status: StepStatus,
    },
    /// A command of the step was cut off, and nobody said yet what became of it.
    Unknown {
        /// The step.
        step: String,
    },
    /// The command is not interrupted.
    NotInterrupted(String),
    /// The command was not started.
    NotStarted(String),
    /// The condition of a step has no value.
    Condition {
        /// The step.
        step: String,
        /// Why.
        reason: String,
    },
    /// The step was begun to be taken back, and that has not come to its end.
    RollingBack(String),
    /// There is nothing to take back.
    NoRollback(String),
    /// The step is not one that asks for a value.
    NoQuestion(String),
    /// Skipping needs a reason.
    NeedsReason(String),
    /// The step may not be skipped.
    NotSkippable(String),
    /// Skipping a killer step needs its id typed.
    Killer(String),
    /// Somebody else has taken the step.
    ClaimedBy {
        /// The step.
        step: String,
        /// Who has it.
        by: String,
        /// How long.
        until: Moment,
    },
    /// Nobody has taken the step.
    NotClaimed(String),
}

impl fmt::Display for Refusal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Refusal::UnknownStep(step) => write!(f, "no step \"{step}\""),
            Refusal::UnknownCommand(command) => write!(f, "the step has no command \"{command}\""),
            Refusal::RunIs(status) => write!(f, "the run is {status}"),
            Refusal::Unmet { step, needs } => write!(f, "{step} waits for {}", needs.join(", ")),
            Refusal::OpenParts { step, parts } => {
                write!(f, "{step} has parts that come first: {}", parts.join(", "))
            }
            Refusal::StepIs { step, status } => write!(f, "{step} is {status}"),
            Refusal::Unknown { step } => {
                write!(f, "a command of {step} was cut off, and it is not known what became of it")
            }
            Refusal::NotStarted(command) => write!(f, "{command} was not started"),
            Refusal::NotInterrupted(command) => write!(f, "{command} is not interrupted"),
            Refusal::Condition { step, reason } => {
                write!(f, "the condition of {step} cannot be decided: {reason}")
            }
            Refusal::RollingBack(step) => {
                write!(f, "the rollback of {step} was begun and has not come to its end")
            }
            Refusal::NoRollback(step) => write!(f, "{step} has nothing to take back"),
            Refusal::NoQuestion(step) => write!(f, "{step} asks for no value"),
            Refusal::NeedsReason(step) => write!(f, "skipping {step} needs a reason"),
            Refusal::NotSkippable(step) => write!(f, "{step} may not be skipped"),
            Refusal::ClaimedBy { step, by, until } => {
                write!(f, "{step} is claimed by {by} until {}", until.0)
            }
            Refusal::NotClaimed(step) => write!(f, "{step} is claimed by nobody"),
            Refusal::Killer(step) => write!(f, "{step} is a KILLER step; it cannot be skipped by accident"),
        }
    }
}
