//! `Happened`: what a committed transaction was about, for whoever follows the history from outside.

use super::WorkflowEngine;
use crate::error::Result;
use crate::event::WorkflowEvent;
use crate::run::{RunStatus, StepStatus};
use checklist_store::env::Timestamp;
use checklist_store::{CommittedTransaction, Lsn, Operation as Change};
use serde_json::Value;

/// One transaction of the history and what it did to steps. It holds the value of no variable.
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
/// let seen = engine.store().snapshot().lsn();
/// engine.skip("morning", Some("slept"), None, &ActOptions::default())?;
/// let happened = engine.happened_since(seen)?;
/// assert_eq!(happened.len(), 1);
/// assert_eq!((happened[0].verb.as_str(), happened[0].step.as_deref()), ("skip", Some("morning")));
/// assert!(!happened[0].events().is_empty());
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Happened {
    /// Its place in the history.
    pub lsn: Lsn,
    /// When it was saved.
    pub time: Timestamp,
    /// The run it is about; `None` if it is about the project, as `adopt` is.
    pub run: Option<String>,
    /// Its number in the run.
    pub op: Option<u64>,
    /// Who, as said.
    pub actor: String,
    /// What, as in [`Entry::verb`](super::Entry::verb).
    pub verb: String,
    /// The step it is about.
    pub step: Option<String>,
    /// More about it.
    pub detail: String,
    /// Each step that stands elsewhere than before, and where.
    pub steps: Vec<(String, StepStatus)>,
    /// Whether every step of the run is settled with it.
    pub completed: bool,
}

impl WorkflowEngine {
    /// What was saved behind a place in the history, by whomever, oldest first. Takes no lock, and costs what is
    /// behind that place.
    ///
    /// # Errors
    /// [`Error::Store`](crate::error::Error::Store) if the history does not verify.
    pub fn happened_since(&self, lsn: Lsn) -> Result<Vec<Happened>> {
        Ok(self.store.history_after(lsn)?.iter().map(Happened::of).collect())
    }
}

impl Happened {
    /// What a transaction was about.
    #[must_use]
    pub fn of(transaction: &CommittedTransaction) -> Happened {
        let note = &transaction.note;
        let text = |name: &str| note.get(name).and_then(Value::as_str).map(str::to_owned);
        let run = text("run");
        let verb = text("verb").unwrap_or_default();
        let (steps, completed) = match &run {
            // A run that is taken up again stands where it stood when it was put aside.
            Some(run) if verb != "unarchive" => changed(&transaction.operations, run),
            _ => Default::default(),
        };
        Happened {
            lsn: transaction.lsn,
            time: transaction.timestamp,
            op: note.get("op").and_then(Value::as_u64),
            actor: text("actor").unwrap_or_default(),
            verb,
            step: text("step"),
            detail: text("detail").unwrap_or_default(),
            run,
            steps,
            completed,
        }
    }

    /// The same as the events that an observer of the process which did it was told.
    #[must_use]
    pub fn events(&self) -> Vec<WorkflowEvent> {
        let moved = self.steps.iter().flat_map(|(step, status)| WorkflowEvent::of_step(step, *status));
        let completed = self.run.iter().filter(|_| self.completed).cloned();
        moved.chain(completed.map(|run| WorkflowEvent::WorkflowCompleted { run })).collect()
    }
}

/// Where steps of a run stand that the changes move, and whether they complete it.
fn changed(changes: &[Change], run: &str) -> (Vec<(String, StepStatus)>, bool) {
    let (mut steps, mut completed) = (Vec::new(), false);
    for change in changes {
        let tokens: Vec<_> = change.key().tokens().collect();
        let mut place = tokens.iter().map(AsRef::as_ref);
        if place.next() != Some("instances") || place.next() != Some(run) {
            continue;
        }
        let (now, before) = match change {
            Change::Write { value, previous, .. } => (Some(value), previous.as_ref()),
            Change::Delete { previous, .. } => (None, Some(previous)),
        };
        match (place.next(), place.next()) {
            (Some("status"), None) => completed |= now.and_then(Value::as_str) == Some(COMPLETED),
            (Some("steps"), Some(step)) => moved(&mut steps, step, now, before),
            (Some("steps"), None) => moved_members(&mut steps, now, before),
            // The run as a whole: it is begun with this, or is no longer in the state, which moves no step.
            (None, _) if now.is_none() => {}
            (None, _) => {
                let member =
                    |value: Option<&Value>, name: &str| value.and_then(|value| value.get(name)).cloned();
                moved_members(&mut steps, member(now, "steps").as_ref(), member(before, "steps").as_ref());
                let is_so = |value| member(value, "status").is_some_and(|status| status == COMPLETED);
                completed |= is_so(now) && !is_so(before);
            }
            _ => {}
        }
    }
    (steps, completed)
}

const COMPLETED: &str = RunStatus::Completed.as_str();

fn moved_members(steps: &mut Vec<(String, StepStatus)>, now: Option<&Value>, before: Option<&Value>) {
    let names = |value: Option<&Value>| {
        let members = value.and_then(Value::as_object);
        members.map(|members| members.keys().cloned().collect::<Vec<_>>()).unwrap_or_default()
    };
    let mut all = names(now);
    all.extend(names(before));
    all.sort();
    all.dedup();
    for step in all {
        let of = |value: Option<&'_ Value>| value.and_then(|value| value.get(&step)).cloned();
        moved(steps, &step, of(now).as_ref(), of(before).as_ref());
    }
}

/// A step of which nothing is known is to do.
fn moved(steps: &mut Vec<(String, StepStatus)>, step: &str, now: Option<&Value>, before: Option<&Value>) {
    let status = |value: Option<&Value>| {
        let status = value.and_then(|value| value.get("status")).cloned();
        status.and_then(|status| serde_json::from_value(status).ok()).unwrap_or(StepStatus::Pending)
    };
    if status(now) != status(before) {
        steps.push((step.to_owned(), status(now)));
    }
}
