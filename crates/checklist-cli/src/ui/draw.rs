//! Drawing: the panel as cells of a screen. Only what is in sight is laid out.

use super::dialog::Asks;
use super::output::Output;
use super::panel::Panel;
use super::places::{COLUMNS_MIN, Focus, Places, ROWS_MIN};
use super::{detail, popup, row};
use crate::screen::layout::{Look, Role, fit, width};
use crate::screen::status;
use crate::verbs::run::block;
use checklist_workflow::run::{RunStatus, StepStatus};
use checklist_workflow::template::StepKind;
use ratatui::Frame;
use ratatui::buffer::Buffer;
use ratatui::layout::{Position, Rect};
use ratatui::style::{Modifier, Style};
use ratatui::text::{Line, Span};

/// Draws all of it.
pub(crate) fn draw(panel: &Panel, frame: &mut Frame<'_>) {
    let size = (frame.area().width, frame.area().height);
    let rows = panel.message(usize::from(size.0)).len();
    let Some(places) = Places::of(size, panel.focus, u16::try_from(rows).unwrap_or(1)) else {
        return too_small(frame);
    };
    let buffer = frame.buffer_mut();
    header(panel, places, buffer);
    if let Some(area) = places.list {
        list(panel, area, buffer);
    }
    if let Some(area) = places.between {
        let style = panel.palette.style(Role::Quiet);
        for row in area.top()..area.bottom() {
            buffer.set_string(area.x, row, panel.palette.vertical(), style);
        }
    }
    if let Some(area) = places.detail {
        match panel.output.as_ref().filter(|_| panel.shows_output) {
            Some(shown) => output(panel, shown, area, buffer),
            None => step(panel, area, buffer),
        }
    }
    let mut cursor = message(panel, places.message, buffer);
    keys(panel, places.keys, buffer);
    if let Some(dialog) = &panel.dialog {
        cursor = popup::draw(dialog, panel.palette, buffer);
    }
    if let Some(cursor) = cursor {
        frame.set_cursor_position(cursor);
    }
}

fn too_small(frame: &mut Frame<'_>) {
    let area = frame.area();
    let text = format!("Too small: {}x{}. {COLUMNS_MIN}x{ROWS_MIN} is needed.", area.width, area.height);
    let lines = super::flow::lines(&text, Style::new(), usize::from(area.width), 0);
    for (line, row) in lines.iter().zip(area.top()..area.bottom()) {
        frame.buffer_mut().set_line(0, row, line, area.width);
    }
}

fn header(panel: &Panel, places: Places, buffer: &mut Buffer) {
    let columns = usize::from(places.header.width);
    let look = Look { width: columns, ..Look::SCREEN };
    let view = panel.view();
    let text = status::header(view, look);
    // Where there is no room beside it, what is told of the run would be on a second line.
    let line = text.lines().next().unwrap_or_default();
    let progress = match places.summary {
        Some(_) => String::new(),
        None => format!("  {}/{}", view.progress.done, view.progress.total),
    };
    let line = format!("{}{progress}", fit(line, columns.saturating_sub(width(&progress))));
    put(buffer, places.header, 0, &line, panel.palette.style(Role::Strong));
    if let Some(area) = places.summary {
        let mut text = status::summary(view, panel.seen.branch.as_deref(), &panel.calendar);
        if panel.running.as_ref().is_some_and(|running| running.action.runs_commands()) {
            text = text.replace("Running now, in another process.", "Running now.");
        }
        put(buffer, area, 0, &fit(&text, columns), Style::new());
    }
    if let Some(area) = places.rule {
        let rule = panel.palette.horizontal().repeat(columns);
        put(buffer, area, 0, &rule, panel.palette.style(Role::Quiet));
    }
}

fn put(buffer: &mut Buffer, area: Rect, row: u16, text: &str, style: Style) {
    buffer.set_stringn(area.x, area.y + row, text, usize::from(area.width), style);
}

fn list(panel: &Panel, area: Rect, buffer: &mut Buffer) {
    let height = usize::from(area.height);
    let columns = usize::from(area.width);
    for (row, place) in panel.list.in_sight(height).iter().zip(area.top()..) {
        let line = row::line(panel, *row, columns);
        buffer.set_line(area.x, place, &line, area.width);
        let is_meant = line.style.add_modifier.contains(Modifier::REVERSED);
        if is_meant {
            let style = if panel.focus == Focus::List { line.style } else { Style::new().underlined() };
            buffer.set_style(Rect::new(area.x, place, area.width, 1), style);
        }
    }
}

/// The lines of the detail in sight, and how many there are below.
fn step(panel: &Panel, area: Rect, buffer: &mut Buffer) {
    let height = usize::from(area.height);
    let lines = detail::lines(panel, usize::from(area.width));
    let past = panel.scroll.min(lines.len().saturating_sub(height));
    let has_more = lines.len() > past + height;
    // That there is more takes the last row, not a part of somebody's text.
    let room = if has_more { height - 1 } else { height };
    for (line, row) in lines.iter().skip(past).take(room).zip(area.top()..) {
        buffer.set_line(area.x, row, line, area.width);
    }
    if has_more {
        more(panel, area, &format!(" {} more lines ", lines.len() - past - room), buffer);
    }
}

/// A word at the lower right edge of an area.
fn more(panel: &Panel, area: Rect, text: &str, buffer: &mut Buffer) {
    let columns = u16::try_from(width(text)).unwrap_or(0).min(area.width);
    let style = panel.palette.style(Role::Quiet).add_modifier(Modifier::REVERSED);
    buffer.set_stringn(area.right() - columns, area.bottom() - 1, text, usize::from(columns), style);
}

