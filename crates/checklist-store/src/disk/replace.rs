//! Atomic, durable replacement of one file: stage, write, sync, rename, sync the directory.

use super::backup;
use super::layout::Layout;
use super::lock::WriteLock;
use super::state_file;
use crate::env::{Access, Env, Stat, write_fully};
use crate::error::{Error, Result};
use crate::planted::{self, Bug};
use std::io;
use std::path::{Path, PathBuf};

/// A file that was written and synced beside the one it is to replace.
#[derive(Debug)]
pub(crate) struct Staged {
    pub(crate) path: PathBuf,
    pub(crate) stat: Stat,
}

impl Staged {
    /// Takes it away again. The disk may refuse this too; the next writer sweeps what is left.
    pub(crate) fn discard(&self, env: &Env) {
        let _ = env.fs.remove(&self.path);
    }
}

/// Writes what is to replace `target`, and syncs it.
pub(crate) fn stage(
    env: &Env,
    layout: &Layout,
    target: &Path,
    bytes: &[u8],
    access: Access,
) -> Result<Staged> {
    let name = target.file_name().unwrap_or_default().to_string_lossy();
    let path = layout.staging().join(format!("{name}-{}", env.uuid()));
    let written = write(env, &path, bytes, access);
    let stat = written.and_then(|()| {
        env.fs.stat(&path).map_err(|error| Error::io("look at the staged file", &path, error))
    });
    match stat {
        Ok(stat) => Ok(Staged { path, stat }),
        Err(error) => {
            let _ = env.fs.remove(&path);
            Err(error)
        }
    }
}

fn write(env: &Env, staged: &Path, bytes: &[u8], access: Access) -> Result<()> {
    let action = "write the new file beside the old one";
    let mut file = env.fs.create(staged, access).map_err(|error| Error::io(action, staged, error))?;
    write_fully(&mut *file, bytes).map_err(|error| Error::io(action, staged, error))?;
    file.sync().map_err(|error| Error::io("sync the new file", staged, error))
}

/// Replaces `target`, which lies under the store, by `bytes`. The five calls are those that SQLite,
/// PostgreSQL (`durable_rename`) and ALICE (OSDI 2014) agree on; each is needed.
///
/// # Errors
/// *Not saved* if the rename did not happen: the old file is untouched. *In doubt* if the directory could
/// not be synced after it: the new file shows, and may not survive a power loss.
pub(crate) fn replace(env: &Env, layout: &Layout, target: &Path, bytes: &[u8], access: Access) -> Result<()> {
    let staged = stage(env, layout, target, bytes, access)?;
    if let Err(error) = env.fs.rename(&staged.path, target) {
        staged.discard(env);
        return Err(Error::io("replace the file", target, error));
    }
    let parent = target.parent().unwrap_or(layout.root());
    env.fs.sync_dir(parent).map_err(|error| Error::io("sync the folder", parent, error).in_doubt())
}

/// What is left in the staging folder: a replacement was cut off, perhaps between putting the new file in its place
/// and syncing the folder.
pub(crate) fn leftovers(env: &Env, layout: &Layout) -> Result<Vec<PathBuf>> {
    let staging = layout.staging();
    match env.fs.list(&staging) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(Vec::new()),
        found => found.map_err(|error| Error::io("list the staging folder", &staging, error)),
    }
}

/// Removes what interrupted replacements left in the staging folder; nothing in it is ever state. What comes
/// back after a power cut is found and removed by the next open.
/// Everything is staged under the lock, so what is found here belongs to nobody, except for an edit that came
/// out of the place of the state when its publishing was cut off: that is kept as one.
pub(crate) fn sweep(env: &Env, layout: &Layout, lock: &WriteLock) -> Result<()> {
    let staging = layout.staging();
    let leftovers =
        env.fs.list(&staging).map_err(|error| Error::io("list the staging folder", &staging, error))?;
    if planted::is(Bug::SkipSweep) {
        return Ok(());
    }
    for path in leftovers {
        if state_file::is_edit(env, &path)? {
            backup::keep_edit(env, layout, lock, &path)?;
            continue;
        }
        env.fs.remove(&path).map_err(|error| Error::io("remove the leftover", &path, error))?;
    }
    Ok(())
}
