//! The group commit: each transaction is validated by itself (step 3), then all of a group share one write, one
//! sync, and one publishing (steps 4 to 6). A group of one is the commit of a [`Store`](crate::Store).

use super::commit::publish;
use super::options::Options;
use crate::disk::files::Files;
use crate::disk::lock::WriteLock;
use crate::disk::wal::Logged;
use crate::env::Instant;
use crate::error::{Error, ErrorKind, Outcome, Result};
use crate::event::{CommitTimings, Event};
use crate::model::document::Document;
use crate::model::draft::Draft;
use crate::model::loose::{LooseTransaction, PlacedTransaction};
use crate::model::snapshot::Snapshot;
use crate::planted::{self, Bug};
use crate::report::{Commit, Lsn, TxnId};
use std::time::Duration;

/// A transaction that was validated, and waits to be written.
#[derive(Debug)]
pub(crate) struct Member {
    txn: TxnId,
    /// The document as it makes it.
    document: Document,
    /// What is to be written; `None` if it changes nothing.
    loose: Option<LooseTransaction>,
    took: Duration,
}

/// What a member of a group is told: its commit, and where the time went.
#[derive(Debug)]
pub(crate) struct Answer {
    pub(crate) commit: Commit,
    timings: CommitTimings,
    is_written: bool,
    /// What it made of the document. Who made it takes it apart, on its own thread: all others would wait for
    /// the leader to do that.
    _document: Document,
}

impl Answer {
    /// The event that tells of it, if anything was changed.
    pub(crate) fn event(&self) -> Option<Event> {
        let Commit { txn, lsn, operations } = self.commit;
        self.is_written.then_some(Event::Committed { txn, lsn, operations, timings: self.timings })
    }
}

impl Member {
    /// The document as it makes it, for who drafts on top of it.
    pub(crate) fn document(&self) -> &Document {
        &self.document
    }

    /// At most so many bytes it takes in the log.
    pub(crate) fn len_bytes_max(&self) -> usize {
        self.loose.as_ref().map_or(0, LooseTransaction::len_bytes_max)
    }
}

/// Who commits a draft: since when, and within what time.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Author {
    pub(crate) txn: TxnId,
    pub(crate) begun: Instant,
    pub(crate) deadline: Option<Duration>,
}

/// Step 3: every rule and limit that concerns this transaction alone. `before` is what it was drafted on.
///
/// # Errors
/// [`ErrorKind::LimitExceeded`], [`ErrorKind::Timeout`], and whatever a rule returns: it is not saved, and
/// others are not concerned.
pub(crate) fn prepare(options: &Options, before: &Document, draft: Draft, author: Author) -> Result<Member> {
    let Author { txn, begun, deadline } = author;
    let clock = &options.env.clock;
    let begin = clock.instant();
    if draft.operations().is_empty() && draft.schema().is_none() {
        let (document, ..) = draft.into_parts();
        return Ok(Member { txn, document, loose: None, took: Duration::ZERO });
    }
    if let Some(violation) = draft.violation() {
        return Err(Error::new(ErrorKind::LimitExceeded, violation));
    }
    let (bytes, limit) = (draft.document().bytes(), options.document_bytes);
    if bytes > limit && bytes > before.bytes() {
        let message = format!("the document has too many bytes: {bytes}, the limit is {limit}");
        return Err(Error::new(ErrorKind::LimitExceeded, message));
    }
    if !options.rules.is_empty() {
        let snapshot = Snapshot::new(draft.document().clone(), draft.base());
        options.rules.iter().try_for_each(|rule| rule(&snapshot))?;
    }
    let (timestamp, schema) = (options.env.clock.now(), draft.schema());
    let (document, operations, note) = draft.into_parts();
    let loose = LooseTransaction::new(txn, timestamp, &operations, &note).with_schema(schema);
    loose.check_limits()?;
    let now = clock.instant();
    let taken = now.since(begun);
    if let Some(deadline) = deadline.filter(|deadline| taken > *deadline) {
        let message = format!(
            "the transaction took {} ms, its deadline is {} ms",
            taken.as_millis(),
            deadline.as_millis()
        );
        return Err(Error::new(ErrorKind::Timeout, message));
    }
    Ok(Member { txn, document, loose: Some(loose), took: now.since(begin) })
}

