//! Interrupted steps: which commands were cut off, and what their `on_interrupt` says about that.

use super::act::Acted;
use super::execute::{Deadline, Task, Watch};
use super::{ActOptions, WorkflowEngine};
use crate::error::{Error, Result};
use crate::exec::{self, Exit};
use crate::run::{CommandStatus, Evidence};
use crate::template::{Action, Command, OnInterrupt, ROLLBACK_PREFIX};
use crate::transition::Resolution;
use std::sync::atomic::AtomicBool;
use std::time::Duration;

/// How often, and how long after each other, a command that was cut off is looked for: one that is about to
/// end is given the time to.
const LOOKS: usize = 20;
const LOOK_PAUSE: Duration = Duration::from_millis(50);

/// Why a command is called failed that nobody has spoken about.
const FAILED_BY_RULE: &str = "cut off, and its on_interrupt is fail";

/// A command that was cut off, and that somebody has to say something about.
///
/// ```
/// # use checklist_store::{Store, env::mem::World};
/// # use checklist_workflow::{List as ListOfDay, Setup, WorkflowEngine};
/// # let world = World::new(1);
/// # let project = std::path::Path::new("/project");
/// # world.fs.place_dir(project)?;
/// # let setup = Setup::new("ana").store(Store::options().env(world.env()));
/// # let mut engine = WorkflowEngine::create(project, setup)?;
/// # engine.start(&ListOfDay::parse("day.md", "- [ ] Morning\n- [ ] Noon\n")?, &Default::default())?;
/// use checklist_workflow::UnknownCommand;
///
/// // Nothing was cut off.
/// let unknown: Vec<UnknownCommand> = engine.unknown_commands("morning");
/// assert!(unknown.is_empty() && engine.newly_interrupted().is_empty());
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
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
        let is_unknown = |id: &str| {
            let state = selected.run.command(&known.id, id);
            state.is_some_and(|state| state.status == CommandStatus::Interrupted)
        };
        let all = known.commands.iter().map(|command| (command.id.clone(), command));
        let back = known.rollback.iter().map(|command| (format!("{ROLLBACK_PREFIX}{}", command.id), command));
        all.chain(back)
            .filter(|(id, _)| is_unknown(id))
            .map(|(id, command)| unknown(step, id, command))
            .collect()
    }

    /// Does with an interrupted step what its `on_interrupt` says. Nothing is ever run again that does not say
    /// `rerun`, and nothing is called done that no check confirmed.
    ///
    /// # Errors
    /// [`Error::StillRuns`] while a command that was cut off is still at work, and those of
    /// [`WorkflowEngine::resolve`] and of the checks.
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
            // What it will have done is not for anybody to say yet.
            self.check_ended(step, &unknown.command)?;
            let command = known.command(&unknown.command);
            let command = command.expect("an unknown command is one of the step's");
            let resolution = match self.selected()?.template.on_interrupt_of(&known, command) {
                OnInterrupt::Ask => None,
                OnInterrupt::Rerun => Some(Resolution::Rerun),
                OnInterrupt::Fail => Some(Resolution::Failed),
                // That the step is there does not tell whether taking it back was under way.
                OnInterrupt::Verify
                    if known.validation.is_empty() || unknown.command.starts_with(ROLLBACK_PREFIX) =>
                {
                    None
                }
                OnInterrupt::Verify => {
                    let checks =
                        self.run_checks(&known, Deadline::of(&known, self.store.env()), cancel, watch)?;
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
            let Some(resolution) = resolution else {
                asks.push(unknown);
                continue;
            };
            // Confirmed is what the check did; the others are the rule's word, and nobody else's.
            let reason = (resolution == Resolution::Failed).then_some(FAILED_BY_RULE);
            match self.resolve_because(step, &unknown.command, resolution, reason, options) {
                Ok(resolved) => acted.push(resolved),
                Err(error) => {
                    // Somebody else may have settled it while its checks ran.
                    self.refresh()?;
                    if matches!(error, Error::Refused(_)) && !self.unknown_commands(step).contains(&unknown) {
                        continue;
                    }
                    return Err(error);
                }
            }
        }
        Ok(if asks.is_empty() { Settled::Resolved(acted) } else { Settled::Asks(asks) })
    }

    /// The processes of a command that was cut off which are still at work; see [`exec::survivors`].
    #[must_use]
    pub fn survivors(&self, step: &str, command: &str) -> Option<Vec<u32>> {
        let selected = self.selected().ok()?;
        let state = selected.run.command(step, command)?;
        if state.status != CommandStatus::Interrupted {
            return None;
        }
        let log = state.log.as_deref().and_then(|log| self.store.place(log).ok());
        let key = command_key(&selected.id, step, command);
        exec::survivors(self.store.env(), &key, log.as_deref())
    }

    /// The processes of a command that left its process group before that was ended, and still run. A command that
    /// ended by itself may leave some behind on purpose.
    pub(super) fn escaped(&self, task: &Task<'_>, exit: &Exit) -> Vec<u32> {
        let Some(selected) =
            self.selected.as_ref().filter(|_| matches!(exit, Exit::TimedOut | Exit::Cancelled))
        else {
            return Vec::new();
        };
        let key = command_key(&selected.id, &task.step.id, &task.id);
        exec::survivors(self.store.env(), &key, None).unwrap_or_default()
    }

    /// Refuses while a command that was cut off is still at work: a second one would run beside it.
    pub(super) fn check_ended(&self, step: &str, command: &str) -> Result<()> {
        // Nobody kept its log short since its watcher died.
        let log = self.selected()?.run.command(step, command).and_then(|state| state.log.clone());
        if let Some(log) = log.and_then(|log| self.store.place(&log).ok()) {
            exec::shorten(&log);
        }
        for _ in 1..LOOKS {
            if self.survivors(step, command).is_none() {
                return Ok(());
            }
            self.store.env().clock.sleep(LOOK_PAUSE);
        }
        let survivors = self.survivors(step, command);
        survivors.map_or(Ok(()), |processes| {
            Err(Error::StillRuns { step: step.to_owned(), command: command.to_owned(), processes })
        })
    }
}

/// What a command is known by to every process of it, and to every retry.
pub(super) fn command_key(run: &str, step: &str, command: &str) -> String {
    format!("{run}/{step}/{command}")
}

/// `; pid 4711 left its process group and still runs`; nothing where none does.
pub(super) fn still_run(processes: &[u32]) -> String {
    let ids: Vec<String> = processes.iter().map(u32::to_string).collect();
    match ids.as_slice() {
        [] => String::new(),
        [id] => format!("; pid {id} left its process group and still runs"),
        ids => format!("; pids {} left its process group and still run", ids.join(", ")),
    }
}

fn unknown(step: &str, id: String, command: &Command) -> UnknownCommand {
    let script = match &command.action {
        Action::Bash { run } => run.clone(),
        Action::Agent { prompt } => prompt.clone(),
    };
    UnknownCommand { step: step.to_owned(), command: id, script }
}
