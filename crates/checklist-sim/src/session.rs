//! `Session`: two processes and an editor at work on one store, step by step, with a model beside them that
//! says how each step must end.

use crate::model::{Edit, HandEdit, Model, edit_draft, edit_value, root};
use crate::step::Step;
use crate::workload::Run;
use checklist_store::env::Env;
use checklist_store::env::mem::{DiskImage, World};
use checklist_store::{Error, ErrorKind, Intent, Key, Options, Outcome, Publish, Standing, Store, Value};
use serde_json::json;
use std::path::Path;
use std::sync::{Arc, OnceLock};
use std::time::Duration;

/// A step that ended otherwise than it must.
pub type Deviation = String;

/// The size of its log at which the other process publishes.
const WAL_BYTES: u64 = 3_000;

/// Two processes, an editor, and the model.
#[derive(Debug)]
pub struct Session {
    /// The world, the environment of the processes, and the model.
    pub run: Run,
    first: Option<Store>,
    other: Option<Store>,
    /// `state.yaml` as the store itself left it, if an edit stands in its place.
    unedited: Option<Vec<u8>>,
    /// Whether the log held committed changes when the edit was made.
    is_behind: bool,
    steps: usize,
    /// While calls are made to fail, every error is taken down here, and none is a deviation.
    errors: Option<Vec<Error>>,
}

/// The options of the first process.
fn eager(options: Options) -> Options {
    options
}

fn late(options: Options) -> Options {
    options.publish(Publish::Deferred { wal_bytes: WAL_BYTES })
}

/// A store that has been there for long and holds one transaction, and the documents it went through.
fn seeded() -> &'static (DiskImage, Vec<u8>, Value) {
    static SEEDED: OnceLock<(DiskImage, Vec<u8>, Value)> = OnceLock::new();
    SEEDED.get_or_init(|| {
        let world = World::new(5);
        world.fs.place_dir(root().parent().unwrap_or(Path::new("/"))).expect("the disk is empty");
        let edits = [
            Edit::Write("/title", json!("alpha")),
            Edit::Write("/list", json!([1, 2, 3])),
            Edit::Write("/steps", json!({"build": "pending"})),
        ];
        let store = Store::options().env(world.env()).open(root());
        let seed = |mut store: Store| -> Result<(), Error> {
            store.transact(|draft| edit_draft(draft, &edits))?;
            store.close()
        };
        store.and_then(seed).expect("nothing fails");
        let mut document = json!({});
        edit_value(&mut document, &edits);
        let image = world.fs.image().settled();
        let bytes = image.read(&root().join("state.yaml")).expect("it was published").to_vec();
        (image, bytes, document)
    })
}

/// What a `state.yaml` says to those who have nothing else.
fn says(bytes: &[u8]) -> Value {
    let world = World::new(3);
    world.fs.place(&root().join("state.yaml"), bytes).expect("the disk is empty");
    let opened = Store::options().env(world.env()).intent(Intent::Read).open(root());
    opened.expect("it is well-formed").snapshot().to_value()
}

fn kind(error: &Error) -> (ErrorKind, Outcome) {
    (error.kind(), error.outcome())
}

impl Session {
    /// The world that sessions start in, with random bytes of its own.
    #[must_use]
    pub fn world(seed: u64) -> World {
        World::from_image(&seeded().0, seed)
    }

    /// The documents that the store went through before a session starts, from the empty one on.
    #[must_use]
    pub fn documents() -> Vec<Value> {
        vec![json!({}), seeded().2.clone()]
    }

    /// A session in `world`; the processes' calls go through what `env` makes of it.
    #[must_use]
    pub fn new(world: World, env: impl FnOnce(&World, &Arc<Model>) -> Env) -> Session {
        let mut run = Run::new(world.clone(), world.env(), eager);
        run.env = env(&world, &run.model);
        run.model.intend(seeded().2.clone());
        run.model.acknowledge();
        Session { run, first: None, other: None, unedited: None, is_behind: false, steps: 0, errors: None }
    }

    /// From here on calls may fail: errors are taken down.
    pub fn expect_errors(&mut self) {
        self.errors = Some(Vec::new());
    }

    /// The errors that were taken down; from here on there must be none.
    pub fn errors(&mut self) -> Vec<Error> {
        self.errors.take().unwrap_or_default()
    }

    /// Lets both processes go away.
    pub fn leave(&mut self) {
        (self.first, self.other) = (None, None);
    }

    /// Takes an error down where errors are expected.
    fn forgive(&mut self, error: Error, what: &str) -> Result<(), Deviation> {
        match &mut self.errors {
            Some(errors) => {
                errors.push(error);
                Ok(())
            }
            None => Err(format!("{what}: {error} {:?}", kind(&error))),
        }
    }

