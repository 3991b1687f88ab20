//! What differs between two lists: step by step, and line by line.

use crate::template::{Step, Template};
use std::collections::HashMap;

/// Cells of the table of common lines; lists that differ in more are shown as replaced.
const CELLS_MAX: usize = 4_000_000;

/// How one list differs from another.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ListDiff {
    /// The steps that differ, in the order of the new list, those that are gone at the end.
    pub steps: Vec<StepDiff>,
    /// What else differs, in the words of a template: `title`, `variables`, …
    pub other: Vec<&'static str>,
    /// Whether steps that both have stand in another order.
    pub is_reordered: bool,
    /// The lines of both.
    pub lines: Vec<Line>,
}

/// How one step differs.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum StepDiff {
    /// It is new.
    Added {
        /// Its id.
        id: String,
        /// Its title.
        title: String,
    },
    /// It is gone.
    Removed {
        /// Its id.
        id: String,
        /// Its title.
        title: String,
    },
    /// Both have it, and it says something else.
    Changed {
        /// Its id.
        id: String,
        /// Its new title.
        title: String,
        /// What differs, in the words of a template.
        what: Vec<&'static str>,
    },
}

/// One line of a comparison.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Line {
    /// Both have it.
    Same(String),
    /// Only the old one has it.
    Old(String),
    /// Only the new one has it.
    New(String),
}

impl ListDiff {
    /// Whether there is no difference that a run would notice.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.steps.is_empty() && self.other.is_empty() && !self.is_reordered && self.changed_lines() == 0
    }

    /// Lines that only one of them has.
    #[must_use]
    pub fn changed_lines(&self) -> usize {
        self.lines.iter().filter(|line| !matches!(line, Line::Same(_))).count()
    }
}

/// Compares two lists and their sources.
///
/// ```
/// use checklist_workflow::Template;
/// use checklist_workflow::diff::{StepDiff, diff};
///
/// let old = "checklist: 1\nid: a\ntitle: A\nsteps:\n  - { id: one, title: One }\n";
/// let new = "checklist: 1\nid: a\ntitle: A\nsteps:\n  - { id: one, title: One }\n  - { id: two, title: Two }\n";
/// let difference = diff((&Template::parse("a.yaml", old)?, old), (&Template::parse("a.yaml", new)?, new));
/// assert!(matches!(difference.steps.as_slice(), [StepDiff::Added { id, .. }] if id == "two"));
/// assert!(!difference.is_empty() && difference.changed_lines() == 1);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[must_use]
pub fn diff(old: (&Template, &str), new: (&Template, &str)) -> ListDiff {
    let ((old, old_source), (new, new_source)) = (old, new);
    let by_id: HashMap<&str, &Step> = old.steps.iter().map(|step| (step.id.as_str(), step)).collect();
    let is_new = |id: &str| new.steps.iter().any(|step| step.id == id);
    let mut steps: Vec<StepDiff> =
        new.steps.iter().filter_map(|step| step_diff(by_id.get(step.id.as_str()).copied(), step)).collect();
    let new_ids: std::collections::HashSet<&str> = new.steps.iter().map(|step| step.id.as_str()).collect();
    let gone = old.steps.iter().filter(|step| !new_ids.contains(step.id.as_str()));
    steps.extend(gone.map(|step| StepDiff::Removed { id: step.id.clone(), title: step.title.clone() }));
    let order = |template: &Template, is_common: &dyn Fn(&str) -> bool| -> Vec<String> {
        template.steps.iter().filter(|step| is_common(&step.id)).map(|step| step.id.clone()).collect()
    };
    let is_reordered = order(old, &is_new) != order(new, &|id| by_id.contains_key(id));
    let facts = [
        ("title", old.title != new.title),
        ("description", old.description != new.description),
        ("version", old.version != new.version),
        ("mode", old.mode != new.mode),
        ("owner", old.owner != new.owner),
        ("reviewed", old.reviewed != new.reviewed),
        ("variables", old.variables != new.variables),
        ("defaults", old.defaults != new.defaults),
        ("extends", old.extends != new.extends),
    ];
    let other = facts.into_iter().filter(|(_, differs)| *differs).map(|(name, _)| name).collect();
    ListDiff { steps, other, is_reordered, lines: lines(old_source, new_source) }
}

fn step_diff(old: Option<&Step>, new: &Step) -> Option<StepDiff> {
    let (id, title) = (new.id.clone(), new.title.clone());
    let Some(old) = old else { return Some(StepDiff::Added { id, title }) };
    // The line it begins on is no part of what a step says.
    let moved = Step { line: new.line, ..old.clone() };
    if moved == *new {
        return None;
    }
    let facts = [
        ("title", old.title != new.title),
        ("description", old.description != new.description),
        ("type", old.kind != new.kind),
        ("section", old.section != new.section),
        ("parent", old.parent != new.parent),
        ("needs", old.needs != new.needs),
        ("condition", old.condition != new.condition),
        ("commands", old.commands != new.commands),
        ("checks", old.validation != new.validation),
        ("confirm", old.confirm != new.confirm),
        ("input", old.input != new.input),
        ("killer", old.killer != new.killer),
        ("skippable", old.skippable != new.skippable),
        ("assignee", old.assignee != new.assignee),
        ("timeout", old.timeout != new.timeout),
        ("outputs", old.outputs != new.outputs),
        ("rollback", old.rollback != new.rollback),
    ];
    let what = facts.into_iter().filter(|(_, differs)| *differs).map(|(name, _)| name).collect();
    Some(StepDiff::Changed { id, title, what })
}

