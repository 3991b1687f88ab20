//! `History`: `history.jsonl`, one sealed line for every committed transaction, oldest first.

use super::layout::Layout;
use super::lock::WriteLock;
use super::state_file::Published;
use crate::env::{Access, Env, File, write_fully};
use crate::error::{Error, ErrorKind, Result};
use crate::model::entry;
use crate::model::line::{self, Crc};
use crate::model::operation::CommittedTransaction;
use crate::model::record::Unreadable;
use crate::report::Lsn;
use std::io;

/// How much of the end is read to find the last line; doubled until it is found.
const TAIL_BYTES: u64 = 64 << 10;

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
    crc: Crc,
    /// The CRC of the document after it, where it is kept.
    pub(crate) document: Option<Crc>,
    bytes: u64,
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

/// Finds where the lines up to an LSN end, without reading the whole history.
pub(crate) fn find_end(env: &Env, layout: &Layout, upto: Lsn) -> Result<End> {
    let path = layout.history();
    let len = match env.fs.stat(&path) {
        Ok(stat) => stat.len,
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(End::default()),
        Err(error) => return Err(Error::io("look at the history", &path, error)),
    };
    let mut reach = TAIL_BYTES;
    loop {
        let start = len.saturating_sub(reach);
        let bytes =
            env.fs.read(&path, start..len).map_err(|error| Error::io("read the history", &path, error))?;
        // Unless the file begins here, the first line is the rest of one.
        let mut good = None;
        for line in line::lines(&bytes).skip(usize::from(start > 0)).filter(|line| line.ended) {
            let Some(sealed) = line::open(line.bytes) else { continue };
            match entry::parse_line(sealed) {
                Ok(entry) if entry.transaction.lsn <= upto => {
                    good = Some((line.end() as u64, sealed.crc, entry));
                }
                Err(Unreadable::Newer(version)) => return Err(newer(version).at(&path)),
                _ => {}
            }
        }
        if let Some((end, crc, entry)) = good {
            let (bytes, lsn) = (start + end, entry.transaction.lsn);
            return Ok(End { lsn, crc, document: entry.document, bytes, surplus_bytes: len - bytes });
        }
        if start == 0 {
            return Ok(End { surplus_bytes: len, ..End::default() });
        }
        reach *= 2;
    }
}

fn newer(version: u64) -> Error {
    let message = format!(
        "a newer version of the program wrote the history (records of version {version}, this one reads 1)"
    );
    Error::new(ErrorKind::UnsupportedFormat, message)
}

impl History {
    /// Where its lines end, found once.
    pub(crate) fn end(&mut self, env: &Env, layout: &Layout) -> Result<End> {
        if self.end.is_none() {
            self.end = Some(find_end(env, layout, Lsn(u64::MAX))?);
        }
        Ok(self.end.unwrap_or_default())
    }

    /// Appends transactions and syncs them. Those at or below its last LSN are left out, so repeating the
    /// call after a crash adds nothing twice.
    ///
    /// `known` is the highest LSN whose line is known to be durable, where that is in question: lines above
    /// it are written anew, for syncing again what another process failed to sync proves nothing.
    pub(crate) fn record(
        &mut self,
        env: &Env,
        layout: &Layout,
        _lock: &WriteLock,
        published: &Published,
        transactions: &[CommittedTransaction],
        known: Option<Lsn>,
    ) -> Result<Recorded> {
        let path = layout.history();
        let fail = |action: &str, error| Error::io(action, &path, error);
        let end = match known {
            None => self.end(env, layout)?,
            Some(known) => find_end(env, layout, known)?,
        };
        self.end = None;
        let mut bytes = Vec::new();
        let mut next = End { surplus_bytes: 0, ..end };
        for transaction in transactions.iter().filter(|transaction| transaction.lsn > end.lsn) {
            let document = (transaction.lsn == published.lsn).then_some(published.content);
            next.crc = entry::push_line(&mut bytes, transaction, document, next.crc);
            next.lsn = transaction.lsn;
            next.document = document;
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
        if end.surplus_bytes > 0 {
            file.truncate(end.bytes).map_err(|error| fail("cut the unfinished end of the history", error))?;
        }
        if let Err(error) = write_fully(&mut **file, &bytes) {
            // Left in place, the part that was written would be cut by the next call.
            let _ = file.truncate(end.bytes);
            return Err(fail("append to the history", error));
        }
        file.sync().map_err(|error| fail("sync the history", error).in_doubt())?;
        next.bytes += bytes.len() as u64;
        self.end = Some(next);
        Ok(Recorded { lsn: next.lsn.max(published.lsn) })
    }
}

/// Reads the whole history, oldest first, and checks that its chain is unbroken.
///
/// # Errors
/// [`ErrorKind::Corrupt`] naming the first line that does not verify, unless it is an unfinished last one.
pub(crate) fn read_all(env: &Env, layout: &Layout) -> Result<Vec<CommittedTransaction>> {
    let path = layout.history();
    let bytes = match env.fs.read(&path, 0..u64::MAX) {
        Ok(bytes) => bytes,
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(Vec::new()),
        Err(error) => return Err(Error::io("read the history", &path, error)),
    };
    let mut transactions: Vec<CommittedTransaction> = Vec::new();
    let mut prev = Crc::default();
    for (index, line) in line::lines(&bytes).enumerate() {
        let last = transactions.last().map_or(Lsn(0), |transaction| transaction.lsn);
        let sealed = line::open(line.bytes).filter(|_| line.ended);
        match sealed.map(|sealed| (sealed.crc, entry::parse_line(sealed))) {
            Some((crc, Ok(entry))) if entry.prev == prev && entry.transaction.lsn > last => {
                prev = crc;
                transactions.push(entry.transaction);
            }
            Some((_, Err(Unreadable::Newer(version)))) => return Err(newer(version).at(&path)),
            None if line::lines(&bytes[line.end()..]).all(|later| line::open(later.bytes).is_none()) => break,
            _ => {
                let message = format!("line {} of the history does not verify", index + 1);
                return Err(Error::new(ErrorKind::Corrupt, message).at(&path));
            }
        }
    }
    Ok(transactions)
}
