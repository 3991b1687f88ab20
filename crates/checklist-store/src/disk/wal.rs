//! `WriteAheadLog`: `.wal`, to which a batch of transactions is appended and synced before anything else changes.

use super::files::FILE_BYTES_MAX;
use super::head::{self, HeadMarker, Promise};
use super::layout::Layout;
use super::lock::WriteLock;
use super::state_file::Published;
use super::wal_reader::{self, Chain, LogReader, Scan};
use super::wal_stream;
use crate::disk::history::Recorded;
use crate::env::{Access, Env, Extent, File, write_fully_at};
use crate::error::{Error, Result};
use crate::model::batch::BatchWriter;
use crate::model::crc::Crc;
use crate::model::logged::LoggedTransaction;
use crate::model::loose::{LooseTransaction, PlacedTransaction};
use crate::model::record::{Generation, StateId};
use crate::planted::{self, Bug};
use crate::report::Lsn;
use std::io;
use std::time::Duration;

/// How much of a log that is published late is filled ahead with spaces. A write over blocks that are there costs
/// less to sync than one that makes the file grow; `docs/decisions/0025-filled-ahead.md` has what was measured.
pub(crate) const FILL_BYTES: u64 = 256 << 10;

/// The most that may be asked for.
pub(crate) const FILL_BYTES_MAX: u64 = 1 << 20;

/// How much of the log is filled ahead.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Filling {
    /// So many bytes at a time.
    pub(crate) bytes: u64,
    /// Not beyond the size at which it is published.
    pub(crate) upto: u64,
}

/// The write-ahead log of one store, open for writing.
///
/// It has *lives*: the first batch after a retire opens one with a `base` record and a new random
/// generation, so that nothing of an earlier life can be taken for part of this one.
#[derive(Debug)]
pub(crate) struct WriteAheadLog {
    file: Option<Box<dyn File>>,
    /// The identity of the file that was opened or looked at, to notice that its name now stands for another one.
    file_id: Option<u64>,
    /// What the next batch continues: the life that goes on.
    chain: Option<Chain>,
    /// Where the next batch goes.
    bytes: u64,
    /// How long the file is: what lies behind `bytes` was filled ahead.
    len: u64,
    filling: Filling,
    /// Whether everything in the log is known to be durable: this process synced it, or whoever did said so.
    is_promised: bool,
    durable: Lsn,
    head: HeadMarker,
    /// Whether the name of the file is known to be durable: syncing a file does not sync its name.
    is_name_durable: bool,
    /// How long the last sync took.
    last_sync: Duration,
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

/// What others did to the log, as far as the file by itself tells.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Changed {
    /// Nothing.
    Nothing,
    /// Something is behind the records that are known.
    Grown,
    /// It is another file, or a shorter one.
    Otherwise,
}

/// Transactions ready for the log: one write, one sync.
pub(crate) struct Batch {
    bytes: Vec<u8>,
    chain: Chain,
    transactions: Vec<PlacedTransaction>,
}

impl WriteAheadLog {
    /// The log of a store at rest: empty or absent.
    pub(crate) fn at_rest(durable: Lsn) -> WriteAheadLog {
        WriteAheadLog {
            file: None,
            file_id: None,
            chain: None,
            bytes: 0,
            len: 0,
            filling: Filling::default(),
            is_promised: true,
            durable,
            head: HeadMarker::default(),
            is_name_durable: false,
            last_sync: Duration::ZERO,
        }
    }

    /// The log as it was found, to go on behind its committed transactions. `seen` is how the file looked.
    pub(crate) fn found(seen: Option<Extent>, scan: &Scan) -> WriteAheadLog {
        let last = scan.last().unwrap_or_default();
        let is_promised =
            scan.tail.is_none() && scan.chain.is_none_or(|chain| scan.is_promised(chain.generation, last));
        WriteAheadLog {
            file_id: seen.map(|seen| seen.id),
            chain: scan.chain,
            bytes: scan.bytes,
            len: seen.map_or(0, |seen| seen.len),
            is_promised,
            ..WriteAheadLog::at_rest(last)
        }
    }

    /// The same, filled ahead.
    pub(crate) fn filled_ahead(self, filling: Filling) -> WriteAheadLog {
        WriteAheadLog { filling, ..self }
    }

    pub(crate) fn len_bytes(&self) -> u64 {
        self.bytes
    }

    /// Whether everything in it is known to be durable.
    pub(crate) fn is_promised(&self) -> bool {
        self.is_promised
    }

    /// How long the sync of the last append took.
    pub(crate) fn last_sync(&self) -> Duration {
        self.last_sync
    }

