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
    fn new(key: &str, request: &str) -> Result<Request> {
        let is_fine = |byte: u8| (b'!'..=b'~').contains(&byte);
        if key.is_empty() || key.len() > REQUEST_KEY_BYTES_MAX || !key.bytes().all(is_fine) {
            return Err(Error::BadKey);
        }
        Ok(Request { key: key.to_owned(), hash: hash(request) })
    }

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
        let request = Request::new(key, request)?;
        self.refresh()?;
        let answered = self.answered_in_state(&request, all)?;
        if answered.is_none() {
            self.request = Some(request);
        }
        Ok(answered)
    }

    /// The answer to this very request by any run, which is then the run that is worked on. A run that was put aside
    /// keeps its keys, so it is looked for there too. No operation answers the request that was not found.
    ///
    /// # Errors
    /// [`Error::KeyReused`] if the key came with another request, [`Error::BadKey`], and [`Error::BadArchive`] if a run
    /// that was put aside cannot be read: whether it was answered there is not known then.
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
    /// use checklist_workflow::ActOptions;
    ///
    /// assert!(engine.answered_by_any("request-1", "run day.md")?.is_none());
    /// engine.begin_request("request-1", "run day.md", true)?;
    /// let begun = engine.start(&day, &Default::default())?.run;
    /// engine.archive(true, &ActOptions::default())?;
    /// let (run, _) = engine.answered_by_any("request-1", "run day.md")?.expect("it was answered");
    /// assert_eq!((run.as_str(), engine.run_id()), (begun.as_str(), Some(begun.as_str())));
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn answered_by_any(&mut self, key: &str, request: &str) -> Result<Option<(String, Answered)>> {
        let request = Request::new(key, request)?;
        self.refresh()?;
        let mut answered = self.answered_in_state(&request, true)?;
        let aside = if answered.is_none() { self.archived_ids()? } else { Vec::new() };
        for id in aside {
            let Some(archive) = self.read_archive(&id)? else { continue };
            if let Some(found) = request.answered_in(&archive.run)? {
                answered = Some((id, found));
                break;
            }
        }
        if let Some((id, _)) = &answered {
            self.open_run(id)?;
        }
        Ok(answered)
    }

    /// The answer by the run that is worked on, or by any that is in the state.
    fn answered_in_state(&self, request: &Request, all: bool) -> Result<Option<(String, Answered)>> {
        let selected = self.selected.as_ref();
        if let Some(Selected { id, run, .. }) = selected
            && let Some(answered) = request.answered_in(run)?
        {
            return Ok(Some((id.clone(), answered)));
        }
        let snapshot = self.store.snapshot();
        let ids = if all { snapshot.names(&keys::RUNS) } else { Vec::new() };
        for id in ids.into_iter().filter(|id| selected.is_none_or(|selected| selected.id != *id)) {
            let run = super::load(snapshot.read_as(&keys::run(&id)), &id)?;
            if let Some(answered) = request.answered_in(&run)? {
                return Ok(Some((id, answered)));
            }
        }
        Ok(None)
    }
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
