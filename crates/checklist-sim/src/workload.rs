//! What a program does with a store while the adversary watches.

use crate::explorer::Case;
use crate::grouped::grouped;
use crate::model::{Edit, HandEdit, Model, edit_draft, edit_value, root};
use checklist_store::env::Env;
use checklist_store::env::mem::World;
use checklist_store::{Error, ErrorKind, Key, Options, Outcome, Publish, Standing, Store, Value};
use serde_json::json;
use std::sync::Arc;
use std::time::Duration;

/// A program and the options it opens its store with.
#[derive(Clone, Copy, Debug)]
pub struct Workload {
    /// Its name in reports.
    pub name: &'static str,
    /// What it does.
    pub run: fn(&Run) -> Result<(), Error>,
    /// The options of the store.
    pub options: fn(Options) -> Options,
    /// Whether it begins with no store at all; else an empty one is there.
    pub is_creating: bool,
}

/// A run of a workload in one world.
#[derive(Debug)]
pub struct Run {
    /// The world, for what programs other than the store do.
    pub world: World,
    /// The environment of the store: the same world, perhaps behind a gate.
    pub env: Env,
    /// What the document must be.
    pub model: Arc<Model>,
    /// The options of the store.
    pub options: fn(Options) -> Options,
}

/// Every workload.
pub const ALL: &[Workload] = &[
    Workload { is_creating: true, ..workload("create_only", create_only, as_they_are) },
    Workload { is_creating: true, ..workload("created", single, as_they_are) },
    workload("single", single, as_they_are),
    workload("many", many, as_they_are),
    workload("nested", nested, as_they_are),
    workload("rolled_back", rolled_back, as_they_are),
    workload("reopened", reopened, as_they_are),
    workload("two_handles", two_handles, as_they_are),
    workload("two_handles_late", two_handles, published_late),
    workload("deferred", deferred, published_late),
    workload("abandoned", abandoned, published_late),
    workload("rotation", rotation, rotated_often),
    workload("large", large, as_they_are),
    workload("grouped", grouped, as_they_are),
    workload("grouped_late", grouped, published_late),
    workload("grouped_often", grouped, rotated_often),
    workload("edited_whole", edited_whole, as_they_are),
    workload("edited_in_place", edited_in_place, as_they_are),
    workload("edited_behind", edited_behind, published_late),
];

const fn workload(
    name: &'static str,
    run: fn(&Run) -> Result<(), Error>,
    options: fn(Options) -> Options,
) -> Workload {
    Workload { name, run, options, is_creating: false }
}

impl Workload {
    /// What of it concerns those who explore it.
    #[must_use]
    pub fn case(&self) -> Case {
        Case { name: self.name.to_owned(), options: self.options, is_creating: self.is_creating }
    }
}

/// The workload of that name.
#[must_use]
pub fn named(name: &str) -> Option<&'static Workload> {
    ALL.iter().find(|workload| workload.name == name)
}

fn as_they_are(options: Options) -> Options {
    options
}

/// Filled ahead for the second commit and a part of the third: both are met, writing over what is there and
/// making the file grow.
fn published_late(options: Options) -> Options {
    options.publish(Publish::Deferred { wal_bytes: 1 << 20 }).fill_ahead(1_000)
}

fn rotated_often(options: Options) -> Options {
    options.publish(Publish::Deferred { wal_bytes: 1 << 20 }).wal_limit(2_000)
}

impl Run {
    /// A run in `world`, with the store's calls going through `env`.
    #[must_use]
    pub fn new(world: World, env: Env, options: fn(Options) -> Options) -> Run {
        Run { world, env, model: Arc::new(Model::default()), options }
    }

    /// Opens the store.
    ///
    /// # Errors
    /// The store's.
    pub fn open(&self) -> Result<Store, Error> {
        (self.options)(Store::options()).env(self.env.clone()).open(root())
    }

    /// Commits one transaction, in the store and in the model.
    ///
    /// # Errors
    /// The store's.
    pub fn commit(&self, store: &mut Store, edits: &[Edit]) -> Result<(), Error> {
        self.world.clock.advance(Duration::from_millis(1_500));
        let mut next = self.model.newest();
        edit_value(&mut next, edits);
        self.model.intend(next);
        let result = store.transact(|draft| edit_draft(draft, edits));
        match &result {
            Ok(()) => self.model.acknowledge(),
            Err(error) => match error.outcome() {
                Outcome::Saved => self.model.acknowledge(),
                Outcome::NotSaved => self.model.withdraw(),
                Outcome::InDoubt => {}
            },
        }
        result
    }

