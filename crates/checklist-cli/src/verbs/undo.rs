//! `undo` and `redo`: the last operation, another one or everything behind one is taken back, or done again.

use super::act;
use crate::cli::{self, Revision};
use crate::context::Context;
use crate::exit::Exit;
use crate::failure::Failure;
use crate::json;
use crate::screen::layout::{clean, counted};
use crate::screen::outcome;
use checklist_workflow::engine::{RanCommand, Undone, WorkflowEngine};
use serde_json::{Value, json};

pub(crate) fn undo(ctx: &Context, arguments: &cli::Undo) -> Result<Exit, Failure> {
    let Some(mut engine) = act::open(ctx, "undo", &arguments.revision)? else { return Ok(Exit::Ok) };
    let options = act::options(&arguments.revision);
    let undone = match (arguments.op, arguments.to) {
        (_, Some(to)) => {
            confirm(ctx, &engine, to, arguments.yes)?;
            engine.undo_to(to, &options)?
        }
        (Some(op), None) => engine.undo_one(op, &options)?,
        (None, None) => engine.undo(&options)?,
    };
    let text = match arguments.to {
        Some(to) => outcome::undone_to(to, &undone, ctx.ui.look()),
        None => outcome::undone("Undid", &undone, ctx.ui.look()),
    };
    let text = format!("{text}{}Redo: checklist redo\n", not_reversed(&undone.commands));
    answer(ctx, &engine, "undo", &undone, &text)
}

pub(crate) fn redo(ctx: &Context, revision: &Revision) -> Result<Exit, Failure> {
    let Some(mut engine) = act::open(ctx, "redo", revision)? else { return Ok(Exit::Ok) };
    let undone = engine.redo(&act::options(revision))?;
    let text = outcome::redone(&undone, ctx.ui.look());
    answer(ctx, &engine, "redo", &undone, &text)
}

/// What already ran is not taken back with the record of it, and somebody has to know that.
fn confirm(ctx: &Context, engine: &WorkflowEngine, to: u64, yes: bool) -> Result<(), Failure> {
    let (ops, commands) = engine.plan_undo_to(to)?;
    if commands.is_empty() || yes {
        return Ok(());
    }
    let (first, last) = (ops.first().copied().unwrap_or(to), ops.last().copied().unwrap_or(to));
    let told = format!(
        "This takes back {} ({first}-{last}). Commands that already ran are NOT reversed:",
        counted(ops.len(), "operation")
    );
    let Some(prompt) = ctx.prompt() else {
        let mut failure = Failure::new(
            Exit::NeedsHuman,
            match commands.len() {
                1 => format!("a command ran since op {to}, and is not reversed"),
                count => format!("{count} commands ran since op {to}, and are not reversed"),
            },
        )
        .lead("")
        .advise(format!("To take back the record only: checklist undo --to {to} --yes"))
        .data(json!({"operations": ops, "commands_not_reversed": ran(&commands)}));
        failure.details.extend(listed(&commands).lines().map(|line| line.trim_start().to_owned()));
        return Err(failure);
    };
    ctx.ui.say(&told);
    ctx.ui.talk(&listed(&commands));
    match prompt.yes("Take back the record only?") {
        true => Ok(()),
        false => Err(Failure::new(Exit::NeedsHuman, "nothing was taken back").lead("")),
    }
}

fn not_reversed(commands: &[RanCommand]) -> String {
    match commands.is_empty() {
        true => String::new(),
        false => format!("Commands that ran are NOT reversed:\n{}", listed(commands)),
    }
}

fn listed(commands: &[RanCommand]) -> String {
    let line = |ran: &RanCommand| {
        let script = ran.script.as_deref().map(|script| script.trim_end().lines().next().unwrap_or_default());
        let back = if ran.has_rollback {
            format!("   can be taken back: checklist rollback {}", ran.step)
        } else {
            String::new()
        };
        let line = format!("  {}/{}   {}{back}", ran.step, ran.command, clean(script.unwrap_or_default()));
        format!("{}\n", line.trim_end())
    };
    commands.iter().map(line).collect()
}

fn ran(commands: &[RanCommand]) -> Value {
    let one = |ran: &RanCommand| json!({"step": ran.step, "command": ran.command, "run": ran.script, "has_rollback": ran.has_rollback});
    commands.iter().map(one).collect()
}

fn answer(
    ctx: &Context,
    engine: &WorkflowEngine,
    verb: &str,
    undone: &Undone,
    text: &str,
) -> Result<Exit, Failure> {
    ctx.remember(engine);
    ctx.ui.answer(&format!("{text}{}", act::follow_up(ctx, engine)?));
    if ctx.is_json() {
        let view = engine.view()?;
        let ahead = act::ahead(ctx, engine, &view);
        let changed: Vec<_> = undone
            .changed
            .iter()
            .map(|(step, status)| json!({"step": step, "status": status.as_str()}))
            .collect();
        ctx.ui.object(json::object(
            verb,
            json!({
                "changed": true,
                "run": view.id,
                "rev": undone.saved.rev,
                "operation": super::history::entry(&undone.entry),
                "operations": undone.ops,
                "commands_not_reversed": ran(&undone.commands),
                "steps": changed,
                "next_commands": ahead.for_programs(),
            }),
        ));
    }
    Ok(Exit::Ok)
}
