//! `rename`: the run gets a name, by which it can be called as by its id.

use super::act;
use crate::cli;
use crate::context::Context;
use crate::exit::Exit;
use crate::failure::Failure;
use crate::json;
use crate::screen::layout::{apart, clean};
use crate::screen::outcome;
use serde_json::json;

pub(crate) fn rename(ctx: &Context, arguments: &cli::Rename) -> Result<Exit, Failure> {
    let Some(mut engine) = act::open(ctx, "rename", &arguments.revision)? else { return Ok(Exit::Ok) };
    let saved = engine.rename(&arguments.name, &act::options(&arguments.revision))?;
    ctx.remember(&engine);
    let view = engine.view()?;
    let what = match (&view.name, &saved) {
        (Some(name), Some(_)) => format!("Run {} is called \"{}\" now.", view.short, clean(name)),
        (None, Some(_)) => format!("Run {} has no name any more.", view.short),
        (Some(name), None) => {
            format!("Run {} is called \"{}\" already. Nothing changed.", view.short, clean(name))
        }
        (None, None) => format!("Run {} has no name. Nothing changed.", view.short),
    };
    ctx.ui.answer(&format!("{}\n", apart(&what, &outcome::saved(saved.as_ref()), ctx.ui.look())));
    let fields = json!({"changed": saved.is_some(), "run": view.id, "rev": view.rev, "name": view.name});
    ctx.ui.object(json::object("rename", fields));
    Ok(Exit::Ok)
}
