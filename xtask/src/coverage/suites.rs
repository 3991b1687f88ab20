//! `Suite`: the tests that count for coverage, chosen so that all of them together stay below eight minutes.

/// Tests of one package.
#[derive(Debug)]
pub(crate) struct Suite {
    /// Its name in the report.
    pub(crate) name: &'static str,
    /// What `cargo test` is told beside the package.
    pub(crate) words: &'static [&'static str],
}

/// The suites. Of the simulator only what reaches lines that the tests of the store itself do not.
pub(crate) const SUITES: &[Suite] = &[
    Suite { name: "checklist-store", words: &["--lib", "--tests"] },
    Suite { name: "checklist-workflow", words: &["--lib", "--tests"] },
    Suite { name: "checklist-cli", words: &["--bins", "--tests"] },
    Suite { name: "checklist-sim", words: &["--test", "conformance", "--test", "faults", "--test", "crash"] },
];
