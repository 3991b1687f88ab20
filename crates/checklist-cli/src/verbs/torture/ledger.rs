//! `Ledger`: what was asked and acknowledged so far, and whether the store holds exactly that.

use super::asked::Asked;
use super::document;
use super::linear::{Operation, Order, order};
use super::request::{Registers, Reply, Request};
use checklist_store::{CommittedTransaction, Value};
use serde_json::json;
use std::collections::{BTreeMap, HashMap, HashSet};

/// The changes of one store, as those who asked for them know them.
#[derive(Debug)]
pub(super) struct Ledger {
    /// What the state must be.
    document: Value,
    /// How many transactions of the history are accounted for, and the LSN of the last.
    settled: usize,
    last_lsn: u64,
    /// The number of each writer's last transaction.
    last_number: BTreeMap<usize, u64>,
}

/// What a settlement counted.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Tally {
    /// Transactions whose caller was told that they are saved; all are there, once.
    pub(crate) acknowledged: u64,
    /// Changes whose writer was killed before it answered, and which are there as a whole.
    pub(crate) unanswered_saved: u64,
    /// The same, and nothing of them is there.
    pub(crate) unanswered_gone: u64,
    /// Reads, refused comparisons and chores.
    pub(crate) others: u64,
}

/// What a settlement found.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Settled {
    pub(super) tally: Tally,
    /// The writer and the number of every request that is in the history.
    pub(super) saved: HashSet<(usize, u64)>,
}

impl Ledger {
    /// Of a store that is yet to be created.
    pub(super) fn new() -> Ledger {
        Ledger { document: json!({}), settled: 0, last_lsn: 0, last_number: BTreeMap::new() }
    }

    /// What the registers must hold.
    pub(super) fn registers(&self) -> Registers {
        document::registers(&self.document)
    }

    /// Accounts for everything that was asked since the last settlement: every acknowledged change is in the
    /// history once and saw what it says it saw, every other one is there as a whole or not at all, nothing
    /// else is there, and all of it in its order makes exactly the state.
    ///
    /// # Errors
    /// The first promise that is broken.
    pub(super) fn settle(
        &mut self,
        history: &[CommittedTransaction],
        asked: &[Asked],
        state: &Value,
    ) -> Result<Settled, String> {
        let settled = history.get(..self.settled).ok_or_else(|| {
            format!("lost: the history had {} transactions and now has {}", self.settled, history.len())
        })?;
        if settled.last().map_or(0, |last| last.lsn.0) != self.last_lsn {
            return Err(format!(
                "the history changed behind: transaction {} is not at LSN {} any more",
                self.settled, self.last_lsn
            ));
        }
        let mut open: HashMap<(usize, u64), &Asked> =
            asked.iter().map(|asked| ((asked.writer, asked.number), asked)).collect();
        let (mut tally, mut saved) = (Tally::default(), HashSet::new());
        for transaction in &history[self.settled..] {
            let (writer, number) = document::read_note(&transaction.note)
                .ok_or_else(|| format!("LSN {} is a transaction nobody asked for", transaction.lsn))?;
            let who = format!("request {number} of writer {writer}, at LSN {}", transaction.lsn);
            let asked = open.remove(&(writer, number)).ok_or_else(|| {
                format!("doubled: {who}, is there again, or was asked for in an earlier round")
            })?;
            self.take_in(transaction, asked, &who)?;
            saved.insert((writer, number));
            match &asked.reply {
                Some(Reply::Saved(..)) => tally.acknowledged += 1,
                _ => tally.unanswered_saved += 1,
            }
        }
        for Asked { writer, number, request, reply, .. } in open.values() {
            match reply {
                Some(Reply::Saved(lsn, _)) => {
                    return Err(format!(
                        "lost: request {number} of writer {writer} was acknowledged at LSN {lsn} and is not there"
                    ));
                }
                Some(Reply::Refused(_, outcome, _)) if outcome == "Saved" => {
                    return Err(format!(
                        "lost: request {number} of writer {writer} was called saved and is not there"
                    ));
                }
                None if request.is_change() => tally.unanswered_gone += 1,
                _ => tally.others += 1,
            }
        }
        self.settled = history.len();
        match difference(&self.document, state, "") {
            None => Ok(Settled { tally, saved }),
            Some(place) => Err(format!("the state is not what the history makes: they differ at {place:?}")),
        }
    }

