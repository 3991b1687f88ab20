//! A file system wrapped around another one, with a gate that decides the fate of every call.

use checklist_store::env::mem::CallKind;
use checklist_store::env::volume::Volume;
use checklist_store::env::{Access, Extent, File, Fs, HeldLock, Stat, write_fully, write_fully_at};
use std::fmt::{self, Debug};
use std::io;
use std::ops::Range;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

/// A call that is about to be made.
#[derive(Clone, Copy, Debug)]
pub struct Attempt<'a> {
    /// Which call.
    pub kind: CallKind,
    /// The path it names, or the path the file was opened with.
    pub path: &'a Path,
    /// Where a rename leads.
    pub target: Option<&'a Path>,
}

/// What becomes of a call.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Fate {
    /// It is made.
    Pass,
    /// It is not made and returns that error.
    Fail(io::ErrorKind),
    /// A write puts half of its bytes into the file and then returns that error; other calls just fail.
    FailHalfway(io::ErrorKind),
    /// A write takes at most that many bytes and says so; other calls pass.
    Short(usize),
    /// It is not made and claims that it was; a lock that another holds is given all the same. Calls that
    /// return data pass.
    Pretend,
    /// A write puts half of its bytes into the file and claims to have written all; a lock that was taken is
    /// given back at once; other calls pass.
    PretendHalf,
    /// It claims to be made and is made later, when a call is let through with [`Fate::ThenDelayed`].
    Delay,
    /// It is made, and after it all delayed calls, in their order.
    ThenDelayed,
}

/// Decides the fate of each call. It must not call the file system that it guards.
pub trait Gate: Debug + Send + Sync {
    /// What shall become of this call.
    fn decide(&self, attempt: &Attempt<'_>) -> Fate;
}

type Delayed = Box<dyn FnOnce() -> io::Result<()> + Send>;

struct Inner<G> {
    fs: Arc<dyn Fs>,
    gate: G,
    delayed: Mutex<Vec<Delayed>>,
}

/// The wrapped file system. Cloning gives another handle on the same one.
pub struct Gated<G> {
    inner: Arc<Inner<G>>,
}

impl<G> Clone for Gated<G> {
    fn clone(&self) -> Gated<G> {
        Gated { inner: Arc::clone(&self.inner) }
    }
}

impl<G: Debug> Debug for Gated<G> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Gated").field("gate", &self.inner.gate).field("fs", &self.inner.fs).finish()
    }
}

fn hold<T: ?Sized>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

impl<G: Gate + 'static> Gated<G> {
    /// Puts `gate` in front of `fs`.
    #[must_use]
    pub fn behind(fs: Arc<dyn Fs>, gate: G) -> Gated<G> {
        Gated { inner: Arc::new(Inner { fs, gate, delayed: Mutex::default() }) }
    }

    /// The gate.
    #[must_use]
    pub fn gate(&self) -> &G {
        &self.inner.gate
    }

    fn release(&self) -> io::Result<()> {
        let delayed = std::mem::take(&mut *hold(&self.inner.delayed));
        delayed.into_iter().try_for_each(|call| call())
    }

    /// Lets a call through that returns something: it can fail, and cannot be pretended or delayed.
    fn ask<T>(
        &self,
        kind: CallKind,
        path: &Path,
        call: impl FnOnce(&dyn Fs) -> io::Result<T>,
    ) -> io::Result<T> {
        match self.inner.gate.decide(&Attempt { kind, path, target: None }) {
            Fate::Fail(error) | Fate::FailHalfway(error) => Err(error.into()),
            Fate::ThenDelayed => {
                let answer = call(&*self.inner.fs)?;
                self.release()?;
                Ok(answer)
            }
            _ => call(&*self.inner.fs),
        }
    }

    /// Lets a call through that returns nothing, and can therefore be pretended or delayed.
    fn tell(
        &self,
        attempt: &Attempt<'_>,
        call: impl FnOnce() -> io::Result<()> + Send + 'static,
    ) -> io::Result<()> {
        match self.inner.gate.decide(attempt) {
            Fate::Fail(error) | Fate::FailHalfway(error) => Err(error.into()),
            Fate::Pretend => Ok(()),
            Fate::Delay => {
                hold(&self.inner.delayed).push(Box::new(call));
                Ok(())
            }
            Fate::ThenDelayed => {
                call()?;
                self.release()
            }
            Fate::Pass | Fate::Short(_) | Fate::PretendHalf => call(),
        }
    }

    fn open(&self, path: &Path, file: Box<dyn File>) -> Box<dyn File> {
        Box::new(GatedFile { fs: self.clone(), path: path.to_owned(), file: Arc::new(Mutex::new(file)) })
    }
}

