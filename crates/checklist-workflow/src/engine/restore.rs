//! Going back to an earlier state of the project, runs and all, as one more operation.

use super::record::{Note, load, note_value};
use super::{WorkflowEngine, run_lock};
use crate::error::{Error, Result};
use crate::keys;
use crate::run::{Moment, Run, RunStatus, StepStatus};
use checklist_store::env::Timestamp;
use checklist_store::{Draft, Key, Lsn, Operation, RestorePlan, Target, Value};
use serde_json::json;
use std::collections::BTreeMap;

/// An earlier state, and what going back to it changes.
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
/// use checklist_store::Target;
/// use checklist_workflow::ActOptions;
///
/// let before = engine.store().snapshot().lsn();
/// engine.skip("morning", Some("slept"), None, &ActOptions::default())?;
/// assert!(engine.plan_restore(&Target::Lsn(before))?.is_change());
/// let restored = engine.restore_to(&Target::Lsn(before))?;
/// assert_eq!(restored.runs.len(), 1);
/// assert_eq!(engine.view()?.current.as_deref(), Some("morning"));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Debug, PartialEq)]
pub struct Restoration {
    /// The record it is of.
    pub to: Lsn,
    /// When that was saved.
    pub time: Timestamp,
    /// The record the state is at before.
    pub from: Lsn,
    /// What the earlier state was put together from, in a word: `history` or `backup`.
    pub source: &'static str,
    /// The record that says so, once it is done.
    pub saved: Option<Lsn>,
    /// The runs that change, by their ids.
    pub runs: Vec<RunChange>,
    /// How many other changes there are.
    pub others: usize,
}

impl Restoration {
    /// Whether anything changes.
    #[must_use]
    pub fn is_change(&self) -> bool {
        !self.runs.is_empty() || self.others > 0
    }
}

/// What becomes of one run.
#[derive(Clone, Debug, PartialEq)]
pub struct RunChange {
    /// Its id.
    pub run: String,
    /// Its template.
    pub template: String,
    /// Where it stands before; `None` if it is there again.
    pub before: Option<RunStatus>,
    /// Where it stands then; `None` if it was begun later, and goes.
    pub after: Option<RunStatus>,
    /// The steps that stand elsewhere then: from where to where.
    pub steps: Vec<(String, StepStatus, StepStatus)>,
}

/// What a run goes on counting from.
struct Counts {
    rev: u64,
    attempts: BTreeMap<String, u32>,
}

impl WorkflowEngine {
    /// What going back to `target` would change; changes nothing.
    ///
    /// # Errors
    /// [`Error::Store`] if there is no such state or nothing proves what it was like, and [`Error::Malformed`]
    /// if it holds no runs as this program knows them.
    pub fn plan_restore(&self, target: &Target) -> Result<Restoration> {
        Ok(self.restoration(&self.store.plan_restore(target)?)?.0)
    }

    /// Goes back to an earlier state of the whole project. It is one more operation, of the run that is worked
    /// on if that is still there then, and can be undone like any other; the numbers of operations go on. What was
    /// done outside of the state is not reversed.
    ///
    /// # Errors
    /// As [`WorkflowEngine::plan_restore`]; [`Error::Busy`] if a step of a run that changes is being executed;
    /// and those of the store. Nothing is changed then.
    pub fn restore_to(&mut self, target: &Target) -> Result<Restoration> {
        self.store.refresh()?;
        let plan = self.store.plan_restore(target)?;
        let (mut restoration, counts) = self.restoration(&plan)?;
        if !restoration.is_change() {
            return Ok(restoration);
        }
        let mut holds = Vec::new();
        for change in restoration.runs.iter().filter(|change| change.before.is_some()) {
            match self.store.try_hold(&run_lock(&change.run))? {
                Some(hold) => holds.push(hold),
                None => return Err(Error::Busy(format!("run {}", change.run))),
            }
        }
        let now = Moment(self.store.env().clock.now());
        let selected = self.selected.as_ref().map(|selected| selected.id.clone());
        let mut txn = self.store.begin()?;
        txn.replay(plan.operations)?;
        for (run, counts) in &counts {
            txn.write(&keys::field(run, "rev"), counts.rev)?;
            txn.write(&keys::field(run, "updatedAt"), now)?;
            if !counts.attempts.is_empty() {
                txn.write(&keys::field(run, "attempts"), &counts.attempts)?;
            }
        }
        let detail = format!("to record {}", plan.lsn);
        let of = selected.filter(|id| counts.contains_key(id)).or_else(|| counts.keys().next().cloned());
        let mut note = match &of {
            Some(run) => note_value(&self.actor, run, counts[run].rev, &Note::new("restore", None, detail)),
            None => json!({"verb": "restore", "actor": self.actor, "detail": detail}),
        };
        note["to"] = json!(plan.lsn.0);
        txn.set_note(note);
        restoration.saved = Some(txn.commit()?.lsn);
        drop(holds);
        self.selected = None;
        let active: Option<String> = self.store.snapshot().read_as(&keys::ACTIVE)?;
        if let Some(id) = active.filter(|id| self.store.snapshot().contains(&keys::run(id))) {
            self.open_run(&id)?;
        }
        self.tell_progress();
        Ok(restoration)
    }

