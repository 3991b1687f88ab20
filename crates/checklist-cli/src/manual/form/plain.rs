//! A page as lines for programs: the section, a word, and what is said about it, separated by tabs.

use crate::manual::{Block, Page};
use crate::screen::layout::clean;

pub(crate) fn page(page: &Page) -> String {
    let mut text = format!("{}\t\t{}\n", page.name, page.about);
    for section in &page.sections {
        let mut say = |left: &str, right: &str| {
            text.push_str(&format!("{}\t{}\t{}\n", section.title, left.replace('\t', " "), right));
        };
        for block in &section.blocks {
            match block {
                Block::Text(text) => say("", &clean(text)),
                Block::Code(code) => code.lines().for_each(|line| say(line, "")),
                Block::Examples(pairs) | Block::Terms(pairs) => {
                    pairs.iter().for_each(|pair| say(pair.left.trim(), &clean(&pair.right)));
                }
            }
        }
    }
    text
}
