//! One step in full: what is to be done, what will be checked, what was run, and why it waits.

use super::ahead::Ahead;
use super::layout::{Drawing, Look, Role, clean, fit, pad, width, wrap};
use super::status::state;
use super::{marker, spoken};
use crate::time::Calendar;
use checklist_workflow::condition::Verdict;
use checklist_workflow::run::StepStatus;
use checklist_workflow::view::{CommandView, ConditionView, RunView, StepView};

/// The step, without what comes next.
pub(crate) fn step(view: &RunView, step: &StepView, calendar: &Calendar, look: Look) -> String {
    let mut text = title(view, step, look);
    text.extend(facts(step, calendar).iter().map(|line| indented(line, look)));
    if let Some(description) = &step.description {
        text.push('\n');
        text.push_str(&indented(description, look));
    }
    for prompt in &step.prompts {
        text.push('\n');
        text.push_str(&prompt_box(prompt, look));
    }
    text.push_str(&confirmation(step));
    text.push_str(&question(step));
    text.push_str(&commands(&step.commands, calendar, look));
    if !step.rollback.is_empty() {
        text.push_str(&format!("\n     Taken back, on request alone, by: checklist rollback {}", step.id));
        text.push_str(&commands(&step.rollback, calendar, look));
    }
    for (name, value) in &step.outputs {
        text.push_str(&format!("     output {}: {}\n", clean(name), clean(value)));
    }
    if !step.checks.is_empty() {
        text.push_str("\n     Checked before it counts as done:\n");
        for check in &step.checks {
            text.push_str(&format!("       {}\n", clean(&check.label())));
        }
    }
    placed(text, look)
}

/// Text in the column of a step; at the edge where it is read aloud, for there no column is.
fn placed(text: String, look: Look) -> String {
    match look.is_spoken() {
        true => text.lines().map(|line| format!("{}\n", line.trim_start())).collect(),
        false => text,
    }
}

/// `[>]  changelog   Write the changelog   2/6`
pub(crate) fn title(view: &RunView, step: &StepView, look: Look) -> String {
    if look.is_spoken() {
        return spoken::title(view, step);
    }
    let place = view.steps.iter().position(|other| other.id == step.id).map_or(0, |index| index + 1);
    let place = format!("{place}/{}", view.steps.len());
    let id = look.paint(Role::Strong, &step.id);
    let mut text = format!("{}  {id}   {place}\n", marker::painted(step, look));
    text.push_str(&indented(&clean(&step.title), look));
    text
}

/// Text in the column of a step.
pub(crate) fn indented(text: &str, look: Look) -> String {
    if look.is_spoken() {
        return spoken::sentences(text);
    }
    wrap(text, look.width.saturating_sub(5)).iter().map(|line| format!("     {line}\n")).collect()
}

/// Type, standing, reason and what it waits for, a line each where there is something to say.
pub(crate) fn facts(step: &StepView, calendar: &Calendar) -> Vec<String> {
    let mut lines = Vec::new();
    let killer = if step.killer { "  KILLER" } else { "" };
    let whose = marker::whose(step);
    let kind = marker::kind_word(step.kind);
    lines.push(match whose.as_str() {
        "" => format!("{kind}{killer}"),
        same if same == kind => format!("{kind}{killer}"),
        whose => format!("{kind}, {}{killer}", clean(whose)),
    });
    lines.extend(step.section.as_ref().map(|section| format!("under {}", clean(section))));
    lines.extend(standing(step, calendar));
    lines.extend(step.condition.as_deref().map(condition));
    if !step.waits_for.is_empty() {
        lines.push(format!("waits for {}", step.waits_for.join(", ")));
    }
    if let Some(claim) = &step.claim {
        let word = if claim.is_over { "claim ran out: was of" } else { "claimed by" };
        lines.push(format!("{word} {} until {}", clean(&claim.by), calendar.short(claim.until)));
    }
    lines
}

