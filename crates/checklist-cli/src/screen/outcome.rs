//! What an operation did, in one line with where it was saved.

use super::layout::{Look, Role, apart, clean, counted, fit, pad, width};
use super::spoken;
use checklist_workflow::engine::{Acted, Saved, Undone};
use checklist_workflow::event::Progress;
use checklist_workflow::run::StepStatus;
use checklist_workflow::view::{RunView, StepView};

/// `[x] changelog   verified   (CHANGELOG.md line 8)               op 5, saved`
pub(crate) fn settled(acted: &Acted, look: Look) -> String {
    let role = match acted.status {
        StepStatus::Done => Role::Good,
        StepStatus::Failed => Role::Bad,
        StepStatus::Interrupted => Role::Doubt,
        _ => Role::Quiet,
    };
    let what = what(acted);
    let saved = saved(acted.saved.as_ref());
    if look.is_spoken() {
        let (word, what) = (spoken::of(acted.status), spoken::sentence(&what));
        let what = what.strip_prefix(word).map_or(what.as_str(), |rest| rest.trim_start_matches([' ', ':']));
        let what = if what.is_empty() { String::new() } else { format!(", {what}") };
        let mut text = format!("{}\n", apart(&format!("{word}: {}{what}", acted.step), &saved, look));
        text.extend(acted.also.iter().map(|parent| format!("done: {parent}, all its parts are settled\n")));
        return text;
    }
    let id = format!("{} ", pad(&acted.step, 11));
    let room = look.width.saturating_sub(width(&id) + width(&saved) + 7).max(12);
    let left = format!("{} {id}{}", acted.status.marker(), fit(&what, room));
    let line = apart(&left, &saved, look);
    let marker = acted.status.marker();
    let mut text = format!("{}{}\n", look.paint(role, marker), &line[marker.len()..]);
    for parent in &acted.also {
        text.push_str(&format!("{} {}   all its parts are settled\n", look.paint(Role::Good, "[x]"), parent));
    }
    text
}

/// One line per step for programs: marker, id, status, evidence, the operation it was saved by, detail. Parents that
/// are done with it follow.
pub(crate) fn plain(acted: &Acted) -> String {
    let op = acted.saved.as_ref().map(|saved| saved.rev.to_string()).unwrap_or_default();
    let evidence = acted.evidence.map_or("", |evidence| evidence.as_str());
    let detail = acted.detail.as_deref().map(clean).unwrap_or_default();
    let line = |step: &str, status: StepStatus, evidence: &str, detail: &str| {
        format!("{}\n", [status.marker(), step, status.as_str(), evidence, &op, detail].join("\t"))
    };
    let also = acted.also.iter().map(|parent| line(parent, StepStatus::Done, "", ""));
    std::iter::once(line(&acted.step, acted.status, evidence, &detail)).chain(also).collect()
}

/// `verified   (CHANGELOG.md line 8)`, `skipped: no channel for a patch release`
pub(crate) fn what(acted: &Acted) -> String {
    let detail = acted.detail.as_deref().map(clean).unwrap_or_default();
    match (acted.status, acted.evidence) {
        (StepStatus::Done, Some(evidence)) if detail.is_empty() => evidence.to_string(),
        (StepStatus::Done, Some(evidence)) => format!("{evidence}   ({detail})"),
        (StepStatus::Skipped, _) if detail.is_empty() => "skipped".to_owned(),
        (StepStatus::Skipped, _) => format!("skipped: {detail}"),
        (status, _) => status.to_string(),
    }
}

/// `op 5, saved`
pub(crate) fn saved(saved: Option<&Saved>) -> String {
    saved.map(|saved| format!("op {}, saved", saved.rev)).unwrap_or_default()
}

/// `Undid op 20: done publish (verified)` and what stands elsewhere now.
pub(crate) fn undone(word: &str, undone: &Undone, look: Look) -> String {
    let entry = &undone.entry;
    let step = entry.step.as_deref().map(|step| format!(" {step}")).unwrap_or_default();
    let detail = match clean(&entry.detail) {
        detail if detail.is_empty() => String::new(),
        detail => format!(" ({detail})"),
    };
    let saved = saved(Some(&undone.saved));
    let first = match undone.is_many {
        true => format!("{word} {}", several(undone)),
        false => fit(&format!("{word} op {}: {}{step}{detail}", entry.op, entry.verb), look.width),
    };
    let mut changed: Vec<String> = undone.changed.iter().map(|(id, status)| stands(id, *status)).collect();
    let more = changed.len().saturating_sub(3);
    changed.truncate(3);
    if more > 0 {
        changed.push(format!("{more} more steps changed."));
    }
    let world = "Nothing outside .checklist/ was reversed.";
    let last = changed.pop().unwrap_or_default();
    let mut text = format!("{first}\n");
    text.extend(changed.iter().map(|line| format!("  {line}\n")));
    let last = format!("  {}", [last.as_str(), world].join(" ").trim_start());
    text.push_str(&format!("{}\n", apart(last.trim_end(), &saved, look)));
    text
}

/// `Took back 7 operations (17-23): the run stands as it did at op 16.`
pub(crate) fn undone_to(to: u64, undone: &Undone, look: Look) -> String {
    let line = format!("Took back {}: the run stands as it did at op {to}.", several(undone));
    format!("{}\n", apart(&line, &saved(Some(&undone.saved)), look))
}

/// `7 operations (17-23)`
fn several(undone: &Undone) -> String {
    let (first, last) = (undone.ops.first().copied().unwrap_or(0), undone.ops.last().copied().unwrap_or(0));
    format!("{} ({first}-{last})", counted(undone.ops.len(), "operation"))
}

/// `Redid op 20: done publish (verified)`
pub(crate) fn redone(undone: &Undone, look: Look) -> String {
    let entry = &undone.entry;
    let step = entry.step.as_deref().map(|step| format!(" {step}")).unwrap_or_default();
    let line = match undone.is_many {
        true => format!("Redid {}", several(undone)),
        false => format!("Redid op {}: {}{step}", entry.op, entry.verb),
    };
    format!("{}\n", apart(&line, &saved(Some(&undone.saved)), look))
}

fn stands(id: &str, status: StepStatus) -> String {
    match status {
        StepStatus::Pending => format!("{id} is to do again."),
        StepStatus::Interrupted => format!("{id} is interrupted again."),
        status => format!("{id} is {status}."),
    }
}

/// The last lines of a run that is complete: what was done, and every KILLER step by name.
pub(crate) fn completed(view: &RunView) -> String {
    let Progress { done, skipped, hidden, total, .. } = view.progress;
    let all = if total == 1 { "The only step is".to_owned() } else { format!("All {total} steps are") };
    let hidden = if hidden > 0 { format!(", {hidden} hidden by their conditions") } else { String::new() };
    let mut text = format!(
        "{all} settled: {done} done, {skipped} skipped{hidden}.
"
    );
    let killers: Vec<String> = view.steps.iter().filter(|step| step.killer).map(killer).collect();
    if !killers.is_empty() {
        text.push_str(&format!("Killer steps: {}.\n", killers.join(", ")));
    }
    text
}

fn killer(step: &StepView) -> String {
    let evidence = match (step.status, step.evidence) {
        (StepStatus::Hidden, _) => "does not apply",
        (status, evidence) => evidence.map_or(status.as_str(), |evidence| evidence.as_str()),
    };
    let by = step.by.as_deref().map(|by| format!(", {}", clean(by))).unwrap_or_default();
    match step.needs_human && step.status == StepStatus::Done {
        true => format!("{} (human{by})", step.id),
        false => format!("{} ({evidence})", step.id),
    }
}
