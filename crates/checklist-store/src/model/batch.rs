//! `BatchWriter`: gives transactions their place in the log, and strings them together there.

use super::crc::Crc;
use super::digits;
use super::line;
use super::loose::{LooseTransaction, PlacedTransaction, check_limits, push};
use super::record::{BATCH_BYTES_MAX, Digest, Generation, LSN_MAX, RECORD_VERSION, StateId};
use crate::error::Result;
use crate::report::Lsn;

/// Builds the bytes of consecutive records, chained and numbered.
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

    /// A whole transaction: its operations, then its commit record.
    pub(crate) fn transaction(&mut self, loose: LooseTransaction) -> PlacedTransaction {
        let (first, begin) = (self.last.next(), self.bytes.len());
        for operation in loose.operations() {
            let start = self.open();
            self.bytes.extend_from_slice(operation);
            self.close(start);
        }
        let digest = Digest::of(&self.bytes[begin..]);
        let start = self.open();
        self.bytes.extend_from_slice(loose.commit());
        self.number(",\"first\":", first.0);
        self.number(",\"count\":", loose.len() as u64);
        push(&mut self.bytes, &[",\"digest\":\""]);
        digits::push_hex::<32>(&mut self.bytes, digest);
        push(&mut self.bytes, &["\""]);
        if let Some(schema) = loose.schema {
            push(&mut self.bytes, &[",\"schema\":\"", &schema.to_string(), "\""]);
        }
        self.bytes.extend_from_slice(loose.note());
        self.close(start);
        PlacedTransaction { first, lsn: self.last, loose }
    }

    /// Refuses a batch that no log takes.
    ///
    /// # Errors
    /// [`ErrorKind::LimitExceeded`] if it has too many bytes, or the numbers of records are used up.
    pub(crate) fn check_limits(&self) -> Result<()> {
        check_limits([
            (self.bytes.len() as u64, BATCH_BYTES_MAX as u64, "the batch has too many bytes"),
            (self.last.0, LSN_MAX, "the log sequence numbers are used up"),
        ])
    }
}

#[cfg(test)]
mod tests {
    use super::super::loose::{COMMIT_BYTES_MAX, FRAME_BYTES_MAX, tests::reason};
    use super::super::operation::samples::operations;
    use super::super::record::{Body, Record};
    use super::*;
    use crate::env::Timestamp;
    use crate::report::TxnId;
    use crate::schema::Schema;
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
        let loose = LooseTransaction::new(txn, moment, &operations(), &json!({"who": "ana"}))
            .with_schema(Some(Schema::FIRST));
        loose.check_limits().unwrap();
        let before = batch.bytes.len();
        let PlacedTransaction { first, lsn, loose } = batch.transaction(loose);
        assert!(batch.bytes.len() - before <= loose.len_bytes_max());
        assert_eq!((first, lsn), (Lsn(44), Lsn(47)));
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
        let (txn, moment) = (TxnId(uuid::Uuid::max()), Timestamp::from_millis(i64::MIN));
        let loose = LooseTransaction::new(txn, moment, &operations()[..1], &json!(null));
        let PlacedTransaction { loose, .. } = batch.transaction(loose.with_schema(Some(Schema::FIRST)));
        let lines: Vec<usize> = line::lines(&batch.bytes).map(|line| line.bytes.len() + 1).collect();
        let operation = loose.operations().next().map_or(0, <[u8]>::len);
        assert!(lines[0] <= operation + FRAME_BYTES_MAX, "{lines:?}");
        assert!(lines[1] <= loose.commit().len() + FRAME_BYTES_MAX + COMMIT_BYTES_MAX, "{lines:?}");
        assert!(batch.bytes.len() <= loose.len_bytes_max());
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
