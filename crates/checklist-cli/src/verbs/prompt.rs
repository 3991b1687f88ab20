//! `prompt`: where the run stands in a few words. It is asked at every prompt of a shell: it reads the state and the
//! run's list, takes no lock, repairs and writes nothing, and has nothing to say where something is in its way.

use crate::cli;
use crate::context::{Context, tidied};
use crate::exit::Exit;
use crate::failure::Failure;
use crate::json;
use crate::screen::segment::{Left, Segment, left_off};
use checklist_workflow::error::Error;
use checklist_workflow::glance::Glance;
use checklist_workflow::project::{self, Project};
use checklist_workflow::run::{Run, RunStatus};
use serde_json::{Value, json};

pub(crate) fn prompt(ctx: &Context, arguments: &cli::Prompt) -> Result<Exit, Failure> {
    let project = ctx.project().ok().filter(|project| !is_known(ctx, project, arguments));
    let found = project.as_ref().and_then(|project| Some((project, look(ctx, project)?)));
    let Some((project, (segment, run))) = found else {
        // A format is wrong wherever it is asked for.
        if let Some(format) = &arguments.format {
            format_of(&Segment::default(), format)?;
        }
        ctx.ui.object(json::object("prompt", json!({"segment": Value::Null})));
        return Ok(Exit::Ok);
    };
    let text = match (&arguments.format, &run) {
        (Some(format), _) => format!("{}\n", format_of(&segment, format)?),
        (None, Some(run)) if arguments.left_off => {
            let branch_now = ctx.branch(&project.root);
            let left = Left {
                at: run.updated_at.0,
                branch: run.branch.as_deref(),
                branch_now: branch_now.as_deref(),
                is_paused: run.status == RunStatus::Paused,
            };
            left_off(&segment, &left, &ctx.calendar(), ctx.ui.look_of_talk())
        }
        _ => format!("{}\n", segment.text()),
    };
    ctx.ui.answer(&text);
    ctx.ui.object(json::object(
        "prompt",
        json!({"segment": text.trim_end(), "list": segment.list, "name": segment.name, "run": segment.run,
            "settled": segment.settled, "total": segment.total, "marker": segment.marker, "step": segment.step}),
    ));
    Ok(Exit::Ok)
}

fn format_of(segment: &Segment, format: &str) -> Result<String, Failure> {
    segment.formatted(format).map_err(|field| {
        Failure::usage(format!("--format: there is no {field}"))
            .advise("There are: {list} {name} {run} {settled} {total} {marker} {step}")
    })
}

/// Whether somebody comes from a folder of the same project.
fn is_known(ctx: &Context, project: &Project, arguments: &cli::Prompt) -> bool {
    let since = arguments.since.as_ref().filter(|since| !since.is_empty());
    let before = since.and_then(|since| {
        project::discover(&ctx.env, &tidied(&ctx.here.join(since)), ctx.home.as_deref()).ok()
    });
    before.is_some_and(|before| before.root == project.root)
}

/// The run that is meant, with what is shown of it; `None` where there is nothing to do.
fn look(ctx: &Context, project: &Project) -> Option<(Segment, Option<Run>)> {
    let glance = match Glance::at(&ctx.env, &ctx.store_options(), project) {
        Ok(glance) => glance,
        Err(Error::Store(error)) if error.is_corruption() => {
            let (list, step) = ("checklist".to_owned(), "damaged: checklist doctor".to_owned());
            return Some((Segment { list, marker: "[!]", step, ..Segment::default() }, None));
        }
        Err(_) => return None,
    };
    let id = match &ctx.globals.run {
        Some(run) => glance.find(run)?,
        None => glance.active().ok()??,
    };
    let run = glance.run(&id).ok()?;
    if run.status == RunStatus::Completed {
        return None;
    }
    let current = run.current_step_id.clone();
    let status = current.as_deref().map(|step| run.status_of(step));
    let segment = Segment {
        list: run.template_id.clone(),
        name: run.name.clone(),
        settled: run.steps.values().filter(|state| state.status.is_settled()).count(),
        total: glance.steps_of(&run),
        marker: status.map_or("", Segment::marker_of),
        step: if run.status == RunStatus::Paused { "paused".to_owned() } else { current.unwrap_or_default() },
        run: id,
    };
    Some((segment, Some(run)))
}
