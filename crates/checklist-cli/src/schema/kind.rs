//! `Kind`: what a member of an answer can be, and that as JSON Schema, draft 2020-12.

use serde_json::{Map, Value, json};
use std::collections::BTreeMap;

/// What a value can be.
#[derive(Debug)]
pub(crate) enum Kind {
    /// Any text.
    Text,
    /// A moment, RFC 3339 in UTC.
    Time,
    /// A whole number, zero or more.
    Count,
    /// Yes or no.
    Bool,
    /// One of these words; more may be added.
    Word(&'static [&'static str]),
    /// Whatever is there.
    Any,
    /// Nothing at all, or this.
    Maybe(&'static Kind),
    /// Any number of these.
    List(&'static Kind),
    /// Members whose names are those of the user.
    Map(&'static Kind),
    /// An object with these members.
    Object(&'static [Member]),
    /// An object that occurs in many answers.
    Part(&'static Part),
    /// One of these.
    Either(&'static [Kind]),
}

/// One member of an object.
#[derive(Debug)]
pub(crate) struct Member {
    pub(crate) name: &'static str,
    pub(crate) kind: Kind,
    /// Whether it is always there; `null` counts.
    pub(crate) is_required: bool,
    about: &'static str,
}

/// An object with a name of its own.
#[derive(Debug)]
pub(crate) struct Part {
    pub(crate) name: &'static str,
    pub(crate) about: &'static str,
    pub(crate) members: &'static [Member],
}

/// A member that is always there.
pub(crate) const fn must(name: &'static str, kind: Kind, about: &'static str) -> Member {
    Member { name, kind, is_required: true, about }
}

/// A member that is there where it has something to say.
pub(crate) const fn may(name: &'static str, kind: Kind, about: &'static str) -> Member {
    Member { name, kind, is_required: false, about }
}

/// The definitions that a schema refers to, by name.
pub(crate) type Definitions = BTreeMap<&'static str, Value>;

impl Kind {
    /// The schema of such a value; the parts it refers to are added to `definitions`.
    pub(crate) fn schema(&self, definitions: &mut Definitions) -> Value {
        match self {
            Kind::Text => json!({"type": "string"}),
            Kind::Time => json!({"type": "string", "format": "date-time"}),
            Kind::Count => json!({"type": "integer", "minimum": 0}),
            Kind::Bool => json!({"type": "boolean"}),
            Kind::Word(words) => json!({"type": "string", "enum": words}),
            Kind::Any => json!({}),
            Kind::Maybe(kind) => {
                let mut schema = kind.schema(definitions);
                match (schema.get("type").and_then(Value::as_str).map(str::to_owned), schema.get_mut("enum"))
                {
                    (Some(plain), None) => {
                        schema["type"] = json!([plain, "null"]);
                        schema
                    }
                    _ => json!({"anyOf": [schema, {"type": "null"}]}),
                }
            }
            Kind::List(kind) => json!({"type": "array", "items": kind.schema(definitions)}),
            Kind::Map(kind) => json!({"type": "object", "additionalProperties": kind.schema(definitions)}),
            Kind::Object(members) => object(members.iter(), definitions),
            Kind::Part(part) => {
                if !definitions.contains_key(part.name) {
                    // A part may hold itself: its name is known before its members are.
                    definitions.insert(part.name, Value::Null);
                    let mut schema = object(part.members.iter(), definitions);
                    schema["description"] = part.about.into();
                    definitions.insert(part.name, schema);
                }
                json!({"$ref": format!("#/$defs/{}", part.name)})
            }
            Kind::Either(kinds) => {
                let kinds: Vec<Value> = kinds.iter().map(|kind| kind.schema(definitions)).collect();
                json!({"anyOf": kinds})
            }
        }
    }

    /// The JSON type alone, for a summary; empty where there are several.
    #[cfg(feature = "mcp")]
    pub(crate) fn summary(&self) -> Value {
        match self {
            Kind::Text | Kind::Time | Kind::Word(_) => json!("string"),
            Kind::Count => json!("integer"),
            Kind::Bool => json!("boolean"),
            Kind::List(_) => json!("array"),
            Kind::Map(_) | Kind::Object(_) | Kind::Part(_) => json!("object"),
            Kind::Maybe(kind) => match kind.summary() {
                Value::String(plain) => json!([plain, "null"]),
                other => other,
            },
            Kind::Any | Kind::Either(_) => Value::Null,
        }
    }
}

/// The schema of an object. Members that it does not name are allowed: later versions of the program add some.
pub(crate) fn object<'m>(members: impl Iterator<Item = &'m Member>, definitions: &mut Definitions) -> Value {
    let (mut properties, mut required) = (Map::new(), Vec::new());
    for member in members {
        let mut schema = member.kind.schema(definitions);
        if !member.about.is_empty() {
            schema["description"] = member.about.into();
        }
        properties.insert(member.name.to_owned(), schema);
        if member.is_required {
            required.push(member.name);
        }
    }
    json!({"type": "object", "properties": properties, "required": required})
}
