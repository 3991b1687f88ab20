//! Pages as one Markdown document: what `docs/cli.md` holds.

use super::super::{GROUPS, Page, TOPICS, command, overview, topic};
use crate::manual::{Block, Pair};
use clap::Command;
use unicode_width::UnicodeWidthStr as _;

const HEAD: &str = "\
# The command line

Every command with its examples, every topic, in the words of the program. It is written by `cargo xtask docs`, and a
test compares it: change the program, not this page. The same is in `checklist help COMMAND`, `checklist help TOPIC`
and, for `man`, in `checklist man --out DIR`.
";

/// The whole manual.
pub(crate) fn manual(tree: &Command) -> String {
    let mut text = HEAD.to_owned();
    let first = overview(tree);
    text.push_str("\n## Contents\n\n");
    for group in GROUPS {
        let links = group.commands.iter().map(|name| link(name, &format!("checklist-{name}")));
        text.push_str(&format!("* {}: {}\n", group.title, links.collect::<Vec<_>>().join(", ")));
    }
    let topics = TOPICS.iter().map(|topic| link(topic.name, topic.name));
    text.push_str(&format!("* Topics: {}\n", topics.collect::<Vec<_>>().join(", ")));
    let kept = ["Begin", "Everywhere", "More"];
    let sections = first.sections.into_iter().filter(|section| kept.contains(&section.title.as_str()));
    text.push_str(&page(&Page { sections: sections.collect(), ..first }, 2));
    for group in GROUPS {
        text.push_str(&format!("\n## {}\n", group.title));
        for name in group.commands {
            text.extend(command::pages(tree, &[name]).iter().map(|page| self::page(page, 3)));
        }
    }
    text.push_str("\n## Topics\n");
    for page in TOPICS.iter().filter_map(|known| topic(known.name)) {
        text.push_str(&self::page(&page, 3));
    }
    text
}

fn link(name: &str, anchor: &str) -> String {
    format!("[{name}](#{anchor})")
}

/// A page under a heading of this level.
fn page(page: &Page, level: usize) -> String {
    let mut text = format!("\n{} {}\n\n{}\n", "#".repeat(level), page.name, sentence(&page.about));
    for section in &page.sections {
        // What every command takes is said once.
        if level == 3 && section.title == "Everywhere" {
            continue;
        }
        if section.title != "Examples" {
            text.push_str(&format!("\n**{}**\n", section.title));
        }
        for block in &section.blocks {
            text.push('\n');
            text.push_str(&self::block(block));
        }
    }
    text
}

/// A line of `about` as a sentence; a topic begins with its name, in the heading.
fn sentence(about: &str) -> String {
    let mut chars = about.chars();
    let first = chars.next().map(|first| first.to_uppercase().collect::<String>()).unwrap_or_default();
    escaped(&format!("{first}{}.", chars.as_str()))
}

fn block(block: &Block) -> String {
    match block {
        Block::Text(text) => format!("{}\n", wrapped(&escaped(text))),
        Block::Code(code) => format!("```text\n{code}\n```\n"),
        Block::Examples(pairs) => {
            let widest = pairs.iter().map(|pair| pair.left.width()).max().unwrap_or(0);
            let line = |pair: &Pair| {
                let gap = " ".repeat(widest - pair.left.width());
                format!("$ {}{gap}   # {}\n", pair.left, pair.right)
            };
            format!("```console\n{}```\n", pairs.iter().map(line).collect::<String>())
        }
        Block::Terms(pairs) => {
            let row = |pair: &Pair| format!("| {} | {} |\n", spelled(pair.left.trim()), escaped(&pair.right));
            format!("| | |\n|---|---|\n{}", pairs.iter().map(row).collect::<String>())
        }
    }
}

/// A word as code, in a table.
fn spelled(word: &str) -> String {
    format!("`{}`", word.replace('|', "\\|"))
}

/// Text in which nothing is markup.
fn escaped(text: &str) -> String {
    let mut escaped = String::with_capacity(text.len());
    for char in text.chars() {
        if matches!(char, '\\' | '`' | '*' | '_' | '<' | '[' | ']' | '|') {
            escaped.push('\\');
        }
        escaped.push(char);
    }
    escaped
}

fn wrapped(text: &str) -> String {
    crate::screen::layout::wrap(text, 118).join("\n")
}
