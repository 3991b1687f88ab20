//! Conditions: a small, fixed part of CEL, checked before anything runs.
//!
//! CEL is the Common Expression Language (<https://cel.dev>). This part of it has comparisons, `&& || !`,
//! `in`, `? :`, literals and lists, the names `vars.x`, `steps.a.status`, `steps.a.exit_code`,
//! `steps.a.outputs.x`, `run.x` and `os`, and the functions `has`, `size`, `startsWith`, `endsWith`,
//! `contains` and `matches`. It has no arithmetic, no loops, and nothing that changes anything.
//!
//! [`Expression::parse`] finds mistakes of form, [`Expression::check`] every name and type that does not fit what is
//! declared. What has passed both has a value, waits for a step, or fails with a reason; a failure is never "false".
//! Length, depth and work are bounded, so that a hostile expression costs no more than a long one.

mod check;
mod declarations;
mod evaluate;
mod explain;
mod parse;
mod path;
mod quoted_text;
mod syntax;
mod token;
mod value;

use std::fmt;
use std::ops::Range;

pub use declarations::{Declarations, DeclaredStep, DeclaredVariable, Kind};
pub use evaluate::{Reading, Scope, WORK_MAX};
pub use explain::{Explanation, Part};
pub use path::{Path, RUN_NAMES, STATUS_WORDS};
pub use value::Value;

/// Bytes an expression may have.
pub const BYTES_MAX: usize = 1024;

/// How deep parentheses, lists, calls and choices may be nested.
pub const DEPTH_MAX: usize = 32;

/// An expression whose form is right.
///
/// ```
/// use checklist_workflow::condition::{Expression, Path, Reading, Scope, Value, Verdict};
///
/// struct Staging;
///
/// impl Scope for Staging {
///     fn read(&self, path: Path<'_>) -> Reading {
///         match path {
///             Path::Variable("target") => Reading::Known(Value::Text("staging".into())),
///             _ => Reading::Absent,
///         }
///     }
/// }
///
/// let expression = Expression::parse(r#"vars.target == "prod""#).expect("it is right");
/// assert_eq!(expression.verdict(&Staging), Verdict::False);
/// assert_eq!(expression.paths(), [Path::Variable("target")]);
/// let why = expression.explain(&Staging);
/// assert_eq!((why.verdict, why.parts.len()), (Verdict::False, 1));
/// // A mistake says where it is.
/// let mistake = Expression::parse("vars.target ==").unwrap_err();
/// assert!(mistake.span.start > 0 && !mistake.message.is_empty());
/// ```
#[derive(Clone, Debug, PartialEq)]
pub struct Expression {
    text: String,
    root: syntax::Node,
}

/// What is wrong with an expression, and where.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Mistake {
    /// Its bytes in the expression.
    pub span: Range<usize>,
    /// What is wrong, lower case, without a period.
    pub message: String,
    /// A few words for beside the caret; may be empty.
    pub label: String,
    /// What to write instead; may be empty.
    pub help: String,
}

/// What became of a condition.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Verdict {
    /// It holds.
    True,
    /// It does not hold.
    False,
    /// It depends on steps that are not settled: their ids, sorted.
    Waits(Vec<String>),
    /// It has no value, for this reason. That is never "false".
    Failed(String),
}

impl Expression {
    /// Reads an expression.
    ///
    /// # Errors
    /// The first [`Mistake`]: more than [`BYTES_MAX`] bytes, more than [`DEPTH_MAX`] levels, or a form that
    /// this part of CEL does not have.
    pub fn parse(text: &str) -> Result<Expression, Mistake> {
        let root = parse::expression(text)?;
        Ok(Expression { text: text.to_owned(), root })
    }

    /// The expression as written.
    #[must_use]
    pub fn text(&self) -> &str {
        &self.text
    }

    /// Looks at every name and every type, and that the whole is true or false.
    ///
    /// # Errors
    /// Every mistake that was found, in the order of the text; never none.
    pub fn check(&self, names: &Declarations) -> Result<(), Vec<Mistake>> {
        check::condition(&self.root, names)
    }

    /// The kind of value it has.
    ///
    /// # Errors
    /// As [`Expression::check`], but that any kind will do.
    pub fn kind(&self, names: &Declarations) -> Result<Kind, Vec<Mistake>> {
        check::any(&self.root, names)
    }

    /// The names it reads, in the order of the text, each once.
    #[must_use]
    pub fn paths(&self) -> Vec<Path<'_>> {
        let mut paths = Vec::new();
        path::collect(&self.root, &mut paths);
        paths
    }

    /// Whether it holds.
    #[must_use]
    pub fn verdict(&self, scope: &dyn Scope) -> Verdict {
        evaluate::verdict(&self.root, scope)
    }

    /// Its value.
    ///
    /// # Errors
    /// [`Verdict::Waits`] or [`Verdict::Failed`].
    pub fn value(&self, scope: &dyn Scope) -> Result<Value, Verdict> {
        evaluate::value(&self.root, scope)
    }

    /// Whether it holds, and the parts and values that decide it.
    #[must_use]
    pub fn explain(&self, scope: &dyn Scope) -> Explanation {
        explain::explain(&self.text, &self.root, scope)
    }
}

impl Mistake {
    pub(crate) fn new(span: Range<usize>, message: impl Into<String>) -> Mistake {
        Mistake { span, message: message.into(), label: String::new(), help: String::new() }
    }

    pub(crate) fn help(mut self, help: impl Into<String>) -> Mistake {
        self.help = help.into();
        self
    }

    /// Says which of `known` was probably meant by `given`, written as `form` writes a name; else gives `help`.
    pub(crate) fn meant<'a>(
        mut self,
        given: &str,
        known: impl IntoIterator<Item = &'a str>,
        form: impl Fn(&str) -> String,
        help: impl Into<String>,
    ) -> Mistake {
        match crate::closest::closest(given, known) {
            Some(meant) => self.label = format!("did you mean {}?", form(meant)),
            None => self.help = help.into(),
        }
        self
    }
}

impl fmt::Display for Mistake {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.message)?;
        [&self.label, &self.help]
            .into_iter()
            .filter(|text| !text.is_empty())
            .try_for_each(|text| write!(f, "; {text}"))
    }
}

impl std::error::Error for Mistake {}
