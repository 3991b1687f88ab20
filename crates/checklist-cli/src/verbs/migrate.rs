//! `diff` and `migrate`: the list changed while a run of it is open; what differs, and going on with the new one.

use super::act;
use crate::cli;
use crate::context::Context;
use crate::exit::Exit;
use crate::failure::Failure;
use crate::json;
use crate::screen::layout::clean;
use crate::screen::{self, outcome};
use crate::source;
use checklist_workflow::diff::{ListDiff, StepDiff};
use checklist_workflow::engine::{Migrated, WorkflowEngine};
use checklist_workflow::error::Error;
use checklist_workflow::list::List;
use checklist_workflow::migration::{Decision, Question};
use checklist_workflow::run::StepStatus;
use serde_json::{Value, json};
use std::collections::BTreeMap;

pub(crate) fn diff(ctx: &Context, arguments: &cli::Diff) -> Result<Exit, Failure> {
    let engine = ctx.read()?;
    let list = list(ctx, &engine, arguments.list.as_deref())?;
    let differences = engine.diff(&list)?;
    let name = clean(&list.name);
    let text = screen::differences::differences(&differences, &name, arguments.lines, ctx.ui.look());
    ctx.ui.answer(&text);
    let view = engine.view()?;
    let fields = json!({
        "run": view.id,
        "rev": view.rev,
        "list": list.name,
        "same": differences.is_empty(),
        "steps": steps(&differences),
        "other": differences.other,
        "reordered": differences.is_reordered,
        "changed_lines": differences.changed_lines(),
        "next_commands": if differences.is_empty() { json!([]) } else { json!(["checklist migrate"]) },
    });
    ctx.ui.object(json::object("diff", fields));
    Ok(Exit::Ok)
}

fn steps(differences: &ListDiff) -> Value {
    let step = |step: &StepDiff| match step {
        StepDiff::Added { id, title } => json!({"step": id, "title": title, "what": "added"}),
        StepDiff::Removed { id, title } => json!({"step": id, "title": title, "what": "removed"}),
        StepDiff::Changed { id, title, what } => {
            json!({"step": id, "title": title, "what": "changed", "changed": what})
        }
    };
    differences.steps.iter().map(step).collect()
}

/// The list that is meant: the one named, or the file that the run began with.
fn list(ctx: &Context, engine: &WorkflowEngine, given: Option<&str>) -> Result<List, Failure> {
    let root = engine.project();
    let found = match given {
        Some(given) => source::find(ctx, root, given)?,
        None => {
            let origin = engine.view()?.origin;
            source::file(ctx, root, &root.join(&origin).to_string_lossy())
                .map_err(|failure| failure.advise("Name another: checklist diff FILE"))?
        }
    };
    source::parse(ctx, &found)
}

pub(crate) fn migrate(ctx: &Context, arguments: &cli::Migrate) -> Result<Exit, Failure> {
    let mut decisions = decisions(arguments)?;
    let given = super::run::pairs(&arguments.variables)?;
    let Some(mut engine) = act::open(ctx, "migrate", &arguments.revision)? else { return Ok(Exit::Ok) };
    let list = list(ctx, &engine, arguments.list.as_deref())?;
    let options = act::options(&arguments.revision);
    let migrated = loop {
        match engine.migrate(&list, &decisions, &given, &options) {
            Err(Error::Undecided(questions)) => decide(ctx, &engine, &list, &questions, &mut decisions)?,
            migrated => break migrated?,
        }
    };
    ctx.remember(&engine);
    let text = told(&migrated, &list.name, ctx);
    ctx.ui.answer(&format!("{text}{}", act::follow_up(ctx, &engine)?));
    let view = engine.view()?;
    let ahead = act::ahead(ctx, &engine, &view);
    let moved = &migrated.migration;
    let renamed: Value = moved.renamed.iter().map(|(from, to)| json!({"from": from, "to": to})).collect();
    let fields = json!({
        "changed": migrated.saved.is_some(),
        "run": view.id,
        "rev": view.rev,
        "list": list.name,
        "added": moved.added,
        "renamed": renamed,
        "dropped": moved.dropped,
        "unverified": moved.unverified,
        "reopened": moved.reopened,
        "progress": json::progress(&view.progress),
        "next_commands": ahead.for_programs(),
    });
    ctx.ui.object(json::object("migrate", fields));
    Ok(Exit::Ok)
}

