//! `import`: takes a list into `.checklist/templates/`: Markdown byte for byte, a BMAD workflow as a template.

mod convert;
mod merge;

use crate::cli;
use crate::context::Context;
use crate::exit::Exit;
use crate::failure::Failure;
use crate::json;
use crate::screen::layout::{clean, counted, fit, pad, width};
use crate::screen::prose::flow_findings;
use crate::source;
use checklist_workflow::confine::confine;
use checklist_workflow::list::ListKind;
use checklist_workflow::markdown::{self, Imported, InitialStatus};
use checklist_workflow::project::FOLDER;
use serde_json::{Value, json};
use std::path::Path;

pub(crate) fn import(ctx: &Context, arguments: &cli::Import) -> Result<Exit, Failure> {
    let project = match ctx.project() {
        Ok(project) => Some(project),
        // There will be one here.
        Err(failure) if failure.exit == Exit::NoChecklist => None,
        Err(failure) => return Err(failure),
    };
    let root = project.as_ref().map_or(&ctx.here, |project| &project.root);
    let found = source::file(ctx, root, &arguments.file)?;
    let source = source::read(ctx, &found)?;
    let file = Path::new(&found.name).file_name().unwrap_or_default().to_string_lossy().into_owned();
    if ListKind::of(&arguments.file) != ListKind::Markdown {
        return convert::import(ctx, arguments, root, &found, &source);
    }
    let kept = format!("{FOLDER}/templates/{file}");
    // The very file that is kept is not imported into itself.
    let old = if found.name == kept { None } else { kept_text(ctx, root, &kept)? };
    if let Some(old) = old.filter(|old| *old != source) {
        return merge::again(ctx, arguments, &found.name, &kept, (&old, &source));
    }
    let imported = markdown::import(&found.name, &source).map_err(Failure::template)?;
    if !imported.notes().is_empty() {
        let look = ctx.ui.look_of_messages();
        ctx.ui.talk(&flow_findings(&imported.notes().render(look.colour), look.width));
    }
    let changed = !arguments.dry_run && keep(ctx, &[(file.clone(), source.as_bytes())])?;
    let stem = file.rsplit_once('.').map_or(file.as_str(), |(stem, _)| stem);
    let command = match arguments.dry_run {
        true => format!("checklist import {}", arguments.file),
        false => format!("checklist run {stem}"),
    };
    let mut text = summary(&imported);
    if arguments.dry_run {
        text.push_str(&steps(ctx, &imported));
        text.push_str("Nothing was changed.\n");
    } else if changed {
        text.push_str(&format!("Kept as {kept}, byte for byte.\n"));
    } else {
        text.push_str(&format!("{kept} holds exactly this already. Nothing changed.\n"));
    }
    ctx.ui.answer(&format!("{text}\nNext: {command}\n"));
    let mut fields = fields(&imported);
    fields["changed"] = json!(changed);
    fields["list"] = if arguments.dry_run { Value::Null } else { kept.into() };
    fields["next_commands"] = json!([command]);
    ctx.ui.object(json::object("import", fields));
    Ok(Exit::Ok)
}

/// What is kept under this name; `None` if nothing is.
fn kept_text(ctx: &Context, root: &Path, kept: &str) -> Result<Option<String>, Failure> {
    match ctx.env.fs.stat(&root.join(kept)) {
        Ok(_) => {
            let found = source::Found { name: kept.to_owned(), path: confine(&ctx.env, root, kept)? };
            source::read(ctx, &found).map(Some)
        }
        Err(_) => Ok(None),
    }
}

/// Keeps these files, in a project that is made here if there is none; `false` where exactly they are kept already.
fn keep(ctx: &Context, files: &[(String, &[u8])]) -> Result<bool, Failure> {
    let engine = match ctx.project() {
        Ok(_) => ctx.write()?,
        Err(_) => {
            let engine = ctx.create(&ctx.here)?;
            ctx.note(&ctx.here);
            ctx.ui.notice(&format!("Created .checklist/ in {}", ctx.shown(&ctx.here)));
            engine
        }
    };
    let mut changed = false;
    for (file, bytes) in files {
        let path = engine.project().join(FOLDER).join("templates").join(file);
        if !ctx.env.fs.read(&path, 0..u64::MAX).is_ok_and(|there| there == *bytes) {
            engine.store().keep(&format!("templates/{file}"), bytes)?;
            changed = true;
        }
    }
    Ok(changed)
}

fn summary(imported: &Imported) -> String {
    let count = imported.template.steps.len();
    let steps = counted(count, "step");
    let mut text = match imported.from_list_items {
        true => format!("{steps} from {}; the file has no boxes\n", counted(count, "list item")),
        false => match imported.boxes {
            1 => format!("{steps} from 1 box\n"),
            boxes => format!("{steps} from {boxes} boxes\n"),
        },
    };
    for (count, place) in [
        (imported.fenced_boxes, "in code fences, which are examples"),
        (imported.comment_boxes, "in comments, which are not shown"),
        (imported.prompt_boxes, "in prompts for an agent, which are part of them"),
    ] {
        if count > 0 {
            let boxes = if count == 1 { "box" } else { "boxes" };
            text.push_str(&format!("  left out: {count} {boxes} {place}\n"));
        }
    }
    text
}

fn marker(status: InitialStatus) -> &'static str {
    match status {
        InitialStatus::Todo => "[ ]",
        InitialStatus::ClaimedDone => "[x]",
        InitialStatus::Skipped => "[-]",
        InitialStatus::Current => "[>]",
    }
}

fn steps(ctx: &Context, imported: &Imported) -> String {
    let look = ctx.ui.look();
    let all = imported.template.steps.iter();
    let widest = all.clone().map(|step| width(&step.id)).max().unwrap_or(0).min(look.width * 3 / 10);
    let mut text = String::from("\n");
    for (step, status) in all.zip(&imported.statuses) {
        let id = pad(&fit(&step.id, widest), widest);
        let line = format!("  {} {id}  {}", marker(*status), clean(&step.title));
        text.push_str(&format!("{}\n", fit(line.trim_end(), look.width)));
    }
    text.push('\n');
    text
}

fn fields(imported: &Imported) -> Value {
    let steps: Vec<Value> = imported
        .template
        .steps
        .iter()
        .zip(&imported.statuses)
        .map(|(step, status)| {
            json!({"id": step.id, "title": step.title, "section": step.section, "parent": step.parent,
                "marker": marker(*status), "line": step.line})
        })
        .collect();
    json!({
        "template": imported.template.id,
        "title": imported.template.title,
        "boxes": imported.boxes,
        "left_out": {"fenced": imported.fenced_boxes, "comments": imported.comment_boxes,
            "prompts": imported.prompt_boxes},
        "from_list_items": imported.from_list_items,
        "steps": steps,
        "notes": imported.notes().to_json(),
    })
}
