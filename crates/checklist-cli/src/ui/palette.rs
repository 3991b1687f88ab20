//! `Palette`: what a panel draws with: colours or none, lines or ASCII.

use crate::screen::layout::Role;
use checklist_workflow::output::plain_text;
use ratatui::style::{Color, Modifier, Style};
use std::ffi::OsString;

/// Columns that a tab stands for.
const TAB: &str = "    ";

/// How a panel is drawn. Colour repeats the meaning and never carries it, as on every other screen.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Palette {
    pub(crate) colour: bool,
    /// Whether the terminal has characters for drawing lines.
    pub(crate) has_lines: bool,
}

impl Palette {
    /// Lines are drawn where the locale says that the terminal takes UTF-8.
    pub(crate) fn of(colour: bool, lookup: &dyn Fn(&str) -> Option<OsString>) -> Palette {
        let set = |name: &&str| lookup(name).filter(|value| !value.is_empty());
        let locale = ["LC_ALL", "LC_CTYPE", "LANG"].iter().find_map(set).unwrap_or_default();
        let locale = locale.to_string_lossy().to_lowercase();
        Palette { colour, has_lines: locale.contains("utf-8") || locale.contains("utf8") }
    }

    pub(crate) fn style(self, role: Role) -> Style {
        let style = Style::new();
        let (colour, modifier) = match role {
            Role::Good => (Some(Color::Green), Modifier::empty()),
            Role::Now => (Some(Color::Cyan), Modifier::BOLD),
            Role::Quiet => (None, Modifier::DIM),
            Role::Bad => (Some(Color::Red), Modifier::BOLD),
            Role::Doubt => (Some(Color::Yellow), Modifier::BOLD),
            Role::Strong => (None, Modifier::BOLD),
        };
        match colour.filter(|_| self.colour) {
            Some(colour) => style.fg(colour).add_modifier(modifier),
            None => style.add_modifier(modifier),
        }
    }

    pub(crate) fn vertical(self) -> &'static str {
        if self.has_lines { "│" } else { "|" }
    }

    pub(crate) fn horizontal(self) -> &'static str {
        if self.has_lines { "─" } else { "-" }
    }

    /// The corners of a frame: top left, top right, bottom left, bottom right.
    pub(crate) fn corners(self) -> [&'static str; 4] {
        if self.has_lines { ["┌", "┐", "└", "┘"] } else { ["+"; 4] }
    }
}

/// One line of text without anything a terminal would act on; tabs become spaces.
pub(crate) fn flat(text: &str) -> String {
    plain_text(text).replace('\t', TAB)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_locale_decides_on_lines_and_the_first_that_is_set_counts() {
        let with = |set: &[(&str, &str)]| {
            let lookup = |name: &str| {
                set.iter().find(|(key, _)| *key == name).map(|(_, value)| OsString::from(*value))
            };
            Palette::of(false, &lookup).has_lines
        };
        assert!(with(&[("LANG", "en_GB.UTF-8")]) && with(&[("LC_ALL", ""), ("LC_CTYPE", "C.utf8")]));
        assert!(!with(&[]) && !with(&[("LC_ALL", "C"), ("LANG", "en_GB.UTF-8")]));
    }

    #[test]
    fn without_colour_nothing_is_coloured() {
        let mono = Palette { colour: false, has_lines: false };
        for role in [Role::Good, Role::Now, Role::Quiet, Role::Bad, Role::Doubt, Role::Strong] {
            assert_eq!(mono.style(role).fg, None);
        }
        assert_eq!(flat("a\tb\x1b[31mc"), "a    bc");
    }
}
