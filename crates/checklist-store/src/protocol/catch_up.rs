//! Catching up: a handle that is open takes in what other processes did meanwhile.

use super::decision::Action;
use super::look::look_at_state;
use super::options::Options;
use super::recovery::{self, Opened};
use crate::disk::files::Files;
use crate::disk::lock::WriteLock;
use crate::disk::wal::Changed;
use crate::error::Result;
use crate::event::Event;
use crate::report::{Standing, Verdict};

/// Takes in what others committed, without a lock and without a change on disk. Returns what was opened anew where
/// more than the end of the log had to be looked at.
pub(crate) fn read_on(files: &mut Files, options: &Options, standing: &Standing) -> Result<Option<Opened>> {
    if take_in(files, options, standing, None)? {
        return Ok(None);
    }
    let look = look_at_state(&options.env, &files.layout)?;
    match look.action() {
        // Nothing that can be read over is repaired by who only reads on.
        Action::Open | Action::Recover => look.open_over_log(options, &files.layout, Standing::Sound),
        _ => recovery::open(options, &files.layout),
    }
    .map(Some)
}

/// The same under the lock, before a change: what others committed and did not publish stays in the log, for this
/// handle to go on behind it.
pub(crate) fn catch_up(
    files: &mut Files,
    options: &Options,
    standing: &Standing,
    lock: &WriteLock,
) -> Result<Option<Opened>> {
    // What could only be read when it was opened may be writable by now.
    let is_read_only = matches!(standing, Standing::ReadOnly(_));
    if !is_read_only && take_in(files, options, standing, Some(lock))? && files.wal.is_promised() {
        return Ok(None);
    }
    let opened = recovery::repair_or_go_on(options, &files.layout, lock, true)?;
    let report = &opened.report;
    options.emit(&if report.verdict == Verdict::Clean {
        Event::CaughtUp { transactions: report.redone.len(), lsn: opened.files.last }
    } else {
        Event::Recovered(report.clone())
    });
    Ok(Some(opened))
}

/// Takes in what others appended to the log; whether that is all they did.
fn take_in(
    files: &mut Files,
    options: &Options,
    standing: &Standing,
    lock: Option<&WriteLock>,
) -> Result<bool> {
    match files.changed()? {
        Changed::Nothing => Ok(true),
        Changed::Grown if *standing == Standing::Sound => {
            let Some(transactions) = files.take_in(lock)? else { return Ok(false) };
            options.emit(&Event::CaughtUp { transactions, lsn: files.last });
            // Whether a newer schema may be written is for opening to say.
            Ok(files.schema <= options.schema)
        }
        Changed::Grown | Changed::Otherwise => Ok(false),
    }
}