    /// One transaction of the history, against its request and what came before it.
    fn take_in(
        &mut self,
        transaction: &CommittedTransaction,
        asked: &Asked,
        who: &str,
    ) -> Result<(), String> {
        let lsn = transaction.lsn.0;
        if lsn <= self.last_lsn {
            return Err(format!("{who}: its LSN does not follow {}", self.last_lsn));
        }
        let before = self.last_number.insert(asked.writer, asked.number);
        if let Some(before) = before.filter(|before| *before >= asked.number) {
            return Err(format!("{who}: it comes after request {before} of the same writer"));
        }
        let registers = self.registers();
        let held: Vec<i64> = asked.request.registers().into_iter().map(|at| registers[at]).collect();
        match &asked.reply {
            Some(Reply::Saved(told, seen)) => {
                if *told != lsn {
                    return Err(format!("{who}: its caller was told LSN {told}"));
                }
                if *seen != held {
                    return Err(format!("{who}: it saw {seen:?} where {held:?} was committed"));
                }
            }
            Some(Reply::Refused(_, outcome, _)) if outcome != "NotSaved" => {}
            Some(reply) => return Err(format!("{who}: it is there, and its caller was told {reply:?}")),
            None => {}
        }
        let edits = document::register_edits(asked.request, &held);
        if edits.is_empty() {
            return Err(format!("{who}: it is there though its condition did not hold"));
        }
        for edit in edits.iter().chain(&document::marks(asked.writer, asked.number)) {
            document::apply(&mut self.document, edit);
        }
        self.last_lsn = lsn;
        Ok(())
    }
}

/// The operations of a round, for the checker. What was asked of a writer that was killed first happened before
/// its death if it is among those `saved`, and otherwise not at all (strict linearizability, Aguilera and
/// Frolund, 2003). The last operation sees what the registers `held` at the end.
pub(super) fn operations(asked: &[Asked], saved: &HashSet<(usize, u64)>, held: Registers) -> Vec<Operation> {
    let mut operations: Vec<Operation> = Vec::new();
    for Asked { writer, number, request, at, ended, reply } in asked {
        let seen = match reply {
            _ if request.registers().is_empty() => continue,
            Some(Reply::Saved(_, seen) | Reply::Seen(seen)) => Some(seen.clone()),
            _ if !saved.contains(&(*writer, *number)) => continue,
            _ => None,
        };
        operations.push(Operation { request: *request, invoked: *at, happened_by: Some(*ended), seen });
    }
    let last = operations.iter().filter_map(|operation| operation.happened_by).max().unwrap_or(0);
    operations.push(Operation {
        request: Request::ReadAll,
        invoked: last.saturating_add(1),
        happened_by: Some(last.saturating_add(2)),
        seen: Some(held.to_vec()),
    });
    operations
}

/// Whether the answers of a round could have come from registers used in turns, beginning with `start`.
///
/// `false` if the search for their order was given up.
///
/// # Errors
/// That there is no order.
pub(super) fn check_order(start: Registers, operations: &[Operation]) -> Result<bool, String> {
    let count = operations.len();
    match order(start, operations) {
        Order::Found => Ok(true),
        Order::Undecided => Ok(false),
        Order::Impossible { explained } => Err(format!(
            "not linearizable: no order explains more than {explained} of the {count} operations of this round"
        )),
    }
}

/// The first place where two documents differ.
fn difference(expected: &Value, found: &Value, place: &str) -> Option<String> {
    match (expected, found) {
        (Value::Object(expected), Value::Object(found)) => {
            let names = expected.keys().chain(found.keys());
            names.into_iter().find_map(|name| {
                let none = Value::Null;
                let below = format!("{place}/{name}");
                difference(expected.get(name).unwrap_or(&none), found.get(name).unwrap_or(&none), &below)
            })
        }
        (expected, found) => (expected != found).then(|| place.to_owned()),
    }
}

#[cfg(test)]
mod tests;
