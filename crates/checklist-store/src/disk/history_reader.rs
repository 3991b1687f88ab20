//! `Survey`: what the files of the history say, read line by line and found without changing anything.

use super::history::{End, newer, rotated};
use super::layout::Layout;
use super::line_reader::LineReader;
use crate::env::Env;
use crate::error::{Error, ErrorKind, Result};
use crate::model::crc::Crc;
use crate::model::entry::{self, Entry};
use crate::model::line;
use crate::model::record::{BATCH_BYTES_MAX, Unreadable};
use crate::planted::{self, Bug};
use crate::report::Lsn;
use std::io;
use std::path::{Path, PathBuf};

/// The longest line: a line says no more than the batch of its transaction, and says it shorter.
pub(crate) const LINE_BYTES_MAX: usize = BATCH_BYTES_MAX;

/// How often a reader reads again because a writer rotated in between.
const SURVEYS_MAX: usize = 10;

/// How much of the end is read to find the last line; doubled until it is found.
const TAIL_BYTES: u64 = 64 << 10;

/// All that the files of the history hold.
#[derive(Debug, Default)]
pub(crate) struct Survey {
    /// Lines that continue each other, oldest first. Where a line does not verify, or a file is missing, the
    /// next one begins.
    pub(crate) runs: Vec<Run>,
    /// The lines that do not verify although one behind them does, oldest first.
    pub(crate) damage: Vec<Damage>,
}

/// Lines without a gap between them.
#[derive(Debug)]
pub(crate) struct Run {
    pub(crate) entries: Vec<Entry>,
    /// The file its last line is in, and where it begins there: 0 if it begins in an earlier file.
    pub(crate) path: PathBuf,
    pub(crate) offset: u64,
    crc: Crc,
}

/// A line that does not verify, or does not continue the one before it.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Damage {
    pub(crate) path: PathBuf,
    /// Counted from 1.
    pub(crate) line: usize,
}

impl Damage {
    pub(crate) fn error(&self) -> Error {
        let message = format!("line {} of the history does not verify", self.line);
        Error::new(ErrorKind::Corrupt, message).at(&self.path)
    }
}

impl Run {
    /// The LSN before its first transaction: what a state must be at for the run to continue it. Zero if it
    /// holds the history from its beginning.
    pub(crate) fn begins_after(&self) -> Lsn {
        match self.entries.first() {
            Some(first) if first.prev != Crc::default() => Lsn(first.transaction.first.0.saturating_sub(2)),
            _ => Lsn(0),
        }
    }
}

impl Survey {
    /// The lines that lead to the end.
    pub(crate) fn into_newest(mut self) -> Vec<Entry> {
        self.runs.pop().map(|run| run.entries).unwrap_or_default()
    }

    pub(crate) fn newest(&self) -> Option<&Run> {
        self.runs.last()
    }

    /// Every line that verifies by itself.
    pub(crate) fn entries(&self) -> impl Iterator<Item = &Entry> {
        self.runs.iter().flat_map(|run| &run.entries)
    }

    /// What stands behind the good lines that end so.
    fn behind(path: &Path, end: End) -> Survey {
        let run = Run { entries: Vec::new(), path: path.to_owned(), offset: 0, crc: end.crc };
        Survey { runs: vec![run], damage: Vec::new() }
    }

    /// Takes in the lines of a file from this byte on, where one begins.
    fn take_in(&mut self, env: &Env, path: &Path, from: u64, is_rotated: bool) -> Result<()> {
        let fail = |error| Error::io("read the history", path, error);
        let mut reader = LineReader::starting_at(env, path, LINE_BYTES_MAX, from);
        // The first of the lines that do not verify since the last one that does, and whether more than an
        // unfinished write was there.
        let (mut number, mut unverified, mut is_forged) = (0, None, is_rotated);
        while let Some(line) = reader.next_line().map_err(fail)? {
            number += 1;
            let sealed = line::open(line.bytes).filter(|_| line.ended);
            match sealed.map(|sealed| (sealed.crc, entry::parse_line(sealed))) {
                Some((crc, Ok(entry))) => {
                    let continues = self.runs.last().is_some_and(|run| run.continues(&entry));
                    // From file to file a break is a file that is missing.
                    let is_break = !continues && number > 1;
                    if let Some(line) = unverified.take().or(is_break.then_some(number)) {
                        self.damage.push(Damage { path: path.to_owned(), line });
                    }
                    self.put(path, (line.offset, line.end), entry, crc, continues);
                }
                Some((_, Err(Unreadable::Newer(version)))) => return Err(newer(version).at(path)),
                unread => {
                    unverified = unverified.or(Some(number));
                    is_forged |= unread.is_some();
                }
            }
        }
        if let Some(line) = unverified.filter(|_| is_forged) {
            self.damage.push(Damage { path: path.to_owned(), line });
        }
        Ok(())
    }

    fn put(&mut self, path: &Path, place: (u64, u64), entry: Entry, crc: Crc, continues: bool) {
        if !continues {
            let (path, offset) = (path.to_owned(), place.0);
            self.runs.push(Run { entries: Vec::new(), path, offset, crc });
        }
        let run = self.runs.last_mut().expect("there is one now");
        if run.path != path {
            (run.path, run.offset) = (path.to_owned(), 0);
        }
        run.crc = crc;
        run.entries.push(entry);
    }
}

impl Run {
    fn continues(&self, entry: &Entry) -> bool {
        let last = self.entries.last().map_or(Lsn(0), |entry| entry.transaction.lsn);
        entry.prev == self.crc && entry.transaction.lsn > last
    }
}

