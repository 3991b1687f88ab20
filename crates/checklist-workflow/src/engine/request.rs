//! Requests with an idempotency key: the answer is stored in the transaction that makes the change, so that a
//! repetition is answered the same and changes nothing.

use super::record::Note;
use super::{Selected, WorkflowEngine};
use crate::error::{Error, Result};
use crate::keys;
use crate::run::{Answered, Run};
use sha2::{Digest as _, Sha256};
use std::fmt::Write as _;

/// The longest key.
pub const REQUEST_KEY_BYTES_MAX: usize = 200;

/// Digits kept of the hash of a request.
const HASH_DIGITS: usize = 32;

/// A request that is being answered.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Request {
    pub(super) key: String,
    hash: String,
}

impl Request {
    /// What was answered when this request came before.
    ///
    /// # Errors
    /// [`Error::KeyReused`] if the key came with another request.
    fn answered_in(&self, run: &Run) -> Result<Option<Answered>> {
        match run.keys.get(&self.key) {
            None => Ok(None),
            Some(answered) if answered.request == self.hash => Ok(Some(answered.clone())),
            Some(answered) => Err(Error::KeyReused { key: self.key.clone(), op: answered.op }),
        }
    }
}

impl WorkflowEngine {
    /// Begins to answer a request: the next operation that is saved stores `key` and a hash of `request`, which is
    /// everything that was asked for, as one text. If this very request was answered before, that answer is given,
    /// and nothing is to be done.
    ///
    /// A key belongs to the run that is worked on; one that begins a run is looked for in `all` runs.
    ///
    /// # Errors
    /// [`Error::KeyReused`] if the key came with another request, and [`Error::BadKey`].
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
    /// use checklist_workflow::ActOptions;
    ///
    /// let first = engine.begin_request("request-1", "skip morning", false)?;
    /// engine.skip("morning", Some("slept"), None, &ActOptions::default())?;
    /// // The same again: it was answered, and nothing is done twice.
    /// let again = engine.begin_request("request-1", "skip morning", false)?;
    /// assert!(first.is_none() && again.is_some());
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn begin_request(
        &mut self,
        key: &str,
        request: &str,
        all: bool,
    ) -> Result<Option<(String, Answered)>> {
        let is_fine = |byte: u8| (b'!'..=b'~').contains(&byte);
        if key.is_empty() || key.len() > REQUEST_KEY_BYTES_MAX || !key.bytes().all(is_fine) {
            return Err(Error::BadKey);
        }
        self.refresh()?;
        let request = Request { key: key.to_owned(), hash: hash(request) };
        let id = self.selected.as_ref().map(|selected| selected.id.clone());
        let here = self.selected.iter().map(|Selected { id, run, .. }| (id.clone(), run.clone()));
        let mut runs: Vec<(String, Run)> = here.collect();
        if all {
            let snapshot = self.store.snapshot();
            for other in snapshot.names(&keys::RUNS).into_iter().filter(|other| Some(other) != id.as_ref()) {
                let run = super::load(snapshot.read_as(&keys::run(&other)), &other)?;
                runs.push((other, run));
            }
        }
        for (id, run) in runs {
            match request.answered_in(&run) {
                Ok(Some(answered)) => return Ok(Some((id, answered))),
                Err(error) => return Err(error),
                Ok(None) => {}
            }
        }
        self.request = Some(request);
        Ok(None)
    }
}

impl WorkflowEngine {
    /// The answer to this very request by a run that was put aside since, which is then the run that is worked on: a
    /// request that puts its run aside was answered where no run of the state tells of it.
    ///
    /// # Errors
    /// [`Error::BadArchive`] if a run that was put aside cannot be read.
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
    /// use checklist_workflow::ActOptions;
    ///
    /// engine.begin_request("request-1", "archive", false)?;
    /// let archived = engine.archive(true, &ActOptions::default())?;
    /// let (run, answered) = engine.answered_aside("request-1", "archive")?.expect("it was answered");
    /// assert_eq!((run, answered.op), (archived.id, archived.rev));
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn answered_aside(&mut self, key: &str, request: &str) -> Result<Option<(String, Answered)>> {
        let request = Request { key: key.to_owned(), hash: hash(request) };
        for id in self.archived_ids()? {
            let Some(archive) = self.read_archive(&id)? else { continue };
            // The same key for something else, of another run, is another request.
            if let Ok(Some(answered)) = request.answered_in(&archive.run) {
                self.open_run(&id)?;
                return Ok(Some((id, answered)));
            }
        }
        Ok(None)
    }
}

/// Refuses where another process answered this request since it was begun.
pub(crate) fn check(request: Option<&Request>, run: &Run) -> Result<()> {
    match request.map(|request| request.answered_in(run)).transpose()?.flatten() {
        Some(_) => Err(Error::Answered),
        None => Ok(()),
    }
}

/// Stores what is answered beside the change.
pub(crate) fn keep(request: Option<&Request>, run: &mut Run, note: &Note<'_>) {
    let Some(request) = request else { return };
    let state = note.step.and_then(|step| run.steps.get(step));
    let answered = Answered {
        request: request.hash.clone(),
        op: run.rev,
        verb: note.verb.to_owned(),
        step: note.step.map(str::to_owned),
        status: note.step.map(|step| run.status_of(step)),
        evidence: state.and_then(|state| state.evidence),
        detail: note.detail.clone(),
    };
    run.keys.insert(request.key.clone(), answered);
}

fn hash(text: &str) -> String {
    let digest = Sha256::digest(text.as_bytes());
    digest.iter().take(HASH_DIGITS / 2).fold(String::new(), |mut hex, byte| {
        let _ = write!(hex, "{byte:02x}");
        hex
    })
}
