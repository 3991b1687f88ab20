//! LMDB: a copy-on-write B-tree in a memory map, which needs no log.

use crate::data::{self, Write};
use crate::engine::{Engine, Purpose, Result};
use lmdb::{Cursor as _, Database, DatabaseFlags, Environment, Transaction as _, WriteFlags};
use std::path::Path;

struct Lmdb {
    environment: Environment,
    pairs: Database,
}

/// Opens it with a map of 4 GiB; a commit is durable when it returns.
pub fn open(folder: &Path, _: Purpose) -> Result<Box<dyn Engine>> {
    let environment = Environment::new().set_map_size(4 << 30).set_max_dbs(1).open(folder)?;
    let pairs = environment.create_db(Some("pairs"), DatabaseFlags::empty())?;
    Ok(Box::new(Lmdb { environment, pairs }))
}

impl Engine for Lmdb {
    fn commit(&self, writes: &[Write]) -> Result<()> {
        let mut transaction = self.environment.begin_rw_txn()?;
        for write in writes {
            transaction.put(self.pairs, &data::key(write.key), &write.value, WriteFlags::empty())?;
        }
        Ok(transaction.commit()?)
    }

    fn read_all(&self) -> Result<usize> {
        let transaction = self.environment.begin_ro_txn()?;
        let mut cursor = transaction.open_ro_cursor(self.pairs)?;
        let mut bytes = 0;
        for pair in cursor.iter() {
            bytes += pair?.1.len();
        }
        Ok(bytes)
    }
}
