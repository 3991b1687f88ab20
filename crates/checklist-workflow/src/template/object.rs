//! The objects of format 1: which keys each may have, and how an unknown one is answered.

use std::collections::HashSet;

use super::format::Place;
use super::node::{Node, Span, Value};
use super::values;
use crate::closest::closest;
use crate::diagnostic::{Diagnostics, Finding, quoted};

/// What other tools call our keys.
const SYNONYMS: &[(&str, &str)] = &[
    ("after", "needs"),
    ("assert", "validation"),
    ("checks", "validation"),
    ("cmd", "run"),
    ("command", "run"),
    ("cwd", "dir"),
    ("depends", "needs"),
    ("depends_on", "needs"),
    ("dependencies", "needs"),
    ("desc", "description"),
    ("environment", "env"),
    ("format", "checklist"),
    ("if", "condition"),
    ("kind", "type"),
    ("name", "title"),
    ("params", "variables"),
    ("requires", "needs"),
    ("retry", "retries"),
    ("script", "run"),
    ("shell", "run"),
    ("tasks", "steps"),
    ("type", "kind"),
    ("verify", "validation"),
    ("vars", "variables"),
    ("when", "condition"),
    ("working_directory", "dir"),
];

/// One object of the format with its known keys.
#[derive(Debug)]
pub(super) struct Object<'n> {
    /// Where the object begins.
    pub(super) span: Span,
    entries: Vec<(&'n str, &'n Node)>,
}

impl<'n> Object<'n> {
    /// The value of a key, if the object has it.
    pub(super) fn get(&self, key: &str) -> Option<&'n Node> {
        self.entries.iter().find(|(known, _)| *known == key).map(|(_, node)| *node)
    }
}

/// What reading a template needs at hand: the source, the findings, and the texts to look at when all variables
/// are known.
#[derive(Debug)]
pub(super) struct Reader<'n> {
    pub(super) source: &'n str,
    pub(super) diagnostics: Diagnostics,
    /// Texts the tool expands.
    pub(super) expanded: Vec<&'n Node>,
    /// Values of environment variables, which the tool expands and in which secrets may stand.
    pub(super) environment: Vec<&'n Node>,
    /// Texts a shell expands.
    pub(super) shell: Vec<&'n Node>,
}

impl<'n> Reader<'n> {
    pub(super) fn error(&mut self, span: Span, message: impl Into<String>, help: impl Into<String>) {
        self.diagnostics.add(Finding::error(span.range(), message).help(help));
    }

    /// `node` as an object of the format. Reports repeated and unknown keys.
    pub(super) fn object(&mut self, node: &'n Node, what: &str, place: Place) -> Option<Object<'n>> {
        let mut entries: Vec<(&'n str, &'n Node)> = Vec::new();
        for (key, value) in self.entries(node, what)? {
            let name = key.as_text().unwrap_or_default();
            match place.keys().find(|known| *known == name) {
                Some(known) => entries.push((known, value)),
                None if name.starts_with("x-") && place.has_free_keys() => {}
                None => self.unknown_key(key, name, place),
            }
        }
        Some(Object { span: node.span, entries })
    }

    /// The pairs of a map whose keys are texts, each key once. Reports every other thing it meets.
    pub(super) fn entries(&mut self, node: &'n Node, what: &str) -> Option<Vec<(&'n Node, &'n Node)>> {
        let Value::Map(map) = &node.value else {
            values::wrong_type(self, node, what, "a block of `key: value` lines");
            return None;
        };
        let mut seen = HashSet::new();
        let mut entries = Vec::with_capacity(map.len());
        for (key, value) in map {
            let Some(name) = key.as_text() else {
                let found = values::found(self.source, key);
                self.error(
                    key.span,
                    format!("a key of {what} must be text, found {found}"),
                    "put it in quotes",
                );
                continue;
            };
            if seen.insert(name) {
                entries.push((key, value));
            } else {
                let message = format!("key {} is written twice in the same block", quoted(name));
                self.error(key.span, message, "keep one of the two");
            }
        }
        Some(entries)
    }

    fn unknown_key(&mut self, key: &Node, name: &str, place: Place) {
        let mut finding =
            Finding::error(key.span.range(), format!("unknown key {} in {}", quoted(name), place.name()));
        if self.diagnostics.has_room() {
            finding = match meant_key(name, place) {
                Some(meant) => finding.label(format!("did you mean `{meant}`?")),
                None if place == Place::Step && (name == "run" || name == "prompt") => {
                    let kind = if name == "run" { "bash" } else { "agent" };
                    finding.help(format!(
                        "a step has a list of commands: `commands: [{{ kind: {kind}, {name}: ... }}]`"
                    ))
                }
                None => finding.help(format!(
                    "{} has {}{}",
                    place.name(),
                    place.keys().collect::<Vec<_>>().join(", "),
                    if place.has_free_keys() { "; keys that begin with `x-` are yours" } else { "" }
                )),
            };
        }
        self.diagnostics.add(finding);
    }
}

/// The key of `place` that `name` was probably meant to be.
fn meant_key(name: &str, place: Place) -> Option<&'static str> {
    let known = |key: &&str| place.keys().any(|known| known == *key);
    let synonym = SYNONYMS.iter().find(|(other, ours)| *other == name && known(ours)).map(|(_, ours)| *ours);
    synonym.or_else(|| closest(name, place.keys()))
}
