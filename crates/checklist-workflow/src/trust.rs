//! Which template contents a person on this machine has approved to run commands.
//!
//! The records lie in the user's state folder, never in a project: a file that travels with the code must not
//! be able to trust itself. Every record is a file of its own, so that programs that approve at the same
//! moment never conflict.

use crate::file::{FileError, create_folders, read_bounded, replace};
use crate::project::Lookup;
use checklist_store::env::Env;
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};
use std::error::Error;
use std::fmt;
use std::io;
use std::path::{Path, PathBuf};

/// A record larger than this was not written by this program.
const RECORD_BYTES_MAX: u64 = 64 * 1024;

/// The SHA-256 of a template's exact bytes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct ContentHash([u8; 32]);

impl ContentHash {
    /// The hash of `source`. Hash the very bytes that are then parsed, not a second reading of the file.
    #[must_use]
    pub fn of(source: &[u8]) -> ContentHash {
        ContentHash(Sha256::digest(source).into())
    }

    /// Reads 64 hexadecimal digits; `None` if `text` is anything else, such as the short form.
    #[must_use]
    pub fn parse(text: &str) -> Option<ContentHash> {
        let digits: Vec<u8> =
            text.chars().map(|digit| digit.to_digit(16).map(|digit| digit as u8)).collect::<Option<_>>()?;
        let (pairs, []) = digits.as_chunks::<2>() else { return None };
        let bytes: Vec<u8> = pairs.iter().map(|[high, low]| high << 4 | low).collect();
        bytes.try_into().ok().map(ContentHash)
    }

    /// The first and last digits, as `9f2c..a1`, for people to recognise.
    #[must_use]
    pub fn short(&self) -> String {
        let full = self.to_string();
        format!("{}..{}", &full[..4], &full[62..])
    }
}

impl fmt::Display for ContentHash {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.iter().try_for_each(|byte| write!(f, "{byte:02x}"))
    }
}

/// How a content came to be approved.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Approval {
    /// A person saw the commands and approved them. Holds for this content in every project.
    Shown,
    /// This program wrote the template into this project. Holds in this project only: the same well-known
    /// content in a cloned project may run that project's scripts.
    Written,
}

/// What is remembered of an approval.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct TrustRecord {
    /// The content, as 64 hexadecimal digits.
    pub sha256: String,
    /// The template's id.
    pub template: String,
    /// The project it was approved in.
    pub project: String,
    /// When, in RFC 3339.
    pub approved: String,
}

/// The folder of trust records.
///
/// ```
/// use checklist_store::env::mem::World;
/// use checklist_workflow::trust::{Approval, ContentHash, TrustStore, state_home};
/// use std::path::Path;
///
/// let world = World::new(1);
/// world.fs.place_dir(Path::new("/home/ana/state"))?;
/// let home = state_home(&|name| (name == "XDG_STATE_HOME").then(|| "/home/ana/state".into())).expect("it is named");
/// let store = TrustStore::at(world.env(), &home);
/// let (hash, project) = (ContentHash::of(b"checklist: 1\n"), Path::new("/code"));
/// assert!(!store.is_trusted(&hash, project)?);
/// store.approve(&hash, "ship.yaml", project, Approval::Shown)?;
/// assert!(store.is_trusted(&hash, project)?);
/// assert_eq!((store.records()?.len(), hash.short().len()), (1, 8));
/// assert_eq!(ContentHash::parse(&hash.to_string()), Some(hash));
/// assert!(store.revoke(&hash, project)? && !store.is_trusted(&hash, project)?);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Debug)]
pub struct TrustStore {
    env: Env,
    dir: PathBuf,
}

impl TrustStore {
    /// The records below `state_home`, the folder that [`state_home`] gives, in its `trust` folder. Nothing is
    /// read or created yet.
    #[must_use]
    pub fn at(env: Env, state_home: &Path) -> TrustStore {
        TrustStore { env, dir: state_home.join("trust") }
    }

    /// Whether commands of this content may run in `project`.
    ///
    /// A record that is damaged, or of other content than its name says, trusts nothing.
    ///
    /// # Errors
    /// When a record is there and cannot be read, or the records would lie inside `project`. Treat it as
    /// "not trusted".
    pub fn is_trusted(&self, hash: &ContentHash, project: &Path) -> Result<bool, TrustError> {
        self.outside(project)?;
        for approval in [Approval::Shown, Approval::Written] {
            match self.record(&self.path(hash, project, approval)) {
                Ok(Some(record)) if ContentHash::parse(&record.sha256) == Some(*hash) => return Ok(true),
                Ok(_) => {}
                Err(error) if error.kind() == io::ErrorKind::NotFound => {}
                Err(error) => return Err(TrustError::File(error)),
            }
        }
        Ok(false)
    }