    /// Takes the hand edit in, as a transaction.
    fn adopt(&self, store: &mut Store, edited: &Value) -> Result<(), Error> {
        if *store.standing() != Standing::Edited {
            return Err(Error::new(ErrorKind::Invalid, "the edit was not noticed"));
        }
        let refused = store.begin().map(drop).map_err(|error| error.kind());
        if refused != Err(ErrorKind::Edited) {
            return Err(Error::new(ErrorKind::Invalid, "writing over an edit was not refused"));
        }
        self.model.intend(edited.clone());
        match store.adopt("somebody") {
            Ok(_) => {
                self.model.acknowledge();
                self.model.edit(None);
                Ok(())
            }
            Err(error) => {
                if error.outcome() == Outcome::NotSaved {
                    self.model.withdraw();
                }
                Err(error)
            }
        }
    }

    /// Edits `state.yaml` as a text editor does. `base` is the document it shows.
    fn edit_by_hand(&self, base: &Value, whole: bool) -> Value {
        let fs = &self.world.fs;
        let path = root().join("state.yaml");
        let text = fs.image().read(&path).map(<[u8]>::to_vec).unwrap_or_default();
        let text = String::from_utf8(text).expect("state.yaml is text").replace("alpha", "by hand");
        let mut document = base.clone();
        edit_value(&mut document, &[Edit::Write("/title", json!("by hand"))]);
        let bytes = text.into_bytes();
        let mut edit = HandEdit { document: document.clone(), bytes, durable: false, whole, replaces: None };
        self.model.edit(Some(edit.clone()));
        edit.save(fs).expect("the editor's disk does not fail");
        edit.durable = true;
        self.model.edit(Some(edit));
        document
    }
}

pub(crate) fn write(key: &'static str, value: impl Into<Value>) -> Edit {
    Edit::Write(key, value.into())
}

fn create_only(run: &Run) -> Result<(), Error> {
    run.open()?.close()
}

fn single(run: &Run) -> Result<(), Error> {
    let mut store = run.open()?;
    run.commit(&mut store, &[write("/title", "alpha")])?;
    store.close()
}

fn many(run: &Run) -> Result<(), Error> {
    let mut store = run.open()?;
    run.commit(&mut store, &[write("/title", "alpha"), write("/steps", json!({"build": "pending"}))])?;
    run.commit(&mut store, &[write("/steps/build", "active"), write("/steps/test", "pending")])?;
    run.commit(&mut store, &[Edit::Delete("/steps/test"), write("/list", json!([1, 2.5, null, "ü\n"]))])?;
    run.commit(&mut store, &[write("/list/1", true), write("/deep/er/and/deeper", json!({}))])?;
    run.commit(&mut store, &[Edit::Delete("/list/3")])?;
    run.commit(&mut store, &[write("/steps", json!({"build": "done"})), Edit::Delete("/deep")])?;
    store.close()
}

fn nested(run: &Run) -> Result<(), Error> {
    let mut store = run.open()?;
    run.commit(&mut store, &[write("/title", "alpha"), Edit::Kept(vec![write("/inner", 1)])])?;
    let deep = Edit::Kept(vec![
        write("/inner", 2),
        Edit::RolledBack(vec![write("/inner", 3), write("/ghost", "never"), Edit::Delete("/title")]),
        Edit::Kept(vec![write("/deepest", "kept"), Edit::Dropped(vec![write("/deepest", "dropped")])]),
    ]);
    run.commit(&mut store, &[deep, write("/after", true)])?;
    store.close()
}

fn rolled_back(run: &Run) -> Result<(), Error> {
    let mut store = run.open()?;
    run.commit(&mut store, &[write("/title", "alpha")])?;
    let mut transaction = store.begin()?;
    transaction.write(&Key::from_static("/title"), "never")?;
    transaction.rollback();
    let mut transaction = store.begin()?;
    transaction.write(&Key::from_static("/ghost"), "dropped")?;
    drop(transaction);
    let gave_up: Result<(), Error> = store.transact(|draft| {
        draft.write(&Key::from_static("/ghost"), "refused")?;
        Err(Error::new(ErrorKind::Invalid, "the caller changed its mind"))
    });
    debug_assert!(gave_up.is_err(), "the closure always fails");
    run.commit(&mut store, &[write("/title", "beta")])?;
    // The process dies without closing: dropping must not matter.
    Ok(())
}

