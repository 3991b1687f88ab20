//! `Registry`: which projects this user has worked in, so that all of them can be listed.
//!
//! It lies in the user's state folder and holds nothing but paths and when they were last worked in: where a run
//! stands is asked of the project itself, so there is no second copy that could be taken for the truth. Everything
//! is best effort and no record is synced, for what is lost is noted again.

use crate::file::{create_folders, read_bounded};
use crate::project::FOLDER;
use crate::trust::ContentHash;
use checklist_store::env::{Access, Env, Kind, Timestamp, write_fully};
use serde::{Deserialize, Serialize};
use std::io;
use std::path::{Path, PathBuf};

/// A record larger than this was not written by this program.
const RECORD_BYTES_MAX: u64 = 64 * 1024;

/// A project is noted again after this long, so that most commands write nothing here.
const NOTED_AGAIN_MS: i64 = 6 * 60 * 60 * 1000;

/// A project on a disk that is not there is remembered for this long.
const OUT_OF_REACH_MS_MAX: i64 = 180 * 24 * 60 * 60 * 1000;

/// A project that was worked in.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct KnownProject {
    /// Its folder.
    pub root: PathBuf,
    /// When that was noted last, to within hours.
    pub seen: Timestamp,
    /// Whether it is still there.
    pub place: Place,
}

/// Whether a project that was noted is still there.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Place {
    /// It is.
    There,
    /// The folder around it is there, and it is not: it was moved or removed.
    Gone,
    /// Nothing is there, not even the folder around it: a disk that is not mounted, perhaps.
    OutOfReach,
}

#[derive(Serialize, Deserialize)]
struct Record {
    project: String,
    seen: String,
}

/// The folder of the records, one file for each project.
///
/// ```
/// use checklist_store::env::mem::World;
/// use checklist_workflow::registry::{Place, Registry};
/// use std::path::Path;
///
/// let world = World::new(1);
/// world.fs.place_dir(Path::new("/state"))?;
/// world.fs.place_dir(Path::new("/code/.checklist"))?;
/// let registry = Registry::at(world.env(), Path::new("/state"));
/// registry.note(Path::new("/code"));
/// let known = registry.projects();
/// assert_eq!((known.len(), known[0].place), (1, Place::There));
/// # Ok::<(), std::io::Error>(())
/// ```
#[derive(Clone, Debug)]
pub struct Registry {
    env: Env,
    dir: PathBuf,
}

impl Registry {
    /// The records below `state_home`, the folder that [`state_home`](crate::trust::state_home) gives. Nothing is
    /// read or created yet.
    #[must_use]
    pub fn at(env: Env, state_home: &Path) -> Registry {
        Registry { env, dir: state_home.join("projects") }
    }

    /// Notes that a project is worked in. What goes wrong is nobody's concern: it is noted the next time.
    pub fn note(&self, root: &Path) {
        if self.dir.starts_with(root) {
            return;
        }
        let now = self.env.clock.now();
        let known = self.read(&self.path(root));
        let is_recent =
            |seen: Timestamp| (0..NOTED_AGAIN_MS).contains(&now.as_millis().saturating_sub(seen.as_millis()));
        if known.is_some_and(|(path, seen)| path == root && is_recent(seen)) {
            return;
        }
        let Some(project) = root.to_str() else { return };
        let record = Record { project: project.to_owned(), seen: now.to_string() };
        let _ = self.write(&self.path(root), &record);
    }

    fn write(&self, path: &Path, record: &Record) -> io::Result<()> {
        let text = serde_json::to_string(record).map_err(io::Error::other)?;
        create_folders(&self.env, &self.dir).map_err(io::Error::other)?;
        let staged = self.dir.join(format!(".stage-{}", self.env.uuid().simple()));
        let put = || -> io::Result<()> {
            let mut file = self.env.fs.create(&staged, Access::Private)?;
            write_fully(file.as_mut(), text.as_bytes())?;
            drop(file);
            self.env.fs.rename(&staged, path)
        };
        put().inspect_err(|_| {
            let _ = self.env.fs.remove(&staged);
        })
    }

    /// Every project that was noted, the last first. Those that are gone are among them once: they are forgotten
    /// here, and so are those that were out of reach for half a year.
    #[must_use]
    pub fn projects(&self) -> Vec<KnownProject> {
        let now = self.env.clock.now().as_millis();
        let mut projects = Vec::new();
        for file in self.env.fs.list(&self.dir).unwrap_or_default() {
            let Some((root, seen)) = self.read(&file) else { continue };
            let place = self.place(&root);
            let is_old = now.saturating_sub(seen.as_millis()) > OUT_OF_REACH_MS_MAX;
            if place == Place::Gone || place == Place::OutOfReach && is_old {
                let _ = self.env.fs.remove(&file);
            }
            projects.push(KnownProject { root, seen, place });
        }
        projects.sort_by(|a, b| b.seen.cmp(&a.seen).then(a.root.cmp(&b.root)));
        projects
    }

    fn place(&self, root: &Path) -> Place {
        let is_folder = |path: &Path| self.env.fs.stat(path).is_ok_and(|stat| stat.kind == Kind::Directory);
        if is_folder(&root.join(FOLDER)) {
            return Place::There;
        }
        let around = root.parent().unwrap_or(root);
        // Whoever unmounts a disk leaves an empty folder behind.
        let holds_something = self.env.fs.list(around).is_ok_and(|names| !names.is_empty());
        if is_folder(root) || holds_something { Place::Gone } else { Place::OutOfReach }
    }

    /// The project in a file of ours; `None` for anything else.
    fn read(&self, file: &Path) -> Option<(PathBuf, Timestamp)> {
        file.extension().filter(|extension| *extension == "json")?;
        let bytes = read_bounded(&self.env, file, RECORD_BYTES_MAX).ok()?;
        let record: Record = serde_json::from_slice(&bytes).ok()?;
        let root = PathBuf::from(record.project);
        // A record that was copied or renamed speaks for nobody.
        (root.is_absolute() && self.path(&root) == file).then_some(())?;
        Some((root, Timestamp::parse(&record.seen)?))
    }

    fn path(&self, root: &Path) -> PathBuf {
        self.dir.join(format!("{}.json", ContentHash::of(root.as_os_str().as_encoded_bytes())))
    }
}
