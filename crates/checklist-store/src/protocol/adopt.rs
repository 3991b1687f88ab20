//! Adopting an edit: what somebody wrote into `state.yaml` becomes a transaction of its own.

use super::commit::commit;
use super::look::{self, Look};
use super::options::Options;
use super::rebuild::replay;
use super::recovery::{self, Opened};
use super::repair::refuse_newer;
use crate::disk::backup::{self, Reason};
use crate::disk::layout::Layout;
use crate::disk::lock::WriteLock;
use crate::disk::state_file::{self, Found, Published};
use crate::disk::wal::Logged;
use crate::disk::wal_reader::LogFinding;
use crate::env::Stat;
use crate::error::{Error, ErrorKind, Result};
use crate::key::Key;
use crate::model::crc::Crc;
use crate::model::document::Document;
use crate::model::draft::{Draft, check_limits};
use crate::model::record::StateId;
use crate::model::yaml::{Parsed, State};
use crate::report::{Commit, Lsn, RecoveryReport, TxnId, Verdict};
use serde_json::json;

/// An edit, or another state that somebody put in place of the one that was there.
struct Edit {
    stat: Stat,
    id: StateId,
    state: State,
    /// The newest LSN that was given out, as far as anything knows.
    last: Lsn,
    /// The CRC of the document that the history ends with.
    recorded: Crc,
}

fn find_edit(layout: &Layout, look: &Look) -> Result<Edit> {
    let end = look.recorded;
    let (stat, id, state) = match &look.state {
        Found::Present(stat, Parsed::Edited(id, state)) => (*stat, *id, state.clone()),
        Found::Present(stat, Parsed::Sound(id, state, _)) if look.is_put_back() => {
            (*stat, *id, state.clone())
        }
        _ => {
            return Err(Error::new(
                ErrorKind::Invalid,
                "state.yaml was not edited: there is nothing to adopt",
            ));
        }
    };
    if matches!(look.findings().1, LogFinding::Detached | LogFinding::Damaged) {
        let message = "the log holds committed changes that the edit was made without: restore the state first \
                       (the edit is kept), then edit again";
        return Err(Error::new(ErrorKind::Edited, message).at(&layout.state()));
    }
    check_limits(&Key::ROOT, &state.document.root().into())?;
    // What an edit says of its LSN counts only where there is no history to know better.
    let recorded = if end.lsn > Lsn(0) { end.lsn } else { state.lsn };
    let last = look.scan.last().map_or(recorded, |logged| logged.max(recorded));
    Ok(Edit {
        stat,
        id: StateId { lsn: last, ..id },
        state,
        last,
        recorded: end.document.unwrap_or_default(),
    })
}

/// Takes a hand edit as a transaction of its own, through the log like any other: its base is the edited
/// file itself, so that an adoption that is cut off is finished by the next start.
pub(crate) fn adopt(
    options: &Options,
    layout: &Layout,
    lock: &WriteLock,
    txn: TxnId,
    actor: &str,
) -> Result<(Opened, Commit)> {
    let env = &options.env;
    // 1. The write lock is held. 2. Look: there must be an edit, and a log that holds nothing it lacks.
    recovery::sync_trusted(env, layout)?;
    let look = look::look(env, layout)?;
    refuse_newer(layout, &look)?;
    let edit = find_edit(layout, &look)?;
    // In a clone nothing is known of what was there before; the edit is then all there is.
    let is_known = look.recorded.lsn > Lsn(0) || backup::newest_state(env, layout)?.is_some();
    let before = if is_known { replay(env, layout, &look)?.state.document } else { Document::default() };
    let state = State { lsn: edit.last, ..edit.state };
    let mut draft = Draft::adopting(state.document.clone(), edit.last, before.changes_to(&state.document));
    draft.set_note(json!({"verb": "adopt", "actor": actor}));

    // 3. Keep a copy; then the log may go, after the history has all of it.
    let sources = [layout.state(), layout.wal()];
    backup::keep_copy(env, layout, lock, Reason::Edit, edit.last, &sources)?;
    let at_rest = (edit.id, edit.recorded);
    let found = Published::found(at_rest, Some(edit.stat));
    let mut files = recovery::files_at_rest(options, layout, state.clone(), at_rest, Some(edit.stat));
    files.place.keep = None;
    let recorded = files.history.record(env, layout, lock, &found, &look.scan.transactions, None)?;
    files.wal.retire(env, layout, lock, &found, &recorded)?;

    // 4. Commit the difference. Where only the form was changed there is none, and the state is written anew.
    let committed = if draft.operations().is_empty() {
        let logged = Logged::found_by_recovery(state.lsn);
        let published = state_file::publish(env, layout, lock, &state, &logged, files.place)?;
        let at_rest = (published.id, published.content);
        files = recovery::files_at_rest(options, layout, state, at_rest, published.stat);
        Commit { txn, lsn: edit.last, operations: 0 }
    } else {
        let begun = env.clock.instant();
        commit(&mut files, options, lock, draft, txn, begun)?
    };
    Ok((Opened::sound(files, RecoveryReport::new(Verdict::Clean)), committed))
}
