//! A line is cut as it is parsed.

use super::*;
use crate::model::batch::BatchWriter;
use crate::model::line;
use crate::model::loose::LooseTransaction;
use crate::model::operation::samples::{operations, values};
use proptest::prelude::*;
use serde_json::json;

/// What the full parser makes of a line, in the terms of this file.
fn full(line: Sealed<'_>) -> Result<Record, Unreadable> {
    Record::parse(line)
}

/// What the cutter makes of it, in the terms of the full parser, and whether it took the short way.
fn cut(line: Sealed<'_>) -> (Result<Record, Unreadable>, bool) {
    let is_short = Cutter::default().as_written(line.text).is_some();
    let record = Cutter::default().cut(line).map(|(head, cut)| {
        let Head { generation, lsn, durable, prev } = head;
        let body = match cut {
            Cut::Base { state } => Body::Base { state },
            // One operation's time is that of its commit record, which alone is used.
            Cut::Operation { txn, operation } => {
                let timestamp = full(line).ok().and_then(|record| match record.body {
                    Body::Operation { timestamp, .. } => Some(timestamp),
                    _ => None,
                });
                Body::Operation { txn, timestamp: timestamp.unwrap_or_default(), operation: operation.read() }
            }
            Cut::Commit { txn, first, count, digest, ending } => {
                let Ending { timestamp, schema, note } = ending;
                let note = match note {
                    Logged::Raw(text) => parsed(text),
                    Logged::Read(note) => note,
                };
                Body::Commit { txn, timestamp, first, count, digest, note, schema }
            }
        };
        Record { generation, lsn, durable, prev, body }
    });
    (record, is_short)
}

fn batch(operations: &[Operation], note: &Value, schema: Option<Schema>) -> Vec<u8> {
    let mut batch = BatchWriter::new(Generation(0xabc), Lsn(41), Lsn(42), Crc(0));
    batch.base(StateId { lsn: Lsn(42), checksum: Crc(7) });
    let moment = Timestamp::from_millis(1_700_000_000_123);
    let txn = TxnId(uuid::Uuid::from_u128(5));
    batch.transaction(LooseTransaction::new(txn, moment, operations, note).with_schema(schema));
    batch.bytes
}

fn agree(bytes: &[u8]) {
    for line in line::lines(bytes) {
        let sealed = line::open(line.bytes).unwrap();
        let (found, is_short) = cut(sealed);
        assert!(is_short, "taken the long way: {}", sealed.text);
        assert_eq!(found, full(sealed), "{}", sealed.text);
    }
}

#[test]
fn what_is_written_is_cut_as_it_is_parsed() {
    agree(&batch(&operations(), &json!({"who": "ana", "n": [1, 2.5e300]}), Some(Schema::FIRST)));
    agree(&batch(&operations(), &Value::Null, None));
}

#[test]
fn any_other_valid_record_is_parsed_in_full() {
    let text = String::from_utf8(batch(&operations(), &json!({"a": 1}), None)).unwrap();
    for (from, to) in [
        ("\"durable\":41", "\"durable\": 41"),
        ("\"value\":null", "\"value\": null"),
        ("\"op\":\"write\"", "\"op\":\"\\u0077rite\""),
        (".123Z\"", ".1230Z\""),
        ("\"count\":3", "\"note\":1,\"count\":3"),
    ] {
        for line in text.lines().filter(|line| line.contains(from)) {
            let mut changed = line[..line.len() - 18].replace(from, to).into_bytes();
            line::seal(&mut changed, 0);
            let sealed = line::open(changed.strip_suffix(b"\n").unwrap()).unwrap();
            let (found, is_short) = cut(sealed);
            assert!(!is_short, "{}", sealed.text);
            assert_eq!(found, full(sealed), "{}", sealed.text);
        }
    }
}

#[test]
fn a_line_that_is_no_record_is_none_by_either_way() {
    let text = String::from_utf8(batch(&operations(), &json!({"a": 1}), None)).unwrap();
    for (from, to) in [
        (",\"previousValue\":{\"x\":[1,2]}", ""),
        (",\"value\":null", ""),
        ("\"op\":\"delete\"", "\"op\":\"write\""),
        ("\"op\":\"write\"", "\"op\":\"remove\""),
        ("\"key\":\"/a\"", "\"key\":\"a\""),
        ("\"lsn\":43", "\"lsn\":9007199254740992"),
    ] {
        let changed = text.lines().filter(|line| line.contains(from)).map(|line| {
            let mut changed = line[..line.len() - 18].replace(from, to).into_bytes();
            line::seal(&mut changed, 0);
            changed
        });
        let changed: Vec<_> = changed.collect();
        assert!(!changed.is_empty(), "{from}");
        for line in changed {
            let sealed = line::open(line.strip_suffix(b"\n").unwrap()).unwrap();
            assert_eq!(full(sealed), Err(Unreadable::Shape), "{}", sealed.text);
            assert_eq!(cut(sealed), (Err(Unreadable::Shape), false), "{}", sealed.text);
        }
    }
}

proptest! {
    #[test]
    fn every_value_is_cut_as_it_is_parsed(value in values(), previous in prop::option::of(values()), key in "(/[ -~\u{e9}\u{1f600}]{0,12}){1,4}") {
        let key = key.replace('~', "~0");
        let key = Key::parse(&key).unwrap().into_owned();
        let written = Operation::Write { key: key.clone(), value: value.clone(), previous };
        agree(&batch(&[written, Operation::Delete { key, previous: value.clone() }], &json!({"n": value}), None));
    }

    #[test]
    fn no_change_within_a_line_tells_the_two_apart(at in 0_usize..400, byte in 0x20_u8..0x7f) {
        for line in batch(&operations(), &json!({"a": [1]}), Some(Schema::FIRST)).split(|byte| *byte == b'\n') {
            if line.len() < 20 {
                continue;
            }
            let mut changed = line[..line.len() - 18].to_vec();
            let at = at % changed.len();
            changed[at] = byte;
            line::seal(&mut changed, 0);
            let sealed = line::open(changed.strip_suffix(b"\n").unwrap()).unwrap();
            prop_assert_eq!(cut(sealed).0, full(sealed), "{}", sealed.text);
        }
    }
}
