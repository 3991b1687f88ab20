//! `Draft` and `Savepoint`: a pure in-memory edit of the document, with rollback to any depth.

use super::document::Document;
use super::emit;
use super::json;
use super::operation::Operation;
use super::savepoint::Savepoint;
use crate::error::{Error, ErrorKind, Result};
use crate::key::{DEPTH_MAX, Key};
use crate::planted::{self, Bug};
use crate::report::{Lsn, TxnId};
use crate::schema::Schema;
use serde::Serialize;
use serde::de::DeserializeOwned;
use serde_json::Value;
use std::fmt;

/// How deep savepoints nest.
pub const SAVEPOINTS_MAX: usize = 64;

/// The longest name of a member, in bytes as it stands in the file, quotes and escapes included: YAML 1.2.2
/// (section 7.4.2) ends an implicit key at 1024 characters.
pub const NAME_BYTES_MAX: usize = 1000;

/// Names at the top of the document that belong to the file.
pub const RESERVED_NAMES: [&str; 5] = ["checksum", "schemaVersion", "lsn", "lastModified", "recovery"];

/// The state under edit. Pure: it touches no file, lock or clock, so edits can be tested without a disk.
/// Only a [`Transaction`](crate::Transaction) can make a draft durable.
///
/// ```
/// use checklist_store::{Draft, Key};
/// use serde_json::json;
///
/// let mut draft = Draft::of(json!({"steps": {}})).unwrap();
/// let build = Key::from_static("/steps/build");
/// draft.write(&build, "done").unwrap();
/// let inner: Result<(), &str> = draft.nest(|draft| {
///     draft.delete(&build).unwrap();
///     Err("changed my mind")
/// });
/// assert!(inner.is_err());
/// assert_eq!(draft.read(&build), Some(json!("done")));
/// assert_eq!(draft.operations().len(), 1);
/// ```
pub struct Draft {
    base: Lsn,
    document: Document,
    operations: Vec<Operation>,
    note: Value,
    savepoints: usize,
    /// A limit that was exceeded where no error could be returned; commit refuses with it.
    violation: Option<String>,
    schema: Option<Schema>,
    /// The transaction that may commit it.
    owner: Option<TxnId>,
}

impl Draft {
    /// A draft of a document of one's own, for tests of edit functions.
    ///
    /// # Errors
    /// [`ErrorKind::Invalid`] if `document` is not an object.
    pub fn of(document: Value) -> Result<Draft> {
        let document = Document::from_value(document)
            .ok_or_else(|| Error::new(ErrorKind::Invalid, "a document is an object"))?;
        Ok(Draft::new(document, Lsn(0)))
    }

    pub(crate) fn new(document: Document, base: Lsn) -> Draft {
        Draft {
            base,
            document,
            operations: Vec::new(),
            note: Value::Null,
            savepoints: 0,
            violation: None,
            owner: None,
            schema: None,
        }
    }

    /// The same draft, to be committed by this transaction alone.
    pub(crate) fn owned_by(self, txn: TxnId) -> Draft {
        Draft { owner: Some(txn), ..self }
    }

    /// Says that the document has another schema from here on.
    pub(crate) fn set_schema(&mut self, schema: Schema) {
        self.schema = Some(schema);
    }

    pub(crate) fn schema(&self) -> Option<Schema> {
        self.schema
    }

    pub(crate) fn owner(&self) -> Option<TxnId> {
        self.owner
    }

    /// A draft whose operations were already made to the document, by hand.
    pub(crate) fn adopting(document: Document, base: Lsn, operations: Vec<Operation>) -> Draft {
        Draft { operations, ..Draft::new(document, base) }
    }

    /// The value under `key`, as edited so far.
    #[must_use]
    pub fn read(&self, key: &Key<'_>) -> Option<Value> {
        self.document.get(key).map(Value::from)
    }

    /// The value under `key` as a type of the caller's.
    ///
    /// # Errors
    /// [`ErrorKind::Invalid`] if there is a value and it is not a `T`.
    pub fn read_as<T: DeserializeOwned>(&self, key: &Key<'_>) -> Result<Option<T>> {
        self.document.read_as(key)
    }

    /// Whether there is a value under `key`.
    #[must_use]
    pub fn contains(&self, key: &Key<'_>) -> bool {
        self.document.get(key).is_some()
    }

