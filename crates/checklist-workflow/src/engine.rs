//! `WorkflowEngine`: a thin shell around the store that runs the transition function and keeps its results.

mod setup;

mod act;
mod advance;
mod answer;
mod archive;
mod attempts;
mod claim;
mod conclude;
mod copies;
mod danger;
mod execute;
mod foresee;
mod happened;
mod history;
mod interrupted;
mod migrate;
mod named;
mod open;
mod prepare;
mod record;
mod request;
mod restore;
mod retry;
mod rollback;
mod select;
mod spans;
mod stacks;
mod start;
mod stats;
mod undo;
mod verify;

use crate::archive::Archive;
use crate::error::{Error, Result};
use crate::event::{WorkflowEvent, WorkflowObserver};
use crate::keys;
use crate::run::{Moment, Run, RunStatus};
use crate::template::Template;
use crate::transition::{self, Operation, Stamp};
use crate::view;
use checklist_store::{Store, Verdict};
use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};
use std::sync::Arc;

pub(crate) use archive::archived_ids;
pub(crate) use copies::read_template;
pub(crate) use named::{Called, called};
pub(crate) use record::load;
use record::{Note, note_value, write_changes};
use request::Request;

pub use record::check_runs;
pub(crate) use start::imported_steps;

pub use act::{Acted, Claim};
pub use advance::Advanced;
pub use archive::ArchivedRun;
pub use attempts::Attempted;
pub use claim::{CLAIM_DEFAULT, ClaimTaken};
pub use danger::Dangerous;
pub use execute::Progressed;
pub use happened::Happened;
pub use history::Entry;
pub use interrupted::{Settled, UnknownCommand};
pub use migrate::Migrated;
pub use request::REQUEST_KEY_BYTES_MAX;
pub use restore::{Restoration, RunChange};
pub use setup::{Environment, Setup, empty_environment};
pub use stats::{CommandStats, Stats};
pub use undo::{RanCommand, Undone};
pub use verify::{Verification, Verified};

/// What holds for one operation alone.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct ActOptions {
    /// The revision the caller expects the run to be at.
    pub if_rev: Option<u64>,
}

impl ActOptions {
    /// Refuses where the run is not as the caller expects it.
    pub(crate) fn check(&self, run: &Run) -> Result<()> {
        match self.if_rev.is_some_and(|rev| rev != run.rev) {
            true => Err(Error::Conflict { rev: run.rev }),
            false => Ok(()),
        }
    }
}

/// Where an operation was saved.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Saved {
    /// The number of the operation.
    pub rev: u64,
    /// The run.
    pub run: String,
}

/// The run that is worked on.
pub(crate) struct Selected {
    pub(crate) id: String,
    pub(crate) run: Run,
    pub(crate) template: Template,
    /// Whether another process executes a step of it.
    pub(crate) is_running: bool,
    /// The file it was put into when it was finished, if it is there and not in the state.
    pub(crate) archived: Option<Archive>,
}

/// Runs a list: thin, synchronous, and safe to use from several processes at once, for every operation
/// begins with what is on disk.
///
/// Each operation is one transaction of the store. Observers are told after it is durable, never before.
///
/// ```
/// # use checklist_store::{Store, env::mem::World};
/// # let world = World::new(1);
/// # let project = std::path::Path::new("/project");
/// # world.fs.place_dir(project)?;
/// # let setup = || checklist_workflow::Setup::new("ana").store(Store::options().env(world.env()));
/// use checklist_workflow::{ActOptions, Claim, Error, List, Refusal, StepStatus, WorkflowEngine};
/// use std::collections::BTreeMap;
/// use std::sync::atomic::AtomicBool;
///
/// let list = List::parse("home.yaml", "
/// checklist: 1
/// id: home
/// title: Leave the house
/// steps:
///   - { id: stove, title: The stove is off, killer: true }
///   - { id: door, title: The door is locked }
/// ")?;
/// let (now, cancel) = (ActOptions::default(), AtomicBool::new(false));
/// let mut engine = WorkflowEngine::create(project, setup())?;
/// engine.start(&list, &BTreeMap::new())?;
///
/// // A rule that stands in the way is an error, and changes nothing.
/// let refused = engine.done("door", Claim::None, &now, &cancel);
/// assert!(matches!(refused, Err(Error::Refused(Refusal::Unmet { .. }))));
/// let done = engine.done("stove", Claim::None, &now, &cancel)?;
/// assert_eq!(done.status, StepStatus::Done);
/// drop(engine);
///
/// // Another process, or another day: the run is where it was.
/// let mut engine = WorkflowEngine::init(project, setup())?;
/// assert_eq!(engine.view()?.current.as_deref(), Some("door"));
/// engine.undo(&now)?;
/// assert_eq!(engine.view()?.current.as_deref(), Some("stove"));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
pub struct WorkflowEngine {
    pub(crate) store: Store,
    pub(crate) project: PathBuf,
    pub(crate) actor: String,
    pub(crate) branch: Option<String>,
    pub(crate) observers: Vec<Arc<dyn WorkflowObserver>>,
    pub(crate) selected: Option<Selected>,
    pub(crate) environment: Environment,
    pub(crate) has_terminal: bool,
    tracing: spans::Tracing,
    /// Secrets that somebody gave, in memory alone.
    provided: BTreeMap<String, String>,
    /// Steps and commands that somebody said yes to.
    allowed_dangers: BTreeSet<(String, String)>,
    newly_interrupted: Vec<String>,
    /// Whether it was opened to look, and not to write.
    is_looking: bool,
    /// The request that the next operation answers.
    pub(crate) request: Option<Request>,
}

