//! What people and agents do to a run: done, skip, back, resolve, pause, reset.

use super::execute::Deadline;
use super::record::Note;
use super::{ActOptions, Saved, WorkflowEngine};
use crate::check::CheckResult;
use crate::error::{Error, Result};
use crate::outline::Outline;
use crate::run::{Evidence, RunStatus, StepStatus};
use crate::template::{ConfirmBy, Step, StepKind};
use crate::transition::{self, Operation, Refusal, Resolution};
use std::collections::BTreeMap;
use std::sync::atomic::AtomicBool;

/// On what somebody says that a step is done.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Claim<'a> {
    /// On nothing: the checks of the step decide.
    None,
    /// On their word, whatever the checks say.
    Because(&'a str),
    /// As the answer to a `confirm` step.
    Confirmed {
        /// What was typed, where the step asks for it.
        typed: Option<&'a str>,
        /// Whether a person at a terminal typed it.
        at_terminal: bool,
    },
}

/// What became of an operation.
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
/// use checklist_workflow::{ActOptions, Acted, Claim, StepStatus};
/// use std::sync::atomic::AtomicBool;
///
/// let (now, cancel) = (ActOptions::default(), AtomicBool::new(false));
/// let done: Acted = engine.done("morning", Claim::Because("it is over"), &now, &cancel)?;
/// assert!(done.changed && done.status == StepStatus::Done);
/// engine.back(None, &now)?;
/// engine.pause(&now)?;
/// engine.unpause(&now)?;
/// engine.reset(&now)?;
/// assert_eq!(engine.view()?.progress.done, 0);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Debug, PartialEq)]
pub struct Acted {
    /// Whether anything changed; a step that is done already is no error.
    pub changed: bool,
    /// Where it was saved, if it changed anything.
    pub saved: Option<Saved>,
    /// The step.
    pub step: String,
    /// Where it stands now.
    pub status: StepStatus,
    /// On whose word it is done.
    pub evidence: Option<Evidence>,
    /// What was found, the claim, or the reason.
    pub detail: Option<String>,
    /// The checks that ran.
    pub checks: Vec<CheckResult>,
    /// Parents that are done with it.
    pub also: Vec<String>,
}

impl WorkflowEngine {
    /// Says that a step is done. Its checks run first; without checks, and with [`Claim::Because`], it is done
    /// on somebody's word.
    ///
    /// # Errors
    /// [`Error::CheckFailed`], [`Error::OutputFailed`], [`Error::NeedsHuman`], [`Error::NeedsAnswer`],
    /// [`Error::RunByTool`], [`Error::Refused`] and those of the
    /// store. Nothing is changed then.
    pub fn done(
        &mut self,
        step: &str,
        claim: Claim<'_>,
        options: &ActOptions,
        cancel: &AtomicBool,
    ) -> Result<Acted> {
        self.refresh()?;
        let known = self.step(step)?.clone();
        let step = known.id.as_str();
        if self.selected()?.run.status_of(step) == StepStatus::Done {
            return self.acted(step, None, Vec::new(), &[]);
        }
        let selected = self.selected()?;
        if selected.run.status != RunStatus::Active {
            return Err(Refusal::RunIs(selected.run.status).into());
        }
        transition::check_ready(&selected.run, &selected.template, &known)?;
        self.check_claim(&known, claim)?;
        let deadline = Deadline::of(&known, self.store.env());
        let approval = approval(&known, claim);
        let verb = if approval.is_some() { "approve" } else { "done" };
        let (evidence, note, checks) = match claim {
            Claim::Because(reason) => (Evidence::Claimed, Some(reason.to_owned()), Vec::new()),
            _ if known.validation.is_empty() => (Evidence::Claimed, approval, Vec::new()),
            _ => {
                let checks = self.run_checks(&known, deadline, cancel, &mut |_| {})?;
                if let Some(failed) = checks.iter().find(|check| !check.passed) {
                    let message = format!("{step} did not pass its check: {}", failed.label());
                    self.emit(&crate::event::WorkflowEvent::Failed { message });
                    return Err(Error::CheckFailed { step: step.to_owned(), checks, is_recorded: false });
                }
                let note = approval.into_iter().chain([found(&checks)]).collect::<Vec<_>>().join("; ");
                (Evidence::Verified, Some(note), checks)
            }
        };
        // An approval is somebody's word by its name.
        let word = (evidence, verb) != (Evidence::Claimed, "approve");
        let word = word.then_some(evidence.as_str());
        let detail = word.into_iter().chain(note.as_deref()).collect::<Vec<_>>().join("  ");
        let outputs = match claim {
            Claim::Because(_) => BTreeMap::new(),
            _ => self.take_outputs(&known, deadline, cancel)?,
        };
        let operation = Operation::Done { step: step.to_owned(), evidence, note, outputs };
        self.record_done(operation, &Note::new(verb, Some(step), detail), options, checks)
    }

