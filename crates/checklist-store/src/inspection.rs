//! What can be learned, and done, about a store without opening it: checks, plans, repairs, the log's contents.

use crate::disk::backup::{self, Shelf};
use crate::disk::files;
use crate::disk::layout::Layout;
use crate::disk::lock::FileLock;
use crate::disk::state_file::{self, Found};
use crate::disk::wal_reader;
use crate::env::{Access, write_fully};
use crate::error::{Error, Result};
use crate::model::operation::CommittedTransaction;
use crate::model::snapshot::Snapshot;
use crate::model::yaml::Parsed;
use crate::protocol::options::Options;
use crate::protocol::salvage::{self, SalvageReport};
use crate::protocol::{check, look, repair};
use crate::report::{CheckReport, Lsn, RepairPlan, Standing};
use crate::store::Store;
use std::path::{Path, PathBuf};
use std::time::Duration;

impl Store {
    /// Reads everything under `root` and says what is not as it should be; changes nothing.
    ///
    /// # Errors
    /// [`ErrorKind::NoStore`](crate::ErrorKind::NoStore) and those of the file system.
    pub fn check_at(options: &Options, root: &Path) -> Result<CheckReport> {
        let layout = Layout::new(root);
        layout.check_root(&options.env, options.accepts_owner)?;
        check::check(&options.env, &layout)
    }

    /// The committed state under `root` as its files show it at this moment, with what the log holds beyond it.
    /// Takes no lock, waits for nobody, repairs nothing and writes nothing: for who looks often and only in passing.
    ///
    /// # Errors
    /// [`ErrorKind::NoStore`](crate::ErrorKind::NoStore), [`ErrorKind::Corrupt`](crate::ErrorKind::Corrupt) where opening would refuse or
    /// rebuild, and those of the file system.
    pub fn glance(options: &Options, root: &Path) -> Result<Snapshot> {
        let layout = Layout::new(root).limited(options.limits);
        layout.check_root(&options.env, options.accepts_owner)?;
        let look = look::look_at_state(&options.env, &layout)?;
        let files = look.open_over_log(options, &layout, Standing::Sound)?.files;
        Ok(Snapshot::new(files.document, files.last))
    }

    /// What [`Store::repair`] would rebuild the state from; changes nothing.
    ///
    /// # Errors
    /// As [`Store::repair`].
    pub fn plan_repair(options: &Options, root: &Path) -> Result<RepairPlan> {
        let layout = Layout::new(root);
        layout.check_root(&options.env, options.accepts_owner)?;
        let look = look::look(&options.env, &layout)?;
        repair::refuse_newer(&layout, &look)?;
        let mut plan = repair::rebuild(&options.env, &layout, &look)?.plan;
        let changed = Shelf::open(&options.env, &layout)?.changed(&options.env)?;
        plan.unproven.extend(changed.iter().map(|path| backup::changed_since(path)));
        Ok(plan)
    }

    /// Rebuilds a damaged or missing state from the newest copy that verifies, the history and the log.
    /// Copies of everything it replaces are kept.
    ///
    /// # Errors
    /// [`ErrorKind::Corrupt`](crate::ErrorKind::Corrupt) if there is nothing to rebuild it from; nothing is changed then.
    pub fn repair(options: &Options, root: &Path) -> Result<RepairPlan> {
        let layout = Layout::new(root).limited(options.limits);
        layout.check_root(&options.env, options.accepts_owner)?;
        let lock = FileLock::new(&options.env, &layout).acquire(options.lock_timeout, &options.holder)?;
        Ok(repair::restore(options, &layout, &lock)?.1)
    }

    /// Copies everything of the store under `root` that can be read into the folder `into`, which must not exist
    /// or be empty, and makes a sound store there of what can be proven. The original is only read.
    ///
    /// `into` then holds `original/`, `.checklist/` if any state can be proven, `unproven.jsonl` with what
    /// verifies by itself and leads on from nothing, and `report.md`.
    ///
    /// # Errors
    /// [`ErrorKind::NoStore`](crate::ErrorKind::NoStore), [`ErrorKind::Invalid`](crate::ErrorKind::Invalid) for another folder, and those of the file
    /// system for what is written. What cannot be read is reported instead.
    pub fn salvage(options: &Options, root: &Path, into: &Path) -> Result<SalvageReport> {
        salvage::salvage(options, root, into)
    }

