//! `FileLock` and `WriteLock`: the kernel's lock on `.locks/state.lock`, and the proof of holding it.

use super::folders;
use super::layout::Layout;
use crate::env::{Access, Env, HeldLock, Instant, Stat, write_fully};
use crate::error::{Error, ErrorKind, Result};
use crate::event::Holder;
use crate::model::json;
use crate::planted::{self, Bug};
use std::io;
use std::path::Path;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

/// The longest pause between two attempts.
const BACKOFF_MS_MAX: u64 = 100;

/// The longest pause of the one who is next.
const NEXT_MS_MAX: u64 = 10;

/// Who has the lock again and again asks so often whether somebody is next.
const ASKED_MS_MIN: u64 = 2;

/// Those who had the lock before let others go first for so long at most: who is next may be stopped.
const COURTESY_MS_MAX: u64 = 1000;

/// A signature stands for so long before its moment is told anew.
const SIGNED_MS_MAX: u64 = 1000;

/// What `state.owner` may have at most, and each text in it.
const OWNER_BYTES_MAX: u64 = 4096;
const OWNER_CHARS_MAX: usize = 120;

/// The write lock of one store: the kernel's lock on `.locks/state.lock`.
///
/// The file is never removed or renamed, and the kernel releases the lock when its holder dies: there is no stale
/// lock, and nothing is ever stolen by age. One of those who wait is *next*, by another lock beside it: who had the
/// lock before lets that one go first, so that a process that takes it again and again keeps nobody out. A
/// [`Store`](crate::Store) takes it by itself; by hand it keeps all
/// writers out while something else is done with the folder, such as copying it.
///
/// ```
/// use checklist_store::Store;
/// use std::time::Duration;
/// # let folder = tempfile::tempdir().unwrap();
/// # let root = folder.path().join(".checklist");
/// let mut store = Store::open(&root)?;
/// let lock = Store::lock_at(&Store::options(), &root)?;
/// let held = lock.acquire(Duration::from_secs(1), "nightly copy")?;
/// assert_eq!(lock.holder().unwrap().what, "nightly copy");
/// drop(held);
/// store.begin()?.rollback();
/// # Ok::<(), checklist_store::Error>(())
/// ```
#[doc(alias = "ConcurrencyManager")]
#[derive(Clone, Debug)]
pub struct FileLock {
    env: Env,
    layout: Layout,
    memory: Arc<Mutex<Memory>>,
}

/// What is known from the last time.
#[derive(Debug, Default)]
struct Memory {
    /// The folders were there.
    is_mended: bool,
    /// The lock was had before; since when nobody was asked who is next.
    asked: Option<Instant>,
    signature: Option<Signature>,
}

/// What was written into `state.owner`.
#[derive(Debug)]
struct Signature {
    what: String,
    when: Instant,
    /// How the file looked then.
    stat: Stat,
}

/// Who is next among those who wait.
enum Turn {
    Mine(#[expect(dead_code, reason = "it is held, and released when it is dropped")] Box<dyn HeldLock>),
    Theirs,
    /// It cannot be told here; then nobody is.
    Unknown,
}

/// Proof that this process may write. Dropping it releases the lock.
///
/// ```
/// # let folder = tempfile::tempdir().unwrap();
/// use checklist_store::{FileLock, Store, WriteLock};
///
/// let root = folder.path().join("state");
/// Store::open(&root)?.close()?;
/// let lock: FileLock = Store::lock_at(&Store::options(), &root)?;
/// assert!(lock.exists());
/// let held: Option<WriteLock> = lock.try_acquire("moves the folder")?;
/// assert!(held.is_some() && lock.try_acquire("is too late")?.is_none());
/// assert_eq!(lock.holder().map(|holder| holder.what).as_deref(), Some("moves the folder"));
/// # Ok::<(), checklist_store::Error>(())
/// ```
#[derive(Debug)]
#[must_use = "the lock is released when this is dropped"]
pub struct WriteLock {
    _held: Box<dyn HeldLock>,
    pub(crate) waited: Duration,
}

impl FileLock {
    pub(crate) fn new(env: &Env, layout: &Layout) -> FileLock {
        FileLock { env: env.clone(), layout: layout.clone(), memory: Arc::default() }
    }

    /// Whether anybody ever took it: asking does not create it.
    #[must_use]
    pub fn exists(&self) -> bool {
        self.env.fs.stat(&self.layout.lock()).is_ok()
    }

