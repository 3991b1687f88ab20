//! `show`: one step in full.

use super::act;
use crate::cli::OptionalStep;
use crate::context::Context;
use crate::exit::Exit;
use crate::failure::Failure;
use crate::json;
use crate::screen;
use serde_json::json;

pub(crate) fn show(ctx: &Context, arguments: &OptionalStep) -> Result<Exit, Failure> {
    let engine = ctx.read()?;
    let view = engine.view()?;
    let step = ctx.step(&engine, &view, arguments.step.as_deref())?;
    let ahead = act::ahead(ctx, &engine, &view);
    let mut text = screen::step::step(&view, step, &ctx.calendar(), ctx.ui.look());
    if step.is_current {
        text.push_str(&format!("\n{}", ahead.text()));
    } else if !step.status.is_settled() {
        text.push_str(&format!("\nWhy it waits: checklist explain {}\n", step.id));
    }
    ctx.ui.answer(&text);
    let step = json::full_step(step, engine.template(), &view);
    ctx.ui.object(json::object("show", json!({"run": view.id, "rev": view.rev, "step": step})));
    Ok(Exit::Ok)
}
