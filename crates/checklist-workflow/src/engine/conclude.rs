//! Concluding a step whose commands are done: its checks, its outputs, and on whose word it is done.

use super::act::{Acted, found};
use super::execute::{Deadline, Progressed, Watch};
use super::record::Note;
use super::{ActOptions, WorkflowEngine};
use crate::check::{CheckResult, Checker};
use crate::condition::Verdict;
use crate::error::{Error, Result};
use crate::exec::Exit;
use crate::run::{Evidence, StepStatus};
use crate::template::{Condition, Step};
use crate::transition::{self, Operation};
use crate::view::CheckView;
use std::collections::BTreeMap;
use std::sync::atomic::AtomicBool;

/// Bytes an output may have: it is kept in the state, which people read.
const OUTPUT_BYTES_MAX: usize = 16 * 1024;

/// What is known when a step is to be concluded.
#[derive(Clone, Copy)]
pub(super) struct Evidences {
    pub(super) has_commands: bool,
    pub(super) was_failed: bool,
    pub(super) deadline: Deadline,
}

impl WorkflowEngine {
    /// Runs the checks of a step whose commands are all done, takes its outputs, and records what they say.
    pub(super) fn conclude(
        &mut self,
        step: &Step,
        evidences: Evidences,
        cancel: &AtomicBool,
        watch: Watch<'_>,
    ) -> Result<Acted> {
        let Evidences { has_commands, was_failed, deadline } = evidences;
        let checks = self.run_checks(step, deadline, cancel, watch)?;
        // Where nothing ran, nothing has happened that would have to be remembered.
        let is_active = self.selected()?.run.status_of(&step.id) == StepStatus::Active;
        let is_recorded = is_active || has_commands && !was_failed;
        if let Some(failed) = checks.iter().find(|check| !check.passed) {
            let note = format!("{}: {}", failed.label(), failed.detail);
            if is_recorded {
                self.record_failure(step, note)?;
            }
            return Err(Error::CheckFailed { step: step.id.clone(), checks, is_recorded });
        }
        let outputs = match self.take_outputs(step, deadline, cancel) {
            Err(mut error) => {
                if let Error::OutputFailed { is_recorded: recorded, .. } = &mut error
                    && is_recorded
                {
                    *recorded = true;
                    self.record_failure(step, error.to_string())?;
                }
                return Err(error);
            }
            Ok(outputs) => outputs,
        };
        // A check that passed is the best word. Without one, what somebody said of a command stays what it is.
        let claimed = self.claimed_command(step)?.filter(|_| checks.is_empty());
        let (evidence, note) = match claimed {
            Some(command) => (Evidence::Claimed, Some(format!("{command} is said to be done"))),
            None => (Evidence::Verified, Some(found(&checks)).filter(|found| !found.is_empty())),
        };
        let detail = format!("{evidence}  {}", note.as_deref().unwrap_or("its commands succeeded"));
        let operation = Operation::Done { step: step.id.clone(), evidence, note, outputs };
        let note = Note::new("done", Some(&step.id), detail);
        self.record_done(operation, &note, &ActOptions::default(), checks)
    }

    fn record_failure(&mut self, step: &Step, note: String) -> Result<()> {
        let operation = Operation::Failed { step: step.id.clone(), note: note.clone() };
        self.apply(&[operation], &Note::new("fail", Some(&step.id), note), ActOptions::default()).map(drop)
    }

    /// A command of the step that is done on somebody's word alone.
    fn claimed_command(&self, step: &Step) -> Result<Option<String>> {
        let state = self.selected()?.run.steps.get(&step.id);
        let mut commands = state.into_iter().flat_map(|state| &state.commands);
        let claimed = commands.find(|(_, command)| command.evidence == Some(Evidence::Claimed));
        Ok(claimed.map(|(id, _)| id.clone()))
    }

    /// What a condition says now, and why.
    pub(super) fn explain_condition(&self, condition: &Condition) -> Result<crate::condition::Explanation> {
        let selected = self.selected()?;
        let outline = crate::outline::Outline::of(&selected.template);
        Ok(transition::explain(&selected.run, &outline, condition))
    }

    /// Runs the checks of a step up to the first that does not pass. A check looks and changes nothing, so it
    /// leaves no record but its result.
    pub(super) fn run_checks(
        &mut self,
        step: &Step,
        deadline: Deadline,
        cancel: &AtomicBool,
        watch: Watch<'_>,
    ) -> Result<Vec<CheckResult>> {
        if step.validation.is_empty() {
            return Ok(Vec::new());
        }
        self.require_secrets()?;
        let log = self.check_log_name(&step.id)?;
        let masker = self.masker();
        let expand = |text: &str| Ok(self.expand(text));
        let evaluate = |condition: &Condition| match self.explain_condition(condition) {
            Ok(explanation) => (explanation.verdict == Verdict::True, explanation.to_string()),
            Err(error) => (false, error.to_string()),
        };
        let mut results = Vec::new();
        for validation in &step.validation {
            let command = self.prepare(step, None, "", 1, &log, deadline)?;
            let checker = Checker {
                env: self.store.env(),
                project: &self.project,
                command: &command,
                expand: &expand,
                evaluate: &evaluate,
                cancel,
            };
            let label = CheckView::of(validation, &|text| self.expand(text)).label();
            watch(&Progressed::Checking { step: &step.id, label: &label });
            let mut result = checker.check(validation);
            if result.outcome.as_ref().is_some_and(|outcome| outcome.exit == Exit::Cancelled) {
                return Err(Error::Cancelled);
            }
            result.detail = masker.mask(&result.detail);
            result.found = result.found.map(|found| masker.mask(&found));
            watch(&Progressed::Checked(&result));
            let passed = result.passed;
            results.push(result);
            if !passed {
                break;
            }
        }
        Ok(results)
    }

    /// Runs the commands that print the outputs of a step, and gives what they print without the last line
    /// ends, as `$(...)` does.
    pub(super) fn take_outputs(
        &mut self,
        step: &Step,
        deadline: Deadline,
        cancel: &AtomicBool,
    ) -> Result<BTreeMap<String, String>> {
        let mut outputs = BTreeMap::new();
        if step.outputs.is_empty() {
            return Ok(outputs);
        }
        self.require_secrets()?;
        let masker = self.masker();
        for (name, script) in &step.outputs {
            let log = self.output_log_name(&step.id, name)?;
            let command = self.prepare(step, None, script, 1, &log, deadline)?;
            let (outcome, bytes) = command.capture(self.store.env(), cancel, OUTPUT_BYTES_MAX);
            if outcome.exit == Exit::Cancelled {
                return Err(Error::Cancelled);
            }
            let text = match bytes.map(String::from_utf8) {
                _ if !outcome.succeeded() => Err(outcome.exit.to_string()),
                None => Err(format!("it is longer than {OUTPUT_BYTES_MAX} bytes")),
                Some(Err(_)) => Err("it is not text".to_owned()),
                Some(Ok(text)) if text.contains('\0') => Err("it holds a NUL character".to_owned()),
                Some(Ok(text)) if masker.finds(&text) => {
                    Err("it holds the value of a secret, and outputs are stored".to_owned())
                }
                Some(Ok(text)) => Ok(text.trim_end_matches(['\n', '\r']).to_owned()),
            };
            let text = text.map_err(|reason| Error::OutputFailed {
                step: step.id.clone(),
                output: name.clone(),
                reason,
                log: command.log.clone(),
                is_recorded: false,
            })?;
            outputs.insert(name.clone(), text);
        }
        Ok(outputs)
    }
}
