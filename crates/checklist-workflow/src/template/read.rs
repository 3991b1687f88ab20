//! From the tree of a template to its data, one function an object of the format.

use std::collections::BTreeMap;

use super::format::Place;
use super::model::{
    Confirm, ConfirmBy, Defaults, Input, Mode, OnInterrupt, Step, StepKind, Variable, VariableKind,
};
use super::node::{Node, Span, Value};
use super::object::{Object, Reader};
use super::{FORMAT, Template, command, values, variable};
use crate::diagnostic::{Diagnostics, Finding, quoted};

pub(super) const ON_INTERRUPT: &[(&str, OnInterrupt)] = &[
    ("ask", OnInterrupt::Ask),
    ("rerun", OnInterrupt::Rerun),
    ("verify", OnInterrupt::Verify),
    ("fail", OnInterrupt::Fail),
];

pub(super) const MODES: &[(&str, Mode)] = &[("read-do", Mode::ReadDo), ("do-confirm", Mode::DoConfirm)];

pub(super) const VARIABLE_KINDS: &[(&str, VariableKind)] = &[
    ("string", VariableKind::String),
    ("number", VariableKind::Number),
    ("boolean", VariableKind::Boolean),
    ("array", VariableKind::Array),
];

pub(super) const STEP_KINDS: &[(&str, StepKind)] = &[
    ("task", StepKind::Task),
    ("check", StepKind::Check),
    ("confirm", StepKind::Confirm),
    ("input", StepKind::Input),
    ("auto", StepKind::Auto),
];

/// A template whose objects are right one by one and have not been looked at together.
pub(super) struct Draft<'n> {
    pub(super) id: Option<String>,
    pub(super) title: Option<String>,
    pub(super) version: Option<String>,
    pub(super) description: Option<String>,
    pub(super) mode: Mode,
    /// Whether the mode was written.
    pub(super) has_mode: bool,
    pub(super) owner: Option<String>,
    pub(super) reviewed: Option<jiff::civil::Date>,
    pub(super) extends: Option<String>,
    pub(super) variables: Vec<Variable>,
    pub(super) defaults: Defaults,
    pub(super) steps: Vec<StepDraft<'n>>,
    /// Texts the tool expands.
    pub(super) expanded: Vec<&'n Node>,
    /// Values of environment variables.
    pub(super) environment: Vec<&'n Node>,
    /// Texts a shell expands.
    pub(super) shell: Vec<&'n Node>,
}

/// A step, with the places of what has to fit other steps.
pub(super) struct StepDraft<'n> {
    pub(super) step: Step,
    /// Where its id is; the step itself when it has none.
    pub(super) span: Span,
    /// Its `needs` as written; `None` stands for the step above.
    pub(super) needs: Option<Vec<(&'n str, Span)>>,
    /// Whether it is one of the template that this one extends.
    pub(super) is_base: bool,
}

/// Reads the whole template, adding what it finds wrong to the diagnostics; `None` when the file is no template
/// this version could read further.
pub(super) fn template<'n>(
    source: &'n str,
    root: &'n Node,
    base: Option<&'n Template>,
    diagnostics: Diagnostics,
) -> (Option<Draft<'n>>, Diagnostics) {
    let mut reader =
        Reader { source, diagnostics, expanded: Vec::new(), environment: Vec::new(), shell: Vec::new() };
    let draft = if is_template(&mut reader, root) { draft(&mut reader, root, base) } else { None };
    (draft, reader.diagnostics)
}

fn draft<'n>(reader: &mut Reader<'n>, root: &'n Node, base: Option<&'n Template>) -> Option<Draft<'n>> {
    let object = reader.object(root, "a template", Place::Template)?;
    let id = reader.required_text(&object, "id", "release");
    let id = id.and_then(|node| reader.id(node, "id")).map(str::to_owned);
    let title = reader.required_text(&object, "title", "Ship a release").and_then(|node| {
        reader.expanded.push(node);
        node.as_text().map(str::to_owned)
    });
    let version = reader.plain(&object, "version");
    let description = reader.expandable(&object, "description");
    let mode = reader.word(&object, "mode", MODES).unwrap_or(Mode::ReadDo);
    let owner = reader.plain(&object, "owner");
    let reviewed = reviewed(reader, &object);
    let extends = reader.plain(&object, "extends");
    let variables = variable::variables(reader, &object);
    let defaults = defaults(reader, &object, base.map(|base| base.defaults.clone()).unwrap_or_default());
    let steps = steps(reader, &object, &defaults);
    let expanded = std::mem::take(&mut reader.expanded);
    let environment = std::mem::take(&mut reader.environment);
    let shell = std::mem::take(&mut reader.shell);
    Some(Draft {
        id,
        title,
        version,
        description,
        mode,
        has_mode: object.get("mode").is_some(),
        owner,
        reviewed,
        extends,
        variables,
        defaults,
        steps,
        expanded,
        environment,
        shell,
    })
}

