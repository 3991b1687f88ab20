//! `FileLock` and `WriteLock`: the kernel's lock on `.locks/state.lock`, and the proof of holding it.

use super::folders;
use super::layout::Layout;
use crate::env::{Access, Env, HeldLock, write_fully};
use crate::error::{Error, ErrorKind, Result};
use crate::event::Holder;
use crate::model::json;
use crate::planted::{self, Bug};
use std::io;
use std::path::Path;
use std::time::Duration;

/// The longest pause between two attempts.
const BACKOFF_MS_MAX: u64 = 100;

/// What `state.owner` may have at most, and each text in it.
const OWNER_BYTES_MAX: u64 = 4096;
const OWNER_CHARS_MAX: usize = 120;

/// The write lock of one store: the kernel's lock on `.locks/state.lock`.
///
/// The file is never removed or renamed, and the kernel releases the lock when its holder dies: there is no stale
/// lock, and nothing is ever stolen by age. A [`Store`](crate::Store) takes it by itself; by hand it keeps all
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
}

/// Proof that this process may write. Dropping it releases the lock.
#[derive(Debug)]
#[must_use = "the lock is released when this is dropped"]
pub struct WriteLock {
    _held: Box<dyn HeldLock>,
    pub(crate) waited: Duration,
}

impl FileLock {
    pub(crate) fn new(env: &Env, layout: &Layout) -> FileLock {
        FileLock { env: env.clone(), layout: layout.clone() }
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
        let mut pause_ms = 2;
        loop {
            if let Some(lock) = self.try_acquire(what)? {
                return Ok(WriteLock { waited: self.env.clock.instant().since(begin), ..lock });
            }
            let waited = self.env.clock.instant().since(begin);
            let Some(left) = timeout.checked_sub(waited).filter(|left| !left.is_zero()) else {
                return Err(self.busy());
            };
            let jitter_ms = 1 + self.env.random_u64() % pause_ms;
            self.env.clock.sleep(Duration::from_millis(jitter_ms).min(left));
            pause_ms = (pause_ms * 2).min(BACKOFF_MS_MAX);
        }
    }

    /// Takes the lock if it is free; never waits.
    ///
    /// # Errors
    /// As [`FileLock::acquire`], but for the timeout.
    pub fn try_acquire(&self, what: &str) -> Result<Option<WriteLock>> {
        let path = self.layout.lock();
        folders::mend(&self.env, &self.layout)?;
        let is_signed = || self.env.fs.stat(&self.layout.lock_owner()).is_ok();
        if planted::is(Bug::BelieveOwnerFile) && is_signed() && self.holder().is_none() {
            return Ok(None);
        }
        let taken = self.env.fs.try_lock(&path);
        match taken {
            Ok(Some(held)) => {
                self.sign(what);
                Ok(Some(WriteLock { _held: held, waited: Duration::ZERO }))
            }
            Ok(None) => Ok(None),
            Err(error) => Err(refused(&path, error)),
        }
    }

    /// Says beside the lock who holds it. That is a courtesy: a full disk must not refuse the lock.
    fn sign(&self, what: &str) {
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
        let _ = self
            .env
            .fs
            .create(&self.layout.lock_owner(), Access::Private)
            .and_then(|mut file| write_fully(&mut *file, &bytes));
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
mod tests {
    use super::*;

    #[test]
    fn a_refused_lock_says_what_the_system_lacks_and_what_to_do() {
        use rustix::io::Errno;
        let path = Path::new("/project/.checklist/.locks/write");
        for (error, kind, said) in [
            (Errno::NOLCK.into(), ErrorKind::LockRefused, "is its lock service running"),
            (Errno::NOSYS.into(), ErrorKind::LockRefused, "checklist doctor"),
            (io::ErrorKind::Unsupported.into(), ErrorKind::LockRefused, "keep .checklist/ on a local disk"),
            (io::ErrorKind::Other.into(), ErrorKind::LockRefused, "take the lock"),
            (io::ErrorKind::StorageFull.into(), ErrorKind::StorageFull, "take the lock"),
            (io::ErrorKind::ReadOnlyFilesystem.into(), ErrorKind::ReadOnly, "take the lock"),
        ] {
            let error = refused(path, error);
            assert_eq!(error.kind(), kind, "{error}");
            assert!(error.to_string().contains(said), "{error}");
        }
    }
}
