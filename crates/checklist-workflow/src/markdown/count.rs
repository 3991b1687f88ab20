//! The second opinion: a counter of boxes that shares no code with the reader, to be held against it.
//!
//! It knows lines, fences and comments in its own simple way, and nothing of lists, headings or prompts.

/// The lines, counted from 1, on which a box stands outside code fences and HTML comments.
pub(super) fn lines_with_boxes(source: &str) -> Vec<usize> {
    let lines: Vec<&str> = source.trim_start_matches('\u{feff}').lines().collect();
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
                    open = opens_comment(after).then_some(('!', 0, index)).filter(|mark| hope(hopeless, *mark));
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
        let mut words = line.trim_start_matches([' ', '\t', '>']);
        for bullet in ["- ", "* ", "+ "] {
            words = words.strip_prefix(bullet).map_or(words, str::trim_start);
        }
        let fence = ['`', '~'].into_iter().find(|mark| words.starts_with(&mark.to_string().repeat(3)));
        if let Some(mark) = fence {
            let info = words.trim_start_matches(mark);
            let length = (words.len() - info.len()).min(16);
            if mark == '~' || !info.contains('`') {
                open = Some((mark, length, index)).filter(|mark| hope(hopeless, *mark));
                continue;
            }
        } else if opens_comment(line) {
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

fn opens_comment(text: &str) -> bool {
    match text.rsplit_once("<!--") {
        None => false,
        Some((before, after)) => {
            let code = before.chars().filter(|c| *c == '`').count() % 2 != 0 && after.contains('`');
            !code && !after.contains("-->")
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
    let Some((mark, after)) = rest.trim_start_matches([' ', '\t']).strip_prefix('[').and_then(|r| r.split_once(']'))
    else {
        return false;
    };
    [" ", "x", "X", "-", "~", "/", "N/A", "n/a"].contains(&mark) && !after.starts_with(['(', '[', ':'])
}
