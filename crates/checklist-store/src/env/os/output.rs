//! Files that children print into: who holds one open, and what is taken out of its middle meanwhile.

use super::super::Access;
use super::{open, options};
use std::io::{self, Read as _, Seek as _, SeekFrom, Write as _};
use std::ops::Range;
use std::path::Path;

/// Opens a file for the output of a child process; it is created for the owner alone.
///
/// The kernel keeps a lock on it until every process that inherited it has closed it, which
/// [`is_output_open`] asks for.
///
/// # Errors
/// Whatever the system says when the file cannot be opened.
pub fn output_file(path: &Path) -> io::Result<std::fs::File> {
    let file = options(Access::Private).append(true).create(true).open(path)?;
    // Where there are no locks, or an earlier child holds it, the file serves for output all the same. On
    // Windows a lock would keep those out who read.
    #[cfg(unix)]
    let _ = file.try_lock();
    Ok(file)
}

/// Whether a process holds the file open that it was given by [`output_file`], as far as the system tells.
#[must_use]
pub fn is_output_open(path: &Path) -> bool {
    let Ok(file) = open(options(Access::Private).read(true), path) else { return false };
    cfg!(unix) && matches!(file.try_lock(), Err(std::fs::TryLockError::WouldBlock))
}

/// The output of a child, to be shortened while others append to it.
///
/// ```
/// # let folder = tempfile::tempdir().unwrap();
/// use checklist_store::env::os;
/// use std::io::Write as _;
///
/// let path = folder.path().join("log");
/// let mut output = os::output_file(&path)?;
/// output.write_all(b"built\n")?;
/// assert!(os::is_output_open(&path));
/// drop(output);
/// assert!(!os::is_output_open(&path));
///
/// let mut kept = os::OutputFile::open(&path)?;
/// kept.write(0, b"B")?;
/// assert_eq!(kept.read(0..5)?, b"Built");
/// kept.truncate(5)?;
/// assert_eq!(kept.len_bytes()?, 5);
/// # Ok::<(), std::io::Error>(())
/// ```
#[derive(Debug)]
pub struct OutputFile(std::fs::File);

impl OutputFile {
    /// Opens a file that [`output_file`] made.
    ///
    /// # Errors
    /// Whatever the system says when it cannot be opened.
    pub fn open(path: &Path) -> io::Result<OutputFile> {
        open(options(Access::Private).read(true).write(true), path).map(OutputFile)
    }

    /// Its length now.
    ///
    /// # Errors
    /// Whatever the system says.
    pub fn len_bytes(&self) -> io::Result<u64> {
        self.0.metadata().map(|meta| meta.len())
    }

    /// Reads as many bytes of a range as there are.
    ///
    /// # Errors
    /// Whatever the system says.
    pub fn read(&mut self, range: Range<u64>) -> io::Result<Vec<u8>> {
        let mut bytes = Vec::new();
        self.0.seek(SeekFrom::Start(range.start))?;
        (&self.0).take(range.end.saturating_sub(range.start)).read_to_end(&mut bytes)?;
        Ok(bytes)
    }

    /// Writes over what is at `offset`.
    ///
    /// # Errors
    /// Whatever the system says.
    pub fn write(&mut self, offset: u64, bytes: &[u8]) -> io::Result<()> {
        self.0.seek(SeekFrom::Start(offset))?;
        self.0.write_all(bytes)
    }

    /// Ends the file here.
    ///
    /// # Errors
    /// Whatever the system says.
    pub fn truncate(&mut self, len: u64) -> io::Result<()> {
        self.0.set_len(len)
    }

    /// Gives the space of a range back: it reads as zeros then, and everything stays in its place. Atomic to
    /// those who append. See fallocate(2).
    ///
    /// # Errors
    /// `Unsupported` where the file system or the system cannot do that; and whatever the system says.
    pub fn release(&self, range: Range<u64>) -> io::Result<()> {
        self.allocate(range, Allocation::Release)
    }

    /// Takes a range out: what follows moves up. Atomic to those who append. Both ends must be multiples of the
    /// block size of the file system, and something must follow.
    ///
    /// # Errors
    /// As [`OutputFile::release`].
    pub fn remove(&self, range: Range<u64>) -> io::Result<()> {
        self.allocate(range, Allocation::Remove)
    }

    /// Where the first byte at or behind `offset` is that was not given back; `offset` itself where the system
    /// does not tell.
    ///
    /// # Errors
    /// Whatever the system says.
    pub fn kept_from(&self, offset: u64) -> io::Result<u64> {
        #[cfg(any(target_os = "linux", target_os = "android"))]
        {
            use rustix::io::Errno;
            match rustix::fs::seek(&self.0, rustix::fs::SeekFrom::Data(offset)) {
                Ok(found) => Ok(found),
                Err(Errno::NXIO) => self.len_bytes(),
                Err(Errno::INVAL) => Ok(offset),
                Err(error) => Err(error.into()),
            }
        }
        #[cfg(not(any(target_os = "linux", target_os = "android")))]
        Ok(offset)
    }

    #[cfg(any(target_os = "linux", target_os = "android"))]
    fn allocate(&self, range: Range<u64>, allocation: Allocation) -> io::Result<()> {
        use rustix::fs::FallocateFlags;
        use rustix::io::Errno;
        let flags = match allocation {
            Allocation::Release => FallocateFlags::PUNCH_HOLE | FallocateFlags::KEEP_SIZE,
            Allocation::Remove => FallocateFlags::COLLAPSE_RANGE,
        };
        let len = range.end.saturating_sub(range.start);
        rustix::fs::fallocate(&self.0, flags, range.start, len).map_err(|error| match error {
            Errno::NOTSUP | Errno::NOSYS | Errno::INVAL => io::ErrorKind::Unsupported.into(),
            error => error.into(),
        })
    }

    #[cfg(not(any(target_os = "linux", target_os = "android")))]
    fn allocate(&self, _: Range<u64>, _: Allocation) -> io::Result<()> {
        Err(io::ErrorKind::Unsupported.into())
    }
}

/// What becomes of a range that is not wanted any more.
#[derive(Clone, Copy)]
enum Allocation {
    Release,
    Remove,
}
