//! Markdown as lines of a terminal. Everything that is written stays readable without colour.

use super::flow::{Flow, begin};
use super::palette::{Palette, flat};
use crate::screen::layout::Role;
use pulldown_cmark::{CodeBlockKind, Event, HeadingLevel, Options, Parser, Tag, TagEnd};
use ratatui::style::{Modifier, Style};
use ratatui::text::Line;

/// The text, rendered for `columns`. Escape sequences and other controls in it are shown, not obeyed.
pub(crate) fn render(text: &str, columns: usize, palette: Palette) -> Vec<Line<'static>> {
    let mut render = Render::new(columns, palette);
    let options = Options::ENABLE_TASKLISTS | Options::ENABLE_STRIKETHROUGH;
    for event in Parser::new_ext(text, options) {
        render.take(event);
    }
    render.end_block();
    render.lines
}

/// A block around others, and what it puts before their lines.
struct Level {
    first: String,
    rest: String,
    is_begun: bool,
}

struct Render {
    palette: Palette,
    columns: usize,
    lines: Vec<Line<'static>>,
    levels: Vec<Level>,
    /// The numbers of the lists that are open; `None` where they have none.
    lists: Vec<Option<u64>>,
    styles: Vec<Style>,
    links: Vec<(String, String)>,
    flow: Option<Flow>,
    is_code: bool,
    /// Whether a blank line comes before the next block.
    is_apart: bool,
}

impl Render {
    fn new(columns: usize, palette: Palette) -> Render {
        Render {
            palette,
            columns,
            lines: Vec::new(),
            levels: Vec::new(),
            lists: Vec::new(),
            styles: vec![Style::new()],
            links: Vec::new(),
            flow: None,
            is_code: false,
            is_apart: false,
        }
    }

    fn take(&mut self, event: Event<'_>) {
        match event {
            Event::Start(tag) => self.start(tag),
            Event::End(tag) => self.end(tag),
            Event::Text(text) if self.is_code => self.code(&text),
            Event::Text(text) => self.say(&text),
            Event::Code(code) => self.styled(&format!("`{code}`"), self.palette.style(Role::Now)),
            Event::Html(text) | Event::InlineHtml(text) => self.say(&text),
            Event::SoftBreak => self.say(" "),
            Event::HardBreak => self.flow().break_line(),
            Event::TaskListMarker(is_done) => self.say(if is_done { "[x] " } else { "[ ] " }),
            Event::Rule => {
                self.begin_block();
                let rule = self.palette.horizontal().repeat(self.columns.min(20));
                self.say(&rule);
                self.end_paragraph();
            }
            Event::FootnoteReference(text) | Event::InlineMath(text) | Event::DisplayMath(text) => {
                self.say(&text);
            }
        }
    }

    fn start(&mut self, tag: Tag<'_>) {
        match tag {
            Tag::Paragraph | Tag::HtmlBlock => self.begin_block(),
            Tag::Heading { level, .. } => {
                self.begin_block();
                let heading = self.palette.style(Role::Strong);
                self.styles.push(match level {
                    HeadingLevel::H1 => heading.add_modifier(Modifier::UNDERLINED),
                    _ => heading,
                });
            }
            Tag::BlockQuote(_) => self.open("| ".to_owned(), "| "),
            Tag::CodeBlock(kind) => {
                self.begin_block();
                self.flow = None;
                self.is_code = true;
                if let CodeBlockKind::Fenced(name) = kind
                    && !name.is_empty()
                {
                    self.code_line(&format!("[{name}]"), self.palette.style(Role::Quiet));
                }
            }
            Tag::List(number) => {
                self.end_block();
                self.lists.push(number);
            }
            Tag::Item => {
                let first = match self.lists.last_mut() {
                    Some(Some(number)) => {
                        *number += 1;
                        format!("{}. ", *number - 1)
                    }
                    _ => "- ".to_owned(),
                };
                let rest = " ".repeat(first.len());
                self.open(first, &rest);
            }
            Tag::Emphasis => self.push_style(Modifier::ITALIC),
            Tag::Strong => self.push_style(Modifier::BOLD),
            Tag::Strikethrough => self.push_style(Modifier::CROSSED_OUT),
            Tag::Link { dest_url, .. } | Tag::Image { dest_url, .. } => {
                self.links.push((dest_url.into_string(), String::new()));
                self.push_style(Modifier::UNDERLINED);
            }
            _ => {}
        }
    }

