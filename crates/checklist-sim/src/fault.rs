//! A file system whose calls fail on order: once, for ever, half-way, or with a lie afterwards.

use crate::gate::{Attempt, Fate, Gate, Gated};
use checklist_store::env::Fs;
use checklist_store::env::mem::{CallKind, MemFs};
use std::io;
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
    /// The call with this number fails if it is the sync of a file, and what was written to the file stays
    /// visible and never becomes durable, as on Linux after a failed writeback. Other calls with this number
    /// pass. Only for [`FaultFs::over`].
    SyncLost(u64, io::ErrorKind),
    /// Every write takes at most this many bytes at a time.
    ShortWrites(usize),
}

/// Fails calls by their number.
#[derive(Debug)]
pub struct Faults {
    fault: Fault,
    calls: AtomicU64,
    memory: Option<MemFs>,
    first: Mutex<Option<String>>,
}

/// A file system with faults. With [`Fault::None`] it behaves as the one it wraps.
pub type FaultFs = Gated<Faults>;

impl FaultFs {
    /// Wraps `fs`.
    #[must_use]
    pub fn new(fs: Arc<dyn Fs>, fault: Fault) -> FaultFs {
        let (calls, first) = (AtomicU64::new(0), Mutex::default());
        Gated::behind(fs, Faults { fault, calls, memory: None, first })
    }

    /// Wraps a simulated file system.
    #[must_use]
    pub fn over(fs: &MemFs, fault: Fault) -> FaultFs {
        let (calls, first) = (AtomicU64::new(0), Mutex::default());
        Gated::behind(Arc::new(fs.clone()), Faults { fault, calls, memory: Some(fs.clone()), first })
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
        let fate = match self.fault {
            Fault::Once(at, error) if number == at => Fate::Fail(error),
            Fault::From(at, error) if number >= at => Fate::Fail(error),
            Fault::FullFrom(at) if number >= at && needs_space(attempt.kind) => {
                Fate::FailHalfway(io::ErrorKind::StorageFull)
            }
            Fault::ReadOnlyFrom(at) if number >= at && changes(attempt.kind) => {
                Fate::Fail(io::ErrorKind::ReadOnlyFilesystem)
            }
            Fault::SyncLost(at, error) if number == at && attempt.kind == CallKind::Sync => {
                if let Some(memory) = &self.memory {
                    memory.lose_writes(attempt.path).expect("a file that is synced has its name");
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
