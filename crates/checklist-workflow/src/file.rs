//! One small file: read whole within a bound, or replaced so that a crash leaves the old one or the new one.

use checklist_store::env::{Access, Env, Kind, write_fully};
use std::error::Error;
use std::fmt;
use std::io;
use std::path::{Path, PathBuf};

/// A file operation that failed: what was tried, on which path, and why.
///
/// ```
/// use checklist_store::env::mem::World;
/// use checklist_workflow::output::tail;
/// use std::{io::ErrorKind, path::Path};
///
/// let error = tail(&World::new(1).env(), Path::new("/gone.log"), 1, 1).unwrap_err();
/// assert!(!checklist_workflow::file::reason(&ErrorKind::NotFound.into()).is_empty());
/// assert_eq!((error.path(), error.kind()), (Path::new("/gone.log"), ErrorKind::NotFound));
/// ```
#[derive(Debug)]
pub struct FileError {
    doing: &'static str,
    path: PathBuf,
    source: io::Error,
}

impl FileError {
    pub(crate) fn new(doing: &'static str, path: &Path, source: io::Error) -> FileError {
        FileError { doing, path: path.to_owned(), source }
    }

    /// The file or folder it happened to.
    #[must_use]
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// The class of the system's error.
    #[must_use]
    pub fn kind(&self) -> io::ErrorKind {
        self.source.kind()
    }
}

impl fmt::Display for FileError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "cannot {} {}: {}", self.doing, self.path.display(), reason(&self.source))
    }
}

impl Error for FileError {
    fn source(&self) -> Option<&(dyn Error + 'static)> {
        Some(&self.source)
    }
}

/// The system's error in words, without a bare code and without a capital.
#[must_use]
pub fn reason(error: &io::Error) -> String {
    if rustix::io::Errno::from_io_error(error) == Some(rustix::io::Errno::LOOP) {
        return "it is a symbolic link, which is not followed here".to_owned();
    }
    match error.kind() {
        io::ErrorKind::NotFound => "there is no such file or folder".to_owned(),
        io::ErrorKind::PermissionDenied => "permission denied".to_owned(),
        io::ErrorKind::StorageFull => "no space left on device".to_owned(),
        io::ErrorKind::QuotaExceeded => "the disk quota is used up".to_owned(),
        io::ErrorKind::ReadOnlyFilesystem => "the file system is read-only".to_owned(),
        io::ErrorKind::NotADirectory => "a part of the path is not a folder".to_owned(),
        io::ErrorKind::IsADirectory => "it is a folder".to_owned(),
        _ => {
            let text = error.to_string();
            let text = text.split(" (os error").next().unwrap_or(&text);
            let mut letters = text.chars();
            letters.next().map(|first| first.to_lowercase().chain(letters).collect()).unwrap_or_default()
        }
    }
}

/// Reads a regular file of at most `bytes_max` bytes.
///
/// # Errors
/// When it cannot be read, is not a regular file (a pipe would make the reader wait for ever), or is larger.
pub(crate) fn read_bounded(env: &Env, path: &Path, bytes_max: u64) -> Result<Vec<u8>, FileError> {
    let failed = |source| FileError::new("read", path, source);
    match env.fs.stat(path).map_err(failed)?.kind {
        Kind::File => {}
        Kind::Directory => return Err(failed(io::ErrorKind::IsADirectory.into())),
        Kind::Symlink => return Err(failed(rustix::io::Errno::LOOP.into())),
        Kind::Other => return Err(failed(io::Error::other("it is not a regular file"))),
    }
    let bytes = env.fs.read(path, 0..bytes_max.saturating_add(1)).map_err(failed)?;
    if bytes.len() as u64 > bytes_max {
        let text = format!("it is larger than {bytes_max} bytes");
        return Err(failed(io::Error::new(io::ErrorKind::FileTooLarge, text)));
    }
    Ok(bytes)
}

/// Creates `dir` and the parents it lacks, for the owner alone, each durable before the next is made in it.
///
/// # Errors
/// The first creation or sync that failed.
pub(crate) fn create_folders(env: &Env, dir: &Path) -> Result<(), FileError> {
    let failed = |source| FileError::new("create the folder", dir, source);
    let Some(parent) = dir.parent() else { return Ok(()) };
    let mut made = env.fs.create_dir(dir);
    if made.as_ref().is_err_and(|error| error.kind() == io::ErrorKind::NotFound) {
        create_folders(env, parent)?;
        made = env.fs.create_dir(dir);
    }
    let synced = env.fs.sync_dir(parent);
    match made {
        Ok(()) => synced.map_err(|source| FileError::new("sync the folder", parent, source)),
        // Whoever made it may have died before the sync, so it was repeated above; where the parent is not
        // ours to sync, the folder was not made by this program.
        Err(error) if error.kind() == io::ErrorKind::AlreadyExists => Ok(()),
        Err(error) => Err(failed(error)),
    }
}

/// Replaces the file at `path`, readable by the owner alone: whoever looks, and whatever crashes, there is
/// the old content or the new. Durable once this returns.
///
/// # Errors
/// The first call that failed. Before the last step, syncing the folder, the old content is untouched.
pub(crate) fn replace(env: &Env, path: &Path, bytes: &[u8]) -> Result<(), FileError> {
    let dir = path.parent().unwrap_or(Path::new("."));
    let staged = dir.join(format!(".stage-{}", env.uuid().simple()));
    let stage = || -> io::Result<()> {
        let mut file = env.fs.create(&staged, Access::Private)?;
        write_fully(file.as_mut(), bytes)?;
        file.sync()?;
        drop(file);
        env.fs.rename(&staged, path)
    };
    if let Err(source) = stage() {
        // The stage is ours alone and nobody reads it; where it cannot be removed, the first error matters.
        let _ = env.fs.remove(&staged);
        return Err(FileError::new("write", path, source));
    }
    env.fs.sync_dir(dir).map_err(|source| FileError::new("sync the folder", dir, source))
}

#[cfg(test)]
mod tests {
    use super::reason;
    use std::io;

    #[test]
    fn every_error_of_the_system_is_told_in_words_without_its_number() {
        for code in 1..134 {
            let words = reason(&io::Error::from_raw_os_error(code));
            assert!(!words.is_empty() && !words.contains("os error"), "{code}: {words}");
        }
        assert_eq!(reason(&io::Error::from_raw_os_error(5)), "input/output error");
    }
}
