//! What a `Store` does for its users beside the state: it keeps files, and gives locks of other names.

use crate::disk::files;
use crate::disk::folders;
use crate::disk::lock::{self, Hold};
use crate::disk::replace;
use crate::env::{Access, Kind};
use crate::error::{Error, Result};
use crate::store::Store;
use std::path::{Path, PathBuf};

impl Store {
    /// Keeps a file below `templates/`, `logs/` or `archive/`, durably and as a whole.
    ///
    /// # Errors
    /// [`ErrorKind::Invalid`](crate::ErrorKind::Invalid) for another place, [`ErrorKind::LockTimeout`](crate::ErrorKind::LockTimeout), and those of the file system.
    ///
    /// ```
    /// # let folder = tempfile::tempdir().unwrap();
    /// use checklist_store::Store;
    ///
    /// let store = Store::open(folder.path().join("state"))?;
    /// let path = store.keep("templates/own.yaml", b"checklist: 1\n")?;
    /// assert!(path.starts_with(store.root()) && path.is_file());
    /// let log = store.place("logs/a.log")?; // the folder is there; whoever runs the command writes the file
    /// assert!(log.parent().is_some_and(|folder| folder.is_dir()));
    /// # Ok::<(), checklist_store::Error>(())
    /// ```
    pub fn keep(&self, relative: &str, bytes: &[u8]) -> Result<PathBuf> {
        let env = &self.options.env;
        let path = self.layout.kept(relative)?;
        // What is staged is staged under the lock, so that whoever holds it may sweep.
        let _lock = self.lock()?;
        let folders = self.make_folders(&path)?;
        let access = if relative.starts_with("logs/") { Access::Private } else { Access::Shared };
        replace::replace(env, &self.layout, &path, bytes, access)?;
        folders.iter().try_for_each(|folder| {
            env.fs.sync_dir(folder).map_err(|error| Error::io("sync the folder", folder, error))
        })?;
        Ok(path)
    }

    /// Where a file below `templates/`, `logs/` or `archive/` is or would be; its folder exists afterwards.
    ///
    /// # Errors
    /// [`ErrorKind::Invalid`](crate::ErrorKind::Invalid) for another place, and those of the file system.
    pub fn place(&self, relative: &str) -> Result<PathBuf> {
        let path = self.layout.kept(relative)?;
        self.make_folders(&path)?;
        Ok(path)
    }

    /// Creates the folders above a kept file; returns those whose entries lead to it.
    fn make_folders(&self, path: &Path) -> Result<Vec<PathBuf>> {
        let env = &self.options.env;
        let above = path.ancestors().skip(1).take_while(|folder| *folder != self.layout.root());
        let folders: Vec<PathBuf> = above.map(Path::to_owned).collect();
        for folder in folders.iter().rev() {
            match env.fs.create_dir(folder) {
                Err(error) if error.kind() != std::io::ErrorKind::AlreadyExists => {
                    return Err(Error::io("create the folder", folder, error));
                }
                _ => {}
            }
            if files::stat(env, folder)?.is_none_or(|stat| stat.kind != Kind::Directory) {
                return Err(folders::not_a_folder(folder));
            }
        }
        let entries = folders.iter().filter_map(|folder| folder.parent()).map(Path::to_owned);
        Ok(entries.collect())
    }

    /// Takes a lock of another name, which the kernel releases when this process dies; `None` if another
    /// process holds it. Never waits.
    ///
    /// # Errors
    /// [`ErrorKind::Invalid`](crate::ErrorKind::Invalid) if `name` is not a plain word, and those of the file system.
    pub fn try_hold(&self, name: &str) -> Result<Option<Hold>> {
        lock::try_hold(&self.options.env, &self.layout, &self.layout.named_lock(name)?)
    }
}
