//! A page of the documentation: its fenced blocks, and what the comments before them say of them.
//!
//! ```text
//! <!-- file: release.yaml -->         it is written there before anything else; `approved file:` approves it too
//! <!-- before: git init -q -->        run first, and not shown
//! <!-- keys: d | not today | q -->    run at a terminal at which somebody types this, each with Enter
//! <!-- not run: because … -->         it is not run, and why
//! <!-- goes on -->                    the section goes on in the folder of the one before
//! ```

use std::path::Path;

/// A fenced block of a page.
#[derive(Debug, Default)]
pub(crate) struct Block {
    /// `docs/agents.md:41`, the line of its fence.
    pub(crate) place: String,
    pub(crate) section: usize,
    /// The word behind the fence: `console`, `yaml`; empty for a picture.
    pub(crate) language: String,
    pub(crate) text: String,
    pub(crate) file: Option<String>,
    pub(crate) is_approved: bool,
    pub(crate) before: Vec<String>,
    pub(crate) keys: Option<Vec<String>>,
    pub(crate) not_run: Option<String>,
    pub(crate) goes_on: bool,
}

impl Block {
    /// Takes what a comment says; `false` if it says nothing about a block.
    fn take(&mut self, comment: &str) -> bool {
        let (word, rest) = comment.split_once(':').unwrap_or((comment, ""));
        let rest = rest.trim().to_owned();
        match word.trim() {
            "file" => self.file = Some(rest),
            "approved file" => (self.file, self.is_approved) = (Some(rest), true),
            "before" => self.before.push(rest),
            "keys" => self.keys = Some(rest.split('|').map(|key| key.trim().to_owned()).collect()),
            "not run" => self.not_run = Some(rest),
            "goes on" => self.goes_on = true,
            _ => return false,
        }
        true
    }
}

/// Every fenced block of a page, in order.
///
/// # Panics
/// Where a comment is about no block, or a block is indented instead of fenced: nobody could say what it is.
pub(crate) fn blocks(page: &str) -> Vec<Block> {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../..").join(page);
    let text = std::fs::read_to_string(&path).unwrap_or_else(|error| panic!("{page}: {error}"));
    let mut reader = Reader::default();
    for (at, line) in text.lines().enumerate() {
        reader.line(line, &format!("{page}:{}", at + 1));
    }
    assert!(reader.open.is_none() && reader.comment.is_none(), "{page} ends within a block");
    reader.blocks
}

#[derive(Default)]
struct Reader {
    blocks: Vec<Block>,
    section: usize,
    next: Block,
    /// Comments wait here for the block that they are about.
    is_awaited: bool,
    comment: Option<String>,
    open: Option<(String, Block)>,
    is_after_blank: bool,
}

impl Reader {
    fn line(&mut self, line: &str, place: &str) {
        if let Some((fence, mut block)) = self.open.take() {
            if line.trim() == fence {
                self.blocks.push(block);
            } else {
                block.text.push_str(line);
                block.text.push('\n');
                self.open = Some((fence, block));
            }
        } else if let Some(comment) = self.comment.take() {
            self.comment_goes_on(format!("{comment}\n{line}"));
        } else if let Some(comment) = line.strip_prefix("<!-- ") {
            self.comment_goes_on(comment.to_owned());
        } else if line.starts_with("```") {
            let word = line.trim_start_matches('`');
            let mut block = std::mem::take(&mut self.next);
            self.is_awaited = false;
            (block.place, block.section) = (place.to_owned(), self.section);
            word.trim().clone_into(&mut block.language);
            self.open = Some((line[..line.len() - word.len()].to_owned(), block));
        } else {
            assert!(!(self.is_after_blank && line.starts_with("    ")), "{place}: fence it: {line}");
            assert!(line.is_empty() || !self.is_awaited, "{place}: no block for the comment before");
            self.section += usize::from(line.starts_with("## "));
        }
        self.is_after_blank = line.is_empty();
    }

    fn comment_goes_on(&mut self, comment: String) {
        match comment.trim_end().strip_suffix("-->") {
            Some(whole) => self.is_awaited |= self.next.take(whole.trim()),
            None => self.comment = Some(comment),
        }
    }
}
