//! `rollback`: takes back what a step did, with the commands it declares for that. Nothing else ever runs them.

use super::act;
use super::run::progress::Progress;
use super::run::{danger, secret, walk};
use crate::approval::{self, Content};
use crate::cli;
use crate::context::Context;
use crate::exit::Exit;
use crate::failure::Failure;
use crate::screen::layout::apart;
use crate::screen::outcome;

pub(crate) fn rollback(ctx: &Context, arguments: &cli::Rollback) -> Result<Exit, Failure> {
    let Some(mut engine) = act::open(ctx, "rollback", &arguments.revision)? else { return Ok(Exit::Ok) };
    let view = engine.view()?;
    let step = ctx.step(&engine, &view, Some(&arguments.step))?;
    if let Some(template) = engine.template() {
        let content = Content { root: engine.project(), path: &view.origin, name: None, template };
        approval::require(ctx, content)?;
    }
    danger::check_names(engine.template(), &arguments.dangers)?;
    ctx.signals.catch().map_err(walk::no_signals)?;
    secret::ask(ctx, &mut engine)?;
    let done_after: Vec<&str> = view
        .steps
        .iter()
        .filter(|other| {
            other.status.is_settled() && engine.template().is_some_and(|t| needs(t, &other.id, &step.id))
        })
        .map(|other| other.id.as_str())
        .collect();
    let mut progress = Progress::new(ctx);
    let mut watch = |event: &checklist_workflow::engine::Progressed<'_>| progress.show(event);
    let options = act::options(&arguments.revision);
    let rolled = danger::with_consent(ctx, &mut engine, &arguments.dangers.allowed, |engine| {
        engine.rollback(&step.id, &options, ctx.signals.cancel(), &mut watch)
    })?;
    drop(progress);
    ctx.remember(&engine);
    let acted = rolled.map_err(|error| {
        let mut failure = Failure::from(error);
        if failure.exit == Exit::CommandFailed {
            failure.advice.insert(0, format!("After fixing what it says: checklist rollback {}", step.id));
        }
        failure
    })?;
    let line = format!("[ ] {} was rolled back and is to do again.", acted.step);
    let saved = outcome::saved(acted.saved.as_ref());
    let mut text = format!("{}\n", apart(&line, &saved, ctx.ui.look()));
    if !done_after.is_empty() {
        text.push_str(&format!(
            "Settled, and built on it: {}. Look whether they still hold.\n",
            done_after.join(", ")
        ));
    }
    act::answer(ctx, &engine, "rollback", &acted, &text)?;
    Ok(Exit::Ok)
}

/// Whether one step needs another, directly.
fn needs(template: &checklist_workflow::Template, step: &str, other: &str) -> bool {
    template.step(step).is_some_and(|step| step.needs.iter().any(|need| need == other))
}
