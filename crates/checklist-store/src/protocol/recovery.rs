//! Opening a store: look, decide by the table, repair under the lock, report.

use super::decision::{Action, Refusal, StateFinding};
use super::locking;
use super::look::{Look, look, look_at_state};
use super::options::{Intent, Options};
use super::repair;
use crate::disk::backup::{self, Reason};
use crate::disk::files::{self, Files};
use crate::disk::folders;
use crate::disk::history::History;
use crate::disk::layout::Layout;
use crate::disk::lock::{FileLock, WriteLock};
use crate::disk::replace;
use crate::disk::state_file::{self, Place, Published};
use crate::disk::wal::{Logged, WriteAheadLog};
use crate::disk::wal_reader::LogFinding;
use crate::disk::wal_stream;
use crate::env::{Env, Stat};
use crate::error::{Error, ErrorKind, Result};
use crate::event::Event;
use crate::model::crc::Crc;
use crate::model::document::Document;
use crate::model::record::StateId;
use crate::model::yaml::{self, LastRecovery, State};
use crate::planted::{self, Bug};
use crate::report::{Lsn, RecoveryReport, Standing, Verdict};
use std::io;

/// A store that was opened: what is known of its files, and what opening did.
#[derive(Debug)]
pub(crate) struct Opened {
    pub(crate) files: Files,
    pub(crate) standing: Standing,
    pub(crate) report: RecoveryReport,
    /// What is damaged, where it stands as [`Standing::Damaged`].
    pub(crate) damage: Option<Error>,
}

impl Opened {
    /// A store with nothing amiss.
    pub(super) fn sound(files: Files, report: RecoveryReport) -> Opened {
        Opened { files, standing: Standing::Sound, report, damage: None }
    }

    /// The same, for reading alone if the document has a newer schema than this program's.
    pub(crate) fn admitted(self, options: &Options) -> Opened {
        let (found, known) = (self.files.schema, options.schema);
        if self.standing != Standing::Sound || found <= known {
            return self;
        }
        let reason = format!(
            "a newer version of the program wrote this state (schema {found}, this one writes {known})"
        );
        Opened { standing: Standing::ReadOnly(reason), ..self }
    }
}

/// Opens the store under `layout`, repairing it first where that is certain.
pub(crate) fn open(options: &Options, layout: &Layout) -> Result<Opened> {
    let env = &options.env;
    let begin = env.clock.instant();
    let is_new = match layout.check_root(env, options.accepts_owner) {
        Ok(()) => false,
        Err(error) if error.kind() == ErrorKind::NoStore && options.is_creating => true,
        Err(error) => return Err(error),
    };
    let log = files::extent(env, &layout.wal())?;
    log.map_or(Ok(()), |log| files::check_regular(&layout.wal(), log))?;
    // Nothing is written and no lock taken where all is well: the common case, and the only one in which
    // a read-only folder opens like any other. A log that says something is read once, and then under the lock.
    if !is_new && wal_stream::is_silent(env, layout)? {
        let look = look_at_state(env, layout)?;
        if look.is_at_rest() && replace::leftovers(env, layout)?.is_empty() {
            let mut opened = look.open(options, layout, RecoveryReport::new(Verdict::Clean))?;
            opened.report.elapsed = env.clock.instant().since(begin);
            return Ok(opened);
        }
    }
    let opened = match lock_for_repair(options, layout)? {
        Held::Lock(lock) => repair(options, layout, &lock),
        Held::Busy => look_at_state(env, layout)?.open_over_log(options, layout, Standing::Sound),
        Held::ReadOnly(reason) => {
            look_at_state(env, layout)?.open_over_log(options, layout, Standing::ReadOnly(reason))
        }
    };
    // Who only reads is shown what can be known, even where there is no space to repair it, or no proof.
    let mut opened = match opened {
        Err(error) if options.intent == Intent::Read && error.kind() == ErrorKind::StorageFull => {
            let standing = Standing::ReadOnly(error.to_string());
            look_at_state(env, layout)?.open_over_log(options, layout, standing)?
        }
        Err(error) if options.intent == Intent::Read && error.is_corruption() => {
            open_proven(options, layout, error)?
        }
        opened => opened?,
    };
    opened.report.elapsed = env.clock.instant().since(begin);
    options.emit(&Event::Recovered(opened.report.clone()));
    Ok(opened)
}

