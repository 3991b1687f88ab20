//! `back`: a settled step is open again; the history keeps what was done.

use super::act;
use crate::cli;
use crate::context::Context;
use crate::exit::Exit;
use crate::failure::Failure;
use crate::screen::layout::apart;
use crate::screen::outcome;
use checklist_workflow::engine::WorkflowEngine;
use checklist_workflow::run::StepStatus;

pub(crate) fn back(ctx: &Context, arguments: &cli::Back) -> Result<Exit, Failure> {
    let Some(mut engine) = act::open(ctx, "back", &arguments.revision)? else { return Ok(Exit::Ok) };
    let view = engine.view()?;
    let step = match &arguments.step {
        Some(step) => Some(ctx.step(&engine, &view, Some(step))?.id.clone()),
        None => None,
    };
    let acted = engine.back(step.as_deref(), &act::options(&arguments.revision))?;
    let was = acted.detail.as_deref().unwrap_or("was settled");
    let was = was.strip_prefix("was ").unwrap_or(was);
    let line = format!("{} is open again (was: {was}).", acted.step);
    let saved = outcome::saved(acted.saved.as_ref());
    let dependents = match done_dependents(&engine, &acted.step)?.join(", ") {
        none if none.is_empty() => "none".to_owned(),
        some => some,
    };
    let text = format!(
        "{}\nSteps that were done and depend on it: {dependents}.\n",
        apart(&line, &saved, ctx.ui.look())
    );
    act::answer(ctx, &engine, "back", &acted, &text)?;
    Ok(Exit::Ok)
}

fn done_dependents(engine: &WorkflowEngine, step: &str) -> Result<Vec<String>, Failure> {
    let view = engine.view()?;
    let needs = |id: &str| {
        let known = engine.template().and_then(|template| template.step(id));
        known.is_some_and(|known| known.needs.iter().any(|need| need == step))
    };
    let done = view.steps.iter().filter(|other| other.status == StepStatus::Done && needs(&other.id));
    Ok(done.map(|other| other.id.clone()).collect())
}
