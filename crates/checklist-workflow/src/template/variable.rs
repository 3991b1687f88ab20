//! The variables of a template: names, types, defaults, and where secrets come from.

use super::format::Place;
use super::model::{Variable, VariableKind};
use super::node::{Node, Span};
use super::object::{Object, Reader};
use super::read::VARIABLE_KINDS;
use super::values;
use crate::diagnostic::{Finding, quoted};
use crate::pattern;
use serde_json::Value;

/// Whether `name` is legal for a variable or an output: `[a-z][a-z0-9_]*`.
pub(super) fn is_name(name: &str) -> bool {
    let legal = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '_';
    name.starts_with(|c: char| c.is_ascii_lowercase()) && name.chars().all(legal)
}

/// Whether `name` is one an environment variable can have.
pub(super) fn is_environment_name(name: &str) -> bool {
    !name.is_empty()
        && !name.starts_with(|c: char| c.is_ascii_digit())
        && name.chars().all(|c| c.is_ascii_alphanumeric() || c == '_')
}

/// Everything under `variables`, in the order of the file.
pub(super) fn variables<'n>(reader: &mut Reader<'n>, template: &Object<'n>) -> Vec<Variable> {
    let Some(node) = template.get("variables") else { return Vec::new() };
    let entries = reader.entries(node, "`variables`").unwrap_or_default();
    let mut variables = Vec::with_capacity(entries.len());
    for (key, value) in entries {
        let name = key.as_text().unwrap_or_default();
        if !is_name(name) {
            let message = format!("{} is not a legal variable name", quoted(name));
            let help = "a name begins with a-z and has a-z, 0-9 and `_`, so that none replaces `PATH`";
            reader.error(key.span, message, help);
        }
        variables.extend(variable(reader, name, key.span, value));
    }
    variables
}

fn variable<'n>(reader: &mut Reader<'n>, name: &str, span: Span, node: &'n Node) -> Option<Variable> {
    let object = reader.object(node, &format!("variable {}", quoted(name)), Place::Variable)?;
    let kind = reader.word(&object, "type", VARIABLE_KINDS).unwrap_or(VariableKind::String);
    let default = object.get("default").and_then(|node| typed(reader, node, "default", kind));
    let allowed: Vec<_> = reader.list(&object, "enum").unwrap_or_default().iter().collect();
    let allowed: Vec<_> = allowed.into_iter().filter_map(|node| typed(reader, node, "enum", kind)).collect();
    let variable = Variable {
        name: name.to_owned(),
        kind,
        description: reader.plain(&object, "description"),
        required: reader.boolean(&object, "required").unwrap_or(false),
        default,
        allowed,
        pattern: reader.plain(&object, "pattern"),
        secret: reader.boolean(&object, "secret").unwrap_or(false),
        from_env: reader.plain(&object, "from_env"),
    };
    fits(reader, &object, &variable, span);
    Some(variable)
}

/// The fields of a variable fit each other.
fn fits(reader: &mut Reader<'_>, object: &Object<'_>, variable: &Variable, span: Span) {
    let name = &variable.name;
    let place = |key: &str| object.get(key).map_or(span, |node| node.span);
    if let Some(default) = &variable.default
        && !variable.allowed.is_empty()
        && !variable.allowed.contains(default)
    {
        let allowed: Vec<String> = variable.allowed.iter().map(plain_json).collect();
        let message = format!("the default of {} is not one of its values", quoted(name));
        reader.error(place("default"), message, format!("`enum` allows {}", allowed.join(", ")));
    }
    if object
        .get("enum")
        .is_some_and(|node| matches!(&node.value, super::node::Value::List(items) if items.is_empty()))
    {
        reader.error(place("enum"), "`enum` allows no value at all", "list the values, or remove the line");
    }
    if let Some(from_env) = &variable.from_env
        && !is_environment_name(from_env)
    {
        let message = format!("{} is not a name an environment variable can have", quoted(from_env));
        reader.error(
            place("from_env"),
            message,
            "a name has letters, digits and `_`, and does not begin with a digit",
        );
    }
    fits_pattern(reader, object, variable, span);
    if variable.secret {
        fits_secret(reader, object, variable, span);
    }
}

fn fits_pattern(reader: &mut Reader<'_>, object: &Object<'_>, variable: &Variable, span: Span) {
    let Some(text) = &variable.pattern else { return };
    let place = |key: &str| object.get(key).map_or(span, |node| node.span);
    if variable.kind != VariableKind::String {
        reader.error(
            place("pattern"),
            "`pattern` has a meaning only for a string",
            "remove it, or make it `type: string`",
        );
        return;
    }
    match pattern::compile(text) {
        Err(why) => {
            let help = "it is a regular expression without look-arounds and back-references";
            reader.error(place("pattern"), format!("this is no pattern: {why}"), help);
        }
        Ok(pattern) => {
            let texts = variable.default.iter().chain(&variable.allowed).filter_map(Value::as_str);
            if let Some(text) = texts.into_iter().find(|text| !pattern.is_match(text)) {
                let message = format!("{} does not match the pattern of its own variable", quoted(text));
                let key = if object.get("default").is_some() { "default" } else { "enum" };
                reader.error(place(key), message, "change one of the two");
            }
        }
    }
}

/// A secret comes from the environment, and nothing of it stands in the template.
fn fits_secret(reader: &mut Reader<'_>, object: &Object<'_>, variable: &Variable, span: Span) {
    let name = quoted(&variable.name);
    if variable.from_env.is_none() {
        let help = format!("add `from_env: {}`", variable.name.to_ascii_uppercase());
        reader.error(span, format!("the secret {name} does not say where it comes from"), help);
    }
    for key in ["default", "enum"] {
        if let Some(node) = object.get(key) {
            let finding = Finding::error(
                node.span.range(),
                format!("a secret has no `{key}`: whoever reads the file would know it"),
            );
            reader.diagnostics.add(finding.help("remove the line"));
        }
    }
    if variable.kind != VariableKind::String {
        let span = object.get("type").map_or(span, |node| node.span);
        reader.error(span, "a secret is a string", "remove the line `type`");
    }
}

fn plain_json(value: &Value) -> String {
    value.as_str().map_or_else(|| value.to_string(), str::to_owned)
}

/// A default or an allowed value, which must be of the type of its variable.
fn typed(reader: &mut Reader<'_>, node: &Node, key: &str, kind: VariableKind) -> Option<Value> {
    let value = values::json(node);
    let (wanted, fits): (_, fn(&Value) -> bool) = match kind {
        VariableKind::String => ("text", Value::is_string),
        VariableKind::Number => ("a number", Value::is_number),
        VariableKind::Boolean => ("true or false", Value::is_boolean),
        VariableKind::Array => ("a list", Value::is_array),
    };
    let value = value.filter(fits);
    if value.is_none() {
        values::wrong_type(reader, node, &format!("`{key}`"), wanted);
    }
    value
}
