//! One line of the history: a committed transaction with everything it changed, sealed and chained.

use super::crc::Crc;
use super::digits;
use super::json;
use super::line::{self, Sealed};
use super::logged::{Logged, LoggedOperation, LoggedTransaction};
use super::loose::PlacedTransaction;
use super::operation::{CommittedTransaction, Operation};
use super::record::{LSN_MAX, RECORD_VERSION, Unreadable, present, version_of};
use crate::env::Timestamp;
use crate::key::Key;
use crate::report::{Lsn, TxnId};
use crate::schema::Schema;
use serde::Deserialize;
use serde_json::Value;
use std::io::Write;

/// A transaction that can be told to the history.
pub(crate) trait Told {
    /// The LSN of its commit record.
    fn lsn(&self) -> Lsn;

    /// Appends it to the bytes of the history: one sealed line, chained to the one before. `document` is the
    /// CRC of the document after it, where that was published.
    fn push_line(&self, out: &mut Vec<u8>, document: Option<Crc>, prev: Crc) -> Crc;
}

impl Told for CommittedTransaction {
    fn lsn(&self) -> Lsn {
        self.lsn
    }

    fn push_line(&self, out: &mut Vec<u8>, document: Option<Crc>, prev: Crc) -> Crc {
        let start = push_head(out, self.lsn, self.first);
        push_author(out, self.txn, self.timestamp);
        json::push(out, &self.note);
        push_schema(out, self.schema);
        for (index, operation) in self.operations.iter().enumerate() {
            push_opening(out, index);
            push_operation(out, operation);
            out.push(b'}');
        }
        push_end(out, start, document, prev)
    }
}

impl<T: Told> Told for &T {
    fn lsn(&self) -> Lsn {
        (**self).lsn()
    }

    fn push_line(&self, out: &mut Vec<u8>, document: Option<Crc>, prev: Crc) -> Crc {
        (**self).push_line(out, document, prev)
    }
}

/// What lies in the log as it is written is copied, for the history says it in the same words.
impl Told for LoggedTransaction<'_> {
    fn lsn(&self) -> Lsn {
        self.lsn
    }

    fn push_line(&self, out: &mut Vec<u8>, document: Option<Crc>, prev: Crc) -> Crc {
        let start = push_head(out, self.lsn, self.first);
        push_author(out, self.txn, self.ending.timestamp);
        match &self.ending.note {
            Logged::Raw(text) => out.extend_from_slice(text.as_bytes()),
            Logged::Read(note) => json::push(out, note),
        }
        push_schema(out, self.ending.schema);
        for (index, operation) in self.operations.iter().enumerate() {
            push_opening(out, index);
            match operation {
                LoggedOperation::Raw(raw) => out.extend_from_slice(raw.fields.as_bytes()),
                LoggedOperation::Read(operation) => push_operation(out, operation),
            }
            out.push(b'}');
        }
        push_end(out, start, document, prev)
    }
}

/// Begins a line; gives where.
fn push_head(out: &mut Vec<u8>, lsn: Lsn, first: Lsn) -> usize {
    let start = out.len();
    for (name, number) in [("{\"v\":", RECORD_VERSION), (",\"lsn\":", lsn.0), (",\"first\":", first.0)] {
        out.extend_from_slice(name.as_bytes());
        digits::push_decimal(out, number);
    }
    start
}

/// Appends the line of a transaction up to its chain, copied from what was written into the log.
pub(super) fn push_placed(out: &mut Vec<u8>, PlacedTransaction { first, lsn, loose }: &PlacedTransaction) {
    push_head(out, *lsn, *first);
    let note = if loose.note().is_empty() { b",\"note\":null" } else { loose.note() };
    [loose.identity(), loose.moment(), note].iter().for_each(|part| out.extend_from_slice(part));
    push_schema(out, loose.schema);
    for (index, fields) in loose.fields().enumerate() {
        push_opening(out, index);
        out.extend_from_slice(fields);
        out.push(b'}');
    }
}

fn push_author(out: &mut Vec<u8>, txn: TxnId, timestamp: Timestamp) {
    write!(out, ",\"txn\":\"{txn}\",\"timestamp\":\"{timestamp}\",\"note\":").expect("memory takes it");
}

