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
    gate(
        "recovery",
        1000,
        &[
            "crates/checklist-store/src/protocol/recovery",
            "crates/checklist-store/src/protocol/decision.rs",
            "crates/checklist-store/src/protocol/look.rs",
        ],
    ),
    gate("log", 950, &["crates/checklist-store/src/disk/wal", "crates/checklist-store/src/disk/head"]),
    gate(
        "transactions",
        950,
        &[
            "crates/checklist-store/src/transaction.rs",
            "crates/checklist-store/src/protocol/commit.rs",
            "crates/checklist-store/src/model/draft.rs",
            "crates/checklist-store/src/model/savepoint.rs",
        ],
    ),
    gate("locks", 900, &["crates/checklist-store/src/disk/lock.rs"]),
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
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_gate_takes_its_files_and_no_others() {
        let [recovery, log, ..] = GATES else { panic!("there are more gates") };
        assert!(recovery.takes("crates/checklist-store/src/protocol/look.rs"));
        assert!(!recovery.takes("crates/checklist-store/src/protocol/commit.rs"));
        assert!(log.takes("crates/checklist-store/src/disk/wal_reader.rs"));
        assert!(GATES.iter().all(|gate| !gate.takes("crates/checklist-sim/src/crash.rs")));
    }
}
