//! `run --dry-run`: what would run from here on. The walk is gone through on a disk that keeps what is written in
//! memory, and nothing is executed.

use super::{danger, start};
use crate::approval::{self, Content};
use crate::cli;
use crate::context::Context;
use crate::exit::Exit;
use crate::failure::Failure;
use crate::json;
use crate::overlay::Overlay;
use crate::screen::foreseen::{self, Foreseen, Planned, Script, What};
use crate::screen::recovery;
use crate::ui::{Format, Ui};
use checklist_store::Standing;
use checklist_workflow::check::CheckKind;
use checklist_workflow::condition::Verdict;
use checklist_workflow::engine::WorkflowEngine;
use checklist_workflow::glance::Glance;
use checklist_workflow::run::{CommandStatus, RunStatus, StepStatus};
use checklist_workflow::template::StepKind;
use checklist_workflow::view::{CheckView, CommandView, RunView, StepView};
use serde_json::{Value, json};

pub(super) fn dry(ctx: &Context, arguments: &cli::Run) -> Result<Exit, Failure> {
    let inner = ctx.aside(Overlay::over(&ctx.env), Ui::keeping());
    let mut engine = start::open(&inner, arguments)?;
    danger::check_names(engine.template(), &arguments.dangers)?;
    say_what_was_seen(ctx, &engine);
    let view = engine.view()?;
    if view.status == RunStatus::Paused {
        ctx.ui.notice("The run is paused: run would go on with it.");
        engine.unpause(&checklist_workflow::engine::ActOptions::default())?;
    }
    let planned = match &arguments.step {
        Some(step) => alone(&inner, &engine, arguments, step)?,
        None => ahead(&mut engine, arguments)?,
    };
    let is_approved = is_approved(&inner, &engine, &view)?;
    let foreseen = Foreseen {
        is_new: is_new(ctx, &engine),
        is_approved,
        secrets: engine.missing_secrets()?.into_iter().map(|variable| variable.name).collect(),
        next: again(&engine, arguments),
        trust: trust(arguments),
        planned,
        // As it stands when all of that is done.
        end: engine.view()?,
        view,
    };
    match ctx.ui.format {
        Format::Human => ctx.ui.answer(&foreseen::text(&foreseen, ctx.ui.look())),
        Format::Plain => ctx.ui.answer(&foreseen::plain(&foreseen)),
        Format::Json => ctx.ui.object(json::object("run-dry", object(&foreseen))),
    }
    Ok(Exit::Ok)
}

/// What the next command would repair or record is told, and stays as it is.
fn say_what_was_seen(ctx: &Context, engine: &WorkflowEngine) {
    let seen = [
        recovery::seen(engine.store().recovery()),
        recovery::cut_off(engine.newly_interrupted()),
        match engine.store().standing() {
            Standing::Edited => Some(
                "Seen: state.yaml was edited by hand, and nothing is run before: checklist adopt, or checklist restore"
                    .to_owned(),
            ),
            Standing::ReadOnly(reason) => Some(format!("Seen: nothing can be saved here: {reason}")),
            _ => None,
        },
    ];
    seen.into_iter().flatten().for_each(|line| ctx.ui.notice(&line));
}

/// Whether the run is none that is on disk.
fn is_new(ctx: &Context, engine: &WorkflowEngine) -> bool {
    let project = ctx.project().ok();
    let glance = project.and_then(|project| Glance::at(&ctx.env, &ctx.store_options(), &project).ok());
    let ids = glance.map(|glance| glance.ids()).unwrap_or_default();
    engine.run_id().is_some_and(|id| !ids.iter().any(|known| known == id))
}

fn is_approved(ctx: &Context, engine: &WorkflowEngine, view: &RunView) -> Result<bool, Failure> {
    let Some(template) = engine.template() else { return Ok(true) };
    // What a list that is read by people shows runs only when they say so at its step.
    if template.commands().is_empty() || !approval::runs_by_itself(template) {
        return Ok(true);
    }
    let content = Content { root: engine.project(), path: &view.origin, name: None, template };
    approval::is_approved(ctx, content)
}

/// The command that does what was shown: this one, without `--dry-run`. A value of a secret is not repeated.
fn again(engine: &WorkflowEngine, arguments: &cli::Run) -> String {
    let mut words = vec!["checklist run".to_owned()];
    words.extend(arguments.list.as_deref().map(quoted));
    for pair in &arguments.variables {
        let name = pair.split('=').next().unwrap_or_default();
        let known = engine.template().and_then(|template| template.variable(name));
        let is_secret = known.is_some_and(|variable| variable.secret);
        let pair = if is_secret { format!("{name}=...") } else { quoted(pair) };
        words.push(format!("--var {pair}"));
    }
    let flags = [(arguments.new, "--new"), (arguments.yes, "--yes"), (arguments.keep_going, "--keep-going")];
    words.extend(flags.into_iter().filter(|(is_given, _)| *is_given).map(|(_, flag)| flag.to_owned()));
    words.extend(arguments.name.as_deref().map(|name| format!("--name {}", quoted(name))));
    words.extend(arguments.step.as_deref().map(|step| format!("--step {}", quoted(step))));
    words.extend(arguments.dangers.allowed.iter().map(|name| format!("--allow-danger {}", quoted(name))));
    words.join(" ")
}

/// The command that shows what is to be approved, and asks.
fn trust(arguments: &cli::Run) -> String {
    arguments
        .list
        .as_deref()
        .map_or_else(|| "checklist trust".to_owned(), |list| format!("checklist trust {}", quoted(list)))
}

