//! `claim`: a step is taken for a time, so that of two who work on a run each takes another.

use super::act;
use crate::cli;
use crate::context::Context;
use crate::exit::Exit;
use crate::failure::Failure;
use crate::json;
use crate::screen::layout::{apart, clean};
use crate::screen::outcome;
use crate::time::span;
use checklist_workflow::engine::{Saved, WorkflowEngine};
use serde_json::{Value, json};
use std::time::Duration;

pub(crate) fn claim(ctx: &Context, arguments: &cli::Claim) -> Result<Exit, Failure> {
    let time = arguments.time.as_deref().map(time).transpose()?;
    let Some(mut engine) = act::open(ctx, "claim", &arguments.revision)? else { return Ok(Exit::Ok) };
    let options = act::options(&arguments.revision);
    let step = arguments.step.as_deref().map(|step| step.trim_end_matches("..."));
    if let (true, Some(step)) = (arguments.release, step) {
        let saved = engine.release(step, arguments.of.as_deref(), &options)?;
        let id = engine.step_id(step)?;
        let line = apart(&format!("{id} is free again."), &outcome::saved(Some(&saved)), ctx.ui.look());
        return answer(ctx, &engine, &id, Some(&saved), &format!("{line}\n"), json!({"claim": Value::Null}));
    }
    let taken = engine.claim(step, time, &options)?;
    let until = taken.claim.until.0;
    let calendar = ctx.calendar();
    let what = match (&taken.saved, &taken.taken_over) {
        (None, _) => {
            format!("{} is yours already, until {}. Nothing changed.", taken.step, calendar.short(until))
        }
        (_, Some(over)) => format!(
            "{} is yours until {}; the claim of {} had run out.",
            taken.step,
            calendar.short(until),
            clean(&over.by)
        ),
        _ => format!("{} is yours until {}.", taken.step, calendar.short(until)),
    };
    let line = apart(&what, &outcome::saved(taken.saved.as_ref()), ctx.ui.look());
    let text = format!(
        "{line}\nNext: checklist show {step}     when done: checklist done {step}\n",
        step = taken.step
    );
    let fields = json!({
        "claim": {"by": taken.claim.by, "at": taken.claim.at.0.to_string(), "until": until.to_string()},
        "taken_over_from": taken.taken_over.map(|over| over.by),
    });
    answer(ctx, &engine, &taken.step, taken.saved.as_ref(), &text, fields)
}

fn answer(
    ctx: &Context,
    engine: &WorkflowEngine,
    step: &str,
    saved: Option<&Saved>,
    text: &str,
    mut fields: Value,
) -> Result<Exit, Failure> {
    ctx.remember(engine);
    ctx.ui.answer(text);
    if ctx.is_json() {
        let view = engine.view()?;
        let found = view.steps.iter().find(|known| known.id == step);
        fields["changed"] = saved.is_some().into();
        fields["run"] = view.id.clone().into();
        fields["rev"] = view.rev.into();
        fields["step"] = found.map_or(Value::Null, |step| json::full_step(step, engine.template(), &view));
        fields["next_commands"] = json!([format!("checklist done {step} --if-rev {}", view.rev)]);
        ctx.ui.object(json::object("claim", fields));
    }
    Ok(Exit::Ok)
}

fn time(text: &str) -> Result<Duration, Failure> {
    span(text).ok_or_else(|| {
        Failure::usage(format!("\"{}\" is no time to claim a step for", clean(text)))
            .advise("A time is a number and a unit: 90s, 30m, 2h, 1d; at most 30 days.")
    })
}
