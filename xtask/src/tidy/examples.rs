//! Every public item of a library is shown in an example that runs: `missing_docs` asks what it is, this asks how
//! it is used.

use super::finding::Findings;
use super::source::{identifier, is_identifier, skip_spaces};
use super::tree::{File, Tree};
use std::collections::BTreeSet;

/// The libraries.
const LIBRARIES: [&str; 3] =
    ["crates/checklist-store/src/", "crates/checklist-workflow/src/", "crates/checklist-mcp/src/"];

/// This file, where exceptions are made.
const THIS: &str = "xtask/src/tidy/examples.rs";

/// The page whose examples are tests of a library.
const GUIDE: &str = "docs/library.md";

/// Files of a library that nobody finds in its documentation.
const HIDDEN: [&str; 3] = ["fuzzing.rs", "planted.rs", "workspace.rs"];

/// Public items by the word that declares them. A field or a variant is shown with what it belongs to, and a
/// constant by its value.
const ITEMS: [&str; 5] = ["fn", "struct", "enum", "trait", "type"];

/// Items that no example shows, and why. One that an example shows after all is a finding.
const NOT_SHOWN: &[(&str, &[&str])] = &[
    (
        "what something answers, plain data: whatever answers it is shown",
        &[
            "Permit",
            "Stat",
            "CommitTimings",
            "Holder",
            "RecoveryReport",
            "Source",
            "Mount",
            "Unsynced",
            "ArchivedOperation",
            "Converted",
            "Mistake",
            "Explanation",
            "Part",
            "ListDiff",
            "Line",
            "Saved",
            "ArchivedRun",
            "RunChange",
            "RanCommand",
            "Verified",
            "Progress",
            "Merged",
            "Question",
            "Migration",
            "Searched",
            "Branch",
            "KnownProject",
            "UnknownName",
            "TrustRecord",
            "TrustError",
            "ConditionView",
            "InputView",
            "CommandView",
            "ConfirmView",
        ],
    ),
    (
        "a part of a run, as the state holds it: `Run` is shown",
        &[
            "RunStatus",
            "Evidence",
            "CommandStatus",
            "CommandState",
            "StepState",
            "StepClaim",
            "Answered",
            "TemplateRef",
            "next_attempt",
            "is_rolling_back",
        ],
    ),
    (
        "a part of a list: docs/templates.md shows what people write to have it",
        &[
            "Origin",
            "Mode",
            "VariableKind",
            "Defaults",
            "Step",
            "Condition",
            "Action",
            "Retries",
            "Validation",
            "Check",
            "Confirm",
            "Input",
            "BashText",
            "BashRole",
            "DeclaredStep",
        ],
    ),
    (
        "a question of the simulator, whose crash tests ask it",
        &[
            "lose_writes",
            "settled_below",
            "settled_entries",
            "survivals",
            "fingerprint",
            "fingerprint_without",
            "entries",
            "is_same_snapshot",
        ],
    ),
    ("a name for what a signature takes", &["Environment", "FindBase", "Lookup", "HeldLock"]),
    ("what `os::env` is made of", &["OsFs", "OsClock", "OsEntropy"]),
    (
        "a log that is cut in its middle (decision 0055), which the engine alone does",
        &["remove", "kept_from"],
    ),
    ("after a crash: `examples/deploy.rs` shows it", &["Resolution", "settle_interrupted"]),
    ("for the engine, which gives the checks of a list to it", &["Checker", "check_runs"]),
];

/// Looks for items without an example of their own that no example of their library, and none of the guide, names.
pub(crate) fn check(tree: &Tree, findings: &mut Findings) {
    let guide = tree.get(GUIDE).map(|page| fenced(page.text.lines(), "```rust")).unwrap_or_default();
    let mut excepted: BTreeSet<&str> = NOT_SHOWN.iter().flat_map(|(_, names)| *names).copied().collect();
    for library in LIBRARIES {
        let is_seen = |file: &&File| {
            file.path.starts_with(library) && !HIDDEN.iter().any(|hidden| file.path.ends_with(hidden))
        };
        let files: Vec<&File> = tree.files().filter(is_seen).collect();
        let examples = files.iter().map(|file| in_docs(file.text.lines())).collect::<String>() + &guide;
        let shown = names(&examples);
        for (file, line, name) in files.iter().flat_map(|file| public_items(file)) {
            let is_excepted = NOT_SHOWN.iter().any(|(_, names)| names.contains(&name));
            let is_shown = shown.contains(name) || has_example(&file.text, line);
            if !is_shown && !is_excepted {
                findings.add(&file.path, line, format!("no example shows `{name}`"));
            } else if !is_shown {
                excepted.remove(name);
            }
        }
    }
    for name in excepted.iter().filter(|_| tree.get(GUIDE).is_some()) {
        findings.add(THIS, 1, format!("`{name}` is shown, or gone; it needs no exception"));
    }
}

/// Whether the documentation right above the item that begins on this line has an example.
fn has_example(text: &str, line: usize) -> bool {
    let above: Vec<&str> = text.lines().take(line - 1).collect();
    let own = above.iter().rev().take_while(|line| {
        let line = line.trim_start();
        line.starts_with("///") || line.starts_with("#[")
    });
    !in_docs(own.copied().collect::<Vec<_>>().into_iter().rev()).is_empty()
}

/// The public items of a file, each with its line.
fn public_items(file: &File) -> Vec<(&File, usize, &str)> {
    let mut items = Vec::new();
    let Some(source) = &file.source else { return items };
    for at in source.words("pub").filter(|at| !source.in_test(*at)) {
        let mut word = skip_spaces(&source.code, at + 3);
        while let Some(declares) = identifier(&source.code, word) {
            let next = skip_spaces(&source.code, word + declares.len());
            let name = identifier(&source.code, next);
            match name {
                // `pub const fn` declares a function.
                Some(name) if ITEMS.contains(&declares) && name != "fn" => {
                    items.push((file, source.line(at), name));
                    break;
                }
                Some("fn") => word = next,
                _ => break,
            }
        }
    }
    items
}

/// The code of the examples in documentation, of those that run.
fn in_docs<'t>(lines: impl Iterator<Item = &'t str>) -> String {
    let docs = lines.filter_map(|line| {
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
