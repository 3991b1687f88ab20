//! Every promise names its evidence: a test that exists and runs, a lint that is denied, a rule, a chore in CI.

use super::finding::Findings;
use super::source::{Source, identifier, skip_spaces};
use super::table::column;
use super::tree::{File, Tree};

/// Documents whose tables promise something, and the column that names the evidence.
const DOCUMENTS: &[(&str, &[&str])] = &[
    ("docs/durability.md", &["Test"]),
    ("docs/museum.md", &["Test"]),
    ("ARCHITECTURE.md", &["Test", "Held by"]),
    ("CONTRIBUTING.md", &[ENFORCED]),
];

/// The column of rules for people: a rule that no tool can check says `review` and nothing more.
const ENFORCED: &str = "Enforced by";

/// Follows every reference in every evidence column.
pub(crate) fn check(tree: &Tree, findings: &mut Findings) {
    for (path, titles) in DOCUMENTS {
        let cells = tree.get(path).map(|file| column(&file.text, titles)).unwrap_or_default();
        if cells.is_empty() {
            findings.add(path, 1, format!("no table has a column {}", titles.join(" or ")));
        }
        for cell in cells {
            if cell.text == "review" && titles.contains(&ENFORCED) {
                continue;
            }
            let references = cell.code_spans();
            if references.is_empty() {
                findings.add(path, cell.line, "this row names no evidence");
            }
            for reference in references {
                if let Err(complaint) = follow(tree, reference) {
                    findings.add(path, cell.line, format!("{reference}: {complaint}"));
                }
            }
        }
    }
}

/// Whether a reference leads to something that would fail if the promise were broken.
fn follow(tree: &Tree, reference: &str) -> Result<(), String> {
    let Some((first, name)) = reference.split_once("::") else {
        return Err(
            "write file.rs::test, crate::module::test, clippy::lint, rustc::lint or tidy::rule".to_owned()
        );
    };
    match first {
        "tidy" if super::RULES.iter().any(|rule| rule.name == name) => Ok(()),
        "tidy" => Err("tidy has no such rule".to_owned()),
        "clippy" | "rustc" => lint(tree, first, name),
        "xtask" => chore(tree, name),
        path if path.ends_with(".rs") => {
            let file = tree.get(path).ok_or("no such file")?;
            test_in(&[file], name.rsplit("::").next().unwrap_or(name))
        }
        package => test_in_package(tree, package, name),
    }
}

fn lint(tree: &Tree, tool: &str, name: &str) -> Result<(), String> {
    let section = if tool == "rustc" { "[workspace.lints.rust]" } else { "[workspace.lints.clippy]" };
    let manifest = tree.get("Cargo.toml").map_or("", |file| file.text.as_str());
    let lines = manifest
        .lines()
        .skip_while(|line| *line != section)
        .skip(1)
        .take_while(|line| !line.starts_with('['));
    let mut levels = lines.filter_map(|line| line.split_once('=')).filter(|(lint, _)| lint.trim() == name);
    let is_denied = levels.any(|(_, level)| level.contains("deny") || level.contains("forbid"));
    if is_denied { Ok(()) } else { Err(format!("not denied in {section}")) }
}

fn chore(tree: &Tree, verb: &str) -> Result<(), String> {
    let exists = tree.get(&format!("xtask/src/{}.rs", verb.replace('-', "_"))).is_some();
    let is_run = tree.get(".ci/run").is_some_and(|file| file.text.contains(&format!("xtask {verb}")));
    if exists && is_run { Ok(()) } else { Err("no such chore, or .ci/run does not run it".to_owned()) }
}

/// `package::module::…::test`: a test in a file of that package whose path has every module in it.
fn test_in_package(tree: &Tree, package: &str, name: &str) -> Result<(), String> {
    let folder = if package == "xtask" { "xtask/".to_owned() } else { format!("crates/{package}/") };
    let mut modules: Vec<&str> = name.split("::").collect();
    let test = modules.pop().unwrap_or_default();
    let is_within = |file: &&File| {
        let parts: Vec<&str> = file.path.trim_end_matches(".rs").split('/').collect();
        modules.iter().all(|module| *module == "tests" || parts.contains(module))
    };
    let files: Vec<&File> = tree.rust(&folder).map(|(file, _)| file).filter(is_within).collect();
    if files.is_empty() { Err("no such module".to_owned()) } else { test_in(&files, test) }
}

