//! Paths: the names an expression may read.

use super::Mistake;
use super::syntax::{Form, Node, Segment};
use crate::diagnostic::quoted;
use std::fmt;
use std::ops::Range;

/// What is known of a run: `run.template`, `run.version`, `run.branch`.
pub const RUN_NAMES: [&str; 3] = ["template", "version", "branch"];

/// Where a step can stand for a condition: it waits until one of these is so.
pub const STATUS_WORDS: [&str; 4] = ["done", "skipped", "failed", "hidden"];

/// What can be selected from a step.
const STEP_PARTS: [&str; 3] = ["status", "exit_code", "outputs"];

const ROOTS: [&str; 4] = ["vars", "steps", "run", "os"];

/// A name an expression reads.
///
/// ```
/// use checklist_workflow::condition::{Expression, Path};
///
/// let expression = Expression::parse(r#"steps.build.status == "done""#).expect("it is right");
/// assert_eq!(expression.paths(), [Path::Status("build")]);
/// assert_eq!(Path::Status("build").step(), Some("build"));
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Path<'a> {
    /// `vars.x`
    Variable(&'a str),
    /// `steps.a.status`
    Status(&'a str),
    /// `steps.a.exit_code`: that of its last command.
    ExitCode(&'a str),
    /// `steps.a.outputs.x`
    Output(&'a str, &'a str),
    /// `run.x`
    Run(&'a str),
    /// `os`: the operating system, as Rust names it: `linux`, `macos`, `windows`.
    Os,
}

impl<'a> Path<'a> {
    /// The step it is about.
    #[must_use]
    pub fn step(self) -> Option<&'a str> {
        match self {
            Path::Status(step) | Path::ExitCode(step) | Path::Output(step, _) => Some(step),
            Path::Variable(_) | Path::Run(_) | Path::Os => None,
        }
    }
}

impl fmt::Display for Path<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let step = |step: &str| match is_word(step) {
            true => format!("steps.{step}"),
            false => format!("steps[\"{step}\"]"),
        };
        match self {
            Path::Variable(name) => write!(f, "vars.{name}"),
            Path::Status(id) => write!(f, "{}.status", step(id)),
            Path::ExitCode(id) => write!(f, "{}.exit_code", step(id)),
            Path::Output(id, name) => write!(f, "{}.outputs.{name}", step(id)),
            Path::Run(name) => write!(f, "run.{name}"),
            Path::Os => f.write_str("os"),
        }
    }
}

fn is_word(text: &str) -> bool {
    text.starts_with(|c: char| c.is_ascii_alphabetic() || c == '_')
        && text.chars().all(|c| c.is_ascii_alphanumeric() || c == '_')
        && !matches!(text, "true" | "false" | "null" | "in")
}

/// The path that a dotted name is.
pub(super) fn resolve(segments: &[Segment]) -> Result<Path<'_>, Mistake> {
    let whole =
        segments.first().map_or(0, |first| first.span.start)..segments.last().map_or(0, |last| last.span.end);
    let names: Vec<&str> = segments.iter().map(|segment| segment.name.as_str()).collect();
    let (path, len) = match names.as_slice() {
        ["vars", name, ..] => (Path::Variable(name), 2),
        ["run", name, ..] => (Path::Run(name), 2),
        ["os", ..] => (Path::Os, 1),
        ["steps", step, "status", ..] => (Path::Status(step), 3),
        ["steps", step, "exit_code", ..] => (Path::ExitCode(step), 3),
        ["steps", step, "outputs", name, ..] => (Path::Output(step, name), 4),
        ["steps", step, "outputs"] => return Err(incomplete(whole, &format!("steps.{step}.outputs.name"))),
        ["steps", _, part, ..] => return Err(no_step_part(part, segments[2].span.clone())),
        ["steps", step] => return Err(incomplete(whole, &format!("steps.{step}.status"))),
        ["steps"] => return Err(incomplete(whole, "steps.build.status")),
        ["vars"] => return Err(incomplete(whole, "vars.name")),
        ["run"] => return Err(incomplete(whole, "run.branch")),
        [root, ..] => return Err(unknown_root(root, segments)),
        [] => return Err(incomplete(whole, "vars.name")),
    };
    match segments.get(len) {
        None => Ok(path),
        Some(more) => {
            let mistake =
                Mistake::new(more.span.clone(), format!("{path} has no part {}", quoted(&more.name)));
            Err(mistake.help(format!("{path} is a value of its own")))
        }
    }
}

fn incomplete(span: Range<usize>, example: &str) -> Mistake {
    Mistake::new(span, "this name is not complete").help(format!("write such as {example}"))
}

fn no_step_part(part: &str, span: Range<usize>) -> Mistake {
    let help = format!("a step has {}", STEP_PARTS.join(", "));
    Mistake::new(span, format!("a step has no {}", quoted(part))).meant(
        part,
        STEP_PARTS,
        |part| format!("`{part}`"),
        help,
    )
}

fn unknown_root(root: &str, segments: &[Segment]) -> Mistake {
    let mistake = Mistake::new(segments[0].span.clone(), format!("unknown name {}", quoted(root)));
    let help = "names begin with vars, steps or run, or are os; a text is in \"quotes\"";
    match segments.len() {
        1 => mistake.help(help),
        _ => mistake.meant(root, ROOTS, |root| format!("`{root}`"), help),
    }
}

/// Adds every path below a node that resolves, each once.
pub(super) fn collect<'n>(node: &'n Node, paths: &mut Vec<Path<'n>>) {
    if let Form::Reference(segments) = &node.form
        && let Ok(path) = resolve(segments)
        && !paths.contains(&path)
    {
        paths.push(path);
    }
    children(node).for_each(|child| collect(child, paths));
}

/// The parts a node is made of, in the order of the text.
pub(super) fn children(node: &Node) -> Box<dyn Iterator<Item = &Node> + '_> {
    match &node.form {
        Form::Boolean(_) | Form::Integer(_) | Form::Float(_) | Form::Text(_) | Form::Reference(_) => {
            Box::new(std::iter::empty())
        }
        Form::List(items) => Box::new(items.iter()),
        Form::Choice(parts) => Box::new(parts.iter()),
        Form::Not(inner) | Form::Has(inner) | Form::Size(inner) => Box::new(std::iter::once(&**inner)),
        Form::Index(one, other) | Form::Binary(_, one, other) | Form::Ask(_, one, other) => {
            Box::new([&**one, &**other].into_iter())
        }
    }
}
