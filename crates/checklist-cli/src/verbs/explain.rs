//! `explain`: why a step waits or is hidden, with the parts of its condition and their values.

use super::act;
use crate::cli::Step;
use crate::context::Context;
use crate::exit::Exit;
use crate::failure::Failure;
use crate::json;
use crate::screen;
use serde_json::{Value, json};

pub(crate) fn explain(ctx: &Context, arguments: &Step) -> Result<Exit, Failure> {
    let engine = ctx.read()?;
    let view = engine.view()?;
    let step = ctx.step(&engine, &view, Some(&arguments.step))?;
    let ahead = act::ahead(ctx, &engine, &view);
    let explained = screen::step::explain(ahead, step, &ctx.calendar(), ctx.ui.look());
    let alone = ahead.alone(step);
    let next: Vec<(String, String)> = alone.clone().into_iter().chain(ahead.commands()).collect();
    ctx.ui.answer(&format!("{explained}\n{}", screen::layout::next(&next, ctx.ui.look())));
    let waits: Value = step
        .waits_for
        .iter()
        .filter_map(|id| view.steps.iter().find(|other| other.id == *id))
        .map(|need| json!({"step": need.id, "status": need.status.as_str(), "killer": need.killer}))
        .collect();
    let fields = json!({
        "run": view.id,
        "rev": view.rev,
        "step": step.id,
        "status": step.status.as_str(),
        "waits_for": waits,
        "condition": json::full_step(step, engine.template(), &view)["condition"],
        "needs_human": step.needs_human,
        "killer": step.killer,
        "can_be_done_now": !step.status.is_settled() && step.waits_for.is_empty() && !step.has_parts,
        "next_commands": alone.into_iter().map(|(run, _)| run).chain(ahead.for_programs()).collect::<Value>(),
    });
    ctx.ui.object(json::object("explain", fields));
    Ok(Exit::Ok)
}
