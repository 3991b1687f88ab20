//! The checks by which a step is verified: that a script succeeds, a file exists, a file contains a text.
//!
//! A check never fails as a function: whatever keeps it from being made is a check that did not pass, with
//! the reason as its detail. It changes nothing, but for what a script does.

use crate::confine::confine;
use crate::exec::{Command, Exit, Outcome};
use crate::file::read_bounded;
use crate::output::{plain_text, tail};
use crate::template::{Check, Condition, Validation};
use crate::text::UnknownName;
use checklist_store::env::{Env, Kind};
use std::fmt;
use std::io;
use std::path::{Path, PathBuf};
use std::sync::atomic::AtomicBool;

/// A file larger than this is not searched: no text that people write comes near it.
pub const SEARCH_BYTES_MAX: u64 = 32 * 1024 * 1024;

/// A quoted line is cut after this many characters.
const QUOTE_CHARS_MAX: usize = 120;

/// How much of what a script printed a result holds.
pub const TAIL_LINES_MAX: usize = 20;

/// The bytes of a log in which the lines for a result are looked for.
const TAIL_BYTES_MAX: u64 = 64 * 1024;

/// What a check looked at.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum CheckKind {
    /// The exit code of a script.
    Bash,
    /// Whether a file or folder is there.
    FileExists,
    /// Whether a file contains a text.
    FileContains,
    /// The value of an expression over variables and steps.
    Expr,
}

/// What came of one check.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CheckResult {
    /// What it looked at.
    pub kind: CheckKind,
    /// Whether what it looks for is so.
    pub passed: bool,
    /// The template's words for when it is not.
    pub message: Option<String>,
    /// What was found, in one line for people: where the text is, or what is there instead.
    pub detail: String,
    /// The path it looked at, as the template writes it.
    pub path: Option<String>,
    /// The script, text or expression it looked for.
    pub expected: Option<String>,
    /// What it found in place of that, if it found something alike.
    pub found: Option<String>,
    /// How the script ended, if one ran. [`Exit::Cancelled`] is no verdict on the step.
    pub outcome: Option<Outcome>,
    /// Where all that the script printed is, if one ran.
    pub log: Option<PathBuf>,
    /// The last lines that a script printed which did not pass, at most [`TAIL_LINES_MAX`]; see
    /// [`crate::output::tail`].
    pub tail: Vec<String>,
}

impl CheckKind {
    /// The word of the template for it.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            CheckKind::Bash => "bash",
            CheckKind::FileExists => "file_exists",
            CheckKind::FileContains => "file_contains",
            CheckKind::Expr => "expr",
        }
    }
}

impl CheckResult {
    /// A check of this kind that did not pass; the other fields are to be filled in.
    #[must_use]
    pub fn new(kind: CheckKind, message: Option<&str>) -> CheckResult {
        CheckResult {
            kind,
            passed: false,
            message: message.map(str::to_owned),
            detail: String::new(),
            path: None,
            expected: None,
            found: None,
            outcome: None,
            log: None,
            tail: Vec::new(),
        }
    }

    /// The check on one line: `file_contains CHANGELOG.md "## [1.4.0]"`.
    #[must_use]
    pub fn label(&self) -> String {
        let mut label = self.kind.as_str().to_owned();
        if let Some(path) = &self.path {
            label.push(' ');
            label.push_str(&plain_text(path));
        }
        if let Some(expected) = &self.expected {
            let first = excerpt(expected.trim_end().lines().next().unwrap_or(""));
            let more = if expected.trim_end().contains('\n') { " ..." } else { "" };
            label.push_str(&match self.kind {
                CheckKind::FileContains => format!(" \"{first}\"{more}"),
                _ => format!(" {first}{more}"),
            });
        }
        label
    }
}

impl fmt::Display for CheckResult {
    /// Label and detail.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}", self.label(), self.detail)
    }
}

/// What is needed to check the validations of one step.
pub struct Checker<'a> {
    /// The world.
    pub env: &'a Env,
    /// The project's folder, which paths are relative to.
    pub project: &'a Path,
    /// How a script is run: everything but the script itself, which the validation gives.
    pub command: &'a Command,
    /// Replaces `${name}` in paths, texts and messages.
    pub expand: &'a dyn Fn(&str) -> Result<String, UnknownName>,
    /// Whether an expression is true, and the parts and values that make it so or not.
    pub evaluate: &'a dyn Fn(&Condition) -> (bool, String),
    /// Ends a script that runs.
    pub cancel: &'a AtomicBool,
}

