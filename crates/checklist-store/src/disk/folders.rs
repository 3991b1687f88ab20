//! The folders of a store, and its `.gitignore`: created where missing.

use super::files;
use super::layout::Layout;
use super::lock::WriteLock;
use super::replace::replace;
use crate::env::{Access, Env};
use crate::error::{Error, Result};
use std::io;

const IGNORE: &str = "\
# The state and the templates are tracked; the log, the locks and the copies are this machine's own.
*
!.gitignore
!state.yaml
!templates/
!templates/**
";

/// Creates the folders that are missing, durably: all in a new store, all but the root in a fresh clone.
pub(crate) fn create(env: &Env, layout: &Layout) -> Result<()> {
    for folder in layout.folders() {
        match env.fs.create_dir(&folder) {
            Err(error) if error.kind() != io::ErrorKind::AlreadyExists => {
                return Err(Error::io("create the folder", &folder, error));
            }
            _ => {}
        }
    }
    layout.sync_root(env)?;
    match layout.root().parent().filter(|parent| !parent.as_os_str().is_empty()) {
        Some(parent) => env.fs.sync_dir(parent).map_err(|error| Error::io("sync the folder", parent, error)),
        None => Ok(()),
    }
}

/// Writes `.gitignore` if there is none; under the lock, for it is staged like any file.
pub(crate) fn write_ignore(env: &Env, layout: &Layout, _lock: &WriteLock) -> Result<()> {
    match files::stat(env, &layout.ignore())? {
        Some(_) => Ok(()),
        None => replace(env, layout, &layout.ignore(), IGNORE.as_bytes(), Access::Shared),
    }
}
