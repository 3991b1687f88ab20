//! A disk that knows which of its bytes and directory entries are durable.
//!
//! Every file and directory has two bodies: the current one, which running programs see, and the
//! durable one, which is certain to be there after a power cut. Between them lie the changes that were
//! made and not yet synced, oldest first.
//!
//! What the model promises is the least that POSIX and the common file systems promise together:
//!
//! * syncing a file makes its bytes and its length durable, and not its name;
//! * syncing a directory makes the entries created, removed and renamed *into* it durable;
//! * a rename is one change: it survives as a whole or not at all, so that a file whose old name was
//!   durable never loses both names. It belongs to the directory it moves the file to; syncing the
//!   directory it comes from does not carry it;
//! * an exchange is one change too, and belongs to the directory of its second name;
//! * everything else that was not synced may survive or not, each change on its own.

use super::change::{Change, Tear, write_torn};
use std::collections::{BTreeMap, BTreeSet};
use std::ffi::{OsStr, OsString};
use std::io;
use std::path::{Component, Path, PathBuf};
use std::sync::{Arc, OnceLock};
use xxhash_rust::xxh3::{Xxh3, xxh3_128};

/// The number of a file or directory: what a name points to.
pub(super) type Inode = u64;

/// The directory that every path starts from.
pub(super) const ROOT: Inode = 1;

/// The bytes of a file, and their hash once somebody asked for it.
#[derive(Debug, Default)]
pub(super) struct Content {
    bytes: Vec<u8>,
    hash: OnceLock<u128>,
}

impl Content {
    fn new(bytes: Vec<u8>) -> Content {
        Content { bytes, hash: OnceLock::new() }
    }
}

#[derive(Clone, Debug)]
enum Body {
    File(Arc<Content>),
    Directory(Arc<BTreeMap<OsString, Inode>>),
}

#[derive(Clone, Debug)]
struct Node {
    current: Body,
    durable: Body,
    modified: u64,
}

#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Side {
    Current,
    Durable,
}

/// The disk itself. Cloning shares the bytes.
#[derive(Clone, Debug)]
pub(super) struct Disk {
    nodes: BTreeMap<Inode, Node>,
    pending: Vec<Arc<Change>>,
    next: Inode,
    tick: u64,
}

fn error(kind: io::ErrorKind, path: &Path) -> io::Error {
    io::Error::new(kind, format!("{kind}: {}", path.display()))
}

impl Disk {
    pub(super) fn new() -> Disk {
        let empty = Body::Directory(Arc::default());
        let root = Node { current: empty.clone(), durable: empty, modified: 0 };
        Disk { nodes: BTreeMap::from([(ROOT, root)]), pending: Vec::new(), next: ROOT + 1, tick: 1 }
    }

    pub(super) fn pending(&self) -> &[Arc<Change>] {
        &self.pending
    }

    fn body(&self, side: Side, inode: Inode) -> Option<&Body> {
        let node = self.nodes.get(&inode)?;
        Some(if side == Side::Current { &node.current } else { &node.durable })
    }

    pub(super) fn entries(&self, side: Side, inode: Inode) -> Option<&BTreeMap<OsString, Inode>> {
        match self.body(side, inode)? {
            Body::Directory(entries) => Some(entries),
            Body::File(_) => None,
        }
    }

    fn entries_mut(&mut self, side: Side, inode: Inode) -> Option<&mut BTreeMap<OsString, Inode>> {
        let node = self.nodes.get_mut(&inode)?;
        match if side == Side::Current { &mut node.current } else { &mut node.durable } {
            Body::Directory(entries) => Some(Arc::make_mut(entries)),
            Body::File(_) => None,
        }
    }

