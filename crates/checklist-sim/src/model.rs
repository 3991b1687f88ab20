//! The reference model: what the document must be after each transaction, kept as plain JSON.

use checklist_store::env::{Access, Fs, write_fully};
use checklist_store::{Draft, Error, Key, Operation, Savepoint, Value};
use std::io;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};

/// One edit of a transaction, done both to the store's draft and to the model.
#[derive(Clone, Debug)]
pub enum Edit {
    /// Puts a value under a key.
    Write(&'static str, Value),
    /// Takes a key away.
    Delete(&'static str),
    /// Edits inside a nested transaction that is kept.
    Kept(Vec<Edit>),
    /// Edits inside a nested transaction that is rolled back, through an error.
    RolledBack(Vec<Edit>),
    /// Edits behind a savepoint that is dropped.
    Dropped(Vec<Edit>),
}

/// Why a nested transaction that shall be rolled back ends.
struct GiveUp;

impl From<Error> for GiveUp {
    fn from(_: Error) -> GiveUp {
        GiveUp
    }
}

/// Does the edits to a draft of the store.
///
/// # Errors
/// The store's, if it refuses one.
pub fn edit_draft(draft: &mut Draft, edits: &[Edit]) -> Result<(), Error> {
    for edit in edits {
        match edit {
            Edit::Write(key, value) => draft.write(&Key::from_static(key), value)?,
            Edit::Delete(key) => {
                draft.delete(&Key::from_static(key))?;
            }
            Edit::Kept(inner) => draft.nest(|draft| edit_draft(draft, inner))?,
            Edit::RolledBack(inner) => {
                let gave_up: Result<(), GiveUp> = draft.nest(|draft| {
                    edit_draft(draft, inner)?;
                    Err(GiveUp)
                });
                debug_assert!(gave_up.is_err(), "the closure always gives up");
            }
            Edit::Dropped(inner) => {
                let mut savepoint: Savepoint<'_> = draft.savepoint();
                edit_draft(&mut savepoint, inner)?;
            }
        }
    }
    Ok(())
}

/// Does the edits to a document of the model.
pub fn edit_value(document: &mut Value, edits: &[Edit]) {
    for edit in edits {
        match edit {
            Edit::Write(key, value) => put(document, key, value.clone()),
            Edit::Delete(key) => take(document, key),
            Edit::Kept(inner) => edit_value(document, inner),
            Edit::RolledBack(_) | Edit::Dropped(_) => {}
        }
    }
}

/// Does one logged operation to a document of the model.
pub fn replay(document: &mut Value, operation: &Operation) {
    match operation {
        Operation::Write { key, value, .. } => put(document, key.as_str(), value.clone()),
        Operation::Delete { key, .. } => take(document, key.as_str()),
    }
}

fn tokens(key: &str) -> Vec<String> {
    key.split('/').skip(1).map(|token| token.replace("~1", "/").replace("~0", "~")).collect()
}

fn put(document: &mut Value, key: &str, value: Value) {
    let mut place = document;
    for token in tokens(key) {
        place = match place {
            Value::Array(items) => {
                let index: usize = token.parse().unwrap_or(items.len());
                if index >= items.len() {
                    items.push(Value::Null);
                }
                let last = items.len() - 1;
                &mut items[index.min(last)]
            }
            other => {
                if !other.is_object() {
                    *other = Value::Object(serde_json::Map::new());
                }
                let members = other.as_object_mut().expect("it was made an object");
                members.entry(token).or_insert(Value::Null)
            }
        };
    }
    *place = value;
}

fn take(document: &mut Value, key: &str) {
    let mut tokens = tokens(key);
    let Some(last) = tokens.pop() else { return };
    let mut place = document;
    for token in tokens {
        let next = match place {
            Value::Object(members) => members.get_mut(&token),
            Value::Array(items) => token.parse().ok().and_then(|index: usize| items.get_mut(index)),
            _ => None,
        };
        match next {
            Some(next) => place = next,
            None => return,
        }
    }
    match place {
        Value::Object(members) => drop(members.remove(&last)),
        Value::Array(items) => match last.parse::<usize>() {
            Ok(index) if index < items.len() => drop(items.remove(index)),
            _ => {}
        },
        _ => {}
    }
}

/// An edit of `state.yaml` by hand.
#[derive(Clone, Debug, PartialEq)]
pub struct HandEdit {
    /// What the file says after it.
    pub document: Value,
    /// The bytes of the file after it.
    pub bytes: Vec<u8>,
    /// Whether the editor has synced everything: from then on the edit must not be lost.
    pub durable: bool,
    /// Whether the editor puts a whole file in place; otherwise a crash may leave a part of the bytes.
    pub whole: bool,
    /// The edit that stood there before, while this one is not durable.
    pub replaces: Option<Arc<HandEdit>>,
}

impl HandEdit {
    /// Does what the editor does: writes a file beside the state and puts it in place, or writes into the state.
    ///
    /// # Errors
    /// Those of the file system.
    pub fn save(&self, fs: &dyn Fs) -> io::Result<()> {
        let (path, aside) = (root().join("state.yaml"), root().join("state.yaml.swap"));
        let write = |path: &Path| {
            let mut file = fs.create(path, Access::Shared)?;
            write_fully(&mut *file, &self.bytes)?;
            file.sync()
        };
        if self.whole {
            write(&aside).and_then(|()| fs.rename(&aside, &path)).and_then(|()| fs.sync_dir(&root()))
        } else {
            write(&path)
        }
    }

    /// Whether a file in the place of `state.yaml` may say this.
    #[must_use]
    pub fn may_show(&self, document: &Value) -> bool {
        self.document == *document
            || self.replaces.as_ref().is_some_and(|before| before.document == *document)
    }
}

/// What may be on disk at a moment.
#[derive(Clone, Debug, PartialEq)]
pub struct Expected {
    /// How many transactions were acknowledged: at least so many must be there.
    pub acked: usize,
    /// How many were tried: at most so many may be there.
    pub intents: usize,
    /// The hand edit that was begun and is not adopted yet.
    pub edit: Option<Arc<HandEdit>>,
    /// The file that was kept.
    pub kept: Kept,
}

/// The versions of a kept file, 0 for none.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Kept {
    /// The one that was acknowledged.
    pub acked: usize,
    /// The newest one that was tried.
    pub tried: usize,
}

/// The model of one store: every document it ever was to hold.
#[derive(Debug)]
pub struct Model {
    inner: Mutex<Inner>,
}

#[derive(Debug)]
struct Inner {
    documents: Vec<Value>,
    acked: usize,
    edit: Option<Arc<HandEdit>>,
    kept: Kept,
}

impl Default for Model {
    fn default() -> Model {
        let empty = Value::Object(serde_json::Map::new());
        Model {
            inner: Mutex::new(Inner { documents: vec![empty], acked: 0, edit: None, kept: Kept::default() }),
        }
    }
}

impl Model {
    fn lock(&self) -> std::sync::MutexGuard<'_, Inner> {
        self.inner.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// The newest document that was to be.
    #[must_use]
    pub fn newest(&self) -> Value {
        self.lock().documents.last().cloned().unwrap_or_default()
    }

