//! Floors: the system calls that a durable change cannot do without, and nothing else.
#![expect(clippy::disallowed_methods, clippy::disallowed_types, reason = "the raw disk is what is measured")]

use crate::data::{self, Write};
use crate::engine::{Engine, Purpose, Result};
use std::fs::{self, File, OpenOptions};
use std::io::{IoSlice, Write as _};
use std::os::unix::fs::FileExt as _;
use std::path::{Path, PathBuf};
use std::sync::{Mutex, PoisonError};

/// How long the prefilled file is; writing begins anew at its end.
const PREFILLED_BYTES: u64 = 64 << 20;

/// The writes as lines of JSON: the bytes that any engine has to put somewhere.
#[must_use]
pub fn lines(writes: &[Write]) -> String {
    writes.iter().map(|Write { key, value }| format!("{{\"{}\":\"{value}\"}}\n", data::key(*key))).collect()
}

/// Syncs the names in a folder.
///
/// # Errors
/// Those of the file system.
pub fn sync_folder(folder: &Path) -> std::io::Result<()> {
    File::open(folder)?.sync_all()
}

/// Puts a file in the place of another: stage, sync, rename, sync the folder.
///
/// # Errors
/// Those of the file system.
pub fn replace_file(folder: &Path, name: &str, bytes: &[u8]) -> std::io::Result<()> {
    let staged = folder.join("staged");
    let mut file = File::create(&staged)?;
    file.write_all(bytes)?;
    file.sync_all()?;
    fs::rename(&staged, folder.join(name))?;
    sync_folder(folder)
}

/// What a floor is asked for besides commits; it keeps nothing that could be read.
pub(super) fn nothing_to_read() -> Result<usize> {
    Err("a floor keeps no values".into())
}

struct Growing(Mutex<File>);

/// Writes at the end of a file, and syncs it.
pub fn growing(folder: &Path, _: Purpose) -> Result<Box<dyn Engine>> {
    let file = OpenOptions::new().create(true).append(true).open(folder.join("log"))?;
    sync_folder(folder)?;
    Ok(Box::new(Growing(Mutex::new(file))))
}

impl Engine for Growing {
    fn commit(&self, writes: &[Write]) -> Result<()> {
        let bytes = lines(writes);
        let mut file = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        file.write_all(bytes.as_bytes())?;
        Ok(file.sync_data()?)
    }

    fn read_all(&self) -> Result<usize> {
        nothing_to_read()
    }
}

/// A file whose every block was written before, and where the next write goes.
pub(super) struct Prefilled {
    file: File,
    end: u64,
}

impl Prefilled {
    pub(super) fn create(folder: &Path) -> Result<Mutex<Prefilled>> {
        let mut file = File::create(folder.join("log"))?;
        let zeros = vec![0; 1 << 20];
        for _ in 0..PREFILLED_BYTES >> 20 {
            file.write_all(&zeros)?;
        }
        file.sync_all()?;
        sync_folder(folder)?;
        Ok(Mutex::new(Prefilled { file, end: 0 }))
    }

    /// Where so many bytes go.
    fn advance(&mut self, bytes: usize) -> u64 {
        if self.end + bytes as u64 > PREFILLED_BYTES {
            self.end = 0;
        }
        self.end += bytes as u64;
        self.end - bytes as u64
    }

    pub(super) fn write_and_sync(&mut self, bytes: &[u8]) -> std::io::Result<()> {
        let at = self.advance(bytes.len());
        self.file.write_all_at(bytes, at)?;
        self.file.sync_data()
    }
}

struct WriteAndSync(Mutex<Prefilled>);

/// Writes within a file whose every block was written before, and syncs it.
pub fn prefilled(folder: &Path, _: Purpose) -> Result<Box<dyn Engine>> {
    Ok(Box::new(WriteAndSync(Prefilled::create(folder)?)))
}

impl Engine for WriteAndSync {
    fn commit(&self, writes: &[Write]) -> Result<()> {
        let bytes = lines(writes);
        let mut log = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        Ok(log.write_and_sync(bytes.as_bytes())?)
    }

    fn read_all(&self) -> Result<usize> {
        nothing_to_read()
    }
}

struct SyncedWrite(Mutex<Prefilled>);

/// Writes within such a file with a single call that returns when the bytes are durable.
pub fn dsync(folder: &Path, _: Purpose) -> Result<Box<dyn Engine>> {
    Ok(Box::new(SyncedWrite(Prefilled::create(folder)?)))
}

impl Engine for SyncedWrite {
    fn commit(&self, writes: &[Write]) -> Result<()> {
        let bytes = lines(writes);
        let mut log = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let at = log.advance(bytes.len());
        let slices = [IoSlice::new(bytes.as_bytes())];
        let written = rustix::io::pwritev2(&log.file, &slices, at, rustix::io::ReadWriteFlags::DSYNC)?;
        if written == bytes.len() { Ok(()) } else { Err("a short write".into()) }
    }

    fn read_all(&self) -> Result<usize> {
        nothing_to_read()
    }
}

struct Replace(Mutex<PathBuf>);

/// Replaces a small file as a whole.
pub fn replace(folder: &Path, _: Purpose) -> Result<Box<dyn Engine>> {
    Ok(Box::new(Replace(Mutex::new(folder.to_path_buf()))))
}

impl Engine for Replace {
    fn commit(&self, writes: &[Write]) -> Result<()> {
        let bytes = lines(writes);
        let folder = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        Ok(replace_file(&folder, "file", bytes.as_bytes())?)
    }

    fn read_all(&self) -> Result<usize> {
        nothing_to_read()
    }
}
