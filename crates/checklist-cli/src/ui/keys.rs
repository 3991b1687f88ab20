//! Keys: what each of them means, and the command that does the same.

use ratatui::crossterm::event::{KeyCode, KeyEvent, KeyModifiers};

/// What a person wants, by a key.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Wish {
    /// Lines down, or up.
    Move(isize),
    HalfPage(isize),
    Page(isize),
    Top,
    Bottom,
    /// The next match of a search, or the next step to do.
    Next,
    /// The match before.
    Before,
    Search,
    Done,
    /// The whole section is done.
    All,
    Claim,
    Skip,
    Back,
    Undo,
    Redo,
    Run,
    Rollback,
    Pause,
    Copy,
    Output,
    List,
    Detail,
    Other,
    Close,
    Help,
    Leave,
    Interrupt,
    Stop,
    Redraw,
}

/// What a key means where no question is open.
pub(crate) fn wish(key: KeyEvent) -> Option<Wish> {
    if key.modifiers.contains(KeyModifiers::CONTROL) {
        return Some(match key.code {
            KeyCode::Char('c') => Wish::Interrupt,
            KeyCode::Char('z') => Wish::Stop,
            KeyCode::Char('l') => Wish::Redraw,
            KeyCode::Char('r') => Wish::Redo,
            KeyCode::Char('d') => Wish::HalfPage(1),
            KeyCode::Char('u') => Wish::HalfPage(-1),
            KeyCode::Char('f') => Wish::Page(1),
            KeyCode::Char('b') => Wish::Page(-1),
            KeyCode::Char('n') => Wish::Move(1),
            KeyCode::Char('p') => Wish::Move(-1),
            _ => return None,
        });
    }
    Some(match key.code {
        KeyCode::Char('j') | KeyCode::Down => Wish::Move(1),
        KeyCode::Char('k') | KeyCode::Up => Wish::Move(-1),
        KeyCode::PageDown | KeyCode::Char(' ') => Wish::Page(1),
        KeyCode::PageUp => Wish::Page(-1),
        KeyCode::Char('g') | KeyCode::Home => Wish::Top,
        KeyCode::Char('G') | KeyCode::End => Wish::Bottom,
        KeyCode::Char('n') => Wish::Next,
        KeyCode::Char('N') => Wish::Before,
        KeyCode::Char('/') => Wish::Search,
        KeyCode::Char('d') => Wish::Done,
        KeyCode::Char('a') => Wish::All,
        KeyCode::Char('D') => Wish::Claim,
        KeyCode::Char('s') => Wish::Skip,
        KeyCode::Char('b') => Wish::Back,
        KeyCode::Char('u') => Wish::Undo,
        KeyCode::Char('U') => Wish::Redo,
        KeyCode::Char('r') => Wish::Run,
        KeyCode::Char('R') => Wish::Rollback,
        KeyCode::Char('p') => Wish::Pause,
        KeyCode::Char('c') => Wish::Copy,
        KeyCode::Char('o') => Wish::Output,
        KeyCode::Char('l') | KeyCode::Right | KeyCode::Enter => Wish::Detail,
        KeyCode::Char('h') | KeyCode::Left => Wish::List,
        KeyCode::Tab | KeyCode::BackTab => Wish::Other,
        KeyCode::Esc => Wish::Close,
        KeyCode::Char('?') | KeyCode::F(1) => Wish::Help,
        KeyCode::Char('q') => Wish::Leave,
        _ => return None,
    })
}

/// A line of the help: the keys, what they do, and the command that does the same.
pub(crate) struct Line {
    pub(crate) keys: &'static str,
    pub(crate) what: &'static str,
    pub(crate) command: &'static str,
}

const fn line(keys: &'static str, what: &'static str, command: &'static str) -> Line {
    Line { keys, what, command }
}

/// Every key that has a meaning, in the order of a day's work.
pub(crate) const LINES: &[Line] = &[
    line("d", "it is done: its checks run, or it is asked about", "done"),
    line("a", "all of its section is done, in a list that is do-confirm", "run"),
    line("D", "record it as claimed, with a reason", "done --claim"),
    line("s", "skip it, with a reason", "skip"),
    line("b", "open it again, or else what was settled last", "back"),
    line("u", "undo the last operation, whatever it was", "undo"),
    line("U  Ctrl-R", "redo it", "redo"),
    line("r", "run its commands and checks, or settle what was cut off", "run --step, resume"),
    line("R", "take back what its commands did, by its rollback", "rollback"),
    line("o", "what its commands printed; again: the step", "logs"),
    line("c", "copy the prompt for your agent (OSC 52)", "show"),
    line("p", "put the run aside, or go on with it", "pause, resume"),
    line("n", "to the step to do now, then to the next open one", "next"),
    line("j k  arrows", "down, up", "status"),
    line("g G  Home End", "first, last", ""),
    line("Space  PgUp PgDn", "a page; Ctrl-D Ctrl-U: half of one", ""),
    line("l h  Tab Enter", "to the step and back to the list", "show"),
    line("/  n N", "search ids and titles; the next match, the one before", ""),
    line("Esc", "close what is open, end the search", ""),
    line("Ctrl-C", "end the command that runs; leave where none does", ""),
    line("Ctrl-Z  Ctrl-L", "to the shell and back with fg; draw again", ""),
    line("?", "this help", "help"),
    line("q", "leave; your place is kept", ""),
];

#[cfg(test)]
mod tests {
    use super::*;
    use crate::cli::Cli;
    use clap::CommandFactory as _;

    #[test]
    fn everything_that_changes_something_has_a_command() {
        let tree = Cli::command();
        let verbs: Vec<&str> = tree.get_subcommands().map(clap::Command::get_name).collect();
        for command in LINES.iter().flat_map(|line| line.command.split(", ")).filter(|text| !text.is_empty())
        {
            let verb = command.split(' ').next().expect("a word");
            assert!(verbs.contains(&verb), "{command}");
        }
        for key in "daDsbuUrRp".chars() {
            let line = LINES.iter().find(|line| line.keys.starts_with(key)).expect("it is explained");
            assert!(!line.command.is_empty(), "{key}");
        }
    }

    #[test]
    fn every_key_with_a_meaning_is_in_the_help() {
        let shown: String = LINES.iter().map(|line| format!(" {} {} ", line.keys, line.what)).collect();
        for char in ('!'..='~').filter(|char| wish(KeyCode::Char(*char).into()).is_some()) {
            assert!(shown.contains(&format!(" {char} ")), "{char}");
        }
    }
}
