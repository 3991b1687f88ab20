//! Putting a finished run aside: written and synced as a file of its own before it leaves the state.

use super::record::{Note, load, note_value};
use super::request::{self, Request};
use super::{ActOptions, Saved, WorkflowEngine};
use crate::archive::{ARCHIVE_BYTES_MAX, ARCHIVE_FORMAT, Archive, ArchivedOperation, FOLDER};
use crate::error::{Error, Result};
use crate::file::{FileError, read_bounded};
use crate::keys;
use crate::run::{Moment, Run, RunStatus};
use crate::transition::Refusal;
use checklist_store::Snapshot;
use checklist_store::env::Env;
use std::io;
use std::path::{Path, PathBuf};

/// How often it is begun again when the run changes meanwhile.
const ATTEMPTS_MAX: usize = 16;

/// A run that was put aside.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ArchivedRun {
    /// The run.
    pub id: String,
    /// The number of the operation.
    pub rev: u64,
    /// The file.
    pub path: PathBuf,
}

impl WorkflowEngine {
    /// Puts the run that is worked on aside, as the answer to the request that was begun. A run that is not finished
    /// only if `unfinished` says that this is meant. Nothing is lost whenever it is cut off, and doing it again does no harm: what is in the state is the
    /// truth, and the file counts from the moment on at which the run is not there any more.
    ///
    /// # Errors
    /// [`Error::Refused`] if the run is not finished, [`Error::Busy`] while a step of it is executed,
    /// [`Error::Archived`] if it is put aside already, [`Error::Conflict`], and those of the store.
    pub fn archive(&mut self, unfinished: bool, options: &ActOptions) -> Result<ArchivedRun> {
        let selected = self.selected()?;
        if selected.archived.is_some() {
            return Err(Error::Archived(selected.id.clone()));
        }
        let hold = self.hold_run()?;
        self.refresh()?;
        let selected = self.selected()?;
        if !unfinished && selected.run.status != RunStatus::Completed {
            return Err(Refusal::RunIs(selected.run.status).into());
        }
        let (id, title) = (selected.id.clone(), self.expand(&selected.template.title));
        self.stores_no_secret(&self.masker())?;
        let request = self.request.take();
        let archived = self.archive_run(&id, &title, *options, request.as_ref())?;
        drop(hold);
        self.selected = None;
        Ok(archived)
    }

    /// Puts every finished run aside but the one that is worked on. One that cannot be put aside now stays where
    /// it is.
    ///
    /// # Errors
    /// Those of the store.
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
    /// use checklist_workflow::{ActOptions, List};
    ///
    /// engine.skip("morning", Some("slept"), None, &ActOptions::default())?;
    /// engine.skip("noon", Some("slept"), None, &ActOptions::default())?;
    /// engine.start(&List::parse("next.md", "- [ ] Tomorrow\n")?, &Default::default())?;
    /// let put_aside = engine.archive_finished()?;
    /// assert_eq!(put_aside.len(), 1); // the active run stays
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn archive_finished(&mut self) -> Result<Vec<ArchivedRun>> {
        let current = self.selected.as_ref().map(|selected| selected.id.clone());
        let finished = self.runs()?.into_iter().filter(|run| run.status == RunStatus::Completed);
        let mut archived = Vec::new();
        for run in finished.filter(|run| Some(&run.id) != current.as_ref()) {
            let Ok(Some(hold)) = self.store.try_hold(&super::run_lock(&run.id)) else { continue };
            let stored = load(self.store.snapshot().read_as(&keys::run(&run.id)), &run.id)?;
            let title = match self.load_template(&stored) {
                Ok(template) => {
                    let of = |name: &str| stored.variables.get(name).map(crate::variables::text_of);
                    template.expand(&template.title, of).unwrap_or_else(|_| template.title.clone())
                }
                Err(_) => stored.template_id.clone(),
            };
            archived.push(self.archive_run(&run.id, &title, ActOptions::default(), None)?);
            drop(hold);
        }
        Ok(archived)
    }

