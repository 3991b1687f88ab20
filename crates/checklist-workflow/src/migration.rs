//! `Migration`: what becomes of a run when it goes on with another version of its template. Pure.

use crate::list::List;
use crate::run::{CommandStatus, Evidence, Run, StepClaim, StepState, StepStatus};
use crate::template::{Step, Template};
use crate::transition::{self, Refusal, Stamp};
use std::collections::BTreeMap;

/// Texts less alike than this are not suggested for one another.
const LIKENESS_MIN: f64 = 0.6;

/// What is to become of the progress of a step that the new template does not have.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Decision {
    /// It is the progress of this step of the new template.
    Becomes(String),
    /// It goes; the history keeps it.
    Goes,
}

/// What somebody has to say, because nothing makes it certain.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Question {
    /// The step, which the new template does not have.
    pub step: String,
    /// Its title.
    pub title: String,
    /// Where it stands.
    pub status: StepStatus,
    /// The step of the new template that it is most like, if one is like it.
    pub suggestion: Option<String>,
}

/// A run, moved.
#[derive(Clone, Debug, PartialEq)]
pub struct Migration {
    /// The run as it is then.
    pub run: Run,
    /// The steps whose progress is that of another now: from, to.
    pub renamed: Vec<(String, String)>,
    /// The steps that are gone.
    pub dropped: Vec<String>,
    /// The steps that are new.
    pub added: Vec<String>,
    /// The steps that were verified by other checks than they have now, and count as claimed.
    pub unverified: Vec<String>,
    /// The steps that ask for another value than the one they were answered with, and are to do again.
    pub reopened: Vec<String>,
}

/// Why a run cannot be moved as asked.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Obstacle {
    /// Somebody has to decide these first.
    Asks(Vec<Question>),
    /// A decision names something that is not there, or not open.
    Impossible(String),
    /// A rule stands in the way.
    Refused(Refusal),
}

/// Moves the progress of a run to the steps of another version of its template: by their ids, and where an id is
/// gone by what was decided.
///
/// # Errors
/// The [`Obstacle`]; the run is as it was.
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
/// use checklist_workflow::migration::{Decision, Obstacle, migrate};
/// use checklist_workflow::transition::Stamp;
/// use checklist_workflow::{ActOptions, List};
/// use std::collections::BTreeMap;
///
/// engine.skip("morning", Some("slept"), None, &ActOptions::default())?;
/// let new = List::parse("day.md", "- [ ] Dawn\n- [ ] Noon\n")?;
/// let (run, old) = (engine.run().expect("one is open"), engine.template().expect("it has a list"));
/// let stamp = Stamp { at: run.updated_at, by: "ana".to_owned() };
/// let asked = migrate(run, old, &new, &BTreeMap::new(), &stamp);
/// assert!(matches!(asked, Err(Obstacle::Asks(questions)) if questions[0].step == "morning"));
///
/// let decisions = BTreeMap::from([("morning".to_owned(), Decision::Becomes("dawn".to_owned()))]);
/// let migration = migrate(run, old, &new, &decisions, &stamp).expect("it was decided");
/// assert_eq!(migration.renamed, [("morning".to_owned(), "dawn".to_owned())]);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
pub fn migrate(
    run: &Run,
    old: &Template,
    new: &List,
    decisions: &BTreeMap<String, Decision>,
    stamp: &Stamp,
) -> Result<Migration, Obstacle> {
    let unknown = run
        .steps
        .iter()
        .find(|(_, state)| matches!(state.status, StepStatus::Interrupted | StepStatus::Active));
    if let Some((step, _)) = unknown {
        return Err(Obstacle::Refused(Refusal::Unknown { step: step.clone() }));
    }
    check(run, new, decisions)?;
    let mut asks = Vec::new();
    let mut moved = Migration {
        run: Run { steps: BTreeMap::new(), claims: BTreeMap::new(), ..run.clone() },
        renamed: Vec::new(),
        dropped: Vec::new(),
        added: Vec::new(),
        unverified: Vec::new(),
        reopened: Vec::new(),
    };
    for (id, state) in &run.steps {
        let target = match (new.template.step(id), decisions.get(id)) {
            (Some(step), _) => Some(step),
            (None, Some(Decision::Becomes(other))) => {
                moved.renamed.push((id.clone(), other.clone()));
                new.template.step(other)
            }
            (None, Some(Decision::Goes)) => None,
            (None, None) if has_progress(state) => {
                asks.push(question(id, state, run, old, &new.template, decisions));
                None
            }
            (None, None) => None,
        };
        let Some(step) = target else { continue };
        if asks_otherwise(state, old.step(id), step) {
            moved.reopened.push(step.id.clone());
        } else if let Some(state) = fitted(state, old.step(id), step, &mut moved.unverified) {
            moved.run.steps.insert(step.id.clone(), state);
        }
    }
    if !asks.is_empty() {
        return Err(Obstacle::Asks(asks));
    }
    let is_kept =
        |step: &&Step| old.step(&step.id).is_some() || moved.renamed.iter().any(|(_, to)| *to == step.id);
    let is_gone = |step: &&Step| {
        new.template.step(&step.id).is_none() && !moved.renamed.iter().any(|(from, _)| *from == step.id)
    };
    moved.dropped = old.steps.iter().filter(is_gone).map(|step| step.id.clone()).collect();
    moved.added =
        new.template.steps.iter().filter(|step| !is_kept(step)).map(|step| step.id.clone()).collect();
    // What the boxes of new items say holds for them; what a run knows of the others is never set back.
    for (step, state) in crate::engine::imported_steps(new, stamp) {
        if moved.added.contains(&step) {
            moved.run.steps.insert(step, state);
        }
    }
    moved.run.claims = claims(run, &moved.renamed, &new.template);
    transition::refit(&mut moved.run, &new.template, stamp).map_err(Obstacle::Refused)?;
    Ok(moved)
}

