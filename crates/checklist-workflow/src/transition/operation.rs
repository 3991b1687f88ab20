//! What can happen to a run, and who did it when.

use crate::mask::Masker;
use crate::run::{Evidence, Moment};
use serde_json::Value;
use std::collections::BTreeMap;

/// Something that happened to a run.
#[derive(Clone, Debug, PartialEq)]
pub enum Operation {
    /// It begins.
    Start,
    /// A command is about to run: recorded before it does.
    CommandStarted {
        /// The step.
        step: String,
        /// The command.
        command: String,
        /// Where its output goes.
        log: String,
    },
    /// A command ended: recorded after it did.
    CommandEnded {
        /// The step.
        step: String,
        /// The command.
        command: String,
        /// Whether it succeeded.
        succeeded: bool,
        /// How it ended, in words.
        outcome: String,
        /// The code it exited with.
        exit_code: Option<i32>,
        /// Whether it is to be tried again by itself.
        will_retry: bool,
        /// How long it took, in milliseconds.
        duration_ms: u64,
    },
    /// The process that executed a step died.
    CutOff {
        /// The step.
        step: String,
    },
    /// Somebody, or a check, says what became of an interrupted command.
    Resolved {
        /// The step.
        step: String,
        /// The command.
        command: String,
        /// What became of it.
        resolution: Resolution,
        /// Who or what says so.
        note: Option<String>,
    },
    /// A step is done.
    Done {
        /// The step.
        step: String,
        /// On whose word.
        evidence: Evidence,
        /// What was found, or claimed.
        note: Option<String>,
        /// What its outputs are.
        outputs: BTreeMap<String, String>,
    },
    /// Somebody answers an input step.
    Answered {
        /// The step.
        step: String,
        /// The value of its variable, which was checked.
        value: Value,
    },
    /// A step was taken back by its rollback, and is to do again.
    RolledBack {
        /// The step.
        step: String,
    },
    /// A step is left out.
    Skipped {
        /// The step.
        step: String,
        /// Why.
        reason: Option<String>,
        /// The id of a killer step, typed.
        killer: Option<String>,
    },
    /// A step did not pass its check after its commands ran.
    Failed {
        /// The step.
        step: String,
        /// What was found.
        note: String,
    },
    /// A settled or failed step is to do again.
    Reopened {
        /// The step.
        step: String,
    },
    /// Somebody takes a step for a time, so that nobody else works on it.
    Taken {
        /// The step.
        step: String,
        /// How long.
        until: Moment,
    },
    /// A step that was taken is free again.
    Released {
        /// The step.
        step: String,
    },
    /// The checks of a done step were made again, and passed.
    Confirmed {
        /// The step.
        step: String,
        /// What was found.
        note: String,
    },
    /// The checks of a done step were made again, and one did not pass: what was done does not hold any more.
    Drifted {
        /// The step.
        step: String,
        /// What was found.
        note: String,
    },
    /// The run is put aside.
    Paused,
    /// The run goes on.
    Unpaused,
    /// The run is put back to its beginning.
    Reset,
}

impl Operation {
    /// The same with the values of secrets masked in every text that somebody wrote or a command caused.
    pub(crate) fn masked(&self, masker: &Masker) -> Operation {
        let mut operation = self.clone();
        if masker.is_empty() {
            return operation;
        }
        let mask = |text: &mut String| *text = masker.mask(text);
        match &mut operation {
            Operation::CommandEnded { outcome: text, .. }
            | Operation::Failed { note: text, .. }
            | Operation::Confirmed { note: text, .. }
            | Operation::Drifted { note: text, .. } => mask(text),
            Operation::Resolved { note: text, .. }
            | Operation::Done { note: text, .. }
            | Operation::Skipped { reason: text, .. } => text.iter_mut().for_each(mask),
            _ => {}
        }
        operation
    }
}

/// What became of an interrupted command.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Resolution {
    /// It is to run again.
    Rerun,
    /// It did have its effect; the evidence says on whose word.
    Done(Evidence),
    /// It did not.
    Failed,
}

/// Who did something, and when.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Stamp {
    /// When.
    pub at: Moment,
    /// Who.
    pub by: String,
}
