//! A file system whose calls fail on order: once, for ever, half-way, or with a lie afterwards.

use crate::gate::{Attempt, Fate, Gate, Gated};
use checklist_store::env::Fs;
use checklist_store::env::mem::CallKind;
use std::collections::BTreeSet;
use std::io;
use std::path::PathBuf;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};

/// What goes wrong, and when.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Fault {
    /// Nothing.
    None,
    /// The call with this number fails, the first being 1; later ones succeed again.
    Once(u64, io::ErrorKind),
    /// The call with this number and every later one fails: a full or dead disk, or a power cut as the
    /// program sees it.
    From(u64, io::ErrorKind),
    /// From the call with this number on, calls that need space fail, and a write leaves half of its bytes.
    FullFrom(u64),
    /// From the call with this number on, calls that change anything fail.
    ReadOnlyFrom(u64),
    /// The call with this number fails. If it is a sync, later syncs of the same file succeed without
    /// doing anything, as Linux does after a failed writeback.
    SyncLost(u64, io::ErrorKind),
    /// Every write takes at most this many bytes at a time.
    ShortWrites(usize),
}

/// Fails calls by their number.
#[derive(Debug)]
pub struct Faults {
    fault: Fault,
    calls: AtomicU64,
    lost: Mutex<BTreeSet<PathBuf>>,
    first: Mutex<Option<String>>,
}

/// A file system with faults. With [`Fault::None`] it behaves as the one it wraps.
pub type FaultFs = Gated<Faults>;

impl FaultFs {
    /// Wraps `fs`.
    #[must_use]
    pub fn new(fs: Arc<dyn Fs>, fault: Fault) -> FaultFs {
        let faults = Faults { fault, calls: AtomicU64::new(0), lost: Mutex::default(), first: Mutex::default() };
        Gated::behind(fs, faults)
    }

    /// How many calls were tried so far.
    #[must_use]
    pub fn calls(&self) -> u64 {
        self.gate().calls.load(Ordering::SeqCst)
    }

    /// The first call that failed, if one did.
    #[must_use]
    pub fn struck(&self) -> Option<String> {
        self.gate().first.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }
}

fn needs_space(kind: CallKind) -> bool {
    matches!(kind, CallKind::Create | CallKind::Append | CallKind::Write | CallKind::CreateDir)
}

fn changes(kind: CallKind) -> bool {
    !matches!(kind, CallKind::Stat | CallKind::Read | CallKind::List | CallKind::Sync | CallKind::SyncDir)
}

impl Gate for Faults {
    fn decide(&self, attempt: &Attempt<'_>) -> Fate {
        let number = self.calls.fetch_add(1, Ordering::SeqCst) + 1;
        let mut lost = self.lost.lock().unwrap_or_else(PoisonError::into_inner);
        let is_sync = attempt.kind == CallKind::Sync;
        if is_sync && lost.contains(attempt.path) {
            return Fate::Pretend;
        }
        let fate = match self.fault {
            Fault::Once(at, error) if number == at => Fate::Fail(error),
            Fault::From(at, error) if number >= at => Fate::Fail(error),
            Fault::FullFrom(at) if number >= at && needs_space(attempt.kind) => {
                Fate::FailHalfway(io::ErrorKind::StorageFull)
            }
            Fault::ReadOnlyFrom(at) if number >= at && changes(attempt.kind) => {
                Fate::Fail(io::ErrorKind::ReadOnlyFilesystem)
            }
            Fault::SyncLost(at, error) if number == at => {
                if is_sync {
                    lost.insert(attempt.path.to_owned());
                }
                Fate::Fail(error)
            }
            Fault::ShortWrites(most) => return Fate::Short(most.max(1)),
            _ => return Fate::Pass,
        };
        let mut first = self.first.lock().unwrap_or_else(PoisonError::into_inner);
        first.get_or_insert_with(|| format!("#{number} {:?} {}", attempt.kind, attempt.path.display()));
        fate
    }
}
