//! `Glance`: the runs of a project as its files show them, without a lock, a repair or a write.

use crate::confine::confine;
use crate::engine::{Called, archived_ids, called, load, read_template};
use crate::error::Result;
use crate::keys;
use crate::project::Project;
use crate::run::Run;
use crate::template::Template;
use checklist_store::env::Env;
use checklist_store::{Options, Snapshot, Store};
use std::path::PathBuf;

/// A longer list is not read in passing: it takes a million instructions for each KiB.
const PASSING_BYTES_MAX: u64 = 8 * 1024;

/// What a shell prompt and a completion show: the committed state of this moment. A step that is active may be
/// executed right now, or be one whose process died since anybody opened the run: to tell these apart takes a lock.
///
/// ```
/// # use checklist_store::{Store, env::mem::World};
/// # use checklist_workflow::{List as ListOfDay, Setup, WorkflowEngine};
/// # let world = World::new(1);
/// # let project = std::path::Path::new("/project");
/// # world.fs.place_dir(project)?;
/// # let setup = Setup::new("ana").store(Store::options().env(world.env()));
/// # let mut engine = WorkflowEngine::create(project, setup)?;
/// # engine.start(&ListOfDay::parse("day.md", "- [ ] Morning\n- [ ] Noon\n")?, &Default::default())?;
/// use checklist_workflow::glance::Glance;
/// use checklist_workflow::project::Project;
///
/// // Looks at the files as they are: no lock, no repair, no write.
/// let here = Project { root: project.to_owned() };
/// let glance = Glance::at(&world.env(), &Store::options().env(world.env()), &here)?;
/// let id = glance.active()?.expect("a run is open");
/// assert_eq!((glance.ids(), glance.archived_ids()?), (vec![id.clone()], vec![]));
/// assert_eq!(glance.find(&id[..6]), Some(id.clone()));
/// let run = glance.run(&id)?;
/// assert_eq!(glance.steps_of(&run), Some(2));
/// assert_eq!(glance.template(&run)?.steps.len(), 2);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug)]
pub struct Glance {
    snapshot: Snapshot,
    env: Env,
    folder: PathBuf,
}

impl Glance {
    /// Looks at a project. `options` say in which world, and whether a folder of another user is taken.
    ///
    /// # Errors
    /// [`Error::Store`](crate::error::Error::Store) as [`Store::glance`].
    pub fn at(env: &Env, options: &Options, project: &Project) -> Result<Glance> {
        let folder = project.folder();
        Ok(Glance { snapshot: Store::glance(options, &folder)?, env: env.clone(), folder })
    }

    /// The id of the run that is meant when none is named, if there is one.
    ///
    /// # Errors
    /// [`Error::Store`](crate::error::Error::Store) if the state does not hold it as it should.
    pub fn active(&self) -> Result<Option<String>> {
        let active: Option<String> = self.snapshot.read_as(&keys::ACTIVE)?;
        Ok(active.filter(|id| self.snapshot.contains(&keys::run(id))))
    }

    /// The ids of all runs of the state.
    #[must_use]
    pub fn ids(&self) -> Vec<String> {
        self.snapshot.names(&keys::RUNS)
    }

    /// The ids of the runs that were put aside.
    ///
    /// # Errors
    /// [`Error::File`](crate::error::Error::File) if their folder is there and cannot be listed.
    pub fn archived_ids(&self) -> Result<Vec<String>> {
        archived_ids(&self.env, &self.folder, &self.snapshot)
    }

    /// A run of the state.
    ///
    /// # Errors
    /// [`Error::UnknownRun`](crate::error::Error::UnknownRun), [`Error::Malformed`](crate::error::Error::Malformed).
    pub fn run(&self, id: &str) -> Result<Run> {
        load(self.snapshot.read_as(&keys::run(id)), id)
    }

    /// The run of the state that a text names, in any of the ways in which
    /// [`WorkflowEngine::look_at`](crate::WorkflowEngine::look_at) takes it.
    #[must_use]
    pub fn find(&self, text: &str) -> Option<String> {
        let runs = self.ids().into_iter().filter_map(|id| {
            let run = self.run(&id).ok()?;
            Some(Called { id, name: run.name, list: Some(run.template_id) })
        });
        called(&runs.collect::<Vec<_>>(), text).ok()
    }

    /// How many steps a run has; `None` where its list is too long to be read in passing, or cannot be read.
    #[must_use]
    pub fn steps_of(&self, run: &Run) -> Option<usize> {
        let copy = confine(&self.env, &self.folder, &run.template.copy).ok()?;
        let length = self.env.fs.stat(&copy).ok()?.len;
        (length <= PASSING_BYTES_MAX).then(|| self.template(run).ok())?.map(|template| template.steps.len())
    }

    /// The copy of its list that a run goes by.
    ///
    /// # Errors
    /// [`Error::TemplateCopy`](crate::error::Error::TemplateCopy) if it is missing or was changed.
    pub fn template(&self, run: &Run) -> Result<Template> {
        read_template(&self.env, &self.folder, &run.template)
    }
}
