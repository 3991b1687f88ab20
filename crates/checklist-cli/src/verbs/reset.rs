//! `reset`: the run is put back to its beginning. Undo takes that back, so nobody is asked.

use super::act;
use crate::cli::Revision;
use crate::context::Context;
use crate::exit::Exit;
use crate::failure::Failure;
use crate::json;
use checklist_workflow::run::StepStatus;
use serde_json::json;

pub(crate) fn reset(ctx: &Context, revision: &Revision) -> Result<Exit, Failure> {
    let Some(mut engine) = act::open(ctx, "reset", revision)? else { return Ok(Exit::Ok) };
    let before = engine.view()?;
    let saved = engine.reset(&act::options(revision))?;
    ctx.remember(&engine);
    let view = engine.view()?;
    let unknown: Vec<&str> = view
        .steps
        .iter()
        .filter(|step| step.status == StepStatus::Interrupted)
        .map(|step| step.id.as_str())
        .collect();
    let unknown = match unknown.as_slice() {
        [] => String::new(),
        ids => format!("What became of {} is still not known: a command was cut off.\n", ids.join(", ")),
    };
    ctx.ui.answer(&format!(
        "The run is at its beginning again ({} done, {} skipped before).   op {}, saved\n{unknown}\
         Nothing outside .checklist/ was reversed.\nUndo: checklist undo\n{}",
        before.progress.done,
        before.progress.skipped,
        saved.rev,
        act::follow_up(ctx, &engine)?
    ));
    let ahead = act::ahead(ctx, &engine, &view);
    let fields = json!({"changed": true, "run": view.id, "rev": saved.rev,
        "progress": json::progress(&view.progress), "next_commands": ahead.for_programs()});
    ctx.ui.object(json::object("reset", fields));
    Ok(Exit::Ok)
}
