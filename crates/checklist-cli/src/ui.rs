//! `Ui`: the only place that writes to the terminal. stdout is the answer, stderr is talk; below it, the panel
//! of `checklist ui` draws on the whole of it.

mod ability;
mod out;

pub(crate) mod session;

pub(crate) mod access;
mod lookout;
mod worker;

mod panel;

mod answers;
mod asking;
mod search;

mod action;
mod dialog;
mod field;
pub(crate) mod keys;
mod list;
mod output;
mod places;

mod detail;
mod draw;
mod flow;
mod markdown;
mod palette;
mod popup;
mod row;
mod terminal;

use crate::screen::layout::{Drawing, Look};
use crate::screen::prose;
use crate::screen::spoken::sentences;
pub(crate) use ability::ColourChoice;
use ability::{WIDTH_DEFAULT, drawing, has_colour, width};
pub(crate) use out::Out;
use serde_json::Value;
use std::cell::RefCell;
use std::ffi::OsString;
use std::io::{self, IsTerminal as _, Write};
use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::sync::{Mutex, PoisonError};

/// In what form the answer is given.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Format {
    /// For people.
    Human,
    /// One line per thing, its parts separated by tabs.
    Plain,
    /// One JSON object.
    Json,
}

/// The two streams and how to write to them.
#[derive(Debug)]
pub(crate) struct Ui {
    pub(crate) format: Format,
    /// Whether there is a person to ask: stdin and stderr are terminals, and nobody forbade it.
    pub(crate) can_ask: bool,
    /// Whether talk may be drawn over: stderr is a terminal that takes colours, and no program watches.
    pub(crate) can_draw: bool,
    colour_out: bool,
    colour_err: bool,
    width: usize,
    /// How both streams are drawn, where they are for people.
    pub(crate) drawing: Drawing,
    /// What must be known beside the answer, until that is written.
    notices: RefCell<Vec<String>>,
    /// The answer in JSON, until all that is said beside it is known.
    answered: RefCell<Option<Value>>,
    /// Whether what happens is told as it happens, each in a line of JSON before the answer.
    pub(crate) streams: bool,
    out: Arc<Out>,
}

impl Ui {
    /// One that keeps the answer, in JSON, for [`Ui::take_kept`]. Nobody is asked and nobody is talked to.
    pub(crate) fn keeping() -> Ui {
        Ui {
            format: Format::Json,
            can_draw: false,
            can_ask: false,
            colour_out: false,
            colour_err: false,
            width: WIDTH_DEFAULT,
            drawing: Drawing::Framed,
            notices: RefCell::default(),
            answered: RefCell::default(),
            streams: false,
            out: Arc::new(Out { kept: Some(Mutex::default()), ..Out::default() }),
        }
    }

    /// What was answered so far, where it is kept.
    #[cfg(feature = "mcp")]
    pub(crate) fn take_kept(&self) -> String {
        let kept = self.out.kept.as_ref().map(|kept| kept.lock().unwrap_or_else(PoisonError::into_inner));
        kept.map(|mut kept| std::mem::take(&mut *kept)).unwrap_or_default()
    }

    /// Where answers go, for whoever writes lines before them.
    pub(crate) fn out(&self) -> Arc<Out> {
        Arc::clone(&self.out)
    }

    pub(crate) fn new(
        format: Format,
        colour: ColourChoice,
        may_ask: bool,
        lookup: &dyn Fn(&str) -> Option<OsString>,
    ) -> Ui {
        let colour_on = |is_terminal| format == Format::Human && has_colour(colour, is_terminal, lookup);
        let is_dumb = lookup("TERM").is_some_and(|term| term == "dumb");
        let drawing = drawing(is_dumb, lookup);
        let is_watched = lookup("CI").is_some_and(|value| !value.is_empty());
        let talks_to_terminal = io::stderr().is_terminal();
        Ui {
            format,
            can_draw: talks_to_terminal
                && colour_on(talks_to_terminal)
                && drawing == Drawing::Framed
                && !is_watched,
            can_ask: may_ask
                && format != Format::Json
                && io::stdin().is_terminal()
                && io::stderr().is_terminal(),
            colour_out: colour_on(io::stdout().is_terminal()),
            colour_err: colour_on(io::stderr().is_terminal()),
            width: width(lookup),
            drawing,
            notices: RefCell::default(),
            answered: RefCell::default(),
            streams: false,
            out: Arc::default(),
        }
    }

    /// The same, telling what happens as it happens.
    pub(crate) fn streaming(mut self, streams: bool) -> Ui {
        self.streams = streams && self.format == Format::Json;
        self
    }

    /// How the answer is drawn.
    pub(crate) fn look(&self) -> Look {
        match self.format {
            Format::Plain => Look::PLAIN,
            _ => Look { width: self.columns(), colour: self.colour_out, drawing: self.drawing },
        }
    }

    /// How talk is drawn.
    pub(crate) fn look_of_talk(&self) -> Look {
        Look { width: self.columns(), colour: self.colour_err, drawing: self.drawing }
    }

    /// What is read aloud is not broken: the end of a line would be heard as the end of a sentence.
    fn columns(&self) -> usize {
        if self.drawing == Drawing::Spoken { Look::PLAIN.width } else { self.width }
    }

    /// How messages are drawn: whoever reads them from a pipe gets each in a line, however long.
    pub(crate) fn look_of_messages(&self) -> Look {
        let width = if io::stderr().is_terminal() { self.columns() } else { Look::PLAIN.width };
        Look { width, ..self.look_of_talk() }
    }

