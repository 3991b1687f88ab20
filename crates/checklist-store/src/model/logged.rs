//! `LoggedTransaction`: a committed transaction as it lies in the log, cut into its fields and not parsed.
//!
//! [`Cutter`] takes the lines exactly as [`super::record::BatchWriter`] writes them, field by field; any other
//! line that is a valid record is parsed in full, so that nothing valid is refused. A test holds the two ways
//! together.

use super::crc::Crc;
use super::digits;
use super::line::Sealed;
use super::operation::{CommittedTransaction, Operation};
use super::record::{Body, Generation, LSN_MAX, RECORD_VERSION, Record, StateId, Unreadable};
use super::skip;
use crate::env::Timestamp;
use crate::key::Key;
use crate::report::{Lsn, TxnId};
use crate::schema::Schema;
use serde_json::Value;
use std::borrow::Cow;

/// What every record has.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct Head {
    pub(crate) generation: Generation,
    pub(crate) lsn: Lsn,
    pub(crate) durable: Lsn,
    pub(crate) prev: Crc,
}

/// What a record says, beside what all records have.
#[derive(Debug)]
pub(crate) enum Cut<'a> {
    Base { state: StateId },
    Operation { txn: TxnId, operation: LoggedOperation<'a> },
    Commit { txn: TxnId, first: Lsn, count: u64, digest: u128, ending: Ending<'a> },
}

/// What a commit record says of the transaction as a whole.
#[derive(Debug)]
pub(crate) struct Ending<'a> {
    pub(crate) timestamp: Timestamp,
    pub(crate) schema: Option<Schema>,
    pub(crate) note: Logged<'a, Value>,
}

/// Something in the log: its bytes there, or what they say.
#[derive(Clone, Debug)]
pub(crate) enum Logged<'a, T> {
    Raw(&'a str),
    Read(T),
}

/// One operation as it lies in the log.
#[derive(Clone, Debug)]
pub(crate) enum LoggedOperation<'a> {
    Raw(RawOperation<'a>),
    Read(Operation),
}

/// The fields of an operation as they are written.
#[derive(Clone, Copy, Debug)]
pub(crate) struct RawOperation<'a> {
    /// All of them, from `"op":` on: the history says just the same.
    pub(crate) fields: &'a str,
    /// The key, with its quotes, and whether it is what stands between them.
    key: &'a str,
    is_plain: bool,
    /// `None` for a delete.
    value: Option<&'a str>,
    previous: Option<&'a str>,
}

/// A committed transaction as it lies in the log.
#[derive(Debug)]
pub(crate) struct LoggedTransaction<'a> {
    pub(crate) txn: TxnId,
    pub(crate) first: Lsn,
    pub(crate) lsn: Lsn,
    pub(crate) ending: Ending<'a>,
    pub(crate) operations: Vec<LoggedOperation<'a>>,
}

impl LoggedTransaction<'_> {
    /// The same as a value.
    pub(crate) fn read(&self) -> CommittedTransaction {
        CommittedTransaction {
            txn: self.txn,
            first: self.first,
            lsn: self.lsn,
            timestamp: self.ending.timestamp,
            note: match &self.ending.note {
                Logged::Raw(text) => parsed(text),
                Logged::Read(note) => note.clone(),
            },
            schema: self.ending.schema,
            operations: self.operations.iter().map(LoggedOperation::read).collect(),
        }
    }
}

impl<'a> LoggedOperation<'a> {
    pub(crate) fn read(&self) -> Operation {
        let raw = match self {
            LoggedOperation::Raw(raw) => raw,
            LoggedOperation::Read(operation) => return operation.clone(),
        };
        let key = Key::parsed_before(raw.key()).into_owned();
        let previous = raw.previous.map(parsed);
        match raw.value {
            Some(value) => Operation::Write { key, value: parsed(value), previous },
            None => Operation::Delete { key, previous: previous.unwrap_or_default() },
        }
    }

