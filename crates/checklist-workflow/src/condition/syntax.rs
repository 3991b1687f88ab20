//! The syntax tree of an expression: what was written, with the bytes it was written in.

use std::ops::Range;

/// A part of an expression.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Node {
    pub(super) form: Form,
    pub(super) span: Range<usize>,
}

/// What a part of an expression is.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Form {
    Boolean(bool),
    Integer(i64),
    Float(f64),
    Text(String),
    List(Vec<Node>),
    /// A name with what was selected from it: `steps.build.status`, `steps["a-b"].outputs.x`.
    Reference(Vec<Segment>),
    Index(Box<Node>, Box<Node>),
    Not(Box<Node>),
    Binary(Operator, Box<Node>, Box<Node>),
    /// `condition ? one : other`
    Choice(Box<[Node; 3]>),
    Has(Box<Node>),
    Size(Box<Node>),
    /// A question to a text about another text.
    Ask(Question, Box<Node>, Box<Node>),
}

/// One part of a dotted name.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Segment {
    pub(super) name: String,
    pub(super) span: Range<usize>,
}

/// An operator with two sides.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Operator {
    Or,
    And,
    Equal,
    Unequal,
    Less,
    LessOrEqual,
    Greater,
    GreaterOrEqual,
    In,
}

impl Operator {
    pub(super) fn as_str(self) -> &'static str {
        match self {
            Operator::Or => "||",
            Operator::And => "&&",
            Operator::Equal => "==",
            Operator::Unequal => "!=",
            Operator::Less => "<",
            Operator::LessOrEqual => "<=",
            Operator::Greater => ">",
            Operator::GreaterOrEqual => ">=",
            Operator::In => "in",
        }
    }
}

/// What a text is asked.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Question {
    StartsWith,
    EndsWith,
    Contains,
    Matches,
}

/// The methods, by their names.
pub(super) const QUESTIONS: [(&str, Question); 4] = [
    ("startsWith", Question::StartsWith),
    ("endsWith", Question::EndsWith),
    ("contains", Question::Contains),
    ("matches", Question::Matches),
];

impl Question {
    pub(super) fn as_str(self) -> &'static str {
        QUESTIONS.iter().find(|(_, question)| *question == self).map_or("", |(name, _)| name)
    }
}
