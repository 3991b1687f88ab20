//! `Transaction`: a lock, a draft, and the right to commit it once.

use crate::disk::lock::WriteLock;
use crate::env::{Env, Instant};
use crate::error::Result;
use crate::event::Event;
use crate::model::draft::Draft;
use crate::model::operation::CommittedTransaction;
use crate::planted::{self, Bug};
use crate::protocol::commit;
use crate::report::{Commit, TxnId};
use crate::schema::Schema;
use crate::store::Store;
use std::ops::{Deref, DerefMut};

/// An open transaction: it holds the write lock and derefs to its [`Draft`]. Dropping it rolls it back,
/// which touches nothing on disk. Never keep one open across a prompt or a child process.
///
/// It is committed once, and not edited afterwards:
/// ```compile_fail
/// # let mut store = checklist_store::Store::open("x").unwrap();
/// let txn = store.begin().unwrap();
/// txn.commit().unwrap();
/// txn.commit().unwrap();
/// ```
///
/// ```
/// # let folder = tempfile::tempdir().unwrap();
/// use checklist_store::{Key, Store};
///
/// let mut store = Store::open(folder.path().join("state"))?;
/// let mut txn = store.begin()?;
/// txn.set_note(serde_json::json!({"who": "ana"}));
/// txn.write(&Key::from_static("/a"), 1)?;
/// txn.commit()?;
/// let mut txn = store.begin()?;
/// txn.write(&Key::from_static("/a"), 2)?;
/// assert_eq!(txn.history()?.len(), 1);
/// txn.rollback();
/// assert_eq!(store.snapshot().read(&Key::from_static("/a")), Some(1.into()));
/// # Ok::<(), checklist_store::Error>(())
/// ```
#[doc(alias = "StateTransaction")]
#[must_use = "dropping a transaction rolls it back"]
#[derive(Debug)]
pub struct Transaction<'store> {
    store: &'store mut Store,
    lock: WriteLock,
    draft: Option<Draft>,
    txn: TxnId,
    begun: Instant,
}

impl<'store> Transaction<'store> {
    pub(crate) fn new(
        store: &'store mut Store,
        lock: WriteLock,
        draft: Draft,
        txn: TxnId,
    ) -> Transaction<'store> {
        let begun = store.options.env.clock.instant();
        Transaction { store, lock, draft: Some(draft), txn, begun }
    }

    /// Makes the edits durable, all or none. When this returns `Ok`, they survive a kill and a power loss.
    /// A transaction without edits writes nothing.
    ///
    /// # Errors
    /// [`Error::outcome`](crate::Error::outcome) says whether the edits are saved, not saved or in doubt.
    /// [`ErrorKind`](crate::ErrorKind)`::LimitExceeded`, `Timeout` and whatever a rule of
    /// [`Options::validate`](crate::Options::validate) returns: not saved. `StorageFull`, `ReadOnly`, `Io`:
    /// not saved. `InDoubt`: the disk did not confirm; the store is then poisoned until it is reopened.
    pub fn commit(mut self) -> Result<Commit> {
        let draft = self.draft.take().expect("a transaction has its draft until it ends");
        assert_eq!(
            draft.owner(),
            Some(self.txn),
            "a draft is committed by the transaction it was begun with"
        );
        let Store { files, options, .. } = &mut *self.store;
        let result = commit::commit(files, options, &self.lock, draft, self.txn, self.begun);
        if let Err(error) = &result {
            options.emit(&Event::Failed { kind: error.kind() });
        }
        if planted::is(Bug::KeepLock) && files.logged.is_some() {
            std::mem::forget(self);
        }
        result
    }

    /// Every committed transaction, oldest first; nothing is added while this one is open.
    ///
    /// # Errors
    /// As [`Store::history`].
    pub fn history(&self) -> Result<Vec<CommittedTransaction>> {
        self.store.history()
    }

    /// The world the store lives in.
    #[must_use]
    pub fn env(&self) -> &Env {
        self.store.env()
    }

    /// Undoes the edits.
    pub fn rollback(self) {}

    /// Gives the document the schema it had, if that is another one.
    pub(crate) fn go_back_to(&mut self, schema: Schema) {
        if self.store.files.schema != schema {
            self.set_schema(schema);
        }
    }

    /// Its identity.
    #[must_use]
    pub fn id(&self) -> TxnId {
        self.txn
    }
}

impl Drop for Transaction<'_> {
    fn drop(&mut self) {
        if self.draft.take().is_some() {
            self.store.options.emit(&Event::RolledBack { txn: self.txn });
        }
    }
}

impl Deref for Transaction<'_> {
    type Target = Draft;
    fn deref(&self) -> &Draft {
        self.draft.as_ref().expect("a transaction has its draft until it ends")
    }
}

impl DerefMut for Transaction<'_> {
    fn deref_mut(&mut self) -> &mut Draft {
        self.draft.as_mut().expect("a transaction has its draft until it ends")
    }
}
