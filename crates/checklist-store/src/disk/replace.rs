//! Atomic, durable replacement of one file: stage, write, sync, rename, sync the directory.

use super::layout::Layout;
use super::lock::WriteLock;
use crate::env::{Access, Env, write_fully};
use crate::error::{Error, Result};
use std::path::Path;

/// Replaces `target`, which lies under the store, by `bytes`. The five calls are those that SQLite,
/// PostgreSQL (`durable_rename`) and ALICE (OSDI 2014) agree on; each is needed.
///
/// # Errors
/// *Not saved* if the rename did not happen: the old file is untouched. *In doubt* if the directory could
/// not be synced after it: the new file shows, and may not survive a power loss.
pub(crate) fn replace(env: &Env, layout: &Layout, target: &Path, bytes: &[u8], access: Access) -> Result<()> {
    let name = target.file_name().unwrap_or_default().to_string_lossy();
    let staged = layout.staging().join(format!("{name}-{}", env.uuid()));
    let written = stage(env, &staged, bytes, access).and_then(|()| {
        env.fs.rename(&staged, target).map_err(|error| Error::io("replace the file", target, error))
    });
    if let Err(error) = written {
        // The disk may refuse this too; the next writer sweeps what is left.
        let _ = env.fs.remove(&staged).and_then(|()| env.fs.sync_dir(&layout.staging()));
        return Err(error);
    }
    let parent = target.parent().unwrap_or(layout.root());
    env.fs.sync_dir(parent).map_err(|error| Error::io("sync the folder", parent, error).in_doubt())
}

fn stage(env: &Env, staged: &Path, bytes: &[u8], access: Access) -> Result<()> {
    let action = "write the new state beside the old one";
    let mut file = env.fs.create(staged, access).map_err(|error| Error::io(action, staged, error))?;
    write_fully(&mut *file, bytes).map_err(|error| Error::io(action, staged, error))?;
    file.sync().map_err(|error| Error::io("sync the new state", staged, error))
}

/// Removes, durably, what interrupted replacements left in the staging folder; nothing in it is ever state.
/// Everything is staged under the lock, so what is found here belongs to nobody.
pub(crate) fn sweep(env: &Env, layout: &Layout, _lock: &WriteLock) -> Result<()> {
    let staging = layout.staging();
    let leftovers =
        env.fs.list(&staging).map_err(|error| Error::io("list the staging folder", &staging, error))?;
    if leftovers.is_empty() {
        return Ok(());
    }
    for path in leftovers {
        env.fs.remove(&path).map_err(|error| Error::io("remove the leftover", &path, error))?;
    }
    env.fs.sync_dir(&staging).map_err(|error| Error::io("sync the folder", &staging, error))
}
