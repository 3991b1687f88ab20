//! A run in the document: read from its place, written as the difference to what was there, and noted.

use crate::error::{Error, Result};
use crate::keys;
use crate::run::{Run, StepState};
use checklist_store::{Draft, ErrorKind, Key};
use serde::Serialize;
use serde_json::{Value, json};
use std::collections::BTreeMap;

/// What an operation is called in the history.
pub(crate) struct Note<'a> {
    pub(crate) verb: &'a str,
    pub(crate) step: Option<&'a str>,
    pub(crate) detail: String,
    pub(crate) of: Option<u64>,
}

impl<'a> Note<'a> {
    pub(crate) fn new(verb: &'a str, step: Option<&'a str>, detail: impl Into<String>) -> Note<'a> {
        Note { verb, step, detail: detail.into(), of: None }
    }
}

/// A note as the log and the history keep it.
pub(crate) fn note_value(actor: &str, run: &str, rev: u64, note: &Note<'_>) -> Value {
    let mut value = json!({"run": run, "op": rev, "verb": note.verb, "actor": actor});
    let members = [
        ("step", note.step.map(Value::from)),
        ("detail", (!note.detail.is_empty()).then(|| Value::from(note.detail.as_str()))),
        ("of", note.of.map(Value::from)),
    ];
    for (name, member) in members {
        if let Some(member) = member {
            value[name] = member;
        }
    }
    value
}

/// A run as it was found in its place in the document. Why it is none may quote a value, so only the place is
/// told.
pub(crate) fn load<E>(found: std::result::Result<Option<Run>, E>, id: &str) -> Result<Run> {
    let malformed = |_| Error::Malformed(format!("/instances/{id} does not have the form of a run"));
    found.map_err(malformed)?.ok_or_else(|| Error::UnknownRun(id.to_owned()))
}

/// Writes what differs between two states of a run: as little as can be, so that what one operation did can be taken
/// back while a later one stands.
pub(crate) fn write_changes(draft: &mut Draft, id: &str, before: &Run, after: &Run) -> Result<()> {
    let form = |run: &Run| {
        let (variables, steps, claims, keys) = Default::default();
        serde_json::to_value(Run { variables, steps, claims, keys, ..run.clone() })
    };
    let (Ok(Value::Object(old)), Ok(Value::Object(new))) = (form(before), form(after)) else {
        return Err(Error::Malformed(format!("/instances/{id} has no JSON form")));
    };
    for (name, value) in new.iter().filter(|(name, value)| old.get(*name) != Some(value)) {
        draft.write(&keys::field(id, name), value)?;
    }
    for name in old.keys().filter(|name| !new.contains_key(*name)) {
        draft.delete(&keys::field(id, name))?;
    }
    write_members(draft, &before.variables, &after.variables, |name| keys::variable(id, name))?;
    write_members(draft, &before.steps, &after.steps, |step| keys::step(id, step))?;
    write_members(draft, &before.claims, &after.claims, |step| keys::claim(id, step))?;
    write_members(draft, &before.keys, &after.keys, |key| keys::answered(id, key))
}

fn write_members<T: PartialEq + Serialize>(
    draft: &mut Draft,
    before: &BTreeMap<String, T>,
    after: &BTreeMap<String, T>,
    key: impl Fn(&str) -> Key<'static>,
) -> Result<()> {
    for (name, value) in after.iter().filter(|(name, value)| before.get(*name) != Some(value)) {
        draft.write(&key(name), value)?;
    }
    for name in before.keys().filter(|name| !after.contains_key(*name)) {
        draft.delete(&key(name))?;
    }
    Ok(())
}

/// The rule every committed document keeps, an adopted edit among them: what is in the place of a run is one.
///
/// # Errors
/// [`ErrorKind::Invalid`], naming the place that does not have its form.
pub fn check_runs(snapshot: &checklist_store::Snapshot) -> checklist_store::Result<()> {
    for id in snapshot.names(&keys::RUNS) {
        if snapshot.read_as::<Run>(&keys::run(&id)).is_err() {
            // The reason may quote a value, so the step is looked for that does not have its form.
            let steps = snapshot.names(&keys::field(&id, "steps")).into_iter();
            let mut bad = steps.filter(|step| snapshot.read_as::<StepState>(&keys::step(&id, step)).is_err());
            let place = bad.next().map_or_else(String::new, |step| format!("/steps/{step}"));
            let message = format!("/instances/{id}{place} does not have the form it should have");
            return Err(checklist_store::Error::new(ErrorKind::Invalid, message));
        }
    }
    Ok(())
}