/// Steps 4 to 6: makes a group durable, all its members by one sync. Each was drafted on what the one before it
/// makes, the first one on what is committed. The answers are in their order.
///
/// # Errors
/// One for all of them, and for whoever drafted on top of them: *not saved* if nothing was written, *in doubt* if
/// it was written and not confirmed; then nothing more is.
pub(crate) fn commit(
    files: &mut Files,
    options: &Options,
    lock: &WriteLock,
    members: Vec<Member>,
) -> Result<Vec<Answer>> {
    let mut answers = Vec::with_capacity(members.len());
    let (mut group, mut newest) = (Vec::with_capacity(members.len()), None);
    for Member { txn, document, loose, took } in members {
        let operations = loose.as_ref().map_or(0, LooseTransaction::len);
        let commit = Commit { txn, lsn: Lsn::default(), operations };
        newest = Some(document.clone());
        answers.push((commit, took, loose.is_some(), document));
        group.extend(loose);
    }
    let mut timings = CommitTimings::default();
    let mut lsn = files.last;
    let mut lsns = Vec::new();
    if !group.is_empty() {
        lsns = log(files, options, lock, group, &mut timings)?;
        files.document = newest.expect("a group that is written has members");

        // 5 and 6, now or later. The changes are saved, whatever happens to them.
        if files.wal.len_bytes() >= options.wal_bytes_max() {
            publish(files, options, lock, &mut timings);
        }
        if files.logged.is_some() {
            files.wal.secure_name(&files.env, &files.layout).map_err(|failed| poison(files, failed))?;
            files.wal.mark_head(&files.env, &files.layout, lock);
        }
    }
    let mut lsns = lsns.into_iter();
    let answer = |(commit, prepare, is_written, _document): (Commit, Duration, bool, Document)| {
        if is_written {
            lsn = lsns.next().unwrap_or(lsn);
        }
        let timings = CommitTimings { prepare, ..timings };
        Answer { commit: Commit { lsn, ..commit }, timings, is_written, _document }
    };
    Ok(answers.into_iter().map(answer).collect())
}

/// Step 4: append the batch and sync it: the commit point. Gives the LSNs of the commit records.
fn log(
    files: &mut Files,
    options: &Options,
    lock: &WriteLock,
    mut group: Vec<LooseTransaction>,
    timings: &mut CommitTimings,
) -> Result<Vec<Lsn>> {
    if files.is_publishing_suspended && files.wal.len_bytes() >= options.wal_limit {
        let message = "an earlier sync failed, so the log cannot be cleared, and it has reached its limit: \
                       nothing more is written until the store is reopened";
        return Err(Error::new(ErrorKind::Poisoned, message).at(&files.layout.wal()));
    }
    let clock = files.env.clock.clone();
    let begin = clock.instant();
    if let Some(first) = group.first_mut().filter(|_| files.last == Lsn(0)) {
        // The first transaction says which schema the store began with: whoever rebuilds it has nothing else.
        first.schema.get_or_insert(files.schema);
    }
    let batch = files.wal.encode(&files.env, files.published, group)?;
    let appended = files.wal.append(&files.env, &files.layout, lock, batch);
    let appended = appended.or_else(|failed| pretended(files, failed));
    let (transactions, logged) = appended.map_err(|failed| poison(files, failed))?;
    timings.log = clock.instant().since(begin);
    timings.sync = files.wal.last_sync();
    let lsns = transactions.iter().map(|transaction| transaction.lsn).collect();
    for transaction in transactions {
        files.last = transaction.lsn;
        files.modified = transaction.loose.timestamp;
        files.schema = transaction.loose.schema.unwrap_or(files.schema);
        files.unpublished.push(&transaction);
    }
    files.logged = Some(logged);
    Ok(lsns)
}

/// What a planted bug makes of a failed append.
fn pretended(files: &Files, failed: Error) -> Result<(Vec<PlacedTransaction>, Logged)> {
    let bug = match failed.outcome() {
        Outcome::InDoubt => Bug::AnswerFailedSync,
        _ => Bug::AnswerFailedWrite,
    };
    if planted::is(bug) { Ok((Vec::new(), Logged::found_by_recovery(files.last))) } else { Err(failed) }
}

/// The error of a failed append, after which nothing more is written if the log is in doubt.
fn poison(files: &mut Files, error: Error) -> Error {
    let poisons = error.outcome() == Outcome::InDoubt && !planted::is(Bug::SkipPoison)
        || error.kind() == ErrorKind::StorageFull && planted::is(Bug::PoisonFullDisk);
    files.poison = poisons.then(|| error.message().to_owned());
    error
}