fn standing(step: &StepView, calendar: &Calendar) -> Option<String> {
    let at = step.at.map(|at| calendar.short(at)).unwrap_or_default();
    let by = step.by.as_deref().map(clean).unwrap_or_default();
    let evidence = step.evidence.map(|evidence| format!(" {}", evidence.as_str())).unwrap_or_default();
    let note = step.note.as_deref().map(|note| format!(": {}", clean(note))).unwrap_or_default();
    match step.status {
        StepStatus::Pending => None,
        status => Some(format!("{status}{evidence} {at}  {by}{note}")),
    }
}

/// What an agent is asked, in a frame where there are frames.
pub(crate) fn prompt_box(prompt: &str, look: Look) -> String {
    match look.drawing {
        Drawing::Framed => {}
        Drawing::Spoken => return spoken::prompt(prompt),
        Drawing::Bare => {
            let lines = wrap(prompt.trim_end(), look.width.saturating_sub(7));
            let lines = lines.iter().map(|line| format!("       {line}").trim_end().to_owned() + "\n");
            return format!("     for your agent:\n{}", lines.collect::<String>());
        }
    }
    let inner = look.width.clamp(30, 78);
    let head = "+- for your agent ";
    let mut text = format!("     {head}{}\n", "-".repeat(inner.saturating_sub(5 + head.len())));
    for line in wrap(prompt.trim_end(), inner.saturating_sub(7)) {
        text.push_str(format!("     | {line}").trim_end());
        text.push('\n');
    }
    text.push_str(&format!("     +{}\n", "-".repeat(inner.saturating_sub(6))));
    text
}

pub(crate) fn confirmation(step: &StepView) -> String {
    let Some(confirm) = &step.confirm else { return String::new() };
    let who = if confirm.by_human { "A person at a terminal answers" } else { "Anyone may answer" };
    let typed = confirm.type_to_confirm.as_deref().map(|text| format!(", by typing \"{}\"", clean(text)));
    format!("\n     {}\n     {who}{}.\n", clean(&confirm.message), typed.unwrap_or_default())
}

/// What an input step asks.
pub(crate) fn question(step: &StepView) -> String {
    let Some(input) = &step.input else { return String::new() };
    let about = input.about.as_deref().map(|about| format!(": {}", clean(about))).unwrap_or_default();
    let mut text = format!("\n     Asks for {}{about}\n", input.variable);
    if !input.allowed.is_empty() {
        text.push_str(&format!("     one of {}\n", clean(&input.allowed.join(", "))));
    }
    if let Some(value) = &input.value {
        text.push_str(&format!("     now {}\n", clean(value)));
    }
    text
}

/// What a condition comes to, with the values it sees.
fn condition(condition: &ConditionView) -> String {
    let word = match condition.verdict {
        Verdict::True => "applies",
        Verdict::False => "hidden",
        Verdict::Waits(_) => "not decided",
        Verdict::Failed(_) => "cannot be decided",
    };
    format!("{word}: {}", clean(&condition.why))
}

fn commands(commands: &[CommandView], calendar: &Calendar, look: Look) -> String {
    if commands.is_empty() {
        return String::new();
    }
    if look.is_spoken() {
        return spoken::commands(commands, calendar);
    }
    let widest = commands.iter().map(|command| width(&command.id)).max().unwrap_or(0);
    let mut text = String::from("\n");
    for command in commands {
        let indent = 5 + widest + 2;
        for (index, line) in command.script.trim_end().lines().enumerate() {
            let start = match index {
                0 => format!("     {}  $ ", pad(&command.id, widest)),
                _ => format!("{:indent$}  ", ""),
            };
            let line = checklist_workflow::output::plain_text(line);
            text.push_str(&format!("{start}{line}\n"));
        }
        let is_left_out = command.condition.as_ref().filter(|condition| condition.verdict == Verdict::False);
        match is_left_out {
            Some(condition) => text.push_str(&format!("{:indent$}left out: {}\n", "", clean(&condition.why))),
            None => text.push_str(&format!("{:indent$}{}\n", "", state(command, calendar))),
        }
        if let Some(danger) = &command.danger {
            let danger = look.paint(Role::Bad, &format!("danger: {}", clean(danger)));
            text.push_str(&format!("{:indent$}{danger}\n", ""));
        }
        if let Some(log) = &command.log {
            text.push_str(&format!("{:indent$}log: .checklist/{}\n", "", clean(log)));
        }
    }
    text
}

