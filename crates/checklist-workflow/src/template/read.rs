//! From the tree of a template to its data, one function an object of the format.

use std::collections::BTreeMap;

use super::model::{
    Confirm, ConfirmBy, Defaults, Input, Mode, OnInterrupt, Step, StepKind, Variable, VariableKind,
};
use super::node::{Node, Span, Value};
use super::object::{Object, Place, Reader};
use super::{FORMAT, command, values};
use crate::diagnostic::{Diagnostics, Finding, quoted};

pub(super) const ON_INTERRUPT: &[(&str, OnInterrupt)] = &[
    ("ask", OnInterrupt::Ask),
    ("rerun", OnInterrupt::Rerun),
    ("verify", OnInterrupt::Verify),
    ("fail", OnInterrupt::Fail),
];

const STEP_KINDS: &[(&str, StepKind)] = &[
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
    pub(super) owner: Option<String>,
    pub(super) reviewed: Option<jiff::civil::Date>,
    pub(super) extends: Option<String>,
    pub(super) variables: Vec<Variable>,
    pub(super) defaults: Defaults,
    pub(super) steps: Vec<StepDraft<'n>>,
    /// Texts the tool expands.
    pub(super) expanded: Vec<&'n Node>,
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
}

/// Reads the whole template, adding what it finds wrong to the diagnostics; `None` when the file is no template
/// this version could read further.
pub(super) fn template<'n>(
    source: &'n str,
    root: &'n Node,
    diagnostics: Diagnostics,
) -> (Option<Draft<'n>>, Diagnostics) {
    let mut reader = Reader { source, diagnostics, expanded: Vec::new(), shell: Vec::new() };
    let draft = if is_template(&mut reader, root) { draft(&mut reader, root) } else { None };
    (draft, reader.diagnostics)
}

fn draft<'n>(reader: &mut Reader<'n>, root: &'n Node) -> Option<Draft<'n>> {
    let object = reader.object(root, "a template", Place::Template)?;
    let id = reader.required_text(&object, "id", "release");
    let id = id.and_then(|node| reader.id(node, "id")).map(str::to_owned);
    let title = reader.required_text(&object, "title", "Ship a release").and_then(|node| {
        reader.expanded.push(node);
        node.as_text().map(str::to_owned)
    });
    let version = reader.plain(&object, "version");
    let description = reader.expandable(&object, "description");
    let modes = [("read-do", Mode::ReadDo), ("do-confirm", Mode::DoConfirm)];
    let mode = reader.word(&object, "mode", &modes).unwrap_or(Mode::ReadDo);
    let owner = reader.plain(&object, "owner");
    let reviewed = reviewed(reader, &object);
    let extends = reader.plain(&object, "extends");
    let variables = variables(reader, &object);
    let defaults = defaults(reader, &object);
    let steps = steps(reader, &object, &defaults);
    let expanded = std::mem::take(&mut reader.expanded);
    let shell = std::mem::take(&mut reader.shell);
    Some(Draft {
        id,
        title,
        version,
        description,
        mode,
        owner,
        reviewed,
        extends,
        variables,
        defaults,
        steps,
        expanded,
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

fn defaults<'n>(reader: &mut Reader<'n>, template: &Object<'n>) -> Defaults {
    let mut defaults = Defaults::default();
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
    defaults.timeout = reader.timeout(&object, "timeout");
    defaults.on_interrupt = reader.word(&object, "on_interrupt", ON_INTERRUPT);
    defaults
}

fn variables<'n>(reader: &mut Reader<'n>, template: &Object<'n>) -> Vec<Variable> {
    let Some(node) = template.get("variables") else { return Vec::new() };
    let entries = reader.entries(node, "`variables`").unwrap_or_default();
    let mut variables = Vec::with_capacity(entries.len());
    for (key, value) in entries {
        let name = key.as_text().unwrap_or_default();
        let legal = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '_';
        if !name.starts_with(|c: char| c.is_ascii_lowercase()) || !name.chars().all(legal) {
            let message = format!("{} is not a legal variable name", quoted(name));
            let help = "a name begins with a-z and has a-z, 0-9 and `_`, so that none replaces `PATH`";
            reader.error(key.span, message, help);
        }
        variables.extend(variable(reader, name, value));
    }
    variables
}

fn variable<'n>(reader: &mut Reader<'n>, name: &str, node: &'n Node) -> Option<Variable> {
    let object = reader.object(node, &format!("variable {}", quoted(name)), Place::Variable)?;
    let kinds = [
        ("string", VariableKind::String),
        ("number", VariableKind::Number),
        ("boolean", VariableKind::Boolean),
        ("array", VariableKind::Array),
    ];
    let kind = reader.word(&object, "type", &kinds).unwrap_or(VariableKind::String);
    let default = object.get("default").and_then(|node| typed(reader, node, "default", kind));
    let allowed: Vec<_> = reader.list(&object, "enum").unwrap_or_default().iter().collect();
    let allowed: Vec<_> = allowed.into_iter().filter_map(|node| typed(reader, node, "enum", kind)).collect();
    if let (Some(default), Some(node)) = (&default, object.get("default"))
        && !allowed.is_empty()
        && !allowed.contains(default)
    {
        let help = format!("`enum` allows {}", allowed.iter().map(plain_json).collect::<Vec<_>>().join(", "));
        reader.error(node.span, format!("the default of {} is not one of its values", quoted(name)), help);
    }
    Some(Variable {
        name: name.to_owned(),
        kind,
        description: reader.plain(&object, "description"),
        required: reader.boolean(&object, "required").unwrap_or(false),
        default,
        allowed,
        pattern: reader.plain(&object, "pattern"),
        secret: reader.boolean(&object, "secret").unwrap_or(false),
        from_env: reader.plain(&object, "from_env"),
    })
}