/// Reads all the files of the history, from the oldest on.
///
/// # Errors
/// [`ErrorKind::UnsupportedFormat`] if a newer program wrote a line, and those of the file system.
pub(crate) fn survey(env: &Env, layout: &Layout) -> Result<Survey> {
    for _ in 0..SURVEYS_MAX {
        let files = rotated(env, layout)?;
        let mut survey = Survey::default();
        for (_, path) in &files {
            survey.take_in(env, path, 0, true)?;
        }
        survey.take_in(env, &layout.history(), 0, false)?;
        // A writer that rotated meanwhile moved lines to where they were not read.
        if rotated(env, layout)? == files || planted::is(Bug::ListHistoryOnce) {
            return Ok(survey);
        }
    }
    Err(too_fast(layout))
}

/// Reads what stands behind an LSN, oldest first. The newest line that does not is looked for from the end, so this
/// costs what is new, however much there is before; that is not looked at. `None` where the lines behind do not all
/// verify, or none stands before them: only reading from the beginning tells what is there.
///
/// # Errors
/// As [`survey`].
pub(crate) fn read_behind(env: &Env, layout: &Layout, lsn: Lsn) -> Result<Option<Vec<Entry>>> {
    for _ in 0..SURVEYS_MAX {
        let files = rotated(env, layout)?;
        let mut paths: Vec<PathBuf> = files.iter().map(|(_, path)| path.clone()).collect();
        paths.push(layout.history());
        let entries = read_files_behind(env, &paths, lsn)?;
        if rotated(env, layout)? == files {
            return Ok(entries);
        }
    }
    Err(too_fast(layout))
}

fn read_files_behind(env: &Env, paths: &[PathBuf], lsn: Lsn) -> Result<Option<Vec<Entry>>> {
    for (at, path) in paths.iter().enumerate().rev() {
        let Some(end) = end_in(env, path, len_of(env, path)?, lsn)? else { continue };
        let mut survey = Survey::behind(path, end);
        for (later, path) in paths.iter().enumerate().skip(at) {
            let from = if later == at { end.bytes } else { 0 };
            survey.take_in(env, path, from, Some(path) != paths.last())?;
        }
        let is_whole = survey.damage.is_empty() && survey.runs.len() == 1;
        return Ok(is_whole.then(|| survey.into_newest()));
    }
    Ok(None)
}

fn too_fast(layout: &Layout) -> Error {
    Error::new(ErrorKind::LockTimeout, "busy: the history changes faster than it can be read")
        .at(&layout.history())
}

/// Finds where the lines up to an LSN end, without reading the whole history.
pub(crate) fn find_end(env: &Env, layout: &Layout, upto: Lsn) -> Result<End> {
    let path = layout.history();
    let len = len_of(env, &path)?;
    if let Some(end) = end_in(env, &path, len, upto)? {
        return Ok(end);
    }
    // What was rotated is durable as a whole, so it is never gone back behind.
    let before = match rotated(env, layout)?.pop() {
        None => None,
        Some((_, path)) => end_in(env, &path, len_of(env, &path)?, Lsn(u64::MAX))?,
    };
    Ok(End { bytes: 0, surplus_bytes: len, ..before.unwrap_or_default() })
}

fn len_of(env: &Env, path: &Path) -> Result<u64> {
    match env.fs.stat(path) {
        Ok(stat) => Ok(stat.len),
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(0),
        Err(error) => Err(Error::io("look at the history", path, error)),
    }
}

fn end_in(env: &Env, path: &Path, len: u64, upto: Lsn) -> Result<Option<End>> {
    let mut reach = TAIL_BYTES;
    while reach <= 2 * LINE_BYTES_MAX as u64 {
        let start = len.saturating_sub(reach);
        let bytes =
            env.fs.read(path, start..len).or_else(missing_is_empty).map_err(|error| failed(path, error))?;
        // Unless the file begins here, the first line is the rest of one.
        let mut good = None;
        for line in line::lines(&bytes).skip(usize::from(start > 0)).filter(|line| line.ended) {
            good = end_at(path, line.bytes, start + line.end() as u64, len, upto)?.or(good);
        }
        if good.is_some() || start == 0 {
            return Ok(good);
        }
        reach *= 2;
    }
    // More than two of the longest lines are no lines at all: only reading from the beginning tells.
    let mut reader = LineReader::new(env, path, LINE_BYTES_MAX);
    let mut good = None;
    while let Some(line) = reader.next_line().map_err(|error| failed(path, error))? {
        if line.ended {
            good = end_at(path, line.bytes, line.end, len, upto)?.or(good);
        }
    }
    Ok(good)
}

/// The end of the history, if this line, which ends at `bytes`, is one of it.
fn end_at(path: &Path, line: &[u8], bytes: u64, len: u64, upto: Lsn) -> Result<Option<End>> {
    let Some(sealed) = line::open(line) else { return Ok(None) };
    match entry::parse_line(sealed) {
        Ok(Entry { transaction, document, .. }) if transaction.lsn <= upto => {
            let (lsn, crc) = (transaction.lsn, sealed.crc);
            Ok(Some(End { lsn, crc, document, bytes, surplus_bytes: len.saturating_sub(bytes) }))
        }
        Err(Unreadable::Newer(version)) => Err(newer(version).at(path)),
        _ => Ok(None),
    }
}

fn missing_is_empty(error: io::Error) -> io::Result<Vec<u8>> {
    if error.kind() == io::ErrorKind::NotFound { Ok(Vec::new()) } else { Err(error) }
}

fn failed(path: &Path, error: io::Error) -> Error {
    Error::io("read the history", path, error)
}