    /// Takes a step.
    ///
    /// # Errors
    /// What came out, if it is not what must.
    pub fn take(&mut self, step: Step) -> Result<(), Deviation> {
        self.steps += 1;
        let taken = match step {
            Step::EditWhole => self.edit(true),
            Step::EditInPlace => self.edit(false),
            Step::PutBack => self.overwrite(seeded().1.clone(), true),
            Step::OtherCommits | Step::OtherRotates | Step::OtherCloses | Step::OtherLeaves => {
                let mut other = self.other.take();
                let taken = self.step(step, late, &mut other);
                self.other = other;
                taken
            }
            _ => {
                let mut first = self.first.take();
                let taken = self.step(step, eager, &mut first);
                self.first = first;
                taken
            }
        };
        taken.map_err(|deviation| format!("{step:?} {deviation}"))
    }

    /// The store as one process has it open.
    fn open(&self, options: fn(Options) -> Options, intent: Intent) -> Result<Store, Error> {
        options(Store::options()).env(self.run.env.clone()).intent(intent).open(root())
    }

    fn step(
        &mut self,
        step: Step,
        options: fn(Options) -> Options,
        slot: &mut Option<Store>,
    ) -> Result<(), Deviation> {
        if step == Step::Read {
            return self.read();
        }
        let mut store = match slot.take() {
            Some(store) => store,
            None => match self.open(options, Intent::Write) {
                Ok(store) => store,
                Err(error) => return self.forgive(error, "could not open"),
            },
        };
        let taken = match step {
            Step::Close | Step::OtherCloses => return self.finish(store.close()),
            Step::Leave | Step::OtherLeaves => return Ok(()),
            Step::Publish => self.finish(store.publish()),
            Step::RollBack => self.roll_back(&mut store),
            Step::CommitNothing => self.finish(store.transact(|_| Ok::<(), Error>(()))),
            Step::Refresh => match store.refresh() {
                Ok(()) => self.compare(&store),
                Err(error) => self.forgive(error, "failed"),
            },
            Step::Keep => self.keep(&store),
            Step::Adopt => self.adopt(&mut store),
            Step::Restore => self.restore(&mut store),
            _ => self.commit(&mut store, &self.edits(step)),
        };
        *slot = Some(store);
        taken
    }

    /// What a commit of this step changes.
    fn edits(&self, step: Step) -> Vec<Edit> {
        let number = self.steps;
        let count = Edit::Write("/count", json!(number));
        match step {
            Step::CommitMany => vec![
                Edit::Write("/steps/build", json!(format!("done {number}"))),
                Edit::Delete("/title"),
                Edit::Delete("/list/2"),
                Edit::Write("/list/0", json!([number, 2.5, null, "ü\n"])),
                Edit::Write("/title", json!("alpha")),
                Edit::Delete("/count"),
            ],
            Step::CommitNested => vec![
                count,
                Edit::Kept(vec![
                    Edit::Write("/inner", json!(number)),
                    Edit::RolledBack(vec![Edit::Write("/ghost", json!("never")), Edit::Delete("/title")]),
                    Edit::Kept(vec![Edit::Dropped(vec![Edit::Write("/inner", json!("dropped"))])]),
                ]),
            ],
            Step::CommitLarge => vec![count, Edit::Write("/text", json!("line\n".repeat(150 + number)))],
            Step::OtherRotates => vec![count, Edit::Write("/text", json!("word ".repeat(620 + number)))],
            _ => vec![count],
        }
    }

    fn commit(&mut self, store: &mut Store, edits: &[Edit]) -> Result<(), Deviation> {
        let result = self.run.commit(store, edits);
        let is_done = result.is_ok();
        self.finish(result)?;
        if is_done { self.compare(store) } else { Ok(()) }
    }

    /// How a call that may write must end: well, unless an edit is in the way.
    fn finish(&mut self, result: Result<(), Error>) -> Result<(), Deviation> {
        match (result, &self.unedited) {
            (Ok(()), _) => Ok(()),
            (Err(error), Some(_)) if error.kind() == ErrorKind::Edited => Ok(()),
            (Err(error), _) => self.forgive(error, "failed"),
        }
    }

    /// What a process shows once it has taken everything in.
    fn compare(&self, store: &Store) -> Result<(), Deviation> {
        let (shown, newest) = (store.snapshot().to_value(), self.run.model.newest());
        match (&self.unedited, *store.standing() == Standing::Sound) {
            (None, true) if shown == newest => Ok(()),
            // A fault may leave it open whether the newest change counts.
            _ if self.errors.is_some() || self.unedited.is_some() => Ok(()),
            _ => Err(format!("shows {shown} as {:?}, not {newest}", store.standing())),
        }
    }

