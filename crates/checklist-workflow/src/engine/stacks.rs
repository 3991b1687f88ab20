//! What can be undone and what can be redone: two stacks, folded from the history of one run.

use super::history::Entry;
use std::collections::{BTreeMap, BTreeSet};

/// What is taken back as one: an operation; a command with its outcome, for an outcome alone says nothing; or all
/// that was taken back together.
#[derive(Clone, Debug)]
pub(super) struct Place {
    /// The operation it begins with, which stands for all of it.
    pub(super) op: u64,
    /// All its operations.
    pub(super) ops: Vec<u64>,
    /// The transactions that put it in force, or took it back.
    pub(super) transactions: Vec<usize>,
    /// Whether it is all that was taken back together.
    pub(super) is_gathered: bool,
}

/// The two stacks.
#[derive(Clone, Debug, Default)]
pub(super) struct Stacks {
    pub(super) done: Vec<Place>,
    pub(super) undone: Vec<Place>,
    /// The operations that are undone and cannot be done again, for something else was done since.
    lost: Vec<u64>,
}

impl Stacks {
    /// Folds the history; `entries` are all operations of the run, oldest first.
    pub(super) fn of(entries: &[Entry]) -> Stacks {
        let mut stacks = Stacks::default();
        // What was in force after the operations that somebody went back to.
        let mut then: BTreeMap<u64, Stacks> =
            entries.iter().filter_map(|entry| Some((entry.to?, Stacks::default()))).collect();
        for (transaction, entry) in entries.iter().enumerate() {
            stacks.take(entries, transaction, entry, &then);
            if let Some(then) = then.get_mut(&entry.op) {
                *then = stacks.clone();
            }
        }
        stacks
    }

    /// The operations that are not in force.
    pub(super) fn undone_ops(&self) -> BTreeSet<u64> {
        let undone = self.undone.iter().flat_map(|place| &place.ops);
        let in_force: BTreeSet<&u64> = self.done.iter().flat_map(|place| &place.ops).collect();
        undone.chain(&self.lost).filter(|op| !in_force.contains(op)).copied().collect()
    }

    fn take(&mut self, entries: &[Entry], transaction: usize, entry: &Entry, then: &BTreeMap<u64, Stacks>) {
        match (entry.verb.as_str(), entry.of) {
            ("undo", Some(op)) => match entry.to {
                Some(to) => self.gather(op, transaction, then.get(&to)),
                None => move_place(op, transaction, &mut self.done, &mut self.undone),
            },
            ("redo", Some(op)) => move_place(op, transaction, &mut self.undone, &mut self.done),
            // What began the run is not taken back, nor is where it is kept.
            ("run" | "archive" | "unarchive", _) => {}
            // Nor is a death: it is a fact. The command it cut off is settled with `resume`.
            ("interrupted", _) => {
                self.forget_undone();
                if self.done.last().is_some_and(|place| begins(place, entries, entry)) {
                    self.done.pop();
                }
            }
            (verb, _) => {
                self.forget_undone();
                let is_outcome = matches!(verb, "end" | "fail" | "done" | "retry" | "rollback");
                // The attempts of one command are one thing, from the first to the last.
                let is_next_attempt =
                    verb == "start" && transaction > 0 && entries[transaction - 1].verb == "retry";
                let goes_on = is_outcome || is_next_attempt;
                match self.done.last_mut().filter(|place| goes_on && begins(place, entries, entry)) {
                    Some(place) => {
                        place.ops.push(entry.op);
                        place.transactions.push(transaction);
                    }
                    None => {
                        let (ops, transactions) = (vec![entry.op], vec![transaction]);
                        self.done.push(Place { op: entry.op, ops, transactions, is_gathered: false });
                    }
                }
            }
        }
    }

    /// Everything behind an operation was taken back as one, and is redone as one. What was in force `then` is so
    /// again.
    fn gather(&mut self, op: u64, transaction: usize, then: Option<&Stacks>) {
        let then = then.cloned().unwrap_or_default();
        let kept: BTreeSet<u64> = then.done.iter().flat_map(|place| place.ops.clone()).collect();
        let taken = self.done.drain(..).flat_map(|place| place.ops).filter(|op| !kept.contains(op)).collect();
        self.forget_undone();
        let lost = std::mem::take(&mut self.lost);
        *self = then;
        self.forget_undone();
        self.lost.extend(lost);
        self.undone.push(Place { op, ops: taken, transactions: vec![transaction], is_gathered: true });
    }

    fn forget_undone(&mut self) {
        self.lost.extend(self.undone.drain(..).flat_map(|place| place.ops));
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