    /// How findings are drawn that are a part of the answer: as messages are.
    pub(crate) fn look_of_findings(&self) -> Look {
        let width = if io::stdout().is_terminal() { self.columns() } else { Look::PLAIN.width };
        Look { width, ..self.look() }
    }

    /// Whether an answer could not be written, and not because its reader went away.
    pub(crate) fn is_lost(&self) -> bool {
        self.out.is_lost.load(Ordering::Relaxed)
    }

    /// Whether nobody reads the answer any more.
    pub(crate) fn is_closed(&self) -> bool {
        self.out.is_closed.load(Ordering::Relaxed)
    }

    /// The answer, for people and for line readers; nothing in JSON.
    pub(crate) fn answer(&self, text: &str) {
        if self.format != Format::Json {
            self.out.put(text);
        }
    }

    /// The answer in JSON: one object. It is written by [`Ui::end`], for what is said until then is a part of it; of
    /// two the later is the answer, for what failed behind the first is what is to be known.
    pub(crate) fn object(&self, object: Value) {
        if self.format == Format::Json {
            *self.answered.borrow_mut() = Some(object);
        }
    }

    /// Whether something was said that no answer in JSON will have.
    pub(crate) fn has_unsaid(&self) -> bool {
        self.answered.borrow().is_none() && !self.notices.borrow().is_empty()
    }

    /// Writes the answer in JSON, if there is one, with what was said beside it.
    pub(crate) fn end(&self) {
        if let Some(object) = self.answered.take() {
            self.line(object);
        }
    }

    /// One of many objects, each of which is written when it is known.
    pub(crate) fn line(&self, mut object: Value) {
        if self.format != Format::Json {
            return;
        }
        let notices = self.notices.take();
        if let (false, Some(members)) = (notices.is_empty(), object.as_object_mut()) {
            members.insert("notices".to_owned(), notices.into());
        }
        self.out.put(&format!("{}\n", in_order(object)));
    }

    /// Talk: progress and prompts. Silent in JSON, whose reader may have joined both streams.
    pub(crate) fn talk(&self, text: &str) {
        if self.format != Format::Json {
            // Whoever closed stderr does not want to be talked to; the answer still goes out.
            let _ = io::stderr().lock().write_all(text.as_bytes());
        }
    }

    /// A sentence to a person, broken between words where they have a terminal.
    pub(crate) fn say(&self, text: &str) {
        self.talk(&format!("{}\n", prose::flow_below_label(text, self.look_of_messages().width)));
    }

    /// What a command printed, or is: marked as quoted where there are frames.
    pub(crate) fn quoted(&self, line: &str) -> String {
        match self.drawing {
            Drawing::Framed => format!("     | {line}\n"),
            Drawing::Bare => format!("       {line}\n"),
            Drawing::Spoken => format!("{line}\n"),
        }
    }

    /// Text in the column of a step; at the edge where it is read aloud.
    pub(crate) fn of_step(&self, line: &str) -> String {
        if self.drawing == Drawing::Spoken { format!("{line}\n") } else { format!("     {line}\n") }
    }

    /// A question, or the keys there are: the same, with what stands side by side below each other where it must.
    pub(crate) fn ask(&self, text: &str) {
        let Some(end) = (self.drawing == Drawing::Spoken).then(|| text.rfind('\n').map_or(0, |at| at + 1))
        else {
            return self.talk(&prose::flow(text, 3, self.look_of_messages().width));
        };
        // What is asked for last stays as it is, with the space behind it.
        self.talk(&format!("{}{}", sentences(&text[..end]), text[end..].trim_start()));
    }

    /// Something that must be known: talk, and a member of the object in JSON.
    pub(crate) fn notice(&self, text: &str) {
        self.say(text);
        if self.format == Format::Json {
            self.notices.borrow_mut().push(text.to_owned());
        }
    }
}

/// The object with its schema first, where a reader looks for it.
pub(crate) fn in_order(mut object: Value) -> String {
    let Some(members) = object.as_object_mut() else { return object.to_string() };
    let mut text = String::from("{");
    for name in ["schema", "event", "ok"] {
        if let Some(value) = members.remove(name) {
            text.push_str(&format!("\"{name}\":{value},"));
        }
    }
    let rest = object.to_string();
    text.push_str(rest.trim_start_matches('{'));
    text
}

/// Talk that is drawn by another thread than the one that talks, which is silent meanwhile.
pub(crate) fn draw(text: &str) {
    // As with all talk, whoever closed stderr does not want it.
    let _ = io::stderr().lock().write_all(text.as_bytes());
}

/// The columns that talk has now: a window may have become narrower.
pub(crate) fn columns() -> usize {
    let size = rustix::termios::tcgetwinsize(io::stderr()).ok();
    size.map(|size| usize::from(size.ws_col)).filter(|columns| *columns > 0).unwrap_or(WIDTH_DEFAULT)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_answer_is_the_last_object_with_what_was_said_until_the_end() {
        let ui = Ui {
            format: Format::Json,
            out: Arc::new(Out { kept: Some(Mutex::default()), ..Out::default() }),
            ..Ui::new(Format::Json, ColourChoice::Never, false, &|_| None)
        };
        ui.notice("before");
        ui.object(serde_json::json!({"schema": "a"}));
        ui.object(serde_json::json!({"schema": "b"}));
        ui.notice("behind");
        let kept = || ui.out.kept.as_ref().unwrap().lock().unwrap().clone();
        assert!(kept().is_empty() && !ui.has_unsaid(), "it waits for the end");
        ui.end();
        ui.end();
        assert_eq!(kept(), "{\"schema\":\"b\",\"notices\":[\"before\",\"behind\"]}\n");
    }
}
