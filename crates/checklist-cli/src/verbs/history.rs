//! `history`: who did what, and when.

use crate::cli;
use crate::context::Context;
use crate::exit::Exit;
use crate::failure::Failure;
use crate::json;
use crate::screen;
use crate::ui::Format;
use checklist_workflow::engine::Entry;
use serde_json::{Value, json};

pub(crate) fn history(ctx: &Context, arguments: &cli::History) -> Result<Exit, Failure> {
    let engine = ctx.read()?;
    let entries = engine.history()?;
    let limit = arguments.limit.unwrap_or(usize::MAX);
    let newest: Vec<&Entry> = entries.iter().rev().take(limit).collect();
    match ctx.ui.format {
        Format::Plain => ctx.ui.answer(&screen::history::plain(&newest)),
        _ => ctx.ui.answer(&screen::history::history(&newest, &ctx.calendar(), ctx.ui.look())),
    }
    if ctx.is_json() {
        let entries: Value = newest.into_iter().map(entry).collect();
        let fields = json!({"run": engine.run_id(), "operations": entries});
        ctx.ui.object(json::object("history", fields));
    }
    Ok(Exit::Ok)
}

/// One operation for a program.
pub(crate) fn entry(entry: &Entry) -> Value {
    json!({
        "op": entry.op,
        "time": entry.time.to_string(),
        "who": entry.actor,
        "verb": entry.verb,
        "step": entry.step,
        "detail": entry.detail,
        "of": entry.of,
        "to": entry.to,
        "undone": entry.undone,
    })
}
