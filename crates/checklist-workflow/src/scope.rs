//! `RunScope`: where the names of a condition have their values: in a run, as far as its steps are settled.

use crate::condition::{Path, Reading, Scope, Value};
use crate::outline::Outline;
use crate::run::{Run, StepStatus};
use crate::template::Step;

/// A run and its template, as conditions see them.
///
/// A step is known once it is settled or has failed; what it depends on is unknown until then, and never
/// guessed. The same holds for a variable that an input step asks for.
pub(crate) struct RunScope<'a> {
    pub(crate) run: &'a Run,
    pub(crate) outline: &'a Outline<'a>,
}

impl RunScope<'_> {
    fn is_known(&self, step: &str) -> bool {
        let status = self.run.status_of(step);
        status.is_settled() || status == StepStatus::Failed
    }

    fn of_step(&self, step: &str, known: Option<Value>) -> Reading {
        match known {
            _ if !self.is_known(step) => Reading::Unsettled(step.to_owned()),
            Some(value) => Reading::Known(value),
            None => Reading::Absent,
        }
    }
}

impl Scope for RunScope<'_> {
    fn read(&self, path: Path<'_>) -> Reading {
        let text = |text: Option<&str>| text.map(|text| Value::Text(text.to_owned()));
        let known = |value: Option<Value>| value.map_or(Reading::Absent, Reading::Known);
        match path {
            Path::Variable(name) => match self.outline.asking(name).filter(|step| !self.is_known(&step.id)) {
                Some(step) => Reading::Unsettled(step.id.clone()),
                None => known(self.run.variables.get(name).and_then(Value::of_json)),
            },
            Path::Status(step) => self.of_step(step, text(Some(self.run.status_of(step).as_str()))),
            Path::ExitCode(step) => {
                let code = self.outline.step(step).and_then(|step| exit_code(self.run, step));
                self.of_step(step, code.map(|code| Value::Integer(code.into())))
            }
            Path::Output(step, name) => {
                let state = self.run.steps.get(step);
                self.of_step(step, text(state.and_then(|state| state.outputs.get(name)).map(String::as_str)))
            }
            Path::Run(name) => known(text(match name {
                "template" => Some(&self.run.template_id),
                "version" => self.run.template_version.as_deref(),
                "branch" => self.run.branch.as_deref(),
                _ => None,
            })),
            Path::Os => Reading::Known(Value::Text(std::env::consts::OS.to_owned())),
        }
    }
}

/// The exit code of the last command of a step that left one.
fn exit_code(run: &Run, step: &Step) -> Option<i32> {
    let state = run.steps.get(&step.id)?;
    step.commands.iter().rev().find_map(|command| state.commands.get(&command.id)?.exit_code)
}
