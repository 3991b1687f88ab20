//! What every verb that settles a step shares: the answer, and what comes next.

use crate::cli::Revision;
use crate::context::Context;
use crate::failure::Failure;
use crate::json;
use crate::screen::ahead::Ahead;
use crate::screen::layout::clean;
use crate::screen::outcome;
use crate::ui::Format;
use checklist_workflow::engine::{ActOptions, Acted, WorkflowEngine};
use checklist_workflow::run::{Answered, Evidence, RunStatus, StepStatus};
use checklist_workflow::view::RunView;
use serde_json::json;

pub(crate) fn options(revision: &Revision) -> ActOptions {
    ActOptions { if_rev: revision.if_rev }
}

/// Opens the project for a change; `None` if this very request was answered before, which is said again then.
pub(crate) fn open(
    ctx: &Context,
    verb: &str,
    revision: &Revision,
) -> Result<Option<WorkflowEngine>, Failure> {
    let mut engine = ctx.write()?;
    let was_answered = was_answered(ctx, &mut engine, verb, revision)?;
    Ok((!was_answered).then_some(engine))
}

/// Whether this very request was answered before by the run that is worked on; it is said again then.
pub(crate) fn was_answered(
    ctx: &Context,
    engine: &mut WorkflowEngine,
    verb: &str,
    revision: &Revision,
) -> Result<bool, Failure> {
    let Some(key) = &revision.key else { return Ok(false) };
    match engine.begin_request(key, &ctx.request, false)? {
        None => Ok(false),
        Some((run, answered)) => repeat(ctx, engine, verb, &run, &answered).map(|()| true),
    }
}

/// Answers a request as it was answered the first time. What comes next is that of now.
pub(crate) fn repeat(
    ctx: &Context,
    engine: &WorkflowEngine,
    verb: &str,
    run: &str,
    answered: &Answered,
) -> Result<(), Failure> {
    let words = [Some(answered.verb.as_str()), answered.step.as_deref()].into_iter().flatten();
    let what = words.collect::<Vec<_>>().join(" ");
    let detail = match clean(&answered.detail) {
        detail if detail.is_empty() => String::new(),
        detail => format!(" ({detail})"),
    };
    ctx.ui.answer(&format!(
        "Answered before, by op {}: {what}{detail}. Nothing changed.\n{}",
        answered.op,
        follow_up(ctx, engine)?
    ));
    if ctx.is_json() {
        let view = engine.view()?;
        let ahead = ahead(ctx, engine, &view);
        ctx.ui.object(json::object(
            verb,
            json!({
                "changed": true,
                "replayed": true,
                "run": run,
                "rev": answered.op,
                "rev_now": view.rev,
                "step": answered.step,
                "status": answered.status.map(StepStatus::as_str),
                "evidence": answered.evidence.map(Evidence::as_str),
                "detail": answered.detail,
                "current": view.current,
                "progress": json::progress(&view.progress),
                "next_commands": ahead.for_programs(),
            }),
        ));
    }
    Ok(())
}

/// A run with what is needed to say what comes next.
pub(crate) fn ahead<'a>(ctx: &Context, engine: &'a WorkflowEngine, view: &'a RunView) -> Ahead<'a> {
    Ahead { view, template: engine.template(), is_active: ctx.globals.run.is_none(), look: ctx.ui.look() }
}

/// The lines after an operation: the step that comes next, or that all are settled.
pub(crate) fn follow_up(ctx: &Context, engine: &WorkflowEngine) -> Result<String, Failure> {
    let view = engine.view()?;
    let ahead = ahead(ctx, engine, &view);
    Ok(match view.status {
        RunStatus::Completed => format!("{}{}", outcome::completed(&view), ahead.text()),
        _ => ahead.line(ctx.ui.look()),
    })
}

/// Answers for an operation on one step.
pub(crate) fn answer(
    ctx: &Context,
    engine: &WorkflowEngine,
    verb: &str,
    acted: &Acted,
    text: &str,
) -> Result<(), Failure> {
    ctx.remember(engine);
    match ctx.ui.format {
        Format::Plain => ctx.ui.answer(&outcome::plain(acted)),
        _ => ctx.ui.answer(&format!("{text}{}", follow_up(ctx, engine)?)),
    }
    if ctx.is_json() {
        let view = engine.view()?;
        let ahead = ahead(ctx, engine, &view);
        let mut fields = json::acted(acted);
        fields["run"] = view.id.clone().into();
        fields["rev"] = view.rev.into();
        fields["state"] = json::state(&view, ahead.current()).into();
        fields["current"] = view.current.clone().into();
        fields["progress"] = json::progress(&view.progress);
        fields["next_commands"] = ahead.for_programs().into();
        ctx.ui.object(json::object(verb, fields));
    }
    Ok(())
}
