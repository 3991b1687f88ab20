//! Beginning a run: its id, its own copy of the template, and what the boxes of a list say.

use super::record::{Note, note_value};
use super::{Saved, Selected, WorkflowEngine, request};
use crate::error::{Error, Result};
use crate::keys;
use crate::list::List;
use crate::markdown::InitialStatus;
use crate::run::{Evidence, Run, RunStatus, StepState, StepStatus};
use crate::transition::{self, Operation, Stamp};
use crate::variables;
use checklist_store::env::Env;
use std::collections::BTreeMap;

impl WorkflowEngine {
    /// Begins a run of a list; it becomes the active one. The list's bytes are copied beside the state first:
    /// a run goes by its own copy, whatever becomes of the file.
    ///
    /// # Errors
    /// [`Error::Variable`] if a value is missing or wrong, and those of the store.
    pub fn start(&mut self, list: &List, given: &BTreeMap<String, String>) -> Result<Saved> {
        self.start_named(list, given, None)
    }

    /// The same, with a name that people call the run by.
    ///
    /// # Errors
    /// As [`WorkflowEngine::start`], and those of [`WorkflowEngine::rename`].
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
    /// use checklist_workflow::List;
    ///
    /// let first = engine.run_id().expect("a run is open").to_owned();
    /// let list = List::parse("trip.md", "- [ ] Pack\n")?;
    /// engine.start_named(&list, &Default::default(), Some("summer"))?;
    /// assert_ne!(engine.run_id(), Some(first.as_str()));
    /// engine.select(&first)?; // it is the active one again, for everybody
    /// engine.look_at("summer")?; // and this one for this engine alone
    /// assert_eq!(engine.view()?.template, "trip");
    /// assert_eq!(engine.trust_hash().map(str::len), Some(64));
    /// engine.store_mut().publish()?;
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn start_named(
        &mut self,
        list: &List,
        given: &BTreeMap<String, String>,
        name: Option<&str>,
    ) -> Result<Saved> {
        let name = name.map(|name| self.free_name(name, None)).transpose()?;
        let template = &list.template;
        let values = variables::resolve(template, given, &*self.environment)?;
        self.stores_no_secret(&self.masker_of(Some(template)))?;
        let copies = self.keep_copies(list)?;
        let stamp = self.stamp();
        let id = new_run_id(self.store.env());
        let idle = Run {
            template_id: template.id.clone(),
            template_version: template.version.clone(),
            name,
            template: copies,
            status: RunStatus::Idle,
            current_step_id: None,
            rev: 0,
            started_at: stamp.at,
            updated_at: stamp.at,
            branch: self.branch.clone(),
            variables: values,
            steps: imported_steps(list, &stamp),
            claims: BTreeMap::new(),
            keys: BTreeMap::new(),
            attempts: BTreeMap::new(),
        };
        let mut run = transition::next(&idle, template, &Operation::Start, &stamp)?;
        let note = Note::new("run", None, format!("began {}", template.id));
        request::keep(self.request.as_ref(), &mut run, &note);
        let note = note_value(&self.actor, &id, run.rev, &note);
        let request = self.request.clone();
        self.store.transact(|draft| {
            // Somebody may have answered the very request meanwhile.
            let runs = draft.read(&keys::RUNS).filter(|_| request.is_some()).unwrap_or_default();
            for (id, value) in runs.as_object().into_iter().flatten() {
                request::check(
                    request.as_ref(),
                    &super::load(serde_json::from_value(value.clone()).map(Some), id)?,
                )?;
            }
            draft.set_note(note);
            draft.write(&keys::run(&id), &run)?;
            draft.write(&keys::ACTIVE, &id)?;
            Ok::<(), Error>(())
        })?;
        let rev = run.rev;
        self.request = None;
        let (template, archived) = (template.clone(), None);
        self.selected = Some(Selected { id: id.clone(), run, template, is_running: false, archived });
        self.tell_progress();
        Ok(Saved { rev, run: id })
    }
}

/// What the boxes of a Markdown list say at the beginning.
pub(crate) fn imported_steps(list: &List, stamp: &Stamp) -> BTreeMap<String, StepState> {
    let state = |status, evidence| StepState {
        status,
        evidence,
        at: stamp.at,
        by: Some(stamp.by.clone()),
        note: Some("imported".to_owned()),
        commands: BTreeMap::new(),
        outputs: BTreeMap::new(),
    };
    let steps = list.template.steps.iter().zip(&list.initial);
    steps
        .filter_map(|(step, initial)| match initial {
            InitialStatus::ClaimedDone => {
                Some((step.id.clone(), state(StepStatus::Done, Some(Evidence::Claimed))))
            }
            InitialStatus::Skipped => Some((step.id.clone(), state(StepStatus::Skipped, None))),
            InitialStatus::Todo | InitialStatus::Current => None,
        })
        .collect()
}

/// A new run id: 48 bits of time and 80 of chance in Crockford's base 32, 26 characters (the ULID form).
fn new_run_id(env: &Env) -> String {
    const DIGITS: &[u8; 32] = b"0123456789ABCDEFGHJKMNPQRSTVWXYZ";
    let ms = u128::try_from(env.clock.now().as_millis()).unwrap_or(0) & ((1 << 48) - 1);
    let chance = (u128::from(env.random_u64()) << 64 | u128::from(env.random_u64())) & ((1 << 80) - 1);
    let number = ms << 80 | chance;
    (0..26).rev().map(|place| char::from(DIGITS[(number >> (5 * place)) as usize & 31])).collect()
}
