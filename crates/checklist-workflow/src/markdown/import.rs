//! From the blocks of a Markdown file to a template, with the count that has to come out right.

use std::collections::{BTreeMap, HashMap, HashSet};

use super::blocks::{self, Blocks, Entry, Take};
use super::lines::{self, Line, Part};
use super::{Imported, STEPS_MAX, count, notes, syntax};
use crate::diagnostic::{Diagnostics, Finding};
use crate::template::{self, Action, Command, Defaults, Mode, Origin, Step, StepKind, Template};
use crate::text::{self, SLUG_BYTES_MAX};

/// Characters of a title; the rest of a longer text is in the description.
const TITLE_CHARS_MAX: usize = 160;

/// Reads a Markdown list; `name` is what messages call it, usually its path, and its last part without the ending
/// becomes the id of the template.
///
/// Time and memory grow linearly with the source, and no input makes it panic.
///
/// # Errors
/// A file with neither a box nor a list; a file that is too large; and a file whose boxes the two counters do not
/// agree on, with the lines they differ in.
pub fn import(name: &str, source: &str) -> Result<Imported, Diagnostics> {
    let mut notes = Diagnostics::new(name, source);
    if let Some(finding) = template::too_large(source) {
        notes.add(finding);
        return Err(notes);
    }
    let lines = lines::split(source);
    let front = FrontMatter::read(&lines);
    let mut blocks = blocks::walk(&lines, front.lines, Take::Boxes);
    if !agree(&blocks, source, &lines, &mut notes) {
        return Err(notes);
    }
    let take = if blocks.entries.is_empty() { Take::AllItems } else { Take::Boxes };
    if take == Take::AllItems {
        blocks = blocks::walk(&lines, front.lines, take);
    }
    let from_list_items = take == Take::AllItems;
    if let Some(finding) = unusable(&blocks) {
        notes.add(finding);
        return Err(notes);
    }
    notes::add(&blocks, &lines, take, &mut notes);
    let hidden = |parts: &[Part]| {
        let is_box = |line: &&Line<'_>| syntax::item(line.text).is_some_and(|item| item.mark.is_some());
        lines.iter().filter(|line| parts.contains(&line.part)).filter(is_box).count()
    };
    let fenced_boxes = hidden(&[Part::Fence, Part::FenceStart]);
    let comment_boxes = hidden(&[Part::Comment]);
    let statuses = blocks.entries.iter().map(|entry| entry.status).collect();
    let (boxes, prompt_boxes) = (blocks.box_lines.len(), blocks.prompt_box_lines.len());
    notes.sort();
    let template = template(name, source, front, blocks, notes);
    Ok(Imported { template, statuses, boxes, fenced_boxes, comment_boxes, prompt_boxes, from_list_items })
}

