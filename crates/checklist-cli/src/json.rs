//! The JSON objects of the answers: each with its `schema`, to which fields are only ever added.

use crate::failure::{Change, Failure};
use checklist_store::env::Timestamp;
use checklist_workflow::check::CheckResult;
use checklist_workflow::condition::Verdict;
use checklist_workflow::engine::Acted;
use checklist_workflow::event::{Progress, WorkflowEvent};
use checklist_workflow::run::Evidence;
use checklist_workflow::template::{Check, Step, Template, Validation};
use checklist_workflow::view::{CheckView, CommandView, ConditionView, RunView, StepView};
use serde_json::{Map, Value, json};

/// An object of this verb: `schema`, `ok`, and the members of `fields`.
pub(crate) fn object(verb: &str, fields: Value) -> Value {
    let mut members = Map::new();
    members.insert("schema".to_owned(), format!("checklist.{verb}/1").into());
    members.insert("ok".to_owned(), true.into());
    if let Value::Object(fields) = fields {
        members.extend(fields);
    }
    Value::Object(members)
}

/// What is known of an event of the engine.
pub(crate) fn facts(event: &WorkflowEvent) -> Value {
    match event {
        WorkflowEvent::RecoveryCompleted { redone, interrupted } => {
            json!({"redone": redone, "interrupted": interrupted})
        }
        WorkflowEvent::StepChanged { step, status } => json!({"step": step, "status": status.as_str()}),
        WorkflowEvent::StepCompleted { step } | WorkflowEvent::StepSkipped { step } => json!({"step": step}),
        WorkflowEvent::ProgressUpdated(progress) => json!({"progress": self::progress(progress)}),
        WorkflowEvent::WorkflowCompleted { run } => json!({"run": run}),
        WorkflowEvent::Failed { message } => json!({"message": message}),
        _ => json!({}),
    }
}

/// Something that happened, as one line of a stream.
pub(crate) fn event(event: &str, mut facts: Value, time: Timestamp) -> Value {
    facts["schema"] = "checklist.event/1".into();
    facts["event"] = event.into();
    facts["time"] = self::time(time).into();
    facts
}

/// A failed command.
pub(crate) fn error(failure: &Failure, run: Option<&str>, rev: Option<u64>) -> Value {
    let saved = match failure.change {
        Change::Nothing | Change::NotSaved => "not_saved",
        Change::Saved => "saved",
        Change::InDoubt => "in_doubt",
    };
    json!({
        "schema": "checklist.error/1",
        "ok": false,
        "code": failure.exit.name(),
        "exit": failure.exit.code(),
        "retryable": failure.exit == crate::exit::Exit::Busy,
        "changed": matches!(failure.change, Change::Saved),
        "saved": saved,
        "message": failure.message,
        "details": failure.details,
        "detail": failure.data,
        "hint": failure.advice.first(),
        "advice": failure.advice,
        "run": run,
        "rev": rev,
    })
}

fn time(at: Timestamp) -> String {
    at.to_string()
}

pub(crate) fn progress(progress: &Progress) -> Value {
    let Progress { done, skipped, hidden, failed, interrupted, total, verified, claimed } = *progress;
    json!({"done": done, "skipped": skipped, "hidden": hidden, "failed": failed, "interrupted": interrupted, "total": total,
        "verified": verified, "claimed": claimed})
}

/// The members that stand for a run as a whole.
pub(crate) fn run(view: &RunView) -> Value {
    let variables: Map<String, Value> =
        view.variables.iter().map(|(name, value)| (name.clone(), value.clone().into())).collect();
    json!({
        "run": view.id,
        "id": view.id,
        "name": view.name,
        "rev": view.rev,
        "template": view.template,
        "title": view.title,
        "version": view.version,
        "status": view.status.as_str(),
        "running": view.is_running,
        "branch": view.branch,
        "started": time(view.started_at),
        "updated": time(view.updated_at),
        "archived": view.archived_at.map(time),
        "variables": variables,
        "progress": progress(&view.progress),
        "current": view.current,
    })
}

/// One step as a list shows it.
pub(crate) fn step(step: &StepView) -> Value {
    json!({
        "id": step.id,
        "title": step.title,
        "description": step.description,
        "type": step_type(step),
        "section": step.section,
        "parent": step.parent,
        "status": step.status.as_str(),
        "marker": crate::screen::marker(step),
        "evidence": step.evidence.map(Evidence::as_str),
        "at": step.at.map(time),
        "by": step.by,
        "note": step.note,
        "killer": step.killer,
        "needs_human": step.needs_human,
        "waits_for": step.waits_for,
        "current": step.is_current,
        "assignee": step.assignee,
        "condition": step.condition.as_deref().map(condition),
        "outputs": step.outputs.iter().cloned().collect::<std::collections::BTreeMap<String, String>>(),
        "claim": step.claim.as_ref().map(|claim| json!({"by": claim.by, "at": time(claim.at),
            "until": time(claim.until), "over": claim.is_over, "own": claim.is_own})),
        "commands": step.commands.iter().map(command).collect::<Value>(),
        "rollback": step.rollback.iter().map(command).collect::<Value>(),
    })
}

