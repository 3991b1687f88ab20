//! `Page`: a page of the manual as a value. `help`, the man pages and `docs/cli.md` are forms of the same pages.

mod command;
mod examples;
mod groups;
mod man;
mod overview;
mod topics;

pub(crate) mod form;

pub(crate) use command::{command, tree, value_name};
pub(crate) use groups::GROUPS;
pub(crate) use man::{man_page, man_pages};
pub(crate) use overview::overview;
use topics::READ;
pub(crate) use topics::{TOPICS, topic};

/// What the program is for, in one line.
pub(crate) const PURPOSE: &str =
    "Run a checklist, a runbook or a release beside the code. Stop anywhere, carry on at the exact step.";

/// A page: about a command, about a topic, or the first one.
#[derive(Clone, Debug)]
pub(crate) struct Page {
    /// `checklist done`, or the name of a topic.
    pub(crate) name: String,
    /// One line without a full stop.
    pub(crate) about: String,
    pub(crate) sections: Vec<Section>,
}

/// A part of a page, under a heading.
#[derive(Clone, Debug)]
pub(crate) struct Section {
    pub(crate) title: String,
    pub(crate) blocks: Vec<Block>,
}

/// A piece of a section.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Block {
    /// A paragraph.
    Text(String),
    /// Commands to type, each with what it does.
    Examples(Vec<Pair>),
    /// Words, each with what it means.
    Terms(Vec<Pair>),
    /// Lines that are shown as they are.
    Code(String),
}

/// What is typed or read, and what it is about.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Pair {
    pub(crate) left: String,
    pub(crate) right: String,
}

impl Pair {
    pub(crate) fn new(left: impl Into<String>, right: impl Into<String>) -> Pair {
        Pair { left: left.into(), right: right.into() }
    }
}

/// Every page: the first one, the commands in their groups, the topics.
pub(crate) fn pages(tree: &clap::Command) -> Vec<Page> {
    let commands =
        GROUPS.iter().flat_map(|group| group.commands).flat_map(|name| command::pages(tree, &[name]));
    let topics = TOPICS.iter().filter_map(|known| topic(known.name));
    std::iter::once(overview(tree)).chain(commands).chain(topics).collect()
}

/// A section of a topic, in the order of its blocks.
fn section(title: &str, blocks: Vec<Block>) -> Section {
    Section { title: title.to_owned(), blocks }
}

fn pairs(pairs: &[(&str, &str)]) -> Vec<Pair> {
    pairs.iter().map(|(left, right)| Pair::new(*left, *right)).collect()
}

fn examples(of: &[(&str, &str)]) -> Block {
    Block::Examples(pairs(of))
}

fn terms(of: &[(&str, &str)]) -> Block {
    Block::Terms(pairs(of))
}

fn text(text: &str) -> Block {
    Block::Text(text.to_owned())
}

fn code(text: &str) -> Block {
    Block::Code(text.trim_matches('\n').to_owned())
}

#[cfg(test)]
mod tests;
