//! `Store`: a state document on disk, opened.

use crate::disk::backup::{self, Reason};
use crate::disk::files::Files;
use crate::disk::history;
use crate::disk::layout::Layout;
use crate::disk::lock::{FileLock, WriteLock};
use crate::disk::replace;
use crate::env::Env;
use crate::error::{Error, ErrorKind, Result};
use crate::event::CommitTimings;
use crate::model::draft::Draft;
use crate::model::operation::CommittedTransaction;
use crate::model::snapshot::Snapshot;
use crate::planted::{self, Bug};
use crate::protocol::catch_up;
use crate::protocol::commit;
use crate::protocol::doubt;
use crate::protocol::locking;
use crate::protocol::look;
use crate::protocol::migrate;
use crate::protocol::options::Options;
use crate::protocol::recovery::{self, Opened};
use crate::protocol::{check, repair};
use crate::report::{CheckReport, Commit, Lsn, RecoveryReport, RepairPlan, Standing, TxnId};
use crate::transaction::Transaction;
use std::path::Path;
use std::time::Duration;

/// A transactional, crash-safe state document in a folder of its own.
///
/// Several processes may have the same store open; a transaction first takes in what others committed. One
/// `Store` runs one transaction at a time, which the borrow checker holds.
///
/// ```
/// use checklist_store::{Error, Key, Store};
///
/// const BUILD: Key = Key::from_static("/steps/build");
/// # let folder = tempfile::tempdir().unwrap();
/// # let root = folder.path().join(".checklist");
/// let mut store = Store::open(&root)?;
/// store.transact(|draft| draft.write(&BUILD, "done"))?;
///
/// let store = Store::open(&root)?;
/// assert_eq!(store.snapshot().read_as::<String>(&BUILD)?.as_deref(), Some("done"));
/// # Ok::<(), Error>(())
/// ```
///
/// Two transactions at once would wait for each other, so they do not compile:
/// ```compile_fail
/// # let mut store = checklist_store::Store::open("x").unwrap();
/// let first = store.begin().unwrap();
/// let second = store.begin().unwrap();
/// first.commit().unwrap();
/// ```
#[doc(alias = "StateManager")]
#[doc(alias = "ConcurrencyManager")]
#[derive(Debug)]
pub struct Store {
    pub(crate) options: Options,
    pub(crate) layout: Layout,
    pub(crate) files: Files,
    file_lock: FileLock,
    standing: Standing,
    report: RecoveryReport,
    damage: Option<Error>,
    /// Whether this handle has looked after what [`Store::settle`] does, since it last took in a state.
    is_settled: bool,
    /// Whether this handle has looked at what volume the store is on.
    knows_volume: bool,
}

impl Store {
    /// How a store is opened, to be changed before [`Options::open`].
    #[must_use]
    pub fn options() -> Options {
        Options::default()
    }

    /// Opens the store at `root`: creates it if it is missing, and repairs what a crash left.
    ///
    /// # Errors
    /// [`ErrorKind::Corrupt`] if what is there cannot have been left by a crash; nothing is changed then.
    /// [`ErrorKind::UnsupportedFormat`] if a newer program wrote it, [`ErrorKind::LockTimeout`] if a repair
    /// is needed and another process keeps the lock, and the errors of the file system.
    pub fn open(root: impl AsRef<Path>) -> Result<Store> {
        Store::options().open(root)
    }

    pub(crate) fn open_with(options: Options, root: &Path) -> Result<Store> {
        let layout = Layout::new(root).limited(options.limits);
        let Opened { files, standing, report, damage } =
            recovery::open(&options, &layout)?.admitted(&options);
        let file_lock = FileLock::new(&options.env, &layout);
        let (is_settled, knows_volume) = (false, false);
        Ok(Store { options, layout, files, file_lock, standing, report, damage, is_settled, knows_volume })
    }

    /// What opening found and did.
    #[must_use]
    pub fn recovery(&self) -> &RecoveryReport {
        &self.report
    }

    /// How much of the store can be used.
    #[must_use]
    pub fn standing(&self) -> &Standing {
        &self.standing
    }

    /// What is damaged, if the store stands as [`Standing::Damaged`].
    ///
    /// ```
    /// # let folder = tempfile::tempdir().unwrap();
    /// let store = checklist_store::Store::open(folder.path().join("state"))?;
    /// assert!(store.damage().is_none());
    /// # Ok::<(), checklist_store::Error>(())
    /// ```
    #[must_use]
    pub fn damage(&self) -> Option<Error> {
        self.damage.as_ref().map(Error::repeated)
    }

    /// The folder.
    #[must_use]
    pub fn root(&self) -> &Path {
        self.layout.root()
    }

    /// The world it lives in.
    #[must_use]
    pub fn env(&self) -> &Env {
        &self.options.env
    }

    /// The committed state as this handle knows it; [`Store::refresh`] takes in what others did.
    #[must_use]
    pub fn snapshot(&self) -> Snapshot {
        Snapshot::new(self.files.document.clone(), self.files.last)
    }

