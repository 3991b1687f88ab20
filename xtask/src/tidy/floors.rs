//! Floors of the store: a file imports its own floor and lower ones, never a higher one.

use super::finding::Findings;
use super::paths::{NamedPath, paths_from, used_paths};
use super::source::{Source, identifier, skip_spaces};
use super::tree::Tree;
use std::collections::BTreeMap;

const SRC: &str = "crates/checklist-store/src/";

/// Where a module stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Floor {
    /// `lib.rs`, which names everything in order to export it.
    Root,
    /// A numbered floor; 0 is the vocabulary and the environment.
    Level(u8),
    /// Folds over events: they see floor 0, and nobody sees them.
    Side,
}

/// What a module of floor 1 may name on floor 0: words and plain values, nothing that can do I/O.
const PURE: &[&[&str]] = &[
    &["key"],
    &["error"],
    &["planted"],
    &["schema"],
    &["env", "Timestamp"],
    &["report", "Lsn"],
    &["report", "TxnId"],
];

fn floor(module: &str) -> Option<Floor> {
    match module {
        "" => Some(Floor::Root),
        "env" | "key" | "error" | "event" | "report" | "planted" | "schema" => Some(Floor::Level(0)),
        "model" | "snapshot" => Some(Floor::Level(1)),
        "disk" => Some(Floor::Level(2)),
        "protocol" => Some(Floor::Level(3)),
        "transaction" | "coordinator" | "inspection" | "backups" | "fuzzing" | "workspace" => {
            Some(Floor::Level(4))
        }
        "observe" => Some(Floor::Side),
        name if name == "store" || name.starts_with("store_") => Some(Floor::Level(4)),
        _ => None,
    }
}

/// Looks at every path into the crate that product code of the store names.
pub(crate) fn check(tree: &Tree, findings: &mut Findings) {
    let exports = exports(tree);
    for (file, source) in tree.rust(SRC) {
        let module = module_of(&file.path);
        let own = module.first().map_or("", String::as_str);
        let Some(floor) = floor(own) else {
            findings.add(
                &file.path,
                1,
                format!("module {own} stands on no floor; add it to a folder or to the table"),
            );
            continue;
        };
        for (target, at) in inner_paths(source, &module, &exports) {
            if let Some(complaint) = complaint(own, floor, &target) {
                findings.add(&file.path, source.line(at), complaint);
            }
        }
    }
}

fn complaint(own: &str, floor_of_file: Floor, target: &[String]) -> Option<String> {
    let to = target.first().map_or("", String::as_str);
    let path = target.join("::");
    if to == own || floor_of_file == Floor::Root {
        return None;
    }
    if to == "*" || to.is_empty() {
        return Some("a glob over the crate hides which floors it reaches; name the modules".to_owned());
    }
    let Some(floor_of_target) = floor(to) else {
        return Some(format!("crate::{path} leads to no module of a floor; name the module that owns it"));
    };
    let is_down = match (floor_of_file, floor_of_target) {
        (Floor::Root, _) => true,
        (Floor::Level(1), Floor::Level(0)) => PURE.iter().any(|pure| {
            target.len() >= pure.len()
                && pure.iter().zip(target).all(|(allowed, actual)| *allowed == actual.as_str())
        }),
        (Floor::Level(from), Floor::Level(to)) => to <= from,
        (Floor::Side, to) => to == Floor::Level(0),
        (_, Floor::Side | Floor::Root) => false,
    };
    (!is_down).then(|| format!("{own} may not import crate::{path}: imports go down"))
}

/// Every path of product code that stays in the crate, resolved from the crate's root.
fn inner_paths(
    source: &Source,
    module: &[String],
    exports: &BTreeMap<String, Vec<String>>,
) -> Vec<(Vec<String>, usize)> {
    let mut paths = paths_from(&source.code, "crate");
    paths.extend(paths_from(&source.code, "super"));
    let product = paths.into_iter().filter(|path| !source.in_test(path.at));
    let resolved = product.filter_map(|path| {
        let inner = source.modules_around(path.at).into_iter().map(str::to_owned);
        let module: Vec<String> = module.iter().cloned().chain(inner).collect();
        resolve(&path, &module, exports).map(|target| (target, path.at))
    });
    resolved.collect()
}

fn resolve(
    path: &NamedPath,
    module: &[String],
    exports: &BTreeMap<String, Vec<String>>,
) -> Option<Vec<String>> {
    let ups = path.segments.iter().take_while(|segment| *segment == "super").count();
    let mut target = match path.segments.first().map(String::as_str) {
        Some("crate") => path.segments[1..].to_vec(),
        _ => {
            let base = &module[..module.len().saturating_sub(ups)];
            base.iter().chain(&path.segments[ups..]).cloned().collect()
        }
    };
    if let Some(owner) = target.first().and_then(|name| exports.get(name)) {
        target = owner.iter().chain(&target[1..]).cloned().collect();
    }
    // A name that the root takes from another package is that package's business.
    let is_foreign = path.segments.first().is_some_and(|root| root == "crate")
        && target.first().is_some_and(|name| name == "extern");
    (!is_foreign).then_some(target)
}

