//! One line of the history: a committed transaction with everything it changed, sealed and chained.

use super::json;
use super::line::{self, Crc, Sealed};
use super::operation::{CommittedTransaction, Operation};
use super::record::{LSN_MAX, RECORD_VERSION, Unreadable, present, version_of};
use crate::env::Timestamp;
use crate::key::Key;
use crate::report::{Lsn, TxnId};
use crate::schema::Schema;
use serde::Deserialize;
use serde_json::Value;

/// Appends a transaction to the bytes of the history: one sealed line, chained to the one before. `document`
/// is the CRC of the document after it, where that was published.
pub(crate) fn push_line(
    out: &mut Vec<u8>,
    transaction: &CommittedTransaction,
    document: Option<Crc>,
    prev: Crc,
) -> Crc {
    let start = out.len();
    let CommittedTransaction { txn, first, lsn, timestamp, note, schema, operations } = transaction;
    let head = format!(
        "{{\"v\":{RECORD_VERSION},\"lsn\":{lsn},\"first\":{first},\"txn\":\"{txn}\",\"timestamp\":\"{timestamp}\",\"note\":"
    );
    out.extend_from_slice(head.as_bytes());
    json::push(out, note);
    if let Some(schema) = schema {
        out.extend_from_slice(format!(",\"schema\":\"{schema}\"").as_bytes());
    }
    out.extend_from_slice(b",\"operations\":[");
    for (index, operation) in operations.iter().enumerate() {
        let comma = if index == 0 { "" } else { "," };
        let op = if matches!(operation, Operation::Write { .. }) { "write" } else { "delete" };
        out.extend_from_slice(format!("{comma}{{\"op\":\"{op}\",\"key\":").as_bytes());
        json::push(out, operation.key().as_str());
        let (value, previous) = match operation {
            Operation::Write { value, previous, .. } => (Some(value), previous.as_ref()),
            Operation::Delete { previous, .. } => (None, Some(previous)),
        };
        for (name, value) in [("value", value), ("previousValue", previous)] {
            if let Some(value) = value {
                out.extend_from_slice(format!(",\"{name}\":").as_bytes());
                json::push(out, value);
            }
        }
        out.push(b'}');
    }
    let document = document.map_or_else(String::new, |crc| format!(",\"document\":\"crc32c:{crc}\""));
    out.extend_from_slice(format!("]{document},\"prev\":\"{prev}\"").as_bytes());
    line::seal(out, start)
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
        // What is refused on write is a bound on read: the next number must exist.
        lsn: (entry.lsn <= LSN_MAX).then_some(Lsn(entry.lsn))?,
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
    use super::super::operation::samples::operations;
    use super::*;

    #[test]
    fn a_history_line_reads_back_as_it_was_written() {
        let transaction = CommittedTransaction {
            txn: TxnId(uuid::Uuid::from_u128(9)),
            first: Lsn(2),
            lsn: Lsn(5),
            timestamp: Timestamp::from_millis(5),
            note: Value::Null,
            schema: Some(Schema::FIRST),
            operations: operations(),
        };
        let mut bytes = Vec::new();
        push_line(&mut bytes, &transaction, Some(Crc(7)), Crc(3));
        let sealed = line::open(bytes.strip_suffix(b"\n").unwrap()).unwrap();
        assert_eq!(parse_line(sealed), Ok(Entry { transaction, document: Some(Crc(7)), prev: Crc(3) }));
    }
}
