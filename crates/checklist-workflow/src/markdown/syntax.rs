//! The small pieces of Markdown a list is made of, each recognised on one line.

use super::InitialStatus;
use std::borrow::Cow;

/// A list item on its first line.
#[derive(Debug, Clone, Copy)]
pub(super) struct Item<'s> {
    /// Columns before its marker; a tab goes to the next multiple of four.
    pub(super) indent: usize,
    /// The marker as written, `-` or `3.`.
    pub(super) marker: &'s str,
    /// What its box says, if it has one.
    pub(super) mark: Option<InitialStatus>,
    /// The text after marker and box.
    pub(super) content: &'s str,
}

/// Columns of white space before a text, and the text.
pub(super) fn indented(line: &str) -> (usize, &str) {
    let text = line.trim_start_matches([' ', '\t']);
    let blank = &line[..line.len() - text.len()];
    let columns = blank.bytes().fold(0, |column, b| if b == b'\t' { column / 4 * 4 + 4 } else { column + 1 });
    (columns, text)
}

/// The list item a line begins, if it begins one.
pub(super) fn item(line: &str) -> Option<Item<'_>> {
    let (indent, text) = indented(line);
    let digits = text.bytes().take_while(u8::is_ascii_digit).count();
    let marker = match text.as_bytes().get(digits)? {
        b'-' | b'*' | b'+' if digits == 0 => 1,
        b'.' | b')' if digits > 0 => digits + 1,
        _ => return None,
    };
    let (marker, rest) = text.split_at(marker);
    let content = rest.trim_start_matches([' ', '\t']);
    if content.len() == rest.len() || content.is_empty() {
        return None;
    }
    Some(match check_box(content) {
        Some((mark, content)) => Item { indent, marker, mark: Some(mark), content: content.trim() },
        None => Item { indent, marker, mark: None, content: content.trim() },
    })
}

/// The box a text begins with, and what follows it. `[x](...)`, `[x][...]` and `[x]: ...` are links.
fn check_box(text: &str) -> Option<(InitialStatus, &str)> {
    const MARKS: [(&str, InitialStatus); 8] = [
        ("[ ]", InitialStatus::Todo),
        ("[x]", InitialStatus::ClaimedDone),
        ("[X]", InitialStatus::ClaimedDone),
        ("[-]", InitialStatus::Skipped),
        ("[~]", InitialStatus::Skipped),
        ("[N/A]", InitialStatus::Skipped),
        ("[n/a]", InitialStatus::Skipped),
        ("[/]", InitialStatus::Current),
    ];
    let (rest, status) = MARKS.iter().find_map(|(mark, status)| Some((text.strip_prefix(mark)?, *status)))?;
    (!rest.starts_with(['(', '[', ':'])).then_some((status, rest))
}

/// Whether a line has something like a box where no box can be: in a quote, in a table, without a marker, with
/// another mark.
pub(super) fn looks_like_a_box(line: &str) -> bool {
    let decoration = |c: char| c.is_ascii_digit() || " \t>|*-+.)#".contains(c);
    let Some(rest) = line.trim_start_matches(decoration).strip_prefix('[') else { return false };
    let Some((mark, after)) = rest.split_once(']') else { return false };
    let known = ["", "x", "X", "-", "~", "/", "N/A", "n/a", ">", "!", "?", "*", "v", "V", "✓", "✔"];
    known.contains(&mark.trim()) && !after.starts_with(['(', '[', ':'])
}

/// The level and the text of a heading line such as `## Before`.
pub(super) fn heading(line: &str) -> Option<(usize, &str)> {
    let (indent, text) = indented(line);
    let level = text.bytes().take_while(|b| *b == b'#').count();
    let rest = &text[level..];
    if indent > 3 || !(1..=6).contains(&level) || !(rest.is_empty() || rest.starts_with([' ', '\t'])) {
        return None;
    }
    let rest = rest.trim();
    let bare = rest.trim_end_matches('#');
    Some((level, if bare.is_empty() || bare.ends_with(' ') { bare.trim_end() } else { rest }))
}

/// The level of the heading that a line of `===` or `---` makes of the paragraph above it.
pub(super) fn underline(line: &str) -> Option<usize> {
    let text = line.trim();
    let all = |mark: char| text.len() > 1 && text.chars().all(|c| c == mark);
    if all('=') { Some(1) } else { all('-').then_some(2) }
}

/// Whether a line is a rule across the page: three or more of one of `-*_`, and spaces.
pub(super) fn is_rule(line: &str) -> bool {
    let text = line.trim();
    let Some(mark) = text.chars().next().filter(|c| "-*_".contains(*c)) else { return false };
    text.chars().filter(|c| *c == mark).count() >= 3
        && text.chars().all(|c| c == mark || c == ' ' || c == '\t')
}

/// The words of a text that is bold from end to end, such as `**Before release**:` or `**Testing:**`.
pub(super) fn all_bold(text: &str) -> Option<&str> {
    let text = text.trim().trim_end_matches(':');
    let inner = text.strip_prefix("**")?.strip_suffix("**")?.trim().trim_end_matches(':').trim_end();
    (!inner.is_empty() && !inner.contains("**")).then_some(inner)
}

/// A text as a person sees it: links without their targets.
pub(super) fn visible(text: &str) -> Cow<'_, str> {
    if !text.contains("](") {
        return Cow::Borrowed(text);
    }
    let mut seen = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(at) = rest.find("](") {
        seen.push_str(&rest[..at]);
        let target = &rest[at + 2..];
        rest = target.find(')').map_or("", |end| &target[end + 1..]);
        seen.push(' ');
    }
    seen.push_str(rest);
    Cow::Owned(seen)
}
