//! `Scan`: what the bytes of `.wal` say, found without changing anything.

use super::head::Promise;
use super::tail::{Tail, TailCase};
use crate::env::Timestamp;
use crate::model::line::{self, Crc, Line};
use crate::model::operation::{CommittedTransaction, Operation};
use crate::model::record::{Body, Digest, Generation, Record, StateId, Unreadable};
use crate::planted::{self, Bug};
use crate::report::{Lsn, TxnId};
use crate::schema::Schema;
use serde_json::Value;

/// What the log holds: the committed transactions of its newest life, and what lies behind them.
#[derive(Debug, Default)]
pub(crate) struct Scan {
    /// The state that this life continues; `None` if the first line is not its base.
    pub(crate) base: Option<StateId>,
    /// The committed transactions, oldest first, without a hole.
    pub(crate) transactions: Vec<CommittedTransaction>,
    /// Everything behind the last committed transaction.
    pub(crate) tail: Option<Tail>,
    /// A newer program's record stands in the way.
    pub(crate) newer: Option<u64>,
    /// Which life this is.
    generation: Option<Generation>,
    /// Up to where the head marker says it was promised.
    pub(crate) promise: Option<Promise>,
}

/// How a log relates to a published state.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(crate) enum LogFinding {
    /// Nothing is in it.
    Empty,
    /// Everything in it is in the state already, or never counted.
    Published,
    /// Committed transactions continue the state.
    Committed,
    /// The same, and an unfinished batch behind them.
    CommittedTorn,
    /// Nothing but an unfinished batch.
    Torn,
    /// It continues another state than this one.
    Detached,
    /// Something that was promised durable does not verify.
    Damaged,
    /// A newer program wrote it.
    Newer,
}

/// The transaction that is being read.
struct Open {
    txn: TxnId,
    first: Lsn,
    operations: Vec<Operation>,
    digest: Digest,
    timestamp: Timestamp,
}

/// The chain so far.
struct Chain {
    generation: Generation,
    last: Lsn,
    prev: Crc,
}

/// Reads a log. Pure.
pub(crate) fn scan(bytes: &[u8]) -> Scan {
    let mut scan = Scan::default();
    let mut chain: Option<Chain> = None;
    let mut open: Option<Open> = None;
    let mut committed_end = 0;
    let mut broken: Option<Line<'_>> = None;
    for line in line::lines(bytes) {
        let record = match read(line, chain.as_ref()) {
            Ok(record) => record,
            Err(newer) => {
                scan.newer = newer;
                broken = Some(line);
                break;
            }
        };
        let (record, crc) = record;
        scan.generation.get_or_insert(record.generation);
        let next = Chain { generation: record.generation, last: record.lsn, prev: crc };
        if !take_in(&mut scan, &mut open, record, &bytes[line.offset..line.end()]) {
            broken = Some(line);
            break;
        }
        if open.is_none() {
            committed_end = line.end();
        }
        chain = Some(next);
    }
    if let (true, Some(unfinished)) = (planted::is(Bug::AcceptPartialCommit), open.take()) {
        let lsn = chain.as_ref().map_or(Lsn(0), |chain| chain.last);
        scan.transactions.push(finish(unfinished, lsn, Value::Null, None));
    }
    if committed_end < bytes.len() {
        if planted::is(Bug::CutWholeTransactions) {
            scan.transactions.clear();
        }
        let chain = chain.map(|chain| (chain.generation, chain.last));
        scan.tail = Some(Tail::behind(bytes, committed_end, broken, chain));
    }
    scan
}

/// The record of a line that continues the chain, or why there is none (`Some` for a newer version).
fn read(line: Line<'_>, chain: Option<&Chain>) -> Result<(Record, Crc), Option<u64>> {
    let sealed = line::open(line.bytes).filter(|_| line.ended).ok_or(None)?;
    let record = Record::parse(sealed).map_err(|unreadable| match unreadable {
        Unreadable::Newer(version) => Some(version),
        Unreadable::Shape => None,
    })?;
    let continues = match chain {
        None => matches!(record.body, Body::Base { .. }),
        Some(chain) => {
            (record.generation == chain.generation || planted::is(Bug::SkipGeneration))
                && record.lsn == chain.last.next()
                && (record.prev == chain.prev || planted::is(Bug::SkipChain))
        }
    };
    if continues { Ok((record, sealed.crc)) } else { Err(None) }
}

