//! The oracle: opens a store on a disk that a crash left, and says which promise is broken, if one is.
//!
//! The promises:
//!
//! * **prefix**: what is there are the first `k` transactions, in order and nothing else;
//! * **durable**: `k` is at least the number of acknowledged ones, and at most the number of tried ones;
//! * **whole**: the document is exactly what those `k` transactions make, and so is the history;
//! * **kept**: recovery copies the log before it applies or puts aside anything;
//! * **sound**: the integrity check finds nothing, and the next change leaves nothing in `.tmp/`;
//! * **idempotent**: opening again changes no byte;
//! * **stable**: what an open has shown is still there after a power cut right behind it;
//! * **alive**: a new transaction commits at once and survives a power cut that only synced data survives;
//! * **kept** too: a file given to the store to keep is there as a whole, once that was acknowledged;
//! * **edits**: a hand edit that was saved is in force or kept in a file.

use crate::model::{Edit, Expected, Kept, edit_draft, edit_value, replay, root};
use checklist_store::env::Env;
use checklist_store::env::mem::{DiskImage, Survival, World};
use checklist_store::{Error, ErrorKind, Options, Standing, Store, Value, Verdict};
use serde_json::json;
use std::collections::HashMap;
use std::fmt;
use std::path::PathBuf;

/// The store under test, as the oracle opens it.
pub struct Subject<'a> {
    /// The options of the workload.
    pub options: fn(Options) -> Options,
    /// Every document of the model, from the empty one to the newest intent.
    pub documents: &'a [Value],
    /// Their hash.
    pub documents_hash: u64,
    /// Gives the environment of a world, behind a gate if bugs are planted.
    pub env: &'a dyn Fn(&World) -> Env,
    /// What openings left that went on to keep every promise.
    pub sound: &'a mut Sound,
}

/// What was left by openings that went on to keep every promise, and how many transactions it holds: the
/// files of the store but for the copies and the locks, which nothing that follows a sound open looks at.
pub type Sound = HashMap<u128, usize>;

impl fmt::Debug for Subject<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Subject").field("documents", &self.documents.len()).finish_non_exhaustive()
    }
}

/// What a store turned out to hold.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Found {
    /// So many transactions.
    Committed(usize),
    /// So many transactions, and a hand edit over them.
    Edited(usize),
    /// A hand edit that was cut off while it was saved; the store refuses it and leaves it alone.
    HalfSaved,
}

impl Found {
    /// How many transactions that are; `None` where nobody can tell.
    #[must_use]
    pub fn count(self) -> Option<usize> {
        match self {
            Found::Committed(count) | Found::Edited(count) => Some(count),
            Found::HalfSaved => None,
        }
    }

    /// Whether this is allowed at a moment.
    ///
    /// # Errors
    /// The promise that it breaks.
    pub fn fits(self, expected: &Expected) -> Result<(), Violation> {
        let (Found::Committed(count) | Found::Edited(count)) = self else { return Ok(()) };
        let (acked, intents) = (expected.acked, expected.intents);
        if count < acked {
            return broken("durable", format!("{acked} transactions were acknowledged, {count} are there"));
        }
        if count > intents {
            return broken("prefix", format!("{intents} transactions were tried, {count} are there"));
        }
        Ok(())
    }
}

/// A promise that was broken.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Violation {
    /// Which promise.
    pub promise: &'static str,
    /// How.
    pub detail: String,
}

impl fmt::Display for Violation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "promise \"{}\" is broken: {}", self.promise, self.detail)
    }
}

fn broken<T>(promise: &'static str, detail: impl Into<String>) -> Result<T, Violation> {
    Err(Violation { promise, detail: detail.into() })
}

/// A document in a message, cut where it gets long.
fn shown(document: &Value) -> String {
    let mut text = document.to_string();
    if let Some((cut, _)) = text.char_indices().nth(200) {
        text.truncate(cut);
        text.push('…');
    }
    text
}

