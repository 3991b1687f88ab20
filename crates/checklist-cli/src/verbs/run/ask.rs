//! The keys at a step that a person does.

use super::walk::Walk;
use crate::approval::{self, Content};
use crate::exit::Exit;
use crate::failure::Failure;
use crate::prompt::{Prompt, to_clipboard};
use crate::screen::layout::width;
use crate::screen::{error, step};
use crate::verbs::done;
use checklist_workflow::engine::{ActOptions, Claim};
use checklist_workflow::error::Error;
use checklist_workflow::template::StepKind;
use checklist_workflow::view::{RunView, StepView};

/// How a person answered.
pub(super) enum Answer {
    /// The run stands elsewhere now.
    Settled,
    /// They left; their place is kept.
    Left,
    /// They had its commands run, and that failed.
    Failed(Failure),
}

const HELP: &str = "     d  it is done: its checks run, if it has any
     s  skip it, with a reason
     b  back: the step that was settled last is open again
     c  copy the prompt for your agent to the clipboard
     r  run the commands of the step
     q  leave; your place is kept
";

/// Shows the step and asks until it is settled or the person leaves.
pub(super) fn ask(walk: &mut Walk<'_>, view: &RunView, current: &StepView) -> Result<Answer, Failure> {
    let ui = &walk.ctx.ui;
    let look = ui.look_of_talk();
    if let Some(description) = &current.description {
        ui.talk(&step::indented(description, look));
    }
    for prompt in &current.prompts {
        ui.talk(&step::prompt_box(prompt, look));
    }
    let prompt = walk.ctx.prompt().expect("the walk asks only where somebody can answer");
    let copy = if current.prompts.is_empty() { "" } else { "c copy   " };
    let done = if current.input.is_some() { "answer" } else { "done" };
    let run = if current.commands.is_empty() { "" } else { "r run   " };
    let keys = |kept| format!("     {copy}{run}d {done}   s skip   b back   q leave{kept}   ? help");
    let whole = keys(" (your place is kept)");
    let keys = format!("{}\n> ", if width(&whole) > look.width { keys("") } else { whole });
    loop {
        let answer = prompt.line(&keys);
        match answer.as_deref().map(str::to_lowercase).as_deref() {
            None | Some("q") => return Ok(Answer::Left),
            Some(key @ ("d" | "s")) => {
                let answer = match key {
                    "d" => settle(walk, &prompt, view, current)?,
                    _ => skip(walk, &prompt, view, current)?,
                };
                if let Some(answer) = answer {
                    return Ok(answer);
                }
            }
            Some("b") if back(walk, view)? => return Ok(Answer::Settled),
            Some("r") if !current.commands.is_empty() => {
                if approve(walk, view)? {
                    return Ok(walk.execute(&current.id).map_or_else(Answer::Failed, |()| Answer::Settled));
                }
            }
            Some("c") if !current.prompts.is_empty() => {
                walk.ctx.ui.talk(&to_clipboard(&current.prompts.join("\n\n")));
                walk.ctx.ui.talk("     sent to the clipboard of the terminal (OSC 52)\n");
            }
            Some("b") => {}
            Some(_) => walk.ctx.ui.ask(HELP),
        }
    }
}

/// The commands of a Markdown list run only when they are approved; the person decides now.
fn approve(walk: &Walk<'_>, view: &RunView) -> Result<bool, Failure> {
    let Some(template) = walk.engine.template() else { return Ok(false) };
    let content = Content { root: walk.engine.project(), path: &view.origin, name: None, template };
    match approval::require(walk.ctx, content) {
        Ok(()) => Ok(true),
        Err(failure) if failure.exit == Exit::Untrusted => {
            walk.ctx.ui.say(&failure.message);
            Ok(false)
        }
        Err(failure) => Err(failure),
    }
}

