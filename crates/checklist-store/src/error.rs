//! `Error`: what went wrong, where, and whether the change is saved, not saved or in doubt.

use std::fmt;
use std::io;
use std::path::{Path, PathBuf};
use std::sync::Arc;

/// The result of everything that can fail here.
pub type Result<T, E = Error> = std::result::Result<T, E>;

/// What the caller can do about an error.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum ErrorKind {
    /// A key is malformed, too long or too deep, or addresses nothing that can be written: fix the input.
    InvalidKey,
    /// There is nothing under the key.
    NotFound,
    /// The value is not the one that was expected: read again.
    Conflict,
    /// A value or the whole draft was refused by a rule: fix the input.
    Invalid,
    /// Another process held the lock for longer than the wait allows: try again.
    LockTimeout,
    /// The lock could not be taken at all.
    LockRefused,
    /// The store cannot be written here.
    ReadOnly,
    /// The disk or the quota is full: free space and try again.
    StorageFull,
    /// What is on disk cannot have been left by a crash: it was changed or damaged.
    Corrupt,
    /// A newer program wrote this store.
    UnsupportedFormat,
    /// `state.yaml` was edited by hand: adopt the edit or restore the state.
    Edited,
    /// The disk did not confirm the change: whether it is saved shows when the store is reopened.
    InDoubt,
    /// An earlier change is in doubt, so nothing more is written until the store is reopened.
    Poisoned,
    /// The transaction took longer than its deadline.
    Timeout,
    /// A limit on size, depth or count was exceeded: fix the input.
    LimitExceeded,
    /// There is no store here.
    NoStore,
    /// The coordinator was closed, by this or another thread.
    Closed,
    /// Any other failure of the file system.
    Io,
}

/// What is known about the change after an error.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Outcome {
    /// Nothing was changed on disk.
    NotSaved,
    /// The change is durable; what failed came after it.
    Saved,
    /// The change may or may not be durable; reopening the store decides, and says so.
    InDoubt,
}

/// An error of the store: opaque, boxed, and always with a message a person can act on. It never
/// holds a state value.
///
/// ```
/// use checklist_store::{Error, ErrorKind, Outcome};
///
/// let error = Error::new(ErrorKind::Invalid, "a build without a target");
/// assert_eq!((error.kind(), error.outcome()), (ErrorKind::Invalid, Outcome::NotSaved));
/// assert!(!error.is_retryable() && !error.is_corruption());
/// assert_eq!((error.message(), error.path(), error.cause()), ("a build without a target", None, None));
/// ```
#[derive(Clone)]
pub struct Error(Box<Inner>);

#[derive(Clone)]
struct Inner {
    kind: ErrorKind,
    outcome: Outcome,
    message: String,
    path: Option<PathBuf>,
    source: Option<Arc<io::Error>>,
}

impl Error {
    /// A new error; nothing was saved. Also for the caller's own refusals inside a transaction.
    #[must_use]
    pub fn new(kind: ErrorKind, message: impl Into<String>) -> Error {
        let outcome = if kind == ErrorKind::InDoubt { Outcome::InDoubt } else { Outcome::NotSaved };
        Error(Box::new(Inner { kind, outcome, message: message.into(), path: None, source: None }))
    }

    /// An error of the file system while doing `action` ("append to the log") to `path`.
    pub(crate) fn io(action: &str, path: &Path, source: io::Error) -> Error {
        let mut error = Error::new(kind_of(&source), format!("cannot {action}")).at(path);
        error.0.source = Some(Arc::new(source));
        error
    }

    pub(crate) fn at(mut self, path: &Path) -> Error {
        self.0.path = Some(path.to_owned());
        self
    }

    /// The same error where every change was saved before it.
    pub(crate) fn saved(mut self) -> Error {
        self.0.outcome = Outcome::Saved;
        self
    }

    /// The same error for a change whose sync failed.
    pub(crate) fn in_doubt(mut self) -> Error {
        self.0.kind = ErrorKind::InDoubt;
        self.0.outcome = Outcome::InDoubt;
        self
    }

