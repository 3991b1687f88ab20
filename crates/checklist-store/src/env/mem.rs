//! A simulated world: a file system that knows what is durable, a clock that stands still, seeded randomness.
//!
//! Tests of the store and of programs above it use it in place of the real one, and then cut the power:
//!
//! ```
//! use checklist_store::env::mem::{Survival, World};
//! use checklist_store::env::{Access, Fs as _, write_fully};
//! use std::path::Path;
//!
//! let world = World::new(1);
//! let mut file = world.fs.create(Path::new("/note"), Access::Private)?;
//! write_fully(&mut *file, b"hello")?;
//! file.sync()?;
//! // The bytes are durable, the name is not: the directory was never synced.
//! world.fs.crash(&Survival::nothing());
//! assert!(world.fs.stat(Path::new("/note")).is_err());
//! # Ok::<(), std::io::Error>(())
//! ```

mod call;
mod change;
mod clock;
mod crash;
mod describe;
mod disk;
mod handle;

pub use call::{Call, CallKind};
pub use change::{Fill, Tear};
pub use clock::{ManualClock, SeededEntropy};
pub use crash::{Budget, DiskImage, Survival, Unsynced};

use super::volume::Volume;
use super::{Access, Env, Extent, File, Fs, HeldLock, Kind, Stat};
use change::Change;
use disk::{Disk, Inode, ROOT};
use handle::MemLock;
use std::collections::BTreeSet;
use std::fmt;
use std::io;
use std::ops::Range;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

/// A file system, a clock and a source of randomness, all simulated. Cloning gives another handle on the
/// same world.
#[derive(Clone, Debug)]
pub struct World {
    /// The files.
    pub fs: MemFs,
    /// The time.
    pub clock: ManualClock,
    /// The randomness.
    pub entropy: SeededEntropy,
}

impl World {
    /// An empty disk; the same `seed` gives the same random bytes.
    #[must_use]
    pub fn new(seed: u64) -> World {
        World { fs: MemFs::new(), clock: ManualClock::default(), entropy: SeededEntropy::new(seed) }
    }

    /// A world that starts from a disk image: what a new process finds. Nobody holds a lock in it.
    #[must_use]
    pub fn from_image(image: &DiskImage, seed: u64) -> World {
        World { fs: MemFs::from_image(image), ..World::new(seed) }
    }

    /// The environment to open a store with.
    #[must_use]
    pub fn env(&self) -> Env {
        Env {
            fs: Arc::new(self.fs.clone()),
            clock: Arc::new(self.clock.clone()),
            entropy: Arc::new(self.entropy.clone()),
        }
    }
}

/// Is told of every call after it happened.
type Recorder = Arc<dyn Fn(&Call, &MemFs) + Send + Sync>;

struct Shared {
    disk: Arc<Disk>,
    /// Numbers of the files that are locked.
    locked: BTreeSet<Inode>,
    /// Counts crashes: a handle from before one is dead.
    life: u64,
    calls: u64,
    recorder: Option<Recorder>,
}

/// An in-memory file system that knows synced from unsynced bytes and directory entries, and can lose
/// what was not synced. Cloning gives another handle on the same files.
#[derive(Clone)]
pub struct MemFs {
    shared: Arc<Mutex<Shared>>,
}

impl fmt::Debug for MemFs {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let shared = self.lock();
        let unsynced = shared.disk.pending().len();
        f.debug_struct("MemFs").field("calls", &shared.calls).field("unsynced", &unsynced).finish()
    }
}

impl Default for MemFs {
    fn default() -> MemFs {
        MemFs::new()
    }
}

impl MemFs {
    /// An empty file system: the directory `/` and nothing in it.
    #[must_use]
    pub fn new() -> MemFs {
        MemFs::start(Arc::new(Disk::new()))
    }

    /// A file system that starts with what the image shows, synced or not. Use a crashed image to start
    /// after a power cut, and an uncrashed one to start after the death of a process alone.
    #[must_use]
    pub fn from_image(image: &DiskImage) -> MemFs {
        MemFs::start(Arc::clone(&image.0))
    }

    fn start(disk: Arc<Disk>) -> MemFs {
        let shared = Shared { disk, locked: BTreeSet::new(), life: 0, calls: 0, recorder: None };
        MemFs { shared: Arc::new(Mutex::new(shared)) }
    }

    fn lock(&self) -> MutexGuard<'_, Shared> {
        self.shared.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// The disk as it is now.
    #[must_use]
    pub fn image(&self) -> DiskImage {
        DiskImage(Arc::clone(&self.lock().disk))
    }

    /// Cuts the power: of the unsynced changes only the chosen ones survive, locks are free, and every
    /// open file is dead.
    pub fn crash(&self, survival: &Survival) {
        let mut shared = self.lock();
        shared.disk = DiskImage(Arc::clone(&shared.disk)).survive(survival).0;
        shared.locked.clear();
        shared.life += 1;
    }