impl<G: Gate + 'static> Fs for Gated<G> {
    fn stat(&self, path: &Path) -> io::Result<Stat> {
        self.ask(CallKind::Stat, path, |fs| fs.stat(path))
    }

    fn extent(&self, path: &Path) -> io::Result<Extent> {
        self.ask(CallKind::Stat, path, |fs| fs.extent(path))
    }

    fn read(&self, path: &Path, range: Range<u64>) -> io::Result<Vec<u8>> {
        self.ask(CallKind::Read, path, |fs| fs.read(path, range))
    }

    fn create(&self, path: &Path, access: Access) -> io::Result<Box<dyn File>> {
        let file = self.ask(CallKind::Create, path, |fs| fs.create(path, access))?;
        Ok(self.open(path, file))
    }

    fn append(&self, path: &Path, access: Access) -> io::Result<Box<dyn File>> {
        let file = self.ask(CallKind::Append, path, |fs| fs.append(path, access))?;
        Ok(self.open(path, file))
    }

    fn reopen(&self, path: &Path) -> io::Result<Box<dyn File>> {
        let file = self.ask(CallKind::Reopen, path, |fs| fs.reopen(path))?;
        Ok(self.open(path, file))
    }

    fn exchange(&self, here: &Path, there: &Path) -> io::Result<()> {
        let fs = Arc::clone(&self.inner.fs);
        let (old, new) = (here.to_owned(), there.to_owned());
        let attempt = Attempt { kind: CallKind::Exchange, path: here, target: Some(there) };
        self.tell(&attempt, move || fs.exchange(&old, &new))
    }

    fn describe(&self, path: &Path) -> io::Result<Volume> {
        self.inner.fs.describe(path)
    }

    fn rename(&self, from: &Path, to: &Path) -> io::Result<()> {
        let fs = Arc::clone(&self.inner.fs);
        let (old, new) = (from.to_owned(), to.to_owned());
        let attempt = Attempt { kind: CallKind::Rename, path: from, target: Some(to) };
        self.tell(&attempt, move || fs.rename(&old, &new))
    }

    fn remove(&self, path: &Path) -> io::Result<()> {
        let (fs, owned) = (Arc::clone(&self.inner.fs), path.to_owned());
        self.tell(&Attempt { kind: CallKind::Remove, path, target: None }, move || fs.remove(&owned))
    }

    fn list(&self, dir: &Path) -> io::Result<Vec<PathBuf>> {
        self.ask(CallKind::List, dir, |fs| fs.list(dir))
    }

    fn create_dir(&self, dir: &Path) -> io::Result<()> {
        self.ask(CallKind::CreateDir, dir, |fs| fs.create_dir(dir))
    }

    fn sync_dir(&self, dir: &Path) -> io::Result<()> {
        let (fs, owned) = (Arc::clone(&self.inner.fs), dir.to_owned());
        self.tell(&Attempt { kind: CallKind::SyncDir, path: dir, target: None }, move || fs.sync_dir(&owned))
    }

    fn try_lock(&self, path: &Path) -> io::Result<Option<Box<dyn HeldLock>>> {
        let fate = self.inner.gate.decide(&Attempt { kind: CallKind::TryLock, path, target: None });
        if let Fate::Fail(error) | Fate::FailHalfway(error) = fate {
            return Err(error.into());
        }
        let lock = self.inner.fs.try_lock(path)?;
        match (fate, lock.is_some()) {
            (Fate::Pretend, false) | (Fate::PretendHalf, true) => Ok(Some(Box::new(NoLock))),
            _ => Ok(lock),
        }
    }
}

/// A lock that excludes nobody.
#[derive(Debug)]
struct NoLock;

impl HeldLock for NoLock {}

struct GatedFile<G> {
    fs: Gated<G>,
    path: PathBuf,
    /// Shared, because a delayed call on the file may come after it was closed.
    file: Arc<Mutex<Box<dyn File>>>,
}

impl<G: Debug> Debug for GatedFile<G> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("GatedFile").field("path", &self.path).finish_non_exhaustive()
    }
}

/// Writes all of `bytes`, at a place or wherever the file writes, whatever it takes at a time.
fn write_all(file: &Mutex<Box<dyn File>>, place: Option<u64>, bytes: &[u8]) -> io::Result<()> {
    let mut file = hold(file);
    match place {
        Some(offset) => write_fully_at(&mut **file, offset, bytes),
        None => write_fully(&mut **file, bytes),
    }
}

impl<G: Gate + 'static> GatedFile<G> {
    fn write_some(&self, place: Option<u64>, bytes: &[u8]) -> io::Result<usize> {
        let half = &bytes[..bytes.len() / 2];
        let write = |bytes: &[u8]| match place {
            Some(offset) => hold(&self.file).write_at(offset, bytes),
            None => hold(&self.file).write(bytes),
        };
        match self.fs.inner.gate.decide(&Attempt { kind: CallKind::Write, path: &self.path, target: None }) {
            Fate::Pass => write(bytes),
            Fate::Fail(error) => Err(error.into()),
            Fate::FailHalfway(error) => {
                write_all(&self.file, place, half)?;
                Err(error.into())
            }
            Fate::Short(most) => write(&bytes[..bytes.len().min(most)]),
            Fate::Pretend => Ok(bytes.len()),
            Fate::PretendHalf => {
                write_all(&self.file, place, half)?;
                Ok(bytes.len())
            }
            Fate::Delay => {
                let (file, owned) = (Arc::clone(&self.file), bytes.to_vec());
                hold(&self.fs.inner.delayed).push(Box::new(move || write_all(&file, place, &owned)));
                Ok(bytes.len())
            }
            Fate::ThenDelayed => {
                let written = write(bytes)?;
                self.fs.release()?;
                Ok(written)
            }
        }
    }
}

impl<G: Gate + 'static> File for GatedFile<G> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.write_some(None, bytes)
    }

    fn write_at(&mut self, offset: u64, bytes: &[u8]) -> io::Result<usize> {
        self.write_some(Some(offset), bytes)
    }

    fn read_at(&mut self, offset: u64, bytes: &mut [u8]) -> io::Result<usize> {
        self.fs.ask(CallKind::Read, &self.path, |_| hold(&self.file).read_at(offset, bytes))
    }

    fn truncate(&mut self, len: u64) -> io::Result<()> {
        let file = Arc::clone(&self.file);
        let attempt = Attempt { kind: CallKind::Truncate, path: &self.path, target: None };
        self.fs.tell(&attempt, move || hold(&file).truncate(len))
    }

    fn sync(&mut self) -> io::Result<()> {
        let file = Arc::clone(&self.file);
        let attempt = Attempt { kind: CallKind::Sync, path: &self.path, target: None };
        self.fs.tell(&attempt, move || hold(&file).sync())
    }
}