    /// Its key.
    pub(crate) fn key(&self) -> Cow<'a, str> {
        match self {
            LoggedOperation::Raw(raw) => raw.key(),
            LoggedOperation::Read(operation) => Cow::Owned(operation.key().as_str().to_owned()),
        }
    }

    pub(crate) fn is_delete(&self) -> bool {
        match self {
            LoggedOperation::Raw(raw) => raw.value.is_none(),
            LoggedOperation::Read(operation) => matches!(operation, Operation::Delete { .. }),
        }
    }

    /// The value that it writes; `None` if it deletes.
    pub(crate) fn value(&self) -> Option<Value> {
        match self {
            LoggedOperation::Raw(raw) => raw.value.map(parsed),
            LoggedOperation::Read(Operation::Write { value, .. }) => Some(value.clone()),
            LoggedOperation::Read(Operation::Delete { .. }) => None,
        }
    }

    /// The value before it.
    pub(crate) fn previous(&self) -> Option<Value> {
        match self {
            LoggedOperation::Raw(raw) => raw.previous.map(parsed),
            LoggedOperation::Read(Operation::Write { previous, .. }) => previous.clone(),
            LoggedOperation::Read(Operation::Delete { previous, .. }) => Some(previous.clone()),
        }
    }
}

fn parsed(json: &str) -> Value {
    // Most are strings in which nothing is escaped.
    let between = json.strip_prefix('"').and_then(|rest| rest.strip_suffix('"'));
    match between.filter(|text| memchr::memchr(b'\\', text.as_bytes()).is_none()) {
        Some(text) => Value::String(text.to_owned()),
        None => serde_json::from_str(json).expect("a value was looked at when it was cut out"),
    }
}

impl<'a> RawOperation<'a> {
    fn key(&self) -> Cow<'a, str> {
        if self.is_plain {
            Cow::Borrowed(&self.key[1..self.key.len() - 1])
        } else {
            Cow::Owned(serde_json::from_str(self.key).expect("a string was looked at when it was cut out"))
        }
    }
}

/// Cuts lines of the log that proved themselves.
#[derive(Debug, Default)]
pub(crate) struct Cutter {
    /// What was read of the line before: neighbours say mostly the same.
    txn: Option<([u8; 36], TxnId)>,
    moment: Option<([u8; 24], Timestamp)>,
}

impl Cutter {
    /// What a line says.
    ///
    /// # Errors
    /// Those of [`Record::parse`].
    pub(crate) fn cut<'a>(&mut self, line: Sealed<'a>) -> Result<(Head, Cut<'a>), Unreadable> {
        match self.as_written(line.text) {
            Some(cut) => Ok(cut),
            None => Record::parse(line).map(of_record),
        }
    }

    /// What a line says that is as this program writes it; `None` if it is not.
    fn as_written<'a>(&mut self, text: &'a str) -> Option<(Head, Cut<'a>)> {
        let mut at = Cursor { text, at: 0 };
        at.word(b"{\"v\":")?;
        (at.decimal()? == RECORD_VERSION).then_some(())?;
        at.word(b",\"gen\":\"")?;
        let generation = Generation(at.hex(16)?);
        at.word(b"\",\"lsn\":")?;
        let lsn = at.lsn()?;
        let cut = if at.word(b",\"op\":\"base\",\"stateLsn\":").is_some() {
            let state_lsn = at.lsn()?;
            at.word(b",\"state\":\"crc32c:")?;
            let checksum = at.crc()?;
            at.word(b"\"")?;
            Cut::Base { state: StateId { lsn: state_lsn, checksum } }
        } else {
            at.word(b",\"txn\":\"")?;
            let txn = self.txn(at.take(36)?)?;
            at.word(b"\",")?;
            if at.word(b"\"op\":\"commit\",\"timestamp\":\"").is_some() {
                self.commit(&mut at, txn)?
            } else {
                self.operation(&mut at, txn)?
            }
        };
        at.word(b",\"durable\":")?;
        let durable = at.lsn()?;
        at.word(b",\"prev\":\"")?;
        let prev = at.crc()?;
        at.word(b"\",\"crc\":\"")?;
        (text.len() == at.at + 10).then_some((Head { generation, lsn, durable, prev }, cut))
    }

    fn operation<'a>(&mut self, at: &mut Cursor<'a>, txn: TxnId) -> Option<Cut<'a>> {
        let start = at.at;
        let is_write = at.word(b"\"op\":\"write\",\"key\":").is_some();
        if !is_write {
            at.word(b"\"op\":\"delete\",\"key\":")?;
        }
        let key = at.string()?;
        let is_plain = memchr::memchr(b'\\', key.as_bytes()).is_none();
        let value = if is_write {
            at.word(b",\"value\":")?;
            Some(at.value()?)
        } else {
            None
        };
        let previous = match at.word(b",\"previousValue\":") {
            Some(()) => Some(at.value()?),
            None if is_write => None,
            None => return None,
        };
        let fields = &at.text[start..at.at];
        at.word(b",\"timestamp\":\"")?;
        self.moment(at.take(24)?)?;
        at.word(b"\"")?;
        let raw = RawOperation { fields, key, is_plain, value, previous };
        Key::parse(&raw.key()).ok()?;
        let operation = LoggedOperation::Raw(raw);
        Some(Cut::Operation { txn, operation })
    }

    fn commit<'a>(&mut self, at: &mut Cursor<'a>, txn: TxnId) -> Option<Cut<'a>> {
        let timestamp = self.moment(at.take(24)?)?;
        at.word(b"\",\"first\":")?;
        let first = at.lsn()?;
        at.word(b",\"count\":")?;
        let count = at.decimal()?;
        at.word(b",\"digest\":\"")?;
        let digest = digits::long_hex(at.take(32)?.as_bytes())?;
        at.word(b"\"")?;
        let schema = match at.word(b",\"schema\":") {
            Some(()) => Some(Schema::parse(at.string()?.trim_matches('"'))?),
            None => None,
        };
        let note = match at.word(b",\"note\":") {
            Some(()) => Logged::Raw(at.value()?),
            None => Logged::Read(Value::Null),
        };
        Some(Cut::Commit { txn, first, count, digest, ending: Ending { timestamp, schema, note } })
    }

    fn txn(&mut self, text: &str) -> Option<TxnId> {
        let bytes: [u8; 36] = text.as_bytes().try_into().ok()?;
        match self.txn {
            Some((known, txn)) if known == bytes => Some(txn),
            _ => {
                let txn = TxnId(uuid::Uuid::try_parse_ascii(&bytes).ok()?);
                self.txn = Some((bytes, txn));
                Some(txn)
            }
        }
    }

    /// A time in the one form in which times are written: `2026-11-22T10:00:00.000Z`.
    fn moment(&mut self, text: &str) -> Option<Timestamp> {
        let bytes: [u8; 24] = text.as_bytes().try_into().ok()?;
        match self.moment {
            Some((known, moment)) if known == bytes => Some(moment),
            _ => {
                let moment = Timestamp::parse(text).filter(|moment| moment.to_string() == text)?;
                self.moment = Some((bytes, moment));
                Some(moment)
            }
        }
    }
}

