//! The folders of a store, and its `.gitignore`: created where missing.

use super::files;
use super::layout::Layout;
use super::lock::WriteLock;
use super::replace::replace;
use crate::env::{Access, Env, Kind};
use crate::error::{Error, ErrorKind, Result};
use crate::planted::{self, Bug};
use std::io;
use std::path::Path;

const IGNORE: &str = "\
# The state, the templates and the finished runs are tracked; the log, the locks and the copies are this machine's own.
*
!.gitignore
!state.yaml
!templates/
!templates/**
!archive/
!archive/**
";

/// Creates the folders that are missing, durably: all in a new store, all but the root in a fresh clone.
///
/// The folder of the locks comes last, after the name of an empty log is durable: who finds the locks may
/// rely on that name. Syncing a log never makes its name durable.
pub(crate) fn create(env: &Env, layout: &Layout) -> Result<()> {
    for folder in layout.folders() {
        create_one(env, &folder)?;
    }
    if !planted::is(Bug::ForgetLogName) {
        let wal = layout.wal();
        env.fs.append(&wal, Access::Private).map_err(|error| Error::io("create the log", &wal, error))?;
        layout.sync_root(env)?;
    }
    create_one(env, &layout.locks())?;
    layout.sync_root(env)?;
    sync_name(env, layout.root())
}

/// Makes the name of a folder that was just created durable, in the folder that it lies in.
pub(crate) fn sync_name(env: &Env, folder: &Path) -> Result<()> {
    match folder.parent().filter(|parent| !parent.as_os_str().is_empty()) {
        Some(parent) => env.fs.sync_dir(parent).map_err(|error| Error::io("sync the folder", parent, error)),
        None => Ok(()),
    }
}

/// Creates again what is missing, and refuses what is not a folder: nothing is reached through a symbolic link.
pub(crate) fn mend(env: &Env, layout: &Layout) -> Result<()> {
    for folder in layout.folders().into_iter().chain([layout.locks()]) {
        match files::stat(env, &folder)? {
            Some(stat) if stat.kind == Kind::Directory => {}
            Some(_) => return Err(not_a_folder(&folder)),
            None => return create(env, layout),
        }
    }
    Ok(())
}

/// The error about something else in the place of a folder.
pub(crate) fn not_a_folder(path: &Path) -> Error {
    Error::new(ErrorKind::Invalid, "this is not a folder, and nothing is reached through a link").at(path)
}

fn create_one(env: &Env, folder: &Path) -> Result<()> {
    match env.fs.create_dir(folder) {
        Err(error) if error.kind() != io::ErrorKind::AlreadyExists => {
            Err(Error::io("create the folder", folder, error))
        }
        _ => Ok(()),
    }
}

/// Writes `.gitignore` if there is none; under the lock, for it is staged like any file.
pub(crate) fn write_ignore(env: &Env, layout: &Layout, _lock: &WriteLock) -> Result<()> {
    match files::stat(env, &layout.ignore())? {
        Some(_) => Ok(()),
        None => replace(env, layout, &layout.ignore(), IGNORE.as_bytes(), Access::Shared),
    }
}
