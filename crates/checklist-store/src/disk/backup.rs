//! `.backup/`: copies taken before anything is repaired, adopted or restored.

use super::layout::Layout;
use super::lock::WriteLock;
use crate::env::{Access, Env, write_fully};
use crate::error::{Error, Result};
use crate::model::yaml::{self, Parsed, State};
use crate::report::Lsn;
use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

/// How many copies of one reason are kept. The oldest is always one of them: a crash series must not push
/// out its first good copy.
const KEPT_MAX: usize = 10;

/// Why a copy is taken: the first word of its name.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Reason {
    /// Before recovery applies or puts aside what the log holds.
    Recovery,
    /// Before an edit is adopted.
    Edit,
    /// Before the state is rebuilt.
    Restore,
    /// Before the first change of a state that came without its history, such as a fresh clone.
    Base,
    /// Before a document of an older schema is migrated.
    Migration,
    /// A published state that another one replaced.
    Published,
    /// Before an end of the history that does not verify is cut off.
    History,
}

impl Reason {
    fn word(self) -> &'static str {
        match self {
            Reason::Recovery => "recovery",
            Reason::Edit => "edit",
            Reason::Restore => "restore",
            Reason::Base => "base",
            Reason::Migration => "migration",
            Reason::Published => "published",
            Reason::History => "history",
        }
    }
}

/// The beginning of the names of one copy. Those of one LSN sort by their time.
fn stem(env: &Env, reason: Reason, lsn: Lsn) -> String {
    format!("{}-{:010}-{}", reason.word(), lsn.0, env.uuid().simple())
}

/// Copies files, durably, under one new name; returns the path that all copies begin with. A source that
/// does not exist or is empty is left out.
pub(crate) fn keep_copy(
    env: &Env,
    layout: &Layout,
    _lock: &WriteLock,
    reason: Reason,
    lsn: Lsn,
    sources: &[PathBuf],
) -> Result<PathBuf> {
    let folder = layout.backups();
    let stem = stem(env, reason, lsn);
    for source in sources {
        let bytes = match env.fs.read(source, 0..u64::MAX) {
            Ok(bytes) if !bytes.is_empty() => bytes,
            Ok(_) => continue,
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => continue,
            Err(error) => return Err(Error::io("read", source, error)),
        };
        let name = source.file_name().unwrap_or_default().to_string_lossy();
        let target = folder.join(format!("{stem}.{}", name.trim_start_matches('.')));
        let copy = |target: &Path| {
            let mut file = env.fs.create(target, Access::Private)?;
            write_fully(&mut *file, &bytes)?;
            file.sync()
        };
        copy(&target).map_err(|error| Error::io("keep a copy in", &target, error))?;
    }
    env.fs.sync_dir(&folder).map_err(|error| Error::io("sync the folder", &folder, error))?;
    Ok(folder.join(stem))
}

/// Makes the file that came out of the place of the state a copy of the state it was. Nothing is synced: an
/// older state may be lost to a power cut, for the one that replaced it is not.
pub(crate) fn keep_replaced(
    env: &Env,
    layout: &Layout,
    lock: &WriteLock,
    replaced: &Path,
    lsn: Lsn,
) -> Result<()> {
    let target = layout.backups().join(format!("{}.state.yaml", stem(env, Reason::Published, lsn)));
    env.fs.rename(replaced, &target).map_err(|error| Error::io("keep a copy in", &target, error))?;
    prune(env, layout, lock)
}

/// Copies the published state that is about to be replaced.
pub(crate) fn keep_published(
    env: &Env,
    layout: &Layout,
    lock: &WriteLock,
    state: &Path,
    lsn: Lsn,
) -> Result<()> {
    keep_copy(env, layout, lock, Reason::Published, lsn, &[state.to_owned()])?;
    prune(env, layout, lock)
}

/// Keeps, durably, an edit that came out of the place of the state; returns where.
pub(crate) fn keep_edit(env: &Env, layout: &Layout, _lock: &WriteLock, edited: &Path) -> Result<PathBuf> {
    let folder = layout.backups();
    let target = folder.join(format!("{}.state.yaml", stem(env, Reason::Edit, Lsn(0))));
    env.fs.rename(edited, &target).map_err(|error| Error::io("keep the edit in", &target, error))?;
    env.fs.sync_dir(&folder).map_err(|error| Error::io("sync the folder", &folder, error))?;
    Ok(target)
}

/// Removes old copies beyond the bound, never the oldest or the newest ones.
pub(crate) fn prune(env: &Env, layout: &Layout, _lock: &WriteLock) -> Result<()> {
    let folder = layout.backups();
    let copies = env.fs.list(&folder).map_err(|error| Error::io("list the folder", &folder, error))?;
    for reason in [
        Reason::Recovery,
        Reason::Edit,
        Reason::Restore,
        Reason::Base,
        Reason::Migration,
        Reason::Published,
        Reason::History,
    ] {
        let stem = |path: &PathBuf| {
            let name = path.file_name()?.to_str()?;
            name.starts_with(&format!("{}-", reason.word()))
                .then(|| name.split('.').next().map(str::to_owned))?
        };
        let stems: BTreeSet<String> = copies.iter().filter_map(stem).collect();
        let surplus = stems.len().saturating_sub(KEPT_MAX);
        let doomed: BTreeSet<String> = stems.into_iter().skip(1).take(surplus).collect();
        for path in copies.iter().filter(|path| stem(path).is_some_and(|stem| doomed.contains(&stem))) {
            env.fs.remove(path).map_err(|error| Error::io("remove the old copy", path, error))?;
        }
    }
    Ok(())
}

/// The newest copied state that verifies.
pub(crate) fn newest_state(env: &Env, layout: &Layout) -> Result<Option<(PathBuf, State)>> {
    let folder = layout.backups();
    let mut newest: Option<(PathBuf, State)> = None;
    let copies = match env.fs.list(&folder) {
        Ok(copies) => copies,
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Ok(None),
        Err(error) => return Err(Error::io("list the folder", &folder, error)),
    };
    for path in copies.into_iter().filter(|path| path.to_string_lossy().ends_with(".state.yaml")) {
        let bytes = env.fs.read(&path, 0..u64::MAX).map_err(|error| Error::io("read", &path, error))?;
        if let Parsed::Sound(_, state, _) = yaml::parse(&bytes)
            && newest.as_ref().is_none_or(|(_, best)| best.lsn < state.lsn)
        {
            newest = Some((path, state));
        }
    }
    Ok(newest)
}
