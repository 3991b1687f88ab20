//! `switch`: another run becomes the active one.

use super::act;
use crate::cli;
use crate::context::Context;
use crate::exit::Exit;
use crate::failure::Failure;
use crate::json;
use crate::screen::layout::Look;
use crate::screen::status::header;
use serde_json::json;

pub(crate) fn switch(ctx: &Context, arguments: &cli::Switch) -> Result<Exit, Failure> {
    let mut engine = ctx.write()?;
    let before = engine.runs()?.into_iter().find(|run| run.is_active).map(|run| run.id);
    if arguments.revision.key.is_some() {
        // It is kept by the run that is switched to.
        engine.look_at(&arguments.run)?;
    }
    if act::was_answered(ctx, &mut engine, "switch", &arguments.revision)? {
        return Ok(Exit::Ok);
    }
    engine.switch(&arguments.run, &act::options(&arguments.revision))?;
    ctx.remember(&engine);
    let view = engine.view()?;
    let changed = before.as_deref() != Some(&view.id);
    let word = if changed { "Switched to" } else { "Already on" };
    let look = ctx.ui.look();
    let look = Look { width: look.width.saturating_sub(word.len() + 1), ..look };
    let follow_up = act::follow_up(ctx, &engine)?;
    ctx.ui.answer(&format!("{word} {}\n{follow_up}", header(&view, look)));
    ctx.ui.object(json::object(
        "switch",
        json!({"changed": changed, "run": view.id, "rev": view.rev, "template": view.template}),
    ));
    Ok(Exit::Ok)
}
