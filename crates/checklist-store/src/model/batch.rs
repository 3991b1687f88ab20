//! `BatchWriter` and `LooseTransaction`: the bytes of transactions, in two steps.
//!
//! What a transaction says is turned into bytes where it is made, by whoever made it; generation, numbers and
//! chain are put around that when its place in the log is known. So many threads can encode, and one strings
//! together.

use super::digits;
use super::entry;
use super::json;
use super::line::{self, Crc};
use super::operation::Operation;
use super::record::{
    BATCH_BYTES_MAX, Digest, Generation, LSN_MAX, RECORD_BYTES_MAX, RECORD_VERSION, StateId,
};
use crate::env::Timestamp;
use crate::error::{Error, ErrorKind, Result};
use crate::report::{Lsn, TxnId};
use crate::schema::Schema;
use serde_json::Value;

/// More than what [`BatchWriter`] puts around the bytes of one record.
const FRAME_BYTES_MAX: usize = 118;

/// More than a commit record has beside its frame, its note and what [`LooseTransaction`] holds of it.
const COMMIT_BYTES_MAX: usize = 160;

/// The records of a transaction, but for what depends on where they will stand.
#[derive(Debug)]
pub(crate) struct LooseTransaction {
    /// Of each operation `,"txn":…,"timestamp":"…"`, then of the commit record `,"txn":…,"timestamp":"…"` and
    /// `,"note":…`.
    bytes: Vec<u8>,
    /// Where each of these ends.
    ends: Vec<usize>,
}

impl LooseTransaction {
    pub(crate) fn new(txn: TxnId, timestamp: Timestamp, operations: &[Operation], note: &Value) -> Self {
        let mut loose = LooseTransaction {
            bytes: Vec::with_capacity(256 * (operations.len() + 1)),
            ends: Vec::with_capacity(operations.len() + 2),
        };
        let mut identity = [0; uuid::fmt::Hyphenated::LENGTH];
        let identity = &*txn.0.as_hyphenated().encode_lower(&mut identity);
        let moment = timestamp.to_string();
        for operation in operations {
            push(&mut loose.bytes, &[",\"txn\":\"", identity, "\","]);
            entry::push_operation(&mut loose.bytes, operation);
            push(&mut loose.bytes, &[",\"timestamp\":\"", &moment, "\""]);
            loose.ends.push(loose.bytes.len());
        }
        push(
            &mut loose.bytes,
            &[",\"txn\":\"", identity, "\",\"op\":\"commit\",\"timestamp\":\"", &moment, "\""],
        );
        loose.ends.push(loose.bytes.len());
        if !note.is_null() {
            loose.bytes.extend_from_slice(b",\"note\":");
            json::push(&mut loose.bytes, note);
        }
        loose.ends.push(loose.bytes.len());
        loose
    }

    /// At most so many bytes it takes in the log.
    pub(crate) fn len_bytes_max(&self) -> usize {
        self.bytes.len() + (self.ends.len() - 1) * FRAME_BYTES_MAX + COMMIT_BYTES_MAX
    }

    /// Refuses what no log takes.
    ///
    /// # Errors
    /// [`ErrorKind::LimitExceeded`] if a record or the whole has too many bytes.
    pub(crate) fn check_limits(&self) -> Result<()> {
        let (operations, _) = self.ends.split_at(self.ends.len() - 2);
        let starts = [0].into_iter().chain(operations.iter().copied());
        let longest = starts.zip(operations).map(|(start, end)| end - start).max().unwrap_or(0);
        let commit = self.bytes.len() - operations.last().unwrap_or(&0) + COMMIT_BYTES_MAX;
        let limits = [
            (longest.max(commit) + FRAME_BYTES_MAX, RECORD_BYTES_MAX, "a record has too many bytes"),
            (self.len_bytes_max(), BATCH_BYTES_MAX, "the transaction has too many bytes"),
        ];
        for (found, limit, reason) in limits {
            if found > limit {
                let message = format!("{reason}: {found}, the limit is {limit}");
                return Err(Error::new(ErrorKind::LimitExceeded, message));
            }
        }
        Ok(())
    }
}

fn push(bytes: &mut Vec<u8>, texts: &[&str]) {
    texts.iter().for_each(|text| bytes.extend_from_slice(text.as_bytes()));
}

/// Builds the bytes of consecutive records, chained and numbered.
#[derive(Debug)]
pub(crate) struct BatchWriter {
    pub(crate) bytes: Vec<u8>,
    pub(crate) durable: Lsn,
    pub(crate) last: Lsn,
    pub(crate) prev: Crc,
    /// `{"v":1,"gen":"…","lsn":`
    opening: Vec<u8>,
}

impl BatchWriter {
    /// Continues a life of the log behind the record `last`, whose CRC is `prev`.
    pub(crate) fn new(generation: Generation, durable: Lsn, last: Lsn, prev: Crc) -> BatchWriter {
        let opening = format!("{{\"v\":{RECORD_VERSION},\"gen\":\"{generation}\",\"lsn\":").into_bytes();
        BatchWriter { bytes: Vec::new(), durable, last, prev, opening }
    }

