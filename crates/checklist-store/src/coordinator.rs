//! `TransactionCoordinator`: one store for many threads, whose transactions share writes and syncs.

mod desk;

use self::desk::{Desk, Place, closed};
use crate::error::{Error, ErrorKind, Result};
use crate::event::Event;
use crate::model::draft::Draft;
use crate::model::snapshot::Snapshot;
use crate::planted::{self, Bug};
use crate::protocol::crowd::Ticket;
use crate::protocol::group::{self, Answer, Author};
use crate::protocol::options::Options;
use crate::protocol::queue::{Drafted, Queue};
use crate::protocol::sync::{Mutex, lock};
use crate::report::{Commit, TxnId};
use crate::store::Store;
use std::cell::RefCell;
use std::fmt;
use std::sync::Arc;
use std::time::Duration;

/// A batch that has so many bytes takes no more members: writing more makes those wait who are in it already.
const BATCH_BYTES: usize = 64 << 10;

/// A store for many threads: cloned, and handed to each of them.
///
/// Edits run one after the other, each on the thread of its caller and on what the one before made; each is a
/// transaction of its own. Those that are ready at the same time share one write and one sync, and with
/// [`Publish::EveryCommit`](crate::Publish::EveryCommit) one publishing; each is answered when its own commit
/// record is durable. One caller alone waits for nobody: there is no thread behind it and no delay.
///
/// If an edit fails, panics or exceeds its deadline, it alone is rolled back. If a batch cannot be written, its
/// members are not saved, nor is what was drafted on top of them meanwhile; the next transaction begins anew. If
/// a sync fails, its members are in doubt, and nothing more is written until [`TransactionCoordinator::reopen`].
///
/// ```
/// use checklist_store::{Error, Key, Store};
/// # let folder = tempfile::tempdir().unwrap();
/// # let root = folder.path().join(".checklist");
/// const COUNT: Key = Key::from_static("/count");
///
/// let coordinator = Store::open(&root)?.into_coordinator();
/// std::thread::scope(|scope| {
///     for _ in 0..4 {
///         scope.spawn(|| {
///             coordinator.transact(|draft| {
///                 let count = draft.read_as::<u64>(&COUNT)?.unwrap_or(0);
///                 draft.write(&COUNT, count + 1)
///             })
///         });
///     }
/// });
/// assert_eq!(coordinator.snapshot().read(&COUNT), Some(4.into()));
/// coordinator.close()?;
/// # Ok::<(), Error>(())
/// ```
///
/// Nothing goes through a handle that was closed, and the draft cannot leave the edit:
/// ```compile_fail
/// # use checklist_store::{Error, Store};
/// # let coordinator = Store::open("x").unwrap().into_coordinator();
/// coordinator.close().unwrap();
/// coordinator.transact(|_| Ok::<(), Error>(())).unwrap();
/// ```
/// ```compile_fail
/// # use checklist_store::{Error, Store};
/// # let coordinator = Store::open("x").unwrap().into_coordinator();
/// let mut kept = None;
/// coordinator.transact(|draft| { kept = Some(draft); Ok::<(), Error>(()) }).unwrap();
/// ```
/// A store with an open transaction does not become a coordinator:
/// ```compile_fail
/// # use checklist_store::Store;
/// # let mut store = Store::open("x").unwrap();
/// let transaction = store.begin().unwrap();
/// let coordinator = store.into_coordinator();
/// transaction.commit().unwrap();
/// ```
#[doc(alias = "group commit")]
#[derive(Clone)]
pub struct TransactionCoordinator {
    shared: Arc<Shared>,
    deadline: Option<Duration>,
}

struct Shared {
    queue: Queue<Desk>,
    desk: Desk,
}

impl Store {
    /// Makes the store one for many threads; [`TransactionCoordinator::into_store`] gives it back.
    #[must_use]
    pub fn into_coordinator(self) -> TransactionCoordinator {
        self.coordinate(BATCH_BYTES)
    }

    /// The same with batches of another size.
    pub(crate) fn coordinate(self, batch_bytes: usize) -> TransactionCoordinator {
        let (options, committed, deadline) =
            (self.options.clone(), Mutex::new(self.snapshot()), self.options.deadline);
        let since = options.env.clock.instant();
        let place = Mutex::new(Some(Place { store: self, lock: None, since }));
        let desk = Desk { options, place, committed };
        TransactionCoordinator { shared: Arc::new(Shared { queue: Queue::new(batch_bytes), desk }), deadline }
    }
}

