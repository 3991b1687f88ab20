//! Making the checks of done steps again: what was true then need not be true now.

use super::act::found;
use super::execute::{Deadline, Watch};
use super::record::Note;
use super::{ActOptions, Saved, WorkflowEngine};
use crate::check::CheckResult;
use crate::error::{Error, Result};
use crate::run::{Evidence, StepStatus};
use crate::template::Step;
use crate::transition::{Operation, Refusal};
use std::sync::atomic::AtomicBool;

/// What came of looking at a done step again.
#[derive(Clone, Debug, PartialEq)]
pub struct Verified {
    /// The step.
    pub step: String,
    /// On whose word it is done.
    pub evidence: Evidence,
    /// Whether it holds; `None` if it has nothing to be checked by.
    pub holds: Option<bool>,
    /// The checks that were made.
    pub checks: Vec<CheckResult>,
}

/// What came of looking at all of them.
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
/// use std::sync::atomic::AtomicBool;
///
/// engine.skip("morning", Some("slept"), None, &ActOptions::default())?;
/// // No step is done, so there is nothing to look at again.
/// let verification = engine.verify(&[], false, &ActOptions::default(), &AtomicBool::new(false), &mut |_| {})?;
/// assert!(verification.steps.is_empty() && verification.drifted().count() == 0);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Debug, PartialEq)]
pub struct Verification {
    /// Each step that was looked at, in the order of the template.
    pub steps: Vec<Verified>,
    /// Where that was saved, if it was to be.
    pub saved: Option<Saved>,
}

impl Verification {
    /// The steps that do not hold any more.
    pub fn drifted(&self) -> impl Iterator<Item = &Verified> {
        self.steps.iter().filter(|step| step.holds == Some(false))
    }
}

impl WorkflowEngine {
    /// Makes the checks of done steps again: of those named, or of all. Nothing is changed, unless it `records`:
    /// then, in one transaction, a step that was claimed and holds becomes verified, and one that does not hold
    /// has failed. The caller has made sure that the template is trusted.
    ///
    /// # Errors
    /// [`Refusal::StepIs`] for a named step that is not done, [`Error::Cancelled`], and those of the store.
    pub fn verify(
        &mut self,
        named: &[String],
        records: bool,
        options: &ActOptions,
        cancel: &AtomicBool,
        watch: Watch<'_>,
    ) -> Result<Verification> {
        self.refresh()?;
        let mut steps = Vec::new();
        for step in self.to_verify(named)? {
            let evidence = self.selected()?.run.steps.get(&step.id).and_then(|state| state.evidence);
            let deadline = Deadline::of(&step, self.store.env());
            let checks = self.run_checks(&step, deadline, cancel, watch)?;
            let holds = (!step.validation.is_empty()).then(|| checks.iter().all(|check| check.passed));
            let evidence = evidence.unwrap_or(Evidence::Claimed);
            steps.push(Verified { step: step.id, evidence, holds, checks });
        }
        let mut verification = Verification { steps, saved: None };
        if records {
            verification.saved = self.record_verification(&verification, options)?;
        }
        Ok(verification)
    }

    fn to_verify(&self, named: &[String]) -> Result<Vec<Step>> {
        let selected = self.selected()?;
        let is_done = |id: &str| selected.run.status_of(id) == StepStatus::Done;
        if named.is_empty() {
            return Ok(selected.template.steps.iter().filter(|step| is_done(&step.id)).cloned().collect());
        }
        let mut steps = Vec::new();
        for text in named {
            let step = self.step(text)?;
            if !is_done(&step.id) {
                let status = selected.run.status_of(&step.id);
                return Err(Error::Refused(Refusal::StepIs { step: step.id.clone(), status }));
            }
            if !steps.contains(step) {
                steps.push(step.clone());
            }
        }
        Ok(steps)
    }

    fn record_verification(&mut self, of: &Verification, options: &ActOptions) -> Result<Option<Saved>> {
        let mut operations = Vec::new();
        let (mut confirmed, mut drifted) = (0, Vec::new());
        for step in &of.steps {
            let id = step.step.clone();
            match (step.holds, step.evidence) {
                (Some(true), Evidence::Claimed) => {
                    confirmed += 1;
                    operations.push(Operation::Confirmed { step: id, note: found(&step.checks) });
                }
                (Some(false), _) => {
                    let failed = step.checks.iter().find(|check| !check.passed);
                    let why = failed
                        .map_or_else(String::new, |check| format!("{}: {}", check.label(), check.detail));
                    drifted.push(id.clone());
                    operations.push(Operation::Drifted {
                        step: id,
                        note: format!("does not hold any more: {why}"),
                    });
                }
                _ => {}
            }
        }
        if operations.is_empty() {
            return Ok(None);
        }
        let detail = match drifted.as_slice() {
            [] => format!("{confirmed} verified that were claimed"),
            drifted => {
                format!("{} do not hold any more; {confirmed} verified that were claimed", drifted.join(", "))
            }
        };
        Ok(Some(self.apply(&operations, &Note::new("verify", None, detail), *options)?))
    }
}