    /// What is behind the records that this process knows, as far as the file by itself tells. `seen` is how
    /// it looks now.
    pub(crate) fn changed(&mut self, env: &Env, layout: &Layout, seen: Option<Extent>) -> Result<Changed> {
        let Some(seen) = seen else {
            let is_known = self.bytes == 0 && self.file_id.is_none();
            return Ok(if is_known { Changed::Nothing } else { Changed::Otherwise });
        };
        if seen.len < self.bytes || self.file_id.is_some_and(|id| id != seen.id) {
            return Ok(Changed::Otherwise);
        }
        // Over what was filled ahead, a file is written without becoming longer.
        if seen.len == self.bytes {
            return Ok(Changed::Nothing);
        }
        let next = self.next_byte(env, layout)?;
        Ok(if wal_reader::is_filling(next.as_slice()) { Changed::Nothing } else { Changed::Grown })
    }

    /// What lies behind the records that are known; nothing at the end of the file.
    fn next_byte(&mut self, env: &Env, layout: &Layout) -> Result<Option<u8>> {
        let path = layout.wal();
        let read = match &mut self.file {
            // Opening the file again, which each commit would have to, takes longer than reading from it.
            Some(file) => {
                let mut next = [0];
                file.read_at(self.bytes, &mut next).map(|read| next[..read].first().copied())
            }
            None => env.fs.read(&path, self.bytes..self.bytes + 1).map(|next| next.first().copied()),
        };
        read.map_err(|error| Error::io("read the log", &path, error))
    }

