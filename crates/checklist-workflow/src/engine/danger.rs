//! Commands that their template calls a danger: they run only after somebody said yes to each.

use super::WorkflowEngine;
use super::execute::Task;
use crate::error::{Error, Result};
use crate::run::CommandStatus;

/// A command that nobody said yes to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Dangerous {
    /// The command, as it is named in its step.
    pub command: String,
    /// Its text.
    pub script: String,
    /// Why one should look twice.
    pub danger: String,
}

impl WorkflowEngine {
    /// Says yes to a command that its template calls a danger. That holds for the next execution of its step or
    /// of its rollback, with all the retries in it, and not beyond.
    pub fn allow_danger(&mut self, step: &str, command: &str) {
        self.allowed_dangers.insert((step.to_owned(), command.to_owned()));
    }

    /// Uses up what was said yes to, and refuses what was not. Nothing of the step has run by then.
    pub(super) fn check_dangers(&mut self, step: &str, tasks: &[Task<'_>]) -> Result<()> {
        let allowed = std::mem::take(&mut self.allowed_dangers);
        let run = &self.selected()?.run;
        let is_to_run = |task: &&Task<'_>| {
            run.command(step, &task.id).is_none_or(|state| state.status != CommandStatus::Done)
        };
        let refused: Vec<Dangerous> = tasks
            .iter()
            .filter(is_to_run)
            .filter(|task| !allowed.contains(&(step.to_owned(), task.id.clone())))
            .filter_map(|task| {
                let danger = self.expand(task.command.danger.as_deref()?);
                Some(Dangerous { command: task.id.clone(), script: task.script.to_owned(), danger })
            })
            .collect();
        match refused.is_empty() {
            true => Ok(()),
            false => Err(Error::Dangerous { step: step.to_owned(), commands: refused }),
        }
    }
}