    fn end(&mut self, tag: TagEnd) {
        match tag {
            TagEnd::Paragraph | TagEnd::HtmlBlock => self.end_paragraph(),
            TagEnd::Heading(_) => {
                self.styles.pop();
                self.end_paragraph();
            }
            TagEnd::CodeBlock => {
                self.is_code = false;
                self.is_apart = true;
            }
            TagEnd::BlockQuote(_) => {
                self.close();
                self.is_apart = true;
            }
            TagEnd::Item => {
                self.close();
                self.is_apart = false;
            }
            TagEnd::List(_) => {
                self.end_block();
                self.lists.pop();
                self.is_apart = self.lists.is_empty();
            }
            TagEnd::Emphasis | TagEnd::Strong | TagEnd::Strikethrough => drop(self.styles.pop()),
            TagEnd::Link | TagEnd::Image => {
                self.styles.pop();
                if let Some((url, said)) = self.links.pop()
                    && url != said
                {
                    self.styled(&format!(" ({url})"), self.palette.style(Role::Quiet));
                }
            }
            _ => {}
        }
    }

    fn push_style(&mut self, modifier: Modifier) {
        let style = self.style().add_modifier(modifier);
        self.styles.push(style);
    }

    fn style(&self) -> Style {
        self.styles.last().copied().unwrap_or_default()
    }

    fn open(&mut self, first: String, rest: &str) {
        self.end_block();
        self.levels.push(Level { first, rest: rest.to_owned(), is_begun: false });
    }

    fn close(&mut self) {
        self.end_block();
        // An item with nothing in it is a line all the same.
        if self.levels.last().is_some_and(|level| !level.is_begun) {
            let (first, _) = self.beginnings();
            self.lines.push(Line::raw(first.trim_end().to_owned()));
        }
        self.levels.pop();
    }

    /// What the next line begins with, and those after it.
    fn beginnings(&mut self) -> (String, String) {
        let (mut first, mut rest) = (String::new(), String::new());
        for level in &mut self.levels {
            first.push_str(if level.is_begun { &level.rest } else { &level.first });
            rest.push_str(&level.rest);
            level.is_begun = true;
        }
        (first, rest)
    }

    fn begin_block(&mut self) {
        self.end_block();
        if std::mem::take(&mut self.is_apart) && !self.lines.is_empty() {
            // What is about to begin is not apart from itself.
            let begun = self.levels.iter().filter(|level| level.is_begun);
            let rest: String = begun.map(|level| level.rest.as_str()).collect();
            self.lines.push(Line::raw(rest.trim_end().to_owned()));
        }
    }

    fn flow(&mut self) -> &mut Flow {
        if self.flow.is_none() {
            self.begin_block();
            let (first, rest) = self.beginnings();
            let plain = Style::new();
            self.flow = Some(Flow::new(self.columns, &begin(&first, plain), &begin(&rest, plain)));
        }
        self.flow.as_mut().expect("it was made above")
    }

    fn end_block(&mut self) {
        if let Some(flow) = self.flow.take() {
            self.lines.extend(flow.finish());
        }
    }

    fn end_paragraph(&mut self) {
        self.end_block();
        self.is_apart = true;
    }

    fn say(&mut self, text: &str) {
        if let Some((_, said)) = self.links.last_mut() {
            said.push_str(text);
        }
        let style = self.style();
        self.styled(text, style);
    }

    fn styled(&mut self, text: &str, style: Style) {
        let mut lines = text.split('\n');
        let first = lines.next().map(flat).unwrap_or_default();
        self.flow().push(&first, style);
        for line in lines {
            let line = flat(line);
            self.flow().push(" ", style);
            self.flow().push(&line, style);
        }
    }

    fn code(&mut self, text: &str) {
        for line in text.lines() {
            self.code_line(line, Style::new());
        }
    }

    /// A line of code keeps its spaces, and goes on below where it is longer than the line.
    fn code_line(&mut self, text: &str, style: Style) {
        let (first, rest) = self.beginnings();
        let room = self.columns.saturating_sub(first.chars().count() + 2).max(8);
        let chars: Vec<char> = flat(text).chars().collect();
        let empty: &[char] = &[];
        let pieces = if chars.is_empty() { vec![empty] } else { chars.chunks(room).collect() };
        for (index, piece) in pieces.into_iter().enumerate() {
            let before = if index == 0 { &first } else { &rest };
            let piece: String = piece.iter().collect();
            self.lines.push(Line::styled(format!("{before}  {piece}").trim_end().to_owned(), style));
        }
    }
}
