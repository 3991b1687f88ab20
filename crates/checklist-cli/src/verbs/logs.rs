//! `logs`: what the commands of a step printed.

mod follow;

use crate::cli;
use crate::context::Context;
use crate::exit::Exit;
use crate::failure::Failure;
use crate::json;
use crate::screen::layout::{pad, width};
use crate::screen::spoken::sentence;
use crate::screen::status::state;
use crate::verbs::run::progress;
use checklist_store::env::Kind;
use checklist_workflow::engine::{Attempted, WorkflowEngine};
use checklist_workflow::output::tail;
use checklist_workflow::run::CommandStatus;
use checklist_workflow::view::{CommandView, RunView, StepView};
use serde_json::{Value, json};
use std::path::{Path, PathBuf};

/// The end of a log that is shown; the file has all of it.
const SHOWN_BYTES_MAX: u64 = 1024 * 1024;

pub(crate) fn logs(ctx: &Context, arguments: &cli::Logs) -> Result<Exit, Failure> {
    let engine = ctx.read()?;
    let view = engine.view()?;
    if arguments.follow && (view.is_running || arguments.of.is_none()) {
        return follow::follow(ctx, engine, &view, arguments.of.as_deref());
    }
    let Some(of) = &arguments.of else { return list(ctx, &engine, &view) };
    let (step, command) = split(of);
    let step = ctx.step(&engine, &view, Some(step))?;
    let printed = match arguments.attempt {
        Some(number) => attempts(&engine, step, command, number)?,
        None => match chosen(step, command) {
            Ok(commands) => commands.into_iter().map(Printed::of).collect(),
            Err(failure) => others(ctx, &engine, step, command)?.ok_or(failure)?,
        },
    };
    for (name, path) in paths(ctx, &engine, step, &printed) {
        if printed.len() > 1 {
            ctx.ui.answer(&format!("==> {name}\n"));
        }
        if !ctx.is_json() {
            let lines = tail(&ctx.env, &path, usize::MAX, SHOWN_BYTES_MAX)?;
            ctx.ui.answer(&lines.iter().map(|line| format!("{line}\n")).collect::<String>());
            ctx.ui.talk(&format!("log: {}\n", ctx.shown(&path)));
        }
    }
    for cut_off in printed.iter().filter(|printed| printed.was_cut_off) {
        ctx.ui.notice(&format!(
            "Note: the program died while {}/{} ran, so its log may end in the middle of a line",
            step.id, cut_off.command
        ));
    }
    answer(ctx, &engine, &view.id, step, &printed);
    Ok(Exit::Ok)
}

/// A step, or one command of it.
fn split(of: &str) -> (&str, Option<&str>) {
    of.split_once('/').map_or((of, None), |(step, command)| (step, Some(command)))
}

/// An attempt that printed something.
struct Printed {
    command: String,
    attempt: u32,
    outcome: Option<String>,
    log: String,
    /// Whether nobody saw it end: the program died while it ran.
    was_cut_off: bool,
}

impl Printed {
    fn of(command: &CommandView) -> Printed {
        Printed {
            command: command.id.clone(),
            attempt: command.attempt,
            outcome: command.outcome.clone(),
            log: command.log.clone().unwrap_or_default(),
            was_cut_off: was_cut_off(command.status, command.duration_ms.is_some()),
        }
    }

    fn of_attempt(attempt: &Attempted) -> Option<Printed> {
        Some(Printed {
            command: attempt.command.clone(),
            attempt: attempt.number,
            outcome: attempt.outcome.clone(),
            log: attempt.log.clone()?,
            was_cut_off: was_cut_off(attempt.status, attempt.duration.is_some()),
        })
    }
}

/// Whether the end of a command was not seen, also where somebody said since what became of it.
fn was_cut_off(status: CommandStatus, is_end_seen: bool) -> bool {
    match status {
        CommandStatus::Interrupted => true,
        CommandStatus::Done | CommandStatus::Failed => !is_end_seen,
        CommandStatus::Pending | CommandStatus::Started | CommandStatus::Retrying => false,
    }
}

/// What the checks and outputs of a step printed, where that is all there is of what is meant; `None` if that is
/// nothing.
fn others(
    ctx: &Context,
    engine: &WorkflowEngine,
    step: &StepView,
    name: Option<&str>,
) -> Result<Option<Vec<Printed>>, Failure> {
    let all = of_checks(ctx, engine, step)?.into_iter();
    let meant: Vec<Printed> = all.filter(|log| name.is_none_or(|name| log.command == name)).collect();
    Ok((!meant.is_empty()).then_some(meant))
}

/// The logs of checks and outputs that are there. Each has what every attempt printed, so none of them is told by
/// its number.
fn of_checks(ctx: &Context, engine: &WorkflowEngine, step: &StepView) -> Result<Vec<Printed>, Failure> {
    let logs = engine.other_logs(&step.id)?.into_iter();
    let printed = logs
        .map(|(command, log)| Printed { command, attempt: 1, outcome: None, log, was_cut_off: false })
        .filter(|printed| is_there(ctx, &engine.store().root().join(&printed.log)));
    Ok(printed.collect())
}

