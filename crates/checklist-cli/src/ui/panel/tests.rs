//! The panel in a buffer: what is drawn, what keys do, and how much of a long list is looked at.

mod asked;
mod drawn;
mod engine;
mod long;
mod pressed;

use super::{Effect, Event, Panel};
use crate::screen::sample::{at, release};
use crate::time::Calendar;
use crate::ui::action::{Action, Answered, Seen};
use crate::ui::draw::draw;
use crate::ui::palette::Palette;
use checklist_workflow::view::RunView;
use jiff::tz::TimeZone;
use ratatui::Terminal;
use ratatui::backend::TestBackend;
use ratatui::buffer::Buffer;
use ratatui::crossterm::event::{KeyCode, KeyEvent, KeyModifiers};

const MONO: Palette = Palette { colour: false, has_lines: false };

const SIZE: (u16, u16) = (80, 24);

fn calendar() -> Calendar {
    Calendar::new(at("2026-11-22T15:00:00Z"), TimeZone::UTC)
}

fn seen(view: RunView) -> Seen {
    Seen { view, branch: Some("main".to_owned()), found: Vec::new(), notices: Vec::new() }
}

fn panel(view: RunView, size: (u16, u16)) -> Panel {
    Panel::new(seen(view), calendar(), MONO, size)
}

/// The cells of the screen.
fn buffer(panel: &Panel) -> Buffer {
    let mut terminal = Terminal::new(TestBackend::new(panel.size.0, panel.size.1)).expect("a buffer");
    terminal.draw(|frame| draw(panel, frame)).expect("it draws");
    terminal.backend().buffer().clone()
}

/// The text of the screen, line by line.
fn shown(panel: &Panel) -> String {
    let buffer = buffer(panel);
    let line = |row: u16| {
        let cells = (0..buffer.area.width).map(|column| buffer[(column, row)].symbol());
        format!("{}\n", cells.collect::<String>().trim_end())
    };
    (0..buffer.area.height).map(line).collect()
}

fn key(panel: &mut Panel, code: KeyCode) -> Vec<Effect> {
    panel.update(Event::Key(KeyEvent::new(code, KeyModifiers::NONE)))
}

fn control(panel: &mut Panel, char: char) -> Vec<Effect> {
    panel.update(Event::Key(KeyEvent::new(KeyCode::Char(char), KeyModifiers::CONTROL)))
}

/// Presses one key after the other; gives what all of them are to bring about.
fn press(panel: &mut Panel, keys: &str) -> Vec<Effect> {
    let code = |char| if char == '\n' { KeyCode::Enter } else { KeyCode::Char(char) };
    keys.chars().flat_map(|char| key(panel, code(char))).collect()
}

/// The step that is meant.
fn meant(panel: &Panel) -> &str {
    panel.step().map_or("", |step| step.id.as_str())
}

fn begun() -> Panel {
    panel(release(), SIZE)
}

/// The one action that is wanted.
fn action(effects: &[Effect]) -> Action {
    match effects {
        [Effect::Perform { action, .. }] => action.clone(),
        other => panic!("one action is wanted: {other:?}"),
    }
}

fn did(text: &str) -> Answered {
    Answered::Did { text: text.to_owned(), on: None }
}

fn done(step: &str) -> Action {
    Action::Done { step: step.to_owned(), confirmed: None }
}

fn ended(panel: &mut Panel, answered: Answered, view: Option<RunView>) -> Vec<Effect> {
    panel.update(Event::Ended(Box::new(answered), view.map(|view| Box::new(seen(view)))))
}
