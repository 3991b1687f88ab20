//! `History`: `history.jsonl`, one sealed line for every committed transaction, oldest first; and the files
//! it was rotated into.
//!
//! When the file has grown to its limit it becomes `history-<last lsn>.jsonl` and a new one is begun, whose
//! first line continues the chain. A rotated file is durable as a whole and never written again.

use super::history_reader;
use super::layout::Layout;
use super::lock::WriteLock;
use super::state_file::Published;
use super::wal_reader::LogReader;
use super::wal_stream;
use crate::env::{Access, Env, File, write_fully};
use crate::error::{Error, ErrorKind, Result};
use crate::model::crc::Crc;
use crate::model::entry::Told;
use crate::model::operation::CommittedTransaction;
use crate::planted::{self, Bug};
use crate::report::Lsn;
use std::io;
use std::path::{Path, PathBuf};

pub(crate) use super::history_reader::find_end;

/// The end of the history: what the next line continues.
#[derive(Debug, Default)]
pub(crate) struct History {
    file: Option<Box<dyn File>>,
    end: Option<End>,
}

/// Where the good lines end.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct End {
    pub(crate) lsn: Lsn,
    pub(super) crc: Crc,
    /// The CRC of the document after it, where it is kept.
    pub(crate) document: Option<Crc>,
    /// How much of `history.jsonl` is good.
    pub(super) bytes: u64,
    /// Bytes behind that.
    pub(crate) surplus_bytes: u64,
}

/// Proof that the history durably holds everything up to an LSN.
#[derive(Debug)]
#[must_use = "the log is cleared with this"]
pub(crate) struct Recorded {
    lsn: Lsn,
}

impl Recorded {
    pub(crate) fn lsn(&self) -> Lsn {
        self.lsn
    }
}

pub(super) fn newer(version: u64) -> Error {
    let message = format!(
        "a newer version of the program wrote the history (records of version {version}, this one reads 1)"
    );
    Error::new(ErrorKind::UnsupportedFormat, message)
}

/// The rotated files with the LSN each ends at, oldest first.
pub(crate) fn rotated(env: &Env, layout: &Layout) -> Result<Vec<(Lsn, PathBuf)>> {
    let root = layout.root();
    let entries = match env.fs.list(root) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => Vec::new(),
        entries => entries.map_err(|error| Error::io("list the folder", root, error))?,
    };
    let mut found: Vec<(Lsn, PathBuf)> = entries
        .into_iter()
        .filter_map(|path| {
            let digits = path.file_name()?.to_str()?.strip_prefix("history-")?.strip_suffix(".jsonl")?;
            let is_number = digits.len() >= 10 && digits.bytes().all(|byte| byte.is_ascii_digit());
            Some((Lsn(digits.parse().ok().filter(|_| is_number)?), path))
        })
        .collect();
    found.sort();
    Ok(found)
}

/// Every file of the history, oldest first.
pub(crate) fn files(env: &Env, layout: &Layout) -> Result<Vec<PathBuf>> {
    let rotated = rotated(env, layout)?.into_iter().map(|(_, path)| path);
    Ok(rotated.chain([layout.history()]).filter(|path| env.fs.stat(path).is_ok()).collect())
}

impl History {
    /// Where its lines end, found once.
    pub(crate) fn end(&mut self, env: &Env, layout: &Layout) -> Result<End> {
        if self.end.is_none() {
            self.end = Some(find_end(env, layout, Lsn(u64::MAX))?);
        }
        Ok(self.end.unwrap_or_default())
    }

    /// Appends transactions and syncs them. Those at or below its last LSN are left out, so repeating the call
    /// after a crash adds nothing twice.
    ///
    /// `known` is the highest LSN whose line is known to be durable, where that is in question: lines above
    /// it are written anew, for syncing again what another process failed to sync proves nothing.
    pub(crate) fn record(
        &mut self,
        env: &Env,
        layout: &Layout,
        lock: &WriteLock,
        published: &Published,
        transactions: &[CommittedTransaction],
        known: Option<Lsn>,
    ) -> Result<Recorded> {
        self.record_log(env, layout, lock, published, (0, transactions.iter()), known)
    }

