//! Which run `run` means: the open one, another one, or a new one that begins now.

use crate::approval::{self, Content};
use crate::cli;
use crate::context::{Context, lookup};
use crate::exit::Exit;
use crate::failure::Failure;
use crate::prompt::Prompt;
use crate::screen::layout::clean;
use crate::source;
use checklist_store::Intent;
use checklist_workflow::closest::closest;
use checklist_workflow::engine::WorkflowEngine;
use checklist_workflow::error::Error;
use checklist_workflow::list::List;
use checklist_workflow::project::Project;
use checklist_workflow::run::RunStatus;
use checklist_workflow::template::Variable;
use checklist_workflow::variables;
use std::collections::BTreeMap;
use std::path::Path;

/// Opens the project with the run that is meant selected; begins one where none is open.
pub(super) fn open(ctx: &Context, arguments: &cli::Run) -> Result<WorkflowEngine, Failure> {
    let given = pairs(&arguments.variables)?;
    let project = match ctx.project() {
        Ok(project) => Some(project),
        Err(failure) if failure.exit == Exit::NoChecklist && arguments.list.is_some() => None,
        Err(failure) => return Err(failure),
    };
    let root = project.as_ref().map_or_else(|| ctx.here.clone(), |project| project.root.clone());
    let list = match &arguments.list {
        Some(name) => {
            let found = source::find(ctx, &root, name);
            let found = found.map_err(|failure| or_step(ctx, project.as_ref(), name, failure))?;
            Some(source::parse(ctx, &found)?)
        }
        None => None,
    };
    let Some(project) = project else {
        let list = list.expect("without a project a list was named");
        return begin_here(ctx, &root, &list, given, arguments);
    };
    let mut engine = ctx.open(&project, Intent::Write)?;
    if let Some(key) = &arguments.key
        && was_begun(ctx, &mut engine, key)?
    {
        return Ok(engine);
    }
    match list {
        Some(list) => with_list(ctx, &mut engine, &list, given, arguments)?,
        None => without_list(ctx, &mut engine, &project, given, arguments)?,
    }
    Ok(engine)
}

/// The failure to find a list, with the way to run a step where one has that name.
fn or_step(ctx: &Context, project: Option<&Project>, name: &str, failure: Failure) -> Failure {
    let engine = project.and_then(|project| ctx.open(project, Intent::Read).ok());
    let is_step = engine.as_ref().and_then(WorkflowEngine::template).is_some_and(|t| t.step(name).is_some());
    match is_step {
        true => failure.advise(format!("To do the step {name} of the open run: checklist run --step {name}")),
        false => failure,
    }
}

/// Whether this very request began a run before: then that one is meant, whatever else is open by now. One that was put
/// aside since is looked at and not begun again.
///
/// # Errors
/// That it was put aside before its end, so that nothing goes on.
fn was_begun(ctx: &Context, engine: &mut WorkflowEngine, key: &str) -> Result<bool, Failure> {
    let Some((run, _)) = engine.answered_by_any(key, &ctx.request)? else { return Ok(false) };
    let view = engine.view()?;
    match (view.archived_at, view.status) {
        (Some(_), RunStatus::Completed) => ctx.ui.notice(&format!(
            "This request began run {run} before; it was finished and put aside, and nothing is begun again. \
             To begin another: give another --key"
        )),
        (Some(_), _) => return Err(Error::Archived(run).into()),
        (None, RunStatus::Completed) => {
            ctx.ui.notice(&format!("This request began run {run} before; it is finished."));
        }
        (None, _) => ctx.ui.notice(&format!("This request began run {run} before; it goes on.")),
    }
    Ok(true)
}

/// Begins a run; finished ones are put aside.
fn begin(
    ctx: &Context,
    engine: &mut WorkflowEngine,
    list: &List,
    given: &BTreeMap<String, String>,
    arguments: &cli::Run,
) -> Result<(), Failure> {
    if let Some(key) = &arguments.key
        && engine.begin_request(key, &ctx.request, true)?.is_some()
    {
        // Another process answered it in this very moment.
        was_begun(ctx, engine, key)?;
        return Ok(());
    }
    engine.start_named(list, given, arguments.name.as_deref())?;
    let archived = engine.archive_finished()?;
    if !archived.is_empty() {
        let what = if archived.len() == 1 {
            "1 finished run was".to_owned()
        } else {
            format!("{} finished runs were", archived.len())
        };
        ctx.ui.notice(&format!("{what} put aside: checklist ls --archived"));
    }
    Ok(())
}

