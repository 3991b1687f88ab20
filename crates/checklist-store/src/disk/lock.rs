//! `FileLock` and `WriteLock`: the kernel's lock on `.locks/state.lock`, and the proof of holding it.

use super::folders;
use super::layout::Layout;
use crate::env::{Access, Env, HeldLock, write_fully};
use crate::error::{Error, ErrorKind, Result};
use crate::model::json;
use serde::Deserialize;
use std::path::Path;
use std::time::Duration;

/// The longest pause between two attempts.
const BACKOFF_MS_MAX: u64 = 100;

/// The lock of one store. The file is never removed or renamed, and the kernel releases the lock when its
/// holder dies: there is no stale lock, and nothing is ever stolen by age.
#[derive(Debug)]
pub(crate) struct FileLock<'a> {
    env: &'a Env,
    layout: &'a Layout,
}

/// Proof that this process may write. Dropping it releases the lock.
#[derive(Debug)]
pub(crate) struct WriteLock {
    _held: Box<dyn HeldLock>,
    pub(crate) waited: Duration,
}

/// Who holds the lock: for people, never for deciding.
#[derive(Debug, Deserialize)]
struct Owner {
    pid: u32,
    host: String,
    user: String,
    since: String,
    what: String,
}

impl<'a> FileLock<'a> {
    pub(crate) fn new(env: &'a Env, layout: &'a Layout) -> FileLock<'a> {
        FileLock { env, layout }
    }

    /// Takes the lock, waiting at most `timeout`, with jittered pauses of at most 100 ms.
    ///
    /// # Errors
    /// [`ErrorKind::LockTimeout`], naming the holder, if somebody else keeps it.
    pub(crate) fn acquire(&self, timeout: Duration, what: &str) -> Result<WriteLock> {
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

    /// Takes the lock if it is free.
    pub(crate) fn try_acquire(&self, what: &str) -> Result<Option<WriteLock>> {
        let path = self.layout.lock();
        folders::mend(self.env, self.layout)?;
        let taken = self.env.fs.try_lock(&path);
        match taken {
            Ok(Some(held)) => {
                self.sign(what);
                Ok(Some(WriteLock { _held: held, waited: Duration::ZERO }))
            }
            Ok(None) => Ok(None),
            Err(error) => {
                let error = Error::io("take the lock", &path, error);
                let is_plain = error.kind() == ErrorKind::Io;
                Err(if is_plain { Error::new(ErrorKind::LockRefused, error.to_string()) } else { error })
            }
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

    /// The error that names who holds the lock.
    pub(crate) fn busy(&self) -> Error {
        let path = self.layout.lock_owner();
        let owner = self.env.fs.read(&path, 0..4096).ok();
        let owner = owner.and_then(|bytes| serde_json::from_slice::<Owner>(&bytes).ok());
        let message = match owner {
            Some(Owner { pid, host, user, since, what }) => {
                format!(
                    "busy: another process is writing here: pid {pid} \"{what}\" since {since} ({user}@{host})"
                )
            }
            None => "busy: another process is writing here".to_owned(),
        };
        Error::new(ErrorKind::LockTimeout, message)
    }
}

/// Holds a lock that is not the store's own, such as that of one runner of one run.
#[derive(Debug)]
#[must_use = "the lock is released when this is dropped"]
pub struct Hold {
    _held: Box<dyn HeldLock>,
}

pub(crate) fn try_hold(env: &Env, layout: &Layout, path: &Path) -> Result<Option<Hold>> {
    folders::mend(env, layout)?;
    let held = env.fs.try_lock(path).map_err(|error| Error::io("take the lock", path, error))?;
    Ok(held.map(|held| Hold { _held: held }))
}