    /// Remembers an approval of this content; durable once this returns. Approving again is harmless.
    ///
    /// # Errors
    /// When the record cannot be written, or would lie inside `project`. Nothing is approved then, unless only
    /// the last sync failed.
    pub fn approve(
        &self,
        hash: &ContentHash,
        template: &str,
        project: &Path,
        approval: Approval,
    ) -> Result<(), TrustError> {
        self.outside(project)?;
        let record = TrustRecord {
            sha256: hash.to_string(),
            template: template.to_owned(),
            project: project.to_string_lossy().into_owned(),
            approved: self.env.clock.now().to_string(),
        };
        let mut text = serde_json::to_string_pretty(&record).expect("four strings are valid JSON");
        text.push('\n');
        create_folders(&self.env, &self.dir).map_err(TrustError::File)?;
        replace(&self.env, &self.path(hash, project, approval), text.as_bytes()).map_err(TrustError::File)
    }

    /// Forgets the approvals of this content: the one for every project, and the one for `project`. Says
    /// whether there was any; durable once this returns.
    ///
    /// # Errors
    /// When a record cannot be removed.
    pub fn revoke(&self, hash: &ContentHash, project: &Path) -> Result<bool, TrustError> {
        let mut removed = false;
        for approval in [Approval::Shown, Approval::Written] {
            let path = self.path(hash, project, approval);
            match self.env.fs.remove(&path) {
                Ok(()) => removed = true,
                Err(error) if error.kind() == io::ErrorKind::NotFound => {}
                Err(error) => return Err(TrustError::File(FileError::new("remove", &path, error))),
            }
        }
        if removed {
            let failed = |error| TrustError::File(FileError::new("sync the folder", &self.dir, error));
            self.env.fs.sync_dir(&self.dir).map_err(failed)?;
        }
        Ok(removed)
    }

    /// Every readable record, oldest first.
    ///
    /// # Errors
    /// When the folder is there and cannot be listed.
    pub fn records(&self) -> Result<Vec<TrustRecord>, TrustError> {
        let paths = match self.env.fs.list(&self.dir) {
            Ok(paths) => paths,
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(Vec::new()),
            Err(error) => return Err(TrustError::File(FileError::new("list", &self.dir, error))),
        };
        let records =
            paths.iter().filter(|path| path.extension().is_some_and(|extension| extension == "json"));
        let mut records: Vec<_> = records.filter_map(|path| self.record(path).ok().flatten()).collect();
        records.sort_by(|a, b| (&a.approved, &a.sha256).cmp(&(&b.approved, &b.sha256)));
        Ok(records)
    }

    /// The record in a file; `None` if the file holds something else.
    fn record(&self, path: &Path) -> Result<Option<TrustRecord>, FileError> {
        let bytes = read_bounded(&self.env, path, RECORD_BYTES_MAX)?;
        Ok(serde_json::from_slice(&bytes).ok())
    }

    /// `<sha256>.json`, or `<sha256>.<project>.json` for what holds in one project.
    fn path(&self, hash: &ContentHash, project: &Path, approval: Approval) -> PathBuf {
        self.dir.join(match approval {
            Approval::Shown => format!("{hash}.json"),
            Approval::Written => {
                format!("{hash}.{}.json", ContentHash::of(project.as_os_str().as_encoded_bytes()))
            }
        })
    }

    fn outside(&self, project: &Path) -> Result<(), TrustError> {
        if self.dir.starts_with(project) {
            return Err(TrustError::InsideProject { dir: self.dir.clone(), project: project.to_owned() });
        }
        Ok(())
    }
}

/// The folder for what this program remembers between projects: `$XDG_STATE_HOME/checklist`, or
/// `~/.local/state/checklist` (XDG Base Directory Specification, which says to ignore relative paths). `None`
/// if neither variable holds an absolute path.
#[must_use]
pub fn state_home(lookup: &Lookup<'_>) -> Option<PathBuf> {
    let absolute = |name| lookup(name).map(PathBuf::from).filter(|path| path.is_absolute());
    let base = absolute("XDG_STATE_HOME").or_else(|| Some(absolute("HOME")?.join(".local/state")))?;
    Some(base.join("checklist"))
}

/// Why trust could not be looked up or recorded.
#[derive(Debug)]
#[non_exhaustive]
pub enum TrustError {
    /// The records would lie inside the project that asks to be trusted.
    InsideProject {
        /// The folder of the records.
        dir: PathBuf,
        /// The project.
        project: PathBuf,
    },
    /// A file or folder could not be used.
    File(FileError),
}

impl fmt::Display for TrustError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            TrustError::InsideProject { dir, project } => write!(
                f,
                "approvals are kept in {}, which is inside the project {}, where it could approve itself; \
                 set XDG_STATE_HOME to a folder outside of it",
                dir.display(),
                project.display()
            ),
            TrustError::File(error) => error.fmt(f),
        }
    }
}

impl Error for TrustError {
    fn source(&self) -> Option<&(dyn Error + 'static)> {
        match self {
            TrustError::InsideProject { .. } => None,
            TrustError::File(error) => Some(error),
        }
    }
}
