//! Names that say nothing: no type, module, folder or file is called a manager, service, helper and so on.

use super::finding::Findings;
use super::source::{identifier, skip_spaces};
use super::tree::Tree;

/// What a type's name may not end in.
const VAGUE: &[&str] =
    &["Manager", "Service", "Helper", "Helpers", "Util", "Utils", "Impl", "Handler", "Coordinator"];

/// The one name of the first specification that stays a type.
const ALLOWED: &[&str] = &["TransactionCoordinator"];

/// Looks at declared types and modules, and at the names of files and folders.
pub(crate) fn check(tree: &Tree, findings: &mut Findings) {
    for (file, source) in tree.rust("") {
        for keyword in ["struct", "enum", "trait", "type", "union", "mod"] {
            for at in source.words(keyword) {
                let name = identifier(&source.code, skip_spaces(&source.code, at + keyword.len()));
                if let Some(name) = name.filter(|name| is_vague(name)) {
                    findings.add(&file.path, source.line(at), complaint(name));
                }
            }
        }
        for part in file.path.trim_end_matches(".rs").split('/').filter(|part| is_vague(part)) {
            findings.add(&file.path, 1, complaint(part));
        }
    }
}

fn complaint(name: &str) -> String {
    format!("{name} says nothing about what it owns; name the thing or make it a function")
}

/// Compares the last word of a `CamelCase`, `snake_case` or `kebab-case` name.
fn is_vague(name: &str) -> bool {
    let snake = name.rsplit(['_', '-']).next().unwrap_or(name);
    let is_camel = name.starts_with(|first: char| first.is_ascii_uppercase());
    let vague = VAGUE.iter().any(|word| {
        if is_camel {
            name.ends_with(word)
        } else {
            snake == word.to_ascii_lowercase() && *word != "Coordinator"
        }
    });
    vague && !ALLOWED.contains(&name)
}

#[cfg(test)]
mod tests {
    use super::super::finding::found;
    use super::*;

    #[test]
    fn vague_names_are_found() {
        let code = "struct StateManager; enum Kind {} trait WalUtil {} type Impl = u8; mod path_utils {}";
        let tree = Tree::of(&[("a/file_helper.rs", code), ("a/utils/b.rs", "")]);
        let found = found(check, &tree);
        assert_eq!(found.len(), 6, "{found:#?}");
    }

    #[test]
    fn plain_names_are_not() {
        let code =
            "struct TransactionCoordinator; struct Utility; mod manager_of_none {} // struct XManager;";
        assert_eq!(found(check, &Tree::of(&[("a/coordinator.rs", code)])), [""; 0]);
    }
}
