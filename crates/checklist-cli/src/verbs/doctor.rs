//! `doctor`: looks at everything and changes nothing; each finding names its fix.

mod disk;

use crate::context::Context;
use crate::exit::Exit;
use crate::failure::Failure;
use crate::json;
use crate::screen::layout::{Look, Role, fit, pad};
use checklist_store::{Finding, Intent, Standing, Store};
use checklist_workflow::engine::WorkflowEngine;
use checklist_workflow::event::Progress;
use checklist_workflow::project::Project;
use checklist_workflow::run::StepStatus;
use checklist_workflow::view::RunView;
use serde_json::{Value, json};
use std::path::Path;

/// How a finding is meant.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Grade {
    /// As it should be.
    Ok,
    /// Worth knowing; nothing has to be done.
    Note,
    /// A risk of the place the project is in.
    Warn,
    /// Something has to be repaired.
    Repair,
}

impl Grade {
    fn word(self) -> &'static str {
        match self {
            Grade::Ok => "ok",
            Grade::Note => "note",
            Grade::Warn => "warn",
            Grade::Repair => "bad",
        }
    }

    fn role(self) -> Role {
        match self {
            Grade::Ok => Role::Good,
            Grade::Note => Role::Quiet,
            Grade::Warn => Role::Doubt,
            Grade::Repair => Role::Bad,
        }
    }
}

/// One line of the report.
pub(super) struct Item {
    pub(super) grade: Grade,
    pub(super) subject: String,
    pub(super) detail: String,
    pub(super) fix: Option<String>,
}

impl Item {
    pub(super) fn new(grade: Grade, subject: &str, detail: impl Into<String>) -> Item {
        Item { grade, subject: subject.to_owned(), detail: detail.into(), fix: None }
    }

    fn fix(mut self, fix: &str) -> Item {
        self.fix = Some(fix.to_owned());
        self
    }
}

/// The name of the file system that `folder` lies on.
pub(super) fn file_system_of(folder: &Path) -> &'static str {
    disk::kind(folder).0
}

pub(crate) fn doctor(ctx: &Context) -> Result<Exit, Failure> {
    let project = ctx.project()?;
    let folder = project.folder();
    let options = ctx.store_options().intent(Intent::Read);
    let findings = Store::check_at(&options, &folder)?.findings;
    let mut items: Vec<Item> = findings.iter().map(finding).collect();
    items.extend(disk::items(ctx, &folder));
    items.push(lock(ctx, &folder));
    items.push(git(ctx, &project.root));
    items.extend(runs(ctx, &project));
    let needs_repair = items.iter().any(|item| item.grade == Grade::Repair);
    let subject = items.iter().map(|item| item.subject.len()).max().unwrap_or(0);
    let mut text: String = items.iter().map(|item| line(item, subject, ctx.ui.look())).collect();
    text.push_str(match needs_repair {
        true => "Something needs repair; nothing was changed.\n",
        false => "Nothing needs repair.\n",
    });
    ctx.ui.answer(&text);
    let exit = if needs_repair { Exit::Damaged } else { Exit::Ok };
    let objects: Vec<Value> = items
        .iter()
        .map(|item| {
            json!({"grade": item.grade.word(), "subject": item.subject, "detail": item.detail, "fix": item.fix})
        })
        .collect();
    let mut object = json::object("doctor", json!({"findings": objects, "exit": exit.code()}));
    object["ok"] = json!(!needs_repair);
    ctx.ui.object(object);
    Ok(exit)
}

fn line(item: &Item, subject: usize, look: Look) -> String {
    let word = look.paint(item.grade.role(), item.grade.word());
    let word = format!("{word}{}", " ".repeat(6_usize.saturating_sub(item.grade.word().len())));
    let mut text = format!("{word}{}  {}\n", pad(&item.subject, subject), item.detail);
    if let Some(fix) = &item.fix {
        text.push_str(&format!("      {}  fix: {fix}\n", pad("", subject)));
    }
    text
}

/// What the store found about its own files.
fn finding(finding: &Finding) -> Item {
    let grade = if finding.sound { Grade::Ok } else { Grade::Repair };
    let item = Item::new(grade, finding.subject, finding.detail.clone());
    match (finding.sound, finding.detail.as_str()) {
        (true, _) => item,
        (false, detail) if detail.contains("edited") => item.fix("checklist adopt, or checklist restore"),
        (false, detail) if detail.contains("newer") => {
            item.fix("use the program that wrote it, or a newer one")
        }
        (false, _) => item.fix("checklist recover --dry-run, then checklist recover"),
    }
}

