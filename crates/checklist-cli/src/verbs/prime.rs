//! `prime`: what an agent needs to know before it works here, in at most 40 lines. It only looks.

use super::act;
use crate::cli;
use crate::context::Context;
use crate::exit::Exit;
use crate::failure::Failure;
use crate::json;
use crate::screen::layout::clean;
use crate::source;
use checklist_workflow::engine::WorkflowEngine;
use checklist_workflow::error::Error;
use checklist_workflow::view::{ClaimView, RunView};
use serde_json::{Value, json};

/// Lists that are named where no run is; more are counted.
const LISTS_MAX: usize = 8;

/// What an agent is asked to keep to. The exit codes are those that it must act upon by itself.
const RULES: &str = "\
Rules:
- Work through the commands. Never edit state.yaml or what else is in .checklist/.
- done runs the checks of a step. Without a check it is recorded as claimed: say only what is so.
- Pass --if-rev with the rev you saw, and --key NAME where you may have to repeat a request.
- Several at work: checklist claim STEP, and checklist claim STEP --release to give it back.
- What a person has to confirm, approve or recover is theirs. Stop, and tell them the command.
Exit codes: 0 go on; 10 a person is needed: stop and ask; 11 a check failed: fix the work, repeat;
12 refused: do not repeat; 14 a command failed: read the log; 15 lost to another: checklist next;
75 busy: wait, repeat; 77 a person runs checklist trust; 13 a person runs checklist recover.
All: checklist help exit-codes    What the objects hold: checklist schema --list
A few lines of this in AGENTS.md, only if you were asked to: checklist agents install
";

pub(crate) fn prime(ctx: &Context, arguments: &cli::Prime) -> Result<Exit, Failure> {
    let since = arguments.since.as_deref().map(since).transpose()?;
    let engine = match ctx.read() {
        Ok(engine) => engine,
        Err(failure) if failure.exit == Exit::NoChecklist => return Ok(nothing_here(ctx)),
        Err(failure) => return Err(failure),
    };
    let view = match engine.view() {
        Ok(view) => view,
        Err(Error::NoRun) => return Ok(no_run(ctx, &engine)),
        Err(error) => return Err(error.into()),
    };
    let is_unchanged = since.is_some_and(|(run, rev)| {
        rev == view.rev && run.is_none_or(|run| !run.is_empty() && view.id.starts_with(run))
    });
    let mark = format!("{}:{}", view.short, view.rev);
    let ahead = act::ahead(ctx, &engine, &view);
    let mut fields = json!({
        "project": engine.project().to_string_lossy(),
        "run": view.id,
        "rev": view.rev,
        "since": mark,
        "unchanged": is_unchanged,
        "next_commands": ahead.for_programs(),
    });
    let text = match is_unchanged {
        true => format!("unchanged since op {} of run {}\n", view.rev, view.short),
        false => {
            fields["state"] = json::state(&view, ahead.current()).into();
            fields["title"] = view.title.clone().into();
            fields["current"] = view.current.clone().into();
            fields["progress"] = json::progress(&view.progress);
            let next = ahead.for_programs();
            format!(
                "{}{}{RULES}Next time: checklist prime --since {mark}\n",
                standing(&view),
                the_loop(&next)
            )
        }
    };
    answer(ctx, fields, &text);
    Ok(Exit::Ok)
}

/// What `--since` says: a revision, and of which run if it names one.
fn since(text: &str) -> Result<(Option<&str>, u64), Failure> {
    let (run, rev) = text.rsplit_once(':').map_or((None, text), |(run, rev)| (Some(run), rev));
    let rev = rev.parse().map_err(|_| {
        Failure::usage(format!("--since takes RUN:N, and \"{}\" is none", clean(text)))
            .advise("prime itself names it, in its last line.")
    })?;
    Ok((run, rev))
}

/// Where the run stands, and the step that is next.
fn standing(view: &RunView) -> String {
    let current = view.steps.iter().find(|step| step.is_current);
    let mut text = format!(
        "Run {} of {}, \"{}\": {} of {} done, op {}, {}.\n",
        view.short,
        view.template,
        clean(&view.title),
        view.progress.done,
        view.progress.total,
        view.rev,
        json::state(view, current)
    );
    if let Some(step) = current {
        text.push_str(&format!("Now: {}   {}\n", step.id, clean(&step.title)));
        if step.needs_human {
            text.push_str("     A person has to confirm it, at a terminal.\n");
        }
        if let Some(claim) = step.claim.as_ref().filter(|claim| ClaimView::is_of_another(claim)) {
            text.push_str(&format!("     {} has taken it, until {}.\n", clean(&claim.by), claim.until));
        }
        if step.killer {
            text.push_str("     KILLER: not to be skipped without a reason that a person gave.\n");
        }
    }
    text
}

fn the_loop(next: &[String]) -> String {
    let settle = next.first().map_or("checklist status", String::as_str);
    format!(
        "\nThe loop, each answer one JSON object:\n  \
         checklist next --json       what to do now, with everything needed to do it\n  \
         (do the work)\n  \
         {settle} --json\n\
         Steps of type auto and check are run by the tool: checklist run --json\n\n"
    )
}

/// There is no project: how to make one.
fn nothing_here(ctx: &Context) -> Exit {
    let text = format!(
        "No checklist here yet. checklist keeps where you are in a list of steps.\n\
         Make one only if you were asked to:\n  \
         checklist init --from FILE.md    from a Markdown list\n  \
         checklist init hello             one that teaches it\n{}{RULES}",
        the_loop(&["checklist done STEP --if-rev REV".to_owned()])
    );
    let fields = json!({"project": null, "run": null, "rev": null, "since": null, "unchanged": false,
        "next_commands": ["checklist init --from FILE.md"]});
    answer(ctx, fields, &text);
    Exit::Ok
}

/// There is a project and no run: which lists there are.
fn no_run(ctx: &Context, engine: &WorkflowEngine) -> Exit {
    let lists = source::names(ctx, engine.project());
    let shown: Vec<String> = lists.iter().take(LISTS_MAX).map(|name| clean(name)).collect();
    let more = lists.len().saturating_sub(LISTS_MAX);
    let more = if more > 0 { format!(" and {more} more") } else { String::new() };
    let there = if shown.is_empty() { "none".to_owned() } else { shown.join(", ") };
    let run = format!("checklist run {}", lists.first().map_or("FILE.md", String::as_str));
    let text = format!(
        "No run is active here. Lists: {there}{more}\nBegin one only if you were asked to: {run} --json\n{}{RULES}",
        the_loop(&["checklist done STEP --if-rev REV".to_owned()])
    );
    let fields = json!({"project": engine.project().to_string_lossy(), "run": null, "rev": null, "since": null,
        "unchanged": false, "lists": lists, "next_commands": [run]});
    answer(ctx, fields, &text);
    Exit::Ok
}

fn answer(ctx: &Context, mut fields: Value, text: &str) {
    ctx.ui.answer(text);
    fields["text"] = text.into();
    ctx.ui.object(json::object("prime", fields));
}
