//! The man pages: one for the program, one for each command, one for each topic.

use super::{Block, Page, Pair, READ, Section, TOPICS, command, overview, topic};
use crate::exit::Exit;
use crate::manual::form::roff;
use crate::manual::topics::{ELSEWHERE, MACHINE, PROJECT};
use clap::Command;

/// A man page, and the name of its file.
pub(crate) struct ManPage {
    pub(crate) file: String,
    pub(crate) text: String,
}

/// The page about what words name: nothing (the program), a command, or a topic.
pub(crate) fn man_page(tree: &Command, words: &[&str]) -> Option<ManPage> {
    match words {
        [] => Some(made(first(tree), "checklist")),
        words => {
            let name = format!("checklist-{}", words.join("-"));
            if let Some(page) = command::command(tree, words) {
                return Some(made(ordered(page), &name));
            }
            let page = topic(words[0]).filter(|_| words.len() == 1)?;
            Some(made(page, &name))
        }
    }
}

/// Every page there is.
pub(crate) fn man_pages(tree: &Command) -> Vec<ManPage> {
    let commands = super::GROUPS.iter().flat_map(|group| group.commands);
    let paths = commands.flat_map(|name| command::paths(tree, &[name]));
    let paths = paths.chain(TOPICS.iter().map(|topic| vec![topic.name]));
    std::iter::once(Vec::new()).chain(paths).filter_map(|path| man_page(tree, &path)).collect()
}

/// Topics are in the first section, too: `man` looks for the others in folders of their own.
fn made(mut page: Page, name: &str) -> ManPage {
    page.name = name.to_owned();
    let also = if name == "checklist" { "checklist-help(1)" } else { "checklist(1)" };
    page.sections.push(Section { title: "See also".to_owned(), blocks: vec![Block::Text(also.to_owned())] });
    let text = roff::page(&page, env!("CARGO_PKG_VERSION"));
    ManPage { file: format!("{name}.1"), text }
}

/// The page of the program, with what readers of man pages look for.
fn first(tree: &Command) -> Page {
    let mut page = overview(tree);
    let synopsis = Block::Code("checklist [OPTIONS] [COMMAND]".to_owned());
    page.sections.insert(0, Section { title: "Usage".to_owned(), blocks: vec![synopsis] });
    for section in &mut page.sections {
        match section.title.as_str() {
            "Begin" => section.title = "Examples".to_owned(),
            "Everywhere" => section.title = "Options".to_owned(),
            _ => {}
        }
    }
    let mut add = |title: &str, terms: Vec<Pair>| {
        page.sections.push(Section { title: title.to_owned(), blocks: vec![Block::Terms(terms)] });
    };
    let codes = Exit::ALL.iter().map(|exit| {
        let row = exit.row();
        Pair::new(row.code.to_string(), format!("{}; {}", row.meaning, row.advice))
    });
    add("Exit status", codes.collect());
    add("Files", super::pairs(&[PROJECT, MACHINE, ELSEWHERE].concat()));
    add("Environment", super::pairs(READ));
    ordered(page)
}

/// In the order of man pages: how it is called, then the examples, then the rest.
fn ordered(mut page: Page) -> Page {
    let rank = |section: &Section| match section.title.as_str() {
        "Usage" => 0,
        "Examples" => 1,
        _ => 2,
    };
    page.sections.sort_by_key(rank);
    for section in page.sections.iter_mut().filter(|section| section.title == "Usage") {
        section.title = "Synopsis".to_owned();
    }
    page
}
