//! Screens for a screen reader: one fact to a line, as a sentence, with each state as a word. Nothing is told by where
//! it stands.

use super::ahead::Ahead;
use super::layout::{Look, clean};
use super::{marker, status};
use crate::time::Calendar;
use checklist_workflow::engine::Entry;
use checklist_workflow::run::{CommandStatus, StepStatus};
use checklist_workflow::view::{CommandView, RunSummary, RunView, StepView};

/// For what is said of a step elsewhere: no column, and nothing cut.
const LOOK: Look = Look::PLAIN;

/// The word for where a step stands, in the place of its marker.
pub(crate) fn state(step: &StepView) -> &'static str {
    match step.status {
        StepStatus::Pending if step.is_current => "now",
        status => of(status),
    }
}

/// The same of a step of which nothing else is known.
pub(crate) fn of(status: StepStatus) -> &'static str {
    match status {
        StepStatus::Pending => "to do",
        status => status.as_str(),
    }
}

/// Text that is laid out in columns, as one sentence: where two or more spaces part it, a comma does.
pub(crate) fn sentence(text: &str) -> String {
    let parts = text.trim().split("  ").map(str::trim).filter(|part| !part.is_empty());
    let joined = parts.collect::<Vec<_>>().join(", ");
    // What is in parentheses is apart already.
    joined.replace(", (", " (")
}

/// A screen as lines that are read aloud: what stands in the column of a step may be a command, and stays as it is.
pub(crate) fn unaligned(text: &str) -> String {
    let line = |line: &str| match line.strip_prefix("     ") {
        Some(of_step) => format!("{}\n", of_step.trim_start()),
        None => format!("{}\n", sentence(line)),
    };
    text.lines().map(line).collect()
}

/// The same of each line.
pub(crate) fn sentences(text: &str) -> String {
    text.lines().map(|line| format!("{}\n", sentence(line))).collect()
}

/// Which run it is, in one line.
pub(crate) fn heading(view: &RunView) -> String {
    let called = view.name.as_deref().map(|name| format!(" ({})", clean(name))).unwrap_or_default();
    let title = clean(&view.title);
    let title = if title == clean(&view.template) { String::new() } else { format!(", {title}") };
    format!("{}{called}{title}, run {}, op {}", view.template, view.short, view.rev)
}

/// The status of a run. `facts` are the sentences that stand above its steps.
pub(crate) fn status(ahead: Ahead<'_>, facts: &str, calendar: &Calendar) -> String {
    let view = ahead.view;
    let mut text = format!("{}\n", heading(view));
    for (name, value) in &view.variables {
        text.push_str(&format!("{}: {}\n", clean(name), clean(value)));
    }
    for fact in facts.split("  ").flat_map(str::lines).map(str::trim).filter(|fact| !fact.is_empty()) {
        text.push_str(&format!("{fact}\n"));
    }
    text.push('\n');
    let mut section: Option<&str> = None;
    for step in &view.steps {
        if step.section.as_deref() != section {
            section = step.section.as_deref();
            let named =
                section.map_or_else(|| "no section".to_owned(), |name| format!("section {}", clean(name)));
            text.push_str(&format!("{named}:\n"));
        }
        text.push_str(&format!("{}\n", item(view, step, calendar)));
        if matches!(step.status, StepStatus::Interrupted | StepStatus::Failed) {
            let begun = step.all_commands().filter(|command| command.status != CommandStatus::Pending);
            for command in begun {
                text.push_str(&format!(
                    "command {} of {}: {}\n",
                    command.id,
                    step.id,
                    ended(command, calendar)
                ));
            }
        }
    }
    text.push('\n');
    text.push_str(&ahead.text());
    text
}

/// `done: clean-tree, Working tree is clean, verified, 14:29, ana`
fn item(view: &RunView, step: &StepView, calendar: &Calendar) -> String {
    let word = state(step);
    let part_of = step.parent.as_deref().map(|parent| format!("part of {parent}"));
    let note = sentence(&status::note(view, step, true, calendar, LOOK));
    // The word is said already.
    let note = note.strip_prefix(word).map_or(note.as_str(), |rest| rest.trim_start_matches([' ', ',']));
    let reason = step.note.as_deref().filter(|_| step.status == StepStatus::Skipped).map(clean);
    let killer = step.killer.then(|| "KILLER".to_owned());
    let parts =
        [Some(step.id.clone()), Some(clean(&step.title)), part_of, killer, reason, Some(note.to_owned())];
    let parts = parts.into_iter().flatten().filter(|part| !part.is_empty());
    format!("{word}: {}", parts.collect::<Vec<_>>().join(", "))
}

/// How a command ended, or that it is to run.
fn ended(command: &CommandView, calendar: &Calendar) -> String {
    sentence(&status::state(command, calendar))
}

/// `now: changelog, Write the changelog, step 2 of 6`
pub(crate) fn title(view: &RunView, step: &StepView) -> String {
    let place = view.steps.iter().position(|other| other.id == step.id).map_or(0, |index| index + 1);
    let (word, id, of) = (state(step), &step.id, view.steps.len());
    format!("{word}: {id}, {}, step {place} of {of}\n", clean(&step.title))
}

/// The step that a walk comes to.
pub(crate) fn comes(view: &RunView, step: &StepView) -> String {
    let whose = marker::whose(step);
    let killer = if step.killer { ", KILLER" } else { "" };
    let whose = if whose.is_empty() { whose } else { format!(", {}", clean(&whose)) };
    format!("{}{killer}{whose}\n", title(view, step).trim_end())
}

/// What an agent is asked: where it begins and ends is said.
pub(crate) fn prompt(prompt: &str) -> String {
    let lines = super::layout::wrap(prompt.trim_end(), LOOK.width);
    let lines: String = lines.iter().map(|line| format!("{line}\n")).collect();
    format!("prompt for your agent:\n{lines}end of the prompt\n")
}

