//! How a list differs from the copy that a run goes by.

use super::layout::{Look, Role, clean, counted, fit};
use checklist_workflow::diff::{Line, ListDiff, StepDiff};
use checklist_workflow::output::plain_text;

/// Lines shown around those that differ.
const CONTEXT: usize = 2;

/// Step by step, and then line by line where that is asked for.
pub(crate) fn differences(found: &ListDiff, list: &str, with_lines: bool, look: Look) -> String {
    if found.is_empty() {
        return format!("{list} is what the run goes by.\n");
    }
    let lines = found.changed_lines();
    let differ = if lines == 1 { "differs" } else { "differ" };
    let lines = counted(lines, "line");
    let mut text = format!("{list} is not what the run goes by ({lines} {differ}):\n\n");
    for step in &found.steps {
        let (mark, role, line) = match step {
            StepDiff::Added { id, title } => ("+", Role::Good, format!("{id}   {}", clean(title))),
            StepDiff::Removed { id, title } => ("-", Role::Bad, format!("{id}   {}", clean(title))),
            StepDiff::Changed { id, what, .. } => ("~", Role::Doubt, format!("{id}   {}", what.join(", "))),
        };
        text.push_str(&format!(
            "  {} {}\n",
            look.paint(role, mark),
            fit(&line, look.width.saturating_sub(4))
        ));
    }
    if found.is_reordered {
        text.push_str("  the steps stand in another order\n");
    }
    if !found.other.is_empty() {
        text.push_str(&format!("  the list itself: {}\n", found.other.join(", ")));
    }
    if found.steps.is_empty() && found.other.is_empty() && !found.is_reordered {
        text.push_str("  only comments and layout\n");
    }
    if with_lines {
        text.push('\n');
        text.push_str(&changed(&found.lines, look));
    }
    text.push_str("\nNext: checklist migrate   (goes on with it)");
    if !with_lines {
        text.push_str("\n      checklist diff --lines");
    }
    text.push('\n');
    text
}

fn changed(lines: &[Line], look: Look) -> String {
    let is_near = |at: usize| {
        let from = at.saturating_sub(CONTEXT);
        let to = (at + CONTEXT + 1).min(lines.len());
        lines[from..to].iter().any(|line| !matches!(line, Line::Same(_)))
    };
    let (mut text, mut is_gap) = (String::new(), false);
    for (at, line) in lines.iter().enumerate() {
        if !is_near(at) {
            is_gap = true;
            continue;
        }
        if std::mem::take(&mut is_gap) && !text.is_empty() {
            text.push_str("  ...\n");
        }
        let (mark, role, line) = match line {
            Line::Same(line) => (' ', Role::Quiet, line),
            Line::Old(line) => ('-', Role::Bad, line),
            Line::New(line) => ('+', Role::Good, line),
        };
        text.push_str(&format!(
            "  {}\n",
            look.paint(role, format!("{mark} {}", plain_text(line)).trim_end())
        ));
    }
    text
}
