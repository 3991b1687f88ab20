//! Open files and held locks of the simulated file system.

use super::change::Change;
use super::disk::{Disk, Inode};
use super::{CallKind, MemFs};
use crate::env::{File, HeldLock};
use std::io;
use std::path::PathBuf;
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

impl MemFile {
    fn call<T>(&self, kind: CallKind, call: impl FnOnce(&mut Disk) -> T) -> io::Result<T> {
        self.fs.call(kind, &self.path, None, |shared| {
            if shared.life == self.life {
                Ok(call(Arc::make_mut(&mut shared.disk)))
            } else {
                Err(io::Error::other("the machine crashed while this file was open"))
            }
        })
    }
}

impl File for MemFile {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        let (inode, position) = (self.inode, self.position);
        let offset = self.call(CallKind::Write, |disk| {
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
        self.call(CallKind::Write, |disk| {
            if !bytes.is_empty() {
                disk.change(Change::Write { inode, offset, bytes: bytes.to_vec() });
            }
        })?;
        Ok(bytes.len())
    }

    fn truncate(&mut self, len: u64) -> io::Result<()> {
        let inode = self.inode;
        self.call(CallKind::Truncate, |disk| disk.change(Change::Truncate { inode, len }))
    }

    fn sync(&mut self) -> io::Result<()> {
        let inode = self.inode;
        self.call(CallKind::Sync, |disk| disk.sync_file(inode))
    }
}
