//! The explanation of a verdict: the parts of an expression that decide it, with the values they saw.

use super::evaluate::{Reading, Scope, verdict};
use super::path::{Path, collect};
use super::syntax::{Form, Node, Operator};
use super::{Value, Verdict};
use std::fmt;

/// Characters of a value that are shown.
const VALUE_CHARS_MAX: usize = 60;

/// Whether a condition holds, and why.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Explanation {
    /// Whether it holds.
    pub verdict: Verdict,
    /// The parts that decide that, in the order of the text.
    pub parts: Vec<Part>,
}

/// A part of an expression.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Part {
    /// As written.
    pub text: String,
    /// What it comes to.
    pub verdict: Verdict,
    /// The names in it and their values, as they are written in expressions; `not settled` and `no value`
    /// where there is none.
    pub values: Vec<(String, String)>,
}

pub(super) fn explain(text: &str, root: &Node, scope: &dyn Scope) -> Explanation {
    let mut parts = Vec::new();
    deciding(text, root, scope, &mut parts);
    Explanation { verdict: verdict(root, scope), parts }
}

/// Adds the parts of a node that make it what it is.
fn deciding(text: &str, node: &Node, scope: &dyn Scope, parts: &mut Vec<Part>) {
    let now = verdict(node, scope);
    match &node.form {
        Form::Not(inner)
            if matches!(inner.form, Form::Not(_) | Form::Binary(Operator::And | Operator::Or, ..)) =>
        {
            deciding(text, inner, scope, parts);
        }
        Form::Binary(operator @ (Operator::And | Operator::Or), one, other) => {
            let decider = if *operator == Operator::And { Verdict::False } else { Verdict::True };
            let sides = [one, other];
            // One side decides alone; where none does, the sides that are like the whole do.
            match sides.iter().find(|side| now == decider && verdict(side, scope) == decider) {
                Some(side) => deciding(text, side, scope, parts),
                None => {
                    let has_value = matches!(now, Verdict::True | Verdict::False);
                    let is_undecided =
                        |side: &Node| !matches!(verdict(side, scope), Verdict::True | Verdict::False);
                    for side in sides.into_iter().filter(|side| has_value || is_undecided(side)) {
                        deciding(text, side, scope, parts);
                    }
                }
            }
        }
        Form::Choice(choices) => {
            let [condition, one, other] = &**choices;
            deciding(text, condition, scope, parts);
            match verdict(condition, scope) {
                Verdict::True => deciding(text, one, scope, parts),
                Verdict::False => deciding(text, other, scope, parts),
                _ => {}
            }
        }
        _ => parts.push(part(text, node, now, scope)),
    }
}

fn part(text: &str, node: &Node, verdict: Verdict, scope: &dyn Scope) -> Part {
    let mut paths: Vec<Path<'_>> = Vec::new();
    collect(node, &mut paths);
    let value_of = |path: Path<'_>| match scope.read(path) {
        Reading::Known(value) => shortened(&value),
        Reading::Absent => "no value".to_owned(),
        Reading::Unsettled(_) => "not settled".to_owned(),
    };
    let values = paths.into_iter().map(|path| (path.to_string(), value_of(path))).collect();
    Part { text: text.get(node.span.clone()).unwrap_or_default().to_owned(), verdict, values }
}

fn shortened(value: &Value) -> String {
    let text = value.to_string();
    match text.char_indices().nth(VALUE_CHARS_MAX) {
        Some((end, _)) => format!("{}...", &text[..end]),
        None => text,
    }
}

/// `vars.target == "prod" is false (vars.target = "staging")`
impl fmt::Display for Part {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let words = match &self.verdict {
            Verdict::True => "is true".to_owned(),
            Verdict::False => "is false".to_owned(),
            Verdict::Waits(steps) => format!("waits for {}", steps.join(", ")),
            Verdict::Failed(why) => format!("has no value: {why}"),
        };
        write!(f, "{} {words}", self.text)?;
        let is_known = |value: &&(String, String)| value.1 != "not settled";
        let values: Vec<String> =
            self.values.iter().filter(is_known).map(|(name, value)| format!("{name} = {value}")).collect();
        match values.as_slice() {
            [] => Ok(()),
            values => write!(f, " ({})", values.join(", ")),
        }
    }
}

impl fmt::Display for Explanation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let parts: Vec<String> = self.parts.iter().map(Part::to_string).collect();
        f.write_str(&parts.join("; "))
    }
}
