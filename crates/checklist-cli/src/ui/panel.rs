//! `Panel`: everything a full-screen panel knows, and what events make of it. It touches nothing itself.

use super::action::{Action, Answered, Seen};
use super::detail;
use super::dialog::{Asks, Dialog, Given};
use super::field::Field;
use super::keys::{self, Wish};
use super::list::List;
use super::output::{Output, Said};
use super::palette::{Palette, flat};
use super::places::{Focus, Places};
use super::popup;
use crate::screen::layout::Role;
use crate::time::Calendar;
use checklist_store::env::Timestamp;
use checklist_workflow::view::{RunView, StepView};
use ratatui::crossterm::event::{KeyCode, KeyEvent, KeyEventKind, KeyModifiers};

#[cfg(test)]
mod tests;

/// Rows that what is said may take.
const SAID_ROWS_MAX: usize = 3;

/// What happened.
#[derive(Debug)]
pub(crate) enum Event {
    Key(KeyEvent),
    Paste(String),
    Resize(u16, u16),
    /// Time went by.
    Time(Timestamp),
    /// The run, read again.
    Seen(Box<Seen>),
    /// It cannot be read now, for this reason.
    Unreadable(String),
    /// A step that is executed got further.
    Progress(Vec<Said>),
    /// The end of the log of the command that runs.
    Live(Vec<String>),
    /// What the commands of a step printed, read from their logs.
    Printed {
        step: String,
        lines: Vec<Said>,
    },
    /// The action that was under way is over; with it comes the run as it is now.
    Ended(Box<Answered>, Option<Box<Seen>>),
    /// A signal asks the program to end.
    Terminate,
}

/// What is to be done in the world.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Effect {
    /// Ask the engine; the terminal is the command's meanwhile where it talks to a person.
    Perform {
        action: Action,
        needs_terminal: bool,
    },
    /// End the command that runs, with its process group.
    Cancel,
    /// Read the logs, paths below the store's folder, of a step.
    ReadLogs {
        step: String,
        logs: Vec<(String, String)>,
    },
    /// Put a text on the clipboard of the terminal.
    Copy(String),
    /// Give the terminal back to the shell until the program is continued.
    Stop,
    Redraw,
    Leave,
}

/// An action that is under way.
#[derive(Clone, Debug)]
pub(crate) struct Running {
    pub(crate) action: Action,
    pub(crate) since: Timestamp,
    pub(crate) is_ending: bool,
}

/// A search of the list.
#[derive(Clone, Debug, Default)]
pub(crate) struct Search {
    pub(crate) text: String,
    /// The line that is typed, and the step it began at.
    pub(crate) typed: Option<(Field, usize)>,
}

#[derive(Debug)]
pub(crate) struct Panel {
    pub(crate) seen: Seen,
    pub(crate) calendar: Calendar,
    pub(crate) palette: Palette,
    pub(crate) size: (u16, u16),
    pub(crate) list: List,
    pub(crate) focus: Focus,
    /// Lines of the detail that were scrolled past.
    pub(crate) scroll: usize,
    pub(crate) dialog: Option<Dialog>,
    pub(crate) search: Search,
    pub(crate) output: Option<Output>,
    /// Whether the output stands in the place of the detail.
    pub(crate) shows_output: bool,
    pub(crate) running: Option<Running>,
    pub(crate) said: Option<Said>,
    /// Why what is shown may be old.
    pub(crate) unreadable: Option<String>,
    pub(super) is_leaving: bool,
}

impl Panel {
    pub(crate) fn new(seen: Seen, calendar: Calendar, palette: Palette, size: (u16, u16)) -> Panel {
        let mut panel = Panel {
            seen,
            calendar,
            palette,
            size,
            list: List::default(),
            focus: Focus::List,
            scroll: 0,
            dialog: None,
            search: Search::default(),
            output: None,
            shows_output: false,
            running: None,
            said: None,
            unreadable: None,
            is_leaving: false,
        };
        panel.list.show(&panel.seen.view, panel.seen.view.current.as_deref());
        panel.say_what_was_found();
        panel.keep_in_sight();
        panel
    }

    pub(crate) fn view(&self) -> &RunView {
        &self.seen.view
    }

    /// The step that is meant.
    pub(crate) fn step(&self) -> Option<&StepView> {
        self.list.step(&self.seen.view)
    }

