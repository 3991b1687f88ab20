//! Executing a step: intent and outcome of each command are transactions around it.

use super::act::{Acted, found};
use super::interrupted::command_key;
use super::record::Note;
use super::{ActOptions, WorkflowEngine, run_lock};
use crate::check::{CheckResult, Checker};
use crate::confine::confine;
use crate::error::{Error, Result};
use crate::exec::{self, Attempt, Exit, Outcome};
use crate::run::{CommandStatus, Evidence, StepStatus};
use crate::template::{Action, Command, Step};
use crate::transition::{self, Operation, Refusal};
use crate::variables::text_of;
use checklist_store::Hold;
use std::path::PathBuf;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

/// How long to ask for the lock of a run, which somebody may hold for the blink of a look.
const HOLD_ATTEMPTS: usize = 50;

/// What is going on while a step is executed.
#[derive(Debug)]
pub enum Progressed<'a> {
    /// A command is about to run; that is recorded.
    Starting {
        /// The step.
        step: &'a str,
        /// The command.
        command: &'a str,
        /// Its text.
        script: &'a str,
        /// When it will be ended.
        timeout: Option<Duration>,
        /// Its output, while it runs and after.
        log: &'a std::path::Path,
    },
    /// A command ended; that is recorded.
    Ended {
        /// The step.
        step: &'a str,
        /// The command.
        command: &'a str,
        /// How.
        outcome: &'a Outcome,
        /// Its output.
        log: &'a std::path::Path,
    },
    /// A check begins.
    Checking {
        /// The step.
        step: &'a str,
        /// What it looks at.
        label: &'a str,
    },
    /// A check ended.
    Checked(&'a CheckResult),
}

