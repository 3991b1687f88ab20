//! The commit protocol: validate, log, publish, record, retire. The numbers are those of `docs/durability.md`.

use super::group::{self, Author};
use super::options::{Options, Publish};
use crate::disk::backup::{self, Reason};
use crate::disk::files::Files;
use crate::disk::lock::WriteLock;
use crate::disk::state_file::{self, Place};
use crate::env::Instant;
use crate::error::{Error, ErrorKind, Outcome, Result};
use crate::event::{CommitTimings, Event};
use crate::model::draft::Draft;
use crate::planted::{self, Bug};
use crate::report::{Commit, TxnId};

/// Makes a draft durable. The steps 1 and 2 were taken when the transaction began: its lock is passed as
/// proof, and the draft knows on which commit it builds.
pub(crate) fn commit(
    files: &mut Files,
    options: &Options,
    lock: &WriteLock,
    draft: Draft,
    txn: TxnId,
    begun: Instant,
) -> Result<Commit> {
    // 1. The write lock is held.
    // 2. Caught up: nothing was committed since the draft began.
    assert_eq!(draft.base(), files.last, "a draft is committed to the store it was begun on, and once");

    // 3. Validate: after this only the disk can refuse.
    let author = Author { txn, begun, deadline: options.deadline };
    let member = group::prepare(options, &files.document, draft, author)?;

    // 4 to 6: log, publish, record, retire.
    let answers = group::commit(files, options, lock, vec![member])?;
    let answer = answers.first().expect("a group of one has one answer");
    if let Some(event) = answer.event() {
        options.emit(&event);
    }
    Ok(answer.commit)
}

/// Steps 5 and 6. A failure is told as an event and mended by the next commit or the next start.
pub(crate) fn publish(files: &mut Files, options: &Options, lock: &WriteLock, timings: &mut CommitTimings) {
    let mut published = try_publish(files, options, lock, timings);
    for _ in 0..if planted::is(Bug::RetryStorm) { 1_000 } else { 0 } {
        published = published.or_else(|_| try_publish(files, options, lock, timings));
    }
    if let Err(error) = published {
        // After a failed sync nothing is known of the file or folder it concerned. The log is, so it is
        // left to the next start, which writes everything anew.
        files.is_publishing_suspended |= error.outcome() == Outcome::InDoubt;
        options.emit(&Event::PublishDelayed { kind: error.kind(), message: error.to_string() });
    }
}

/// Steps 5 and 6.
///
/// # Errors
/// If the state is not published, or published and its log not cleared. No commit is lost by that.
pub(crate) fn try_publish(
    files: &mut Files,
    options: &Options,
    lock: &WriteLock,
    timings: &mut CommitTimings,
) -> Result<()> {
    let clock = files.env.clock.clone();
    let Some(logged) = &files.logged else { return Ok(()) };
    if files.is_publishing_suspended {
        return Err(Error::new(
            ErrorKind::Io,
            "an earlier sync failed: the state is published when the store is reopened",
        ));
    }

    // 5. Publish: stage, sync, exchange, sync the directory. An edit made since this process looked stays.
    let begin = clock.instant();
    let place = files.place.take();
    let mut published = state_file::publish(&files.env, &files.layout, lock, &files.state(), logged, place)?;
    files.place = Place::of(&mut published);
    timings.publish = clock.instant().since(begin);
    options.emit(&Event::Published { lsn: published.lsn });

    // 6. Append to the history, then retire the log.
    let begin = clock.instant();
    keep_surplus(files, options, lock)?;
    let waiting = (files.in_log, files.unpublished.lines());
    let recorded = files.history.record_log(&files.env, &files.layout, lock, &published, waiting, None)?;
    let bytes = files.wal.len_bytes();
    files.wal.retire(&files.env, &files.layout, lock, &published, &recorded)?;
    files.published = published.id;
    files.content = published.content;
    files.in_log = 0;
    files.unpublished.clear();
    files.logged = None;
    timings.retire = clock.instant().since(begin);
    if options.publish != Publish::EveryCommit {
        options.emit(&Event::WalRotated { bytes });
    }
    Ok(())
}

/// Copies a history whose end does not verify, before that end is cut off.
fn keep_surplus(files: &mut Files, options: &Options, lock: &WriteLock) -> Result<()> {
    let bytes = files.history.end(&files.env, &files.layout)?.surplus_bytes;
    if bytes > 0 {
        let sources = [files.layout.history()];
        backup::keep_copy(&files.env, &files.layout, lock, Reason::History, files.last, &sources)?;
        options.emit(&Event::HistoryCut { bytes });
    }
    Ok(())
}