impl TransactionCoordinator {
    /// Runs an edit and commits it; if it returns an error, nothing is changed. Waits until those before it have
    /// run theirs, and until this one is durable. The edit may borrow from the stack of its caller; it sees what
    /// the edits before it made, durable or not, and is saved only if they are.
    ///
    /// # Errors
    /// Whatever `edit` returns; those of [`Store::begin`] and [`Transaction::commit`](crate::Transaction::commit),
    /// where the time to wait for the lock counts from this call; [`ErrorKind::Closed`] after the coordinator was
    /// closed, and [`ErrorKind::Invalid`] from within an edit or an observer of the same coordinator, which would
    /// wait for itself ([`Draft::nest`] is what nests).
    pub fn transact<T, E: From<Error>>(&self, edit: impl FnOnce(&mut Draft) -> Result<T, E>) -> Result<T, E> {
        self.commit(edit).map(|(value, _)| value)
    }

    /// The same, and says which commit it was.
    ///
    /// # Errors
    /// As [`TransactionCoordinator::transact`].
    pub fn commit<T, E: From<Error>>(
        &self,
        edit: impl FnOnce(&mut Draft) -> Result<T, E>,
    ) -> Result<(T, Commit), E> {
        let inside = Inside::enter(&self.shared)?;
        let (value, ticket) = self.draft(edit)?;
        let answered = self.redeem(ticket);
        // Observers may use the coordinator.
        drop(inside);
        let answer = self.tell(answered)?;
        Ok((value, answer.commit))
    }

    /// The same coordinator with another deadline for the edits that go through the new handle; `None` for none.
    ///
    /// ```
    /// # use checklist_store::{Error, Key, Store};
    /// # use std::time::Duration;
    /// # let folder = tempfile::tempdir().unwrap();
    /// # let coordinator = Store::open(folder.path().join(".checklist"))?.into_coordinator();
    /// let patient = coordinator.within(Duration::from_secs(2));
    /// patient.transact(|draft| draft.write(&Key::from_static("/report"), "long"))?;
    /// # Ok::<(), Error>(())
    /// ```
    #[must_use]
    pub fn within(&self, deadline: impl Into<Option<Duration>>) -> TransactionCoordinator {
        TransactionCoordinator { shared: Arc::clone(&self.shared), deadline: deadline.into() }
    }

    /// The newest committed state that this coordinator knows. Never waits for a writer.
    #[must_use]
    pub fn snapshot(&self) -> Snapshot {
        lock(&self.shared.desk.committed).clone()
    }

    /// Runs something with the store itself, when every transaction before is answered; those after it wait.
    ///
    /// # Errors
    /// Whatever `turn` returns, [`ErrorKind::Closed`], and [`ErrorKind::Invalid`] from within an edit or an
    /// observer of the same coordinator.
    ///
    /// ```
    /// # let folder = tempfile::tempdir().unwrap();
    /// use checklist_store::{Error, Key, Store};
    ///
    /// let coordinator = Store::open(folder.path().join("state"))?.into_coordinator();
    /// coordinator.transact(|draft| draft.write(&Key::from_static("/a"), 1))?;
    /// // What takes a whole store waits for its turn between the groups.
    /// let copy = coordinator.exclusively(|store| store.backup())?;
    /// coordinator.publish()?;
    /// assert_eq!(coordinator.refresh()?.lsn(), copy.lsn);
    /// assert_eq!(coordinator.reopen()?.lsn(), copy.lsn);
    /// let store: Store = coordinator.into_store()?;
    /// # store.close()?;
    /// # Ok::<(), Error>(())
    /// ```
    pub fn exclusively<T, E: From<Error>>(
        &self,
        turn: impl FnOnce(&mut Store) -> Result<T, E>,
    ) -> Result<T, E> {
        let Shared { queue, desk } = &*self.shared;
        let _inside = Inside::enter(&self.shared)?;
        let _line = queue.quiesce(desk);
        let mut place = lock(&desk.place);
        let store = &mut place.as_mut().ok_or_else(closed)?.store;
        let result = turn(store);
        *lock(&desk.committed) = store.snapshot();
        result
    }

    /// Takes in what other processes committed, and gives it. A transaction does that by itself.
    ///
    /// # Errors
    /// As [`Store::refresh`], and [`ErrorKind::Closed`].
    pub fn refresh(&self) -> Result<Snapshot> {
        self.exclusively(|store| store.refresh().map(|()| store.snapshot()))
    }

    /// Brings `state.yaml` up to date and clears the log, where that was deferred or failed.
    ///
    /// # Errors
    /// As [`Store::publish`], and [`ErrorKind::Closed`].
    pub fn publish(&self) -> Result<()> {
        self.exclusively(Store::publish)
    }

    /// Opens the store anew: the way out after a change that is in doubt. Gives what is committed, from which
    /// shows what became of that change.
    ///
    /// # Errors
    /// As [`Store::reopen`], and [`ErrorKind::Closed`].
    pub fn reopen(&self) -> Result<Snapshot> {
        self.exclusively(|store| store.reopen().map(drop).map(|()| store.snapshot()))
    }

