//! A diagnostic: one finding about a template or a list, tied to the exact place in its source.
//!
//! Reading a file never stops at the first mistake it can name. Findings are collected, sorted by place and
//! rendered in the way compilers do: `file:line:column: message`, the line, a caret, and the way out.

use std::fmt::{self, Write as _};
use std::ops::Range;
use std::sync::Arc;

use annotate_snippets::{AnnotationKind, Group, Level, Renderer, Snippet};
use serde::Serialize;

/// How many findings of one file are kept; the rest is only counted.
///
/// A hostile file can hold a million mistakes, and nobody reads more than a screen of them.
pub const KEPT_MAX: usize = 100;

/// Bytes of the source shown on either side of a finding on a long line.
const EXCERPT_BYTES_MAX: usize = 240;

/// Whether a finding stops the file from being used.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Severity {
    /// The file cannot be used as it is.
    Error,
    /// The file can be used, and its reader should know this.
    Note,
}

/// One finding about one place of one file.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Diagnostic {
    /// Whether this stops the file from being used.
    pub severity: Severity,
    /// The name the file was given by the caller, as shown.
    pub file: String,
    /// Line, counted from 1.
    pub line: usize,
    /// Column, counted from 1 in characters.
    pub column: usize,
    /// The place in bytes of the source.
    pub span: Range<usize>,
    /// What is wrong, lower case, without a period.
    pub message: String,
    /// A few words beside the caret; may be empty.
    pub label: String,
    /// What to write instead.
    pub help: Option<String>,
}

/// The findings about one file, in the order of the file, with the source they point into.
///
/// As an error it holds at least one [`Severity::Error`]; as the notes of a usable file it holds none.
///
/// ```
/// use checklist_workflow::Template;
/// use checklist_workflow::diagnostic::{Diagnostic, Diagnostics, Severity};
///
/// let found: Diagnostics = Template::parse("a.yaml", "checklist: 1\nid: a\ntitel: A\n").unwrap_err();
/// assert!(found.has_errors() && !found.is_empty());
/// assert_eq!(found.file(), "a.yaml");
/// assert_eq!(found.iter().count(), found.error_count() + found.note_count());
/// let first: &Diagnostic = found.iter().next().expect("there is one");
/// assert_eq!(first.severity, Severity::Error);
/// assert!(found.render(false).contains("titel"));
/// assert!(found.to_json().is_array());
/// ```
#[derive(Clone, PartialEq, Eq)]
pub struct Diagnostics {
    file: String,
    source: Arc<str>,
    list: Vec<Diagnostic>,
    errors: usize,
    notes: usize,
    /// Byte offsets at which lines begin, made when the first finding needs it.
    lines: Vec<usize>,
}

/// A finding that is being described, before it is placed on a line.
#[derive(Debug)]
#[must_use]
pub(crate) struct Finding {
    severity: Severity,
    span: Range<usize>,
    message: String,
    label: String,
    help: Option<String>,
}

impl Finding {
    pub(crate) fn error(span: Range<usize>, message: impl Into<String>) -> Self {
        Self { severity: Severity::Error, span, message: message.into(), label: String::new(), help: None }
    }

    pub(crate) fn note(span: Range<usize>, message: impl Into<String>) -> Self {
        Self { severity: Severity::Note, span, message: message.into(), label: String::new(), help: None }
    }

    pub(crate) fn label(mut self, label: impl Into<String>) -> Self {
        self.label = label.into();
        self
    }

    pub(crate) fn help(mut self, help: impl Into<String>) -> Self {
        self.help = Some(help.into());
        self
    }

    /// Adds help only where there is some.
    pub(crate) fn help_if(mut self, help: Option<String>) -> Self {
        self.help = help.or(self.help);
        self
    }
}

impl Diagnostics {
    /// No findings yet about `source`, which is shown as `file`.
    #[must_use]
    pub fn new(file: &str, source: &str) -> Self {
        let (list, lines) = (Vec::new(), Vec::new());
        Self { file: file.to_owned(), source: source.into(), list, errors: 0, notes: 0, lines }
    }

