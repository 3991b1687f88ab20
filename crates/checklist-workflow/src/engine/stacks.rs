//! What can be undone and what can be redone: two stacks, folded from the history of one run.

use super::history::Entry;
use std::collections::{BTreeMap, BTreeSet};

/// What is taken back as one: an operation; the whole execution of a step, for half of one would leave a step that is
/// active while nobody is at it; or all that was taken back together.
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
                self.under_way(entries, entry).map(|at| self.done.remove(at));
            }
            (verb, _) => {
                self.forget_undone();
                let goes_on =
                    matches!(verb, "start" | "end" | "retry" | "fail" | "done" | "approve" | "rollback");
                // Others may have done something meanwhile: what goes on is the newest again.
                let mut place = match self.under_way(entries, entry).filter(|_| goes_on) {
                    Some(at) => self.done.remove(at),
                    None => {
                        Place { op: entry.op, ops: Vec::new(), transactions: Vec::new(), is_gathered: false }
                    }
                };
                place.ops.push(entry.op);
                place.transactions.push(transaction);
                self.done.push(place);
            }
        }
    }

    /// Where the execution of the step that an entry is about waits for its end.
    fn under_way(&self, entries: &[Entry], entry: &Entry) -> Option<usize> {
        self.done.iter().rposition(|place| is_under_way(place, entries, entry))
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

/// Whether a place is the execution of the step that an entry is about, and has not come to its end.
fn is_under_way(place: &Place, entries: &[Entry], entry: &Entry) -> bool {
    let (Some(first), Some(last)) = (place.transactions.first(), place.transactions.last()) else {
        return false;
    };
    let (begin, newest) = (&entries[*first], &entries[*last]);
    begin.verb == "start"
        && begin.step == entry.step
        && matches!(newest.verb.as_str(), "start" | "end" | "retry")
}

/// An undo or a redo moves what it is about from one stack to the other.
fn move_place(op: u64, transaction: usize, from: &mut Vec<Place>, to: &mut Vec<Place>) {
    if let Some(at) = from.iter().rposition(|place| place.op == op) {
        to.push(Place { transactions: vec![transaction], ..from.remove(at) });
    }
}
