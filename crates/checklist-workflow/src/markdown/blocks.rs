//! The walk over the lines of a list: headings become sections, items become steps, text under an item its
//! description.

mod fences;

use super::InitialStatus;
use super::attributes::{self, Attributes, Fault};
use super::code::Block;
use super::lines::{Line, Part, without_comments};
use super::prompt::{self, Prompt};
use super::syntax::{self, Item, indented};

/// Columns a line must be indented more than an item to stand inside it.
const INSIDE_COLUMNS: usize = 2;

/// A step in the making.
#[derive(Debug)]
pub(super) struct Entry {
    pub(super) title: String,
    pub(super) description: Vec<String>,
    pub(super) status: InitialStatus,
    pub(super) section: Option<String>,
    /// The entry it is nested under.
    pub(super) parent: Option<usize>,
    pub(super) prompts: Vec<String>,
    /// Shell code under it, each block a script.
    pub(super) scripts: Vec<String>,
    /// What its comments say about it.
    pub(super) attributes: Attributes,
    /// The line it begins on, counted from 1.
    pub(super) line: usize,
}

/// A heading, with the number of entries that stood above it.
#[derive(Debug)]
pub(super) struct Heading {
    pub(super) level: usize,
    pub(super) text: String,
}

/// Everything the walk found.
#[derive(Debug, Default)]
pub(super) struct Blocks {
    pub(super) entries: Vec<Entry>,
    pub(super) headings: Vec<Heading>,
    /// The first paragraph, when it stands above all items and sections.
    pub(super) introduction: Vec<String>,
    /// Lines with a box that became an entry, counted from 1.
    pub(super) box_lines: Vec<usize>,
    /// Lines with a box inside a prompt.
    pub(super) prompt_box_lines: Vec<usize>,
    /// Lines with something like a box where no box can be.
    pub(super) near_boxes: Vec<usize>,
    /// Lines on which shell code begins that became a command.
    pub(super) code_lines: Vec<usize>,
    /// Comments for this program that it cannot follow.
    pub(super) faults: Vec<Fault>,
    /// Lines on which an entry was given prompts that stood below all entries.
    pub(super) trailing_prompts: Vec<usize>,
    /// Lines on which a prompt begins that nobody closes.
    pub(super) open_prompts: Vec<usize>,
}

/// Which list items become steps.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Take {
    /// Those with a box.
    Boxes,
    /// All of them.
    AllItems,
}

/// An open list item.
#[derive(Debug)]
struct Open {
    indent: usize,
    /// The entry it is, unless it is plain text.
    entry: Option<usize>,
    /// The section it makes of the boxes inside it, when it is plain text.
    group: Option<String>,
}

/// Where the next line of a paragraph goes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Target {
    Title(usize),
    Description(usize),
    Introduction,
    Nowhere,
}

/// The walk and what it has to remember from line to line.
struct Walk {
    take: Take,
    found: Blocks,
    open: Vec<Open>,
    heading: Option<String>,
    bold: Option<String>,
    /// Where a line that continues a paragraph goes; `None` after a blank line.
    paragraph: Option<Target>,
    /// The last text line, for the underline of a heading.
    last_text: Option<String>,
    blank_above: bool,
    prompt: Option<Prompt>,
    waiting_prompts: Vec<(usize, String)>,
    /// The open code fence, the entry it belongs to, and whether a blank line stands above it.
    code: Option<(Block, usize, bool)>,
    /// The last line that closes a prompt.
    last_prompt_end: usize,
}

