//! `Rebuilt`: the newest state that the files prove, put together from copies, history and log.

use super::look::Look;
use crate::disk::backup::Shelf;
use crate::disk::history_reader::{self, Survey};
use crate::disk::layout::Layout;
use crate::disk::line_reader::LineReader;
use crate::disk::state_file::Found;
use crate::disk::wal_reader::LogFinding;
use crate::env::Env;
use crate::error::{Error, ErrorKind, Result};
use crate::model::document::Document;
use crate::model::entry::Entry;
use crate::model::line;
use crate::model::operation::{CommittedTransaction, Operation};
use crate::model::record::{LSN_MAX, RECORD_BYTES_MAX, Record, StateId};
use crate::model::yaml::{self, Parsed, State};
use crate::report::{Lsn, RepairPlan, Source};
use crate::schema::Schema;
use serde_json::Value;

/// How far above everything that verifies a number may lie that nothing verifies: one written by hand must
/// not use up the numbering.
const CLAIM_MAX: u64 = 1 << 40;

/// A state put together, and how.
#[derive(Debug)]
pub(crate) struct Rebuilt {
    pub(crate) state: State,
    pub(crate) plan: RepairPlan,
    /// The highest LSN that anything speaks of, committed or not: numbers go on above it if something is lost.
    highest: Lsn,
    /// What the history holds.
    pub(crate) survey: Survey,
    /// The log's own transactions, which the history may lack.
    pub(crate) logged: Vec<CommittedTransaction>,
}

impl Rebuilt {
    /// The LSN of the rebuilt state where something is lost: above everything that was given out, so that no
    /// number stands for two things.
    pub(crate) fn lsn_above(&self) -> Lsn {
        Lsn(self.highest.next().0.min(LSN_MAX))
    }
}

/// Puts together the newest state that the files prove: a sound `state.yaml`, a copy, or the empty document,
/// then the history as far as it goes on from there without a hole, then the log. Changes nothing.
pub(crate) fn rebuild(env: &Env, layout: &Layout, look: &Look) -> Result<Rebuilt> {
    let shown = match &look.state {
        Found::Present(_, Parsed::Sound(_, state, _)) if !look.is_put_back() => Some(state),
        _ => None,
    };
    rebuild_from(env, layout, look, shown)
}

/// The same without `state.yaml`: what copies, history and log prove by themselves.
pub(crate) fn replay(env: &Env, layout: &Layout, look: &Look) -> Result<Rebuilt> {
    rebuild_from(env, layout, look, None)
}

fn rebuild_from(env: &Env, layout: &Layout, look: &Look, shown: Option<&State>) -> Result<Rebuilt> {
    let survey = history_reader::survey(env, layout)?;
    let shelf = Shelf::open(env, layout)?;
    let logged = &look.scan.transactions;
    let spoken_of = spoken_of(look, &survey, &shelf);
    let is_whole = survey.damage.is_empty();
    let trail = Trail { survey: &survey, look };
    let is_proven = |ending: &Ending| {
        is_whole
            && ending.is_matched
            && Some(ending.state.lsn) >= spoken_of
            && !is_log_damaged(look, ending.state.lsn)
    };
    let mut best: Option<(Candidate, Ending)> = None;
    // Says whether there is nothing better to be looked for.
    let mut consider = |candidate: Candidate| {
        if let Some(ending) = trail.follow(&candidate)
            && best.as_ref().is_none_or(|(_, best)| best.rank() < ending.rank())
        {
            best = Some((candidate, ending));
        }
        best.as_ref().is_some_and(|(_, ending)| is_proven(ending))
    };
    let mut is_found = shown.is_some_and(|state| {
        let detail = "checksum matches".to_owned();
        consider(Candidate { name: "state.yaml", detail, state: state.clone(), is_own: true })
    });
    for copy in shelf.states() {
        if is_found {
            break;
        }
        if let (Some(path), Some(state)) = (copy.state(), shelf.state(env, copy)?) {
            let (detail, is_own) = (path.display().to_string(), copy.reason.is_of_this_store());
            is_found = consider(Candidate { name: "backup", detail, state, is_own });
        }
    }
    if let Some(beginning) = trail.beginning().filter(|_| !is_found) {
        consider(beginning);
    }
    let Some((candidate, ending)) = best else {
        let message = "there is neither a copy of the state nor a whole history to rebuild it from; nothing was changed";
        return Err(Error::new(ErrorKind::Corrupt, message).at(layout.root()));
    };
    let mut plan = ending.plan(candidate);
    plan.is_proven = is_proven(&ending);
    plan.lost = lost(look, &ending, spoken_of);
    plan.unproven = survey.damage.iter().map(|damage| damage.error().to_string()).collect();
    let highest = highest(env, layout, &shelf, spoken_of.unwrap_or_default().max(ending.state.lsn))?;
    let logged = logged.iter().filter(|transaction| transaction.lsn <= ending.state.lsn).cloned().collect();
    Ok(Rebuilt { state: ending.state, plan, highest, survey, logged })
}

