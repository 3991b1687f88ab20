//! `logs`: what the commands of a step printed.

use crate::cli;
use crate::context::Context;
use crate::exit::Exit;
use crate::failure::Failure;
use crate::json;
use crate::screen::layout::{pad, width};
use crate::screen::status::state;
use crate::verbs::run::progress;
use checklist_store::env::Kind;
use checklist_workflow::engine::WorkflowEngine;
use checklist_workflow::output::tail;
use checklist_workflow::view::{CommandView, RunView, StepView};
use serde_json::{Value, json};
use std::path::Path;

/// The end of a log that is shown; the file has all of it.
const SHOWN_BYTES_MAX: u64 = 1024 * 1024;

pub(crate) fn logs(ctx: &Context, arguments: &cli::Logs) -> Result<Exit, Failure> {
    let engine = ctx.read()?;
    let view = engine.view()?;
    let Some(of) = &arguments.of else { return list(ctx, &engine, &view) };
    let (step, command) = match of.split_once('/') {
        Some((step, command)) => (step, Some(command)),
        None => (of.as_str(), None),
    };
    let step = ctx.step(&engine, &view, Some(step))?;
    let commands = chosen(step, command)?;
    let mut objects: Vec<Value> = Vec::new();
    for command in &commands {
        let log = command.log.as_deref().map(|log| engine.store().root().join(log));
        let Some(path) = log.filter(|path| is_there(ctx, path)) else { continue };
        if commands.len() > 1 {
            ctx.ui.answer(&format!("==> {}/{}\n", step.id, command.id));
        }
        if ctx.is_json() {
            let tail = progress::tail_lines(ctx, &path);
            objects.push(json!({"step": step.id, "command": command.id, "attempt": command.attempt,
                "outcome": command.outcome, "log": ctx.shown(&path), "tail": tail}));
        } else {
            let lines = tail(&ctx.env, &path, usize::MAX, SHOWN_BYTES_MAX)?;
            ctx.ui.answer(&lines.iter().map(|line| format!("{line}\n")).collect::<String>());
            ctx.ui.talk(&format!("log: {}\n", ctx.shown(&path)));
        }
    }
    ctx.ui.object(json::object("logs", json!({"run": view.id, "logs": objects})));
    Ok(Exit::Ok)
}

/// The commands that are meant and have printed something.
fn chosen<'v>(step: &'v StepView, command: Option<&str>) -> Result<Vec<&'v CommandView>, Failure> {
    let begun = |command: &&CommandView| command.log.is_some();
    let Some(id) = command else {
        let all: Vec<&CommandView> = step.all_commands().filter(begun).collect();
        return match all.is_empty() {
            true => Err(Failure::refused(format!("no command of {} was run yet", step.id))
                .advise(format!("What it is: checklist show {}", step.id))),
            false => Ok(all),
        };
    };
    let Some(found) = step.all_commands().find(|command| command.id == id) else {
        let ids: Vec<&str> = step.commands.iter().map(|command| command.id.as_str()).collect();
        let failure = Failure::usage(format!("{} has no command \"{id}\"", step.id));
        return Err(match ids.as_slice() {
            [] => failure,
            ids => failure.advise(format!("It has: {}", ids.join(", "))),
        });
    };
    match found.log.is_some() {
        true => Ok(vec![found]),
        false => Err(Failure::refused(format!("{}/{id} was not run yet", step.id))),
    }
}

fn is_there(ctx: &Context, path: &Path) -> bool {
    ctx.env.fs.stat(path).is_ok_and(|stat| stat.kind == Kind::File)
}

/// Every command that was run, with its log.
fn list(ctx: &Context, engine: &WorkflowEngine, view: &RunView) -> Result<Exit, Failure> {
    let calendar = ctx.calendar();
    let of_step = |step: &'_ StepView| {
        let begun = step.all_commands().filter(|command| command.log.is_some());
        begun.map(|command| (format!("{}/{}", step.id, command.id), command.clone())).collect::<Vec<_>>()
    };
    let all: Vec<(String, CommandView)> = view.steps.iter().flat_map(of_step).collect();
    let widest = all.iter().map(|(name, _)| width(name)).max().unwrap_or(0);
    let mut text = String::new();
    let mut objects: Vec<Value> = Vec::new();
    for (name, command) in &all {
        let log = command.log.as_deref().unwrap_or_default();
        let path = ctx.shown(&engine.store().root().join(log));
        text.push_str(&format!("{}  {}\n    {path}\n", pad(name, widest), state(command, &calendar)));
        objects.push(
            json!({"command": name, "attempt": command.attempt, "outcome": command.outcome, "log": path}),
        );
    }
    match all.first() {
        Some((name, _)) => text.push_str(&format!("\nNext: checklist logs {name}\n")),
        None => text.push_str("No command was run yet.\n\nNext: checklist status\n"),
    }
    ctx.ui.answer(&text);
    ctx.ui.object(json::object("logs", json!({"run": view.id, "logs": objects})));
    Ok(Exit::Ok)
}