    /// The findings that were kept: at most [`KEPT_MAX`], errors before notes when there are too many.
    pub fn iter(&self) -> std::slice::Iter<'_, Diagnostic> {
        self.list.iter()
    }

    /// How many errors were found, kept or not.
    #[must_use]
    pub fn error_count(&self) -> usize {
        self.errors
    }

    /// How many notes were found, kept or not.
    #[must_use]
    pub fn note_count(&self) -> usize {
        self.notes
    }

    /// Whether nothing was found.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.errors + self.notes == 0
    }

    /// Whether anything stops the file from being used.
    #[must_use]
    pub fn has_errors(&self) -> bool {
        self.errors > 0
    }

    /// The name the file was given.
    #[must_use]
    pub fn file(&self) -> &str {
        &self.file
    }

    /// All kept findings as text: `file:line:column: message`, the line with a caret, and help.
    ///
    /// Plain ASCII apart from the quoted source; with `colour`, ANSI escapes repeat the meaning.
    #[must_use]
    pub fn render(&self, colour: bool) -> String {
        let mut text = String::new();
        for diagnostic in &self.list {
            self.render_one(diagnostic, colour, &mut text);
        }
        let omitted = (self.errors + self.notes).saturating_sub(self.list.len());
        if omitted > 0 {
            let _ = writeln!(text, "{}: and {omitted} more findings like these", self.file);
        }
        text
    }

    /// The kept findings as a JSON array, in the order of the file.
    #[must_use]
    pub fn to_json(&self) -> serde_json::Value {
        serde_json::to_value(&self.list).expect("findings hold only text and numbers")
    }

    /// Whether one more error would be kept, so that costly help is worth computing.
    pub(crate) fn has_room(&self) -> bool {
        self.errors < KEPT_MAX
    }

    pub(crate) fn add(&mut self, finding: Finding) {
        let Finding { severity, span, message, label, help } = finding;
        match severity {
            Severity::Error => self.errors += 1,
            Severity::Note => self.notes += 1,
        }
        if self.list.len() >= KEPT_MAX {
            // An error is worth more than a note: it takes the place of the last one.
            let note = self.list.iter().rposition(|kept| kept.severity == Severity::Note);
            let (Severity::Error, Some(note)) = (severity, note) else { return };
            self.list.remove(note);
        }
        let span = self.clamp(span);
        let (line, column) = self.position(span.start);
        let file = self.file.clone();
        self.list.push(Diagnostic { severity, file, line, column, span, message, label, help });
    }

    /// Puts the findings in the order of the file.
    pub(crate) fn sort(&mut self) {
        self.list.sort_by_key(|diagnostic| (diagnostic.span.start, diagnostic.severity));
    }

    /// The byte offset of a line and a column, both counted from 1, the column in characters.
    pub(crate) fn offset(&mut self, line: usize, column: usize) -> usize {
        self.index_lines();
        let start = self.lines.get(line.saturating_sub(1)).copied().unwrap_or(self.source.len());
        let rest = &self.source[start..];
        let ahead = rest.char_indices().nth(column.saturating_sub(1)).map_or(rest.len(), |(at, _)| at);
        start + ahead
    }

    /// The bytes of one line, counted from 1, without its line end.
    pub(crate) fn line_span(&mut self, line: usize) -> Range<usize> {
        self.index_lines();
        let start = self.lines.get(line.saturating_sub(1)).copied().unwrap_or(self.source.len());
        let end = self.lines.get(line).copied().unwrap_or(self.source.len());
        let text = self.source[start..end].trim_end_matches(['\n', '\r']);
        start..start + text.len()
    }

    /// The line, counted from 1, that holds a byte.
    pub(crate) fn line_of(&mut self, offset: usize) -> usize {
        self.index_lines();
        self.lines.partition_point(|start| *start <= offset).max(1)
    }

    fn position(&mut self, offset: usize) -> (usize, usize) {
        let line = self.line_of(offset);
        let start = self.lines[line - 1];
        (line, self.source[start..offset].chars().filter(|c| *c != '\u{feff}').count() + 1)
    }

    fn index_lines(&mut self) {
        if self.lines.is_empty() {
            self.lines.push(0);
            self.lines.extend(self.source.match_indices('\n').map(|(at, _)| at + 1));
        }
    }

    /// A span inside the source, on character boundaries.
    fn clamp(&self, span: Range<usize>) -> Range<usize> {
        let start = floor_boundary(&self.source, span.start);
        let end = floor_boundary(&self.source, span.end.max(span.start)).max(start);
        start..end
    }

    fn render_one(&self, diagnostic: &Diagnostic, colour: bool, text: &mut String) {
        let Diagnostic { severity, file, line, column, span, message, label, help } = diagnostic;
        let (word, level) = match severity {
            Severity::Error => ("", Level::ERROR),
            Severity::Note => ("note: ", Level::NOTE),
        };
        let (bold, reset) = if colour { ("\u{1b}[1m", "\u{1b}[0m") } else { ("", "") };
        let _ = writeln!(text, "{bold}{file}:{line}:{column}: {word}{message}{reset}");
        let renderer = if colour { Renderer::styled() } else { Renderer::plain() };
        let (excerpt, within) = self.excerpt(span);
        let mut group = Group::with_level(level);
        if !excerpt.trim().is_empty() {
            let annotation = AnnotationKind::Primary.span(within).label(label.as_str());
            group = group.element(Snippet::source(excerpt).line_start(*line).annotation(annotation));
        }
        if let Some(help) = help {
            group = group.element(Level::HELP.message(help.as_str()));
        }
        if !group.is_empty() {
            text.push_str(&renderer.render(&[group]));
            text.push('\n');
        }
    }

    /// The line a span begins on, cut on both sides when it is very long, and the span inside it.
    fn excerpt(&self, span: &Range<usize>) -> (&str, Range<usize>) {
        let before = &self.source[..span.start];
        let line_start = before.rfind('\n').map_or(0, |at| at + 1);
        let rest = &self.source[span.start..];
        let line_end = span.start + rest.find(['\n', '\r']).unwrap_or(rest.len());
        let start =
            line_start.max(floor_boundary(&self.source, span.start.saturating_sub(EXCERPT_BYTES_MAX)));
        let end = line_end.min(floor_boundary(&self.source, span.start + EXCERPT_BYTES_MAX)).max(span.start);
        let within = span.start - start..span.end.clamp(span.start, end) - start;
        (&self.source[start..end], within)
    }
}

impl<'a> IntoIterator for &'a Diagnostics {
    type Item = &'a Diagnostic;
    type IntoIter = std::slice::Iter<'a, Diagnostic>;

    fn into_iter(self) -> Self::IntoIter {
        self.iter()
    }
}

impl fmt::Display for Diagnostics {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.render(false).trim_end())
    }
}

impl fmt::Debug for Diagnostics {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_list().entries(&self.list).finish()
    }
}

impl std::error::Error for Diagnostics {}

impl Serialize for Diagnostics {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        self.list.serialize(serializer)
    }
}

/// The largest character boundary at or below `at`.
fn floor_boundary(source: &str, at: usize) -> usize {
    let mut at = at.min(source.len());
    while !source.is_char_boundary(at) {
        at -= 1;
    }
    at
}

/// Text of a file inside a message: in backquotes, short, and without control characters.
pub(crate) fn quoted(text: &str) -> String {
    const SHOWN_MAX: usize = 60;
    let mut shown = String::from("`");
    for (count, c) in text.chars().enumerate() {
        if count == SHOWN_MAX {
            shown.push_str("...");
            break;
        }
        if c.is_control() { shown.extend(c.escape_default()) } else { shown.push(c) }
    }
    shown.push('`');
    shown
}
