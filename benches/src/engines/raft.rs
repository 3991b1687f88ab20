//! raft-engine: TiKV's log, used here for pairs alone.

use crate::data::{self, Write};
use crate::engine::{Engine, Purpose, Result};
use raft_engine::{Config, LogBatch, ReadableSize};
use std::path::Path;

/// All pairs are of one group.
const GROUP: u64 = 1;

struct Raft(raft_engine::Engine);

fn with(folder: &Path, config: Config) -> Result<Box<dyn Engine>> {
    let dir = folder.join("raft").to_str().ok_or("the folder has a name that is not UTF-8")?.to_owned();
    Ok(Box::new(Raft(raft_engine::Engine::open(Config { dir, ..config })?)))
}

/// Opens it as it comes.
pub fn open(folder: &Path, _: Purpose) -> Result<Box<dyn Engine>> {
    with(folder, Config::default())
}

/// Opens it with files of 16 MiB, of which 256 MiB are written before they are used.
pub fn prefilled(folder: &Path, _: Purpose) -> Result<Box<dyn Engine>> {
    let config = Config {
        target_file_size: ReadableSize::mb(16),
        purge_threshold: ReadableSize::mb(256),
        enable_log_recycle: true,
        prefill_for_recycle: true,
        prefill_limit: Some(ReadableSize::mb(256)),
        ..Config::default()
    };
    with(folder, config)
}

impl Engine for Raft {
    fn commit(&self, writes: &[Write]) -> Result<()> {
        let mut batch = LogBatch::with_capacity(writes.len());
        for write in writes {
            batch.put(GROUP, data::key(write.key).into_bytes(), write.value.clone().into_bytes())?;
        }
        self.0.write(&mut batch, true)?;
        Ok(())
    }

    fn read_all(&self) -> Result<usize> {
        let mut bytes = 0;
        self.0.scan_raw_messages(GROUP, None, None, false, |_, value| {
            bytes += value.len();
            true
        })?;
        Ok(bytes)
    }
}
