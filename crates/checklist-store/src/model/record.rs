//! `Record`: one line of the write-ahead log.

use super::crc::Crc;
use super::line::Sealed;
use super::operation::Operation;
use crate::env::Timestamp;
use crate::key::Key;
use crate::planted::{self, Bug};
use crate::report::{Lsn, TxnId};
use crate::schema::Schema;
use serde::{Deserialize, Deserializer};
use serde_json::Value;
use std::fmt;
use xxhash_rust::xxh3::{Xxh3, xxh3_128};

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

/// The digest that a commit record holds of its operations: XXH3 with 128 bits over their lines. It tells
/// damage, not a forger.
#[derive(Default)]
pub(crate) struct Digest(Xxh3);

impl Digest {
    /// That of lines that lie together, line feeds included.
    pub(crate) fn of(lines: &[u8]) -> u128 {
        xxh3_128(lines)
    }

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
    use super::super::line;
    use super::*;

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