impl WorkflowEngine {
    /// Opens the project's `.checklist`, which exists: repairs what a crash left, and finds the steps of the
    /// active run that were cut off.
    ///
    /// # Errors
    /// [`Error::Store`], [`Error::TemplateCopy`], [`Error::Malformed`].
    pub fn init(project: &Path, setup: Setup) -> Result<WorkflowEngine> {
        WorkflowEngine::open(project, setup, false)
    }

    /// The same, and creates `.checklist` if it is missing.
    ///
    /// # Errors
    /// As [`WorkflowEngine::init`].
    pub fn create(project: &Path, setup: Setup) -> Result<WorkflowEngine> {
        WorkflowEngine::open(project, setup, true)
    }

    fn open(project: &Path, setup: Setup, is_creating: bool) -> Result<WorkflowEngine> {
        let emit =
            |event: &WorkflowEvent| setup.observers.iter().for_each(|observer| observer.on_event(event));
        emit(&WorkflowEvent::RecoveryStarted);
        let is_looking = setup.store.is_for_reading();
        let store = setup
            .store
            // People and slow machines are not to be refused for taking their time: edits are in memory.
            .deadline(None)
            .validate(record::check_runs)
            .create(is_creating)
            .open(project.join(".checklist"))?;
        let mut engine = WorkflowEngine {
            store,
            project: project.to_owned(),
            actor: setup.actor,
            branch: setup.branch,
            observers: setup.observers,
            selected: None,
            environment: setup.environment,
            has_terminal: setup.has_terminal,
            tracing: spans::Tracing::by(setup.tracer),
            provided: BTreeMap::new(),
            allowed_dangers: BTreeSet::new(),
            newly_interrupted: Vec::new(),
            is_looking,
            request: None,
        };
        let active: Option<String> = engine.store.snapshot().read_as(&keys::ACTIVE)?;
        if let Some(id) = active.filter(|id| engine.store.snapshot().contains(&keys::run(id))) {
            engine.open_run(&id)?;
        }
        let redone = match engine.store.recovery().verdict {
            Verdict::Redone => engine.store.recovery().redone.len(),
            _ => 0,
        };
        let interrupted = engine.newly_interrupted.clone();
        engine.emit(&WorkflowEvent::RecoveryCompleted { redone, interrupted });
        Ok(engine)
    }

    pub(crate) fn emit(&self, event: &WorkflowEvent) {
        self.observers.iter().for_each(|observer| observer.on_event(event));
    }

    /// The store.
    #[must_use]
    pub fn store(&self) -> &Store {
        &self.store
    }

    /// The store, to adopt or restore its state.
    pub fn store_mut(&mut self) -> &mut Store {
        &mut self.store
    }

    /// The project's folder, in which commands run.
    #[must_use]
    pub fn project(&self) -> &Path {
        &self.project
    }

    /// The steps that this engine, when it opened the run, found cut off.
    #[must_use]
    pub fn newly_interrupted(&self) -> &[String] {
        &self.newly_interrupted
    }

