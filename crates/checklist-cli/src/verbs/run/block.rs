//! The pause point of a list in mode do-confirm: a section is done from memory, then confirmed as one.

use super::ask::{self, Answer};
use super::walk::Walk;
use crate::failure::Failure;
use crate::screen::layout::{Look, clean};
use crate::screen::{marker, spoken};
use checklist_workflow::engine::{ActOptions, Claim};
use checklist_workflow::error::Error;
use checklist_workflow::run::StepStatus;
use checklist_workflow::template::{Mode, StepKind};
use checklist_workflow::view::{RunView, StepView};

const HELP: &str = "     a  all of it is done: every step is settled, and its checks run, if it has any
     o  one by one: each step is asked about alone
     q  leave; your place is kept
";

/// The steps that are confirmed together with the current one: tasks of its section that wait for nothing
/// outside of it. Empty where the list is walked step by step, and where there is one alone.
pub(crate) fn of<'v>(view: &'v RunView, current: &StepView) -> Vec<&'v StepView> {
    if view.mode != Mode::DoConfirm || current.section.is_none() {
        return Vec::new();
    }
    let mut block: Vec<&StepView> = Vec::new();
    for step in view.steps.iter().filter(|step| step.section == current.section) {
        let is_to_do = step.kind == StepKind::Task && step.status == StepStatus::Pending;
        if is_to_do && step.waits_for.iter().all(|need| block.iter().any(|other| other.id == *need)) {
            block.push(step);
        }
    }
    if block.len() > 1 && block.iter().any(|step| step.id == current.id) { block } else { Vec::new() }
}

/// The lines of a block.
pub(crate) fn lines(block: &[&StepView], look: Look) -> String {
    let section = block.first().and_then(|step| step.section.as_deref()).map(clean).unwrap_or_default();
    let mut text = format!("{section}: do these, then confirm.\n");
    for step in block {
        let killer = if step.killer { "  KILLER" } else { "" };
        text.push_str(&match look.is_spoken() {
            true => {
                let line = format!("{}: {}, {}{killer}", spoken::state(step), step.id, clean(&step.title));
                format!("{}\n", spoken::sentence(&line))
            }
            false => format!("  {} {}  {}{killer}\n", marker::marker(step), step.id, clean(&step.title)),
        });
    }
    text
}

/// Shows the section and asks whether all of it is done. `None` where the person goes on one by one.
pub(super) fn ask(
    walk: &mut Walk<'_>,
    view: &RunView,
    block: &[&StepView],
) -> Result<Option<Answer>, Failure> {
    walk.ctx.ui.talk(&lines(block, walk.ctx.ui.look_of_talk()));
    let prompt = walk.ctx.prompt().expect("the walk asks only where somebody can answer");
    loop {
        let answer =
            prompt.line("     a all done   o one by one   q leave (your place is kept)   ? help\n> ");
        match answer.as_deref().map(str::to_lowercase).as_deref() {
            None | Some("q") => return Ok(Some(Answer::Left)),
            Some("o") => return Ok(None),
            Some("a") => {
                for step in block {
                    let options = ActOptions::default();
                    match walk.engine.done(&step.id, Claim::None, &options, walk.ctx.signals.cancel()) {
                        Ok(acted) => walk.took(&acted),
                        Err(Error::Cancelled) => return Ok(Some(Answer::Settled)),
                        // The rest is asked about one by one, beginning with what did not hold.
                        Err(error) => return ask::tell(walk, view, error).map(|_| None),
                    }
                }
                return Ok(Some(Answer::Settled));
            }
            Some(_) => walk.ctx.ui.ask(HELP),
        }
    }
}