/// Whether the reader and the counter found boxes on the same lines; reports the lines they differ in.
fn agree(blocks: &Blocks, source: &str, lines: &[Line<'_>], notes: &mut Diagnostics) -> bool {
    let mut read = [blocks.box_lines.as_slice(), &blocks.prompt_box_lines].concat();
    read.sort_unstable();
    let counted = count::lines_with_boxes(source);
    if read == counted {
        return true;
    }
    let (read, counted): (HashSet<_>, HashSet<_>) =
        (read.into_iter().collect(), counted.into_iter().collect());
    let mut different: Vec<_> = read.symmetric_difference(&counted).copied().collect();
    different.sort_unstable();
    for line in different {
        let message = "the two counters of boxes disagree about this line, so nothing was imported";
        let help = "this is a mistake in the import, not in the list; please report it with this line";
        notes.add(Finding::error(notes::place(lines, line), message).help(help));
    }
    false
}

fn unusable(blocks: &Blocks) -> Option<Finding> {
    let count = blocks.entries.len();
    if count == 0 {
        let finding = Finding::error(0..0, "there is no check box and no list in this file");
        return Some(finding.help("a step is a line such as `- [ ] Run the tests`"));
    }
    (count > STEPS_MAX).then(|| {
        Finding::error(0..0, format!("the list has {count} steps; a list may have {STEPS_MAX}"))
            .help("split it into several lists")
    })
}

fn template(name: &str, source: &str, front: FrontMatter, blocks: Blocks, notes: Diagnostics) -> Template {
    let stem = file_stem(name);
    let heading = first_heading(&blocks);
    let title = [front.name, front.title, heading.map(str::to_owned)].into_iter().flatten().next();
    let title = title.map(|title| clean(&title)).filter(|title| !title.is_empty());
    let title = title.unwrap_or_else(|| if stem.is_empty() { "List".to_owned() } else { stem.to_owned() });
    let introduction = blocks.introduction.join(" ");
    let description = front.about.unwrap_or(introduction);
    let id = [text::slug(stem), text::slug(&title)].into_iter().find(|id| !id.is_empty());
    // The heading that became the title is no section of the items under it.
    let as_title = heading.filter(|heading| clean(heading) == title).map(str::to_owned);
    let mut ids = Ids::default();
    let mut names: Vec<String> = Vec::with_capacity(blocks.entries.len());
    let mut steps = Vec::with_capacity(blocks.entries.len());
    for entry in blocks.entries {
        let id = ids.for_title(&entry.title);
        let parent = entry.parent.map(|parent| names[parent].clone());
        names.push(id.clone());
        steps.push(step(entry, id, parent, as_title.as_deref()));
    }
    Template {
        id: id.unwrap_or_else(|| "list".to_owned()),
        title,
        version: None,
        description: Some(clean(&description)).filter(|description| !description.is_empty()),
        mode: Mode::ReadDo,
        owner: None,
        reviewed: None,
        extends: None,
        variables: Vec::new(),
        defaults: Defaults::default(),
        steps,
        origin: Origin::Markdown,
        source_hash: template::source_hash(source),
        notes,
    }
}

/// The heading that names the file: the first, unless another of its kind shows that it only names a section.
fn first_heading(blocks: &Blocks) -> Option<&str> {
    let (first, rest) = blocks.headings.split_first()?;
    let is_title = first.level == 1 || rest.iter().all(|heading| heading.level > first.level);
    (is_title && !first.text.is_empty()).then_some(first.text.as_str())
}

fn step(entry: Entry, id: String, parent: Option<String>, as_title: Option<&str>) -> Step {
    let full = clean(&entry.title);
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
    let command = |(at, prompt): (usize, String)| Command {
        id: (at + 1).to_string(),
        action: Action::Agent { prompt },
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
        kind: StepKind::Task,
        section: entry
            .section
            .filter(|section| Some(section.as_str()) != as_title)
            .map(|section| clean(&section)),
        parent,
        needs: Vec::new(),
        condition: None,
        commands: entry.prompts.into_iter().enumerate().map(command).collect(),
        validation: Vec::new(),
        confirm: None,
        input: None,
        killer: false,
        skippable: None,
        assignee: None,
        timeout: None,
        outputs: BTreeMap::new(),
        rollback: Vec::new(),
        line: entry.line,
    }
}

/// A text on one line: control characters become spaces, and none stand at the ends.
fn clean(text: &str) -> String {
    match text.contains(char::is_control) {
        true => text.replace(char::is_control, " ").trim().to_owned(),
        false => text.trim().to_owned(),
    }
}

/// The last part of a path without its ending.
fn file_stem(name: &str) -> &str {
    let last = name.rsplit(['/', '\\']).next().unwrap_or_default();
    last.rsplit_once('.').map_or(last, |(stem, _)| stem)
}

/// Ids that are already taken, and the next number for each text that repeats.
#[derive(Default)]
struct Ids {
    taken: HashSet<String>,
    next: HashMap<String, usize>,
}

impl Ids {
    /// An id made from a title: its words, or a short hash where it has none that ASCII knows; `-2` on repeats.
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

/// What stands between two lines of `---` at the top of the issue templates of GitHub.
#[derive(Debug, Default)]
struct FrontMatter {
    /// Lines it takes, both rules included.
    lines: usize,
    name: Option<String>,
    about: Option<String>,
    title: Option<String>,
}

impl FrontMatter {
    /// Reads it if it is there. A block with a box in it is none: no box is lost to it.
    fn read(lines: &[Line<'_>]) -> Self {
        let none = Self::default();
        let is_rule = |line: &Line<'_>| line.text.trim_end() == "---";
        if !lines.first().is_some_and(is_rule) {
            return none;
        }
        let Some(end) = lines[1..].iter().position(is_rule).map(|at| at + 1) else { return none };
        let body = &lines[1..end];
        let is_box = |line: &Line<'_>| syntax::item(line.text).is_some_and(|item| item.mark.is_some());
        if body.iter().any(is_box) || !body.iter().any(|line| line.text.contains(':')) {
            return none;
        }
        let value = |key: &str| {
            let of = |line: &Line<'_>| line.text.strip_prefix(key)?.strip_prefix(':').map(str::to_owned);
            let value = body.iter().find_map(of)?;
            let value = value.trim();
            let bare = |mark: char| value.strip_prefix(mark).and_then(|rest| rest.strip_suffix(mark));
            let value = bare('"').or_else(|| bare('\'')).unwrap_or(value);
            (!value.is_empty() && !value.starts_with(['|', '>'])).then(|| value.to_owned())
        };
        Self { lines: end + 1, name: value("name"), about: value("about"), title: value("title") }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_box_the_reader_lost_stops_the_import() {
        let source = "- [ ] kept\ntext\n- [ ] lost\n";
        let lines = lines::split(source);
        let mut blocks = blocks::walk(&lines, 0, Take::Boxes);
        assert!(agree(&blocks, source, &lines, &mut Diagnostics::new("a.md", source)));
        blocks.box_lines.retain(|line| *line != 3);
        let mut found = Diagnostics::new("a.md", source);
        assert!(!agree(&blocks, source, &lines, &mut found));
        assert_eq!(found.iter().map(|d| (d.line, d.column)).collect::<Vec<_>>(), [(3, 1)]);
    }
}
