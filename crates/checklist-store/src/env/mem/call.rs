//! One call on the simulated file system, as a recorder is told of it.

use std::fmt;
use std::path::PathBuf;

/// Which call.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum CallKind {
    /// `Fs::stat`
    Stat,
    /// `Fs::read`
    Read,
    /// `Fs::create`
    Create,
    /// `Fs::append`
    Append,
    /// `Fs::reopen`
    Reopen,
    /// `Fs::rename`
    Rename,
    /// `Fs::exchange`
    Exchange,
    /// `Fs::remove`
    Remove,
    /// `Fs::list`
    List,
    /// `Fs::create_dir`
    CreateDir,
    /// `Fs::sync_dir`
    SyncDir,
    /// `Fs::try_lock`
    TryLock,
    /// `File::write` and `File::write_at`
    Write,
    /// `File::truncate`
    Truncate,
    /// `File::sync`
    Sync,
}

/// One call on a file system or an open file.
///
/// ```
/// use checklist_store::env::{Fs, mem::{Call, CallKind, MemFs}};
/// use std::path::Path;
/// use std::sync::{Arc, Mutex};
///
/// let fs = MemFs::new();
/// fs.place_dir(Path::new("/folder"))?;
/// let calls: Arc<Mutex<Vec<CallKind>>> = Arc::default();
/// let recorder = Arc::clone(&calls);
/// fs.on_call(move |call: &Call, _| recorder.lock().unwrap().push(call.kind));
/// fs.list(Path::new("/folder"))?;
/// fs.sync_dir(Path::new("/folder"))?;
/// assert_eq!(*calls.lock().unwrap(), [CallKind::List, CallKind::SyncDir]);
/// # Ok::<(), std::io::Error>(())
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Call {
    /// Its number among all calls on this file system; the first is 1.
    pub number: u64,
    /// Which call.
    pub kind: CallKind,
    /// The path it was made with, or the path the file was opened with.
    pub path: PathBuf,
    /// Where a rename moved it to, or what it was exchanged with.
    pub target: Option<PathBuf>,
}

impl fmt::Display for Call {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "#{} {:?} {}", self.number, self.kind, self.path.display())?;
        match &self.target {
            Some(target) => write!(f, " -> {}", target.display()),
            None => Ok(()),
        }
    }
}