/// Walks over the lines from `first`, which is counted from 0.
pub(super) fn walk(lines: &[Line<'_>], first: usize, take: Take) -> Blocks {
    let mut walk = Walk {
        take,
        found: Blocks::default(),
        open: Vec::new(),
        heading: None,
        bold: None,
        paragraph: None,
        last_text: None,
        blank_above: true,
        prompt: None,
        waiting_prompts: Vec::new(),
        code: None,
        last_prompt_end: lines.iter().rposition(|line| prompt::could_end(line.text)).map_or(0, |at| at + 1),
    };
    for (at, line) in lines.iter().enumerate().skip(first) {
        walk.line(at + 1, line);
    }
    walk.finish()
}

impl Walk {
    fn line(&mut self, number: usize, line: &Line<'_>) {
        if line.part != Part::Fence {
            self.code_end();
        }
        if line.part == Part::Comment {
            self.paragraph = None;
            if self.prompt.is_none() && line.text.trim_start().starts_with("<!--") {
                self.attributes(number, line.text);
            }
            return;
        }
        if self.prompt.is_some() {
            return self.prompt_line(number, line);
        }
        match line.part {
            Part::FenceStart => self.code_start(number, line.text),
            Part::Fence => self.code_line(line.text),
            Part::Text | Part::CommentStart | Part::NeverClosed | Part::Comment => {
                self.text_line(number, line);
            }
        }
    }

    fn text_line(&mut self, number: usize, line: &Line<'_>) {
        let text = line.text;
        if text.trim().is_empty() {
            self.blank();
        } else if prompt::opens(text) {
            self.prompt_start(number, text);
        } else if let Some((level, text)) = syntax::heading(text) {
            self.heading(level, text.to_owned());
        } else if let (Some(level), Some(above)) = (syntax::underline(text), self.last_text.take()) {
            self.found.introduction.pop_if(|last| *last == above.trim());
            self.heading(level, above.trim().to_owned());
        } else if syntax::is_rule(text) {
            self.paragraph = None;
            self.blank_above = true;
        } else if let Some(item) = syntax::item(text) {
            let content = without_comments(item.content, line.part == Part::CommentStart);
            self.item(number, item, content.trim());
            self.attributes(number, text);
        } else {
            if syntax::looks_like_a_box(text) {
                self.found.near_boxes.push(number);
            }
            if line.part == Part::NeverClosed {
                self.paragraph = None;
            }
            let shown = without_comments(text, line.part == Part::CommentStart);
            self.paragraph_line(&shown);
            self.attributes(number, text);
        }
    }

    /// Takes in what the comments of a line say about the entry above.
    fn attributes(&mut self, number: usize, line: &str) {
        let entry = self.found.entries.last_mut().map(|entry| &mut entry.attributes);
        attributes::read(number, line, entry, &mut self.found.faults);
    }

    fn blank(&mut self) {
        self.paragraph = None;
        self.last_text = None;
        self.blank_above = true;
    }

    fn heading(&mut self, level: usize, text: String) {
        self.open.clear();
        self.bold = None;
        self.blank();
        self.heading = Some(section_name(&text));
        self.found.headings.push(Heading { level, text });
    }

    fn item(&mut self, number: usize, item: Item<'_>, content: &str) {
        self.last_text = None;
        self.blank_above = false;
        while self.open.last().is_some_and(|open| item.indent < open.indent + INSIDE_COLUMNS) {
            self.open.pop();
        }
        let inside = self.open.iter().rev().find_map(|open| open.entry);
        let mut open = Open { indent: item.indent, entry: None, group: None };
        if item.mark.is_some() || self.take == Take::AllItems {
            let entry = self.found.entries.len();
            if item.mark.is_some() {
                self.found.box_lines.push(number);
            }
            self.found.entries.push(Entry {
                title: content.to_owned(),
                description: Vec::new(),
                status: item.mark.unwrap_or(InitialStatus::Todo),
                section: self.section(),
                parent: inside,
                prompts: self.waiting_prompts.drain(..).map(|(_, prompt)| prompt).collect(),
                scripts: Vec::new(),
                attributes: Attributes::default(),
                line: number,
            });
            open.entry = Some(entry);
            self.paragraph = Some(Target::Title(entry));
        } else if let Some(entry) = inside {
            self.near_box(number, content);
            self.found.entries[entry].description.push(format!("{} {content}", item.marker));
            self.paragraph = Some(Target::Description(entry));
        } else {
            self.near_box(number, content);
            match syntax::all_bold(content) {
                Some(name) => self.bold = Some(name.to_owned()),
                None => open.group = Some(section_name(content)),
            }
            self.paragraph = Some(Target::Nowhere);
        }
        self.open.push(open);
    }

    fn near_box(&mut self, number: usize, content: &str) {
        if syntax::looks_like_a_box(content) {
            self.found.near_boxes.push(number);
        }
    }

    /// The section of an item that begins here: the nearest of plain item, bold line and heading.
    fn section(&self) -> Option<String> {
        let group = self.open.iter().rev().find_map(|open| open.group.as_ref());
        group.or(self.bold.as_ref()).or(self.heading.as_ref()).filter(|name| !name.is_empty()).cloned()
    }

    fn paragraph_line(&mut self, line: &str) {
        let (indent, text) = indented(line);
        let text = text.trim_end();
        let target = match self.paragraph {
            Some(target) => target,
            None => self.new_paragraph(indent, text),
        };
        match target {
            Target::Title(entry) => {
                let title = &mut self.found.entries[entry].title;
                if !title.is_empty() {
                    title.push(' ');
                }
                title.push_str(text);
            }
            Target::Description(entry) => self.describe(entry, text.to_owned()),
            Target::Introduction => self.found.introduction.push(text.to_owned()),
            Target::Nowhere => {}
        }
        let free = matches!(target, Target::Introduction | Target::Nowhere) && self.open.is_empty();
        self.last_text = free.then(|| line.to_owned());
        self.paragraph = Some(target);
        self.blank_above = false;
    }

    /// Where a paragraph that begins with this line goes. It ends the items it is not inside of.
    fn new_paragraph(&mut self, indent: usize, text: &str) -> Target {
        self.close_to(indent);
        if let Some(entry) = self.open.iter().rev().find_map(|open| open.entry) {
            return Target::Description(entry);
        }
        if self.open.is_empty() {
            if let Some(name) = syntax::all_bold(text) {
                self.bold = Some(name.to_owned());
                return Target::Nowhere;
            }
            let first = self.found.entries.is_empty() && self.found.introduction.is_empty();
            if first && self.bold.is_none() && self.found.headings.len() <= 1 {
                return Target::Introduction;
            }
        }
        Target::Nowhere
    }

    fn close_to(&mut self, indent: usize) {
        while self.open.last().is_some_and(|open| indent < open.indent + INSIDE_COLUMNS) {
            self.open.pop();
        }
    }

    fn describe(&mut self, entry: usize, line: String) {
        let description = &mut self.found.entries[entry].description;
        if self.blank_above && !description.is_empty() {
            description.push(String::new());
        }
        description.push(line);
    }

    fn prompt_start(&mut self, number: usize, line: &str) {
        if number > self.last_prompt_end {
            self.found.open_prompts.push(number);
            self.paragraph = None;
            return self.paragraph_line(line);
        }
        self.paragraph = None;
        self.prompt = Some(Prompt { line: number, text: String::new() });
        self.prompt_text(number, prompt::after_opening(line));
    }

    fn prompt_line(&mut self, number: usize, line: &Line<'_>) {
        let text = line.text;
        let code = matches!(line.part, Part::FenceStart | Part::Fence);
        if !code && prompt::opens(text) {
            self.prompt_left_open();
            return self.prompt_start(number, text);
        }
        if !code && syntax::item(text).is_some_and(|item| item.mark.is_some()) {
            self.found.prompt_box_lines.push(number);
        }
        self.prompt_text(number, text);
    }

    /// Takes a line of a prompt; the line with the closing brackets ends it, and what follows them is text.
    fn prompt_text(&mut self, number: usize, line: &str) {
        let Some(prompt) = &mut self.prompt else { return };
        let end = prompt::closing(line);
        prompt.text.push_str(line[..end.unwrap_or(line.len())].trim_end());
        prompt.text.push('\n');
        let (Some(end), Some(prompt)) = (end, self.prompt.take_if(|_| end.is_some())) else { return };
        self.waiting_prompts.push((prompt.line, prompt.text.trim().to_owned()));
        self.blank_above = true;
        let rest = &line[end + prompt::CLOSE.len()..];
        if !rest.trim().is_empty() {
            self.near_box(number, rest);
            self.paragraph_line(rest);
        }
    }

    /// A prompt that ends without its closing brackets: what was read of it is kept, and its line is remembered.
    fn prompt_left_open(&mut self) {
        if let Some(Prompt { line, text }) = self.prompt.take() {
            self.found.open_prompts.push(line);
            self.waiting_prompts.push((line, text.trim().to_owned()));
        }
    }

    fn finish(mut self) -> Blocks {
        self.code_end();
        self.prompt_left_open();
        if let Some(last) = self.found.entries.last_mut() {
            for (line, prompt) in self.waiting_prompts.drain(..) {
                self.found.trailing_prompts.push(line);
                last.prompts.push(prompt);
            }
        }
        self.found.give_back_prompts();
        self.found
    }
}

impl Blocks {
    /// A prompt above items that are removed stood below all items of the list.
    fn give_back_prompts(&mut self) {
        let is_kept = |entry: &Entry| !entry.attributes.removed;
        let Some(last) = self.entries.iter().rposition(is_kept) else { return };
        let (items, removed) = self.entries.split_at_mut(last + 1);
        let prompts = removed.iter_mut().flat_map(|entry| std::mem::take(&mut entry.prompts));
        items[last].prompts.extend(prompts);
    }
}

/// A heading or the text of an item as the name of a section.
fn section_name(text: &str) -> String {
    syntax::all_bold(text).unwrap_or_else(|| text.trim().trim_end_matches(':').trim_end()).to_owned()
}