    /// What a plan changes, and what each run that is there then goes on counting from: above everything it had, so that
    /// no number of an operation or an attempt stands for two.
    fn restoration(&self, plan: &RestorePlan) -> Result<(Restoration, BTreeMap<String, Counts>)> {
        let snapshot = self.store.snapshot();
        let mut draft = Draft::of(snapshot.to_value())?;
        draft.replay(plan.operations.iter().cloned())?;
        let (before, after) = (runs(snapshot.read(&keys::RUNS))?, runs(draft.read(&keys::RUNS))?);
        let (mut changes, mut counts) = (Vec::new(), BTreeMap::new());
        let highest = self.highest_revisions()?;
        let ids: std::collections::BTreeSet<&String> = before.keys().chain(after.keys()).collect();
        for id in ids {
            let (old, new) = (before.get(id), after.get(id));
            if old == new {
                continue;
            }
            let steps = [old, new].into_iter().flatten().flat_map(|run| run.steps.keys());
            let steps: std::collections::BTreeSet<&String> = steps.collect();
            let stands =
                |run: Option<&Run>, step: &str| run.map_or(StepStatus::Pending, |run| run.status_of(step));
            let steps = steps.into_iter().map(|step| (step.clone(), stands(old, step), stands(new, step)));
            changes.push(RunChange {
                run: id.clone(),
                template: old.or(new).map(|run| run.template_id.clone()).unwrap_or_default(),
                before: old.map(|run| run.status),
                after: new.map(|run| run.status),
                steps: steps.filter(|(_, from, to)| from != to).collect(),
            });
            if let Some(new) = new {
                let known = highest.get(id).copied().unwrap_or(0);
                let rev = known.max(old.map_or(0, |run| run.rev)).max(new.rev) + 1;
                let mut attempts = new.clone();
                old.into_iter().for_each(|old| attempts.keep_attempts(old));
                counts.insert(id.clone(), Counts { rev, attempts: attempts.attempts });
            }
        }
        let is_other = |operation: &&Operation| !is_below(&keys::RUNS, operation.key());
        let restoration = Restoration {
            to: plan.lsn,
            time: plan.time,
            from: snapshot.lsn(),
            source: plan.source.name,
            saved: None,
            runs: changes,
            others: plan.operations.iter().filter(is_other).count(),
        };
        Ok((restoration, counts))
    }

    /// The highest number of an operation that each run ever had, as far as the history goes back.
    fn highest_revisions(&self) -> Result<BTreeMap<String, u64>> {
        let mut highest = BTreeMap::new();
        for transaction in self.store.history()? {
            let run = transaction.note.get("run").and_then(Value::as_str);
            if let (Some(run), Some(op)) = (run, transaction.note.get("op").and_then(Value::as_u64)) {
                let known: &mut u64 = highest.entry(run.to_owned()).or_default();
                *known = op.max(*known);
            }
        }
        Ok(highest)
    }
}

fn runs(value: Option<Value>) -> Result<BTreeMap<String, Run>> {
    let Some(Value::Object(runs)) = value else { return Ok(BTreeMap::new()) };
    runs.into_iter()
        .map(|(id, run)| Ok((id.clone(), load(serde_json::from_value(run).map(Some), &id)?)))
        .collect()
}

fn is_below(parent: &Key<'_>, key: &Key<'_>) -> bool {
    key.as_str().strip_prefix(parent.as_str()).is_some_and(|rest| rest.is_empty() || rest.starts_with('/'))
}
