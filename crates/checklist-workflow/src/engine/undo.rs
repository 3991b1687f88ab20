//! Undo and redo: the inverse of what transactions of a run did, as one more.

use super::history::{Entry, entry_of};
use super::record::{Note, load, note_value, write_changes};
use super::stacks::{Place, Stacks};
use super::{ActOptions, Saved, WorkflowEngine, request};
use crate::error::{Error, Result};
use crate::keys;
use crate::outline::Outline;
use crate::run::{Run, RunStatus, StepStatus};
use crate::template::{Action, ROLLBACK_PREFIX, Template};
use crate::transition;
use checklist_store::{CommittedTransaction, ErrorKind, Operation};
use serde_json::Value;

/// What an undo or redo did.
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
/// use checklist_workflow::{ActOptions, Undone};
///
/// let now = ActOptions::default();
/// engine.skip("morning", Some("slept"), None, &now)?;
/// engine.skip("noon", Some("slept"), None, &now)?;
/// let undone: Undone = engine.undo(&now)?;
/// assert_eq!(undone.entry.step.as_deref(), Some("noon"));
/// engine.redo(&now)?;
/// // Everything behind the first operation, as one.
/// assert_eq!(engine.plan_undo_to(1)?.0.first(), Some(&2));
/// assert!(engine.undo_to(1, &now)?.is_many);
/// assert_eq!(engine.view()?.current.as_deref(), Some("morning"));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Undone {
    /// The operation that was taken back, or done again; the last of them, where there were several.
    pub entry: Entry,
    /// All of them, by their numbers.
    pub ops: Vec<u64>,
    /// Whether those are several that were taken back together, and not one with its outcome.
    pub is_many: bool,
    /// The commands that ran in them: what those did is not reversed.
    pub commands: Vec<RanCommand>,
    /// Where that was saved.
    pub saved: Saved,
    /// The steps that stand elsewhere now.
    pub changed: Vec<(String, StepStatus)>,
}

/// A command that ran in what is taken back.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RanCommand {
    /// The step.
    pub step: String,
    /// The command.
    pub command: String,
    /// Its text, if the template still has it.
    pub script: Option<String>,
    /// Whether the step says how its effect is taken back.
    pub has_rollback: bool,
}

/// What is to be taken back or done again.
#[derive(Clone, Copy)]
enum Wanted {
    /// The newest that can be.
    Newest,
    /// The operation of this number, whatever came later.
    One(u64),
    /// Everything behind the operation of this number.
    Behind(u64),
}

/// The history of a run, and what of it is about to be taken back.
struct Found {
    entries: Vec<Entry>,
    transactions: Vec<CommittedTransaction>,
    place: Place,
}

impl WorkflowEngine {
    /// Takes back the newest operation that is in force. What it did outside of the state is not reversed.
    ///
    /// # Errors
    /// [`Error::NothingTo`], [`Error::UndoBlocked`], and those of the store.
    pub fn undo(&mut self, options: &ActOptions) -> Result<Undone> {
        self.take_back("undo", Wanted::Newest, options)
    }

    /// Takes back one operation, on which nothing later depends.
    ///
    /// # Errors
    /// [`Error::NotUndoable`] if the operation is not in force or none that is taken back, [`Error::UndoDepends`]
    /// if steps that were settled later need what it settled, [`Error::UndoBlocked`] if what it changed was
    /// changed again since, and those of the store.
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
    /// use checklist_workflow::{ActOptions, StepStatus};
    ///
    /// let now = ActOptions::default();
    /// engine.skip("morning", Some("slept"), None, &now)?;
    /// engine.rename("sunday", &now)?;
    /// // The rename does not depend on it, so it stays.
    /// engine.undo_one(2, &now)?;
    /// assert_eq!(engine.view()?.steps[0].status, StepStatus::Pending);
    /// assert_eq!(engine.view()?.name.as_deref(), Some("sunday"));
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn undo_one(&mut self, op: u64, options: &ActOptions) -> Result<Undone> {
        self.take_back("undo", Wanted::One(op), options)
    }

