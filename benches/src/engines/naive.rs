//! What people write where there is no engine: a line of JSON for each change, or the file anew each time.
#![expect(
    clippy::disallowed_methods,
    clippy::disallowed_types,
    reason = "people use the file system as it is"
)]

use super::floor::{lines, replace_file, sync_folder};
use crate::data::{self, Write};
use crate::engine::{Engine, Purpose, Result};
use std::collections::BTreeMap;
use std::fs::{self, File, OpenOptions};
use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::sync::{Mutex, MutexGuard, PoisonError};

type Values = BTreeMap<String, String>;

struct Naive<T>(Mutex<(Values, T)>);

/// A log that may leave syncing to the system: where only what it holds is of interest.
struct Log {
    file: File,
    is_synced: bool,
}

impl<T> Naive<T> {
    fn boxed(values: Values, place: T) -> Box<Naive<T>> {
        Box::new(Naive(Mutex::new((values, place))))
    }

    fn lock(&self) -> MutexGuard<'_, (Values, T)> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn count(&self) -> usize {
        self.lock().0.values().map(String::len).sum()
    }
}

/// Appends a line for each operation, and syncs each; parses them one by one when it is opened. To be recovered
/// by another process a log needs no sync, and a million of them would take minutes.
pub fn json_lines(folder: &Path, purpose: Purpose) -> Result<Box<dyn Engine>> {
    let path = folder.join("log.jsonl");
    let mut values = Values::new();
    for line in fs::read_to_string(&path).unwrap_or_default().lines() {
        values.extend(serde_json::from_str::<Values>(line)?);
    }
    let file = OpenOptions::new().create(true).append(true).open(path)?;
    sync_folder(folder)?;
    Ok(Naive::boxed(values, Log { file, is_synced: purpose == Purpose::Use }))
}

impl Engine for Naive<Log> {
    fn commit(&self, writes: &[Write]) -> Result<()> {
        let (values, log) = &mut *self.lock();
        for write in writes {
            log.file.write_all(lines(std::slice::from_ref(write)).as_bytes())?;
            if log.is_synced {
                log.file.sync_data()?;
            }
            values.insert(data::key(write.key), write.value.clone());
        }
        Ok(())
    }

    fn read_all(&self) -> Result<usize> {
        Ok(self.count())
    }
}

/// Writes the whole document as YAML for each transaction.
pub fn yaml(folder: &Path, _: Purpose) -> Result<Box<dyn Engine>> {
    let values = match fs::read_to_string(folder.join("state.yaml")) {
        Ok(text) => serde_saphyr::from_str(&text)?,
        Err(_) => Values::new(),
    };
    Ok(Naive::boxed(values, folder.to_path_buf()))
}

impl Engine for Naive<PathBuf> {
    fn commit(&self, writes: &[Write]) -> Result<()> {
        let (values, folder) = &mut *self.lock();
        values.extend(writes.iter().map(|write| (data::key(write.key), write.value.clone())));
        Ok(replace_file(folder, "state.yaml", serde_saphyr::to_string(values)?.as_bytes())?)
    }

    fn read_all(&self) -> Result<usize> {
        Ok(self.count())
    }
}
