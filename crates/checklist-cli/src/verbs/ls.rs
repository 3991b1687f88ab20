//! `ls`: the runs of this project.

use crate::context::Context;
use crate::exit::Exit;
use crate::failure::Failure;
use crate::json;
use crate::screen;
use crate::ui::Format;
use serde_json::{Value, json};

pub(crate) fn ls(ctx: &Context) -> Result<Exit, Failure> {
    let engine = ctx.read()?;
    let runs = engine.runs()?;
    let lists = crate::source::names(ctx, engine.project());
    match ctx.ui.format {
        Format::Plain => ctx.ui.answer(&screen::runs::plain(&runs)),
        _ if runs.is_empty() => {
            let failure = super::status::no_run(ctx, engine.project());
            ctx.ui.answer(&format!("{}\n{}\n", failure.message, failure.advice.join("\n")));
        }
        _ => {
            let shown = screen::runs::runs(&runs, &ctx.calendar(), ctx.ui.look());
            ctx.ui
                .answer(&format!("{shown}\nNext: checklist switch RUN     or: checklist status --run RUN\n"));
        }
    }
    let runs: Value = runs
        .iter()
        .map(|run| {
            json!({
                "run": run.id,
                "id": run.id,
                "template": run.template,
                "origin": run.origin,
                "status": run.status.as_str(),
                "settled": run.settled,
                "updated": run.updated_at.to_string(),
                "active": run.is_active,
            })
        })
        .collect();
    ctx.ui.object(json::object("ls", json!({"runs": runs, "lists": lists})));
    Ok(Exit::Ok)
}