    /// A transaction is about to be committed that makes `document` of the newest one.
    pub fn intend(&self, document: Value) {
        self.lock().documents.push(document);
    }

    /// The store said that everything intended so far is committed.
    pub fn acknowledge(&self) {
        let mut inner = self.lock();
        inner.acked = inner.documents.len() - 1;
    }

    /// The store said that the first so many intents are committed.
    pub fn acknowledge_first(&self, count: usize) {
        let mut inner = self.lock();
        inner.acked = inner.acked.max(count);
    }

    /// The newest intent is off: the store said that nothing of it was saved.
    pub fn withdraw(&self) {
        let mut inner = self.lock();
        if inner.documents.len() - 1 > inner.acked {
            inner.documents.pop();
        }
    }

    /// A hand edit is on its way, has become durable, or was taken in (`None`).
    pub fn edit(&self, edit: Option<HandEdit>) {
        self.lock().edit = edit.map(Arc::new);
    }

    /// This version of the kept file is about to be written.
    pub fn keep(&self, version: usize) {
        self.lock().kept.tried = version;
    }

    /// The store said that it is kept.
    pub fn acknowledge_kept(&self) {
        let mut inner = self.lock();
        inner.kept.acked = inner.kept.tried;
    }

    /// What may be on disk now.
    #[must_use]
    pub fn expected(&self) -> Expected {
        let inner = self.lock();
        let (acked, intents) = (inner.acked, inner.documents.len() - 1);
        Expected { acked, intents, edit: inner.edit.clone(), kept: inner.kept }
    }

    /// Every document, from the empty one to the newest intent.
    #[must_use]
    pub fn documents(&self) -> Vec<Value> {
        self.lock().documents.clone()
    }
}

/// Where the simulated stores live: below a directory that is there for ever.
#[must_use]
pub fn root() -> PathBuf {
    PathBuf::from("/project/.checklist")
}
