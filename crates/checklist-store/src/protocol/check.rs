//! The integrity check: reads everything, changes nothing.

use super::decision::StateFinding;
use super::look::{self, Look};
use super::repair;
use crate::disk::backup::{self, Shelf};
use crate::disk::files;
use crate::disk::history;
use crate::disk::history_reader::{self, Run};
use crate::disk::layout::Layout;
use crate::disk::replace;
use crate::disk::state_file::Found;
use crate::disk::wal_reader::LogFinding;
use crate::env::Env;
use crate::error::Result;
use crate::model::yaml::Parsed;
use crate::report::{CheckReport, Finding, Lsn};

/// Checks the store under `layout`: the state, the log, the history, and that all three tell the same.
pub(crate) fn check(env: &Env, layout: &Layout) -> Result<CheckReport> {
    let look = look::look(env, layout)?;
    let mut findings = vec![check_state(&look), check_log(env, layout, &look)?];
    let (history, is_readable) = check_history(env, layout, &look)?;
    findings.push(history);
    if is_readable {
        findings.extend(check_agreement(env, layout, &look)?);
    }
    findings.push(check_backups(env, layout)?);
    findings.push(check_staging(env, layout)?);
    Ok(CheckReport { findings })
}

fn check_state(look: &Look) -> Finding {
    let (sound, detail) = match &look.state {
        Found::Absent => (false, "missing".to_owned()),
        Found::Present(_, Parsed::Sound(id, _, _)) => {
            (true, format!("readable, checksum matches, at {}", id.lsn))
        }
        Found::Present(_, Parsed::Edited(..)) => (false, "edited by hand".to_owned()),
        Found::Present(_, Parsed::Newer(version)) => {
            (false, format!("schema {version} is newer than this program"))
        }
        Found::Present(_, Parsed::Damaged(reason) | Parsed::Lost(reason)) => {
            (false, format!("damaged: {reason}"))
        }
    };
    Finding { subject: "state.yaml", sound, detail }
}

fn check_log(env: &Env, layout: &Layout, look: &Look) -> Result<Finding> {
    let bytes = files::extent(env, &layout.wal())?.map_or(0, |log| log.len);
    let waiting = match &look.state {
        Found::Present(_, Parsed::Sound(id, _, _)) => look.scan.missing_from(id.lsn).len(),
        _ => look.scan.transactions.len(),
    };
    let (sound, what) = match look.findings().1 {
        LogFinding::Empty => (true, "empty"),
        LogFinding::Published => (true, "nothing waits; the next command clears it"),
        LogFinding::Committed => (true, "committed changes wait; the next command applies them"),
        LogFinding::CommittedTorn | LogFinding::Torn => {
            (true, "an unfinished batch, which the next command puts aside")
        }
        LogFinding::Detached => (false, "it continues another state"),
        LogFinding::Damaged => (false, "damaged where it was promised durable"),
        LogFinding::Newer => (false, "a newer program wrote it"),
    };
    Ok(Finding {
        subject: "log",
        sound,
        detail: format!("{what}, {bytes} bytes, {} waiting", counted(waiting, "transaction", "transactions")),
    })
}

fn check_history(env: &Env, layout: &Layout, look: &Look) -> Result<(Finding, bool)> {
    let survey = history_reader::survey(env, layout)?;
    if let Some(damage) = survey.damage.first() {
        let detail = damage.error().message().to_owned();
        return Ok((Finding { subject: "history", sound: false, detail }, false));
    }
    // A file of it that is missing is no damage where a copy stands in for what was in there.
    let begins_after = survey.newest().map_or(Lsn(0), Run::begins_after);
    if begins_after > Lsn(0) && !has_base(env, layout, begins_after)? {
        let detail = format!("it begins behind record {begins_after}, and no copy of the state is as new");
        return Ok((Finding { subject: "history", sound: false, detail }, false));
    }
    let entries: Vec<_> = survey.into_newest().into_iter().map(|entry| entry.transaction).collect();
    let count = counted(entries.len(), "transaction", "transactions");
    let surplus = history::find_end(env, layout, Lsn(u64::MAX))?.surplus_bytes;
    if surplus > 0 && look.findings().1 == LogFinding::Empty {
        // A crash leaves the log beside an unfinished line, which it then writes again.
        let detail = format!("{count}, and {surplus} bytes behind them that are no whole line");
        return Ok((Finding { subject: "history", sound: false, detail }, true));
    }
    let logged = look.scan.transactions.last();
    let end = entries.last().into_iter().chain(logged).map(|entry| entry.lsn).max();
    let (sound, detail) = match (&look.state, end) {
        // A history that ends early was cut, unless git brought the state; then a copy of it is the new base.
        (Found::Present(_, Parsed::Sound(id, ..)), Some(end))
            if end < id.lsn && !has_base(env, layout, id.lsn)? =>
        {
            (false, format!("{count}, but it ends at {end} and the state is at {}", id.lsn))
        }
        _ => (true, format!("{count}, chain unbroken")),
    };
    Ok((Finding { subject: "history", sound, detail }, true))
}

/// Whether a copy of the state at this LSN stands in for the history before it.
fn has_base(env: &Env, layout: &Layout, lsn: Lsn) -> Result<bool> {
    Ok(backup::newest_state(env, layout)?.is_some_and(|(_, state)| state.lsn >= lsn))
}

/// Whether the history and the log, replayed, give the state that is there.
fn check_agreement(env: &Env, layout: &Layout, look: &Look) -> Result<Option<Finding>> {
    let (Found::Present(_, Parsed::Sound(_, state, _)), StateFinding::Sound) =
        (&look.state, look.findings().0)
    else {
        return Ok(None);
    };
    // Copies and history may end before the state, where git brought it; then they have nothing to say of it.
    let rebuilt = match repair::replay(env, layout, look) {
        Ok(rebuilt) if rebuilt.state.lsn >= state.lsn => rebuilt,
        // What cannot be read is told; what was read and leads nowhere has nothing to say.
        Err(error) if !error.is_corruption() => return Err(error),
        _ => return Ok(None),
    };
    let waiting = look.scan.missing_from(state.lsn);
    let mut document = state.document.clone();
    for operation in waiting.iter().flat_map(|transaction| &transaction.operations) {
        document.apply(operation)?;
    }
    let sound = document == rebuilt.state.document;
    let detail = if sound {
        "gives the state that is there"
    } else {
        "gives another state than the one that is there"
    };
    Ok(Some(Finding { subject: "history replayed", sound, detail: detail.to_owned() }))
}

/// Whether every copy is as it was when it was taken.
fn check_backups(env: &Env, layout: &Layout) -> Result<Finding> {
    let shelf = Shelf::open(env, layout)?;
    let changed = shelf.changed(env)?;
    let detail = match changed.as_slice() {
        [] => counted(shelf.copies.len(), "copy", "copies"),
        [one] => backup::changed_since(one),
        [first, others @ ..] => format!("{}; and {} more", backup::changed_since(first), others.len()),
    };
    Ok(Finding { subject: "backups", sound: changed.is_empty(), detail })
}

fn check_staging(env: &Env, layout: &Layout) -> Result<Finding> {
    let leftovers = replace::leftovers(env, layout)?.len();
    let detail = format!("{} of interrupted writes", counted(leftovers, "leftover", "leftovers"));
    Ok(Finding { subject: "staging", sound: true, detail })
}

/// `1 copy`, `2 copies`.
fn counted(count: usize, one: &str, several: &str) -> String {
    format!("{count} {}", if count == 1 { one } else { several })
}
