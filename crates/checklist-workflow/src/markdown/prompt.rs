//! The `[[LLM: ...]]` blocks of BMAD checklists, which speak to a language model and not to people.

const OPEN: &str = "[[LLM:";

/// What ends a prompt.
pub(super) const CLOSE: &str = "]]";

/// A prompt that is being read.
#[derive(Debug)]
pub(super) struct Prompt {
    /// The line it begins on, counted from 1.
    pub(super) line: usize,
    pub(super) text: String,
}

/// Whether a line begins a prompt.
pub(super) fn opens(line: &str) -> bool {
    line.trim_start().starts_with(OPEN)
}

/// The first words of the prompt a line begins.
pub(super) fn after_opening(line: &str) -> &str {
    let text = line.trim_start();
    text.strip_prefix(OPEN).unwrap_or(text).trim_start()
}

/// Whether a line could end a prompt, be it its own.
pub(super) fn could_end(line: &str) -> bool {
    line.contains(CLOSE) && closing(after_opening(line)).is_some()
}

/// Where a line closes a prompt: at the first `]]` that closes no `[[` of the same line.
pub(super) fn closing(line: &str) -> Option<usize> {
    let mut depth = 0_usize;
    let mut at = 0;
    while let Some(found) = line[at..].find(['[', ']']).map(|found| at + found) {
        if line[found..].starts_with("[[") {
            depth += 1;
            at = found + 2;
        } else if line[found..].starts_with(CLOSE) {
            if depth == 0 {
                return Some(found);
            }
            depth -= 1;
            at = found + 2;
        } else {
            at = found + 1;
        }
    }
    None
}