    /// Takes the lock, waiting at most `timeout`, with jittered pauses of at most 100 ms. `what` is what others
    /// read who find it taken.
    ///
    /// # Errors
    /// [`ErrorKind::LockTimeout`], naming the holder, if somebody else keeps it; [`ErrorKind::LockRefused`] if
    /// this file system has no locks, and those of the file system.
    pub fn acquire(&self, timeout: Duration, what: &str) -> Result<WriteLock> {
        let begin = self.env.clock.instant();
        let courtesy = Duration::from_millis(COURTESY_MS_MAX).min(timeout / 2);
        let (mut pause_ms, mut waited) = (2, Duration::ZERO);
        let mut turn = if self.is_asking(begin) { self.try_turn() } else { Turn::Unknown };
        loop {
            if (!matches!(turn, Turn::Theirs) || waited >= courtesy)
                && let Some(lock) = self.try_acquire(what)?
            {
                return Ok(WriteLock { waited: self.env.clock.instant().since(begin), ..lock });
            }
            waited = self.env.clock.instant().since(begin);
            let Some(left) = timeout.checked_sub(waited).filter(|left| !left.is_zero()) else {
                return Err(self.busy());
            };
            if !matches!(turn, Turn::Mine(_)) {
                turn = match (self.try_turn(), &turn) {
                    (Turn::Theirs, Turn::Unknown) => Turn::Unknown,
                    (found, _) => found,
                };
            }
            let pause_ms_max = if matches!(turn, Turn::Mine(_)) { NEXT_MS_MAX } else { BACKOFF_MS_MAX };
            let jitter_ms = 1 + self.env.random_u64() % pause_ms.min(pause_ms_max);
            self.env.clock.sleep(Duration::from_millis(jitter_ms).min(left));
            pause_ms = (pause_ms * 2).min(BACKOFF_MS_MAX);
        }
    }

    /// Whether this handle had the lock before, and has not asked who is next just now.
    fn is_asking(&self, now: Instant) -> bool {
        let interval = Duration::from_millis(ASKED_MS_MIN);
        let mut memory = self.memory();
        let is_due = memory.asked.is_some_and(|asked| now.since(asked) >= interval);
        if is_due {
            memory.asked = Some(now);
        }
        is_due
    }

    fn try_turn(&self) -> Turn {
        match self.env.fs.try_lock(&self.layout.lock_turn()) {
            Ok(Some(held)) => Turn::Mine(held),
            Ok(None) => Turn::Theirs,
            Err(_) => Turn::Unknown,
        }
    }

    /// Whether somebody waits for the lock.
    pub(crate) fn is_awaited(&self) -> bool {
        matches!(self.try_turn(), Turn::Theirs)
    }

    fn memory(&self) -> MutexGuard<'_, Memory> {
        self.memory.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Takes the lock if it is free; never waits.
    ///
    /// # Errors
    /// As [`FileLock::acquire`], but for the timeout.
    pub fn try_acquire(&self, what: &str) -> Result<Option<WriteLock>> {
        let path = self.layout.lock();
        let is_signed = || self.env.fs.stat(&self.layout.lock_owner()).is_ok();
        if planted::is(Bug::BelieveOwnerFile) && is_signed() && self.holder().is_none() {
            return Ok(None);
        }
        let mut taken = None;
        if self.memory().is_mended {
            // The folders may be gone by now; whatever else fails does so again.
            taken = self.env.fs.try_lock(&path).ok();
        }
        let taken = match taken {
            Some(taken) => taken,
            None => {
                self.memory().is_mended = false;
                folders::mend(&self.env, &self.layout)?;
                self.env.fs.try_lock(&path).map_err(|error| refused(&path, error))?
            }
        };
        let mut memory = self.memory();
        memory.is_mended = true;
        let Some(held) = taken else { return Ok(None) };
        let now = self.env.clock.instant();
        memory.asked.get_or_insert(now);
        self.sign(&mut memory, what, now);
        Ok(Some(WriteLock { _held: held, waited: Duration::ZERO }))
    }

    /// The folders are looked at again before the lock is taken the next time.
    pub(crate) fn doubt_folders(&self) {
        self.memory().is_mended = false;
    }

