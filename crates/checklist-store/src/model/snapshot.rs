//! `Snapshot`: the committed state at one moment, which nothing changes any more.

use super::document::Document;
use crate::error::Result;
use crate::key::Key;
use crate::report::Lsn;
use serde::de::DeserializeOwned;
use serde_json::Value;

/// The committed state at one moment: immutable, cheap to clone, never blocked by a writer and never
/// blocking one.
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
