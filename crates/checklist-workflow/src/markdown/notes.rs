//! What a reader of an imported list should know: everything that was read otherwise than it may look.

use super::InitialStatus;
use super::blocks::{Blocks, Take};
use super::lines::{Line, Part};
use crate::diagnostic::{Diagnostics, Finding};

const NEAR_BOX: (&str, &str) =
    ("this looks like a check box and is none", "a box stands right behind a list marker: `- [ ] text`");
const PROMPT_BOX: (&str, &str) = (
    "a box inside an `[[LLM: ...]]` block is a part of the prompt, not a step",
    "end the block with `]]` above the list",
);
const CODE: (&str, &str) = (
    "this code became a command of the item above, which runs only when it is approved",
    "code in a fence for another language, or for none, stays text",
);
const TRAILING_PROMPT: (&str, &str) =
    ("no item follows this prompt, so it belongs to the last one", "put it above the item it is about");
const OPEN_PROMPT: (&str, &str) = ("this `[[LLM:` block is never closed", "end it with `]]`");
const NEVER_CLOSED: (&str, &str) =
    ("this code fence or comment is never closed, so it is text", "close it, or escape it with `\\`");
const SECOND_CURRENT: (&str, &str) =
    ("more than one box says `[/]`", "a run has one current step: the first of them");

/// Adds the notes about a list.
pub(super) fn add(blocks: &Blocks, lines: &[Line<'_>], take: Take, notes: &mut Diagnostics) {
    if let (Take::AllItems, Some(first)) = (take, blocks.entries.first()) {
        let count = blocks.entries.len();
        let message = format!("no check box in this file: its {count} list items became the steps");
        let help = "to choose the steps yourself, put `[ ]` behind the marker of each";
        notes.add(Finding::note(place(lines, first.line), message).help(help));
    }
    let never_closed = numbers(lines, |line| line.part == Part::NeverClosed);
    let is_current = |status| status == InitialStatus::Current;
    let current = blocks.entries.iter().filter(|entry| is_current(entry.status)).map(|entry| entry.line);
    let second_current: Vec<_> = current.skip(1).take(1).collect();
    let first_code = blocks.code_lines.get(..1).unwrap_or_default();
    let rows: [(&[usize], (&str, &str)); 7] = [
        (&blocks.near_boxes, NEAR_BOX),
        (&blocks.prompt_box_lines, PROMPT_BOX),
        (first_code, CODE),
        (&blocks.trailing_prompts, TRAILING_PROMPT),
        (&blocks.open_prompts, OPEN_PROMPT),
        (&never_closed, NEVER_CLOSED),
        (&second_current, SECOND_CURRENT),
    ];
    for (at, (message, help)) in rows.into_iter().flat_map(|(at, row)| at.iter().map(move |at| (*at, row))) {
        notes.add(Finding::note(place(lines, at), message).help(help));
    }
}

/// The numbers, counted from 1, of the lines that are so.
fn numbers(lines: &[Line<'_>], is_so: impl Fn(&Line<'_>) -> bool) -> Vec<usize> {
    lines.iter().zip(1..).filter(|(line, _)| is_so(line)).map(|(_, number)| number).collect()
}

/// The bytes of a line, counted from 1.
pub(super) fn place(lines: &[Line<'_>], number: usize) -> std::ops::Range<usize> {
    lines.get(number.saturating_sub(1)).map_or(0..0, |line| {
        let indent = line.text.len() - line.text.trim_start().len();
        line.start + indent..line.start + line.text.trim_end().len().max(indent)
    })
}
