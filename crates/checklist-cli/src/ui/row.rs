//! One row of the list: a heading, or a step with its marker, its title and where it stands.

use super::list::Row;
use super::panel::Panel;
use super::search::is_match;
use crate::screen::layout::{Role, clean, fit, pad, width};
use crate::screen::marker;
use checklist_workflow::run::StepStatus;
use checklist_workflow::view::StepView;
use ratatui::style::{Modifier, Style};
use ratatui::text::{Line, Span};

/// Below this width the title has the row for itself.
const COLUMNS_FOR_NOTES: usize = 32;

/// Columns of the longest note.
const NOTE_COLUMNS_MAX: usize = 12;

/// The row, laid out for `columns`.
pub(crate) fn line(panel: &Panel, row: Row, columns: usize) -> Line<'static> {
    let steps = &panel.view().steps;
    match row {
        Row::Gap => Line::default(),
        Row::Section(place) => {
            let name = steps[place].section.as_deref().map(clean).unwrap_or_default();
            Line::styled(
                format!(" {}", fit(&name, columns.saturating_sub(1))),
                panel.palette.style(Role::Strong),
            )
        }
        Row::Step(place) => step(panel, &steps[place], place == panel.list.cursor(), columns),
    }
}

fn step(panel: &Panel, step: &StepView, is_meant: bool, columns: usize) -> Line<'static> {
    let palette = panel.palette;
    let indent = 2 * step.depth.min(4);
    let pointer = if is_meant { ">" } else { " " };
    let killer = if step.killer { " KILLER" } else { "" };
    let note = if columns < COLUMNS_FOR_NOTES { "" } else { note(panel, step) };
    let note = fit(note, NOTE_COLUMNS_MAX);
    let gap = usize::from(!note.is_empty());
    let begin = 1 + indent + marker::marker(step).len() + 1;
    let room = columns.saturating_sub(begin + killer.len() + gap + width(&note));
    let title = pad(&fit(&clean(&step.title), room), room);
    let role = marker::role(step);
    let mut title_style = match role {
        Role::Quiet => palette.style(Role::Quiet),
        Role::Now => palette.style(Role::Strong),
        _ => Style::new(),
    };
    if is_match(step, &panel.search.text) {
        title_style = title_style.add_modifier(Modifier::UNDERLINED);
    }
    let mut line = Line::from(vec![
        Span::raw(format!("{pointer}{:indent$}", "")),
        Span::styled(marker::marker(step), palette.style(role)),
        Span::raw(" "),
        Span::styled(title, title_style),
        Span::styled(killer, palette.style(Role::Bad)),
        Span::raw(" ".repeat(gap)),
        Span::styled(note, palette.style(role)),
    ]);
    if is_meant {
        line.style = line.style.add_modifier(Modifier::REVERSED);
    }
    line
}

/// Where a step stands, in a word; for one that is to do, who does it or that it waits.
fn note<'s>(panel: &'s Panel, step: &'s StepView) -> &'s str {
    let is_ours = || {
        let running = panel.running.as_ref();
        running.is_some_and(|running| running.action.step() == Some(&step.id))
    };
    match step.status {
        StepStatus::Done => step.evidence.map_or("done", |evidence| evidence.as_str()),
        StepStatus::Active if is_ours() || panel.view().is_running => "running",
        StepStatus::Pending if marker::is_undecided(step) => "undecided",
        StepStatus::Pending if !step.waits_for.is_empty() => "waits",
        StepStatus::Pending if step.needs_human => "human",
        StepStatus::Pending if !step.prompts.is_empty() => "agent",
        StepStatus::Pending => match step.kind {
            checklist_workflow::template::StepKind::Task => step.assignee.as_deref().unwrap_or_default(),
            kind => marker::kind_word(kind),
        },
        status => status.as_str(),
    }
}
