//! `.backup/`: the last published states, and copies taken before anything is repaired, adopted or restored.

use super::files;
use super::layout::Layout;
use super::lock::WriteLock;
use super::manifest::{self, Likeness, Note};
use super::replace;
use crate::env::{Access, Env, Timestamp, write_fully};
use crate::error::{Error, Result};
use crate::report::Lsn;
use std::collections::{BTreeMap, BTreeSet};
use std::io;
use std::path::{Path, PathBuf};

pub(crate) use super::prune::{Kept, prune};
pub(crate) use super::shelf::{Shelf, changed_since, newest_state, put_aside};

/// Why a copy is taken: the first word of its name.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Reason {
    /// It was the published state until the next one was published.
    Published,
    /// Somebody asked for it.
    Asked,
    /// Before recovery applies or puts aside what the log holds.
    Recovery,
    /// Before an edit is adopted.
    Edit,
    /// Before the state is rebuilt.
    Restore,
    /// Before the first change of a state that came without its history, such as a fresh clone.
    Base,
    /// Before an end of the history that does not verify is cut off.
    History,
    /// Before the state takes on a newer schema.
    Migration,
}

impl Reason {
    pub(crate) const ALL: [Reason; 8] = [
        Reason::Published,
        Reason::Asked,
        Reason::Recovery,
        Reason::Edit,
        Reason::Restore,
        Reason::Base,
        Reason::History,
        Reason::Migration,
    ];

    pub(crate) fn word(self) -> &'static str {
        match self {
            Reason::Published => "published",
            Reason::Asked => "asked",
            Reason::Recovery => "recovery",
            Reason::Edit => "edit",
            Reason::Restore => "restore",
            Reason::Base => "base",
            Reason::History => "history",
            Reason::Migration => "migration",
        }
    }

    /// Whether it is taken by a repair, which is repeated when it is cut off. What was published, asked for or
    /// edited is each something of its own.
    pub(super) fn repeats(self) -> bool {
        !matches!(self, Reason::Published | Reason::Asked | Reason::Edit)
    }

    /// Whether a sound state among such copies was one of this store's own: what stood there before an
    /// adoption or a repair may be another's, put in its place.
    pub(crate) fn is_of_this_store(self) -> bool {
        matches!(self, Reason::Published | Reason::Asked | Reason::Recovery | Reason::Base)
    }
}

/// One copy: its files have a name of their own behind the same beginning.
#[derive(Clone, Debug)]
pub(crate) struct Copy {
    /// `<reason>-<lsn>-<uuid>`.
    pub(crate) stem: String,
    pub(crate) reason: Reason,
    /// The newest LSN that was known when it was taken.
    pub(crate) lsn: Lsn,
    pub(crate) files: Vec<PathBuf>,
}

impl Copy {
    fn of(path: PathBuf) -> Option<Copy> {
        let (stem, _) = path.file_name()?.to_str()?.split_once('.')?;
        let mut parts = stem.splitn(3, '-');
        let (word, digits, id) = (parts.next()?, parts.next()?, parts.next()?);
        let reason = Reason::ALL.into_iter().find(|reason| reason.word() == word)?;
        let lsn = Lsn(digits.parse().ok().filter(|_| digits.len() >= 10 && !id.is_empty())?);
        Some(Copy { stem: stem.to_owned(), reason, lsn, files: vec![path] })
    }

    /// Its copy of `state.yaml`.
    pub(crate) fn state(&self) -> Option<&Path> {
        let is_state = |path: &&PathBuf| name_of(path) == Some("state.yaml");
        self.files.iter().find(is_state).map(PathBuf::as_path)
    }

    /// When it was taken, as far as its name tells (RFC 9562, version 7).
    pub(crate) fn time(&self) -> Option<Timestamp> {
        let id = uuid::Uuid::parse_str(self.stem.rsplit('-').next()?).ok()?;
        let (seconds, ns) = id.get_timestamp()?.to_unix();
        let ms = i64::try_from(seconds).ok()?.checked_mul(1000)?.checked_add(i64::from(ns) / 1_000_000)?;
        Some(Timestamp::from_millis(ms))
    }
}