    /// Takes back everything behind an operation: the run stands as it did then, and its operations go on being
    /// counted.
    ///
    /// # Errors
    /// [`Error::NotUndoable`] if there is no such operation, or if a command was running then, and as
    /// [`WorkflowEngine::undo`].
    pub fn undo_to(&mut self, op: u64, options: &ActOptions) -> Result<Undone> {
        self.take_back("undo", Wanted::Behind(op), options)
    }

    /// Does again what the newest undo took back.
    ///
    /// # Errors
    /// As [`WorkflowEngine::undo`].
    pub fn redo(&mut self, options: &ActOptions) -> Result<Undone> {
        self.take_back("redo", Wanted::Newest, options)
    }

    /// The commands that ran behind an operation, and how many operations those are: what a person should know
    /// before they take them back.
    ///
    /// # Errors
    /// As [`WorkflowEngine::undo_to`]; nothing is changed.
    pub fn plan_undo_to(&self, op: u64) -> Result<(Vec<u64>, Vec<RanCommand>)> {
        let selected = self.selected()?;
        let found = find("undo", Wanted::Behind(op), self.store.history()?, &selected.id)?;
        let commands = ran(&found, &selected.id, &selected.template);
        Ok((found.place.ops, commands))
    }

    /// Undo and redo are the same: the inverse of what transactions did to the steps and to the status.
    fn take_back(&mut self, verb: &'static str, wanted: Wanted, options: &ActOptions) -> Result<Undone> {
        self.refresh()?;
        if self.selected()?.archived.is_some() {
            return Err(Error::Archived(self.selected()?.id.clone()));
        }
        self.stores_no_secret(&self.masker())?;
        let (hold, id) = (self.hold_run()?, self.selected()?.id.clone());
        let (stamp, root) = (self.stamp(), self.store.root().to_owned());
        let mut txn = self.store.begin()?;
        drop(hold);
        // The history is read under the store's lock, so that nothing comes between.
        let found = find(verb, wanted, txn.history()?, &id)?;
        let before = load(txn.read_as(&keys::run(&id)), &id)?;
        request::check(self.request.as_ref(), &before)?;
        if options.if_rev.is_some_and(|rev| rev != before.rev) {
            return Err(Error::Conflict { rev: before.rev });
        }
        let place = &found.place;
        // Whether a run is complete follows from its steps, so it is not taken back but found anew.
        if before.status == RunStatus::Completed {
            txn.write(&keys::field(&id, "status"), RunStatus::Active)?;
        }
        txn.replay(found.inverse(&id)).map_err(|error| match error.kind() {
            ErrorKind::Conflict => Error::UndoBlocked { op: place.op },
            _ => Error::Store(error),
        })?;

        let inverted = load(txn.read_as(&keys::run(&id)), &id)?;
        if let Wanted::Behind(op) = wanted
            && inverted.steps.values().any(|state| state.status == StepStatus::Active)
        {
            return Err(Error::NotUndoable { op, reason: "a command was running then".to_owned() });
        }
        let selected = self.selected.as_ref().ok_or(Error::NoRun)?;
        // A migration that is taken back gives the run its former list.
        let template = match inverted.template == selected.run.template {
            true => selected.template.clone(),
            false => super::copies::read_template(txn.env(), &root, &inverted.template)?,
        };
        if let Wanted::One(op) = wanted {
            refuse_dependents(op, &before, &inverted, &template)?;
        }
        let commands = ran(&found, &id, &selected.template);
        let entry = found.last()?;
        let mut after = inverted.clone();
        transition::refit(&mut after, &template, &stamp)?;
        after.rev = before.rev + 1;
        after.updated_at = stamp.at;
        after.branch.clone_from(&self.branch);
        after.keep_attempts(&before);
        let (note, extra) = describe(verb, wanted, &found, &entry);
        request::keep(self.request.as_ref(), &mut after, &note);
        write_changes(&mut txn, &id, &inverted, &after)?;
        let mut value = note_value(&self.actor, &id, after.rev, &note);
        if let Some(to) = extra {
            value["to"] = to.into();
        }
        txn.set_note(value);
        txn.commit()?;
        self.request = None;
        let saved = Saved { rev: after.rev, run: id };
        let changed = template.steps.iter().map(|step| (step.id.clone(), after.status_of(&step.id)));
        let changed = changed.filter(|(step, status)| before.status_of(step) != *status).collect();
        if let Some(selected) = &mut self.selected {
            selected.template = template;
        }
        self.saved(&before, after);
        let Place { ops, is_gathered, .. } = found.place;
        Ok(Undone { entry, ops, is_many: is_gathered, commands, saved, changed })
    }
}

