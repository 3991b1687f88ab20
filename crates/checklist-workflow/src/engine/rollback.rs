//! Taking back what a step did, with the commands it declares for that. Only ever on request.

use super::act::Acted;
use super::execute::{Deadline, Watch};
use super::record::Note;
use super::{ActOptions, WorkflowEngine};
use crate::error::Result;
use crate::run::{CommandStatus, StepState, StepStatus};
use crate::template::{ROLLBACK_PREFIX, Step};
use crate::transition::{self, Operation, Refusal};
use std::sync::atomic::AtomicBool;

impl WorkflowEngine {
    /// Runs the rollback of a step, command by command, each recorded before and after as those of
    /// [`WorkflowEngine::execute`] are. At its end the step is to do again. What ended half-way goes on where
    /// it was with the next call.
    ///
    /// The caller has made sure that the template is trusted.
    ///
    /// # Errors
    /// [`Error::Refused`](crate::Error::Refused) if there is nothing to take back, and those of [`WorkflowEngine::execute`].
    pub fn rollback(
        &mut self,
        step: &str,
        options: &ActOptions,
        cancel: &AtomicBool,
        watch: Watch<'_>,
    ) -> Result<Acted> {
        let hold = self.hold_run()?;
        let span = self.begin_step();
        let ended = self.rollback_held(step, options, cancel, watch);
        self.end_step(span, "rollback", step, &ended);
        self.give_back(hold, ended)
    }

    /// The same, with the run's lock held.
    fn rollback_held(
        &mut self,
        step: &str,
        options: &ActOptions,
        cancel: &AtomicBool,
        watch: Watch<'_>,
    ) -> Result<Acted> {
        let known = self.step(step)?.clone();
        let selected = self.selected()?;
        options.check(&selected.run)?;
        transition::check_rollback(&selected.run, &known)?;
        if !self.has_happened(&known)? {
            return Err(Refusal::NoRollback(known.id).into());
        }
        self.require_secrets()?;
        let deadline = Deadline::of(&known, self.store.env());
        let tasks = self.tasks(&known, &known.rollback, ROLLBACK_PREFIX, watch)?;
        self.check_dangers(&known.id, &tasks)?;
        // The request is answered by what is saved at the end: cut off before that, it goes on when it is repeated.
        let request = self.request.take();
        for task in &tasks {
            self.execute_task(task, deadline, cancel, watch)?;
        }
        self.request = request;
        let operation = Operation::RolledBack { step: known.id.clone() };
        let note = Note::new("rollback", Some(&known.id), "its rollback succeeded; it is to do again");
        let saved = self.apply(&[operation], &note, ActOptions::default())?;
        let mut acted = self.acted(&known.id, Some(saved), Vec::new(), &[])?;
        acted.detail = Some("rolled back".to_owned());
        Ok(acted)
    }

    /// Whether anything of a step may have happened since it was last taken back: as far as the run knows,
    /// and where an undo took that from it, the history.
    ///
    /// # Errors
    /// [`Error::NoRun`](crate::Error::NoRun), and [`Error::Store`](crate::Error::Store) if the history does not verify.
    pub fn has_happened(&self, step: &Step) -> Result<bool> {
        let state = self.selected()?.run.steps.get(&step.id);
        let has_begun = |state: &StepState| {
            state.commands.values().any(|command| command.status != CommandStatus::Pending)
        };
        if state.is_some_and(|state| state.status == StepStatus::Done || has_begun(state)) {
            return Ok(true);
        }
        let history = self.history()?;
        let of_step = history.iter().rev().filter(|entry| entry.step.as_deref() == Some(&step.id));
        let last = of_step.into_iter().find(|entry| matches!(entry.verb.as_str(), "start" | "rollback"));
        Ok(last.is_some_and(|entry| entry.verb == "start"))
    }
}