/// Those whose logs are there, by their names.
fn paths(
    ctx: &Context,
    engine: &WorkflowEngine,
    step: &StepView,
    printed: &[Printed],
) -> Vec<(String, PathBuf)> {
    let of = |printed: &Printed| {
        (format!("{}/{}", step.id, printed.command), engine.store().root().join(&printed.log))
    };
    printed.iter().map(of).filter(|(_, path)| is_there(ctx, path)).collect()
}

/// The answer for programs: where each log is, and its end.
fn answer(ctx: &Context, engine: &WorkflowEngine, run: &str, step: &StepView, printed: &[Printed]) {
    if !ctx.is_json() {
        return;
    }
    let object = |printed: &Printed| {
        let path = engine.store().root().join(&printed.log);
        is_there(ctx, &path).then(|| {
            json!({"step": step.id, "command": printed.command, "attempt": printed.attempt,
                "outcome": printed.outcome, "log": ctx.shown(&path), "tail": progress::tail_lines(ctx, &path)})
        })
    };
    let objects: Vec<Value> = printed.iter().filter_map(object).collect();
    ctx.ui.object(json::object("logs", json!({"run": run, "logs": objects})));
}

/// The attempts with this number; commands that were begun again each have their own.
fn attempts(
    engine: &WorkflowEngine,
    step: &StepView,
    command: Option<&str>,
    number: u32,
) -> Result<Vec<Printed>, Failure> {
    // A name that is none is told as ever.
    chosen(step, command)?;
    let all = engine.attempts()?;
    let own: Vec<&Attempted> = all
        .iter()
        .filter(|attempt| attempt.step == step.id && command.is_none_or(|command| attempt.command == command))
        .collect();
    let found: Vec<Printed> = own
        .iter()
        .filter(|attempt| attempt.number == number)
        .filter_map(|attempt| Printed::of_attempt(attempt))
        .collect();
    if found.is_empty() {
        let name = command.map_or_else(|| step.id.clone(), |command| format!("{}/{command}", step.id));
        let known: Vec<String> =
            own.iter().map(|known| format!("{} {}", known.command, known.number)).collect();
        return Err(Failure::refused(format!("{name} has no attempt {number}"))
            .advise(format!("It has: {}", known.join(", "))));
    }
    Ok(found)
}

/// The commands that are meant and have printed something.
fn chosen<'v>(step: &'v StepView, command: Option<&str>) -> Result<Vec<&'v CommandView>, Failure> {
    let begun = |command: &&CommandView| command.log.is_some();
    let Some(id) = command else {
        let all: Vec<&CommandView> = step.all_commands().filter(begun).collect();
        return match all.is_empty() {
            true => Err(Failure::refused(match step.all_commands().next() {
                Some(_) => format!("no command of {} was run yet", step.id),
                None => format!("{} has no command, and no check of it has printed anything", step.id),
            })
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
    let mut checks: Vec<(String, Printed)> = Vec::new();
    for step in &view.steps {
        let own = of_checks(ctx, engine, step)?.into_iter();
        checks.extend(own.map(|printed| (format!("{}/{}", step.id, printed.command), printed)));
    }
    let names = all.iter().map(|(name, _)| name).chain(checks.iter().map(|(name, _)| name));
    let widest = names.map(|name| width(name)).max().unwrap_or(0);
    let is_spoken = ctx.ui.look().is_spoken();
    let lines = |name: &str, what: &str, path: &str| match is_spoken {
        true => format!("{name}: {}\n{path}\n", sentence(what)),
        false => format!("{}  {what}\n    {path}\n", pad(name, widest)),
    };
    let mut text = String::new();
    let mut objects: Vec<Value> = Vec::new();
    for (name, command) in &all {
        let log = command.log.as_deref().unwrap_or_default();
        let path = ctx.shown(&engine.store().root().join(log));
        text.push_str(&lines(name, &state(command, &calendar), &path));
        objects.push(
            json!({"command": name, "attempt": command.attempt, "outcome": command.outcome, "log": path}),
        );
    }
    for (name, printed) in &checks {
        let path = ctx.shown(&engine.store().root().join(&printed.log));
        let what = if printed.command == "check" { "checks" } else { "output" };
        text.push_str(&lines(name, what, &path));
        objects
            .push(json!({"command": name, "attempt": printed.attempt, "outcome": Value::Null, "log": path}));
    }
    let first = all.first().map(|(name, _)| name).or(checks.first().map(|(name, _)| name));
    match first {
        Some(name) => text.push_str(&format!("\nNext: checklist logs {name}\n")),
        None => text.push_str("No command was run yet.\n\nNext: checklist status\n"),
    }
    ctx.ui.answer(&text);
    ctx.ui.object(json::object("logs", json!({"run": view.id, "logs": objects})));
    Ok(Exit::Ok)
}