    fn open(&mut self) -> usize {
        let start = self.bytes.len();
        self.last = self.last.next();
        self.bytes.extend_from_slice(&self.opening);
        digits::push_decimal(&mut self.bytes, self.last.0);
        start
    }

    fn number(&mut self, name: &str, number: u64) {
        push(&mut self.bytes, &[name]);
        digits::push_decimal(&mut self.bytes, number);
    }

    fn close(&mut self, start: usize) {
        self.number(",\"durable\":", self.durable.0);
        push(&mut self.bytes, &[",\"prev\":\""]);
        digits::push_hex::<8>(&mut self.bytes, self.prev.0.into());
        push(&mut self.bytes, &["\""]);
        self.prev = line::seal(&mut self.bytes, start);
    }

    /// Opens a life of the log.
    pub(crate) fn base(&mut self, state: StateId) {
        let start = self.open();
        self.number(",\"op\":\"base\",\"stateLsn\":", state.lsn.0);
        push(&mut self.bytes, &[",\"state\":\"crc32c:"]);
        digits::push_hex::<8>(&mut self.bytes, state.checksum.0.into());
        push(&mut self.bytes, &["\""]);
        self.close(start);
    }

    /// A whole transaction: its operations, then its commit record. Gives the LSNs of the first of them and of
    /// the commit record.
    pub(crate) fn transaction(&mut self, loose: &LooseTransaction, schema: Option<Schema>) -> (Lsn, Lsn) {
        let (first, mut from, begin) = (self.last.next(), 0, self.bytes.len());
        let (operations, commit) = loose.ends.split_at(loose.ends.len() - 2);
        for end in operations {
            let start = self.open();
            self.bytes.extend_from_slice(&loose.bytes[from..*end]);
            self.close(start);
            from = *end;
        }
        let digest = Digest::of(&self.bytes[begin..]);
        let start = self.open();
        self.bytes.extend_from_slice(&loose.bytes[from..commit[0]]);
        self.number(",\"first\":", first.0);
        self.number(",\"count\":", operations.len() as u64);
        push(&mut self.bytes, &[",\"digest\":\""]);
        digits::push_hex::<32>(&mut self.bytes, digest);
        push(&mut self.bytes, &["\""]);
        if let Some(schema) = schema {
            push(&mut self.bytes, &[",\"schema\":\"", &schema.to_string(), "\""]);
        }
        self.bytes.extend_from_slice(&loose.bytes[commit[0]..]);
        self.close(start);
        (first, self.last)
    }

