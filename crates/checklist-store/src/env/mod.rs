//! The only door to the world: file system, clock and randomness as small, total traits.
//!
//! The seam sits *below* the protocols: creating, writing, syncing, renaming and syncing a directory
//! are separate calls, so that a simulator can lose, tear and reorder each of them. Nothing above
//! this folder names `std::fs`, a clock, a sleep or a source of randomness.

pub mod mem;
pub mod os;
pub mod volume;

use std::fmt::{self, Debug};
use std::io;
use std::ops::Range;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;
use volume::Volume;

/// The world a store lives in; cheap to clone.
///
/// ```
/// use checklist_store::env::{Env, mem::World, os};
///
/// let real: Env = os::env();
/// assert_ne!(real.uuid(), real.uuid());
/// // The simulated one is decided by its seed.
/// assert_eq!(World::new(7).env().random_u64(), World::new(7).env().random_u64());
/// ```
#[derive(Clone, Debug)]
pub struct Env {
    /// Files, directories and locks.
    pub fs: Arc<dyn Fs>,
    /// Wall time, monotonic time and waiting.
    pub clock: Arc<dyn Clock>,
    /// Random bytes for identifiers, generations and jitter.
    pub entropy: Arc<dyn Entropy>,
}

/// Who may read a file that is created.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Access {
    /// The owner alone (mode 0600).
    Private,
    /// Whoever the user's umask allows: for files that are tracked in git.
    Shared,
}

/// What a directory entry is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// A regular file.
    File,
    /// A directory.
    Directory,
    /// A symbolic link, which the store never follows.
    Symlink,
    /// Anything else: a device, a socket, a pipe.
    Other,
}

/// What is known of an entry without reading it; two equal values mean "unchanged since".
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Stat {
    /// What the entry is.
    pub kind: Kind,
    /// Length in bytes.
    pub len: u64,
    /// Last modification in nanoseconds, on a scale that only means something within this file system.
    pub modified_ns: i128,
    /// Identity of the file behind the name: a replaced file has another one.
    pub id: u64,
    /// The number of the user it belongs to, if that is another than the one this process acted as when it first
    /// looked at something.
    pub foreign_owner: Option<u32>,
}

/// Of what is known of an entry, what does not concern time.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Extent {
    /// What the entry is.
    pub kind: Kind,
    /// Length in bytes.
    pub len: u64,
    /// Identity of the file behind the name: a replaced file has another one.
    pub id: u64,
}

impl From<Stat> for Extent {
    fn from(Stat { kind, len, id, .. }: Stat) -> Extent {
        Extent { kind, len, id }
    }
}

