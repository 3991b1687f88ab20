//! Repairs that a person asks for: rebuilding a lost or unwanted state, and adopting an edit.

use super::commit::commit;
use super::options::Options;
use super::recovery::{self, Look, Opened};
use crate::disk::backup::{self, Reason};
use crate::disk::files;
use crate::disk::history;
use crate::disk::layout::Layout;
use crate::disk::lock::WriteLock;
use crate::disk::replace;
use crate::disk::state_file::{self, Found};
use crate::disk::wal::{Logged, WriteAheadLog};
use crate::disk::wal_reader::LogFinding;
use crate::env::Env;
use crate::error::{Error, ErrorKind, Result};
use crate::model::document::Document;
use crate::model::draft::Draft;
use crate::model::operation::CommittedTransaction;
use crate::model::record::StateId;
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

/// Puts together the newest state that the files prove: a sound `state.yaml`, or the newest copy or the
/// empty document, then the history, then the log. Changes nothing.
pub(crate) fn rebuild(env: &Env, layout: &Layout, look: &Look) -> Result<Rebuilt> {
    let mut plan = RepairPlan::default();
    let mut source =
        |name: &'static str, detail: String, lsn: Lsn| plan.sources.push(Source { name, detail, lsn });
    let entries = history::read_all(env, layout)?;
    let is_complete = entries.first().is_none_or(|first| first.first <= Lsn(2));
    let copy = backup::newest_state(env, layout)?;
    let mut state = match copy {
        Some((path, state)) => {
            source("backup", path.display().to_string(), state.lsn);
            Some(state)
        }
        None if is_complete && !entries.is_empty() => {
            let modified = entries[0].timestamp;
            Some(State { lsn: Lsn(0), modified, recovery: None, document: Document::default() })
        }
        None => None,
    };
    // A copy is continued by the history only if the history knows the commit it ends with.
    if let Some(found) = &state {
        let is_known =
            found.lsn == Lsn(0) && is_complete || entries.iter().any(|entry| entry.lsn == found.lsn);
        let is_newest = entries.last().is_none_or(|last| last.lsn <= found.lsn);
        if !is_known && !is_newest {
            state = is_complete.then(|| State {
                lsn: Lsn(0),
                modified: found.modified,
                recovery: None,
                document: Document::default(),
            });
        }
    }
    let Some(mut state) = state else {
        return Err(Error::new(
            ErrorKind::Corrupt,
            "there is neither a copy of the state nor a whole history to rebuild it from; nothing was changed",
        )
        .at(layout.root()));
    };
    apply(&mut state, &entries)?;
    if let Some(last) = entries.last() {
        source("history", format!("{} transactions, chain unbroken", entries.len()), last.lsn);
    }
    let scan = &look.scan;
    match (scan.base, scan.last()) {
        (Some(base), Some(last)) if base.lsn <= state.lsn => {
            apply(&mut state, &scan.transactions)?;
            source("log", format!("{} transactions", scan.transactions.len()), last);
        }
        (Some(base), _) => {
            plan.lost = Some(format!(
                "the transactions between {} and {}, which only the lost state held",
                state.lsn, base.lsn
            ));
        }
        (None, _) => {}
    }
    if look.findings().1 == LogFinding::Damaged || scan.base.is_none() && scan.tail.is_some() {
        plan.lost = Some("what the damaged part of the log held".to_owned());
    }
    plan.ends_at = state.lsn;
    Ok(Rebuilt { state, plan, logged: scan.transactions.clone() })
}

fn apply(state: &mut State, transactions: &[CommittedTransaction]) -> Result<()> {
    let above = state.lsn;
    for transaction in transactions.iter().filter(|transaction| transaction.lsn > above) {
        for operation in &transaction.operations {
            state.document.apply(operation)?;
        }
        state.lsn = transaction.lsn;
        state.modified = transaction.timestamp;
    }
    Ok(())
}

/// Replaces whatever stands in the place of the state by what can be proven. Copies of everything it
/// changes are kept first.
pub(crate) fn restore(options: &Options, layout: &Layout, lock: &WriteLock) -> Result<(Opened, RepairPlan)> {
    let env = &options.env;
    // 1. The write lock is held. 2. Look. 3. Put the state together in memory.
    let look = recovery::look(env, layout)?;
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
    let published = state_file::publish(env, layout, lock, &state, &Logged::found_by_recovery(state.lsn))?;
    let stat = files::stat(env, &layout.state())?;
    let mut files = recovery::files_at_rest(options, layout, state, published.id, stat);
    let recorded = files.history.record(env, layout, lock, &published, &logged, None)?;
    files.wal.retire(env, layout, lock, &published, &recorded)?;
    backup::prune(env, layout, lock)?;
    plan.kept = Some(kept.clone());
    let mut report = RecoveryReport::new(Verdict::Redone);
    report.backup = Some(kept);
    Ok((Opened { files, standing: Standing::Sound, report }, plan))
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
    let look = recovery::look(env, layout)?;
    let last = history::find_end(env, layout, Lsn(u64::MAX))?.lsn;
    let (stat, id, edited) = match &look.state {
        Found::Present(stat, Parsed::Edited(id, edited)) => (*stat, *id, edited.clone()),
        Found::Present(stat, Parsed::Sound(id, older)) if id.lsn < last => (*stat, *id, older.clone()),
        _ => {
            return Err(Error::new(
                ErrorKind::Invalid,
                "state.yaml was not edited: there is nothing to adopt",
            ));
        }
    };
    if look.findings().1 == LogFinding::Detached {
        return Err(Error::new(
            ErrorKind::Edited,
            "the log holds committed changes that the edit was made without: restore the state first (the edit is kept), then edit again",
        )
        .at(&layout.state()));
    }

    // 3. Keep a copy; then the log may go, after the history has all of it.
    let sources = [layout.state(), layout.wal()];
    backup::keep_copy(env, layout, lock, Reason::Edit, edited.lsn, &sources)?;
    let before = rebuild(env, layout, &look).map(|rebuilt| rebuilt.state.document).unwrap_or_default();
    let last = last.max(edited.lsn);
    let base =
        StateId { lsn: look.scan.last().map_or(last, |logged| logged.max(last)), checksum: id.checksum };
    let mut files = recovery::files_at_rest(options, layout, edited.clone(), base, Some(stat));
    let found = state_file::Published { lsn: base.lsn, id: base };
    let recorded = files.history.record(env, layout, lock, &found, &look.scan.transactions, None)?;
    files.wal = WriteAheadLog::at_rest(base.lsn);
    files.wal.retire(env, layout, lock, &found, &recorded)?;

    // 4. Commit the difference.
    let operations = before.changes_to(&edited.document);
    let mut draft = Draft::adopting(edited.document, base.lsn, operations);
    draft.set_note(json!({"verb": "adopt", "actor": actor}));
    if draft.operations().is_empty() {
        let (opened, _) = restore(options, layout, lock)?;
        let commit = Commit { txn, lsn: opened.files.last, operations: 0 };
        return Ok((opened, commit));
    }
    let begun = env.clock.instant();
    let committed = commit(&mut files, options, lock, draft, txn, begun)?;
    let opened = Opened { files, standing: Standing::Sound, report: RecoveryReport::new(Verdict::Clean) };
    Ok((opened, committed))
}