    /// Refuses a batch that no log takes.
    ///
    /// # Errors
    /// [`ErrorKind::LimitExceeded`] if it has too many bytes, or the numbers of records are used up.
    pub(crate) fn check_limits(&self) -> Result<()> {
        let limits = [
            (self.bytes.len() as u64, BATCH_BYTES_MAX as u64, "the batch has too many bytes"),
            (self.last.0, LSN_MAX, "the log sequence numbers are used up"),
        ];
        for (found, limit, reason) in limits {
            if found > limit {
                let message = format!("{reason}: {found}, the limit is {limit}");
                return Err(Error::new(ErrorKind::LimitExceeded, message));
            }
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::super::operation::samples::operations;
    use super::super::record::{Body, Record};
    use super::*;
    use serde_json::json;

    fn batch() -> BatchWriter {
        BatchWriter::new(Generation(0xabc), Lsn(41), Lsn(42), Crc(0))
    }

    #[test]
    fn a_batch_reads_back_as_it_was_written() {
        let mut batch = batch();
        batch.base(StateId { lsn: Lsn(42), checksum: Crc(7) });
        let txn = TxnId(uuid::Uuid::from_u128(5));
        let moment = Timestamp::from_millis(1_000);
        let loose = LooseTransaction::new(txn, moment, &operations(), &json!({"who": "ana"}));
        loose.check_limits().unwrap();
        let before = batch.bytes.len();
        let (first, last) = batch.transaction(&loose, Some(Schema::FIRST));
        assert!(batch.bytes.len() - before <= loose.len_bytes_max());
        assert_eq!((first, last), (Lsn(44), Lsn(47)));
        let records: Vec<Record> = line::lines(&batch.bytes)
            .map(|line| Record::parse(line::open(line.bytes).unwrap()).unwrap())
            .collect();
        assert_eq!(records.len(), 5);
        assert_eq!(records[0].body, Body::Base { state: StateId { lsn: Lsn(42), checksum: Crc(7) } });
        for (record, operation) in records[1..4].iter().zip(operations()) {
            assert_eq!(record.body, Body::Operation { txn, timestamp: moment, operation });
        }
        let Body::Commit { count: 3, first: Lsn(44), note, schema: Some(Schema::FIRST), .. } =
            &records[4].body
        else {
            panic!()
        };
        assert_eq!(note, &json!({"who": "ana"}));
        assert!(
            records.iter().all(|record| record.durable == Lsn(41) && record.generation == Generation(0xabc))
        );
    }

    #[test]
    fn a_number_beyond_the_highest_is_no_record() {
        for (last, is_record) in [(LSN_MAX - 1, true), (LSN_MAX, false), (u64::MAX - 1, false)] {
            let mut batch = BatchWriter { last: Lsn(last), ..batch() };
            batch.base(StateId { lsn: Lsn(42), checksum: Crc(7) });
            let sealed = line::open(batch.bytes.strip_suffix(b"\n").unwrap()).unwrap();
            assert_eq!(Record::parse(sealed).is_ok(), is_record, "{last}");
        }
    }

    #[test]
    fn the_bounds_hold_for_the_longest_numbers() {
        let widest = Lsn(LSN_MAX - 9);
        let mut batch = BatchWriter::new(Generation(u64::MAX), widest, widest, Crc(u32::MAX));
        let loose = LooseTransaction::new(
            TxnId(uuid::Uuid::max()),
            Timestamp::from_millis(i64::MIN),
            &operations()[..1],
            &Value::Null,
        );
        batch.transaction(&loose, Some(Schema::FIRST));
        let lines: Vec<usize> = line::lines(&batch.bytes).map(|line| line.bytes.len() + 1).collect();
        assert!(lines[0] <= loose.ends[0] + FRAME_BYTES_MAX, "{lines:?}");
        assert!(lines[1] <= loose.ends[1] - loose.ends[0] + FRAME_BYTES_MAX + COMMIT_BYTES_MAX, "{lines:?}");
        assert!(batch.bytes.len() <= loose.len_bytes_max());
    }

    /// A transaction of operations and a note of so many bytes, which say nothing.
    fn sized(operations: &[usize], note: usize) -> LooseTransaction {
        let commit = 100;
        let mut ends: Vec<usize> = operations
            .iter()
            .scan(0, |end, bytes| {
                *end += bytes;
                Some(*end)
            })
            .collect();
        let start = ends.last().copied().unwrap_or(0);
        ends.extend([start + commit, start + commit + note]);
        LooseTransaction { bytes: vec![b' '; start + commit + note], ends }
    }

    fn reason(checked: Result<()>) -> Option<String> {
        checked.err().map(|error| {
            assert_eq!(error.kind(), ErrorKind::LimitExceeded);
            error.to_string()
        })
    }

    #[test]
    fn a_record_may_be_as_large_as_the_limit_and_no_larger() {
        let operation = RECORD_BYTES_MAX - FRAME_BYTES_MAX;
        let note = operation - COMMIT_BYTES_MAX - 100;
        for (operations, note) in [
            (&[operation][..], 0),
            (&[10, operation, 10], 0),
            (&[10, 10, 10, operation], 0),
            (&[], note),
            (&[10, 10, 10], note),
        ] {
            assert_eq!(reason(sized(operations, note).check_limits()), None, "{operations:?} {note}");
            let longer: Vec<usize> =
                operations.iter().map(|bytes| bytes + usize::from(*bytes == operation)).collect();
            let longer = sized(&longer, if note == 0 { 0 } else { note + 1 });
            let reason = reason(longer.check_limits()).unwrap();
            assert!(
                reason.contains("a record has too many bytes: 4194305, the limit is 4194304"),
                "{reason}"
            );
        }
    }

    #[test]
    fn a_transaction_may_be_as_large_as_the_limit_and_no_larger() {
        for count in [5, 6, 9] {
            let bytes = BATCH_BYTES_MAX - (count + 1) * FRAME_BYTES_MAX - COMMIT_BYTES_MAX - 100;
            let mut operations = vec![bytes / count; count];
            operations[0] += bytes % count;
            let loose = sized(&operations, 0);
            assert_eq!(loose.len_bytes_max(), BATCH_BYTES_MAX);
            assert_eq!(reason(loose.check_limits()), None);
            let reason = reason(sized(&operations, 1).check_limits()).unwrap();
            let expected = "the transaction has too many bytes: 16777217, the limit is 16777216";
            assert!(reason.contains(expected), "{reason}");
        }
    }

    #[test]
    fn a_batch_may_be_as_large_as_the_limit_and_no_larger() {
        let of =
            |bytes: usize, last: u64| BatchWriter { bytes: vec![b' '; bytes], last: Lsn(last), ..batch() };
        assert_eq!(reason(of(BATCH_BYTES_MAX, LSN_MAX).check_limits()), None);
        let too_large = reason(of(BATCH_BYTES_MAX + 1, LSN_MAX).check_limits()).unwrap();
        assert!(too_large.contains("the batch has too many bytes: 16777217"), "{too_large}");
        let used_up = reason(of(1, LSN_MAX + 1).check_limits()).unwrap();
        assert!(used_up.contains("the log sequence numbers are used up: 9007199254740992"), "{used_up}");
    }
}
