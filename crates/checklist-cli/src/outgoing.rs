//! Files outside of `.checklist/` that somebody asked for: each is replaced as a whole, or left as it was.

use crate::context::Context;
use crate::exit::Exit;
use crate::failure::{Change, Failure};
use checklist_store::env::{Access, Kind, write_fully};
use checklist_workflow::file::reason;
use std::io;
use std::path::{Path, PathBuf};

/// Puts `bytes` where `path` is, by a rename.
pub(crate) fn replace(ctx: &Context, path: &Path, bytes: &[u8]) -> Result<(), Failure> {
    match ctx.env.fs.stat(path) {
        Ok(stat) if stat.kind != Kind::File => {
            return Err(Failure::usage(format!("{} is not a file", ctx.shown(path))));
        }
        Err(error) if error.kind() != io::ErrorKind::NotFound => return Err(failed(ctx, path, &error)),
        _ => {}
    }
    let name = path.file_name().ok_or_else(|| Failure::usage("no file is named"))?.to_string_lossy();
    let staged: PathBuf = path.with_file_name(format!(".{name}.{}", ctx.env.uuid().simple()));
    let put = || -> io::Result<()> {
        let mut file = ctx.env.fs.create(&staged, Access::Shared)?;
        write_fully(file.as_mut(), bytes)?;
        keep_mode(path, &staged)?;
        file.sync()?;
        drop(file);
        ctx.env.fs.rename(&staged, path)
    };
    put().map_err(|error| {
        let _ = ctx.env.fs.remove(&staged);
        failed(ctx, path, &error)
    })
}

/// Gives a file that is to replace another the permissions of that, if it is there.
#[cfg(unix)]
fn keep_mode(path: &Path, staged: &Path) -> io::Result<()> {
    use rustix::fs::{chmod, stat};
    match stat(path) {
        Ok(stat) => Ok(chmod(staged, stat.st_mode.into())?),
        Err(rustix::io::Errno::NOENT) => Ok(()),
        Err(error) => Err(error.into()),
    }
}

#[cfg(not(unix))]
fn keep_mode(_: &Path, _: &Path) -> io::Result<()> {
    Ok(())
}

/// Whether nobody may write to a file: an editor would ask before it does.
#[cfg(unix)]
pub(crate) fn is_read_only(path: &Path) -> bool {
    use rustix::fs::{Mode, stat};
    let writable = (Mode::WUSR | Mode::WGRP | Mode::WOTH).bits();
    stat(path).is_ok_and(|stat| stat.st_mode & writable == 0)
}

#[cfg(not(unix))]
pub(crate) fn is_read_only(_: &Path) -> bool {
    false
}

pub(crate) fn failed(ctx: &Context, path: &Path, error: &io::Error) -> Failure {
    let exit = if error.kind() == io::ErrorKind::NotFound { Exit::Usage } else { Exit::Io };
    let mut failure = Failure::new(exit, format!("cannot write {}: {}", ctx.shown(path), reason(error)));
    failure.change = Change::NotSaved;
    failure
}
