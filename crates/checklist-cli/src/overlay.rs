//! `Overlay`: the disk as it is, with what is written to it kept in memory: for a dry run, which changes nothing.

use checklist_store::env::mem::MemFs;
use checklist_store::env::volume::Volume;
use checklist_store::env::{Access, Env, Extent, File, Fs, HeldLock, Kind, Stat};
use std::collections::BTreeSet;
use std::io;
use std::ops::Range;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};

/// What the name of a lock begins with that says who executes a run.
const LOCK_OF_RUN: &str = "run-";

/// Reads go to the disk, unless this wrote there before.
#[derive(Debug)]
pub(crate) struct Overlay {
    below: Arc<dyn Fs>,
    /// Every file that was written, whole.
    above: MemFs,
    /// The names that were removed.
    gone: Mutex<BTreeSet<PathBuf>>,
}

impl Overlay {
    /// The same world with a disk that nothing is written to.
    pub(crate) fn over(env: &Env) -> Env {
        let overlay = Overlay { below: Arc::clone(&env.fs), above: MemFs::new(), gone: Mutex::default() };
        Env { fs: Arc::new(overlay), ..env.clone() }
    }

    fn is_written(&self, path: &Path) -> bool {
        self.above.stat(path).is_ok_and(|stat| stat.kind == Kind::File)
    }

    fn is_gone(&self, path: &Path) -> bool {
        self.gone.lock().unwrap_or_else(PoisonError::into_inner).contains(path)
    }

    fn set_gone(&self, path: &Path, is_gone: bool) {
        let mut gone = self.gone.lock().unwrap_or_else(PoisonError::into_inner);
        if is_gone {
            gone.insert(path.to_owned());
        } else {
            gone.remove(path);
        }
    }

    /// Makes the folder of `path` in memory, if it is there at all.
    fn place_folder(&self, path: &Path) -> io::Result<()> {
        let folder = path.parent().ok_or(io::ErrorKind::NotFound)?;
        match self.stat(folder)?.kind {
            Kind::Directory => self.above.place_dir(folder),
            _ => Err(io::ErrorKind::NotADirectory.into()),
        }
    }

    /// Takes a file into memory before it is changed; one that is not there is left to be made.
    fn lift(&self, path: &Path) -> io::Result<()> {
        if self.is_written(path) {
            return Ok(());
        }
        self.place_folder(path)?;
        match self.stat(path) {
            Ok(stat) if stat.kind == Kind::File => {
                self.above.place(path, &self.below.read(path, 0..u64::MAX)?)
            }
            Ok(stat) if stat.kind == Kind::Directory => Err(io::ErrorKind::IsADirectory.into()),
            Ok(_) => Err(io::ErrorKind::InvalidInput.into()),
            Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(()),
            Err(error) => Err(error),
        }
    }
}

impl Fs for Overlay {
    fn stat(&self, path: &Path) -> io::Result<Stat> {
        if self.is_written(path) || self.is_gone(path) {
            return self.above.stat(path);
        }
        self.below.stat(path).or_else(|error| match error.kind() {
            io::ErrorKind::NotFound => self.above.stat(path),
            _ => Err(error),
        })
    }

    fn extent(&self, path: &Path) -> io::Result<Extent> {
        self.stat(path).map(Extent::from)
    }

    fn read(&self, path: &Path, range: Range<u64>) -> io::Result<Vec<u8>> {
        match self.is_written(path) || self.is_gone(path) {
            true => self.above.read(path, range),
            false => self.below.read(path, range),
        }
    }

    fn create(&self, path: &Path, access: Access) -> io::Result<Box<dyn File>> {
        self.lift(path)?;
        let file = self.above.create(path, access)?;
        self.set_gone(path, false);
        Ok(file)
    }

    fn append(&self, path: &Path, access: Access) -> io::Result<Box<dyn File>> {
        self.lift(path)?;
        let file = self.above.append(path, access)?;
        self.set_gone(path, false);
        Ok(file)
    }

    fn reopen(&self, path: &Path) -> io::Result<Box<dyn File>> {
        self.lift(path)?;
        self.above.reopen(path)
    }

    fn rename(&self, from: &Path, to: &Path) -> io::Result<()> {
        self.lift(from)?;
        self.lift(to)?;
        self.above.rename(from, to)?;
        self.set_gone(from, true);
        self.set_gone(to, false);
        Ok(())
    }

    fn exchange(&self, _: &Path, _: &Path) -> io::Result<()> {
        Err(io::ErrorKind::Unsupported.into())
    }

    fn remove(&self, path: &Path) -> io::Result<()> {
        match self.is_written(path) {
            true => self.above.remove(path)?,
            false => self.stat(path).map(|_| ())?,
        }
        self.set_gone(path, true);
        Ok(())
    }

    fn list(&self, dir: &Path) -> io::Result<Vec<PathBuf>> {
        let below = self.below.list(dir);
        let above = self.above.list(dir);
        if let (Err(_), Err(_)) = (&below, &above) {
            return below;
        }
        let all = below.into_iter().flatten().filter(|path| !self.is_gone(path));
        let all: BTreeSet<PathBuf> = all.chain(above.into_iter().flatten()).collect();
        Ok(all.into_iter().collect())
    }