/// A word as a shell takes it.
fn quoted(word: &str) -> String {
    let is_plain = |char: char| char.is_ascii_alphanumeric() || "._/:=@%+,-".contains(char);
    match !word.is_empty() && word.chars().all(is_plain) {
        true => word.to_owned(),
        false => format!("'{}'", word.replace('\'', "'\\''")),
    }
}

/// Every step from here on, in the order in which they would be done.
fn ahead(engine: &mut WorkflowEngine, arguments: &cli::Run) -> Result<Vec<Planned>, Failure> {
    let mut planned: Vec<Planned> = Vec::new();
    loop {
        let view = engine.view()?;
        let current = view.steps.iter().find(|step| Some(&step.id) == view.current.as_ref());
        // One that cannot be supposed to be done is gone past, as a walk that keeps going does.
        let is_open = |step: &&StepView| !planned.iter().any(|known| known.step.id == step.id);
        let step = match view.status {
            RunStatus::Active => current.filter(is_open).or_else(|| view.ready().find(is_open)),
            _ => None,
        };
        let Some(step) = step else { return Ok(planned) };
        planned.push(plan(engine, &view, step, arguments));
        // What is refused is told by what stands there at the end.
        let _ = engine.suppose_done(&step.id);
    }
}

/// The one step that is asked for.
fn alone(
    ctx: &Context,
    engine: &WorkflowEngine,
    arguments: &cli::Run,
    step: &str,
) -> Result<Vec<Planned>, Failure> {
    let view = engine.view()?;
    let step = ctx.step(engine, &view, Some(step))?;
    let is_to_do = !step.status.is_settled() && step.waits_for.is_empty();
    Ok(is_to_do.then(|| plan(engine, &view, step, arguments)).into_iter().collect())
}

fn plan(engine: &WorkflowEngine, view: &RunView, step: &StepView, arguments: &cli::Run) -> Planned {
    let what = match (step.status, step.kind) {
        _ if view.is_running && step.status == StepStatus::Active => What::RunsElsewhere,
        _ if step.claim.as_ref().is_some_and(|claim| claim.is_of_another()) => What::Claimed,
        (StepStatus::Interrupted, _) => What::CutOff,
        (_, StepKind::Auto | StepKind::Check) => What::Runs,
        (_, StepKind::Confirm) if arguments.yes && !step.needs_human => What::Confirmed,
        _ if step.needs_human => What::Human,
        _ if !step.prompts.is_empty() => What::Agent,
        _ => What::Someone,
    };
    let scripts = step.commands.iter().map(|command| script(engine, step, command, arguments)).collect();
    let check = |check: &CheckView| match check.kind {
        CheckKind::Bash => engine.filled(&check.label()),
        CheckKind::FileExists | CheckKind::FileContains | CheckKind::Expr => check.label(),
    };
    let checks = step.checks.iter().map(check).collect();
    Planned { step: step.clone(), what, scripts, checks, is_stop: what.ends() && !arguments.keep_going }
}

fn script(engine: &WorkflowEngine, step: &StepView, command: &CommandView, arguments: &cli::Run) -> Script {
    let name = format!("{}/{}", step.id, command.id);
    let condition = command.condition.as_ref();
    Script {
        is_done: command.status == CommandStatus::Done,
        left_out: condition
            .filter(|condition| condition.verdict == Verdict::False)
            .map(|condition| condition.why.clone()),
        is_allowed: command.danger.is_none() || arguments.dangers.allowed.contains(&name),
        filled: engine.filled(&command.script),
        command: command.clone(),
    }
}

fn object(foreseen: &Foreseen) -> Value {
    let view = &foreseen.view;
    let mut fields = json::run(view);
    if foreseen.is_new {
        fields["run"] = Value::Null;
        fields["id"] = Value::Null;
    }
    let (hidden, waiting) = (foreseen.hidden(), foreseen.waiting());
    fields["changed"] = false.into();
    fields["new"] = foreseen.is_new.into();
    fields["approved"] = foreseen.is_approved.into();
    fields["missing_secrets"] = foreseen.secrets.clone().into();
    fields["stops_at"] = foreseen.stop().map(|planned| planned.step.id.clone()).into();
    fields["planned"] = foreseen.planned.iter().map(planned).collect();
    fields["hidden"] = hidden
        .iter()
        .map(|step| json!({"step": step.id, "title": step.title, "why": foreseen::why(step)}))
        .collect();
    fields["not_reached"] = waiting
        .iter()
        .map(|step| json!({"step": step.id, "title": step.title, "waits_for": step.waits_for, "why": foreseen::why(step)}))
        .collect();
    fields["next_commands"] = json!([foreseen.next]);
    fields
}

fn planned(planned: &Planned) -> Value {
    let script = |script: &Script| {
        json!({"id": script.command.id, "run": script.command.script, "filled": script.filled,
            "danger": script.command.danger, "allowed": script.is_allowed, "done": script.is_done,
            "left_out": script.left_out, "interactive": script.command.interactive})
    };
    let step = &planned.step;
    json!({"step": step.id, "title": step.title, "type": crate::screen::kind_word(step.kind),
        "what": planned.what.word(), "stops": planned.is_stop, "killer": step.killer,
        "commands": planned.scripts.iter().map(script).collect::<Value>(),
        "checks": planned.checks, "prompts": step.prompts})
}
