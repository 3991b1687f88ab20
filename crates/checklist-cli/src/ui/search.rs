//! Searching the list: what is typed is found at once, and n and N go on from there.

use super::field::Field;
use super::panel::{Effect, Panel};
use crate::screen::layout::Role;
use checklist_workflow::view::StepView;
use ratatui::crossterm::event::{KeyCode, KeyEvent, KeyModifiers};

/// Whether a step has this text in its id or title. A capital letter in it makes capitals count.
pub(crate) fn is_match(step: &StepView, text: &str) -> bool {
    let finds = |place: &str| match text.chars().any(char::is_uppercase) {
        true => place.contains(text),
        false => place.to_lowercase().contains(text),
    };
    !text.is_empty() && (finds(&step.id) || finds(&step.title))
}

impl Panel {
    /// A key while a search is typed.
    pub(super) fn search_key(&mut self, key: KeyEvent) -> Vec<Effect> {
        let Some((field, begun)) = &mut self.search.typed else { return Vec::new() };
        let is_control = key.modifiers.contains(KeyModifiers::CONTROL);
        let is_empty = *field == Field::default();
        match key.code {
            KeyCode::Esc => self.end_search(),
            KeyCode::Char('c' | 'g') if is_control => self.end_search(),
            KeyCode::Backspace if is_empty => self.end_search(),
            KeyCode::Enter => {
                let begun = *begun;
                self.search.typed = None;
                if !self.search.text.is_empty() && !self.is_found() {
                    self.list.go_to(begun);
                    let text = format!("No step has \"{}\" in its id or title.", self.search.text);
                    self.search.text.clear();
                    return self.say(Some(Role::Doubt), text);
                }
            }
            _ => {
                field.key(key);
                self.search_on();
            }
        }
        Vec::new()
    }

    /// Goes to the first match from where the search began, or back there.
    pub(super) fn search_on(&mut self) {
        let Some((field, begun)) = &self.search.typed else { return };
        let (text, begun) = (field.text(), *begun);
        let steps = &self.seen.view.steps;
        let found = self.list.find(true, begun, &|place| is_match(&steps[place], &text));
        self.search.text = text;
        self.list.go_to(found.unwrap_or(begun));
        self.moved();
    }

    fn is_found(&self) -> bool {
        self.step().is_some_and(|step| is_match(step, &self.search.text))
    }

    fn end_search(&mut self) {
        if let Some((_, begun)) = self.search.typed.take() {
            self.list.go_to(begun);
            self.moved();
        }
        self.search.text.clear();
    }

    /// The next match of a search, or the one before; without a search, the step to do now, and from there the
    /// next one that is open.
    pub(super) fn next(&mut self, forwards: bool) -> Vec<Effect> {
        let view = &self.seen.view;
        let count = view.steps.len();
        let cursor = self.list.cursor();
        let text = self.search.text.as_str();
        if count == 0 {
            return Vec::new();
        }
        let beside = if forwards { cursor + 1 } else { cursor + count - 1 } % count;
        let current = view.steps.iter().position(|step| step.is_current);
        let found = match (text.is_empty(), current) {
            (false, _) => self.list.find(forwards, beside, &|place| is_match(&view.steps[place], text)),
            (true, Some(current)) if current != cursor && forwards => Some(current),
            (true, _) => self.list.find(forwards, beside, &|place| !view.steps[place].status.is_settled()),
        };
        match found {
            Some(place) => {
                self.list.go_to(place);
                self.moved();
                Vec::new()
            }
            None => self.say(None, "Every step is settled."),
        }
    }
}
