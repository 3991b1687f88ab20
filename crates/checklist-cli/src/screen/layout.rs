//! `Look`: how wide the screen is and whether it has colour, and text that fits it.

use super::spoken::sentence;
use anstyle::{AnsiColor, Style};
use checklist_workflow::output::plain_text;
use unicode_width::{UnicodeWidthChar as _, UnicodeWidthStr as _};

/// What a text is drawn for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Look {
    /// Columns.
    pub(crate) width: usize,
    /// Whether colour repeats the meaning. It never carries it.
    pub(crate) colour: bool,
    pub(crate) drawing: Drawing,
}

/// How much of the meaning may lie in where something stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Drawing {
    /// Columns, and frames round what is quoted.
    Framed,
    /// Columns and no frames: a terminal that can only write lines, or a program that reads them.
    Bare,
    /// None: one fact to a line, as a sentence, for a screen reader.
    Spoken,
}

/// What a piece of text means.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Role {
    Good,
    Now,
    Quiet,
    Bad,
    Doubt,
    Strong,
}

impl Look {
    /// For output that another program reads line by line.
    pub(crate) const PLAIN: Look = Look { width: 100_000, colour: false, drawing: Drawing::Bare };

    /// As most terminals are, without colour.
    pub(crate) const SCREEN: Look = Look { width: 80, colour: false, drawing: Drawing::Framed };

    /// Whether it is read aloud.
    pub(crate) fn is_spoken(self) -> bool {
        self.drawing == Drawing::Spoken
    }

    /// `text` in the colour of its meaning.
    pub(crate) fn paint(self, role: Role, text: &str) -> String {
        if !self.colour || text.is_empty() {
            return text.to_owned();
        }
        let style = match role {
            Role::Good => AnsiColor::Green.on_default(),
            Role::Now => AnsiColor::Cyan.on_default().bold(),
            Role::Quiet => Style::new().dimmed(),
            Role::Bad => AnsiColor::Red.on_default().bold(),
            Role::Doubt => AnsiColor::Yellow.on_default().bold(),
            Role::Strong => Style::new().bold(),
        };
        format!("{style}{text}{style:#}")
    }
}

/// `text` without anything a terminal would act on, on one line.
pub(crate) fn clean(text: &str) -> String {
    if is_printable(text) && !text.starts_with(' ') && !text.ends_with(' ') && !text.contains("  ") {
        return text.to_owned();
    }
    let one_line = text.split_whitespace().collect::<Vec<_>>().join(" ");
    plain_text(&one_line)
}

/// Whether a text is ASCII alone, each character of which takes a column: most are, in any list.
fn is_printable(text: &str) -> bool {
    text.bytes().all(|byte| matches!(byte, b' '..=b'~'))
}

/// `1 step`, `2 steps`.
pub(crate) fn counted(count: usize, one: &str) -> String {
    if count == 1 { format!("1 {one}") } else { format!("{count} {one}s") }
}

/// Columns that `text` takes.
pub(crate) fn width(text: &str) -> usize {
    if is_printable(text) { text.len() } else { text.width() }
}

/// `text` and spaces up to `columns`.
pub(crate) fn pad(text: &str, columns: usize) -> String {
    let spaces = columns.saturating_sub(width(text));
    let mut padded = String::with_capacity(text.len() + spaces);
    padded.push_str(text);
    padded.extend(std::iter::repeat_n(' ', spaces));
    padded
}

/// `text`, cut to `columns` with `...` at its end where it is longer.
pub(crate) fn fit(text: &str, columns: usize) -> String {
    if width(text) <= columns {
        return text.to_owned();
    }
    let dots = "...".len().min(columns);
    let mut kept = String::new();
    let mut taken = 0;
    for char in text.chars() {
        let next = taken + char.width().unwrap_or(0);
        if next > columns - dots {
            break;
        }
        kept.push(char);
        taken = next;
    }
    let kept = kept.trim_end();
    format!("{kept}{}", ".".repeat(dots))
}

/// `text` in lines of at most `columns`, broken at spaces; a longer word is broken where it must be.
pub(crate) fn wrap(text: &str, columns: usize) -> Vec<String> {
    let columns = columns.max(8);
    let mut lines = Vec::new();
    for paragraph in text.lines() {
        let paragraph = plain_text(paragraph);
        if width(&paragraph) <= columns {
            lines.push(paragraph.trim_end().to_owned());
            continue;
        }
        let indent: String = paragraph.chars().take_while(|char| *char == ' ').take(columns / 2).collect();
        let mut line = indent.clone();
        for word in paragraph.split_whitespace() {
            let gap = usize::from(width(&line) > width(&indent));
            if gap > 0 && width(&line) + gap + width(word) > columns {
                lines.push(std::mem::replace(&mut line, indent.clone()));
            } else if gap > 0 {
                line.push(' ');
            }
            for char in word.chars() {
                if width(&line) + char.width().unwrap_or(0) > columns {
                    lines.push(std::mem::replace(&mut line, indent.clone()));
                }
                line.push(char);
            }
        }
        lines.push(line);
    }
    lines
}

