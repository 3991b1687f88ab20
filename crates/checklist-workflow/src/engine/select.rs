//! Which run is worked on: the active one of the project, or one that an engine looks at for itself.

use super::record::Note;
use super::request::{self, Request};
use super::{ActOptions, WorkflowEngine, load};
use crate::error::{Error, Result};
use crate::keys;
use serde_json::json;

impl WorkflowEngine {
    /// Works on another run: the one whose id begins with `prefix`. It becomes the active one.
    ///
    /// # Errors
    /// [`Error::UnknownRun`] if there is none, [`Error::AmbiguousRun`] if there are several, [`Error::Archived`] if
    /// it was put aside.
    pub fn select(&mut self, prefix: &str) -> Result<()> {
        self.make_active(prefix, ActOptions::default(), None)
    }

    /// The same, as the answer to the request that was begun, and only where the options hold of that run.
    ///
    /// # Errors
    /// As [`WorkflowEngine::select`], and [`Error::Conflict`].
    ///
    /// ```
    /// # use checklist_store::{Store, env::mem::World};
    /// # use checklist_workflow::{List as ListOfDay, Setup, WorkflowEngine};
    /// # let world = World::new(1);
    /// # let project = std::path::Path::new("/project");
    /// # world.fs.place_dir(project)?;
    /// # let setup = Setup::new("ana").store(Store::options().env(world.env()));
    /// # let mut engine = WorkflowEngine::create(project, setup)?;
    /// # let day = ListOfDay::parse("day.md", "- [ ] Morning\n- [ ] Noon\n")?;
    /// use checklist_workflow::{ActOptions, Error};
    ///
    /// let first = engine.start(&day, &Default::default())?.run;
    /// engine.start(&day, &Default::default())?;
    /// let conflict = engine.switch(&first, &ActOptions { if_rev: Some(7) });
    /// assert!(matches!(conflict, Err(Error::Conflict { rev: 1 })));
    /// engine.switch(&first, &ActOptions { if_rev: Some(1) })?;
    /// assert_eq!(engine.run_id(), Some(first.as_str()));
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn switch(&mut self, prefix: &str, options: &ActOptions) -> Result<()> {
        self.stores_no_secret(&self.masker())?;
        let request = self.request.take();
        self.make_active(prefix, *options, request)
    }

    /// Works on another run for the life of this engine alone.
    ///
    /// # Errors
    /// As [`WorkflowEngine::select`].
    pub fn look_at(&mut self, prefix: &str) -> Result<()> {
        let id = self.find_run(prefix)?;
        self.open_run(&id)
    }

    fn make_active(&mut self, prefix: &str, options: ActOptions, request: Option<Request>) -> Result<()> {
        let id = self.find_run(prefix)?;
        if self.store.snapshot().read(&keys::run(&id)).is_none() {
            return Err(Error::Archived(id));
        }
        if self.store.snapshot().read_as::<String>(&keys::ACTIVE)?.as_deref() != Some(&id) {
            let mut txn = self.store.begin()?;
            let before = load(txn.read_as(&keys::run(&id)), &id)?;
            request::check(request.as_ref(), &before)?;
            options.check(&before)?;
            if let Some(request) = &request {
                let mut answered = before;
                request::keep(Some(request), &mut answered, &Note::new("switch", None, ""));
                txn.write(&keys::answered(&id, &request.key), &answered.keys[&request.key])?;
            }
            txn.write(&keys::ACTIVE, &id)?;
            txn.set_note(json!({"verb": "switch", "run": id, "actor": self.actor}));
            txn.commit()?;
        }
        self.open_run(&id)
    }
}