impl Checker<'_> {
    /// Checks one validation.
    #[must_use]
    pub fn check(&self, validation: &Validation) -> CheckResult {
        // A message that cannot be expanded is still worth more than none.
        let message = validation.message.as_ref();
        let message = message.map(|text| (self.expand)(text).unwrap_or_else(|_| text.clone()));
        let message = message.as_deref();
        match &validation.check {
            Check::Bash { run } => {
                let command = Command { script: run.clone(), ..self.command.clone() };
                bash(self.env, &command, message, self.cancel)
            }
            Check::FileExists { path } => match (self.expand)(path) {
                Ok(path) => file_exists(self.env, self.project, &path, message),
                Err(unknown) => impossible(CheckKind::FileExists, message, &unknown.to_string()),
            },
            Check::FileContains { path, text } => {
                let expanded = (self.expand)(path).and_then(|path| Ok((path, (self.expand)(text)?)));
                match expanded {
                    Ok((path, text)) => file_contains(self.env, self.project, &path, &text, message),
                    Err(unknown) => impossible(CheckKind::FileContains, message, &unknown.to_string()),
                }
            }
            Check::Expr { expr } => {
                let (passed, detail) = (self.evaluate)(expr);
                let expected = Some(expr.expression.text().to_owned());
                CheckResult { passed, detail, expected, ..CheckResult::new(CheckKind::Expr, message) }
            }
        }
    }
}

/// A check that cannot even be tried.
fn impossible(kind: CheckKind, message: Option<&str>, why: &str) -> CheckResult {
    CheckResult { detail: why.to_owned(), ..CheckResult::new(kind, message) }
}

/// Runs a script; it passes when the script exits with 0. Its output is in `command.log`.
#[must_use]
pub fn bash(env: &Env, command: &Command, message: Option<&str>, cancel: &AtomicBool) -> CheckResult {
    let outcome = command.run(env, cancel);
    let detail = match &outcome.exit {
        Exit::Code(0) => format!("ok, {}", duration(outcome.duration)),
        Exit::TimedOut => format!("timed out after {}", duration(outcome.duration)),
        exit => format!("{exit}"),
    };
    let passed = outcome.succeeded();
    // The log may hold what other checks printed before, also of this step.
    let last = |bytes: u64| tail(env, &command.log, TAIL_LINES_MAX, bytes).unwrap_or_default();
    let printed = outcome.log_bytes.min(TAIL_BYTES_MAX);
    CheckResult {
        passed,
        detail,
        tail: if passed || printed == 0 { Vec::new() } else { last(printed) },
        log: Some(command.log.clone()),
        expected: Some(command.script.clone()),
        outcome: Some(outcome),
        ..CheckResult::new(CheckKind::Bash, message)
    }
}

/// Looks whether there is a file or folder at `path`, relative to the project.
///
/// ```
/// use checklist_store::env::mem::World;
/// use checklist_workflow::check::{CheckKind, CheckResult, file_contains, file_exists};
/// use std::path::Path;
///
/// let (world, project) = (World::new(1), Path::new("/project"));
/// world.fs.place(&project.join("NOTES.md"), b"## 1.4.0\n")?;
/// let there: CheckResult = file_exists(&world.env(), project, "NOTES.md", None);
/// assert!(there.passed && there.kind == CheckKind::FileExists);
/// let contains = file_contains(&world.env(), project, "NOTES.md", "## 1.5.0", Some("Write the notes"));
/// assert!(!contains.passed && contains.label().starts_with("file_contains NOTES.md"));
/// assert_eq!(contains.message.as_deref(), Some("Write the notes"));
/// # Ok::<(), std::io::Error>(())
/// ```
#[must_use]
pub fn file_exists(env: &Env, project: &Path, path: &str, message: Option<&str>) -> CheckResult {
    let mut result =
        CheckResult { path: Some(path.to_owned()), ..CheckResult::new(CheckKind::FileExists, message) };
    let real = match confine(env, project, path) {
        Ok(real) => real,
        Err(refused) => {
            result.detail = refused.to_string();
            return result;
        }
    };
    let shown = plain_text(path);
    (result.passed, result.detail) = match env.fs.stat(&real) {
        Ok(stat) => match stat.kind {
            Kind::File => (true, format!("{shown} is there")),
            Kind::Directory => (true, format!("{shown} is there, a folder")),
            Kind::Symlink | Kind::Other => (false, format!("{shown} is neither a file nor a folder")),
        },
        Err(error) if error.kind() == io::ErrorKind::NotFound => (false, format!("there is no {shown}")),
        Err(error) => (false, format!("cannot look at {shown}: {}", crate::file::reason(&error))),
    };
    result
}

