//! `RunSummary`: a run in one line, as lists of runs show it.

use crate::engine::WorkflowEngine;
use crate::error::Result;
use crate::keys;
use crate::run::{Run, RunStatus};
use checklist_store::env::Timestamp;

/// A run, in one line.
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
/// use checklist_workflow::RunSummary;
///
/// let runs: Vec<RunSummary> = engine.runs()?;
/// assert!(runs[0].is_active && !runs[0].is_archived);
/// assert_eq!((runs[0].template.as_str(), runs[0].settled), ("day", 0));
/// assert!(engine.archived_runs()?.0.is_empty());
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RunSummary {
    /// Its id.
    pub id: String,
    /// The shortest beginning of it that no other run has, at least six characters.
    pub short: String,
    /// What people call it.
    pub name: Option<String>,
    /// The id of its template.
    pub template: String,
    /// The path the template was read from.
    pub origin: String,
    /// Where it stands.
    pub status: RunStatus,
    /// Steps done and skipped so far; the total is known only of a run that is opened.
    pub settled: usize,
    /// When its last operation was saved.
    pub updated_at: Timestamp,
    /// Whether it is the one that is meant when none is named.
    pub is_active: bool,
    /// Whether it was put aside.
    pub is_archived: bool,
}

impl WorkflowEngine {
    /// All runs of the project, newest first.
    ///
    /// # Errors
    /// [`Error::Malformed`](crate::error::Error::Malformed) if the state does not hold them as it should.
    pub fn runs(&self) -> Result<Vec<RunSummary>> {
        let snapshot = self.store.snapshot();
        let active: Option<String> = snapshot.read_as(&keys::ACTIVE)?;
        let ids = snapshot.names(&keys::RUNS);
        let summary = |id: &String| {
            let run = crate::engine::load(snapshot.read_as(&keys::run(id)), id)?;
            Ok(RunSummary { is_active: active.as_ref() == Some(id), ..summary(id, &run, &ids) })
        };
        let mut summaries = ids.iter().map(summary).collect::<Result<Vec<_>>>()?;
        summaries.sort_by(|a, b| b.updated_at.cmp(&a.updated_at).then(b.id.cmp(&a.id)));
        Ok(summaries)
    }

    /// The runs that were put aside, the last first. A file that cannot be read as one is told, and no reason not to
    /// show the others.
    ///
    /// # Errors
    /// Those of [`WorkflowEngine::archived_ids`].
    pub fn archived_runs(&self) -> Result<(Vec<RunSummary>, Vec<crate::error::Error>)> {
        let ids = self.archived_ids()?;
        // What is shown has to be told from the runs of the state as well.
        let mut all = self.store.snapshot().names(&keys::RUNS);
        all.extend(ids.iter().cloned());
        let (mut summaries, mut unreadable) = (Vec::new(), Vec::new());
        for id in &ids {
            match self.read_archive(id) {
                Ok(Some(archive)) => {
                    summaries.push(RunSummary { is_archived: true, ..summary(id, &archive.run, &all) });
                }
                Ok(None) => {}
                Err(error) => unreadable.push(error),
            }
        }
        summaries.sort_by(|a, b| b.updated_at.cmp(&a.updated_at).then(b.id.cmp(&a.id)));
        Ok((summaries, unreadable))
    }
}

/// A run in one line.
fn summary(id: &str, run: &Run, ids: &[String]) -> RunSummary {
    RunSummary {
        id: id.to_owned(),
        short: short_id(id, ids),
        name: run.name.clone(),
        template: run.template_id.clone(),
        origin: run.template.origin.clone(),
        status: run.status,
        settled: run.steps.values().filter(|state| state.status.is_settled()).count(),
        updated_at: run.updated_at.0,
        is_active: false,
        is_archived: false,
    }
}

/// The shortest beginning of an id that no other has, at least six characters.
pub(super) fn short_id(id: &str, all: &[String]) -> String {
    let is_unique = |len: &usize| !all.iter().any(|other| other != id && other.starts_with(&id[..*len]));
    let len = (6..id.len()).find(is_unique).unwrap_or(id.len());
    id[..len].to_owned()
}
