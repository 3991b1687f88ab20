//! Format 1 as a table: which keys each object has, and what each may hold. The reader refuses what is not in
//! it, and the published JSON Schema is made from it.

use super::command::{COMMAND_KINDS, CONFIRM_BY, DANGER_CHARS_MIN, RETRIES_MAX, VALIDATION_KINDS};
use super::model::{COMMAND_NAME_PATTERN, ID_PATTERN, NAME_PATTERN};
use super::read::{MODES, ON_INTERRUPT, STEP_KINDS, VARIABLE_KINDS};

/// Which object of the format is meant.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Place {
    Template,
    Variable,
    Defaults,
    Step,
    Command,
    Retries,
    Validation,
    Confirm,
    Input,
}

/// What a key may hold.
#[derive(Debug, Clone, Copy)]
pub(super) enum Shape {
    /// The format number.
    Format,
    /// A text; with at least so many characters.
    Text(usize),
    /// An id.
    Id,
    /// A text of this form, a regular expression.
    Form(&'static str),
    /// One word of a fixed set.
    Word(fn() -> Vec<&'static str>),
    /// A day.
    Day,
    /// `true` or `false`.
    Boolean,
    /// A whole number between two.
    Whole(u8, u8),
    /// A number and a unit.
    Duration,
    /// A condition.
    Condition,
    /// A value of the type of its variable.
    Any,
    /// A list with at least so many items.
    List(&'static Shape, usize),
    /// A list of ids, none of them twice.
    Ids,
    /// Names of this form, a regular expression, and what each holds.
    Map(&'static str, &'static Shape),
    /// An object of the format.
    Object(Place),
}

/// One key of an object.
#[derive(Debug, Clone, Copy)]
pub(super) struct Field {
    pub(super) key: &'static str,
    pub(super) shape: Shape,
    pub(super) is_required: bool,
    /// What it is for, as an editor shows it.
    pub(super) about: &'static str,
}

const fn field(key: &'static str, shape: Shape, about: &'static str) -> Field {
    Field { key, shape, is_required: false, about }
}

const fn required(key: &'static str, shape: Shape, about: &'static str) -> Field {
    Field { key, shape, is_required: true, about }
}

/// The words of a set that the reader maps to something.
fn words<T>(set: &[(&'static str, T)]) -> Vec<&'static str> {
    set.iter().map(|(word, _)| *word).collect()
}

/// A regular expression of a name that the environment can have.
const ENVIRONMENT_PATTERN: &str = "^[A-Za-z_][A-Za-z0-9_]*$";

const TEMPLATE: &[Field] = &[
    required("checklist", Shape::Format, "The number of the format; the first key of the file"),
    required("id", Shape::Id, "The id of the template"),
    required("title", Shape::Text(1), "One line that says what it is for; may hold ${name}"),
    field("version", Shape::Text(0), "The version of the template itself; in quotes"),
    field("description", Shape::Text(0), "More about it; may hold ${name}"),
    field(
        "mode",
        Shape::Word(|| words(MODES)),
        "read-do: step by step; do-confirm: a section is done, then confirmed",
    ),
    field("owner", Shape::Text(0), "Who keeps it right"),
    field("reviewed", Shape::Day, "The day it was last looked at"),
    field(
        "extends",
        Shape::Text(1),
        "A template beside this one whose variables, defaults and steps come first",
    ),
    field("variables", Shape::Map(NAME_PATTERN, &Shape::Object(Place::Variable)), "The variables, by name"),
    field("defaults", Shape::Object(Place::Defaults), "What holds for commands that do not say otherwise"),
    required("steps", Shape::List(&Shape::Object(Place::Step), 1), "The steps, in order"),
];

const VARIABLE: &[Field] = &[
    field("type", Shape::Word(|| words(VARIABLE_KINDS)), "The type of its value; string when absent"),
    field("description", Shape::Text(0), "What it is for; shown when it is asked for"),
    field("required", Shape::Boolean, "Whether a run cannot begin without a value"),
    field("default", Shape::Any, "The value when none is given"),
    field("enum", Shape::List(&Shape::Any, 1), "The only values it takes"),
    field("pattern", Shape::Text(1), "A regular expression that its text must match"),
    field("secret", Shape::Boolean, "Whether its value is never stored or shown; needs from_env"),
    field("from_env", Shape::Form(ENVIRONMENT_PATTERN), "The environment variable its value comes from"),
];

const DEFAULTS: &[Field] = &[
    field("shell", Shape::List(&Shape::Text(0), 1), "Program and arguments that a bash command is handed to"),
    field("timeout", Shape::Duration, "Time one command or check may take"),
    field(
        "on_interrupt",
        Shape::Word(|| words(ON_INTERRUPT)),
        "What to do when a crash left an outcome unknown",
    ),
];

const STEP: &[Field] = &[
    required("id", Shape::Id, "Unique and stable: a run finds its steps by their ids"),
    required("title", Shape::Text(1), "One line that says what is to be done; may hold ${name}"),
    field("description", Shape::Text(0), "More about it; may hold ${name}"),
    field("type", Shape::Word(|| words(STEP_KINDS)), "Who does it; task when absent"),
    field("section", Shape::Text(0), "The heading it stands under"),
    field("needs", Shape::Ids, "Steps that come first; the step above when absent"),
    field("condition", Shape::Condition, "When the step applies; it is hidden where this is false"),
    field("commands", Shape::List(&Shape::Object(Place::Command), 0), "What it runs or asks for, in order"),
    field(
        "validation",
        Shape::List(&Shape::Object(Place::Validation), 0),
        "What must hold before it is done",
    ),
    field("confirm", Shape::Object(Place::Confirm), "The question of a confirm step"),
    field("input", Shape::Object(Place::Input), "The question of an input step"),
    field("killer", Shape::Boolean, "Whether skipping it takes its id, typed, and a reason"),
    field("skippable", Shape::Boolean, "true: may be skipped without a reason; false: may not be skipped"),
    field("assignee", Shape::Text(0), "Who is meant to do it"),
    field("timeout", Shape::Duration, "Time the whole step may take, its commands and checks together"),
    field(
        "outputs",
        Shape::Map(NAME_PATTERN, &Shape::Text(1)),
        "Names, and the bash command that prints each",
    ),
    field(
        "rollback",
        Shape::List(&Shape::Object(Place::Command), 0),
        "What takes it back; run on request alone",
    ),
];

const COMMAND: &[Field] = &[
    field("id", Shape::Form(COMMAND_NAME_PATTERN), "Unique in the step; its number when absent"),
    required(
        "kind",
        Shape::Word(|| words(COMMAND_KINDS)),
        "bash: the tool runs it; agent: an assistant is asked",
    ),
    field("run", Shape::Text(1), "The text bash gets; ${name} is expanded by bash, from its environment"),
    field("prompt", Shape::Text(1), "What an agent is asked; may hold ${name}"),
    field("condition", Shape::Condition, "When the command applies; it is left out where this is false"),
    field("dir", Shape::Text(1), "The folder it runs in, inside the project"),
    field(
        "env",
        Shape::Map(ENVIRONMENT_PATTERN, &Shape::Text(0)),
        "More environment; values may hold ${name}",
    ),
    field("timeout", Shape::Duration, "Time it may take; then it is ended with its process group"),
    field("retries", Shape::Object(Place::Retries), "How often and when to try again"),
    field("idempotent", Shape::Boolean, "Whether running it twice does what running it once does"),
    field(
        "on_interrupt",
        Shape::Word(|| words(ON_INTERRUPT)),
        "What to do when a crash left its outcome unknown",
    ),
    field(
        "danger",
        Shape::Text(DANGER_CHARS_MIN),
        "Why to look twice; it runs only after a yes at a terminal, or with --allow-danger",
    ),
    field("interactive", Shape::Boolean, "Whether it gets the terminal"),
];

const RETRIES: &[Field] = &[
    required("max", Shape::Whole(0, RETRIES_MAX), "Attempts after the first"),
    field("backoff", Shape::Duration, "Time before the first retry; twice that before each further one"),
    field("on_exit", Shape::List(&Shape::Whole(1, 255), 0), "Exit codes worth a retry; any when absent"),
];

const VALIDATION: &[Field] = &[
    required(
        "kind",
        Shape::Word(|| VALIDATION_KINDS.iter().map(|(word, ..)| *word).collect()),
        "What is looked at",
    ),
    field("run", Shape::Text(1), "A text for bash that must exit with 0"),
    field("path", Shape::Text(1), "A file or folder inside the project"),
    field("text", Shape::Text(1), "A text the file must contain"),
    field("expr", Shape::Condition, "An expression that must be true"),
    field("message", Shape::Text(0), "What to tell a person when it does not hold"),
];

const CONFIRM: &[Field] = &[
    field("by", Shape::Word(|| words(CONFIRM_BY)), "human: a person at a terminal, and no --yes"),
    field("message", Shape::Text(0), "The question; the title when absent"),
    field("type_to_confirm", Shape::Text(1), "What has to be typed"),
];

const INPUT: &[Field] =
    &[required("variable", Shape::Form(NAME_PATTERN), "The variable the answer is kept in")];

impl Place {
    /// Every place, the outermost first.
    pub(super) const ALL: [Place; 9] = [
        Place::Template,
        Place::Variable,
        Place::Defaults,
        Place::Step,
        Place::Command,
        Place::Retries,
        Place::Validation,
        Place::Confirm,
        Place::Input,
    ];

    /// What messages call it.
    pub(super) fn name(self) -> &'static str {
        match self {
            Place::Template => "a template",
            Place::Variable => "a variable",
            Place::Defaults => "`defaults`",
            Place::Step => "a step",
            Place::Command => "a command",
            Place::Retries => "`retries`",
            Place::Validation => "a validation",
            Place::Confirm => "`confirm`",
            Place::Input => "`input`",
        }
    }

    /// Its keys.
    pub(super) fn fields(self) -> &'static [Field] {
        match self {
            Place::Template => TEMPLATE,
            Place::Variable => VARIABLE,
            Place::Defaults => DEFAULTS,
            Place::Step => STEP,
            Place::Command => COMMAND,
            Place::Retries => RETRIES,
            Place::Validation => VALIDATION,
            Place::Confirm => CONFIRM,
            Place::Input => INPUT,
        }
    }

    /// The names of its keys.
    pub(super) fn keys(self) -> impl Iterator<Item = &'static str> {
        self.fields().iter().map(|field| field.key)
    }

    /// Whether keys that begin with `x-` are the writer's own here.
    pub(super) fn has_free_keys(self) -> bool {
        matches!(self, Place::Template | Place::Step)
    }
}

/// The pattern of an id in the schema.
pub(super) const ID: &str = ID_PATTERN;