fn plain_json(value: &serde_json::Value) -> String {
    value.as_str().map_or_else(|| value.to_string(), str::to_owned)
}

/// A default or an allowed value, which must be of the type of its variable.
fn typed(reader: &mut Reader<'_>, node: &Node, key: &str, kind: VariableKind) -> Option<serde_json::Value> {
    let value = values::json(node);
    let (wanted, fits): (_, fn(&serde_json::Value) -> bool) = match kind {
        VariableKind::String => ("text", serde_json::Value::is_string),
        VariableKind::Number => ("a number", serde_json::Value::is_number),
        VariableKind::Boolean => ("true or false", serde_json::Value::is_boolean),
        VariableKind::Array => ("a list", serde_json::Value::is_array),
    };
    let value = value.filter(fits);
    if value.is_none() {
        values::wrong_type(reader, node, &format!("`{key}`"), wanted);
    }
    value
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
        confirm: confirm(reader, &object, kind),
        input: input(reader, &object),
        killer: reader.boolean(&object, "killer").unwrap_or(false),
        skippable: reader.boolean(&object, "skippable"),
        assignee: reader.expandable(&object, "assignee"),
        timeout: reader.timeout(&object, "timeout"),
        outputs: texts(reader, &object, "outputs"),
        rollback: command::commands(reader, &object, "rollback", context),
        line: reader.diagnostics.line_of(node.span.range().start),
    };
    let span = id_node.map_or(node.span, |node| node.span);
    command::fits_kind(reader, &object, &step, span);
    Some(StepDraft { needs: needs(reader, &object), step, span })
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
    let by = [("anyone", ConfirmBy::Anyone), ("human", ConfirmBy::Human)];
    confirm.by = reader.word(&object, "by", &by).unwrap_or(ConfirmBy::Anyone);
    confirm.message = reader.expandable(&object, "message");
    confirm.type_to_confirm = reader.expandable(&object, "type_to_confirm");
    if confirm.type_to_confirm.as_deref().is_some_and(|text| text.trim().is_empty()) {
        let finding =
            Finding::error(node.span.range(), "`type_to_confirm` is empty, so nothing would be typed");
        reader.diagnostics.add(finding.help("write the text to be typed, or remove the line"));
    }
    Some(confirm)
}

fn input<'n>(reader: &mut Reader<'n>, step: &Object<'n>) -> Option<Input> {
    let object = reader.object(step.get("input")?, "`input`", Place::Input)?;
    let node = reader.required_text(&object, "variable", "version")?;
    node.as_text().map(|variable| Input { variable: variable.to_owned() })
}

/// A map from names to shell texts.
fn texts<'n>(reader: &mut Reader<'n>, object: &Object<'n>, key: &str) -> BTreeMap<String, String> {
    let Some(node) = object.get(key) else { return BTreeMap::new() };
    let mut texts = BTreeMap::new();
    for (name, value) in reader.entries(node, &format!("`{key}`")).unwrap_or_default() {
        if let (Some(name), Some(text)) = (name.as_text(), reader.text(value, key)) {
            reader.shell.push(value);
            texts.insert(name.to_owned(), text.to_owned());
        }
    }
    texts
}