fn decisions(arguments: &cli::Migrate) -> Result<BTreeMap<String, Decision>, Failure> {
    let mut decisions = BTreeMap::new();
    let twice = |step: &str| Failure::usage(format!("two decisions about {step}"));
    for pair in &arguments.map {
        let (from, to) =
            pair.split_once('=').ok_or_else(|| Failure::usage("--map takes OLD=NEW, and there is no `=`"))?;
        if decisions.insert(from.to_owned(), Decision::Becomes(to.to_owned())).is_some() {
            return Err(twice(from));
        }
    }
    for step in &arguments.drop {
        if decisions.insert(step.clone(), Decision::Goes).is_some() {
            return Err(twice(step));
        }
    }
    Ok(decisions)
}

/// Asks a person what becomes of each step that is gone; without one, names the flags.
fn decide(
    ctx: &Context,
    engine: &WorkflowEngine,
    list: &List,
    questions: &[Question],
    decisions: &mut BTreeMap<String, Decision>,
) -> Result<(), Failure> {
    let Some(prompt) = ctx.prompt() else { return Err(undecided(questions)) };
    let is_free = |step: &str| engine.run().is_some_and(|run| run.status_of(step) == StepStatus::Pending);
    for question in questions {
        let suggestion = question.suggestion.as_deref();
        let like = suggestion.map_or_else(String::new, |step| format!("  y  it is {step} now\n"));
        let asked = format!(
            "{} ({}), \"{}\", is not in the new list.\n{like}  ID it is the step ID now\n  \
             d  its progress goes (the history keeps it)\n  q  leave; nothing is changed\n> ",
            question.step,
            question.status,
            clean(&question.title)
        );
        let mut shown = asked.as_str();
        loop {
            let answer = prompt.line(shown);
            let decision = match (answer.as_deref(), suggestion) {
                (None | Some("q"), _) => {
                    return Err(Failure::new(crate::exit::Exit::NeedsHuman, "nothing was changed").lead(""));
                }
                (Some("y"), Some(step)) => Decision::Becomes(step.to_owned()),
                (Some("d"), _) => Decision::Goes,
                (Some(step), _) if list.template.step(step).is_some() && is_free(step) => {
                    Decision::Becomes(step.to_owned())
                }
                _ => {
                    shown = "y, d, q or the id of a step that nothing is known of > ";
                    continue;
                }
            };
            decisions.insert(question.step.clone(), decision);
            break;
        }
    }
    Ok(())
}

fn undecided(questions: &[Question]) -> Failure {
    let names: Vec<&str> = questions.iter().map(|question| question.step.as_str()).collect();
    let message = format!(
        "the new list has no {}, and it is not certain what becomes of its progress",
        names.join(", ")
    );
    let mut failure = Failure::new(Exit::NeedsHuman, message).lead("");
    for question in questions {
        let to = question.suggestion.as_deref().unwrap_or("NEW");
        failure = failure
            .detail(format!("{} is {}: {}", question.step, question.status, clean(&question.title)))
            .detail(format!("  --map {}={to}    it is that step now", question.step))
            .detail(format!("  --drop {}    its progress goes", question.step));
    }
    let asks: Value = questions
        .iter()
        .map(|question| {
            json!({"step": question.step, "title": question.title, "status": question.status.as_str(),
                "suggestion": question.suggestion})
        })
        .collect();
    let flags: Vec<String> = questions
        .iter()
        .map(|question| match &question.suggestion {
            Some(to) => format!("--map {}={to}", question.step),
            None => format!("--drop {}", question.step),
        })
        .collect();
    failure.advise(format!("Such as: checklist migrate {}", flags.join(" "))).data(json!({"undecided": asks}))
}

fn told(migrated: &Migrated, list: &str, ctx: &Context) -> String {
    let Some(saved) = &migrated.saved else {
        return format!("The run goes by {} as it is already. Nothing changed.\n", clean(list));
    };
    let moved = &migrated.migration;
    let first = format!("The run goes on with {} as it is now.", clean(list));
    let mut text =
        format!("{}\n", screen::layout::apart(&first, &outcome::saved(Some(saved)), ctx.ui.look()));
    let named = |what: &str, steps: &[String]| match steps.is_empty() {
        true => String::new(),
        false => format!("  {what}: {}\n", steps.join(", ")),
    };
    let renamed: Vec<String> = moved.renamed.iter().map(|(from, to)| format!("{from} is {to}")).collect();
    text.push_str(&named("new", &moved.added));
    text.push_str(&named("renamed", &renamed));
    text.push_str(&named("gone", &moved.dropped));
    text.push_str(&named("verified by other checks, so only claimed now", &moved.unverified));
    text.push_str(&named("ask for another value, so to do again", &moved.reopened));
    text.push_str("Undo: checklist undo\n");
    text
}
