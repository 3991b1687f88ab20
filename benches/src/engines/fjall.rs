//! fjall: a log-structured merge tree behind a journal.

use crate::data::{self, Write};
use crate::engine::{Engine, Purpose, Result};
use fjall::{Database, Keyspace, KeyspaceCreateOptions, PersistMode};
use std::path::Path;

struct Fjall {
    database: Database,
    pairs: Keyspace,
}

/// Opens it; each batch is persisted with `SyncAll`.
pub fn open(folder: &Path, _: Purpose) -> Result<Box<dyn Engine>> {
    let database = Database::builder(folder.join("fjall")).open()?;
    let pairs = database.keyspace("pairs", KeyspaceCreateOptions::default)?;
    Ok(Box::new(Fjall { database, pairs }))
}

impl Engine for Fjall {
    fn commit(&self, writes: &[Write]) -> Result<()> {
        let mut batch = self.database.batch().durability(Some(PersistMode::SyncAll));
        for write in writes {
            batch.insert(&self.pairs, data::key(write.key), write.value.as_str());
        }
        Ok(batch.commit()?)
    }

    fn read_all(&self) -> Result<usize> {
        let mut bytes = 0;
        for pair in self.pairs.iter() {
            bytes += pair.value()?.len();
        }
        Ok(bytes)
    }
}