/// Says which promise an error of the store breaks.
fn failed(promise: &'static str, doing: &'static str) -> impl FnOnce(Error) -> Violation {
    move |error| Violation { promise, detail: format!("{doing}: {error} ({:?})", error.kind()) }
}

impl Subject<'_> {
    /// Opens the store in a world.
    ///
    /// # Errors
    /// The store's.
    pub fn open(&self, world: &World) -> Result<Store, Error> {
        (self.options)(Store::options()).env((self.env)(world)).open(root())
    }

    /// Opens the store on `image` and puts every promise to the test.
    ///
    /// # Errors
    /// The first promise that is broken.
    pub fn judge(&mut self, image: &DiskImage, expected: &Expected) -> Result<Found, Violation> {
        let world = World::from_image(image, 11);
        let store = match self.open(&world) {
            Ok(store) => store,
            Err(error) if error.is_corruption() && half_saved(expected) => return Ok(Found::HalfSaved),
            Err(error) => return broken("alive", format!("open: {error} ({:?})", error.kind())),
        };
        let opened = world.fs.image();
        kept(image, &opened, &store)?;
        kept_file(&opened, expected)?;
        let seen = (expected.edit.is_none()).then(|| files(&opened, self.documents_hash));
        if let Some(count) = seen.and_then(|seen| self.sound.get(&seen).copied())
            && *store.standing() == Standing::Sound
            && self.documents.get(count).is_some_and(|document| store.snapshot().to_value() == *document)
        {
            let found = Found::Committed(count);
            return found.fits(expected).map(|()| found);
        }
        let found = self.identify(&store, &world, expected)?;
        edit_kept(&opened, &store, expected)?;
        self.inspect(&store)?;
        drop(store);
        self.stable(&opened, expected, found)?;
        let again = World { fs: world.fs.clone(), ..World::new(12) };
        let mut store = self.open(&again).map_err(failed("idempotent", "open again"))?;
        if let Some(path) = difference(&opened, &again.fs.image()) {
            return broken("idempotent", format!("opening again changed {path}"));
        }
        self.alive(&mut store, &again)?;
        if let (Some(seen), Found::Committed(count)) = (seen, found) {
            self.sound.insert(seen, count);
        }
        Ok(found)
    }

    /// Which transactions the store holds: the history says how many, the document must agree.
    fn identify(&self, store: &Store, world: &World, expected: &Expected) -> Result<Found, Violation> {
        let history = store.history().map_err(failed("whole", "read the history"))?;
        let document = store.snapshot().to_value();
        let count = history.len();
        let mut replayed = self.documents.first().cloned().unwrap_or_default();
        for (index, entry) in history.iter().enumerate() {
            entry.operations.iter().for_each(|operation| replay(&mut replayed, operation));
            match self.documents.get(index + 1) {
                Some(wanted) if *wanted == replayed => {}
                Some(wanted) => {
                    let (made, wanted) = (shown(&replayed), shown(wanted));
                    return broken("whole", format!("history makes {made} of {}, not {wanted}", index + 1));
                }
                None => return broken("prefix", format!("history has {count} transactions")),
            }
        }
        if !history.windows(2).all(|pair| pair[0].lsn < pair[1].lsn) {
            return broken("prefix", "the LSNs of the history do not grow");
        }
        match (store.standing(), &expected.edit) {
            (Standing::Sound, _) if document == replayed => {
                let found = Found::Committed(count);
                found.fits(expected).map(|()| found)
            }
            (Standing::Sound, _) => {
                let (made, document) = (shown(&replayed), shown(&document));
                broken("whole", format!("{count} transactions make {made}, it shows {document}"))
            }
            (Standing::Edited, Some(edit)) if edit.may_show(&document) || half_saved(expected) => {
                self.restored(world, expected)
            }
            (Standing::Edited, _) => {
                broken("whole", format!("no such hand edit: it shows {}", shown(&document)))
            }
            (other, _) => broken("alive", format!("the store stands as {other:?}")),
        }
    }

    /// What lies under a hand edit: undoing the edit must show it, and keep the edit in a file.
    fn restored(&self, world: &World, expected: &Expected) -> Result<Found, Violation> {
        let fork = World::from_image(&world.fs.image(), 15);
        let mut store = self.open(&fork).map_err(failed("edits", "open to undo the edit"))?;
        let edited = fork.fs.image().read(&root().join("state.yaml")).map(<[u8]>::to_vec).unwrap_or_default();
        store.restore().map_err(failed("edits", "undo the edit"))?;
        let image = fork.fs.image();
        if !image.entries().iter().any(|(_, bytes)| *bytes == Some(&edited)) {
            return broken("edits", "the edit was undone and not kept");
        }
        match self.identify(&store, &fork, expected)? {
            Found::Committed(count) => Ok(Found::Edited(count)),
            other => broken("edits", format!("with the edit undone it is still {other:?}")),
        }
    }

    fn inspect(&self, store: &Store) -> Result<(), Violation> {
        if *store.standing() != Standing::Sound {
            return Ok(());
        }
        let report = store.check().map_err(failed("sound", "check"))?;
        match report.findings.iter().find(|finding| !finding.sound) {
            Some(finding) => broken("sound", format!("{}: {}", finding.subject, finding.detail)),
            None => Ok(()),
        }
    }

    /// Cuts the power right behind an open: what it showed must not be taken back.
    fn stable(&self, opened: &DiskImage, expected: &Expected, found: Found) -> Result<(), Violation> {
        if opened.unsynced().is_empty() {
            return Ok(());
        }
        let world = World::from_image(&opened.survive(&Survival::nothing()), 13);
        let store = self.open(&world).map_err(failed("stable", "open after a cut behind open"))?;
        match self.identify(&store, &world, expected) {
            Ok(now) if now == found => Ok(()),
            // What an editor has not synced may be lost, and the file that stood there before is back.
            Ok(now) if edit_undecided(expected) && now.count() == found.count() => Ok(()),
            Ok(now) => broken("stable", format!("an open showed {found:?}, and the next one {now:?}")),
            Err(violation) => broken("stable", violation.to_string()),
        }
    }

    /// Commits one more transaction and cuts the power: it must be there, and all before it.
    fn alive(&self, store: &mut Store, world: &World) -> Result<(), Violation> {
        if *store.standing() == Standing::Edited {
            // An edit made without what the log holds cannot be adopted; undoing it must do then.
            match store.adopt("somebody") {
                Ok(_) => {}
                Err(error) if matches!(error.kind(), ErrorKind::Edited | ErrorKind::Invalid) => {
                    store.restore().map_err(failed("alive", "restore"))?;
                }
                Err(error) => return Err(failed("alive", "adopt")(error)),
            }
        }
        let probe = [Edit::Write("/probe", json!("here"))];
        let mut wanted = store.snapshot().to_value();
        edit_value(&mut wanted, &probe);
        let before = store.history().map_err(failed("alive", "read the history"))?.len();
        store
            .transact(|draft| edit_draft(draft, &probe))
            .map_err(failed("alive", "commit a new transaction"))?;
        // A state that was replaced may lie in the staging folder until the next change sweeps it.
        let after = world.fs.image();
        if let Some(path) = after.list(&root().join(".tmp")).unwrap_or_default().first() {
            return broken("sound", format!("a new transaction leaves {} behind", path.display()));
        }
        let cut = World::from_image(&after.survive(&Survival::nothing()), 14);
        let store = self.open(&cut).map_err(failed("alive", "open after the new transaction"))?;
        let (found, after) = (store.snapshot().to_value(), store.history().map(|history| history.len()));
        if found != wanted {
            let (found, wanted) = (shown(&found), shown(&wanted));
            return broken(
                "alive",
                format!("after a new transaction and a cut it shows {found}, not {wanted}"),
            );
        }
        match after {
            Ok(after) if after == before + 1 => Ok(()),
            other => broken("alive", format!("history had {before} entries, and {other:?} with a new one")),
        }
    }
}