    /// Records that a step is done. Somebody may have said so while its checks ran; then nothing is left to record.
    pub(super) fn record_done(
        &mut self,
        operation: Operation,
        note: &Note<'_>,
        options: &ActOptions,
        checks: Vec<CheckResult>,
    ) -> Result<Acted> {
        let step = note.step.unwrap_or_default();
        let before = self.done_steps();
        match self.apply(&[operation], note, *options) {
            Err(error @ Error::Refused(_)) => {
                self.refresh()?;
                match self.selected()?.run.status_of(step) {
                    StepStatus::Done => self.acted(step, None, checks, &[]),
                    _ => Err(error),
                }
            }
            saved => self.acted(step, Some(saved?), checks, &before),
        }
    }

    /// Whether this claim is one the step takes.
    fn check_claim(&self, step: &Step, claim: Claim<'_>) -> Result<()> {
        match (&step.confirm, claim) {
            (Some(confirm), claim) if step.kind == StepKind::Confirm => {
                let is_human = confirm.by == ConfirmBy::Human;
                let ask = |what: &str| Error::NeedsHuman { step: step.id.clone(), what: what.to_owned() };
                let (typed, at_terminal) = match claim {
                    Claim::Confirmed { typed, at_terminal } => (typed, at_terminal),
                    _ if is_human => return Err(ask("a person confirms it at a terminal")),
                    _ => (None, false),
                };
                if is_human && !at_terminal {
                    return Err(ask("a person confirms it at a terminal"));
                }
                if let Some(wanted) = &confirm.type_to_confirm {
                    let wanted = self.expand(wanted);
                    if (is_human || matches!(claim, Claim::Confirmed { .. }))
                        && typed != Some(wanted.as_str())
                    {
                        return Err(ask(&format!("type \"{wanted}\" to confirm")));
                    }
                }
                Ok(())
            }
            (_, Claim::None | Claim::Confirmed { .. }) if step.kind == StepKind::Input => {
                Err(Error::NeedsAnswer(step.id.clone()))
            }
            (_, Claim::None) if step.kind == StepKind::Auto => Err(Error::RunByTool(step.id.clone())),
            _ => Ok(()),
        }
    }

    /// Leaves a step out.
    ///
    /// # Errors
    /// [`Error::Refused`] if a rule stands in the way, and those of the store.
    pub fn skip(
        &mut self,
        step: &str,
        reason: Option<&str>,
        killer: Option<&str>,
        options: &ActOptions,
    ) -> Result<Acted> {
        self.refresh()?;
        let step = &self.step_id(step)?;
        let state = self.selected()?.run.steps.get(step);
        if state.is_some_and(|state| state.status == StepStatus::Skipped && state.note.as_deref() == reason) {
            return self.acted(step, None, Vec::new(), &[]);
        }
        let operation = Operation::Skipped {
            step: step.to_owned(),
            reason: reason.map(str::to_owned),
            killer: killer.map(str::to_owned),
        };
        let before = self.done_steps();
        let note = Note::new("skip", Some(step), reason.unwrap_or_default());
        let saved = self.apply(&[operation], &note, *options)?;
        self.acted(step, Some(saved), Vec::new(), &before)
    }

    /// Opens a settled or failed step again: the named one, or the one that was settled last.
    ///
    /// # Errors
    /// [`Error::NothingTo`] if no step is settled, [`Error::Refused`], and those of the store.
    pub fn back(&mut self, step: Option<&str>, options: &ActOptions) -> Result<Acted> {
        self.refresh()?;
        let step = match step {
            Some(step) => self.step(step)?.id.clone(),
            None => self.last_settled()?.ok_or(Error::NothingTo("go back to"))?,
        };
        let state = self.selected()?.run.steps.get(&step);
        let was = state.map_or_else(String::new, |state| match state.evidence {
            Some(evidence) => format!("was {} {evidence}", state.status),
            None => format!("was {}", state.status),
        });
        let operation = Operation::Reopened { step: step.clone() };
        let saved = self.apply(&[operation], &Note::new("back", Some(&step), was.clone()), *options)?;
        let mut acted = self.acted(&step, Some(saved), Vec::new(), &[])?;
        acted.detail = Some(was);
        Ok(acted)
    }

    /// The step that was settled last, parents left out: they follow their parts.
    fn last_settled(&self) -> Result<Option<String>> {
        let selected = self.selected()?;
        let is_parent =
            |id: &str| selected.template.steps.iter().any(|step| step.parent.as_deref() == Some(id));
        let settled =
            selected.run.steps.iter().filter(|(id, state)| state.status.is_settled() && !is_parent(id));
        // Of two settled within a millisecond, the one further down.
        let place = |id: &str| selected.template.steps.iter().position(|step| step.id == id);
        Ok(settled.max_by_key(|(id, state)| (state.at, place(id))).map(|(id, _)| id.clone()))
    }

