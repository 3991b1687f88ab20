//! What every verb that settles a step shares: the answer, and what comes next.

use crate::cli::Revision;
use crate::context::Context;
use crate::failure::Failure;
use crate::json;
use crate::screen::ahead::Ahead;
use crate::screen::outcome;
use checklist_workflow::engine::{ActOptions, Acted, WorkflowEngine};
use checklist_workflow::run::RunStatus;
use checklist_workflow::view::RunView;

pub(crate) fn options(revision: Revision) -> ActOptions {
    ActOptions { if_rev: revision.if_rev }
}

/// A run with what is needed to say what comes next.
pub(crate) fn ahead<'a>(ctx: &Context, engine: &'a WorkflowEngine, view: &'a RunView) -> Ahead<'a> {
    Ahead { view, template: engine.template(), is_active: ctx.globals.run.is_none() }
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
    ctx.ui.answer(&format!("{text}{}", follow_up(ctx, engine)?));
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