pub(super) type Watch<'w> = &'w mut dyn FnMut(&Progressed<'_>);

impl WorkflowEngine {
    /// Executes a step: its bash commands in order, those that are done already left out, then its checks.
    /// Before a command starts, a transaction records that it does; after it ended, another records how. Two
    /// processes never execute steps of the same run at once.
    ///
    /// The caller has made sure that the template is trusted.
    ///
    /// # Errors
    /// [`Error::Busy`], [`Error::Refused`] before anything ran; [`Error::CommandFailed`],
    /// [`Error::CheckFailed`] and [`Error::Cancelled`], all recorded; and those of the store.
    pub fn execute(
        &mut self,
        step: &str,
        options: &ActOptions,
        cancel: &AtomicBool,
        watch: Watch<'_>,
    ) -> Result<Acted> {
        let hold = self.hold_run()?;
        self.refresh()?;
        let known = self.step(step)?.clone();
        let step = known.id.as_str();
        let selected = self.selected()?;
        if selected.run.status_of(step) == StepStatus::Done {
            return self.acted(step, None, Vec::new(), &[]);
        }
        if options.if_rev.is_some_and(|rev| rev != selected.run.rev) {
            return Err(Error::Conflict { rev: selected.run.rev });
        }
        transition::check_ready(&selected.run, &selected.template, &known)?;
        let was_failed = selected.run.status_of(step) == StepStatus::Failed;
        for command in &known.commands {
            if let Action::Bash { run } = &command.action {
                self.execute_command(&known, command, run, cancel, watch)?;
            }
        }
        let acted = self.conclude(&known, was_failed, cancel, watch);
        drop(hold);
        acted
    }

    /// Runs one command, unless it is done already.
    fn execute_command(
        &mut self,
        step: &Step,
        command: &Command,
        script: &str,
        cancel: &AtomicBool,
        watch: Watch<'_>,
    ) -> Result<()> {
        let state = self.selected()?.run.command(&step.id, &command.id);
        if state.is_some_and(|state| state.status == CommandStatus::Done) {
            return Ok(());
        }
        if cancel.load(Ordering::Relaxed) {
            return Err(Error::Cancelled);
        }
        let attempt = state.map_or(0, |state| state.attempt) + 1;
        let log = format!("logs/{}/{}-{}-{attempt}.log", self.selected()?.id, step.id, command.id);
        let prepared = self.prepare(step, Some(command), script, attempt, &log)?;

        // 1. Record the intent: from here on a crash leaves this command interrupted.
        let started = Operation::CommandStarted { step: step.id.clone(), command: command.id.clone(), log };
        let note = Note::new("start", Some(&step.id), format!("{} attempt {attempt}", command.id));
        self.apply(&[started], &note, ActOptions::default())?;
        watch(&Progressed::Starting {
            step: &step.id,
            command: &command.id,
            script,
            timeout: prepared.timeout,
            log: &prepared.log,
        });

        // 2. Run it.
        let env = self.store.env().clone();
        let outcome = prepared.run(&env, cancel);

        // 3. Record the outcome, whatever it is.
        let words = self.record_outcome(step, &command.id, &outcome)?;
        watch(&Progressed::Ended {
            step: &step.id,
            command: &command.id,
            outcome: &outcome,
            log: &prepared.log,
        });
        match outcome.exit {
            Exit::Code(0) => Ok(()),
            Exit::NotStarted(_) if cancel.load(Ordering::Relaxed) => Err(Error::Cancelled),
            ref exit => Err(Error::CommandFailed {
                step: step.id.clone(),
                command: command.id.clone(),
                outcome: words,
                exit: if let Exit::Code(code) = exit { Some(*code) } else { None },
                log: prepared.log,
            }),
        }
    }

    /// Saves how a command ended; returns that in words.
    fn record_outcome(&mut self, step: &Step, command: &str, outcome: &Outcome) -> Result<String> {
        // Nobody knows what a command did that was ended on the way, or whose end was not seen.
        let unknown = match &outcome.exit {
            Exit::Unknown(reason) => {
                Some((reason.as_str(), Error::from(Refusal::Unknown { step: step.id.clone() })))
            }
            Exit::Cancelled => Some(("it was cancelled", Error::Cancelled)),
            _ => None,
        };
        if let Some((reason, error)) = unknown {
            let operation = Operation::CutOff { step: step.id.clone() };
            let note = Note::new("interrupted", Some(&step.id), reason);
            self.apply(&[operation], &note, ActOptions::default())?;
            return Err(error);
        }
        let words = outcome.exit.to_string();
        let duration_ms = u64::try_from(outcome.duration.as_millis()).unwrap_or(u64::MAX);
        let ended = Operation::CommandEnded {
            step: step.id.clone(),
            command: command.to_owned(),
            succeeded: outcome.succeeded(),
            outcome: words.clone(),
            duration_ms,
        };
        let verb = if outcome.succeeded() { "end" } else { "fail" };
        let note = Note::new(verb, Some(&step.id), format!("{command} {words}, {duration_ms} ms"));
        self.apply(&[ended], &note, ActOptions::default())?;
        Ok(words)
    }

    /// Runs the checks of a step whose commands are all done, and records what they say.
    fn conclude(
        &mut self,
        step: &Step,
        was_failed: bool,
        cancel: &AtomicBool,
        watch: Watch<'_>,
    ) -> Result<Acted> {
        let checks = self.run_checks(step, cancel, watch)?;
        let has_commands = step.commands.iter().any(|command| matches!(command.action, Action::Bash { .. }));
        if let Some(failed) = checks.iter().find(|check| !check.passed) {
            let note = format!("{}: {}", failed.label(), failed.detail);
            // Where nothing ran, nothing has happened that would have to be remembered.
            let is_recorded = has_commands && !was_failed;
            if is_recorded {
                let operation = Operation::Failed { step: step.id.clone(), note: note.clone() };
                self.apply(&[operation], &Note::new("fail", Some(&step.id), note), ActOptions::default())?;
            }
            return Err(Error::CheckFailed { step: step.id.clone(), checks, is_recorded });
        }
        // A check that passed is the best word. Without one, what somebody said of a command stays what it is.
        let claimed = self.claimed_command(step)?.filter(|_| checks.is_empty());
        let (evidence, note) = match claimed {
            Some(command) => (Evidence::Claimed, Some(format!("{command} is said to be done"))),
            None => (Evidence::Verified, Some(found(&checks)).filter(|found| !found.is_empty())),
        };
        let detail = format!("{evidence}  {}", note.as_deref().unwrap_or("its commands succeeded"));
        let before = self.done_steps();
        let operation = Operation::Done { step: step.id.clone(), evidence, note };
        let saved =
            self.apply(&[operation], &Note::new("done", Some(&step.id), detail), ActOptions::default())?;
        self.acted(&step.id, Some(saved), checks, &before)
    }

    /// A command of the step that is done on somebody's word alone.
    fn claimed_command(&self, step: &Step) -> Result<Option<String>> {
        let state = self.selected()?.run.steps.get(&step.id);
        let mut commands = state.into_iter().flat_map(|state| &state.commands);
        let claimed = commands.find(|(_, command)| command.evidence == Some(Evidence::Claimed));
        Ok(claimed.map(|(id, _)| id.clone()))
    }

    /// Runs the checks of a step up to the first that does not pass. A check looks and changes nothing, so it
    /// leaves no record but its result.
    pub(crate) fn run_checks(
        &mut self,
        step: &Step,
        cancel: &AtomicBool,
        watch: Watch<'_>,
    ) -> Result<Vec<CheckResult>> {
        if step.validation.is_empty() {
            return Ok(Vec::new());
        }
        let log = format!("logs/{}/{}-check.log", self.selected()?.id, step.id);
        let command = self.prepare(step, None, "", 1, &log)?;
        let expand = |text: &str| {
            let selected = self.selected.as_ref().expect("a run is selected");
            selected.template.expand(text, |name| selected.run.variables.get(name).map(text_of))
        };
        let evaluate = |_: &str| Err("expressions are refused when a template is read".to_owned());
        let checker = Checker {
            env: self.store.env(),
            project: &self.project,
            command: &command,
            expand: &expand,
            evaluate: &evaluate,
            cancel,
        };
        let mut results = Vec::new();
        for validation in &step.validation {
            let label = crate::view::check_label(validation, &|text| self.expand(text));
            watch(&Progressed::Checking { step: &step.id, label: &label });
            let result = checker.check(validation);
            if result.outcome.as_ref().is_some_and(|outcome| outcome.exit == Exit::Cancelled) {
                return Err(Error::Cancelled);
            }
            watch(&Progressed::Checked(&result));
            let passed = result.passed;
            results.push(result);
            if !passed {
                break;
            }
        }
        Ok(results)
    }

    /// A command with everything it is given.
    fn prepare(
        &self,
        step: &Step,
        command: Option<&Command>,
        script: &str,
        attempt: u32,
        log: &str,
    ) -> Result<exec::Command> {
        let selected = self.selected()?;
        let env = self.store.env();
        let dir: PathBuf = match command.and_then(|command| command.dir.as_deref()) {
            Some(dir) => confine(env, &self.project, &self.expand(dir))?,
            None => self.project.clone(),
        };
        let values: Vec<(String, String)> =
            selected.run.variables.iter().map(|(name, value)| (name.clone(), text_of(value))).collect();
        let own = command.map(|command| &command.env);
        let own = own.into_iter().flatten().map(|(name, value)| (name.clone(), self.expand(value)));
        let variables: Vec<(String, String)> = values.into_iter().chain(own).collect();
        let id = command.map_or("check", |command| command.id.as_str());
        let key = command_key(&selected.id, &step.id, id);
        let attempt = Attempt { run: &selected.id, step: &step.id, number: attempt, key: &key };
        let environment =
            attempt.environment(variables.iter().map(|(name, value)| (name.as_str(), value.as_str())));
        Ok(exec::Command {
            shell: selected.template.defaults.shell.clone(),
            env: environment,
            timeout: command.and_then(|command| selected.template.timeout_of(command)).or(step.timeout),
            ..exec::Command::new(script, dir, self.store.place(log)?)
        })
    }

    /// A text of the template with its variables; a name without a value stays as it is written.
    pub(crate) fn expand(&self, text: &str) -> String {
        let Some(selected) = &self.selected else { return text.to_owned() };
        let lookup = |name: &str| selected.run.variables.get(name).map_or_else(String::new, text_of);
        selected.template.expand(text, |name| Some(lookup(name))).unwrap_or_else(|_| text.to_owned())
    }

    /// Takes the lock that says who executes this run.
    pub(crate) fn hold_run(&mut self) -> Result<Hold> {
        let name = run_lock(&self.selected()?.id);
        for _ in 0..HOLD_ATTEMPTS {
            if let Some(hold) = self.store.try_hold(&name)? {
                return Ok(hold);
            }
            self.store.env().clock.sleep(Duration::from_millis(10));
        }
        let run = &self.selected()?.run;
        let active = run.steps.iter().find(|(_, state)| state.status == StepStatus::Active);
        Err(Error::Busy(active.map_or_else(|| "between two steps".to_owned(), |(step, _)| step.clone())))
    }
}
