//! `Flow`: styled words laid into lines of a width.

use super::palette::flat;
use ratatui::style::Style;
use ratatui::text::{Line, Span};
use unicode_width::UnicodeWidthChar as _;

/// Narrower than this nothing is laid out: a line has to take a word's beginning.
const COLUMNS_MIN: usize = 8;

/// Takes pieces of text and breaks them at spaces; a longer word is broken where it must be.
pub(crate) struct Flow {
    columns: usize,
    /// What every line but the first begins with.
    rest: Vec<(char, Style)>,
    lines: Vec<Line<'static>>,
    line: Vec<(char, Style)>,
    /// How much of the line is its beginning.
    begin: usize,
    word: Vec<(char, Style)>,
    /// The style of the space before the word, where there is one.
    gap: Option<Style>,
}

impl Flow {
    /// Lines of at most `columns`, the first of which begins with `first` and the others with `rest`.
    pub(crate) fn new(columns: usize, first: &[(char, Style)], rest: &[(char, Style)]) -> Flow {
        Flow {
            columns: columns.max(COLUMNS_MIN),
            rest: rest.to_vec(),
            lines: Vec::new(),
            line: first.to_vec(),
            begin: first.len(),
            word: Vec::new(),
            gap: None,
        }
    }

    pub(crate) fn push(&mut self, text: &str, style: Style) {
        for char in text.chars() {
            if char.is_whitespace() {
                self.end_word();
                self.gap = Some(style);
            } else {
                self.word.push((char, style));
            }
        }
    }

    /// Begins a new line.
    pub(crate) fn break_line(&mut self) {
        self.end_word();
        self.gap = None;
        self.end_line();
    }

    pub(crate) fn finish(mut self) -> Vec<Line<'static>> {
        self.end_word();
        if self.line.len() > self.begin || self.lines.is_empty() {
            self.end_line();
        }
        self.lines
    }

    fn end_line(&mut self) {
        let rest = self.rest.clone();
        self.begin = rest.len();
        self.lines.push(line(&std::mem::replace(&mut self.line, rest)));
    }

    fn end_word(&mut self) {
        let word = std::mem::take(&mut self.word);
        if word.is_empty() {
            return;
        }
        let is_first = self.line.len() == self.begin;
        let gap = self.gap.take().filter(|_| !is_first);
        if !is_first && width(&self.line) + usize::from(gap.is_some()) + width(&word) > self.columns {
            self.end_line();
        } else if let Some(style) = gap {
            self.line.push((' ', style));
        }
        for (char, style) in word {
            let taken = width(&self.line) + char.width().unwrap_or(0);
            if taken > self.columns && self.line.len() > self.begin {
                self.end_line();
            }
            self.line.push((char, style));
        }
    }
}

fn width(chars: &[(char, Style)]) -> usize {
    chars.iter().map(|(char, _)| char.width().unwrap_or(0)).sum()
}

/// One line, with neighbours of the same style in one span.
fn line(chars: &[(char, Style)]) -> Line<'static> {
    let mut spans: Vec<Span<'static>> = Vec::new();
    for chunk in chars.chunk_by(|(_, one), (_, other)| one == other) {
        let text: String = chunk.iter().map(|(char, _)| *char).collect();
        spans.push(Span::styled(text, chunk[0].1));
    }
    Line::from(spans)
}

/// A beginning of lines in one style.
pub(crate) fn begin(text: &str, style: Style) -> Vec<(char, Style)> {
    text.chars().map(|char| (char, style)).collect()
}

/// A text of one style with its own lines and every space in them, indented by `indent` columns. A line that is
/// too long goes on below, after a space where there is one: put together, the pieces are the line.
pub(crate) fn lines(text: &str, style: Style, columns: usize, indent: usize) -> Vec<Line<'static>> {
    let indent = begin(&" ".repeat(indent), style);
    let mut lines = Vec::new();
    for paragraph in text.lines() {
        let chars = begin(&flat(paragraph), style);
        // What a line of a list or a script begins with, its continuation begins with, too.
        let lead = chars.iter().take_while(|(char, _)| *char == ' ').count().min(columns / 3);
        let lead = [indent.clone(), chars[..lead].to_vec()].concat();
        let room = columns.max(COLUMNS_MIN).saturating_sub(lead.len()).max(1);
        let mut rest = &chars[lead.len() - indent.len()..];
        while width(rest) > room {
            let (piece, left) = rest.split_at(cut(rest, room));
            lines.push(line(&[&lead, piece].concat()));
            rest = left;
        }
        lines.push(line(&[&lead, rest].concat()));
    }
    lines
}

/// How many characters go on a line of this width: at least one.
fn cut(chars: &[(char, Style)], room: usize) -> usize {
    let mut taken = 0;
    let mut fits = |(char, _): &(char, Style)| {
        taken += char.width().unwrap_or(0);
        taken <= room
    };
    let fitting = chars.iter().take_while(|char| fits(char)).count().max(1);
    let space = chars[..fitting].iter().rposition(|(char, _)| *char == ' ');
    match chars.get(fitting) {
        // A word may end where the line does; the space behind it is not seen there.
        Some((' ', _)) => fitting + 1,
        _ => space.filter(|space| *space > 0).map_or(fitting, |space| space + 1),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use ratatui::style::Modifier;

    fn shown(lines: &[Line<'static>]) -> Vec<String> {
        lines.iter().map(ToString::to_string).collect()
    }

    #[test]
    fn long_lines_go_on_below_and_lose_nothing() {
        let shown = |text: &str, columns, indent| {
            let lines = lines(text, Style::new(), columns, indent);
            lines.iter().map(|line| line.to_string().trim_end().to_owned()).collect::<Vec<_>>()
        };
        assert_eq!(shown("one two three", 8, 0), ["one two", "three"]);
        assert_eq!(shown("one two, three", 8, 0), ["one two,", "three"]);
        assert_eq!(shown("one twofold", 8, 0), ["one", "twofold"]);
        assert_eq!(shown("abcdefghijkl", 8, 0), ["abcdefgh", "ijkl"]);
        assert_eq!(shown("a\n\nb", 8, 0), ["a", "", "b"]);
        assert_eq!(shown("  a bb cc d", 9, 1), ["   a bb", "   cc d"]);
        assert_eq!(shown("日本語 日本", 8, 0), ["日本語", "日本"]);
        assert_eq!(shown("a   b", 9, 2), ["  a   b"]);
        // What would run is read before it is approved, so it is shown letter by letter.
        let script = "printf '%s'   \"a     b\"  ; rm  -rf   /tmp/x";
        for columns in 8..60 {
            let whole: String =
                lines(script, Style::new(), columns, 0).iter().map(ToString::to_string).collect();
            assert_eq!(whole, script, "{columns} columns");
        }
    }

    #[test]
    fn a_word_of_two_styles_is_one_word() {
        let bold = Style::new().add_modifier(Modifier::BOLD);
        let mut flow = Flow::new(10, &begin("- ", Style::new()), &begin("  ", Style::new()));
        flow.push("some ", Style::new());
        flow.push("un", bold);
        flow.push("like ly", Style::new());
        let lines = flow.finish();
        assert_eq!(shown(&lines), ["- some", "  unlike", "  ly"]);
        assert_eq!(lines[1].spans.len(), 3, "{lines:?}");
    }
}
