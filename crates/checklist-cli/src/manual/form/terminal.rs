//! A page as text, laid out for the width of a terminal.

use crate::manual::{Block, Page, Pair, Section};
use crate::screen::layout::{Look, Role, pad, width, wrap};
use crate::screen::spoken::sentence;

const INDENT: usize = 2;

/// Where what is said about a word does not fit beside it, it stands below, this far in.
const BELOW: usize = 6;

/// What is typed is no wider than this, or what is said about it stands below.
const LEFT_MAX: usize = 42;

/// Fewer columns than these are not worth a column of their own.
const RIGHT_MIN: usize = 24;

/// Lines longer than this are hard to read, however wide the terminal is.
const WIDTH_MAX: usize = 100;

/// The page, with its name above.
pub(crate) fn page(page: &Page, look: Look) -> String {
    if look.is_spoken() {
        return spoken(page);
    }
    let look = Look { width: look.width.min(WIDTH_MAX), ..look };
    let about = wrap(&format!("{}: {}", page.name, page.about), look.width).join("\n");
    let mut text = match about.strip_prefix(&page.name) {
        Some(rest) => format!("{}{rest}\n", look.paint(Role::Strong, &page.name)),
        None => format!("{about}\n"),
    };
    for section in &page.sections {
        text.push('\n');
        text.push_str(&self::section(section, look));
    }
    text
}

/// The same for a screen reader: at the edge, a word and what is said about it in one line.
fn spoken(page: &Page) -> String {
    let pair = |left: &str, right: &str| match right.is_empty() {
        true => format!("{left}\n"),
        false => format!("{left}: {right}\n"),
    };
    let block = |block: &Block| match block {
        Block::Text(text) | Block::Code(text) => format!("{text}\n"),
        // What is typed stays as it is.
        Block::Examples(pairs) => pairs.iter().map(|one| pair(&one.left, &one.right)).collect(),
        Block::Terms(pairs) => pairs.iter().map(|one| pair(&sentence(&one.left), &one.right)).collect(),
    };
    let section = |section: &Section| {
        let blocks: Vec<String> = section.blocks.iter().map(block).collect();
        format!("\n{}:\n{}", section.title, blocks.join("\n"))
    };
    let sections: String = page.sections.iter().map(section).collect();
    format!("{}: {}\n{sections}", page.name, page.about)
}

fn section(section: &Section, look: Look) -> String {
    let mut text = format!("{}\n", look.paint(Role::Strong, &format!("{}:", section.title)));
    for (index, block) in section.blocks.iter().enumerate() {
        if index > 0 {
            text.push('\n');
        }
        text.push_str(&self::block(block, look));
    }
    text
}

fn block(block: &Block, look: Look) -> String {
    let indent = " ".repeat(INDENT);
    match block {
        Block::Text(text) => wrap(text, look.width.saturating_sub(INDENT))
            .iter()
            .map(|line| format!("{indent}{line}\n"))
            .collect(),
        Block::Code(code) => {
            code.lines().map(|line| format!("{indent}{line}").trim_end().to_owned() + "\n").collect()
        }
        Block::Examples(pairs) => columns(pairs, Role::Now, look),
        Block::Terms(pairs) => columns(pairs, Role::Strong, look),
    }
}

/// Words and what is said about each, side by side where there is room.
fn columns(pairs: &[Pair], role: Role, look: Look) -> String {
    let room = look.width.saturating_sub(INDENT + 2 + RIGHT_MIN).min(LEFT_MAX);
    let left = pairs.iter().map(|pair| width(&pair.left)).filter(|width| *width <= room).max().unwrap_or(0);
    let mut text = String::new();
    for pair in pairs {
        let is_beside = width(&pair.left) <= left;
        let (start, right) = match is_beside {
            true => (INDENT + left + 2, look.width.saturating_sub(INDENT + left + 2)),
            false => (BELOW, look.width.saturating_sub(BELOW)),
        };
        let mut lines = wrap(&pair.right, right).into_iter().filter(|line| !line.is_empty());
        let painted = look.paint(role, &pair.left);
        let first = match is_beside {
            true => format!(
                "{painted}{}",
                lines.next().map_or_else(String::new, |line| {
                    format!("{}  {line}", " ".repeat(left - width(&pair.left)))
                })
            ),
            false => painted,
        };
        text.push_str(&format!("{}{first}\n", " ".repeat(INDENT)));
        for line in lines {
            text.push_str(&format!("{}{line}\n", pad("", start)));
        }
    }
    text
}
