//! Where the project is, which branch it is on, and who is acting: facts around a run, read and never changed.

mod git;

use crate::file::FileError;
use crate::output::plain_text;
use checklist_store::env::{Env, Kind};
use std::error::Error;
use std::ffi::OsString;
use std::fmt;
use std::io;
use std::path::{Path, PathBuf};

pub use git::Branch;

/// The folder that makes a folder a project.
pub const FOLDER: &str = ".checklist";

/// Longer names are cut.
const ACTOR_CHARS_MAX: usize = 100;

/// Looks up an environment variable: `&|name| std::env::var_os(name)` in a program, a table in a test.
pub type Lookup<'a> = dyn Fn(&str) -> Option<OsString> + 'a;

/// A folder with a `.checklist` folder in it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Project {
    /// The folder itself, in which commands run.
    pub root: PathBuf,
}

/// Where a project was looked for in vain: `from` and every folder above it up to `to`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Searched {
    /// Where the search began.
    pub from: PathBuf,
    /// The last folder that was looked at.
    pub to: PathBuf,
    home: Option<PathBuf>,
}

impl Project {
    /// Its `.checklist` folder.
    #[must_use]
    pub fn folder(&self) -> PathBuf {
        self.root.join(FOLDER)
    }
}

/// Looks for a project in `start`, an absolute path, and the folders above it.
///
/// The search ends below the home folder, so that a list in one's home does not take in every project; the
/// home folder itself is looked at only when it is `start`. Outside of home it ends at the root.
///
/// # Errors
/// [`DiscoverError`] when there is none, and when what is found may not be used.
///
/// ```
/// use checklist_store::env::mem::World;
/// use checklist_workflow::project::{DiscoverError, FOLDER, Project, discover};
/// use std::path::Path;
///
/// let world = World::new(1);
/// world.fs.place_dir(&Path::new("/code").join(FOLDER))?;
/// world.fs.place_dir(Path::new("/code/src/deep"))?;
/// let project: Project = discover(&world.env(), Path::new("/code/src/deep"), None)?;
/// assert_eq!(project.folder(), Path::new("/code/.checklist"));
/// world.fs.place_dir(Path::new("/elsewhere"))?;
/// let nowhere = discover(&world.env(), Path::new("/elsewhere"), None);
/// assert!(matches!(nowhere, Err(DiscoverError::Missing(_))));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
pub fn discover(env: &Env, start: &Path, home: Option<&Path>) -> Result<Project, DiscoverError> {
    let mut searched =
        Searched { from: start.to_owned(), to: start.to_owned(), home: home.map(Path::to_owned) };
    for dir in start.ancestors() {
        if Some(dir) == home && dir != start {
            break;
        }
        let folder = dir.join(FOLDER);
        match env.fs.stat(&folder) {
            Ok(stat) => match stat.kind {
                Kind::Directory => return Ok(Project { root: dir.to_owned() }),
                Kind::Symlink => return Err(DiscoverError::Symlink(folder)),
                Kind::File | Kind::Other => return Err(DiscoverError::NotFolder(folder)),
            },
            Err(error) if error.kind() == io::ErrorKind::NotFound => searched.to = dir.to_owned(),
            Err(error) => return Err(DiscoverError::File(FileError::new("look at", &folder, error))),
        }
    }
    Err(DiscoverError::Missing(searched))
}

/// The branch that is checked out in the repository around `project`; `None` if there is no repository or it
/// does not say. Reads files of git and starts no process.
#[must_use]
pub fn branch(env: &Env, project: &Path) -> Option<Branch> {
    git::Repository::around(env, project)?.branch(env)
}