/// Whether a hand edit is being saved just now.
fn edit_undecided(expected: &Expected) -> bool {
    expected.edit.as_ref().is_some_and(|edit| !edit.durable)
}

/// Whether a hand edit is being saved in place just now: a part of it may be all there is.
fn half_saved(expected: &Expected) -> bool {
    expected.edit.as_ref().is_some_and(|edit| !edit.durable && !edit.whole)
}

/// Recovery that applied or put aside anything must have left a durable copy of the log it started from.
fn kept(before: &DiskImage, after: &DiskImage, store: &Store) -> Result<(), Violation> {
    if !matches!(store.recovery().verdict, Verdict::Redone | Verdict::Discarded) {
        return Ok(());
    }
    let log = before.read(&root().join(".wal")).unwrap_or_default();
    // Whoever goes on behind what is promised leaves the log as it is.
    if after.read(&root().join(".wal")).is_ok_and(|bytes| bytes == log) {
        return Ok(());
    }
    let after = after.survive(&Survival::nothing());
    let is_log = |path: &PathBuf| after.read(path).is_ok_and(|bytes| bytes == log);
    if after.list(&root().join(".backup")).unwrap_or_default().iter().any(is_log) {
        return Ok(());
    }
    broken("kept", "recovery changed the log, and no durable copy of it is in .backup/")
}

