//! `verify`: the checks of done steps are made again; what does not hold any more is told.

use super::act;
use super::run::progress::Progress;
use super::run::{secret, walk};
use crate::approval::{self, Content};
use crate::cli;
use crate::context::Context;
use crate::exit::Exit;
use crate::failure::Failure;
use crate::json;
use crate::screen;
use checklist_workflow::engine::{Verification, WorkflowEngine};
use checklist_workflow::template::Step;
use serde_json::{Value, json};

/// Exits with 11 where something does not hold any more.
pub(crate) fn verify(ctx: &Context, arguments: &cli::Verify) -> Result<Exit, Failure> {
    let opened = match arguments.record {
        true => act::open(ctx, "verify", &arguments.revision)?,
        false => Some(ctx.read()?),
    };
    let Some(mut engine) = opened else { return Ok(Exit::Ok) };
    let named: Vec<String> =
        arguments.steps.iter().map(|step| step.trim_end_matches("...").to_owned()).collect();
    approve(ctx, &engine, &named)?;
    if engine.template().is_some_and(|template| template.steps.iter().any(|step| !step.validation.is_empty()))
    {
        secret::ask(ctx, &mut engine)?;
    }
    ctx.signals.catch().map_err(walk::no_signals)?;
    let mut progress = Progress::new(ctx);
    let mut watch = |event: &checklist_workflow::engine::Progressed<'_>| progress.show(event);
    let options = act::options(&arguments.revision);
    let found = engine.verify(&named, arguments.record, &options, ctx.signals.cancel(), &mut watch);
    drop(progress);
    let found = found?;
    ctx.remember(&engine);
    ctx.ui.answer(&screen::verification::verification(&found, arguments.record, ctx.ui.look()));
    let has_drifted = found.drifted().next().is_some();
    let exit = if has_drifted { Exit::CheckFailed } else { Exit::Ok };
    object(ctx, &engine, &found, exit)?;
    Ok(exit)
}

/// Scripts among the checks run only if they are approved.
fn approve(ctx: &Context, engine: &WorkflowEngine, named: &[String]) -> Result<(), Failure> {
    let view = engine.view()?;
    let Some(template) = engine.template() else { return Ok(()) };
    let mut steps: Vec<&Step> = Vec::new();
    for name in named {
        let id = engine.step_id(name)?;
        steps.extend(template.step(&id));
    }
    if named.is_empty() {
        steps.extend(&template.steps);
    }
    if !steps.into_iter().any(approval::has_scripts) {
        return Ok(());
    }
    approval::require(ctx, Content { root: engine.project(), path: &view.origin, name: None, template })
}

fn object(ctx: &Context, engine: &WorkflowEngine, found: &Verification, exit: Exit) -> Result<(), Failure> {
    if !ctx.is_json() {
        return Ok(());
    }
    let view = engine.view()?;
    let steps: Value = found
        .steps
        .iter()
        .map(|step| {
            json!({
                "step": step.step,
                "evidence": step.evidence.as_str(),
                "holds": step.holds,
                "checks": step.checks.iter().map(json::check).collect::<Value>(),
            })
        })
        .collect();
    let drifted: Vec<&str> = found.drifted().map(|step| step.step.as_str()).collect();
    ctx.ui.object(json::object(
        "verify",
        json!({
            "ok": exit == Exit::Ok,
            "changed": found.saved.is_some(),
            "exit": exit.code(),
            "run": view.id,
            "rev": view.rev,
            "steps": steps,
            "drifted": drifted,
        }),
    ));
    Ok(())
}
