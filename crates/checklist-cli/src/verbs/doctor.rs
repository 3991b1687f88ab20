//! `doctor`: looks at everything and changes nothing; each finding names its fix.

mod disk;
mod git;
mod lock;

use crate::cli::LockProbe;
use crate::context::Context;
use crate::exit::Exit;
use crate::failure::Failure;
use crate::json;
use crate::screen::layout::{Look, Role, clean, fit, pad};
use crate::screen::prose::flow;
use checklist_store::{Finding, Intent, Standing, Store};
use checklist_workflow::engine::WorkflowEngine;
use checklist_workflow::event::Progress;
use checklist_workflow::project::Project;
use checklist_workflow::run::StepStatus;
use checklist_workflow::view::RunView;
use serde_json::{Value, json};

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
    /// The same for a program, where there is more than words.
    pub(super) data: Option<Value>,
}

impl Item {
    pub(super) fn new(grade: Grade, subject: &str, detail: impl Into<String>) -> Item {
        Item { grade, subject: subject.to_owned(), detail: detail.into(), fix: None, data: None }
    }

    fn fix(mut self, fix: impl Into<String>) -> Item {
        self.fix = Some(fix.into());
        self
    }

    fn data(mut self, data: Value) -> Item {
        self.data = Some(data);
        self
    }

    fn to_json(&self) -> Value {
        let Item { grade, subject, detail, fix, data } = self;
        json!({"grade": grade.word(), "subject": subject, "detail": detail, "fix": fix, "data": data})
    }
}

/// The other process of the lock test: says by its exit code whether it finds the lock held.
pub(crate) fn probe(ctx: &Context, arguments: &LockProbe) -> Result<Exit, Failure> {
    let held = Store::writer_at(&ctx.store_options(), &arguments.store)?;
    Ok(if held.is_some() { Exit::Busy } else { Exit::Ok })
}

pub(crate) fn doctor(ctx: &Context) -> Result<Exit, Failure> {
    let project = ctx.project()?;
    let folder = project.folder();
    let options = ctx.store_options().intent(Intent::Read);
    let findings = Store::check_at(&options, &folder)?.findings;
    let mut items: Vec<Item> = findings.iter().map(finding).collect();
    items.extend(disk::items(ctx, &folder));
    items.push(lock::item(ctx, &folder));
    items.push(git::item(ctx, &project.root));
    items.extend(runs(ctx, &project));
    let needs_repair = items.iter().any(|item| item.grade == Grade::Repair);
    let subject = items.iter().map(|item| item.subject.len()).max().unwrap_or(0);
    let mut text: String = items.iter().map(|item| lines(item, subject, ctx.ui.look())).collect();
    text.push_str(match needs_repair {
        true => "Something needs repair; nothing was changed.\n",
        false => "Nothing needs repair.\n",
    });
    ctx.ui.answer(&text);
    let exit = if needs_repair { Exit::Damaged } else { Exit::Ok };
    let objects: Vec<Value> = items.iter().map(Item::to_json).collect();
    let mut object = json::object("doctor", json!({"findings": objects, "exit": exit.code()}));
    object["ok"] = json!(!needs_repair);
    ctx.ui.object(object);
    Ok(exit)
}

/// Columns of the grade, with the space after it.
const GRADE: usize = 6;

/// The lines of one item: the subject beside it, and what belongs to it below each other.
fn lines(item: &Item, subject: usize, look: Look) -> String {
    if look.is_spoken() {
        let fix = item.fix.as_ref().map(|fix| format!("fix of {}: {fix}\n", item.subject));
        let (word, said) = (item.grade.word(), clean(&item.detail));
        return format!("{word}: {}, {said}\n{}", item.subject, fix.unwrap_or_default());
    }
    let left = GRADE + subject + 2;
    let beside = look.width.saturating_sub(left).max(24);
    let fix = item.fix.as_ref().map(|fix| format!("fix: {fix}"));
    let mut text = String::new();
    let told = std::iter::once(item.detail.as_str()).chain(fix.as_deref());
    let told: Vec<String> = told.map(|sentence| flow(&clean(sentence), 0, beside)).collect();
    for line in told.iter().flat_map(|sentence| sentence.lines()) {
        let indent = if text.is_empty() {
            let word = item.grade.word();
            let spaces = " ".repeat(GRADE.saturating_sub(word.len()));
            format!("{}{spaces}{}  ", look.paint(item.grade.role(), word), pad(&item.subject, subject))
        } else {
            " ".repeat(left)
        };
        text.push_str(&format!("{indent}{line}\n"));
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
            items.extend(unknown(&engine, &view));
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
                .fix(format!("checklist validate {origin}"))
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
    let steps = if done == 1 { "step" } else { "steps" };
    let detail =
        format!("{done} done {steps}: {verified} verified, {human} by a human, {claimed} only claimed");
    Item::new(Grade::Ok, "evidence", detail)
}

fn unknown(engine: &WorkflowEngine, view: &RunView) -> Option<Item> {
    let interrupted = view.steps.iter().filter(|step| step.status == StepStatus::Interrupted);
    let ids: Vec<&str> = interrupted.map(|step| step.id.as_str()).collect();
    let mut detail = format!("what became of {} is unknown", fit(&ids.join(", "), 60));
    let unknown = ids.iter().flat_map(|step| engine.unknown_commands(step));
    for unknown in unknown.filter(|unknown| engine.survivors(&unknown.step, &unknown.command).is_some()) {
        detail.push_str(&format!("; {}/{} still runs", unknown.step, unknown.command));
    }
    (!ids.is_empty()).then(|| Item::new(Grade::Note, "interrupted", detail).fix("checklist resume"))
}
