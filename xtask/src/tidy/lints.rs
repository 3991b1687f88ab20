//! Lints hold everywhere: each package takes the workspace's lints, and none is switched off in silence.

use super::finding::Findings;
use super::tree::Tree;

/// Looks at manifests, and for `allow` where `expect` would say when it is no longer needed.
pub(crate) fn check(tree: &Tree, findings: &mut Findings) {
    for file in tree.files().filter(|file| file.path.ends_with("/Cargo.toml")) {
        let inherits = file
            .text
            .split("[lints]")
            .nth(1)
            .is_some_and(|rest| rest.trim_start().starts_with("workspace = true"));
        if file.text.contains("[package]") && !inherits {
            findings.add(&file.path, 1, "add `[lints] workspace = true`: the rules hold in every package");
        }
    }
    for (file, source) in tree.rust("") {
        for mark in ["#[allow(", "#![allow("] {
            for (at, _) in source.code.match_indices(mark) {
                let message = "use `expect(lint, reason = …)`: it tells when it is no longer needed";
                findings.add(&file.path, source.line(at), message);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::finding::found;
    use super::*;

    #[test]
    fn a_package_without_lints_and_a_silent_allow_are_found() {
        let tree = Tree::of(&[
            ("Cargo.toml", "[workspace]\n"),
            ("crates/a/Cargo.toml", "[package]\nname = \"a\"\n"),
            ("crates/b/Cargo.toml", "[package]\nname = \"b\"\n[lints]\nworkspace = true\n"),
            (
                "crates/b/src/lib.rs",
                "#[allow(dead_code)]\nfn f() {}\n#[expect(dead_code, reason = \"x\")]\nfn g() {}",
            ),
        ]);
        let found = found(check, &tree);
        assert_eq!(found.len(), 2, "{found:#?}");
    }
}
