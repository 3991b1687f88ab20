//! The commands and validations of a step, and whether they fit its type.

use std::collections::{BTreeMap, HashSet};

use super::format::Place;
use super::model::{
    Action, Check, Command, ConfirmBy, Defaults, OnInterrupt, Retries, Step, StepKind, Validation,
};
use super::node::{Node, Span, Value};
use super::object::{Object, Reader};
use super::read::ON_INTERRUPT;
use super::{values, variable};
use crate::diagnostic::{Finding, quoted};

/// Letters a warning needs to say anything.
pub(super) const DANGER_CHARS_MIN: usize = 8;

/// Retries one command may ask for.
pub(super) const RETRIES_MAX: u8 = 20;

pub(super) const COMMAND_KINDS: &[(&str, CommandKind)] =
    &[("bash", CommandKind::Bash), ("agent", CommandKind::Agent)];

/// The kinds of validations, each with the keys it has and needs.
pub(super) const VALIDATION_KINDS: &[(&str, ValidationKind, &[&str])] = &[
    ("bash", ValidationKind::Bash, &["run"]),
    ("file_exists", ValidationKind::FileExists, &["path"]),
    ("file_contains", ValidationKind::FileContains, &["path", "text"]),
    ("expr", ValidationKind::Expr, &["expr"]),
];

pub(super) const CONFIRM_BY: &[(&str, ConfirmBy)] =
    &[("anyone", ConfirmBy::Anyone), ("human", ConfirmBy::Human)];

/// Keys that mean something to a command that the tool runs, and nothing to a request to an agent.
const BASH_KEYS: [&str; 8] =
    ["dir", "env", "timeout", "retries", "idempotent", "on_interrupt", "danger", "interactive"];

/// What a command has to fit.
#[derive(Clone, Copy)]
pub(super) struct Context<'a> {
    pub(super) defaults: &'a Defaults,
    pub(super) has_validation: bool,
}

#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum CommandKind {
    Bash,
    Agent,
}

#[derive(Clone, Copy)]
pub(super) enum ValidationKind {
    Bash,
    FileExists,
    FileContains,
    Expr,
}

/// The commands under `key`, with ids that are unique among them.
pub(super) fn commands<'n>(
    reader: &mut Reader<'n>,
    step: &Object<'n>,
    key: &str,
    context: Context<'_>,
) -> Vec<Command> {
    if step.get(key).is_none() {
        return Vec::new();
    }
    let mut commands = Vec::new();
    let mut ids = HashSet::new();
    for (index, node) in reader.list(step, key).unwrap_or_default().iter().enumerate() {
        let Some(object) = reader.object(node, "a command", Place::Command) else { continue };
        let given = object.get("id").and_then(|node| reader.id(node, "id"));
        let id = given.map_or_else(|| (index + 1).to_string(), str::to_owned);
        let span = object.get("id").map_or(node.span, |node| node.span);
        if !ids.insert(id.clone()) {
            let help = "a command without an id is called by its number in the step";
            reader.error(span, format!("two commands of this step have the id {}", quoted(&id)), help);
        }
        commands.extend(command(reader, &object, id, context));
    }
    commands
}

/// The commands that take a step back, which the tool runs.
pub(super) fn rollback<'n>(reader: &mut Reader<'n>, step: &Object<'n>, context: Context<'_>) -> Vec<Command> {
    // Nothing verifies a rollback: the validation of the step tells whether the step is there, and not that
    // it is gone.
    let rollback = commands(reader, step, "rollback", Context { has_validation: false, ..context });
    let is_agent = |command: &Command| matches!(command.action, Action::Agent { .. });
    if let Some(node) = step.get("rollback").filter(|_| rollback.iter().any(is_agent)) {
        reader.error(
            node.span,
            "a rollback has commands of kind bash alone",
            "describe what an agent has to do in a step",
        );
    }
    rollback
}

