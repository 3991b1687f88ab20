//! Text with `${name}` in it: where references are, and how they are expanded.
//!
//! One syntax everywhere. In titles, prompts, messages and paths the tool expands `${name}`; in `bash` commands it
//! never does: the variable is exported and the shell expands it, so that no value can become shell syntax.

mod latin;

use std::fmt;
use std::ops::Range;

/// A `${name}` whose name nobody knows.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct UnknownName {
    /// The name between the braces.
    pub name: String,
    /// The bytes of `${name}` in the text.
    pub span: Range<usize>,
}

impl fmt::Display for UnknownName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "unknown variable `{}`", self.name)
    }
}

impl std::error::Error for UnknownName {}

/// One `${name}` in a text.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Reference<'a> {
    /// The name between the braces.
    pub name: &'a str,
    /// Where `${` begins, in bytes.
    pub start: usize,
}

impl Reference<'_> {
    /// The bytes of the whole `${name}`.
    #[must_use]
    pub fn span(&self) -> Range<usize> {
        self.start..self.start + self.name.len() + "${}".len()
    }
}

/// Every `${name}` in `text`, in order. A name is a letter or `_`, then letters, digits and `_`, all ASCII.
///
/// Anything else after `${`, such as the `${name:-default}` of shells, is plain text, and so is `$name`.
///
/// ```
/// use checklist_workflow::text::{Reference, expand, is_id, path_problem, references, slug};
///
/// let found: Vec<Reference<'_>> = references("Ship ${version} to ${target}").collect();
/// assert_eq!((found[0].name, found[0].span()), ("version", 5..15));
/// assert_eq!(expand("Ship ${version}", |_| Some("1.4.0".to_owned())).as_deref(), Ok("Ship 1.4.0"));
/// assert_eq!(expand("${x}", |_| None).unwrap_err().name, "x");
/// assert_eq!(slug("Write the notes!"), "write-the-notes");
/// assert!(is_id("write-the-notes") && !is_id("Write"));
/// assert!(path_problem("../up").is_some() && path_problem("docs/a.md").is_none());
/// ```
pub fn references(text: &str) -> impl Iterator<Item = Reference<'_>> {
    text.match_indices("${").filter_map(|(start, opening)| {
        let rest = &text[start + opening.len()..];
        let end = rest.find(|c: char| !(c.is_ascii_alphanumeric() || c == '_'))?;
        let name = &rest[..end];
        let is_name = rest[end..].starts_with('}') && name.starts_with(|c: char| !c.is_ascii_digit());
        (is_name && !name.is_empty()).then_some(Reference { name, start })
    })
}

/// `text` with every `${name}` replaced by what `lookup` gives for it.
///
/// Values are inserted as they are and never expanded again.
///
/// # Errors
/// [`UnknownName`] for the first name `lookup` does not know; nothing is expanded then.
pub fn expand(text: &str, mut lookup: impl FnMut(&str) -> Option<String>) -> Result<String, UnknownName> {
    let mut expanded = String::with_capacity(text.len());
    let mut copied = 0;
    for reference in references(text) {
        let Some(value) = lookup(reference.name) else {
            return Err(UnknownName { name: reference.name.to_owned(), span: reference.span() });
        };
        expanded.push_str(&text[copied..reference.start]);
        expanded.push_str(&value);
        copied = reference.span().end;
    }
    expanded.push_str(&text[copied..]);
    Ok(expanded)
}

/// Why `path` may not be used for a file of the project, or `None` when it may.
///
/// Judges the text alone: it must be relative and may not climb with `..`. Whoever opens the file still has to
/// refuse symbolic links that leave the project. Both separators count on every system, so that a template means
/// the same everywhere. To be asked again after [`expand`].
#[must_use]
pub fn path_problem(path: &str) -> Option<&'static str> {
    let drive = path.as_bytes().get(1) == Some(&b':') && path.starts_with(|c: char| c.is_ascii_alphabetic());
    if path.is_empty() {
        Some("is empty")
    } else if path.contains('\0') {
        Some("contains a NUL character")
    } else if path.starts_with(['/', '\\']) || drive {
        Some("is absolute")
    } else if path == "~" || path.starts_with("~/") {
        Some("begins with `~`, which is outside the project")
    } else if path.split(['/', '\\']).any(|part| part == "..") {
        Some("contains `..`")
    } else {
        None
    }
}

/// Offsets of `${name}` in a bash text that stand outside double quotes, where a space in the value splits words.
///
/// A scanner of quotes, not a shell: it stops at the first here-document, and errs on the side of silence.
pub(crate) fn unquoted_references(run: &str) -> Vec<Reference<'_>> {
    let mut quoted = vec![false];
    let mut found = Vec::new();
    let mut references = references(run).peekable();
    let bytes = run.as_bytes();
    let mut at = 0;
    while at < bytes.len() {
        while references.next_if(|reference| reference.start < at).is_some() {}
        let inside = *quoted.last().expect("the outermost level is never popped");
        match bytes[at] {
            b'\\' => at += 1,
            b'\'' if !inside => {
                let rest = &bytes[at + 1..];
                at += rest.iter().position(|b| *b == b'\'').map_or(rest.len(), |n| n + 1);
            }
            b'"' => {
                let last = quoted.len() - 1;
                quoted[last] = !inside;
            }
            b'<' if !inside && bytes[at..].starts_with(b"<<") => break,
            b'$' if bytes[at..].starts_with(b"$(") => {
                quoted.push(false);
                at += 1;
            }
            b')' if !inside && quoted.len() > 1 => {
                quoted.pop();
            }
            b'$' if !inside => found.extend(references.next_if(|reference| reference.start == at)),
            _ => {}
        }
        at += 1;
    }
    found
}

