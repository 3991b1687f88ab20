//! `Context`: where a command runs, who runs it, and how it opens the project.

use crate::cli::{Globals, Verb};
use crate::exit::Exit;
use crate::failure::Failure;
use crate::lines::Lines;
use crate::program::is_agent;
use crate::prompt::Prompt;
use crate::screen::{self, recovery};
use crate::signals::Signals;
use crate::time::Calendar;
use crate::ui::{Format, Ui};
use checklist_store::env::Env;
use checklist_store::{ErrorCorrelator, Event, Intent, Observer, Options, Standing, Store};
use checklist_workflow::engine::{Setup, WorkflowEngine};
use checklist_workflow::event::WorkflowObserver;
use checklist_workflow::file::reason;
use checklist_workflow::project::{self, Project};
use checklist_workflow::registry::Registry;
use checklist_workflow::trace::Tracer;
use checklist_workflow::trust::{TrustStore, state_home};
use checklist_workflow::view::{RunView, StepView};
use std::cell::{Cell, RefCell};
use std::ffi::OsString;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};

/// Everything around a command.
pub(crate) struct Context {
    pub(crate) env: Env,
    pub(crate) ui: Ui,
    pub(crate) signals: Signals,
    pub(crate) globals: Globals,
    /// The folder the command was started in, or `-C`.
    pub(crate) here: PathBuf,
    pub(crate) home: Option<PathBuf>,
    /// The verb, and its step: what is said when it fails.
    pub(crate) doing: String,
    /// Everything that was asked for, as one text: what an idempotency key stands for.
    pub(crate) request: String,
    /// Whether nothing is executed, and what is written stays in memory.
    pub(crate) is_dry: bool,
    /// The run and its revision, as last known: for errors.
    known: RefCell<Option<(String, u64)>>,
    has_spoken: Cell<bool>,
    is_damaged: Cell<bool>,
    heard: Arc<Heard>,
    /// What is told of this process to a distributed trace.
    #[cfg(feature = "otlp")]
    traces: Option<Arc<crate::traces::Traces>>,
}

/// Hears what is said at the end: a change that could not be published, a volume that cannot be relied upon,
/// and what many events of one cause come to.
#[derive(Debug)]
struct Heard {
    delays: Mutex<Vec<String>>,
    doubt: Mutex<Option<String>>,
    correlator: ErrorCorrelator,
}

impl Observer for Heard {
    fn on_event(&self, event: &Event) {
        self.correlator.on_event(event);
        match event {
            Event::PublishDelayed { message, .. } => {
                self.delays.lock().unwrap_or_else(PoisonError::into_inner).push(message.clone());
            }
            Event::VolumeDoubted { name, doubt } => {
                let said = format!("Note: this project is on {name}; {doubt} (this is said once)");
                *self.doubt.lock().unwrap_or_else(PoisonError::into_inner) = Some(said);
            }
            _ => {}
        }
    }
}

pub(crate) fn lookup(name: &str) -> Option<OsString> {
    std::env::var_os(name)
}

impl Context {
    pub(crate) fn new(env: Env, ui: Ui, globals: Globals, verb: &Verb) -> Result<Context, Failure> {
        let here = std::env::current_dir().map_err(|error| {
            Failure::new(Exit::Io, format!("cannot tell which folder this is: {}", reason(&error)))
        })?;
        let here = match &globals.directory {
            Some(directory) => tidied(&here.join(directory)),
            None => here,
        };
        let correlator = ErrorCorrelator::new(Arc::clone(&env.clock));
        let heard = Heard { delays: Mutex::default(), doubt: Mutex::default(), correlator };
        let home = lookup("HOME").map(PathBuf::from).filter(|home| home.is_absolute());
        Ok(Context {
            #[cfg(feature = "otlp")]
            traces: crate::traces::Traces::of(&env, &lookup),
            env,
            ui,
            signals: Signals::default(),
            here,
            home,
            doing: verb.doing(),
            request: format!("{verb:?} {:?}", globals.run),
            globals,
            is_dry: false,
            known: RefCell::default(),
            has_spoken: Cell::new(false),
            is_damaged: Cell::new(false),
            heard: Arc::new(heard),
        })
    }

    /// The same command where nothing is executed: on another disk, with nobody to talk to.
    pub(crate) fn aside(&self, env: Env, ui: Ui) -> Context {
        let correlator = ErrorCorrelator::new(Arc::clone(&env.clock));
        let heard = Heard { delays: Mutex::default(), doubt: Mutex::default(), correlator };
        Context {
            #[cfg(feature = "otlp")]
            traces: None,
            env,
            ui,
            signals: Signals::default(),
            globals: self.globals.clone(),
            here: self.here.clone(),
            home: self.home.clone(),
            doing: self.doing.clone(),
            request: self.request.clone(),
            is_dry: true,
            known: RefCell::default(),
            has_spoken: Cell::new(false),
            is_damaged: Cell::new(false),
            heard: Arc::new(heard),
        }
    }

