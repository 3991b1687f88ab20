//! Plain data that the store hands back: log positions, commits, recovery and check reports.

use std::fmt;
use std::path::PathBuf;
use std::time::Duration;

/// Log sequence number: strictly increasing over the life of a store, never reused for another
/// acknowledged record.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Default)]
pub struct Lsn(pub u64);

impl Lsn {
    /// The one after this.
    #[must_use]
    pub fn next(self) -> Lsn {
        Lsn(self.0 + 1)
    }
}

impl fmt::Display for Lsn {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

/// The identity of a transaction (a version-7 UUID, RFC 9562).
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct TxnId(pub uuid::Uuid);

impl fmt::Display for TxnId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

/// What a committed transaction was given.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Commit {
    /// Its identity.
    pub txn: TxnId,
    /// The LSN of its commit record, or of the newest one before it if it changed nothing.
    pub lsn: Lsn,
    /// How many operations it had; zero if it changed nothing, and then nothing was written.
    pub operations: usize,
}

/// What opening the store had to do.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Verdict {
    /// There was no store; it was created.
    Created,
    /// Nothing had to be done.
    Clean,
    /// The last process died after its change was published and before the log was cleared.
    Retired,
    /// Committed transactions were found in the log and applied.
    Redone,
    /// The state was gone; copies, history and log proved the newest one, and it was put back.
    Restored,
    /// The log held nothing but an unfinished batch that nobody was promised; it was put aside.
    Discarded,
}

/// What opening the store found and did.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct RecoveryReport {
    /// The short answer.
    pub verdict: Verdict,
    /// The transactions that were applied from the log, oldest first.
    pub redone: Vec<TxnId>,
    /// How many records were applied from the log.
    pub records: usize,
    /// Bytes at the end of the log that nobody was promised; they are kept in [`RecoveryReport::backup`].
    pub discarded_bytes: u64,
    /// Where the state and the log were copied to before anything was changed.
    pub backup: Option<PathBuf>,
    /// How long it took.
    pub elapsed: Duration,
}

impl RecoveryReport {
    pub(crate) fn new(verdict: Verdict) -> RecoveryReport {
        RecoveryReport {
            verdict,
            redone: Vec::new(),
            records: 0,
            discarded_bytes: 0,
            backup: None,
            elapsed: Duration::ZERO,
        }
    }
}

/// How much of a store can be used, and why not all of it.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Standing {
    /// Reads and writes.
    Sound,
    /// `state.yaml` was changed by hand. It reads as edited; writing waits for
    /// [`Store::adopt`](crate::Store::adopt) or [`Store::restore`](crate::Store::restore).
    Edited,
    /// Reads alone, for this reason.
    ReadOnly(String),
    /// Something is damaged, as [`Store::damage`](crate::Store::damage) tells. What can still be proven reads;
    /// writing waits for [`Store::repair`](crate::Store::repair).
    Damaged,
}

/// One thing an integrity check looked at.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Finding {
    /// What was looked at: `state.yaml`, `log`, `history`, `staging`.
    pub subject: &'static str,
    /// Whether it is as it should be.
    pub sound: bool,
    /// What was found, in words.
    pub detail: String,
}

/// The result of a read-only integrity check.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CheckReport {
    /// Everything that was looked at.
    pub findings: Vec<Finding>,
}

impl CheckReport {
    /// Whether everything is as it should be.
    #[must_use]
    pub fn is_sound(&self) -> bool {
        self.findings.iter().all(|finding| finding.sound)
    }
}

/// One thing a lost state can be rebuilt from.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Source {
    /// `backup`, `history` or `log`.
    pub name: &'static str,
    /// What it is.
    pub detail: String,
    /// Up to where it reaches.
    pub lsn: Lsn,
}

/// How a state is, or was, rebuilt.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct RepairPlan {
    /// What it is taken from, in the order it is applied.
    pub sources: Vec<Source>,
    /// The LSN it ends at.
    pub ends_at: Lsn,
    /// Whether that is certainly the newest state: its checksum is the one the history ends with, and nothing
    /// speaks of anything behind it.
    pub is_proven: bool,
    /// What cannot be had back; `None` if nothing is lost.
    pub lost: Option<String>,
    /// What does not verify, is put aside among the copies, and was not needed.
    pub unproven: Vec<String>,
    /// Where copies of what was replaced are kept; `None` in a plan.
    pub kept: Option<PathBuf>,
}
