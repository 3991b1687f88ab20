//! `archive`: a finished run is put aside as a file of its own, or taken up again.

use super::act;
use crate::cli;
use crate::context::Context;
use crate::exit::Exit;
use crate::failure::Failure;
use crate::json;
use serde_json::json;

pub(crate) fn archive(ctx: &Context, arguments: &cli::Archive) -> Result<Exit, Failure> {
    let mut engine = ctx.write()?;
    match &arguments.run {
        Some(run) if arguments.back => {
            let was_there = engine.runs()?.len();
            let saved = engine.unarchive(run)?;
            ctx.remember(&engine);
            let changed = engine.runs()?.len() > was_there;
            let word = if changed { "is taken up again" } else { "is not put aside" };
            let follow_up = act::follow_up(ctx, &engine)?;
            ctx.ui.answer(&format!("Run {} {word}.   op {}, saved\n{follow_up}", saved.run, saved.rev));
            let fields = json!({"changed": changed, "run": saved.run, "rev": saved.rev, "archived": false});
            ctx.ui.object(json::object("archive", fields));
            return Ok(Exit::Ok);
        }
        Some(run) => engine.look_at(run)?,
        None => {}
    }
    let view = engine.view()?;
    if view.archived_at.is_some() {
        ctx.ui.answer(&format!("Run {} is put aside already. Nothing changed.\n", view.short));
        let fields = json!({"changed": false, "run": view.id, "rev": view.rev, "archived": true});
        ctx.ui.object(json::object("archive", fields));
        return Ok(Exit::Ok);
    }
    let archived = engine.archive(arguments.unfinished)?;
    let path = ctx.shown(&archived.path);
    ctx.ui.answer(&format!(
        "Run {} is put aside in {path}.   op {}, saved\n\
         It is still shown: checklist status --run {}\nTake it up again: checklist archive {} --back\n",
        view.short, archived.rev, view.short, view.short
    ));
    let fields =
        json!({"changed": true, "run": archived.id, "rev": archived.rev, "archived": true, "path": path});
    ctx.ui.object(json::object("archive", fields));
    Ok(Exit::Ok)
}
