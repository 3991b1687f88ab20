//! `Options`: how a store is opened and used.

use crate::disk::breaker::{BreakerOptions, CircuitBreaker};
use crate::disk::layout::Limits;
use crate::disk::wal::{FILL_BYTES, FILL_BYTES_MAX, Filling};
use crate::env::{self, Env};
use crate::error::Result;
use crate::event::{Event, Observer};
use crate::model::document::{DOCUMENT_BYTES_DEFAULT, DOCUMENT_BYTES_MAX};
use crate::model::draft::Draft;
use crate::model::migration::Migration;
use crate::model::snapshot::Snapshot;
use crate::schema::Schema;
use std::fmt;
use std::sync::{Arc, Mutex};
use std::time::Duration;

/// When `state.yaml` is brought up to date.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Publish {
    /// With each commit, before it returns. For short-lived processes: what they leave is always current.
    EveryCommit,
    /// When the log has reached this many bytes, and on `Store::publish` and `Store::close`.
    Deferred {
        /// The log's size at which it is published and cleared; bounded by [`Options::wal_limit`].
        wal_bytes: u64,
    },
}

/// What the store is opened for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Intent {
    /// Reading and writing: opening waits for the lock where a repair is needed.
    Write,
    /// Reading: opening never waits for another process. A repair is made if the lock is free, else the
    /// log is read over the state in memory.
    Read,
}

type Rule = dyn Fn(&Snapshot) -> Result<()> + Send + Sync;

/// How a store is opened and used. Each method returns the changed options.
///
/// ```
/// # let folder = tempfile::tempdir().unwrap();
/// use checklist_store::{BreakerOptions, Error, ErrorKind, Intent, Key, Options, Schema, Store};
/// use std::time::Duration;
///
/// let options: Options = Store::options()
///     .wal_limit(1 << 20)
///     .fill_ahead(64 << 10)
///     .document_limit(16 << 20)
///     .history_limit(8 << 20)
///     .lock_timeout(Duration::from_secs(5))
///     .breaker(BreakerOptions::default())
///     .deadline(Some(Duration::from_secs(30)))
///     .holder("a tool of mine")
///     .accept_owner(false)
///     .schema(Schema::FIRST)
///     .validate(|snapshot| match snapshot.contains(&Key::from_static("/owner")) {
///         true => Ok(()),
///         false => Err(Error::new(ErrorKind::Invalid, "nobody owns it")),
///     });
/// let root = folder.path().join("state");
/// let mut store = options.clone().open(&root)?;
/// let refused = store.transact(|draft| draft.write(&Key::from_static("/a"), 1)).unwrap_err();
/// assert_eq!(refused.kind(), ErrorKind::Invalid);
/// store.close()?;
///
/// // Somebody who only looks does not create, and does not write.
/// let looking = options.intent(Intent::Read).create(false);
/// assert!(looking.is_for_reading());
/// assert_eq!(looking.open(&root)?.snapshot().to_value(), serde_json::json!({}));
/// # Ok::<(), Error>(())
/// ```
#[derive(Clone)]
pub struct Options {
    pub(crate) env: Env,
    pub(crate) publish: Publish,
    pub(crate) wal_limit: u64,
    pub(crate) fill_ahead: u64,
    pub(crate) lock_timeout: Duration,
    /// Shared by all that is opened with clones of these options.
    pub(crate) breaker: Arc<Mutex<CircuitBreaker>>,
    pub(crate) deadline: Option<Duration>,
    pub(crate) observers: Vec<Arc<dyn Observer>>,
    pub(crate) rules: Vec<Arc<Rule>>,
    pub(crate) holder: String,
    pub(crate) intent: Intent,
    pub(crate) is_creating: bool,
    pub(crate) accepts_owner: bool,
    pub(crate) document_bytes: usize,
    pub(crate) schema: Schema,
    pub(crate) migrations: Vec<Migration>,
    pub(crate) limits: Limits,
}

