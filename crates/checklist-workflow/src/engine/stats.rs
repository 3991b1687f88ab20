//! `Stats`: what the history of a project comes to in figures.

use super::WorkflowEngine;
use super::attempts::{Attempted, attempts_in};
use crate::error::Result;
use crate::run::CommandStatus;
use checklist_store::Latency;
use checklist_store::env::Timestamp;
use serde_json::Value;

/// Figures of a project, and of the run that is worked on.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Stats {
    /// Transactions of the whole project, of every run.
    pub transactions: u64,
    /// The changes that they made.
    pub changes: u64,
    /// When the first and the last of them were saved; `None` if there is none.
    pub span: Option<(Timestamp, Timestamp)>,
    /// Those that were operations of the run; `None` if there is no run.
    pub operations: Option<u64>,
    /// Its commands that were begun, in that order.
    pub commands: Vec<CommandStats>,
    /// How long attempts of these took, as far as their end was seen.
    pub took: Latency,
}

/// Figures of one command.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CommandStats {
    /// The step.
    pub step: String,
    /// The command.
    pub command: String,
    /// How often it was begun.
    pub attempts: u64,
    /// How many of them ended with success,
    pub succeeded: u64,
    /// without,
    pub failed: u64,
    /// and how many were cut off, so that nobody knows.
    pub interrupted: u64,
    /// How long those took whose end was seen.
    pub took: Latency,
}

impl WorkflowEngine {
    /// What the history comes to in figures. Takes no lock.
    ///
    /// ```
    /// # let folder = tempfile::tempdir()?;
    /// use checklist_workflow::engine::{Attempted, CommandStats, Stats};
    /// use checklist_workflow::{List, Setup, WorkflowEngine};
    /// use std::sync::atomic::AtomicBool;
    ///
    /// let list = List::parse("a.yaml", "
    /// checklist: 1
    /// id: a
    /// title: A
    /// steps: [{ id: one, title: One, type: auto, commands: [{ kind: bash, run: 'echo hello' }] }]
    /// ")?;
    /// let mut engine = WorkflowEngine::create(folder.path(), Setup::new("ana"))?;
    /// engine.start(&list, &Default::default())?;
    /// engine.advance(&AtomicBool::new(false), &mut |_| {})?;
    ///
    /// let Stats { commands, took, .. } = engine.stats()?;
    /// let command: &CommandStats = &commands[0];
    /// assert_eq!((&*command.step, command.attempts, command.succeeded), ("one", 1, 1));
    /// assert_eq!(took.count, 1);
    /// let attempts: Vec<Attempted> = engine.attempts()?;
    /// assert_eq!((attempts[0].number, attempts[0].log.is_some()), (1, true));
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    ///
    /// # Errors
    /// [`Error::Store`](crate::error::Error::Store) if the history does not verify.
    pub fn stats(&self) -> Result<Stats> {
        let all = self.store.history()?;
        let run = self.run_id();
        let is_of_run = |note: &Value| note.get("run").and_then(Value::as_str) == run;
        let attempts = run.map(|run| attempts_in(&all, run)).unwrap_or_default();
        let first = all.first().map(|transaction| transaction.timestamp);
        Ok(Stats {
            transactions: all.len() as u64,
            changes: all.iter().map(|transaction| transaction.operations.len() as u64).sum(),
            span: first.zip(all.last().map(|transaction| transaction.timestamp)),
            operations: run
                .map(|_| all.iter().filter(|transaction| is_of_run(&transaction.note)).count() as u64),
            commands: by_command(&attempts),
            took: Latency::of(attempts.iter().filter_map(|attempt| attempt.duration)),
        })
    }
}

fn by_command(attempts: &[Attempted]) -> Vec<CommandStats> {
    let mut names: Vec<(&str, &str)> = Vec::new();
    for attempt in attempts {
        if !names.contains(&(&attempt.step, &attempt.command)) {
            names.push((&attempt.step, &attempt.command));
        }
    }
    let of = |(step, command): (&str, &str)| {
        let own = || attempts.iter().filter(|attempt| (&*attempt.step, &*attempt.command) == (step, command));
        let ended = |statuses: &[CommandStatus]| {
            own().filter(|attempt| statuses.contains(&attempt.status)).count() as u64
        };
        CommandStats {
            step: step.to_owned(),
            command: command.to_owned(),
            attempts: own().count() as u64,
            succeeded: ended(&[CommandStatus::Done]),
            failed: ended(&[CommandStatus::Failed, CommandStatus::Retrying]),
            interrupted: ended(&[CommandStatus::Interrupted]),
            took: Latency::of(own().filter_map(|attempt| attempt.duration)),
        }
    };
    names.into_iter().map(of).collect()
}
