//! `Shelf`: the copies in `.backup/` together with what was noted about them: which of them are as they were.

use super::backup::{Copy, Reason, copies, name_of};
use super::files;
use super::layout::Layout;
use super::lock::WriteLock;
use super::manifest::{self, Manifest};
use crate::env::Env;
use crate::error::{Error, Result};
use crate::model::yaml::{self, Parsed, State};
use crate::report::Lsn;
use std::path::{Path, PathBuf};

/// The copies, and what was noted about them.
#[derive(Debug)]
pub(crate) struct Shelf {
    /// By reason and LSN, and those of one LSN in the order in which they were taken.
    pub(crate) copies: Vec<Copy>,
    pub(crate) manifest: Manifest,
}

/// What looking at a copied file shows.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Appearance {
    /// As it was when it was copied.
    Alike,
    /// Nothing tells how it was.
    Unknown,
    /// Otherwise than when it was copied.
    Changed,
}

impl Shelf {
    pub(crate) fn open(env: &Env, layout: &Layout) -> Result<Shelf> {
        let (mut copies, manifest) = (copies(env, layout)?, manifest::read(env, layout)?);
        let position = |copy: &Copy| manifest.of(&copy.stem).map_or(usize::MAX, |note| note.position);
        copies.sort_by_key(|copy| (copy.reason, copy.lsn, position(copy)));
        Ok(Shelf { copies, manifest })
    }

    /// The highest LSN that a copy was taken at; those of repairs are numbered before anything is repaired.
    pub(crate) fn last(&self) -> Option<Lsn> {
        self.copies.iter().filter(|copy| copy.reason != Reason::Restore).map(|copy| copy.lsn).max()
    }

    /// The copies that hold a state, from the highest LSN on.
    pub(crate) fn states(&self) -> Vec<&Copy> {
        let mut states: Vec<&Copy> = self.copies.iter().filter(|copy| copy.state().is_some()).collect();
        states.sort_by(|a, b| (b.lsn, &b.stem).cmp(&(a.lsn, &a.stem)));
        states
    }

    /// The copied files that are not as they were copied.
    pub(crate) fn changed(&self, env: &Env) -> Result<Vec<PathBuf>> {
        let mut changed = Vec::new();
        for copy in &self.copies {
            for path in &copy.files {
                if self.appearance(env, copy, path)? == Appearance::Changed {
                    changed.push(path.clone());
                }
            }
        }
        Ok(changed)
    }

    /// Whether a file of a copy is as it was copied.
    pub(crate) fn appearance(&self, env: &Env, copy: &Copy, path: &Path) -> Result<Appearance> {
        let bytes = files::read(env, path)?;
        Ok(bytes.map_or(Appearance::Unknown, |bytes| self.appearance_of(copy, path, &bytes)))
    }

    fn appearance_of(&self, copy: &Copy, path: &Path, bytes: &[u8]) -> Appearance {
        let noted = name_of(path).and_then(|name| self.manifest.is_alike(&copy.stem, name, bytes));
        match (noted, copy.reason) {
            (Some(true), _) => Appearance::Alike,
            (Some(false), _) => Appearance::Changed,
            // What was published proves itself: its LSN is in its name, its checksum in its content.
            (None, Reason::Published) => match yaml::parse(bytes) {
                Parsed::Sound(id, ..) if id.lsn == copy.lsn => Appearance::Alike,
                _ => Appearance::Changed,
            },
            (None, _) => Appearance::Unknown,
        }
    }

    /// The state in a copy, if it is one that this program wrote and nobody changed since.
    pub(crate) fn state(&self, env: &Env, copy: &Copy) -> Result<Option<State>> {
        let Some(path) = copy.state() else { return Ok(None) };
        let Some(bytes) = files::read(env, path)? else { return Ok(None) };
        if self.appearance_of(copy, path, &bytes) == Appearance::Changed {
            return Ok(None);
        }
        match yaml::parse(&bytes) {
            Parsed::Sound(_, state, _) => Ok(Some(state)),
            _ => Ok(None),
        }
    }
}

/// Gives files that are not as they were copied names that are no copy's.
pub(crate) fn put_aside(env: &Env, layout: &Layout, _lock: &WriteLock, changed: &[PathBuf]) -> Result<()> {
    for path in changed {
        let name = path.file_name().unwrap_or_default().to_string_lossy();
        let target = layout.backups().join(format!("changed-{name}"));
        env.fs.rename(path, &target).map_err(|error| Error::io("put aside", path, error))?;
    }
    Ok(())
}

/// What is said of such a file.
pub(crate) fn changed_since(path: &Path) -> String {
    let name = path.file_name().unwrap_or_default().to_string_lossy();
    format!("the copy {name} changed since it was taken, and is never used")
}

/// The newest state of this store among the copies that verifies.
pub(crate) fn newest_state(env: &Env, layout: &Layout) -> Result<Option<(PathBuf, State)>> {
    let shelf = Shelf::open(env, layout)?;
    let mut newest: Option<(PathBuf, State)> = None;
    for copy in shelf.states().into_iter().filter(|copy| copy.reason.is_of_this_store()) {
        // No state is newer than what was known when it was copied.
        if newest.as_ref().is_some_and(|(_, best)| best.lsn >= copy.lsn) {
            break;
        }
        if let (Some(path), Some(state)) = (copy.state(), shelf.state(env, copy)?)
            && newest.as_ref().is_none_or(|(_, best)| best.lsn < state.lsn)
        {
            newest = Some((path.to_owned(), state));
        }
    }
    Ok(newest)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::env::Timestamp;
    use crate::env::mem::World;
    use crate::model::document::Document;
    use crate::schema::Schema;

    #[test]
    fn the_newest_state_is_found_behind_a_copy_that_is_named_for_what_it_led_to() {
        let world = World::new(1);
        let layout = Layout::new(Path::new("/p/.checklist"));
        let keep = |stem: &str, lsn| {
            let (schema, modified, document) = (Schema::FIRST, Timestamp::default(), Document::default());
            let state = State { schema, lsn: Lsn(lsn), modified, recovery: None, document };
            let path = layout.backups().join(format!("{stem}.state.yaml"));
            world.fs.place(&path, &yaml::render(&state).0).expect("the disk takes it");
            path
        };
        // A recovery keeps the state as it was before, under the number that it leads to.
        keep("recovery-0000000015-x", 3);
        keep("published-0000000006-x", 6);
        let newest = keep("published-0000000009-x", 9);
        let found = newest_state(&world.env(), &layout).expect("it reads");
        assert_eq!(found.map(|(path, state)| (path, state.lsn)), Some((newest, Lsn(9))));
    }
}
