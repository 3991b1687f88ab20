//! What happens in a run, a line for each thing: time, marker, step, who, what.

use super::layout::{Look, Role, clean, fit, pad, width};
use super::spoken::{self, sentence};
use crate::time::Calendar;
use checklist_workflow::engine::Happened;
use checklist_workflow::output::plain_text;
use checklist_workflow::run::{RunStatus, StepStatus};
use checklist_workflow::view::RunView;

/// Columns of a step whose neighbours nobody knows yet.
const STEP: usize = 16;

/// The lines of one transaction. Where all runs are shown, each says which it is about.
pub(crate) fn lines(happened: &Happened, names_run: bool, calendar: &Calendar, look: Look) -> String {
    if look.is_spoken() {
        return aloud(happened, names_run, calendar);
    }
    let run = match (&happened.run, names_run) {
        (Some(run), true) => format!("{}  ", fit(run, 8)),
        _ => String::new(),
    };
    let line = |marker: &str, role: Role, step: &str, said: &str| {
        let time = calendar.exact(happened.time);
        let left = format!("{time}  {run}");
        let who = clean(&happened.actor);
        let step = pad(&fit(step, look.width / 3), STEP.min(look.width / 3));
        let rest =
            fit(format!("{step}  {who}  {said}").trim_end(), look.width.saturating_sub(width(&left) + 5));
        format!("{}{}\n", format_args!("{left}{}  ", look.paint(role, marker)), rest)
    };
    let own = happened.step.as_deref().unwrap_or_default();
    let status = happened.steps.iter().find(|(step, _)| step == own).map(|(_, status)| *status);
    let (marker, role) = status.map_or(("   ", Role::Quiet), |status| (status.marker(), role(status)));
    let said = format!("{}  {}", happened.verb, plain_text(&happened.detail));
    let mut text = line(marker, role, own, said.trim_end());
    for (step, status) in happened.steps.iter().filter(|(step, _)| step != own) {
        text.push_str(&line(status.marker(), self::role(*status), step, status.as_str()));
    }
    if happened.completed {
        text.push_str(&line("   ", Role::Quiet, "", "the run is completed"));
    }
    text
}

/// `done: changelog, 14:06:05, ana, CHANGELOG.md line 8`
fn aloud(happened: &Happened, names_run: bool, calendar: &Calendar) -> String {
    let run = happened.run.as_deref().filter(|_| names_run).map(|run| format!(", run {}", clean(run)));
    let origin =
        format!("{}, {}{}", calendar.exact(happened.time), clean(&happened.actor), run.unwrap_or_default());
    let own = happened.step.as_deref();
    let status =
        happened.steps.iter().find(|(step, _)| Some(step.as_str()) == own).map(|(_, status)| *status);
    let (verb, detail) = (happened.verb.as_str(), sentence(&plain_text(&happened.detail)));
    // What the state says already is not said again.
    let (word, verb) = match status.map(spoken::of) {
        Some(word) if word.starts_with(verb) => (word, ""),
        Some(word) => (word, verb),
        None => (verb, ""),
    };
    let parts = [own.unwrap_or_default(), &origin, verb, &detail];
    let parts: Vec<&str> = parts.into_iter().filter(|part| !part.is_empty()).collect();
    let mut text = format!("{word}: {}\n", parts.join(", "));
    for (step, status) in happened.steps.iter().filter(|(step, _)| Some(step.as_str()) != own) {
        text.push_str(&format!("{}: {step}, {origin}\n", spoken::of(*status)));
    }
    if happened.completed {
        text.push_str(&format!("completed: the run, {origin}\n"));
    }
    text
}

/// `1 of 6 done, changelog is next (op 4)`: where a run stands as it begins to be followed.
pub(crate) fn stands(view: &RunView) -> String {
    let mut text = format!("{} of {} done", view.progress.done, view.progress.total);
    match (view.status, &view.current) {
        (RunStatus::Active, Some(step)) => text.push_str(&format!(", {step} is next")),
        (RunStatus::Active, None) => {}
        (status, _) => text.push_str(&format!(", {status}")),
    }
    format!("{text} (op {})", view.rev)
}

/// For programs: time, run, op, who, verb, step, status, detail; a line for every step that moved, too.
pub(crate) fn plain(happened: &Happened) -> String {
    let time = happened.time.to_string();
    let op = happened.op.map(|op| op.to_string()).unwrap_or_default();
    let (run, who) = (happened.run.as_deref().unwrap_or_default(), clean(&happened.actor));
    let own = happened.step.as_deref().unwrap_or_default();
    let line = |step: &str, status: &str, detail: &str| {
        format!("{}\n", [&time, run, &op, &who, happened.verb.as_str(), step, status, detail].join("\t"))
    };
    let status =
        happened.steps.iter().find(|(step, _)| step == own).map_or("", |(_, status)| status.as_str());
    let others = happened.steps.iter().filter(|(step, _)| step != own);
    let others: String = others.map(|(step, status)| line(step, status.as_str(), "")).collect();
    format!("{}{others}", line(own, status, &plain_text(&happened.detail)))
}

fn role(status: StepStatus) -> Role {
    match status {
        StepStatus::Active => Role::Now,
        StepStatus::Pending => Role::Strong,
        StepStatus::Done => Role::Good,
        StepStatus::Skipped | StepStatus::Hidden => Role::Quiet,
        StepStatus::Failed => Role::Bad,
        StepStatus::Interrupted => Role::Doubt,
    }
}
