//! `StateFile`: `state.yaml`, read whole and replaced whole.

use super::layout::Layout;
use super::lock::WriteLock;
use super::replace::replace;
use super::wal::Logged;
use crate::env::{Access, Env, Stat};
use crate::error::{Error, Result};
use crate::model::line::Crc;
use crate::model::record::StateId;
use crate::model::yaml::{self, Parsed, State};
use crate::report::Lsn;
use std::io;

/// What was found in the place of `state.yaml`.
#[derive(Debug)]
pub(crate) enum Found {
    Absent,
    Present(Stat, Parsed),
}

/// Reads `state.yaml`.
pub(crate) fn read(env: &Env, layout: &Layout) -> Result<Found> {
    let path = layout.state();
    // The stat comes first: a file replaced in between shows another identity at the next look.
    let stat = match env.fs.stat(&path) {
        Ok(stat) => stat,
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(Found::Absent),
        Err(error) => return Err(Error::io("look at the state", &path, error)),
    };
    match env.fs.read(&path, 0..u64::MAX) {
        Ok(bytes) => Ok(Found::Present(stat, yaml::parse(&bytes))),
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(Found::Absent),
        Err(error) => Err(Error::io("read the state", &path, error)),
    }
}

/// Proof that the state up to an LSN is published and durable: the log up to there may be cleared.
#[derive(Debug)]
#[must_use = "the log is cleared with this"]
pub(crate) struct Published {
    pub(crate) lsn: Lsn,
    pub(crate) id: StateId,
    /// The CRC of the document alone, which the history keeps with its newest line.
    pub(crate) content: Crc,
}

/// Replaces `state.yaml` by a state that the log holds.
pub(crate) fn publish(
    env: &Env,
    layout: &Layout,
    _lock: &WriteLock,
    state: &State,
    logged: &Logged,
) -> Result<Published> {
    assert_eq!(state.lsn, logged.lsn(), "a state is published only when the log holds all of it");
    let (bytes, id, content) = yaml::render(state);
    replace(env, layout, &layout.state(), &bytes, Access::Shared)?;
    Ok(Published { lsn: state.lsn, id, content })
}