fn of_record<'a>(record: Record) -> (Head, Cut<'a>) {
    let Record { generation, lsn, durable, prev, body } = record;
    let cut = match body {
        Body::Base { state } => Cut::Base { state },
        Body::Operation { txn, operation, .. } => {
            Cut::Operation { txn, operation: LoggedOperation::Read(operation) }
        }
        Body::Commit { txn, timestamp, first, count, digest, note, schema } => {
            let ending = Ending { timestamp, schema, note: Logged::Read(note) };
            Cut::Commit { txn, first, count, digest, ending }
        }
    };
    (Head { generation, lsn, durable, prev }, cut)
}

/// A place in the text of a line.
struct Cursor<'a> {
    text: &'a str,
    at: usize,
}

impl<'a> Cursor<'a> {
    #[inline]
    fn word<const LEN: usize>(&mut self, word: &[u8; LEN]) -> Option<()> {
        self.at = skip::word(self.text.as_bytes(), self.at, word)?;
        Some(())
    }

    fn take(&mut self, len: usize) -> Option<&'a str> {
        self.upto(self.at.checked_add(len)?)
    }

    /// Everything up to a place further on.
    fn upto(&mut self, end: usize) -> Option<&'a str> {
        let taken = self.text.get(self.at..end)?;
        self.at = end;
        Some(taken)
    }

    fn decimal(&mut self) -> Option<u64> {
        let rest = self.text.as_bytes().get(self.at..)?;
        let (number, len) = digits::leading_decimal(rest)?;
        self.at += len;
        Some(number)
    }

    fn lsn(&mut self) -> Option<Lsn> {
        self.decimal().filter(|lsn| *lsn <= LSN_MAX).map(Lsn)
    }

    fn hex(&mut self, len: usize) -> Option<u64> {
        digits::hex(self.take(len)?.as_bytes())
    }

    fn crc(&mut self) -> Option<Crc> {
        Some(Crc(u32::try_from(self.hex(8)?).ok()?))
    }

    fn string(&mut self) -> Option<&'a str> {
        self.upto(skip::string(self.text.as_bytes(), self.at)?)
    }

    fn value(&mut self) -> Option<&'a str> {
        self.upto(skip::value(self.text.as_bytes(), self.at)?)
    }
}

#[cfg(test)]
mod tests;