/// Whether the file says that it is a template, in a format this version reads.
fn is_template(reader: &mut Reader<'_>, root: &Node) -> bool {
    let help = "a template begins with the line `checklist: 1`";
    let Value::Map(map) = &root.value else {
        reader.error(root.span, "not a checklist template", help);
        return false;
    };
    let value_of =
        |name: &str| map.iter().find(|(key, _)| key.as_text() == Some(name)).map(|(_, value)| value);
    let Some(format) = value_of("checklist") else {
        reader.error(root.span, "not a checklist template: the key `checklist` is missing", help);
        // A file with steps is a template whose first line was forgotten, and its other mistakes are worth saying.
        return value_of("steps").is_some();
    };
    match format.value {
        Value::Integer(FORMAT) => {
            if map.first().is_some_and(|(key, _)| key.as_text() != Some("checklist")) {
                let finding =
                    Finding::note(format.span.range(), "`checklist` is best the first key of the file");
                reader.diagnostics.add(finding.help("a reader sees at once what the file is"));
            }
            true
        }
        Value::Integer(newer) if newer > FORMAT => {
            let message =
                format!("this template is written in format {newer} and needs a newer version of checklist");
            reader.error(format.span, message, format!("this version reads format {FORMAT}"));
            false
        }
        _ => {
            let found = values::found(reader.source, format);
            reader.error(
                format.span,
                format!("`checklist` must be the format number, found {found}"),
                "write `checklist: 1`",
            );
            true
        }
    }
}

fn reviewed(reader: &mut Reader<'_>, object: &Object<'_>) -> Option<jiff::civil::Date> {
    let node = object.get("reviewed")?;
    let text = node.as_text().unwrap_or_default();
    let shape = text.len() == 10
        && text.bytes().enumerate().all(|(at, b)| match at {
            4 | 7 => b == b'-',
            _ => b.is_ascii_digit(),
        });
    let date = if shape { text.parse().ok() } else { None };
    if date.is_none() {
        let found = values::found(reader.source, node);
        reader.error(
            node.span,
            format!("`reviewed` must be a day, found {found}"),
            "write year-month-day, such as 2026-11-01",
        );
    }
    date
}

fn defaults<'n>(reader: &mut Reader<'n>, template: &Object<'n>, mut defaults: Defaults) -> Defaults {
    let Some(node) = template.get("defaults") else { return defaults };
    let Some(object) = reader.object(node, "`defaults`", Place::Defaults) else { return defaults };
    if let Some(items) = reader.list(&object, "shell") {
        let words: Vec<_> =
            items.iter().filter_map(|item| reader.text(item, "shell")).map(str::to_owned).collect();
        match words.first() {
            Some(program) if !program.is_empty() => defaults.shell = words,
            _ => {
                let help = "the default is [bash, -euo, pipefail, -c]";
                let span = object.get("shell").map_or(node.span, |node| node.span);
                reader.error(span, "`shell` names no program", help);
            }
        }
    }
    defaults.timeout = reader.timeout(&object, "timeout").or(defaults.timeout);
    defaults.on_interrupt = reader.word(&object, "on_interrupt", ON_INTERRUPT).or(defaults.on_interrupt);
    defaults
}

fn steps<'n>(reader: &mut Reader<'n>, template: &Object<'n>, defaults: &Defaults) -> Vec<StepDraft<'n>> {
    if template.get("steps").is_none() {
        reader.error(
            template.span,
            "`steps` is missing",
            "add `steps:` and under it `- { id: look, title: Look around }`",
        );
    }
    let Some(items) = reader.list(template, "steps") else { return Vec::new() };
    if items.is_empty() {
        let span = template.get("steps").map_or(template.span, |node| node.span);
        reader.error(span, "`steps` is empty", "add at least one step: `- { id: look, title: Look around }`");
    }
    items.iter().filter_map(|node| step(reader, node, defaults)).collect()
}