    /// Waits until every transaction under way is answered, refuses those that come later through any handle, and
    /// gives the store back.
    ///
    /// # Errors
    /// [`ErrorKind::Closed`] if it was closed before, and [`ErrorKind::Invalid`] from within an edit.
    pub fn into_store(self) -> Result<Store> {
        let Shared { queue, desk } = &*self.shared;
        let _inside = Inside::enter(&self.shared)?;
        let _line = queue.quiesce(desk);
        let place = lock(&desk.place).take().ok_or_else(closed)?;
        Ok(place.store)
    }

    /// Waits until every transaction under way is answered, refuses those that come later through any handle,
    /// publishes what is deferred, and closes. Dropping all handles instead loses nothing: the next start
    /// publishes it.
    ///
    /// # Errors
    /// As [`Store::close`] and [`TransactionCoordinator::into_store`].
    pub fn close(self) -> Result<()> {
        self.into_store()?.close()
    }

    /// Steps 1 to 3 of a commit: the edit has joined a batch, and waits to be written.
    pub(crate) fn draft<T, E: From<Error>>(
        &self,
        edit: impl FnOnce(&mut Draft) -> Result<T, E>,
    ) -> Result<(T, Ticket), E> {
        let Shared { queue, desk } = &*self.shared;
        let options = &desk.options;
        let clock = &options.env.clock;
        let arrived = clock.instant();
        let patience = || options.lock_timeout.saturating_sub(clock.instant().since(arrived));
        // Before the line: while this thread asks for randomness, others draft.
        let txn = TxnId(options.env.uuid());
        queue.draft(desk, patience, |head| {
            let begun = clock.instant();
            let rolled_back = RolledBack { options, txn };
            let mut draft = Draft::new(head.document.clone(), head.last).owned_by(txn);
            let value = edit(&mut draft).inspect_err(|_| {
                if planted::is(Bug::KeepFailedMember) {
                    head.document = draft.document().clone();
                }
            })?;
            assert_eq!(draft.owner(), Some(txn), "a draft is committed by the transaction it was begun with");
            let author = Author { txn, begun, deadline: self.deadline };
            let prepared = group::prepare(options, &head.document, draft, author);
            let member = prepared
                .inspect_err(|error| options.emit(&Event::Failed { kind: error.kind() }))
                .map_err(E::from)?;
            std::mem::forget(rolled_back);
            head.document = member.document().clone();
            let bytes = member.len_bytes_max();
            Ok(Drafted { value, member, bytes })
        })
    }

    /// Steps 4 to 6, for all who are ready.
    pub(crate) fn redeem(&self, ticket: Ticket) -> Result<Answer> {
        self.shared.queue.answer(&self.shared.desk, ticket)
    }

    /// Tells observers of an answer.
    pub(crate) fn tell(&self, answered: Result<Answer>) -> Result<Answer> {
        let options = &self.shared.desk.options;
        match &answered {
            Ok(answer) => answer.event().iter().for_each(|event| options.emit(event)),
            Err(error) => options.emit(&Event::Failed { kind: error.kind() }),
        }
        answered
    }
}

impl fmt::Debug for TransactionCoordinator {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("TransactionCoordinator").field("deadline", &self.deadline).finish_non_exhaustive()
    }
}

/// Tells that a transaction was rolled back, unless it is forgotten.
struct RolledBack<'a> {
    options: &'a Options,
    txn: TxnId,
}

impl Drop for RolledBack<'_> {
    fn drop(&mut self) {
        self.options.emit(&Event::RolledBack { txn: self.txn });
    }
}

thread_local! {
    /// The coordinators in which this thread is.
    static INSIDE: RefCell<Vec<usize>> = const { RefCell::new(Vec::new()) };
}

/// This thread is in a coordinator: entering it again would wait for itself.
struct Inside {
    id: usize,
}

impl Inside {
    fn enter(shared: &Arc<Shared>) -> Result<Inside> {
        let id = Arc::as_ptr(shared).addr();
        INSIDE.with_borrow_mut(|inside| {
            if inside.contains(&id) {
                let message = "a transaction cannot begin inside another one of the same coordinator, nor in an \
                               observer of it; within an edit, nest with `Draft::nest`";
                return Err(Error::new(ErrorKind::Invalid, message));
            }
            inside.push(id);
            Ok(Inside { id })
        })
    }
}

impl Drop for Inside {
    fn drop(&mut self) {
        INSIDE.with_borrow_mut(|inside| {
            if let Some(at) = inside.iter().rposition(|id| *id == self.id) {
                inside.swap_remove(at);
            }
        });
    }
}
