//! Importing YAML: a BMAD workflow is converted, a template is kept as it is.

use super::{keep, kept_text};
use crate::cli;
use crate::context::Context;
use crate::exit::Exit;
use crate::failure::Failure;
use crate::json;
use crate::screen::layout::{clean, counted, fit, pad, width};
use crate::source::{self, Found};
use checklist_workflow::bmad;
use checklist_workflow::project::FOLDER;
use checklist_workflow::template::Template;
use serde_json::{Value, json};
use std::path::Path;

pub(super) fn import(
    ctx: &Context,
    arguments: &cli::Import,
    root: &Path,
    found: &Found,
    source: &str,
) -> Result<Exit, Failure> {
    let name = &found.name;
    let file = file_name(name);
    let is_workflow = bmad::is_workflow(source);
    let (file, text, list, left_out) = if is_workflow {
        let converted = bmad::convert(name, source).map_err(Failure::template)?;
        let file = format!("{}.yaml", converted.list.template.id);
        (file, converted.source, converted.list, converted.left_out)
    } else {
        let list = source::parse_text(ctx, found, source).map_err(Failure::template)?;
        (file, source.to_owned(), list, Vec::new())
    };
    let template = &list.template;
    let kept = format!("{FOLDER}/templates/{file}");
    let count = template.steps.len();
    let mut told = match is_workflow {
        true => format!("{} from the {count} of the sequence\n", counted(count, "step")),
        false => format!("{}\n", counted(count, "step")),
    };
    left_out.iter().for_each(|what| told.push_str(&format!("  left out: {what}\n")));
    let (changed, next) = if arguments.dry_run {
        told.push_str(&steps(ctx, template));
        told.push_str("Nothing was changed.\n");
        (false, format!("checklist import {}", arguments.file))
    } else {
        // What it extends is looked for beside it, so that is kept there, too.
        let bases = list.bases.iter().map(|(_, base)| (file_name(&base.name), base.source.as_bytes()));
        let files: Vec<(String, &[u8])> = bases.chain([(file.clone(), text.as_bytes())]).collect();
        for (file, bytes) in &files {
            let kept = format!("{FOLDER}/templates/{file}");
            if kept_text(ctx, root, &kept)?.is_some_and(|there| there.as_bytes() != *bytes) {
                return Err(Failure::refused(format!("{kept} is there and holds something else"))
                    .advise("It is not overwritten, for it may have been edited. Move it away first."));
            }
        }
        let changed = keep(ctx, &files)?;
        told.push_str(&match changed {
            true => format!("Kept as {kept}. It is yours to edit.\n"),
            false => format!("{kept} holds exactly this already. Nothing changed.\n"),
        });
        (changed, format!("checklist run {}", file.trim_end_matches(".yaml").trim_end_matches(".yml")))
    };
    ctx.ui.answer(&format!("{told}\nNext: {next}\n"));
    let steps: Value = template
        .steps
        .iter()
        .map(|step| json!({"id": step.id, "title": step.title, "assignee": step.assignee}))
        .collect();
    let fields = json!({
        "changed": changed,
        "template": template.id,
        "title": template.title,
        "list": if arguments.dry_run { Value::Null } else { kept.into() },
        "from": if is_workflow { "bmad-workflow" } else { "template" },
        "steps": steps,
        "left_out": left_out,
        "next_commands": [next],
    });
    ctx.ui.object(json::object("import", fields));
    Ok(Exit::Ok)
}

/// The last part of a path.
fn file_name(path: &str) -> String {
    Path::new(path).file_name().unwrap_or_default().to_string_lossy().into_owned()
}

fn steps(ctx: &Context, template: &Template) -> String {
    let columns = ctx.ui.look().width;
    let widest = template.steps.iter().map(|step| width(&step.id)).max().unwrap_or(0).min(columns * 3 / 10);
    let mut text = String::from("\n");
    for step in &template.steps {
        let line = format!("  [ ] {}  {}", pad(&fit(&step.id, widest), widest), clean(&step.title));
        text.push_str(&format!("{}\n", fit(line.trim_end(), columns)));
    }
    text.push('\n');
    text
}
