//! `Record`: one line of the write-ahead log, and the bytes of a whole batch.

use super::json;
use super::line::{self, Crc, Sealed};
use super::operation::Operation;
use crate::env::Timestamp;
use crate::key::Key;
use crate::planted::{self, Bug};
use crate::report::{Lsn, TxnId};
use crate::schema::Schema;
use serde::{Deserialize, Deserializer};
use serde_json::Value;
use std::fmt;
use xxhash_rust::xxh3::Xxh3;

/// The record format this program writes, and the newest it reads.
pub(crate) const RECORD_VERSION: u64 = 1;

/// The largest record, in bytes; larger ones are refused before anything is written.
pub(crate) const RECORD_BYTES_MAX: usize = 4 << 20;

/// The largest batch of a transaction, in bytes: also the most that can ever be torn at once.
pub(crate) const BATCH_BYTES_MAX: usize = 16 << 20;

/// The highest LSN: what every JSON reader still takes for a whole number.
pub(crate) const LSN_MAX: u64 = (1 << 53) - 1;

/// One life of the log: random, new after each retire. A record of another life is evidence of nothing.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(crate) struct Generation(pub(crate) u64);

impl fmt::Display for Generation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:016x}", self.0)
    }
}

/// Which published state a life of the log continues.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct StateId {
    pub(crate) lsn: Lsn,
    pub(crate) checksum: Crc,
}

/// What a record says, beside what all records have.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Body {
    Base {
        state: StateId,
    },
    Operation {
        txn: TxnId,
        timestamp: Timestamp,
        operation: Operation,
    },
    Commit {
        txn: TxnId,
        timestamp: Timestamp,
        first: Lsn,
        count: u64,
        digest: u128,
        note: Value,
        schema: Option<Schema>,
    },
}

/// One line of the log.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Record {
    pub(crate) generation: Generation,
    pub(crate) lsn: Lsn,
    /// The highest LSN known durable when this record was built.
    pub(crate) durable: Lsn,
    /// The CRC of the record before.
    pub(crate) prev: Crc,
    pub(crate) body: Body,
}

/// Why a line that proves itself is still not a record this program can use.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Unreadable {
    /// A newer program wrote it.
    Newer(u64),
    /// It is not a record of any known form.
    Shape,
}

/// Builds the bytes of consecutive records, chained and numbered.
#[derive(Debug)]
pub(crate) struct BatchWriter {
    pub(crate) bytes: Vec<u8>,
    pub(crate) generation: Generation,
    pub(crate) durable: Lsn,
    pub(crate) last: Lsn,
    pub(crate) prev: Crc,
    pub(crate) record_bytes_max: usize,
}

impl BatchWriter {
    fn open(&mut self, op: &str, txn: Option<TxnId>) -> usize {
        let start = self.bytes.len();
        self.last = self.last.next();
        self.bytes.extend_from_slice(
            format!("{{\"v\":{RECORD_VERSION},\"gen\":\"{}\",\"lsn\":{}", self.generation, self.last)
                .as_bytes(),
        );
        if let Some(txn) = txn {
            self.bytes.extend_from_slice(format!(",\"txn\":\"{txn}\"").as_bytes());
        }
        self.bytes.extend_from_slice(format!(",\"op\":\"{op}\"").as_bytes());
        start
    }

    fn field(&mut self, name: &str, value: &(impl serde::Serialize + ?Sized)) {
        self.bytes.extend_from_slice(format!(",\"{name}\":").as_bytes());
        json::push(&mut self.bytes, value);
    }

    fn close(&mut self, start: usize) {
        self.bytes.extend_from_slice(
            format!(",\"durable\":{},\"prev\":\"{}\"", self.durable, self.prev).as_bytes(),
        );
        self.prev = line::seal(&mut self.bytes, start);
        self.record_bytes_max = self.record_bytes_max.max(self.bytes.len() - start);
    }

    /// Opens a life of the log.
    pub(crate) fn base(&mut self, state: StateId) {
        let start = self.open("base", None);
        self.field("stateLsn", &state.lsn.0);
        self.field("state", &format!("crc32c:{}", state.checksum));
        self.close(start);
    }

    /// A whole transaction: its operations, then its commit record.
    pub(crate) fn transaction(
        &mut self,
        txn: TxnId,
        timestamp: Timestamp,
        operations: &[Operation],
        note: &Value,
        schema: Option<Schema>,
    ) -> (Lsn, Lsn) {
        let first = self.last.next();
        let mut digest = Digest::default();
        let moment = timestamp.to_string();
        for operation in operations {
            let start = self.operation(txn, operation, &moment);
            digest.update(&self.bytes[start..]);
        }
        let start = self.open("commit", Some(txn));
        self.field("timestamp", &moment);
        self.field("first", &first.0);
        self.field("count", &operations.len());
        self.field("digest", &format!("{:032x}", digest.finish()));
        if let Some(schema) = schema {
            self.field("schema", &schema.to_string());
        }
        if !note.is_null() {
            self.field("note", note);
        }
        self.close(start);
        (first, self.last)
    }

    fn operation(&mut self, txn: TxnId, operation: &Operation, moment: &str) -> usize {
        let (op, value, previous) = match operation {
            Operation::Write { value, previous, .. } => ("write", Some(value), previous.as_ref()),
            Operation::Delete { previous, .. } => ("delete", None, Some(previous)),
        };
        let start = self.open(op, Some(txn));
        self.field("key", operation.key().as_str());
        if let Some(value) = value {
            self.field("value", value);
        }
        if let Some(previous) = previous {
            self.field("previousValue", previous);
        }
        self.field("timestamp", moment);
        self.close(start);
        start
    }
}

