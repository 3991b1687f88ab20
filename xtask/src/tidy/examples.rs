//! Every public item of a library is shown in an example that runs: `missing_docs` asks what it is, this asks how
//! it is used.

use super::finding::Findings;
use super::source::{Source, identifier, is_identifier, skip_spaces};
use super::tree::{File, Tree};
use std::collections::BTreeSet;

/// A library, and how many of its public items no example shows. A new item comes with one, so this only sinks.
const LIBRARIES: [(&str, usize); 3] = [
    ("crates/checklist-store/src/", 0),
    ("crates/checklist-workflow/src/", 0),
    ("crates/checklist-mcp/src/", 0),
];

/// The page whose examples are tests of a library.
const GUIDE: &str = "docs/library.md";

/// Files of a library that nobody finds in its documentation.
const HIDDEN: [&str; 3] = ["fuzzing.rs", "planted.rs", "workspace.rs"];

/// Public items by the word that declares them. A field or a variant is shown with what it belongs to.
const ITEMS: [&str; 6] = ["fn", "struct", "enum", "trait", "type", "const"];

/// Looks for items that no example of their library, and none of the guide, names.
pub(crate) fn check(tree: &Tree, findings: &mut Findings) {
    let guide = tree.get(GUIDE).map(|page| fenced(page.text.lines(), "```rust")).unwrap_or_default();
    for (library, not_shown_max) in LIBRARIES {
        let is_seen = |file: &&File| {
            file.path.starts_with(library) && !HIDDEN.iter().any(|hidden| file.path.ends_with(hidden))
        };
        let files: Vec<&File> = tree.files().filter(is_seen).collect();
        let examples = files.iter().map(|file| in_docs(&file.text)).collect::<String>() + &guide;
        let shown = names(&examples);
        let items = files.iter().filter_map(|file| Some((*file, public_items(file.source.as_ref()?))));
        let missing: Vec<(&File, usize, &str)> = items
            .flat_map(|(file, items)| items.into_iter().map(move |(line, name)| (file, line, name)))
            .filter(|(_, _, name)| !shown.contains(name))
            .collect();
        if missing.len() > not_shown_max {
            for (file, line, name) in &missing {
                findings.add(&file.path, *line, format!("no example shows `{name}`"));
            }
        } else if missing.len() < not_shown_max {
            let count = missing.len();
            findings.add(
                library,
                1,
                format!("{count} are not shown; lower the number in `tidy/examples.rs`"),
            );
        }
    }
}

/// The public items of a file, each with its line.
fn public_items(source: &Source) -> Vec<(usize, &str)> {
    let mut items = Vec::new();
    for at in source.words("pub").filter(|at| !source.in_test(*at)) {
        let mut word = skip_spaces(&source.code, at + 3);
        while let Some(declares) = identifier(&source.code, word) {
            let next = skip_spaces(&source.code, word + declares.len());
            let name = identifier(&source.code, next);
            match name {
                // `pub const fn` declares a function.
                Some(name) if ITEMS.contains(&declares) && name != "fn" => {
                    items.push((source.line(at), name));
                    break;
                }
                Some("fn") => word = next,
                _ => break,
            }
        }
    }
    items
}

/// The code of the examples in the documentation of a file, of those that run.
fn in_docs(text: &str) -> String {
    let docs = text.lines().filter_map(|line| {
        let line = line.trim_start();
        let doc = line.strip_prefix("///").or_else(|| line.strip_prefix("//!"))?;
        Some(doc.strip_prefix(' ').unwrap_or(doc))
    });
    fenced(docs, "```")
}

/// What lies between a line `begin` and the fence that ends it. Blocks that begin otherwise are passed over.
fn fenced<'t>(lines: impl Iterator<Item = &'t str>, begin: &str) -> String {
    let mut code = String::new();
    let mut block: Option<bool> = None;
    for line in lines {
        match block {
            Some(_) if line.starts_with("```") => block = None,
            Some(is_run) if is_run => {
                code.push_str(line);
                code.push('\n');
            }
            None if line.starts_with("```") => block = Some(line == begin),
            _ => {}
        }
    }
    code
}

/// Every name in an example.
fn names(code: &str) -> BTreeSet<&str> {
    code.split(|letter: char| !letter.is_ascii() || !is_identifier(letter as u8)).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn found(files: &[(&str, &str)]) -> Vec<String> {
        let mut findings = Findings::default();
        findings.enter("examples");
        check(&Tree::of(files), &mut findings);
        findings.into_all().iter().map(ToString::to_string).collect()
    }

    #[test]
    fn an_item_that_no_example_names_is_found() {
        let path = "crates/checklist-mcp/src/a.rs";
        let shown = "/// A.\n///\n/// ```\n/// a();\n/// ```\npub fn a() {}\n";
        assert!(!found(&[(path, shown)]).iter().any(|line| line.starts_with(path)));
        let others = "pub(crate) fn b() {}\n#[cfg(test)]\nmod tests { pub fn c() {} }\n";
        assert!(!found(&[(path, others)]).iter().any(|line| line.starts_with(path)));
        for hidden in ["/// A.\npub const fn a() {}\n", "/// ```text\n/// a\n/// ```\npub struct a;\n"] {
            let lines = found(&[(path, hidden)]);
            assert!(lines.iter().any(|line| line.starts_with(path) && line.contains("`a`")), "{lines:#?}");
        }
        let guide = "# Guide\n\n```rust\na();\n```\n";
        assert!(
            !found(&[(path, "pub fn a() {}\n"), (GUIDE, guide)]).iter().any(|line| line.starts_with(path))
        );
    }
}
