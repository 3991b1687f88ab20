//! `undo` and `redo`: the last operation is taken back, or done again, whatever it was.

use super::act;
use crate::cli::Revision;
use crate::context::Context;
use crate::exit::Exit;
use crate::failure::Failure;
use crate::json;
use crate::screen::outcome;
use checklist_workflow::engine::{Undone, WorkflowEngine};
use serde_json::json;

pub(crate) fn undo(ctx: &Context, revision: Revision) -> Result<Exit, Failure> {
    let mut engine = ctx.write()?;
    let undone = engine.undo(&act::options(revision))?;
    let reversal = reversal(&engine, &undone)?;
    let text =
        format!("{}{reversal}Redo: checklist redo\n", outcome::undone("Undid", &undone, ctx.ui.look()));
    answer(ctx, &engine, "undo", &undone, &text)
}

pub(crate) fn redo(ctx: &Context, revision: Revision) -> Result<Exit, Failure> {
    let mut engine = ctx.write()?;
    let undone = engine.redo(&act::options(revision))?;
    let text = outcome::redone(&undone, ctx.ui.look());
    answer(ctx, &engine, "redo", &undone, &text)
}

/// How to take back in the world what was taken back in the record, where the template says how.
fn reversal(engine: &WorkflowEngine, undone: &Undone) -> Result<String, Failure> {
    let step = undone.entry.step.as_deref().and_then(|id| engine.template()?.step(id));
    match step.filter(|step| !step.rollback.is_empty()) {
        Some(step) if engine.has_happened(step)? => {
            Ok(format!("  What its commands did can be taken back: checklist rollback {}\n", step.id))
        }
        _ => Ok(String::new()),
    }
}

fn answer(
    ctx: &Context,
    engine: &WorkflowEngine,
    verb: &str,
    undone: &Undone,
    text: &str,
) -> Result<Exit, Failure> {
    ctx.remember(engine);
    ctx.ui.answer(&format!("{text}{}", act::follow_up(ctx, engine)?));
    if ctx.is_json() {
        let view = engine.view()?;
        let ahead = act::ahead(ctx, engine, &view);
        let changed: Vec<_> = undone
            .changed
            .iter()
            .map(|(step, status)| json!({"step": step, "status": status.as_str()}))
            .collect();
        ctx.ui.object(json::object(
            verb,
            json!({
                "changed": true,
                "run": view.id,
                "rev": undone.saved.rev,
                "operation": super::history::entry(&undone.entry),
                "steps": changed,
                "next_commands": ahead.for_programs(),
            }),
        ));
    }
    Ok(Exit::Ok)
}
