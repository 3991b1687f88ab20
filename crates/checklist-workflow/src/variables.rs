//! The values of a run's variables: given, defaulted, checked.

use crate::error::{Error, Result};
use crate::mask::Masker;
use crate::pattern;
use crate::template::{Template, Variable, VariableKind};
use serde_json::Value;
use std::collections::BTreeMap;

/// The values a run begins with: what was given as text, then what the environment has under `from_env`, each
/// read as the type of its variable, then the defaults. Secrets have none here: they are never kept.
///
/// # Errors
/// [`Error::Variable`] for a name the template does not have, a value that is missing or not of its type, one that is
/// not among those allowed, or one that holds the value of a secret. The message never quotes the value.
///
/// ```
/// use checklist_workflow::Template;
/// use checklist_workflow::variables::{is_asked_at_start, resolve, text_of, value};
/// use std::collections::BTreeMap;
///
/// let template = Template::parse("a.yaml", "
/// checklist: 1
/// id: a
/// title: A
/// variables: { count: { type: number, required: true }, editor: { from_env: EDITOR, default: vi } }
/// steps: [{ id: one, title: One }]
/// ")?;
/// let given = BTreeMap::from([("count".to_owned(), "3".to_owned())]);
/// let values = resolve(&template, &given, &|_| None)?;
/// assert_eq!((text_of(&values["count"]), text_of(&values["editor"])), ("3".into(), "vi".into()));
/// let count = template.variable("count").expect("it is declared");
/// assert!(value(count, "many").is_err() && is_asked_at_start(&template, count));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
pub fn resolve(
    template: &Template,
    given: &BTreeMap<String, String>,
    environment: &dyn Fn(&str) -> Option<String>,
) -> Result<BTreeMap<String, Value>> {
    if let Some(name) = given.keys().find(|name| template.variable(name).is_none()) {
        let known: Vec<&str> = template.variables.iter().map(|variable| variable.name.as_str()).collect();
        let reason = match known.as_slice() {
            [] => "the template has no variables".to_owned(),
            known => format!("the template does not have it; it has {}", known.join(", ")),
        };
        return Err(refused(name, &reason));
    }
    let secrets = template.variables.iter().filter(|variable| variable.secret);
    let secrets: Vec<String> =
        secrets.filter_map(|secret| secret.from_env.as_deref().and_then(environment)).collect();
    let masker = Masker::new(secrets.iter().map(String::as_str));
    let mut values = BTreeMap::new();
    for variable in &template.variables {
        if variable.secret {
            if given.contains_key(&variable.name) {
                let from_env = variable.from_env.as_deref().unwrap_or_default();
                let reason = format!("it is a secret, and command lines are seen by others; set {from_env}");
                return Err(refused(&variable.name, &reason));
            }
            continue;
        }
        let from_env = || variable.from_env.as_deref().and_then(environment);
        match given.get(&variable.name).cloned().or_else(from_env) {
            Some(text) => {
                keeps_no_secret(&masker, variable, &text)?;
                values.insert(variable.name.clone(), value(variable, &text)?);
            }
            None => match &variable.default {
                Some(default) => {
                    values.insert(variable.name.clone(), default.clone());
                }
                None if is_asked_at_start(template, variable) => {
                    return Err(refused(&variable.name, "it is required: give it with --var NAME=VALUE"));
                }
                None => {}
            },
        }
    }
    Ok(values)
}

/// Refuses a text that holds the value of a secret: what a variable has is stored, and shown.
///
/// # Errors
/// [`Error::Variable`]; the message never quotes the text.
pub(crate) fn keeps_no_secret(masker: &Masker, variable: &Variable, text: &str) -> Result<()> {
    match masker.finds(text) {
        true => Err(refused(&variable.name, "it holds the value of a secret, and values are stored")),
        false => Ok(()),
    }
}

