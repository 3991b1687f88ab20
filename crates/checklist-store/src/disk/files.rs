//! `Files`: the files of one store, and what this process knows of them.

use super::history::History;
use super::layout::Layout;
use super::lock::WriteLock;
use super::state_file::Place;
use super::wal::{Changed, Logged, WriteAheadLog};
use super::wal_reader::Scan;
use crate::env::{Env, Extent, Kind, Stat, Timestamp};
use crate::error::{Error, ErrorKind, Result};
use crate::model::crc::Crc;
use crate::model::document::{DOCUMENT_TEXT_BYTES_MAX, Document};
use crate::model::record::StateId;
use crate::model::unsealed::Unsealed;
use crate::model::yaml::{LastRecovery, State};
use crate::planted::{self, Bug};
use crate::report::Lsn;
use crate::schema::Schema;
use std::io;

/// What this process knows of the files, as of its last look or its last commit.
#[derive(Debug)]
pub(crate) struct Files {
    pub(crate) env: Env,
    pub(crate) layout: Layout,
    pub(crate) wal: WriteAheadLog,
    pub(crate) history: History,
    /// The committed document, published or not.
    pub(crate) document: Document,
    /// The LSN of the newest commit record.
    pub(crate) last: Lsn,
    /// When that was.
    pub(crate) modified: Timestamp,
    pub(crate) schema: Schema,
    pub(crate) last_recovery: Option<LastRecovery>,
    /// The state that `state.yaml` shows.
    pub(crate) published: StateId,
    /// The CRC of the document it shows.
    pub(crate) content: Crc,
    /// How the file looked then.
    pub(crate) place: Place,
    /// How many bytes of the log were found there: what they say and `state.yaml` does not is told to the
    /// history as it lies there.
    pub(crate) in_log: u64,
    /// What this process committed behind them, and `state.yaml` does not show.
    pub(crate) unpublished: Unsealed,
    pub(crate) logged: Option<Logged>,
    /// A commit is in doubt: nothing more is written.
    pub(crate) poison: Option<String>,
    /// A sync after the commit point failed: this process publishes no more, the log keeps everything.
    pub(crate) is_publishing_suspended: bool,
}

impl Files {
    /// The state as `state.yaml` would show it now.
    pub(crate) fn state(&self) -> State {
        State {
            schema: self.schema,
            lsn: self.last,
            modified: self.modified,
            recovery: self.last_recovery.clone(),
            document: self.document.clone(),
        }
    }

    /// What others did to the files since this process left or last saw them.
    pub(crate) fn changed(&mut self) -> Result<Changed> {
        // The log comes first: it is cleared only after its state was put in place, so an empty log and then
        // an old state prove that nothing was published in between.
        let early = planted::is(Bug::LookAtStateFirst).then(|| stat(&self.env, &self.layout.state()));
        let wal = extent(&self.env, &self.layout.wal())?;
        let changed = self.wal.changed(&self.env, &self.layout, wal)?;
        let state = early.unwrap_or_else(|| stat(&self.env, &self.layout.state()))?;
        Ok(if state == self.place.stat { changed } else { Changed::Otherwise })
    }

    /// Takes in what others committed behind the records that this process knows; how many transactions that
    /// were. `None` if more than that has to be looked at.
    pub(crate) fn take_in(&mut self, lock: Option<&WriteLock>) -> Result<Option<usize>> {
        let Some(seen) = extent(&self.env, &self.layout.wal())? else { return Ok(None) };
        let mut state = self.state();
        let mut taken = Ok(());
        let scan = self.wal.read_on(&self.env, &self.layout, lock, self.published, &mut |transactions| {
            if taken.is_ok() {
                taken = state.take_in(transactions);
            }
        })?;
        // What was read belongs to the state that is known only if that one is still there.
        let is_same_state = stat(&self.env, &self.layout.state())? == self.place.stat;
        let (Some(scan), Ok(()), true) = (scan, taken, is_same_state) else { return Ok(None) };
        if planted::is(Bug::WriteOverOthers) {
            let (bytes, chain) = (self.wal.len_bytes(), scan.chain);
            self.wal.go_on(seen, &Scan { bytes, chain, ..Scan::default() });
        } else {
            self.wal.go_on(seen, &scan);
        }
        self.document = state.document;
        (self.last, self.modified, self.schema) = (state.lsn, state.modified, state.schema);
        // The log itself tells the history what it holds, in its order.
        self.in_log = if planted::is(Bug::ForgetOthers) { 0 } else { self.wal.len_bytes() };
        self.unpublished.clear();
        self.logged = self.logged.take().map(|_| Logged::found_by_recovery(self.last));
        Ok(Some(scan.committed.len()))
    }

