//! Code fences on the walk over a list: whose they are, and what becomes of their lines.

use super::{Target, Walk};
use crate::markdown::code::{self, Block};
use crate::markdown::syntax::indented;

impl Walk {
    pub(super) fn code_start(&mut self, number: usize, line: &str) {
        let (indent, text) = indented(line);
        let follows_an_item = matches!(self.paragraph, Some(Target::Title(_) | Target::Description(_)));
        if !follows_an_item {
            self.close_to(indent);
        }
        let entry = self.open.iter().rev().find_map(|open| open.entry);
        self.code = entry.map(|entry| (Block::new(number, indent, text), entry, self.blank_above));
        self.paragraph = None;
        self.last_text = None;
        self.blank_above = false;
    }

    pub(super) fn code_line(&mut self, line: &str) {
        if let Some((block, ..)) = &mut self.code {
            block.push(line);
        }
    }

    /// The fence is closed: its code is a command of the entry, or text under it.
    pub(super) fn code_end(&mut self) {
        let Some((block, entry, is_apart)) = self.code.take() else { return };
        let read = code::read(&block);
        if let Some(script) = read.script {
            self.found.code_lines.push(block.line);
            self.found.entries[entry].scripts.push(script);
        }
        if read.is_text {
            self.blank_above = is_apart;
            for line in block.lines {
                self.describe(entry, line);
                self.blank_above = false;
            }
        }
    }
}
