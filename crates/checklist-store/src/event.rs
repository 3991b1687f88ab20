//! `Event` and `Observer`: what the store tells about itself. No event can hold a state value.

use crate::error::ErrorKind;
use crate::report::{Lsn, RecoveryReport, TxnId};
use crate::schema::Schema;
use serde::Deserialize;
use std::fmt;
use std::path::PathBuf;
use std::time::Duration;

/// Where the time of a commit went.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct CommitTimings {
    /// Validating and encoding the draft.
    pub prepare: Duration,
    /// Writing and syncing the log: up to the commit point.
    pub log: Duration,
    /// The sync alone, as far as [`CommitTimings::log`] is that: what the disk takes.
    pub sync: Duration,
    /// Publishing the state; zero if it was deferred.
    pub publish: Duration,
    /// Recording the history and clearing the log; zero if deferred.
    pub retire: Duration,
}

/// Who holds the write lock, by his own account: for people, never for deciding.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Deserialize)]
#[non_exhaustive]
pub struct Holder {
    /// The process.
    pub pid: u32,
    /// The machine it runs on.
    pub host: String,
    /// The user it runs as.
    pub user: String,
    /// Since when, in RFC 3339.
    pub since: String,
    /// What it is doing, in the words of [`Options::holder`](crate::Options::holder).
    pub what: String,
}

impl fmt::Display for Holder {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Holder { pid, host, user, since, what } = self;
        write!(f, "pid {pid} \"{what}\" since {since} ({user}@{host})")
    }
}

/// Something that happened, told after it happened.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub enum Event {
    /// The store was opened.
    Recovered(RecoveryReport),
    /// The write lock was taken.
    LockAcquired {
        /// How long that took.
        waited: Duration,
    },
    /// The write lock was not to be had in time.
    LockTimedOut {
        /// How long was waited.
        waited: Duration,
        /// Who holds it, if that is known.
        holder: Option<Holder>,
    },
    /// The write lock was not asked for, because the circuit breaker is open.
    BreakerRefused {
        /// How long it stays so at least.
        retry_in: Duration,
    },
    /// The write lock was not to be had several times in a row: for a while it is not asked for.
    BreakerOpened {
        /// How many times in a row.
        failures: u32,
        /// For how long.
        retry_in: Duration,
    },
    /// That while is over: the write lock is asked for once.
    BreakerHalfOpen,
    /// The write lock was to be had again.
    BreakerClosed,
    /// A transaction is durable.
    Committed {
        /// Which one.
        txn: TxnId,
        /// The LSN of its commit record.
        lsn: Lsn,
        /// How many operations it had.
        operations: usize,
        /// Where the time went.
        timings: CommitTimings,
    },
    /// A transaction was dropped or rolled back; nothing of it reached the disk.
    RolledBack {
        /// Which one.
        txn: TxnId,
    },
    /// What another process committed was taken in.
    CaughtUp {
        /// How many of its transactions were read from the log; none if it had published them.
        transactions: usize,
        /// The LSN of the newest commit record.
        lsn: Lsn,
    },
    /// `state.yaml` shows everything up to this LSN.
    Published {
        /// The LSN of the newest commit record it includes.
        lsn: Lsn,
    },
    /// The state could not be published after a commit. The change is saved in the log; the next
    /// commit or the next start publishes it.
    PublishDelayed {
        /// Why.
        kind: ErrorKind,
        /// The whole message.
        message: String,
    },
    /// The log reached its limit and was cleared after publishing.
    WalRotated {
        /// Its size.
        bytes: u64,
    },
    /// The state and the log were copied before a repair.
    BackedUp {
        /// The copy of the state.
        path: PathBuf,
    },
    /// Bytes at the end of the history that no record owns were cut off, after being copied.
    HistoryCut {
        /// How many.
        bytes: u64,
    },
    /// The store is on a volume whose locks or syncs cannot be relied upon; told once for each volume.
    VolumeDoubted {
        /// The name of its file system.
        name: String,
        /// What cannot be relied upon, and what to do about it.
        doubt: &'static str,
    },
    /// An older document was brought up to date.
    Migrated {
        /// The schema it had.
        from: Schema,
        /// The schema it has.
        to: Schema,
        /// The beginning of the name under which the file is kept as it was.
        backup: PathBuf,
    },
    /// A call failed.
    Failed {
        /// How.
        kind: ErrorKind,
    },
}

/// Somebody who is told. Called on the thread of the caller; it must not block.
///
/// ```
/// # let folder = tempfile::tempdir().unwrap();
/// use checklist_store::{Event, Key, Observer, Store};
/// use std::sync::{Arc, Mutex};
///
/// #[derive(Default)]
/// struct Committed(Mutex<Vec<usize>>);
///
/// impl Observer for Committed {
///     fn on_event(&self, event: &Event) {
///         if let Event::Committed { operations, .. } = event {
///             self.0.lock().unwrap().push(*operations);
///         }
///     }
/// }
///
/// let committed = Arc::new(Committed::default());
/// let mut store = Store::options().observe(committed.clone()).open(folder.path().join("state"))?;
/// store.transact(|draft| draft.write(&Key::from_static("/a"), 1))?;
/// assert_eq!(*committed.0.lock().unwrap(), [1]);
/// # Ok::<(), checklist_store::Error>(())
/// ```
pub trait Observer: Send + Sync {
    /// Takes in one event.
    fn on_event(&self, event: &Event);
}

impl<F: Fn(&Event) + Send + Sync> Observer for F {
    fn on_event(&self, event: &Event) {
        self(event);
    }
}
