//! `StateFile`: `state.yaml`, read whole and replaced whole.

use super::backup::{self, Kept};
use super::files;
use super::layout::Layout;
use super::lock::WriteLock;
use super::replace::{self, Staged};
use super::wal::Logged;
use crate::env::{Access, Env, Stat};
use crate::error::{Error, ErrorKind, Result};
use crate::model::crc::Crc;
use crate::model::record::StateId;
use crate::model::rendered::Rendered;
use crate::model::yaml::{self, Parsed, State};
use crate::planted::{self, Bug};
use crate::report::Lsn;
use std::io;
use std::path::{Path, PathBuf};

/// What was found in the place of `state.yaml`.
#[derive(Debug)]
pub(crate) enum Found {
    Absent,
    Present(Stat, Parsed),
}

impl Found {
    /// How the file looks; `None` if there is none.
    pub(crate) fn stat(&self) -> Option<Stat> {
        match self {
            Found::Present(stat, _) => Some(*stat),
            Found::Absent => None,
        }
    }

    /// What was read, proven or edited, and the CRC of its document, where that is known; `None` if there is
    /// nothing to be read.
    pub(crate) fn read(&self) -> Option<(Stat, &State, (StateId, Crc))> {
        match self {
            Found::Present(stat, Parsed::Sound(id, state, content)) => Some((*stat, state, (*id, *content))),
            Found::Present(stat, Parsed::Edited(id, state)) => Some((*stat, state, (*id, Crc::default()))),
            _ => None,
        }
    }

    /// What is wrong with the file; `None` if there is none, or nothing wrong.
    pub(crate) fn damage(&self) -> Option<&str> {
        match self {
            Found::Present(_, Parsed::Damaged(reason) | Parsed::Lost(reason)) => Some(reason),
            _ => None,
        }
    }
}

/// Reads `state.yaml`.
pub(crate) fn read(env: &Env, layout: &Layout) -> Result<Found> {
    let path = layout.state();
    // The stat comes first: a file replaced in between shows another identity at the next look.
    let Some(stat) = files::stat(env, &path)? else { return Ok(Found::Absent) };
    let bytes = files::read_found(env, &path, stat.into())?;
    Ok(bytes.map_or(Found::Absent, |bytes| Found::Present(stat, yaml::parse(&bytes))))
}

/// Proof that the state up to an LSN is published and durable: the log up to there may be cleared.
#[derive(Debug)]
#[must_use = "the log is cleared with this"]
pub(crate) struct Published {
    pub(crate) lsn: Lsn,
    pub(crate) id: StateId,
    /// The CRC of the document alone, which the history keeps with its newest line.
    pub(crate) content: Crc,
    /// How the file looks.
    pub(crate) stat: Option<Stat>,
    /// The published states that are kept beside it, where that is known.
    pub(crate) kept: Option<Kept>,
    /// What was written, for the next one to take over from.
    pub(crate) rendered: Option<Rendered>,
}

impl Published {
    /// What is published already.
    pub(crate) fn found((id, content): (StateId, Crc), stat: Option<Stat>) -> Published {
        Published { lsn: id.lsn, id, content, stat, kept: None, rendered: None }
    }
}

/// What is expected in the place of the state, and what becomes of it.
#[derive(Debug)]
pub(crate) struct Place {
    pub(crate) stat: Option<Stat>,
    /// The LSN of the published state it is kept as; `None` if there is a copy of it already.
    pub(crate) keep: Option<Lsn>,
    /// Which were kept before, where that is known: by who put there what is expected.
    pub(crate) kept: Option<Kept>,
    /// What was written there, if it was written by this process.
    pub(crate) rendered: Option<Rendered>,
}

impl Place {
    /// A place in which a state was just published.
    pub(crate) fn of(published: &mut Published) -> Place {
        let (kept, rendered) = (published.kept.take(), published.rendered.take());
        Place { stat: published.stat, keep: Some(published.lsn), kept, rendered }
    }

    /// It, with all that is known about it; what is left knows no more than how it looks.
    pub(crate) fn take(&mut self) -> Place {
        let left = Place::found(self.stat, self.keep);
        std::mem::replace(self, left)
    }

