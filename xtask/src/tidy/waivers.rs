//! Exceptions to the rules, each with its reason; one that covers nothing is itself a finding.

use super::finding::{Finding, Findings};

/// One exception: a rule, a file and why.
pub(crate) struct Waiver {
    pub(crate) rule: &'static str,
    pub(crate) path: &'static str,
    pub(crate) reason: &'static str,
}

/// Every exception there is.
pub(crate) const WAIVERS: &[Waiver] = &[Waiver {
    rule: "store-files",
    path: "crates/checklist-cli/src/manual/topics/files.rs",
    reason: "it tells people what the files are for, and opens none of them",
}];

/// Drops what a waiver covers and adds a finding for each waiver that covers nothing or gives no reason.
pub(crate) fn apply(waivers: &[Waiver], findings: Findings) -> Vec<Finding> {
    let all = findings.into_all();
    let covers = |waiver: &Waiver, found: &Finding| waiver.rule == found.rule && waiver.path == found.path;
    let idle = waivers.iter().filter(|waiver| {
        waiver.reason.split_whitespace().count() < 3 || !all.iter().any(|found| covers(waiver, found))
    });
    let complaints: Vec<Finding> = idle
        .map(|waiver| Finding {
            path: waiver.path.to_owned(),
            line: 1,
            rule: "waivers",
            message: format!("the waiver of {} covers nothing or gives no reason; remove it", waiver.rule),
        })
        .collect();
    let open = all.into_iter().filter(|found| !waivers.iter().any(|waiver| covers(waiver, found)));
    open.chain(complaints).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_waiver_covers_its_file_and_nothing_else() {
        let mut findings = Findings::default();
        findings.enter("floors");
        findings.add("a.rs", 1, "x");
        findings.add("b.rs", 1, "x");
        let waivers = [
            Waiver { rule: "floors", path: "a.rs", reason: "it has a reason" },
            Waiver { rule: "names", path: "a.rs", reason: "it has a reason" },
        ];
        let left: Vec<String> = apply(&waivers, findings).iter().map(ToString::to_string).collect();
        assert_eq!(left.len(), 2, "{left:#?}");
        assert!(left[0].starts_with("b.rs:1: floors"), "{left:#?}");
        assert!(left[1].starts_with("a.rs:1: waivers"), "{left:#?}");
    }
}