    /// The same error of a repair that was cut off: it concerns no change of the caller's, and loses nothing,
    /// for the next start finishes the repair.
    pub(crate) fn unfinished(mut self) -> Error {
        if self.0.outcome != Outcome::NotSaved {
            self.0.outcome = Outcome::NotSaved;
            self.0.kind = self.0.source.as_deref().map_or(ErrorKind::Io, kind_of);
        }
        self
    }

    /// The same error once more, for whoever asks again.
    pub(crate) fn repeated(&self) -> Error {
        self.reworded(self.message())
    }

    /// An error of the same kind about the same path, in other words and without the cause.
    pub(crate) fn reworded(&self, message: impl Into<String>) -> Error {
        let error = Error::new(self.kind(), message);
        match self.path() {
            Some(path) => error.at(path),
            None => error,
        }
    }

    /// What the caller can do about it.
    #[must_use]
    pub fn kind(&self) -> ErrorKind {
        self.0.kind
    }

    /// Whether the change is saved, not saved or in doubt.
    #[must_use]
    pub fn outcome(&self) -> Outcome {
        self.0.outcome
    }

    /// The file or folder it happened to.
    #[must_use]
    pub fn path(&self) -> Option<&Path> {
        self.0.path.as_deref()
    }

    /// The message without the path and the cause.
    #[must_use]
    pub fn message(&self) -> &str {
        &self.0.message
    }

    /// What the operating system said, in words.
    #[must_use]
    pub fn cause(&self) -> Option<String> {
        self.0.source.as_deref().map(plain_words)
    }

    /// Whether the same call may succeed later without anything being fixed first.
    #[must_use]
    pub fn is_retryable(&self) -> bool {
        matches!(self.0.kind, ErrorKind::LockTimeout | ErrorKind::Conflict)
    }

    /// Whether repairing the store is worth trying.
    #[must_use]
    pub fn is_corruption(&self) -> bool {
        self.0.kind == ErrorKind::Corrupt
    }
}

fn kind_of(error: &io::Error) -> ErrorKind {
    match error.kind() {
        io::ErrorKind::StorageFull | io::ErrorKind::QuotaExceeded | io::ErrorKind::FileTooLarge => {
            ErrorKind::StorageFull
        }
        io::ErrorKind::ReadOnlyFilesystem | io::ErrorKind::PermissionDenied => ErrorKind::ReadOnly,
        _ => ErrorKind::Io,
    }
}

/// The system's message without its number, and without a capital: "no space left on device".
fn plain_words(error: &io::Error) -> String {
    let text = error.to_string();
    let text = text.split(" (os error").next().unwrap_or(&text);
    let mut letters = text.chars();
    letters.next().map(|first| first.to_lowercase().chain(letters).collect()).unwrap_or_default()
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0.message)?;
        if let Some(path) = &self.0.path {
            write!(f, ": {}", path.display())?;
        }
        if let Some(cause) = self.cause() {
            write!(f, ": {cause}")?;
        }
        match self.0.outcome {
            Outcome::NotSaved => Ok(()),
            Outcome::Saved => f.write_str(" (the change is saved)"),
            Outcome::InDoubt => f.write_str(" (it is in doubt whether the change is saved)"),
        }
    }
}

impl fmt::Debug for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:?}: {self}", self.0.kind)
    }
}

impl std::error::Error for Error {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        self.0.source.as_deref().map(|error| error as _)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_message_names_the_path_and_speaks_in_words() {
        let error = Error::io("append to the log", Path::new("x/.wal"), io::Error::from_raw_os_error(28));
        assert_eq!(error.kind(), ErrorKind::StorageFull);
        assert_eq!(error.outcome(), Outcome::NotSaved);
        assert_eq!(error.to_string(), "cannot append to the log: x/.wal: no space left on device");
        assert!(error.in_doubt().to_string().ends_with("(it is in doubt whether the change is saved)"));
    }
}
