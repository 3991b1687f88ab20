//! Short ways to read a template in a test.

use checklist_workflow::diagnostic::{Diagnostics, Severity};
use checklist_workflow::template::Template;

pub(crate) fn parse(source: &str) -> Result<Template, Diagnostics> {
    Template::parse("t.yaml", source)
}

/// A template with these lines after its head, in which `steps:` is up to the caller.
pub(crate) fn with(rest: &str) -> String {
    format!("checklist: 1\nid: t\ntitle: T\n{rest}")
}

/// A template with one step that has these lines, each already indented by four.
pub(crate) fn with_step(lines: &str) -> String {
    with(&format!("variables:\n  version: {{}}\nsteps:\n  - id: a\n    title: A\n{lines}"))
}

pub(crate) fn accepted(source: &str) -> Template {
    parse(source).unwrap_or_else(|found| panic!("refused:\n{found}"))
}

pub(crate) fn refused(source: &str) -> Diagnostics {
    let found = parse(source).expect_err("a mistake");
    assert!(found.has_errors() && found.iter().all(|d| d.line >= 1 && d.column >= 1));
    found
}

/// The messages of the errors, each with its line.
pub(crate) fn messages(source: &str) -> Vec<(usize, String)> {
    let found = refused(source);
    let errors = found.iter().filter(|d| d.severity == Severity::Error);
    errors.map(|d| (d.line, d.message.clone())).collect()
}

/// The one error of a source: line, column, message, and its label and help in one text.
pub(crate) fn only(source: &str) -> (usize, usize, String, String) {
    let found = refused(source);
    let errors: Vec<_> = found.iter().filter(|d| d.severity == Severity::Error).collect();
    assert_eq!(errors.len(), 1, "one error:\n{found}");
    let advice = format!("{} {}", errors[0].label, errors[0].help.as_deref().unwrap_or_default());
    (errors[0].line, errors[0].column, errors[0].message.clone(), advice.trim().to_owned())
}
