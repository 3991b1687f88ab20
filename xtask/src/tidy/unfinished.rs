//! Unfinished work: no file carries a word that promises to come back.

use super::finding::Findings;
use super::source::words;
use super::tree::Tree;

const WORDS: &[&str] = &["TODO", "FIXME", "XXX", "HACK"];
const MACROS: &[&str] = &["todo!", "unimplemented!"];

/// This file has to spell the words out.
const OWN_LIST: &str = "xtask/src/tidy/unfinished.rs";

/// Looks at all text, comments and documents included; fixtures hold other people's words.
pub(crate) fn check(tree: &Tree, findings: &mut Findings) {
    let is_ours = |path: &str| path != OWN_LIST && !path.split('/').any(|part| part == "fixtures");
    for file in tree.files().filter(|file| is_ours(&file.path)) {
        for (line, text) in file.text.lines().enumerate() {
            let word = WORDS.iter().find(|word| words(text, word).next().is_some());
            let called = MACROS.iter().find(|name| text.contains(*name));
            if let Some(word) = word.or(called) {
                findings.add(&file.path, line + 1, format!("{word}: finish it or leave it out"));
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::finding::found;
    use super::*;

    #[test]
    fn promises_are_found_and_longer_words_are_not() {
        let tree = Tree::of(&[
            ("a.rs", "fn f() { todo!() } // FIXME: later\n"),
            ("b.md", "- [ ] TODO\n"),
            ("c.sh", "mktemp -d name.XXXXXX # TODOS\n"),
            ("crates/a/tests/fixtures/list.md", "TODO\n"),
        ]);
        let found = found(check, &tree);
        assert_eq!(found.len(), 2, "{found:#?}");
    }
}
