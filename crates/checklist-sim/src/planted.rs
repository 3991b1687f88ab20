//! Bugs planted on purpose, each with the workload that must catch it: proof that the oracle can fail.

use crate::gate::{Attempt, Fate, Gate, Gated};
use crate::interleave::Act;
use crate::model::{Model, root};
use checklist_store::env::Env;
use checklist_store::env::mem::{CallKind, World};
use checklist_store::planted::Bug;
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

/// A thing on disk, as far as bugs tell them apart.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Place {
    /// `.wal`
    Wal,
    /// `.wal.head`
    Head,
    /// A file in `.tmp/`.
    Staged,
    /// `state.yaml`; renames and exchanges count by where they lead.
    State,
    /// `history.jsonl`
    History,
    /// A file in `.backup/`.
    Backup,
    /// The directory of the store.
    Root,
    /// The directory above it.
    Parent,
    /// `.backup/` itself.
    BackupDir,
    /// `.tmp/` itself.
    StagingDir,
    /// A file in `.locks/`.
    Lock,
    /// Anything else.
    Other,
}

fn place(path: &Path) -> Place {
    let root = root();
    if path == root {
        return Place::Root;
    }
    let Ok(inside) = path.strip_prefix(&root) else {
        return if root.parent() == Some(path) { Place::Parent } else { Place::Other };
    };
    let mut names = inside.components().map(|name| name.as_os_str().to_string_lossy());
    match (names.next().as_deref(), names.next().is_some()) {
        (Some(".wal"), _) => Place::Wal,
        (Some(".wal.head"), _) => Place::Head,
        (Some("state.yaml"), _) => Place::State,
        (Some("history.jsonl"), _) => Place::History,
        (Some(".tmp"), true) => Place::Staged,
        (Some(".tmp"), false) => Place::StagingDir,
        (Some(".backup"), true) => Place::Backup,
        (Some(".backup"), false) => Place::BackupDir,
        (Some(".locks"), true) => Place::Lock,
        _ => Place::Other,
    }
}

/// What a planted bug does at the file-system seam: for each call of that kind at that place, that fate.
pub type Rules = &'static [(CallKind, Place, Fate)];

/// Where a bug is planted.
#[derive(Clone, Copy, Debug)]
pub enum Plant {
    /// Between the store and the file system.
    Seam(Rules),
    /// A transaction is acknowledged when its records are written and not yet synced.
    EarlyAck,
    /// Whoever was refused a lock so many times takes it from its holder.
    StealLock(usize),
    /// In the program.
    Product(Bug),
}