    pub(crate) fn calendar(&self) -> Calendar {
        Calendar::local(self.env.clock.now())
    }

    /// Somebody to ask, if there is.
    pub(crate) fn prompt(&self) -> Option<Prompt<'_>> {
        Prompt::new(&self.ui, &self.signals)
    }

    pub(crate) fn is_json(&self) -> bool {
        self.ui.format == Format::Json
    }

    /// The project around this folder.
    pub(crate) fn project(&self) -> Result<Project, Failure> {
        Ok(project::discover(&self.env, &self.here, self.home.as_deref())?)
    }

    /// A path as people write it: relative to here where it is below, `~/…` where it is in their home.
    pub(crate) fn shown(&self, path: &Path) -> String {
        match path.strip_prefix(&self.here) {
            Ok(rest) if !rest.as_os_str().is_empty() => rest.display().to_string(),
            _ => project::display_path(path, self.home.as_deref()),
        }
    }

    /// Who is acting. A program that works for somebody says so: `agent:` and their name, unless it gave one of its
    /// own that begins so.
    pub(crate) fn actor(&self, project: Option<&Path>) -> String {
        let said = self.globals.actor.as_ref().map(OsString::from);
        let first = |name: &str| match (&said, name) {
            (Some(said), "CHECKLIST_ACTOR") => Some(said.clone()),
            _ => lookup(name),
        };
        let actor = project::actor(&self.env, project, &first);
        if is_agent() && !actor.starts_with("agent:") { format!("agent:{actor}") } else { actor }
    }

    pub(crate) fn branch(&self, project: &Path) -> Option<String> {
        project::branch(&self.env, project).map(|branch| branch.to_string())
    }

    fn holder(&self) -> String {
        format!("checklist {}", self.doing)
    }

    /// How the store itself is opened, where no run is needed.
    pub(crate) fn store_options(&self) -> Options {
        Store::options()
            .env(self.env.clone())
            .holder(&self.holder())
            .deadline(None)
            .create(false)
            .accept_owner(lookup("CHECKLIST_ACCEPT_OWNER").is_some_and(|value| value == "1"))
            .observe(Arc::clone(&self.heard) as Arc<dyn Observer>)
    }

    /// Who keeps spans of what is executed.
    fn tracer(&self) -> Option<Arc<dyn Tracer>> {
        #[cfg(feature = "otlp")]
        return self.traces.clone().map(|traces| traces as Arc<dyn Tracer>);
        #[cfg(not(feature = "otlp"))]
        None
    }

    /// Sends the spans of what was executed, if there are any. That they cannot be sent changes nothing else.
    #[cfg(feature = "otlp")]
    pub(crate) fn send_traces(&self, verb: &str, exit: Exit) {
        if let Some(Err(why)) = self.traces.as_ref().map(|traces| traces.send(verb, exit)) {
            self.ui.notice(&format!("Note: the trace of this command could not be sent: {why}"));
        }
    }

    pub(crate) fn setup(&self, root: &Path, intent: Intent) -> Setup {
        Setup {
            store: self.store_options().intent(intent),
            actor: self.actor(Some(root)),
            branch: self.branch(root),
            observers: self
                .ui
                .streams
                .then(|| Lines::of(self) as Arc<dyn WorkflowObserver>)
                .into_iter()
                .collect(),
            environment: Arc::new(|name| std::env::var(name).ok()),
            has_terminal: self.ui.can_ask,
            tracer: self.tracer(),
        }
    }

    /// Opens the project for looking at it.
    pub(crate) fn read(&self) -> Result<WorkflowEngine, Failure> {
        self.open(&self.project()?, Intent::Read)
    }

    /// Opens the project for changing it.
    pub(crate) fn write(&self) -> Result<WorkflowEngine, Failure> {
        self.open(&self.project()?, Intent::Write)
    }

    pub(crate) fn open(&self, project: &Project, intent: Intent) -> Result<WorkflowEngine, Failure> {
        let mut engine = WorkflowEngine::init(&project.root, self.setup(&project.root, intent))?;
        if let Some(run) = &self.globals.run {
            engine.look_at(run)?;
        }
        if let Some(damage) = engine.store().damage() {
            self.show_beside(damage.into())?;
        }
        self.say_what_was_found(&engine);
        if intent == Intent::Write {
            self.note(&project.root);
        }
        Ok(engine)
    }

    /// Notes that a project is worked in.
    pub(crate) fn note(&self, root: &Path) {
        if let Some(registry) = self.registry() {
            registry.note(root);
        }
    }

    /// Where the projects of this user are noted, if there is a place for that.
    pub(crate) fn registry(&self) -> Option<Registry> {
        Some(Registry::at(self.env.clone(), &state_home(&lookup)?))
    }

    /// Opens another project for looking at it, without a word about what was found there.
    pub(crate) fn look_into(&self, root: &Path) -> Result<WorkflowEngine, Failure> {
        let setup = Setup { observers: Vec::new(), ..self.setup(root, Intent::Read) };
        Ok(WorkflowEngine::init(root, setup)?)
    }

    /// People are shown what can be proven of a damaged store, beside what is wrong with it; programs get the
    /// error alone.
    fn show_beside(&self, failure: Failure) -> Result<(), Failure> {
        if self.ui.format != Format::Human {
            return Err(failure);
        }
        if !self.is_damaged.replace(true) {
            let rev = self.known().map(|(_, rev)| rev);
            let look = self.ui.look_of_messages();
            self.ui.talk(&screen::error::failure(&failure, &self.doing, rev, false, look));
            let indent = if look.is_spoken() { "" } else { "  " };
            self.ui.talk(&format!("{indent}Shown is what copies, history and log prove.\n"));
        }
        Ok(())
    }

    /// Whether the answer was given beside an error about a damaged store.
    pub(crate) fn is_damaged(&self) -> bool {
        self.is_damaged.get()
    }

    /// The same for a folder that need not be a project yet.
    pub(crate) fn create(&self, root: &Path) -> Result<WorkflowEngine, Failure> {
        Ok(WorkflowEngine::create(root, self.setup(root, Intent::Write))?)
    }

    /// Once, on stderr: repairs, cut-off steps, and a state that was edited by hand.
    fn say_what_was_found(&self, engine: &WorkflowEngine) {
        self.remember(engine);
        if self.has_spoken.replace(true) {
            return;
        }
        let repaired = recovery::recovered(engine.store().recovery());
        let interrupted = recovery::interrupted(engine.newly_interrupted());
        let standing = match engine.store().standing() {
            Standing::Edited => Some(
                "Note: state.yaml was edited by hand and is shown as edited. Before anything else is saved: \
                 checklist adopt, or checklist restore"
                    .to_owned(),
            ),
            Standing::ReadOnly(reason) => Some(format!("Note: nothing can be saved here: {reason}")),
            _ => None,
        };
        for line in [repaired, interrupted, standing].into_iter().flatten() {
            self.ui.notice(&line);
        }
    }

    /// Keeps in mind which run this is and where it stands.
    pub(crate) fn remember(&self, engine: &WorkflowEngine) {
        if let (Some(id), Some(run)) = (engine.run_id(), engine.run()) {
            *self.known.borrow_mut() = Some((id.to_owned(), run.rev));
        }
    }

    /// The run and its revision, as last known.
    pub(crate) fn known(&self) -> Option<(String, u64)> {
        self.known.borrow().clone()
    }

    /// Says what was heard: changes that are saved and not yet published, a doubtful volume, a slow disk.
    pub(crate) fn say_what_was_heard(&self) {
        if let Some(doubt) = self.heard.doubt.lock().unwrap_or_else(PoisonError::into_inner).take() {
            self.ui.notice(&doubt);
        }
        let delays = std::mem::take(&mut *self.heard.delays.lock().unwrap_or_else(PoisonError::into_inner));
        if let Some(last) = delays.last() {
            self.ui.notice(&format!(
                "Note: the change is saved in the log; state.yaml follows with the next command ({last})"
            ));
        }
        self.say_hints();
    }

    /// Says what many events of one cause come to, each once; in a long walk while it goes on.
    pub(crate) fn say_hints(&self) {
        for hint in self.heard.correlator.take_hints() {
            self.ui.notice(&format!("Note: {}. Look closer: {}", hint.message, hint.command));
        }
    }

    /// Where approvals are kept.
    pub(crate) fn trust(&self) -> Result<TrustStore, Failure> {
        let home = state_home(&lookup).ok_or_else(|| {
            Failure::usage(
                "there is no place to keep approvals: neither HOME nor XDG_STATE_HOME holds a path",
            )
        })?;
        Ok(TrustStore::at(self.env.clone(), &home))
    }

    /// The step that is meant: by its id, by the beginning of it that no other has, or the current one.
    pub(crate) fn step<'v>(
        &self,
        engine: &WorkflowEngine,
        view: &'v RunView,
        given: Option<&str>,
    ) -> Result<&'v StepView, Failure> {
        let id = match given {
            // A narrow screen cuts ids like this, and what it shows can be typed.
            Some(given) => Some(engine.step_id(given.trim_end_matches("..."))?),
            None => view.current.clone(),
        };
        view.steps.iter().find(|step| Some(&step.id) == id.as_ref()).ok_or_else(|| {
            Failure::refused("there is no current step").advise("Where it stands: checklist status")
        })
    }
}

/// `path` without `.` and `..`, as far as its text tells.
pub(crate) fn tidied(path: &Path) -> PathBuf {
    use std::path::Component;
    let mut tidy = PathBuf::new();
    for component in path.components() {
        match component {
            Component::CurDir => {}
            Component::ParentDir => {
                tidy.pop();
            }
            other => tidy.push(other),
        }
    }
    tidy
}