/// A file system. Paths are used as given; no call follows a symlink in the last component.
///
/// ```
/// use checklist_store::env::{Access, Extent, Fs, Kind, mem::MemFs, write_fully, write_fully_at};
/// use std::path::Path;
///
/// let (fs, folder) = (MemFs::new(), Path::new("/folder"));
/// fs.create_dir(folder)?;
/// let mut file = fs.create(&folder.join("new"), Access::Shared)?;
/// write_fully(file.as_mut(), b"one")?;
/// file.sync()?;
/// fs.rename(&folder.join("new"), &folder.join("here"))?;
/// fs.sync_dir(folder)?; // now the name is durable, too
///
/// let mut file = fs.reopen(&folder.join("here"))?;
/// write_fully_at(file.as_mut(), 1, b"wn")?;
/// assert_eq!(fs.read(&folder.join("here"), 0..3)?, b"own");
/// assert_eq!(fs.stat(&folder.join("here"))?.kind, Kind::File);
/// let extent: Extent = fs.extent(&folder.join("here"))?;
/// assert_eq!((extent.kind, extent.len), (Kind::File, 3));
/// assert!(fs.try_lock(&folder.join("lock"))?.is_some());
/// # Ok::<(), std::io::Error>(())
/// ```
pub trait Fs: Debug + Send + Sync {
    /// Describes an entry; `NotFound` if there is none.
    fn stat(&self, path: &Path) -> io::Result<Stat>;
    /// Describes an entry without asking when it was modified, for a file that is written and synced again and again:
    /// Linux gives the write after such a question a time of its own, and its sync then writes that too (decision
    /// 0080). `NotFound` if there is none.
    fn extent(&self, path: &Path) -> io::Result<Extent>;
    /// Reads the bytes of `range`, cut off at the end of the file.
    fn read(&self, path: &Path, range: Range<u64>) -> io::Result<Vec<u8>>;
    /// Opens an empty file for writing: a new one, or the existing one emptied.
    fn create(&self, path: &Path, access: Access) -> io::Result<Box<dyn File>>;
    /// Opens a file whose every write lands at its end, creating it if missing.
    fn append(&self, path: &Path, access: Access) -> io::Result<Box<dyn File>>;
    /// Opens a file that exists, for [`File::read_at`], [`File::write_at`] and [`File::sync`]; `NotFound` if there
    /// is none.
    fn reopen(&self, path: &Path) -> io::Result<Box<dyn File>>;
    /// Moves a file over another, atomically for those who look; durable only after [`Fs::sync_dir`].
    fn rename(&self, from: &Path, to: &Path) -> io::Result<()>;
    /// Lets two names swap their files, atomically for those who look; durable once the directory of
    /// `there` is synced. `Unsupported` where the file system has no such call.
    fn exchange(&self, here: &Path, there: &Path) -> io::Result<()>;
    /// Removes a file's name; durable only after [`Fs::sync_dir`].
    fn remove(&self, path: &Path) -> io::Result<()>;
    /// Lists the entries of a directory, sorted by name.
    fn list(&self, dir: &Path) -> io::Result<Vec<PathBuf>>;
    /// What kind of file system a path is on, and how much is free there.
    fn describe(&self, path: &Path) -> io::Result<Volume>;
    /// Creates a directory (mode 0700); `AlreadyExists` if the name is taken.
    fn create_dir(&self, dir: &Path) -> io::Result<()>;
    /// Makes the entries of a directory durable.
    fn sync_dir(&self, dir: &Path) -> io::Result<()>;
    /// Takes an exclusive lock that dies with its holder, creating the file if missing; `None` if
    /// somebody else holds it. Never waits.
    fn try_lock(&self, path: &Path) -> io::Result<Option<Box<dyn HeldLock>>>;
}

/// An open file. Dropping it closes it and promises nothing about durability.
pub trait File: Debug + Send {
    /// Writes some of `bytes` and says how many, like `write(2)`: short writes are normal.
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize>;
    /// Writes some of `bytes` at `offset`, like `pwrite(2)`; for files opened by [`Fs::reopen`].
    fn write_at(&mut self, offset: u64, bytes: &[u8]) -> io::Result<usize>;
    /// Reads some of what is at `offset` into `bytes` and says how many, like `pread(2)`: none at the end of the
    /// file; for files opened by [`Fs::reopen`], whatever name they have by now.
    fn read_at(&mut self, offset: u64, bytes: &mut [u8]) -> io::Result<usize>;
    /// Cuts the file to `len` bytes.
    fn truncate(&mut self, len: u64) -> io::Result<()>;
    /// Makes everything written to this file so far, by anyone, durable. After an error nothing is
    /// known about what is durable, and calling it again proves nothing.
    fn sync(&mut self) -> io::Result<()>;
}

/// A lock that is held until dropped, or until the process dies.
pub trait HeldLock: Debug + Send {}

/// Time. Wall time is recorded and never used for ordering; monotonic time is measured.
pub trait Clock: Debug + Send + Sync {
    /// Wall time now.
    fn now(&self) -> Timestamp;
    /// Monotonic time now.
    fn instant(&self) -> Instant;
    /// Waits.
    fn sleep(&self, duration: Duration);
}

/// Random bytes.
pub trait Entropy: Debug + Send + Sync {
    /// Fills `bytes` with unpredictable bytes.
    fn fill(&self, bytes: &mut [u8]);
}

impl Env {
    /// A random 64-bit number.
    #[must_use]
    pub fn random_u64(&self) -> u64 {
        let mut bytes = [0; 8];
        self.entropy.fill(&mut bytes);
        u64::from_le_bytes(bytes)
    }

