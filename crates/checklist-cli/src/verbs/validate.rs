//! `validate`: looks for mistakes in templates and lists; nothing is run.

use crate::cli;
use crate::context::{Context, tidied};
use crate::exit::Exit;
use crate::failure::Failure;
use crate::json;
use crate::screen::layout::counted;
use crate::screen::prose::flow_findings;
use crate::source::{self, Found};
use checklist_workflow::diagnostic::Diagnostics;
use serde_json::{Value, json};

pub(crate) fn validate(ctx: &Context, arguments: &cli::Validate) -> Result<Exit, Failure> {
    let look = ctx.ui.look_of_findings();
    let found_in = |found: &Diagnostics| flow_findings(&found.render(look.colour), look.width);
    let (mut errors, mut answer) = (0, String::new());
    let mut files: Vec<Value> = Vec::new();
    for given in &arguments.files {
        let found = Found { name: given.clone(), ..found(ctx, given)? };
        let text = source::read(ctx, &found)?;
        match source::parse_text(ctx, &found, &text) {
            Ok(list) => {
                let template = &list.template;
                answer.push_str(&found_in(&template.notes));
                answer.push_str(&format!("{given}: ok, {}\n", counted(template.steps.len(), "step")));
                files.push(json!({"file": given, "ok": true, "template": template.id,
                    "steps": template.steps.len(), "findings": template.notes.to_json()}));
            }
            Err(diagnostics) => {
                errors += diagnostics.error_count();
                answer.push_str(&found_in(&diagnostics));
                files.push(json!({"file": given, "ok": false, "findings": diagnostics.to_json()}));
            }
        }
    }
    let exit = if errors > 0 { Exit::Template } else { Exit::Ok };
    match errors {
        0 => {}
        1 => answer.push_str("1 error. Nothing would run.\n"),
        count => answer.push_str(&format!("{count} errors. Nothing would run.\n")),
    }
    ctx.ui.answer(&answer);
    let mut object = json::object("validate", json!({"errors": errors, "files": files, "exit": exit.code()}));
    object["ok"] = json!(errors == 0);
    ctx.ui.object(object);
    Ok(exit)
}

/// A file anywhere, for it is only read; or a list of the project by its name.
fn found(ctx: &Context, given: &str) -> Result<Found, Failure> {
    let path = tidied(&ctx.here.join(given));
    if ctx.env.fs.stat(&path).is_ok() {
        return Ok(Found { name: given.to_owned(), path });
    }
    let root = ctx.project().map_or_else(|_| ctx.here.clone(), |project| project.root);
    source::find(ctx, &root, given)
}
