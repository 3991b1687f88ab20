//! `export`: the run as a report for others.

use crate::cli;
use crate::context::{Context, tidied};
use crate::exit::Exit;
use crate::failure::Failure;
use crate::json;
use crate::outgoing;
use checklist_workflow::export::Report;
use checklist_workflow::project::FOLDER;
use serde_json::{Value, json};
use std::path::Path;

pub(crate) fn export(ctx: &Context, arguments: &cli::Export) -> Result<Exit, Failure> {
    let mut engine = ctx.read()?;
    if let Some(run) = &arguments.run {
        engine.look_at(run)?;
        ctx.remember(&engine);
    }
    let report = engine.report()?;
    let form = match (arguments.html, arguments.md, ctx.is_json()) {
        (true, ..) => "html",
        (_, true, _) | (.., false) => "md",
        _ => "json",
    };
    let whole = object(&report);
    let text = match form {
        "html" => report.to_html(),
        "md" => report.to_markdown(),
        _ => format!("{whole}\n"),
    };
    let Some(output) = &arguments.output else {
        ctx.ui.answer(&text);
        // A program that asked for a page gets it as a member of its object.
        let page = json!({"run": report.view.id, "rev": report.view.rev, "form": form, "content": text});
        ctx.ui.object(if form == "json" { whole } else { json::object("export-page", page) });
        return Ok(Exit::Ok);
    };
    let path = tidied(&ctx.here.join(output));
    write(ctx, engine.project(), &path, text.as_bytes())?;
    let shown = ctx.shown(&path);
    ctx.ui.answer(&format!("Wrote {shown}   ({} of run {})\n", report_kind(form), report.view.short));
    let fields = json!({"run": report.view.id, "rev": report.view.rev, "form": form, "output": path.to_string_lossy(),
        "bytes": text.len()});
    ctx.ui.object(json::object("export-page", fields));
    Ok(Exit::Ok)
}

fn report_kind(form: &str) -> &'static str {
    match form {
        "html" => "the HTML report",
        "md" => "the Markdown report",
        _ => "the JSON",
    }
}

/// Everything that is known of the run.
fn object(report: &Report) -> Value {
    let mut fields = json::run(&report.view);
    fields["origin"] = report.view.origin.clone().into();
    fields["sha256"] = report.sha256.clone().into();
    fields["made"] = report.made_at.to_string().into();
    fields["steps"] = report.view.steps.iter().map(json::exported_step).collect();
    fields["history"] = report.history.iter().map(super::history::entry).collect();
    json::object("export", fields)
}

/// Replaces the file as a whole. What is under `.checklist/` is the store's.
fn write(ctx: &Context, root: &Path, path: &Path, bytes: &[u8]) -> Result<(), Failure> {
    if path.starts_with(root.join(FOLDER)) {
        return Err(Failure::usage("what lies in .checklist/ is kept by checklist alone")
            .advise("Name a file outside of it: --output report.html"));
    }
    outgoing::replace(ctx, path, bytes)
}
