//! `Desk`: the store as the queue of a coordinator sees it, a disk that takes whole batches.

use crate::disk::lock::WriteLock;
use crate::env::Instant;
use crate::error::{Error, ErrorKind, Outcome, Result};
use crate::model::document::Document;
use crate::model::snapshot::Snapshot;
use crate::protocol::crowd::{Disk, Written};
use crate::protocol::group::{self, Answer, Member};
use crate::protocol::options::Options;
use crate::protocol::sync::{Mutex, lock};
use crate::report::Lsn;
use crate::store::Store;
use std::time::Duration;

/// How long a busy coordinator keeps the lock at least, before it looks whether another process waits for it.
const SESSION_MS: u64 = 20;

/// A batch waits for members that are expected at most this part of what a sync takes.
const GATHERING_PART: u32 = 3;

/// The store behind the queue.
pub(super) struct Desk {
    pub(super) options: Options,
    /// `None` once it was given back.
    pub(super) place: Mutex<Option<Place>>,
    /// What is committed, for those who only look.
    pub(super) committed: Mutex<Snapshot>,
}

pub(super) struct Place {
    pub(super) store: Store,
    /// Held while there is a session.
    pub(super) lock: Option<WriteLock>,
    /// When it was taken, or last looked whether others wait for it.
    pub(super) since: Instant,
}

/// What a draft is made on.
pub(super) struct Head {
    pub(super) document: Document,
    /// The LSN of what is committed: that of a change on its way is not known yet.
    pub(super) last: Lsn,
}

impl Disk for Desk {
    type Head = Head;
    type Member = Member;
    type Answer = Answer;
    type Failure = Error;

    fn open(&self, patience: Duration) -> Result<Head> {
        let mut place = lock(&self.place);
        let place = place.as_mut().ok_or_else(closed)?;
        place.lock = Some(place.store.lock_and_catch_up(patience)?);
        place.since = self.options.env.clock.instant();
        let snapshot = place.store.snapshot();
        let (document, last) = (place.store.files.document.clone(), snapshot.lsn());
        *lock(&self.committed) = snapshot;
        Ok(Head { document, last })
    }

    fn write(&self, members: Vec<Member>) -> Result<Written<Answer>> {
        let mut place = lock(&self.place);
        let Place { store, lock: held, .. } = place.as_mut().expect("a session keeps its store");
        let held = held.as_ref().expect("a session holds the lock");
        let Store { files, options, .. } = store;
        let answers = group::commit(files, options, held, members)?;
        *lock(&self.committed) = Snapshot::new(files.document.clone(), files.last);
        Ok(Written { answers, patience: files.wal.last_sync() / GATHERING_PART })
    }

    fn on_top_of(&self, failure: &Error) -> Error {
        let (outcome, message) = (failure.outcome(), failure.message());
        match outcome {
            Outcome::InDoubt => Error::new(
                ErrorKind::Poisoned,
                format!(
                    "nothing more is written until the store is reopened, because an earlier change is in doubt \
                     ({message})"
                ),
            ),
            _ => failure
                .reworded(format!("an earlier change that this one builds on could not be saved: {message}")),
        }
    }

    fn lost(&self) -> Error {
        let message = "the thread that wrote this change died of a panic";
        if let Some(place) = lock(&self.place).as_mut() {
            place.store.files.poison = Some(message.to_owned());
        }
        Error::new(ErrorKind::InDoubt, message)
    }

    fn is_awaited(&self) -> bool {
        let now = self.options.env.clock.instant();
        let mut place = lock(&self.place);
        let Some(place) = place.as_mut() else { return false };
        if now.since(place.since) < Duration::from_millis(SESSION_MS) {
            return false;
        }
        place.since = now;
        place.store.is_lock_awaited()
    }

    fn release(&self) {
        if let Some(place) = lock(&self.place).as_mut() {
            place.lock = None;
        }
    }
}

pub(super) fn closed() -> Error {
    Error::new(ErrorKind::Closed, "the store was closed: nothing more goes through this coordinator")
}
