//! `skip`: a step is left out, with a reason.

use super::act;
use crate::cli;
use crate::context::Context;
use crate::exit::Exit;
use crate::failure::Failure;
use crate::screen::outcome;

pub(crate) fn skip(ctx: &Context, arguments: &cli::Skip) -> Result<Exit, Failure> {
    let Some(mut engine) = act::open(ctx, "skip", &arguments.revision)? else { return Ok(Exit::Ok) };
    let view = engine.view()?;
    let step = ctx.step(&engine, &view, arguments.step.as_deref())?;
    let options = act::options(&arguments.revision);
    let acted = engine.skip(&step.id, arguments.reason.as_deref(), arguments.killer.as_deref(), &options)?;
    let text = match acted.changed {
        true => format!("{}Undo: checklist undo\n", outcome::settled(&acted, ctx.ui.look())),
        false => format!("{} is skipped already, for this reason. Nothing changed.\n", acted.step),
    };
    act::answer(ctx, &engine, "skip", &acted, &text)?;
    Ok(Exit::Ok)
}
