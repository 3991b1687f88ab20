//! Interrupted steps: which commands were cut off, and what their `on_interrupt` says about that.

use super::act::Acted;
use super::execute::Watch;
use super::{ActOptions, WorkflowEngine};
use crate::error::Result;
use crate::run::{CommandStatus, Evidence};
use crate::template::{Action, Command, OnInterrupt};
use crate::transition::Resolution;
use std::sync::atomic::AtomicBool;

/// A command that was cut off, and that somebody has to say something about.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct UnknownCommand {
    /// The step.
    pub step: String,
    /// The command.
    pub command: String,
    /// Its text.
    pub script: String,
}

/// What became of an interrupted step.
#[derive(Debug)]
pub enum Settled {
    /// Every command is known of again; the step goes on from here.
    Resolved(Vec<Acted>),
    /// These are left to be asked about.
    Asks(Vec<UnknownCommand>),
}

impl WorkflowEngine {
    /// The commands of a step that were cut off, in order.
    #[must_use]
    pub fn unknown_commands(&self, step: &str) -> Vec<UnknownCommand> {
        let Ok((selected, known)) = self.selected().and_then(|selected| Ok((selected, self.step(step)?)))
        else {
            return Vec::new();
        };
        let is_unknown = |command: &&Command| {
            let state = selected.run.command(step, &command.id);
            state.is_some_and(|state| state.status == CommandStatus::Interrupted)
        };
        known.commands.iter().filter(is_unknown).map(|command| unknown(step, command)).collect()
    }

    /// Does with an interrupted step what its `on_interrupt` says. Nothing is ever run again that does not say
    /// `rerun`, and nothing is called done that no check confirmed.
    ///
    /// # Errors
    /// Those of [`WorkflowEngine::resolve`] and of the checks.
    pub fn settle_interrupted(
        &mut self,
        step: &str,
        options: &ActOptions,
        cancel: &AtomicBool,
        watch: Watch<'_>,
    ) -> Result<Settled> {
        self.refresh()?;
        let known = self.step(step)?.clone();
        let step = known.id.as_str();
        let (mut acted, mut asks) = (Vec::new(), Vec::new());
        for unknown in self.unknown_commands(step) {
            let command = known.commands.iter().find(|command| command.id == unknown.command);
            let command = command.expect("an unknown command is one of the step's");
            let resolution = match self.selected()?.template.on_interrupt_of(&known, command) {
                OnInterrupt::Ask => None,
                OnInterrupt::Rerun => Some(Resolution::Rerun),
                OnInterrupt::Fail => Some(Resolution::Failed),
                OnInterrupt::Verify if known.validation.is_empty() => None,
                OnInterrupt::Verify => {
                    let checks = self.run_checks(&known, cancel, watch)?;
                    let has_passed = checks.iter().all(|check| check.passed);
                    // A check that does not pass proves that the effect is not there, so running the command
                    // again is safe only if it says so itself.
                    match (has_passed, command.idempotent) {
                        (true, _) => Some(Resolution::Done(Evidence::Verified)),
                        (false, true) => Some(Resolution::Rerun),
                        (false, false) => None,
                    }
                }
            };
            match resolution {
                Some(resolution) => acted.push(self.resolve(step, &unknown.command, resolution, options)?),
                None => asks.push(unknown),
            }
        }
        Ok(if asks.is_empty() { Settled::Resolved(acted) } else { Settled::Asks(asks) })
    }
}

fn unknown(step: &str, command: &Command) -> UnknownCommand {
    let script = match &command.action {
        Action::Bash { run } => run.clone(),
        Action::Agent { prompt } => prompt.clone(),
    };
    UnknownCommand { step: step.to_owned(), command: command.id.clone(), script }
}