/// What catches a bug.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum By {
    /// A power cut in this workload.
    Workload(&'static str),
    /// A power cut in a sequence of steps, or one that ends otherwise than it must.
    Steps,
    /// Two processes whose calls alternate, whatever they do.
    Pairs,
    /// Two processes whose calls alternate, and that do this.
    Pair([Act; 2]),
    /// A sync that fails, and what the process does after it.
    Strikes,
    /// A call of this workload that fails, whichever it is.
    Faults(&'static str),
}

/// A planted bug and what catches it.
#[derive(Clone, Copy, Debug)]
pub struct Planted {
    /// What is wrong.
    pub name: &'static str,
    /// Where it is planted.
    pub plant: Plant,
    /// What catches it.
    pub by: By,
}

use CallKind::{Exchange, Remove, Sync, SyncDir, Truncate, TryLock, Write};
use Fate::{Delay, Pass, Pretend, PretendHalf, ThenDelayed};

const fn seam(name: &'static str, workload: &'static str, rules: Rules) -> Planted {
    Planted { name, plant: Plant::Seam(rules), by: By::Workload(workload) }
}

const fn product(name: &'static str, by: By, bug: Bug) -> Planted {
    Planted { name, plant: Plant::Product(bug), by }
}

/// Every bug that a crash brings to light; those that only a forged log does are in [`crate::forge`].
pub const ALL: &[Planted] = &[
    seam("the log is not synced", "deferred", &[(Sync, Place::Wal, Pretend)]),
    seam("the staged state is not synced", "single", &[(Sync, Place::Staged, Pretend)]),
    seam("the history is not synced", "many", &[(Sync, Place::History, Pretend)]),
    seam("the store's directory is not synced", "single", &[(SyncDir, Place::Root, Pretend)]),
    seam("the directory above is not synced", "created", &[(SyncDir, Place::Parent, Pretend)]),
    seam("the log is not written", "deferred", &[(Write, Place::Wal, Pretend)]),
    seam("half of the log is written", "deferred", &[(Write, Place::Wal, PretendHalf)]),
    seam("half of the staged state is written", "single", &[(Write, Place::Staged, PretendHalf)]),
    seam("half of the history is written", "many", &[(Write, Place::History, PretendHalf)]),
    seam("the history is not written", "many", &[(Write, Place::History, Pretend)]),
    seam("the state is not exchanged", "single", &[(Exchange, Place::State, Pretend)]),
    seam(
        "the log is cleared before the state is exchanged",
        "many",
        &[
            (Exchange, Place::State, Delay),
            (SyncDir, Place::Root, Delay),
            (Truncate, Place::Wal, ThenDelayed),
        ],
    ),
    seam(
        "the log is cleared before the directory is synced",
        "many",
        &[(SyncDir, Place::Root, Delay), (Truncate, Place::Wal, ThenDelayed)],
    ),
    seam(
        "the state is exchanged before the log is synced",
        "many",
        &[(Sync, Place::Wal, Delay), (Exchange, Place::State, ThenDelayed)],
    ),
    seam(
        "the state is exchanged before the log is written",
        "many",
        &[(Write, Place::Wal, Delay), (Sync, Place::Wal, Delay), (Exchange, Place::State, ThenDelayed)],
    ),
    seam(
        "the staged state is synced after the log is cleared",
        "many",
        &[(Sync, Place::Staged, Delay), (Truncate, Place::Wal, ThenDelayed)],
    ),
    seam(
        "the history is written after the log is cleared",
        "many",
        &[(Write, Place::History, Delay), (Sync, Place::History, Delay), (Truncate, Place::Wal, ThenDelayed)],
    ),
    seam(
        "the history is synced after the log is cleared",
        "many",
        &[(Sync, Place::History, Delay), (Truncate, Place::Wal, ThenDelayed)],
    ),
    seam(
        "the log is written after its sync",
        "deferred",
        &[(Write, Place::Wal, Delay), (Sync, Place::Wal, ThenDelayed)],
    ),
    seam(
        "the staged state is written after its sync",
        "single",
        &[(Write, Place::Staged, Delay), (Sync, Place::Staged, ThenDelayed)],
    ),
    seam(
        "the history is written after its sync",
        "many",
        &[(Write, Place::History, Delay), (Sync, Place::History, ThenDelayed)],
    ),
    seam(
        "the state is exchanged after the directory is synced",
        "single",
        &[(Exchange, Place::State, Delay), (SyncDir, Place::Root, ThenDelayed)],
    ),
    seam("copies are not synced", "large", &[(Sync, Place::Backup, Pretend)]),
    seam("copies are half written", "large", &[(Write, Place::Backup, PretendHalf)]),
    seam("the folder of copies is not synced", "large", &[(SyncDir, Place::BackupDir, Pretend)]),
    seam("the log is never cleared", "many", &[(Truncate, Place::Wal, Pretend)]),
    seam("a lock that is held is given again", "two_handles", &[(TryLock, Place::Lock, Pretend)]),
    seam("staged files are not removed", "many", &[(Remove, Place::Staged, Pretend)]),
    Planted {
        name: "a commit is acknowledged before its sync",
        plant: Plant::EarlyAck,
        by: By::Workload("deferred"),
    },
    Planted {
        name: "a group is acknowledged before its sync",
        plant: Plant::EarlyAck,
        by: By::Workload("grouped_late"),
    },
    seam("the log of a group is not synced", "grouped_late", &[(Sync, Place::Wal, Pretend)]),
    seam("half of the log of a group is written", "grouped_late", &[(Write, Place::Wal, PretendHalf)]),
    product("a group has one commit record", By::Workload("grouped_late"), Bug::OneCommitForAll),
    product("what a failed edit did stays in the line", By::Workload("grouped"), Bug::KeepFailedMember),
    product(
        "a group whose sync failed is answered as saved",
        By::Faults("grouped_late"),
        Bug::AnswerFailedSync,
    ),
    product(
        "a group that was not written is answered as saved",
        By::Faults("grouped_late"),
        Bug::AnswerFailedWrite,
    ),
    Planted { name: "a lock is taken from its holder by age", plant: Plant::StealLock(3), by: By::Pairs },
    Planted {
        name: "a lock is released as soon as it is taken",
        plant: Plant::Seam(&[(TryLock, Place::Lock, PretendHalf)]),
        by: By::Pair([Act::Commit; 2]),
    },
    product("a commit record is not needed", By::Workload("large"), Bug::AcceptPartialCommit),
    product("recovery makes no copies", By::Workload("large"), Bug::SkipBackup),
    product("an unfinished tail is not cut", By::Workload("large"), Bug::SkipTailCut),
    product("recovery applies what the state holds", By::Workload("many"), Bug::IgnoreStateLsn),
    product("recovery clears the log unpublished", By::Workload("many"), Bug::RetireWithoutPublish),
    product("recovery forgets the history", By::Workload("many"), Bug::SkipHistory),
    product("a rolled-back savepoint stays", By::Workload("nested"), Bug::KeepRolledBack),
    product("a failed sync is tried again and believed", By::Strikes, Bug::RetrySync),
    product("a change in doubt does not poison", By::Strikes, Bug::SkipPoison),
    product("numbers of records are used twice", By::Steps, Bug::ReuseLsn),
    product(
        "a transaction does not take in what others committed",
        By::Pair([Act::Commit; 2]),
        Bug::SkipCatchUp,
    ),
    product(
        "a reader looks at the state before the log",
        By::Pair([Act::Refresh, Act::Publish]),
        Bug::LookAtStateFirst,
    ),
    product("an unfinished end of the history stays", By::Steps, Bug::SkipHistoryCut),
    product("the head of the log is marked before its sync", By::Steps, Bug::MarkHeadEarly),
    product("what was staged is never swept", By::Steps, Bug::SkipSweep),
    product(
        "what is filled ahead is taken for an unfinished end",
        By::Workload("deferred"),
        Bug::TakeFillingForTail,
    ),
    product(
        "a batch is written behind what is filled ahead",
        By::Workload("deferred"),
        Bug::WriteBehindFilling,
    ),
    product("what others appended is written over", By::Pair([Act::CommitLate; 2]), Bug::WriteOverOthers),
    product(
        "what others left in the log is not told to the history",
        By::Pair([Act::CommitLate, Act::Commit]),
        Bug::ForgetOthers,
    ),
];

/// The gate that plants bugs at the seam.
#[derive(Debug)]
struct Mutant {
    plant: Plant,
    model: Option<Arc<Model>>,
    /// How often a lock was tried.
    tries: AtomicUsize,
}

impl Gate for Mutant {
    fn decide(&self, attempt: &Attempt<'_>) -> Fate {
        let at = place(attempt.target.unwrap_or(attempt.path));
        match (self.plant, &self.model) {
            (Plant::Seam(rules), _) => {
                let rule = rules.iter().find(|(kind, place, _)| *kind == attempt.kind && *place == at);
                rule.map_or(Pass, |(.., fate)| *fate)
            }
            (Plant::StealLock(most), _) if attempt.kind == TryLock => {
                if self.tries.fetch_add(1, Ordering::SeqCst) < most { Pass } else { Pretend }
            }
            (Plant::EarlyAck, Some(model)) if attempt.kind == Write && at == Place::Wal => {
                model.acknowledge();
                Pass
            }
            _ => Pass,
        }
    }
}

impl Planted {
    /// The bug in the program, if that is where it is planted.
    #[must_use]
    pub fn bug(&self) -> Option<Bug> {
        match self.plant {
            Plant::Product(bug) => Some(bug),
            Plant::Seam(_) | Plant::EarlyAck | Plant::StealLock(_) => None,
        }
    }

    /// The environment of a store in that world, with the bug between them.
    #[must_use]
    pub fn env(&self, world: &World, model: Option<&Arc<Model>>) -> Env {
        let mutant = Mutant { plant: self.plant, model: model.cloned(), tries: AtomicUsize::new(0) };
        let mut env = world.env();
        env.fs = Arc::new(Gated::behind(env.fs, mutant));
        env
    }
}
