//! Dangers: commands that somebody has to say yes to, each by its name or at the terminal.

use crate::cli::Dangers;
use crate::context::Context;
use crate::exit::Exit;
use crate::failure::Failure;
use crate::screen::layout::{Role, clean};
use checklist_workflow::closest::closest;
use checklist_workflow::engine::{Acted, Dangerous, WorkflowEngine};
use checklist_workflow::error::Error;
use checklist_workflow::output::plain_text;
use checklist_workflow::template::{Command, ROLLBACK_PREFIX, Template};

/// Executes a step or its rollback. What nobody said yes to is asked about before anything of it runs, and
/// without a terminal it is an error that names the flag.
pub(crate) fn with_consent(
    ctx: &Context,
    engine: &mut WorkflowEngine,
    allowed: &[String],
    mut execute: impl FnMut(&mut WorkflowEngine) -> Result<Acted, Error>,
) -> Result<Result<Acted, Error>, Failure> {
    match execute(engine) {
        Err(Error::Dangerous { step, commands }) => {
            consent(ctx, allowed, &step, &commands)?;
            for command in &commands {
                engine.allow_danger(&step, &command.command);
            }
            Ok(execute(engine))
        }
        result => Ok(result),
    }
}

fn consent(ctx: &Context, allowed: &[String], step: &str, commands: &[Dangerous]) -> Result<(), Failure> {
    let name = |command: &Dangerous| format!("{step}/{}", command.command);
    let is_open = |command: &&Dangerous| !allowed.contains(&name(command));
    let prompt = ctx.prompt();
    if prompt.is_none() {
        let commands: Vec<Dangerous> = commands.iter().filter(is_open).cloned().collect();
        if !commands.is_empty() {
            return Err(Error::Dangerous { step: step.to_owned(), commands }.into());
        }
    }
    let look = ctx.ui.look_of_talk();
    for command in commands {
        let danger = look.paint(Role::Bad, &format!("danger: {}", clean(&command.danger)));
        ctx.ui.talk(&ctx.ui.of_step(&danger));
        let Some(prompt) = prompt.as_ref().filter(|_| is_open(&command)) else { continue };
        for line in command.script.trim_end().lines() {
            ctx.ui.talk(&ctx.ui.quoted(&plain_text(line)));
        }
        if !prompt.yes(&format!("     Run {}?", name(command))) {
            return Err(Failure::new(Exit::NeedsHuman, format!("{} was not run", name(command)))
                .lead("")
                .detail(format!("Nobody said yes to it, so nothing of {step} was begun.")));
        }
    }
    Ok(())
}

/// Refuses a name that is none of a dangerous command: a slip must not pass for a yes to something else.
pub(crate) fn check_names(template: Option<&Template>, dangers: &Dangers) -> Result<(), Failure> {
    let known: Vec<String> = template.map(names).unwrap_or_default();
    let Some(unknown) = dangers.allowed.iter().find(|given| !known.contains(given)) else { return Ok(()) };
    let meant = closest(unknown, known.iter().map(String::as_str))
        .map_or_else(String::new, |name| format!(". Did you mean: {name}"));
    let failure = Failure::usage(format!("--allow-danger: no dangerous command is called {unknown}{meant}"));
    Err(match known.as_slice() {
        [] => failure.detail("This list calls nothing a danger."),
        known => failure.detail(format!("Those of this list: {}", known.join(", "))),
    })
}

/// The commands of a list that it calls dangers.
fn names(template: &Template) -> Vec<String> {
    let is_danger = |command: &&Command| command.danger.is_some();
    let mut names = Vec::new();
    for step in &template.steps {
        let commands = step.commands.iter().filter(is_danger);
        names.extend(commands.map(|command| format!("{}/{}", step.id, command.id)));
        let rollback = step.rollback.iter().filter(is_danger);
        names.extend(rollback.map(|command| format!("{}/{ROLLBACK_PREFIX}{}", step.id, command.id)));
    }
    names
}
