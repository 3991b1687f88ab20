//! Going back: the document as it was at an earlier moment, put together from the history and the copies.

use super::rebuild::{apply, continued, perform};
use crate::disk::backup::{Copy, Shelf};
use crate::disk::history_reader;
use crate::disk::layout::Layout;
use crate::env::{Env, Timestamp};
use crate::error::{Error, ErrorKind, Result};
use crate::model::crc::Crc;
use crate::model::document::Document;
use crate::model::entry::Entry;
use crate::model::operation::{CommittedTransaction, Operation};
use crate::model::yaml::{self, State};
use crate::report::{Lsn, Source};
use crate::schema::Schema;

/// What to go back to.
///
/// ```
/// # let folder = tempfile::tempdir().unwrap();
/// use checklist_store::{Key, RestorePlan, Store, Target};
///
/// let mut store = Store::open(folder.path().join("state"))?;
/// store.transact(|draft| draft.write(&Key::from_static("/a"), 1))?;
/// let first = store.snapshot().lsn();
/// store.transact(|draft| draft.write(&Key::from_static("/a"), 2))?;
/// let plan: RestorePlan = store.plan_restore(&Target::Lsn(first))?;
/// assert_eq!(plan.operations.len(), 1);
/// let now = Target::Time(store.env().clock.now());
/// assert!(store.plan_restore(&now)?.operations.is_empty());
/// # Ok::<(), checklist_store::Error>(())
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Target {
    /// The state with everything up to this LSN.
    Lsn(Lsn),
    /// The state as it was at this time.
    Time(Timestamp),
    /// The state in this copy: its name, or the beginning of it that no other has.
    Backup(String),
}

/// An earlier state, and what leads back to it.
#[derive(Clone, Debug)]
pub struct RestorePlan {
    /// The LSN of the newest commit in it.
    pub lsn: Lsn,
    /// When that was committed.
    pub time: Timestamp,
    /// What it was put together from.
    pub source: Source,
    /// The changes that lead there from the state as it is, in the order in which they are made. None if it is
    /// the same.
    pub operations: Vec<Operation>,
}

/// A document as it was.
#[derive(Debug)]
pub(crate) struct Past {
    pub(crate) document: Document,
    /// The schema it had.
    pub(crate) schema: Schema,
    pub(crate) lsn: Lsn,
    pub(crate) time: Timestamp,
    pub(crate) source: Source,
}

impl Past {
    /// What leads there from a document.
    pub(crate) fn plan(&self, from: &Document) -> RestorePlan {
        let operations = from.changes_to(&self.document);
        RestorePlan { lsn: self.lsn, time: self.time, source: self.source.clone(), operations }
    }
}

/// Finds the document that `target` means. `now` is the state as it is; `waiting` what the log holds of it
/// beyond the history. Changes nothing.
///
/// The way leads back from the state as it is, through operations that each know what was there before; where
/// the history has a hole, forward from a copy. Either way it has to arrive at the checksum that was recorded,
/// where one was.
///
/// # Errors
/// [`ErrorKind::Invalid`] if there is no such moment or copy, or nothing proves what it was like;
/// [`ErrorKind::Corrupt`] if a line of the history is damaged that is needed.
pub(crate) fn past(
    env: &Env,
    layout: &Layout,
    now: &State,
    waiting: &[CommittedTransaction],
    target: &Target,
) -> Result<Past> {
    let shelf = Shelf::open(env, layout)?;
    if let Target::Backup(name) = target {
        return in_copy(env, &shelf, name);
    }
    let survey = history_reader::survey(env, layout)?;
    let damage = survey.damage.first().map(history_reader::Damage::error);
    let mut line: Vec<Step> = survey.into_newest().into_iter().map(Step::from).collect();
    let last = line.last().map_or(Lsn(0), |step| step.transaction.lsn);
    line.extend(waiting.iter().filter(|transaction| transaction.lsn > last).map(Step::from));
    line.retain(|step| step.transaction.lsn <= now.lsn);
    let at = moment(&line, now, target)?;
    let recorded = at.and_then(|at| line[at].document);
    let (lsn, time) = match at {
        Some(at) => (line[at].transaction.lsn, line[at].transaction.timestamp),
        None => (Lsn(0), Timestamp::default()),
    };
    let is_as_recorded = |state: &State| recorded.is_none_or(|crc| crc == yaml::render(state).2);
    let found = backward(now, &line, lsn).filter(|(state, _)| is_as_recorded(state));
    let found = match found {
        Some(found) => Some(found),
        None => forward(env, &shelf, &line, lsn)?.filter(|(state, _)| is_as_recorded(state)),
    };
    match (found, damage) {
        (Some((state, source)), _) => {
            let schema = schema_at(&line, at, now.schema);
            Ok(Past { document: state.document, schema, lsn, time, source })
        }
        (None, Some(damage)) => Err(damage),
        (None, None) => {
            let message = format!("what the state was at record {lsn} cannot be proven: no copy leads there");
            Err(Error::new(ErrorKind::Invalid, message))
        }
    }
}

/// A committed transaction, and the checksum of the document after it, where it was recorded.
struct Step {
    transaction: CommittedTransaction,
    document: Option<Crc>,
}

