//! Repairs that a person asks for: rebuilding a lost or unwanted state, and adopting an edit.

use super::commit::commit;
use super::decision::{Refusal, StateFinding};
use super::look::{self, Look};
use super::options::Options;
use super::recovery::{self, Opened};
use crate::disk::backup::{self, Reason};
use crate::disk::history;
use crate::disk::layout::Layout;
use crate::disk::lock::WriteLock;
use crate::disk::replace;
use crate::disk::state_file::{self, Found, Place, Published};
use crate::disk::wal::Logged;
use crate::disk::wal_reader::LogFinding;
use crate::env::{Env, Stat};
use crate::error::{Error, ErrorKind, Result};
use crate::key::Key;
use crate::model::document::Document;
use crate::model::draft::{Draft, check_limits};
use crate::model::line::Crc;
use crate::model::operation::CommittedTransaction;
use crate::model::record::StateId;
use crate::model::schema::Schema;
use crate::model::yaml::{LastRecovery, Parsed, State};
use crate::report::{Commit, Lsn, RecoveryReport, RepairPlan, Source, Standing, TxnId, Verdict};
use serde_json::json;

/// A state put together from copies, history and log, and how.
#[derive(Debug)]
pub(crate) struct Rebuilt {
    pub(crate) state: State,
    pub(crate) plan: RepairPlan,
    /// The log's own transactions, which the history may lack.
    logged: Vec<CommittedTransaction>,
}

/// Puts together the newest state that the files prove: a sound `state.yaml`, a copy, or the empty document,
/// then the history as far as it goes on from there without a hole, then the log. Changes nothing.
pub(crate) fn rebuild(env: &Env, layout: &Layout, look: &Look) -> Result<Rebuilt> {
    let shown = match &look.state {
        Found::Present(_, Parsed::Sound(_, state, _)) if !look.is_put_back() => Some(state),
        _ => None,
    };
    rebuild_from(env, layout, look, shown)
}

/// The same without `state.yaml`: what copies, history and log prove by themselves.
pub(crate) fn replay(env: &Env, layout: &Layout, look: &Look) -> Result<Rebuilt> {
    rebuild_from(env, layout, look, None)
}

