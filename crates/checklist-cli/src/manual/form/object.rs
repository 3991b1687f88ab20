//! A page as members of a JSON object.

use super::terminal;
use crate::manual::{Block, Page, Pair};
use crate::screen::layout::Look;
use serde_json::{Value, json};

/// Columns of the text that comes with the parts.
const TEXT: Look = Look::SCREEN;

pub(crate) fn page(page: &Page) -> Value {
    let sections = page.sections.iter().map(|section| {
        let blocks: Value = section.blocks.iter().map(block).collect();
        json!({"title": section.title, "blocks": blocks})
    });
    json!({"name": page.name, "about": page.about, "sections": sections.collect::<Value>(),
        "text": terminal::page(page, TEXT)})
}

fn block(block: &Block) -> Value {
    let items = |pairs: &[Pair], left: &str, right: &str| -> Value {
        pairs.iter().map(|pair| json!({left: pair.left.trim(), right: pair.right})).collect()
    };
    match block {
        Block::Text(text) => json!({"kind": "text", "text": text}),
        Block::Code(code) => json!({"kind": "code", "text": code}),
        Block::Examples(pairs) => json!({"kind": "examples", "items": items(pairs, "command", "about")}),
        Block::Terms(pairs) => json!({"kind": "terms", "items": items(pairs, "term", "about")}),
    }
}
