//! Executing a step: intent and outcome of each command are transactions around it.

use super::act::Acted;
use super::conclude::Evidences;
use super::interrupted::still_run;
use super::record::Note;
use super::{ActOptions, WorkflowEngine};
use crate::check::CheckResult;
use crate::condition::Verdict;
use crate::error::{Error, Result};
use crate::exec::{Exit, Outcome};
use crate::run::{CommandStatus, StepStatus};
use crate::template::{Action, Command, Condition, Step};
use crate::transition::{self, Operation, Refusal};
use checklist_store::env::{Env, Instant};
use std::path::PathBuf;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

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
        /// Why one should look twice.
        danger: Option<&'a str>,
        /// When it will be ended.
        timeout: Option<Duration>,
        /// Whether it has the terminal.
        interactive: bool,
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
    /// A command that failed is tried again after a while; that is recorded.
    Retrying {
        /// The step.
        step: &'a str,
        /// The command.
        command: &'a str,
        /// Which retry comes, from 1.
        retry: u32,
        /// How many there are.
        retries_max: u8,
        /// How long is waited before it.
        wait: Duration,
    },
    /// A command does not apply, for its condition does not hold.
    LeftOut {
        /// The step.
        step: &'a str,
        /// The command.
        command: &'a str,
        /// The parts of the condition and their values.
        why: &'a str,
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

/// A command that is to run, under the name it is recorded by.
pub(super) struct Task<'a> {
    pub(super) step: &'a Step,
    pub(super) command: &'a Command,
    pub(super) id: String,
    pub(super) script: &'a str,
}

/// When the time of a whole step is over.
#[derive(Clone, Copy)]
pub(super) struct Deadline {
    begun: Instant,
    limit: Option<Duration>,
}

impl Deadline {
    pub(super) fn of(step: &Step, env: &Env) -> Deadline {
        Deadline { begun: env.clock.instant(), limit: step.timeout }
    }

    /// The time that is left; `None` if there is no limit.
    pub(super) fn left(&self, env: &Env) -> Option<Duration> {
        self.limit.map(|limit| limit.saturating_sub(env.clock.instant().since(self.begun)))
    }

    fn is_over(&self, env: &Env) -> bool {
        self.left(env).is_some_and(|left| left.is_zero())
    }
}

impl WorkflowEngine {
    /// Executes a step: its bash commands in order, those that are done already left out, then its checks, then its
    /// outputs. Before a command starts, a transaction records that it does; after it ended, another records how. Two
    /// processes never execute steps of the same run at once.
    ///
    /// The caller has made sure that the template is trusted.
    ///
    /// # Errors
    /// [`Error::Busy`], [`Error::Refused`], [`Error::SecretMissing`], [`Error::Dangerous`] before anything ran;
    /// [`Error::CommandFailed`], [`Error::CheckFailed`], [`Error::OutputFailed`] and [`Error::Cancelled`],
    /// all recorded; and those of the store.
    pub fn execute(
        &mut self,
        step: &str,
        options: &ActOptions,
        cancel: &AtomicBool,
        watch: Watch<'_>,
    ) -> Result<Acted> {
        let hold = self.hold_run()?;
        let span = self.begin_step();
        let ended = self.execute_held(step, options, cancel, watch);
        self.end_step(span, "step", step, &ended);
        self.give_back(hold, ended)
    }

    /// The same, with the run's lock held.
    fn execute_held(
        &mut self,
        step: &str,
        options: &ActOptions,
        cancel: &AtomicBool,
        watch: Watch<'_>,
    ) -> Result<Acted> {
        let known = self.step(step)?.clone();
        let step = known.id.as_str();
        let selected = self.selected()?;
        if selected.run.status_of(step) == StepStatus::Done {
            return self.acted(step, None, Vec::new(), &[]);
        }
        options.check(&selected.run)?;
        transition::check_ready(&selected.run, &selected.template, &known)?;
        let was_failed = selected.run.status_of(step) == StepStatus::Failed;
        self.require_secrets()?;
        let tasks = self.tasks(&known, &known.commands, "", watch)?;
        self.check_dangers(step, &tasks)?;
        let deadline = Deadline::of(&known, self.store.env());
        let has_commands = !tasks.is_empty();
        for task in &tasks {
            self.execute_task(task, deadline, cancel, watch)?;
        }
        let evidences = Evidences { has_commands, was_failed, deadline };
        self.conclude(&known, evidences, cancel, watch)
    }

