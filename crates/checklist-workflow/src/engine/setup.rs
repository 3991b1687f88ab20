//! `Setup`: what an engine is given, the world and who is acting.

use crate::event::WorkflowObserver;
use crate::trace::Tracer;
use checklist_store::{Options, Store};
use std::sync::Arc;

/// What an engine is given: the world, and who is acting.
///
/// ```
/// use checklist_workflow::{Setup, WorkflowEvent};
///
/// let setup = Setup::new("deploy-bot").observed_by(|event: &WorkflowEvent| eprintln!("{event}"));
/// assert_eq!(setup.observers.len(), 1);
/// ```
#[derive(Clone)]
pub struct Setup {
    /// How the store is opened: the world, the intent, who is told. The engine adds its own rules, and no
    /// deadline.
    pub store: Options,
    /// Who is acting, as said.
    pub actor: String,
    /// The git branch, if there is one.
    pub branch: Option<String>,
    /// Who is told about the run.
    pub observers: Vec<Arc<dyn WorkflowObserver>>,
    /// Where secrets and other variables with `from_env` have their values.
    pub environment: Environment,
    /// Whether interactive commands may have the terminal of this process.
    pub has_terminal: bool,
    /// Who keeps spans of steps and attempts, for a distributed trace.
    pub tracer: Option<Arc<dyn Tracer>>,
}

/// The environment that a run reads its variables from: the value of a name.
pub type Environment = Arc<dyn Fn(&str) -> Option<String> + Send + Sync>;

/// An environment in which nothing is set.
///
/// ```
/// let environment = checklist_workflow::empty_environment();
/// assert_eq!(environment("PATH"), None);
/// ```
#[must_use]
pub fn empty_environment() -> Environment {
    Arc::new(|_| None)
}

impl Setup {
    /// The real disk, in the name of `actor`: nobody is told of anything, no secret has a value, and there is no
    /// terminal.
    #[must_use]
    pub fn new(actor: impl Into<String>) -> Setup {
        let actor = actor.into();
        Setup {
            store: Store::options().holder(&actor),
            actor,
            branch: None,
            observers: Vec::new(),
            environment: empty_environment(),
            has_terminal: false,
            tracer: None,
        }
    }

    /// The same, opening the store in another way.
    #[must_use]
    pub fn store(mut self, options: Options) -> Setup {
        self.store = options;
        self
    }

    /// The same, with one more who is told about the run.
    #[must_use]
    pub fn observed_by(mut self, observer: impl WorkflowObserver + 'static) -> Setup {
        self.observers.push(Arc::new(observer));
        self
    }

    /// The same, with the values of secrets and other variables that have a `from_env`.
    #[must_use]
    pub fn environment(mut self, value_of: impl Fn(&str) -> Option<String> + Send + Sync + 'static) -> Setup {
        self.environment = Arc::new(value_of);
        self
    }
}