/// The lines of two texts, those that both have found by the longest common subsequence (Wagner and Fischer, 1974),
/// after what is alike at both ends was set aside.
fn lines(old: &str, new: &str) -> Vec<Line> {
    let (old, new): (Vec<&str>, Vec<&str>) = (old.lines().collect(), new.lines().collect());
    let first = old.iter().zip(&new).take_while(|(a, b)| a == b).count();
    let rest = old.len().min(new.len()) - first;
    let last = old.iter().rev().zip(new.iter().rev()).take(rest).take_while(|(a, b)| a == b).count();
    let (a, b) = (&old[first..old.len() - last], &new[first..new.len() - last]);
    let text = |line: &&str| (*line).to_owned();
    let mut found: Vec<Line> = old[..first].iter().map(|line| Line::Same(text(line))).collect();
    if a.len().saturating_mul(b.len()) > CELLS_MAX {
        found.extend(a.iter().map(|line| Line::Old(text(line))));
        found.extend(b.iter().map(|line| Line::New(text(line))));
    } else {
        middle(a, b, &mut found);
    }
    found.extend(old[old.len() - last..].iter().map(|line| Line::Same(text(line))));
    found
}

fn middle(a: &[&str], b: &[&str], found: &mut Vec<Line>) {
    // common[i][j]: how many lines a[i..] and b[j..] have in common, in order.
    let width = b.len() + 1;
    let mut common = vec![0_u32; (a.len() + 1) * width];
    for i in (0..a.len()).rev() {
        for j in (0..b.len()).rev() {
            common[i * width + j] = match a[i] == b[j] {
                true => common[(i + 1) * width + j + 1] + 1,
                false => common[(i + 1) * width + j].max(common[i * width + j + 1]),
            };
        }
    }
    let (mut i, mut j) = (0, 0);
    while i < a.len() || j < b.len() {
        let takes_old = i < a.len()
            && (j == b.len() || a[i] != b[j] && common[(i + 1) * width + j] >= common[i * width + j + 1]);
        if i < a.len() && j < b.len() && a[i] == b[j] {
            found.push(Line::Same(a[i].to_owned()));
            (i, j) = (i + 1, j + 1);
        } else if takes_old {
            found.push(Line::Old(a[i].to_owned()));
            i += 1;
        } else {
            found.push(Line::New(b[j].to_owned()));
            j += 1;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_are_compared_as_people_do() {
        let shown = |old: &str, new: &str| -> String {
            let line = |line: Line| match line {
                Line::Same(text) => format!(" {text}"),
                Line::Old(text) => format!("-{text}"),
                Line::New(text) => format!("+{text}"),
            };
            lines(old, new).into_iter().map(line).collect::<Vec<_>>().join("|")
        };
        assert_eq!(shown("a\nb\nc\n", "a\nx\nc\n"), " a|-b|+x| c");
        assert_eq!(shown("a\nb\n", "b\na\n"), "-a| b|+a");
        assert_eq!(shown("", "a\n"), "+a");
        assert_eq!(shown("a\na\n", "a\n"), " a|-a");
        let many: String = (0..3000).map(|n| format!("{n}\n")).collect();
        let other: String = (0..3000).map(|n| format!("x{n}\n")).collect();
        assert_eq!(lines(&many, &other).len(), 6000);
    }

    #[test]
    fn steps_are_compared_by_their_ids() {
        let read = |steps: &str| {
            let source = format!("checklist: 1\nid: t\ntitle: T\nsteps:\n{steps}");
            (Template::parse("t.yaml", &source).unwrap(), source)
        };
        let (a, b) = (
            read("  - { id: a, title: A }\n  - { id: b, title: B, needs: [] }\n"),
            read("  - { id: b, title: Bee, needs: [], killer: true }\n  - { id: c, title: C }\n"),
        );
        let found = diff((&a.0, &a.1), (&b.0, &b.1));
        assert_eq!(
            found.steps,
            [
                StepDiff::Changed { id: "b".into(), title: "Bee".into(), what: vec!["title", "killer"] },
                StepDiff::Added { id: "c".into(), title: "C".into() },
                StepDiff::Removed { id: "a".into(), title: "A".into() },
            ]
        );
        assert!(!found.is_reordered && found.changed_lines() == 4);
        assert!(diff((&a.0, &a.1), (&a.0, &a.1)).is_empty());
    }
}
