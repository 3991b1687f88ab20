//! `status`: where am I, and what is next.

use super::act;
use crate::cli;
use crate::context::Context;
use crate::exit::Exit;
use crate::failure::Failure;
use crate::json;
use crate::screen;
use crate::ui::Format;
use checklist_workflow::engine::WorkflowEngine;
use checklist_workflow::error::Error;
use checklist_workflow::run::{RunStatus, StepStatus};
use checklist_workflow::template::StepKind;
use checklist_workflow::view::{RunView, StepView};

pub(crate) fn status(ctx: &Context, arguments: &cli::Status) -> Result<Exit, Failure> {
    let engine = ctx.read()?;
    let view = match engine.view() {
        Ok(view) => view,
        Err(Error::NoRun) => return Err(no_run(ctx, &engine)),
        Err(error) => return Err(error.into()),
    };
    let ahead = act::ahead(ctx, &engine, &view);
    let branch = ctx.branch(engine.project());
    match ctx.ui.format {
        Format::Plain => ctx.ui.answer(&screen::status::plain(&view)),
        Format::Human => {
            let calendar = ctx.calendar();
            ctx.ui.answer(&screen::status::status(ahead, branch.as_deref(), &calendar, ctx.ui.look()));
        }
        Format::Json => {
            let mut fields = json::run(&view);
            fields["branch_now"] = branch.into();
            fields["state"] = json::state(&view, ahead.current()).into();
            fields["steps"] = view.steps.iter().map(json::step).collect();
            fields["next_commands"] = ahead.for_programs().into();
            ctx.ui.object(json::object("status", fields));
        }
    }
    Ok(if arguments.exit_code { code(&view, ahead.current()) } else { Exit::Ok })
}

/// 10 where a person has to do or say something, and else 0.
fn code(view: &RunView, current: Option<&StepView>) -> Exit {
    let waits = match (view.status, current) {
        (RunStatus::Completed, _) => false,
        (RunStatus::Active, Some(step)) if !view.is_running => {
            step.status == StepStatus::Interrupted || !matches!(step.kind, StepKind::Auto | StepKind::Check)
        }
        (RunStatus::Active, Some(_)) => false,
        _ => true,
    };
    if waits { Exit::NeedsHuman } else { Exit::Ok }
}

/// A project without a run yet: which list could be run.
pub(crate) fn no_run(ctx: &Context, engine: &WorkflowEngine) -> Failure {
    let failure = Failure::new(Exit::NoChecklist, "No run here yet.").lead("");
    let failure = match crate::source::names(ctx, engine.project()).as_slice() {
        [] => failure.advise("Make a list: checklist init hello        From Markdown: checklist run FILE.md"),
        [name] => failure.advise(format!("Start one: checklist run {name}")),
        names => failure.advise(format!("Start one: checklist run NAME   ({})", names.join(", "))),
    };
    let failure = match engine.runs() {
        Ok(runs) if !runs.is_empty() => Failure::new(Exit::NoChecklist, "No run is active.")
            .lead("")
            .advise("Take one up: checklist switch RUN     Those there are: checklist ls"),
        _ => failure,
    };
    match engine.archived_ids() {
        Ok(ids) if !ids.is_empty() => failure.advise("What was put aside: checklist ls --archived"),
        _ => failure,
    }
}