/// Why a step waits, or that it does not.
pub(crate) fn explain(ahead: Ahead<'_>, step: &StepView, calendar: &Calendar, look: Look) -> String {
    let view = ahead.view;
    let mut text = title(view, step, look);
    let is_told = step.status == StepStatus::Hidden && step.condition.is_some();
    let mut told: Vec<String> = step.condition.as_deref().into_iter().map(condition).collect();
    told.extend(standing(step, calendar).filter(|_| !is_told).map(|standing| format!("It is {standing}.")));
    told.extend(reasons(view, step, look.width));
    for reason in told {
        text.push_str(&indented(&reason, look));
    }
    text.extend(dependents(view, step).map(|line| indented(&line, look)));
    placed(text, look)
}

/// What a step that is not settled waits for, a sentence each.
pub(crate) fn reasons(view: &RunView, step: &StepView, columns: usize) -> Vec<String> {
    let mut reasons: Vec<String> = Vec::new();
    let find = |id: &String| view.steps.iter().find(|other| other.id == *id);
    for need in step.waits_for.iter().filter_map(find) {
        let what = match need.status {
            StepStatus::Skipped if need.killer => {
                "a KILLER step that was skipped, which settles nothing".to_owned()
            }
            StepStatus::Pending if !need.waits_for.is_empty() => {
                format!("to do, and {}", marker::waits(&need.waits_for, columns))
            }
            StepStatus::Pending => "to do".to_owned(),
            status => status.to_string(),
        };
        reasons.push(format!("It waits for {}, which is {what}.", need.id));
    }
    let parts: Vec<&StepView> = view
        .steps
        .iter()
        .filter(|other| other.parent.as_deref() == Some(&step.id) && !other.status.is_settled())
        .collect();
    if let Some(first) = parts.first() {
        reasons.push(format!(
            "It is done when its parts are settled; {} are open, {} first.",
            parts.len(),
            first.id
        ));
    }
    if !step.status.is_settled() && step.needs_human {
        reasons.push("Only a person at a terminal may confirm it.".to_owned());
    }
    if step.killer && !step.status.is_settled() {
        reasons.push("It is a KILLER step: skipping it takes a reason and its id, typed again.".to_owned());
    }
    if !step.status.is_settled() && step.waits_for.is_empty() && parts.is_empty() {
        reasons.push(match step.is_current {
            true => "It waits for nothing: it is the step to do now.".to_owned(),
            false => "It waits for nothing: it can be done now.".to_owned(),
        });
    }
    reasons
}

/// The steps that wait for this one.
pub(crate) fn dependents(view: &RunView, step: &StepView) -> Option<String> {
    let waiting = view.steps.iter().filter(|other| other.waits_for.contains(&step.id));
    let waiting: Vec<&str> = waiting.map(|other| other.id.as_str()).collect();
    (!waiting.is_empty()).then(|| format!("Waiting for it: {}.", waiting.join(", ")))
}

/// `2/6  changelog    Write the changelog for 1.4.0                agent`
pub(crate) fn heading(view: &RunView, step: &StepView, look: Look) -> String {
    if look.is_spoken() {
        return spoken::comes(view, step);
    }
    let place = view.steps.iter().position(|other| other.id == step.id).map_or(0, |index| index + 1);
    let place = format!("{place}/{}", view.steps.len());
    let whose = if step.killer { "KILLER".to_owned() } else { marker::whose(step) };
    let id = pad(&fit(&step.id, look.width / 3), 12);
    let room = look.width.saturating_sub(width(&place) + width(&id) + width(&whose) + 8);
    let title = clean(&step.title);
    if width(&title) > room {
        // What is to be done is read whole before it is called done.
        let id = fit(&step.id, look.width.saturating_sub(width(&place) + width(&whose) + 4));
        let line = format!("{place}  {}  {whose}", look.paint(Role::Strong, &id));
        return format!("{}\n{}", line.trim_end(), indented(&title, look));
    }
    let id = look.paint(Role::Strong, &id);
    let line = format!("{place}  {id}  {}  {whose}", pad(&title, room.min(44)));
    format!("{}\n", line.trim_end())
}
