//! What a command printed: the last lines of its log, made harmless for a terminal.

mod growing;

pub use growing::GrowingLog;

use crate::file::FileError;
use checklist_store::env::Env;
use std::path::Path;

/// The last `lines` lines of a log, read from its last `bytes_max` bytes.
///
/// Bytes that are not UTF-8 become U+FFFD, and every line is passed through [`plain_text`]. A line that was
/// overwritten with carriage returns (a progress bar) is shown as a terminal would leave it. A line whose
/// beginning lies outside `bytes_max` is left out, or marked with `...` if it is the only one.
///
/// # Errors
/// When the log cannot be read.
///
/// ```
/// use checklist_store::env::mem::World;
/// use checklist_workflow::output::tail;
/// use std::path::Path;
///
/// let world = World::new(1);
/// world.fs.place(Path::new("/logs/a.log"), b"one\ntwo\nthree\n")?;
/// assert_eq!(tail(&world.env(), Path::new("/logs/a.log"), 2, 1 << 10)?, ["two", "three"]);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
pub fn tail(env: &Env, log: &Path, lines: usize, bytes_max: u64) -> Result<Vec<String>, FileError> {
    let failed = |source| FileError::new("read the log", log, source);
    let len = env.fs.stat(log).map_err(failed)?.len;
    let start = len.saturating_sub(bytes_max);
    // One byte more than asked for tells whether the first line is whole.
    let bytes = env.fs.read(log, start.saturating_sub(1)..len).map_err(failed)?;
    let bytes = bytes.strip_suffix(b"\n").unwrap_or(&bytes);
    let (bytes, cut) = match bytes.iter().position(|byte| *byte == b'\n') {
        _ if start == 0 => (bytes, false),
        Some(line_end) => (&bytes[line_end + 1..], false),
        None => (bytes.get(1..).unwrap_or_default(), true),
    };
    if bytes.is_empty() {
        return Ok(Vec::new());
    }
    let text = String::from_utf8_lossy(bytes);
    let all: Vec<&str> = text.split('\n').collect();
    let first = all.len().saturating_sub(lines);
    let mut last: Vec<String> = all[first..].iter().map(|line| plain_text(as_left(line))).collect();
    if cut && let Some(line) = last.first_mut() {
        line.insert_str(0, "...");
    }
    Ok(last)
}

/// What a terminal leaves standing of a line with carriage returns in it.
fn as_left(line: &str) -> &str {
    let line = line.trim_end_matches('\r');
    line.rfind('\r').map_or(line, |at| &line[at + 1..])
}

/// `text` without anything a terminal would act on.
///
/// Complete colour, cursor and title sequences (ECMA-48 CSI and OSC) disappear; any other control character
/// is shown, as `^[` (C0) or `\u{9b}`, and so are the bidirectional controls that make a line read otherwise
/// than it is (CVE-2021-42574). Tabs stay. The result has one line.
///
/// ```
/// use checklist_workflow::output::plain_text;
///
/// assert_eq!(plain_text("a \u{1b}[31mred\u{1b}[0m word"), "a red word");
/// ```
#[must_use]
pub fn plain_text(text: &str) -> String {
    let mut plain = String::with_capacity(text.len());
    let mut rest = text;
    loop {
        // Printable ASCII is what most of a text is, and stands for itself.
        let printable = rest.bytes().take_while(|byte| matches!(byte, b' '..=b'~')).count();
        plain.push_str(&rest[..printable]);
        rest = &rest[printable..];
        let Some(char) = rest.chars().next() else { break };
        if let Some(len) = sequence_len(rest) {
            rest = &rest[len..];
            continue;
        }
        match char {
            '\t' => plain.push(char),
            '\0'..='\x1f' => plain.extend(['^', char::from(char as u8 + b'@')]),
            '\x7f' => plain.push_str("^?"),
            _ if is_deceptive(char) => plain.extend(char.escape_unicode()),
            _ => plain.push(char),
        }
        rest = &rest[char.len_utf8()..];
    }
    plain
}

fn is_deceptive(char: char) -> bool {
    let reorders = matches!(char, '\u{61c}' | '\u{200e}' | '\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}');
    char.is_control() || reorders || matches!(char, '\u{2028}' | '\u{2029}')
}

/// Length of the complete escape sequence that `text` begins with.
fn sequence_len(text: &str) -> Option<usize> {
    let bytes = text.as_bytes();
    match bytes {
        [0x1b, b'[', body @ ..] => {
            let end = body.iter().position(|byte| !matches!(byte, 0x20..=0x3f))?;
            matches!(body[end], 0x40..=0x7e).then_some(2 + end + 1)
        }
        [0x1b, b']', body @ ..] => {
            let end = body.iter().position(|byte| matches!(byte, 0..=0x1f))?;
            match body[end..] {
                [0x07, ..] => Some(2 + end + 1),
                [0x1b, b'\\', ..] => Some(2 + end + 2),
                _ => None,
            }
        }
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::plain_text;

    #[test]
    fn colours_and_titles_disappear() {
        assert_eq!(plain_text("\x1b[1;31merror\x1b[0m: no"), "error: no");
        assert_eq!(plain_text("\x1b]0;owned\x07text"), "text");
        assert_eq!(plain_text("\x1b]8;;http://x\x1b\\link\x1b]8;;\x1b\\"), "link");
    }

    #[test]
    fn whatever_else_a_terminal_obeys_is_shown() {
        assert_eq!(plain_text("a\x1bcb"), "a^[cb");
        assert_eq!(plain_text("\x1b[31"), "^[[31");
        assert_eq!(plain_text("\x1b]0;never ends"), "^[]0;never ends");
        assert_eq!(plain_text("\x1b]52;c;\x1b[31m"), "^[]52;c;");
        assert_eq!(plain_text("bell\x07 del\x7f nul\0"), "bell^G del^? nul^@");
        assert_eq!(plain_text("\u{9b}31m"), "\\u{9b}31m");
        assert_eq!(plain_text("safe\u{202e}gnp.exe"), "safe\\u{202e}gnp.exe");
        assert_eq!(plain_text("one\r\ntwo"), "one^M^Jtwo");
    }

    #[test]
    fn ordinary_text_is_left_alone() {
        assert_eq!(plain_text("tab\there, Ünïcödé 日本 ✓"), "tab\there, Ünïcödé 日本 ✓");
    }

    #[test]
    fn no_input_leaves_a_control_character() {
        for first in 0..=0x9f_u8 {
            for second in [b'[', b']', b'm', 0x1b, 0x07, b'\\'] {
                let text: String = ['\x1b', char::from(first), char::from(second)].iter().collect();
                let plain = plain_text(&text);
                assert!(
                    !plain.chars().any(|char| char.is_control() && char != '\t'),
                    "{text:?} gave {plain:?}"
                );
            }
        }
    }
}