/// Takes a record into the scan; `false` if it has no place here.
fn take_in(scan: &mut Scan, open: &mut Option<Open>, record: Record, line: &[u8]) -> bool {
    match (record.body, open.as_mut()) {
        (Body::Base { state }, None) if scan.base.is_none() => {
            scan.base = Some(state);
            true
        }
        (Body::Operation { txn, timestamp, operation }, None) => {
            let mut digest = Digest::default();
            digest.update(line);
            *open = Some(Open { txn, first: record.lsn, operations: vec![operation], digest, timestamp });
            true
        }
        (Body::Operation { txn, operation, .. }, Some(open)) if open.txn == txn => {
            open.digest.update(line);
            open.operations.push(operation);
            true
        }
        (Body::Commit { txn, first, count, digest, note, schema, timestamp }, Some(found)) => {
            let is_whole = found.txn == txn
                && found.first == first
                && found.operations.len() as u64 == count
                && (found.digest.finish() == digest || planted::is(Bug::SkipDigest));
            if let (true, Some(found)) = (is_whole, open.take()) {
                scan.transactions.push(finish(Open { timestamp, ..found }, record.lsn, note, schema));
            }
            is_whole
        }
        _ => false,
    }
}

fn finish(open: Open, lsn: Lsn, note: Value, schema: Option<Schema>) -> CommittedTransaction {
    let Open { txn, first, operations, timestamp, .. } = open;
    CommittedTransaction { txn, first, lsn, timestamp, note, schema, operations }
}

impl Scan {
    /// The LSN of the newest committed transaction, or of the state the log continues.
    pub(crate) fn last(&self) -> Option<Lsn> {
        self.transactions.last().map(|transaction| transaction.lsn).or(self.base.map(|base| base.lsn))
    }

    /// The committed transactions that a state at `lsn` does not hold.
    pub(crate) fn missing_from(&self, lsn: Lsn) -> &[CommittedTransaction] {
        let lsn = if planted::is(Bug::IgnoreStateLsn) { Lsn(0) } else { lsn };
        let held = self.transactions.iter().take_while(|transaction| transaction.lsn <= lsn).count();
        &self.transactions[held..]
    }

    /// How this log relates to a state that this program did not leave there: one edited by hand, or an older
    /// one that was put back. It continues those very bytes if an adoption was cut off, and otherwise at most
    /// another state.
    ///
    /// What an edit says of its LSN is no evidence, so `recorded`, the end of the history, tells what of the
    /// log was published before.
    pub(crate) fn relate_to_edit(&self, found: StateId, recorded: Lsn) -> LogFinding {
        match self.base {
            Some(base) if base.checksum == found.checksum => self.relate(base),
            Some(_) if !self.missing_from(recorded).is_empty() && self.newer.is_none() => {
                LogFinding::Detached
            }
            Some(base) => self.relate(StateId { lsn: found.lsn.max(recorded).max(base.lsn), ..found }),
            None => self.relate(found),
        }
    }

    /// Whether the head marker promises a commit that is neither in this log nor published: at or below the
    /// state, or recorded in the history. It is then gone, with the end of the log or with all of it.
    fn is_cut_short(&self, state: Lsn) -> bool {
        let Some(promise) = self.promise.filter(|promise| promise.lsn > state) else { return false };
        let is_ours = self.generation == Some(promise.generation)
            || self.base.is_some_and(|base| base.lsn >= promise.lsn);
        !(is_ours && self.last().is_some_and(|last| last >= promise.lsn))
    }

    /// How this log relates to a state.
    pub(crate) fn relate(&self, state: StateId) -> LogFinding {
        if self.newer.is_some() {
            return LogFinding::Newer;
        }
        // A state that was put back has an LSN of its own; it is the base if its content is.
        let state = self.base.filter(|base| base.checksum == state.checksum).unwrap_or(state);
        if self.is_cut_short(state.lsn) && !planted::is(Bug::IgnoreHeadMarker) {
            return LogFinding::Damaged;
        }
        if self.base.is_none() && self.tail.is_none() {
            return LogFinding::Empty;
        }
        if let Some(base) = self.base {
            let is_boundary = state.lsn == base.lsn && state.checksum == base.checksum
                || self.transactions.iter().any(|transaction| transaction.lsn == state.lsn);
            let is_covered = self.last().is_some_and(|last| last <= state.lsn);
            // A life without a commit says nothing about its state that anyone relied on.
            let is_relied_on = !self.transactions.is_empty();
            let is_gap = base.lsn > state.lsn || !is_boundary && (base.lsn == state.lsn || !is_covered);
            if is_relied_on && is_gap {
                return LogFinding::Detached;
            }
        }
        let is_missing = !self.missing_from(state.lsn).is_empty();
        let case = self.tail.as_ref().map(|tail| tail.case(state.lsn));
        match (case, is_missing) {
            (Some(case), _) if case.is_damage() => LogFinding::Damaged,
            (Some(_), true) => LogFinding::CommittedTorn,
            (None, true) => LogFinding::Committed,
            (Some(TailCase::TornBatch | TailCase::TornEnd), false) => LogFinding::Torn,
            (_, false) => LogFinding::Published,
        }
    }
}