fn reopened(run: &Run) -> Result<(), Error> {
    let mut store = run.open()?;
    run.commit(&mut store, &[write("/title", "alpha")])?;
    drop(store);
    let mut store = run.open()?;
    run.commit(&mut store, &[write("/count", 1)])?;
    store.close()?;
    let mut store = run.open()?;
    run.commit(&mut store, &[write("/count", 2)])?;
    store.close()
}

fn two_handles(run: &Run) -> Result<(), Error> {
    let mut first = run.open()?;
    let mut second = run.open()?;
    run.commit(&mut first, &[write("/title", "alpha"), write("/first", 1)])?;
    run.commit(&mut second, &[write("/second", 1)])?;
    let open = first.begin()?;
    let excluded = second.begin().map(drop).map_err(|error| error.kind());
    if excluded != Err(ErrorKind::LockTimeout) {
        return Err(Error::new(ErrorKind::Invalid, "two transactions were open at once"));
    }
    drop(open);
    run.commit(&mut first, &[write("/first", 2), write("/second", 2)])?;
    run.commit(&mut second, &[write("/second", 3)])?;
    first.refresh()?;
    if first.snapshot().to_value() != run.model.newest() {
        return Err(Error::new(ErrorKind::Invalid, "one handle does not see what the other committed"));
    }
    drop(first);
    second.close()
}

fn deferred(run: &Run) -> Result<(), Error> {
    let mut store = run.open()?;
    run.commit(&mut store, &[write("/title", "alpha")])?;
    run.commit(&mut store, &[write("/count", 1)])?;
    run.commit(&mut store, &[write("/count", 2)])?;
    store.publish()?;
    run.commit(&mut store, &[write("/count", 3)])?;
    store.close()
}

fn abandoned(run: &Run) -> Result<(), Error> {
    let mut store = run.open()?;
    run.commit(&mut store, &[write("/title", "alpha")])?;
    run.commit(&mut store, &[write("/count", 1)])?;
    drop(store);
    let mut store = run.open()?;
    run.commit(&mut store, &[write("/count", 2)])?;
    Ok(())
}

fn rotation(run: &Run) -> Result<(), Error> {
    let mut store = run.open()?;
    run.commit(&mut store, &[write("/title", "alpha")])?;
    for count in 0..6 {
        run.commit(&mut store, &[write("/count", count), write("/filler", "f".repeat(150))])?;
        run.commit(&mut store, &[Edit::Delete("/filler")])?;
    }
    store.close()
}

fn large(run: &Run) -> Result<(), Error> {
    let mut store = run.open()?;
    run.commit(&mut store, &[write("/title", "alpha"), write("/text", "line\n".repeat(700))])?;
    run.commit(&mut store, &[write("/text", "word ".repeat(300)), write("/more", "m".repeat(900))])?;
    store.close()
}

fn edited(run: &Run, whole: bool) -> Result<(), Error> {
    let mut store = run.open()?;
    run.commit(&mut store, &[write("/title", "alpha"), write("/count", 1)])?;
    run.commit(&mut store, &[write("/count", 2)])?;
    store.close()?;
    let document = run.edit_by_hand(&run.model.newest(), whole);
    let mut store = run.open()?;
    run.adopt(&mut store, &document)?;
    run.commit(&mut store, &[write("/count", 3)])?;
    store.close()
}

fn edited_whole(run: &Run) -> Result<(), Error> {
    edited(run, true)
}

fn edited_in_place(run: &Run) -> Result<(), Error> {
    edited(run, false)
}

/// A hand edit of a state that is behind the log: both must be kept, and which one shows is the store's choice.
fn edited_behind(run: &Run) -> Result<(), Error> {
    let mut store = run.open()?;
    run.commit(&mut store, &[write("/title", "alpha"), write("/count", 1)])?;
    store.publish()?;
    let shown = run.model.newest();
    run.commit(&mut store, &[write("/count", 2)])?;
    drop(store);
    run.edit_by_hand(&shown, true);
    let store = run.open()?;
    drop(store);
    run.open().map(drop)
}
