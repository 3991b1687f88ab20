//! From the blocks of a Markdown file to a template, with the count that has to come out right.

use std::collections::HashSet;

use super::blocks::{self, Blocks, Take};
use super::lines::{self, Line, Part};
use super::steps::{self, clean};
use super::{Imported, STEPS_MAX, count, notes, syntax};
use crate::diagnostic::{Diagnostics, Finding};
use crate::template::{self, Defaults, Mode, Origin, Template};
use crate::text;

/// Reads a Markdown list; `name` is what messages call it, usually its path, and its last part without the ending
/// becomes the id of the template.
///
/// Time and memory grow linearly with the source, and no input makes it panic.
///
/// # Errors
/// A file with neither a box nor a list; a file that is too large; a file whose boxes the two counters do not
/// agree on, with the lines they differ in; and comments for this program that it cannot follow.
///
/// ```
/// use checklist_workflow::markdown::{Imported, InitialStatus, import};
///
/// let imported: Imported = import("trip.md", "# A trip\n\n- [x] Book a train\n- [ ] Pack\n")?;
/// assert_eq!((imported.boxes, imported.template.title.as_str()), (2, "A trip"));
/// assert_eq!(imported.statuses, [InitialStatus::ClaimedDone, InitialStatus::Todo]);
/// assert!(imported.notes().is_empty() && !imported.is_removed(0));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
pub fn import(name: &str, source: &str) -> Result<Imported, Diagnostics> {
    read(name, source, true)
}

/// Reads a list; what its items need is looked for only where that is `checked`, for the ids of a list that is
/// about to be merged are not settled yet.
pub(super) fn read(name: &str, source: &str, is_checked: bool) -> Result<Imported, Diagnostics> {
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
    for fault in &blocks.faults {
        let finding = Finding::error(notes::place(&lines, fault.line), fault.message.as_str());
        notes.add(finding.help_if(fault.help.clone()));
    }
    let hidden = |parts: &[Part]| {
        let is_box = |line: &&Line<'_>| syntax::item(line.text).is_some_and(|item| item.mark.is_some());
        lines.iter().filter(|line| parts.contains(&line.part)).filter(is_box).count()
    };
    let fenced_boxes = hidden(&[Part::Fence, Part::FenceStart]);
    let comment_boxes = hidden(&[Part::Comment]);
    let statuses = blocks.entries.iter().map(|entry| entry.status).collect();
    let (boxes, prompt_boxes) = (blocks.box_lines.len(), blocks.prompt_box_lines.len());
    let attributes: Vec<_> = blocks.entries.iter().map(|entry| entry.attributes.clone()).collect();
    let mut template = template(name, source, front, blocks);
    steps::check(&template.steps, &attributes, is_checked, &lines, &mut notes);
    if notes.has_errors() {
        notes.sort();
        return Err(notes);
    }
    notes.sort();
    template.notes = notes;
    Ok(Imported {
        template,
        statuses,
        boxes,
        fenced_boxes,
        comment_boxes,
        prompt_boxes,
        from_list_items,
        attributes,
    })
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

fn template(name: &str, source: &str, front: FrontMatter, blocks: Blocks) -> Template {
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
    let steps = steps::of(blocks.entries, as_title.as_deref());
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
        notes: Diagnostics::new(name, source),
    }
}

/// The heading that names the file: the first, unless another of its kind shows that it only names a section.
fn first_heading(blocks: &Blocks) -> Option<&str> {
    let (first, rest) = blocks.headings.split_first()?;
    let is_title = first.level == 1 || rest.iter().all(|heading| heading.level > first.level);
    (is_title && !first.text.is_empty()).then_some(first.text.as_str())
}

/// The last part of a path without its ending.
fn file_stem(name: &str) -> &str {
    let last = name.rsplit(['/', '\\']).next().unwrap_or_default();
    last.rsplit_once('.').map_or(last, |(stem, _)| stem)
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
