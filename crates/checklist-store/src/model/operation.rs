//! `Operation`: one change of one key, with what was there before.

use crate::env::Timestamp;
use crate::key::Key;
use crate::report::{Lsn, TxnId};
use crate::schema::Schema;
use serde_json::Value;
use std::fmt;

/// One change of one key. It carries the previous value, so that its inverse is known. Its `Debug` form names
/// the key alone.
///
/// ```
/// use checklist_store::{Key, Operation};
/// use serde_json::json;
///
/// let write = Operation::Write { key: Key::from_static("/a"), value: json!(2), previous: Some(json!(1)) };
/// let back = Operation::Write { key: Key::from_static("/a"), value: json!(1), previous: Some(json!(2)) };
/// assert_eq!((write.inverse(), write.key().to_string()), (back, "/a".to_owned()));
/// ```
#[derive(Clone, PartialEq)]
pub enum Operation {
    /// The key holds `value` from now on.
    Write {
        /// The address; its parent exists.
        key: Key<'static>,
        /// The new value.
        value: Value,
        /// The value before; `None` if there was none.
        previous: Option<Value>,
    },
    /// The key holds nothing from now on.
    Delete {
        /// The address.
        key: Key<'static>,
        /// The value before.
        previous: Value,
    },
}

impl fmt::Debug for Operation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let name = if matches!(self, Operation::Write { .. }) { "Write" } else { "Delete" };
        f.debug_struct(name).field("key", self.key()).finish_non_exhaustive()
    }
}

impl Operation {
    /// The address it changes.
    #[must_use]
    pub fn key(&self) -> &Key<'static> {
        match self {
            Operation::Write { key, .. } | Operation::Delete { key, .. } => key,
        }
    }

    /// The operation that takes this one back.
    #[must_use]
    pub fn inverse(&self) -> Operation {
        match self.clone() {
            Operation::Write { key, value, previous: None } => Operation::Delete { key, previous: value },
            Operation::Write { key, value, previous: Some(previous) } => {
                Operation::Write { key, value: previous, previous: Some(value) }
            }
            Operation::Delete { key, previous } => Operation::Write { key, value: previous, previous: None },
        }
    }
}

/// A transaction that was committed: what the log and the history hold of it.
///
/// ```
/// # let folder = tempfile::tempdir().unwrap();
/// use checklist_store::{CommittedTransaction, Key, Store};
///
/// let mut store = Store::open(folder.path().join("state"))?;
/// store.transact(|draft| draft.write(&Key::from_static("/a"), 1))?;
/// let history: Vec<CommittedTransaction> = store.history()?;
/// assert_eq!(history.last().map(|transaction| transaction.operations.len()), Some(1));
/// # Ok::<(), checklist_store::Error>(())
/// ```
#[derive(Clone, PartialEq)]
pub struct CommittedTransaction {
    /// Its identity.
    pub txn: TxnId,
    /// The LSN of its first operation.
    pub first: Lsn,
    /// The LSN of its commit record.
    pub lsn: Lsn,
    /// When it was committed: for people, never for ordering.
    pub timestamp: Timestamp,
    /// What the caller said about it (who, what); `Null` if nothing.
    pub note: Value,
    /// The schema of the document from here on, where it changed or was not told before.
    pub schema: Option<Schema>,
    /// What it changed, in order.
    pub operations: Vec<Operation>,
}

/// Names who and what without a value: a note may quote what somebody typed.
impl fmt::Debug for CommittedTransaction {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("CommittedTransaction")
            .field("txn", &self.txn)
            .field("first", &self.first)
            .field("lsn", &self.lsn)
            .field("timestamp", &self.timestamp)
            .field("operations", &self.operations)
            .finish_non_exhaustive()
    }
}

/// Operations of every form, for the tests of those who write and read them.
#[cfg(test)]
pub(super) mod samples {
    use super::*;
    use proptest::prelude::*;
    use serde_json::json;

    /// Values of every form.
    pub(in crate::model) fn values() -> impl Strategy<Value = Value> {
        let leaf = prop_oneof![
            Just(Value::Null),
            any::<bool>().prop_map(Value::from),
            any::<i64>().prop_map(Value::from),
            any::<u64>().prop_map(Value::from),
            any::<f64>().prop_map(Value::from),
            any::<String>().prop_map(Value::from),
        ];
        leaf.prop_recursive(4, 32, 5, |inner| {
            prop_oneof![
                prop::collection::vec(inner.clone(), 0..5).prop_map(Value::from),
                prop::collection::btree_map(any::<String>(), inner, 0..5)
                    .prop_map(|members| Value::Object(members.into_iter().collect())),
            ]
        })
    }

    pub(in crate::model) fn operations() -> Vec<Operation> {
        let key = |text: &'static str| Key::from_static(text);
        vec![
            Operation::Write { key: key("/a"), value: json!("caf\u{e9}"), previous: None },
            Operation::Write { key: key("/b"), value: json!(null), previous: Some(json!(null)) },
            Operation::Delete { key: key("/c"), previous: json!({"x": [1, 2]}) },
        ]
    }
}
