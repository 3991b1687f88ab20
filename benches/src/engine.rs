//! `Engine`: whatever makes writes durable and has them again after a crash, and the list of all of them.

use crate::data::Write;
use crate::engines;
use std::error::Error;
use std::path::Path;

/// What a benchmark comes to.
pub type Result<T> = std::result::Result<T, Box<dyn Error + Send + Sync>>;

/// An engine on a folder of its own. Threads share it.
pub trait Engine: Send + Sync {
    /// Writes all or none, and returns when they are durable.
    fn commit(&self, writes: &[Write]) -> Result<()>;

    /// Reads every value, and returns how many bytes they have.
    fn read_all(&self) -> Result<usize>;
}

/// What an engine is in the comparison.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Role {
    /// What is measured.
    Ours,
    /// The least that the disk asks for.
    Floor,
    /// An engine that people use for the same purpose.
    Peer,
    /// What people write where there is no engine.
    Naive,
}

/// What the engine is opened for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Purpose {
    /// As it is used: it may checkpoint when it likes.
    Use,
    /// To leave everything in the log, for recovery to find.
    KeepLog,
}

/// An engine that can be opened.
#[derive(Clone, Copy)]
pub struct Entry {
    /// Its name in tables, with the setting that makes it durable.
    pub name: &'static str,
    /// What it is in the comparison.
    pub role: Role,
    /// Whether opening it replays a log.
    pub replays: bool,
    /// Opens it in a folder that exists, creating what is missing.
    pub open: fn(&Path, Purpose) -> Result<Box<dyn Engine>>,
}

/// Ours, one thread after the other on one handle.
pub const STORE: &str = "checklist";
/// Ours, for many threads.
pub const COORDINATOR: &str = "checklist, coordinator";
/// A write and a sync at the end of a growing file.
pub const GROWING: &str = "floor: write + fdatasync, growing file";
/// A write and a sync within a file whose blocks were written before.
pub const PREFILLED: &str = "floor: write + fdatasync, prefilled file";
/// The same as one system call.
pub const DSYNC: &str = "floor: pwritev2 RWF_DSYNC, prefilled file";
/// The same write and sync for all threads that wait.
pub const GATHERED: &str = "floor: one write + fdatasync for all who wait, prefilled file";
/// A whole file put in the place of another.
pub const REPLACE: &str = "floor: atomic replace (temp, sync, rename, sync)";
/// One line for an operation, each synced.
pub const JSON_LINES: &str = "naive: append a JSON line and sync, each operation";
/// The document as YAML, whole, each time.
pub const YAML: &str = "naive: rewrite the YAML file (temp, sync, rename, sync)";

/// Every engine of this build.
#[must_use]
pub fn all() -> Vec<Entry> {
    let mut all = vec![
        Entry { name: STORE, role: Role::Ours, replays: true, open: engines::checklist::store },
        Entry { name: COORDINATOR, role: Role::Ours, replays: false, open: engines::checklist::coordinator },
        Entry { name: GROWING, role: Role::Floor, replays: false, open: engines::floor::growing },
        Entry { name: PREFILLED, role: Role::Floor, replays: false, open: engines::floor::prefilled },
        Entry { name: DSYNC, role: Role::Floor, replays: false, open: engines::floor::dsync },
        Entry { name: GATHERED, role: Role::Floor, replays: false, open: engines::gathered::open },
        Entry { name: REPLACE, role: Role::Floor, replays: false, open: engines::floor::replace },
        Entry { name: JSON_LINES, role: Role::Naive, replays: true, open: engines::naive::json_lines },
        Entry { name: YAML, role: Role::Naive, replays: false, open: engines::naive::yaml },
    ];
    all.extend(engines::peers());
    all
}

/// The engine of this name.
///
/// # Errors
/// If there is none.
pub fn named(name: &str) -> Result<Entry> {
    all().into_iter().find(|entry| entry.name == name).ok_or_else(|| format!("no engine {name:?}").into())
}