fn command<'n>(
    reader: &mut Reader<'n>,
    object: &Object<'n>,
    id: String,
    context: Context<'_>,
) -> Option<Command> {
    let kind = kind(reader, object, COMMAND_KINDS, "bash");
    let action = match kind {
        Some(CommandKind::Agent) => {
            misplaced(reader, object, "run", "an agent command has a `prompt`");
            for key in BASH_KEYS {
                misplaced(reader, object, key, "it is for commands of kind bash, which the tool runs itself");
            }
            let node = reader.required_text(object, "prompt", "Write the changelog entry");
            node.map(|node| {
                reader.expanded.push(node);
                Action::Agent { prompt: node.as_text().unwrap_or_default().to_owned() }
            })
        }
        Some(_) => {
            misplaced(reader, object, "prompt", "a bash command has a `run`");
            reader.shell_text(object, "run").map(|run| Action::Bash { run })
        }
        None => None,
    };
    let command = Command {
        id,
        action: action.unwrap_or(Action::Bash { run: String::new() }),
        condition: reader.condition(object, "condition"),
        dir: reader.path(object, "dir"),
        env: env(reader, object),
        timeout: reader.timeout(object, "timeout"),
        retries: retries(reader, object),
        idempotent: reader.boolean(object, "idempotent").unwrap_or(false),
        on_interrupt: reader.word(object, "on_interrupt", ON_INTERRUPT),
        danger: reader.expandable(object, "danger"),
        interactive: reader.boolean(object, "interactive").unwrap_or(false),
    };
    if let (Some(node), Some(danger)) = (object.get("danger"), &command.danger)
        && danger.trim().chars().count() < DANGER_CHARS_MIN
    {
        let help = "say what can go wrong, such as `Pushing a tag starts the public release.`";
        reader.error(node.span, "`danger` is too short to warn anybody", help);
    }
    interrupt_rule(reader, object, &command, context);
    Some(command)
}

/// A rule for interrupted commands needs what it relies on.
fn interrupt_rule(reader: &mut Reader<'_>, object: &Object<'_>, command: &Command, context: Context<'_>) {
    if !matches!(command.action, Action::Bash { .. }) {
        return;
    }
    let own = object.get("on_interrupt");
    let span = own.map_or(object.span, |node| node.span);
    let rule = if own.is_some() { command.on_interrupt } else { context.defaults.on_interrupt };
    if rule == Some(OnInterrupt::Rerun) && !command.idempotent {
        let whence = if own.is_some() { "" } else { " (from `defaults`)" };
        let message = format!("`on_interrupt: rerun`{whence} needs a command that says `idempotent: true`");
        let help =
            "add `idempotent: true` if running it twice is harmless; otherwise use ask, verify or fail";
        reader.error(span, message, help);
    }
    if own.is_some() && rule == Some(OnInterrupt::Verify) && !context.has_validation {
        let message = "`on_interrupt: verify` runs the validation of the step, and this step has none";
        reader.error(span, message, "add a `validation` that tells whether the command had its effect");
    }
}

/// The validations of a step.
pub(super) fn validations<'n>(reader: &mut Reader<'n>, step: &Object<'n>) -> Vec<Validation> {
    if step.get("validation").is_none() {
        return Vec::new();
    }
    let items = reader.list(step, "validation").unwrap_or_default();
    items.iter().filter_map(|node| validation(reader, node)).collect()
}

fn validation<'n>(reader: &mut Reader<'n>, node: &'n Node) -> Option<Validation> {
    let object = reader.object(node, "a validation", Place::Validation)?;
    let kinds: Vec<_> = VALIDATION_KINDS.iter().map(|(word, kind, keys)| (*word, (*kind, *keys))).collect();
    let (kind, allowed) = kind(reader, &object, &kinds, "bash")?;
    for key in ["run", "path", "text", "expr"].into_iter().filter(|key| !allowed.contains(key)) {
        misplaced(reader, &object, key, &format!("this kind of validation has {}", allowed.join(" and ")));
    }
    let check = match kind {
        ValidationKind::Bash => Check::Bash { run: reader.shell_text(&object, "run")? },
        ValidationKind::FileExists => Check::FileExists { path: required_path(reader, &object)? },
        ValidationKind::FileContains => {
            let path = required_path(reader, &object);
            let node = reader.required_text(&object, "text", "\"## [${version}]\"")?;
            reader.expanded.push(node);
            Check::FileContains { path: path?, text: node.as_text()?.to_owned() }
        }
        ValidationKind::Expr => {
            reader.required_text(&object, "expr", "vars.target == \"prod\"")?;
            Check::Expr { expr: reader.condition(&object, "expr")? }
        }
    };
    Some(Validation { check, message: reader.expandable(&object, "message") })
}