    fn roll_back(&mut self, store: &mut Store) -> Result<(), Deviation> {
        let written = store.begin().and_then(|mut transaction| {
            let written = transaction.write(&Key::from_static("/ghost"), "never");
            transaction.rollback();
            written
        });
        self.finish(written)
    }

    fn read(&mut self) -> Result<(), Deviation> {
        let store = match self.open(eager, Intent::Read) {
            Ok(store) => store,
            Err(error) => return self.forgive(error, "could not open for reading"),
        };
        self.compare(&store)?;
        let wanted = self.run.model.expected().acked;
        match store.history().and_then(|history| store.check().map(|_| history.len())) {
            Ok(entries) if entries == wanted || self.unedited.is_some() || self.errors.is_some() => Ok(()),
            Ok(entries) => Err(format!("finds {entries} transactions, not {wanted}")),
            Err(error) => self.forgive(error, "failed"),
        }
    }

    fn keep(&mut self, store: &Store) -> Result<(), Deviation> {
        self.run.model.keep(self.steps);
        match store.keep("templates/kept.yaml", &kept(self.steps)) {
            Ok(_) => {
                self.run.model.acknowledge_kept();
                Ok(())
            }
            Err(error) => self.forgive(error, "failed"),
        }
    }

    fn adopt(&mut self, store: &mut Store) -> Result<(), Deviation> {
        let model = Arc::clone(&self.run.model);
        let edit = model.expected().edit.filter(|_| self.unedited.is_some());
        let Some(edit) = edit else {
            return match store.adopt("somebody") {
                Err(error) if error.kind() == ErrorKind::Invalid => Ok(()),
                Err(error) => self.forgive(error, "failed where nothing was edited"),
                Ok(commit) => Err(format!("ended well where nothing was edited: {commit:?}")),
            };
        };
        model.intend(edit.document.clone());
        match store.adopt("somebody") {
            // Where only the form differs there is no transaction.
            Ok(commit) if commit.operations == 0 => model.withdraw(),
            Ok(_) => model.acknowledge(),
            Err(error) => {
                match error.outcome() {
                    Outcome::NotSaved => model.withdraw(),
                    Outcome::Saved => model.acknowledge(),
                    Outcome::InDoubt => {}
                }
                let is_refused = kind(&error) == (ErrorKind::Edited, Outcome::NotSaved);
                return if self.is_behind && is_refused { Ok(()) } else { self.forgive(error, "failed") };
            }
        }
        model.edit(None);
        self.unedited = None;
        self.compare(store)
    }

    fn restore(&mut self, store: &mut Store) -> Result<(), Deviation> {
        match store.restore() {
            Ok(_) => {
                self.unedited = None;
                self.compare(store)
            }
            Err(error) => self.forgive(error, "failed"),
        }
    }

    fn edit(&mut self, whole: bool) -> Result<(), Deviation> {
        let image = self.run.world.fs.image();
        let bytes = image.read(&root().join("state.yaml")).map(<[u8]>::to_vec).unwrap_or_default();
        let text = String::from_utf8(bytes).expect("state.yaml is text");
        let body = text.strip_suffix("...\n").unwrap_or(&text);
        self.overwrite(format!("{body}by_hand_{}: true\n...\n", self.steps).into_bytes(), whole)
    }

    /// Puts `bytes` in the place of `state.yaml`, as a program other than the store does.
    fn overwrite(&mut self, bytes: Vec<u8>, whole: bool) -> Result<(), Deviation> {
        let (fs, model) = (&self.run.world.fs, &self.run.model);
        let path = root().join("state.yaml");
        let there = fs.image().read(&path).map(<[u8]>::to_vec).unwrap_or_default();
        let replaces = model.expected().edit.filter(|_| self.unedited.is_some());
        if self.unedited.is_none() {
            self.is_behind = fs.image().read(&root().join(".wal")).is_ok_and(|log| !log.is_empty());
        }
        let unedited = self.unedited.take().unwrap_or(there);
        let document = says(&bytes);
        let mut edit = HandEdit { document, bytes, durable: false, whole, replaces };
        model.edit(Some(edit.clone()));
        edit.save(fs).map_err(|error| format!("failed in the editor: {error}"))?;
        (edit.durable, edit.replaces) = (true, None);
        let is_undone = edit.bytes == unedited;
        model.edit((!is_undone).then_some(edit));
        self.unedited = (!is_undone).then_some(unedited);
        self.run.world.clock.advance(Duration::from_millis(900));
        Ok(())
    }
}

/// The bytes of the file that a step keeps.
#[must_use]
pub fn kept(number: usize) -> Vec<u8> {
    format!("# kept by step {number}\n").into_bytes()
}
