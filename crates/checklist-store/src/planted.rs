//! Bugs that the crash enumeration plants to prove that it would find them. Nothing of this exists in a
//! build without the feature `planted-bugs`.

/// A defect in the program itself; defects of missing or reordered system calls are planted at the
/// file-system seam instead.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Bug {
    /// A line is believed without checking its CRC.
    SkipCrc,
    /// A record is believed although it does not continue the record before it.
    SkipChain,
    /// A record of an earlier life of the log is believed.
    SkipGeneration,
    /// Operations are applied although their commit record is missing.
    AcceptPartialCommit,
    /// A commit record is believed without comparing count and digest of its operations.
    SkipDigest,
    /// Recovery changes files without copying them first.
    SkipBackup,
    /// Recovery leaves an unfinished tail in place and appends behind it.
    SkipTailCut,
    /// Recovery applies transactions that the state already holds.
    IgnoreStateLsn,
    /// Recovery clears the log without publishing what it held.
    RetireWithoutPublish,
    /// An edited state is taken for the program's own.
    SkipStateChecksum,
    /// Recovery does not record in the history what it redid.
    SkipHistory,
    /// The head marker is not asked whether the end of the log is missing.
    IgnoreHeadMarker,
    /// A rolled-back savepoint keeps its operations.
    KeepRolledBack,
    /// A sync of the log that failed is tried again, and believed.
    RetrySync,
    /// After a change in doubt the handle goes on.
    SkipPoison,
    /// A new life of the log counts its records from the beginning again.
    ReuseLsn,
    /// A transaction does not take in what others committed.
    SkipCatchUp,
    /// Whether anything changed is asked of the state first, and then of the log.
    LookAtStateFirst,
    /// An unfinished end of the history is not cut off.
    SkipHistoryCut,
    /// The log is marked as promised before it is synced.
    MarkHeadEarly,
    /// Publishing takes whatever stands in the place of the state for what it expected.
    OverwriteEdit,
    /// What interrupted replacements left is not swept.
    SkipSweep,
    /// An end of the log that a crash tore is taken for damage.
    RefuseTornTail,
    /// Damage in the middle of the log is cut off as if a crash had torn it.
    CutDamage,
    /// A torn end of the log takes the whole transactions before it along.
    CutWholeTransactions,
    /// A record that another life promised above the state is no evidence.
    DistrustOtherLives,
    /// The log ends where it cannot be read.
    ReadErrorIsEnd,
    /// A number that has no next one is read.
    UnboundedNumbers,
    /// A missing state is taken for a new store.
    ResetLostState,
    /// The name of a new log is left to chance.
    ForgetLogName,
    /// A full disk ends the work of a handle for good.
    PoisonFullDisk,
    /// What cannot be published is tried again and again.
    RetryStorm,
    /// The lock is kept by who cannot publish.
    KeepLock,
    /// The files of the history are listed once, whatever is rotated while they are read.
    ListHistoryOnce,
    /// Who holds the lock is decided by the file that names them.
    BelieveOwnerFile,
    /// The transactions of a group share one commit record.
    OneCommitForAll,
    /// What an edit did that then failed stays in the line, for the next one to build on.
    KeepFailedMember,
    /// A group is answered as saved although its sync failed.
    AnswerFailedSync,
    /// A group that could not be written is answered as saved.
    AnswerFailedWrite,
    /// What is filled ahead of the log is taken for an unfinished end of it.
    TakeFillingForTail,
    /// A batch is written behind what is filled ahead of the log, and not over it.
    WriteBehindFilling,
    /// What others append is taken in although nobody promised that it is durable.
    SkipPromise,
    /// What others appended is written over.
    WriteOverOthers,
    /// What others left in the log is not told to the history.
    ForgetOthers,
    /// A file with the line ends of another system is taken for the beginning of one.
    RefuseForeignEnds,
    /// What came out of the place of the state is known by its identity alone.
    KnowByIdAlone,
}

#[cfg(feature = "planted-bugs")]
mod switch {
    use super::Bug;
    use std::cell::Cell;

    thread_local!(static PLANTED: Cell<Option<Bug>> = const { Cell::new(None) });

    /// Keeps a bug planted on this thread until dropped.
    #[derive(Debug)]
    #[must_use = "the bug is removed when this is dropped"]
    pub struct Planted(());

    /// Plants a bug on this thread.
    pub fn plant(bug: Bug) -> Planted {
        PLANTED.set(Some(bug));
        Planted(())
    }

    impl Drop for Planted {
        fn drop(&mut self) {
            PLANTED.set(None);
        }
    }

    pub(crate) fn is(bug: Bug) -> bool {
        PLANTED.get() == Some(bug)
    }
}

#[cfg(feature = "planted-bugs")]
pub use switch::{Planted, plant};

#[cfg(feature = "planted-bugs")]
pub(crate) use switch::is;

/// Whether a bug is planted: never, in a build without the feature.
#[cfg(not(feature = "planted-bugs"))]
pub(crate) const fn is(_: Bug) -> bool {
    false
}
