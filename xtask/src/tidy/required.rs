//! Documents that a reader may rely on being there.

use super::finding::Findings;
use super::tree::Tree;

const FILES: &[&str] = &[
    "README.md",
    "ARCHITECTURE.md",
    "CONTRIBUTING.md",
    "LICENSE-MIT",
    "LICENSE-APACHE",
    ".ci/run",
    "docs/durability.md",
    "docs/format.md",
];

/// Looks for missing and for empty documents.
pub(crate) fn check(tree: &Tree, findings: &mut Findings) {
    for path in FILES {
        if tree.get(path).is_none_or(|file| file.text.trim().is_empty()) {
            findings.add(path, 1, "this file must exist and say something");
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::finding::found;
    use super::*;

    #[test]
    fn missing_and_empty_documents_are_found() {
        let mut files: Vec<(&str, &str)> = FILES.iter().map(|path| (*path, "text")).collect();
        assert_eq!(found(check, &Tree::of(&files)), [""; 0]);
        files[0].1 = " \n";
        files.pop();
        assert_eq!(found(check, &Tree::of(&files)).len(), 2);
    }
}