    /// What has to be published: all that the log holds.
    pub(crate) fn found_in_log(&mut self) {
        if self.in_log > 0 && self.logged.is_none() {
            self.logged = Some(Logged::found_by_recovery(self.last));
        }
    }

    /// Refuses if an earlier commit is in doubt.
    pub(crate) fn check_poison(&self) -> Result<()> {
        match &self.poison {
            None => Ok(()),
            Some(cause) => Err(Error::new(
                ErrorKind::Poisoned,
                format!(
                    "nothing more is written until the store is reopened, because an earlier change is in doubt ({cause})"
                ),
            )),
        }
    }
}

/// More than this the store never keeps in one file: the limit of whatever is read whole.
pub(crate) const FILE_BYTES_MAX: u64 = DOCUMENT_TEXT_BYTES_MAX;

/// Reads a file of the store whole; `None` if there is none.
///
/// # Errors
/// [`ErrorKind::Corrupt`] if it is larger than anything the store writes, or no regular file.
pub(crate) fn read(env: &Env, path: &std::path::Path) -> Result<Option<Vec<u8>>> {
    match extent(env, path)? {
        Some(found) => read_found(env, path, found),
        None => Ok(None),
    }
}

/// The same for a file that was just looked at.
pub(crate) fn read_found(env: &Env, path: &std::path::Path, found: Extent) -> Result<Option<Vec<u8>>> {
    check_regular(path, found)?;
    match env.fs.read(path, 0..FILE_BYTES_MAX) {
        Ok(bytes) => Ok(Some(bytes)),
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(None),
        Err(error) => Err(Error::io("read", path, error)),
    }
}

/// Refuses what is no file that the store wrote.
///
/// # Errors
/// [`ErrorKind::Corrupt`].
pub(crate) fn check_regular(path: &std::path::Path, found: Extent) -> Result<()> {
    if found.kind != Kind::File {
        return Err(Error::new(ErrorKind::Corrupt, "this is not a regular file").at(path));
    }
    if found.len > FILE_BYTES_MAX {
        let message = format!("this has {} bytes, more than the store ever writes", found.len);
        return Err(Error::new(ErrorKind::Corrupt, message).at(path));
    }
    Ok(())
}

/// What is known of a file; `None` if there is none.
pub(crate) fn stat(env: &Env, path: &std::path::Path) -> Result<Option<Stat>> {
    seen(env.fs.stat(path), path)
}

/// The same without its times: for the log. `None` if there is none.
pub(crate) fn extent(env: &Env, path: &std::path::Path) -> Result<Option<Extent>> {
    seen(env.fs.extent(path), path)
}

fn seen<T>(looked: io::Result<T>, path: &std::path::Path) -> Result<Option<T>> {
    match looked {
        Ok(found) => Ok(Some(found)),
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(None),
        Err(error) => Err(Error::io("look at", path, error)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::path::Path;

    #[test]
    fn a_file_is_regular_and_no_longer_than_the_store_writes_any() {
        let path = Path::new("/p/.checklist/state.yaml");
        let checked = |kind, len| check_regular(path, Extent { kind, len, id: 1 });
        checked(Kind::File, FILE_BYTES_MAX).unwrap();
        for (kind, len, said) in [
            (Kind::File, FILE_BYTES_MAX + 1, "more than the store ever writes"),
            (Kind::Directory, 1, "not a regular file"),
        ] {
            let error = checked(kind, len).unwrap_err();
            assert_eq!((error.kind(), error.path()), (ErrorKind::Corrupt, Some(path)));
            assert!(error.to_string().contains(said), "{error}");
        }
    }
}
