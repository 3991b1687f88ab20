//! The real world: the operating system's files, locks, clocks and randomness.
#![expect(
    clippy::disallowed_methods,
    clippy::disallowed_types,
    reason = "this file is the one door to the system"
)]

mod lock;
mod output;

use self::lock::{Idle, try_lock};
pub use self::output::{OutputFile, is_output_open, output_file};
use super::volume::{self, Volume};
use super::{Access, Clock, Entropy, Env, Extent, File, Fs, HeldLock, Instant, Kind, Stat, Timestamp};
use std::io::{self, Read, Seek, SeekFrom, Write};
use std::ops::Range;
use std::path::{Path, PathBuf};
use std::sync::{Arc, OnceLock};
use std::time::{Duration, SystemTime};

/// The environment of a real process.
///
/// ```
/// use checklist_store::env::{Clock, Fs, os};
///
/// let env = os::env();
/// assert!(env.clock.now().as_millis() > 0);
/// assert!(env.fs.stat(std::path::Path::new("/")).is_ok());
/// ```
#[must_use]
pub fn env() -> Env {
    Env { fs: Arc::new(OsFs::default()), clock: Arc::new(OsClock), entropy: Arc::new(OsEntropy) }
}

/// The operating system's file system.
#[derive(Debug, Default)]
pub struct OsFs {
    idle: Idle,
    /// Who this process acts as.
    #[cfg(unix)]
    user: OnceLock<u32>,
}

#[derive(Debug)]
struct OsFile {
    file: std::fs::File,
    /// A new file's metadata matters as much as its bytes; a growing log needs its size alone.
    sync_metadata: bool,
}

fn options(access: Access) -> std::fs::OpenOptions {
    let mut options = std::fs::File::options();
    #[cfg(unix)]
    {
        use std::os::unix::fs::OpenOptionsExt;
        options.mode(if access == Access::Private { 0o600 } else { 0o666 });
        // A pipe that somebody put in the place of a file must not make the open wait for its other end.
        let flags = rustix::fs::OFlags::NOFOLLOW | rustix::fs::OFlags::NONBLOCK;
        options.custom_flags(flags.bits().cast_signed());
    }
    #[cfg(not(unix))]
    let _ = access;
    options
}

/// Opens a regular file, and refuses anything else that has the name.
fn open(options: &std::fs::OpenOptions, path: &Path) -> io::Result<std::fs::File> {
    let file = options.open(path)?;
    match extent_of(&file)?.kind {
        Kind::File => Ok(file),
        Kind::Directory => Err(io::ErrorKind::IsADirectory.into()),
        _ => Err(io::Error::new(io::ErrorKind::InvalidInput, "this is not a regular file")),
    }
}

fn extent_in(meta: &std::fs::Metadata) -> Extent {
    let kind = match meta.file_type() {
        kind if kind.is_file() => Kind::File,
        kind if kind.is_dir() => Kind::Directory,
        kind if kind.is_symlink() => Kind::Symlink,
        _ => Kind::Other,
    };
    #[cfg(unix)]
    let id = std::os::unix::fs::MetadataExt::ino(meta);
    #[cfg(not(unix))]
    let id = 0;
    Extent { kind, len: meta.len(), id }
}

/// What an open file is, without its times.
fn extent_of(file: &std::fs::File) -> io::Result<Extent> {
    #[cfg(target_os = "linux")]
    if let Ok(extent) = extent(file, Path::new(""), rustix::fs::AtFlags::EMPTY_PATH) {
        return Ok(extent);
    }
    file.metadata().map(|meta| extent_in(&meta))
}

/// The entries of a directory. The standard library panics if closing one fails, and follows a symbolic link.
#[cfg(unix)]
fn list(dir: &Path) -> io::Result<Vec<PathBuf>> {
    use rustix::fs::{Dir, Mode, OFlags};
    use std::os::unix::ffi::OsStrExt;
    let flags = OFlags::RDONLY | OFlags::DIRECTORY | OFlags::NOFOLLOW | OFlags::CLOEXEC;
    let entries = Dir::new(rustix::fs::open(dir, flags, Mode::empty())?)?;
    let mut paths = Vec::new();
    for entry in entries {
        let entry = entry?;
        let name = std::ffi::OsStr::from_bytes(entry.file_name().to_bytes());
        if name != "." && name != ".." {
            paths.push(dir.join(name));
        }
    }
    Ok(paths)
}

#[cfg(not(unix))]
fn list(dir: &Path) -> io::Result<Vec<PathBuf>> {
    std::fs::read_dir(dir)?.map(|entry| entry.map(|entry| entry.path())).collect()
}

/// The standard library asks for all that the system knows, times included.
#[cfg(target_os = "linux")]
fn extent(
    dir: impl std::os::fd::AsFd,
    path: &Path,
    flags: rustix::fs::AtFlags,
) -> rustix::io::Result<Extent> {
    use rustix::fs::{FileType, StatxFlags, statx};
    let found = statx(dir, path, flags, StatxFlags::TYPE | StatxFlags::SIZE | StatxFlags::INO)?;
    let kind = match FileType::from_raw_mode(found.stx_mode.into()) {
        FileType::RegularFile => Kind::File,
        FileType::Directory => Kind::Directory,
        FileType::Symlink => Kind::Symlink,
        _ => Kind::Other,
    };
    Ok(Extent { kind, len: found.stx_size, id: found.stx_ino })
}

