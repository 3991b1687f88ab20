//! The engine on a real disk: operations, refusals, interruption, undo, and the corpus run to its end.
#![expect(
    clippy::disallowed_methods,
    clippy::unwrap_used,
    reason = "tests look at the real disk, and fail loudly"
)]

/// Says something past the capture of the test runner: figures and skipped tests are for everybody to see.
macro_rules! say {
    ($($text:tt)*) => {{
        use std::io::Write as _;
        let _ = writeln!(std::io::stderr(), $($text)*);
    }};
}

mod archive;
mod attempts;
mod both;
mod clocks;
mod commands;
mod conditions;
mod corpus;
mod execution;
mod migration;
mod operations;
mod others;
mod secrets;
mod together;
mod transitions;
mod undo;

use checklist_store::Store;
use checklist_store::workspace::Workspace;
use checklist_workflow::engine::{ActOptions, Claim, Setup};
use checklist_workflow::{List, Progress, WorkflowEngine, WorkflowEvent, WorkflowObserver};
use std::collections::BTreeMap;
use std::sync::atomic::AtomicBool;
use std::sync::{Arc, Mutex};

/// A project in a folder of its own, whose store is checked when the test ends.
struct TestProject {
    folder: Workspace,
    events: Arc<Mutex<Vec<WorkflowEvent>>>,
}

struct Recorder(Arc<Mutex<Vec<WorkflowEvent>>>);

impl WorkflowObserver for Recorder {
    fn on_event(&self, event: &WorkflowEvent) {
        self.0.lock().unwrap().push(event.clone());
    }
}

impl TestProject {
    fn new() -> TestProject {
        TestProject { folder: Workspace::on_disk(), events: Arc::default() }
    }

    fn engine(&self) -> WorkflowEngine {
        let setup = Setup {
            store: Store::options().holder("a test"),
            actor: "ana".to_owned(),
            branch: Some("main".to_owned()),
            observers: vec![Arc::new(Recorder(self.events.clone()))],
            environment: checklist_workflow::empty_environment(),
            has_terminal: false,
            tracer: None,
        };
        WorkflowEngine::create(self.folder.project(), setup).unwrap()
    }

    fn started(&self, name: &str, source: &str) -> WorkflowEngine {
        let list = List::parse(name, source).unwrap_or_else(|errors| panic!("{}", errors.render(false)));
        let mut engine = self.engine();
        engine.start(&list, &BTreeMap::new()).unwrap();
        engine
    }

    fn take_events(&self) -> Vec<WorkflowEvent> {
        std::mem::take(&mut self.events.lock().unwrap())
    }
}

const NOW: ActOptions = ActOptions { if_rev: None };

fn never() -> AtomicBool {
    AtomicBool::new(false)
}

fn done(engine: &mut WorkflowEngine, step: &str) -> checklist_workflow::Result<checklist_workflow::Acted> {
    engine.done(step, Claim::None, &NOW, &never())
}

fn statuses(engine: &WorkflowEngine) -> String {
    engine.view().unwrap().steps.iter().map(|step| step.status.marker()).collect()
}

fn progress(engine: &WorkflowEngine) -> Progress {
    engine.view().unwrap().progress
}