/// `left` and `right` on one line with the right one at the edge, or on two lines where they do not fit; as sentences
/// where they are read aloud.
pub(crate) fn apart(left: &str, right: &str, look: Look) -> String {
    let columns = look.width;
    let taken = width(left) + width(right);
    if right.is_empty() {
        left.to_owned()
    } else if look.is_spoken() {
        let left = sentence(left);
        format!("{left}{} {right}", if left.ends_with(['.', '?', ':']) { "" } else { "." })
    } else if taken + 2 <= columns {
        format!("{left}{}{right}", " ".repeat((columns - taken).clamp(2, 40)))
    } else {
        format!("{left}\n  {right}")
    }
}

/// `Next: ` and the commands that may follow, each on a line of its own with what it is for: beside it, or below it
/// where there is no room. A command is for copying, so it stays in one piece.
pub(crate) fn next(commands: &[(String, String)], look: Look) -> String {
    if look.is_spoken() {
        let line = |(index, (command, why)): (usize, &(String, String))| {
            let lead = if index == 0 { "Next" } else { "Or" };
            let why = if why.is_empty() { String::new() } else { format!(" ({why})") };
            format!("{lead}: {command}{why}\n")
        };
        return commands.iter().enumerate().map(line).collect();
    }
    let columns = look.width;
    const LEAD: &str = "Next: ";
    const GAP: usize = "   ()".len();
    let longest = commands.iter().map(|(command, _)| width(command)).max().unwrap_or(0);
    let fits = |(command, why): &(String, String), least: usize| {
        LEAD.len() + width(command).max(least) + GAP + width(why) <= columns
    };
    let mut text = String::new();
    for (index, both) in commands.iter().enumerate() {
        let (command, why) = both;
        let aligned = if fits(both, longest) { longest } else { 0 };
        let lead = if index == 0 { LEAD } else { "      " };
        match why.is_empty() {
            true => text.push_str(&format!("{lead}{command}\n")),
            false if fits(both, aligned) => {
                text.push_str(&format!("{lead}{}   ({why})\n", pad(command, aligned)));
            }
            false => {
                text.push_str(&format!("{lead}{command}\n"));
                let lines = wrap(&format!("({why})"), columns.saturating_sub(LEAD.len() + 2));
                lines.iter().for_each(|line| text.push_str(&format!("        {line}\n")));
            }
        }
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn text_is_cut_and_wrapped_by_columns_and_not_by_bytes() {
        assert_eq!(fit("abcdef", 6), "abcdef");
        assert_eq!(fit("abcdefg", 6), "abc...");
        assert_eq!(fit("日本語のテキスト", 9), "日本語...");
        assert_eq!(width(&fit("日本語のテキスト", 8)), 7);
        assert_eq!(fit("abc", 2), "..");
        assert_eq!(wrap("one two three", 8), ["one two", "three"]);
        assert_eq!(wrap("  a bb cc", 8), ["  a bb", "  cc"]);
        assert_eq!(wrap("abcdefghijkl", 8), ["abcdefgh", "ijkl"]);
        assert_eq!(wrap("a\n\nb", 8), ["a", "", "b"]);
        assert_eq!(pad("日本", 6), "日本  ");
    }

    #[test]
    fn nothing_a_terminal_obeys_gets_through() {
        assert_eq!(clean("a\x1b[31m red\n\tb\x07"), "a red b^G");
        assert_eq!(clean(" a  b "), "a b");
        assert_eq!(clean("a b"), "a b");
        assert_eq!(wrap("\x1b]0;title\x07text", 20), ["text"]);
    }

    #[test]
    fn colour_is_only_around_the_text() {
        let look = Look { colour: true, ..Look::SCREEN };
        assert_eq!(look.paint(Role::Bad, "[!]"), "\u{1b}[1m\u{1b}[31m[!]\u{1b}[0m");
        assert_eq!(Look { colour: false, ..look }.paint(Role::Bad, "[!]"), "[!]");
    }

    #[test]
    fn what_a_command_is_for_stands_beside_it_or_below() {
        let both = |command: &str, why: &str| (command.to_owned(), why.to_owned());
        let commands =
            [both("checklist run", "tries test again"), both("checklist skip test", "leaves it out")];
        assert_eq!(
            next(&commands, Look { width: 60, ..Look::SCREEN }),
            "Next: checklist run         (tries test again)\n      checklist skip test   (leaves it out)\n"
        );
        assert_eq!(
            next(&commands, Look { width: 40, ..Look::SCREEN }),
            "Next: checklist run   (tries test again)\n      checklist skip test\n        (leaves it out)\n"
        );
        let narrow = next(&commands, Look { width: 20, ..Look::SCREEN });
        assert!(narrow.contains("      checklist skip test\n        (leaves it\n        out)\n"), "{narrow}");
    }

    #[test]
    fn the_right_side_moves_below_when_there_is_no_room() {
        const NARROW: Look = Look { width: 20, ..Look::SCREEN };
        assert_eq!(apart("left", "right", NARROW), "left           right");
        assert_eq!(apart("left side", "right side", NARROW), "left side\n  right side");
        let spoken = Look { drawing: Drawing::Spoken, ..NARROW };
        assert_eq!(apart("left   side", "right side", spoken), "left, side. right side");
        assert_eq!(apart("Done.", "right", spoken), "Done. right");
    }
}
