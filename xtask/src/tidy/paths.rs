//! Paths in Rust code, `use` trees opened out: `crate::{a::B, c}` names `crate::a::B` and `crate::c`.

use super::source::{identifier, skip_spaces, words};

/// One path: its segments, the name it is known by afterwards, and where its last segment stands.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct NamedPath {
    /// `["crate", "a", "B"]`; a glob ends in `*`.
    pub(crate) segments: Vec<String>,
    /// `B`, or what follows `as`.
    pub(crate) name: String,
    /// Offset of the last segment.
    pub(crate) at: usize,
}

/// Every path in `code` that starts with `root::`, in `use` items and in expressions alike.
pub(crate) fn paths_from(code: &str, root: &str) -> Vec<NamedPath> {
    let mut found = Vec::new();
    for at in words(code, root) {
        let is_continued = code[..at].trim_end().ends_with("::");
        if !is_continued && code[skip_spaces(code, at + root.len())..].starts_with("::") {
            tree(code, at, &[], &mut found);
        }
    }
    found
}

/// Every path that a `use` item names.
pub(crate) fn used_paths(code: &str) -> Vec<NamedPath> {
    let mut found = Vec::new();
    for at in words(code, "use") {
        tree(code, skip_spaces(code, at + 3), &[], &mut found);
    }
    found
}

/// Reads one use tree at `at` below `prefix`; returns the offset after it.
fn tree(code: &str, at: usize, prefix: &[String], found: &mut Vec<NamedPath>) -> usize {
    let start = if code[at..].starts_with("::") { skip_spaces(code, at + 2) } else { at };
    if code[start..].starts_with('{') {
        return group(code, start + 1, prefix, found);
    }
    let is_glob = code[start..].starts_with('*');
    let Some(word) = (if is_glob { Some("*") } else { identifier(code, start) }) else { return start };
    let mut segments = prefix.to_vec();
    if word != "self" || segments.is_empty() {
        segments.push(word.to_owned());
    }
    let end = start + word.len();
    let next = skip_spaces(code, end);
    if let Some(after) = code[next..].strip_prefix("::") {
        let after = skip_spaces(code, code.len() - after.len());
        let goes_on = code[after..].starts_with(['{', '*']) || identifier(code, after).is_some();
        if goes_on {
            return tree(code, after, &segments, found);
        }
    }
    let mut name = segments.last().cloned().unwrap_or_default();
    let mut stop = end;
    if identifier(code, next) == Some("as") {
        let alias = skip_spaces(code, next + 2);
        if let Some(word) = identifier(code, alias) {
            word.clone_into(&mut name);
            stop = alias + word.len();
        }
    }
    found.push(NamedPath { segments, name, at: start });
    stop
}

fn group(code: &str, mut at: usize, prefix: &[String], found: &mut Vec<NamedPath>) -> usize {
    loop {
        at = skip_spaces(code, at);
        match code.as_bytes().get(at) {
            None => return at,
            Some(b'}') => return at + 1,
            Some(b',') => at += 1,
            Some(_) => {
                let end = tree(code, at, prefix, found);
                // Whatever cannot be read as a tree is stepped over, so that the loop ends.
                at = end.max(at + 1);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn joined(paths: &[NamedPath]) -> Vec<String> {
        paths.iter().map(|path| path.segments.join("::")).collect()
    }

    #[test]
    fn trees_are_opened_out() {
        let code = "use crate::{error::{self, Error as E}, key::Key};\nlet x = crate::disk::wal::Wal::<u8>::new();\npub(crate) fn f() {}";
        assert_eq!(
            joined(&paths_from(code, "crate")),
            ["crate::error", "crate::error::Error", "crate::key::Key", "crate::disk::wal::Wal"]
        );
        assert_eq!(paths_from(code, "crate")[1].name, "E");
    }

    #[test]
    fn supers_count_once_and_globs_are_seen() {
        assert_eq!(joined(&paths_from("use super::super::disk::*;", "super")), ["super::super::disk::*"]);
    }

    #[test]
    fn re_exports_are_read_without_a_root() {
        let paths = used_paths("pub use error::{Error, ErrorKind};\npub use serde_json::Value;");
        assert_eq!(joined(&paths), ["error::Error", "error::ErrorKind", "serde_json::Value"]);
    }
}
