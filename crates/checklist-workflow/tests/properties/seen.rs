//! `Seen`: everything of a store and a run at one moment, and the runs that its history leads through.

use checklist_store::{CommittedTransaction, Draft, Store};
use checklist_workflow::{Run, WorkflowEngine, keys};
use serde_json::{Value, json};

/// What is known at one moment.
#[derive(Clone, Debug)]
pub(crate) struct Seen {
    /// The whole document.
    pub(crate) document: Value,
    /// Every transaction that led to it, oldest first.
    pub(crate) history: Vec<CommittedTransaction>,
    /// The run that is worked on.
    pub(crate) id: String,
    pub(crate) run: Run,
}

/// One transaction of a run, with the run before and after.
pub(crate) struct Moved {
    pub(crate) note: Value,
    pub(crate) before: Run,
    pub(crate) after: Run,
}

impl Seen {
    pub(crate) fn of(engine: &WorkflowEngine) -> Seen {
        let (id, run) = (engine.run_id().unwrap().to_owned(), engine.run().unwrap().clone());
        let document = engine.store().snapshot().to_value();
        Seen { document, history: engine.store().history().unwrap(), id, run }
    }

    /// The transactions of the run behind the first `from`, each with what it made of it.
    pub(crate) fn moves(&self, from: usize) -> Vec<Moved> {
        let mut draft = replayed(&self.history[..from]);
        let mut moves = Vec::new();
        for transaction in &self.history[from..] {
            let run = |draft: &Draft| draft.read_as::<Run>(&keys::run(&self.id)).unwrap();
            let before = run(&draft);
            draft.replay(transaction.operations.iter().cloned()).unwrap();
            if let (Some(before), Some(after)) = (before, run(&draft))
                && transaction.note["run"] == json!(self.id)
                && transaction.note["verb"] != "switch"
            {
                moves.push(Moved { note: transaction.note.clone(), before, after });
            }
        }
        moves
    }
}

/// The document that transactions lead to.
pub(crate) fn replayed(history: &[CommittedTransaction]) -> Draft {
    let mut draft = Draft::of(json!({})).unwrap();
    for transaction in history {
        draft.replay(transaction.operations.iter().cloned()).unwrap();
    }
    draft
}

/// What a store holds without anybody having looked at its runs.
pub(crate) fn raw(store: &Store) -> (Value, Vec<CommittedTransaction>) {
    (store.snapshot().to_value(), store.history().unwrap())
}
