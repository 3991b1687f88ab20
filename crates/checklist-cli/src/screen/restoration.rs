//! Going back to an earlier state: what it changes, in words, and what was done.

use super::layout::{Look, fit};
use crate::time::Calendar;
use checklist_workflow::engine::{Restoration, RunChange};

/// How many steps of one run are shown.
const STEPS_MAX: usize = 12;

/// What would change.
pub(crate) fn planned(plan: &Restoration, calendar: &Calendar, look: Look) -> String {
    let mut lines = vec![format!("{}, now at record {}:", to(plan, calendar), plan.from)];
    for run in &plan.runs {
        lines.push(format!("  {} {}{}", run.template, short(&run.run), status(run)));
        let columns = run.steps.iter().map(|(step, ..)| step.len()).max().unwrap_or(0).min(24);
        for (step, from, to) in run.steps.iter().take(STEPS_MAX) {
            lines.push(format!("    {step:<columns$}  {from} -> {to}"));
        }
        if let Some(more) = run.steps.len().checked_sub(STEPS_MAX + 1) {
            lines.push(format!("    and {} more steps", more + 1));
        }
    }
    match plan.others {
        0 => {}
        1 => lines.push("  1 change that is not about a run".to_owned()),
        count => lines.push(format!("  {count} changes that are not about a run")),
    }
    lines.push("Nothing outside .checklist/ is reversed.".to_owned());
    lines.iter().map(|line| format!("{}\n", fit(line, look.width))).collect()
}

/// What was done.
pub(crate) fn done(done: &Restoration, calendar: &Calendar) -> String {
    let saved = done.saved.map_or_else(String::new, |lsn| format!(" Saved as record {lsn}."));
    format!(
        "Restored: {}.{saved}\nTake it back: checklist restore --to {}\n\nNext: checklist status\n",
        to(done, calendar).to_lowercase(),
        done.from
    )
}

/// What is said where nothing differs.
pub(crate) fn nothing(plan: &Restoration) -> String {
    format!("The state is as it was at record {}: nothing to do. Nothing changed.\n", plan.to)
}

fn to(plan: &Restoration, calendar: &Calendar) -> String {
    match plan.to.0 {
        0 => "Back to the empty beginning".to_owned(),
        lsn => format!("Back to record {lsn} ({})", calendar.exact(plan.time)),
    }
}

fn status(run: &RunChange) -> String {
    match (run.before, run.after) {
        (Some(before), Some(after)) if before == after => String::new(),
        (Some(before), Some(after)) => format!(": {before} -> {after}"),
        (None, Some(after)) => format!(": there again, {after}"),
        (_, None) => ": was begun later, and goes".to_owned(),
    }
}

/// The end of an id, which tells runs apart.
fn short(id: &str) -> &str {
    id.len().checked_sub(6).and_then(|at| id.get(at..)).unwrap_or(id)
}
