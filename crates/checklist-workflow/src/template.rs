//! A template: the list of steps a run follows, as read from a file.
//!
//! [`Template::parse`] reads format 1 (YAML). It is pure: no file, no clock, no environment. It refuses what it does
//! not know, because a safety step that is silently ignored is worse than no template at all.

mod format;
mod model;

mod check;
mod command;
mod extend;
mod graph;
mod names;
mod node;
mod object;
mod read;
mod schema;
mod syntax;
mod values;
mod variable;

use std::fmt::Write as _;
use std::time::Duration;

use sha2::{Digest as _, Sha256};

pub use self::extend::{BaseSource, FindBase};
pub(crate) use self::graph::circles;
pub use self::model::{
    Action, BashRole, BashText, Check, Command, Condition, Confirm, ConfirmBy, DEFAULT_SHELL, Defaults,
    Input, Mode, OnInterrupt, Origin, ROLLBACK_PREFIX, Retries, Step, StepKind, Validation, Variable,
    VariableKind,
};
pub use self::schema::schema;
use crate::diagnostic::{Diagnostics, Finding};
use crate::text::{self, UnknownName};

/// The newest template format this version reads.
pub const FORMAT: i128 = 1;

/// The largest template or list that is read, in bytes.
pub const SOURCE_BYTES_MAX: usize = 8 * 1024 * 1024;

/// A list of steps with its variables and defaults.
///
/// ```
/// use checklist_workflow::Template;
///
/// let template = Template::parse("ship.yaml", "
/// checklist: 1
/// id: ship
/// title: Ship ${version}
/// variables: { version: { required: true } }
/// defaults: { timeout: 10m }
/// steps:
///   - { id: build, title: Build it, type: auto, commands: [{ id: make, kind: bash, run: make }] }
/// ")?;
/// let step = template.step("build").expect("it is there");
/// let make = step.command("make").expect("it has that command");
/// assert_eq!(template.timeout_of(make), Some(std::time::Duration::from_secs(600)));
/// assert!(template.variable("version").is_some_and(|variable| variable.required));
/// assert_eq!(template.commands().len(), 1); // what somebody approves
/// assert_eq!(template.expand("Ship ${version}", |_| Some("1.4.0".to_owned()))?, "Ship 1.4.0");
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug, Clone, PartialEq)]
pub struct Template {
    /// Its id: `[a-z0-9][a-z0-9-]{0,63}`.
    pub id: String,
    /// One line that says what it is for; may hold `${name}`.
    pub title: String,
    /// The version of the template itself.
    pub version: Option<String>,
    /// More about it; may hold `${name}`.
    pub description: Option<String>,
    /// How it is shown.
    pub mode: Mode,
    /// Who keeps it right.
    pub owner: Option<String>,
    /// The day it was last looked at.
    pub reviewed: Option<jiff::civil::Date>,
    /// The template it builds on.
    pub extends: Option<String>,
    /// Its variables, in the order of the file.
    pub variables: Vec<Variable>,
    /// What holds for commands that do not say otherwise.
    pub defaults: Defaults,
    /// Its steps, in the order of the file; never empty.
    pub steps: Vec<Step>,
    /// Where it came from.
    pub origin: Origin,
    /// SHA-256 of the bytes it was read from, in lower-case hexadecimal; of those and the hash of the
    /// template it extends, if it does. Trust is given to this.
    pub source_hash: String,
    /// What a writer of the template would like to know; holds no errors.
    pub notes: Diagnostics,
}

impl Template {
    /// Reads a template in YAML; `name` is what messages call it, usually its path. One that extends another
    /// is read with [`Template::parse_with`].
    ///
    /// # Errors
    /// Every mistake that was found, each with its line, column and a way out. A mistake in the YAML itself ends
    /// the reading, so it comes alone.
    pub fn parse(name: &str, source: &str) -> Result<Self, Diagnostics> {
        Self::parse_with(name, source, &mut extend::no_base)
    }

    /// Reads a template, and those it extends, whose texts `find` gives.
    ///
    /// # Errors
    /// As [`Template::parse`]. The mistakes of a template that is extended come alone, and name its file.
    pub fn parse_with(name: &str, source: &str, find: FindBase<'_>) -> Result<Self, Diagnostics> {
        Self::parse_chain(name, source, &[], find)
    }

