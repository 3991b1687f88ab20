//! `Scan`: what the bytes of `.wal` say, found without changing anything.
//!
//! Every record is verified: its CRC, its place in the chain, its number and life, and of each transaction the
//! count and the digest. What the records say is handed on as it lies in the log, transaction by transaction.

use super::head::Promise;
use super::tail::{Tail, TailCase};
use crate::model::crc::Crc;
use crate::model::line::{self, Line};
use crate::model::logged::{Cut, Cutter, Ending, Head, LoggedOperation, LoggedTransaction};
use crate::model::operation::CommittedTransaction;
use crate::model::record::{Digest, Generation, StateId, Unreadable};
use crate::planted::{self, Bug};
use crate::report::{Lsn, TxnId};
use serde_json::Value;

/// What the log holds: the committed transactions of its newest life, and what lies behind them.
#[derive(Debug, Default)]
pub(crate) struct Scan {
    /// The state that this life continues; `None` if the first line is not its base.
    pub(crate) base: Option<StateId>,
    /// Which transactions are committed, oldest first, without a hole.
    pub(crate) committed: Vec<Committed>,
    /// The same as values, where they were asked for.
    pub(crate) transactions: Vec<CommittedTransaction>,
    /// Everything behind the last committed transaction, but for what was filled ahead.
    pub(crate) tail: Option<Tail>,
    /// A newer program's record stands in the way.
    pub(crate) newer: Option<u64>,
    /// Up to where the head marker says it was promised.
    pub(crate) promise: Option<Promise>,
    /// Where the last committed transaction ends.
    pub(crate) bytes: u64,
    /// What the next record continues.
    pub(crate) chain: Option<Chain>,
}

/// A transaction that is committed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Committed {
    pub(crate) txn: TxnId,
    pub(crate) lsn: Lsn,
    pub(crate) operations: usize,
}

/// The chain of records up to one of them.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Chain {
    pub(crate) generation: Generation,
    pub(crate) last: Lsn,
    pub(crate) prev: Crc,
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
struct Open<'a> {
    txn: TxnId,
    first: Lsn,
    operations: Vec<LoggedOperation<'a>>,
    /// Where its first line begins.
    start: usize,
}

/// Reads a log whole. Pure.
pub(crate) fn scan(bytes: &[u8]) -> Scan {
    let mut reader = LogReader::default();
    let mut transactions = Vec::new();
    let read = reader.take(bytes, &mut |_, transaction| transactions.push(transaction.read()));
    Scan { transactions, ..reader.end(&bytes[read..]) }
}

/// Whether nothing but what was filled ahead of the log is there: spaces, or the zeros of a file that never got
/// its bytes.
pub(crate) fn is_filling(bytes: &[u8]) -> bool {
    bytes.iter().all(|byte| matches!(byte, b' ' | 0))
}

/// Reads a log piece by piece.
#[derive(Debug, Default)]
pub(crate) struct LogReader {
    scan: Scan,
    cutter: Cutter,
    /// Where behind the last committed transaction a line was met that does not continue the chain.
    broken_at: Option<usize>,
    /// The chain as far as it verifies, committed or not.
    reached: Option<Chain>,
    /// How many operations the transaction before had.
    operations: usize,
}

impl LogReader {
    /// Goes on behind what was read before.
    pub(crate) fn behind(chain: Option<Chain>, bytes: u64) -> LogReader {
        LogReader { scan: Scan { chain, bytes, ..Scan::default() }, ..LogReader::default() }
    }

    /// What was found so far.
    pub(crate) fn found(&self) -> &Scan {
        &self.scan
    }

    /// Whether a line was met that does not continue the chain: nothing behind it is taken in.
    pub(crate) fn is_broken(&self) -> bool {
        self.broken_at.is_some()
    }

    /// Takes in the whole transactions at the beginning of `bytes`, and says how many bytes they have; the next
    /// call begins behind them. Each is handed to `each`, with what was found before it.
    pub(crate) fn take<'a>(
        &mut self,
        bytes: &'a [u8],
        each: &mut dyn FnMut(&Scan, LoggedTransaction<'a>),
    ) -> usize {
        let mut open: Option<Open<'a>> = None;
        let mut taken = 0;
        self.reached = self.scan.chain;
        for line in line::lines(bytes).take_while(|line| line.ended) {
            let Some((chain, cut)) = self.read(line) else {
                self.broken_at = Some(line.offset - taken);
                break;
            };
            let lines = open.as_ref().map(|open| &bytes[open.start..line.offset]);
            match (cut, &mut open) {
                (Cut::Base { state }, None) if self.scan.base.is_none() && self.scan.committed.is_empty() => {
                    self.scan.base = Some(state);
                }
                (Cut::Operation { txn, operation, .. }, None) => {
                    // Neighbours are mostly of one size.
                    let mut operations = Vec::with_capacity(self.operations);
                    operations.push(operation);
                    open = Some(Open { txn, first: chain.last, operations, start: line.offset });
                }
                (Cut::Operation { txn, operation, .. }, Some(open)) if open.txn == txn => {
                    open.operations.push(operation);
                }
                (Cut::Commit { txn, first, count, digest, ending }, Some(found))
                    if found.txn == txn
                        && found.first == first
                        && found.operations.len() as u64 == count
                        && (lines.is_some_and(|lines| Digest::of(lines) == digest)
                            || planted::is(Bug::SkipDigest)) =>
                {
                    let found = open.take().expect("it was just matched");
                    self.commit(found, chain.last, ending, each);
                }
                _ => {
                    self.broken_at = Some(line.offset - taken);
                    break;
                }
            }
            self.reached = Some(chain);
            if open.is_none() {
                taken = line.end();
                self.scan.chain = Some(chain);
            }
        }
        if let (true, Some(unfinished)) = (planted::is(Bug::AcceptPartialCommit), open) {
            let lsn = self.reached.map_or(Lsn(0), |chain| chain.last);
            self.commit(unfinished, lsn, Ending::unknown(), each);
            self.scan.chain = self.reached;
        }
        self.scan.bytes += taken as u64;
        taken
    }