/// Whether somebody is writing now.
fn lock(ctx: &Context, folder: &Path) -> Item {
    match Store::writer_at(&ctx.store_options(), folder) {
        Ok(None) => Item::new(Grade::Ok, "lock", "free"),
        Ok(Some(who)) => Item::new(Grade::Ok, "lock", format!("held: {who}")),
        Err(error) => Item::new(Grade::Warn, "lock", error.to_string()),
    }
}

/// Whether git would track what it should, from the files alone.
fn git(ctx: &Context, root: &Path) -> Item {
    let ignore = ctx.env.fs.read(&root.join(".checklist/.gitignore"), 0..64 * 1024).unwrap_or_default();
    let ignore = String::from_utf8_lossy(&ignore);
    let has = |wanted: &str| ignore.lines().any(|line| line.trim() == wanted);
    match (checklist_workflow::project::branch(&ctx.env, root), has("*") && has("!state.yaml")) {
        (None, _) => Item::new(Grade::Note, "git", "no repository around the project"),
        (Some(_), true) => Item::new(
            Grade::Ok,
            "git",
            ".checklist/.gitignore leaves state.yaml and templates/ to git, and ignores the rest",
        ),
        (Some(_), false) => Item::new(
            Grade::Note,
            "git",
            ".checklist/.gitignore is missing or changed: the log may be committed",
        )
        .fix("ignore everything in .checklist/ but state.yaml and templates/"),
    }
}

/// The active run: its template, and on whose word its steps are done.
fn runs(ctx: &Context, project: &Project) -> Vec<Item> {
    let engine = match ctx.open(project, Intent::Read) {
        Ok(engine) => engine,
        // The store's own findings above say why it does not open; what is wrong above it is said here.
        Err(failure) => {
            return vec![
                Item::new(Grade::Repair, "run", failure.message.as_str()).fix("checklist recover --dry-run"),
            ];
        }
    };
    let mut items = Vec::new();
    if let Standing::ReadOnly(reason) = engine.store().standing() {
        items.push(Item::new(Grade::Warn, "writing", format!("nothing can be saved here: {reason}")));
    }
    match engine.view() {
        Ok(view) => {
            items.extend(template(ctx, &engine, &view));
            items.push(evidence(&view));
            items.extend(unknown(&view));
        }
        Err(_) => items.push(Item::new(Grade::Note, "run", "none yet").fix("checklist run")),
    }
    items
}

/// Whether the file that the run was begun from has changed since.
fn template(ctx: &Context, engine: &WorkflowEngine, view: &RunView) -> Option<Item> {
    let found =
        crate::source::file(ctx, engine.project(), &engine.project().join(&view.origin).to_string_lossy());
    let now = found.and_then(|found| crate::source::parse(ctx, &found));
    let origin = &view.origin;
    let item = match now {
        Ok(list) if Some(list.template.source_hash.as_str()) == engine.trust_hash() => return None,
        Ok(_) => Item::new(
            Grade::Note,
            "template",
            format!("{origin} changed since this run began; the run keeps its copy"),
        ),
        Err(failure) if failure.exit == Exit::Template => {
            Item::new(Grade::Note, "template", format!("{origin} is not valid now; the run keeps its copy"))
                .fix(&format!("checklist validate {origin}"))
        }
        Err(_) => {
            Item::new(Grade::Note, "template", format!("{origin} is not there now; the run keeps its copy"))
        }
    };
    Some(item)
}

fn evidence(view: &RunView) -> Item {
    let Progress { done, verified, .. } = view.progress;
    let is_human =
        |step: &&checklist_workflow::view::StepView| step.status == StepStatus::Done && step.needs_human;
    let human = view.steps.iter().filter(is_human).count();
    let claimed = done.saturating_sub(verified + human);
    let detail =
        format!("{done} done steps: {verified} verified, {human} by a human, {claimed} only claimed");
    Item::new(Grade::Ok, "evidence", detail)
}

fn unknown(view: &RunView) -> Option<Item> {
    let interrupted = view.steps.iter().filter(|step| step.status == StepStatus::Interrupted);
    let ids: Vec<&str> = interrupted.map(|step| step.id.as_str()).collect();
    let detail = format!("what became of {} is unknown", fit(&ids.join(", "), 60));
    (!ids.is_empty()).then(|| Item::new(Grade::Note, "interrupted", detail).fix("checklist resume"))
}
