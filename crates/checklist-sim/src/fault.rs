//! A file system whose calls fail on order: once, for ever, half-way, or with a lie afterwards.

use crate::gate::{Attempt, Fate, Gate, Gated};
use checklist_store::env::Fs;
use checklist_store::env::mem::{CallKind, MemFs};
use std::fmt;
use std::io;
use std::path::PathBuf;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

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
    /// From the call with this number on, calls that need space fail with that error, and a write leaves half
    /// of its bytes: a full disk, a used-up quota, a file that may not grow.
    FullFrom(u64, io::ErrorKind),
    /// From the call with this number on, calls that change anything fail with that error: a disk that was
    /// remounted for reading, permissions that were taken away.
    RefusedFrom(u64, io::ErrorKind),
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
    fault: Mutex<Fault>,
    calls: AtomicU64,
    memory: Option<MemFs>,
    first: Mutex<Option<Struck>>,
}

/// A call that failed on order.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Struck {
    /// Its number.
    pub number: u64,
    /// Which call.
    pub kind: CallKind,
    /// What it was about.
    pub path: PathBuf,
}

impl fmt::Display for Struck {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "#{} {:?} {}", self.number, self.kind, self.path.display())
    }
}

/// A file system with faults. With [`Fault::None`] it behaves as the one it wraps.
pub type FaultFs = Gated<Faults>;

impl FaultFs {
    /// Wraps `fs`.
    #[must_use]
    pub fn new(fs: Arc<dyn Fs>, fault: Fault) -> FaultFs {
        Gated::behind(fs, Faults::new(fault, None))
    }

    /// Wraps a simulated file system.
    #[must_use]
    pub fn over(fs: &MemFs, fault: Fault) -> FaultFs {
        Gated::behind(Arc::new(fs.clone()), Faults::new(fault, Some(fs.clone())))
    }

    /// How many calls were tried so far.
    #[must_use]
    pub fn calls(&self) -> u64 {
        self.gate().calls.load(Ordering::SeqCst)
    }

    /// The first call that failed, if one did.
    #[must_use]
    pub fn struck(&self) -> Option<Struck> {
        hold(&self.gate().first).clone()
    }

    /// Puts another fault in place; the next call has the number 1.
    pub fn arm(&self, fault: Fault) {
        let gate = self.gate();
        *hold(&gate.fault) = fault;
        gate.calls.store(0, Ordering::SeqCst);
    }
}

impl Faults {
    fn new(fault: Fault, memory: Option<MemFs>) -> Faults {
        Faults { fault: Mutex::new(fault), calls: AtomicU64::new(0), memory, first: Mutex::default() }
    }
}

fn hold<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

fn needs_space(kind: CallKind) -> bool {
    matches!(kind, CallKind::Create | CallKind::Append | CallKind::Write | CallKind::CreateDir)
}

fn changes(kind: CallKind) -> bool {
    use CallKind::{List, Read, Stat, Sync, SyncDir};
    !matches!(kind, Stat | Read | List | Sync | SyncDir)
}

impl Gate for Faults {
    fn decide(&self, attempt: &Attempt<'_>) -> Fate {
        let number = self.calls.fetch_add(1, Ordering::SeqCst) + 1;
        let fault = *hold(&self.fault);
        let fate = match fault {
            Fault::Once(at, error) if number == at => Fate::Fail(error),
            Fault::From(at, error) if number >= at => Fate::Fail(error),
            Fault::FullFrom(at, error) if number >= at && needs_space(attempt.kind) => {
                Fate::FailHalfway(error)
            }
            Fault::RefusedFrom(at, error) if number >= at && changes(attempt.kind) => Fate::Fail(error),
            Fault::SyncLost(at, error) if number == at && attempt.kind == CallKind::Sync => {
                if let Some(memory) = &self.memory {
                    memory.lose_writes(attempt.path).expect("a file that is synced has its name");
                }
                Fate::Fail(error)
            }
            Fault::ShortWrites(most) => return Fate::Short(most.max(1)),
            _ => return Fate::Pass,
        };
        let struck = || Struck { number, kind: attempt.kind, path: attempt.path.to_owned() };
        hold(&self.first).get_or_insert_with(struck);
        fate
    }
}
