//! `Field`: a line that a person types.

use ratatui::crossterm::event::{KeyCode, KeyEvent, KeyModifiers};
use unicode_width::UnicodeWidthChar as _;

/// Longer answers are cut: nobody types that much.
const CHARS_MAX: usize = 2000;

/// What was typed so far, and where the next character goes.
#[derive(Clone, Default, PartialEq, Eq)]
pub(crate) struct Field {
    chars: Vec<char>,
    at: usize,
    /// Whether nobody may read it over a shoulder.
    is_hidden: bool,
}

impl Field {
    pub(crate) fn hidden() -> Field {
        Field { is_hidden: true, ..Field::default() }
    }

    #[cfg(test)]
    pub(crate) fn of(text: &str) -> Field {
        let mut field = Field::default();
        field.insert(text);
        field
    }

    /// The answer, without the spaces around it.
    pub(crate) fn text(&self) -> String {
        self.chars.iter().collect::<String>().trim().to_owned()
    }

    /// Takes what was pasted, on one line.
    pub(crate) fn insert(&mut self, text: &str) {
        for char in text.chars().map(|char| if char.is_control() { ' ' } else { char }) {
            if self.chars.len() < CHARS_MAX {
                self.chars.insert(self.at, char);
                self.at += 1;
            }
        }
    }

    /// Takes a key that edits; others are not its business.
    pub(crate) fn key(&mut self, key: KeyEvent) {
        let is_control = key.modifiers.contains(KeyModifiers::CONTROL);
        match key.code {
            KeyCode::Char('a') if is_control => self.at = 0,
            KeyCode::Char('e') if is_control => self.at = self.chars.len(),
            KeyCode::Char('u') if is_control => drop(self.chars.drain(..std::mem::take(&mut self.at))),
            KeyCode::Char('k') if is_control => self.chars.truncate(self.at),
            KeyCode::Char('w') if is_control => self.cut_word(),
            KeyCode::Char(_) if is_control || key.modifiers.contains(KeyModifiers::ALT) => {}
            KeyCode::Char(char) => self.insert(&char.to_string()),
            KeyCode::Backspace if self.at > 0 => {
                self.at -= 1;
                self.chars.remove(self.at);
            }
            KeyCode::Delete if self.at < self.chars.len() => drop(self.chars.remove(self.at)),
            KeyCode::Left => self.at = self.at.saturating_sub(1),
            KeyCode::Right => self.at = (self.at + 1).min(self.chars.len()),
            KeyCode::Home => self.at = 0,
            KeyCode::End => self.at = self.chars.len(),
            _ => {}
        }
    }

    fn cut_word(&mut self) {
        let before = &self.chars[..self.at];
        let word = before.iter().rposition(|char| *char != ' ').map_or(0, |last| last + 1);
        let begin = before[..word].iter().rposition(|char| *char == ' ').map_or(0, |space| space + 1);
        self.chars.drain(begin..self.at);
        self.at = begin;
    }

    /// What is shown of it in `columns`, and the column of the cursor: its end where it is longer.
    pub(crate) fn shown(&self, columns: usize) -> (String, usize) {
        let char = |char: &char| if self.is_hidden { '*' } else { *char };
        let wide = |char: &char| char.width().unwrap_or(0);
        let chars: Vec<char> = self.chars.iter().map(char).collect();
        // The cursor stands behind the last character, so it takes a column of its own.
        let mut begin = self.at;
        let mut taken = 1;
        while begin > 0 && taken + wide(&chars[begin - 1]) <= columns {
            begin -= 1;
            taken += wide(&chars[begin]);
        }
        let cursor = taken - 1;
        let mut text: String = chars[begin..self.at].iter().collect();
        for char in &chars[self.at..] {
            taken += wide(char);
            if taken > columns {
                break;
            }
            text.push(*char);
        }
        (text, cursor)
    }
}

impl std::fmt::Debug for Field {
    /// Never shows what was typed: it may be a secret.
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Field")
            .field("chars", &self.chars.len())
            .field("at", &self.at)
            .finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn press(field: &mut Field, code: KeyCode) {
        field.key(KeyEvent::new(code, KeyModifiers::NONE));
    }

    fn control(field: &mut Field, char: char) {
        field.key(KeyEvent::new(KeyCode::Char(char), KeyModifiers::CONTROL));
    }

    #[test]
    fn a_line_is_edited_where_the_cursor_is() {
        let mut field = Field::of("no chanel");
        press(&mut field, KeyCode::Left);
        press(&mut field, KeyCode::Left);
        field.insert("n");
        assert_eq!(field.text(), "no channel");
        control(&mut field, 'e');
        press(&mut field, KeyCode::Backspace);
        control(&mut field, 'w');
        assert_eq!(field.text(), "no");
        control(&mut field, 'a');
        press(&mut field, KeyCode::Delete);
        assert_eq!(field.text(), "o");
        field.insert("a\tb\n");
        control(&mut field, 'k');
        assert_eq!(field.text(), "a b");
        control(&mut field, 'u');
        assert_eq!(field, Field::default());
    }

    #[test]
    fn the_cursor_stays_in_sight_and_a_secret_out_of_it() {
        let field = Field::of("abcdefghij");
        assert_eq!(field.shown(20), ("abcdefghij".to_owned(), 10));
        assert_eq!(field.shown(5), ("ghij".to_owned(), 4));
        let mut hidden = Field::hidden();
        hidden.insert("hunter");
        assert_eq!(hidden.shown(20), ("******".to_owned(), 6));
        assert_eq!(format!("{hidden:?}"), "Field { chars: 6, at: 6, .. }");
    }
}
