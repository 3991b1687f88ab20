//! `ls`: the runs of this project, those that were put aside, or all projects of this user.

use super::projects;
use crate::cli;
use crate::context::Context;
use crate::exit::Exit;
use crate::failure::Failure;
use crate::json;
use crate::screen;
use crate::screen::layout::clean;
use crate::screen::spoken::sentence;
use crate::ui::Format;
use checklist_workflow::view::RunSummary;
use serde_json::{Value, json};

pub(crate) fn ls(ctx: &Context, arguments: &cli::Ls) -> Result<Exit, Failure> {
    if arguments.all {
        return projects::projects(ctx);
    }
    let engine = ctx.read()?;
    if arguments.archived {
        let (runs, unreadable) = engine.archived_runs()?;
        for error in &unreadable {
            ctx.ui.notice(&format!("Note: {}", clean(&error.to_string())));
        }
        match ctx.ui.format {
            Format::Plain => ctx.ui.answer(&screen::runs::plain(&runs)),
            _ if runs.is_empty() => ctx.ui.answer("No run was put aside.\n"),
            _ => {
                let shown = screen::runs::runs(&runs, &ctx.calendar(), ctx.ui.look());
                let next = side_by_side(ctx, "Next: checklist status --run RUN     or: checklist export RUN");
                ctx.ui.answer(&format!("{shown}\n{next}"));
            }
        }
        ctx.ui.object(json::object("ls", json!({"runs": objects(&runs), "archived": true})));
        return Ok(Exit::Ok);
    }
    let runs = engine.runs()?;
    let archived = engine.archived_ids()?.len();
    let lists = crate::source::names(ctx, engine.project());
    match ctx.ui.format {
        Format::Plain => ctx.ui.answer(&screen::runs::plain(&runs)),
        _ if runs.is_empty() => {
            let failure = super::status::no_run(ctx, &engine);
            ctx.ui.answer(&format!(
                "{}\n{}\n{}",
                failure.message,
                failure.advice.join("\n"),
                aside(archived)
            ));
        }
        _ => {
            let shown = screen::runs::runs(&runs, &ctx.calendar(), ctx.ui.look());
            let next = side_by_side(ctx, "Next: checklist switch RUN     or: checklist status --run RUN");
            ctx.ui.answer(&format!("{shown}{}\n{next}", aside(archived)));
        }
    }
    let fields = json!({"runs": objects(&runs), "lists": lists, "archived_count": archived});
    ctx.ui.object(json::object("ls", fields));
    Ok(Exit::Ok)
}

/// Commands that stand beside each other, where anything does.
fn side_by_side(ctx: &Context, text: &str) -> String {
    match ctx.ui.look().is_spoken() {
        true => format!("{}\n", sentence(text)),
        false => format!("{text}\n"),
    }
}

fn aside(archived: usize) -> String {
    match archived {
        0 => String::new(),
        1 => "1 run was put aside: checklist ls --archived\n".to_owned(),
        count => format!("{count} runs were put aside: checklist ls --archived\n"),
    }
}

fn objects(runs: &[RunSummary]) -> Value {
    runs.iter()
        .map(|run| {
            json!({
                "run": run.id,
                "id": run.id,
                "name": run.name,
                "template": run.template,
                "origin": run.origin,
                "status": run.status.as_str(),
                "settled": run.settled,
                "updated": run.updated_at.to_string(),
                "active": run.is_active,
                "archived": run.is_archived,
            })
        })
        .collect()
}