    /// Says beside the lock who holds it, unless that stands there. It is a courtesy: a full disk must not refuse
    /// the lock.
    fn sign(&self, memory: &mut Memory, what: &str, now: Instant) {
        let path = self.layout.lock_owner();
        let stands = |signature: &Signature| {
            signature.what == what
                && now.since(signature.when) < Duration::from_millis(SIGNED_MS_MAX)
                && self.env.fs.stat(&path).is_ok_and(|stat| stat == signature.stat)
        };
        if memory.signature.as_ref().is_some_and(stands) {
            return;
        }
        let mut bytes = Vec::new();
        let owner = serde_json::json!({
            "lock": self.env.uuid().to_string(),
            "pid": std::process::id(),
            "host": rustix::system::uname().nodename().to_string_lossy(),
            "user": std::env::var("USER").or_else(|_| std::env::var("LOGNAME")).unwrap_or_default(),
            "since": self.env.clock.now().to_string(),
            "what": what,
        });
        json::push(&mut bytes, &owner);
        bytes.push(b'\n');
        let written = self.env.fs.create(&path, Access::Private);
        let written = written.and_then(|mut file| write_fully(&mut *file, &bytes));
        let stat = written.and_then(|()| self.env.fs.stat(&path));
        memory.signature = stat.ok().map(|stat| Signature { what: what.to_owned(), when: now, stat });
    }

    /// Who holds the lock, by his own account, or who held it last; `None` if nobody said so.
    #[must_use]
    pub fn holder(&self) -> Option<Holder> {
        let bytes = self.env.fs.read(&self.layout.lock_owner(), 0..OWNER_BYTES_MAX).ok()?;
        let Holder { pid, host, user, since, what } = serde_json::from_slice(&bytes).ok()?;
        let [host, user, since, what] = [host, user, since, what].map(|text| printable(&text));
        Some(Holder { pid, host, user, since, what })
    }

    /// The error that names who holds the lock.
    pub(crate) fn busy(&self) -> Error {
        let message = match self.holder() {
            Some(holder) => format!("busy: another process is writing here: {holder}"),
            None => "busy: another process is writing here".to_owned(),
        };
        Error::new(ErrorKind::LockTimeout, message)
    }
}

/// Anybody can write that file: what is in it must not move the cursor of who reads it, nor fill the screen.
fn printable(text: &str) -> String {
    let shown = text.chars().map(|letter| if letter.is_control() { '\u{fffd}' } else { letter });
    shown.take(OWNER_CHARS_MAX).collect()
}

/// The error about a lock that the system did not give, though nobody holds it.
fn refused(path: &Path, error: io::Error) -> Error {
    use rustix::io::Errno;
    let number = Errno::from_io_error(&error);
    let message = match number {
        // NFS without its lock service; a FUSE program or a network file system without locks.
        Some(Errno::NOLCK) => {
            "the server or the system gives no locks (on NFS: is its lock service running, or is it mounted \
             with nolock?); keep .checklist/ on a local disk"
        }
        Some(Errno::NOSYS | Errno::NOTSUP | Errno::INVAL | Errno::BADF) => {
            "this file system has no locks, so two processes could write at once; keep .checklist/ on a local \
             disk. What is under it: checklist doctor"
        }
        _ if error.kind() == io::ErrorKind::Unsupported => {
            "this file system has no locks, so two processes could write at once; keep .checklist/ on a local disk"
        }
        _ => {
            let error = Error::io("take the lock", path, error);
            let is_plain = error.kind() == ErrorKind::Io;
            return if is_plain { Error::new(ErrorKind::LockRefused, error.to_string()) } else { error };
        }
    };
    Error::new(ErrorKind::LockRefused, message).at(path)
}

/// Holds a lock that is not the store's own, such as that of one runner of one run.
///
/// ```
/// # let folder = tempfile::tempdir().unwrap();
/// use checklist_store::{Hold, Store};
///
/// let store = Store::open(folder.path().join("state"))?;
/// let held: Option<Hold> = store.try_hold("build")?;
/// assert!(held.is_some() && store.try_hold("build")?.is_none());
/// drop(held);
/// assert!(store.try_hold("build")?.is_some());
/// # Ok::<(), checklist_store::Error>(())
/// ```
#[derive(Debug)]
#[must_use = "the lock is released when this is dropped"]
pub struct Hold {
    _held: Box<dyn HeldLock>,
}

pub(crate) fn try_hold(env: &Env, layout: &Layout, path: &Path) -> Result<Option<Hold>> {
    folders::mend(env, layout)?;
    let held = env.fs.try_lock(path).map_err(|error| refused(path, error))?;
    Ok(held.map(|held| Hold { _held: held }))
}

#[cfg(test)]
mod tests;
