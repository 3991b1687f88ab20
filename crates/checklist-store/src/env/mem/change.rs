//! A change to the simulated disk, and how a write is torn.

use super::disk::Inode;
use std::ffi::{OsStr, OsString};
use std::ops::Range;
use xxhash_rust::xxh3::Xxh3;

/// One change that a program made to the disk.
#[derive(Clone, Debug)]
pub(super) enum Change {
    Write {
        inode: Inode,
        offset: u64,
        bytes: Vec<u8>,
    },
    Truncate {
        inode: Inode,
        len: u64,
    },
    Link {
        dir: Inode,
        name: OsString,
        inode: Inode,
    },
    Unlink {
        dir: Inode,
        name: OsString,
        inode: Inode,
    },
    Rename {
        from_dir: Inode,
        from: OsString,
        dir: Inode,
        name: OsString,
        inode: Inode,
    },
    /// `inode` takes the place of `other` and the other way round.
    Exchange {
        from_dir: Inode,
        from: OsString,
        inode: Inode,
        dir: Inode,
        name: OsString,
        other: Inode,
    },
}

impl Change {
    /// The directory whose sync makes this change durable, if it changes a directory.
    pub(super) fn home(&self) -> Option<Inode> {
        match self {
            Change::Write { .. } | Change::Truncate { .. } => None,
            Change::Link { dir, .. }
            | Change::Unlink { dir, .. }
            | Change::Rename { dir, .. }
            | Change::Exchange { dir, .. } => Some(*dir),
        }
    }

    /// The file whose sync makes this change durable, if it changes a file's bytes.
    pub(super) fn file(&self) -> Option<Inode> {
        match self {
            Change::Write { inode, .. } | Change::Truncate { inode, .. } => Some(*inode),
            _ => None,
        }
    }

    pub(super) fn hash_into(&self, hash: &mut Xxh3) {
        let (tag, number, bytes): (u64, u64, &[u8]) = match self {
            Change::Write { offset, bytes, .. } => (0, *offset, bytes),
            Change::Truncate { len, .. } => (1, *len, &[]),
            Change::Link { name, .. } => (2, 0, name.as_encoded_bytes()),
            Change::Unlink { name, .. } => (3, 0, name.as_encoded_bytes()),
            Change::Rename { name, .. } => (4, 0, name.as_encoded_bytes()),
            Change::Exchange { name, .. } => (5, 0, name.as_encoded_bytes()),
        };
        for part in [tag, number, bytes.len() as u64] {
            hash.update(&part.to_le_bytes());
        }
        hash.update(bytes);
    }

    /// Whether this change gave `inode` the name `name` in `dir`.
    pub(super) fn names(&self, dir: Inode, name: &OsStr, inode: Inode) -> bool {
        match self {
            Change::Link { dir: d, name: n, inode: i } | Change::Rename { dir: d, name: n, inode: i, .. } => {
                *d == dir && n == name && *i == inode
            }
            Change::Exchange { from_dir, from, inode: i, dir: d, name: n, other } => {
                *d == dir && n == name && *i == inode || *from_dir == dir && from == name && *other == inode
            }
            _ => false,
        }
    }
}

/// What stands in the part of a write that did not reach the disk.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Fill {
    /// What was there before; a file that would have grown has not, or has a hole.
    Old,
    /// Zeroes: the file has its new length, the bytes never arrived.
    Nul,
    /// Other bytes: a block that was reused before it was written.
    Garbage,
}

/// One write of which only a part reached the disk.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Tear {
    /// Which unsynced change, counted from the oldest, 0 first. It must be a write.
    pub change: usize,
    /// The bytes that did not arrive, counted from the start of the write.
    pub lost: Range<u64>,
    /// What stands in their place.
    pub fill: Fill,
}

/// Writes `bytes` at `offset` into `old`, but for the part that `tear` names.
pub(super) fn write_torn(old: &mut Vec<u8>, offset: u64, bytes: &[u8], tear: Option<&Tear>) {
    let Some(tear) = tear else { return write_at(old, offset, bytes) };
    let len = bytes.len();
    let from = usize::try_from(tear.lost.start).unwrap_or(len).min(len);
    let to = usize::try_from(tear.lost.end).unwrap_or(len).clamp(from, len);
    write_at(old, offset, &bytes[..from]);
    let gap = offset + from as u64;
    match tear.fill {
        Fill::Old => {}
        Fill::Nul => write_at(old, gap, &vec![0; to - from]),
        Fill::Garbage => {
            // Any bytes do; these hold quotes, braces and newlines, so that a lazy reader is tempted.
            let garbage: Vec<u8> = b"}\n{\"v\":1,\xff\0\"".iter().copied().cycle().take(to - from).collect();
            write_at(old, gap, &garbage);
        }
    }
    write_at(old, offset + to as u64, &bytes[to..]);
}

fn write_at(old: &mut Vec<u8>, offset: u64, bytes: &[u8]) {
    if bytes.is_empty() {
        return;
    }
    let start = usize::try_from(offset).expect("a simulated file fits into memory");
    let end = start + bytes.len();
    if old.len() < end {
        old.resize(end, 0);
    }
    old[start..end].copy_from_slice(bytes);
}
