//! `run`: walks through a list. What the tool can do it does; where a person is needed it stops.

mod ask;
pub(crate) mod block;
pub(crate) mod danger;
mod dry;
mod failed;
mod live;
pub(crate) mod progress;
pub(crate) mod secret;
mod start;
pub(crate) mod walk;

use crate::approval::{self, Content};
use crate::cli;
use crate::context::Context;
use crate::exit::Exit;
use crate::failure::Failure;
use crate::screen::status::header;
use checklist_workflow::run::RunStatus;
pub(crate) use start::pairs;
use walk::{Choices, Walk};

pub(crate) fn run(ctx: &Context, arguments: &cli::Run) -> Result<Exit, Failure> {
    if arguments.dry_run {
        return dry::dry(ctx, arguments);
    }
    let mut engine = start::open(ctx, arguments)?;
    ctx.remember(&engine);
    danger::check_names(engine.template(), &arguments.dangers)?;
    let view = engine.view()?;
    ctx.ui.talk(&format!("{}\n\n", header(&view, ctx.ui.look_of_talk())));
    if view.status == RunStatus::Paused {
        let saved = engine.unpause(&checklist_workflow::engine::ActOptions::default())?;
        ctx.ui.notice(&format!("The run goes on; it was paused. Saved as op {}.", saved.rev));
    }
    if view.status != RunStatus::Completed
        && let Some(template) = engine.template()
    {
        let content = Content { root: engine.project(), path: &view.origin, name: None, template };
        if approval::runs_by_itself(template) {
            approval::require(ctx, content)?;
        }
    }
    ctx.signals.catch().map_err(walk::no_signals)?;
    let choices =
        Choices { yes: arguments.yes, keep_going: arguments.keep_going, allowed: &arguments.dangers.allowed };
    let walk = Walk::new(ctx, &mut engine, choices);
    match &arguments.step {
        Some(step) => walk.only(step),
        None => walk.through(),
    }
}
