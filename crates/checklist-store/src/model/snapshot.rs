//! `Snapshot`: the committed state at one moment, which nothing changes any more.

use super::document::{Document, Node};
use crate::error::Result;
use crate::key::Key;
use crate::report::Lsn;
use serde::de::DeserializeOwned;
use serde_json::Value;

/// The committed state at one moment: immutable, cheap to clone, never blocked by a writer and never
/// blocking one.
///
/// ```
/// # let folder = tempfile::tempdir().unwrap();
/// use checklist_store::{Key, Snapshot, Store};
///
/// let mut store = Store::open(folder.path().join("state"))?;
/// store.transact(|draft| draft.write(&Key::from_static("/steps"), serde_json::json!({"a": 1, "b": 2})))?;
/// let snapshot: Snapshot = store.snapshot();
/// assert_eq!(snapshot.names(&Key::from_static("/steps")), ["a", "b"]);
/// assert!(snapshot.contains(&Key::from_static("/steps/a")));
/// assert_eq!(snapshot.to_value(), serde_json::json!({"steps": {"a": 1, "b": 2}}));
/// # Ok::<(), checklist_store::Error>(())
/// ```
#[derive(Clone, Debug)]
pub struct Snapshot {
    document: Document,
    lsn: Lsn,
}

impl Snapshot {
    pub(crate) fn new(document: Document, lsn: Lsn) -> Snapshot {
        Snapshot { document, lsn }
    }

    /// The value under `key`.
    #[must_use]
    pub fn read(&self, key: &Key<'_>) -> Option<Value> {
        self.document.get(key).map(Value::from)
    }

    /// Whether there is a value under `key`.
    #[must_use]
    pub fn contains(&self, key: &Key<'_>) -> bool {
        self.document.get(key).is_some()
    }

    /// The names of the members of the object under `key`, in order; none if there is no object. Their values
    /// are not looked at.
    #[must_use]
    pub fn names(&self, key: &Key<'_>) -> Vec<String> {
        match self.document.get(key) {
            Some(Node::Object(members)) => members.iter().map(|(name, _)| name.as_str().to_owned()).collect(),
            _ => Vec::new(),
        }
    }

    /// The value under `key` as a type of the caller's.
    ///
    /// # Errors
    /// [`ErrorKind::Invalid`](crate::ErrorKind::Invalid) if there is a value and it is not a `T`.
    pub fn read_as<T: DeserializeOwned>(&self, key: &Key<'_>) -> Result<Option<T>> {
        self.document.read_as(key)
    }

    /// The LSN of the newest commit it includes.
    #[must_use]
    pub fn lsn(&self) -> Lsn {
        self.lsn
    }

    /// The whole document.
    #[must_use]
    pub fn to_value(&self) -> Value {
        self.document.root().into()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn names_and_values_are_those_of_the_document() {
        let value = json!({"steps": {"b": 2, "a": null}, "list": [1], "none": {}});
        let snapshot = Snapshot::new(Document::from_value(value.clone()).unwrap(), Lsn(7));
        let key = |text: &'static str| Key::from_static(text);
        assert_eq!(snapshot.names(&key("/steps")), ["a", "b"]);
        assert_eq!(snapshot.names(&Key::ROOT), ["list", "none", "steps"]);
        for other in ["/none", "/list", "/steps/a", "/absent"] {
            assert_eq!(snapshot.names(&key(other)), [""; 0], "{other}");
        }
        for (text, is_there) in
            [("/steps/a", true), ("/list/0", true), ("/list/1", false), ("/absent", false)]
        {
            assert_eq!(snapshot.contains(&key(text)), is_there, "{text}");
            assert_eq!(snapshot.read(&key(text)).is_some(), is_there, "{text}");
        }
        assert_eq!(snapshot.read_as::<u8>(&key("/steps/b")).unwrap(), Some(2));
        assert_eq!((snapshot.lsn(), snapshot.to_value()), (Lsn(7), value));
    }
}
