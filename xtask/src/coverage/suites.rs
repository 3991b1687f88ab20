//! `Suite`: the tests that count for coverage, chosen so that all of them together stay below eight minutes.

/// Some test programs of one package.
#[derive(Debug)]
pub(crate) struct Suite {
    /// The package.
    pub(crate) package: &'static str,
    /// The tests to run, by the name of their cargo target; empty for all.
    targets: &'static [&'static str],
}

/// The suites. Of the simulator only what reaches lines that the tests of the store itself do not.
pub(crate) const SUITES: &[Suite] = &[
    Suite { package: "checklist-store", targets: &[] },
    Suite { package: "checklist-workflow", targets: &[] },
    Suite { package: "checklist-cli", targets: &[] },
    Suite { package: "checklist-sim", targets: &["conformance", "faults", "crash"] },
];

impl Suite {
    /// Whether the test program of a package is one of these.
    pub(crate) fn takes(&self, package: &str, target: &str) -> bool {
        self.package == package && (self.targets.is_empty() || self.targets.contains(&target))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_suite_takes_its_targets() {
        let [store, .., sim] = SUITES else { panic!("there are more suites") };
        assert!(store.takes("checklist-store", "it"));
        assert!(!store.takes("checklist-workflow", "it"));
        assert!(sim.takes("checklist-sim", "crash") && !sim.takes("checklist-sim", "damage"));
    }
}