    /// A place that was looked at.
    pub(crate) fn found(stat: Option<Stat>, keep: Option<Lsn>) -> Place {
        Place { stat, keep, kept: None, rendered: None }
    }
}

/// Replaces `state.yaml` by a state that the log holds, and nothing but the file that is expected there.
///
/// # Errors
/// [`ErrorKind::Edited`] if another file was in its place: that one is there again.
pub(crate) fn publish(
    env: &Env,
    layout: &Layout,
    lock: &WriteLock,
    state: &State,
    logged: &Logged,
    mut place: Place,
) -> Result<Published> {
    assert_eq!(state.lsn, logged.lsn(), "a state is published only when the log holds all of it");
    let (rendered, id, content) = yaml::render_next(state, place.rendered.take());
    let staged = replace::stage(env, layout, &layout.state(), &rendered.bytes, Access::Shared)?;
    let stat = Some(staged.stat);
    let replaced = take_place(env, layout, lock, staged, &place)?;
    layout.sync_root(env).map_err(Error::in_doubt)?;
    // What was replaced leaves the staging folder only now: while it lies there, whoever opens the store knows
    // that the folder may not have been synced. A copy of it is nothing that a commit may fail for.
    let mut kept = None;
    if let Some(replaced) = replaced {
        match place.keep {
            Some(lsn) => {
                let replaced = (&*replaced, place.stat.map_or(0, |stat| stat.len));
                kept = backup::keep_replaced(env, layout, lock, replaced, lsn, place.kept).ok();
            }
            None => drop(env.fs.remove(&replaced)),
        }
    }
    Ok(Published { lsn: state.lsn, id, content, stat, kept, rendered: rendered.kept() })
}

/// Puts the staged file in the place of the state. What stood there comes out in the same call and is looked
/// at afterwards, so that an edit is never overwritten, at whatever moment it is saved. Returns where the file
/// lies that was replaced.
fn take_place(
    env: &Env,
    layout: &Layout,
    lock: &WriteLock,
    staged: Staged,
    place: &Place,
) -> Result<Option<PathBuf>> {
    let path = layout.state();
    let fail = |error| {
        staged.discard(env);
        Error::io("replace the file", &path, error)
    };
    let overwrites = planted::is(Bug::OverwriteEdit);
    if files::stat(env, &path)? != place.stat && !overwrites {
        staged.discard(env);
        return Err(changed(layout));
    }
    if place.stat.is_none() {
        return env.fs.rename(&staged.path, &path).map(|()| None).map_err(fail);
    }
    match env.fs.exchange(&staged.path, &path) {
        Ok(()) => {}
        Err(error) if error.kind() == io::ErrorKind::Unsupported => {
            // Here an edit saved at this very moment is lost: the file system cannot do better.
            if let Some(lsn) = place.keep {
                backup::keep_published(env, layout, lock, &path, lsn)?;
            }
            return env.fs.rename(&staged.path, &path).map(|()| None).map_err(fail);
        }
        Err(error) => return Err(fail(error)),
    }
    // What cannot be looked at stays where it is: the next sweep looks again, and keeps it if it is an edit.
    let Ok(came_out) = files::stat(env, &staged.path) else { return Ok(None) };
    if overwrites || came_out == place.stat {
        return Ok(Some(staged.path));
    }
    // An edit was saved after the look: it gets its place back.
    env.fs.exchange(&staged.path, &path).map_err(|error| Error::io("put the edit back", &path, error))?;
    // By all that is known of it: an editor may as well write into the file that is there.
    let is_staged =
        |stat: Stat| stat == staged.stat || planted::is(Bug::KnowByIdAlone) && stat.id == staged.stat.id;
    if files::stat(env, &staged.path)?.is_some_and(is_staged) {
        staged.discard(env);
    } else {
        backup::keep_edit(env, layout, lock, &staged.path)?;
    }
    Err(changed(layout))
}

