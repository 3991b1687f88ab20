//! What came of making the checks of done steps again.

use super::layout::{Look, Role, clean, fit, pad, width};
use checklist_workflow::engine::{Verification, Verified};

/// One line for each step, the checks of those that do not hold below it, and what that means.
pub(crate) fn verification(found: &Verification, records: bool, look: Look) -> String {
    let line = |step, widest| if look.is_spoken() { spoken(step) } else { line(step, widest, look) };
    let widest = found.steps.iter().map(|step| width(&step.step)).max().unwrap_or(0).min(look.width / 3);
    let mut text: String = found.steps.iter().map(|step| line(step, widest)).collect();
    let count = |holds: Option<bool>| found.steps.iter().filter(|step| step.holds == holds).count();
    let (holds, drifted, unchecked) = (count(Some(true)), count(Some(false)), count(None));
    if found.steps.is_empty() {
        text.push_str("No step is done, so there is nothing to verify.\n");
        return text;
    }
    let unchecked =
        if unchecked > 0 { format!(", {unchecked} with nothing to check them by") } else { String::new() };
    let hold = if holds == 1 { "holds" } else { "hold" };
    let do_not = if drifted == 1 { "does" } else { "do" };
    text.push_str(&format!("{holds} {hold}, {drifted} {do_not} not hold any more{unchecked}.\n"));
    match (&found.saved, records) {
        (Some(saved), _) => text.push_str(&format!("Recorded as op {}. Undo: checklist undo\n", saved.rev)),
        (None, true) => text.push_str("Nothing to record. Nothing was changed.\n"),
        (None, false) if drifted > 0 => {
            text.push_str("Nothing was changed. To record it: checklist verify --record\n");
        }
        (None, false) => text.push_str("Nothing was changed.\n"),
    }
    text
}

fn line(step: &Verified, widest: usize, look: Look) -> String {
    let (word, role, said) = match step.holds {
        Some(true) => ("ok   ", Role::Good, "holds"),
        Some(false) => ("drift", Role::Bad, "does not hold any more"),
        None => ("-    ", Role::Quiet, "nothing to check it by"),
    };
    let id = pad(&fit(&step.step, widest), widest);
    let mut text = format!("{}  {id}  {} ({})\n", look.paint(role, word), said, step.evidence);
    for check in step.checks.iter().filter(|check| !check.passed) {
        let printed = check.tail.iter().map(|line| format!("| {line}"));
        for told in [check.label(), check.detail.clone()].into_iter().chain(printed) {
            text.push_str(&format!("       {}\n", fit(&clean(&told), look.width.saturating_sub(7).max(20))));
        }
    }
    text
}

/// What became of a step as a sentence, and of each check of it that does not pass.
fn spoken(step: &Verified) -> String {
    let word = match step.holds {
        Some(true) => "holds",
        Some(false) => "does not hold any more",
        None => "nothing to check it by",
    };
    let mut text = format!("{word}: {}, was {}\n", step.step, step.evidence);
    for check in step.checks.iter().filter(|check| !check.passed) {
        text.push_str(&format!(
            "check of {}: {}, {}\n",
            step.step,
            clean(&check.label()),
            clean(&check.detail)
        ));
        text.extend(check.tail.iter().map(|line| format!("it printed: {}\n", clean(line))));
    }
    text
}
