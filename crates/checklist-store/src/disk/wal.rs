//! `WriteAheadLog`: `.wal`, to which a batch of transactions is appended and synced before anything else changes.

use super::head::{HeadMarker, Promise};
use super::layout::Layout;
use super::lock::WriteLock;
use super::state_file::Published;
use crate::disk::history::Recorded;
use crate::env::{Access, Env, File, Stat, write_fully};
use crate::error::{Error, Result};
use crate::model::batch::{BatchWriter, LooseTransaction};
use crate::model::line::Crc;
use crate::model::operation::CommittedTransaction;
use crate::model::record::{Generation, StateId};
use crate::planted::{self, Bug};
use crate::report::Lsn;
use std::time::Duration;

/// The write-ahead log of one store, open for appending.
///
/// It has *lives*: the first batch after a retire opens one with a `base` record and a new random
/// generation, so that nothing of an earlier life can be taken for part of this one.
#[derive(Debug)]
pub(crate) struct WriteAheadLog {
    file: Option<Box<dyn File>>,
    /// The identity of the open file, to notice that its name now stands for another one.
    file_id: u64,
    life: Option<Life>,
    bytes: u64,
    durable: Lsn,
    head: HeadMarker,
    /// Whether the name of the file is known to be durable: syncing a file does not sync its name.
    is_name_durable: bool,
    /// How long the last sync took.
    last_sync: Duration,
}

/// Where the current life ends.
#[derive(Clone, Copy, Debug)]
struct Life {
    generation: Generation,
    last: Lsn,
    prev: Crc,
}

/// Proof that everything up to an LSN is in the log and durable, or was found there by recovery.
#[derive(Debug)]
#[must_use = "what is logged is published with this"]
pub(crate) struct Logged {
    lsn: Lsn,
}

impl Logged {
    pub(crate) fn lsn(&self) -> Lsn {
        self.lsn
    }

    /// For recovery alone, which read the records it vouches for and will publish them anew.
    pub(crate) fn found_by_recovery(lsn: Lsn) -> Logged {
        Logged { lsn }
    }
}

/// A transaction that has no place in the log yet: its numbers are those of nobody.
#[derive(Debug)]
pub(crate) struct Placeless {
    pub(crate) loose: LooseTransaction,
    pub(crate) transaction: CommittedTransaction,
}

/// Transactions ready for the log: one write, one sync.
#[derive(Debug)]
pub(crate) struct Batch {
    bytes: Vec<u8>,
    life: Life,
    transactions: Vec<CommittedTransaction>,
}

/// What a planted bug makes of a group: one transaction.
fn merged(group: Vec<Placeless>) -> Vec<Placeless> {
    let mut transactions = group.into_iter().map(|placeless| placeless.transaction);
    let Some(mut first) = transactions.next() else { return Vec::new() };
    first.operations.extend(transactions.flat_map(|transaction| transaction.operations));
    let loose = LooseTransaction::new(first.txn, first.timestamp, &first.operations, &first.note);
    vec![Placeless { loose, transaction: first }]
}

impl WriteAheadLog {
    /// The log of a store at rest: empty or absent.
    pub(crate) fn at_rest(durable: Lsn) -> WriteAheadLog {
        WriteAheadLog {
            file: None,
            file_id: 0,
            life: None,
            bytes: 0,
            durable,
            head: HeadMarker::default(),
            is_name_durable: false,
            last_sync: Duration::ZERO,
        }
    }

    pub(crate) fn len_bytes(&self) -> u64 {
        self.bytes
    }

    /// How long the sync of the last append took.
    pub(crate) fn last_sync(&self) -> Duration {
        self.last_sync
    }

    /// Whether a look at the file shows what this process left there.
    pub(crate) fn is_unchanged(&self, seen: Option<Stat>) -> bool {
        match seen {
            Some(stat) => stat.len == self.bytes && (self.file.is_none() || stat.id == self.file_id),
            None => self.bytes == 0 && self.file.is_none(),
        }
    }

    /// Strings transactions together behind what the log holds; pure.
    ///
    /// # Errors
    /// [`ErrorKind::LimitExceeded`](crate::ErrorKind::LimitExceeded) if the batch or the numbering would exceed its limit.
    pub(crate) fn encode(&self, env: &Env, state: StateId, group: Vec<Placeless>) -> Result<Batch> {
        let restart = planted::is(Bug::ReuseLsn);
        let generation = self.life.map_or_else(|| Generation(env.random_u64()), |life| life.generation);
        let last = self.life.map_or(if restart { Lsn(0) } else { state.lsn }, |life| life.last);
        let prev = self.life.map_or(Crc(0), |life| life.prev);
        let mut batch = BatchWriter::new(generation, self.durable.max(state.lsn), last, prev);
        if self.life.is_none() {
            batch.base(if restart { StateId { lsn: Lsn(0), ..state } } else { state });
        }
        let group = if planted::is(Bug::OneCommitForAll) { merged(group) } else { group };
        let mut transactions = Vec::with_capacity(group.len());
        for Placeless { loose, mut transaction } in group {
            (transaction.first, transaction.lsn) = batch.transaction(&loose, transaction.schema);
            transactions.push(transaction);
        }
        batch.check_limits()?;
        let life = Life { generation, last: batch.last, prev: batch.prev };
        Ok(Batch { bytes: batch.bytes, life, transactions })
    }