    /// Makes everything durable, as a clean shutdown does.
    pub fn settle(&self) {
        Arc::make_mut(&mut self.lock().disk).settle();
    }

    /// Loses what was written to a file and not synced, as a failed writeback does: it stays visible until
    /// the power is cut, and no later sync makes it durable, though each claims to (Rebello et al., "Can
    /// Applications Recover from fsync Failures?", USENIX ATC 2020).
    ///
    /// # Errors
    /// `NotFound` if there is no such file.
    pub fn lose_writes(&self, path: &Path) -> io::Result<()> {
        let mut shared = self.lock();
        let inode = shared.disk.resolve(path)?;
        Arc::make_mut(&mut shared.disk).lose_writes(inode);
        Ok(())
    }

    /// How many calls there have been: of [`Fs`] and [`File`], failed ones too.
    #[must_use]
    pub fn calls(&self) -> u64 {
        self.lock().calls
    }

    /// Has `recorder` called after each call, on the thread that made it. It may take images.
    pub fn on_call(&self, recorder: impl Fn(&Call, &MemFs) + Send + Sync + 'static) {
        self.lock().recorder = Some(Arc::new(recorder));
    }

    /// Puts a durable file there, with the directories above it, as if it had always been there.
    ///
    /// # Errors
    /// `NotADirectory` or `IsADirectory` if the path runs into something else.
    pub fn place(&self, path: &Path, bytes: &[u8]) -> io::Result<()> {
        if let Some(dir) = path.parent() {
            self.place_dir(dir)?;
        }
        let mut shared = self.lock();
        let disk = Arc::make_mut(&mut shared.disk);
        let inode = open(disk, path)?;
        disk.change(Change::Truncate { inode, len: 0 });
        disk.change(Change::Write { inode, offset: 0, bytes: bytes.to_vec() });
        disk.sync_file(inode);
        let (dir, _) = disk.place(path)?;
        disk.sync_dir(dir);
        Ok(())
    }

    /// Puts a durable directory there, with those above it, as if it had always been there.
    ///
    /// # Errors
    /// `NotADirectory` if the path runs into a file.
    pub fn place_dir(&self, path: &Path) -> io::Result<()> {
        let mut above: Vec<&Path> = path.ancestors().collect();
        above.reverse();
        let mut shared = self.lock();
        let disk = Arc::make_mut(&mut shared.disk);
        for dir in above {
            if disk.find(dir)?.is_none() {
                let (parent, name) = disk.place(dir)?;
                disk.make(parent, name, true);
                disk.sync_dir(parent);
            }
        }
        Ok(())
    }

    /// Makes the call and reports it.
    fn call<T>(
        &self,
        kind: CallKind,
        path: &Path,
        target: Option<&Path>,
        call: impl FnOnce(&mut Shared) -> io::Result<T>,
    ) -> io::Result<T> {
        let (result, number, recorder) = {
            let mut shared = self.lock();
            let result = call(&mut shared);
            shared.calls += 1;
            (result, shared.calls, shared.recorder.clone())
        };
        if let Some(recorder) = recorder {
            let call = Call { number, kind, path: path.to_owned(), target: target.map(Path::to_owned) };
            recorder(&call, self);
        }
        result
    }
}

/// The file at `path`, made if missing.
fn open(disk: &mut Disk, path: &Path) -> io::Result<Inode> {
    match disk.find(path)? {
        Some(inode) if disk.is_dir(inode) => Err(io::ErrorKind::IsADirectory.into()),
        Some(inode) => Ok(inode),
        None => {
            let (dir, name) = disk.place(path)?;
            Ok(disk.make(dir, name, false))
        }
    }
}

impl Fs for MemFs {
    fn stat(&self, path: &Path) -> io::Result<Stat> {
        self.call(CallKind::Stat, path, None, |shared| {
            let inode = shared.disk.resolve(path)?;
            let kind = if shared.disk.is_dir(inode) { Kind::Directory } else { Kind::File };
            let (len, modified) = shared.disk.measure(inode);
            let modified_ns = i128::from(modified);
            Ok(Stat { kind, len, modified_ns, id: inode, foreign_owner: None })
        })
    }

    fn extent(&self, path: &Path) -> io::Result<Extent> {
        self.stat(path).map(Extent::from)
    }

    fn read(&self, path: &Path, range: Range<u64>) -> io::Result<Vec<u8>> {
        self.call(CallKind::Read, path, None, |shared| {
            let inode = shared.disk.resolve(path)?;
            let bytes = shared.disk.bytes(inode).ok_or(io::ErrorKind::IsADirectory)?;
            let cut = |at: u64| usize::try_from(at).unwrap_or(usize::MAX).min(bytes.len());
            Ok(bytes.get(cut(range.start)..cut(range.end)).unwrap_or_default().to_vec())
        })
    }

