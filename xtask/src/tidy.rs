//! `cargo xtask tidy`: the rules of CONTRIBUTING.md that no compiler knows, each in a file of its own.

mod doors;
mod edges;
mod evidence;
mod examples;
mod finding;
mod floors;
mod lints;
mod machine_paths;
mod names;
mod opening;
mod orphans;
mod paths;
mod required;
mod seam;
mod shape;
mod source;
mod table;
mod tree;
mod unfinished;
mod waivers;

use crate::arguments::Arguments;
use finding::Findings;
pub(crate) use source::Source;
use std::io;
use tree::Tree;

/// A rule: its name in findings, waivers and documents, and the function that looks for breaches.
struct Rule {
    name: &'static str,
    check: fn(&Tree, &mut Findings),
}

static RULES: &[Rule] = &[
    Rule { name: "required", check: required::check },
    Rule { name: "floors", check: floors::check },
    Rule { name: "edges", check: edges::check },
    Rule { name: "store-files", check: edges::check_store_files },
    Rule { name: "opening", check: opening::check },
    Rule { name: "file-length", check: shape::check_files },
    Rule { name: "function-length", check: shape::check_functions },
    Rule { name: "names", check: names::check },
    Rule { name: "evidence", check: evidence::check },
    Rule { name: "examples", check: examples::check },
    Rule { name: "one-door", check: doors::check_world },
    Rule { name: "one-crate-one-file", check: doors::check_crates },
    Rule { name: "unfinished", check: unfinished::check },
    Rule { name: "machine-paths", check: machine_paths::check },
    Rule { name: "seam", check: seam::check },
    Rule { name: "orphans", check: orphans::check },
    Rule { name: "lints", check: lints::check },
];

/// Checks the repository and prints one line per finding; passes if there is none.
pub(crate) fn run(arguments: &Arguments) -> Result<bool, String> {
    arguments.only(&[])?;
    let tree =
        Tree::read(&crate::repository()).map_err(|error| format!("the tree cannot be read: {error}"))?;
    let findings = examine(&tree);
    let mut out = io::stdout().lock();
    for finding in &findings {
        crate::say(&mut out, &finding.to_string());
    }
    let (files, rules, count) = (tree.files().len(), RULES.len(), findings.len());
    crate::say(&mut out, &format!("tidy: {files} files, {rules} rules, {count} findings"));
    Ok(findings.is_empty())
}

/// Every finding that no waiver covers, and every waiver that covers nothing.
fn examine(tree: &Tree) -> Vec<finding::Finding> {
    let mut findings = Findings::default();
    for rule in RULES {
        findings.enter(rule.name);
        (rule.check)(tree, &mut findings);
    }
    waivers::apply(waivers::WAIVERS, findings)
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::BTreeSet;

    #[test]
    fn rule_names_are_unique() {
        let names: BTreeSet<_> = RULES.iter().map(|rule| rule.name).collect();
        assert_eq!(names.len(), RULES.len());
    }

    #[test]
    fn an_empty_repository_is_not_tidy() {
        let rules: BTreeSet<_> = examine(&Tree::of(&[])).iter().map(|finding| finding.rule).collect();
        assert!(rules.contains("required"), "{rules:?}");
        assert!(rules.contains("seam"), "{rules:?}");
        assert!(rules.contains("evidence"), "{rules:?}");
    }
}
