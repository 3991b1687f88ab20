//! `Workspace`: a project folder of its own for a test, whose store must be sound when the test is done.
//!
//! Every test that touches a store makes one, so that none meets what another left, and each is an integrity
//! check besides its own assertions. It exists in builds with the feature `testing` alone.

use crate::disk::layout::Layout;
use crate::env::mem::World;
use crate::env::{Env, os};
use crate::error::{ErrorKind, Result};
use crate::protocol::options::Options;
use crate::report::Standing;
use crate::store::Store;
use std::cell::Cell;
use std::io;
use std::path::{Path, PathBuf};
use tempfile::TempDir;

/// A project folder of its own.
///
/// Dropped, it checks the store in it with [`Store::check_at`] and panics with the findings if there are any,
/// unless it was told [`Workspace::ends_unsound`] or the test fails already. A folder on the disk is removed
/// then.
#[derive(Debug)]
pub struct Workspace {
    env: Env,
    project: PathBuf,
    ends_sound: Cell<bool>,
    folder: Option<TempDir>,
}

impl Workspace {
    /// A new folder on the real disk.
    ///
    /// # Panics
    /// If there is no place for temporary folders.
    #[must_use]
    pub fn on_disk() -> Workspace {
        Workspace::within(&std::env::temp_dir()).expect("a temporary folder can be created")
    }

    /// A new folder in `parent`, on whatever file system that is.
    ///
    /// # Errors
    /// Why there is no place for it.
    pub fn within(parent: &Path) -> io::Result<Workspace> {
        let folder = tempfile::tempdir_in(parent)?;
        let project = folder.path().to_owned();
        Ok(Workspace { env: os::env(), project, ends_sound: Cell::new(true), folder: Some(folder) })
    }

    /// The folder `/project` of a simulated world.
    #[must_use]
    pub fn in_memory(world: &World) -> Workspace {
        let project = PathBuf::from("/project");
        Workspace { env: world.env(), project, ends_sound: Cell::new(true), folder: None }
    }

    /// The same, with the project in a folder of that name below it: what lies beside the project, such as a
    /// home, is the test's own, too.
    #[must_use]
    pub fn below(mut self, name: &str) -> Workspace {
        self.project.push(name);
        self.env.fs.create_dir(&self.project).expect("the folder is new");
        self
    }

    /// The folder that holds everything of this test.
    #[must_use]
    pub fn folder(&self) -> &Path {
        self.folder.as_ref().map_or(&self.project, TempDir::path)
    }

    /// The folder of the project.
    #[must_use]
    pub fn project(&self) -> &Path {
        &self.project
    }

    /// The folder of the store, which is there once a test created it.
    #[must_use]
    pub fn root(&self) -> PathBuf {
        self.project.join(".checklist")
    }

    /// The world it lies in.
    #[must_use]
    pub fn env(&self) -> &Env {
        &self.env
    }

    /// Options for a store in it.
    #[must_use]
    pub fn options(&self) -> Options {
        Options::default().env(self.env.clone())
    }

    /// Says that the test leaves the store damaged, edited or missing.
    pub fn ends_unsound(&self) {
        self.ends_sound.set(false);
    }

    /// What is wrong with the store; `None` if it is sound or there is none.
    fn flaw(&self) -> Option<String> {
        match Store::check_at(&self.options(), &self.root()) {
            Ok(report) if !report.is_sound() => Some(format!("{report:#?}")),
            Ok(_) => self.litter().unwrap_or_else(|error| Some(error.to_string())),
            Err(error) if error.kind() == ErrorKind::NoStore => None,
            Err(error) => Some(error.to_string()),
        }
    }

    /// What lies in the staging folder. A state that was replaced may lie there until the next change, so one
    /// is begun first.
    fn litter(&self) -> Result<Option<String>> {
        let mut store = self.options().create(false).open(self.root())?;
        if *store.standing() != Standing::Sound {
            return Ok(None);
        }
        store.begin()?.rollback();
        let left = self.env.fs.list(&Layout::new(&self.root()).staging()).unwrap_or_default();
        Ok((!left.is_empty()).then(|| format!("left in the staging folder: {left:?}")))
    }
}

impl Drop for Workspace {
    fn drop(&mut self) {
        if self.ends_sound.get()
            && !std::thread::panicking()
            && let Some(flaw) = self.flaw()
        {
            panic!("the test leaves a store that is not sound: {flaw}");
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::key::Key;

    fn used(workspace: &Workspace) {
        let mut store = workspace.options().open(workspace.root()).expect("a store is created");
        store.transact(|draft| draft.write(&Key::from_static("/a"), 1)).expect("it commits");
        store.close().expect("it closes");
    }

    fn is_refused(workspace: Workspace) -> bool {
        std::panic::catch_unwind(std::panic::AssertUnwindSafe(|| drop(workspace))).is_err()
    }

    #[test]
    fn a_sound_store_and_none_at_all_pass_and_the_folder_goes() {
        let workspace = Workspace::on_disk().below("code");
        used(&workspace);
        let folder = workspace.folder().to_owned();
        assert!(workspace.project().starts_with(&folder) && workspace.root().ends_with("code/.checklist"));
        assert!(!is_refused(workspace) && !is_refused(Workspace::on_disk()));
        assert!(os::env().fs.list(&folder).is_err(), "the folder is left behind");
    }

    #[test]
    fn a_damaged_store_is_refused_unless_it_was_announced() {
        for is_announced in [false, true] {
            let world = World::new(1);
            let workspace = Workspace::in_memory(&world);
            world.fs.place_dir(workspace.project()).expect("the disk is empty");
            used(&workspace);
            world.fs.place(&workspace.root().join("state.yaml"), b"no: [").expect("the disk takes it");
            if is_announced {
                workspace.ends_unsound();
            }
            assert_eq!(is_refused(workspace), !is_announced);
        }
    }
}
