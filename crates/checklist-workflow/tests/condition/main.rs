//! Conditions: what is refused, what comes of them, and that a real CEL implementation agrees.

mod mistakes;
mod oracle;
mod verdicts;

use checklist_workflow::condition::{
    Declarations, DeclaredStep, DeclaredVariable, Expression, Kind, Path, Reading, Scope, Value,
};
use std::collections::BTreeMap;

/// Values by the names they are read by; what is not there is absent, and what stands in `unsettled` is unknown.
#[derive(Default)]
struct Known {
    values: BTreeMap<String, Value>,
    unsettled: Vec<&'static str>,
}

impl Scope for Known {
    fn read(&self, path: Path<'_>) -> Reading {
        match path.step().filter(|step| self.unsettled.contains(step)) {
            Some(step) => Reading::Unsettled(step.to_owned()),
            None => self.values.get(&path.to_string()).cloned().map_or(Reading::Absent, Reading::Known),
        }
    }
}

/// Four variables of each kind of value, a step with everything, and one without.
fn names() -> Declarations {
    let variable = |kind: Kind, words: &[&str]| DeclaredVariable {
        kind,
        words: words.iter().map(|word| (*word).to_owned()).collect(),
        is_secret: false,
    };
    let list = Kind::List(Box::new(Kind::Any));
    let variables = [
        ("text", variable(Kind::Text, &[])),
        ("other", variable(Kind::Text, &[])),
        ("target", variable(Kind::Text, &["staging", "prod"])),
        ("count", variable(Kind::Number, &[])),
        ("share", variable(Kind::Number, &[])),
        ("loud", variable(Kind::Boolean, &[])),
        ("list", variable(list, &[])),
        ("token", DeclaredVariable { kind: Kind::Text, words: Vec::new(), is_secret: true }),
    ];
    let build = DeclaredStep { has_commands: true, outputs: vec!["sha".to_owned()] };
    let steps = [("build", build), ("clean-tree", DeclaredStep::default())];
    Declarations {
        variables: variables.map(|(name, variable)| (name.to_owned(), variable)).into(),
        steps: steps.map(|(id, step)| (id.to_owned(), step)).into(),
    }
}

fn known() -> Known {
    let text = |text: &str| Value::Text(text.to_owned());
    let list = vec![text("a"), text("b"), Value::Integer(3)];
    let values = [
        ("vars.text", text("über")),
        ("vars.target", text("staging")),
        ("vars.count", Value::Integer(4)),
        ("vars.share", Value::Float(0.5)),
        ("vars.loud", Value::Boolean(true)),
        ("vars.list", Value::List(list)),
        ("steps.build.status", text("done")),
        ("steps.build.exit_code", Value::Integer(0)),
        ("steps[\"clean-tree\"].status", text("skipped")),
        ("run.branch", text("main")),
        ("os", text("linux")),
    ];
    Known { values: values.map(|(name, value)| (name.to_owned(), value)).into(), unsettled: Vec::new() }
}

/// Reads and checks an expression that has no mistake.
fn expression(text: &str) -> Expression {
    let expression = Expression::parse(text).unwrap_or_else(|mistake| panic!("{text}: {mistake}"));
    if let Err(mistakes) = expression.kind(&names()) {
        panic!("{text}: {mistakes:?}");
    }
    expression
}
