//! A transactional, crash-safe state document: one YAML file a person can read, behind a write-ahead log.
//!
//! Every change is appended to the log and synced before anything else changes; the next start repairs by
//! itself what a kill, a power loss or a full disk left, and says what it did. What is promised, and what
//! not, is in `docs/durability.md`; every byte on disk is in `docs/format.md`.
//!
//! ```
//! use checklist_store::{Error, Key, Store};
//!
//! const BUILD: Key = Key::from_static("/steps/build");
//! const NOTE: Key = Key::from_static("/steps/note");
//! # let folder = tempfile::tempdir().unwrap();
//! # let root = folder.path().join(".checklist");
//!
//! let mut store = Store::open(&root)?;                 // creates, or recovers, then opens
//! store.transact(|draft| {
//!     draft.write(&BUILD, "done")?;
//!     let _ = draft.nest(|draft| draft.write(&NOTE, "optional")); // failing here undoes only this
//!     Ok::<(), Error>(())
//! })?;
//!
//! let mut txn = store.begin()?;                        // dropped: rolled back
//! txn.write(&BUILD, "failed")?;
//! let commit = txn.commit()?;
//!
//! let snapshot = store.snapshot();
//! assert_eq!(snapshot.lsn(), commit.lsn);
//! assert_eq!(snapshot.read(&BUILD), Some("failed".into()));
//! # Ok::<(), Error>(())
//! ```

mod backups;
mod coordinator;
mod inspection;
mod observe;
mod store;
mod store_kept;
mod transaction;

mod protocol;

mod disk;

mod model;

mod error;
mod event;
mod key;
mod report;
mod schema;

pub mod env;
#[cfg(feature = "fuzzing")]
#[doc(hidden)]
pub mod fuzzing;
#[doc(hidden)]
pub mod planted;
#[cfg(feature = "testing")]
#[doc(hidden)]
pub mod workspace;

pub use backups::Backup;
pub use coordinator::TransactionCoordinator;
pub use disk::breaker::{Attempt, BreakerOptions, BreakerState, CircuitBreaker, Permit, Refused};
pub use disk::layout::{PRIVATE_NAMES, SHARED_STATE};
pub use disk::lock::{FileLock, Hold, WriteLock};
pub use error::{Error, ErrorKind, Outcome, Result};
pub use event::{CommitTimings, Event, Holder, Observer};
pub use inspection::LogContents;
pub use key::{DEPTH_MAX, KEY_BYTES_MAX, Key};
pub use model::draft::{Draft, NAME_BYTES_MAX, RESERVED_NAMES, SAVEPOINTS_MAX};
pub use model::operation::{CommittedTransaction, Operation};
pub use model::savepoint::Savepoint;
pub use model::snapshot::Snapshot;
pub use observe::{CorrelatorOptions, ErrorCorrelator, Hint, HintKind, Latency, Metrics, MetricsSnapshot};
pub use protocol::options::{Intent, Options, Publish};
pub use protocol::restore::{RestorePlan, Target};
pub use protocol::salvage::SalvageReport;
pub use report::{
    CheckReport, Commit, Finding, Lsn, RecoveryReport, RepairPlan, Source, Standing, TxnId, Verdict,
};
pub use schema::Schema;
pub use serde_json::Value;
pub use store::Store;
pub use transaction::Transaction;

/// The example of the readme, as a test.
#[cfg(doctest)]
#[doc = include_str!("../README.md")]
struct Readme;
