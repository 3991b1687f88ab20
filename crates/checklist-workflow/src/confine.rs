//! Paths from templates and people, confined to the project: relative, without `..`, not through a symlink out.

use crate::file::reason;
use crate::text::path_problem;
use checklist_store::env::{Env, Kind};
use std::collections::VecDeque;
use std::error::Error;
use std::ffi::OsString;
use std::fmt;
use std::io;
use std::path::{Component, Path, PathBuf};

/// As many links as Linux follows in one path (path_resolution(7)).
const LINKS_MAX: usize = 40;

/// Where `path`, relative to `root`, really is.
///
/// The result lies below `root` and has no symlink in it, so that it can be used with calls that follow none.
/// It need not exist. `.` is the project itself. Symlinks that stay inside the project are followed, as the
/// system would follow them; one that is absolute, or climbs out, is refused, as `openat2(2)` does with
/// `RESOLVE_BENEATH`. `root` is taken as given.
///
/// This answers for the moment of the call: somebody who may change the project's folders while a step runs
/// can put a link there afterwards, and needs no template to do harm.
///
/// # Errors
/// [`Refused`] says which path and why.
///
/// ```
/// # let folder = tempfile::tempdir()?;
/// use checklist_store::env::os;
/// use checklist_workflow::confine::confine;
///
/// let project = folder.path().canonicalize()?;
/// std::fs::write(project.join("notes.md"), "")?;
/// assert_eq!(confine(&os::env(), &project, "./notes.md")?, project.join("notes.md"));
/// let refused = confine(&os::env(), &project, "../elsewhere").unwrap_err();
/// assert_eq!((refused.path(), refused.is_unreadable()), ("../elsewhere", false));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
pub fn confine(env: &Env, root: &Path, path: &str) -> Result<PathBuf, Refused> {
    let refused = |why| Refused { path: path.to_owned(), why };
    let mut ahead = lexical(path).map_err(refused)?;
    let mut resolved = PathBuf::new();
    let mut links = 0;
    while let Some(name) = ahead.pop_front() {
        if name == ".." {
            // Only a link's target has such a component. What is resolved so far has no link in it, so that its
            // parent is the folder above.
            if !resolved.pop() {
                return Err(refused(Why::LeavesByLink));
            }
            continue;
        }
        resolved.push(&name);
        let here = root.join(&resolved);
        match env.fs.stat(&here) {
            Ok(stat) if stat.kind == Kind::Symlink => {}
            Ok(_) => continue,
            Err(error) if is_absent(&error) => continue,
            Err(error) => return Err(refused(Why::Unreadable(error))),
        }
        links += 1;
        if links > LINKS_MAX {
            return Err(refused(Why::TooManyLinks));
        }
        resolved.pop();
        let target = link_target(&here).map_err(|error| refused(Why::Unreadable(error)))?;
        for component in target.components().rev() {
            match component {
                Component::CurDir => {}
                Component::Normal(_) | Component::ParentDir => {
                    ahead.push_front(component.as_os_str().to_owned());
                }
                Component::RootDir | Component::Prefix(_) => return Err(refused(Why::LeavesByLink)),
            }
        }
    }
    Ok(if resolved.as_os_str().is_empty() { root.to_owned() } else { root.join(resolved) })
}

/// The names in a path that is confined by its text.
fn lexical(path: &str) -> Result<VecDeque<OsString>, Why> {
    if let Some(problem) = path_problem(path) {
        return Err(Why::Text(problem));
    }
    let mut names = VecDeque::new();
    for component in Path::new(path).components() {
        match component {
            Component::CurDir => {}
            Component::Normal(name) => names.push_back(name.to_owned()),
            // What the text's check lets through and this system reads otherwise.
            _ => return Err(Why::Text("does not lead down from the project")),
        }
    }
    Ok(names)
}

fn is_absent(error: &io::Error) -> bool {
    matches!(error.kind(), io::ErrorKind::NotFound | io::ErrorKind::NotADirectory)
}

#[cfg(unix)]
fn link_target(link: &Path) -> io::Result<PathBuf> {
    let target = rustix::fs::readlink(link, Vec::new())?;
    Ok(PathBuf::from(<OsString as std::os::unix::ffi::OsStringExt>::from_vec(target.into_bytes())))
}

#[cfg(not(unix))]
fn link_target(_: &Path) -> io::Result<PathBuf> {
    Err(io::Error::new(io::ErrorKind::Unsupported, "links are not followed on this system"))
}

/// A path that may not be used, and why.
#[derive(Debug)]
pub struct Refused {
    path: String,
    why: Why,
}

#[derive(Debug)]
enum Why {
    Text(&'static str),
    LeavesByLink,
    TooManyLinks,
    Unreadable(io::Error),
}

impl Refused {
    /// The path as it was given.
    #[must_use]
    pub fn path(&self) -> &str {
        &self.path
    }

    /// Whether the system did not let the path be followed, so that nothing is known against the path itself.
    #[must_use]
    pub fn is_unreadable(&self) -> bool {
        matches!(self.why, Why::Unreadable(_))
    }
}

impl fmt::Display for Refused {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let path = &self.path;
        match &self.why {
            Why::Text(problem) => {
                write!(f, "the path {path:?} {problem}; write it relative to the project, without \"..\"")
            }
            Why::LeavesByLink => write!(f, "the path {path:?} leaves the project through a symbolic link"),
            Why::TooManyLinks => {
                write!(f, "the path {path:?} goes through more than {LINKS_MAX} symbolic links")
            }
            Why::Unreadable(error) => write!(f, "cannot follow the path {path:?}: {}", reason(error)),
        }
    }
}

impl Error for Refused {
    fn source(&self) -> Option<&(dyn Error + 'static)> {
        match &self.why {
            Why::Unreadable(error) => Some(error),
            _ => None,
        }
    }
}