impl Found {
    /// What takes back what the transactions in question wrote, in the order in which that fits.
    fn inverse(&self, id: &str) -> Vec<Operation> {
        let transactions = self.place.transactions.iter().map(|at| &self.transactions[*at]);
        let operations: Vec<&Operation> = transactions
            .flat_map(|transaction| &transaction.operations)
            .filter(|operation| !is_bookkeeping(id, operation))
            .collect();
        operations.into_iter().rev().map(Operation::inverse).collect()
    }

    fn last(&self) -> Result<Entry> {
        let last = self.place.ops.last().copied().unwrap_or(self.place.op);
        let found = self.entries.iter().find(|entry| entry.op == last);
        found.cloned().ok_or(Error::NothingTo("undo"))
    }
}

/// Looks for what is wanted in the history of a run.
fn find(verb: &'static str, wanted: Wanted, all: Vec<CommittedTransaction>, id: &str) -> Result<Found> {
    let (entries, transactions): (Vec<Entry>, Vec<CommittedTransaction>) =
        all.into_iter().filter_map(|found| Some((entry_of(&found, id)?, found))).unzip();
    let stacks = Stacks::of(&entries);
    let stack = if verb == "undo" { &stacks.done } else { &stacks.undone };
    let refused = |op: u64, reason: &str| Error::NotUndoable { op, reason: reason.to_owned() };
    let place = match wanted {
        Wanted::Newest => stack.last().cloned().ok_or(Error::NothingTo(verb))?,
        Wanted::One(op) => {
            let found = stack.iter().rfind(|place| place.ops.contains(&op));
            found.cloned().ok_or_else(|| refused(op, why_not(op, &entries, &stacks)))?
        }
        Wanted::Behind(op) => {
            if !entries.iter().any(|entry| entry.op == op) {
                return Err(refused(op, "the run has no such operation"));
            }
            let is_behind =
                |entry: &&Entry| entry.op > op && !matches!(entry.verb.as_str(), "archive" | "unarchive");
            let at = entries.iter().enumerate().filter(|(_, entry)| is_behind(entry));
            let (transactions, ops): (Vec<usize>, Vec<u64>) = at.map(|(at, entry)| (at, entry.op)).unzip();
            let first = *ops.first().ok_or(Error::NothingTo(verb))?;
            Place { op: first, ops, transactions, is_gathered: true }
        }
    };
    Ok(Found { entries, transactions, place })
}

/// Why an operation is not one that can be taken back.
fn why_not(op: u64, entries: &[Entry], stacks: &Stacks) -> &'static str {
    let Some(entry) = entries.iter().find(|entry| entry.op == op) else {
        return "the run has no such operation";
    };
    match entry.verb.as_str() {
        "run" => "it began the run",
        "undo" => "it is an undo itself: use redo",
        "redo" => "it is a redo: undo what it did again",
        "interrupted" => "it is a fact: say what became of the command with resume",
        "archive" | "unarchive" => "it says where the run is kept",
        _ if stacks.undone_ops().contains(&op) => "it is undone already",
        "start" | "end" | "fail" => "its command was cut off: settle it with resume",
        _ => "it is not in force any more",
    }
}

/// Refuses where steps that are settled or under way need one that would be open again.
fn refuse_dependents(op: u64, before: &Run, after: &Run, template: &Template) -> Result<()> {
    let outline = Outline::of(template);
    let is_open_again = |id: &str| before.status_of(id).is_settled() && !after.status_of(id).is_settled();
    let is_begun = |status: StepStatus| !matches!(status, StepStatus::Pending | StepStatus::Hidden);
    let depends = template.steps.iter().filter(|step| {
        is_begun(after.status_of(&step.id))
            && !is_open_again(&step.id)
            && transition::unmet_needs(after, &outline, step).iter().any(|need| is_open_again(need))
    });
    let steps: Vec<String> = depends.map(|step| step.id.clone()).collect();
    if steps.is_empty() { Ok(()) } else { Err(Error::UndoDepends { op, steps }) }
}