    /// Puts a value under `key`. Parents that do not exist are created as objects, each an operation of
    /// its own. A value equal to the one there already is no operation. A number that is not finite is
    /// stored as null, for JSON has no other form.
    ///
    /// # Errors
    /// [`ErrorKind::InvalidKey`] if the key breaks a limit, is the whole document, or lies below a scalar
    /// or outside an array; [`ErrorKind::Invalid`] if the value has no JSON form;
    /// [`ErrorKind::LimitExceeded`] if it is nested too deep or a name is too long. The draft is then unchanged.
    pub fn write(&mut self, key: &Key<'_>, value: impl Serialize) -> Result<()> {
        let key = writable(key)?;
        let value = serde_json::to_value(value)
            .map_err(|_| Error::new(ErrorKind::Invalid, format!("the value for `{key}` has no JSON form")))?;
        check_limits(&key, &value)?;
        // Only the first operation can fail: what follows it lies in objects that it made.
        for parent in key.parents() {
            if self.document.get(&parent).is_none() {
                self.perform(Operation::Write {
                    key: parent.into_owned(),
                    value: Value::Object(serde_json::Map::new()),
                    previous: None,
                })?;
            }
        }
        let before = self.document.get(&key);
        if before.is_some_and(|node| node.is(&value)) {
            return Ok(());
        }
        let previous = before.map(Value::from);
        self.perform(Operation::Write { key, value, previous })
    }

    /// Removes the value under `key`; `false` if there was none.
    ///
    /// # Errors
    /// [`ErrorKind::InvalidKey`] if the key breaks a limit, is the whole document, or is an element of an
    /// array other than its last.
    pub fn delete(&mut self, key: &Key<'_>) -> Result<bool> {
        let key = writable(key)?;
        let Some(previous) = self.read(&key) else { return Ok(false) };
        self.perform(Operation::Delete { key, previous })?;
        Ok(true)
    }

    fn perform(&mut self, operation: Operation) -> Result<()> {
        self.document.apply(&operation)?;
        self.operations.push(operation);
        Ok(())
    }

    /// Performs operations made elsewhere, such as the inverse of earlier ones.
    ///
    /// # Errors
    /// [`ErrorKind::Conflict`] if a key does not hold the operation's previous value, and those of
    /// [`Draft::write`]; the draft is then unchanged.
    ///
    /// ```
    /// use checklist_store::{Draft, Key, Operation};
    ///
    /// let key = Key::from_static("/a");
    /// let mut draft = Draft::of(serde_json::json!({"a": 1}))?;
    /// draft.replay([Operation::Write { key: key.clone(), value: 2.into(), previous: Some(1.into()) }])?;
    /// // Its previous value is not there any more: a conflict, and nothing changed.
    /// let again = Operation::Write { key: key.clone(), value: 3.into(), previous: Some(1.into()) };
    /// assert!(draft.replay([again]).is_err());
    /// assert_eq!(draft.read(&key), Some(2.into()));
    /// # Ok::<(), checklist_store::Error>(())
    /// ```
    pub fn replay(&mut self, operations: impl IntoIterator<Item = Operation>) -> Result<()> {
        let mark = self.mark();
        let result = operations.into_iter().try_for_each(|operation| self.replay_one(operation));
        if result.is_err() {
            self.reset(mark);
        }
        result
    }

    fn replay_one(&mut self, operation: Operation) -> Result<()> {
        let key = writable(operation.key())?;
        let expected = match &operation {
            Operation::Write { value, previous, .. } => {
                check_limits(&key, value)?;
                previous.as_ref()
            }
            Operation::Delete { previous, .. } => Some(previous),
        };
        let is_as_expected = match (self.document.get(&key), expected) {
            (Some(node), Some(value)) => node.is(value),
            (found, value) => found.is_none() && value.is_none(),
        };
        if !is_as_expected {
            return Err(Error::new(ErrorKind::Conflict, format!("`{key}` was changed since")));
        }
        self.perform(operation)
    }