fn begin_here(
    ctx: &Context,
    root: &Path,
    list: &List,
    given: BTreeMap<String, String>,
    arguments: &cli::Run,
) -> Result<WorkflowEngine, Failure> {
    let given = complete(ctx, list, given)?;
    approve(ctx, root, list)?;
    let mut engine = ctx.create(root)?;
    ctx.note(root);
    ctx.ui.notice(&format!("Created .checklist/ in {}", ctx.shown(root)));
    begin(ctx, &mut engine, list, &given, arguments)?;
    Ok(engine)
}

fn is_open(status: RunStatus) -> bool {
    status != RunStatus::Completed
}

/// Continues an open run of this list, or begins one.
fn with_list(
    ctx: &Context,
    engine: &mut WorkflowEngine,
    list: &List,
    given: BTreeMap<String, String>,
    arguments: &cli::Run,
) -> Result<(), Failure> {
    let is_it = |template: &str, origin: &str| template == list.template.id && origin == list.name;
    let active = engine.run().map(|run| (run.template_id.clone(), run.template.origin.clone(), run.status));
    if !arguments.new {
        if let Some((template, origin, status)) = &active
            && is_it(template, origin)
            && is_open(*status)
        {
            return go_on(ctx, engine, list, &given);
        }
        let other =
            engine.runs()?.into_iter().find(|run| is_it(&run.template, &run.origin) && is_open(run.status));
        if let Some(other) = other {
            engine.select(&other.id)?;
            ctx.ui.notice(&format!("Switched to the open run {} of {}.", other.short, list.name));
            return go_on(ctx, engine, list, &given);
        }
    }
    let given = complete(ctx, list, given)?;
    approve(ctx, engine.project(), list)?;
    let left = active.filter(|(_, _, status)| is_open(*status)).map(|(template, ..)| template);
    begin(ctx, engine, list, &given, arguments)?;
    if let Some(template) = left {
        ctx.ui.notice(&format!(
            "A new run was begun and is the active one now; the open run of {template} is kept: checklist ls"
        ));
    }
    Ok(())
}

/// Continues the active run; where there is none, begins the only list there is.
fn without_list(
    ctx: &Context,
    engine: &mut WorkflowEngine,
    project: &Project,
    given: BTreeMap<String, String>,
    arguments: &cli::Run,
) -> Result<(), Failure> {
    let Some(run) = engine.run() else {
        return match source::names(ctx, &project.root).as_slice() {
            [name] => {
                let list = source::parse(ctx, &source::find(ctx, &project.root, name)?)?;
                with_list(ctx, engine, &list, given, arguments)
            }
            _ => Err(crate::verbs::status::no_run(ctx, engine)),
        };
    };
    if arguments.new {
        let origin = project.root.join(&run.template.origin);
        let list = source::parse(ctx, &source::file(ctx, &project.root, &origin.to_string_lossy())?)?;
        return with_list(ctx, engine, &list, given, arguments);
    }
    refuse_other_variables(engine, &given)
}

fn go_on(
    ctx: &Context,
    engine: &WorkflowEngine,
    list: &List,
    given: &BTreeMap<String, String>,
) -> Result<(), Failure> {
    if engine.trust_hash() != Some(&list.template.source_hash) {
        ctx.ui.notice(&format!(
            "Note: {} was changed since this run began, and the run goes by its own copy. What differs: \
             checklist diff     Go on with it: checklist migrate     A new run: checklist run {} --new",
            list.name, list.name
        ));
    }
    refuse_other_variables(engine, given)
}

/// The variables of a run are those it began with.
fn refuse_other_variables(engine: &WorkflowEngine, given: &BTreeMap<String, String>) -> Result<(), Failure> {
    let view = engine.view()?;
    let differs = |name: &String, value: &String| {
        !view.variables.iter().any(|(known, has)| known == name && has == value)
    };
    match given.iter().find(|(name, value)| differs(name, value)) {
        None => Ok(()),
        Some((name, _)) => Err(Failure::usage(format!(
            "run {} is open and began with its own variables, so {name} cannot be given now",
            view.short
        ))
        .advise("Go on with it: checklist run")
        .advise("Or begin another: add --new")),
    }
}

