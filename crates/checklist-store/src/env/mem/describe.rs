//! What the unsynced changes of a simulated disk are called, for people.

use super::change::Change;
use super::disk::{Disk, Inode, ROOT, Side};
use std::ffi::OsStr;
use std::fmt;
use std::path::PathBuf;

impl Disk {
    /// A name of the file or directory, current or durable, for people.
    fn name_of(&self, wanted: Inode) -> PathBuf {
        for side in [Side::Current, Side::Durable] {
            let mut open = vec![(PathBuf::from("/"), ROOT)];
            while let Some((path, inode)) = open.pop() {
                if inode == wanted {
                    return path;
                }
                let entries = self.entries(side, inode).into_iter().flatten();
                open.extend(entries.map(|(name, child)| (path.join(name), *child)));
            }
        }
        PathBuf::from(format!("(unnamed {wanted})"))
    }

    /// Says what a change was, with the paths it had.
    pub(super) fn describe(&self, change: &Change) -> impl fmt::Display + use<> {
        let at = |dir: Inode, name: &OsStr| self.name_of(dir).join(name).display().to_string();
        match change {
            Change::Write { inode, offset, bytes } => {
                let end = offset + bytes.len() as u64;
                format!("write {} [{offset}..{end}]", self.name_of(*inode).display())
            }
            Change::Truncate { inode, len } => {
                format!("truncate {} to {len}", self.name_of(*inode).display())
            }
            Change::Link { dir, name, .. } => format!("create {}", at(*dir, name)),
            Change::Unlink { dir, name, .. } => format!("remove {}", at(*dir, name)),
            Change::Rename { from_dir, from, dir, name, .. } => {
                format!("rename {} to {}", at(*from_dir, from), at(*dir, name))
            }
            Change::Exchange { from_dir, from, dir, name, .. } => {
                format!("exchange {} and {}", at(*from_dir, from), at(*dir, name))
            }
        }
    }
}
