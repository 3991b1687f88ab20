//! A run goes on with another version of its list; and what differs between the two.

use super::record::{Note, load, note_value, write_changes};
use super::{ActOptions, Saved, WorkflowEngine, request};
use crate::diff::{ListDiff, diff};
use crate::error::{Error, Result};
use crate::keys;
use crate::list::List;
use crate::migration::{self, Decision, Migration, Obstacle};
use crate::run::{Moment, Run};
use crate::template::Template;
use crate::variables;
use std::collections::BTreeMap;

/// What a migration did.
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
/// use std::collections::BTreeMap;
///
/// let list = List::parse("day.md", "- [ ] Morning\n- [ ] Noon\n- [ ] Evening\n")?;
/// assert_eq!(engine.diff(&list)?.steps.len(), 1);
/// let migrated = engine.migrate(&list, &BTreeMap::new(), &BTreeMap::new(), &ActOptions::default())?;
/// assert_eq!(migrated.migration.added, ["evening"]);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Debug, PartialEq)]
pub struct Migrated {
    /// What became of the steps.
    pub migration: Migration,
    /// Where it was saved; `None` if the run goes by this very list already.
    pub saved: Option<Saved>,
}

impl WorkflowEngine {
    /// How a list differs from the copy that the run goes by.
    ///
    /// # Errors
    /// [`Error::NoRun`], and [`Error::TemplateCopy`] if the copy is gone.
    pub fn diff(&self, list: &List) -> Result<ListDiff> {
        let selected = self.selected()?;
        let source =
            super::copies::read_copy(self.store.env(), self.store.root(), &selected.run.template.copy)?;
        let new = String::from_utf8_lossy(&list.source);
        Ok(diff((&selected.template, &source), (&list.template, &new)))
    }

    /// Lets the run go on with another version of its list, in one transaction: progress is moved by the ids of the
    /// steps, and where an id is gone as `decisions` say. Variables keep their values; `given` are the values of
    /// new ones.
    ///
    /// # Errors
    /// [`Error::Undecided`] with what somebody has to say first, [`Error::CannotMigrate`], [`Error::Refused`] while
    /// a command of it was cut off, [`Error::Variable`], [`Error::Busy`], and those of the store.
    pub fn migrate(
        &mut self,
        list: &List,
        decisions: &BTreeMap<String, Decision>,
        given: &BTreeMap<String, String>,
        options: &ActOptions,
    ) -> Result<Migrated> {
        self.refresh()?;
        let selected = self.selected()?;
        if selected.archived.is_some() {
            return Err(Error::Archived(selected.id.clone()));
        }
        let (template, id) = (&list.template, selected.id.clone());
        if selected.run.template_id != template.id {
            let reason = format!(
                "this is the list {}, and the run is one of {}",
                template.id, selected.run.template_id
            );
            return Err(Error::CannotMigrate(reason));
        }
        self.stores_no_secret(&self.masker_of(Some(template)))?;
        let copies = self.keep_copies(list)?;
        let hold = self.hold_run()?;
        let stamp = self.stamp();
        let mut txn = self.store.begin()?;
        let before = load(txn.read_as(&keys::run(&id)), &id)?;
        request::check(self.request.as_ref(), &before)?;
        if options.if_rev.is_some_and(|rev| rev != before.rev) {
            return Err(Error::Conflict { rev: before.rev });
        }
        let selected = self.selected.as_ref().ok_or(Error::NoRun)?;
        if before.template != selected.run.template {
            return Err(Error::Conflict { rev: before.rev });
        }
        let moved = migration::migrate(&before, &selected.template, list, decisions, &stamp);
        let mut migration = moved.map_err(|obstacle| match obstacle {
            Obstacle::Asks(questions) => Error::Undecided(questions),
            Obstacle::Impossible(reason) => Error::CannotMigrate(reason),
            Obstacle::Refused(refusal) => Error::Refused(refusal),
        })?;
        if before.template.sha256 == template.source_hash {
            return Ok(Migrated { migration, saved: None });
        }
        let after = &mut migration.run;
        after.variables =
            variables::resolve(template, &values(&before, template, given), &*self.environment)?;
        after.template = copies;
        after.template_version.clone_from(&template.version);
        after.rev = before.rev + 1;
        after.updated_at = Moment(txn.env().clock.now());
        after.branch.clone_from(&self.branch);
        let note = Note::new("migrate", None, detail(&migration));
        let after = &mut migration.run;
        request::keep(self.request.as_ref(), after, &note);
        write_changes(&mut txn, &id, &before, after)?;
        let rev = after.rev;
        txn.set_note(note_value(&stamp.by, &id, rev, &note));
        txn.commit()?;
        drop(hold);
        self.request = None;
        if let Some(selected) = &mut self.selected {
            selected.template = template.clone();
        }
        let after = migration.run.clone();
        self.saved(&before, after);
        Ok(Migrated { migration, saved: Some(Saved { rev, run: id }) })
    }
}

/// The values of the variables that the new list still has, and those that are given for new ones. What is a secret
/// now is kept no longer.
fn values(run: &Run, template: &Template, given: &BTreeMap<String, String>) -> BTreeMap<String, String> {
    let is_kept = |name: &str| template.variable(name).is_some_and(|variable| !variable.secret);
    let known = run.variables.iter().filter(|(name, _)| is_kept(name));
    let mut values: BTreeMap<String, String> =
        known.map(|(name, value)| (name.clone(), variables::text_of(value))).collect();
    values.extend(given.clone());
    values
}

/// What the history says of it.
fn detail(migration: &Migration) -> String {
    let counts = [
        (migration.added.len(), "new"),
        (migration.renamed.len(), "renamed"),
        (migration.dropped.len(), "gone"),
        (migration.unverified.len(), "to be verified again"),
        (migration.reopened.len(), "to be answered again"),
    ];
    let told: Vec<String> = counts
        .iter()
        .filter(|(count, _)| *count > 0)
        .map(|(count, word)| format!("{count} {word}"))
        .collect();
    if told.is_empty() { "the same steps".to_owned() } else { told.join(", ") }
}
