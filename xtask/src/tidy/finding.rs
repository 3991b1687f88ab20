//! What a rule found: a place, the rule's name and a sentence.

use std::fmt;

/// One breach of one rule.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Finding {
    /// The file, relative to the repository.
    pub(crate) path: String,
    /// The line, counted from 1.
    pub(crate) line: usize,
    /// The rule.
    pub(crate) rule: &'static str,
    /// What is wrong and what would be right.
    pub(crate) message: String,
}

impl fmt::Display for Finding {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}:{}: {}: {}", self.path, self.line, self.rule, self.message)
    }
}

/// Findings in the order of the rules, each stamped with the rule that is being checked.
#[derive(Debug, Default)]
pub(crate) struct Findings {
    rule: &'static str,
    all: Vec<Finding>,
}

impl Findings {
    /// From here on, findings belong to `rule`.
    pub(crate) fn enter(&mut self, rule: &'static str) {
        self.rule = rule;
    }

    /// Records a finding of the current rule.
    pub(crate) fn add(&mut self, path: &str, line: usize, message: impl Into<String>) {
        self.all.push(Finding { path: path.to_owned(), line, rule: self.rule, message: message.into() });
    }

    /// Everything found.
    pub(crate) fn into_all(self) -> Vec<Finding> {
        self.all
    }
}

/// What `check` finds in a tree, as `path:line: message`; for the rules' own tests.
#[cfg(test)]
pub(crate) fn found(check: fn(&super::Tree, &mut Findings), tree: &super::Tree) -> Vec<String> {
    let mut findings = Findings::default();
    check(tree, &mut findings);
    findings.all.iter().map(|found| format!("{}:{}: {}", found.path, found.line, found.message)).collect()
}