    fn parse_chain(
        name: &str,
        source: &str,
        chain: &[String],
        find: FindBase<'_>,
    ) -> Result<Self, Diagnostics> {
        let mut diagnostics = Diagnostics::new(name, source);
        if let Some(finding) = too_large(source) {
            diagnostics.add(finding);
            return Err(diagnostics);
        }
        let root = match node::parse(source) {
            Ok(root) => root,
            Err(error) => {
                let finding = syntax::explain(source, &error, &mut diagnostics);
                diagnostics.add(finding);
                return Err(diagnostics);
            }
        };
        let base = extend::base(&root, chain, find, &mut diagnostics)?;
        let (draft, mut diagnostics) = read::template(source, &root, base.as_ref(), diagnostics);
        let draft = draft.map(|mut draft| {
            if let Some(base) = &base {
                extend::merge(&mut draft, &root, base, &mut diagnostics);
            }
            draft
        });
        let template =
            draft.and_then(|draft| check::template(draft, source, base.as_ref(), &mut diagnostics));
        diagnostics.sort();
        match template {
            Some(mut template) if !diagnostics.has_errors() => {
                template.notes = diagnostics;
                Ok(template)
            }
            _ => Err(diagnostics),
        }
    }

    /// The step with this id.
    #[must_use]
    pub fn step(&self, id: &str) -> Option<&Step> {
        self.steps.iter().find(|step| step.id == id)
    }

    /// The variable with this name.
    #[must_use]
    pub fn variable(&self, name: &str) -> Option<&Variable> {
        self.variables.iter().find(|variable| variable.name == name)
    }

    /// Every text of the template that would be handed to a shell, in the order of the file: what a person has to
    /// see before trusting it. [`Defaults::shell`] belongs on the same screen.
    #[must_use]
    pub fn commands(&self) -> Vec<BashText<'_>> {
        let mut texts = Vec::new();
        for step in &self.steps {
            let of = |role| move |command| BashText::of_command(step, role, command);
            let of_step = |role, run| BashText { step, role, run, command: None };
            texts.extend(step.commands.iter().filter_map(of(BashRole::Command)));
            texts.extend(step.validation.iter().filter_map(|validation| match &validation.check {
                Check::Bash { run } => Some(of_step(BashRole::Validation, run.as_str())),
                _ => None,
            }));
            texts.extend(step.outputs.values().map(|run| of_step(BashRole::Output, run.as_str())));
            texts.extend(step.rollback.iter().filter_map(of(BashRole::Rollback)));
        }
        texts
    }

    /// The time one command may take: its own limit, or that of the template.
    #[must_use]
    pub fn timeout_of(&self, command: &Command) -> Option<Duration> {
        command.timeout.or(self.defaults.timeout)
    }

    /// What to do with a command of `step` whose outcome is unknown: its own rule, or that of the template.
    ///
    /// A template's `verify` becomes [`OnInterrupt::Ask`] at a step that has nothing to verify it with.
    #[must_use]
    pub fn on_interrupt_of(&self, step: &Step, command: &Command) -> OnInterrupt {
        match command.on_interrupt.or(self.defaults.on_interrupt) {
            None => OnInterrupt::Ask,
            Some(OnInterrupt::Verify) if step.validation.is_empty() => OnInterrupt::Ask,
            Some(rule) => rule,
        }
    }

    /// A title, prompt, message or path of this template with its `${name}` expanded; the text of a Markdown list
    /// comes back as it is.
    ///
    /// # Errors
    /// [`UnknownName`] where `lookup` has no value, which for a template that parsed means an optional variable
    /// without one.
    pub fn expand(
        &self,
        text: &str,
        lookup: impl FnMut(&str) -> Option<String>,
    ) -> Result<String, UnknownName> {
        match self.origin {
            Origin::Yaml => text::expand(text, lookup),
            Origin::Markdown => Ok(text.to_owned()),
        }
    }
}

/// The finding about a source that is larger than anything a person wrote.
pub(crate) fn too_large(source: &str) -> Option<Finding> {
    let size = source.len();
    (size > SOURCE_BYTES_MAX).then(|| {
        let limit = SOURCE_BYTES_MAX / (1024 * 1024);
        Finding::error(0..0, format!("the file has {size} bytes; templates and lists may have {limit} MiB"))
            .help("split it into several templates")
    })
}

/// SHA-256 of a source, in lower-case hexadecimal.
pub(crate) fn source_hash(source: &str) -> String {
    Sha256::digest(source.as_bytes()).iter().fold(String::with_capacity(64), |mut hex, byte| {
        let _ = write!(hex, "{byte:02x}");
        hex
    })
}