/// What the history says of it, and where it went back to.
fn describe<'a>(
    verb: &'static str,
    wanted: Wanted,
    found: &Found,
    entry: &'a Entry,
) -> (Note<'a>, Option<u64>) {
    let step = entry.step.as_deref();
    let of = Some(found.place.op);
    match wanted {
        Wanted::Behind(op) => {
            let count = found.place.ops.len();
            (Note { of, ..Note::new(verb, None, format!("{count} operations, back to op {op}")) }, Some(op))
        }
        _ if found.place.is_gathered => {
            (Note { of, ..Note::new(verb, None, format!("{} operations", found.place.ops.len())) }, None)
        }
        _ => {
            let words = [Some(entry.verb.as_str()), step];
            let detail = words.into_iter().flatten().collect::<Vec<_>>().join(" ");
            (Note { of, ..Note::new(verb, step, detail) }, None)
        }
    }
}

/// What is no part of what people do: it goes on whatever is taken back, or follows from the rest and is found anew.
fn is_bookkeeping(id: &str, operation: &Operation) -> bool {
    let key = operation.key().as_str();
    let Some(field) = key.strip_prefix(keys::run(id).as_str()).and_then(|rest| rest.strip_prefix('/')) else {
        return false;
    };
    match field.split('/').next().unwrap_or_default() {
        // That there is a place for them says nothing, and later operations may have put something there.
        "variables" | "claims" => !field.contains('/'),
        "rev" | "updatedAt" | "branch" | "currentStepId" | "keys" | "attempts" => true,
        "status" => {
            let follows = |value: &Value| [Some("active"), Some("completed")].contains(&value.as_str());
            matches!(operation, Operation::Write { value, previous: Some(previous), .. }
                if follows(value) && follows(previous))
        }
        "steps" => {
            let is_hidden = |value: &Value| value.get("status").is_some_and(|status| status == "hidden");
            match operation {
                Operation::Write { value, previous, .. } => is_hidden(value) && previous.is_none(),
                Operation::Delete { previous, .. } => is_hidden(previous),
            }
        }
        _ => false,
    }
}

/// The commands that were started in what is taken back, each once.
fn ran(found: &Found, id: &str, template: &Template) -> Vec<RanCommand> {
    let mut ran: Vec<RanCommand> = Vec::new();
    let mut ops = found.entries.iter().zip(&found.transactions);
    let in_place = |entry: &Entry| found.place.ops.contains(&entry.op) && entry.verb == "start";
    for (entry, transaction) in ops.by_ref().filter(|(entry, _)| in_place(entry)) {
        let Some(step) = &entry.step else { continue };
        let key = keys::step(id, step);
        let written = transaction.operations.iter().find_map(|operation| match operation {
            Operation::Write { key: written, value, .. } if *written == key => value.get("commands"),
            _ => None,
        });
        let is_started = |command: &Value| command.get("status").and_then(Value::as_str) == Some("started");
        for (command, state) in written.and_then(Value::as_object).into_iter().flatten() {
            let is_new = !ran.iter().any(|known| known.step == *step && known.command == *command);
            if is_started(state) && is_new {
                ran.push(ran_command(template, step, command));
            }
        }
    }
    ran
}

fn ran_command(template: &Template, step: &str, command: &str) -> RanCommand {
    let known = template.step(step);
    let is_rollback = command.starts_with(ROLLBACK_PREFIX);
    let script = known.and_then(|step| step.command(command)).map(|command| match &command.action {
        Action::Bash { run } => run.clone(),
        Action::Agent { prompt } => prompt.clone(),
    });
    let has_rollback = !is_rollback && known.is_some_and(|step| !step.rollback.is_empty());
    RanCommand { step: step.to_owned(), command: command.to_owned(), script, has_rollback }
}