    /// The commands that apply, each under its id behind `prefix`. Looked at before anything runs: a
    /// condition without a value runs nothing.
    pub(super) fn tasks<'s>(
        &self,
        step: &'s Step,
        commands: &'s [Command],
        prefix: &str,
        watch: Watch<'_>,
    ) -> Result<Vec<Task<'s>>> {
        let mut tasks = Vec::new();
        for command in commands {
            let Action::Bash { run: script } = &command.action else { continue };
            let id = format!("{prefix}{}", command.id);
            match self.applies(step, &id, command.condition.as_ref())? {
                None => tasks.push(Task { step, command, id, script }),
                Some(why) => watch(&Progressed::LeftOut { step: &step.id, command: &id, why: &why }),
            }
        }
        if let Some(task) = tasks.iter().find(|task| task.command.interactive && !self.has_terminal) {
            let what = format!("its command {} talks to a person at a terminal", task.id);
            return Err(Error::NeedsHuman { step: step.id.clone(), what });
        }
        Ok(tasks)
    }

    /// `None` if a command applies, and why it does not otherwise.
    fn applies(&self, step: &Step, command: &str, condition: Option<&Condition>) -> Result<Option<String>> {
        let Some(condition) = condition else { return Ok(None) };
        let explanation = self.explain_condition(condition)?;
        let name = || format!("{}/{command}", step.id);
        match explanation.verdict {
            Verdict::True => Ok(None),
            Verdict::False => Ok(Some(explanation.to_string())),
            Verdict::Waits(needs) => Err(Refusal::Unmet { step: name(), needs }.into()),
            Verdict::Failed(reason) => Err(Refusal::Condition { step: name(), reason }.into()),
        }
    }

    /// Runs one command, again where it says so, unless it is done already.
    pub(super) fn execute_task(
        &mut self,
        task: &Task<'_>,
        deadline: Deadline,
        cancel: &AtomicBool,
        watch: Watch<'_>,
    ) -> Result<()> {
        let env = self.store.env().clone();
        loop {
            let state = self.selected()?.run.command(&task.step.id, &task.id);
            if state.is_some_and(|state| state.status == CommandStatus::Done) {
                return Ok(());
            }
            if cancel.load(Ordering::Relaxed) {
                return Err(Error::Cancelled);
            }
            if deadline.is_over(&env) {
                return Err(self.out_of_time(task)?);
            }
            let attempt = self.selected()?.run.next_attempt(&task.step.id, &task.id);
            let log = self.log_name(task, attempt)?;
            let mut prepared = self.prepare(
                task.step,
                Some((&task.id, task.command)),
                task.script,
                attempt,
                &log,
                deadline,
            )?;

            // 1. Record the intent: from here on a crash leaves this command interrupted.
            let (step, command) = (task.step.id.clone(), task.id.clone());
            let started = Operation::CommandStarted { step, command, log };
            let note = Note::new("start", Some(&task.step.id), format!("{} attempt {attempt}", task.id));
            self.apply(&[started], &note, ActOptions::default())?;
            let danger = task.command.danger.as_deref().map(|text| self.expand(text));
            watch(&Progressed::Starting {
                step: &task.step.id,
                command: &task.id,
                script: task.script,
                danger: danger.as_deref(),
                timeout: prepared.timeout,
                interactive: prepared.interactive,
                log: &prepared.log,
            });

            // 2. Run it.
            let span = self.begin_attempt(&mut prepared);
            let outcome = prepared.run(&env, cancel);
            self.end_attempt(span, task, attempt, &outcome);

            // 3. Record the outcome, whatever it is.
            let wait = self.wait_before_retry(task, &outcome.exit, deadline)?;
            let escaped = self.escaped(task, &outcome.exit);
            let words = self.record_outcome(task, &outcome, &escaped, wait.is_some())?;
            let (step, command, log) = (task.step.id.as_str(), task.id.as_str(), prepared.log.as_path());
            watch(&Progressed::Ended { step, command, outcome: &outcome, log });
            match (wait, outcome.exit) {
                (_, Exit::Code(0)) => return Ok(()),
                (_, Exit::NotStarted(_)) if cancel.load(Ordering::Relaxed) => return Err(Error::Cancelled),
                (Some((retry, wait)), _) => {
                    let retries_max = task.command.retries.as_ref().map_or(0, |retries| retries.max);
                    watch(&Progressed::Retrying { step, command, retry, retries_max, wait });
                    self.wait(task.step, wait, cancel)?;
                }
                (None, exit) => return Err(failed(task, words, &exit, prepared.log, escaped)),
            }
        }
    }

    /// Records that the time of a step is over before one of its commands began.
    fn out_of_time(&mut self, task: &Task<'_>) -> Result<Error> {
        let limit = task.step.timeout.unwrap_or_default();
        let outcome = format!("not started: the {} s of the whole step are over", limit.as_secs_f64());
        let note = format!("{}: {outcome}", task.id);
        let operation = Operation::Failed { step: task.step.id.clone(), note: note.clone() };
        self.apply(&[operation], &Note::new("fail", Some(&task.step.id), note), ActOptions::default())?;
        let log = self.store.place(&self.log_name(task, 0)?)?;
        let (step, command) = (task.step.id.clone(), task.id.clone());
        Ok(Error::CommandFailed { step, command, outcome, exit: None, log, processes: Box::default() })
    }

    /// Saves how a command ended; returns that in words.
    fn record_outcome(
        &mut self,
        task: &Task<'_>,
        outcome: &Outcome,
        escaped: &[u32],
        will_retry: bool,
    ) -> Result<String> {
        let step = &task.step.id;
        // Nobody knows what a command did that was ended on the way, or whose end was not seen.
        let unknown = match &outcome.exit {
            Exit::Unknown(reason) => {
                Some((reason.as_str(), Error::from(Refusal::Unknown { step: step.clone() })))
            }
            Exit::Cancelled => Some(("it was cancelled", Error::Cancelled)),
            _ => None,
        };
        let goes_on = still_run(escaped);
        if let Some((reason, error)) = unknown {
            let operation = Operation::CutOff { step: step.clone() };
            self.apply(
                &[operation],
                &Note::new("interrupted", Some(step), format!("{reason}{goes_on}")),
                ActOptions::default(),
            )?;
            return Err(error);
        }
        let words = format!("{}{goes_on}", outcome.exit);
        let duration_ms = u64::try_from(outcome.duration.as_millis()).unwrap_or(u64::MAX);
        let ended = Operation::CommandEnded {
            step: step.clone(),
            command: task.id.clone(),
            succeeded: outcome.succeeded(),
            outcome: words.clone(),
            exit_code: if let Exit::Code(code) = outcome.exit { Some(code) } else { None },
            will_retry,
            duration_ms,
        };
        let verb = match (outcome.succeeded(), will_retry) {
            (true, _) => "end",
            (false, true) => "retry",
            (false, false) => "fail",
        };
        let note = Note::new(verb, Some(step), format!("{} {words}, {duration_ms} ms", task.id));
        self.apply(&[ended], &note, ActOptions::default())?;
        Ok(words)
    }
}

fn failed(task: &Task<'_>, outcome: String, exit: &Exit, log: PathBuf, processes: Vec<u32>) -> Error {
    Error::CommandFailed {
        step: task.step.id.clone(),
        command: task.id.clone(),
        outcome,
        exit: if let Exit::Code(code) = exit { Some(*code) } else { None },
        log,
        processes: processes.into(),
    }
}