/// A state from which history and log may lead on.
struct Candidate {
    name: &'static str,
    detail: String,
    state: State,
    /// Whether it was this store's own, and not perhaps another's put in its place.
    is_own: bool,
}

/// Where a candidate leads to.
struct Ending {
    state: State,
    /// The LSN of the candidate.
    begin: Lsn,
    recorded: (usize, Lsn),
    waiting: (usize, Lsn),
    /// Whether the document has the CRC that the history holds for it, with nothing recorded behind.
    is_matched: bool,
    /// Whether it has another one.
    is_contradicted: bool,
}

impl Ending {
    fn rank(&self) -> (bool, Lsn, bool, Lsn) {
        (!self.is_contradicted, self.state.lsn, self.is_matched, self.begin)
    }

    fn plan(&self, candidate: Candidate) -> RepairPlan {
        let mut plan = RepairPlan { ends_at: self.state.lsn, ..RepairPlan::default() };
        plan.sources.push(Source { name: candidate.name, detail: candidate.detail, lsn: self.begin });
        if self.recorded.0 > 0 {
            let detail = format!("{} transactions, chain unbroken", self.recorded.0);
            plan.sources.push(Source { name: "history", detail, lsn: self.recorded.1 });
        }
        if self.waiting.0 > 0 {
            let detail = format!("{} transactions", self.waiting.0);
            plan.sources.push(Source { name: "log", detail, lsn: self.waiting.1 });
        }
        plan
    }
}

/// The history and the log.
struct Trail<'a> {
    survey: &'a Survey,
    look: &'a Look,
}

impl Trail<'_> {
    /// Goes on from a state as far as there is no hole. `None` if what is recorded was not done to it.
    fn follow(&self, candidate: &Candidate) -> Option<Ending> {
        let mut state = candidate.state.clone();
        let (begin, mut is_matched, mut is_contradicted) = (state.lsn, false, false);
        let last = self.survey.newest().and_then(|run| run.entries.last());
        let mut compare = |state: &State, entry: &Entry| {
            let Some(document) = entry.document else { return };
            let is_same = document == yaml::render(state).2;
            is_contradicted |= !is_same;
            is_matched = is_same && last.is_some_and(|last| last.transaction.lsn == state.lsn);
        };
        if let Some(entry) = self.survey.entries().find(|entry| entry.transaction.lsn == state.lsn) {
            compare(&state, entry);
        }
        let recorded = self.recorded_after(state.lsn);
        for entry in recorded {
            apply(&mut state, &entry.transaction).ok()?;
        }
        if let Some(entry) = recorded.last() {
            compare(&state, entry);
        }
        let recorded = (recorded.len(), state.lsn);
        // Before anything was recorded the document is empty, and that is all there is to know of it.
        is_matched |= self.is_unrecorded() && begin == Lsn(0);
        let mut waiting = (0, state.lsn);
        let before = state.clone();
        for transaction in continued(state.lsn, &self.look.scan.transactions, |transaction| transaction) {
            if apply(&mut state, transaction).is_err() {
                // The log continues another state than this one.
                (state, waiting.0) = (before, 0);
                break;
            }
            waiting = (waiting.0 + 1, state.lsn);
        }
        (candidate.is_own || is_matched).then_some(Ending {
            state,
            begin,
            recorded,
            waiting,
            is_matched,
            is_contradicted,
        })
    }

    /// The lines that lead furthest from a state at `lsn`.
    fn recorded_after(&self, lsn: Lsn) -> &[Entry] {
        let runs = self.survey.runs.iter();
        let slices = runs.map(|run| continued(lsn, &run.entries, |entry| &entry.transaction));
        slices.max_by_key(|entries| entries.last().map(|entry| entry.transaction.lsn)).unwrap_or_default()
    }

    fn is_unrecorded(&self) -> bool {
        self.survey.runs.is_empty()
            && self.survey.damage.is_empty()
            && self.look.scan.base.is_some_and(|base| base.lsn == Lsn(0))
    }

    /// The empty document, where history or log begin with it. Where the history begins later, it may still
    /// begin with nothing, such as that of an adopted clone; then its end has to prove it.
    fn beginning(&self) -> Option<Candidate> {
        let document = Document::default();
        let (first, last) = match self.survey.entries().next() {
            Some(entry) => (entry.transaction.first, &entry.transaction),
            None => (Lsn(1), self.look.scan.transactions.first().filter(|_| self.is_unrecorded())?),
        };
        let is_own = first <= Lsn(2);
        let lsn = if is_own { Lsn(0) } else { Lsn(first.0 - 1) };
        let schema = last.schema.unwrap_or(Schema::FIRST);
        let state = State { schema, lsn, modified: last.timestamp, recovery: None, document };
        Some(Candidate { name: "beginning", detail: "the empty document".to_owned(), state, is_own })
    }
}

