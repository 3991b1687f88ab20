//! `Replay`: the operations of the log applied to a document, each key but once where that comes to the same.
//!
//! The last writer of a key wins, so only its value is parsed and put in place: at the turn of the first one, for
//! elements of an array are appended in order and members need their parents. Where an operation touches what a
//! waiting one lies below, or takes an element away, everything that waits is applied first.

use super::document::Document;
use super::keyed::KeyHash;
use super::logged::{LoggedOperation, LoggedTransaction};
use super::operation::Operation;
use super::yaml::State;
use crate::error::Result;
use crate::key::Key;
use std::borrow::Cow;
use std::collections::HashMap;

/// Operations of one stretch of the log, waiting to be applied.
#[derive(Debug, Default)]
pub(crate) struct Replay<'a> {
    /// In the order of their first operations.
    waiting: Vec<Waiting<'a>>,
    /// Where the operations of a key wait, and which keys are above one of those.
    places: HashMap<Cow<'a, str>, Place, KeyHash>,
}

#[derive(Debug)]
struct Waiting<'a> {
    first: &'a LoggedOperation<'a>,
    /// The newest one, where there is another.
    last: Option<&'a LoggedOperation<'a>>,
}

#[derive(Clone, Copy, Debug, Default)]
struct Place {
    waiting: Option<usize>,
    is_above: bool,
}

impl<'a> Replay<'a> {
    /// With room for so many operations.
    fn of(operations: usize) -> Replay<'a> {
        Replay {
            waiting: Vec::with_capacity(operations),
            places: HashMap::with_capacity_and_hasher(operations, KeyHash::default()),
        }
    }

    /// Takes in a transaction; applies what cannot wait.
    ///
    /// # Errors
    /// Those of [`Document::apply`].
    pub(crate) fn push(
        &mut self,
        document: &mut Document,
        transaction: &'a LoggedTransaction<'a>,
    ) -> Result<()> {
        for operation in &transaction.operations {
            let key = operation.key();
            if !operation.can_wait(&key) {
                self.apply(document)?;
                document.apply(&operation.read())?;
                continue;
            }
            match self.places.get(&key) {
                Some(Place { is_above: true, .. }) => {
                    self.apply(document)?;
                    self.wait(key, operation);
                }
                Some(Place { waiting: Some(at), .. }) => self.waiting[*at].last = Some(operation),
                _ => self.wait(key, operation),
            }
        }
        Ok(())
    }

    /// Puts the first operation of a key behind those that wait.
    fn wait(&mut self, key: Cow<'a, str>, operation: &'a LoggedOperation<'a>) {
        // Once a key is marked as lying above another, so is everything above it.
        let mut above: &str = &key;
        while let Some(end) = above.rfind('/') {
            above = &above[..end];
            if self.places.get(above).is_some_and(|place| place.is_above) {
                break;
            }
            let name = match &key {
                Cow::Borrowed(text) => Cow::Borrowed(&text[..end]),
                Cow::Owned(text) => Cow::Owned(text[..end].to_owned()),
            };
            self.places.entry(name).or_default().is_above = true;
        }
        self.places.entry(key).or_default().waiting = Some(self.waiting.len());
        self.waiting.push(Waiting { first: operation, last: None });
    }

    /// Applies everything that waits.
    ///
    /// # Errors
    /// Those of [`Document::apply`].
    pub(crate) fn apply(&mut self, document: &mut Document) -> Result<()> {
        self.places.clear();
        self.waiting.drain(..).try_for_each(|waiting| match waiting.operation() {
            Some(operation) => document.apply(&operation),
            None => Ok(()),
        })
    }
}

impl State {
    /// Takes in what was committed since.
    ///
    /// # Errors
    /// Those of [`Document::apply`]; a part is then taken in.
    pub(crate) fn take_in(&mut self, transactions: &[LoggedTransaction<'_>]) -> Result<()> {
        let mut replay =
            Replay::of(transactions.iter().map(|transaction| transaction.operations.len()).sum());
        for transaction in transactions {
            replay.push(&mut self.document, transaction)?;
            self.lsn = transaction.lsn;
            self.modified = transaction.ending.timestamp;
            self.schema = transaction.ending.schema.unwrap_or(self.schema);
        }
        replay.apply(&mut self.document)
    }
}

impl LoggedOperation<'_> {
    /// Whether it may be applied later than its turn: all but taking away what may be an element of an array.
    fn can_wait(&self, key: &str) -> bool {
        !(self.is_delete() && key.ends_with(|last: char| last.is_ascii_digit()))
    }
}