/// The name of a copied file behind that of its copy.
pub(crate) fn name_of(path: &Path) -> Option<&str> {
    Some(path.file_name()?.to_str()?.split_once('.')?.1)
}

fn stem(env: &Env, reason: Reason, lsn: Lsn) -> String {
    // Copies of one LSN sort by their time.
    format!("{}-{:010}-{}", reason.word(), lsn.0, env.uuid().simple())
}

/// Every copy in the folder, by reason and LSN, and those of one LSN in the order of their names.
pub(crate) fn copies(env: &Env, layout: &Layout) -> Result<Vec<Copy>> {
    let folder = layout.backups();
    let paths = match env.fs.list(&folder) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => Vec::new(),
        paths => paths.map_err(|error| Error::io("list the folder", &folder, error))?,
    };
    let mut copies: BTreeMap<String, Copy> = BTreeMap::new();
    for copy in paths.into_iter().filter_map(Copy::of) {
        match copies.get_mut(&copy.stem) {
            Some(known) => known.files.extend(copy.files),
            None => {
                copies.insert(copy.stem.clone(), copy);
            }
        }
    }
    let mut copies: Vec<Copy> = copies.into_values().collect();
    copies.sort_by(|a, b| (a.reason, a.lsn, &a.stem).cmp(&(b.reason, b.lsn, &b.stem)));
    Ok(copies)
}

/// Copies files, durably, under one new name, and notes how they look; returns the path that all copies begin
/// with. A source that does not exist or is empty is left out.
pub(crate) fn keep_copy(
    env: &Env,
    layout: &Layout,
    lock: &WriteLock,
    reason: Reason,
    lsn: Lsn,
    sources: &[PathBuf],
) -> Result<PathBuf> {
    let folder = layout.backups();
    let stem = stem(env, reason, lsn);
    let mut files = Vec::new();
    for source in sources {
        let bytes = match env.fs.read(source, 0..u64::MAX) {
            Ok(bytes) if !bytes.is_empty() => bytes,
            Ok(_) => continue,
            Err(error) if error.kind() == io::ErrorKind::NotFound => continue,
            Err(error) => return Err(Error::io("read", source, error)),
        };
        let name = source.file_name().unwrap_or_default().to_string_lossy();
        let name = name.trim_start_matches('.');
        let target = folder.join(format!("{stem}.{name}"));
        let copy = |target: &Path| {
            let mut file = env.fs.create(target, Access::Private)?;
            write_fully(&mut *file, &bytes)?;
            file.sync()
        };
        copy(&target).map_err(|error| Error::io("keep a copy in", &target, error))?;
        files.push(Likeness::of(name, &bytes));
    }
    let present: BTreeSet<String> = copies(env, layout)?.into_iter().map(|copy| copy.stem).collect();
    let time = env.clock.now();
    let note = Note { position: 0, reason: reason.word().to_owned(), lsn, time, files };
    // This syncs the folder, and with it the names of the copies.
    manifest::read(env, layout)?.add(env, layout, lock, &stem, note, |stem| present.contains(stem))?;
    Ok(folder.join(stem))
}

/// Takes the file that was `state.yaml` until just now into the folder, and drops the oldest such copies; `known`
/// are those that are there, where that is known. Returns those that are left.
///
/// Nothing is synced, and nothing noted in the manifest: the content is durable, it proves itself, and a
/// power loss may take the name of an older state, never that of the current one. The cost is a rename and a
/// removal; where `known` is missing, a list of the folder and a look at each published copy.
pub(crate) fn keep_replaced(
    env: &Env,
    layout: &Layout,
    _lock: &WriteLock,
    (replaced, bytes): (&Path, u64),
    lsn: Lsn,
    known: Option<Kept>,
) -> Result<Kept> {
    let target = layout.backups().join(format!("{}.state.yaml", stem(env, Reason::Published, lsn)));
    env.fs.rename(replaced, &target).map_err(|error| Error::io("keep a copy in", &target, error))?;
    let kept = match known {
        Some(known) => known.and(lsn, bytes, target),
        None => Kept::find(env, layout)?,
    };
    kept.prune(env, layout)
}