fn required_path<'n>(reader: &mut Reader<'n>, object: &Object<'n>) -> Option<String> {
    if object.get("path").is_none() {
        reader.error(object.span, "`path` is missing", "add `path: CHANGELOG.md`");
    }
    reader.path(object, "path")
}

fn kind<'n, T: Copy>(
    reader: &mut Reader<'n>,
    object: &Object<'n>,
    kinds: &[(&str, T)],
    example: &str,
) -> Option<T> {
    if object.get("kind").is_none() {
        let all = kinds.iter().map(|(word, _)| *word).collect::<Vec<_>>().join(", ");
        let help = format!("add `kind: {example}`; it is one of {all}");
        reader.error(object.span, "`kind` is missing", help);
        return None;
    }
    reader.word(object, "kind", kinds)
}

fn misplaced(reader: &mut Reader<'_>, object: &Object<'_>, key: &str, help: &str) {
    if let Some(node) = object.get(key) {
        reader.error(node.span, format!("`{key}` has no meaning here"), help);
    }
}

fn env<'n>(reader: &mut Reader<'n>, object: &Object<'n>) -> BTreeMap<String, String> {
    let Some(node) = object.get("env") else { return BTreeMap::new() };
    let mut env = BTreeMap::new();
    for (key, value) in reader.entries(node, "`env`").unwrap_or_default() {
        let name = key.as_text().unwrap_or_default();
        if !variable::is_environment_name(name) {
            let message = format!("{} is not a name an environment variable can have", quoted(name));
            reader.error(
                key.span,
                message,
                "a name has letters, digits and `_`, and does not begin with a digit",
            );
        }
        if let Some(text) = reader.text(value, name) {
            reader.environment.push(value);
            env.insert(name.to_owned(), text.to_owned());
        }
    }
    env
}

fn retries<'n>(reader: &mut Reader<'n>, command: &Object<'n>) -> Option<Retries> {
    let object = reader.object(command.get("retries")?, "`retries`", Place::Retries)?;
    let max = match object.get("max") {
        Some(node) => number(reader, node, "max", 0, RETRIES_MAX),
        None => {
            reader.error(object.span, "`max` is missing", "add `max: 2`");
            None
        }
    };
    let backoff = reader.duration(&object, "backoff");
    let codes = object.get("on_exit").and_then(|_| reader.list(&object, "on_exit")).unwrap_or_default();
    let on_exit = codes.iter().filter_map(|node| number(reader, node, "on_exit", 1, 255)).collect();
    Some(Retries { max: max?, backoff, on_exit })
}

fn number(reader: &mut Reader<'_>, node: &Node, key: &str, least: u8, most: u8) -> Option<u8> {
    let number = if let Value::Integer(number) = node.value { u8::try_from(number).ok() } else { None };
    let number = number.filter(|number| (least..=most).contains(number));
    if number.is_none() {
        values::wrong_type(
            reader,
            node,
            &format!("`{key}`"),
            &format!("a whole number from {least} to {most}"),
        );
    }
    number
}

/// A step has what its type lives on.
pub(super) fn fits_kind(reader: &mut Reader<'_>, object: &Object<'_>, step: &Step, span: Span) {
    let bash = step.commands.iter().any(|command| matches!(command.action, Action::Bash { .. }));
    match step.kind {
        StepKind::Auto
            if !bash && object.get("commands").is_none_or(|node| matches!(node.value, Value::List(_))) =>
        {
            let message = "a step of type auto runs commands, and this one has none of kind bash";
            reader.error(
                span,
                message,
                "add `commands: [{ kind: bash, run: ... }]`, or make it `type: task`",
            );
        }
        StepKind::Check if !bash && object.get("validation").is_none() => {
            let message = "a step of type check looks at something, and this one has nothing to look at";
            reader.error(span, message, "add a `validation`, or make it `type: task`");
        }
        StepKind::Task | StepKind::Confirm | StepKind::Input if bash => {
            let message = "only the tool runs bash commands, and this step is somebody's to do";
            let help = "make it `type: auto`, or put what is to be checked in `validation`";
            reader.diagnostics.add(Finding::note(span.range(), message).help(help));
        }
        _ => {}
    }
}
