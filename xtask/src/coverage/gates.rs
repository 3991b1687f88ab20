//! `Gate`: a share of lines that tests must run, for the files in which an untested line can lose data.

/// What is asked of some files.
#[derive(Debug)]
pub(crate) struct Gate {
    /// Its name in the report.
    pub(crate) name: &'static str,
    /// Beginnings of paths, from the root of the repository.
    files: &'static [&'static str],
    /// The least share, in lines of a thousand.
    pub(crate) permille: u32,
    /// Whether the report names every line that is missing.
    pub(crate) lists_lines: bool,
}

const fn gate(name: &'static str, permille: u32, files: &'static [&'static str]) -> Gate {
    Gate { name, files, permille, lists_lines: true }
}

/// The gates.
pub(crate) const GATES: &[Gate] = &[
    // What decides about a store that was not closed in peace, and what puts it right again.
    gate(
        "recovery",
        1000,
        &[
            "crates/checklist-store/src/protocol/adopt",
            "crates/checklist-store/src/protocol/decision",
            "crates/checklist-store/src/protocol/look",
            "crates/checklist-store/src/protocol/rebuild",
            "crates/checklist-store/src/protocol/recovery",
            "crates/checklist-store/src/protocol/repair",
            "crates/checklist-store/src/protocol/unproven",
        ],
    ),
    // What only looks at such a store, takes out of it what is left, or goes back to an earlier moment.
    gate(
        "inspection",
        950,
        &[
            "crates/checklist-store/src/protocol/check",
            "crates/checklist-store/src/protocol/restore",
            "crates/checklist-store/src/protocol/salvage",
        ],
    ),
    gate(
        "log",
        950,
        &[
            "crates/checklist-store/src/disk/head",
            "crates/checklist-store/src/disk/tail",
            "crates/checklist-store/src/disk/wal",
            "crates/checklist-store/src/model/line",
            "crates/checklist-store/src/model/record",
        ],
    ),
    gate(
        "transactions",
        950,
        &[
            "crates/checklist-store/src/model/draft",
            "crates/checklist-store/src/model/operation",
            "crates/checklist-store/src/model/savepoint",
            "crates/checklist-store/src/protocol/commit",
            "crates/checklist-store/src/protocol/migrate",
            "crates/checklist-store/src/transaction",
        ],
    ),
    gate(
        "locks",
        900,
        &[
            "crates/checklist-store/src/disk/breaker",
            "crates/checklist-store/src/disk/lock",
            "crates/checklist-store/src/protocol/doubt",
            "crates/checklist-store/src/protocol/locking",
        ],
    ),
    Gate {
        lists_lines: false,
        ..gate(
            "everything",
            900,
            &["crates/checklist-store/src/", "crates/checklist-workflow/src/", "crates/checklist-cli/src/"],
        )
    },
];

impl Gate {
    /// Whether it asks for the file at `path`.
    pub(crate) fn takes(&self, path: &str) -> bool {
        self.files.iter().any(|start| path.starts_with(start))
    }

    /// A beginning with which none of `paths` begins: files that moved must not leave a gate unnoticed.
    pub(crate) fn without_file<'a>(
        &self,
        paths: impl Iterator<Item = &'a str> + Clone,
    ) -> Option<&'static str> {
        self.files.iter().copied().find(|start| !paths.clone().any(|path| path.starts_with(start)))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_gate_takes_its_files_and_no_others() {
        let [recovery, _, log, ..] = GATES else { panic!("there are more gates") };
        assert!(recovery.takes("crates/checklist-store/src/protocol/look.rs"));
        assert!(!recovery.takes("crates/checklist-store/src/protocol/commit.rs"));
        assert!(log.takes("crates/checklist-store/src/disk/wal_reader.rs"));
        assert!(GATES.iter().all(|gate| !gate.takes("crates/checklist-sim/src/crash.rs")));
    }

    #[test]
    fn a_gate_whose_files_moved_says_so() {
        let everything = GATES.last().expect("there are gates");
        let [store, workflow, cli] =
            ["store", "workflow", "cli"].map(|name| format!("crates/checklist-{name}/src/a.rs"));
        assert_eq!(everything.without_file([&*store, &*workflow, &*cli].into_iter()), None);
        assert_eq!(
            everything.without_file([&*store, &*cli].into_iter()),
            Some("crates/checklist-workflow/src/")
        );
    }
}
