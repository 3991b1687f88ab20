//! `Backup`: the copies of a store, taken, listed, and gone back to.

use crate::disk::backup::{self, Reason};
use crate::disk::layout::Layout;
use crate::disk::shelf::{Appearance, Shelf};
use crate::env::{Env, Timestamp};
use crate::error::{Error, Result};
use crate::protocol::look;
use crate::protocol::options::Options;
use crate::protocol::restore::{self, Past, RestorePlan, Target};
use crate::report::{Commit, Lsn};
use crate::store::Store;
use serde_json::json;
use std::path::{Path, PathBuf};

/// A copy of the state that is kept below `.backup/`, alone or with the log it had.
///
/// ```
/// # let folder = tempfile::tempdir().unwrap();
/// use checklist_store::{Key, Lsn, Store, Target};
///
/// const A: Key = Key::from_static("/a");
/// let options = Store::options().backups(10, 1 << 20);
/// let root = folder.path().join("state");
/// let mut store = options.clone().open(&root)?;
/// store.transact(|draft| draft.write(&A, 1))?;
/// let copy = store.backup()?;
/// store.transact(|draft| draft.write(&A, 2))?;
/// assert!(store.backups()?.iter().any(|one| one.name == copy.name && one.is_restorable));
/// assert_eq!(Store::backups_at(&options, &root)?.len(), store.backups()?.len());
///
/// let target = Target::Backup(copy.name);
/// let plan = store.plan_restore(&target)?;
/// assert_eq!((plan.lsn, plan.operations.len()), (copy.lsn, 1));
/// store.restore_to(&target, "ana")?;
/// assert_eq!(store.snapshot().read(&A), Some(1.into()));
/// # Ok::<(), checklist_store::Error>(())
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Backup {
    /// What [`Target::Backup`] takes.
    pub name: String,
    /// Why it was taken, in a word: `published`, `asked`, `recovery`, `edit`, `restore`, `base`, `history`
    /// or `migration`.
    pub reason: &'static str,
    /// The newest LSN that was known when it was taken.
    pub lsn: Lsn,
    /// When it was taken, as far as that is known.
    pub time: Option<Timestamp>,
    /// The files it consists of.
    pub files: Vec<PathBuf>,
    /// Their size.
    pub bytes: u64,
    /// Whether its files are known to be as they were; `None` if nothing tells. One that is not is never used.
    pub is_verified: Option<bool>,
    /// Whether it holds a state that can be gone back to.
    pub is_restorable: bool,
}

impl Store {
    /// Copies the state, and the log if anything waits in it, as the files are. The copy is kept until as many
    /// newer ones were asked for as [`Options::backups`] says.
    ///
    /// # Errors
    /// [`ErrorKind::LockTimeout`](crate::ErrorKind::LockTimeout) and those of the file system.
    pub fn backup(&mut self) -> Result<Backup> {
        self.files.check_poison()?;
        let lock = self.lock()?;
        let env = &self.options.env;
        let sources = [self.layout.state(), self.layout.wal()];
        let look = look::look(env, &self.layout)?;
        let known = look.scan.last().unwrap_or_default();
        let lsn = self.files.last.max(look.recorded.lsn).max(known);
        let stem = backup::keep_copy(env, &self.layout, &lock, Reason::Asked, lsn, &sources)?;
        backup::prune(env, &self.layout, &lock)?;
        let name = stem.file_name().unwrap_or_default().to_string_lossy();
        let mut copies = list(env, &self.layout)?;
        copies.retain(|copy| copy.name == name);
        copies.pop().ok_or_else(|| {
            Error::new(crate::ErrorKind::Io, "the copy is gone right after it was taken").at(&stem)
        })
    }

    /// The copies that are kept, the newest first. Reads all of them.
    ///
    /// # Errors
    /// Those of the file system.
    pub fn backups(&self) -> Result<Vec<Backup>> {
        list(&self.options.env, &self.layout)
    }

    /// The same for the store under `root`, whatever state it is in.
    ///
    /// # Errors
    /// [`ErrorKind::NoStore`](crate::ErrorKind::NoStore) and those of the file system.
    pub fn backups_at(options: &Options, root: &Path) -> Result<Vec<Backup>> {
        let layout = Layout::new(root);
        layout.check_root(&options.env, options.accepts_owner)?;
        list(&options.env, &layout)
    }

    /// What [`Store::restore_to`] would change; changes nothing.
    ///
    /// # Errors
    /// [`ErrorKind::Invalid`](crate::ErrorKind::Invalid) if there is no such state, or nothing proves what it
    /// was like; [`ErrorKind::Corrupt`](crate::ErrorKind::Corrupt) if the history is damaged and what is damaged
    /// is needed; those of the file system.
    pub fn plan_restore(&self, target: &Target) -> Result<RestorePlan> {
        Ok(self.past(target)?.plan(&self.files.document))
    }

    /// Goes back to an earlier state. Nothing is lost by that: it is one more transaction, whose operations are
    /// the difference, and which can be taken back like any other. Its note says `"verb": "restore"`, who, and
    /// to which LSN.
    ///
    /// # Errors
    /// As [`Store::plan_restore`], [`Store::begin`] and [`Transaction::commit`](crate::Transaction::commit).
    pub fn restore_to(&mut self, target: &Target, actor: &str) -> Result<Commit> {
        self.refresh()?;
        let past = self.past(target)?;
        let mut transaction = self.begin()?;
        // The next change migrates it again.
        transaction.go_back_to(past.schema);
        let plan = past.plan(transaction.document());
        transaction.replay(plan.operations)?;
        let detail = format!("to record {}", plan.lsn);
        transaction.set_note(json!({"verb": "restore", "actor": actor, "detail": detail, "to": plan.lsn.0}));
        transaction.commit()
    }

    fn past(&self, target: &Target) -> Result<Past> {
        // The log first: what is recorded and cleared in between is then in the history.
        let waiting = look::look(&self.options.env, &self.layout)?.scan.transactions;
        restore::past(&self.options.env, &self.layout, &self.files.state(), &waiting, target)
    }
}

fn list(env: &Env, layout: &Layout) -> Result<Vec<Backup>> {
    let shelf = Shelf::open(env, layout)?;
    let mut found = Vec::new();
    for copy in &shelf.copies {
        let mut is_verified = Some(true);
        let mut bytes = 0;
        for path in &copy.files {
            bytes += env.fs.stat(path).map_or(0, |stat| stat.len);
            is_verified = match (is_verified, shelf.appearance(env, copy, path)?) {
                (Some(false), _) | (_, Appearance::Changed) => Some(false),
                (None, _) | (_, Appearance::Unknown) => None,
                (Some(true), Appearance::Alike) => Some(true),
            };
        }
        let noted = shelf.manifest.of(&copy.stem).map(|note| note.time);
        found.push(Backup {
            name: copy.stem.clone(),
            reason: copy.reason.word(),
            lsn: copy.lsn,
            time: noted.or_else(|| copy.time()),
            files: copy.files.clone(),
            bytes,
            is_verified,
            is_restorable: shelf.state(env, copy)?.is_some(),
        });
    }
    found.sort_by(|a, b| (b.time, b.lsn, &b.name).cmp(&(a.time, a.lsn, &a.name)));
    Ok(found)
}
