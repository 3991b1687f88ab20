//! `archive`: a finished run is put aside as a file of its own, or taken up again.

use super::act;
use crate::cli;
use crate::context::Context;
use crate::exit::Exit;
use crate::failure::Failure;
use crate::json;
use checklist_workflow::engine::{ActOptions, WorkflowEngine};
use checklist_workflow::run::RunStatus;
use serde_json::json;

pub(crate) fn archive(ctx: &Context, arguments: &cli::Archive) -> Result<Exit, Failure> {
    let mut engine = ctx.write()?;
    match (&arguments.run, &arguments.revision.key) {
        (Some(run), _) => engine.look_at(run)?,
        // The run that this request put aside is not the active one any more.
        (None, Some(key)) => {
            if let Some((run, answered)) = engine.answered_aside(key, &ctx.request)? {
                act::repeat(ctx, &engine, "archive", &run, &answered)?;
                return Ok(Exit::Ok);
            }
        }
        (None, None) => {}
    }
    if act::was_answered(ctx, &mut engine, "archive", &arguments.revision)? {
        return Ok(Exit::Ok);
    }
    let options = act::options(&arguments.revision);
    match &arguments.run {
        Some(run) if arguments.back => take_up(ctx, &mut engine, run, &options),
        _ => put_aside(ctx, &mut engine, arguments, &options),
    }
}

fn take_up(
    ctx: &Context,
    engine: &mut WorkflowEngine,
    run: &str,
    options: &ActOptions,
) -> Result<Exit, Failure> {
    let was_there = engine.runs()?.len();
    let saved = engine.unarchive(run, options)?;
    ctx.remember(engine);
    let changed = engine.runs()?.len() > was_there;
    let word = if changed { "is taken up again" } else { "is not put aside" };
    let follow_up = act::follow_up(ctx, engine)?;
    ctx.ui.answer(&format!("Run {} {word}.   op {}, saved\n{follow_up}", saved.run, saved.rev));
    let fields = json!({"changed": changed, "run": saved.run, "rev": saved.rev, "archived": false});
    ctx.ui.object(json::object("archive", fields));
    Ok(Exit::Ok)
}

fn put_aside(
    ctx: &Context,
    engine: &mut WorkflowEngine,
    arguments: &cli::Archive,
    options: &ActOptions,
) -> Result<Exit, Failure> {
    let view = engine.view()?;
    if view.archived_at.is_some() {
        ctx.ui.answer(&format!("Run {} is put aside already. Nothing changed.\n", view.short));
        let fields = json!({"changed": false, "run": view.id, "rev": view.rev, "archived": true});
        ctx.ui.object(json::object("archive", fields));
        return Ok(Exit::Ok);
    }
    let archived = engine.archive(arguments.unfinished, options).map_err(|error| {
        let mut failure = Failure::from(error);
        if failure.exit == Exit::Refused && !arguments.unfinished && view.status == RunStatus::Active {
            let run = arguments.run.as_ref().map_or_else(String::new, |run| format!("{run} "));
            let command = format!("checklist archive {run}--unfinished");
            failure.advice.insert(0, format!("To put it aside although it is not finished: {command}"));
        }
        failure
    })?;
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