/// A condition with what it comes to.
fn condition(condition: &ConditionView) -> Value {
    let (verdict, waits_for) = match &condition.verdict {
        Verdict::True => ("true", Vec::new()),
        Verdict::False => ("false", Vec::new()),
        Verdict::Waits(steps) => ("waits", steps.clone()),
        Verdict::Failed(_) => ("failed", Vec::new()),
    };
    json!({"text": condition.text, "verdict": verdict, "why": condition.why, "waits_for": waits_for})
}

/// One step as a report has it: with what was asked of an agent and what was checked.
pub(crate) fn exported_step(view: &StepView) -> Value {
    let mut value = step(view);
    value["prompts"] = view.prompts.clone().into();
    value["checks"] = view.checks.iter().map(CheckView::label).collect();
    value
}

/// One step with everything needed to do it.
pub(crate) fn full_step(view: &StepView, template: Option<&Template>, run: &RunView) -> Value {
    let mut value = step(view);
    let known = template.and_then(|template| Some((template, template.step(&view.id)?)));
    let checks: Vec<Value> = known.map(|(template, step)| checks(template, step, run)).unwrap_or_default();
    value["checks"] = checks.into();
    value["prompt"] = (!view.prompts.is_empty()).then(|| view.prompts.join("\n\n")).into();
    value["confirm"] = view.confirm.as_ref().map_or(Value::Null, |confirm| {
        json!({"message": confirm.message, "type_to_confirm": confirm.type_to_confirm, "by_human": confirm.by_human})
    });
    value["input"] = view.input.as_ref().map_or(Value::Null, |input| {
        json!({"variable": input.variable, "about": input.about, "value": input.value, "enum": input.allowed})
    });
    value
}

fn checks(template: &Template, step: &Step, run: &RunView) -> Vec<Value> {
    let lookup =
        |name: &str| run.variables.iter().find(|(known, _)| known == name).map(|(_, value)| value.clone());
    let expand = |text: &str| template.expand(text, lookup).unwrap_or_else(|_| text.to_owned());
    step.validation.iter().map(|validation| planned_check(validation, &expand)).collect()
}

fn planned_check(validation: &Validation, expand: &dyn Fn(&str) -> String) -> Value {
    let mut value = match &validation.check {
        Check::Bash { run } => json!({"kind": "bash", "run": run}),
        Check::FileExists { path } => json!({"kind": "file_exists", "path": expand(path)}),
        Check::FileContains { path, text } => {
            json!({"kind": "file_contains", "path": expand(path), "text": expand(text)})
        }
        Check::Expr { expr } => json!({"kind": "expr", "expr": expr.expression.text()}),
    };
    if let Some(message) = &validation.message {
        value["message"] = expand(message).into();
    }
    value
}

fn command(command: &CommandView) -> Value {
    json!({
        "id": command.id,
        "run": command.script,
        "danger": command.danger,
        "condition": command.condition.as_ref().map(condition),
        "interactive": command.interactive,
        "retries": {"used": command.retries.0, "max": command.retries.1},
        "status": command.status.as_str(),
        "attempt": command.attempt,
        "outcome": command.outcome,
        "at": command.at.map(time),
        "duration_ms": command.duration_ms,
        "log": command.log,
    })
}

/// One check that was made.
pub(crate) fn check(check: &CheckResult) -> Value {
    json!({
        "check": check.kind.as_str(),
        "passed": check.passed,
        "path": check.path,
        "expected": check.expected,
        "found": check.found,
        "detail": check.detail,
        "message": check.message,
        "log": check.log,
        "tail": check.tail,
    })
}

/// What an operation did.
pub(crate) fn acted(acted: &Acted) -> Value {
    json!({
        "changed": acted.changed,
        "run": acted.saved.as_ref().map(|saved| saved.run.clone()),
        "rev": acted.saved.as_ref().map(|saved| saved.rev),
        "step": acted.step,
        "status": acted.status.as_str(),
        "evidence": acted.evidence.map(Evidence::as_str),
        "detail": acted.detail,
        "checks": acted.checks.iter().map(check).collect::<Value>(),
        "also_done": acted.also,
    })
}

/// The word of the template for the type of a step.
fn step_type(step: &StepView) -> &'static str {
    crate::screen::kind_word(step.kind)
}

/// What a program that looks at the run has to wait for or do.
pub(crate) fn state(view: &RunView, current: Option<&StepView>) -> &'static str {
    use checklist_workflow::run::{RunStatus, StepStatus};
    use checklist_workflow::template::StepKind;
    match (view.status, current) {
        (RunStatus::Completed, _) => "completed",
        (RunStatus::Paused, _) => "paused",
        (_, None) => "blocked",
        (_, Some(_)) if view.is_running => "running",
        (_, Some(step)) => match (step.status, step.kind) {
            (StepStatus::Interrupted, _) => "interrupted",
            (StepStatus::Failed, _) => "failed",
            (_, StepKind::Auto | StepKind::Check) => "ready_to_run",
            _ if step.needs_human => "waiting_for_human",
            _ if !step.prompts.is_empty() => "waiting_for_agent",
            _ => "waiting_for_someone",
        },
    }
}