    /// Reads what was committed behind the records that this process knows. `None` unless it is transactions of the
    /// same life, or of a new one that continues `state`, and whoever committed them said that they are durable.
    /// Behind them may lie what is being written just now, unless this process has the lock.
    pub(crate) fn read_on(
        &self,
        env: &Env,
        layout: &Layout,
        lock: Option<&WriteLock>,
        state: StateId,
        each: &mut dyn FnMut(&[LoggedTransaction<'_>]),
    ) -> Result<Option<Scan>> {
        let reader = LogReader::behind(self.chain, self.bytes);
        let mut scan = wal_stream::read(env, layout, reader, FILE_BYTES_MAX, &mut |_, read| each(read))?;
        scan.promise = head::read(env, layout)?;
        let is_continued = self.chain.is_some() || scan.base == Some(state);
        let (Some(chain), Some(newest)) = (scan.chain, scan.committed.last()) else { return Ok(None) };
        let is_promised = scan.is_promised(chain.generation, newest.lsn) || planted::is(Bug::SkipPromise);
        let is_whole = lock.is_none() || scan.tail.is_none();
        Ok((is_continued && is_promised && is_whole && scan.newer.is_none()).then_some(scan))
    }

    /// Goes on behind what was read.
    pub(crate) fn go_on(&mut self, seen: Extent, scan: &Scan) {
        self.file_id = Some(seen.id);
        self.len = seen.len;
        self.chain = scan.chain;
        self.bytes = scan.bytes;
        self.durable = scan.last().unwrap_or(self.durable);
        // Another process wrote the marker meanwhile, and knows which of its slots is the older one.
        self.head = HeadMarker::default();
    }

    /// Strings transactions together behind what the log holds; pure.
    ///
    /// # Errors
    /// [`ErrorKind::LimitExceeded`](crate::ErrorKind::LimitExceeded) if the batch or the numbering would exceed its limit.
    pub(crate) fn encode(&self, env: &Env, state: StateId, group: Vec<LooseTransaction>) -> Result<Batch> {
        let (chain, restart) = (self.chain, planted::is(Bug::ReuseLsn));
        let generation = chain.map_or_else(|| Generation(env.random_u64()), |chain| chain.generation);
        let last = chain.map_or(if restart { Lsn(0) } else { state.lsn }, |chain| chain.last);
        let prev = chain.map_or(Crc(0), |chain| chain.prev);
        let mut batch = BatchWriter::new(generation, self.durable.max(state.lsn), last, prev);
        if chain.is_none() {
            batch.base(if restart { StateId { lsn: Lsn(0), ..state } } else { state });
        }
        let group = if planted::is(Bug::OneCommitForAll) { LooseTransaction::merged(group) } else { group };
        batch.bytes.reserve(group.iter().map(LooseTransaction::len_bytes_max).sum());
        let transactions = group.into_iter().map(|loose| batch.transaction(loose)).collect();
        batch.check_limits()?;
        let chain = Chain { generation, last: batch.last, prev: batch.prev };
        Ok(Batch { bytes: batch.bytes, chain, transactions })
    }

    /// Writes a batch behind the last one, in one write, and syncs it. When this returns `Ok`, its transactions are
    /// durable as soon as the name of the file is, for which [`WriteAheadLog::secure_name`] or publishing cares.
    ///
    /// # Errors
    /// *Not saved* if the bytes could not be written: what was written of them is cut off again, or else by the
    /// next transaction, which finds something behind the end of the log. *In doubt* if they could not be synced, or
    /// a part of a group could not be cut off durably; the sync is never repeated, for it would prove nothing
    /// (Rebello et al., "Can Applications Recover from fsync Failures?", USENIX ATC 2020).
    pub(crate) fn append(
        &mut self,
        env: &Env,
        layout: &Layout,
        lock: &WriteLock,
        batch: Batch,
    ) -> Result<(Vec<PlacedTransaction>, Logged)> {
        let path = layout.wal();
        self.open(env, layout)?;
        let Batch { bytes, chain, transactions } = batch;
        let end = self.bytes + bytes.len() as u64;
        let start = if planted::is(Bug::WriteBehindFilling) { self.len.max(self.bytes) } else { self.bytes };
        let file = self.file.as_mut().expect("the file was just opened");
        if let Err(error) = write_fully_at(&mut **file, start, &bytes) {
            let failed = Error::io("append to the log", &path, error);
            let cut = file.truncate(self.bytes);
            self.len = self.bytes;
            // A part of one transaction is nothing; a part of a group can hold whole ones, and those are not saved
            // only when they are durably gone.
            let is_group = transactions.len() > 1;
            let is_gone = !is_group || cut.and_then(|()| file.sync()).is_ok();
            return Err(if is_gone { failed } else { failed.in_doubt() });
        }
        let filled = self.fill_ahead(end);
        let begin = env.clock.instant();
        if planted::is(Bug::MarkHeadEarly) {
            let _ =
                self.head.write(env, layout, lock, Promise { generation: chain.generation, lsn: chain.last });
        }
        let file = self.file.as_mut().expect("the file was just opened");
        let synced = file.sync();
        let synced = if planted::is(Bug::RetrySync) { synced.or_else(|_| file.sync()) } else { synced };
        synced.map_err(|error| Error::io("sync the log", &path, error).in_doubt())?;
        self.last_sync = env.clock.instant().since(begin);
        self.bytes = end;
        self.len = self.len.max(filled);
        self.durable = chain.last;
        self.chain = Some(chain);
        Ok((transactions, Logged { lsn: chain.last }))
    }

    /// Fills ahead for the next batches, where one that ends at `end` makes the file grow. In a write of its own: half
    /// of a write that holds more than a transaction can hold a whole one. It is for speed alone, so that the log
    /// ends at `end` where it fails. Returns how far the file reaches.
    fn fill_ahead(&mut self, end: u64) -> u64 {
        let Filling { bytes, upto } = self.filling;
        let filled = if end <= self.len { end } else { end.max(upto.min(end + bytes)) };
        let spaces = vec![b' '; usize::try_from(filled - end).unwrap_or(0)];
        let file = self.file.as_mut().expect("a batch was just written to it");
        match write_fully_at(&mut **file, end, &spaces) {
            Ok(()) => filled,
            Err(_) => {
                let _ = file.truncate(end);
                end
            }
        }
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
        if let Some(Chain { generation, last, .. }) = self.chain {
            let _ = self.head.write(env, layout, lock, Promise { generation, lsn: last });
        }
    }

    /// Opens the file if it is not open, creating it if it is missing.
    fn open(&mut self, env: &Env, layout: &Layout) -> Result<()> {
        if self.file.is_some() {
            return Ok(());
        }
        let path = layout.wal();
        let fail = |error| Error::io("open the log", &path, error);
        let file = match env.fs.reopen(&path) {
            Err(error) if error.kind() == io::ErrorKind::NotFound => {
                env.fs.append(&path, Access::Private).map_err(fail)?;
                env.fs.reopen(&path)
            }
            opened => opened,
        };
        let file = file.map_err(fail)?;
        let seen = env.fs.extent(&path).map_err(|error| Error::io("look at the log", &path, error))?;
        self.file_id = Some(seen.id);
        self.len = seen.len;
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
            self.chain.is_none_or(|chain| chain.last == published.lsn) && recorded.lsn() >= published.lsn,
            "a log is cleared only when all of it is published and recorded"
        );
        self.open(env, layout)?;
        let file = self.file.as_mut().expect("the file was just opened");
        file.truncate(0).map_err(|error| Error::io("clear the log", &layout.wal(), error))?;
        self.chain = None;
        (self.bytes, self.len) = (0, 0);
        self.is_promised = true;
        self.durable = published.lsn;
        // Publishing synced the folder, and with it the name of the log.
        self.is_name_durable = true;
        Ok(())
    }
}

#[cfg(test)]
mod tests;