impl From<Entry> for Step {
    fn from(entry: Entry) -> Step {
        Step { transaction: entry.transaction, document: entry.document }
    }
}

impl From<&CommittedTransaction> for Step {
    fn from(transaction: &CommittedTransaction) -> Step {
        Step { transaction: transaction.clone(), document: None }
    }
}

/// The newest transaction that a target includes; `None` for the time before the first, if that is recorded.
fn moment(line: &[Step], now: &State, target: &Target) -> Result<Option<usize>> {
    let refuse = |message: String| Err(Error::new(ErrorKind::Invalid, message));
    let is_included = |step: &Step| match target {
        Target::Lsn(lsn) => step.transaction.lsn <= *lsn,
        Target::Time(time) => step.transaction.timestamp <= *time,
        Target::Backup(_) => false,
    };
    if let Target::Lsn(lsn) = target
        && *lsn > now.lsn
    {
        return refuse(format!("there is no record {lsn} yet: the newest is {}", now.lsn));
    }
    let at = line.iter().rposition(is_included);
    match (at, line.first()) {
        (Some(_), _) => Ok(at),
        (None, Some(first)) if first.transaction.first <= Lsn(2) => match target {
            Target::Lsn(_) => Ok(None),
            _ => refuse(format!("nothing was saved before {}", first.transaction.timestamp)),
        },
        (None, Some(first)) => {
            let CommittedTransaction { lsn, timestamp, .. } = first.transaction;
            refuse(format!(
                "the history begins with record {lsn}, at {timestamp}; what was before is not known"
            ))
        }
        (None, None) => refuse("the history is empty: there is nothing to go back to".to_owned()),
    }
}

/// The schema of the document after a step: that of now, unless it changed since.
fn schema_at(line: &[Step], at: Option<usize>, now: Schema) -> Schema {
    let (before, after) = line.split_at(at.map_or(0, |at| at + 1));
    let told = |steps: &[Step]| steps.iter().rev().find_map(|step| step.transaction.schema);
    match told(after) {
        None => now,
        Some(_) => told(before).unwrap_or(Schema::FIRST),
    }
}

/// Takes back, from the state as it is, everything behind `lsn`.
fn backward(now: &State, line: &[Step], lsn: Lsn) -> Option<(State, Source)> {
    let mut state = now.clone();
    let mut expected = now.lsn..now.lsn.next();
    for step in line.iter().rev().take_while(|step| step.transaction.lsn > lsn) {
        let CommittedTransaction { lsn: last, first, operations, .. } = &step.transaction;
        if !expected.contains(last) {
            return None;
        }
        for operation in operations.iter().rev() {
            perform(&mut state.document, &operation.inverse()).ok()?;
        }
        // The first of a life of the log comes after its base record.
        expected = Lsn(first.0.saturating_sub(2))..*first;
    }
    if !expected.contains(&lsn) {
        return None;
    }
    state.lsn = lsn;
    let source = Source { name: "history", detail: "taken back step by step".to_owned(), lsn };
    Some((state, source))
}

/// Goes on from the newest copy that is not behind `lsn` and leads there.
fn forward(env: &Env, shelf: &Shelf, line: &[Step], lsn: Lsn) -> Result<Option<(State, Source)>> {
    for copy in shelf.states().into_iter().filter(|copy| copy.reason.is_of_this_store()) {
        let Some(mut state) = shelf.state(env, copy)?.filter(|state| state.lsn <= lsn) else { continue };
        let steps = continued(state.lsn, line, |step| &step.transaction);
        let mut steps = steps.iter().take_while(|step| step.transaction.lsn <= lsn);
        if steps.try_for_each(|step| apply(&mut state, &step.transaction)).is_ok() && state.lsn == lsn {
            return Ok(Some((state, Source { name: "backup", detail: copy.stem.clone(), lsn })));
        }
    }
    Ok(None)
}

/// The state in the copy that `name` means.
fn in_copy(env: &Env, shelf: &Shelf, name: &str) -> Result<Past> {
    let refuse = |message: String| Err(Error::new(ErrorKind::Invalid, message));
    let wanted = name.rsplit('/').next().unwrap_or(name);
    let wanted = wanted.split('.').next().unwrap_or(wanted);
    let named = |copy: &&Copy| !wanted.is_empty() && copy.stem.starts_with(wanted);
    let found: Vec<&Copy> = shelf.copies.iter().filter(named).collect();
    let copy = match found.as_slice() {
        [copy] => *copy,
        [] => return refuse(format!("there is no copy `{name}`")),
        several => match several.iter().find(|copy| copy.stem == wanted) {
            Some(copy) => *copy,
            None => return refuse(format!("{} copies begin with `{name}`: write more of it", several.len())),
        },
    };
    if copy.state().is_none() {
        return refuse(format!("the copy `{}` holds no state", copy.stem));
    }
    let Some(state) = shelf.state(env, copy)? else {
        return refuse(format!("the state in the copy `{}` does not verify", copy.stem));
    };
    let source = Source { name: "backup", detail: copy.stem.clone(), lsn: state.lsn };
    let State { document, schema, lsn, modified: time, .. } = state;
    Ok(Past { document, schema, lsn, time, source })
}
