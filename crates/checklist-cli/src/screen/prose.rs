//! Sentences at a terminal: broken between words, and never within what is copied from them.

use super::layout::width;

/// As much of a first word, such as `error: `, as the lines below it stand under; a longer one is not indented for.
const LABEL_COLUMNS_MAX: usize = 13;

/// Programs with which what is to be typed begins.
const PROGRAMS: &[&str] = &["checklist", "cargo", "chmod", "fuser", "git", "kill", "mkdir", "ps"];

/// How much space parts what stands side by side from what is one sentence.
const GAP: &str = "   ";

/// `text`, a sentence or several, in lines of at most `columns`: the first as it begins, the others below what
/// stands behind its label, or `hanging` columns from the edge. Line breaks of its own stay. What is longer than a line
/// and has to stay in one piece does: the terminal breaks it, and it can still be copied.
pub(crate) fn flow(text: &str, hanging: usize, columns: usize) -> String {
    let lines: Vec<String> = text.lines().map(|line| flow_line(line, hanging, columns)).collect();
    let end = if text.ends_with('\n') { "\n" } else { "" };
    format!("{}{end}", lines.join("\n"))
}

/// The same for a sentence that begins with a word for what it is: `error: `, `Note: `.
pub(crate) fn flow_below_label(text: &str, columns: usize) -> String {
    flow(text, label(text), columns)
}

/// Findings as they are rendered: what is said of a place flows, and the excerpt of a file stays as it is.
pub(crate) fn flow_findings(text: &str, columns: usize) -> String {
    let line = |line: &str| {
        let (bold, reset) = ("\u{1b}[1m", "\u{1b}[0m");
        let behind_number = line.trim_start_matches(|char: char| char == ' ' || char.is_ascii_digit());
        match line.strip_prefix(bold).and_then(|line| line.strip_suffix(reset)) {
            Some(said) if !said.contains('\u{1b}') => {
                let lines = flow(said, 2, columns);
                lines.lines().map(|line| format!("{bold}{line}{reset}\n")).collect()
            }
            _ if line.contains('\u{1b}') => format!("{line}\n"),
            _ if behind_number.starts_with('|') => format!("{line}\n"),
            _ => {
                format!("{}\n", flow(line, line.find("help: ").map_or(2, |at| at + "help: ".len()), columns))
            }
        }
    };
    text.lines().map(line).collect()
}

/// Columns of the word that a sentence begins with, where it says what the sentence is.
fn label(text: &str) -> usize {
    let word = text.split_once(": ").map(|(word, _)| width(word) + 2);
    word.filter(|columns| *columns <= LABEL_COLUMNS_MAX).unwrap_or(2)
}

fn flow_line(text: &str, hanging: usize, columns: usize) -> String {
    if width(text) <= columns {
        return text.to_owned();
    }
    let indent = text.len() - text.trim_start_matches(' ').len();
    let hanging = (indent + hanging).min(columns / 2);
    // A question ends with the space before its answer.
    let end = &text[text.trim_end_matches(' ').len()..];
    let mut lines = vec![" ".repeat(indent)];
    for (index, part) in parts(text.trim_start_matches(' ')).enumerate() {
        // What stands side by side stays so where it has the room, and else begins a line.
        let fits = |line: &String| width(line) + GAP.len() + width(part) <= columns;
        match lines.last_mut() {
            Some(line) if index > 0 && fits(line) => line.push_str(&format!("{GAP}{part}")),
            _ if index > 0 => {
                lines.push(" ".repeat(indent));
                fill(part, hanging, columns, &mut lines);
            }
            _ => fill(part, hanging, columns, &mut lines),
        }
    }
    format!("{}{end}", lines.join("\n"))
}

/// What stands side by side in one text, with [`GAP`] or more between.
fn parts(text: &str) -> impl Iterator<Item = &str> {
    text.split(GAP).map(str::trim).filter(|part| !part.is_empty())
}

/// Puts a sentence behind the last of `lines`, and below it.
fn fill(part: &str, hanging: usize, columns: usize, lines: &mut Vec<String>) {
    for piece in pieces(part) {
        let line = lines.last_mut().expect("a line was begun");
        let is_begun = !line.trim_start().is_empty();
        if is_begun && width(line) + 1 + width(&piece) > columns {
            lines.push(format!("{:hanging$}{piece}", ""));
        } else {
            line.push_str(if is_begun { " " } else { "" });
            line.push_str(&piece);
        }
    }
}

/// The words of a sentence; a command and what stands between backquotes is one word.
fn pieces(sentence: &str) -> Vec<String> {
    let mut pieces: Vec<String> = Vec::new();
    let (mut is_command, mut is_quoted, mut is_code) = (false, false, false);
    for word in sentence.split(' ').filter(|word| !word.is_empty()) {
        let is_inside = is_command || is_code;
        let begins = !is_inside && PROGRAMS.contains(&bare(word)) && begins_command(pieces.last());
        match pieces.last_mut().filter(|_| is_inside) {
            Some(piece) => piece.push_str(&format!(" {word}")),
            None => pieces.push(word.to_owned()),
        }
        is_code ^= word.matches('`').count() % 2 == 1;
        is_quoted = (is_command || begins) && is_quoted ^ (word.matches('"').count() % 2 == 1);
        is_command = (is_command || begins) && (is_quoted || !ends_command(word));
    }
    pieces
}

