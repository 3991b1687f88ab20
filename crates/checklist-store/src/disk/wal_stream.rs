//! `.wal` as it is read: in pieces, so that what is held in memory does not grow with the log.

use super::layout::Layout;
use super::wal_reader::{LogReader, Scan, is_filling};
use crate::env::Env;
use crate::error::{Error, Result};
use crate::model::logged::LoggedTransaction;
use crate::planted::{self, Bug};
use std::io;

/// How much is read at once: what the caches of a processor hold, and few enough bytes that an allocator hands out
/// the same ones again. Pieces of 30 MiB, of which each page is new to the process, took twice as long in all.
const PIECE_BYTES: u64 = 1 << 20;

/// Reads the log from where `reader` is up to `end`, and hands on the committed transactions piece by piece, with
/// what was found up to the end of the piece.
///
/// # Errors
/// Those of the file system. A file that is missing is an empty one.
pub(crate) fn read(
    env: &Env,
    layout: &Layout,
    mut reader: LogReader,
    end: u64,
    each: &mut dyn FnMut(&Scan, &[LoggedTransaction<'_>]),
) -> Result<Scan> {
    let mut piece = PIECE_BYTES;
    loop {
        let start = reader.found().bytes;
        let upto = start.saturating_add(piece).min(end);
        let bytes = read_range(env, layout, start, upto)?;
        let is_end = upto == end || (bytes.len() as u64) < upto - start;
        let mut transactions = Vec::new();
        let taken = reader.take(&bytes, &mut |_, transaction| transactions.push(transaction));
        if !transactions.is_empty() {
            each(reader.found(), &transactions);
        }
        if is_end {
            return Ok(reader.end(&bytes[taken..]));
        }
        if reader.is_broken() {
            let start = reader.found().bytes;
            let rest = read_range(env, layout, start, end)?;
            return Ok(reader.end(&rest));
        }
        // A transaction that is not whole yet is read again, with more behind it.
        piece = if taken == 0 { piece * 2 } else { PIECE_BYTES };
    }
}

/// Whether no record begins the log: it is missing, empty, or holds zeros or spaces where one would be.
///
/// # Errors
/// As [`read`].
pub(crate) fn is_silent(env: &Env, layout: &Layout) -> Result<bool> {
    Ok(is_filling(&read_range(env, layout, 0, 1)?))
}

fn read_range(env: &Env, layout: &Layout, start: u64, end: u64) -> Result<Vec<u8>> {
    let path = layout.wal();
    match env.fs.read(&path, start..end) {
        Ok(bytes) => Ok(bytes),
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(Vec::new()),
        Err(_) if planted::is(Bug::ReadErrorIsEnd) => Ok(Vec::new()),
        Err(error) => Err(Error::io("read the log", &path, error)),
    }
}