/// Names that `lib.rs` re-exports, and the path each comes from; foreign ones start with `extern`.
fn exports(tree: &Tree) -> BTreeMap<String, Vec<String>> {
    let lib = tree.get(&format!("{SRC}lib.rs")).and_then(|file| file.source.as_ref());
    let mut names = BTreeMap::new();
    for path in lib.map(|source| used_paths(&source.code)).unwrap_or_default() {
        let mut segments = path.segments;
        if matches!(segments.first().map(String::as_str), Some("crate" | "self")) {
            segments.remove(0);
        }
        let is_foreign = segments.first().is_none_or(|first| floor(first).is_none());
        if is_foreign {
            names.insert(path.name, vec!["extern".to_owned()]);
        } else if path.name == "*" {
            segments.pop();
            names.extend(public_names(tree, &segments).map(|name| (name, segments.clone())));
        } else {
            names.insert(path.name, segments);
        }
    }
    names
}

/// What a module declares as `pub`, for `pub use module::*`.
fn public_names<'t>(tree: &'t Tree, module: &[String]) -> impl Iterator<Item = String> + 't {
    let inner = module.join("/");
    let paths = [format!("{SRC}{inner}.rs"), format!("{SRC}{inner}/mod.rs")];
    let sources = paths.into_iter().filter_map(|path| tree.get(&path).and_then(|file| file.source.as_ref()));
    sources.flat_map(|source| {
        let code = &source.code;
        source.words("pub").filter_map(|at| {
            let keyword = identifier(code, skip_spaces(code, at + 3))?;
            let name = skip_spaces(code, skip_spaces(code, at + 3) + keyword.len());
            identifier(code, name).map(str::to_owned)
        })
    })
}

fn module_of(path: &str) -> Vec<String> {
    let inner = path.trim_start_matches(SRC).trim_end_matches(".rs");
    let mut parts: Vec<String> = inner.split('/').map(str::to_owned).collect();
    if matches!(parts.last().map(String::as_str), Some("mod" | "lib")) {
        parts.pop();
    }
    parts
}

#[cfg(test)]
mod tests {
    use super::super::finding::found;
    use super::*;

    fn findings(path: &str, code: &str) -> Vec<String> {
        let lib =
            "pub mod env; mod error; pub use error::Error; pub use store::Store; pub use serde_json::Value;";
        let path = format!("{SRC}{path}");
        found(check, &Tree::of(&[(&format!("{SRC}lib.rs"), lib), (&path, code)]))
    }

    #[test]
    fn downwards_and_sideways_is_allowed() {
        let code = "use crate::{error::Error, disk::wal::Wal, Value};\nuse super::recovery::Verdict;\nuse super::super::model::Document;";
        assert_eq!(findings("protocol/commit.rs", code), [""; 0]);
        assert_eq!(findings("model/record.rs", "use crate::env::Timestamp;\nuse crate::Error;"), [""; 0]);
        assert_eq!(findings("store_options.rs", "use crate::protocol::commit;"), [""; 0]);
        assert_eq!(findings("observe/metrics.rs", "use crate::event::Event;"), [""; 0]);
    }

    #[test]
    fn upwards_is_found_in_imports_expressions_groups_supers_and_re_exports() {
        assert_eq!(findings("disk/wal.rs", "use crate::protocol::commit::Step;").len(), 1);
        assert_eq!(findings("disk/wal.rs", "fn f() { crate::protocol::commit::run(); }").len(), 1);
        assert_eq!(findings("disk/wal.rs", "use crate::{error::Error, store::Store};").len(), 1);
        assert_eq!(findings("disk/wal.rs", "use super::super::store::Store;").len(), 1);
        assert_eq!(findings("disk/wal.rs", "use crate::Store;").len(), 1);
        assert_eq!(findings("disk/wal.rs", "use crate::*;").len(), 1);
        assert_eq!(findings("error.rs", "use crate::model::Document;").len(), 1);
        assert_eq!(findings("store.rs", "use crate::observe::metrics;").len(), 1);
        assert_eq!(findings("observe/metrics.rs", "use crate::disk::wal;").len(), 1);
    }

    #[test]
    fn names_behind_a_glob_and_supers_of_inline_modules_are_followed() {
        let store = format!("{SRC}store.rs");
        let wal = format!("{SRC}disk/wal.rs");
        let lib = (&*format!("{SRC}lib.rs"), "pub use store::*;");
        let found = found(
            check,
            &Tree::of(&[
                lib,
                (&store, "pub struct Store; mod inner { use super::Store; }"),
                (&wal, "use crate::Store; mod inner { use super::super::super::store::Options; }"),
            ]),
        );
        assert_eq!(found.len(), 2, "{found:#?}");
        assert!(
            found.iter().all(|finding| finding.contains("disk may not import crate::store")),
            "{found:#?}"
        );
    }

    #[test]
    fn the_model_cannot_reach_the_world() {
        assert_eq!(findings("model/record.rs", "use crate::env::Fs;").len(), 1);
        assert_eq!(findings("model/record.rs", "use crate::event::Event;").len(), 1);
    }

    #[test]
    fn a_module_without_a_floor_is_found_and_tests_are_free() {
        assert_eq!(findings("misc.rs", "").len(), 1);
        assert_eq!(findings("model/draft.rs", "#[cfg(test)]\nmod tests { use crate::env::mem; }"), [""; 0]);
    }
}
