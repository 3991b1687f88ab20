//! The topics of `help`: what is not about one command, in the words and the tables of the program itself.

mod agents;
mod concepts;
mod conditions;
mod environment;
mod exit_codes;
mod files;
mod keys;
mod markers;
mod recovery;
mod templates;

pub(super) use environment::READ;
pub(super) use files::{ELSEWHERE, MACHINE, PROJECT};

use super::{Page, Section};

/// A topic.
pub(crate) struct Topic {
    pub(crate) name: &'static str,
    /// One line without a full stop.
    pub(crate) about: &'static str,
    sections: fn() -> Vec<Section>,
}

const fn of(name: &'static str, about: &'static str, sections: fn() -> Vec<Section>) -> Topic {
    Topic { name, about, sections }
}

/// Every topic, in the order in which a newcomer should read them.
pub(crate) const TOPICS: &[Topic] = &[
    of("concepts", "the dozen words that everything else is said in", concepts::sections),
    of("templates", "lists in YAML and in Markdown, by example", templates::sections),
    of("conditions", "when a step applies", conditions::sections),
    of("recovery", "after a crash, a kill, a full disk, or damage", recovery::sections),
    of("agents", "for programs that work through a list", agents::sections),
    of("markers", "the signs before a step, and the words behind it", markers::sections),
    of("keys", "the keys of the panel, checklist ui", keys::sections),
    of("files", "what lies where, and what belongs into git", files::sections),
    of("environment", "variables that are read, and those that commands get", environment::sections),
    of("exit-codes", "what each code means, and what to do about it", exit_codes::sections),
];

/// The page of a topic.
pub(crate) fn topic(name: &str) -> Option<Page> {
    let topic = TOPICS.iter().find(|topic| topic.name == name)?;
    Some(Page { name: topic.name.to_owned(), about: topic.about.to_owned(), sections: (topic.sections)() })
}