    /// Takes in what other processes committed. Takes no lock and waits for nobody, unless there is something to
    /// repair that cannot be read over.
    ///
    /// # Errors
    /// As [`Store::open`].
    pub fn refresh(&mut self) -> Result<()> {
        self.files.check_poison()?;
        if let Some(opened) = catch_up::read_on(&mut self.files, &self.options, &self.standing)? {
            self.take(opened);
        }
        Ok(())
    }

    /// Opens the store anew, on the same files and with the same options: the way out after a change that is
    /// in doubt. It decides what became of that change; [`Store::recovery`] tells.
    ///
    /// # Errors
    /// As [`Store::open`]; the handle is then as it was.
    pub fn reopen(&mut self) -> Result<&RecoveryReport> {
        let opened = recovery::open(&self.options, &self.layout)?;
        self.take(opened);
        Ok(&self.report)
    }

    /// After a sync that failed anywhere, nothing more is written by this handle.
    fn poison_in_doubt<T>(&mut self, result: Result<T>) -> Result<T> {
        result.inspect_err(|error| {
            if error.kind() == ErrorKind::InDoubt {
                self.files.poison = Some(error.message().to_owned());
            }
        })
    }

    fn take(&mut self, opened: Opened) {
        let opened = opened.admitted(&self.options);
        self.files = opened.files;
        self.standing = opened.standing;
        self.report = opened.report;
        self.damage = opened.damage;
        self.is_settled = false;
    }