    fn commit<'a>(
        &mut self,
        open: Open<'a>,
        lsn: Lsn,
        ending: Ending<'a>,
        each: &mut dyn FnMut(&Scan, LoggedTransaction<'a>),
    ) {
        let Open { txn, first, operations, .. } = open;
        self.operations = operations.len();
        let committed = Committed { txn, lsn, operations: self.operations };
        each(&self.scan, LoggedTransaction { txn, first, lsn, ending, operations });
        self.scan.committed.push(committed);
    }

    /// What a line says that continues the chain.
    fn read<'a>(&mut self, line: Line<'a>) -> Option<(Chain, Cut<'a>)> {
        let sealed = line::open(line.bytes)?;
        let (head, cut) = match self.cutter.cut(sealed) {
            Ok(cut) => cut,
            Err(Unreadable::Newer(version)) => {
                self.scan.newer = Some(version);
                return None;
            }
            Err(Unreadable::Shape) => return None,
        };
        let Head { generation, lsn, prev, .. } = head;
        let continues = match self.reached {
            None => matches!(cut, Cut::Base { .. }),
            Some(chain) => {
                (generation == chain.generation || planted::is(Bug::SkipGeneration))
                    && lsn == chain.last.next()
                    && (prev == chain.prev || planted::is(Bug::SkipChain))
            }
        };
        let generation = self.reached.map_or(generation, |chain| chain.generation);
        continues.then_some((Chain { generation, last: lsn, prev: sealed.crc }, cut))
    }

    /// What was found, with `rest` behind the last committed transaction.
    pub(crate) fn end(self, rest: &[u8]) -> Scan {
        let mut scan = self.scan;
        let filled = rest.iter().rev().take_while(|byte| is_filling(&[**byte])).count();
        let filled = if planted::is(Bug::TakeFillingForTail) { 0 } else { filled };
        let rest = &rest[..rest.len() - filled];
        if !rest.is_empty() {
            if planted::is(Bug::CutWholeTransactions) {
                scan.committed.clear();
            }
            let chain = self.reached.map(|chain| (chain.generation, chain.last));
            // A line that did not end is no record either.
            let unended = memchr::memrchr(b'\n', rest).map_or(0, |newline| newline + 1);
            let broken_at = self.broken_at.or((unended < rest.len()).then_some(unended));
            scan.tail = Some(Tail::behind(rest, scan.bytes, broken_at, chain));
        }
        scan
    }
}

impl Ending<'_> {
    /// That of a transaction whose commit record is missing.
    fn unknown() -> Self {
        use crate::model::logged::Logged;
        let note = Logged::Read(Value::Null);
        Ending { timestamp: crate::env::Timestamp::default(), schema: None, note }
    }
}

impl Scan {
    /// The LSN of the newest committed transaction, or of the state the log continues.
    pub(crate) fn last(&self) -> Option<Lsn> {
        self.committed.last().map(|committed| committed.lsn).or(self.base.map(|base| base.lsn))
    }

    /// Which transactions a state at `lsn` does not hold.
    pub(crate) fn waiting(&self, lsn: Lsn) -> &[Committed] {
        let lsn = if planted::is(Bug::IgnoreStateLsn) { Lsn(0) } else { lsn };
        &self.committed[self.committed.partition_point(|committed| committed.lsn <= lsn)..]
    }

    /// The same as values.
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
            Some(_) if !self.waiting(recorded).is_empty() && self.newer.is_none() => LogFinding::Detached,
            Some(base) => self.relate(StateId { lsn: found.lsn.max(recorded).max(base.lsn), ..found }),
            None => self.relate(found),
        }
    }

    /// Whether the head marker promises everything up to `lsn` in that life to be durable.
    pub(crate) fn is_promised(&self, generation: Generation, lsn: Lsn) -> bool {
        self.promise.is_some_and(|promise| promise.generation == generation && promise.lsn >= lsn)
    }

    fn generation(&self) -> Option<Generation> {
        self.chain.map(|chain| chain.generation)
    }

    /// Whether the head marker promises a commit that is neither in this log nor published: at or below the
    /// state, or recorded in the history. It is then gone, with the end of the log or with all of it.
    fn is_cut_short(&self, state: Lsn) -> bool {
        let Some(promise) = self.promise.filter(|promise| promise.lsn > state) else { return false };
        let is_ours = self.generation() == Some(promise.generation)
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
                || self.committed.binary_search_by_key(&state.lsn, |committed| committed.lsn).is_ok();
            let is_covered = self.last().is_some_and(|last| last <= state.lsn);
            // A life without a commit says nothing about its state that anyone relied on.
            let is_relied_on = !self.committed.is_empty();
            let is_gap = base.lsn > state.lsn || !is_boundary && (base.lsn == state.lsn || !is_covered);
            if is_relied_on && is_gap {
                return LogFinding::Detached;
            }
        }
        let is_missing = !self.waiting(state.lsn).is_empty();
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