    /// What an event makes of the panel, and what is to be done about it.
    pub(crate) fn update(&mut self, event: Event) -> Vec<Effect> {
        let effects = match event {
            Event::Key(key) if key.kind == KeyEventKind::Release => Vec::new(),
            Event::Key(key) => self.key(key),
            Event::Paste(text) => self.paste(&text),
            Event::Resize(columns, rows) => {
                self.size = (columns, rows);
                Vec::new()
            }
            Event::Time(now) => {
                self.calendar = self.calendar.at(now);
                Vec::new()
            }
            Event::Seen(seen) => {
                self.unreadable = None;
                self.show(*seen, None);
                Vec::new()
            }
            Event::Unreadable(reason) => {
                self.unreadable = Some(reason);
                Vec::new()
            }
            Event::Progress(lines) => {
                let output = self.output.get_or_insert_default();
                // What runs comes into sight when there is something of it to see.
                self.shows_output |= output.len() == 0;
                output.say(lines);
                Vec::new()
            }
            Event::Live(lines) => {
                self.output.get_or_insert_default().set_live(lines);
                Vec::new()
            }
            Event::Printed { step, lines } => {
                let mut output = Output::of(&step);
                output.say(lines);
                self.output = Some(output);
                self.shows_output = true;
                Vec::new()
            }
            Event::Ended(answered, seen) => self.ended(*answered, seen),
            Event::Terminate => self.end_and_leave(),
        };
        self.keep_in_sight();
        effects
    }

    /// Takes in the run as it is now. The cursor goes to `on`, or stays on its step.
    pub(super) fn show(&mut self, seen: Seen, on: Option<&str>) {
        let was = self.step().map(|step| step.id.clone());
        self.seen = seen;
        let on = on.map(str::to_owned).or_else(|| was.clone());
        self.list.show(&self.seen.view, on.as_deref());
        self.say_what_was_found();
        if self.step().map(|step| &step.id) != was.as_ref() {
            self.scroll = 0;
        }
    }

    fn say_what_was_found(&mut self) {
        let found = std::mem::take(&mut self.seen.found);
        if !found.is_empty() {
            self.said = Some((Some(Role::Doubt), found.join("  ")));
        }
    }

    /// Scrolls so that what is meant can be seen, and not past the end of anything.
    fn keep_in_sight(&mut self) {
        let Some(places) = self.places() else { return };
        if let Some(list) = places.list {
            self.list.follow(usize::from(list.height));
        }
        if let Some(area) = places.detail
            && self.scroll > 0
        {
            let lines = detail::lines(self, usize::from(area.width)).len();
            self.scroll = self.scroll.min(lines.saturating_sub(usize::from(area.height)));
        }
    }

    pub(crate) fn places(&self) -> Option<Places> {
        let rows = self.message(usize::from(self.size.0)).len();
        Places::of(self.size, self.focus, u16::try_from(rows).unwrap_or(1))
    }

    /// What is said above the keys: what runs, what became of the last wish, or what stands in the way.
    pub(crate) fn message(&self, columns: usize) -> Vec<Said> {
        let running = self.running.as_ref().map(|running| self.about(running));
        let (role, text) = match (running, &self.said, &self.unreadable) {
            (Some(running), Some((role, said)), _) => (*role, format!("{running}\n{said}")),
            (Some(running), None, _) => (Some(Role::Now), running),
            (None, Some(said), _) => said.clone(),
            (None, None, Some(reason)) => (Some(Role::Bad), format!("This may be old: {reason}")),
            (None, None, None) => (Some(Role::Doubt), self.seen.notices.join("  ")),
        };
        let lines = crate::screen::layout::wrap(&text, columns);
        let lines = lines.into_iter().filter(|line| !line.is_empty()).take(SAID_ROWS_MAX);
        lines.map(|line| (role, flat(&line))).collect()
    }

    fn about(&self, running: &Running) -> String {
        let seconds = self.calendar.seconds_since(running.since);
        let took = if seconds < 1 { String::new() } else { format!("  {seconds} s") };
        match running.is_ending {
            true => format!("Ending {} ...", running.action.words()),
            false if seconds < 1 && !running.action.runs_commands() => running.action.words(),
            false => format!("Running: {}{took}   Ctrl-C ends it", running.action.words()),
        }
    }

    pub(super) fn say(&mut self, role: Option<Role>, text: impl Into<String>) -> Vec<Effect> {
        self.said = Some((role, text.into()));
        Vec::new()
    }

    /// Asks the engine, one thing at a time.
    pub(super) fn perform(&mut self, action: Action) -> Vec<Effect> {
        if let Some(running) = &self.running {
            let text = format!("{} is under way; Ctrl-C ends it.", running.action.words());
            return self.say(Some(Role::Doubt), text);
        }
        let needs_terminal = action.runs_commands() && self.talks_to_a_person(&action);
        if let Some(step) = action.step().filter(|_| action.runs_commands()) {
            self.output = Some(Output::of(step));
            self.shows_output = false;
        }
        self.said = None;
        self.running = Some(Running { action: action.clone(), since: self.calendar.now(), is_ending: false });
        vec![Effect::Perform { action, needs_terminal }]
    }

