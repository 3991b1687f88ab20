//! Declarations: the variables and steps that an expression may name, and the kinds of their values.

use std::collections::BTreeMap;
use std::fmt;

/// What kind of value a part of an expression has.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Kind {
    /// `true` or `false`.
    Boolean,
    /// A number.
    Number,
    /// A text.
    Text,
    /// A list of values of one kind.
    List(Box<Kind>),
    /// A value of a kind that is known only when the run is: an item of a list variable.
    Any,
}

/// A variable, as conditions see it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DeclaredVariable {
    /// The kind of its value.
    pub kind: Kind,
    /// The only texts it takes; empty means any.
    pub words: Vec<String>,
    /// Whether its value is nowhere but in the environment of commands.
    pub is_secret: bool,
}

/// A step, as conditions see it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct DeclaredStep {
    /// Whether it runs commands that leave an exit code.
    pub has_commands: bool,
    /// The names of its outputs.
    pub outputs: Vec<String>,
}

/// Everything an expression may name.
///
/// ```
/// use checklist_workflow::condition::{Declarations, DeclaredVariable, Expression, Kind};
///
/// let mut names = Declarations::default();
/// let target = DeclaredVariable { kind: Kind::Text, words: vec!["staging".into(), "prod".into()], is_secret: false };
/// names.variables.insert("target".into(), target);
/// let right = Expression::parse(r#"vars.target == "prod""#).expect("it can be read");
/// assert!(right.check(&names).is_ok());
/// assert_eq!(right.kind(&names), Ok(Kind::Boolean));
/// let wrong = Expression::parse(r#"vars.target == "prdo""#).expect("it can be read");
/// assert_eq!(wrong.check(&names).unwrap_err().len(), 1);
/// ```
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Declarations {
    /// The variables.
    pub variables: BTreeMap<String, DeclaredVariable>,
    /// The steps.
    pub steps: BTreeMap<String, DeclaredStep>,
}

impl fmt::Display for Kind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Kind::Boolean => "true or false",
            Kind::Number => "a number",
            Kind::Text => "a text",
            Kind::List(_) => "a list",
            Kind::Any => "any value",
        })
    }
}
