//! `List`: the steps as rows, which of them is meant, and which are in sight.

use checklist_workflow::view::{RunView, StepView};
use std::ops::Range;

/// Rows that stay in sight around the cursor.
const MARGIN: usize = 2;

/// One row of the list.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Row {
    /// Nothing, before a heading.
    Gap,
    /// The heading of the section that this step begins.
    Section(usize),
    /// A step, by its place in the run.
    Step(usize),
}

/// Where in the list a person is. Rows are places alone: what they show is laid out when they are in sight.
#[derive(Clone, Debug, Default)]
pub(crate) struct List {
    rows: Vec<Row>,
    /// The row of each step.
    row_of: Vec<usize>,
    /// The step that is meant, by its place.
    cursor: usize,
    /// The first row in sight.
    top: usize,
}

impl List {
    /// Takes in a run as it is now; the cursor stays on its step.
    pub(crate) fn show(&mut self, view: &RunView, on: Option<&str>) {
        self.rows.clear();
        self.row_of.clear();
        let mut section: Option<&str> = None;
        for (index, step) in view.steps.iter().enumerate() {
            if step.section.as_deref() != section {
                section = step.section.as_deref();
                if !self.rows.is_empty() {
                    self.rows.push(Row::Gap);
                }
                if section.is_some() {
                    self.rows.push(Row::Section(index));
                }
            }
            self.row_of.push(self.rows.len());
            self.rows.push(Row::Step(index));
        }
        let place = |id: &str| view.steps.iter().position(|step| step.id == id);
        let found = on.and_then(place).unwrap_or(self.cursor);
        self.cursor = found.min(view.steps.len().saturating_sub(1));
    }

    pub(crate) fn cursor(&self) -> usize {
        self.cursor
    }

    pub(crate) fn step<'v>(&self, view: &'v RunView) -> Option<&'v StepView> {
        view.steps.get(self.cursor)
    }

    pub(crate) fn go_to(&mut self, place: usize) {
        self.cursor = place.min(self.row_of.len().saturating_sub(1));
    }

    pub(crate) fn go_by(&mut self, steps: isize) {
        self.go_to(self.cursor.saturating_add_signed(steps));
    }

    /// Moves what is in sight so that the cursor is in it.
    pub(crate) fn follow(&mut self, height: usize) {
        let row = self.row_of.get(self.cursor).copied().unwrap_or(0);
        let margin = MARGIN.min(height.saturating_sub(1) / 2);
        // The heading of a section is in sight with its first step.
        let above = if self.cursor == 0 { row } else { margin };
        self.top = self.top.min(row.saturating_sub(above));
        self.top = self.top.max((row + margin + 1).saturating_sub(height));
        self.top = self.top.min(self.rows.len().saturating_sub(height));
    }

    /// The rows in sight: never more than `height`, however long the list is.
    pub(crate) fn in_sight(&self, height: usize) -> &[Row] {
        &self.rows[self.range(height)]
    }

    /// The place of what is in sight among all rows.
    pub(crate) fn range(&self, height: usize) -> Range<usize> {
        let top = self.top.min(self.rows.len());
        top..(top + height).min(self.rows.len())
    }

    /// The next step from the cursor on, around the end, that `is_meant`.
    pub(crate) fn find(
        &self,
        forwards: bool,
        from: usize,
        is_meant: &dyn Fn(usize) -> bool,
    ) -> Option<usize> {
        let count = self.row_of.len();
        (0..count)
            .map(|distance| match forwards {
                true => (from + distance) % count,
                false => (from + count - distance) % count,
            })
            .find(|place| is_meant(*place))
    }
}