/// A word without the signs around it.
fn bare(word: &str) -> &str {
    word.trim_start_matches('(').trim_end_matches([')', ',', '.', ';', ':'])
}

/// Whether a program that is named behind this word is to be typed: in a sentence it is behind an article.
fn begins_command(before: Option<&String>) -> bool {
    before.is_none_or(|word| {
        word.ends_with([':', ',']) || matches!(word.as_str(), "or" | "and" | "with" | "then" | "by" | "|")
    })
}

fn ends_command(word: &str) -> bool {
    let is_ellipsis = word.ends_with("...") || word.ends_with("...\"");
    !is_ellipsis && word.ends_with([',', ';', '.', ')'])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_sentence_is_broken_between_words_below_its_label() {
        let note = "Note: state.yaml was edited by hand and is shown as edited. Before anything else is saved: \
                    checklist adopt, or checklist restore";
        assert_eq!(
            flow_below_label(note, 60),
            "Note: state.yaml was edited by hand and is shown as edited.\n      Before anything else is saved: checklist adopt, or\n      \
             checklist restore"
        );
        assert_eq!(flow_below_label(note, 200), note);
        assert_eq!(
            flow("aa bb cc\n  dd ee ff\n", 2, 6),
            "aa bb\n  cc\n  dd\n    ee\n    ff\n".replace("    ", "   ")
        );
    }

    #[test]
    fn what_is_copied_stays_in_one_piece() {
        let advice = "To record it anyway as claimed, with a reason: checklist done publish-the-release --claim \"why not. So\"";
        let command = "checklist done publish-the-release --claim \"why not. So\"";
        for columns in 8..120 {
            assert!(flow(advice, 2, columns).contains(command), "{columns}");
        }
        let path = "cannot write /a/very/long/path/that/no/line/has/room/for: no space left";
        assert!(flow(path, 4, 30).contains("\n    /a/very/long/path/that/no/line/has/room/for:\n"));
        assert!(
            flow("in doubt. The disk refused to confirm `done a b c` (no)", 2, 45).contains("`done a b c`")
        );
        assert!(!flow("x is no place: .checklist is kept by the program", 2, 30).contains("place:\n"));
        // In a sentence the program is a word as any other.
        assert!(flow("busy: the checklist that started it is gone now", 6, 30).contains("checklist that\n"));
    }

    #[test]
    fn what_stands_side_by_side_stands_below_where_there_is_no_room() {
        let keys = "     c copy   d done   s skip   b back   q leave (your place is kept)   ? help\n> ";
        assert_eq!(
            flow(keys, 0, 60),
            "     c copy   d done   s skip   b back\n     q leave (your place is kept)   ? help\n> "
        );
        assert_eq!(
            flow("Is it so, and was it looked at? [y/N] ", 2, 20),
            "Is it so, and was it\n  looked at? [y/N] "
        );
        let two = "Start one: checklist init hello        From Markdown: checklist init --from FILE.md";
        assert_eq!(
            flow(two, 2, 60),
            "Start one: checklist init hello\nFrom Markdown: checklist init --from FILE.md"
        );
    }

    #[test]
    fn no_word_is_lost_and_no_line_is_longer_than_it_must_be() {
        let text = "Recovered: the last command was cut off. 4 log records replayed in 2 ms, nothing lost. Look: checklist wal show";
        for columns in 8..130 {
            let flowed = flow_below_label(text, columns);
            let words = |text: &str| text.split_whitespace().map(str::to_owned).collect::<Vec<_>>();
            assert_eq!(words(&flowed), words(text), "{columns}");
            for line in flowed.lines() {
                let is_one_piece = pieces(line.trim_start()).len() == 1;
                assert!(width(line) <= columns || is_one_piece, "{columns}: {line:?}");
            }
        }
    }

    #[test]
    fn an_excerpt_stays_as_it_is() {
        let found = "list.yaml:41:16: unknown name \"vars.taget\" in condition and more\n   |\n41 |     condition: vars.taget == \"prod\" and some more of it\n   |                ^^^^ did you mean vars.target?\n";
        let flowed = flow_findings(found, 40);
        assert!(
            flowed.starts_with(
                "list.yaml:41:16: unknown name\n  \"vars.taget\" in condition and more\n   |\n41 |"
            ),
            "{flowed}"
        );
        assert!(flowed.contains("41 |     condition: vars.taget == \"prod\" and some more of it\n"));
        let bold = flow_findings("\u{1b}[1mlist.yaml:1:1: one two three\u{1b}[0m\n", 24);
        assert_eq!(bold, "\u{1b}[1mlist.yaml:1:1: one two\u{1b}[0m\n\u{1b}[1m  three\u{1b}[0m\n");
    }
}
