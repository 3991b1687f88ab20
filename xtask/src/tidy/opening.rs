//! Every Rust file opens with a sentence that says what it owns.

use super::finding::Findings;
use super::tree::Tree;

/// Looks at the first line of each file.
pub(crate) fn check(tree: &Tree, findings: &mut Findings) {
    for (file, _) in tree.rust("") {
        let sentence = file.text.lines().next().and_then(|line| line.strip_prefix("//! "));
        if sentence.is_none_or(|text| text.split_whitespace().count() < 2) {
            findings.add(
                &file.path,
                1,
                "open with `//!` and one sentence: which noun or protocol this file owns",
            );
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::finding::found;
    use super::*;

    #[test]
    fn a_silent_file_is_found() {
        let tree = Tree::of(&[
            ("crates/a/src/good.rs", "//! The log.\n"),
            ("crates/a/src/silent.rs", "use std::io;\n"),
            ("crates/a/src/late.rs", "\n//! The log.\n"),
            ("crates/a/src/word.rs", "//! Log\n"),
        ]);
        assert_eq!(found(check, &tree).len(), 3);
    }
}