/// The commands of a step, each with its text and where it stands.
pub(crate) fn commands(commands: &[CommandView], calendar: &Calendar) -> String {
    let mut text = String::new();
    for command in commands {
        text.push_str(&format!("\ncommand {}:\n", command.id));
        for line in command.script.trim_end().lines() {
            text.push_str(&format!("{}\n", checklist_workflow::output::plain_text(line)));
        }
        let left_out = command.condition.as_ref();
        let left_out =
            left_out.filter(|condition| condition.verdict == checklist_workflow::condition::Verdict::False);
        text.push_str(&match left_out {
            Some(condition) => format!("left out: {}\n", clean(&condition.why)),
            None => format!("{}\n", ended(command, calendar)),
        });
        if let Some(danger) = &command.danger {
            text.push_str(&format!("danger: {}\n", clean(danger)));
        }
        if let Some(log) = &command.log {
            text.push_str(&format!("log: .checklist/{}\n", clean(log)));
        }
    }
    text
}

/// `op 10, 14:06, ana, undo announce: op 6 (skip announce)`
pub(crate) fn history(entries: &[&Entry], calendar: &Calendar) -> String {
    let line = |entry: &&Entry| {
        let step = entry.step.as_deref().map(|step| format!(" {step}")).unwrap_or_default();
        let undone = if entry.undone { ", undone" } else { "" };
        let detail = match super::history::detail(entry) {
            detail if detail.is_empty() => detail,
            detail => format!(": {}", sentence(&detail)),
        };
        let (time, who) = (calendar.short(entry.time), clean(&entry.actor));
        format!("op {}{undone}, {time}, {who}, {}{step}{detail}\n", entry.op, entry.verb)
    };
    entries.iter().map(line).collect()
}

/// `active run: 01JD3V, release, paused, 3 settled, 2 h ago`
pub(crate) fn runs(runs: &[RunSummary], calendar: &Calendar) -> String {
    let line = |run: &RunSummary| {
        let which = if run.is_active { "active run" } else { "run" };
        let name = run.name.as_deref().map(|name| format!(" \"{}\"", clean(name))).unwrap_or_default();
        let ago = calendar.ago(run.updated_at);
        let (short, status, settled) = (&run.short, run.status.as_str(), run.settled);
        format!("{which}: {short}, {}{name}, {status}, {settled} settled, {ago}\n", clean(&run.template))
    };
    runs.iter().map(line).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::screen::layout::Drawing;
    use crate::screen::sample::{at, crashed, release};
    use crate::screen::step;
    use jiff::tz::TimeZone;

    const SPOKEN: Look = Look { drawing: Drawing::Spoken, ..Look::PLAIN };

    fn calendar() -> Calendar {
        Calendar::new(at("2026-11-22T15:00:00Z"), TimeZone::UTC)
    }

    fn shown(view: &RunView) -> String {
        let ahead = Ahead { view, template: None, is_active: true, look: SPOKEN };
        super::super::status::status(ahead, Some("main"), &calendar(), SPOKEN)
    }

    /// Nothing lies in a column, a frame or a marker.
    fn is_read_aloud(text: &str) {
        for line in text.lines() {
            assert!(!line.contains("  ") && !line.starts_with([' ', '|', '+', '[']), "{line:?} in {text}");
        }
    }

    #[test]
    fn a_status_is_a_fact_to_a_line() {
        let text = shown(&release());
        is_read_aloud(&text);
        assert_eq!(
            text,
            "release, Ship a release, run 01JD3V, op 4\nversion: 1.4.0\ntarget: prod\n1 of 6 done.\n\
             You left off 3 days ago, on branch release/1.4 (now: main).\n\n\
             done: clean-tree, Working tree is clean, verified, Thu 14:29, ana\n\
             now: changelog, Write the changelog for 1.4.0, agent\n\
             to do: test, Test suite passes, auto\n\
             to do: approve-prod, Release manager approves, KILLER, human\n\
             to do: publish, Publish, KILLER, waits for changelog, test, approve-prod\n\
             to do: announce, Announce in the team channel, waits for publish\n\n\
             Next: checklist done (checks that CHANGELOG.md has \"## [1.4.0]\")\n\
             Or: checklist show changelog (the full prompt)\n"
        );
        let text = shown(&crashed());
        is_read_aloud(&text);
        assert!(text.contains("\ninterrupted: publish, Publish, KILLER, Thu 14:32\n"), "{text}");
        assert!(text.contains("\ncommand tag of publish: done, exit 0\n"), "{text}");
        assert!(text.contains("\nskipped: announce, "), "{text}");
    }

    #[test]
    fn a_step_is_read_with_where_its_prompt_begins_and_ends() {
        let view = release();
        for one in view.steps.iter().chain(&crashed().steps) {
            is_read_aloud(&step::step(&view, one, &calendar(), SPOKEN));
        }
        let text = step::step(&view, &view.steps[1], &calendar(), SPOKEN);
        assert!(text.starts_with("now: changelog, Write the changelog for 1.4.0, step 2 of 6\n"), "{text}");
        assert!(
            text.contains("prompt for your agent:\n") && text.contains("\nend of the prompt\n"),
            "{text}"
        );
    }

    #[test]
    fn columns_become_commas() {
        assert_eq!(sentence("     c copy   d done   ? help"), "c copy, d done, ? help");
        assert_eq!(sentence("verified   (ok, 15 ms)"), "verified (ok, 15 ms)");
        assert_eq!(sentences("a  b\n  c\n"), "a, b\nc\n");
        assert_eq!(unaligned("a   b\n     $ c  d\n"), "a, b\n$ c  d\n");
    }
}
