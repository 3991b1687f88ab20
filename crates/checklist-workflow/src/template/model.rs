//! What a template is once it has been read: steps, commands, validations and variables as plain data.

use crate::condition::Expression;
use std::collections::BTreeMap;
use std::ops::Range;
use std::time::Duration;

/// The form of an id, as a regular expression.
pub(super) const ID_PATTERN: &str = "^[a-z0-9][a-z0-9-]{0,63}$";

/// The form of the id of a command.
pub(super) const COMMAND_NAME_PATTERN: &str = ID_PATTERN;

/// The form of the name of a variable or an output.
pub(super) const NAME_PATTERN: &str = "^[a-z][a-z0-9_]*$";

/// What stands before the id of a command that takes a step back, wherever commands are named.
pub const ROLLBACK_PREFIX: &str = "rollback/";

/// The shell of a template that names none: an undefined variable or a failing pipe stops the command.
pub const DEFAULT_SHELL: [&str; 4] = ["bash", "-euo", "pipefail", "-c"];

/// Where a template came from, which decides how its texts are read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Origin {
    /// A YAML template: `${name}` in its texts is expanded.
    Yaml,
    /// A Markdown task list: its texts are shown as written.
    Markdown,
}

/// How the steps of a template are shown.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Mode {
    /// Read a step, do it, go on.
    ReadDo,
    /// Do a section from memory, then confirm all of it.
    DoConfirm,
}

/// A variable of a template.
#[derive(Debug, Clone, PartialEq)]
pub struct Variable {
    /// Its name: `[a-z][a-z0-9_]*`, so that no exported variable replaces `PATH`.
    pub name: String,
    /// What values it takes.
    pub kind: VariableKind,
    /// What it is for.
    pub description: Option<String>,
    /// Whether a run cannot begin without a value.
    pub required: bool,
    /// The value when none is given; of type `kind`, and one of `allowed` where that is not empty.
    pub default: Option<serde_json::Value>,
    /// `enum`: the only values it takes; empty means any.
    pub allowed: Vec<serde_json::Value>,
    /// A regular expression its text must match.
    pub pattern: Option<String>,
    /// Whether its value is never stored or shown.
    pub secret: bool,
    /// The environment variable its value comes from.
    pub from_env: Option<String>,
}

/// The type of a variable.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum VariableKind {
    /// Text; the type of a variable that names none.
    String,
    /// A number.
    Number,
    /// `true` or `false`.
    Boolean,
    /// A list.
    Array,
}

/// What holds for every command that does not say otherwise.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Defaults {
    /// Program and arguments a bash command is handed to; never empty.
    pub shell: Vec<String>,
    /// Time one command may take.
    pub timeout: Option<Duration>,
    /// What to do with a command whose outcome a crash left unknown.
    pub on_interrupt: Option<OnInterrupt>,
}

impl Default for Defaults {
    fn default() -> Self {
        Self { shell: DEFAULT_SHELL.map(str::to_owned).to_vec(), timeout: None, on_interrupt: None }
    }
}

/// One step of a template.
#[derive(Debug, Clone, PartialEq)]
pub struct Step {
    /// Its id, unique in the template and stable: runs find their steps by it.
    pub id: String,
    /// One line that says what is to be done; may hold `${name}`.
    pub title: String,
    /// More about it; may hold `${name}`.
    pub description: Option<String>,
    /// Who does it: a person, the tool, or a person's word.
    pub kind: StepKind,
    /// The heading it stands under.
    pub section: Option<String>,
    /// The step it is a part of, from the nesting of a Markdown list. A parent is done when its children are
    /// settled. Always `None` in YAML.
    pub parent: Option<String>,
    /// Ids of steps that must be settled first, resolved: a YAML step without `needs` holds the step above it
    /// here. Empty for a step that waits for nothing, and for every step of a Markdown list, which is walked in
    /// order without one item blocking another.
    pub needs: Vec<String>,
    /// When the step applies, as written.
    pub condition: Option<Condition>,
    /// What it runs or asks for, in order.
    pub commands: Vec<Command>,
    /// What must hold before it counts as done and verified.
    pub validation: Vec<Validation>,
    /// The question of a `confirm` step; always present there, never elsewhere.
    pub confirm: Option<Box<Confirm>>,
    /// The question of an `input` step.
    pub input: Option<Box<Input>>,
    /// Whether skipping it is dangerous enough to need its id typed.
    pub killer: bool,
    /// `true`: may be skipped without a reason. `false`: may not be skipped. Absent: skipping needs a reason.
    pub skippable: Option<bool>,
    /// Who is meant to do it.
    pub assignee: Option<String>,
    /// Time the whole step may take, all its commands together.
    pub timeout: Option<Duration>,
    /// Named outputs and the bash command that prints each.
    pub outputs: BTreeMap<String, String>,
    /// What takes the effect of the step back.
    pub rollback: Vec<Command>,
    /// The line of the source the step begins on, counted from 1.
    pub line: usize,
}