/// Whether a repair may be made.
enum Held {
    Lock(WriteLock),
    Busy,
    ReadOnly(String),
}

fn lock_for_repair(options: &Options, layout: &Layout) -> Result<Held> {
    let taken = match options.intent {
        Intent::Write => locking::take(options, layout).map(Some),
        // Who only reads creates nothing, not even what the lock lies in.
        Intent::Read if files::stat(&options.env, &layout.locks())?.is_none() => Ok(None),
        Intent::Read => FileLock::new(&options.env, layout).try_acquire(&options.holder),
    };
    match taken {
        Ok(Some(lock)) => Ok(Held::Lock(lock)),
        Ok(None) => Ok(Held::Busy),
        Err(error) if error.kind() == ErrorKind::ReadOnly => Ok(Held::ReadOnly(error.to_string())),
        Err(error) => Err(error),
    }
}

/// Repairs what the files hold, under the lock.
pub(crate) fn repair(options: &Options, layout: &Layout, lock: &WriteLock) -> Result<Opened> {
    repair_or_go_on(options, layout, lock, false)
}

/// The same, but for a log that is whole and durable: it stays as it is if this handle is open already, or if it
/// has not reached its bound.
pub(super) fn repair_or_go_on(
    options: &Options,
    layout: &Layout,
    lock: &WriteLock,
    is_open: bool,
) -> Result<Opened> {
    let env = &options.env;

    // 1. The write lock is held.
    // 2. Sync what is about to be trusted: the page cache may show bytes that never reached the disk.
    sync_trusted(env, layout)?;

    // 3. Read the state and the log; change nothing.
    let look = look_at_state(env, layout)?;

    // 4. Decide.
    match look.action() {
        _ if look.is_newer() => look.open_over_log(options, layout, Standing::Sound),
        Action::Open => {
            replace::sweep(env, layout, lock)?;
            look.open(options, layout, RecoveryReport::new(Verdict::Clean))
        }
        Action::OpenEdited | Action::OpenReadOnly => look.open_over_log(options, layout, Standing::Edited),
        Action::Refuse(refusal) => Err(look.refuse(layout, refusal)),
        Action::Create => create(options, layout, lock).map_err(Error::unfinished),
        Action::Rebuild(refusal) => rebuild(options, layout, lock, refusal),
        Action::Recover if look.is_promised() && (is_open || look.scan.bytes < options.wal_bytes_max()) => {
            replace::sweep(env, layout, lock)?;
            let mut opened = look.open_over_log(options, layout, Standing::Sound)?;
            if !is_open {
                opened.report.verdict = Verdict::Redone;
                opened.files.found_in_log();
            }
            Ok(opened)
        }
        Action::Recover => recover(options, layout, lock, look).map_err(Error::unfinished),
    }
}

