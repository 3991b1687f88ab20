//! Open files and held locks of the simulated file system.

use super::change::Change;
use super::disk::{Disk, Inode};
use super::{CallKind, MemFs, Shared};
use crate::env::{File, HeldLock};
use std::io;
use std::path::{Path, PathBuf};
use std::sync::Arc;

#[derive(Debug)]
pub(super) struct MemLock {
    pub(super) fs: MemFs,
    pub(super) inode: Inode,
    pub(super) life: u64,
}

impl HeldLock for MemLock {}

impl Drop for MemLock {
    fn drop(&mut self) {
        let mut shared = self.fs.lock();
        if shared.life == self.life {
            shared.locked.remove(&self.inode);
        }
    }
}

#[derive(Debug)]
pub(super) struct MemFile {
    pub(super) fs: MemFs,
    pub(super) path: PathBuf,
    pub(super) inode: Inode,
    /// Where the next write lands; at the end of the file if there is none.
    pub(super) position: Option<u64>,
    /// The life of the file system in which it was opened.
    pub(super) life: u64,
}

impl MemFs {
    pub(super) fn handle(
        &self,
        shared: &Shared,
        path: &Path,
        inode: Inode,
        position: Option<u64>,
    ) -> Box<dyn File> {
        Box::new(MemFile { fs: self.clone(), path: path.to_owned(), inode, position, life: shared.life })
    }
}

impl MemFile {
    fn call<T>(&self, kind: CallKind, call: impl FnOnce(&mut Arc<Disk>) -> T) -> io::Result<T> {
        self.fs.call(kind, &self.path, None, |shared| {
            if shared.life == self.life {
                Ok(call(&mut shared.disk))
            } else {
                Err(io::Error::other("the machine crashed while this file was open"))
            }
        })
    }

    fn change<T>(&self, kind: CallKind, change: impl FnOnce(&mut Disk) -> T) -> io::Result<T> {
        self.call(kind, |disk| change(Arc::make_mut(disk)))
    }
}

impl File for MemFile {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        let (inode, position) = (self.inode, self.position);
        let offset = self.change(CallKind::Write, |disk| {
            let offset = position.unwrap_or_else(|| disk.measure(inode).0);
            if !bytes.is_empty() {
                disk.change(Change::Write { inode, offset, bytes: bytes.to_vec() });
            }
            offset
        })?;
        self.position = self.position.map(|_| offset + bytes.len() as u64);
        Ok(bytes.len())
    }

    fn write_at(&mut self, offset: u64, bytes: &[u8]) -> io::Result<usize> {
        let inode = self.inode;
        self.change(CallKind::Write, |disk| {
            if !bytes.is_empty() {
                disk.change(Change::Write { inode, offset, bytes: bytes.to_vec() });
            }
        })?;
        Ok(bytes.len())
    }

    fn read_at(&mut self, offset: u64, bytes: &mut [u8]) -> io::Result<usize> {
        let inode = self.inode;
        self.call(CallKind::Read, |disk| {
            let found = disk.bytes(inode).unwrap_or_default();
            let found = usize::try_from(offset).ok().and_then(|start| found.get(start..)).unwrap_or_default();
            let read = found.len().min(bytes.len());
            bytes[..read].copy_from_slice(&found[..read]);
            read
        })
    }

    fn truncate(&mut self, len: u64) -> io::Result<()> {
        let inode = self.inode;
        self.change(CallKind::Truncate, |disk| disk.change(Change::Truncate { inode, len }))
    }

    fn sync(&mut self) -> io::Result<()> {
        let inode = self.inode;
        self.change(CallKind::Sync, |disk| disk.sync_file(inode))
    }
}