/// The digest that a commit record holds of its operations: XXH3 with 128 bits over their lines. It tells
/// damage, not a forger.
#[derive(Default)]
pub(crate) struct Digest(Xxh3);

impl Digest {
    pub(crate) fn update(&mut self, line_with_newline: &[u8]) {
        self.0.update(line_with_newline);
    }

    pub(crate) fn finish(&self) -> u128 {
        self.0.digest128()
    }
}

/// The fields of a line as JSON has them. A field that is absent and one that is null are told apart.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
struct Fields {
    v: u64,
    #[serde(rename = "gen")]
    generation: String,
    lsn: u64,
    op: String,
    txn: Option<uuid::Uuid>,
    key: Option<String>,
    #[serde(default, deserialize_with = "present")]
    value: Option<Value>,
    #[serde(default, deserialize_with = "present")]
    previous_value: Option<Value>,
    timestamp: Option<String>,
    state_lsn: Option<u64>,
    state: Option<String>,
    first: Option<u64>,
    count: Option<u64>,
    digest: Option<String>,
    schema: Option<String>,
    #[serde(default, deserialize_with = "present")]
    note: Option<Value>,
    durable: u64,
    prev: String,
    #[serde(rename = "crc")]
    _crc: String,
}

pub(super) fn present<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<Value>, D::Error> {
    Value::deserialize(deserializer).map(Some)
}

/// The version that a line says it has, whatever else is in it.
pub(super) fn version_of(line: Sealed<'_>) -> Option<u64> {
    #[derive(Deserialize)]
    struct Version {
        v: u64,
    }
    serde_json::from_str::<Version>(line.text).ok().map(|version| version.v)
}

impl Record {
    /// Reads a line that proved itself.
    pub(crate) fn parse(line: Sealed<'_>) -> Result<Record, Unreadable> {
        let fields: Fields = match serde_json::from_str(line.text) {
            Ok(fields) => fields,
            Err(_) => {
                return Err(match version_of(line) {
                    Some(version) if version > RECORD_VERSION => Unreadable::Newer(version),
                    _ => Unreadable::Shape,
                });
            }
        };
        if fields.v > RECORD_VERSION {
            return Err(Unreadable::Newer(fields.v));
        }
        fields.into_record().ok_or(Unreadable::Shape)
    }
}

impl Fields {
    fn into_record(self) -> Option<Record> {
        // What is refused on write is a bound on read: the next number must exist.
        let lsn = |lsn: u64| (lsn <= LSN_MAX || planted::is(Bug::UnboundedNumbers)).then_some(Lsn(lsn));
        let timestamp = self.timestamp.as_deref().and_then(Timestamp::parse);
        let key = |key: Option<String>| Key::parse(&key?).ok().map(Key::into_owned);
        let body = match self.op.as_str() {
            "base" => Body::Base {
                state: StateId {
                    lsn: lsn(self.state_lsn?)?,
                    checksum: Crc::parse(self.state?.strip_prefix("crc32c:")?)?,
                },
            },
            "write" => Body::Operation {
                txn: TxnId(self.txn?),
                timestamp: timestamp?,
                operation: Operation::Write {
                    key: key(self.key)?,
                    value: self.value?,
                    previous: self.previous_value,
                },
            },
            "delete" => Body::Operation {
                txn: TxnId(self.txn?),
                timestamp: timestamp?,
                operation: Operation::Delete { key: key(self.key)?, previous: self.previous_value? },
            },
            "commit" => Body::Commit {
                txn: TxnId(self.txn?),
                timestamp: timestamp?,
                first: lsn(self.first?)?,
                count: self.count?,
                digest: u128::from_str_radix(&self.digest?, 16).ok()?,
                note: self.note.unwrap_or(Value::Null),
                schema: match self.schema {
                    Some(schema) => Some(Schema::parse(&schema)?),
                    None => None,
                },
            },
            _ => return None,
        };
        Some(Record {
            generation: Generation(u64::from_str_radix(&self.generation, 16).ok()?),
            lsn: lsn(self.lsn)?,
            durable: lsn(self.durable)?,
            prev: Crc::parse(&self.prev)?,
            body,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::super::operation::samples::operations;
    use super::*;
    use serde_json::json;

    fn batch() -> BatchWriter {
        BatchWriter {
            bytes: Vec::new(),
            generation: Generation(0xabc),
            durable: Lsn(41),
            last: Lsn(42),
            prev: Crc(0),
            record_bytes_max: 0,
        }
    }

    #[test]
    fn a_batch_reads_back_as_it_was_written() {
        let mut batch = batch();
        batch.base(StateId { lsn: Lsn(42), checksum: Crc(7) });
        let txn = TxnId(uuid::Uuid::from_u128(5));
        let moment = Timestamp::from_millis(1_000);
        let (first, last) =
            batch.transaction(txn, moment, &operations(), &json!({"who": "ana"}), Some(Schema::FIRST));
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
    fn a_newer_version_is_told_from_nonsense() {
        for (body, expected) in [
            ("{\"v\":2,\"anything\":true", Unreadable::Newer(2)),
            ("{\"v\":1,\"anything\":true", Unreadable::Shape),
            ("{\"w\":1", Unreadable::Shape),
        ] {
            let mut bytes = body.as_bytes().to_vec();
            line::seal(&mut bytes, 0);
            let sealed = line::open(bytes.strip_suffix(b"\n").unwrap()).unwrap();
            assert_eq!(Record::parse(sealed), Err(expected));
        }
    }
}
