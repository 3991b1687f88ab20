//! Markdown task lists, as people keep them in issue templates and `RELEASE.md` files, read as templates.
//!
//! The reader goes line by line and takes what lists in the wild look like: boxes under paragraphs, odd indentation,
//! markers of every style. A box is never lost in silence: a second counter that shares no code with the reader has
//! to find the same boxes on the same lines, or the import fails and names them.

mod merge;

mod import;

mod steps;

mod blocks;

mod attributes;
mod code;
mod count;
mod lines;
mod notes;
mod prompt;
mod syntax;

use crate::diagnostic::Diagnostics;
use crate::template::Template;

pub use self::import::import;
pub use self::merge::{Difference, Merged, merge};

/// Steps one list may have.
pub const STEPS_MAX: usize = 50_000;

/// A Markdown list, read.
///
/// Its steps are in the order of the file, of type `task`, and need nothing: a list is walked from top to bottom, but
/// no item blocks another. What is otherwise, `<!-- checklist: needs=a,b killer -->` on or below the item says; there
/// are also `id=x`, `assignee=x`, `skippable` and, for the tool to run it, `auto`. A box nested under another box has
/// it as its `parent`; the parent is done when its children are settled. A `[[LLM: ...]]` block is an `agent` command
/// of the step that follows it, and a fence for `sh`, `bash` or `console` under an item a `bash` command of that item.
#[derive(Debug, Clone, PartialEq)]
pub struct Imported {
    /// The list as a template, its notes among it.
    pub template: Template,
    /// What the box of each step said; as many as the template has steps, in the same order.
    pub statuses: Vec<InitialStatus>,
    /// Boxes that became steps. Zero when there are none and list items were taken instead.
    pub boxes: usize,
    /// Boxes in code fences: examples, not steps.
    pub fenced_boxes: usize,
    /// Boxes in HTML comments: not shown, so not steps.
    pub comment_boxes: usize,
    /// Boxes in `[[LLM: ...]]` blocks: a part of the prompt.
    pub prompt_boxes: usize,
    /// Whether the file has no box at all and its list items became the steps.
    pub from_list_items: bool,
    /// What the comments of each step say.
    attributes: Vec<attributes::Attributes>,
}

impl Imported {
    /// What a reader of the list would like to know; holds no errors.
    #[must_use]
    pub fn notes(&self) -> &Diagnostics {
        &self.template.notes
    }

    /// Whether a step, counted from 0, is no longer in the list it was imported from, and waits for somebody to
    /// confirm that.
    #[must_use]
    pub fn is_removed(&self, step: usize) -> bool {
        self.attributes.get(step).is_some_and(|said| said.removed)
    }
}

/// What a box said when the list was imported.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum InitialStatus {
    /// `[ ]`: to do.
    Todo,
    /// `[x]`: someone says it is done; nothing was checked.
    ClaimedDone,
    /// `[-]`, `[~]` or `[N/A]`: left out.
    Skipped,
    /// `[/]`: being done.
    Current,
}