    /// The directory and the name that `path` ends in.
    pub(super) fn place(&self, path: &Path) -> io::Result<(Inode, OsString)> {
        let mut names: Vec<&OsStr> = Vec::new();
        for component in path.components() {
            match component {
                Component::Normal(name) => names.push(name),
                Component::ParentDir => drop(names.pop()),
                Component::Prefix(_) | Component::RootDir | Component::CurDir => {}
            }
        }
        let Some(last) = names.pop() else { return Err(error(io::ErrorKind::IsADirectory, path)) };
        let mut dir = ROOT;
        for name in names {
            let entries = self.entries(Side::Current, dir);
            let entries = entries.ok_or_else(|| error(io::ErrorKind::NotADirectory, path))?;
            dir = *entries.get(name).ok_or_else(|| error(io::ErrorKind::NotFound, path))?;
        }
        if self.entries(Side::Current, dir).is_none() {
            return Err(error(io::ErrorKind::NotADirectory, path));
        }
        Ok((dir, last.to_owned()))
    }

    /// What `path` points to; `None` if the name is free.
    pub(super) fn find(&self, path: &Path) -> io::Result<Option<Inode>> {
        if !path.components().any(|component| matches!(component, Component::Normal(_))) {
            return Ok(Some(ROOT));
        }
        let (dir, name) = self.place(path)?;
        Ok(self.entries(Side::Current, dir).and_then(|entries| entries.get(&name)).copied())
    }

    pub(super) fn resolve(&self, path: &Path) -> io::Result<Inode> {
        self.find(path)?.ok_or_else(|| error(io::ErrorKind::NotFound, path))
    }

    /// The bytes of a file as programs see them; `None` for a directory.
    pub(super) fn bytes(&self, inode: Inode) -> Option<&[u8]> {
        match self.body(Side::Current, inode) {
            Some(Body::File(content)) => Some(&content.bytes),
            _ => None,
        }
    }

    pub(super) fn is_dir(&self, inode: Inode) -> bool {
        self.entries(Side::Current, inode).is_some()
    }

    /// Length in bytes (0 for a directory) and the tick of the last change.
    pub(super) fn measure(&self, inode: Inode) -> (u64, u64) {
        let modified = self.nodes.get(&inode).map_or(0, |node| node.modified);
        match self.body(Side::Current, inode) {
            Some(Body::File(content)) => (content.bytes.len() as u64, modified),
            _ => (0, modified),
        }
    }

    pub(super) fn names(&self, dir: Inode) -> impl Iterator<Item = &OsString> {
        self.entries(Side::Current, dir).into_iter().flat_map(BTreeMap::keys)
    }

    /// Makes a change as a program does: seen at once, durable later.
    pub(super) fn change(&mut self, change: Change) {
        self.apply(Side::Current, &change, None);
        self.tick += 1;
        let touched: &[Inode] = match &change {
            Change::Write { inode, .. } | Change::Truncate { inode, .. } => &[*inode],
            Change::Link { dir, .. } | Change::Unlink { dir, .. } => &[*dir],
            Change::Rename { from_dir, dir, .. } | Change::Exchange { from_dir, dir, .. } => {
                &[*from_dir, *dir]
            }
        };
        for inode in touched {
            if let Some(node) = self.nodes.get_mut(inode) {
                node.modified = self.tick;
            }
        }
        self.pending.push(Arc::new(change));
    }

    /// A new file or directory under a name that is free.
    pub(super) fn make(&mut self, dir: Inode, name: OsString, directory: bool) -> Inode {
        let inode = self.next;
        self.next += 1;
        let empty = if directory { Body::Directory(Arc::default()) } else { Body::File(Arc::default()) };
        self.nodes.insert(inode, Node { current: empty.clone(), durable: empty, modified: self.tick + 1 });
        self.change(Change::Link { dir, name, inode });
        inode
    }

    pub(super) fn sync_file(&mut self, inode: Inode) {
        for change in std::mem::take(&mut self.pending) {
            if change.file() == Some(inode) {
                self.apply(Side::Durable, &change, None);
            } else {
                self.pending.push(change);
            }
        }
    }