/// A kept file is there as a whole, in the version that was acknowledged or a newer one.
fn kept_file(image: &DiskImage, expected: &Expected) -> Result<(), Violation> {
    let Kept { acked, tried } = expected.kept;
    let found = image.read(&root().join("templates/kept.yaml"));
    let is_version = |version: usize| match &found {
        Ok(bytes) => version > 0 && *bytes == crate::session::kept(version),
        Err(_) => version == 0,
    };
    if is_version(acked) || is_version(tried) {
        return Ok(());
    }
    broken(
        "kept",
        format!(
            "the kept file is neither version {acked} nor {tried}: {} bytes",
            found.map_or(0, <[u8]>::len)
        ),
    )
}

/// A hand edit that the editor has saved is in force, or in a file.
fn edit_kept(image: &DiskImage, store: &Store, expected: &Expected) -> Result<(), Violation> {
    let Some(edit) = expected.edit.as_ref().filter(|edit| edit.durable) else { return Ok(()) };
    let kept = image.entries().iter().any(|(_, bytes)| *bytes == Some(&edit.bytes));
    if kept || store.snapshot().to_value() == edit.document {
        Ok(())
    } else {
        broken("edits", "the hand edit is neither in force nor in a file")
    }
}

/// A hash of the files that count, as they are and as they are durable.
fn files(image: &DiskImage, documents_hash: u64) -> u128 {
    image.fingerprint_without(&[root().join(".backup"), root().join(".locks")]) ^ u128::from(documents_hash)
}

/// The first path that differs; who holds or held the lock is nobody's state.
fn difference(before: &DiskImage, after: &DiskImage) -> Option<String> {
    let locks = root().join(".locks");
    let state = |image: &DiskImage| -> Vec<(std::path::PathBuf, Option<Vec<u8>>)> {
        let entries = image.entries().into_iter().filter(|(path, _)| !path.starts_with(&locks));
        entries.map(|(path, bytes)| (path, bytes.map(<[u8]>::to_vec))).collect()
    };
    if before.is_same_snapshot(after) || before.fingerprint() == after.fingerprint() {
        return None;
    }
    let (before, after) = (state(before), state(after));
    let changed = before.iter().find(|entry| !after.contains(entry));
    let changed = changed.or_else(|| after.iter().find(|entry| !before.contains(entry)));
    changed.map(|(path, _)| path.display().to_string())
}
