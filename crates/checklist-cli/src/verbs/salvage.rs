//! `recover --salvage`: what can be read of a store is copied elsewhere, and made a sound store there.

use crate::context::Context;
use crate::exit::Exit;
use crate::failure::Failure;
use crate::json;
use crate::screen::backups::size;
use checklist_store::{SalvageReport, Store};
use serde_json::json;
use std::path::Path;

pub(crate) fn salvage(ctx: &Context, folder: &Path, into: &Path) -> Result<Exit, Failure> {
    let into = ctx.here.join(into);
    let report = Store::salvage(&ctx.store_options(), folder, &into)?;
    let shown = ctx.shown(&into);
    ctx.ui.answer(&text(&report, &shown));
    let exit = if report.store.is_some() { Exit::Ok } else { Exit::Damaged };
    let unreadable: Vec<_> = report
        .unreadable
        .iter()
        .map(|(path, why)| json!({"file": path.to_string_lossy(), "why": why}))
        .collect();
    let mut object = json::object(
        "recover",
        json!({
            "changed": false,
            "salvaged_into": shown,
            "files": report.copied,
            "bytes": report.bytes,
            "unreadable": unreadable,
            "record": report.lsn.map(|lsn| lsn.0),
            "proven": report.plan.as_ref().map(|plan| plan.is_proven),
            "lost": report.plan.as_ref().and_then(|plan| plan.lost.clone()),
            "has_history": report.has_history,
            "unproven": report.unproven,
            "report": ctx.shown(&report.report),
            "exit": exit.code(),
        }),
    );
    object["ok"] = json!(exit == Exit::Ok);
    ctx.ui.object(object);
    Ok(exit)
}

fn text(report: &SalvageReport, into: &str) -> String {
    let mut text = format!("Salvaged into {into}; the original was only read.\n");
    let mut row = |name: &str, what: String| text.push_str(&format!("  {name:<14}  {what}\n"));
    row("original/", format!("{} files, {}", report.copied, size(report.bytes)));
    match (&report.plan, report.lsn) {
        (Some(plan), Some(lsn)) => {
            let history = if report.has_history { "history whole" } else { "history begun anew" };
            row(".checklist/", format!("sound, at record {lsn}, {history}"));
            row("unproven.jsonl", format!("{} that lead on from nothing", report.unproven));
            text.push_str(&match &plan.lost {
                Some(lost) => format!("Lost: {lost}. Last certain: record {}.\n", plan.ends_at),
                None => "Nothing was lost.\n".to_owned(),
            });
        }
        _ => {
            row("unproven.jsonl", format!("{} that lead on from nothing", report.unproven));
            let why = report.refused.as_deref().unwrap_or("nothing proves any state");
            text.push_str(&format!("No state can be proven: {why}.\n"));
        }
    }
    for (path, why) in &report.unreadable {
        text.push_str(&format!("Not read: {}: {why}\n", path.display()));
    }
    text.push_str(&format!("\nNext: read {into}/report.md\n"));
    text
}
