//! `reset`: the run is put back to its beginning. Undo takes that back, so nobody is asked. What `input` steps were
//! answered stays the value of its variable, as it does when one such step is opened again: it is offered, not taken.

use super::act;
use crate::cli::Revision;
use crate::context::Context;
use crate::exit::Exit;
use crate::failure::Failure;
use crate::json;
use checklist_workflow::run::StepStatus;
use checklist_workflow::view::RunView;
use serde_json::json;

pub(crate) fn reset(ctx: &Context, revision: &Revision) -> Result<Exit, Failure> {
    let Some(mut engine) = act::open(ctx, "reset", revision)? else { return Ok(Exit::Ok) };
    let before = engine.view()?;
    let kept = answers(&before);
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
    let answers = match kept.as_slice() {
        [] => String::new(),
        [one] => format!("What was answered is kept, and offered when its step asks again: {one}\n"),
        some => {
            format!("What was answered is kept, and offered when the steps ask again: {}\n", some.join(", "))
        }
    };
    ctx.ui.answer(&format!(
        "The run is at its beginning again ({} done, {} skipped before).   op {}, saved\n{answers}{unknown}\
         Nothing outside .checklist/ was reversed.\nUndo: checklist undo\n{}",
        before.progress.done,
        before.progress.skipped,
        saved.rev,
        act::follow_up(ctx, &engine)?
    ));
    let ahead = act::ahead(ctx, &engine, &view);
    let fields = json!({"changed": true, "run": view.id, "rev": saved.rev, "kept_answers": kept,
        "progress": json::progress(&view.progress), "next_commands": ahead.for_programs()});
    ctx.ui.object(json::object("reset", fields));
    Ok(Exit::Ok)
}

/// The variables that `input` steps gave a value, each once.
fn answers(view: &RunView) -> Vec<String> {
    let done = view.steps.iter().filter(|step| step.status == StepStatus::Done);
    let mut names: Vec<String> =
        done.filter_map(|step| Some(step.input.as_ref()?.variable.clone())).collect();
    names.sort_unstable();
    names.dedup();
    names
}
