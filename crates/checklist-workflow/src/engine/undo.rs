//! Undo, redo and the history they are folded from.

use super::record::{Note, load, note_value, write_changes};
use super::{ActOptions, Saved, WorkflowEngine};
use crate::error::{Error, Result};
use crate::keys;
use crate::run::{Moment, StepStatus};
use crate::transition::{self, Stamp};
use checklist_store::env::Timestamp;
use checklist_store::{CommittedTransaction, ErrorKind, Operation};
use serde_json::Value;

/// One operation of a run, as the history has it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Entry {
    /// Its number: the revision of the run it made.
    pub op: u64,
    /// The run.
    pub run: String,
    /// When.
    pub time: Timestamp,
    /// Who, as said.
    pub actor: String,
    /// What: `run`, `done`, `skip`, `back`, `start`, `end`, `fail`, `interrupted`, `resolve`, `undo`, `redo` …
    pub verb: String,
    /// The step.
    pub step: Option<String>,
    /// More about it.
    pub detail: String,
    /// The operation that an undo or redo is about.
    pub of: Option<u64>,
    /// Whether it was undone, and not redone since.
    pub undone: bool,
}

/// What an undo or redo did.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Undone {
    /// The operation that was taken back, or done again.
    pub entry: Entry,
    /// Where that was saved.
    pub saved: Saved,
    /// The steps that stand elsewhere now.
    pub changed: Vec<(String, StepStatus)>,
}

/// What is taken back as one: an operation, or a command with its outcome, for an outcome alone says nothing.
#[derive(Clone)]
struct Place {
    /// The operation it begins with, which stands for all of it.
    op: u64,
    /// All its operations.
    ops: Vec<u64>,
    /// The transactions that put it in force, or took it back.
    transactions: Vec<usize>,
}

/// The two stacks of undo and redo, folded from the history of one run.
#[derive(Default)]
struct Stacks {
    done: Vec<Place>,
    undone: Vec<Place>,
}

impl Stacks {
    fn of(entries: &[Entry]) -> Stacks {
        let mut stacks = Stacks::default();
        for (transaction, entry) in entries.iter().enumerate() {
            let Stacks { done, undone } = &mut stacks;
            match (entry.verb.as_str(), entry.of) {
                ("undo", Some(op)) => move_place(op, transaction, done, undone),
                ("redo", Some(op)) => move_place(op, transaction, undone, done),
                // What began the run is not taken back.
                ("run", _) => {}
                // Nor is a death: it is a fact. The command it cut off is settled with `resume`.
                ("interrupted", _) => {
                    undone.clear();
                    if done.last().is_some_and(|place| begins(place, entries, entry)) {
                        done.pop();
                    }
                }
                (verb, _) => {
                    undone.clear();
                    let is_outcome = matches!(verb, "end" | "fail" | "done" | "retry" | "rollback");
                    // The attempts of one command are one thing, from the first to the last.
                    let is_next_attempt =
                        verb == "start" && transaction > 0 && entries[transaction - 1].verb == "retry";
                    let goes_on = is_outcome || is_next_attempt;
                    match done.last_mut().filter(|place| goes_on && begins(place, entries, entry)) {
                        Some(place) => {
                            place.ops.push(entry.op);
                            place.transactions.push(transaction);
                        }
                        None => {
                            let (ops, transactions) = (vec![entry.op], vec![transaction]);
                            done.push(Place { op: entry.op, ops, transactions });
                        }
                    }
                }
            }
        }
        stacks
    }
}

/// Whether a place began with the execution of the step that an entry is about.
fn begins(place: &Place, entries: &[Entry], entry: &Entry) -> bool {
    let begin = &entries[place.transactions[0]];
    begin.verb == "start" && begin.step == entry.step
}

/// An undo or a redo moves what it is about from one stack to the other.
fn move_place(op: u64, transaction: usize, from: &mut Vec<Place>, to: &mut Vec<Place>) {
    if let Some(at) = from.iter().rposition(|place| place.op == op) {
        to.push(Place { transactions: vec![transaction], ..from.remove(at) });
    }
}

impl WorkflowEngine {
    /// Every operation of the run, oldest first.
    ///
    /// # Errors
    /// [`Error::NoRun`], and [`Error::Store`] if the history does not verify.
    pub fn history(&self) -> Result<Vec<Entry>> {
        let id = &self.selected()?.id;
        let mut entries: Vec<Entry> = self.transactions(id)?.into_iter().map(|(entry, _)| entry).collect();
        let undone: Vec<u64> = Stacks::of(&entries).undone.into_iter().flat_map(|place| place.ops).collect();
        entries.iter_mut().for_each(|entry| entry.undone = undone.contains(&entry.op));
        Ok(entries)
    }

