//! `Outside`: the simulated disk, but for what commands write: their logs are real, and so are their processes.

use checklist_store::env::mem::MemFs;
use checklist_store::env::volume::Volume;
use checklist_store::env::{Access, Extent, File, Fs, HeldLock, Stat, os};
use std::io;
use std::ops::Range;
use std::path::{Path, PathBuf};
use std::sync::Arc;

/// The disk of the store in memory, logs and processes on the real one.
#[derive(Debug)]
pub(crate) struct Outside {
    memory: MemFs,
    real: Arc<dyn Fs>,
    logs: PathBuf,
}

impl Outside {
    pub(crate) fn new(memory: MemFs, logs: PathBuf) -> Outside {
        Outside { memory, real: os::env().fs, logs }
    }

    fn of(&self, path: &Path) -> &dyn Fs {
        if path.starts_with(&self.logs) || path.starts_with("/proc") { &*self.real } else { &self.memory }
    }
}

impl Fs for Outside {
    fn stat(&self, path: &Path) -> io::Result<Stat> {
        self.of(path).stat(path)
    }

    fn extent(&self, path: &Path) -> io::Result<Extent> {
        self.of(path).extent(path)
    }

    fn read(&self, path: &Path, range: Range<u64>) -> io::Result<Vec<u8>> {
        self.of(path).read(path, range)
    }

    fn create(&self, path: &Path, access: Access) -> io::Result<Box<dyn File>> {
        self.of(path).create(path, access)
    }

    fn append(&self, path: &Path, access: Access) -> io::Result<Box<dyn File>> {
        self.of(path).append(path, access)
    }

    fn reopen(&self, path: &Path) -> io::Result<Box<dyn File>> {
        self.of(path).reopen(path)
    }

    fn rename(&self, from: &Path, to: &Path) -> io::Result<()> {
        self.of(from).rename(from, to)
    }

    fn exchange(&self, here: &Path, there: &Path) -> io::Result<()> {
        self.of(here).exchange(here, there)
    }

    fn remove(&self, path: &Path) -> io::Result<()> {
        self.of(path).remove(path)
    }

    fn list(&self, dir: &Path) -> io::Result<Vec<PathBuf>> {
        self.of(dir).list(dir)
    }

    fn describe(&self, path: &Path) -> io::Result<Volume> {
        self.of(path).describe(path)
    }

    fn create_dir(&self, dir: &Path) -> io::Result<()> {
        self.of(dir).create_dir(dir)
    }

    fn sync_dir(&self, dir: &Path) -> io::Result<()> {
        self.of(dir).sync_dir(dir)
    }

    fn try_lock(&self, path: &Path) -> io::Result<Option<Box<dyn HeldLock>>> {
        self.of(path).try_lock(path)
    }
}
