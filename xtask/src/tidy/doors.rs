//! Doors: the world is named in one file, and each third-party format crate of the store in one.

use super::finding::Findings;
use super::paths::paths_from;
use super::source::Source;
use super::tree::Tree;

/// The door itself, and the files below it.
const OS: [&str; 2] = ["crates/checklist-store/src/env/os.rs", "crates/checklist-store/src/env/os/"];
const STORE: &str = "crates/checklist-store/src/";

/// Words that reach the world, wherever their path starts.
const WORLD: &[&str] =
    &["std::fs", "SystemTime", "Instant::now", "thread::sleep", "getrandom", "Uuid::new_v4", "Uuid::now_v7"];

/// A package and the files of the store that may name it; a folder ends in `/`. The disk in memory
/// fingerprints its states with the hash of the log, and no format depends on that.
const PACKAGES: &[(&str, &[&str])] = &[
    ("serde_saphyr", &["model/yaml.rs"]),
    ("crc32c", &["model/crc.rs", "model/record.rs"]),
    ("xxhash_rust", &["model/keyed.rs", "model/record.rs", "env/mem/"]),
    ("rustix", &["env/os.rs", "env/os/", "disk/lock.rs"]),
    ("getrandom", &["env/os.rs"]),
];

/// Looks for files, clocks, sleep and randomness outside `env/os.rs`, in product code.
pub(crate) fn check_world(tree: &Tree, findings: &mut Findings) {
    let is_door = |path: &str| OS.iter().any(|door| path.starts_with(door));
    let is_product = |path: &str| !is_door(path) && path.contains("/src/");
    for (file, source) in tree.rust("crates/").filter(|(file, _)| is_product(&file.path)) {
        let named = WORLD.iter().flat_map(|word| source.words(word).map(move |at| (*word, at)));
        let imported = imports(source);
        let all = named.chain(imported).filter(|(_, at)| !source.in_test(*at));
        for (word, at) in all {
            let message = format!(
                "{word} is named in env/os.rs alone; go through Env, so that a simulator can attack it"
            );
            findings.add(&file.path, source.line(at), message);
        }
    }
}

/// `use std::{fs, …}`, which no plain word shows.
fn imports(source: &Source) -> Vec<(&'static str, usize)> {
    let in_group = |path: &super::paths::NamedPath| !source.code[..path.at].ends_with("std::");
    let paths = paths_from(&source.code, "std").into_iter();
    let fs = paths.filter(|path| path.segments.get(1).is_some_and(|second| second == "fs") && in_group(path));
    fs.filter(|path| path.segments.len() == 2).map(|path| ("std::fs", path.at)).collect()
}

/// Looks for a third-party crate outside the file that owns it.
pub(crate) fn check_crates(tree: &Tree, findings: &mut Findings) {
    for (file, source) in tree.rust(STORE) {
        let inner = &file.path[STORE.len()..];
        let may_name = |owner: &&str| *owner == inner || (owner.ends_with('/') && inner.starts_with(*owner));
        for (package, owners) in PACKAGES.iter().filter(|(_, owners)| !owners.iter().any(&may_name)) {
            for at in source.words(package).filter(|at| !source.in_test(*at)) {
                let message = format!("{package} is named in {} alone", owners.join(" and "));
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
    fn the_world_is_found_outside_its_door() {
        let code =
            "use std::{fs, io};\nuse std::fs::File;\nfn f() { std::thread::sleep(d); Instant::now(); }\n";
        let tree = Tree::of(&[(OS[0], code), ("crates/checklist-cli/src/main.rs", code)]);
        let found = found(check_world, &tree);
        assert_eq!(found.len(), 4, "{found:#?}");
        assert!(found.iter().all(|finding| finding.starts_with("crates/checklist-cli/src/main.rs:")));
    }

    #[test]
    fn tests_comments_and_our_own_instant_are_free() {
        let code = "// std::fs\nfn f(at: Instant) { \"std::fs\"; }\n#[cfg(test)]\nmod tests { use std::fs; }";
        let tree = Tree::of(&[("crates/a/src/b.rs", code), ("crates/a/tests/it/b.rs", "use std::fs;")]);
        assert_eq!(found(check_world, &tree), [""; 0]);
    }

    #[test]
    fn a_format_crate_stays_in_its_file() {
        let code = "fn f() { serde_saphyr::from_str(x); }";
        let tree = Tree::of(&[
            ("crates/checklist-store/src/model/yaml.rs", code),
            ("crates/checklist-store/src/disk/wal.rs", code),
            ("crates/checklist-workflow/src/template.rs", code),
            ("crates/checklist-store/src/env/mem/change.rs", "use xxhash_rust::xxh3::Xxh3;"),
        ]);
        assert_eq!(
            found(check_crates, &tree),
            ["crates/checklist-store/src/disk/wal.rs:1: serde_saphyr is named in model/yaml.rs alone"]
        );
    }
}