fn step<'n>(reader: &mut Reader<'n>, node: &'n Node, defaults: &Defaults) -> Option<StepDraft<'n>> {
    let object = reader.object(node, "a step", Place::Step)?;
    let id_node = reader.required_text(&object, "id", "build");
    let id = id_node.and_then(|node| reader.id(node, "id")).unwrap_or_default().to_owned();
    let title = reader.required_text(&object, "title", "Build it").and_then(|node| {
        reader.expanded.push(node);
        node.as_text().map(str::to_owned)
    });
    let kind = reader.word(&object, "type", STEP_KINDS).unwrap_or(StepKind::Task);
    let validation = command::validations(reader, &object);
    let context = command::Context { defaults, has_validation: !validation.is_empty() };
    let step = Step {
        id,
        title: title.unwrap_or_default(),
        description: reader.expandable(&object, "description"),
        kind,
        section: reader.expandable(&object, "section"),
        parent: None,
        needs: Vec::new(),
        condition: reader.condition(&object, "condition"),
        commands: command::commands(reader, &object, "commands", context),
        validation,
        confirm: confirm(reader, &object, kind).map(Box::new),
        input: input(reader, &object, kind).map(Box::new),
        killer: reader.boolean(&object, "killer").unwrap_or(false),
        skippable: reader.boolean(&object, "skippable"),
        assignee: reader.expandable(&object, "assignee"),
        timeout: reader.timeout(&object, "timeout"),
        outputs: outputs(reader, &object),
        rollback: command::rollback(reader, &object, context),
        line: reader.diagnostics.line_of(node.span.range().start),
    };
    let span = id_node.map_or(node.span, |node| node.span);
    command::fits_kind(reader, &object, &step, span);
    Some(StepDraft { needs: needs(reader, &object), step, span, is_base: false })
}

fn needs<'n>(reader: &mut Reader<'n>, step: &Object<'n>) -> Option<Vec<(&'n str, Span)>> {
    step.get("needs")?;
    let mut needs: Vec<(&str, Span)> = Vec::new();
    let mut seen = std::collections::HashSet::new();
    for node in reader.list(step, "needs").unwrap_or_default() {
        let Some(id) = reader.text(node, "needs") else { continue };
        if seen.insert(id) {
            needs.push((id, node.span));
        } else {
            reader.error(node.span, format!("`needs` names {} twice", quoted(id)), "keep one of the two");
        }
    }
    Some(needs)
}

fn confirm<'n>(reader: &mut Reader<'n>, step: &Object<'n>, kind: StepKind) -> Option<Confirm> {
    let mut confirm = Confirm { by: ConfirmBy::Anyone, message: None, type_to_confirm: None };
    let Some(node) = step.get("confirm") else { return (kind == StepKind::Confirm).then_some(confirm) };
    if kind != StepKind::Confirm {
        reader.error(
            node.span,
            "`confirm` has a meaning only in a step of type confirm",
            "add `type: confirm`",
        );
    }
    let object = reader.object(node, "`confirm`", Place::Confirm)?;
    confirm.by = reader.word(&object, "by", command::CONFIRM_BY).unwrap_or(ConfirmBy::Anyone);
    confirm.message = reader.expandable(&object, "message");
    confirm.type_to_confirm = reader.expandable(&object, "type_to_confirm");
    if confirm.type_to_confirm.as_deref().is_some_and(|text| text.trim().is_empty()) {
        let finding =
            Finding::error(node.span.range(), "`type_to_confirm` is empty, so nothing would be typed");
        reader.diagnostics.add(finding.help("write the text to be typed, or remove the line"));
    }
    Some(confirm)
}

fn input<'n>(reader: &mut Reader<'n>, step: &Object<'n>, kind: StepKind) -> Option<Input> {
    let Some(node) = step.get("input") else {
        if kind == StepKind::Input {
            let help = "add `input: { variable: name }`";
            reader.error(
                step.span,
                "a step of type input asks for a variable, and this one names none",
                help,
            );
        }
        return None;
    };
    if kind != StepKind::Input {
        reader.error(node.span, "`input` has a meaning only in a step of type input", "add `type: input`");
    }
    let object = reader.object(node, "`input`", Place::Input)?;
    let node = reader.required_text(&object, "variable", "version")?;
    node.as_text().map(|variable| Input { variable: variable.to_owned(), span: node.span.range() })
}

/// The outputs of a step: a map from names to shell texts.
fn outputs<'n>(reader: &mut Reader<'n>, step: &Object<'n>) -> BTreeMap<String, String> {
    let Some(node) = step.get("outputs") else { return BTreeMap::new() };
    let mut outputs = BTreeMap::new();
    for (key, value) in reader.entries(node, "`outputs`").unwrap_or_default() {
        let name = key.as_text().unwrap_or_default();
        if !variable::is_name(name) {
            let message = format!("{} is not a legal name of an output", quoted(name));
            reader.error(key.span, message, "a name begins with a-z and has a-z, 0-9 and `_`");
        }
        if let Some(text) = reader.text(value, name) {
            if text.trim().is_empty() {
                reader.error(
                    value.span,
                    "an output needs a command that prints it",
                    "write such as `git rev-parse HEAD`",
                );
            }
            reader.shell.push(value);
            outputs.insert(name.to_owned(), text.to_owned());
        }
    }
    outputs
}