    /// A new time-ordered UUID (RFC 9562, version 7).
    #[must_use]
    pub fn uuid(&self) -> uuid::Uuid {
        let mut bytes = [0; 10];
        self.entropy.fill(&mut bytes);
        let ms = u64::try_from(self.clock.now().as_millis()).unwrap_or(0);
        uuid::Builder::from_unix_timestamp_millis(ms, &bytes).into_uuid()
    }
}

/// Writes all of `bytes`, going on after short writes and interrupted calls.
///
/// # Errors
/// The first error other than `Interrupted`; `WriteZero` if the file takes nothing more. The file may
/// then hold any prefix of `bytes`.
pub fn write_fully(file: &mut dyn File, mut bytes: &[u8]) -> io::Result<()> {
    while !bytes.is_empty() {
        match file.write(bytes) {
            Ok(0) => return Err(io::ErrorKind::WriteZero.into()),
            Ok(written) => bytes = &bytes[written..],
            Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
            Err(error) => return Err(error),
        }
    }
    Ok(())
}

/// The same at `offset`, for files opened by [`Fs::reopen`].
///
/// # Errors
/// As [`write_fully`].
pub fn write_fully_at(file: &mut dyn File, mut offset: u64, mut bytes: &[u8]) -> io::Result<()> {
    while !bytes.is_empty() {
        match file.write_at(offset, bytes) {
            Ok(0) => return Err(io::ErrorKind::WriteZero.into()),
            Ok(written) => {
                offset += written as u64;
                bytes = &bytes[written..];
            }
            Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
            Err(error) => return Err(error),
        }
    }
    Ok(())
}

/// A moment of wall time, in milliseconds since 1970 UTC; shown as RFC 3339.
///
/// ```
/// use checklist_store::env::Timestamp;
///
/// let moment = Timestamp::parse("2026-11-22T09:58:12.480Z").expect("it is RFC 3339");
/// assert_eq!(Timestamp::from_millis(moment.as_millis()), moment);
/// assert_eq!(moment.to_string(), "2026-11-22T09:58:12.480Z");
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Default)]
pub struct Timestamp(i64);

impl Timestamp {
    /// The moment `ms` milliseconds after 1970-01-01T00:00:00Z, held within the years -9999 to 9999.
    #[must_use]
    pub fn from_millis(ms: i64) -> Timestamp {
        let bounds = jiff::Timestamp::MIN.as_millisecond() + 1..=jiff::Timestamp::MAX.as_millisecond();
        Timestamp(ms.clamp(*bounds.start(), *bounds.end()))
    }

    /// Milliseconds since 1970-01-01T00:00:00Z.
    #[must_use]
    pub fn as_millis(self) -> i64 {
        self.0
    }

    /// Reads an RFC 3339 timestamp; `None` if it is not one.
    #[must_use]
    pub fn parse(text: &str) -> Option<Timestamp> {
        text.parse::<jiff::Timestamp>().ok().map(|moment| Timestamp(moment.as_millisecond()))
    }
}

impl fmt::Display for Timestamp {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let moment = jiff::Timestamp::from_millisecond(self.0).unwrap_or_default();
        write!(f, "{moment:.3}")
    }
}

/// A moment of monotonic time, in nanoseconds since an arbitrary start; only differences mean anything.
///
/// ```
/// use checklist_store::env::Instant;
/// use std::time::Duration;
///
/// let (begin, end) = (Instant::from_nanos(10), Instant::from_nanos(35));
/// assert_eq!(end.since(begin), Duration::from_nanos(25));
/// assert_eq!(begin.since(end), Duration::ZERO);
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Instant(u64);

impl Instant {
    /// The moment `ns` nanoseconds after the clock's start.
    #[must_use]
    pub fn from_nanos(ns: u64) -> Instant {
        Instant(ns)
    }

    /// The time since `earlier`, zero if it is later.
    #[must_use]
    pub fn since(self, earlier: Instant) -> Duration {
        Duration::from_nanos(self.0.saturating_sub(earlier.0))
    }
}
