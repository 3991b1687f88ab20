//! The history of a run: its operations, as the transactions of the store tell of them.

use super::WorkflowEngine;
use super::stacks::Stacks;
use crate::error::Result;
use checklist_store::CommittedTransaction;
use checklist_store::env::Timestamp;
use serde_json::Value;

/// One operation of a run, as the history has it.
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
/// use checklist_workflow::Entry;
///
/// let history: Vec<Entry> = engine.history()?;
/// assert_eq!((history[0].op, history[0].verb.as_str(), history[0].actor.as_str()), (1, "run", "ana"));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Entry {
    /// Its number: the revision of the run it made.
    pub op: u64,
    /// The run.
    pub run: String,
    /// When.
    pub time: Timestamp,
    /// Who, as said.
    pub actor: String,
    /// What: `run`, `done`, `approve`, `skip`, `back`, `start`, `end`, `fail`, `interrupted`, `resolve`, `undo`, `redo` …
    pub verb: String,
    /// The step.
    pub step: Option<String>,
    /// More about it.
    pub detail: String,
    /// The operation that an undo or redo is about.
    pub of: Option<u64>,
    /// The operation an undo went back to, where it took back everything behind it.
    pub to: Option<u64>,
    /// Whether it was undone, and not redone since.
    pub undone: bool,
}

impl WorkflowEngine {
    /// Every operation of the run, oldest first.
    ///
    /// # Errors
    /// [`Error::NoRun`](crate::error::Error::NoRun), and [`Error::Store`](crate::error::Error::Store) if the history
    /// does not verify.
    pub fn history(&self) -> Result<Vec<Entry>> {
        let selected = self.selected()?;
        match &selected.archived {
            Some(archive) => {
                Ok(archive.history.iter().map(|operation| operation.entry(&selected.id)).collect())
            }
            None => self.history_of(&selected.id),
        }
    }

    /// Every operation of a run of the state, oldest first.
    pub(super) fn history_of(&self, id: &str) -> Result<Vec<Entry>> {
        let all = self.store.history()?;
        let mut entries: Vec<Entry> =
            all.iter().filter_map(|transaction| entry_of(transaction, id)).collect();
        let undone = Stacks::of(&entries).undone_ops();
        entries.iter_mut().for_each(|entry| entry.undone = undone.contains(&entry.op));
        Ok(entries)
    }
}

/// What a transaction of this run was.
pub(super) fn entry_of(transaction: &CommittedTransaction, id: &str) -> Option<Entry> {
    let note = &transaction.note;
    let text = |name: &str| note.get(name).and_then(Value::as_str).map(str::to_owned);
    if text("run").as_deref() != Some(id) {
        return None;
    }
    Some(Entry {
        op: note.get("op").and_then(Value::as_u64)?,
        run: id.to_owned(),
        time: transaction.timestamp,
        actor: text("actor").unwrap_or_default(),
        verb: text("verb")?,
        step: text("step"),
        detail: text("detail").unwrap_or_default(),
        of: note.get("of").and_then(Value::as_u64),
        to: note
            .get("to")
            .and_then(Value::as_u64)
            .filter(|_| note.get("verb").is_some_and(|verb| verb == "undo")),
        undone: false,
    })
}