    /// Begins a transaction: takes the lock and catches up with other processes.
    ///
    /// # Errors
    /// [`ErrorKind::LockTimeout`] naming the holder, [`ErrorKind::Edited`] and [`ErrorKind::ReadOnly`] if
    /// the store cannot be written, [`ErrorKind::Poisoned`] after a change in doubt, and those of
    /// [`Store::open`].
    pub fn begin(&mut self) -> Result<Transaction<'_>> {
        let lock = self.lock_and_catch_up(self.options.lock_timeout)?;
        let txn = TxnId(self.options.env.uuid());
        let draft = Draft::new(self.files.document.clone(), self.files.last).owned_by(txn);
        Ok(Transaction::new(self, lock, draft, txn))
    }

    /// Steps 1 and 2 of a commit.
    pub(crate) fn lock_and_catch_up(&mut self, patience: Duration) -> Result<WriteLock> {
        self.files.check_poison()?;
        if let Some(damage) = self.damage() {
            return Err(damage);
        }
        if self.files.logged.is_some() && self.files.wal.len_bytes() >= self.options.wal_bytes_max() {
            // It should have been published, and was not: perhaps a folder is missing.
            self.file_lock.doubt_folders();
        }
        let lock = locking::take_again(&self.options, &self.file_lock, patience)?;
        let Store { files, options, standing, .. } = self;
        if !planted::is(Bug::SkipCatchUp)
            && let Some(opened) = catch_up::catch_up(files, options, standing, &lock)?
        {
            self.take(opened);
        }
        if let Standing::ReadOnly(reason) = &self.standing {
            return Err(Error::new(ErrorKind::ReadOnly, reason.clone()));
        }
        if !self.is_settled {
            self.settle(&lock)?;
        }
        if self.standing == Standing::Edited {
            let message = "state.yaml was edited or put back by hand: adopt that or restore the state before changing it";
            return Err(Error::new(ErrorKind::Edited, message).at(&self.layout.state()));
        }
        if self.files.schema < self.options.schema {
            migrate::migrate(&mut self.files, &self.options, &lock)?;
        }
        Ok(lock)
    }

    /// What a handle looks after before its first change, and again after others made theirs: leftovers that
    /// no recovery swept because the log was empty, and whether state and history belong together.
    fn settle(&mut self, lock: &WriteLock) -> Result<()> {
        let env = &self.options.env;
        replace::sweep(env, &self.layout, lock)?;
        doubt::tell_once(&self.options, &self.layout, lock, &mut self.knows_volume);
        let end = self.files.history.end(env, &self.layout)?;
        let published = self.files.published.lsn;
        if self.standing == Standing::Sound && end.lsn < published {
            // A clone, or what others did and git brought: the history goes on from a copy of this.
            let is_kept =
                backup::newest_state(env, &self.layout)?.is_some_and(|(_, state)| state.lsn >= published);
            if !is_kept {
                let sources = [self.layout.state()];
                backup::keep_copy(env, &self.layout, lock, Reason::Base, published, &sources)?;
            }
        }
        self.is_settled = true;
        Ok(())
    }

    /// Takes the lock for something other than a transaction, with its folders looked at.
    pub(crate) fn lock(&self) -> Result<WriteLock> {
        self.file_lock.doubt_folders();
        locking::take_again(&self.options, &self.file_lock, self.options.lock_timeout)
    }

    /// Whether somebody waits for the write lock.
    pub(crate) fn is_lock_awaited(&self) -> bool {
        self.file_lock.is_awaited()
    }

    /// Runs an edit and commits it; if it returns an error, nothing is changed.
    ///
    /// # Errors
    /// Whatever `edit` returns, and the errors of [`Store::begin`] and [`Transaction::commit`].
    ///
    /// The draft cannot leave the closure:
    /// ```compile_fail
    /// # let mut store = checklist_store::Store::open("x").unwrap();
    /// let mut kept = None;
    /// store.transact(|draft| { kept = Some(draft); Ok::<(), checklist_store::Error>(()) }).unwrap();
    /// ```
    pub fn transact<T, E: From<Error>>(
        &mut self,
        edit: impl FnOnce(&mut Draft) -> Result<T, E>,
    ) -> Result<T, E> {
        let mut transaction = self.begin()?;
        let value = edit(&mut transaction)?;
        transaction.commit()?;
        Ok(value)
    }

    /// Brings `state.yaml` up to date and clears the log, where that was deferred or failed.
    ///
    /// # Errors
    /// Those of the file system; what was committed stays committed.
    pub fn publish(&mut self) -> Result<()> {
        self.file_lock.doubt_folders();
        let lock = self.lock_and_catch_up(self.options.lock_timeout).map_err(Error::saved)?;
        self.files.found_in_log();
        commit::try_publish(&mut self.files, &self.options, &lock, &mut CommitTimings::default())
            .map_err(Error::saved)
    }

    /// Publishes what is deferred and closes. Dropping a store instead loses nothing: the next start
    /// publishes it.
    ///
    /// # Errors
    /// As [`Store::publish`].
    pub fn close(mut self) -> Result<()> {
        // What another process left in the log is not this one's to publish.
        if self.files.logged.is_none() || self.standing != Standing::Sound { Ok(()) } else { self.publish() }
    }

    /// Takes in a hand edit of `state.yaml` as a transaction; a copy of the edited file is kept.
    ///
    /// # Errors
    /// [`ErrorKind::Invalid`] if there is no edit; [`ErrorKind::Edited`] if the log holds committed changes
    /// that the edit was made without.
    pub fn adopt(&mut self, actor: &str) -> Result<Commit> {
        self.files.check_poison()?;
        let lock = self.lock()?;
        let txn = TxnId(self.options.env.uuid());
        let adopted = repair::adopt(&self.options, &self.layout, &lock, txn, actor);
        let (opened, commit) = self.poison_in_doubt(adopted)?;
        self.take(opened);
        Ok(commit)
    }

    /// Undoes a hand edit of `state.yaml`: puts back what was committed. A copy of the edited file is kept.
    ///
    /// # Errors
    /// [`ErrorKind::Corrupt`] if what was committed cannot be proven any more; nothing is changed then.
    pub fn restore(&mut self) -> Result<RepairPlan> {
        self.files.check_poison()?;
        let lock = self.lock()?;
        let restored = repair::restore(&self.options, &self.layout, &lock);
        let (opened, plan) = self.poison_in_doubt(restored)?;
        self.take(opened);
        Ok(plan)
    }

    /// Every committed transaction, oldest first, with what it changed.
    ///
    /// # Errors
    /// [`ErrorKind::Corrupt`] naming the line of `history.jsonl` that does not verify.
    pub fn history(&self) -> Result<Vec<CommittedTransaction>> {
        self.history_after(Lsn(0))
    }

    /// The transactions that were committed behind an LSN, oldest first. It costs what is behind it, and does not
    /// look at what the history holds before that, for whoever follows it.
    ///
    /// # Errors
    /// As [`Store::history`], of what is behind the LSN.
    ///
    /// ```
    /// # let folder = tempfile::tempdir().unwrap();
    /// use checklist_store::{Key, Store};
    ///
    /// const AT: Key = Key::from_static("/at");
    /// let mut store = Store::open(folder.path().join("state"))?;
    /// store.transact(|draft| draft.write(&AT, 1))?;
    /// let seen = store.snapshot().lsn();
    /// store.transact(|draft| draft.write(&AT, 2))?;
    /// assert_eq!(store.history_after(seen)?.len(), 1);
    /// # Ok::<(), checklist_store::Error>(())
    /// ```
    pub fn history_after(&self, lsn: Lsn) -> Result<Vec<CommittedTransaction>> {
        // The log first: what is recorded and cleared in between is then in the history.
        let logged = look::look(&self.options.env, &self.layout)?.scan.transactions;
        let mut entries = history::read_behind(&self.options.env, &self.layout, lsn)?;
        let last = entries.last().map_or(lsn, |entry| entry.lsn);
        entries.extend(logged.into_iter().filter(|entry| entry.lsn > last));
        Ok(entries)
    }

    /// Reads everything and says what is not as it should be; changes nothing.
    ///
    /// # Errors
    /// Those of the file system.
    pub fn check(&self) -> Result<CheckReport> {
        check::check(&self.options.env, &self.layout)
    }
}

impl Options {
    /// Opens the store at `root`; see [`Store::open`].
    ///
    /// # Errors
    /// As [`Store::open`].
    pub fn open(self, root: impl AsRef<Path>) -> Result<Store> {
        Store::open_with(self, root.as_ref())
    }
}
