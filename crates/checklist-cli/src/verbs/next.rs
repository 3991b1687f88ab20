//! `next`: the step to do now, with everything needed to do it. It only shows.

use super::act;
use crate::context::Context;
use crate::exit::Exit;
use crate::failure::Failure;
use crate::json;
use crate::screen::{layout, outcome, step};
use crate::ui::Format;
use checklist_workflow::run::RunStatus;
use serde_json::Value;

pub(crate) fn next(ctx: &Context) -> Result<Exit, Failure> {
    let engine = ctx.read()?;
    let view = engine.view()?;
    let ahead = act::ahead(ctx, &engine, &view);
    let look = ctx.ui.look();
    match (ctx.ui.format, ahead.current()) {
        (Format::Json, current) => {
            let mut fields = json::run(&view);
            fields["state"] = json::state(&view, current).into();
            fields["step"] =
                current.map_or(Value::Null, |step| json::full_step(step, engine.template(), &view));
            fields["next_commands"] = ahead.for_programs().into();
            ctx.ui.object(json::object("next", fields));
        }
        (Format::Plain, Some(step)) => {
            ctx.ui.answer(&format!("{}\t{}\n", step.id, layout::clean(&step.title)));
        }
        (Format::Plain, None) => {}
        (Format::Human, Some(step)) => {
            let shown = step::step(&view, step, &ctx.calendar(), look);
            ctx.ui.answer(&format!("{shown}\n{}", ahead.text()));
        }
        (Format::Human, None) if view.status == RunStatus::Completed => {
            ctx.ui.answer(&format!("{}{}", outcome::completed(&view), ahead.text()));
        }
        (Format::Human, None) => ctx.ui.answer(&format!("Nothing can be done now.\n{}", ahead.text())),
    }
    Ok(Exit::Ok)
}