impl Fs for OsFs {
    fn stat(&self, path: &Path) -> io::Result<Stat> {
        let meta = std::fs::symlink_metadata(path)?;
        let Extent { kind, len, id } = extent_in(&meta);
        let modified = meta.modified()?;
        let modified_ns = match modified.duration_since(SystemTime::UNIX_EPOCH) {
            Ok(after) => after.as_nanos().cast_signed(),
            Err(before) => -before.duration().as_nanos().cast_signed(),
        };
        #[cfg(unix)]
        let foreign_owner = {
            let user = self.user.get_or_init(|| rustix::process::geteuid().as_raw());
            Some(std::os::unix::fs::MetadataExt::uid(&meta)).filter(|owner| owner != user)
        };
        #[cfg(not(unix))]
        let foreign_owner = None;
        Ok(Stat { kind, len, modified_ns, id, foreign_owner })
    }

    fn extent(&self, path: &Path) -> io::Result<Extent> {
        #[cfg(target_os = "linux")]
        if let Ok(extent) = extent(rustix::fs::CWD, path, rustix::fs::AtFlags::SYMLINK_NOFOLLOW) {
            return Ok(extent);
        }
        self.stat(path).map(Extent::from)
    }

    fn read(&self, path: &Path, range: Range<u64>) -> io::Result<Vec<u8>> {
        let mut file = open(options(Access::Private).read(true), path)?;
        let len = extent_of(&file)?.len;
        let (start, end) = (range.start.min(len), range.end.min(len));
        if start > 0 {
            file.seek(SeekFrom::Start(start))?;
        }
        let mut bytes = Vec::with_capacity(usize::try_from(end.saturating_sub(start)).unwrap_or(0) + 1);
        // Bounded by the range and not by the length seen above: the file may grow while it is read.
        file.take(range.end.saturating_sub(start)).read_to_end(&mut bytes)?;
        Ok(bytes)
    }

    fn create(&self, path: &Path, access: Access) -> io::Result<Box<dyn File>> {
        let file = open(options(access).write(true).create(true).truncate(true), path)?;
        Ok(Box::new(OsFile { file, sync_metadata: true }))
    }

    fn append(&self, path: &Path, access: Access) -> io::Result<Box<dyn File>> {
        let file = open(options(access).append(true).create(true), path)?;
        Ok(Box::new(OsFile { file, sync_metadata: false }))
    }

    fn reopen(&self, path: &Path) -> io::Result<Box<dyn File>> {
        let file = open(options(Access::Private).read(true).write(true), path)?;
        // The file was there before: of its metadata only what leads to its bytes matters.
        Ok(Box::new(OsFile { file, sync_metadata: false }))
    }

    fn rename(&self, from: &Path, to: &Path) -> io::Result<()> {
        std::fs::rename(from, to)
    }

    fn exchange(&self, here: &Path, there: &Path) -> io::Result<()> {
        #[cfg(any(target_os = "linux", target_os = "android", target_vendor = "apple"))]
        {
            use rustix::fs::{CWD, RenameFlags, renameat_with};
            renameat_with(CWD, here, CWD, there, RenameFlags::EXCHANGE).map_err(|error| {
                // Kernels and file systems without the flag answer in one of these ways.
                let is_unknown =
                    [rustix::io::Errno::INVAL, rustix::io::Errno::NOSYS, rustix::io::Errno::NOTSUP];
                if is_unknown.contains(&error) { io::ErrorKind::Unsupported.into() } else { error.into() }
            })
        }
        #[cfg(not(any(target_os = "linux", target_os = "android", target_vendor = "apple")))]
        {
            let _ = (here, there);
            Err(io::ErrorKind::Unsupported.into())
        }
    }

    fn remove(&self, path: &Path) -> io::Result<()> {
        std::fs::remove_file(path)
    }

    fn list(&self, dir: &Path) -> io::Result<Vec<PathBuf>> {
        let mut paths = list(dir)?;
        // All lie in one folder: their bytes have the order of their names, and are compared in a tenth of the time.
        paths.sort_unstable_by(|one, other| one.as_os_str().cmp(other.as_os_str()));
        Ok(paths)
    }

    fn describe(&self, path: &Path) -> io::Result<Volume> {
        #[cfg(unix)]
        {
            let space = rustix::fs::statvfs(path)?;
            let free_bytes = space.f_bavail.saturating_mul(space.f_frsize);
            #[cfg(target_os = "linux")]
            let volume = {
                let magic = u64::try_from(rustix::fs::statfs(path)?.f_type).ok();
                let mounts = std::fs::read("/proc/self/mountinfo").unwrap_or_default();
                Volume::described(magic, volume::find_mount(&mounts, &path.canonicalize()?).as_ref())
            };
            #[cfg(not(target_os = "linux"))]
            let volume = Volume::named("unknown", &[]);
            Ok(volume.with_free_bytes(free_bytes))
        }
        #[cfg(not(unix))]
        path.metadata().map(|_| Volume::named("unknown", &[]))
    }