/// Looks whether the file at `path`, relative to the project, contains `text`, letter by letter. Line ends of
/// Windows count as line ends.
#[must_use]
pub fn file_contains(
    env: &Env,
    project: &Path,
    path: &str,
    text: &str,
    message: Option<&str>,
) -> CheckResult {
    let mut result = CheckResult {
        path: Some(path.to_owned()),
        expected: Some(text.to_owned()),
        ..CheckResult::new(CheckKind::FileContains, message)
    };
    let bytes = match confine(env, project, path) {
        Ok(real) => read_bounded(env, &real, SEARCH_BYTES_MAX),
        Err(refused) => {
            result.detail = refused.to_string();
            return result;
        }
    };
    let shown = plain_text(path);
    let content = match bytes {
        // Bytes that are not UTF-8 cannot be part of a text, so that losing them loses no match.
        Ok(bytes) => String::from_utf8_lossy(&bytes).replace("\r\n", "\n"),
        Err(error) if error.kind() == io::ErrorKind::NotFound => {
            result.detail = format!("there is no {shown}");
            return result;
        }
        Err(error) => {
            result.detail = error.to_string();
            return result;
        }
    };
    let text = text.replace("\r\n", "\n");
    if text.is_empty() {
        result.detail = "the template gives no text to look for".to_owned();
    } else if let Some(at) = content.find(&text) {
        let line = content[..at].matches('\n').count() + 1;
        result.passed = true;
        result.detail = format!("{shown} line {line}");
    } else {
        (result.detail, result.found) = instead(&shown, &content, &text);
    }
    result
}

/// What a file has where a text was looked for in vain: the first heading of the same level for a Markdown
/// heading, a line that differs in case or spaces alone for anything else.
fn instead(path: &str, content: &str, text: &str) -> (String, Option<String>) {
    if let Some(level) = heading_level(text) {
        let order = if lists_newest_first(path) { "newest" } else { "first" };
        let marks = "#".repeat(level);
        return match headings(content).find(|(_, heading)| heading_level(heading) == Some(level)) {
            Some((line, heading)) => {
                let heading = excerpt(heading.trim_end());
                (format!("{path} has \"{heading}\" as its {order} heading (line {line})"), Some(heading))
            }
            None => (format!("{path} has no heading that begins with \"{marks} \""), None),
        };
    }
    let folded = fold(text);
    match content.lines().enumerate().find(|(_, line)| fold(line).contains(&folded)) {
        Some((index, line)) => {
            let line = excerpt(line.trim());
            (format!("{path} line {} differs in case or spaces: \"{line}\"", index + 1), Some(line))
        }
        None => match content.lines().count() {
            0 => (format!("{path} is empty"), None),
            1 => (format!("{path} does not contain it (1 line)"), None),
            lines => (format!("{path} does not contain it ({lines} lines)"), None),
        },
    }
}

/// Number of marks of an ATX heading (CommonMark 4.2) that begins `text`.
fn heading_level(text: &str) -> Option<usize> {
    let marks = text.bytes().take_while(|byte| *byte == b'#').count();
    ((1..=6).contains(&marks) && text[marks..].starts_with([' ', '\t'])).then_some(marks)
}

/// The heading lines of a Markdown text, outside of code fences, each with its line number.
fn headings(content: &str) -> impl Iterator<Item = (usize, &str)> {
    let mut fence: Option<&str> = None;
    content.lines().enumerate().filter_map(move |(index, line)| {
        let trimmed = line.trim_start();
        let mark = ["```", "~~~"].into_iter().find(|mark| trimmed.starts_with(mark));
        match (fence, mark) {
            (None, Some(mark)) => fence = Some(mark),
            (Some(open), Some(mark)) if open == mark => fence = None,
            _ => {}
        }
        (fence.is_none() && heading_level(line).is_some()).then_some((index + 1, line))
    })
}

/// Whether a file by this name is one that people prepend to.
fn lists_newest_first(path: &str) -> bool {
    let name = path.rsplit('/').next().unwrap_or(path).to_ascii_lowercase();
    ["change", "history", "news", "release"].iter().any(|word| name.starts_with(word))
}

fn fold(text: &str) -> String {
    text.split_whitespace().collect::<Vec<_>>().join(" ").to_lowercase()
}

/// One line of a text for people: harmless and of bounded length.
fn excerpt(line: &str) -> String {
    let plain = plain_text(line);
    match plain.char_indices().nth(QUOTE_CHARS_MAX) {
        Some((end, _)) => format!("{}...", &plain[..end]),
        None => plain,
    }
}

/// `12 ms`, `0.4 s`, `3 min 5 s`.
fn duration(duration: std::time::Duration) -> String {
    match duration.as_millis() {
        ms @ 0..100 => format!("{ms} ms"),
        ms @ 100..60_000 => format!("{}.{} s", ms / 1000, ms % 1000 / 100),
        ms => format!("{} min {} s", ms / 60_000, ms % 60_000 / 1000),
    }
}