impl Step {
    /// The command of this id, among those that do the step and, behind [`ROLLBACK_PREFIX`], those that take it back.
    #[must_use]
    pub fn command(&self, id: &str) -> Option<&Command> {
        match id.strip_prefix(ROLLBACK_PREFIX) {
            Some(id) => self.rollback.iter().find(|command| command.id == id),
            None => self.commands.iter().find(|command| command.id == id),
        }
    }

    /// Every condition of the step: its own, those of its commands, and those among its checks.
    pub fn conditions(&self) -> impl Iterator<Item = &Condition> {
        let commands =
            self.commands.iter().chain(&self.rollback).filter_map(|command| command.condition.as_ref());
        let checks = self.validation.iter().filter_map(|validation| match &validation.check {
            Check::Expr { expr } => Some(expr),
            _ => None,
        });
        self.condition.iter().chain(commands).chain(checks)
    }

    /// The name that an output of this step has in texts and in the environment of commands: `publish_sha`.
    ///
    /// ```
    /// use checklist_workflow::Template;
    /// use checklist_workflow::template::{ConfirmBy, OnInterrupt, StepKind};
    ///
    /// let template = Template::parse("a.yaml", "
    /// checklist: 1
    /// id: a
    /// title: A
    /// steps:
    ///   - { id: build-it, title: Build, type: auto, commands: [{ id: make, kind: bash, run: make, on_interrupt: fail }] }
    ///   - { id: agree, title: Agree, type: confirm, confirm: { by: human }, condition: 'os == \"linux\"' }
    /// ")?;
    /// let [build, agree] = template.steps.as_slice() else { panic!("two steps") };
    /// assert_eq!((build.kind, build.output_name("sha")), (StepKind::Auto, "build_it_sha".to_owned()));
    /// assert!(build.commands[0].is_bash());
    /// assert_eq!(template.on_interrupt_of(build, &build.commands[0]), OnInterrupt::Fail);
    /// assert_eq!(agree.confirm.as_ref().map(|confirm| confirm.by), Some(ConfirmBy::Human));
    /// assert_eq!(agree.conditions().count(), 1);
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    #[must_use]
    pub fn output_name(&self, output: &str) -> String {
        format!("{}_{output}", self.id.replace('-', "_"))
    }
}

/// The type of a step.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum StepKind {
    /// Someone does it; the type of a step that names none.
    Task,
    /// The tool checks that something holds.
    Check,
    /// Someone confirms it.
    Confirm,
    /// Someone gives a value.
    Input,
    /// The tool runs its commands.
    Auto,
}

/// A condition of a template that was read: every name in it is declared.
#[derive(Debug, Clone)]
pub struct Condition {
    /// What it says.
    pub expression: Expression,
    /// Its bytes in the source, with their quotes.
    pub span: Range<usize>,
}

/// Conditions are the same that say the same, wherever they stand.
impl PartialEq for Condition {
    fn eq(&self, other: &Condition) -> bool {
        self.expression.text() == other.expression.text()
    }
}

/// One command of a step.
#[derive(Debug, Clone, PartialEq)]
pub struct Command {
    /// Its id, unique in the step; its number in the step, counted from 1, when none is given.
    pub id: String,
    /// What it does.
    pub action: Action,
    /// When it applies, as written.
    pub condition: Option<Condition>,
    /// The folder it runs in, relative to the project; may hold `${name}`. The project itself when absent.
    pub dir: Option<String>,
    /// More environment; the values may hold `${name}`.
    pub env: BTreeMap<String, String>,
    /// Time it may take, as given; see [`Template::timeout_of`](crate::template::Template::timeout_of).
    pub timeout: Option<Duration>,
    /// How often to try again.
    pub retries: Option<Retries>,
    /// Whether running it twice does what running it once does.
    pub idempotent: bool,
    /// What to do when a crash left its outcome unknown, as given; see
    /// [`Template::on_interrupt_of`](crate::template::Template::on_interrupt_of).
    pub on_interrupt: Option<OnInterrupt>,
    /// Why one should look twice before running it.
    pub danger: Option<String>,
    /// Whether it needs the terminal.
    pub interactive: bool,
}