/// Whether a run cannot begin without a value for this variable: it is required, and no step asks for it later.
#[must_use]
pub fn is_asked_at_start(template: &Template, variable: &Variable) -> bool {
    let is_asked_later = || {
        template
            .steps
            .iter()
            .any(|step| step.input.as_ref().is_some_and(|input| input.variable == variable.name))
    };
    variable.required && variable.default.is_none() && !variable.secret && !is_asked_later()
}

/// A text as the value of a variable: of its type, among those allowed, matching its pattern.
///
/// # Errors
/// [`Error::Variable`]; the message never quotes the text.
pub fn value(variable: &Variable, text: &str) -> Result<Value> {
    let value = read(variable, text)?;
    check_allowed(variable, &value)?;
    if let (Some(pattern), Some(text)) = (&variable.pattern, value.as_str())
        && !pattern::compile(pattern).is_ok_and(|pattern| pattern.is_match(text))
    {
        return Err(refused(&variable.name, &format!("it does not match the pattern {pattern}")));
    }
    Ok(value)
}

fn read(variable: &Variable, text: &str) -> Result<Value> {
    match variable.kind {
        VariableKind::String => Ok(Value::from(text)),
        VariableKind::Boolean => match text {
            "true" => Ok(Value::from(true)),
            "false" => Ok(Value::from(false)),
            _ => Err(refused(&variable.name, "it has to be true or false")),
        },
        VariableKind::Number => serde_json::from_str::<Value>(text)
            .ok()
            .filter(Value::is_number)
            .ok_or_else(|| refused(&variable.name, "it has to be a number")),
        VariableKind::Array => serde_json::from_str::<Value>(text)
            .ok()
            .filter(Value::is_array)
            .ok_or_else(|| refused(&variable.name, "it has to be a list, written as JSON")),
    }
}

fn check_allowed(variable: &Variable, value: &Value) -> Result<()> {
    if variable.allowed.is_empty() || variable.allowed.contains(value) {
        return Ok(());
    }
    let allowed: Vec<String> = variable.allowed.iter().map(text_of).collect();
    Err(refused(&variable.name, &format!("it has to be one of {}", allowed.join(", "))))
}

fn refused(name: &str, reason: &str) -> Error {
    Error::Variable { name: name.to_owned(), reason: reason.to_owned() }
}

/// A value as text: what `${name}` stands for in titles, and what a command finds in its environment.
#[must_use]
pub fn text_of(value: &Value) -> String {
    match value {
        Value::String(text) => text.clone(),
        other => other.to_string(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const SOURCE: &str = "checklist: 1\nid: t\ntitle: T\nvariables:\n  name: { type: string, required: true }\n  \
                          count: { type: number, default: 2 }\n  place: { type: string, enum: [here, there], \
                          default: here }\n  loud: { type: boolean, default: false }\nsteps:\n  - { id: a, title: A }\n";

    fn given(pairs: &[(&str, &str)]) -> Result<BTreeMap<String, Value>> {
        let template = Template::parse("t.yaml", SOURCE).unwrap();
        let pairs = pairs.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned()));
        resolve(&template, &pairs.collect(), &|_| None)
    }

    #[test]
    fn values_are_read_as_their_types_and_defaults_fill_in() {
        let values = given(&[("name", "2"), ("count", "7"), ("loud", "true")]).unwrap();
        assert_eq!(values["name"], Value::from("2"));
        assert_eq!(values["count"], Value::from(7));
        assert_eq!(values["loud"], Value::from(true));
        assert_eq!(values["place"], Value::from("here"));
    }

    #[test]
    fn wrong_values_are_refused_without_being_quoted() {
        for pairs in [
            &[("count", "1")][..],
            &[("name", "x"), ("other", "secret-1")],
            &[("name", "x"), ("count", "secret-2")],
            &[("name", "x"), ("place", "secret-3")],
            &[("name", "x"), ("loud", "secret-4")],
        ] {
            let message = given(pairs).unwrap_err().to_string();
            assert!(message.starts_with("variable ") && !message.contains("secret"), "{message}");
        }
    }
}