    fn describe(&self, path: &Path) -> io::Result<Volume> {
        let there = path.ancestors().find(|path| self.below.stat(path).is_ok());
        self.below.describe(there.unwrap_or(path))
    }

    fn create_dir(&self, dir: &Path) -> io::Result<()> {
        if self.stat(dir).is_ok() {
            return Err(io::ErrorKind::AlreadyExists.into());
        }
        self.place_folder(dir)?;
        self.above.place_dir(dir)
    }

    fn sync_dir(&self, _: &Path) -> io::Result<()> {
        Ok(())
    }

    fn try_lock(&self, path: &Path) -> io::Result<Option<Box<dyn HeldLock>>> {
        let name = path.file_name().map(|name| name.to_string_lossy()).unwrap_or_default();
        // Who executes a run is asked for and given back at once, and its lock is never made. Every other lock is about
        // writing, and what is written here stays in memory.
        if name.starts_with(LOCK_OF_RUN)
            && self.below.stat(path).is_ok()
            && self.below.try_lock(path)?.is_none()
        {
            return Ok(None);
        }
        self.place_folder(path)?;
        self.above.try_lock(path)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use checklist_store::env::mem::World;
    use checklist_store::env::write_fully;

    #[test]
    fn what_is_written_is_seen_above_and_never_below() {
        let world = World::new(1);
        let at = |name: &str| Path::new("/folder").join(name);
        for (name, bytes) in [("kept", "kept"), ("longer", "one"), ("removed", "x"), ("moved", "m")] {
            world.fs.place(&at(name), bytes.as_bytes()).unwrap();
        }
        let below = world.env();
        let calls = |fs: &dyn Fs| fs.list(Path::new("/folder")).unwrap();
        let before = calls(&*below.fs);
        let above = Overlay::over(&below);
        let read = |fs: &dyn Fs, name: &str| {
            let bytes = fs.read(&at(name), 0..u64::MAX).ok()?;
            Some(String::from_utf8(bytes).unwrap())
        };
        let mut file = above.fs.append(&at("longer"), Access::Shared).unwrap();
        write_fully(file.as_mut(), b" two").unwrap();
        above.fs.remove(&at("removed")).unwrap();
        above.fs.rename(&at("moved"), &at("kept")).unwrap();
        above.fs.create_dir(&at("new")).unwrap();
        let mut file = above.fs.create(&at("new/file"), Access::Private).unwrap();
        write_fully(file.as_mut(), b"made").unwrap();
        assert_eq!(read(&*above.fs, "longer").as_deref(), Some("one two"));
        assert_eq!(read(&*above.fs, "kept").as_deref(), Some("m"));
        assert_eq!(read(&*above.fs, "new/file").as_deref(), Some("made"));
        assert_eq!((read(&*above.fs, "removed"), read(&*above.fs, "moved")), (None, None));
        assert_eq!(calls(&*above.fs), [at("kept"), at("longer"), at("new")]);
        assert_eq!(above.fs.stat(&at("removed")).unwrap_err().kind(), io::ErrorKind::NotFound);
        assert_eq!(above.fs.remove(&at("removed")).unwrap_err().kind(), io::ErrorKind::NotFound);
        assert_eq!(
            above.fs.create(&at("none/file"), Access::Shared).unwrap_err().kind(),
            io::ErrorKind::NotFound
        );
        // Below, everything is as it was.
        assert_eq!(calls(&*below.fs), before);
        assert_eq!(read(&*below.fs, "longer").as_deref(), Some("one"));
        assert_eq!(read(&*below.fs, "kept").as_deref(), Some("kept"));
        // What was removed can be made again.
        drop(above.fs.create(&at("removed"), Access::Shared).unwrap());
        assert_eq!(read(&*above.fs, "removed").as_deref(), Some(""));
    }

    #[test]
    fn who_executes_a_run_is_seen_and_the_lock_of_the_state_keeps_nobody_out() {
        let world = World::new(1);
        let run = Path::new("/locks/run-1");
        world.fs.place(run, b"").unwrap();
        world.fs.place(Path::new("/locks/of-writing"), b"").unwrap();
        let (below, above) = (world.env(), Overlay::over(&world.env()));
        let held = below.fs.try_lock(run).unwrap();
        assert!(held.is_some() && above.fs.try_lock(run).unwrap().is_none());
        drop(held);
        let own = above.fs.try_lock(run).unwrap();
        assert!(own.is_some() && below.fs.try_lock(run).unwrap().is_some(), "nobody is kept out");
        let state = Path::new("/locks/of-writing");
        let held = below.fs.try_lock(state).unwrap();
        assert!(held.is_some() && above.fs.try_lock(state).unwrap().is_some());
        assert!(above.fs.try_lock(Path::new("/locks/run-2")).unwrap().is_some());
        assert!(below.fs.stat(Path::new("/locks/run-2")).is_err(), "no lock is made");
    }
}
