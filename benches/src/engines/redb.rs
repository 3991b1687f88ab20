//! redb: a copy-on-write B-tree, which needs no log.

use crate::data::{self, Write};
use crate::engine::{Engine, Purpose, Result};
use redb::{Database, Durability, ReadableDatabase as _, ReadableTable as _, TableDefinition};
use std::path::Path;

const PAIRS: TableDefinition<'_, &str, &str> = TableDefinition::new("pairs");

struct Redb(Database);

/// Opens it; a commit is durable when it returns.
pub fn open(folder: &Path, _: Purpose) -> Result<Box<dyn Engine>> {
    Ok(Box::new(Redb(Database::create(folder.join("redb"))?)))
}

impl Engine for Redb {
    fn commit(&self, writes: &[Write]) -> Result<()> {
        let mut transaction = self.0.begin_write()?;
        transaction.set_durability(Durability::Immediate)?;
        {
            let mut pairs = transaction.open_table(PAIRS)?;
            for write in writes {
                pairs.insert(data::key(write.key).as_str(), write.value.as_str())?;
            }
        }
        Ok(transaction.commit()?)
    }

    fn read_all(&self) -> Result<usize> {
        let pairs = self.0.begin_read()?.open_table(PAIRS)?;
        let mut bytes = 0;
        for pair in pairs.iter()? {
            bytes += pair?.1.value().len();
        }
        Ok(bytes)
    }
}