    /// Forgets that the bytes written to a file are not durable: they stay visible and never become so.
    pub(super) fn lose_writes(&mut self, inode: Inode) {
        let lost =
            |change: &Change| matches!(change, Change::Write { inode: written, .. } if *written == inode);
        self.pending.retain(|change| !lost(change));
    }

    pub(super) fn sync_dir(&mut self, dir: Inode) {
        let mut carried: BTreeSet<usize> = BTreeSet::new();
        for index in (0..self.pending.len()).rev() {
            // A rename carries what first gave the file its old name, or that name could come back.
            let needed = carried.iter().any(|later| match &*self.pending[*later] {
                Change::Rename { from_dir, from, inode, .. }
                | Change::Exchange { from_dir, from, inode, .. } => {
                    self.pending[index].names(*from_dir, from, *inode)
                }
                _ => false,
            });
            if needed || self.pending[index].home() == Some(dir) {
                carried.insert(index);
            }
        }
        let all = std::mem::take(&mut self.pending);
        for (index, change) in all.into_iter().enumerate() {
            if carried.contains(&index) {
                self.apply(Side::Durable, &change, None);
            } else {
                self.pending.push(change);
            }
        }
    }

    /// Makes the entries of a directory durable whose names begin so, but for those that build on a change
    /// that is not durable itself.
    pub(super) fn settle_entries(&mut self, dir: Inode, prefix: &str) {
        let begins = |name: &OsStr| name.as_encoded_bytes().starts_with(prefix.as_bytes());
        for change in std::mem::take(&mut self.pending) {
            let is_meant = match &*change {
                Change::Link { dir: home, name, .. } | Change::Unlink { dir: home, name, .. } => {
                    *home == dir && begins(name)
                }
                Change::Rename { from_dir, from, dir: home, name, inode } => {
                    let is_needed = |before: &Arc<Change>| before.names(*from_dir, from, *inode);
                    *home == dir && begins(name) && !self.pending.iter().any(is_needed)
                }
                _ => false,
            };
            if is_meant {
                self.apply(Side::Durable, &change, None);
            } else {
                self.pending.push(change);
            }
        }
    }

    /// Makes everything durable.
    pub(super) fn settle(&mut self) {
        self.pending.clear();
        for node in self.nodes.values_mut() {
            node.durable = node.current.clone();
        }
    }

    fn apply(&mut self, side: Side, change: &Change, tear: Option<&Tear>) {
        match change {
            Change::Write { inode, offset, bytes } => {
                self.edit(side, *inode, |old| write_torn(old, *offset, bytes, tear));
            }
            Change::Truncate { inode, len } => {
                self.edit(side, *inode, |old| old.resize(usize::try_from(*len).unwrap_or(usize::MAX), 0));
            }
            Change::Link { dir, name, inode } => {
                if let Some(entries) = self.entries_mut(side, *dir) {
                    entries.insert(name.clone(), *inode);
                }
            }
            Change::Unlink { dir, name, inode } => self.unlink(side, *dir, name, *inode),
            Change::Rename { from_dir, from, dir, name, inode } => {
                self.unlink(side, *from_dir, from, *inode);
                if let Some(entries) = self.entries_mut(side, *dir) {
                    entries.insert(name.clone(), *inode);
                }
            }
            Change::Exchange { from_dir, from, inode, dir, name, other } => {
                for (dir, name, inode) in [(dir, name, inode), (from_dir, from, other)] {
                    if let Some(entries) = self.entries_mut(side, *dir) {
                        entries.insert(name.clone(), *inode);
                    }
                }
            }
        }
    }

    /// Takes a name away, unless it has come to mean another file.
    fn unlink(&mut self, side: Side, dir: Inode, name: &OsStr, inode: Inode) {
        if let Some(entries) = self.entries_mut(side, dir)
            && entries.get(name) == Some(&inode)
        {
            entries.remove(name);
        }
    }