/// Steps 5 to 9: everything is done anew and in the order of a commit, so that a crash at any call leaves
/// what the next recovery finishes.
fn recover(options: &Options, layout: &Layout, lock: &WriteLock, look: Look) -> Result<Opened> {
    let env = &options.env;
    let mut report = RecoveryReport::new(Verdict::Retired);
    let (base, tail) = (look.scan.base, look.scan.tail.as_ref().map_or(0, |tail| tail.bytes as u64));
    let (logged_last, log_bytes) = (look.scan.last().unwrap_or_default(), look.scan.bytes);
    let end = look.recorded;
    let mut files = look.into_files(options, layout, &mut report)?;
    report.discarded_bytes = tail;
    report.verdict = match (report.redone.is_empty(), tail) {
        (false, _) => Verdict::Redone,
        (true, 0) => Verdict::Retired,
        (true, _) => Verdict::Discarded,
    };

    // 5. Copy the state and the log, if anything is applied or put aside.
    if report.verdict != Verdict::Retired && !planted::is(Bug::SkipBackup) {
        let sources = [layout.state(), layout.wal()];
        let path = backup::keep_copy(env, layout, lock, Reason::Recovery, files.last, &sources)?;
        options.emit(&Event::BackedUp { path: path.clone() });
        report.backup = Some(path);
    }
    if report.verdict == Verdict::Redone {
        files.last_recovery = Some(LastRecovery {
            when: env.clock.now(),
            cause: "crash".to_owned(),
            method: "redo".to_owned(),
            data_loss: false,
        });
    }

    // 6. Sweep what interrupted replacements left, while the log still tells that something was cut off; then
    //    publish, even what seems published: the process that did it may have failed to sync it.
    replace::sweep(env, layout, lock)?;
    let logged = Logged::found_by_recovery(files.last);
    let mut published = if planted::is(Bug::RetireWithoutPublish) {
        let mut found = Published::found((files.published, files.content), files.place.stat);
        found.lsn = files.last;
        found
    } else {
        let place = Place::found(files.place.stat, None);
        state_file::publish(env, layout, lock, &files.state(), &logged, place)?
    };

    // 7. Record in the history, writing anew what this life of the log may have put there.
    if !planted::is(Bug::SkipHistory) {
        if end.surplus_bytes > 0 {
            backup::keep_copy(env, layout, lock, Reason::History, files.last, &[layout.history()])?;
            options.emit(&Event::HistoryCut { bytes: end.surplus_bytes });
        }
        // Only what the log still holds is written anew: a log that a power loss brought back may lack the end.
        let known = base.map(|base| base.lsn).filter(|_| end.lsn <= logged_last);
        let logged = (log_bytes, files.unpublished.lines());
        let recorded = files.history.record_log(env, layout, lock, &published, logged, known)?;

        // 8. Retire the log; drop copies beyond the bound.
        if !planted::is(Bug::SkipTailCut) {
            files.wal.retire(env, layout, lock, &published, &recorded)?;
        }
    }
    backup::prune(env, layout, lock)?;

    // 9. What is on disk is what this process knows.
    files.published = published.id;
    files.content = published.content;
    files.place = Place::of(&mut published);
    files.in_log = 0;
    Ok(Opened::sound(files, report))
}

/// Puts back a state that is gone, if what is left proves the newest one.
fn rebuild(options: &Options, layout: &Layout, lock: &WriteLock, refusal: Refusal) -> Result<Opened> {
    let look = look(&options.env, layout)?;
    match repair::rebuild(&options.env, layout, &look) {
        Ok(rebuilt) if rebuilt.plan.is_proven => {
            let put_back = repair::put_back(options, layout, lock, &look, rebuilt);
            let (opened, plan) = put_back.map_err(Error::unfinished)?;
            let report = RecoveryReport::restored(look.state.stat().is_some(), plan.kept);
            Ok(Opened { report, ..opened })
        }
        Err(error) if !error.is_corruption() => Err(error),
        _ => Err(look.refuse(layout, refusal)),
    }
}

/// Opens for reading what copies, history and log prove, where the files themselves are damaged. Changes
/// nothing.
fn open_proven(options: &Options, layout: &Layout, damage: Error) -> Result<Opened> {
    let look = look(&options.env, layout)?;
    let Ok(rebuilt) = repair::rebuild(&options.env, layout, &look) else { return Err(damage) };
    let (_, id, content) = yaml::render(&rebuilt.state);
    let files = files_at_rest(options, layout, rebuilt.state, (id, content), look.state.stat());
    let report = RecoveryReport::new(Verdict::Clean);
    Ok(Opened { files, standing: Standing::Damaged, report, damage: Some(damage) })
}

/// Creates what a store consists of; the state comes last, so that a store without one was never used.
fn create(options: &Options, layout: &Layout, lock: &WriteLock) -> Result<Opened> {
    let env = &options.env;
    folders::create(env, layout)?;
    replace::sweep(env, layout, lock)?;
    folders::write_ignore(env, layout, lock)?;
    let schema = options.schema;
    let state = State {
        schema,
        lsn: Lsn(0),
        modified: env.clock.now(),
        recovery: None,
        document: Document::default(),
    };
    let place = Place::found(None, None);
    let published =
        state_file::publish(env, layout, lock, &state, &Logged::found_by_recovery(Lsn(0)), place)?;
    let files = files_at_rest(options, layout, state, (published.id, published.content), published.stat);
    Ok(Opened::sound(files, RecoveryReport::new(Verdict::Created)))
}

