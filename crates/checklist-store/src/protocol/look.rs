//! `Look`: the state, the log and the history read together without a lock, and what they turn out to be.

use super::decision::{Action, Refusal, StateFinding, decide};
use crate::disk::backup;
use crate::disk::files::{self, FILE_BYTES_MAX};
use crate::disk::head;
use crate::disk::history::{self, End};
use crate::disk::layout::Layout;
use crate::disk::state_file::{self, Found};
use crate::disk::wal_reader::{LogFinding, LogReader, Scan};
use crate::disk::wal_stream;
use crate::env::Env;
use crate::error::{Error, ErrorKind, Result};
use crate::model::crc::Crc;
use crate::model::logged::LoggedTransaction;
use crate::model::record::RECORD_VERSION;
use crate::model::yaml::{Parsed, SCHEMA_MAJOR, State};
use crate::planted::{self, Bug};
use crate::report::{Lsn, Standing};

/// How often a reader looks again because a writer published in between.
const LOOKS_MAX: usize = 100;

/// What the files hold, unchanged by looking.
#[derive(Debug)]
pub(crate) struct Look {
    pub(crate) state: Found,
    pub(crate) scan: Scan,
    /// The end of the history.
    pub(crate) recorded: End,
    /// That a newer program wrote the history, in words: no reason not to read, and one to change nothing.
    newer_history: Option<String>,
    has_traces: bool,
    /// What the log makes of the state, if that was asked for.
    pub(super) applied: Option<Applied>,
}

/// A state with what the log holds beyond it.
#[derive(Debug)]
pub(super) struct Applied {
    /// Up to where the log adds nothing.
    from: Lsn,
    state: State,
    /// What could not be applied.
    refused: Option<Error>,
}

/// What is wanted of the transactions in the log.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Wanted {
    /// Each as a value.
    Values,
    /// What they make of the state.
    State,
}

/// Reads the state and the log without a lock, with the transactions of the log as values.
pub(crate) fn look(env: &Env, layout: &Layout) -> Result<Look> {
    look_for(env, layout, Wanted::Values)
}

/// The same with what the transactions of the log make of the state in place of them.
pub(crate) fn look_at_state(env: &Env, layout: &Layout) -> Result<Look> {
    look_for(env, layout, Wanted::State)
}

/// If the state was replaced while the log was read, both are read again. A log is cleared only after its state
/// was replaced, so an unchanged state proves that they belong together.
fn look_for(env: &Env, layout: &Layout, wanted: Wanted) -> Result<Look> {
    let mut is_put_back = false;
    for _ in 0..LOOKS_MAX {
        // Before the log: what is appended after this look promises more than is read here.
        let promise = head::read(env, layout)?;
        let state = state_file::read(env, layout)?;
        let (mut applied, mut transactions) = (None, Vec::new());
        let log = files::extent(env, &layout.wal())?;
        log.map_or(Ok(()), |log| files::check_regular(&layout.wal(), log))?;
        let mut scan =
            if log.is_none_or(|log| log.len == 0) {
                Scan::default()
            } else {
                wal_stream::read(env, layout, LogReader::default(), FILE_BYTES_MAX, &mut |scan, read| {
                    match wanted {
                        Wanted::Values => transactions.extend(read.iter().map(LoggedTransaction::read)),
                        Wanted::State => Applied::take_in(&mut applied, &state, scan, read, is_put_back),
                    }
                })?
            };
        let seen = state.stat();
        if files::stat(env, &layout.state())? != seen {
            continue;
        }
        let has_traces = seen.is_none() && (promise.is_some() || has_traces(env, layout)?);
        let (recorded, newer_history) = match history::find_end(env, layout, Lsn(u64::MAX)) {
            Err(error) if error.kind() == ErrorKind::UnsupportedFormat => {
                (End::default(), Some(error.message().to_owned()))
            }
            found => (found?, None),
        };
        // What the history holds was published, whatever state stands there now.
        scan.promise = promise.filter(|promise| promise.lsn > recorded.lsn);
        scan.transactions = transactions;
        let look = Look { state, scan, recorded, newer_history, has_traces, applied };
        // Only the history tells that the log is to be applied from its base on.
        if look.applied.is_some() && look.is_put_back() && !is_put_back {
            is_put_back = true;
            continue;
        }
        return Ok(look);
    }
    Err(Error::new(ErrorKind::LockTimeout, "busy: the state changes faster than it can be read")
        .at(&layout.state()))
}