    fn edit(&mut self, side: Side, inode: Inode, edit: impl FnOnce(&mut Vec<u8>)) {
        let Some(node) = self.nodes.get_mut(&inode) else { return };
        let body = if side == Side::Current { &mut node.current } else { &mut node.durable };
        let Body::File(content) = body else { return };
        let taken = std::mem::take(content);
        let mut bytes = Arc::try_unwrap(taken).map_or_else(|shared| shared.bytes.clone(), |own| own.bytes);
        edit(&mut bytes);
        *content = Arc::new(Content::new(bytes));
    }

    /// The disk after a power cut that only the changes chosen by `kept` survived.
    pub(super) fn survive(&self, kept: impl Fn(usize) -> bool, tear: Option<&Tear>) -> Disk {
        let mut disk = self.clone();
        for (index, change) in std::mem::take(&mut disk.pending).iter().enumerate() {
            if kept(index) {
                disk.apply(Side::Durable, change, tear.filter(|tear| tear.change == index));
            }
        }
        let mut reached = vec![ROOT];
        let mut seen = 0;
        while let Some(inode) = reached.get(seen).copied() {
            reached.extend(disk.entries(Side::Durable, inode).into_iter().flat_map(BTreeMap::values));
            seen += 1;
        }
        reached.sort_unstable();
        disk.nodes.retain(|inode, _| reached.binary_search(inode).is_ok());
        for node in disk.nodes.values_mut() {
            node.current = node.durable.clone();
        }
        disk
    }

    /// A hash of every path and byte, and of what is not durable yet.
    pub(super) fn fingerprint(&self) -> u128 {
        let mut hash = Xxh3::new();
        self.hash_into(&mut hash, Side::Current, ROOT, &[]);
        if !self.pending.is_empty() {
            self.hash_into(&mut hash, Side::Durable, ROOT, &[]);
            self.pending.iter().for_each(|change| change.hash_into(&mut hash));
        }
        hash.digest128()
    }

    /// The same without what lies below `hidden`, and without the way from what is durable to what shows.
    pub(super) fn fingerprint_without(&self, hidden: &[PathBuf]) -> u128 {
        let hidden: Vec<Inode> = hidden.iter().filter_map(|path| self.find(path).ok().flatten()).collect();
        let mut hash = Xxh3::new();
        self.hash_into(&mut hash, Side::Current, ROOT, &hidden);
        self.hash_into(&mut hash, Side::Durable, ROOT, &hidden);
        hash.digest128()
    }

    fn hash_into(&self, hash: &mut Xxh3, side: Side, inode: Inode, hidden: &[Inode]) {
        if hidden.contains(&inode) {
            return;
        }
        match self.body(side, inode) {
            Some(Body::File(content)) => {
                hash.update(b"f");
                hash.update(&content.hash.get_or_init(|| xxh3_128(&content.bytes)).to_le_bytes());
            }
            Some(Body::Directory(entries)) => {
                hash.update(b"d");
                hash.update(&(entries.len() as u64).to_le_bytes());
                for (name, child) in &**entries {
                    hash.update(&(name.len() as u64).to_le_bytes());
                    hash.update(name.as_encoded_bytes());
                    self.hash_into(hash, side, *child, hidden);
                }
            }
            None => {}
        }
    }

    /// Every path, as programs see them now, with the bytes of files.
    pub(super) fn walk(&self) -> Vec<(PathBuf, Option<&[u8]>)> {
        let mut found = Vec::new();
        let mut open = vec![(PathBuf::from("/"), ROOT)];
        while let Some((path, inode)) = open.pop() {
            match self.body(Side::Current, inode) {
                Some(Body::File(content)) => found.push((path, Some(content.bytes.as_slice()))),
                Some(Body::Directory(entries)) => {
                    open.extend(entries.iter().map(|(name, child)| (path.join(name), *child)));
                    found.push((path, None));
                }
                None => {}
            }
        }
        found.sort();
        found
    }
}
