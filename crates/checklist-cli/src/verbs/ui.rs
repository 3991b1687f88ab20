//! `ui`: a full-screen panel of the run, for who would rather press keys than type commands.

use super::status::no_run;
use crate::context::{Context, lookup};
use crate::exit::Exit;
use crate::failure::Failure;
use crate::screen::layout::Drawing;
use crate::screen::outcome;
use crate::ui::access::Access;
use crate::ui::{Format, session};
use checklist_workflow::run::RunStatus;
use std::io::IsTerminal as _;

pub(crate) fn ui(ctx: &Context) -> Result<Exit, Failure> {
    require_terminal(ctx)?;
    let project = ctx.project()?;
    let engine = ctx.read()?;
    if engine.run().is_none() {
        return Err(no_run(ctx, &engine));
    }
    let access = Access::new(ctx, project.root)?;
    let seen = access.seen(&engine)?;
    // Nothing of the store is held while a person looks.
    drop(engine);
    let exit = session::run(ctx, access, seen)?;
    // Whoever closed the terminal has no use for words.
    if exit == Exit::Ok {
        say_where_it_stands(ctx)?;
    }
    Ok(exit)
}

/// Where nothing can be drawn or nobody types, the same is to be had in lines.
fn require_terminal(ctx: &Context) -> Result<(), Failure> {
    let refusal = if ctx.ui.format != Format::Human {
        "a panel is for people, and --json, --plain or CHECKLIST_AGENT=1 says that a program reads this"
    } else if ctx.ui.drawing == Drawing::Spoken {
        "a panel is drawn, and CHECKLIST_SCREEN_READER or ACCESSIBLE says that what is shown is read aloud"
    } else if ctx.globals.no_input {
        "a panel takes keys, and --no-input forbids to ask"
    } else if !std::io::stdin().is_terminal() || !std::io::stdout().is_terminal() {
        "a panel needs a terminal, and stdin or stdout is none"
    } else if lookup("TERM").is_none_or(|term| term.is_empty() || term == "dumb") {
        "this terminal cannot show a panel: TERM is dumb, or not set"
    } else {
        return Ok(());
    };
    Err(Failure::usage(refusal)
        .advise("Where it stands: checklist status    What is next: checklist next")
        .advise("To walk through it line by line: checklist run"))
}

fn say_where_it_stands(ctx: &Context) -> Result<(), Failure> {
    let engine = ctx.read()?;
    let view = engine.view()?;
    ctx.remember(&engine);
    let ahead = super::act::ahead(ctx, &engine, &view);
    let place = match (view.status, ahead.current()) {
        (RunStatus::Completed, _) => outcome::completed(&view),
        (_, Some(step)) => format!("Your place is kept: {} is next.\n\n", step.id),
        (_, None) => String::new(),
    };
    ctx.ui.answer(&format!("{place}{}", ahead.text()));
    Ok(())
}