    /// Runs an inner edit; if it returns an error, only what it did is undone.
    ///
    /// # Errors
    /// Whatever `edit` returns.
    pub fn nest<T, E>(&mut self, edit: impl FnOnce(&mut Draft) -> Result<T, E>) -> Result<T, E> {
        let mut savepoint = self.savepoint();
        let result = edit(&mut savepoint);
        if result.is_ok() {
            savepoint.release();
        }
        result
    }

    /// Begins an inner edit that is undone unless it is released. Nesting deeper than
    /// [`SAVEPOINTS_MAX`] makes the commit refuse.
    pub fn savepoint(&mut self) -> Savepoint<'_> {
        Savepoint::open(self)
    }

    /// Counts a savepoint in.
    pub(super) fn enter(&mut self) -> Mark {
        self.savepoints += 1;
        if self.savepoints > SAVEPOINTS_MAX {
            self.violation = Some(format!("savepoints are nested deeper than {SAVEPOINTS_MAX}"));
        }
        self.mark()
    }

    /// Counts a savepoint out, and goes back to its mark unless it was released.
    pub(super) fn leave(&mut self, mark: Option<Mark>) {
        self.savepoints -= 1;
        if let Some(mark) = mark {
            self.reset(mark);
        }
    }

    /// The operations so far, in order.
    #[must_use]
    pub fn operations(&self) -> &[Operation] {
        &self.operations
    }

    /// Says what this transaction is, for the log and the history: an object of the caller's own, such as
    /// who did what. It is not part of the document.
    pub fn set_note(&mut self, note: Value) {
        self.note = note;
    }

    pub(crate) fn base(&self) -> Lsn {
        self.base
    }

    pub(crate) fn document(&self) -> &Document {
        &self.document
    }

    /// The document, what was done to it, and what was said about that.
    pub(crate) fn into_parts(self) -> (Document, Vec<Operation>, Value) {
        (self.document, self.operations, self.note)
    }

    pub(crate) fn violation(&self) -> Option<&str> {
        self.violation.as_deref()
    }

    fn mark(&self) -> Mark {
        Mark { document: self.document.clone(), operations: self.operations.len(), note: self.note.clone() }
    }

    fn reset(&mut self, mark: Mark) {
        self.document = mark.document;
        if !planted::is(Bug::KeepRolledBack) {
            self.operations.truncate(mark.operations);
        }
        self.note = mark.note;
    }
}

/// Without values and without the note: whoever prints a draft or a transaction does not print the state.
impl fmt::Debug for Draft {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Draft { base, document, operations, savepoints, owner, .. } = self;
        f.debug_struct("Draft")
            .field("base", base)
            .field("document", document)
            .field("operations", operations)
            .field("savepoints", savepoints)
            .field("owner", owner)
            .finish_non_exhaustive()
    }
}

/// A state of the draft to go back to.
pub(super) struct Mark {
    document: Document,
    operations: usize,
    note: Value,
}

impl fmt::Debug for Mark {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Mark").field("operations", &self.operations).finish_non_exhaustive()
    }
}

/// Refuses what could be written and not be read again.
pub(crate) fn check_limits(key: &Key<'_>, value: &Value) -> Result<()> {
    let exceeded = |reason: String| Err(Error::new(ErrorKind::LimitExceeded, reason));
    if key.depth() + json::depth(value) > DEPTH_MAX {
        return exceeded(format!("the value for `{key}` is nested deeper than {DEPTH_MAX} levels"));
    }
    let is_key_within = key.tokens().all(|token| emit::is_name_within(&token, NAME_BYTES_MAX));
    if !is_key_within || !emit::are_names_within(value, NAME_BYTES_MAX) {
        return exceeded(format!(
            "a name in or below `{key}` takes more than {NAME_BYTES_MAX} bytes when quoted"
        ));
    }
    Ok(())
}

fn writable(key: &Key<'_>) -> Result<Key<'static>> {
    let key = key.clone().into_owned().within_limits()?;
    let top = key.tokens().next();
    match top {
        None => Err(Error::new(
            ErrorKind::InvalidKey,
            "the whole document is never written at once: write its members",
        )),
        Some(name) if RESERVED_NAMES.contains(&&*name) => Err(Error::new(
            ErrorKind::InvalidKey,
            format!("`/{name}` belongs to the state file itself and cannot be written"),
        )),
        Some(_) => Ok(key),
    }
}

#[cfg(test)]
mod tests;
