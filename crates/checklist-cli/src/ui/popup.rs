//! The frame of a dialog: how large it is, what of it is in sight, and how it is drawn.

use super::dialog::{Asks, Dialog};
use super::flow;
use super::keys;
use super::palette::Palette;
use crate::screen::layout::{Role, fit, pad, width};
use ratatui::buffer::Buffer;
use ratatui::layout::{Position, Rect};
use ratatui::style::Style;
use ratatui::text::Line;

/// A frame wider than this is hard to read.
const COLUMNS_MAX: u16 = 84;

/// A dialog, laid out.
struct Sheet {
    frame: Rect,
    /// What is said, in lines of the frame's width.
    body: Vec<Line<'static>>,
    /// How many of these are in sight.
    page: usize,
    answers: Vec<String>,
}

fn sheet(dialog: &Dialog, (columns, rows): (u16, u16)) -> Sheet {
    let outer = columns.min(COLUMNS_MAX);
    let inner = usize::from(outer.saturating_sub(4));
    let body: Vec<Line<'static>> = dialog.body.iter().flat_map(|line| laid_out(line, inner)).collect();
    let answers: Vec<String> = match &dialog.asks {
        Asks::Line { .. } => vec![String::new()],
        Asks::Key(choices) => choices.iter().map(|(key, what, _)| format!("{key}  {what}")).collect(),
        Asks::Nothing => vec!["Esc  close".to_owned()],
    };
    let gap = usize::from(!body.is_empty());
    let around = 2 + gap + answers.len();
    let page = usize::from(rows).saturating_sub(around).min(body.len());
    let height = u16::try_from(page + around).unwrap_or(rows).min(rows);
    let frame = Rect::new((columns - outer) / 2, (rows - height) / 2, outer, height);
    Sheet { frame, body, page, answers }
}

fn laid_out(line: &str, columns: usize) -> Vec<Line<'static>> {
    match line {
        "" => vec![Line::default()],
        line => flow::lines(line, Style::new(), columns, 0),
    }
}

/// How many lines of a dialog can be scrolled past, and how many are in sight.
pub(crate) fn room(dialog: &Dialog, size: (u16, u16)) -> (usize, usize) {
    let sheet = sheet(dialog, size);
    (sheet.body.len() - sheet.page, sheet.page.max(1))
}

/// Draws the dialog; gives the place of the cursor, where text is typed.
pub(crate) fn draw(dialog: &Dialog, palette: Palette, buffer: &mut Buffer) -> Option<Position> {
    let sheet = sheet(dialog, (buffer.area.width, buffer.area.height));
    let Rect { x, y, width: outer, height } = sheet.frame;
    let inner = usize::from(outer.saturating_sub(4));
    let past = dialog.scroll.min(sheet.body.len() - sheet.page);
    let more = match sheet.body.len() - sheet.page - past {
        0 => String::new(),
        left => format!(" {left} more lines: Down, PgDn "),
    };
    blank(buffer, sheet.frame);
    edge(buffer, sheet.frame, &format!(" {} ", dialog.title), palette, true);
    edge(buffer, sheet.frame, &more, palette, false);
    for row in y + 1..y + height.saturating_sub(1) {
        buffer.set_string(x, row, palette.vertical(), palette.style(Role::Strong));
        buffer.set_string(x + outer - 1, row, palette.vertical(), palette.style(Role::Strong));
    }
    let mut row = y + 1;
    for line in sheet.body.iter().skip(past).take(sheet.page) {
        let is_danger = line.to_string().starts_with("danger:");
        let line = if is_danger { line.clone().style(palette.style(Role::Bad)) } else { line.clone() };
        buffer.set_line(x + 2, row, &line, outer.saturating_sub(4));
        row += 1;
    }
    row += u16::from(sheet.page > 0);
    if let Asks::Line { label, field, .. } = &dialog.asks {
        let label = fit(&format!("{label}: "), inner / 2);
        let room = inner.saturating_sub(width(&label));
        let (text, at) = field.shown(room);
        let last = y + height.saturating_sub(2);
        let row = row.min(last);
        buffer.set_string(x + 2, row, &label, palette.style(Role::Strong));
        let begin = x + 2 + u16::try_from(width(&label)).unwrap_or(0);
        buffer.set_string(begin, row, pad(&text, room), Style::new());
        return Some(Position::new(begin + u16::try_from(at).unwrap_or(0), row));
    }
    for (index, answer) in sheet.answers.iter().enumerate() {
        let row = row + u16::try_from(index).unwrap_or(0);
        if row < y + height.saturating_sub(1) {
            buffer.set_string(x + 2, row, fit(answer, inner), palette.style(Role::Strong));
        }
    }
    None
}

fn blank(buffer: &mut Buffer, area: Rect) {
    for row in area.top()..area.bottom() {
        for column in area.left()..area.right() {
            buffer[(column, row)].reset();
        }
    }
}

/// The upper or lower edge of a frame, with a word in it.
fn edge(buffer: &mut Buffer, frame: Rect, word: &str, palette: Palette, is_upper: bool) {
    let corners = palette.corners();
    let (left, right) = if is_upper { (corners[0], corners[1]) } else { (corners[2], corners[3]) };
    let row = if is_upper { frame.y } else { frame.bottom() - 1 };
    let inner = usize::from(frame.width.saturating_sub(3));
    let word = fit(word, inner);
    let rest = palette.horizontal().repeat(inner - width(&word));
    let line = format!("{left}{}{word}{rest}{right}", palette.horizontal());
    buffer.set_string(frame.x, row, line, palette.style(Role::Strong));
}

/// Every key, what it does, and the command that does the same.
pub(crate) fn help(columns: u16) -> Dialog {
    let keys_columns = keys::LINES.iter().map(|line| line.keys.len()).max().unwrap_or(0);
    let is_wide = usize::from(columns.min(COLUMNS_MAX)) >= keys_columns + 60;
    let mut body = String::new();
    for line in keys::LINES {
        let command = match line.command {
            "" => String::new(),
            command => format!("  [{command}]"),
        };
        match is_wide {
            true => body.push_str(&format!("{}  {}{command}\n", pad(line.keys, keys_columns), line.what)),
            false => body.push_str(&format!("{}\n    {}{command}\n", line.keys, line.what)),
        }
    }
    body.push_str("\nIn brackets: the command that does the same, checklist COMMAND.");
    Dialog::notice("Keys", &body)
}
