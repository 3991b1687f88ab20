//! Paths of one machine: nothing in the repository may work only where it was written.

use super::finding::Findings;
use super::tree::Tree;

/// Beginnings of paths that exist on somebody's machine alone.
const BEGINNINGS: &[&str] =
    &["/home/", "/root/", "/Users/", "/work/", "/workspace/", "/tmp/target", "C:\\Users\\"];

/// Homes of nobody, for examples and for tests whose disk is in memory.
const FICTIONAL: &[&str] = &["/home/ana/", "/home/ana\"", "/home/anabel"];

/// This file has to spell the paths out.
const OWN_LIST: &str = "xtask/src/tidy/machine_paths.rs";

/// Looks at all text.
pub(crate) fn check(tree: &Tree, findings: &mut Findings) {
    for file in tree.files().filter(|file| file.path != OWN_LIST) {
        for (line, text) in file.text.lines().enumerate() {
            if let Some(beginning) = BEGINNINGS.iter().find(|beginning| starts_a_path(text, beginning)) {
                findings.add(
                    &file.path,
                    line + 1,
                    format!("{beginning}… is a path of one machine; make it relative"),
                );
            }
        }
    }
}

/// Whether `beginning` stands in `text` where a path starts, and not in the middle of one.
fn starts_a_path(text: &str, beginning: &str) -> bool {
    let continues = |at: usize| {
        text[..at]
            .chars()
            .next_back()
            .is_some_and(|before| before.is_alphanumeric() || "._-~/}>*".contains(before))
    };
    let is_fiction = |at: usize| FICTIONAL.iter().any(|home| text[at..].starts_with(home));
    text.match_indices(beginning).any(|(at, _)| !continues(at) && !is_fiction(at))
}

#[cfg(test)]
mod tests {
    use super::super::finding::found;
    use super::*;

    #[test]
    fn absolute_paths_are_found_and_relative_ones_are_not() {
        let tree = Tree::of(&[
            ("a.rs", "const A: &str = \"/home/ci/code\"; // not \"/home/ana/code\"\n"),
            ("b.md", "see ../shared/work/x, src/home/page, <root>/work/x and https://x.example/Users/\n"),
            ("c.toml", "path = \"C:\\Users\\ana\"\n"),
        ]);
        let found = found(check, &tree);
        assert_eq!(found.len(), 2, "{found:#?}");
    }
}
