//! `Attempted`: each attempt of a command of a run, as the history has it; also those that were taken back since.

use super::WorkflowEngine;
use crate::error::Result;
use crate::run::{CommandState, CommandStatus, StepState};
use checklist_store::env::Timestamp;
use checklist_store::{CommittedTransaction, Operation as Change, Value};
use std::time::Duration;

/// One attempt of a command. No two attempts of a command have the same number.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Attempted {
    /// The step.
    pub step: String,
    /// The command; one that takes the step back has `rollback/` before its id.
    pub command: String,
    /// Its number, from 1.
    pub number: u32,
    /// When it was begun.
    pub began: Timestamp,
    /// How it ended; [`CommandStatus::Started`] where no outcome is recorded, [`CommandStatus::Interrupted`] where
    /// nobody knows.
    pub status: CommandStatus,
    /// That in words.
    pub outcome: Option<String>,
    /// How long it took, where its end was seen. In whole milliseconds.
    pub duration: Option<Duration>,
    /// Where its output is, below the store's folder.
    pub log: Option<String>,
}

impl WorkflowEngine {
    /// Every attempt of the commands of the run, oldest first. Takes no lock.
    ///
    /// # Errors
    /// [`Error::NoRun`](crate::error::Error::NoRun), and [`Error::Store`](crate::error::Error::Store) if the history
    /// does not verify.
    pub fn attempts(&self) -> Result<Vec<Attempted>> {
        let run = &self.selected()?.id;
        Ok(attempts_in(&self.store.history()?, run))
    }
}

/// The attempts that these transactions, oldest first, tell of for a run.
pub(super) fn attempts_in(transactions: &[CommittedTransaction], run: &str) -> Vec<Attempted> {
    let mut attempts = Vec::new();
    // Who goes back passes by how things stood, and begins nothing.
    let goes_back = |note: &Value| {
        note.get("verb")
            .and_then(Value::as_str)
            .is_some_and(|verb| ["undo", "redo", "restore"].contains(&verb))
    };
    let forth = transactions.iter().filter(|transaction| !goes_back(&transaction.note));
    for change in forth.flat_map(|transaction| &transaction.operations) {
        let Change::Write { key, value, previous } = change else { continue };
        let tokens: Vec<_> = key.tokens().collect();
        let place: Vec<&str> = tokens.iter().map(AsRef::as_ref).collect();
        let ["instances", of, "steps", step] = place[..] else { continue };
        if of == run && value.get("commands").is_some() {
            let before = previous.as_ref().and_then(state);
            for (id, command) in state(value).into_iter().flat_map(|state| state.commands) {
                let was = before.as_ref().and_then(|before| before.commands.get(&id));
                follow(&mut attempts, step, &id, command, was);
            }
        }
    }
    attempts
}

fn state(value: &Value) -> Option<StepState> {
    serde_json::from_value(value.clone()).ok()
}

/// Takes in how a command stands, and stood before.
fn follow(
    attempts: &mut Vec<Attempted>,
    step: &str,
    command: &str,
    now: CommandState,
    was: Option<&CommandState>,
) {
    let was_started =
        was.is_some_and(|was| was.status == CommandStatus::Started && was.attempt == now.attempt);
    match (was_started, now.status == CommandStatus::Started) {
        (false, true) => attempts.push(Attempted {
            step: step.to_owned(),
            command: command.to_owned(),
            number: now.attempt,
            began: now.at.0,
            status: now.status,
            outcome: None,
            duration: None,
            log: now.log,
        }),
        (true, false) => {
            let is_it = |known: &&mut Attempted| {
                (&*known.step, &*known.command, known.number) == (step, command, now.attempt)
            };
            if let Some(attempt) = attempts.iter_mut().rev().find(is_it) {
                attempt.status = now.status;
                attempt.outcome = now.outcome;
                attempt.duration = now.duration_ms.map(Duration::from_millis);
            }
        }
        _ => {}
    }
}