/// Who has which step, by its new id.
fn claims(run: &Run, renamed: &[(String, String)], new: &Template) -> BTreeMap<String, StepClaim> {
    let new_id = |step: &String| {
        let renamed = renamed.iter().find(|(from, _)| from == step).map(|(_, to)| to);
        renamed.unwrap_or(step).clone()
    };
    let claims = run.claims.iter().map(|(step, claim)| (new_id(step), claim.clone()));
    claims.filter(|(step, _)| new.step(step).is_some()).collect()
}

/// Whether anything of a step was done or said. Being hidden follows from the others.
fn has_progress(state: &StepState) -> bool {
    let is_begun = || state.commands.values().any(|command| command.attempt > 0);
    !matches!(state.status, StepStatus::Pending | StepStatus::Hidden) || is_begun()
}

/// Whether a step that was answered asks for the value of another variable now.
fn asks_otherwise(state: &StepState, old: Option<&Step>, new: &Step) -> bool {
    state.status == StepStatus::Done && new.input.is_some() && old.is_some_and(|old| old.input != new.input)
}

/// Whether every decision is about a step that is gone and names one that is new and open.
fn check(run: &Run, new: &List, decisions: &BTreeMap<String, Decision>) -> Result<(), Obstacle> {
    let mut taken: Vec<&String> = Vec::new();
    for (from, decision) in decisions {
        let impossible = |text: String| Err(Obstacle::Impossible(text));
        if !run.steps.contains_key(from) {
            return impossible(format!(
                "the run knows nothing of a step \"{from}\", so there is nothing to move"
            ));
        }
        if new.template.step(from).is_some() {
            return impossible(format!("the new template has {from} itself"));
        }
        let Decision::Becomes(to) = decision else { continue };
        if new.template.step(to).is_none() {
            return impossible(format!("the new template has no step \"{to}\""));
        }
        if run.steps.get(to).is_some_and(has_progress) || taken.contains(&to) {
            return impossible(format!("{to} has progress of its own"));
        }
        taken.push(to);
    }
    Ok(())
}

fn question(
    id: &str,
    state: &StepState,
    run: &Run,
    old: &Template,
    new: &Template,
    decisions: &BTreeMap<String, Decision>,
) -> Question {
    let title = old.step(id).map_or_else(|| id.to_owned(), |step| step.title.clone());
    let is_free = |step: &&Step| {
        let is_taken = decisions.values().any(|decision| *decision == Decision::Becomes(step.id.clone()));
        old.step(&step.id).is_none() && !run.steps.contains_key(&step.id) && !is_taken
    };
    let lower = title.to_lowercase();
    let likeness = |step: &Step| {
        let by_title = strsim::normalized_levenshtein(&lower, &step.title.to_lowercase());
        by_title.max(strsim::normalized_levenshtein(id, &step.id))
    };
    let best = new.steps.iter().filter(is_free).map(|step| (likeness(step), step));
    let best = best.max_by(|a, b| a.0.total_cmp(&b.0)).filter(|(likeness, _)| *likeness >= LIKENESS_MIN);
    let suggestion = best.map(|(_, step)| step.id.clone());
    Question { step: id.to_owned(), title, status: state.status, suggestion }
}

/// The state of a step, as far as it says something of the new one.
fn fitted(
    state: &StepState,
    old: Option<&Step>,
    new: &Step,
    unverified: &mut Vec<String>,
) -> Option<StepState> {
    let mut state = state.clone();
    if state.status == StepStatus::Hidden {
        // Whether the new one applies is found anew.
        if state.commands.is_empty() {
            return None;
        }
        state.status = StepStatus::Pending;
    }
    // A command that is gone can neither run nor fail any more; one that failed is what its step failed by.
    let is_there = |id: &str| new.command(id).is_some();
    if state.status != StepStatus::Done {
        let has_failed =
            |id: &String, status: CommandStatus| status == CommandStatus::Failed && !is_there(id);
        if state.status == StepStatus::Failed
            && state.commands.iter().any(|(id, command)| has_failed(id, command.status))
        {
            state.status = StepStatus::Pending;
            state.note = None;
        }
        state.commands.retain(|id, _| is_there(id));
    }
    let is_other_check = old.is_some_and(|old| old.validation != new.validation);
    if state.status == StepStatus::Done && state.evidence == Some(Evidence::Verified) && is_other_check {
        state.evidence = Some(Evidence::Claimed);
        let before = state.note.take().map(|note| format!(": {note}")).unwrap_or_default();
        state.note = Some(format!("verified before its checks were changed{before}"));
        unverified.push(new.id.clone());
    }
    Some(state)
}
