//! A step that failed in the middle of a walk: what the walk does then, and what a person says about it.

use super::ask;
use super::walk::Walk;
use crate::exit::Exit;
use crate::failure::Failure;
use crate::screen::error;
use checklist_workflow::view::{ClaimView, RunView, StepView};
use serde_json::{Value, json};

const HELP: &str = "     r  try it again
     s  skip it, with a reason
     g  go on with the steps that do not need it; it stays as it is
     q  leave; your place is kept
";

/// A step that the walk leaves as it is, and why.
pub(super) struct Aside {
    pub(super) step: String,
    exit: Exit,
    message: String,
}

/// What is done about a step that failed.
pub(super) enum Choice {
    /// It is tried again, or settled by now: the walk looks again.
    Again,
    /// The walk goes on without it.
    Aside(Aside),
    /// The person left.
    Left(Exit),
}

impl Aside {
    pub(super) fn waiting(step: &StepView) -> Aside {
        let message = format!("{} waits for a person", step.id);
        Aside { step: step.id.clone(), exit: Exit::NeedsHuman, message }
    }

    /// The exit code of a walk that left these steps: a failure outweighs waiting.
    pub(super) fn exit(all: &[Aside]) -> Option<Exit> {
        let failed = all.iter().find(|aside| aside.exit != Exit::NeedsHuman);
        failed.or(all.first()).map(|aside| aside.exit)
    }

    /// One line each.
    pub(super) fn lines(all: &[Aside]) -> String {
        all.iter().map(|aside| format!("Left: {}\n", aside.message)).collect()
    }

    pub(super) fn objects(all: &[Aside]) -> Value {
        let object = |aside: &Aside| {
            json!({"step": aside.step, "code": aside.exit.name(), "exit": aside.exit.code(),
                "message": aside.message})
        };
        all.iter().map(object).collect()
    }
}

/// Whether a failure is one of its step, and not of the run, the disk or the program: that somebody else has the
/// step is one.
fn is_of_step(step: &StepView, failure: &Failure) -> bool {
    let is_claimed = step.claim.as_deref().is_some_and(ClaimView::is_of_another);
    if is_claimed && failure.exit == Exit::Conflict {
        return true;
    }
    matches!(failure.exit, Exit::CommandFailed | Exit::CheckFailed | Exit::Refused | Exit::NeedsHuman)
}

/// Decides what becomes of a step that failed: a person is asked; without one the walk ends, unless it is to
/// keep going.
///
/// # Errors
/// The failure, where the walk ends with it.
pub(super) fn choose(walk: &mut Walk<'_>, step: &StepView, failure: Failure) -> Result<Choice, Failure> {
    if !is_of_step(step, &failure) {
        return Err(failure);
    }
    let view = walk.engine.view()?;
    let others = others(walk, &view, step);
    let Some(prompt) = walk.ctx.prompt() else {
        if !walk.choices.keep_going {
            return Err(with_ways_on(failure, step, &others));
        }
        tell(walk, &view, &failure);
        return Ok(Choice::Aside(aside(step, &failure)));
    };
    tell(walk, &view, &failure);
    let skip = if step.skippable == Some(false) { "" } else { "s skip   " };
    let go = match others.as_slice() {
        [] => String::new(),
        [other] => format!("g go on with {other}   "),
        others => format!("g go on with {} others   ", others.len()),
    };
    let keys = format!("     r try again   {skip}{go}q leave   ? help\n> ");
    // As the run has it now: a command may have failed since the walk looked.
    let step = view.steps.iter().find(|other| other.id == step.id).unwrap_or(step);
    loop {
        let answer = prompt.line(&keys);
        match answer.as_deref().map(str::to_lowercase).as_deref() {
            None | Some("q") => return Ok(Choice::Left(failure.exit)),
            Some("r") => return Ok(Choice::Again),
            Some("s") if !skip.is_empty() => match ask::skip(walk, &prompt, &view, step)? {
                Some(ask::Answer::Left) => return Ok(Choice::Left(failure.exit)),
                Some(_) => return Ok(Choice::Again),
                None => {}
            },
            Some("g") if !others.is_empty() => return Ok(Choice::Aside(aside(step, &failure))),
            Some(_) => walk.ctx.ui.ask(HELP),
        }
    }
}

fn aside(step: &StepView, failure: &Failure) -> Aside {
    let is_named = failure.message.contains(&step.id);
    let message =
        if is_named { failure.message.clone() } else { format!("{}: {}", step.id, failure.message) };
    Aside { step: step.id.clone(), exit: failure.exit, message }
}

/// The steps that could be done now instead.
fn others(walk: &Walk<'_>, view: &RunView, step: &StepView) -> Vec<String> {
    let is_other = |other: &&StepView| other.id != step.id && !walk.is_aside(other);
    view.ready().filter(is_other).map(|other| other.id.clone()).collect()
}

fn tell(walk: &Walk<'_>, view: &RunView, failure: &Failure) {
    let look = walk.ctx.ui.look_of_messages();
    walk.ctx.ui.talk(&error::failure(failure, &walk.ctx.doing, Some(view.rev), true, look));
}

/// The failure with what else can be done, for who cannot be asked.
fn with_ways_on(failure: Failure, step: &StepView, others: &[String]) -> Failure {
    let mut failure = failure;
    if !others.is_empty() {
        let others = others.join(", ");
        failure = failure
            .advise(format!("To go on with what does not need it ({others}): checklist run --keep-going"));
    }
    if step.skippable != Some(false) {
        let killer = if step.killer { format!(" --killer {}", step.id) } else { String::new() };
        failure =
            failure.advise(format!("To leave it out: checklist skip {} --reason \"...\"{killer}", step.id));
    }
    failure
}
