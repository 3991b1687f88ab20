//! From the entries of a list to steps: their ids, what they run, and whether what they need is there.

use std::collections::{BTreeMap, HashMap, HashSet};

use super::attributes::Attributes;
use super::blocks::Entry;
use super::lines::Line;
use super::{notes, syntax};
use crate::closest::closest;
use crate::diagnostic::{Diagnostics, Finding};
use crate::template::{self, Action, Command, Step, StepKind};
use crate::text::{self, SLUG_BYTES_MAX};

/// Characters of a title; the rest of a longer text is in the description.
const TITLE_CHARS_MAX: usize = 160;

/// The steps of a list; the heading that is its title is no section of them.
pub(super) fn of(entries: Vec<Entry>, as_title: Option<&str>) -> Vec<Step> {
    let mut ids = Ids::beside(&entries);
    let mut names: Vec<String> = Vec::with_capacity(entries.len());
    let mut steps = Vec::with_capacity(entries.len());
    for mut entry in entries {
        let id = entry.attributes.id.take().unwrap_or_else(|| ids.for_title(&entry.title));
        let parent = entry.parent.map(|parent| names[parent].clone());
        names.push(id.clone());
        steps.push(step(entry, id, parent, as_title));
    }
    steps
}

/// Looks for ids that stand for two items, needs that are not there or that nobody could meet, and `auto` items
/// without a command.
pub(super) fn check(
    steps: &[Step],
    attributes: &[Attributes],
    with_needs: bool,
    lines: &[Line<'_>],
    notes: &mut Diagnostics,
) {
    let mut places: HashMap<&str, usize> = HashMap::new();
    for (at, (step, said)) in steps.iter().zip(attributes).enumerate() {
        let place = || notes::place(lines, said.line);
        if places.insert(&step.id, at).is_some() {
            notes.add(Finding::error(place(), format!("two items have the id `{}`", step.id)));
        }
        let has_script = step.commands.iter().any(|command| matches!(command.action, Action::Bash { .. }));
        if said.auto && !has_script {
            let finding = Finding::error(place(), format!("`{}` is `auto` and has no command", step.id));
            notes.add(finding.help("put its commands under it, in a fence for `sh`, `bash` or `console`"));
        }
    }
    if !with_needs {
        return;
    }
    let mut waits: Vec<Vec<usize>> = vec![Vec::new(); steps.len()];
    for (at, (step, said)) in steps.iter().zip(attributes).enumerate() {
        for need in &step.needs {
            match places.get(need.as_str()) {
                Some(place) => waits[at].push(*place),
                None => {
                    let message = format!("`{}` needs `{need}`, which does not exist", step.id);
                    let known = steps.iter().map(|step| step.id.as_str());
                    let meant = closest(need, known).map(|id| format!("did you mean `{id}`?"));
                    notes.add(Finding::error(notes::place(lines, said.line), message).help_if(meant));
                }
            }
        }
        // A parent is done when its parts are, so it waits for each of them.
        if let Some(parent) = step.parent.as_deref().and_then(|parent| places.get(parent)) {
            waits[*parent].push(at);
        }
    }
    for circle in template::circles(&waits) {
        let ids: Vec<&str> = circle.iter().chain(circle.first()).map(|at| steps[*at].id.as_str()).collect();
        let line = circle.iter().map(|at| attributes[*at].line).max().unwrap_or(0);
        let message = format!("nobody could begin: {}", ids.join(" waits for "));
        notes.add(Finding::error(notes::place(lines, line), message));
    }
}

fn step(entry: Entry, id: String, parent: Option<String>, as_title: Option<&str>) -> Step {
    let full = clean(&entry.title);
    let attributes = entry.attributes;
    let mut description = entry.description.join("\n").trim_matches('\n').to_owned();
    let title = match full.char_indices().nth(TITLE_CHARS_MAX) {
        None if full.is_empty() => "(no text)".to_owned(),
        None => full,
        Some((end, _)) => {
            let cut = full[..end].rfind(' ').unwrap_or(end);
            let title = format!("{}...", &full[..cut]);
            description = if description.is_empty() { full } else { format!("{full}\n\n{description}") };
            title
        }
    };
    let prompts = entry.prompts.into_iter().map(|prompt| Action::Agent { prompt });
    let actions = prompts.chain(entry.scripts.into_iter().map(|run| Action::Bash { run }));
    let command = |(at, action): (usize, Action)| Command {
        id: (at + 1).to_string(),
        action,
        condition: None,
        dir: None,
        env: BTreeMap::new(),
        timeout: None,
        retries: None,
        idempotent: false,
        on_interrupt: None,
        danger: None,
        interactive: false,
    };
    Step {
        id,
        title,
        description: Some(description).filter(|description| !description.is_empty()),
        kind: if attributes.auto { StepKind::Auto } else { StepKind::Task },
        section: entry
            .section
            .filter(|section| Some(section.as_str()) != as_title)
            .map(|section| clean(&section)),
        parent,
        needs: if attributes.removed { Vec::new() } else { attributes.needs },
        condition: None,
        commands: actions.enumerate().map(command).collect(),
        validation: Vec::new(),
        confirm: None,
        input: None,
        // What is no longer in the list waits for nothing but to be confirmed.
        killer: attributes.killer && !attributes.removed,
        skippable: (attributes.skippable || attributes.removed).then_some(true),
        assignee: attributes.assignee,
        timeout: None,
        outputs: BTreeMap::new(),
        rollback: Vec::new(),
        line: entry.line,
    }
}

/// A text on one line: control characters become spaces, and none stand at the ends.
pub(super) fn clean(text: &str) -> String {
    match text.contains(char::is_control) {
        true => text.replace(char::is_control, " ").trim().to_owned(),
        false => text.trim().to_owned(),
    }
}

/// Ids that are already taken, and the next number for each text that repeats.
#[derive(Default)]
struct Ids {
    taken: HashSet<String>,
    next: HashMap<String, usize>,
}

impl Ids {
    /// With those that the list gives itself, so that no text takes one of them.
    fn beside(entries: &[Entry]) -> Ids {
        let given = entries.iter().filter_map(|entry| entry.attributes.id.clone());
        Ids { taken: given.collect(), next: HashMap::new() }
    }

    /// An id made from a title: its words, or a short hash where it has none; `-2` on repeats.
    fn for_title(&mut self, title: &str) -> String {
        let slug = text::slug(&syntax::visible(title));
        let base =
            if slug.is_empty() { format!("step-{}", &template::source_hash(title)[..8]) } else { slug };
        let next = self.next.entry(base.clone()).or_insert(1);
        loop {
            let id = if *next == 1 { base.clone() } else { numbered(&base, *next) };
            *next += 1;
            if self.taken.insert(id.clone()) {
                return id;
            }
        }
    }
}

/// `base-number` within the length of an id.
fn numbered(base: &str, number: usize) -> String {
    let suffix = format!("-{number}");
    let kept = base.len().min(SLUG_BYTES_MAX - suffix.len());
    format!("{}{suffix}", base[..kept].trim_end_matches('-'))
}