impl Waiting<'_> {
    /// What it comes to; `None` if it takes away what it had put there.
    fn operation(self) -> Option<Operation> {
        let Some(last) = self.last else { return Some(self.first.read()) };
        let previous = self.first.previous();
        let key = Key::parsed_before(last.key()).into_owned();
        match last.value() {
            Some(value) => Some(Operation::Write { key, value, previous }),
            None => previous.map(|previous| Operation::Delete { key, previous }),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::batch::BatchWriter;
    use super::super::crc::Crc;
    use super::super::line;
    use super::super::logged::{Cut, Cutter, Ending, Logged};
    use super::super::loose::LooseTransaction;
    use super::super::record::Generation;
    use super::*;
    use crate::env::Timestamp;
    use crate::report::{Lsn, TxnId};
    use proptest::prelude::*;
    use serde_json::{Value, json};

    /// The lines of a log that says this.
    fn log(operations: &[Operation]) -> Vec<u8> {
        let mut batch = BatchWriter::new(Generation(1), Lsn(0), Lsn(0), Crc(0));
        let (txn, moment) = (TxnId(uuid::Uuid::nil()), Timestamp::from_millis(1));
        batch.transaction(LooseTransaction::new(txn, moment, operations, &Value::Null));
        batch.bytes
    }

    fn logged(log: &[u8]) -> LoggedTransaction<'_> {
        let mut cutter = Cutter::default();
        let operations = line::lines(log).filter_map(|line| {
            match cutter.cut(line::open(line.bytes).unwrap()).unwrap().1 {
                Cut::Operation { operation, .. } => Some(operation),
                _ => None,
            }
        });
        let ending =
            Ending { timestamp: Timestamp::from_millis(1), schema: None, note: Logged::Read(Value::Null) };
        let operations = operations.collect();
        LoggedTransaction { txn: TxnId(uuid::Uuid::nil()), first: Lsn(1), lsn: Lsn(9), ending, operations }
    }

    /// An edit that may be asked for: a key, and what it shall hold.
    fn edits() -> impl Strategy<Value = Vec<(String, Option<Value>)>> {
        let token = prop_oneof![Just("a"), Just("b"), Just("list"), Just("0"), Just("1"), Just("2")];
        let key = prop::collection::vec(token, 1..4).prop_map(|tokens| format!("/{}", tokens.join("/")));
        let value = prop_oneof![
            Just(json!({})),
            Just(json!([])),
            Just(json!({"a": {"b": 1}, "list": [1, 2]})),
            any::<u8>().prop_map(Value::from),
            ".{0,6}".prop_map(Value::from),
        ];
        prop::collection::vec((key, prop::option::weighted(0.8, value)), 0..60)
    }

    proptest! {
        /// The operations of a program: each with what was there before, and none that is refused.
        #[test]
        fn a_replay_comes_to_the_same_as_one_by_one(edits in edits(), parts in 1_usize..4) {
            let mut one_by_one = Document::default();
            let mut operations = Vec::new();
            for (key, value) in edits {
                let key = Key::parse(&key).unwrap().into_owned();
                let previous = one_by_one.get(&key).map(Value::from);
                let operation = match (value, previous) {
                    (Some(value), previous) => Operation::Write { key, value, previous },
                    (None, Some(previous)) => Operation::Delete { key, previous },
                    (None, None) => continue,
                };
                let mut after = one_by_one.clone();
                if after.apply(&operation).is_ok() {
                    one_by_one = after;
                    operations.push(operation);
                }
            }
            let mut replayed = Document::default();
            for part in operations.chunks(operations.len().div_ceil(parts).max(1)) {
                let log = log(part);
                let transaction = logged(&log);
                let mut replay = Replay::default();
                replay.push(&mut replayed, &transaction).unwrap();
                replay.apply(&mut replayed).unwrap();
            }
            prop_assert_eq!(&replayed, &one_by_one);
            prop_assert_eq!(replayed.bytes(), one_by_one.bytes());
        }
    }

    #[test]
    fn only_the_last_value_of_a_key_is_put_in_place() {
        let write = |value: u64| Operation::Write {
            key: Key::from_static("/a"),
            value: json!(value),
            previous: (value > 0).then(|| json!(value - 1)),
        };
        let log = log(&(0..100).map(write).collect::<Vec<_>>());
        let transaction = logged(&log);
        let (mut document, mut replay) = (Document::default(), Replay::default());
        replay.push(&mut document, &transaction).unwrap();
        assert_eq!((replay.waiting.len(), document.members().len()), (1, 0));
        replay.apply(&mut document).unwrap();
        assert_eq!(Value::from(document.root()), json!({"a": 99}));
    }

    /// What the operations make of a document, and how many of them wait until all are applied.
    fn replayed(mut document: Document, operations: &[Operation]) -> (usize, Value) {
        let log = log(operations);
        let (transaction, mut replay) = (logged(&log), Replay::default());
        replay.push(&mut document, &transaction).unwrap();
        let waiting = replay.waiting.len();
        replay.apply(&mut document).unwrap();
        (waiting, Value::from(document.root()))
    }

    fn write(key: &'static str, value: Value, previous: Option<Value>) -> Operation {
        Operation::Write { key: Key::from_static(key), value, previous }
    }

    fn delete(key: &'static str, previous: Value) -> Operation {
        Operation::Delete { key: Key::from_static(key), previous }
    }

    #[test]
    fn an_element_is_taken_away_at_its_turn() {
        let document = Document::from_value(json!({"list": [1, 2, 3]})).unwrap();
        let operations = [
            write("/list/1", json!("two"), Some(json!(2))),
            delete("/list/2", json!(3)),
            delete("/list/1", json!("two")),
        ];
        assert_eq!(replayed(document, &operations), (0, json!({"list": [1]})));
    }

    #[test]
    fn all_but_taking_away_an_element_waits() {
        let document = Document::from_value(json!({"a": 1, "b2": 2, "list": [1]})).unwrap();
        let operations = [
            delete("/a", json!(1)),
            write("/b2", json!(3), Some(json!(2))),
            write("/list/0", json!(4), Some(json!(1))),
            write("/list/1", json!({}), None),
            write("/list/1/x", json!(5), None),
        ];
        assert_eq!(replayed(document, &operations), (5, json!({"b2": 3, "list": [4, {"x": 5}]})));
    }

    #[test]
    fn the_whole_document_is_refused_whatever_waits() {
        let log = log(&[write("/a", json!(1), None), write("", json!({}), Some(json!({})))]);
        let (transaction, mut replay, mut document) = (logged(&log), Replay::default(), Document::default());
        let refused = replay.push(&mut document, &transaction).and_then(|()| replay.apply(&mut document));
        assert!(refused.is_err());
        assert_eq!(Value::from(document.root()), json!({"a": 1}));
    }
}
