//! The calls that change files, recorded in the simulated file system and replayed bare on the real one.
#![expect(clippy::disallowed_methods, clippy::disallowed_types, reason = "the raw disk is what is measured")]

use checklist_store::env::Fs as _;
use checklist_store::env::mem::{CallKind, MemFs};
use std::collections::HashMap;
use std::fs::{self, File, OpenOptions};
use std::io::{self, ErrorKind};
use std::os::unix::fs::FileExt as _;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};

/// One call, with the file it concerns.
#[derive(Clone, Debug)]
pub struct Step {
    kind: CallKind,
    path: PathBuf,
    target: Option<PathBuf>,
    /// How long the file is afterwards; for a write, it ends there.
    len: u64,
}

/// Steps of a simulated file system, as they happen.
#[derive(Clone, Debug)]
pub struct Recording(Arc<Mutex<Vec<Step>>>);

impl Recording {
    /// Records every call that changes something, or makes it durable.
    #[must_use]
    pub fn of(fs: &MemFs) -> Recording {
        let steps = Arc::new(Mutex::new(Vec::new()));
        let recording = Recording(Arc::clone(&steps));
        fs.on_call(move |call, fs| {
            let is_looking =
                matches!(call.kind, CallKind::Stat | CallKind::Read | CallKind::List | CallKind::TryLock);
            if !is_looking {
                let len = fs.stat(&call.path).map_or(0, |stat| stat.len);
                let step =
                    Step { kind: call.kind, path: call.path.clone(), target: call.target.clone(), len };
                steps.lock().unwrap_or_else(PoisonError::into_inner).push(step);
            }
        });
        recording
    }

    /// What was recorded since the last time.
    #[must_use]
    pub fn take(&self) -> Vec<Step> {
        std::mem::take(&mut *self.0.lock().unwrap_or_else(PoisonError::into_inner))
    }
}

/// An open file: where its next write goes, and how it is synced.
struct Handle {
    file: File,
    end: u64,
    is_appending: bool,
}

/// Replays steps in a folder.
pub struct Replay {
    folder: PathBuf,
    root: PathBuf,
    open: HashMap<PathBuf, Handle>,
    bytes: Vec<u8>,
}

impl Replay {
    /// What was recorded below `root` is done in `folder`.
    #[must_use]
    pub fn into(folder: &Path, root: &Path) -> Replay {
        let (folder, root) = (folder.to_path_buf(), root.to_path_buf());
        Replay { folder, root, open: HashMap::new(), bytes: Vec::new() }
    }

    fn real(&self, path: &Path) -> PathBuf {
        path.strip_prefix(&self.root).map_or_else(|_| self.folder.clone(), |inner| self.folder.join(inner))
    }

    /// Does one step.
    ///
    /// # Errors
    /// Those of the file system, but for a name that is missing or taken: it was so in the recording too.
    pub fn step(&mut self, step: &Step) -> io::Result<()> {
        match self.act(step) {
            Err(error) if matches!(error.kind(), ErrorKind::NotFound | ErrorKind::AlreadyExists) => Ok(()),
            result => result,
        }
    }

    fn act(&mut self, step: &Step) -> io::Result<()> {
        let path = self.real(&step.path);
        let target = step.target.as_deref().map(|target| self.real(target));
        if matches!(step.kind, CallKind::Rename | CallKind::Exchange | CallKind::Remove) {
            // Whoever staged it closed it before. Left open, a file that is removed keeps its blocks and pages, and what
            // it costs to free them is not measured.
            self.open.remove(&path);
        }
        match (step.kind, target) {
            (CallKind::Create, _) => {
                let file = File::create(&path)?;
                self.open.insert(path, Handle { file, end: 0, is_appending: false });
            }
            (CallKind::Append, _) => {
                let file = OpenOptions::new().append(true).create(true).open(&path)?;
                self.open.insert(path, Handle { file, end: step.len, is_appending: true });
            }
            (CallKind::Reopen, _) => {
                let file = OpenOptions::new().write(true).open(&path)?;
                self.open.insert(path, Handle { file, end: 0, is_appending: false });
            }
            (CallKind::Rename, Some(target)) => fs::rename(path, target)?,
            (CallKind::Exchange, Some(target)) => {
                let flags = rustix::fs::RenameFlags::EXCHANGE;
                rustix::fs::renameat_with(rustix::fs::CWD, &path, rustix::fs::CWD, &target, flags)?;
            }
            (CallKind::Remove, _) => fs::remove_file(path)?,
            (CallKind::CreateDir, _) => fs::create_dir(path)?,
            (CallKind::SyncDir, _) => File::open(path)?.sync_all()?,
            (CallKind::Write | CallKind::Truncate | CallKind::Sync, _) => self.on_handle(step, &path)?,
            _ => {}
        }
        Ok(())
    }

    fn on_handle(&mut self, step: &Step, path: &Path) -> io::Result<()> {
        let handle = self.open.get_mut(path).ok_or(ErrorKind::NotFound)?;
        match step.kind {
            CallKind::Truncate => {
                handle.file.set_len(step.len)?;
                handle.end = step.len;
                Ok(())
            }
            CallKind::Sync if handle.is_appending => handle.file.sync_data(),
            CallKind::Sync => handle.file.sync_all(),
            _ => {
                // A write that does not lengthen the file overwrites all of it.
                let begin = if step.len > handle.end { handle.end } else { 0 };
                let len = usize::try_from(step.len - begin).unwrap_or(usize::MAX);
                self.bytes.resize(len.max(self.bytes.len()), b'x');
                handle.file.write_all_at(&self.bytes[..len], begin)?;
                handle.end = step.len;
                Ok(())
            }
        }
    }
}
