//! The commit protocol: validate, log, publish, record, retire. The numbers are those of `docs/durability.md`.

use super::options::{Options, Publish};
use crate::disk::backup::{self, Reason};
use crate::disk::files::Files;
use crate::disk::lock::WriteLock;
use crate::disk::state_file::{self, Place};
use crate::disk::wal::Batch;
use crate::env::Instant;
use crate::error::{Error, ErrorKind, Outcome, Result};
use crate::event::{CommitTimings, Event};
use crate::model::draft::Draft;
use crate::model::snapshot::Snapshot;
use crate::planted::{self, Bug};
use crate::report::{Commit, Lsn, TxnId};

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
    let operations = draft.operations().len();
    if operations == 0 && draft.schema().is_none() {
        return Ok(Commit { txn, lsn: files.last, operations });
    }
    let clock = files.env.clock.clone();
    let mut timings = CommitTimings::default();

    // 1. The write lock is held.
    // 2. Caught up: nothing was committed since the draft began.
    assert_eq!(draft.base(), files.last, "a draft is committed to the store it was begun on, and once");

    // 3. Validate: after this only the disk can refuse.
    let begin = clock.instant();
    let batch = validate(files, options, &draft, txn, begun)?;
    timings.prepare = clock.instant().since(begin);

    // 4. Append the batch and sync it: the commit point.
    let begin = clock.instant();
    let appended = files.wal.append(&files.env, &files.layout, lock, batch);
    let (transaction, logged) = appended.map_err(|failed| poison(files, failed))?;
    timings.log = clock.instant().since(begin);
    timings.sync = files.wal.last_sync();
    let commit = Commit { txn, lsn: transaction.lsn, operations };
    files.document = draft.document().clone();
    files.last = transaction.lsn;
    files.modified = transaction.timestamp;
    files.schema = transaction.schema.unwrap_or(files.schema);
    files.unpublished.push(transaction);
    files.logged = Some(logged);

    // 5 and 6, now or later. The change is saved, whatever happens to them.
    if files.wal.len_bytes() >= options.wal_bytes_max() {
        publish(files, options, lock, &mut timings);
    }
    if files.logged.is_some() {
        files.wal.secure_name(&files.env, &files.layout).map_err(|failed| poison(files, failed))?;
        files.wal.mark_head(&files.env, &files.layout, lock);
    }
    options.emit(&Event::Committed { txn, lsn: commit.lsn, operations, timings });
    Ok(commit)
}

/// The error of a failed append, after which nothing more is written if the log is in doubt.
fn poison(files: &mut Files, error: Error) -> Error {
    let poisons = error.outcome() == Outcome::InDoubt && !planted::is(Bug::SkipPoison)
        || error.kind() == ErrorKind::StorageFull && planted::is(Bug::PoisonFullDisk);
    files.poison = poisons.then(|| error.message().to_owned());
    error
}

/// Step 3: every rule and limit, and the bytes to be written.
fn validate(files: &Files, options: &Options, draft: &Draft, txn: TxnId, begun: Instant) -> Result<Batch> {
    if let Some(violation) = draft.violation() {
        return Err(Error::new(ErrorKind::LimitExceeded, violation));
    }
    let (bytes, limit) = (draft.document().bytes(), options.document_bytes);
    if bytes > limit && bytes > files.document.bytes() {
        let message = format!("the document has too many bytes: {bytes}, the limit is {limit}");
        return Err(Error::new(ErrorKind::LimitExceeded, message));
    }
    if files.is_publishing_suspended && files.wal.len_bytes() >= options.wal_limit {
        let message = "an earlier sync failed, so the log cannot be cleared, and it has reached its limit: \
                       nothing more is written until the store is reopened";
        return Err(Error::new(ErrorKind::Poisoned, message).at(&files.layout.wal()));
    }
    let snapshot = Snapshot::new(draft.document().clone(), draft.base());
    options.rules.iter().try_for_each(|rule| rule(&snapshot))?;
    // The first transaction says which schema the store began with: whoever rebuilds it has nothing else.
    let schema = draft.schema().or((files.last == Lsn(0)).then_some(files.schema));
    let batch = files.wal.encode(&files.env, files.published, txn, files.env.clock.now(), draft, schema)?;
    let taken = files.env.clock.instant().since(begun);
    if let Some(deadline) = options.deadline.filter(|deadline| taken > *deadline) {
        let message = format!(
            "the transaction took {} ms, its deadline is {} ms",
            taken.as_millis(),
            deadline.as_millis()
        );
        return Err(Error::new(ErrorKind::Timeout, message));
    }
    Ok(batch)
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
    let published =
        state_file::publish(&files.env, &files.layout, lock, &files.state(), logged, files.place)?;
    files.place = Place { stat: published.stat, keep: Some(published.lsn) };
    timings.publish = clock.instant().since(begin);
    options.emit(&Event::Published { lsn: published.lsn });

    // 6. Append to the history, then retire the log.
    let begin = clock.instant();
    keep_surplus(files, options, lock)?;
    let unpublished = &files.unpublished;
    let recorded = files.history.record(&files.env, &files.layout, lock, &published, unpublished, None)?;
    let bytes = files.wal.len_bytes();
    files.wal.retire(&files.env, &files.layout, lock, &published, &recorded)?;
    files.published = published.id;
    files.content = published.content;
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
