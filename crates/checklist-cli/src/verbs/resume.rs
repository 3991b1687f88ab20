//! `resume`: after a crash or a pause, the run goes on where it was.

use super::act;
use super::interrupted::{self, Settling};
use super::run::danger;
use super::run::walk::{self, Choices, Walk};
use crate::approval::{self, Content};
use crate::cli;
use crate::context::Context;
use crate::exit::Exit;
use crate::failure::{Change, Failure};
use crate::json;
use checklist_workflow::engine::{ActOptions, WorkflowEngine};
use checklist_workflow::run::{Evidence, RunStatus, StepStatus};
use checklist_workflow::transition::Resolution;
use serde_json::json;

pub(crate) fn resume(ctx: &Context, arguments: &cli::Resume) -> Result<Exit, Failure> {
    let Some(mut engine) = act::open(ctx, "resume", &arguments.revision)? else { return Ok(Exit::Ok) };
    danger::check_names(engine.template(), &arguments.dangers)?;
    let view = engine.view()?;
    let options = act::options(&arguments.revision);
    let mut changed = false;
    if view.status == RunStatus::Paused {
        let saved = engine.unpause(&options)?;
        ctx.ui.answer(&format!("The run goes on.   op {}, saved\n", saved.rev));
        changed = true;
    }
    let steps = match said(arguments) {
        Some((given, resolution)) => vec![resolve(ctx, &mut engine, given, resolution, &options)?],
        None => {
            let cut_off = view.steps.iter().filter(|step| step.status == StepStatus::Interrupted);
            cut_off.map(|step| step.id.clone()).collect()
        }
    };
    if steps.is_empty() && !changed {
        ctx.ui.answer("Nothing to resume: no step is interrupted and the run is not paused.\n");
    }
    changed |= !steps.is_empty();
    let exit = each(ctx, &mut engine, &steps, &arguments.dangers.allowed)?;
    ctx.ui.answer(&act::follow_up(ctx, &engine)?);
    if ctx.is_json() {
        let view = engine.view()?;
        let ahead = act::ahead(ctx, &engine, &view);
        let mut fields = json::run(&view);
        fields["changed"] = json!(changed);
        fields["exit"] = exit.code().into();
        fields["ok"] = json!(exit == Exit::Ok);
        fields["state"] = json::state(&view, ahead.current()).into();
        fields["next_commands"] = ahead.for_programs().into();
        ctx.ui.object(json::object("resume", fields));
    }
    Ok(exit)
}

/// What the flags say became of an interrupted command.
fn said(arguments: &cli::Resume) -> Option<(&str, Resolution)> {
    let rerun = arguments.rerun.as_deref().map(|name| (name, Resolution::Rerun));
    let done = arguments.done.as_deref().map(|name| (name, Resolution::Done(Evidence::Claimed)));
    let failed = arguments.failed.as_deref().map(|name| (name, Resolution::Failed));
    rerun.or(done).or(failed)
}

/// Records what a flag says; gives the step.
fn resolve(
    ctx: &Context,
    engine: &mut WorkflowEngine,
    given: &str,
    resolution: Resolution,
    options: &ActOptions,
) -> Result<String, Failure> {
    let view = engine.view()?;
    let (step, command) = match given.split_once('/') {
        Some((step, command)) => (step, Some(command.to_owned())),
        None => (given, None),
    };
    let step = ctx.step(engine, &view, Some(step))?;
    let unknown = engine.unknown_commands(&step.id);
    let command = match (command, unknown.as_slice()) {
        (Some(command), unknown) if unknown.iter().any(|unknown| unknown.command == command) => command,
        (Some(command), _) => {
            return Err(Failure::refused(format!("{}/{command} is not interrupted", step.id))
                .advise("Where it stands: checklist status"));
        }
        (None, [only]) => only.command.clone(),
        (None, []) => {
            return Err(Failure::refused(format!("no command of {} is interrupted", step.id))
                .advise("Where it stands: checklist status"));
        }
        (None, _) => {
            return Err(Failure::usage(format!("{} has several interrupted commands", step.id))
                .advise("Name one: STEP/COMMAND"));
        }
    };
    // What is to run again runs only if it is approved, and that is found out before anything is recorded.
    if resolution == Resolution::Rerun {
        approve(ctx, engine)?;
    }
    engine.resolve(&step.id, &command, resolution, options)?;
    ctx.remember(engine);
    Ok(step.id.clone())
}

fn approve(ctx: &Context, engine: &WorkflowEngine) -> Result<(), Failure> {
    let view = engine.view()?;
    let Some(template) = engine.template() else { return Ok(()) };
    approval::require(ctx, Content { root: engine.project(), path: &view.origin, name: None, template })
}

/// Goes on with every step. One that needs a person, or still runs, holds up none of the others, and is told of last.
fn each(
    ctx: &Context,
    engine: &mut WorkflowEngine,
    steps: &[String],
    allowed: &[String],
) -> Result<Exit, Failure> {
    let (mut exit, mut waiting, mut has_settled) = (Exit::Ok, None, false);
    for step in steps {
        match go_on(ctx, engine, step, allowed) {
            Ok(None) => return Ok(exit),
            Ok(Some(ended)) => {
                has_settled = true;
                exit = if exit == Exit::Ok { ended } else { exit };
            }
            Err(failure) if matches!(failure.exit, Exit::NeedsHuman | Exit::Busy) => {
                waiting.get_or_insert(failure);
            }
            Err(failure) => return Err(failure),
        }
    }
    let Some(mut failure) = waiting else { return Ok(exit) };
    if has_settled && matches!(failure.change, Change::Nothing) {
        failure.change = Change::Saved;
    }
    Err(failure)
}

/// Settles the rest of the step and, where every command of it is known of, brings it to its end; `None` where a
/// person left.
fn go_on(
    ctx: &Context,
    engine: &mut WorkflowEngine,
    step: &str,
    allowed: &[String],
) -> Result<Option<Exit>, Failure> {
    ctx.signals.catch().map_err(walk::no_signals)?;
    if engine.view()?.steps.iter().any(|other| other.id == step && other.status == StepStatus::Interrupted) {
        approve(ctx, engine)?;
        match interrupted::settle(ctx, engine, step, &ActOptions::default())? {
            Settling::GoOn => {}
            Settling::Failed => return Ok(Some(Exit::CommandFailed)),
            Settling::Left => return Ok(None),
        }
    }
    let view = engine.view()?;
    let status = view.steps.iter().find(|other| other.id == step).map(|other| other.status);
    if status == Some(StepStatus::Pending) {
        approve(ctx, engine)?;
        let mut walk = Walk::new(ctx, engine, Choices { allowed, ..Choices::default() });
        walk.execute(step)?;
    }
    Ok(Some(Exit::Ok))
}