/// Who is acting: as said, not as proven.
///
/// `CHECKLIST_ACTOR`, or else the git user (`GIT_AUTHOR_NAME`, then `user.name` of the repository around
/// `project`, of `~/.gitconfig` and of `$XDG_CONFIG_HOME/git/config`; included files are not read), or else
/// the name of the login (`USER`, `LOGNAME`, `USERNAME`), or else `unknown`. One line, at most 100 characters.
///
/// ```
/// use checklist_store::env::mem::World;
/// use checklist_workflow::project::{actor, branch, display_path};
/// use std::path::Path;
///
/// let world = World::new(1);
/// world.fs.place_dir(Path::new("/home/ana/code"))?;
/// let lookup = |name: &str| (name == "CHECKLIST_ACTOR").then(|| "agent:one".into());
/// assert_eq!(actor(&world.env(), None, &lookup), "agent:one");
/// assert_eq!(branch(&world.env(), Path::new("/home/ana/code")), None);
/// assert_eq!(display_path(Path::new("/home/ana/code"), Some(Path::new("/home/ana"))), "~/code");
/// # Ok::<(), std::io::Error>(())
/// ```
#[must_use]
pub fn actor(env: &Env, project: Option<&Path>, lookup: &Lookup<'_>) -> String {
    let variable = |name: &str| presentable(&lookup(name)?.to_string_lossy());
    let configured = |path: PathBuf| presentable(&git::user_name(env, &path)?);
    let home = lookup("HOME").or_else(|| lookup("USERPROFILE")).map(PathBuf::from);
    let config_home = lookup("XDG_CONFIG_HOME")
        .map(PathBuf::from)
        .filter(|path| path.is_absolute())
        .or_else(|| Some(home.as_ref()?.join(".config")));
    variable("CHECKLIST_ACTOR")
        .or_else(|| variable("GIT_AUTHOR_NAME"))
        .or_else(|| configured(git::Repository::around(env, project?)?.config()))
        .or_else(|| configured(home?.join(".gitconfig")))
        .or_else(|| configured(config_home?.join("git/config")))
        .or_else(|| ["USER", "LOGNAME", "USERNAME"].into_iter().find_map(variable))
        .unwrap_or_else(|| "unknown".to_owned())
}

/// A name as it can be shown and stored; `None` if nothing is left of it.
fn presentable(name: &str) -> Option<String> {
    let plain: String = plain_text(name.trim()).replace('\t', " ").chars().take(ACTOR_CHARS_MAX).collect();
    (!plain.is_empty()).then_some(plain)
}

/// `path` as people write it: `~/code` for what lies in `home`.
#[must_use]
pub fn display_path(path: &Path, home: Option<&Path>) -> String {
    let below = home.filter(|home| home.parent().is_some()).and_then(|home| path.strip_prefix(home).ok());
    let text = match below {
        Some(rest) if rest.as_os_str().is_empty() => "~".to_owned(),
        Some(rest) => format!("~/{}", rest.display()),
        None => path.display().to_string(),
    };
    plain_text(&text)
}

/// Why there is no project to work on.
#[derive(Debug)]
#[non_exhaustive]
pub enum DiscoverError {
    /// There is none here.
    Missing(Searched),
    /// The `.checklist` at this path is a symbolic link, and would let a clone write somewhere else.
    Symlink(PathBuf),
    /// The `.checklist` at this path is not a folder.
    NotFolder(PathBuf),
    /// A folder could not be looked at.
    File(FileError),
}

impl fmt::Display for Searched {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let home = self.home.as_deref();
        f.write_str(&display_path(&self.from, home))?;
        if self.to != self.from {
            write!(f, " and its parents up to {}", display_path(&self.to, home))?;
        }
        Ok(())
    }
}

impl fmt::Display for DiscoverError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            DiscoverError::Missing(searched) => write!(f, "no checklist here (looked in {searched})"),
            DiscoverError::Symlink(path) => write!(
                f,
                "{} is a symbolic link, which is never followed; replace it by the folder itself, \
                 or run the command where that folder is",
                path.display()
            ),
            DiscoverError::NotFolder(path) => {
                write!(f, "{} is not a folder; move it away, then: checklist init", path.display())
            }
            DiscoverError::File(error) => error.fmt(f),
        }
    }
}

impl Error for DiscoverError {
    fn source(&self) -> Option<&(dyn Error + 'static)> {
        match self {
            DiscoverError::File(error) => Some(error),
            _ => None,
        }
    }
}
