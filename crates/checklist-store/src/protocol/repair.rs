//! The repair that a person asks for, and the one that opening makes by itself where it is proven: the state
//! is rebuilt from copies, history and log.

use super::decision::{Refusal, StateFinding};
use super::look::{self, Look};
use super::options::Options;
use super::recovery::{self, Opened};
use crate::disk::backup::{self, Reason, Shelf};
use crate::disk::history_reader::{LINE_BYTES_MAX, Survey};
use crate::disk::layout::Layout;
use crate::disk::line_reader::LineReader;
use crate::disk::lock::WriteLock;
use crate::disk::replace;
use crate::disk::state_file::{self, Place};
use crate::disk::wal::Logged;
use crate::disk::wal_reader::LogFinding;
use crate::env::{Access, Env};
use crate::error::{Error, Result};
use crate::model::entry;
use crate::model::line;
use crate::model::yaml::LastRecovery;
use crate::report::{RecoveryReport, RepairPlan, Verdict};
use std::path::PathBuf;

pub(crate) use super::adopt::adopt;
pub(crate) use super::rebuild::{Rebuilt, rebuild, replay};

/// Replaces whatever stands in the place of the state by what can be proven. Copies of everything it
/// changes are kept first.
///
/// # Errors
/// *Not saved* up to the moment the state is published; from then on *saved*, and what is left to do is done
/// by the next start.
pub(crate) fn restore(options: &Options, layout: &Layout, lock: &WriteLock) -> Result<(Opened, RepairPlan)> {
    let env = &options.env;
    // 1. The write lock is held. 2. Look. 3. Put the state together in memory.
    recovery::sync_trusted(env, layout)?;
    let look = look::look(env, layout)?;
    refuse_newer(layout, &look)?;
    let rebuilt = rebuild(env, layout, &look)?;
    put_back(options, layout, lock, &look, rebuilt)
}

/// The steps behind that, for a state that was put together under this very lock.
pub(super) fn put_back(
    options: &Options,
    layout: &Layout,
    lock: &WriteLock,
    look: &Look,
    rebuilt: Rebuilt,
) -> Result<(Opened, RepairPlan)> {
    let env = &options.env;
    let lsn_above = rebuilt.lsn_above();
    let Rebuilt { mut state, mut plan, survey, logged, .. } = rebuilt;
    let changed = Shelf::open(env, layout)?.changed(env)?;
    plan.unproven.extend(changed.iter().map(|path| backup::changed_since(path)));
    // What is lost keeps its numbers: none of them is given to anything else.
    if plan.lost.is_some() {
        state.lsn = lsn_above;
    }

    // 4. Keep copies, also of a history whose end is cut off or whose damaged part is put aside.
    let mut sources = vec![layout.state(), layout.wal()];
    sources.extend(unsound_history(layout, look, &survey));
    //    The state is untouched until they are durable: whatever fails here, nothing is saved.
    let kept = backup::keep_copy(env, layout, lock, Reason::Restore, state.lsn, &sources)
        .map_err(Error::unfinished)?;

    // 5. Publish, record, retire, in the order of a commit.
    replace::sweep(env, layout, lock)?;
    state.recovery = Some(LastRecovery {
        when: env.clock.now(),
        cause: "restore".to_owned(),
        method: "rebuild".to_owned(),
        data_loss: plan.lost.is_some(),
    });
    let place = Place::found(look.state.stat(), None);
    let published =
        state_file::publish(env, layout, lock, &state, &Logged::found_by_recovery(state.lsn), place)?;
    let finish = || {
        let (lsn, at_rest) = (state.lsn, (published.id, published.content));
        let mut files = recovery::files_at_rest(options, layout, state, at_rest, published.stat);
        if plan.lost.is_some() || !survey.damage.is_empty() {
            // No whole history leads to this state: the next lines go on from a copy of it.
            backup::keep_copy(env, layout, lock, Reason::Base, lsn, &[layout.state()])?;
        }
        put_aside(env, layout, lock, &survey)?;
        backup::put_aside(env, layout, lock, &changed)?;
        let recorded = files.history.record(env, layout, lock, &published, &logged, None)?;
        files.wal.retire(env, layout, lock, &published, &recorded)?;
        backup::prune(env, layout, lock)?;
        Ok(files)
    };
    let files = finish().map_err(|error| left_to_do(&error))?;
    plan.kept = Some(kept.clone());
    let mut report = RecoveryReport::new(Verdict::Redone);
    report.backup = Some(kept);
    Ok((Opened::sound(files, report), plan))
}

/// What failed behind the publishing of a restored state.
fn left_to_do(error: &Error) -> Error {
    let cause = error.cause().map_or_else(String::new, |cause| format!(" ({cause})"));
    let message = format!(
        "the state is restored, but this process {}{cause}; the next command does what is left",
        error.message()
    );
    error.reworded(message).saved()
}

/// The files of the history that are about to be changed.
fn unsound_history(layout: &Layout, look: &Look, survey: &Survey) -> Vec<PathBuf> {
    let mut paths: Vec<PathBuf> = survey.damage.iter().map(|damage| damage.path.clone()).collect();
    if look.recorded.surplus_bytes > 0 {
        paths.push(layout.history());
    }
    paths.sort();
    paths.dedup();
    paths
}

/// Takes out of the history what does not verify, after it was copied: of `history.jsonl` the lines behind the
/// damage stay, for they lead to the end; of a rotated file nothing does.
fn put_aside(env: &Env, layout: &Layout, _lock: &WriteLock, survey: &Survey) -> Result<()> {
    let newest = layout.history();
    let mut rotated: Vec<&PathBuf> = survey.damage.iter().map(|damage| &damage.path).collect();
    rotated.retain(|path| **path != newest);
    rotated.dedup();
    for path in &rotated {
        env.fs.remove(path).map_err(|error| Error::io("put aside", path, error))?;
    }
    if survey.damage.iter().any(|damage| damage.path == newest) {
        let offset = survey.newest().filter(|run| run.path == newest).map_or(u64::MAX, |run| run.offset);
        let mut bytes = Vec::new();
        let mut reader = LineReader::new(env, &newest, LINE_BYTES_MAX);
        while let Some(line) =
            reader.next_line().map_err(|error| Error::io("read the history", &newest, error))?
        {
            let is_good =
                line.ended && line::open(line.bytes).is_some_and(|line| entry::parse_line(line).is_ok());
            if line.offset >= offset && is_good {
                bytes.extend_from_slice(line.bytes);
                bytes.push(b'\n');
            }
        }
        replace::replace(env, layout, &newest, &bytes, Access::Private)?;
    } else if !rotated.is_empty() {
        layout.sync_root(env)?;
    }
    Ok(())
}

/// What a newer program wrote is neither cleared nor replaced by this one.
pub(crate) fn refuse_newer(layout: &Layout, look: &Look) -> Result<()> {
    let (state, log) = look.findings();
    if state == StateFinding::Newer || log == LogFinding::Newer {
        return Err(look.refuse(layout, Refusal::Newer));
    }
    Ok(())
}
