//! `OsLock`: the kernel's lock on a file, which dies with the process that took it.

use super::super::HeldLock;
use std::io;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};

/// Lock files that were let go of, kept open for the next time: opening one takes longer than locking it.
pub(super) type Idle = Arc<Mutex<Vec<IdleLock>>>;

#[derive(Debug)]
pub(super) struct IdleLock {
    path: PathBuf,
    file: std::fs::File,
    id: FileId,
    /// The process that opened it: to a forked child it is nothing, for the lock would be its parent's as well.
    owner: u32,
}

/// So many are kept.
pub(super) const IDLE_LOCKS_MAX: usize = 4;

/// A lock belongs to the open file, which a forked child shares: it would keep the lock when its parent is done,
/// or release it while its parent still works.
#[derive(Debug)]
pub(super) struct OsLock {
    pub(super) file: Option<std::fs::File>,
    /// Which file that is.
    pub(super) id: FileId,
    pub(super) path: PathBuf,
    /// The process that took it, and alone releases it.
    pub(super) owner: u32,
    pub(super) idle: Idle,
}

impl Drop for OsLock {
    fn drop(&mut self) {
        if let Some(file) = self.file.take()
            && std::process::id() == self.owner
            // Closing would release it too, but for copies of the open file in children. If this fails,
            // closing is what is left.
            && file.unlock().is_ok()
        {
            let (path, id, owner) = (std::mem::take(&mut self.path), self.id, self.owner);
            keep(&self.idle, IdleLock { path, file, id, owner });
        }
    }
}

/// Keeps a lock file open, in place of the one that was not needed for longest.
fn keep(idle: &Idle, lock: IdleLock) {
    let mut idle = idle.lock().unwrap_or_else(PoisonError::into_inner);
    if idle.len() == IDLE_LOCKS_MAX {
        idle.remove(0);
    }
    idle.push(lock);
}

impl HeldLock for OsLock {}

/// How often a lock file is looked for that somebody replaces again and again.
const LOCK_ATTEMPTS_MAX: usize = 8;

/// Locks the file that has the name when it is locked: since it was opened somebody may have removed or replaced
/// it, and a lock on a file that nobody else will open excludes nobody.
pub(super) fn try_lock(
    path: &Path,
    idle: &Idle,
    open: impl Fn() -> io::Result<std::fs::File>,
) -> io::Result<Option<OsLock>> {
    let owner = std::process::id();
    for _ in 0..LOCK_ATTEMPTS_MAX {
        let is_usable = |lock: &IdleLock| lock.owner == owner && lock.path == path;
        let kept = {
            let mut idle = idle.lock().unwrap_or_else(PoisonError::into_inner);
            idle.iter().rposition(is_usable).map(|at| idle.remove(at))
        };
        let is_kept = kept.is_some();
        let (file, id) = match kept {
            Some(IdleLock { file, id, .. }) => (file, id),
            None => {
                let file = open()?;
                let id = FileId::of(&file)?;
                (file, id)
            }
        };
        match file.try_lock() {
            Ok(()) => {
                let (path, idle) = (path.to_owned(), Arc::clone(idle));
                let lock = OsLock { file: Some(file), id, path, owner, idle };
                match id.is_under(&lock.path) {
                    Ok(true) => return Ok(Some(lock)),
                    Ok(false) => lock.discard(),
                    Err(error) => {
                        lock.discard();
                        return Err(error);
                    }
                }
            }
            Err(std::fs::TryLockError::WouldBlock) => {
                // What somebody else holds is the lock only if it has the name.
                if is_kept && !id.is_under(path)? {
                    continue;
                }
                keep(idle, IdleLock { path: path.to_owned(), file, id, owner });
                return Ok(None);
            }
            Err(std::fs::TryLockError::Error(error)) => match error.kind() {
                // A server that says the file is stale has another one under the name, or none.
                io::ErrorKind::Interrupted | io::ErrorKind::StaleNetworkFileHandle => {}
                _ => return Err(error),
            },
        }
    }
    Ok(None)
}

impl OsLock {
    /// Releases it by closing the file, which is of no use any more.
    fn discard(mut self) {
        self.file = None;
    }
}

/// Which file an open file is, whatever name it has by now.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct FileId {
    #[cfg(unix)]
    device: u64,
    #[cfg(unix)]
    inode: u64,
}

impl FileId {
    #[cfg(unix)]
    fn new(meta: &std::fs::Metadata) -> FileId {
        use std::os::unix::fs::MetadataExt as _;
        FileId { device: meta.dev(), inode: meta.ino() }
    }

    #[cfg(unix)]
    fn of(file: &std::fs::File) -> io::Result<FileId> {
        Ok(FileId::new(&file.metadata()?))
    }

    /// Whether it is the one that has the name.
    #[cfg(unix)]
    fn is_under(self, path: &Path) -> io::Result<bool> {
        match std::fs::symlink_metadata(path) {
            Ok(named) => Ok(FileId::new(&named) == self),
            Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(false),
            Err(error) => Err(error),
        }
    }

    // An open file cannot be removed or renamed there.
    #[cfg(not(unix))]
    fn of(_: &std::fs::File) -> io::Result<FileId> {
        Ok(FileId {})
    }

    #[cfg(not(unix))]
    fn is_under(self, _: &Path) -> io::Result<bool> {
        Ok(true)
    }
}
