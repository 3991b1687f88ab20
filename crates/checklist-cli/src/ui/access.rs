//! `Access`: how a panel reaches the engine: opened, asked, closed, so that no lock outlives a wish.

use super::action::Seen;
use crate::approval;
use crate::context::Context;
use crate::failure::Failure;
use crate::screen::recovery;
use checklist_store::env::Env;
use checklist_store::{Intent, Standing};
use checklist_workflow::engine::{Setup, WorkflowEngine};
use checklist_workflow::project;
use checklist_workflow::trust::TrustStore;
use std::collections::BTreeMap;
use std::path::PathBuf;
use std::sync::{Mutex, PoisonError};

/// Everything that is needed to open the project, on any thread.
pub(crate) struct Access {
    pub(crate) env: Env,
    pub(crate) root: PathBuf,
    pub(crate) trust: TrustStore,
    /// The run that is meant, where it is not the active one.
    run: Option<String>,
    reading: Setup,
    writing: Setup,
    /// Secrets that somebody gave, in memory alone, for as long as the panel is open.
    secrets: Mutex<BTreeMap<String, String>>,
}

impl Access {
    pub(crate) fn new(ctx: &Context, root: PathBuf) -> Result<Access, Failure> {
        Ok(Access {
            env: ctx.env.clone(),
            trust: ctx.trust()?,
            run: ctx.globals.run.clone(),
            reading: ctx.setup(&root, Intent::Read),
            writing: ctx.setup(&root, Intent::Write),
            root,
            secrets: Mutex::default(),
        })
    }

    /// The same in a world of a test, for its only run.
    #[cfg(test)]
    pub(crate) fn within(env: &Env, root: &std::path::Path, state_home: &std::path::Path) -> Access {
        let setup = |intent| Setup {
            store: checklist_store::Store::options().env(env.clone()).holder("a test").intent(intent),
            actor: "ana".to_owned(),
            branch: None,
            observers: Vec::new(),
            environment: checklist_workflow::empty_environment(),
            has_terminal: false,
            tracer: None,
        };
        Access {
            env: env.clone(),
            root: root.to_owned(),
            trust: TrustStore::at(env.clone(), state_home),
            run: None,
            reading: setup(Intent::Read),
            writing: setup(Intent::Write),
            secrets: Mutex::default(),
        }
    }

    /// Opens the project for looking at it.
    pub(crate) fn read(&self) -> Result<WorkflowEngine, Failure> {
        self.open(self.reading.clone())
    }

    /// Opens the project for changing it. `has_terminal` says that commands may talk to a person.
    pub(crate) fn write(&self, has_terminal: bool) -> Result<WorkflowEngine, Failure> {
        let mut engine = self.open(Setup { has_terminal, ..self.writing.clone() })?;
        for (name, value) in self.secrets.lock().unwrap_or_else(PoisonError::into_inner).iter() {
            engine.provide_secret(name, value)?;
        }
        Ok(engine)
    }

    fn open(&self, setup: Setup) -> Result<WorkflowEngine, Failure> {
        let mut engine = WorkflowEngine::init(&self.root, setup)?;
        if let Some(run) = &self.run {
            engine.look_at(run)?;
        }
        Ok(engine)
    }

    #[cfg(test)]
    pub(crate) fn create(&self) -> Result<WorkflowEngine, Failure> {
        Ok(WorkflowEngine::create(&self.root, self.writing.clone())?)
    }

    /// Keeps a secret for the commands that are still to come.
    pub(crate) fn keep_secret(&self, name: &str, value: &str) {
        let mut secrets = self.secrets.lock().unwrap_or_else(PoisonError::into_inner);
        secrets.insert(name.to_owned(), value.to_owned());
    }

    /// The run as an engine that was just opened knows it.
    pub(crate) fn seen(&self, engine: &WorkflowEngine) -> Result<Seen, Failure> {
        let damage = engine.store().damage().map(|damage| {
            format!(
                "{}. Shown is what copies, history and log prove: checklist doctor",
                Failure::from(damage).message
            )
        });
        let standing = match engine.store().standing() {
            Standing::Edited => Some(
                "state.yaml was edited by hand. Before anything else is saved: checklist adopt, or checklist restore"
                    .to_owned(),
            ),
            Standing::ReadOnly(reason) => Some(format!("Nothing can be saved here: {reason}")),
            _ => None,
        };
        let repaired = recovery::recovered(engine.store().recovery());
        let interrupted = recovery::interrupted(engine.newly_interrupted());
        let branch = project::branch(&self.env, &self.root).map(|branch| branch.to_string());
        let found = repaired.into_iter().chain(interrupted).collect();
        let notices = damage.into_iter().chain(standing).collect();
        Ok(Seen { view: engine.view()?, branch, found, notices })
    }

    /// The content of the run's list, for approval.
    pub(crate) fn content<'e>(
        &self,
        engine: &'e WorkflowEngine,
        path: &'e str,
    ) -> Option<approval::Content<'e>> {
        let template = engine.template()?;
        Some(approval::Content { root: engine.project(), path, name: None, template })
    }
}
