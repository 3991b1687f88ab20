//! What a stream can show, by the environment and the terminal: colour, columns, frames.

use crate::screen::layout::Drawing;
use std::ffi::OsString;
use std::io;

/// Columns of an output whose width nobody knows.
pub(super) const WIDTH_DEFAULT: usize = 80;

/// Fewer columns than this are taken for a mistake of the terminal.
const WIDTH_MIN: usize = 30;

/// When output is coloured.
#[derive(Clone, Copy, Debug, PartialEq, Eq, clap::ValueEnum)]
pub(crate) enum ColourChoice {
    Auto,
    Always,
    Never,
}

/// For a screen reader where somebody says so: `CHECKLIST_SCREEN_READER`, and where that is not set, `ACCESSIBLE`,
/// which others heed as well. Without frames on a terminal that can only write lines.
pub(super) fn drawing(is_dumb: bool, lookup: &dyn Fn(&str) -> Option<OsString>) -> Drawing {
    let named = lookup("CHECKLIST_SCREEN_READER").or_else(|| lookup("ACCESSIBLE"));
    match named.is_some_and(|value| !value.is_empty() && value != "0") {
        true => Drawing::Spoken,
        false if is_dumb => Drawing::Bare,
        false => Drawing::Framed,
    }
}

/// Flag, then `NO_COLOR`, then `CLICOLOR_FORCE`, then `CLICOLOR`, then the terminal.
pub(super) fn has_colour(
    choice: ColourChoice,
    is_terminal: bool,
    lookup: &dyn Fn(&str) -> Option<OsString>,
) -> bool {
    let is_set = |name: &str| lookup(name).is_some_and(|value| !value.is_empty());
    let is_zero = |name: &str| lookup(name).is_some_and(|value| value == "0");
    match choice {
        ColourChoice::Always => true,
        ColourChoice::Never => false,
        ColourChoice::Auto if is_set("NO_COLOR") => false,
        ColourChoice::Auto if is_set("CLICOLOR_FORCE") && !is_zero("CLICOLOR_FORCE") => true,
        ColourChoice::Auto if is_zero("CLICOLOR") => false,
        ColourChoice::Auto => is_terminal && lookup("TERM").is_none_or(|term| term != "dumb"),
    }
}

/// The terminal's width, or `COLUMNS`, or 80.
pub(super) fn width(lookup: &dyn Fn(&str) -> Option<OsString>) -> usize {
    let terminal = rustix::termios::tcgetwinsize(io::stdout())
        .or_else(|_| rustix::termios::tcgetwinsize(io::stderr()))
        .ok()
        .map(|size| usize::from(size.ws_col));
    let named = || lookup("COLUMNS")?.to_str()?.parse().ok();
    terminal.filter(|columns| *columns > 0).or_else(named).unwrap_or(WIDTH_DEFAULT).max(WIDTH_MIN)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_order_of_what_decides_on_colour() {
        let with = |choice, is_terminal, set: &[(&str, &str)]| {
            let lookup = |name: &str| {
                set.iter().find(|(key, _)| *key == name).map(|(_, value)| OsString::from(*value))
            };
            has_colour(choice, is_terminal, &lookup)
        };
        use ColourChoice::{Always, Auto, Never};
        assert!(with(Always, false, &[("NO_COLOR", "1")]));
        assert!(!with(Never, true, &[("CLICOLOR_FORCE", "1")]));
        assert!(!with(Auto, true, &[("NO_COLOR", "1"), ("CLICOLOR_FORCE", "1")]));
        assert!(with(Auto, true, &[("NO_COLOR", "")]));
        assert!(with(Auto, false, &[("CLICOLOR_FORCE", "1"), ("CLICOLOR", "0")]));
        assert!(!with(Auto, true, &[("CLICOLOR", "0")]));
        assert!(with(Auto, true, &[]));
        assert!(!with(Auto, false, &[("CLICOLOR", "1")]));
        assert!(!with(Auto, true, &[("TERM", "dumb")]));
    }

    #[test]
    fn a_screen_reader_is_named_and_its_own_name_comes_first() {
        let with = |is_dumb, set: &[(&str, &str)]| {
            let lookup = |name: &str| {
                set.iter().find(|(key, _)| *key == name).map(|(_, value)| OsString::from(*value))
            };
            drawing(is_dumb, &lookup)
        };
        assert_eq!((with(false, &[]), with(true, &[])), (Drawing::Framed, Drawing::Bare));
        for name in ["CHECKLIST_SCREEN_READER", "ACCESSIBLE"] {
            assert_eq!(with(false, &[(name, "1")]), Drawing::Spoken);
            assert_eq!(with(true, &[(name, "1")]), Drawing::Spoken);
            assert_eq!(with(false, &[(name, "0")]), Drawing::Framed);
            assert_eq!(with(true, &[(name, "")]), Drawing::Bare);
        }
        assert_eq!(with(false, &[("CHECKLIST_SCREEN_READER", "0"), ("ACCESSIBLE", "1")]), Drawing::Framed);
    }

    #[test]
    fn columns_are_believed_within_reason() {
        let columns = |text: &str| {
            let text = OsString::from(text);
            width(&|name| (name == "COLUMNS").then(|| text.clone()))
        };
        // Where the test itself has a terminal, its width is the answer.
        if rustix::termios::tcgetwinsize(io::stdout()).is_err()
            && rustix::termios::tcgetwinsize(io::stderr()).is_err()
        {
            assert_eq!((columns("60"), columns("3"), columns("wide")), (60, WIDTH_MIN, WIDTH_DEFAULT));
        }
    }
}