/// Tells a person why that did not work; they are asked again.
pub(super) fn tell(walk: &Walk<'_>, view: &RunView, error: Error) -> Result<bool, Failure> {
    let failure = Failure::from(error);
    let is_theirs = matches!(failure.exit.code(), 2 | 10..=12);
    if !is_theirs {
        return Err(failure);
    }
    let look = walk.ctx.ui.look_of_messages();
    walk.ctx.ui.talk(&error::failure(&failure, &walk.ctx.doing, Some(view.rev), true, look));
    Ok(false)
}

fn settle(
    walk: &mut Walk<'_>,
    prompt: &Prompt<'_>,
    view: &RunView,
    current: &StepView,
) -> Result<Option<Answer>, Failure> {
    if let Some(input) = current.input.as_ref().filter(|_| current.kind == StepKind::Input) {
        let value = done::ask_value(walk.ctx, input);
        return match walk.engine.answer(&current.id, value.as_deref(), &ActOptions::default()) {
            Ok(acted) => {
                walk.took(&acted);
                Ok(Some(Answer::Settled))
            }
            Err(error) => tell(walk, view, error).map(|_| None),
        };
    }
    let typed = match done::confirmation(walk.ctx, current) {
        Ok(typed) => typed,
        Err(failure) => {
            walk.ctx.ui.say(&failure.message);
            return Ok(None);
        }
    };
    let claim = match &typed {
        Some(typed) => Claim::Confirmed { typed: typed.as_deref(), at_terminal: true },
        None => Claim::None,
    };
    let options = ActOptions::default();
    let result = walk.engine.done(&current.id, claim, &options, walk.ctx.signals.cancel());
    let failed = match result {
        Ok(acted) => {
            walk.took(&acted);
            return Ok(Some(Answer::Settled));
        }
        Err(Error::Cancelled) => return Ok(Some(Answer::Settled)),
        Err(error) => error,
    };
    let is_check = matches!(failed, Error::CheckFailed { .. });
    tell(walk, view, failed)?;
    let reason = match is_check {
        true => prompt.line("To record it as claimed all the same, give a reason (empty: no, q: leave): "),
        false => None,
    };
    let Some(reason) = reason.filter(|reason| !reason.is_empty()) else { return Ok(None) };
    if is_leave(&reason) {
        return Ok(Some(Answer::Left));
    }
    match walk.engine.done(&current.id, Claim::Because(&reason), &options, walk.ctx.signals.cancel()) {
        Ok(acted) => {
            walk.took(&acted);
            Ok(Some(Answer::Settled))
        }
        Err(error) => tell(walk, view, error).map(|_| None),
    }
}

/// Whether somebody who is asked for a reason wants to leave, as everywhere.
fn is_leave(reason: &str) -> bool {
    reason.eq_ignore_ascii_case("q")
}

/// Leaves the step out, for the reason that the person gives; `None` if it was not left out.
pub(super) fn skip(
    walk: &mut Walk<'_>,
    prompt: &Prompt<'_>,
    view: &RunView,
    current: &StepView,
) -> Result<Option<Answer>, Failure> {
    let Some(reason) = prompt.line("Why (q: leave): ") else { return Ok(None) };
    if is_leave(&reason) {
        return Ok(Some(Answer::Left));
    }
    let killer = match current.killer {
        true => prompt.line(&format!("This is a KILLER step. Type {} to skip it: ", current.id)),
        false => None,
    };
    let reason = (!reason.is_empty()).then_some(reason);
    let options = ActOptions::default();
    match walk.engine.skip(&current.id, reason.as_deref(), killer.as_deref(), &options) {
        Ok(acted) => {
            walk.took(&acted);
            Ok(Some(Answer::Settled))
        }
        Err(error) => tell(walk, view, error).map(|_| None),
    }
}

fn back(walk: &mut Walk<'_>, view: &RunView) -> Result<bool, Failure> {
    match walk.engine.back(None, &ActOptions::default()) {
        Ok(acted) => {
            let marker = if walk.ctx.ui.look().is_spoken() { "" } else { "[ ] " };
            walk.ctx.ui.answer(&format!("{marker}{} is open again\n", acted.step));
            Ok(true)
        }
        Err(error) => tell(walk, view, error),
    }
}