impl Default for Options {
    fn default() -> Options {
        Options {
            env: env::os::env(),
            publish: Publish::EveryCommit,
            wal_limit: 1 << 20,
            fill_ahead: FILL_BYTES,
            lock_timeout: Duration::from_secs(5),
            breaker: Arc::new(Mutex::new(CircuitBreaker::new(BreakerOptions::default()))),
            deadline: Some(Duration::from_millis(100)),
            observers: Vec::new(),
            rules: Vec::new(),
            holder: "checklist-store".to_owned(),
            intent: Intent::Write,
            is_creating: true,
            accepts_owner: false,
            document_bytes: DOCUMENT_BYTES_DEFAULT,
            schema: Schema::FIRST,
            migrations: Vec::new(),
            limits: Limits::default(),
        }
    }
}

impl fmt::Debug for Options {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Options")
            .field("publish", &self.publish)
            .field("wal_limit", &self.wal_limit)
            .field("lock_timeout", &self.lock_timeout)
            .field("deadline", &self.deadline)
            .field("holder", &self.holder)
            .field("intent", &self.intent)
            .finish_non_exhaustive()
    }
}

impl Options {
    /// The world the store lives in; default: the operating system's.
    #[must_use]
    pub fn env(mut self, env: Env) -> Options {
        self.env = env;
        self
    }

    /// When `state.yaml` is brought up to date; default: with each commit.
    #[must_use]
    pub fn publish(mut self, publish: Publish) -> Options {
        self.publish = publish;
        self
    }

    /// The size of the log, in bytes, at which it is published and cleared in any case; default 1 MiB.
    #[must_use]
    pub fn wal_limit(mut self, bytes: u64) -> Options {
        self.wal_limit = bytes;
        self
    }

    /// How many bytes of a log that is published late are filled ahead with spaces, for commits to be written over:
    /// that costs less to sync than a file that grows. Default 256 KiB, at most 1 MiB, none with
    /// [`Publish::EveryCommit`].
    #[must_use]
    pub fn fill_ahead(mut self, bytes: u64) -> Options {
        self.fill_ahead = bytes.min(FILL_BYTES_MAX);
        self
    }

    /// How long to wait for another process; default 5 s.
    #[must_use]
    pub fn lock_timeout(mut self, timeout: Duration) -> Options {
        self.lock_timeout = timeout;
        self
    }

    /// When taking the lock is given up for a while, because it failed several times in a row; default: after 5
    /// failures, for 60 s. Handles that are opened with clones of these options share one breaker, so that many
    /// threads of a program do not each wait in vain; others know nothing of each other.
    #[must_use]
    pub fn breaker(mut self, options: BreakerOptions) -> Options {
        self.breaker = Arc::new(Mutex::new(CircuitBreaker::new(options)));
        self
    }

    /// How long a transaction may stay open before its commit refuses; default 100 ms. `None` for people
    /// at a prompt.
    #[must_use]
    pub fn deadline(mut self, deadline: Option<Duration>) -> Options {
        self.deadline = deadline;
        self
    }

    /// Somebody who is told what happens.
    #[must_use]
    pub fn observe(mut self, observer: Arc<dyn Observer>) -> Options {
        self.observers.push(observer);
        self
    }

    /// A rule every committed document must keep; called before the commit point with the document as it
    /// would be. Its error refuses the commit.
    #[must_use]
    pub fn validate(mut self, rule: impl Fn(&Snapshot) -> Result<()> + Send + Sync + 'static) -> Options {
        self.rules.push(Arc::new(rule));
        self
    }

    /// What this process is doing, in words, for those who find the lock taken.
    #[must_use]
    pub fn holder(mut self, what: &str) -> Options {
        what.clone_into(&mut self.holder);
        self
    }

    /// What the store is opened for; default: writing.
    #[must_use]
    pub fn intent(mut self, intent: Intent) -> Options {
        self.intent = intent;
        self
    }

