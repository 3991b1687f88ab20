//! `export`: the run as a report for others.

use crate::cli;
use crate::context::{Context, tidied};
use crate::exit::Exit;
use crate::failure::{Change, Failure};
use crate::json;
use checklist_store::env::{Access, Kind, write_fully};
use checklist_workflow::export::Report;
use checklist_workflow::file::reason;
use checklist_workflow::project::FOLDER;
use serde_json::{Value, json};
use std::io;
use std::path::{Path, PathBuf};

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
    match ctx.env.fs.stat(path) {
        Ok(stat) if stat.kind != Kind::File => {
            return Err(Failure::usage(format!("{} is not a file", ctx.shown(path))));
        }
        Err(error) if error.kind() != io::ErrorKind::NotFound => return Err(failed(ctx, path, &error)),
        _ => {}
    }
    let name = path.file_name().ok_or_else(|| Failure::usage("--output names no file"))?.to_string_lossy();
    let staged: PathBuf = path.with_file_name(format!(".{name}.{}", ctx.env.uuid().simple()));
    let put = || -> io::Result<()> {
        let mut file = ctx.env.fs.create(&staged, Access::Shared)?;
        write_fully(file.as_mut(), bytes)?;
        file.sync()?;
        drop(file);
        ctx.env.fs.rename(&staged, path)
    };
    put().map_err(|error| {
        let _ = ctx.env.fs.remove(&staged);
        failed(ctx, path, &error)
    })
}

fn failed(ctx: &Context, path: &Path, error: &io::Error) -> Failure {
    let exit = if error.kind() == io::ErrorKind::NotFound { Exit::Usage } else { Exit::Io };
    let mut failure = Failure::new(exit, format!("cannot write {}: {}", ctx.shown(path), reason(error)));
    failure.change = Change::NotSaved;
    failure
}
