//! The block that `checklist agents install` keeps between two markers in a file of somebody else: text to text.

use std::ops::Range;

/// The line that the block begins with.
pub(crate) const BEGIN: &str = "<!-- checklist: begin -->";

/// The line that it ends with.
pub(crate) const END: &str = "<!-- checklist: end -->";

/// What an agent reads there.
const LINES: &[&str] = &[
    "## Checklists",
    "",
    "This project keeps its checklists, and where they stand, with `checklist`.",
    "",
    "- Run `checklist prime` before you start, and after your context was compacted: it says where things stand.",
    "- `checklist next --json` is the step to do now, with everything needed to do it. Where several are at work,",
    "  `checklist claim STEP --json` first, so that nobody else does it too.",
    "- `checklist done STEP --json` runs the checks of a step. Say only of what is so that it is done.",
    "- Exit 10: a person is needed. Stop and ask them. Exit 11: a check failed. Fix the work and repeat.",
    "- Never edit what is in `.checklist/`.",
    "",
    "Kept by `checklist agents install`; `checklist agents uninstall` takes it out.",
];

/// Markers that do not make one block: where, and what is wrong there.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Damage {
    /// From 1.
    pub(crate) line: usize,
    /// From 1, in characters.
    pub(crate) column: usize,
    /// The line as it stands there.
    pub(crate) source: String,
    pub(crate) marker: &'static str,
    pub(crate) message: String,
}

/// What a text is without its block.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Without {
    /// There is none in it.
    Unchanged,
    /// What is left.
    Rest(String),
    /// There was nothing else, and the block began it: the file was made for it.
    Nothing,
}

/// A marker on a line of its own.
struct Marker {
    is_begin: bool,
    /// Where the marker itself stands.
    at: Range<usize>,
    line: usize,
}

/// The text with the block in it: brought up to date where it is, or behind what is there; `None` stands for a file
/// that does not exist. What is outside stays byte for byte, and [`uninstalled`] gives back what was there before.
///
/// # Errors
/// Markers that do not make one block.
pub(crate) fn installed(text: Option<&str>) -> Result<String, Damage> {
    let Some(text) = text else { return Ok(format!("{}\n", block("\n"))) };
    if let Some(at) = find(text)? {
        let eol = eol(&text[at.start..]).unwrap_or("\n");
        return Ok(format!("{}{}{}", &text[..at.start], block(eol), &text[at.end..]));
    }
    let eol = eol(text).unwrap_or("\n");
    // A text without a line end at its end keeps that: so it is known what to give back.
    Ok(match text.is_empty() || text.ends_with('\n') {
        true => format!("{text}{eol}{}{eol}", block(eol)),
        false => format!("{text}{eol}{eol}{}", block(eol)),
    })
}

/// The text without the block, and without the empty line that was put before it.
///
/// # Errors
/// Markers that do not make one block.
pub(crate) fn uninstalled(text: &str) -> Result<Without, Damage> {
    let Some(at) = find(text)? else { return Ok(Without::Unchanged) };
    let (before, after) = (&text[..at.start], &text[at.end..]);
    let is_cut = after.is_empty();
    let after = without_eol_at_start(after);
    if before.is_empty() && after.is_empty() {
        return Ok(Without::Nothing);
    }
    // What somebody wrote right behind it is not drawn up to what stands before it.
    let is_apart = after.is_empty() || without_eol_at_start(after).len() < after.len();
    let has_gap = before.ends_with("\n\n") || before.ends_with("\n\r\n") || matches!(before, "\n" | "\r\n");
    // Both line ends that were put before the block are alike.
    let eol = if before.ends_with("\r\n") { "\r\n" } else { "\n" };
    let before = match has_gap && is_apart {
        true if is_cut => before.strip_suffix(&eol.repeat(2)).unwrap_or(before),
        true => before.strip_suffix(eol).unwrap_or(before),
        false => before,
    };
    Ok(Without::Rest(format!("{before}{after}")))
}

fn block(eol: &str) -> String {
    let lines = [BEGIN].into_iter().chain(LINES.iter().copied()).chain([END]);
    lines.collect::<Vec<_>>().join(eol)
}

/// How the first line of a text ends, if it does.
fn eol(text: &str) -> Option<&'static str> {
    let at = text.find('\n')?;
    Some(if text[..at].ends_with('\r') { "\r\n" } else { "\n" })
}

fn without_eol_at_start(text: &str) -> &str {
    text.strip_prefix("\r\n").or_else(|| text.strip_prefix('\n')).unwrap_or(text)
}

/// From the first marker to the end of the second; `None` where there is neither.
fn find(text: &str) -> Result<Option<Range<usize>>, Damage> {
    let damage = |marker: &Marker, message: String| Err(damage(text, marker, message));
    let markers = markers(text);
    match markers.as_slice() {
        [] => Ok(None),
        [begin, end] if begin.is_begin && !end.is_begin => Ok(Some(begin.at.start..end.at.end)),
        [begin] if begin.is_begin => damage(begin, "a block begins here and does not end".to_owned()),
        [first, ..] if !first.is_begin => damage(first, "a block ends here that did not begin".to_owned()),
        [first, second, ..] if second.is_begin => {
            damage(second, format!("a block begins here, and one began in line {} already", first.line))
        }
        [first, _, third, ..] if third.is_begin => {
            damage(third, format!("a second block begins here; the first is in line {}", first.line))
        }
        [_, _, third, ..] | [third, ..] => damage(third, "a block ends here that did not begin".to_owned()),
    }
}

fn markers(text: &str) -> Vec<Marker> {
    let (mut found, mut start) = (Vec::new(), 0);
    for (index, line) in text.split_inclusive('\n').enumerate() {
        let bare = line.trim_start_matches('\u{feff}').trim();
        if bare == BEGIN || bare == END {
            let from = start + line.find(bare).unwrap_or(0);
            found.push(Marker { is_begin: bare == BEGIN, at: from..from + bare.len(), line: index + 1 });
        }
        start += line.len();
    }
    found
}

fn damage(text: &str, marker: &Marker, message: String) -> Damage {
    let start = text[..marker.at.start].rfind('\n').map_or(0, |at| at + 1);
    let source = text[start..].lines().next().unwrap_or_default().trim_end().to_owned();
    let column = text[start..marker.at.start].chars().count() + 1;
    Damage { line: marker.line, column, source, marker: if marker.is_begin { BEGIN } else { END }, message }
}

#[cfg(test)]
mod tests;
