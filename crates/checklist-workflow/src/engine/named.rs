//! Finding steps and runs by what people type (an id, the beginning of no other, a name, a list), and giving runs names.

use super::record::{Note, load, note_value, write_changes};
use super::{ActOptions, Saved, WorkflowEngine, request};
use crate::error::{Error, Result};
use crate::keys;
use crate::output::plain_text;
use crate::run::Run;
use crate::template::Step;

/// Characters of the name of a run.
const NAME_CHARS_MAX: usize = 80;

/// What a run may be called by.
pub(crate) struct Called {
    pub(crate) id: String,
    pub(crate) name: Option<String>,
    pub(crate) list: Option<String>,
}

/// The one run that is called so. What says more about a run comes first, and what says it of several says nothing.
///
/// # Errors
/// Those that may be meant: several, or none.
pub(crate) fn called(runs: &[Called], text: &str) -> std::result::Result<String, Vec<String>> {
    let text = Some(text).filter(|text| !text.is_empty()).ok_or_else(Vec::new)?.to_lowercase();
    let lower = |said: &Option<String>| said.as_deref().unwrap_or_default().to_lowercase();
    let ways: [&dyn Fn(&Called) -> bool; 4] = [
        &|run| lower(&run.name) == text,
        &|run| run.id.to_lowercase().starts_with(&text),
        &|run| lower(&run.name).starts_with(&text),
        &|run| lower(&run.list) == text,
    ];
    let one = ways.iter().find_map(|is_called| {
        let mut found = runs.iter().filter(|run| is_called(run));
        match (found.next(), found.next()) {
            (Some(run), None) => Some(run.id.clone()),
            _ => None,
        }
    });
    let meant = || runs.iter().filter(|run| ways.iter().any(|is_called| is_called(run)));
    one.ok_or_else(|| meant().map(|run| run.id.clone()).collect())
}

impl WorkflowEngine {
    /// The id of the run that a text names: its name, its id or the beginning of no other id, the beginning of no
    /// other name, or the list that no other run is of. Runs that were put aside are looked at where the state does
    /// not know.
    pub(super) fn find_run(&self, text: &str) -> Result<String> {
        let mut runs = Vec::new();
        for id in self.store.snapshot().names(&keys::RUNS) {
            let list = self.store.snapshot().read_as(&keys::field(&id, "templateId"))?;
            runs.push(Called { name: self.name_of(&id)?, list, id });
        }
        let mut several = match called(&runs, text) {
            Ok(id) => return Ok(id),
            Err(several) => several,
        };
        let archived = self.archived_ids()?.into_iter().map(|id| {
            let run = self.read_archive(&id).ok().flatten().map(|archive| archive.run);
            let (name, list) = run.map_or((None, None), |run| (run.name, Some(run.template_id)));
            Called { id, name, list }
        });
        let put_aside = called(&archived.collect::<Vec<_>>(), text);
        put_aside.map_err(|others| {
            several.extend(others);
            match several.is_empty() {
                true => Error::UnknownRun(text.to_owned()),
                false => Error::AmbiguousRun { given: text.to_owned(), runs: several },
            }
        })
    }

    /// Gives the run that is worked on a name, by which it can be called as by its id; an empty one takes its name
    /// away.
    ///
    /// # Errors
    /// [`Error::Name`] if another run has it, or it is none; and those of the store.
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
    /// engine.rename("sunday", &ActOptions::default())?;
    /// assert_eq!(engine.view()?.name.as_deref(), Some("sunday"));
    /// assert_eq!(engine.step_id("morning")?, "morning");
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn rename(&mut self, name: &str, options: &ActOptions) -> Result<Option<Saved>> {
        self.refresh()?;
        let selected = self.selected()?;
        if selected.archived.is_some() {
            return Err(Error::Archived(selected.id.clone()));
        }
        let id = selected.id.clone();
        let masker = self.masker();
        self.stores_no_secret(&masker)?;
        let name = masker.mask(name);
        let name = if name.trim().is_empty() { None } else { Some(self.free_name(&name, Some(&id))?) };
        let mut txn = self.store.begin()?;
        let before = load(txn.read_as(&keys::run(&id)), &id)?;
        request::check(self.request.as_ref(), &before)?;
        if options.if_rev.is_some_and(|rev| rev != before.rev) {
            return Err(Error::Conflict { rev: before.rev });
        }
        if before.name == name {
            return Ok(None);
        }
        let mut after = Run { rev: before.rev + 1, name, ..before.clone() };
        let detail = match (&before.name, &after.name) {
            (_, None) => "no name".to_owned(),
            (None, Some(name)) => name.clone(),
            (Some(before), Some(name)) => format!("{name} (was {before})"),
        };
        let note = Note::new("rename", None, detail);
        request::keep(self.request.as_ref(), &mut after, &note);
        write_changes(&mut txn, &id, &before, &after)?;
        let rev = after.rev;
        txn.set_note(note_value(&self.actor, &id, rev, &note));
        txn.commit()?;
        self.request = None;
        self.saved(&before, after);
        Ok(Some(Saved { rev, run: id }))
    }

    /// What people call a run of the state.
    fn name_of(&self, id: &str) -> Result<Option<String>> {
        Ok(self.store.snapshot().read_as(&keys::field(id, "name"))?)
    }

    /// A name as it is kept, if no run but `own` has it.
    pub(super) fn free_name(&self, name: &str, own: Option<&str>) -> Result<String> {
        let name = plain_text(name.trim()).replace('\t', " ");
        let refuse = |reason: &str| Err(Error::Name { name: name.clone(), reason: reason.to_owned() });
        if name.is_empty() {
            return refuse("it has no letter");
        }
        if name.chars().count() > NAME_CHARS_MAX {
            return refuse("it is longer than 80 characters");
        }
        for id in self.store.snapshot().names(&keys::RUNS).iter().filter(|id| Some(id.as_str()) != own) {
            if self.name_of(id)?.is_some_and(|other| other.eq_ignore_ascii_case(&name)) {
                return refuse("another run has it");
            }
        }
        Ok(name)
    }

    /// The id of the step that a text names: the id itself, or the beginning of no other.
    ///
    /// # Errors
    /// [`Error::UnknownStep`], with a step that may have been meant.
    pub fn step_id(&self, text: &str) -> Result<String> {
        self.step(text).map(|step| step.id.clone())
    }

    pub(crate) fn step(&self, text: &str) -> Result<&Step> {
        let template = &self.selected()?.template;
        let mut beginnings =
            template.steps.iter().filter(|step| !text.is_empty() && step.id.starts_with(text));
        let only = beginnings.next().filter(|_| beginnings.next().is_none());
        template.step(text).or(only).ok_or_else(|| {
            let likeness = |step: &&Step| (strsim::jaro_winkler(text, &step.id) * 1000.0) as i64;
            let nearest = template.steps.iter().max_by_key(likeness);
            let suggestion = nearest.filter(|step| likeness(step) > 750).map(|step| step.id.clone());
            Error::UnknownStep { id: text.to_owned(), suggestion }
        })
    }
}
