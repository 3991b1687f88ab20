//! `done`: a step is settled, because its checks pass or because somebody says so.

use super::act;
use crate::approval::{self, Content};
use crate::cli;
use crate::context::Context;
use crate::exit::Exit;
use crate::failure::Failure;
use crate::screen::layout::clean;
use crate::screen::outcome;
use checklist_workflow::engine::{Acted, Claim, WorkflowEngine};
use checklist_workflow::file::reason;
use checklist_workflow::template::StepKind;
use checklist_workflow::view::{InputView, RunView, StepView};

pub(crate) fn done(ctx: &Context, arguments: &cli::Done) -> Result<Exit, Failure> {
    let Some(mut engine) = act::open(ctx, "done", &arguments.revision)? else { return Ok(Exit::Ok) };
    let view = engine.view()?;
    let step = ctx.step(&engine, &view, arguments.step.as_deref())?;
    let options = act::options(&arguments.revision);
    if arguments.claim.is_none() && (step.kind == StepKind::Input || arguments.value.is_some()) {
        return answer(ctx, &mut engine, step, arguments);
    }
    let answer = match (&arguments.claim, step.status.is_settled()) {
        (Some(_), _) | (_, true) => None,
        (None, false) => confirmation(ctx, step)?,
    };
    let claim = match (&arguments.claim, &answer) {
        (Some(reason), _) => Claim::Because(reason),
        (None, Some(typed)) => Claim::Confirmed { typed: typed.as_deref(), at_terminal: true },
        (None, None) => Claim::None,
    };
    if matches!(claim, Claim::None | Claim::Confirmed { .. }) && !step.status.is_settled() {
        approve_checks(ctx, &engine, &view, step)?;
    }
    ctx.signals
        .catch()
        .map_err(|error| Failure::new(Exit::Bug, format!("cannot catch signals: {}", reason(&error))))?;
    let acted = engine.done(&step.id, claim, &options, ctx.signals.cancel())?;
    let text = match acted.changed {
        true => outcome::settled(&acted, ctx.ui.look()),
        false => {
            let evidence = acted.evidence.map_or("", |evidence| evidence.as_str());
            format!("{} is done already ({evidence}). Nothing changed.\n", acted.step)
        }
    };
    act::answer(ctx, &engine, "done", &acted, &text)?;
    Ok(Exit::Ok)
}

/// Answers an input step: with the value that was given, or that a person gives now, or that its variable has.
fn answer(
    ctx: &Context,
    engine: &mut WorkflowEngine,
    step: &StepView,
    arguments: &cli::Done,
) -> Result<Exit, Failure> {
    let is_open = !step.status.is_settled();
    let given = match &arguments.value {
        Some(value) => Some(value.clone()),
        None if is_open => step.input.as_ref().and_then(|input| ask_value(ctx, input)),
        None => None,
    };
    if !is_open && given.is_none() {
        let acted = Acted {
            changed: false,
            step: step.id.clone(),
            status: step.status,
            evidence: step.evidence,
            detail: None,
            checks: Vec::new(),
            also: Vec::new(),
            saved: None,
        };
        let text = format!("{} is {} already. Nothing changed.\n", step.id, step.status);
        act::answer(ctx, engine, "done", &acted, &text)?;
        return Ok(Exit::Ok);
    }
    let acted = engine.answer(&step.id, given.as_deref(), &act::options(&arguments.revision))?;
    act::answer(ctx, engine, "done", &acted, &outcome::settled(&acted, ctx.ui.look()))?;
    Ok(Exit::Ok)
}

/// Asks a person for the value of a variable; `None` where nobody is there or the value it has is kept.
pub(crate) fn ask_value(ctx: &Context, input: &InputView) -> Option<String> {
    let prompt = ctx.prompt()?;
    let about = input.about.as_deref().map(|about| format!(" ({})", clean(about))).unwrap_or_default();
    let among = match input.allowed.as_slice() {
        [] => String::new(),
        allowed => format!(", one of {}", clean(&allowed.join(", "))),
    };
    let kept = input.value.as_deref().map(|value| format!(" [{}]", clean(value))).unwrap_or_default();
    let question = format!("{}{about}{among}{kept}: ", input.variable);
    prompt.line(&question).filter(|answer| !answer.is_empty())
}

/// The scripts of the step's checks run only if they are approved.
fn approve_checks(
    ctx: &Context,
    engine: &WorkflowEngine,
    view: &RunView,
    step: &StepView,
) -> Result<(), Failure> {
    let Some(template) = engine.template() else { return Ok(()) };
    if !template.step(&step.id).is_some_and(approval::has_scripts) {
        return Ok(());
    }
    approval::require(ctx, Content { root: engine.project(), path: &view.origin, name: None, template })
}

/// What a person at the terminal answers to a `confirm` step: `None` where there is nothing to answer or
/// nobody to ask; inside, what was typed where the step asks for it.
pub(crate) fn confirmation(ctx: &Context, step: &StepView) -> Result<Option<Option<String>>, Failure> {
    let (StepKind::Confirm, Some(confirm), Some(prompt)) = (step.kind, &step.confirm, ctx.prompt()) else {
        return Ok(None);
    };
    let message = clean(&confirm.message);
    let declined = || Failure::new(Exit::NeedsHuman, format!("{} was not confirmed", step.id)).lead("");
    match &confirm.type_to_confirm {
        None if prompt.yes(&message) => Ok(Some(None)),
        None => Err(declined()),
        Some(wanted) => {
            let typed = prompt.seen_line(&format!("{message}\nType \"{}\" to confirm: ", clean(wanted)));
            match typed {
                Some(typed) if typed == *wanted => Ok(Some(Some(typed))),
                _ => Err(declined()),
            }
        }
    }
}