    fn archive_run(
        &mut self,
        id: &str,
        title: &str,
        options: ActOptions,
        request: Option<&Request>,
    ) -> Result<ArchivedRun> {
        for _ in 0..ATTEMPTS_MAX {
            self.store.refresh()?;
            let stored = load(self.store.snapshot().read_as(&keys::run(id)), id)?;
            request::check(request, &stored)?;
            options.check(&stored)?;
            let now = Moment(self.store.env().clock.now());
            let note = Note::new("archive", None, "");
            let mut run = Run { rev: stored.rev + 1, ..stored.clone() };
            request::keep(request, &mut run, &note);

            // 1. Write the file and sync it, with the operation that puts the run aside.
            let mut history: Vec<ArchivedOperation> =
                self.history_of(id)?.iter().map(ArchivedOperation::of).collect();
            history.push(ArchivedOperation {
                op: run.rev,
                time: now,
                who: self.actor.clone(),
                verb: note.verb.to_owned(),
                step: None,
                detail: String::new(),
                of: None,
                undone: false,
            });
            let archive = Archive {
                archive: ARCHIVE_FORMAT,
                id: id.to_owned(),
                title: title.to_owned(),
                archived_at: now,
                run,
                history,
            };
            let path = self.store.keep(&file(id), archive.to_yaml().as_bytes())?;

            // 2. Take it out of the state, if it is still the run that was written.
            let mut txn = self.store.begin()?;
            if load(txn.read_as(&keys::run(id)), id)? != stored {
                continue;
            }
            txn.delete(&keys::run(id))?;
            if txn.read_as::<String>(&keys::ACTIVE)?.as_deref() == Some(id) {
                txn.delete(&keys::ACTIVE)?;
            }
            txn.set_note(note_value(&self.actor, id, archive.run.rev, &note));
            txn.commit()?;
            return Ok(ArchivedRun { id: id.to_owned(), rev: archive.run.rev, path });
        }
        Err(Error::Busy(format!("run {id} changes all the time")))
    }

    /// Takes a run up again that was put aside, as the answer to the request that was begun: it is in the state again
    /// and the active one. The file stays as it is, and counts for nothing while the run is in the state.
    ///
    /// # Errors
    /// [`Error::UnknownRun`], [`Error::Conflict`], and those of the store.
    pub fn unarchive(&mut self, prefix: &str, options: &ActOptions) -> Result<Saved> {
        let id = self.find_run(prefix)?;
        let archive = self.read_archive(&id)?;
        self.stores_no_secret(&self.masker())?;
        let request = self.request.take();
        let mut txn = self.store.begin()?;
        if txn.contains(&keys::run(&id)) {
            let rev = load(txn.read_as(&keys::run(&id)), &id)?.rev;
            drop(txn);
            self.open_run(&id)?;
            return Ok(Saved { rev, run: id });
        }
        let archive = archive.ok_or_else(|| Error::UnknownRun(prefix.to_owned()))?;
        request::check(request.as_ref(), &archive.run)?;
        options.check(&archive.run)?;
        let mut run = Run { rev: archive.run.rev + 1, ..archive.run };
        let note = Note::new("unarchive", None, "");
        request::keep(request.as_ref(), &mut run, &note);
        let rev = run.rev;
        txn.write(&keys::run(&id), &run)?;
        txn.write(&keys::ACTIVE, &id)?;
        txn.set_note(note_value(&self.actor, &id, rev, &note));
        txn.commit()?;
        self.open_run(&id)?;
        Ok(Saved { rev, run: id })
    }

    /// The ids of the runs that were put aside, without those that are in the state.
    ///
    /// # Errors
    /// [`Error::File`] if the folder is there and cannot be listed.
    pub fn archived_ids(&self) -> Result<Vec<String>> {
        archived_ids(self.store.env(), self.store.root(), &self.store.snapshot())
    }

    /// What was put aside of a run; `None` if nothing was.
    ///
    /// # Errors
    /// [`Error::BadArchive`] if the file is there and cannot be read as one.
    pub fn read_archive(&self, id: &str) -> Result<Option<Archive>> {
        if !is_run_id(id) {
            return Ok(None);
        }
        let path = self.store.root().join(file(id));
        let bytes = match read_bounded(self.store.env(), &path, ARCHIVE_BYTES_MAX) {
            Ok(bytes) => bytes,
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
            Err(error) => return Err(error.into()),
        };
        let broken = |reason: String| Error::BadArchive { path: path.clone(), reason };
        let text = String::from_utf8(bytes).map_err(|_| broken("is not text".to_owned()))?;
        let archive = Archive::parse(&text).map_err(broken)?;
        if archive.id != id {
            return Err(broken("is of another run than its name says".to_owned()));
        }
        Ok(Some(archive))
    }
}

/// The ids of the files in the folder of archives, without those of runs in the state.
pub(crate) fn archived_ids(env: &Env, root: &Path, snapshot: &Snapshot) -> Result<Vec<String>> {
    let folder = root.join(FOLDER);
    let paths = match env.fs.list(&folder) {
        Ok(paths) => paths,
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(Vec::new()),
        Err(error) => return Err(FileError::new("list", &folder, error).into()),
    };
    let id = |path: PathBuf| {
        let is_archive = path.extension().is_some_and(|extension| extension == "yaml");
        path.file_stem().filter(|_| is_archive).and_then(|stem| stem.to_str()).map(str::to_owned)
    };
    let ids = paths.into_iter().filter_map(id);
    Ok(ids.filter(|id| is_run_id(id) && !snapshot.contains(&keys::run(id))).collect())
}

fn file(id: &str) -> String {
    format!("{FOLDER}/{id}.yaml")
}

/// Whether a text can be the id of a run, and so a part of a path.
fn is_run_id(id: &str) -> bool {
    (1..=64).contains(&id.len()) && id.bytes().all(|byte| byte.is_ascii_uppercase() || byte.is_ascii_digit())
}