/// Copies the published state that is about to be replaced, where the file itself cannot be kept.
pub(crate) fn keep_published(
    env: &Env,
    layout: &Layout,
    _lock: &WriteLock,
    state: &Path,
    lsn: Lsn,
) -> Result<()> {
    let Some(bytes) = files::read(env, state)? else { return Ok(()) };
    // Staged and synced first: who looks at the copies meanwhile sees whole ones, and none that a power loss tore.
    let target = layout.backups().join(format!("{}.state.yaml", stem(env, Reason::Published, lsn)));
    let staged = replace::stage(env, layout, &target, &bytes, Access::Private)?;
    env.fs.rename(&staged.path, &target).map_err(|error| Error::io("keep a copy in", &target, error))?;
    Kept::find(env, layout)?.prune(env, layout).map(drop)
}

/// Keeps, durably, an edit that came out of the place of the state; returns where.
pub(crate) fn keep_edit(env: &Env, layout: &Layout, _lock: &WriteLock, edited: &Path) -> Result<PathBuf> {
    let folder = layout.backups();
    let target = folder.join(format!("{}.state.yaml", stem(env, Reason::Edit, Lsn(0))));
    env.fs.rename(edited, &target).map_err(|error| Error::io("keep the edit in", &target, error))?;
    env.fs.sync_dir(&folder).map_err(|error| Error::io("sync the folder", &folder, error))?;
    Ok(target)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::disk::layout::Limits;
    use crate::disk::lock::FileLock;
    use crate::model::document::Document;
    use crate::model::yaml::{self, State};
    use crate::schema::Schema;

    #[test]
    fn what_was_published_is_kept_under_its_lsn_and_the_oldest_goes() {
        let world = crate::env::mem::World::new(1);
        let root = Path::new("/p/.checklist");
        world.fs.place_dir(Path::new("/p")).unwrap();
        crate::Store::options().env(world.env()).open(root).unwrap().close().unwrap();
        let (env, layout) =
            (world.env(), Layout::new(root).limited(Limits { copies: 3, ..Limits::default() }));
        let lock = FileLock::new(&env, &layout).try_acquire("test").unwrap().expect("it is free");
        let mut known = None;
        for lsn in 1..=6 {
            let replaced = layout.staging().join("replaced");
            let state = State {
                schema: Schema::FIRST,
                lsn: Lsn(lsn),
                modified: Timestamp::default(),
                recovery: None,
                document: Document::default(),
            };
            world.fs.place(&replaced, &yaml::render(&state).0).unwrap();
            let bytes = env.fs.stat(&replaced).unwrap().len;
            let left =
                keep_replaced(&env, &layout, &lock, (&replaced, bytes), Lsn(lsn), known.take()).unwrap();
            // Whether they are known or looked for makes no difference.
            known = (lsn % 2 == 0).then_some(left);
        }
        let kept: Vec<Lsn> = copies(&env, &layout).unwrap().iter().map(|copy| copy.lsn).collect();
        assert_eq!(kept, [Lsn(4), Lsn(5), Lsn(6)]);
        assert_eq!(newest_state(&env, &layout).unwrap().unwrap().1.lsn, Lsn(6));
        assert!(env.fs.list(&layout.staging()).unwrap().is_empty());
    }

    #[test]
    fn only_states_that_were_this_store_s_own_are_ground_to_rebuild_from() {
        let own: Vec<&str> =
            Reason::ALL.into_iter().filter(|reason| reason.is_of_this_store()).map(Reason::word).collect();
        assert_eq!(own, ["published", "asked", "recovery", "base"]);
    }

    #[test]
    fn a_copy_is_known_by_the_whole_of_its_name() {
        let of = |name: &str| Copy::of(Path::new("/p/.checklist/.backup").join(name)).map(|copy| copy.lsn);
        assert_eq!(of("asked-0000000005-x.state.yaml"), Some(Lsn(5)));
        for other in ["asked-5-x.state.yaml", "asked-0000000005-.state.yaml", "asked-0000000005.state.yaml"] {
            assert_eq!(of(other), None, "{other}");
        }
    }
}
