//! Plain data that the store hands back: log positions, commits, recovery and check reports.

use std::fmt;
use std::path::PathBuf;
use std::time::Duration;

/// Log sequence number: strictly increasing over the life of a store, never reused for another
/// acknowledged record.
///
/// ```
/// use checklist_store::Lsn;
///
/// assert_eq!(Lsn(41).next(), Lsn(42));
/// ```
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
///
/// ```
/// # let folder = tempfile::tempdir().unwrap();
/// use checklist_store::{Commit, Key, Store, TxnId};
///
/// let mut store = Store::open(folder.path().join("state"))?;
/// let mut txn = store.begin()?;
/// let id: TxnId = txn.id();
/// txn.write(&Key::from_static("/a"), 1)?;
/// let commit: Commit = txn.commit()?;
/// assert_eq!((commit.txn, commit.operations), (id, 1));
/// # Ok::<(), checklist_store::Error>(())
/// ```
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
    /// The state was gone, or nothing of it could be read; copies, history and log proved the newest one, and it was
    /// put back.
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
    /// Whether there was a `state.yaml` of which nothing could be read; a copy of it is in [`RecoveryReport::backup`].
    pub was_unreadable: bool,
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
            was_unreadable: false,
            backup: None,
            elapsed: Duration::ZERO,
        }
    }

    /// Of a state that was put back, with the copies that were made before.
    pub(crate) fn restored(was_unreadable: bool, backup: Option<PathBuf>) -> RecoveryReport {
        RecoveryReport { was_unreadable, backup, ..RecoveryReport::new(Verdict::Restored) }
    }
}

/// How much of a store can be used, and why not all of it.
///
/// ```
/// # let folder = tempfile::tempdir().unwrap();
/// use checklist_store::{Key, Standing, Store};
///
/// let root = folder.path().join("state");
/// let mut store = Store::open(&root)?;
/// store.transact(|draft| draft.write(&Key::from_static("/name"), "one"))?;
/// assert_eq!(store.standing(), &Standing::Sound);
/// store.close()?;
///
/// let state = root.join("state.yaml");
/// std::fs::write(&state, std::fs::read_to_string(&state)?.replace("one", "two"))?;
/// let mut store = Store::open(&root)?;
/// assert_eq!(store.standing(), &Standing::Edited);
/// store.adopt("ana")?; // or restore(), which takes the edit back
/// assert_eq!(store.snapshot().read(&Key::from_static("/name")), Some("two".into()));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
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
///
/// ```
/// # let folder = tempfile::tempdir().unwrap();
/// use checklist_store::{CheckReport, Finding, Store};
///
/// let report: CheckReport = Store::open(folder.path().join("state"))?.check()?;
/// let unsound: Vec<&Finding> = report.findings.iter().filter(|finding| !finding.sound).collect();
/// assert!(report.is_sound() && unsound.is_empty());
/// # Ok::<(), checklist_store::Error>(())
/// ```
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
///
/// ```
/// # let folder = tempfile::tempdir().unwrap();
/// use checklist_store::{Key, Store};
///
/// let (root, options) = (folder.path().join("state"), Store::options());
/// let mut store = options.clone().open(&root)?;
/// store.transact(|draft| draft.write(&Key::from_static("/a"), 1))?;
/// store.close()?;
/// std::fs::write(root.join("state.yaml"), "\0\0\0")?;
///
/// let plan = Store::plan_repair(&options, &root)?;
/// assert!(plan.is_proven && plan.lost.is_none());
/// let done = Store::repair(&options, &root)?;
/// assert!(done.kept.is_some());
/// assert!(options.open(&root)?.snapshot().contains(&Key::from_static("/a")));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
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