fn push_schema(out: &mut Vec<u8>, schema: Option<Schema>) {
    if let Some(schema) = schema {
        write!(out, ",\"schema\":\"{schema}\"").expect("memory takes it");
    }
    out.extend_from_slice(b",\"operations\":[");
}

fn push_opening(out: &mut Vec<u8>, index: usize) {
    out.extend_from_slice(if index == 0 { b"{" } else { b",{" });
}

/// Chains and seals the line that begins at `start`.
pub(super) fn push_end(out: &mut Vec<u8>, start: usize, document: Option<Crc>, prev: Crc) -> Crc {
    out.push(b']');
    if let Some(crc) = document {
        write!(out, ",\"document\":\"crc32c:{crc}\"").expect("memory takes it");
    }
    out.extend_from_slice(b",\"prev\":\"");
    digits::push_hex::<8>(out, prev.0.into());
    out.push(b'"');
    line::seal(out, start)
}

/// The fields of an operation, in the words that the log and the history share.
pub(super) fn push_operation(out: &mut Vec<u8>, operation: &Operation) {
    let (op, value, previous): (&[u8], _, _) = match operation {
        Operation::Write { value, previous, .. } => {
            (b"\"op\":\"write\",\"key\":", Some(value), previous.as_ref())
        }
        Operation::Delete { previous, .. } => (b"\"op\":\"delete\",\"key\":", None, Some(previous)),
    };
    out.extend_from_slice(op);
    json::push_text(out, operation.key().as_str());
    for (name, value) in [(&b",\"value\":"[..], value), (b",\"previousValue\":", previous)] {
        if let Some(value) = value {
            out.extend_from_slice(name);
            json::push(out, value);
        }
    }
}

/// A line of the history, read.
#[derive(Debug, PartialEq)]
pub(crate) struct Entry {
    pub(crate) transaction: CommittedTransaction,
    /// The CRC of the document after it, where that was published.
    pub(crate) document: Option<Crc>,
    /// The CRC of the line before.
    pub(crate) prev: Crc,
}

/// Reads a line of the history that proved itself.
pub(crate) fn parse_line(line: Sealed<'_>) -> Result<Entry, Unreadable> {
    match version_of(line) {
        Some(version) if version > RECORD_VERSION => Err(Unreadable::Newer(version)),
        _ => parse_fields(line).ok_or(Unreadable::Shape),
    }
}

fn parse_fields(line: Sealed<'_>) -> Option<Entry> {
    #[derive(Deserialize)]
    #[serde(rename_all = "camelCase", deny_unknown_fields)]
    struct Change {
        op: String,
        key: String,
        #[serde(default, deserialize_with = "present")]
        value: Option<Value>,
        #[serde(default, deserialize_with = "present")]
        previous_value: Option<Value>,
    }
    #[derive(Deserialize)]
    #[serde(deny_unknown_fields)]
    struct Fields {
        #[serde(rename = "v")]
        _v: u64,
        lsn: u64,
        first: u64,
        txn: uuid::Uuid,
        timestamp: String,
        note: Value,
        schema: Option<String>,
        operations: Vec<Change>,
        document: Option<String>,
        prev: String,
        #[serde(rename = "crc")]
        _crc: String,
    }
    let entry: Fields = serde_json::from_str(line.text).ok()?;
    // What is refused on write is a bound on read: the next number must exist.
    if entry.lsn > LSN_MAX || entry.first > entry.lsn {
        return None;
    }
    let operation = |change: Change| {
        let key = Key::parse(&change.key).ok()?.into_owned();
        match change.op.as_str() {
            "write" => Some(Operation::Write { key, value: change.value?, previous: change.previous_value }),
            "delete" => Some(Operation::Delete { key, previous: change.previous_value? }),
            _ => None,
        }
    };
    let transaction = CommittedTransaction {
        txn: TxnId(entry.txn),
        first: Lsn(entry.first),
        lsn: Lsn(entry.lsn),
        timestamp: Timestamp::parse(&entry.timestamp)?,
        note: entry.note,
        schema: match entry.schema {
            Some(schema) => Some(Schema::parse(&schema)?),
            None => None,
        },
        operations: entry.operations.into_iter().map(operation).collect::<Option<_>>()?,
    };
    let document = match entry.document {
        Some(document) => Some(Crc::parse(document.strip_prefix("crc32c:")?)?),
        None => None,
    };
    Some(Entry { transaction, document, prev: Crc::parse(&entry.prev)? })
}

