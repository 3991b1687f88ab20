//! `checklist-store`: publishing is deferred, for the log alone makes a commit durable.

use crate::data::{self, Write};
use crate::engine::{Engine, Purpose, Result};
use checklist_store::{Draft, Error, Key, Options, Publish, Snapshot, Store, TransactionCoordinator};
use serde::de::{Deserialize, Deserializer, IgnoredAny, MapAccess, Visitor};
use std::fmt;
use std::path::Path;
use std::sync::{Mutex, PoisonError};

/// The object whose members are the keys.
pub const KEYS: Key<'static> = Key::from_static("/keys");

/// How the store is used here: it publishes when its log has 16 MiB, or never.
#[must_use]
pub fn options(purpose: Purpose) -> Options {
    let wal_bytes = match purpose {
        Purpose::Use => 16 << 20,
        Purpose::KeepLog => u64::MAX,
    };
    Store::options().publish(Publish::Deferred { wal_bytes }).wal_limit(wal_bytes).deadline(None)
}

/// Opens a store that has the object of the keys.
pub fn prepared(folder: &Path, options: Options) -> Result<Store> {
    let mut store = options.open(folder.join(".checklist"))?;
    if !store.snapshot().contains(&KEYS) {
        store.transact(|draft| draft.write(&KEYS, serde_json::json!({})))?;
    }
    Ok(store)
}

/// Does the writes of one transaction.
pub fn edit(draft: &mut Draft, writes: &[Write]) -> std::result::Result<(), Error> {
    writes.iter().try_for_each(|write| {
        draft.write(&KEYS.child(data::key(write.key)), write.value.as_str()).map(|_| ())
    })
}

/// The bytes of all values below the keys. Each is looked at where it is: nothing is made of them.
#[must_use]
pub fn read_values(snapshot: &Snapshot) -> usize {
    snapshot.read_as::<Bytes>(&KEYS).ok().flatten().map_or(0, |bytes| bytes.0)
}

/// How many bytes texts have together: of one, or of all members of an object.
struct Bytes(usize);

impl<'de> Deserialize<'de> for Bytes {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> std::result::Result<Bytes, D::Error> {
        deserializer.deserialize_any(Count)
    }
}

struct Count;

impl<'de> Visitor<'de> for Count {
    type Value = Bytes;

    fn expecting(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("a text, or an object of texts")
    }

    fn visit_str<E>(self, text: &str) -> std::result::Result<Bytes, E> {
        Ok(Bytes(text.len()))
    }

    fn visit_map<A: MapAccess<'de>>(self, mut members: A) -> std::result::Result<Bytes, A::Error> {
        let mut sum = 0;
        while let Some((IgnoredAny, Bytes(bytes))) = members.next_entry()? {
            sum += bytes;
        }
        Ok(Bytes(sum))
    }
}

struct Single(Mutex<Store>);

/// One handle; threads take turns.
pub fn store(folder: &Path, purpose: Purpose) -> Result<Box<dyn Engine>> {
    Ok(Box::new(Single(Mutex::new(prepared(folder, options(purpose))?))))
}

impl Engine for Single {
    fn commit(&self, writes: &[Write]) -> Result<()> {
        let mut store = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        Ok(store.transact(|draft| edit(draft, writes))?)
    }

    fn read_all(&self) -> Result<usize> {
        Ok(read_values(&self.0.lock().unwrap_or_else(PoisonError::into_inner).snapshot()))
    }
}

struct Shared(TransactionCoordinator);

/// One handle for many threads, which share writes and syncs.
pub fn coordinator(folder: &Path, purpose: Purpose) -> Result<Box<dyn Engine>> {
    Ok(Box::new(Shared(prepared(folder, options(purpose))?.into_coordinator())))
}

impl Engine for Shared {
    fn commit(&self, writes: &[Write]) -> Result<()> {
        Ok(self.0.transact(|draft| edit(draft, writes))?)
    }

    fn read_all(&self) -> Result<usize> {
        Ok(read_values(&self.0.snapshot()))
    }
}