/// The items whose transactions follow on from a state at `lsn` without a hole: within a life of the log one
/// takes up where the other ended, and the first of a life comes after its base record.
pub(super) fn continued<T>(lsn: Lsn, items: &[T], transaction: impl Fn(&T) -> &CommittedTransaction) -> &[T] {
    let start = items.iter().take_while(|item| transaction(item).lsn <= lsn).count();
    let mut last = lsn;
    let follows = |item: &&T| {
        let gap = transaction(item).first.0.wrapping_sub(last.0);
        last = transaction(item).lsn;
        gap == 1 || gap == 2
    };
    let count = items[start..].iter().take_while(follows).count();
    &items[start..start + count]
}

/// Applies a transaction to the state that it was made on.
///
/// # Errors
/// If it was made on another one: a key does not hold what the operation says was there.
pub(super) fn apply(state: &mut State, transaction: &CommittedTransaction) -> Result<()> {
    for operation in &transaction.operations {
        perform(&mut state.document, operation)?;
    }
    state.lsn = transaction.lsn;
    state.modified = transaction.timestamp;
    state.schema = transaction.schema.unwrap_or(state.schema);
    Ok(())
}

/// Applies one operation if the document holds what the operation says was there.
pub(super) fn perform(document: &mut Document, operation: &Operation) -> Result<()> {
    let expected = match operation {
        Operation::Write { previous, .. } => previous.as_ref(),
        Operation::Delete { previous, .. } => Some(previous),
    };
    let found = document.get(operation.key()).map(Value::from);
    if found.as_ref() != expected {
        let message = format!("`{}` does not hold what was changed there", operation.key());
        return Err(Error::new(ErrorKind::Conflict, message));
    }
    document.apply(operation)
}

/// The newest LSN that the files speak of as committed.
fn spoken_of(look: &Look, survey: &Survey, shelf: &Shelf) -> Option<Lsn> {
    let recorded = survey.entries().map(|entry| entry.transaction.lsn).max();
    let promised = look.scan.promise.map(|promise| promise.lsn);
    let certain = recorded.into_iter().chain(promised).chain(look.scan.last()).chain(shelf.last()).max();
    let claimed = match &look.state {
        Found::Present(_, Parsed::Edited(_, state)) => Some(state.lsn),
        _ => None,
    };
    let limit = certain.unwrap_or_default().0.saturating_add(CLAIM_MAX);
    certain.into_iter().chain(claimed.filter(|claimed| claimed.0 <= limit)).max()
}

/// The same with what was never committed: an unfinished batch, and numbers given out by repairs.
fn highest(env: &Env, layout: &Layout, shelf: &Shelf, spoken_of: Lsn) -> Result<Lsn> {
    let path = layout.wal();
    let mut reader = LineReader::new(env, &path, RECORD_BYTES_MAX);
    let mut highest = shelf.copies.iter().map(|copy| copy.lsn).fold(spoken_of, Lsn::max);
    while let Some(line) = reader.next_line().map_err(|error| Error::io("read the log", &path, error))? {
        if let Some(Ok(record)) = line::open(line.bytes).map(Record::parse) {
            highest = highest.max(record.lsn);
        }
    }
    Ok(highest)
}

/// Whether the log held something behind `ends_at` that was promised and does not verify.
fn is_log_damaged(look: &Look, ends_at: Lsn) -> bool {
    let scan = &look.scan;
    let checksum =
        scan.base.map(|base| base.checksum).filter(|_| scan.base.is_some_and(|base| base.lsn == ends_at));
    let reached = StateId { lsn: ends_at, checksum: checksum.unwrap_or_default() };
    scan.relate(reached) == LogFinding::Damaged || scan.base.is_none() && scan.tail.is_some()
}

/// What the files speak of and no source holds.
fn lost(look: &Look, ending: &Ending, spoken_of: Option<Lsn>) -> Option<String> {
    let ends_at = ending.state.lsn;
    if is_log_damaged(look, ends_at) {
        return Some("what the damaged part of the log held".to_owned());
    }
    if let Some(spoken_of) = spoken_of.filter(|spoken_of| *spoken_of > ends_at) {
        return Some(format!(
            "the transactions between {ends_at} and {spoken_of}, of which only numbers are left"
        ));
    }
    let message =
        "it is not certain what: the state that is left is not the one the history was written with";
    ending.is_contradicted.then(|| message.to_owned())
}