impl Applied {
    /// Takes in the next transactions of the log; the first call decides from where on.
    fn take_in(
        applied: &mut Option<Applied>,
        found: &Found,
        scan: &Scan,
        transactions: &[LoggedTransaction<'_>],
        is_put_back: bool,
    ) {
        if applied.is_none() {
            let (id, state, is_edit) = match found {
                Found::Present(_, Parsed::Sound(id, state, _)) => (id, state, is_put_back),
                Found::Present(_, Parsed::Edited(id, state)) => (id, state, true),
                _ => return,
            };
            let from = scan.base.filter(|_| is_edit).map_or(id.lsn, |base| base.lsn);
            let from = if planted::is(Bug::IgnoreStateLsn) { Lsn(0) } else { from };
            *applied = Some(Applied { from, state: state.clone(), refused: None });
        }
        let Some(Applied { from, state, refused }) = applied else { return };
        let missing = &transactions[transactions.partition_point(|transaction| transaction.lsn <= *from)..];
        if refused.is_none()
            && let Err(error) = state.take_in(missing)
        {
            *refused = Some(error);
        }
    }

    /// The state, and from where on the log was applied.
    ///
    /// # Errors
    /// [`ErrorKind::Corrupt`] if a transaction changes what is not there.
    pub(super) fn fitting(self, layout: &Layout) -> Result<(Lsn, State)> {
        let Some(error) = self.refused else { return Ok((self.from, self.state)) };
        let message =
            format!("the log does not fit the state it continues; nothing was changed ({})", error.message());
        Err(Error::new(ErrorKind::Corrupt, message).at(&layout.wal()))
    }
}

/// Whether something besides `state.yaml` shows that there was a state here.
fn has_traces(env: &Env, layout: &Layout) -> Result<bool> {
    let has_history = files::stat(env, &layout.history())?.is_some_and(|stat| stat.len > 0);
    Ok(has_history || backup::newest_state(env, layout)?.is_some())
}

impl Look {
    /// Whether the state is sound and still not the one that was recorded here: an older one, or another of the
    /// same number, that somebody put in its place.
    pub(crate) fn is_put_back(&self) -> bool {
        let Found::Present(_, Parsed::Sound(id, _, content)) = &self.state else { return false };
        let is_another = |document: Crc| document != *content;
        id.lsn < self.recorded.lsn
            || id.lsn == self.recorded.lsn && self.recorded.document.is_some_and(is_another)
    }

    pub(crate) fn findings(&self) -> (StateFinding, LogFinding) {
        let unanchored = |scan: &Scan| match (scan.newer, &scan.base, &scan.tail) {
            (Some(_), _, _) => LogFinding::Newer,
            (None, None, None) => LogFinding::Empty,
            _ => LogFinding::Detached,
        };
        match &self.state {
            Found::Absent => (StateFinding::Absent, unanchored(&self.scan)),
            Found::Present(_, Parsed::Sound(id, ..)) if self.is_put_back() => {
                (StateFinding::Edited, self.scan.relate_to_edit(*id, self.recorded.lsn))
            }
            Found::Present(_, Parsed::Sound(id, ..)) => (StateFinding::Sound, self.scan.relate(*id)),
            Found::Present(_, Parsed::Edited(id, _)) => {
                (StateFinding::Edited, self.scan.relate_to_edit(*id, self.recorded.lsn))
            }
            Found::Present(_, Parsed::Damaged(_)) => (StateFinding::Damaged, unanchored(&self.scan)),
            Found::Present(_, Parsed::Lost(_)) => (StateFinding::Lost, unanchored(&self.scan)),
            Found::Present(_, Parsed::Newer(_)) => (StateFinding::Newer, unanchored(&self.scan)),
        }
    }

    pub(crate) fn action(&self) -> Action {
        let (state, log) = self.findings();
        if state == StateFinding::Absent && planted::is(Bug::ResetLostState) {
            return Action::Create;
        }
        decide(state, log, self.has_traces)
    }

    /// Whether there is nothing to do before it is used.
    pub(super) fn is_at_rest(&self) -> bool {
        self.action() == Action::Open && !self.is_newer()
    }

    /// Whether a newer program wrote the history: then nothing may be added to it, nor anything done that would
    /// have to be.
    pub(super) fn is_newer(&self) -> bool {
        self.newer_history.is_some()
    }

    /// What may be done at most with what could be opened as this.
    pub(super) fn allowed(&self, standing: Standing) -> Standing {
        match (standing, &self.newer_history) {
            (Standing::Sound, Some(reason)) => Standing::ReadOnly(reason.clone()),
            (standing, _) => standing,
        }
    }

    /// Which newer format is in the way.
    pub(super) fn newer(&self) -> String {
        if let Found::Present(_, Parsed::Newer(schema)) = &self.state {
            return format!(
                "a newer version of the program wrote this state (schema {schema}, this one reads {SCHEMA_MAJOR}.x)"
            );
        }
        let version = self.scan.newer.unwrap_or_default();
        format!(
            "a newer version of the program wrote the log (records of version {version}, this one reads {RECORD_VERSION})"
        )
    }

    pub(super) fn refuse(&self, layout: &Layout, refusal: Refusal) -> Error {
        let corrupt = |message: String| Error::new(ErrorKind::Corrupt, message);
        match refusal {
            Refusal::StateMissing => {
                corrupt("state.yaml is missing, and there was one; nothing was changed".to_owned())
                    .at(&layout.state())
            }
            Refusal::StateDamaged => {
                let reason = self.state.damage().unwrap_or("it cannot be read");
                corrupt(format!(
                    "the state is damaged in a way a crash cannot cause; nothing was changed ({reason})"
                ))
                .at(&layout.state())
            }
            Refusal::LogDamaged => {
                let message = match (&self.scan.tail, self.scan.promise) {
                    (None, Some(promise)) => format!(
                        "the end of the log is missing: it was promised durable up to {}; nothing was changed",
                        promise.lsn
                    ),
                    (tail, _) => format!(
                        "the log is damaged at byte {}, where it was promised durable; nothing was changed",
                        tail.as_ref().map_or(0, |tail| tail.offset)
                    ),
                };
                corrupt(message).at(&layout.wal())
            }
            Refusal::LogDetached => corrupt(
                "the log continues another state than the one in state.yaml; nothing was changed".to_owned(),
            )
            .at(&layout.wal()),
            Refusal::Newer => Error::new(ErrorKind::UnsupportedFormat, self.newer()).at(layout.root()),
        }
    }
}