    /// How many bytes the names and values of the document may have, as JSON; default 64 MiB, most 256 MiB. What
    /// is above it already may still become smaller.
    #[must_use]
    pub fn document_limit(mut self, bytes: usize) -> Options {
        self.document_bytes = bytes.min(DOCUMENT_BYTES_MAX);
        self
    }

    /// The schema that this program's documents have; default: [`Schema::FIRST`]. A document of an older one is
    /// migrated before the first change, one of a newer one is read and not written.
    #[must_use]
    pub fn schema(mut self, schema: Schema) -> Options {
        self.schema = schema;
        self
    }

    /// How a document of one schema becomes one of a later schema. It is committed like any change, with the
    /// file kept as it was; an error of it refuses the change that was asked for.
    ///
    /// ```
    /// # let folder = tempfile::tempdir().unwrap();
    /// use checklist_store::{Key, Schema, Store};
    ///
    /// let (root, next) = (folder.path().join("state"), Schema { major: 1, minor: 1, patch: 0 });
    /// Store::open(&root)?.close()?;
    /// let options = Store::options()
    ///     .schema(next)
    ///     .migrate(Schema::FIRST, next, |draft| draft.write(&Key::from_static("/owner"), "nobody"));
    /// let mut store = options.open(&root)?;
    /// store.transact(|draft| draft.write(&Key::from_static("/a"), 1))?;
    /// assert_eq!(store.snapshot().read(&Key::from_static("/owner")), Some("nobody".into()));
    /// # Ok::<(), checklist_store::Error>(())
    /// ```
    #[must_use]
    pub fn migrate(
        mut self,
        from: Schema,
        to: Schema,
        change: impl Fn(&mut Draft) -> Result<()> + Send + Sync + 'static,
    ) -> Options {
        self.migrations.push(Migration { from, to, change: Arc::new(change) });
        self
    }

    /// Whether the store is opened for reading alone.
    #[must_use]
    pub fn is_for_reading(&self) -> bool {
        self.intent == Intent::Read
    }

    /// Whether a folder that belongs to another user is opened all the same; default: no.
    #[must_use]
    pub fn accept_owner(mut self, accept: bool) -> Options {
        self.accepts_owner = accept;
        self
    }

    /// Whether a missing store is created; default: yes.
    #[must_use]
    pub fn create(mut self, create: bool) -> Options {
        self.is_creating = create;
        self
    }

    /// How many copies of each reason are kept in `.backup/`, and how many bytes of each; default 10 and 256 MiB.
    /// The newest of each reason is kept in any case.
    #[must_use]
    pub fn backups(mut self, count: usize, bytes: u64) -> Options {
        (self.limits.copies, self.limits.copy_bytes) = (count.max(1), bytes);
        self
    }

    /// The size, in bytes, at which `history.jsonl` is rotated into a file of its own; default 8 MiB.
    #[must_use]
    pub fn history_limit(mut self, bytes: u64) -> Options {
        self.limits.history_bytes = bytes.max(1);
        self
    }

    pub(crate) fn emit(&self, event: &Event) {
        for observer in &self.observers {
            observer.on_event(event);
        }
    }

    /// How much of the log is filled ahead.
    pub(crate) fn filling(&self) -> Filling {
        Filling { bytes: self.fill_ahead, upto: self.wal_bytes_max() }
    }

    /// The size at which a log is published.
    pub(crate) fn wal_bytes_max(&self) -> u64 {
        match self.publish {
            Publish::EveryCommit => 0,
            Publish::Deferred { wal_bytes } => wal_bytes.min(self.wal_limit),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_said_of_reading_and_of_another_owner_is_kept() {
        let options = Options::default();
        assert!(!options.is_for_reading() && !options.accepts_owner);
        let options = options.intent(Intent::Read).accept_owner(true);
        assert!(options.is_for_reading() && options.accepts_owner);
        assert!(!options.accept_owner(false).accepts_owner);
    }
}
