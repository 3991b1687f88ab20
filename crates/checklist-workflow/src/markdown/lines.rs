//! The lines of a Markdown file, each with what it is part of: a code fence, an HTML comment, or neither.

/// Fences longer than this are taken as this long; nobody nests sixteen fences.
const FENCE_CHARS_MAX: u8 = 16;

/// A line and its surroundings.
#[derive(Debug, Clone, Copy)]
pub(super) struct Line<'s> {
    /// Where it begins in the source, in bytes.
    pub(super) start: usize,
    /// The line without its end.
    pub(super) text: &'s str,
    pub(super) part: Part,
}

/// What a line is part of.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Part {
    /// The text of the file.
    Text,
    /// The first line of a code fence.
    FenceStart,
    /// A later line of a code fence, the last one among them.
    Fence,
    /// Text, behind which a comment begins that goes on below.
    CommentStart,
    /// A line that begins in an HTML comment, or is one.
    Comment,
    /// The first line of a fence or a comment that nobody closes: text.
    NeverClosed,
}

/// The file in lines. A fence or a comment that is never closed is none, so that it cannot swallow the boxes below.
pub(super) fn split(source: &str) -> Vec<Line<'_>> {
    let mut lines = Vec::new();
    let mut start = 0;
    for full in source.split_inclusive('\n') {
        let text = full.strip_suffix('\n').unwrap_or(full);
        let text = text.strip_suffix('\r').unwrap_or(text);
        let bom = if start == 0 && text.starts_with('\u{feff}') { '\u{feff}'.len_utf8() } else { 0 };
        lines.push(Line { start: start + bom, text: &text[bom..], part: Part::Text });
        start += full.len();
    }
    mark(&mut lines);
    lines
}

fn mark(lines: &mut [Line<'_>]) {
    let closings = Closings::of(lines);
    let mut fence = None;
    let mut comment = false;
    for (at, Line { text: line, part, .. }) in lines.iter_mut().enumerate() {
        *part = if let Some((mark, length)) = fence {
            if fence_end(line).is_some_and(|end| end.0 == mark && end.1 >= length) {
                fence = None;
            }
            Part::Fence
        } else if comment {
            comment =
                line.find("-->").is_none_or(|end| leaves_comment_open(&line[end..])) && closings.comment > at;
            Part::Comment
        } else if let Some((mark, length)) = fence_start(line) {
            if closings.fence_after(at + 1, mark) >= length {
                fence = Some((mark, length));
                Part::FenceStart
            } else {
                Part::NeverClosed
            }
        } else if leaves_comment_open(line) {
            comment = closings.comment > at;
            if comment { Part::CommentStart } else { Part::NeverClosed }
        } else if line.trim_start().starts_with("<!--") {
            Part::Comment
        } else {
            Part::Text
        };
    }
}

/// What closes further down, so that opening something unclosed is seen without looking ahead.
struct Closings {
    /// For each line, the longest closing fence of backquotes and of tildes on it or below.
    fences: Vec<[u8; 2]>,
    /// The last line that closes a comment; zero when there is none, for no comment opens above line zero.
    comment: usize,
}

impl Closings {
    fn of(lines: &[Line<'_>]) -> Self {
        let mut fences = vec![[0; 2]; lines.len() + 1];
        for (at, line) in lines.iter().enumerate().rev() {
            fences[at] = fences[at + 1];
            if let Some((mark, length)) = fence_end(line.text) {
                let longest = &mut fences[at][usize::from(mark == b'~')];
                *longest = length.max(*longest);
            }
        }
        let comment = lines.iter().rposition(|line| line.text.contains("-->")).unwrap_or(0);
        Self { fences, comment }
    }

    fn fence_after(&self, at: usize, mark: u8) -> u8 {
        self.fences[at][usize::from(mark == b'~')]
    }
}

/// The mark and the length of a fence that begins on this line, behind list markers or quotes if there are any.
fn fence_start(line: &str) -> Option<(u8, u8)> {
    let text = line.trim_start_matches([' ', '\t', '>', '-', '*', '+']);
    let number = text.trim_start_matches(|c: char| c.is_ascii_digit());
    let numbered =
        number.strip_prefix(['.', ')']).filter(|rest| number.len() < text.len() && rest.starts_with(' '));
    let (mark, length, rest) = fence_run(numbered.unwrap_or(text).trim_start())?;
    (mark == b'~' || !rest.contains('`')).then_some((mark, length))
}

/// The mark and the length of a line that could end a fence.
fn fence_end(line: &str) -> Option<(u8, u8)> {
    let (mark, length, rest) = fence_run(line.trim_start_matches([' ', '\t', '>']))?;
    rest.trim().is_empty().then_some((mark, length))
}

fn fence_run(text: &str) -> Option<(u8, u8, &str)> {
    let mark = *text.as_bytes().first().filter(|mark| matches!(mark, b'`' | b'~'))?;
    let length = text.bytes().take_while(|b| *b == mark).count();
    let bounded = u8::try_from(length).unwrap_or(FENCE_CHARS_MAX).min(FENCE_CHARS_MAX);
    (length >= 3).then(|| (mark, bounded, &text[length..]))
}

/// Whether a comment begins on this line, outside inline code, and does not end on it.
fn leaves_comment_open(line: &str) -> bool {
    let Some(last) = line.rfind("<!--") else { return false };
    let in_code = line[..last].matches('`').count() % 2 == 1 && line[last..].contains('`');
    !in_code && !line[last..].contains("-->")
}

/// A text without its HTML comments; where the last one `goes_on` below, it ends the text. Inline code stays.
pub(super) fn without_comments(text: &str, goes_on: bool) -> String {
    let mut kept = String::with_capacity(text.len());
    // Looked up once, so that a line of openings that nothing closes takes no time.
    let last_end = text.rfind("-->");
    let last_backquote = text.rfind('`');
    let mut backquotes = 0;
    let mut at = 0;
    while let Some(start) = text[at..].find("<!--").map(|found| at + found) {
        backquotes += text[at..start].matches('`').count();
        let in_code = backquotes % 2 == 1 && last_backquote > Some(start);
        let end = last_end.filter(|last| *last > start).and_then(|_| text[start..].find("-->"));
        kept.push_str(&text[at..start]);
        at = match end {
            Some(end) if !in_code => start + end + "-->".len(),
            None if goes_on && !in_code => text.len(),
            _ => {
                kept.push_str("<!--");
                start + "<!--".len()
            }
        };
    }
    kept.push_str(&text[at..]);
    kept
}