#[cfg(test)]
mod tests {
    use super::super::loose::LooseTransaction;
    use super::super::operation::samples::{operations, values};
    use super::super::unsealed::Unsealed;
    use super::*;
    use proptest::prelude::*;

    fn transaction(first: u64, lsn: u64) -> CommittedTransaction {
        CommittedTransaction {
            txn: TxnId(uuid::Uuid::from_u128(9)),
            first: Lsn(first),
            lsn: Lsn(lsn),
            timestamp: Timestamp::from_millis(5),
            note: Value::Null,
            schema: Some(Schema::FIRST),
            operations: operations(),
        }
    }

    /// What is read of the line that is written of a transaction.
    fn read_back(transaction: &CommittedTransaction) -> Result<Entry, Unreadable> {
        let mut bytes = Vec::new();
        transaction.push_line(&mut bytes, Some(Crc(7)), Crc(3));
        parse_line(line::open(bytes.strip_suffix(b"\n").unwrap()).unwrap())
    }

    #[test]
    fn a_history_line_reads_back_as_it_was_written() {
        let transaction = transaction(2, 5);
        let read = read_back(&transaction);
        assert_eq!(read, Ok(Entry { transaction, document: Some(Crc(7)), prev: Crc(3) }));
    }

    proptest! {
        #[test]
        fn what_is_placed_is_told_in_the_words_of_what_was_committed(
            values in prop::collection::vec((values(), prop::option::of(values())), 0..5),
            (note, is_schema_told) in (values(), any::<bool>()),
        ) {
            let key = || Key::from_static("/a");
            let operations = values.into_iter().map(|values| match values {
                (value, Some(previous)) => Operation::Write { key: key(), value, previous: Some(previous) },
                (previous, None) => Operation::Delete { key: key(), previous },
            });
            let transaction = CommittedTransaction {
                note,
                schema: is_schema_told.then_some(Schema::FIRST),
                operations: operations.collect(),
                ..transaction(2, 5)
            };
            let CommittedTransaction { txn, first, lsn, timestamp, ref note, schema, ref operations } = transaction;
            let loose = LooseTransaction::new(txn, timestamp, operations, note).with_schema(schema);
            let mut unsealed = Unsealed::default();
            // One before it, so that it does not begin where all begin.
            unsealed.push(&PlacedTransaction { first: Lsn(1), lsn: Lsn(1), loose: LooseTransaction::new(txn, timestamp, &[], note) });
            unsealed.push(&PlacedTransaction { first, lsn, loose });
            let lsns: Vec<Lsn> = unsealed.lines().map(|line| line.lsn()).collect();
            prop_assert_eq!(lsns, [Lsn(1), lsn]);
            let placed = unsealed.lines().nth(1).expect("two were pushed");
            for document in [None, Some(Crc(7))] {
                let (mut of_placed, mut of_committed) = (b"before".to_vec(), b"before".to_vec());
                let crcs = [
                    placed.push_line(&mut of_placed, document, Crc(3)),
                    transaction.push_line(&mut of_committed, document, Crc(3)),
                ];
                prop_assert_eq!(crcs[0], crcs[1]);
                prop_assert_eq!(String::from_utf8(of_placed), String::from_utf8(of_committed));
            }
        }
    }

    #[test]
    fn numbers_are_in_order_and_bounded() {
        for (first, lsn, is_entry) in [
            (5, 5, true),
            (6, 5, false),
            (1, LSN_MAX, true),
            (LSN_MAX, LSN_MAX, true),
            (1, LSN_MAX + 1, false),
            (1, u64::MAX, false),
        ] {
            let read = read_back(&transaction(first, lsn)).map(|entry| entry.transaction.lsn);
            let expected = if is_entry { Ok(Lsn(lsn)) } else { Err(Unreadable::Shape) };
            assert_eq!(read, expected, "{first} to {lsn}");
        }
    }
}