fn rebuild_from(env: &Env, layout: &Layout, look: &Look, shown: Option<&State>) -> Result<Rebuilt> {
    let entries = history::read_all(env, layout)?;
    let mut candidates: Vec<(&'static str, String, State)> = Vec::new();
    if let Some(first) = entries.first() {
        let state = State {
            schema: Schema::FIRST,
            lsn: Lsn(0),
            modified: first.timestamp,
            recovery: None,
            document: Document::default(),
        };
        candidates.push(("beginning", "the empty document".to_owned(), state));
    }
    if let Some((path, state)) = backup::newest_state(env, layout)? {
        candidates.push(("backup", path.display().to_string(), state));
    }
    if let Some(state) = shown {
        candidates.push(("state.yaml", "checksum matches".to_owned(), state.clone()));
    }
    // Each candidate goes on with the history as far as that has no hole; the one that gets furthest is taken.
    let reach = |state: &State| continued(state.lsn, &entries).last().map_or(state.lsn, |last| last.lsn);
    let best = candidates.into_iter().max_by_key(|(_, _, state)| (reach(state), state.lsn));
    let Some((name, detail, mut state)) = best else {
        let message = "there is neither a copy of the state nor a whole history to rebuild it from; nothing was changed";
        return Err(Error::new(ErrorKind::Corrupt, message).at(layout.root()));
    };
    let mut plan = RepairPlan::default();
    plan.sources.push(Source { name, detail, lsn: state.lsn });
    let recorded = continued(state.lsn, &entries);
    if let Some(last) = recorded.last() {
        let detail = format!("{} transactions, chain unbroken", recorded.len());
        plan.sources.push(Source { name: "history", detail, lsn: last.lsn });
    }
    apply(&mut state, recorded)?;
    let logged = look.scan.transactions.as_slice();
    let waiting = continued(state.lsn, logged);
    if let Some(last) = waiting.last() {
        let detail = format!("{} transactions", waiting.len());
        plan.sources.push(Source { name: "log", detail, lsn: last.lsn });
    }
    apply(&mut state, waiting)?;
    plan.ends_at = state.lsn;
    plan.lost = lost(look, &entries, state.lsn);
    let logged = logged.iter().filter(|transaction| transaction.lsn <= state.lsn).cloned().collect();
    Ok(Rebuilt { state, plan, logged })
}

/// The transactions that follow on from a state at `lsn` without a hole: within a life of the log one takes up
/// where the other ended, and the first of a life comes after its base record.
fn continued(lsn: Lsn, transactions: &[CommittedTransaction]) -> &[CommittedTransaction] {
    let start = transactions.iter().take_while(|transaction| transaction.lsn <= lsn).count();
    let mut last = lsn;
    let follows = |transaction: &&CommittedTransaction| {
        let gap = transaction.first.0.wrapping_sub(last.0);
        last = transaction.lsn;
        gap == 1 || gap == 2
    };
    let count = transactions[start..].iter().take_while(follows).count();
    &transactions[start..start + count]
}

/// What the files speak of and no source holds.
fn lost(look: &Look, entries: &[CommittedTransaction], ends_at: Lsn) -> Option<String> {
    if look.findings().1 == LogFinding::Damaged || look.scan.base.is_none() && look.scan.tail.is_some() {
        return Some("what the damaged part of the log held".to_owned());
    }
    let claimed = match &look.state {
        Found::Present(_, Parsed::Edited(_, state)) => Some(state.lsn),
        _ => None,
    };
    let recorded = entries.last().map(|entry| entry.lsn);
    let promised = look.scan.promise.map(|promise| promise.lsn);
    let spoken_of = claimed.into_iter().chain(recorded).chain(promised).chain(look.scan.last()).max()?;
    let message =
        || format!("the transactions between {ends_at} and {spoken_of}, of which only numbers are left");
    (spoken_of > ends_at).then(message)
}

fn apply(state: &mut State, transactions: &[CommittedTransaction]) -> Result<()> {
    for transaction in transactions {
        for operation in &transaction.operations {
            state.document.apply(operation)?;
        }
        state.lsn = transaction.lsn;
        state.modified = transaction.timestamp;
        state.schema = transaction.schema.unwrap_or(state.schema);
    }
    Ok(())
}

/// Replaces whatever stands in the place of the state by what can be proven. Copies of everything it
/// changes are kept first.
pub(crate) fn restore(options: &Options, layout: &Layout, lock: &WriteLock) -> Result<(Opened, RepairPlan)> {
    let env = &options.env;
    // 1. The write lock is held. 2. Look. 3. Put the state together in memory.
    recovery::sync_trusted(env, layout)?;
    let look = look::look(env, layout)?;
    refuse_newer(layout, &look)?;
    let Rebuilt { mut state, mut plan, logged } = rebuild(env, layout, &look)?;

    // 4. Keep copies.
    let sources = [layout.state(), layout.wal(), layout.history()];
    let kept = backup::keep_copy(env, layout, lock, Reason::Restore, state.lsn, &sources)?;

    // 5. Publish, record, retire, in the order of a commit.
    replace::sweep(env, layout, lock)?;
    state.recovery = Some(LastRecovery {
        when: env.clock.now(),
        cause: "restore".to_owned(),
        method: "rebuild".to_owned(),
        data_loss: plan.lost.is_some(),
    });
    let place = Place { stat: look.state.stat(), keep: None };
    let published =
        state_file::publish(env, layout, lock, &state, &Logged::found_by_recovery(state.lsn), place)?;
    let at_rest = (published.id, published.content);
    let mut files = recovery::files_at_rest(options, layout, state, at_rest, published.stat);
    let recorded = files.history.record(env, layout, lock, &published, &logged, None)?;
    files.wal.retire(env, layout, lock, &published, &recorded)?;
    backup::prune(env, layout, lock)?;
    plan.kept = Some(kept.clone());
    let mut report = RecoveryReport::new(Verdict::Redone);
    report.backup = Some(kept);
    Ok((Opened { files, standing: Standing::Sound, report, damage: None }, plan))
}

/// What a newer program wrote is neither cleared nor replaced by this one.
fn refuse_newer(layout: &Layout, look: &Look) -> Result<()> {
    let (state, log) = look.findings();
    if state == StateFinding::Newer || log == LogFinding::Newer {
        return Err(look.refuse(layout, Refusal::Newer));
    }
    Ok(())
}

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
    let found = Published { lsn: edit.last, id: edit.id, content: edit.recorded, stat: Some(edit.stat) };
    let at_rest = (edit.id, edit.recorded);
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
    let opened = Opened {
        files,
        standing: Standing::Sound,
        report: RecoveryReport::new(Verdict::Clean),
        damage: None,
    };
    Ok((opened, committed))
}