fn output(panel: &Panel, output: &Output, area: Rect, buffer: &mut Buffer) {
    let columns = usize::from(area.width);
    let title = format!("Output of {}", output.step);
    put(buffer, area, 0, &fit(&title, columns), panel.palette.style(Role::Strong));
    let height = usize::from(area.height.saturating_sub(1 + u16::from(output.up > 0)));
    let in_sight = output.in_sight(height);
    let lines = in_sight.iter().flat_map(|(role, text)| {
        let style = role.map(|role| panel.palette.style(role)).unwrap_or_default();
        super::flow::lines(text, style, columns, 0)
    });
    let lines: Vec<Line<'static>> = lines.collect();
    // A long line takes several rows, and the end is what matters.
    let past = lines.len().saturating_sub(height);
    for (line, row) in lines.iter().skip(past).zip(area.top() + 1..) {
        buffer.set_line(area.x, row, line, area.width);
    }
    if output.up > 0 {
        more(panel, area, &format!(" {} more lines ", output.up), buffer);
    }
}

/// What is said, or the search that is typed; gives the place of the cursor.
fn message(panel: &Panel, area: Rect, buffer: &mut Buffer) -> Option<Position> {
    if let Some((field, _)) = &panel.search.typed {
        let (text, at) = field.shown(usize::from(area.width.saturating_sub(1)));
        put(buffer, area, 0, &format!("/{text}"), Style::new());
        return Some(Position::new(area.x + 1 + u16::try_from(at).unwrap_or(0), area.y));
    }
    let lines = panel.message(usize::from(area.width));
    if lines.is_empty() && !panel.search.text.is_empty() {
        let text = format!("/{}   n next, N before, Esc ends the search", panel.search.text);
        put(buffer, area, 0, &fit(&text, usize::from(area.width)), panel.palette.style(Role::Quiet));
    }
    for ((role, text), row) in lines.iter().zip(0..area.height) {
        let style = role.map(|role| panel.palette.style(role)).unwrap_or_default();
        put(buffer, area, row, text, style);
    }
    None
}

/// The keys that matter for the step that is meant, as many as there is room for.
fn keys(panel: &Panel, area: Rect, buffer: &mut Buffer) {
    let hints = hints(panel);
    let last = [("?", "help"), ("q", "leave")];
    let columns = usize::from(area.width);
    let wide = |(key, word): &(&str, &str)| width(key) + width(word) + 3;
    let mut room = columns.saturating_sub(last.iter().map(wide).sum());
    let mut shown: Vec<(&str, &str)> = Vec::new();
    for hint in hints {
        if wide(&hint) <= room {
            room -= wide(&hint);
            shown.push(hint);
        }
    }
    let mut spans = Vec::new();
    for (key, word) in shown.into_iter().chain(last) {
        spans.push(Span::styled(key, panel.palette.style(Role::Strong)));
        spans.push(Span::raw(format!(" {word}  ")));
    }
    buffer.set_line(area.x, area.y, &Line::from(spans), area.width);
}

/// Keys in the order of their use now.
fn hints(panel: &Panel) -> Vec<(&'static str, &'static str)> {
    match &panel.dialog {
        Some(dialog) => match dialog.asks {
            Asks::Line { .. } => return vec![("Enter", "take it"), ("Esc", "no")],
            _ => return vec![("Esc", "close")],
        },
        None if panel.search.typed.is_some() => return vec![("Enter", "keep"), ("Esc", "back")],
        None => {}
    }
    if panel.running.as_ref().is_some_and(|running| running.action.runs_commands()) {
        return vec![("Ctrl-C", "end it"), ("o", "output"), ("j k", "move")];
    }
    let mut hints = Vec::new();
    if let Some(step) = panel.step().filter(|_| panel.view().status == RunStatus::Active) {
        match (step.status, step.kind) {
            (StepStatus::Done | StepStatus::Skipped, _) => hints.push(("b", "open again")),
            (StepStatus::Hidden, _) => {}
            (StepStatus::Interrupted, _) => hints.extend([("r", "settle"), ("s", "skip")]),
            (_, StepKind::Auto | StepKind::Check) => hints.extend([("r", "run"), ("s", "skip")]),
            (_, StepKind::Confirm) => hints.extend([("d", "confirm"), ("s", "skip")]),
            (_, StepKind::Input) => hints.extend([("d", "answer"), ("s", "skip")]),
            (_, StepKind::Task) if !step.commands.is_empty() => {
                hints.extend([("r", "run"), ("d", "done"), ("s", "skip")]);
            }
            (_, StepKind::Task) => hints.extend([("d", "done"), ("s", "skip")]),
        }
        if !step.prompts.is_empty() {
            hints.push(("c", "copy prompt"));
        }
    }
    if panel.view().status == RunStatus::Paused {
        hints.push(("p", "go on"));
    }
    if panel.step().is_some_and(|step| !block::of(panel.view(), step).is_empty()) {
        hints.insert(0, ("a", "all done"));
    }
    let is_narrow = panel.places().is_some_and(|places| places.between.is_none());
    let has_back = hints.iter().any(|(key, _)| *key == "b");
    match panel.focus {
        _ if panel.shows_output => hints.insert(0, ("Esc", "step")),
        Focus::List if is_narrow => hints.push(("Enter", "show")),
        // The way back comes first where nothing else of the list is in sight.
        Focus::Detail if is_narrow => hints.insert(0, ("Esc", "list")),
        Focus::Detail => hints.push(("Esc", "list")),
        Focus::List => {}
    }
    hints.extend([("u", "undo"), ("n", "next")]);
    if !has_back {
        hints.push(("b", "back"));
    }
    hints.extend([("/", "search"), ("Tab", "other side")]);
    hints
}