    fn transactions(&self, id: &str) -> Result<Vec<(Entry, CommittedTransaction)>> {
        let all = self.store.history()?.into_iter();
        Ok(all.filter_map(|transaction| Some((entry_of(&transaction, id)?, transaction))).collect())
    }

    /// Takes back the newest operation that is in force. What it did outside of the state is not reversed.
    ///
    /// # Errors
    /// [`Error::NothingTo`], [`Error::UndoBlocked`], and those of the store.
    pub fn undo(&mut self, options: &ActOptions) -> Result<Undone> {
        self.take_back("undo", options)
    }

    /// Does again what the newest undo took back.
    ///
    /// # Errors
    /// As [`WorkflowEngine::undo`].
    pub fn redo(&mut self, options: &ActOptions) -> Result<Undone> {
        self.take_back("redo", options)
    }

    /// Undo and redo are the same: the inverse of what a transaction did to the steps and to the status.
    fn take_back(&mut self, verb: &'static str, options: &ActOptions) -> Result<Undone> {
        self.refresh()?;
        let hold = self.hold_run()?;
        let id = self.selected()?.id.clone();
        let mut txn = self.store.begin()?;
        drop(hold);
        // The history is read under the store's lock, so that nothing comes between.
        let all = txn.history()?;
        let (entries, transactions): (Vec<Entry>, Vec<CommittedTransaction>) =
            all.into_iter().filter_map(|found| Some((entry_of(&found, &id)?, found))).unzip();
        let stacks = Stacks::of(&entries);
        let stack = if verb == "undo" { &stacks.done } else { &stacks.undone };
        let place = stack.last().cloned().ok_or(Error::NothingTo(verb))?;
        let last = place.ops.last().copied().unwrap_or(place.op);
        let entry = entries.iter().find(|entry| entry.op == last).cloned().ok_or(Error::NothingTo(verb))?;
        let before = load(txn.read_as(&keys::run(&id)), &id)?;
        if options.if_rev.is_some_and(|rev| rev != before.rev) {
            return Err(Error::Conflict { rev: before.rev });
        }
        let bookkeeping = ["rev", "updatedAt", "branch", "currentStepId"].map(|name| keys::field(&id, name));
        let taken_back = place.transactions.iter().flat_map(|at| &transactions[*at].operations);
        let taken_back = taken_back.filter(|operation| !bookkeeping.contains(operation.key()));
        let inverse: Vec<Operation> =
            taken_back.collect::<Vec<_>>().into_iter().rev().map(Operation::inverse).collect();
        txn.replay(inverse).map_err(|error| match error.kind() {
            ErrorKind::Conflict => Error::UndoBlocked { op: place.op },
            _ => Error::Store(error),
        })?;

        let found = load(txn.read_as(&keys::run(&id)), &id)?;
        let stamp = Stamp { at: Moment(txn.env().clock.now()), by: self.actor.clone() };
        let selected = self.selected.as_ref().ok_or(Error::NoRun)?;
        let mut after = found.clone();
        after.rev = before.rev + 1;
        after.updated_at = stamp.at;
        after.branch.clone_from(&self.branch);
        transition::hide(&mut after, &selected.template, &stamp);
        after.current_step_id = transition::current(&after, &selected.template).map(|step| step.id.clone());
        write_changes(&mut txn, &id, &found, &after)?;
        let step = entry.step.clone();
        let detail =
            [Some(entry.verb.as_str()), step.as_deref()].into_iter().flatten().collect::<Vec<_>>().join(" ");
        let note = Note { of: Some(place.op), ..Note::new(verb, step.as_deref(), detail) };
        txn.set_note(note_value(&self.actor, &id, after.rev, &note));
        txn.commit()?;
        let saved = Saved { rev: after.rev, run: id };
        let steps = &selected.template.steps;
        let changed = steps.iter().map(|step| (step.id.clone(), after.status_of(&step.id)));
        let changed = changed.filter(|(step, status)| before.status_of(step) != *status).collect();
        self.saved(&before, after);
        Ok(Undone { entry, saved, changed })
    }
}

/// What a transaction of this run was.
fn entry_of(transaction: &CommittedTransaction, id: &str) -> Option<Entry> {
    let note = &transaction.note;
    let text = |name: &str| note.get(name).and_then(Value::as_str).map(str::to_owned);
    if text("run").as_deref() != Some(id) {
        return None;
    }
    Some(Entry {
        op: note.get("op").and_then(Value::as_u64)?,
        run: id.to_owned(),
        time: transaction.timestamp,
        actor: text("actor").unwrap_or_default(),
        verb: text("verb")?,
        step: text("step"),
        detail: text("detail").unwrap_or_default(),
        of: note.get("of").and_then(Value::as_u64),
        undone: false,
    })
}