fn test_in(files: &[&File], name: &str) -> Result<(), String> {
    if name.starts_with("compile_fail") {
        let fence = format!("```{name}");
        let exists = files.iter().any(|file| file.text.contains(&fence));
        return if exists { Ok(()) } else { Err(format!("no {fence} in this file")) };
    }
    let attributes: Vec<String> = files
        .iter()
        .filter_map(|file| file.source.as_ref())
        .flat_map(|source| attributes_of(source, name))
        .collect();
    match attributes.iter().find(|attributes| attributes.contains("#[test]")) {
        Some(attributes) if attributes.contains("#[ignore") => Err("this test is ignored".to_owned()),
        Some(_) => Ok(()),
        None if attributes.is_empty() => Err("no such test".to_owned()),
        None => Err("this function is not a #[test]".to_owned()),
    }
}

/// The attributes of every function called `name`.
fn attributes_of(source: &Source, name: &str) -> Vec<String> {
    let code = &source.code;
    let functions = source.words("fn").filter(|at| identifier(code, skip_spaces(code, at + 2)) == Some(name));
    let attributes = functions.map(|at| {
        let start = code[..at].rfind(['}', ';', '{']).map_or(0, |end| end + 1);
        code[start..at].to_owned()
    });
    attributes.collect()
}

#[cfg(test)]
mod tests {
    use super::super::finding::found;
    use super::*;

    const TESTS: &str =
        "#[test]\nfn torn_tail() {}\n#[test]\n#[ignore = \"slow\"]\nfn slow() {}\nfn plain() {}\n";

    fn complaints(references: &[&str]) -> Vec<String> {
        let rows: String = references.iter().map(|reference| format!("| D | {reference} |\n")).collect();
        let table = format!("| Promise | Test |\n|---|---|\n{rows}");
        let tree = Tree::of(&[
            ("docs/durability.md", &table),
            ("docs/museum.md", "| Bug | Test |\n|---|---|\n| glue | `a-b::recovery::torn_tail` |\n"),
            ("CONTRIBUTING.md", "| Rule | Enforced by |\n|---|---|\n| be kind | review |\n"),
            ("ARCHITECTURE.md", "| Invariant | Held by |\n|---|---|\n| no unsafe | `rustc::unsafe_code` |\n"),
            (
                "Cargo.toml",
                "[workspace.lints.rust]\nunsafe_code = \"forbid\"\n[workspace.lints.clippy]\ndbg_macro = \"warn\"\n",
            ),
            ("crates/a-b/tests/it/recovery.rs", TESTS),
            ("crates/a-b/src/store.rs", "//! ```compile_fail,E0382\n"),
            ("xtask/src/kills.rs", ""),
            (".ci/run", "cargo xtask kills --count 200\n"),
        ]);
        found(check, &tree)
    }

    #[test]
    fn good_references_are_followed() {
        let good = [
            "`crates/a-b/tests/it/recovery.rs::torn_tail`",
            "`a-b::recovery::torn_tail` and `a-b::it::recovery::torn_tail`",
            "`rustc::unsafe_code`",
            "`tidy::floors`",
            "`xtask::kills`",
            "`crates/a-b/src/store.rs::compile_fail,E0382`",
        ];
        assert_eq!(complaints(&good), [""; 0]);
    }

    #[test]
    fn bad_references_are_found_one_by_one() {
        let bad = [
            "none",
            "review",
            "`crates/a-b/tests/it/recovery.rs::gone`",
            "`crates/a-b/tests/it/gone.rs::torn_tail`",
            "`a-b::locks::torn_tail`",
            "`a-b::recovery::slow`",
            "`a-b::recovery::plain`",
            "`clippy::dbg_macro`",
            "`tidy::gone`",
            "`xtask::gone`",
            "`crates/a-b/src/store.rs::compile_fail,E0499`",
            "`torn_tail`",
        ];
        let complaints = complaints(&bad);
        assert_eq!(complaints.len(), bad.len(), "{complaints:#?}");
    }

    #[test]
    fn a_document_without_an_evidence_column_is_found() {
        assert_eq!(found(check, &Tree::of(&[("docs/durability.md", "text\n")])).len(), 4);
    }
}
