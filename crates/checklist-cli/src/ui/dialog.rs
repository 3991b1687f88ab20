//! `Dialog`: one question to a person, in a frame above the panel.

use super::action::Action;
use super::field::Field;
use super::palette::flat;
use ratatui::crossterm::event::{KeyCode, KeyEvent, KeyModifiers};

/// What is asked, and what the answer is for.
#[derive(Clone, Debug)]
pub(crate) struct Dialog {
    pub(crate) title: String,
    /// What is said before the question, line by line.
    pub(crate) body: Vec<String>,
    /// Lines of it that were scrolled past.
    pub(crate) scroll: usize,
    pub(crate) asks: Asks,
}

/// How it is answered.
#[derive(Clone, Debug)]
pub(crate) enum Asks {
    /// A line of text.
    Line { label: String, field: Field, then: Text },
    /// One of some keys; Esc is none of them.
    Key(Vec<(char, String, Next)>),
    /// Nothing: it is read and closed.
    Nothing,
}

/// What a line of text is for.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Text {
    /// Why a step is skipped.
    Skip { step: String, is_killer: bool },
    /// The id of a KILLER step, typed again.
    Killer { step: String, reason: Option<String> },
    /// Why a step counts as done.
    Claim { step: String },
    /// What has to be typed to confirm.
    Confirm { step: String, wanted: String },
    /// The value of an input step.
    Answer { step: String },
    /// A secret that an action needs.
    Secret { name: String, then: Action },
}

/// What comes after a key.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Next {
    Do(Action),
    AskClaim(String),
    LeaveAndEnd,
    Close,
}

/// What became of a dialog by a key.
pub(crate) enum Given {
    /// It stays open.
    Open,
    Closed,
    Text(Text, String),
    Key(Next),
}

impl Dialog {
    pub(crate) fn new(title: impl Into<String>, body: &str, asks: Asks) -> Dialog {
        let body = body.trim_end().lines().map(flat).collect();
        Dialog { title: title.into(), body, scroll: 0, asks }
    }

    /// A question for a line of text.
    pub(crate) fn line(title: impl Into<String>, body: &str, label: &str, then: Text) -> Dialog {
        let field = if matches!(then, Text::Secret { .. }) { Field::hidden() } else { Field::default() };
        Dialog::new(title, body, Asks::Line { label: label.to_owned(), field, then })
    }

    /// A question that is answered with yes or no; silence is no.
    pub(crate) fn yes(title: impl Into<String>, body: &str, yes: &str, action: Action) -> Dialog {
        let choices = vec![('y', yes.to_owned(), Next::Do(action)), ('n', "no".to_owned(), Next::Close)];
        Dialog::new(title, body, Asks::Key(choices))
    }

    pub(crate) fn notice(title: impl Into<String>, body: &str) -> Dialog {
        Dialog::new(title, body, Asks::Nothing)
    }

    /// Takes a key. `room` is how many lines of the body can be scrolled past, `page` how many are in sight.
    pub(crate) fn key(&mut self, key: KeyEvent, room: usize, page: usize) -> Given {
        let is_control = key.modifiers.contains(KeyModifiers::CONTROL);
        if key.code == KeyCode::Esc || is_control && matches!(key.code, KeyCode::Char('c' | 'g')) {
            return Given::Closed;
        }
        let is_typing = matches!(self.asks, Asks::Line { .. });
        let down = match key.code {
            KeyCode::Down => 1,
            KeyCode::Up => -1,
            KeyCode::PageDown => page.cast_signed(),
            KeyCode::PageUp => -page.cast_signed(),
            KeyCode::Char('j') if !is_typing => 1,
            KeyCode::Char('k') if !is_typing => -1,
            KeyCode::Char(' ') if !is_typing && self.scroll < room => page.cast_signed(),
            _ => 0,
        };
        if down != 0 {
            self.scroll = self.scroll.min(room).saturating_add_signed(down).min(room);
            return Given::Open;
        }
        match &mut self.asks {
            Asks::Line { field, then, .. } if key.code == KeyCode::Enter => {
                Given::Text(then.clone(), field.text())
            }
            Asks::Line { field, .. } => {
                field.key(key);
                Given::Open
            }
            Asks::Key(choices) => {
                let KeyCode::Char(pressed) = key.code else { return Given::Open };
                let chosen = choices.iter().find(|(char, ..)| char.eq_ignore_ascii_case(&pressed));
                chosen.map_or(Given::Open, |(_, _, next)| Given::Key(next.clone()))
            }
            Asks::Nothing => match key.code {
                KeyCode::Enter | KeyCode::Char('q' | '?' | ' ') => Given::Closed,
                _ => Given::Open,
            },
        }
    }

    /// Takes what was pasted, where text is asked for.
    pub(crate) fn paste(&mut self, text: &str) {
        if let Asks::Line { field, .. } = &mut self.asks {
            field.insert(text);
        }
    }
}