pub(crate) fn files_at_rest(
    options: &Options,
    layout: &Layout,
    state: State,
    (id, content): (StateId, Crc),
    stat: Option<Stat>,
) -> Files {
    Files {
        env: options.env.clone(),
        layout: layout.clone(),
        wal: WriteAheadLog::at_rest(id.lsn).filled_ahead(options.filling()),
        history: History::default(),
        document: state.document,
        schema: state.schema,
        last: id.lsn,
        modified: state.modified,
        last_recovery: state.recovery,
        published: id,
        content,
        place: Place::found(stat, Some(id.lsn)),
        in_log: 0,
        unpublished: Default::default(),
        logged: None,
        poison: None,
        is_publishing_suspended: false,
    }
}

pub(super) fn sync_trusted(env: &Env, layout: &Layout) -> Result<()> {
    for path in [layout.wal(), layout.state()] {
        match env.fs.reopen(&path).and_then(|mut file| file.sync()) {
            Err(error) if error.kind() != io::ErrorKind::NotFound => {
                return Err(Error::io("sync before reading", &path, error));
            }
            _ => {}
        }
    }
    layout.sync_root(env)
}

impl Look {
    /// Opens files that are at rest.
    fn open(&self, options: &Options, layout: &Layout, report: RecoveryReport) -> Result<Opened> {
        let read = self.state.read().ok_or_else(|| self.refuse(layout, Refusal::StateDamaged));
        let (stat, state, at_rest) = read?;
        let files = files_at_rest(options, layout, state.clone(), at_rest, Some(stat));
        Ok(Opened::sound(files, report))
    }

    /// What a process knows that takes in what the log holds beyond the state.
    fn into_files(
        mut self,
        options: &Options,
        layout: &Layout,
        report: &mut RecoveryReport,
    ) -> Result<Files> {
        let scan = std::mem::take(&mut self.scan);
        let applied = self.applied.take();
        let seen = files::extent(&options.env, &layout.wal())?;
        let mut files = self.open(options, layout, RecoveryReport::new(Verdict::Clean))?.files;
        let Some(applied) = applied else { return Ok(files) };
        let (from, state) = applied.fitting(layout)?;
        let waiting = scan.waiting(from);
        report.redone = waiting.iter().map(|committed| committed.txn).collect();
        report.records = waiting.iter().map(|committed| committed.operations + 1).sum();
        if waiting.is_empty() {
            return Ok(files);
        }
        files.document = state.document;
        (files.last, files.modified, files.schema) = (state.lsn, state.modified, state.schema);
        files.wal = WriteAheadLog::found(seen, &scan).filled_ahead(options.filling());
        files.in_log = scan.bytes;
        Ok(files)
    }

    /// Whether the log holds nothing but whole transactions that continue the state and are known to be durable:
    /// who finds them can go on behind them.
    fn is_promised(&self) -> bool {
        let promised =
            self.scan.chain.is_some_and(|chain| self.scan.is_promised(chain.generation, chain.last));
        promised && self.findings() == (StateFinding::Sound, LogFinding::Committed)
    }

    /// Opens without a change on disk: what the log holds is applied in memory.
    pub(crate) fn open_over_log(
        self,
        options: &Options,
        layout: &Layout,
        standing: Standing,
    ) -> Result<Opened> {
        let action = self.action();
        let standing = match (action, self.allowed(standing)) {
            (Action::OpenEdited, standing @ Standing::ReadOnly(_)) => standing,
            (Action::OpenEdited, _) => Standing::Edited,
            (Action::OpenReadOnly, _) => Standing::ReadOnly(self.newer()),
            (Action::Refuse(refusal) | Action::Rebuild(refusal), _) => {
                return Err(self.refuse(layout, refusal));
            }
            (Action::Create, _) => {
                return Err(Error::new(ErrorKind::NoStore, "there is no store here").at(layout.root()));
            }
            (Action::Open | Action::Recover, standing) => standing,
        };
        let mut report = RecoveryReport::new(Verdict::Clean);
        let files = if action == Action::Recover {
            self.into_files(options, layout, &mut report)?
        } else {
            self.open(options, layout, RecoveryReport::new(Verdict::Clean))?.files
        };
        Ok(Opened { files, standing, report, damage: None })
    }
}