fn changed(layout: &Layout) -> Error {
    Error::new(ErrorKind::Edited, "state.yaml was changed while this process held it").at(&layout.state())
}

/// Whether a file in the staging folder is an edit that came out of the place of the state: whole, and not as
/// this program writes it.
pub(crate) fn is_edit(env: &Env, path: &Path) -> Result<bool> {
    let is_state = path.file_name().is_some_and(|name| name.to_string_lossy().starts_with("state.yaml-"));
    if !is_state {
        return Ok(false);
    }
    let Some(bytes) = files::read(env, path)? else { return Ok(false) };
    Ok(match yaml::parse(&bytes) {
        Parsed::Sound(..) | Parsed::Lost(_) => false,
        Parsed::Edited(..) | Parsed::Newer(_) => true,
        Parsed::Damaged(_) if planted::is(Bug::RefuseForeignEnds) => bytes.ends_with(b"...\n"),
        Parsed::Damaged(_) => yaml::is_whole(&bytes),
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::env::mem::World;
    use crate::env::{Fs as _, Kind, Timestamp};
    use crate::model::document::Document;
    use crate::schema::Schema;

    fn found(bytes: &[u8]) -> Found {
        let stat = Stat { kind: Kind::File, len: 1, modified_ns: 0, id: 1, foreign_owner: None };
        Found::Present(stat, yaml::parse(bytes))
    }

    #[test]
    fn what_is_missing_or_damaged_is_not_read() {
        assert!(Found::Absent.read().is_none() && Found::Absent.damage().is_none());
        assert!(found(b"{").read().is_none());
        assert!(found(b"{").damage().is_some_and(|reason| reason.contains("ends early")));
        assert_eq!(found(b"").damage(), Some("the file is empty"));
    }

    #[test]
    fn an_edit_that_came_out_is_known_whatever_ends_its_lines() {
        let world = World::new(1);
        let folder = Path::new("/staging");
        world.fs.create_dir(folder).unwrap();
        let header = "schemaVersion: \"1.0.0\"\nlsn: 7\nlastModified: \"1970-01-01T00:00:00.000Z\"\n";
        for (name, lines, is_kept) in [
            ("state.yaml-1", "a: 1\n...\n", true),
            ("state.yaml-1", "a: {\n...\n", true),
            ("state.yaml-1", "a: 1\n", false),
            ("state.yaml-1", "a: 1\n..", false),
            ("history.jsonl-1", "a: 1\n...\n", false),
        ] {
            for ends in ["\n", "\r\n"] {
                let path = folder.join(name);
                world.fs.place(&path, format!("{header}{lines}").replace('\n', ends).as_bytes()).unwrap();
                assert_eq!(is_edit(&world.env(), &path).unwrap(), is_kept, "{name} {lines:?} {ends:?}");
            }
        }
        let written = yaml::render(&State {
            schema: Schema::FIRST,
            lsn: Lsn(7),
            modified: Timestamp::default(),
            recovery: None,
            document: Document::default(),
        });
        let path = folder.join("state.yaml-2");
        world.fs.place(&path, &written.0).unwrap();
        assert!(!is_edit(&world.env(), &path).unwrap(), "as this program writes it");
        assert!(!is_edit(&world.env(), &folder.join("state.yaml-3")).unwrap(), "nothing is there");
    }

    #[test]
    fn what_is_proven_and_what_is_edited_is_read() {
        let state = State {
            schema: Schema::FIRST,
            lsn: Lsn(7),
            modified: Timestamp::default(),
            recovery: None,
            document: Document::default(),
        };
        let (bytes, id, content) = yaml::render(&state);
        let sound = found(&bytes);
        assert_eq!(sound.read().map(|(_, read, proven)| (read, proven)), Some((&state, (id, content))));
        assert_eq!(sound.damage(), None);
        let text = String::from_utf8(bytes).expect("it is text").replace("lsn: 7", "lsn: 8");
        let edited = found(text.as_bytes());
        let proven = edited.read().map(|(_, read, (_, content))| (read.lsn, content));
        assert_eq!(proven, Some((Lsn(8), Crc::default())));
    }
}
