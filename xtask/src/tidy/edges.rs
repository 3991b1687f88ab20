//! Edges between crates: who may know whom, and that only the store knows the names of its files.

use super::finding::Findings;
use super::tree::Tree;

/// A folder, the names its manifest and its product code may not mention, and why.
struct Edge {
    folder: &'static str,
    dependencies: &'static [&'static str],
    paths: &'static [&'static str],
    reason: &'static str,
}

const EDGES: &[Edge] = &[
    Edge {
        folder: "crates/checklist-store",
        dependencies: &["clap", "tokio", "async-std", "futures", "tracing", "log", "env_logger", "anyhow"],
        paths: &["tracing", "log", "tokio"],
        reason: "the core is synchronous, prints nothing and logs nothing; it emits events",
    },
    Edge {
        folder: "crates/checklist-store",
        dependencies: &["checklist-workflow", "checklist-cli", "checklist-sim"],
        paths: &["checklist_workflow", "checklist_cli", "checklist_sim"],
        reason: "the store knows nothing above it",
    },
    Edge {
        folder: "crates/checklist-workflow",
        dependencies: &["checklist-cli", "clap", "anstream"],
        paths: &["checklist_cli", "clap", "anstream"],
        reason: "the engine knows no terminal and no command line",
    },
    Edge {
        folder: "crates/checklist-mcp",
        dependencies: &["checklist-store", "checklist-workflow", "checklist-cli", "clap"],
        paths: &["checklist_store", "checklist_workflow", "checklist_cli", "clap"],
        reason: "it knows the protocol, and nothing of checklists",
    },
    Edge {
        folder: "crates/checklist-sim",
        dependencies: &["checklist-cli"],
        paths: &["checklist_cli"],
        reason: "the simulator attacks the library, not the program",
    },
];

/// Looks for a forbidden edge in manifests and in paths.
pub(crate) fn check(tree: &Tree, findings: &mut Findings) {
    for edge in EDGES {
        let manifest = format!("{}/Cargo.toml", edge.folder);
        let mut is_shipped = true;
        for (line, text) in
            tree.get(&manifest).map(|file| file.text.lines().enumerate()).into_iter().flatten()
        {
            if text.starts_with('[') {
                is_shipped = text != "[dev-dependencies]";
            }
            let name = text.split(['.', '=', ' ']).next().unwrap_or_default();
            // An example may show how a program uses a crate that the product does not.
            let is_own = name.starts_with("checklist-");
            if edge.dependencies.contains(&name) && (is_shipped || is_own) {
                findings.add(&manifest, line + 1, format!("no dependency on {name} here: {}", edge.reason));
            }
        }
        let src = format!("{}/src/", edge.folder);
        for (file, source) in tree.rust(&src) {
            for path in edge.paths {
                let roots = source.words(path).filter(|at| source.code[at + path.len()..].starts_with("::"));
                for at in roots.filter(|at| !source.code[..*at].ends_with("::")) {
                    findings.add(
                        &file.path,
                        source.line(at),
                        format!("{path} is not named here: {}", edge.reason),
                    );
                }
            }
        }
    }
}

/// Names of the store's own files. A message may mention one; a literal that *is* one is a path.
const STORE_FILES: &[&str] =
    &["state.yaml", ".wal", ".tmp", ".backup", ".locks", "state.lock", "state.owner", "history.jsonl"];

/// Looks for a store file reached around the store.
pub(crate) fn check_store_files(tree: &Tree, findings: &mut Findings) {
    let above = ["crates/checklist-cli/src/", "crates/checklist-workflow/src/"];
    for (file, source) in above.iter().flat_map(|src| tree.rust(src)) {
        for literal in source.literals.iter().filter(|literal| !source.in_test(literal.at)) {
            let last = literal.content.rsplit('/').next().unwrap_or_default();
            if STORE_FILES.contains(&last) && !literal.content.contains(char::is_whitespace) {
                let message = format!("{last} belongs to the store; ask the store, not the file");
                findings.add(&file.path, source.line(literal.at), message);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::finding::found;
    use super::*;

    #[test]
    fn forbidden_edges_are_found_in_manifests_and_in_code() {
        let tree = Tree::of(&[
            ("crates/checklist-store/Cargo.toml", "[dependencies]\ntokio = \"1\"\nserde.workspace = true\n"),
            ("crates/checklist-store/src/store.rs", "fn f() { tracing::info!(\"x\"); env::log::f(); }"),
            ("crates/checklist-workflow/Cargo.toml", "[dependencies]\nclap.workspace = true\n"),
            ("crates/checklist-workflow/src/lib.rs", "use checklist_cli::ui;"),
        ]);
        let found = found(check, &tree);
        assert_eq!(found.len(), 4, "{found:#?}");
        assert!(
            found[0].starts_with("crates/checklist-store/Cargo.toml:2: no dependency on tokio"),
            "{}",
            found[0]
        );
    }

    #[test]
    fn allowed_edges_are_not() {
        let tree = Tree::of(&[
            ("crates/checklist-cli/Cargo.toml", "[dependencies]\nclap.workspace = true\n"),
            ("crates/checklist-cli/src/main.rs", "use clap::Parser; use checklist_workflow::run;"),
            ("crates/checklist-store/Cargo.toml", "[dev-dependencies]\ntokio.workspace = true\n"),
            ("crates/checklist-store/src/store.rs", "let catalog = blog::x(); // tracing::info!"),
        ]);
        assert_eq!(found(check, &tree), [""; 0]);
    }

    #[test]
    fn a_literal_path_is_found_and_a_message_is_not() {
        let code = "fn f() { root.join(\".wal\"); open(\".checklist/state.yaml\"); say(\"state.yaml was edited\"); }";
        let tree = Tree::of(&[("crates/checklist-cli/src/commands/status.rs", code)]);
        assert_eq!(found(check_store_files, &tree).len(), 2);
    }
}
