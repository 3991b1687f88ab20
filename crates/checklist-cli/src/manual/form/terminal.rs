//! A page as text, laid out for the width of a terminal.

use crate::manual::{Block, Page, Pair, Section};
use crate::screen::layout::{Look, Role, pad, width, wrap};

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