fn approve(ctx: &Context, root: &Path, list: &List) -> Result<(), Failure> {
    if !approval::runs_by_itself(&list.template) {
        return Ok(());
    }
    let content = Content { root, path: &list.name, name: Some(&list.name), template: &list.template };
    approval::require(ctx, content)
}

/// `NAME=VALUE`, repeated.
pub(crate) fn pairs(given: &[String]) -> Result<BTreeMap<String, String>, Failure> {
    let pair = |text: &String| {
        let (name, value) = text.split_once('=').ok_or_else(|| {
            Failure::usage("--var takes NAME=VALUE, and there is no `=`")
                .advise("Such as: --var version=1.4.0")
        })?;
        Ok((name.to_owned(), value.to_owned()))
    };
    given.iter().map(pair).collect()
}

/// Asks for the required variables that were not given, where there is somebody to ask.
fn complete(
    ctx: &Context,
    list: &List,
    mut given: BTreeMap<String, String>,
) -> Result<BTreeMap<String, String>, Failure> {
    if let Some(name) = given.keys().find(|name| list.template.variable(name).is_none()) {
        let known = list.template.variables.iter().map(|variable| variable.name.as_str());
        let meant = closest(name, known).map_or_else(String::new, |name| format!(". Did you mean: {name}"));
        return Err(Failure::usage(format!("{} has no variable \"{name}\"{meant}", list.name)));
    }
    // What is wrong is said before anything is asked, shown or made.
    for (name, text) in &given {
        let variable = list.template.variable(name).filter(|variable| !variable.secret);
        variable.map(|variable| variables::value(variable, text)).transpose()?;
    }
    let is_set = |name: &str| lookup(name).is_some();
    let is_missing = |variable: &&Variable| {
        variables::is_asked_at_start(&list.template, variable)
            && !given.contains_key(&variable.name)
            && !variable.from_env.as_deref().is_some_and(is_set)
    };
    let missing: Vec<_> = list.template.variables.iter().filter(is_missing).collect();
    if !missing.is_empty() {
        let prompt = ctx.prompt().ok_or_else(|| values_missing(list, &missing))?;
        for variable in missing {
            given.insert(variable.name.clone(), ask(ctx, &prompt, list, variable)?);
        }
    }
    let from_env = |name: &str| lookup(name)?.into_string().ok();
    variables::resolve(&list.template, &given, &from_env)?;
    Ok(given)
}

/// Asks until the value is one that the variable may have.
fn ask(ctx: &Context, prompt: &Prompt<'_>, list: &List, variable: &Variable) -> Result<String, Failure> {
    let about = variable.description.as_deref().map(|text| format!(" ({})", clean(text)));
    let allowed: Vec<String> = variable.allowed.iter().map(variables::text_of).collect();
    let among = match allowed.as_slice() {
        [] => String::new(),
        allowed => format!(", one of {}", clean(&allowed.join(", "))),
    };
    let question = format!("{}{}{among}: ", variable.name, about.unwrap_or_default());
    loop {
        let value = prompt
            .line(&question)
            .filter(|value| !value.is_empty())
            .ok_or_else(|| Failure::usage(format!("{} needs a value for {}", list.name, variable.name)))?;
        match variables::value(variable, &value) {
            Ok(_) => return Ok(value),
            Err(error) => ctx.ui.say(&error.to_string()),
        }
    }
}

/// What has to be given where nobody can be asked.
fn values_missing(list: &List, missing: &[&Variable]) -> Failure {
    let names: Vec<String> = missing.iter().map(|variable| format!("--var {}=...", variable.name)).collect();
    let mut failure = Failure::usage(format!("{} needs values to begin", list.name));
    for variable in missing {
        let about = variable.description.as_deref().map(|text| format!(": {}", clean(text)));
        failure = failure.detail(format!("{}{}", variable.name, about.unwrap_or_default()));
    }
    failure.advise(format!("Give them: checklist run {} {}", list.name, names.join(" ")))
}