impl Command {
    /// Whether the tool runs it.
    #[must_use]
    pub fn is_bash(&self) -> bool {
        matches!(self.action, Action::Bash { .. })
    }
}

/// What a command does.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Action {
    /// A text for the shell, never expanded by the tool: variables reach it through the environment.
    Bash {
        /// The text.
        run: String,
    },
    /// A text for a coding agent; may hold `${name}`.
    Agent {
        /// The text.
        prompt: String,
    },
}

/// What to do with a command that was started and whose outcome a crash left unknown.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum OnInterrupt {
    /// Ask; the default.
    Ask,
    /// Run it again; only for idempotent commands.
    Rerun,
    /// Run the validation of the step: where it passes, the command had its effect.
    Verify,
    /// Count it as failed.
    Fail,
}

/// How often and when a failed command is tried again.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Retries {
    /// Attempts after the first, at most 20.
    pub max: u8,
    /// Time before the first retry; twice that before each further one, an hour at most.
    pub backoff: Option<Duration>,
    /// Exit codes worth another attempt; empty means any that is not zero.
    pub on_exit: Vec<u8>,
}

/// One thing that must hold.
#[derive(Debug, Clone, PartialEq)]
pub struct Validation {
    /// What is looked at.
    pub check: Check,
    /// What to tell a person when it does not hold; may hold `${name}`.
    pub message: Option<String>,
}

/// What a validation looks at.
#[derive(Debug, Clone, PartialEq)]
pub enum Check {
    /// A shell text that must exit with zero.
    Bash {
        /// The text, never expanded by the tool.
        run: String,
    },
    /// A file or folder that must exist.
    FileExists {
        /// Its path, relative to the project; may hold `${name}`.
        path: String,
    },
    /// A file that must contain a text.
    FileContains {
        /// Its path, relative to the project; may hold `${name}`.
        path: String,
        /// The text to be found, letter by letter; may hold `${name}`.
        text: String,
    },
    /// An expression that must be true.
    Expr {
        /// The expression as written.
        expr: Condition,
    },
}

/// The question of a `confirm` step.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Confirm {
    /// Who may answer.
    pub by: ConfirmBy,
    /// The question; may hold `${name}`. The title of the step when absent.
    pub message: Option<String>,
    /// What has to be typed; may hold `${name}`.
    pub type_to_confirm: Option<String>,
}

/// Who may answer a `confirm` step.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ConfirmBy {
    /// Anyone, a program with `--yes` among them; the default.
    Anyone,
    /// A person at a terminal.
    Human,
}

/// The question of an `input` step.
#[derive(Debug, Clone)]
pub struct Input {
    /// The variable the answer is kept in.
    pub variable: String,
    /// Its bytes in the source.
    pub span: Range<usize>,
}

/// Questions are the same that are for the same variable, wherever they stand.
impl PartialEq for Input {
    fn eq(&self, other: &Input) -> bool {
        self.variable == other.variable
    }
}

/// A text of a template that would be handed to a shell, with everything a person needs to judge it.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct BashText<'a> {
    /// The step it belongs to.
    pub step: &'a Step,
    /// What makes it run.
    pub role: BashRole,
    /// The text.
    pub run: &'a str,
    /// The command it is, where it is one: its folder, environment and danger are there.
    pub command: Option<&'a Command>,
}

impl<'a> BashText<'a> {
    /// The text of a command, if it is one for the shell.
    pub(super) fn of_command(step: &'a Step, role: BashRole, command: &'a Command) -> Option<Self> {
        let Action::Bash { run } = &command.action else { return None };
        Some(Self { step, role, run, command: Some(command) })
    }
}

/// What makes a shell text run.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum BashRole {
    /// It is a command of the step.
    Command,
    /// It is a validation of the step.
    Validation,
    /// It prints an output of the step.
    Output,
    /// It takes the step back.
    Rollback,
}