    /// Who holds the write lock under `root`, in words; `None` if it is free.
    ///
    /// # Errors
    /// Those of the file system.
    pub fn writer_at(options: &Options, root: &Path) -> Result<Option<String>> {
        let layout = Layout::new(root);
        layout.check_root(&options.env, options.accepts_owner)?;
        let path = layout.lock();
        if files::stat(&options.env, &path)?.is_none() {
            return Ok(None);
        }
        let held =
            options.env.fs.try_lock(&path).map_err(|error| Error::io("take the lock", &path, error))?;
        Ok(held.is_none().then(|| FileLock::new(&options.env, &layout).busy().message().to_owned()))
    }

    /// The write lock of the store at `root`, to be held while something else is done with the folder.
    ///
    /// # Errors
    /// [`ErrorKind::NoStore`](crate::ErrorKind::NoStore) and those of the file system.
    pub fn lock_at(options: &Options, root: &Path) -> Result<FileLock> {
        let layout = Layout::new(root);
        layout.check_root(&options.env, options.accepts_owner)?;
        Ok(FileLock::new(&options.env, &layout))
    }

    /// How long this disk takes to make a small append durable, `times` times over; the file it does that with
    /// is removed afterwards.
    ///
    /// # Errors
    /// [`ErrorKind::LockTimeout`](crate::ErrorKind::LockTimeout) and those of the file system.
    pub fn measure_sync(options: &Options, root: &Path, times: usize) -> Result<Vec<Duration>> {
        let env = &options.env;
        let layout = Layout::new(root);
        layout.check_root(env, options.accepts_owner)?;
        let _lock = FileLock::new(env, &layout).acquire(options.lock_timeout, &options.holder)?;
        let path = layout.staging().join(format!("sync-{}", env.uuid()));
        let fail = |error| Error::io("measure a sync of", &path, error);
        let mut file = env.fs.append(&path, Access::Private).map_err(fail)?;
        let measured = (0..times).map(|_| {
            let begin = env.clock.instant();
            write_fully(&mut *file, &[b'x'; 256]).and_then(|()| file.sync()).map_err(fail)?;
            Ok(env.clock.instant().since(begin))
        });
        let measured = measured.collect::<Result<Vec<_>>>();
        env.fs.remove(&path).map_err(fail)?;
        measured
    }

    /// What the log under `root` holds, and how much of it is not a committed transaction; changes nothing.
    ///
    /// # Errors
    /// Those of the file system.
    pub fn read_log(options: &Options, root: &Path) -> Result<LogContents> {
        let layout = Layout::new(root);
        layout.check_root(&options.env, options.accepts_owner)?;
        let path = layout.wal();
        let bytes = match options.env.fs.read(&path, 0..u64::MAX) {
            Ok(bytes) => bytes,
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => Vec::new(),
            Err(error) => return Err(Error::io("read the log", &path, error)),
        };
        let scan = wal_reader::scan(&bytes);
        let state = match state_file::read(&options.env, &layout)? {
            Found::Present(_, Parsed::Sound(_, state, _) | Parsed::Edited(_, state)) => Some(state.lsn),
            _ => None,
        };
        Ok(LogContents {
            state,
            path,
            bytes: bytes.len() as u64,
            continues: scan.base.map(|base| base.lsn),
            tail_bytes: scan.tail.map_or(0, |tail| tail.bytes as u64),
            transactions: scan.transactions,
        })
    }
}

/// What the log holds.
///
/// ```
/// # let folder = tempfile::tempdir().unwrap();
/// use checklist_store::{Key, Publish, Store};
///
/// let (root, options) = (folder.path().join("state"), Store::options());
/// let mut store = options.clone().publish(Publish::Deferred { wal_bytes: 1 << 20 }).open(&root)?;
/// store.transact(|draft| draft.write(&Key::from_static("/a"), 1))?;
/// assert_eq!(Store::read_log(&options, &root)?.transactions.len(), 1);
/// assert!(Store::glance(&options, &root)?.contains(&Key::from_static("/a")));
/// assert_eq!(Store::writer_at(&options, &root)?, None);
/// store.close()?;
///
/// assert!(Store::check_at(&options, &root)?.is_sound());
/// assert_eq!(Store::measure_sync(&options, &root, 3)?.len(), 3);
/// # Ok::<(), checklist_store::Error>(())
/// ```
#[derive(Clone, Debug)]
pub struct LogContents {
    /// The file.
    pub path: PathBuf,
    /// Its size.
    pub bytes: u64,
    /// The LSN of the state it continues; `None` if it is empty or its first record does not verify.
    pub continues: Option<Lsn>,
    /// The LSN that `state.yaml` is at; `None` if it cannot be read.
    pub state: Option<Lsn>,
    /// The committed transactions.
    pub transactions: Vec<CommittedTransaction>,
    /// Bytes at the end that belong to no committed transaction.
    pub tail_bytes: u64,
}