    fn create_dir(&self, dir: &Path) -> io::Result<()> {
        #[cfg_attr(not(unix), expect(unused_mut, reason = "modes exist on Unix alone"))]
        let mut builder = std::fs::DirBuilder::new();
        #[cfg(unix)]
        std::os::unix::fs::DirBuilderExt::mode(&mut builder, 0o700);
        builder.create(dir)
    }

    fn sync_dir(&self, dir: &Path) -> io::Result<()> {
        // Windows has no call that syncs a directory; NTFS journals its entries in order.
        #[cfg(windows)]
        let _ = dir;
        #[cfg(not(windows))]
        options(Access::Private).read(true).open(dir)?.sync_all()?;
        Ok(())
    }

    fn try_lock(&self, path: &Path) -> io::Result<Option<Box<dyn HeldLock>>> {
        let mut options = options(Access::Private);
        options.read(true).write(true).create(true).truncate(false);
        let lock = try_lock(path, &self.idle, || open(&options, path))?;
        Ok(lock.map(|lock| Box::new(lock) as Box<dyn HeldLock>))
    }
}

impl File for OsFile {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.file.write(bytes)
    }

    fn write_at(&mut self, offset: u64, bytes: &[u8]) -> io::Result<usize> {
        #[cfg(unix)]
        let written = std::os::unix::fs::FileExt::write_at(&self.file, bytes, offset);
        #[cfg(not(unix))]
        let written = self.file.seek(SeekFrom::Start(offset)).and_then(|_| self.file.write(bytes));
        written
    }

    fn read_at(&mut self, offset: u64, bytes: &mut [u8]) -> io::Result<usize> {
        #[cfg(unix)]
        let read = std::os::unix::fs::FileExt::read_at(&self.file, bytes, offset);
        #[cfg(not(unix))]
        let read = self.file.seek(SeekFrom::Start(offset)).and_then(|_| self.file.read(bytes));
        read
    }

    fn truncate(&mut self, len: u64) -> io::Result<()> {
        self.file.set_len(len)
    }

    fn sync(&mut self) -> io::Result<()> {
        if self.sync_metadata { self.file.sync_all() } else { self.file.sync_data() }
    }
}

/// The system's clocks.
#[derive(Debug)]
pub struct OsClock;

impl Clock for OsClock {
    fn now(&self) -> Timestamp {
        let ms = match SystemTime::now().duration_since(SystemTime::UNIX_EPOCH) {
            Ok(after) => i64::try_from(after.as_millis()).unwrap_or(i64::MAX),
            Err(before) => -i64::try_from(before.duration().as_millis()).unwrap_or(i64::MAX),
        };
        Timestamp::from_millis(ms)
    }

    fn instant(&self) -> Instant {
        static START: OnceLock<std::time::Instant> = OnceLock::new();
        let start = START.get_or_init(std::time::Instant::now);
        Instant::from_nanos(u64::try_from(start.elapsed().as_nanos()).unwrap_or(u64::MAX))
    }

    fn sleep(&self, duration: Duration) {
        std::thread::sleep(duration);
    }
}

/// The system's random number generator.
#[derive(Debug)]
pub struct OsEntropy;

impl Entropy for OsEntropy {
    fn fill(&self, bytes: &mut [u8]) {
        getrandom::fill(bytes).expect("the system gives random bytes once it has booted");
    }
}

/// Reads a regular file of the system, such as `/etc/localtime`; unlike the files of a project it may be a link.
///
/// # Errors
/// Whatever the system says when it cannot be read, and `InvalidData` if it is longer than `bytes_max`.
pub fn system_file(path: &Path, bytes_max: u64) -> io::Result<Vec<u8>> {
    let file = open(std::fs::File::options().read(true), path)?;
    let mut bytes = Vec::new();
    file.take(bytes_max.saturating_add(1)).read_to_end(&mut bytes)?;
    let is_whole = u64::try_from(bytes.len()).is_ok_and(|len| len <= bytes_max);
    if is_whole { Ok(bytes) } else { Err(io::ErrorKind::InvalidData.into()) }
}

/// Removes a folder and everything in it; a symbolic link in it is removed and not followed.
///
/// # Errors
/// Whatever the system says about the first thing that cannot be removed.
///
/// ```
/// # let folder = tempfile::tempdir().unwrap();
/// use checklist_store::env::os;
///
/// let path = folder.path().join("away");
/// std::fs::create_dir(&path)?;
/// std::fs::write(path.join("a"), "text")?;
/// assert_eq!(os::system_file(&path.join("a"), 4)?, b"text");
/// os::remove_folder(&path)?;
/// assert!(!path.exists());
/// # Ok::<(), std::io::Error>(())
/// ```
pub fn remove_folder(path: &Path) -> io::Result<()> {
    std::fs::remove_dir_all(path)
}

#[cfg(all(test, unix))]
mod tests;