    fn talks_to_a_person(&self, action: &Action) -> bool {
        let step = self.seen.view.steps.iter().find(|step| Some(step.id.as_str()) == action.step());
        step.is_some_and(|step| step.all_commands().any(|command| command.interactive))
    }

    fn paste(&mut self, text: &str) -> Vec<Effect> {
        match (&mut self.dialog, &mut self.search.typed) {
            (Some(dialog), _) => dialog.paste(text),
            (None, Some((field, _))) => {
                field.insert(text);
                self.search_on();
            }
            (None, None) => {}
        }
        Vec::new()
    }

    fn key(&mut self, key: KeyEvent) -> Vec<Effect> {
        if key.modifiers.contains(KeyModifiers::ALT) && !self.is_typing() {
            // Terminals send Alt as Esc before the key, so this is what Esc and a key in haste look like.
            let mut effects = self.key(KeyCode::Esc.into());
            effects.extend(self.key(KeyEvent::new(key.code, key.modifiers - KeyModifiers::ALT)));
            return effects;
        }
        if key.modifiers.contains(KeyModifiers::CONTROL) && key.code == KeyCode::Char('z') {
            return vec![Effect::Stop];
        }
        if let Some(dialog) = &mut self.dialog {
            let (room, page) = popup::room(dialog, self.size);
            let given = dialog.key(key, room, page);
            if !matches!(given, Given::Open) {
                self.dialog = None;
            }
            return self.given(given);
        }
        if self.search.typed.is_some() {
            return self.search_key(key);
        }
        self.said = None;
        keys::wish(key).map_or_else(Vec::new, |wish| self.wish(wish))
    }

    /// Whether keys are letters of a text.
    fn is_typing(&self) -> bool {
        let asks_text = |dialog: &Dialog| matches!(dialog.asks, Asks::Line { .. });
        self.search.typed.is_some() || self.dialog.as_ref().is_some_and(asks_text)
    }

    /// Lines in sight of the part that keys move in.
    pub(super) fn page(&self) -> usize {
        let area = self.places().and_then(|places| match self.focus {
            Focus::List => places.list,
            Focus::Detail => places.detail,
        });
        area.map_or(1, |area| usize::from(area.height))
    }

    /// Moves the cursor, or what is in sight of the step or of its output.
    pub(super) fn go_by(&mut self, lines: isize) {
        let page = self.page();
        match (self.focus, &mut self.output) {
            (Focus::List, _) => {
                self.list.go_by(lines);
                self.moved();
            }
            (Focus::Detail, Some(output)) if self.shows_output => {
                output.scroll(lines, page.saturating_sub(1));
            }
            (Focus::Detail, _) => self.scroll = self.scroll.saturating_add_signed(lines),
        }
    }

    /// Another step is meant: it is shown from its beginning, unless something runs.
    pub(super) fn moved(&mut self) {
        self.scroll = 0;
        self.shows_output &= self.running.as_ref().is_some_and(|running| running.action.runs_commands());
    }

    /// Ends what runs, and leaves when it has ended.
    pub(super) fn end_and_leave(&mut self) -> Vec<Effect> {
        match &mut self.running {
            Some(running) => {
                running.is_ending = true;
                self.is_leaving = true;
                vec![Effect::Cancel]
            }
            None => vec![Effect::Leave],
        }
    }

    pub(super) fn wish(&mut self, wish: Wish) -> Vec<Effect> {
        match wish {
            Wish::Move(lines) => self.go_by(lines),
            Wish::HalfPage(pages) => self.go_by(pages * (self.page() / 2).max(1).cast_signed()),
            Wish::Page(pages) => self.go_by(pages * self.page().max(1).cast_signed()),
            Wish::Top => self.go_by(-(isize::MAX / 2)),
            Wish::Bottom => self.go_by(isize::MAX / 2),
            Wish::Next | Wish::Before => return self.next(wish == Wish::Next),
            Wish::Search => {
                self.focus = Focus::List;
                self.search.typed = Some((Field::default(), self.list.cursor()));
            }
            Wish::List => self.focus = Focus::List,
            Wish::Detail => self.focus = Focus::Detail,
            Wish::Other if self.focus == Focus::List => self.focus = Focus::Detail,
            Wish::Other => self.focus = Focus::List,
            Wish::Close => self.close(),
            Wish::Help => self.dialog = Some(popup::help(self.size.0)),
            Wish::Redraw => return vec![Effect::Redraw],
            Wish::Stop => return vec![Effect::Stop],
            Wish::Leave | Wish::Interrupt => return self.leave(wish == Wish::Interrupt),
            other => return self.act(other),
        }
        Vec::new()
    }
}