    /// The run that is worked on.
    #[must_use]
    pub fn run(&self) -> Option<&Run> {
        self.selected.as_ref().map(|selected| &selected.run)
    }

    /// The id of the run that is worked on.
    #[must_use]
    pub fn run_id(&self) -> Option<&str> {
        self.selected.as_ref().map(|selected| selected.id.as_str())
    }

    /// The template of the run that is worked on: the run's own copy.
    #[must_use]
    pub fn template(&self) -> Option<&Template> {
        self.selected.as_ref().map(|selected| &selected.template)
    }

    /// SHA-256 of the source of that template: what trust is given to.
    #[must_use]
    pub fn trust_hash(&self) -> Option<&str> {
        self.selected.as_ref().map(|selected| selected.run.template.sha256.as_str())
    }

    pub(crate) fn selected(&self) -> Result<&Selected> {
        self.selected.as_ref().ok_or(Error::NoRun)
    }

    /// Takes in what other processes did.
    pub(crate) fn refresh(&mut self) -> Result<()> {
        self.store.refresh()?;
        let Some(selected) = self.selected.as_ref().filter(|selected| selected.archived.is_none()) else {
            return Ok(());
        };
        let run = load(self.store.snapshot().read_as(&keys::run(&selected.id)), &selected.id)?;
        let migrated = match run.template == selected.run.template {
            true => None,
            false => Some(self.load_template(&run)?),
        };
        if let Some(selected) = &mut self.selected {
            selected.run = run;
            if let Some(template) = migrated {
                selected.template = template;
            }
        }
        Ok(())
    }

    pub(crate) fn stamp(&self) -> Stamp {
        Stamp { at: Moment(self.store.env().clock.now()), by: self.actor.clone() }
    }

    /// Runs operations on the run as it is on disk, and saves what becomes of it as one.
    pub(crate) fn apply(
        &mut self,
        operations: &[Operation],
        note: &Note<'_>,
        options: ActOptions,
    ) -> Result<Saved> {
        let stamp = self.stamp();
        let masker = self.masker();
        let selected = self.selected.as_ref().ok_or(Error::NoRun)?;
        if selected.archived.is_some() {
            return Err(Error::Archived(selected.id.clone()));
        }
        self.stores_no_secret(&masker)?;
        let id = selected.id.clone();
        let mut txn = self.store.begin()?;
        let before = load(txn.read_as(&keys::run(&id)), &id)?;
        // Whoever goes by another version of the list than the run does now has to look again.
        if before.template != selected.run.template {
            return Err(Error::Conflict { rev: before.rev });
        }
        request::check(self.request.as_ref(), &before)?;
        options.check(&before)?;
        let mut after = Run { branch: self.branch.clone(), ..before.clone() };
        for operation in operations {
            after = transition::next(&after, &selected.template, &operation.masked(&masker), &stamp)?;
        }
        after.rev = before.rev + 1;
        let note = Note { detail: masker.mask(&note.detail), ..*note };
        request::keep(self.request.as_ref(), &mut after, &note);
        write_changes(&mut txn, &id, &before, &after)?;
        let rev = after.rev;
        txn.set_note(note_value(&stamp.by, &id, rev, &note));
        txn.commit()?;
        self.request = None;
        self.saved(&before, after);
        Ok(Saved { rev, run: id })
    }

    /// Takes in what was saved, and tells it.
    pub(crate) fn saved(&mut self, before: &Run, after: Run) {
        let Some(selected) = &mut self.selected else { return };
        selected.run = after;
        let selected = self.selected.as_ref().expect("a run is selected");
        let after = &selected.run;
        for step in &selected.template.steps {
            let status = after.status_of(&step.id);
            if status != before.status_of(&step.id) {
                WorkflowEvent::of_step(&step.id, status).for_each(|event| self.emit(&event));
            }
        }
        self.tell_progress();
        if after.status == RunStatus::Completed && before.status != RunStatus::Completed {
            self.emit(&WorkflowEvent::WorkflowCompleted { run: selected.id.clone() });
        }
    }

    pub(super) fn tell_progress(&self) {
        if let Some(selected) = &self.selected {
            self.emit(&WorkflowEvent::ProgressUpdated(view::progress(&selected.run, &selected.template)));
        }
    }
}

/// The name of the lock that says who executes a run.
pub(crate) fn run_lock(id: &str) -> String {
    format!("run-{id}")
}