/// The longest id made from a text: short enough to be shown and typed.
pub const SLUG_BYTES_MAX: usize = 40;

/// The id made from a text: lower-case ASCII letters and digits joined by `-`, at most [`SLUG_BYTES_MAX`] bytes, cut at a word.
///
/// Latin letters with marks are written without (`Prüfen` is `pruefen`). Empty when the text has no Latin letter and
/// no digit at all.
#[must_use]
pub fn slug(text: &str) -> String {
    let text = latin::folded(text);
    let mut id = String::with_capacity(SLUG_BYTES_MAX);
    for word in text.split(|c: char| !c.is_ascii_alphanumeric() && c != '\'').filter(|word| !word.is_empty())
    {
        let before = id.len();
        if before > 0 {
            id.push('-');
        }
        let start = id.len();
        let letters = word.bytes().filter(u8::is_ascii_alphanumeric);
        id.extend(letters.map(|letter| char::from(letter.to_ascii_lowercase())));
        if id.len() == start {
            id.truncate(before);
        } else if id.len() > SLUG_BYTES_MAX {
            // A first word that is too long is cut; another one is left out.
            id.truncate(if before == 0 { SLUG_BYTES_MAX } else { before });
            break;
        }
    }
    id
}

/// Whether `id` is legal for a template, a step or a command: `[a-z0-9][a-z0-9-]{0,63}`.
#[must_use]
pub fn is_id(id: &str) -> bool {
    let legal = |b: u8| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'-';
    (1..=64).contains(&id.len()) && !id.starts_with('-') && id.bytes().all(legal)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn version(name: &str) -> Option<String> {
        (name == "version").then(|| "1.2 ${version}".to_owned())
    }

    #[test]
    fn expands_once_and_leaves_shell_forms_alone() {
        let text = "ship ${version}: ${version:-x} $version ${} ${1} $${version";
        let expected = "ship 1.2 ${version}: ${version:-x} $version ${} ${1} $${version";
        assert_eq!(expand(text, version).as_deref(), Ok(expected));
        assert_eq!(expand("$${version}", version).as_deref(), Ok("$1.2 ${version}"));
    }

    #[test]
    fn names_the_unknown_name_and_its_place() {
        let unknown = expand("é ${vresion}", version).unwrap_err();
        assert_eq!((unknown.name.as_str(), unknown.span), ("vresion", 3..13));
    }

    #[test]
    fn finds_references_outside_quotes() {
        let starts = |run: &str| unquoted_references(run).iter().map(|r| r.start).collect::<Vec<_>>();
        assert_eq!(starts("echo ${a} \"${b}\" '${c}' \\${d}"), [5]);
        assert_eq!(starts("echo \"$(cat ${a})\" ${b}"), [12, 19]);
        assert_eq!(starts("echo it\\'s \"it's ${a}\" ${b}"), [23]);
        assert_eq!(starts("cat <<EOF\n${a}\nEOF"), [0usize; 0]);
        assert_eq!(starts("echo 'open ${a}"), [0usize; 0]);
    }

    #[test]
    fn refuses_paths_that_leave_the_project() {
        for path in ["/etc", "..", "a/../b", "a\\..\\b", "\\\\host", "C:/x", "c:x", "", "~/x", "~", "a\0b"] {
            assert!(path_problem(path).is_some(), "{path:?}");
        }
        for path in ["a", "a/b..c", "..a/b", "./a", "a..", "docs/${version}.md"] {
            assert_eq!(path_problem(path), None, "{path:?}");
        }
    }

    #[test]
    fn slugs_are_legal_ids_cut_at_a_word() {
        assert_eq!(slug("All functional requirements, specified!"), "all-functional-requirements-specified");
        assert_eq!(slug("don't `panic`"), "dont-panic");
        assert_eq!(slug("--- ''"), "");
        assert_eq!(slug("Änderungen prüfen"), "aenderungen-pruefen");
        assert_eq!(slug("検査"), "");
        assert_eq!(slug(&"x".repeat(100)).len(), 40);
        assert_eq!(slug(&format!("{}tail", "word ".repeat(7))), format!("{}tail", "word-".repeat(7)));
        assert_eq!(slug(&format!("{}tails", "word ".repeat(8))), "word-".repeat(8).trim_end_matches('-'));
        assert!(
            is_id("a-1")
                && is_id("1")
                && !is_id("-a")
                && !is_id("A")
                && !is_id("")
                && !is_id(&"a".repeat(65))
        );
    }
}