    fn create(&self, path: &Path, _access: Access) -> io::Result<Box<dyn File>> {
        self.call(CallKind::Create, path, None, |shared| {
            let disk = Arc::make_mut(&mut shared.disk);
            let inode = open(disk, path)?;
            if disk.measure(inode).0 > 0 {
                disk.change(Change::Truncate { inode, len: 0 });
            }
            Ok(self.handle(shared, path, inode, Some(0)))
        })
    }

    fn append(&self, path: &Path, _access: Access) -> io::Result<Box<dyn File>> {
        self.call(CallKind::Append, path, None, |shared| {
            let inode = match shared.disk.find(path)? {
                Some(inode) if !shared.disk.is_dir(inode) => inode,
                _ => open(Arc::make_mut(&mut shared.disk), path)?,
            };
            Ok(self.handle(shared, path, inode, None))
        })
    }

    fn reopen(&self, path: &Path) -> io::Result<Box<dyn File>> {
        self.call(CallKind::Reopen, path, None, |shared| {
            let inode = shared.disk.resolve(path)?;
            if shared.disk.is_dir(inode) {
                return Err(io::ErrorKind::IsADirectory.into());
            }
            Ok(self.handle(shared, path, inode, Some(0)))
        })
    }

    fn exchange(&self, here: &Path, there: &Path) -> io::Result<()> {
        self.call(CallKind::Exchange, here, Some(there), |shared| {
            let (inode, other) = (shared.disk.resolve(here)?, shared.disk.resolve(there)?);
            let (from_dir, from) = shared.disk.place(here)?;
            let (dir, name) = shared.disk.place(there)?;
            let disk = Arc::make_mut(&mut shared.disk);
            disk.change(Change::Exchange { from_dir, from, inode, dir, name, other });
            Ok(())
        })
    }

    fn rename(&self, from: &Path, to: &Path) -> io::Result<()> {
        self.call(CallKind::Rename, from, Some(to), |shared| {
            let inode = shared.disk.resolve(from)?;
            let (from_dir, from) = shared.disk.place(from)?;
            let (dir, name) = shared.disk.place(to)?;
            match shared.disk.find(to)? {
                Some(there) if there == inode => return Ok(()),
                Some(there) if shared.disk.is_dir(there) => return Err(io::ErrorKind::IsADirectory.into()),
                Some(_) if shared.disk.is_dir(inode) => return Err(io::ErrorKind::NotADirectory.into()),
                _ => {}
            }
            let disk = Arc::make_mut(&mut shared.disk);
            disk.change(Change::Rename { from_dir, from, dir, name, inode });
            Ok(())
        })
    }

    fn remove(&self, path: &Path) -> io::Result<()> {
        self.call(CallKind::Remove, path, None, |shared| {
            let inode = shared.disk.resolve(path)?;
            if shared.disk.is_dir(inode) {
                return Err(io::ErrorKind::IsADirectory.into());
            }
            let (dir, name) = shared.disk.place(path)?;
            Arc::make_mut(&mut shared.disk).change(Change::Unlink { dir, name, inode });
            Ok(())
        })
    }

    fn list(&self, dir: &Path) -> io::Result<Vec<PathBuf>> {
        self.call(CallKind::List, dir, None, |shared| {
            let inode = shared.disk.resolve(dir)?;
            if !shared.disk.is_dir(inode) {
                return Err(io::ErrorKind::NotADirectory.into());
            }
            Ok(shared.disk.names(inode).map(|name| dir.join(name)).collect())
        })
    }

    fn describe(&self, path: &Path) -> io::Result<Volume> {
        self.lock().disk.resolve(path).map(|_| Volume::named("memory", &[]))
    }

    fn create_dir(&self, dir: &Path) -> io::Result<()> {
        self.call(CallKind::CreateDir, dir, None, |shared| {
            if shared.disk.find(dir)?.is_some() {
                return Err(io::ErrorKind::AlreadyExists.into());
            }
            let (parent, name) = shared.disk.place(dir)?;
            Arc::make_mut(&mut shared.disk).make(parent, name, true);
            Ok(())
        })
    }

    fn sync_dir(&self, dir: &Path) -> io::Result<()> {
        self.call(CallKind::SyncDir, dir, None, |shared| {
            let inode = shared.disk.resolve(dir)?;
            if shared.disk.is_dir(inode) {
                Arc::make_mut(&mut shared.disk).sync_dir(inode);
            } else {
                Arc::make_mut(&mut shared.disk).sync_file(inode);
            }
            Ok(())
        })
    }

    fn try_lock(&self, path: &Path) -> io::Result<Option<Box<dyn HeldLock>>> {
        self.call(CallKind::TryLock, path, None, |shared| {
            let inode = match shared.disk.find(path)? {
                Some(inode) if inode != ROOT && !shared.disk.is_dir(inode) => inode,
                _ => open(Arc::make_mut(&mut shared.disk), path)?,
            };
            if !shared.locked.insert(inode) {
                return Ok(None);
            }
            let lock: Box<dyn HeldLock> = Box::new(MemLock { fs: self.clone(), inode, life: shared.life });
            Ok(Some(lock))
        })
    }
}
