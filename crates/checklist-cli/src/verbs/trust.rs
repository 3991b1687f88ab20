//! `trust`: a person approves the commands of a list on this machine, for this exact content.

use crate::approval::{self, Content, DIGITS_MIN};
use crate::cli;
use crate::context::Context;
use crate::exit::Exit;
use crate::failure::Failure;
use crate::json;
use crate::screen;
use crate::source;
use checklist_workflow::error::Error;
use checklist_workflow::trust::Approval;
use serde_json::{Value, json};

pub(crate) fn trust(ctx: &Context, arguments: &cli::Trust) -> Result<Exit, Failure> {
    if arguments.all {
        return all(ctx);
    }
    let decide = |ctx: &Context, content: Content<'_>, digits: Option<&str>| match arguments.revoke {
        true => revoke(ctx, content),
        false => decide(ctx, content, digits),
    };
    match &arguments.list {
        Some(given) => {
            // `run FILE` makes the project where there is none, so approving comes first there.
            let root = match ctx.project() {
                Ok(project) => project.root,
                Err(failure) if failure.exit == Exit::NoChecklist => ctx.here.clone(),
                Err(failure) => return Err(failure),
            };
            let list = source::parse(ctx, &source::find(ctx, &root, given)?)?;
            let content =
                Content { root: &root, path: &list.name, name: Some(given), template: &list.template };
            decide(ctx, content, arguments.sha256.as_deref())
        }
        None => {
            let engine = ctx.read()?;
            let view = engine.view()?;
            let template = engine.template().ok_or(Error::NoRun)?;
            let content = Content { root: engine.project(), path: &view.origin, name: None, template };
            decide(ctx, content, arguments.sha256.as_deref())
        }
    }
}

/// What was approved on this machine, oldest first.
fn all(ctx: &Context) -> Result<Exit, Failure> {
    let records = ctx.trust()?.records()?;
    ctx.ui.answer(&screen::trust::records(&records, &ctx.calendar(), ctx.ui.look()));
    let records: Value = records
        .iter()
        .map(|record| {
            json!({"sha256": record.sha256, "template": record.template, "project": record.project,
                "approved": record.approved})
        })
        .collect();
    ctx.ui.object(json::object("trust-records", json!({"records": records})));
    Ok(Exit::Ok)
}

fn revoke(ctx: &Context, content: Content<'_>) -> Result<Exit, Failure> {
    let hash = content.hash();
    let changed = ctx.trust()?.revoke(&hash, content.root)?;
    let (path, short) = (content.path, hash.short());
    ctx.ui.answer(&match changed {
        true => format!("{path}, sha256 {short}, may not run commands any more.\n"),
        false => format!("{path}, sha256 {short}, was not approved. Nothing changed.\n"),
    });
    answer(ctx, content, false, changed)
}

fn decide(ctx: &Context, content: Content<'_>, digits: Option<&str>) -> Result<Exit, Failure> {
    let hash = content.hash();
    if content.template.commands().is_empty() {
        ctx.ui.answer(&format!("{} has no commands: there is nothing to approve.\n", content.path));
        return answer(ctx, content, false, false);
    }
    if approval::is_approved(ctx, content)? {
        ctx.ui.answer(&format!(
            "{} is approved already, sha256 {}. Nothing changed.\n",
            content.path,
            hash.short()
        ));
        return answer(ctx, content, true, false);
    }
    match (digits, ctx.prompt()) {
        (Some(digits), _) => check_digits(content, digits)?,
        (None, Some(prompt)) => {
            let shown = screen::trust::trust(content.path, &hash, content.template, ctx.ui.look_of_talk());
            ctx.ui.talk(&format!("A run of this list may execute:\n{shown}"));
            if !prompt.yes("Approve? (remembered for this exact content)") {
                return Err(Failure::new(Exit::Untrusted, "not approved").lead(""));
            }
        }
        (None, None) => return Err(unanswered(ctx, content)),
    }
    ctx.trust()?.approve(&hash, &content.template.id, content.root, Approval::Shown)?;
    let name = content.name.map_or_else(String::new, |name| format!(" {name}"));
    ctx.ui.answer(&format!(
        "Approved on this machine: {}, sha256 {}\n\nNext: checklist run{name}\n",
        content.path,
        hash.short()
    ));
    answer(ctx, content, true, true)
}

/// Whether the digits that were given are those of this content, and enough of them.
fn check_digits(content: Content<'_>, digits: &str) -> Result<(), Failure> {
    let digits = digits.to_ascii_lowercase();
    if digits.len() < DIGITS_MIN {
        return Err(Failure::usage(format!(
            "--sha256 takes at least {DIGITS_MIN} digits: fewer can be forged"
        )));
    }
    if !content.hash().to_string().starts_with(&digits) {
        let name = content.name.map_or_else(String::new, |name| format!(" {name}"));
        return Err(Failure::new(Exit::Untrusted, format!("{} has another content than that", content.path))
            .advise(format!("Look at what it is now: checklist trust{name}")));
    }
    Ok(())
}

/// Without a terminal the commands are shown, and approving them takes the hash that is shown with them.
fn unanswered(ctx: &Context, content: Content<'_>) -> Failure {
    let hash = content.hash();
    ctx.ui.answer(&screen::trust::trust(content.path, &hash, content.template, ctx.ui.look()));
    let name = content.name.map(|name| format!("{name} ")).unwrap_or_default();
    Failure::new(Exit::Untrusted, format!("{} is not approved on this machine", content.path))
        .lead("")
        .advise(format!(
            "A person, having read them: checklist trust {name}--sha256 {}",
            &hash.to_string()[..16]
        ))
        .data(json!({"path": content.path, "sha256": hash.to_string(), "commands": commands(content)}))
}

fn commands(content: Content<'_>) -> Value {
    let commands = content.template.commands();
    commands
        .iter()
        .map(|bash| {
            let danger = bash.command.and_then(|command| command.danger.clone());
            json!({"step": bash.step.id, "run": bash.run, "danger": danger})
        })
        .collect()
}

fn answer(ctx: &Context, content: Content<'_>, approved: bool, changed: bool) -> Result<Exit, Failure> {
    let fields = json!({
        "changed": changed,
        "approved": approved,
        "path": content.path,
        "sha256": content.hash().to_string(),
        "commands": commands(content),
    });
    ctx.ui.object(json::object("trust", fields));
    Ok(Exit::Ok)
}
