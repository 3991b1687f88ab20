//! Claiming a step for a time, so that of two who work on a run each takes another.

use super::record::Note;
use super::{ActOptions, Saved, WorkflowEngine};
use crate::error::{Error, Result};
use crate::run::{Moment, RunStatus, StepClaim, StepStatus};
use crate::template::Step;
use crate::transition::{self, Operation, Refusal};
use checklist_store::env::Timestamp;
use std::time::Duration;

/// How long a step is claimed where nobody says.
pub const CLAIM_DEFAULT: Duration = Duration::from_secs(30 * 60);

/// How often another step is tried when somebody was quicker.
const RACES_MAX: usize = 64;

/// What became of a claim.
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
/// use std::time::Duration;
///
/// let now = ActOptions::default();
/// let taken = engine.claim(None, Some(Duration::from_secs(600)), &now)?;
/// assert_eq!((taken.step.as_str(), taken.claim.by.as_str()), ("morning", "ana"));
/// engine.release("morning", None, &now)?;
/// assert!(engine.view()?.steps[0].claim.is_none());
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ClaimTaken {
    /// The step.
    pub step: String,
    /// The claim as it stands now.
    pub claim: StepClaim,
    /// Where that was saved; `None` if it stood so before.
    pub saved: Option<Saved>,
    /// Whose claim had run out and was taken over.
    pub taken_over: Option<StepClaim>,
}

impl WorkflowEngine {
    /// Takes a step, or the first that can be done now and that nobody has, for a time: one transaction, so of two
    /// who claim the same step exactly one gets it. Whoever has it already keeps it, and for longer only if `time`
    /// is given. A claim that has run out may be taken over, which is recorded.
    ///
    /// # Errors
    /// [`Refusal::ClaimedBy`] if somebody else has it, [`Error::NothingTo`] if there is none to take, and those of
    /// the store.
    pub fn claim(
        &mut self,
        step: Option<&str>,
        time: Option<Duration>,
        options: &ActOptions,
    ) -> Result<ClaimTaken> {
        self.refresh()?;
        let named = step.map(|step| self.step_id(step)).transpose()?;
        for _ in 0..RACES_MAX {
            let step = match &named {
                Some(step) => step.clone(),
                None => self
                    .claimable()?
                    .ok_or(Error::NothingTo("claim: no step can be done now that nobody has"))?,
            };
            match self.claim_step(&step, time, options) {
                Err(Error::Refused(Refusal::ClaimedBy { .. } | Refusal::StepIs { .. }))
                    if named.is_none() =>
                {
                    self.refresh()?;
                }
                claimed => return claimed,
            }
        }
        Err(Error::NothingTo("claim: others were quicker every time"))
    }

    fn claim_step(&mut self, step: &str, time: Option<Duration>, options: &ActOptions) -> Result<ClaimTaken> {
        let stamp = self.stamp();
        let known = self.selected()?.run.claims.get(step).cloned();
        let holds = known.as_ref().is_some_and(|claim| claim.by == stamp.by && claim.until > stamp.at);
        if let (true, None, Some(claim)) = (holds, time, &known) {
            return Ok(ClaimTaken {
                step: step.to_owned(),
                claim: claim.clone(),
                saved: None,
                taken_over: None,
            });
        }
        let ms = i64::try_from(time.unwrap_or(CLAIM_DEFAULT).as_millis()).unwrap_or(i64::MAX);
        let until = Timestamp::from_millis(stamp.at.0.as_millis().saturating_add(ms));
        let over = known.filter(|claim| claim.by != stamp.by);
        let detail = match &over {
            Some(claim) => {
                format!(
                    "until {until}, taken over from {}, whose claim ran out at {}",
                    claim.by, claim.until.0
                )
            }
            None => format!("until {until}"),
        };
        let operation = Operation::Taken { step: step.to_owned(), until: Moment(until) };
        let saved = self.apply(&[operation], &Note::new("claim", Some(step), detail), *options)?;
        let claim = self.selected()?.run.claims.get(step).cloned();
        let claim = claim.ok_or_else(|| Refusal::NotClaimed(step.to_owned()))?;
        Ok(ClaimTaken { step: step.to_owned(), claim, saved: Some(saved), taken_over: over })
    }

    /// Gives a step back. The claim of somebody else is given back only by naming them, which is recorded.
    ///
    /// # Errors
    /// [`Refusal::ClaimedBy`] if it is another's, [`Refusal::NotClaimed`], and those of the store.
    pub fn release(&mut self, step: &str, of: Option<&str>, options: &ActOptions) -> Result<Saved> {
        self.refresh()?;
        let step = self.step_id(step)?;
        let claim = self.selected()?.run.claims.get(&step).cloned();
        let claim = claim.ok_or_else(|| Refusal::NotClaimed(step.clone()))?;
        let is_own = claim.by == self.actor;
        if !is_own && of != Some(claim.by.as_str()) {
            return Err(Refusal::ClaimedBy { step, by: claim.by, until: claim.until }.into());
        }
        let detail = if is_own { String::new() } else { format!("the claim of {}", claim.by) };
        let operation = Operation::Released { step: step.clone() };
        self.apply(&[operation], &Note::new("release", Some(&step), detail), *options)
    }

    /// The step to take: one that this actor has already, or the first that can be done now and that nobody has.
    fn claimable(&self) -> Result<Option<String>> {
        let selected = self.selected()?;
        let (run, template) = (&selected.run, &selected.template);
        if run.status != RunStatus::Active {
            return Err(Refusal::RunIs(run.status).into());
        }
        let stamp = self.stamp();
        let is_open = |step: &&Step| {
            matches!(run.status_of(&step.id), StepStatus::Pending | StepStatus::Failed)
                && transition::check_ready(run, template, step).is_ok()
        };
        let is_own = |step: &&Step| run.claims.get(&step.id).is_some_and(|claim| claim.by == stamp.by);
        let is_free = |step: &&Step| transition::claim_of_another(run, &step.id, &stamp).is_none();
        let open = || template.steps.iter().filter(is_open);
        let found = open().find(is_own).or_else(|| open().find(is_free));
        Ok(found.map(|step| step.id.clone()))
    }
}
