//! SQLite, bundled, with its write-ahead log or its rollback journal.

use crate::data::{self, Write};
use crate::engine::{Engine, Purpose, Result};
use rusqlite::{Connection, TransactionBehavior, params};
use std::path::Path;
use std::sync::{Mutex, PoisonError};

struct Sqlite(Mutex<Connection>);

fn open(folder: &Path, journal: &str, purpose: Purpose) -> Result<Box<dyn Engine>> {
    let connection = Connection::open(folder.join("sqlite"))?;
    let journal_mode: String =
        connection.query_row(&format!("PRAGMA journal_mode = {journal}"), [], |row| row.get(0))?;
    if !journal_mode.eq_ignore_ascii_case(journal) {
        return Err(format!("SQLite answers with journal mode {journal_mode}").into());
    }
    connection.pragma_update(None, "synchronous", "FULL")?;
    if purpose == Purpose::KeepLog {
        connection.pragma_update(None, "wal_autocheckpoint", 0)?;
    }
    connection.execute_batch(
        "CREATE TABLE IF NOT EXISTS pairs (name TEXT PRIMARY KEY, value TEXT NOT NULL) WITHOUT ROWID",
    )?;
    Ok(Box::new(Sqlite(Mutex::new(connection))))
}

/// With a write-ahead log.
pub fn wal(folder: &Path, purpose: Purpose) -> Result<Box<dyn Engine>> {
    open(folder, "WAL", purpose)
}

/// With a rollback journal.
pub fn journal(folder: &Path, purpose: Purpose) -> Result<Box<dyn Engine>> {
    open(folder, "DELETE", purpose)
}

impl Engine for Sqlite {
    fn commit(&self, writes: &[Write]) -> Result<()> {
        let mut connection = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let transaction = connection.transaction_with_behavior(TransactionBehavior::Immediate)?;
        {
            let mut statement =
                transaction.prepare_cached("INSERT OR REPLACE INTO pairs (name, value) VALUES (?1, ?2)")?;
            for write in writes {
                statement.execute(params![data::key(write.key), write.value])?;
            }
        }
        Ok(transaction.commit()?)
    }

    fn read_all(&self) -> Result<usize> {
        let connection = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let mut statement = connection.prepare("SELECT value FROM pairs")?;
        let mut rows = statement.query([])?;
        let mut bytes = 0;
        while let Some(row) = rows.next()? {
            bytes += row.get_ref(0)?.as_str()?.len();
        }
        Ok(bytes)
    }
}
