//! okaywal: a write-ahead log alone, before a map in memory.

use crate::data::{self, Write};
use crate::engine::{Engine, Purpose, Result};
use okaywal::{Configuration, Entry, EntryId, LogManager, SegmentReader, WriteAheadLog};
use std::collections::HashMap;
use std::io;
use std::path::Path;
use std::sync::{Arc, Mutex, PoisonError};

type Values = Arc<Mutex<HashMap<Vec<u8>, Vec<u8>>>>;

/// Fills the map from what is in the log. What is checkpointed is dropped: a use of the log would have to keep
/// it elsewhere, at a cost that is not counted here.
#[derive(Debug)]
struct Replay(Values);

impl LogManager for Replay {
    fn recover(&mut self, entry: &mut Entry<'_>) -> io::Result<()> {
        if let Some(chunks) = entry.read_all_chunks()? {
            let mut values = self.0.lock().unwrap_or_else(PoisonError::into_inner);
            for mut chunk in chunks {
                let value = chunk.split_off(data::key(0).len());
                values.insert(chunk, value);
            }
        }
        Ok(())
    }

    fn checkpoint_to(&mut self, _: EntryId, _: &mut SegmentReader, _: &WriteAheadLog) -> io::Result<()> {
        Ok(())
    }
}

struct OkayWal {
    log: WriteAheadLog,
    values: Values,
}

/// Opens it with segments of 16 MiB; a commit is durable when it returns.
pub fn open(folder: &Path, purpose: Purpose) -> Result<Box<dyn Engine>> {
    let values = Values::default();
    let checkpoint_bytes = if purpose == Purpose::KeepLog { u64::MAX } else { 12 << 20 };
    let log = Configuration::default_for(folder.join("okaywal"))
        .preallocate_bytes(16 << 20)
        .checkpoint_after_bytes(checkpoint_bytes)
        .open(Replay(Arc::clone(&values)))?;
    Ok(Box::new(OkayWal { log, values }))
}

impl Engine for OkayWal {
    fn commit(&self, writes: &[Write]) -> Result<()> {
        let mut entry = self.log.begin_entry()?;
        for write in writes {
            entry.write_chunk(format!("{}{}", data::key(write.key), write.value).as_bytes())?;
        }
        entry.commit()?;
        let mut values = self.values.lock().unwrap_or_else(PoisonError::into_inner);
        for write in writes {
            values.insert(data::key(write.key).into_bytes(), write.value.clone().into_bytes());
        }
        Ok(())
    }

    fn read_all(&self) -> Result<usize> {
        let values = self.values.lock().unwrap_or_else(PoisonError::into_inner);
        Ok(values.values().map(Vec::len).sum())
    }
}
