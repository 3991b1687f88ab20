//! `Event` and `Observer`: what the store tells about itself. No event can hold a state value.

use crate::error::ErrorKind;
use crate::report::{Lsn, RecoveryReport, TxnId};
use std::path::PathBuf;
use std::time::Duration;

/// Where the time of a commit went.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct CommitTimings {
    /// Validating and encoding the draft.
    pub prepare: Duration,
    /// Writing and syncing the log: up to the commit point.
    pub log: Duration,
    /// Publishing the state; zero if it was deferred.
    pub publish: Duration,
    /// Recording the history and clearing the log; zero if deferred.
    pub retire: Duration,
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
    },
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
    /// A call failed.
    Failed {
        /// How.
        kind: ErrorKind,
    },
}

/// Somebody who is told. Called on the thread of the caller; it must not block.
pub trait Observer: Send + Sync {
    /// Takes in one event.
    fn on_event(&self, event: &Event);
}

impl<F: Fn(&Event) + Send + Sync> Observer for F {
    fn on_event(&self, event: &Event) {
        self(event);
    }
}