    /// Says what became of a command that was cut off.
    ///
    /// # Errors
    /// [`Error::Refused`] if it is not interrupted; [`Error::StillRuns`] if it is still at work, unless
    /// somebody answers for its being done; and those of the store.
    pub fn resolve(
        &mut self,
        step: &str,
        command: &str,
        resolution: Resolution,
        options: &ActOptions,
    ) -> Result<Acted> {
        self.resolve_because(step, command, resolution, None, options)
    }

    /// As [`WorkflowEngine::resolve`], for a reason that is recorded.
    pub(super) fn resolve_because(
        &mut self,
        step: &str,
        command: &str,
        resolution: Resolution,
        reason: Option<&str>,
        options: &ActOptions,
    ) -> Result<Acted> {
        self.refresh()?;
        let step = &self.step_id(step)?;
        if resolution != Resolution::Done(Evidence::Claimed) {
            self.check_ended(step, command)?;
        }
        let word = match resolution {
            Resolution::Rerun => "to be run again",
            Resolution::Done(Evidence::Verified) => "done, confirmed by its check",
            Resolution::Done(Evidence::Claimed) => "claimed done",
            Resolution::Failed => "failed",
        };
        let operation = Operation::Resolved {
            step: step.to_owned(),
            command: command.to_owned(),
            resolution,
            note: reason.map(str::to_owned),
        };
        let detail = reason.map_or_else(|| word.to_owned(), |reason| format!("{word}, {reason}"));
        let note = Note::new("resolve", Some(step), format!("{command}: {detail}"));
        let saved = self.apply(&[operation], &note, *options)?;
        self.acted(step, Some(saved), Vec::new(), &[])
    }

    /// Puts the run aside.
    ///
    /// # Errors
    /// [`Error::Refused`] if it is not being worked on, and those of the store.
    pub fn pause(&mut self, options: &ActOptions) -> Result<Saved> {
        self.refresh()?;
        self.apply(&[Operation::Paused], &Note::new("pause", None, ""), *options)
    }

    /// Goes on with a run that was put aside.
    ///
    /// # Errors
    /// As [`WorkflowEngine::pause`].
    pub fn unpause(&mut self, options: &ActOptions) -> Result<Saved> {
        self.refresh()?;
        self.apply(&[Operation::Unpaused], &Note::new("resume", None, ""), *options)
    }

    /// Puts the run back to its beginning. The history keeps what was done, and undo takes it back. Variables keep
    /// their values: what `input` steps were answered is offered when they ask again.
    ///
    /// # Errors
    /// [`Error::Busy`] while another process executes a step, and those of the store.
    pub fn reset(&mut self, options: &ActOptions) -> Result<Saved> {
        self.refresh()?;
        let hold = self.hold_run()?;
        let saved = self.apply(&[Operation::Reset], &Note::new("reset", None, ""), *options);
        drop(hold);
        saved
    }

    pub(crate) fn done_steps(&self) -> Vec<String> {
        let steps = self.selected.iter().flat_map(|selected| &selected.run.steps);
        steps.filter(|(_, state)| state.status == StepStatus::Done).map(|(id, _)| id.clone()).collect()
    }

    /// Describes where a step stands after an operation.
    pub(crate) fn acted(
        &self,
        step: &str,
        saved: Option<Saved>,
        checks: Vec<CheckResult>,
        done_before: &[String],
    ) -> Result<Acted> {
        let run = &self.selected()?.run;
        let state = run.steps.get(step);
        let template = &self.selected()?.template;
        let outline = Outline::of(template);
        let part = outline.step(step).into_iter();
        let above: Vec<&str> =
            part.flat_map(|part| outline.ancestors(part)).map(|step| step.id.as_str()).collect();
        let is_new = |id: &String| !done_before.contains(id) && above.contains(&id.as_str());
        let also =
            if saved.is_some() { self.done_steps().into_iter().filter(is_new).collect() } else { Vec::new() };
        Ok(Acted {
            changed: saved.is_some(),
            saved,
            step: step.to_owned(),
            status: run.status_of(step),
            evidence: state.and_then(|state| state.evidence),
            detail: state.and_then(|state| state.note.clone()),
            checks,
            also,
        })
    }
}

/// How a `confirm` step was approved. What was typed is told only where it is the text that the list asks for.
fn approval(step: &Step, claim: Claim<'_>) -> Option<String> {
    let Claim::Confirmed { typed, at_terminal } = claim else { return None };
    let asks = step.confirm.as_ref().is_some_and(|confirm| confirm.type_to_confirm.is_some());
    Some(match (typed.filter(|_| asks), at_terminal) {
        (Some(typed), true) => format!("typed \"{typed}\" on a terminal"),
        (None, true) => "confirmed on a terminal".to_owned(),
        (_, false) => "confirmed, not on a terminal".to_owned(),
    })
}

/// What checks that all passed found, in one line.
pub(crate) fn found(checks: &[CheckResult]) -> String {
    checks
        .iter()
        .map(|check| check.detail.as_str())
        .filter(|detail| !detail.is_empty())
        .collect::<Vec<_>>()
        .join("; ")
}
