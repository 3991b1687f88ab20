//! Forgotten files: the compiler skips a file that no `mod` line names, and with it all its tests.

use super::finding::Findings;
use super::source::{identifier, skip_spaces};
use super::tree::Tree;

/// Looks for Rust files below `src/` and `tests/` that no parent declares.
pub(crate) fn check(tree: &Tree, findings: &mut Findings) {
    for (file, _) in tree.rust("") {
        let Some((parents, module)) = parents(tree, &file.path) else { continue };
        if !parents.iter().any(|parent| declares(tree, parent, &module)) {
            let message =
                format!("no `mod {module};` in {}: this file is never compiled", parents.join(" or "));
            findings.add(&file.path, 1, message);
        }
    }
}

/// The files that may declare this one, and its name there; `None` for a file Cargo finds by itself.
fn parents(tree: &Tree, path: &str) -> Option<(Vec<String>, String)> {
    let (folder, name) = path.rsplit_once('/')?;
    let stem = name.trim_end_matches(".rs");
    let package = ["/src/", "/tests/"]
        .iter()
        .find_map(|part| path.find(part).map(|at| &path[..at + part.len() - 1]))?;
    let is_root = folder == package && (matches!(stem, "lib" | "main") || package.ends_with("/tests"));
    let is_target = is_binary(path) || stem == "main";
    if is_root || is_target {
        return None;
    }
    if stem == "mod" {
        let (above, module) = folder.rsplit_once('/')?;
        return Some((owners(tree, above, package), module.to_owned()));
    }
    Some((owners(tree, folder, package), stem.to_owned()))
}

fn is_binary(path: &str) -> bool {
    path.contains("/src/bin/")
}

/// Files that own the modules lying in `folder`.
fn owners(tree: &Tree, folder: &str, package: &str) -> Vec<String> {
    let mut owners: Vec<String> =
        ["lib.rs", "main.rs", "mod.rs"].map(|name| format!("{folder}/{name}")).to_vec();
    owners.push(format!("{folder}.rs"));
    if folder == package && package.ends_with("/tests") {
        // Each file directly in tests/ is a crate of its own and may declare shared modules.
        let direct =
            |path: &str| path.strip_prefix(folder).is_some_and(|rest| rest.matches('/').count() == 1);
        owners.extend(tree.rust(folder).map(|(file, _)| file.path.clone()).filter(|path| direct(path)));
    }
    let existing: Vec<String> = owners.iter().filter(|path| tree.get(path).is_some()).cloned().collect();
    if existing.is_empty() { owners } else { existing }
}

fn declares(tree: &Tree, parent: &str, module: &str) -> bool {
    let Some(source) = tree.get(parent).and_then(|file| file.source.as_ref()) else { return false };
    let code = &source.code;
    let declared = source.words("mod").any(|at| {
        let start = skip_spaces(code, at + 3);
        identifier(code, start) == Some(module)
            && code[skip_spaces(code, start + module.len())..].starts_with(';')
    });
    let file = format!("{module}.rs");
    declared || source.literals.iter().any(|literal| literal.content.ends_with(&file))
}

#[cfg(test)]
mod tests {
    use super::super::finding::found;
    use super::*;

    #[test]
    fn an_undeclared_test_file_is_found() {
        let tree = Tree::of(&[
            ("crates/a/tests/it/main.rs", "mod recovery; // mod locks;"),
            ("crates/a/tests/it/recovery.rs", ""),
            ("crates/a/tests/it/locks.rs", ""),
        ]);
        let found = found(check, &tree);
        assert_eq!(found.len(), 1, "{found:#?}");
        assert!(found[0].starts_with("crates/a/tests/it/locks.rs:1: no `mod locks;`"), "{}", found[0]);
    }

    #[test]
    fn an_undeclared_source_file_is_found() {
        let tree = Tree::of(&[
            ("crates/a/src/lib.rs", "pub mod env; mod key;"),
            ("crates/a/src/key.rs", ""),
            ("crates/a/src/env/mod.rs", "mod os;"),
            ("crates/a/src/env/os.rs", ""),
            ("crates/a/src/env/lost.rs", ""),
            ("crates/a/src/lost/mod.rs", ""),
        ]);
        assert_eq!(found(check, &tree).len(), 2);
    }

    #[test]
    fn what_cargo_finds_by_itself_needs_no_line() {
        let tree = Tree::of(&[
            ("crates/a/src/main.rs", ""),
            ("crates/a/src/bin/other.rs", ""),
            ("crates/a/tests/crash.rs", "mod common;"),
            ("crates/a/tests/common/mod.rs", ""),
            ("crates/a/examples/tokio.rs", ""),
            ("build.rs", ""),
        ]);
        assert_eq!(found(check, &tree), [""; 0]);
    }
}
