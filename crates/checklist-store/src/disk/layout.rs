//! `Layout`: every path under `.checklist/`; nobody else joins paths.

use super::owner::check_owner;
use crate::env::{Env, Kind};
use crate::error::{Error, ErrorKind, Result};
use crate::report::Lsn;
use std::io;
use std::path::{Component, Path, PathBuf};

/// What of a store is shared with others, such as by git: its name below the folder.
pub const SHARED_STATE: &str = "state.yaml";

/// What of a store is this machine's own, and must not be shared: names below the folder.
///
/// ```
/// use checklist_store::{PRIVATE_NAMES, SHARED_STATE};
///
/// assert_eq!(SHARED_STATE, "state.yaml");
/// assert!(PRIVATE_NAMES.contains(&".wal") && !PRIVATE_NAMES.contains(&SHARED_STATE));
/// ```
pub const PRIVATE_NAMES: [&str; 6] = [".wal", ".wal.head", ".backup", ".locks", ".tmp", "logs"];

/// Where users of the store keep files of theirs: names below the folder.
const KEPT_PLACES: [&str; 3] = ["templates", "logs", "archive"];

/// The paths of one store, and how much is kept under them.
#[derive(Clone, Debug)]
pub(crate) struct Layout {
    root: PathBuf,
    limits: Limits,
}

/// How much is kept of what only accumulates.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Limits {
    /// Copies of each reason in `.backup/`.
    pub(crate) copies: usize,
    /// Their bytes.
    pub(crate) copy_bytes: u64,
    /// The size at which a file of the history is rotated.
    pub(crate) history_bytes: u64,
}

impl Default for Limits {
    fn default() -> Limits {
        Limits { copies: 10, copy_bytes: 256 << 20, history_bytes: 8 << 20 }
    }
}

impl Layout {
    pub(crate) fn new(root: &Path) -> Layout {
        Layout { root: root.to_owned(), limits: Limits::default() }
    }

    pub(crate) fn limited(self, limits: Limits) -> Layout {
        Layout { limits, ..self }
    }

    pub(crate) fn limits(&self) -> Limits {
        self.limits
    }

    pub(crate) fn root(&self) -> &Path {
        &self.root
    }

    pub(crate) fn state(&self) -> PathBuf {
        self.root.join("state.yaml")
    }

    pub(crate) fn wal(&self) -> PathBuf {
        self.root.join(".wal")
    }

    pub(crate) fn wal_head(&self) -> PathBuf {
        self.root.join(".wal.head")
    }

    pub(crate) fn history(&self) -> PathBuf {
        self.root.join("history.jsonl")
    }

    /// A rotated file of the history, which ends at `last`.
    pub(crate) fn rotated_history(&self, last: Lsn) -> PathBuf {
        self.root.join(format!("history-{:010}.jsonl", last.0))
    }

    pub(crate) fn staging(&self) -> PathBuf {
        self.root.join(".tmp")
    }

    pub(crate) fn backups(&self) -> PathBuf {
        self.root.join(".backup")
    }

    /// What is known of the copies beside what they hold.
    pub(crate) fn manifest(&self) -> PathBuf {
        self.backups().join("manifest.jsonl")
    }

    pub(crate) fn locks(&self) -> PathBuf {
        self.root.join(".locks")
    }

    pub(crate) fn lock(&self) -> PathBuf {
        self.locks().join("state.lock")
    }

    /// The place at the head of those who wait for the lock.
    pub(crate) fn lock_turn(&self) -> PathBuf {
        self.locks().join("next.lock")
    }

    pub(crate) fn lock_owner(&self) -> PathBuf {
        self.locks().join("state.owner")
    }

    /// The volume that was last told of as one that cannot be relied upon.
    pub(crate) fn doubted_volume(&self) -> PathBuf {
        self.locks().join("volume")
    }

    /// The lock file of something other than the state; `name` is a plain word.
    pub(crate) fn named_lock(&self, name: &str) -> Result<PathBuf> {
        let is_word = |byte: u8| byte.is_ascii_alphanumeric() || byte == b'-' || byte == b'_';
        // On a disk that does not tell upper from lower case, `State` is the write lock.
        let is_own = ["state", "next"].iter().any(|own| name.eq_ignore_ascii_case(own));
        if name.is_empty() || is_own || name.len() > 128 || !name.bytes().all(is_word) {
            return Err(Error::new(ErrorKind::Invalid, format!("`{name}` cannot name a lock")));
        }
        Ok(self.locks().join(format!("{name}.lock")))
    }

    /// A file that users of the store keep below `templates/`, `logs/` or `archive/`.
    pub(crate) fn kept(&self, relative: &str) -> Result<PathBuf> {
        let path = Path::new(relative);
        let plain =
            path.components().all(|part| matches!(part, Component::Normal(_))) && !relative.contains('\0');
        let place = path
            .components()
            .next()
            .is_some_and(|first| KEPT_PLACES.iter().any(|place| first.as_os_str() == *place));
        if !plain || !place || path.components().count() < 2 {
            let reason = format!("`{relative}` is not a place below templates/, logs/ or archive/");
            return Err(Error::new(ErrorKind::Invalid, reason));
        }
        Ok(self.root.join(path))
    }

    /// Refuses a root that is missing, a symlink or no directory, or somebody else's.
    pub(crate) fn check_root(&self, env: &Env, accepts_owner: bool) -> Result<()> {
        match env.fs.stat(&self.root) {
            Ok(stat) if stat.kind == Kind::Directory => {
                check_owner(&self.root, stat.foreign_owner, accepts_owner)
            }
            Ok(stat) if stat.kind == Kind::Symlink => {
                Err(Error::new(ErrorKind::Invalid, "a store is never reached through a symbolic link")
                    .at(&self.root))
            }
            Ok(_) => Err(Error::new(ErrorKind::Invalid, "this is not a directory").at(&self.root)),
            Err(error) if error.kind() == io::ErrorKind::NotFound => {
                Err(Error::new(ErrorKind::NoStore, "there is no store here").at(&self.root))
            }
            Err(error) => Err(Error::io("look at the store", &self.root, error)),
        }
    }

    /// The folders a store consists of, outermost first, without that of the locks.
    pub(crate) fn folders(&self) -> [PathBuf; 5] {
        let below = |name| self.root.join(name);
        [self.root.clone(), self.staging(), self.backups(), below("templates"), below("logs")]
    }

    pub(crate) fn ignore(&self) -> PathBuf {
        self.root.join(".gitignore")
    }

    pub(crate) fn sync_root(&self, env: &Env) -> Result<()> {
        env.fs.sync_dir(&self.root).map_err(|error| Error::io("sync the folder", &self.root, error))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_users_keep_stays_in_its_places() {
        let layout = Layout::new(Path::new("/p/.checklist"));
        assert_eq!(layout.kept("templates/a.yaml").unwrap(), Path::new("/p/.checklist/templates/a.yaml"));
        assert_eq!(layout.kept("archive/01.yaml").unwrap(), Path::new("/p/.checklist/archive/01.yaml"));
        for bad in
            ["", "templates", "state.yaml", "/etc/x", "templates/../state.yaml", "../templates/x", "tmp/x"]
        {
            assert!(layout.kept(bad).is_err(), "{bad}");
        }
        for bad in ["", "state", "STATE", "State", "next", "a/b", "..", "a.b", &"x".repeat(129)] {
            assert!(layout.named_lock(bad).is_err(), "{bad}");
        }
        assert!(layout.named_lock(&"x".repeat(128)).is_ok());
    }
}
