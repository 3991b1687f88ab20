//! `Suite`: the tests that count for coverage, chosen so that all of them together stay below eight minutes.

/// Some test programs of one package.
#[derive(Debug)]
pub(crate) struct Suite {
    /// The package.
    pub(crate) package: &'static str,
    /// The programs to run, by the name of their cargo target, and which of their tests (all, if none is
    /// named); empty for every test of every program.
    pub(crate) programs: &'static [(&'static str, &'static [&'static str])],
}

/// The suites. Of the simulator only what is quick and reaches lines that the tests of the store itself do not:
/// its enumerations run the same lines a million times over.
pub(crate) const SUITES: &[Suite] = &[
    Suite { package: "checklist-store", programs: &[] },
    Suite { package: "checklist-workflow", programs: &[] },
    Suite { package: "checklist-cli", programs: &[] },
    Suite {
        package: "checklist-sim",
        programs: &[
            ("conformance", &[]),
            ("faults", &[]),
            ("corpus", &[]),
            ("refusals", &[]),
            ("museum", &[]),
            ("damage", &["outcomes", "unharmed"]),
        ],
    },
];

impl Suite {
    /// Which tests of a program to run, by parts of their names; `None` if it is not one of these.
    pub(crate) fn filters(&self, package: &str, target: &str) -> Option<&'static [&'static str]> {
        if self.package != package {
            return None;
        }
        if self.programs.is_empty() {
            return Some(&[]);
        }
        self.programs.iter().find(|(name, _)| *name == target).map(|(_, filters)| *filters)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_suite_takes_its_programs() {
        let [store, .., sim] = SUITES else { panic!("there are more suites") };
        assert_eq!(store.filters("checklist-store", "it"), Some(&[][..]));
        assert_eq!(store.filters("checklist-workflow", "it"), None);
        assert!(sim.filters("checklist-sim", "damage").is_some_and(|filters| filters.contains(&"outcomes")));
        assert_eq!(sim.filters("checklist-sim", "crash"), None);
    }
}