    /// The same with those that the log holds up to a number of bytes, as they lie there, before the others.
    pub(crate) fn record_log(
        &mut self,
        env: &Env,
        layout: &Layout,
        lock: &WriteLock,
        published: &Published,
        (log_bytes, transactions): (u64, impl Iterator<Item = impl Told>),
        known: Option<Lsn>,
    ) -> Result<Recorded> {
        let path = layout.history();
        let fail = |action: &str, error| Error::io(action, &path, error);
        let mut end = match known {
            None => self.end(env, layout)?,
            Some(known) => find_end(env, layout, known)?,
        };
        self.end = None;
        // Only lines that are known to be durable are put where nothing writes them anew.
        if known.is_none() && end.surplus_bytes == 0 && end.bytes >= layout.limits().history_bytes {
            self.rotate(env, layout, lock, end.lsn)?;
            end.bytes = 0;
        }
        if self.file.is_none() {
            let is_new = env.fs.stat(&path).is_err();
            self.file =
                Some(env.fs.append(&path, Access::Private).map_err(|error| fail("open the history", error))?);
            if is_new && let Err(error) = layout.sync_root(env) {
                self.file = None;
                return Err(error.in_doubt());
            }
        }
        let file = self.file.as_mut().expect("the file was just opened");
        if end.surplus_bytes > 0 && !planted::is(Bug::SkipHistoryCut) {
            file.truncate(end.bytes).map_err(|error| fail("cut the unfinished end of the history", error))?;
        }
        let next = End { surplus_bytes: 0, ..end };
        let mut lines = Lines { file: &mut **file, path: &path, published, next, waiting: Vec::new() };
        let told = lines.push_log(env, layout, log_bytes);
        let told = told.and_then(|()| transactions.into_iter().try_for_each(|told| lines.push(&told)));
        if let Err(error) = told.and_then(|()| lines.flush()) {
            // Left in place, the part that was written would be cut by the next call.
            let _ = file.truncate(end.bytes);
            return Err(error);
        }
        let next = lines.next;
        file.sync().map_err(|error| fail("sync the history", error).in_doubt())?;
        self.end = Some(next);
        Ok(Recorded { lsn: next.lsn.max(published.lsn) })
    }

    /// Gives the file the name it keeps. The new name is durable before a file of the old one is created:
    /// otherwise a power loss could leave the new file alone.
    fn rotate(&mut self, env: &Env, layout: &Layout, _lock: &WriteLock, last: Lsn) -> Result<()> {
        let (from, to) = (layout.history(), layout.rotated_history(last));
        self.file = None;
        env.fs.rename(&from, &to).map_err(|error| Error::io("rotate the history", &from, error))?;
        layout.sync_root(env).map_err(Error::in_doubt)
    }
}

/// How many bytes of lines are written at once.
const LINES_BYTES: usize = 1 << 20;

/// Lines on their way to the end of the history.
struct Lines<'a> {
    file: &'a mut dyn File,
    path: &'a Path,
    published: &'a Published,
    /// The end, once everything pushed so far is written.
    next: End,
    /// What is not written yet.
    waiting: Vec<u8>,
}

impl Lines<'_> {
    fn push(&mut self, told: &impl Told) -> Result<()> {
        if told.lsn() <= self.next.lsn {
            return Ok(());
        }
        let start = self.waiting.len();
        let document = (told.lsn() == self.published.lsn).then_some(self.published.content);
        self.next.crc = told.push_line(&mut self.waiting, document, self.next.crc);
        self.next.lsn = told.lsn();
        self.next.document = document;
        self.next.bytes += (self.waiting.len() - start) as u64;
        if self.waiting.len() < LINES_BYTES { Ok(()) } else { self.flush() }
    }

    /// Everything that the log holds up to a place where it was verified before.
    fn push_log(&mut self, env: &Env, layout: &Layout, log_bytes: u64) -> Result<()> {
        if log_bytes == 0 {
            return Ok(());
        }
        let mut pushed = Ok(());
        let scan = wal_stream::read(env, layout, LogReader::default(), log_bytes, &mut |_, transactions| {
            if pushed.is_ok() {
                pushed = transactions.iter().try_for_each(|told| self.push(told));
            }
        })?;
        pushed?;
        if scan.bytes < log_bytes {
            let message = "the log does not say any more what it said when it was read";
            return Err(Error::new(ErrorKind::Corrupt, message).at(&layout.wal()));
        }
        Ok(())
    }

    fn flush(&mut self) -> Result<()> {
        write_fully(self.file, &self.waiting)
            .map_err(|error| Error::io("append to the history", self.path, error))?;
        self.waiting.clear();
        Ok(())
    }
}

/// Reads the history, oldest first, and checks that its chain is unbroken, also from file to file. It begins
/// with the oldest file from which the chain leads on to the end.
///
/// # Errors
/// [`ErrorKind::Corrupt`] naming the first line that does not verify, unless it is an unfinished last one.
pub(crate) fn read_all(env: &Env, layout: &Layout) -> Result<Vec<CommittedTransaction>> {
    let survey = history_reader::survey(env, layout)?;
    match survey.damage.first() {
        Some(damage) => Err(damage.error()),
        None => Ok(survey.into_newest().into_iter().map(|entry| entry.transaction).collect()),
    }
}

/// The same, without what is at or before an LSN; that is not read where what follows it verifies.
///
/// # Errors
/// As [`read_all`].
pub(crate) fn read_behind(env: &Env, layout: &Layout, lsn: Lsn) -> Result<Vec<CommittedTransaction>> {
    if lsn > Lsn(0)
        && let Some(entries) = history_reader::read_behind(env, layout, lsn)?
    {
        return Ok(entries.into_iter().map(|entry| entry.transaction).collect());
    }
    let mut all = read_all(env, layout)?;
    all.retain(|entry| entry.lsn > lsn);
    Ok(all)
}
