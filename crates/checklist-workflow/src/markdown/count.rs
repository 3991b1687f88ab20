//! The second opinion: a counter of boxes that shares no code with the reader, to be held against it.
//!
//! It knows lines, fences and comments in its own simple way, and nothing of lists, headings or prompts.

/// The lines, counted from 1, on which a box stands outside code fences and HTML comments.
pub(super) fn lines_with_boxes(source: &str) -> Vec<usize> {
    let lines: Vec<&str> = source.strip_prefix('\u{feff}').unwrap_or(source).lines().collect();
    // Marks that were opened and never closed: from the second pass on they open nothing. A mark of n characters
    // that is never closed stays so for n and more, so this takes as many passes as there are lengths of marks.
    let mut hopeless: Vec<(char, usize, usize)> = Vec::new();
    loop {
        match one_pass(&lines, &hopeless) {
            Ok(found) => return found,
            Err(unclosed) => hopeless.push(unclosed),
        }
    }
}

/// Boxes of all lines, or the mark that was still open at the end: its character, length and line.
fn one_pass(lines: &[&str], hopeless: &[(char, usize, usize)]) -> Result<Vec<usize>, (char, usize, usize)> {
    let mut open: Option<(char, usize, usize)> = None;
    let mut found = Vec::new();
    for (index, line) in lines.iter().enumerate() {
        match open {
            Some(('!', ..)) => {
                if let Some((_, after)) = line.split_once("-->") {
                    open =
                        opens_comment(after).then_some(('!', 0, index)).filter(|mark| hope(hopeless, *mark));
                }
                continue;
            }
            Some((mark, length, _)) => {
                let bare = line.trim_start_matches([' ', '\t', '>']).trim_end();
                if bare.chars().all(|c| c == mark) && bare.len().min(16) >= length {
                    open = None;
                }
                continue;
            }
            None => {}
        }
        if let Some((mark, length)) = opens_fence(line) {
            open = Some((mark, length, index)).filter(|mark| hope(hopeless, *mark));
            continue;
        }
        if opens_comment(line) {
            open = Some(('!', 0, index)).filter(|mark| hope(hopeless, *mark));
        }
        if has_box(line) {
            found.push(index + 1);
        }
    }
    open.map_or(Ok(found), Err)
}

fn hope(hopeless: &[(char, usize, usize)], (mark, length, line): (char, usize, usize)) -> bool {
    !hopeless.iter().any(|(gone, least, from)| *gone == mark && length >= *least && line >= *from)
}

fn opens_fence(line: &str) -> Option<(char, usize)> {
    let mut text = line;
    while let Some(rest) = text.strip_prefix(|c| " \t>-*+".contains(c)) {
        text = rest;
    }
    if let Some((number, rest)) = text.split_once(['.', ')'])
        && !number.is_empty()
        && number.bytes().all(|b| b.is_ascii_digit())
        && rest.starts_with(' ')
    {
        text = rest;
    }
    let text = text.trim_start();
    let mark = text.chars().next().filter(|c| "`~".contains(*c))?;
    let length = text.chars().take_while(|c| *c == mark).count();
    let info_has_mark = mark == '`' && text[length..].contains(mark);
    (length > 2 && !info_has_mark).then_some((mark, length.min(16)))
}

fn opens_comment(text: &str) -> bool {
    match text.rsplit_once("<!--") {
        None => false,
        Some((before, after)) => {
            let code = before.chars().filter(|c| *c == '`').count() % 2 != 0 && after.contains('`');
            !code && !text[before.len()..].contains("-->")
        }
    }
}

/// `marker, space, [mark]`, where the mark is one of ` xX-~/` or `N/A` and what follows makes it no link.
fn has_box(line: &str) -> bool {
    let line = line.trim_start_matches([' ', '\t']);
    let after_number = line.trim_start_matches(|c: char| c.is_ascii_digit());
    let after_marker = if after_number.len() < line.len() {
        after_number.strip_prefix(['.', ')'])
    } else {
        line.strip_prefix(['-', '*', '+'])
    };
    let Some(rest) = after_marker.filter(|rest| rest.starts_with([' ', '\t'])) else { return false };
    let Some((mark, after)) =
        rest.trim_start_matches([' ', '\t']).strip_prefix('[').and_then(|r| r.split_once(']'))
    else {
        return false;
    };
    [" ", "x", "X", "-", "~", "/", "N/A", "n/a"].contains(&mark) && !after.starts_with(['(', '[', ':'])
}