    /// Appends a batch in one write and syncs it. When this returns `Ok`, its transactions are durable as soon
    /// as the name of the file is, for which [`WriteAheadLog::secure_name`] or publishing cares.
    ///
    /// # Errors
    /// *Not saved* if the bytes could not be written: what was written of them is cut off again, or else by the
    /// next transaction, which finds the log longer than it should be. *In doubt* if they could not be synced; the sync is never repeated, for it would prove nothing
    /// (Rebello et al., "Can Applications Recover from fsync Failures?", USENIX ATC 2020).
    pub(crate) fn append(
        &mut self,
        env: &Env,
        layout: &Layout,
        lock: &WriteLock,
        batch: Batch,
    ) -> Result<(Vec<CommittedTransaction>, Logged)> {
        let path = layout.wal();
        self.open(env, layout)?;
        let file = self.file.as_mut().expect("the file was just opened");
        if let Err(error) = write_fully(&mut **file, &batch.bytes) {
            let _ = file.truncate(self.bytes);
            return Err(Error::io("append to the log", &path, error));
        }
        let begin = env.clock.instant();
        if planted::is(Bug::MarkHeadEarly) {
            let Life { generation, last, .. } = batch.life;
            let _ = self.head.write(env, layout, lock, Promise { generation, lsn: last });
        }
        let synced = file.sync();
        let synced = if planted::is(Bug::RetrySync) { synced.or_else(|_| file.sync()) } else { synced };
        synced.map_err(|error| Error::io("sync the log", &path, error).in_doubt())?;
        self.last_sync = env.clock.instant().since(begin);
        self.bytes += batch.bytes.len() as u64;
        self.durable = batch.life.last;
        self.life = Some(batch.life);
        Ok((batch.transactions, Logged { lsn: batch.life.last }))
    }

    /// Makes the name of the file durable, where this process cannot know that it is: another one may have
    /// created the file and died before it synced the folder.
    pub(crate) fn secure_name(&mut self, env: &Env, layout: &Layout) -> Result<()> {
        if !self.is_name_durable && !planted::is(Bug::ForgetLogName) {
            layout.sync_root(env).map_err(Error::in_doubt)?;
            self.is_name_durable = true;
        }
        Ok(())
    }

    /// Writes down up to where the log is promised from now on: for a commit that returns unpublished. A marker
    /// that cannot be written leaves that commit without its second witness, and durable all the same.
    pub(crate) fn mark_head(&mut self, env: &Env, layout: &Layout, lock: &WriteLock) {
        if let Some(Life { generation, last, .. }) = self.life {
            let _ = self.head.write(env, layout, lock, Promise { generation, lsn: last });
        }
    }

    /// Opens the file if it is not open, creating it if it is missing.
    fn open(&mut self, env: &Env, layout: &Layout) -> Result<()> {
        if self.file.is_some() {
            return Ok(());
        }
        let path = layout.wal();
        let file =
            env.fs.append(&path, Access::Private).map_err(|error| Error::io("open the log", &path, error))?;
        let stat = env.fs.stat(&path).map_err(|error| Error::io("look at the log", &path, error))?;
        self.file_id = stat.id;
        self.file = Some(file);
        Ok(())
    }

    /// Clears the log, whose every record is published, durable and in the history: ends its life.
    ///
    /// The cut is not synced. If a power loss undoes it, the records are there again, all of them at or
    /// below the LSN of the state, and the next start clears them without looking further.
    pub(crate) fn retire(
        &mut self,
        env: &Env,
        layout: &Layout,
        _lock: &WriteLock,
        published: &Published,
        recorded: &Recorded,
    ) -> Result<()> {
        assert!(
            self.life.is_none_or(|life| life.last == published.lsn) && recorded.lsn() >= published.lsn,
            "a log is cleared only when all of it is published and recorded"
        );
        self.open(env, layout)?;
        let file = self.file.as_mut().expect("the file was just opened");
        file.truncate(0).map_err(|error| Error::io("clear the log", &layout.wal(), error))?;
        self.life = None;
        self.bytes = 0;
        self.durable = published.lsn;
        // Publishing synced the folder, and with it the name of the log.
        self.is_name_durable = true;
        Ok(())
    }
}
