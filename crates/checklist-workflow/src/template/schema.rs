//! The JSON Schema of format 1, made from the table that the reader uses.
//!
//! Draft 7, because that is what the YAML language server reads. What it cannot say, the reader checks:
//! unique ids, needs that exist and end, names and types of conditions.

use super::FORMAT;
use super::command::{COMMAND_KINDS, VALIDATION_KINDS};
use super::format::{ID, Place, Shape};
use crate::condition;
use serde_json::{Map, Value, json};

/// The schema of format 1.
///
/// ```
/// let schema = checklist_workflow::template::schema();
/// assert_eq!(schema["title"], "checklist template, format 1");
/// ```
#[must_use]
pub fn schema() -> Value {
    let mut schema = object(Place::Template);
    schema["$schema"] = "http://json-schema.org/draft-07/schema#".into();
    schema["title"] = "checklist template, format 1".into();
    let inner = Place::ALL.into_iter().filter(|place| *place != Place::Template);
    schema["definitions"] =
        inner.map(|place| (definition(place).to_owned(), of_place(place))).collect::<Map<_, _>>().into();
    schema
}

fn definition(place: Place) -> &'static str {
    place.name().trim_start_matches("a ").trim_matches('`')
}

fn of_place(place: Place) -> Value {
    match place {
        Place::Command => {
            let mut command = object(place);
            let kinds = COMMAND_KINDS.iter().map(|(kind, _)| {
                let (own, other) = if *kind == "bash" { ("run", "prompt") } else { ("prompt", "run") };
                json!({"if": {"properties": {"kind": {"const": kind}}},
                    "then": {"required": [own], "not": {"required": [other]}}})
            });
            command["allOf"] = kinds.collect();
            command
        }
        Place::Validation => {
            let kinds = VALIDATION_KINDS.iter().map(|(kind, _, keys)| {
                let allowed = |key: &str| key == "message" || keys.contains(&key);
                let fields = place.fields().iter().filter(|field| allowed(field.key));
                let mut properties: Map<String, Value> = fields.map(property).collect();
                properties.insert("kind".to_owned(), json!({"const": kind}));
                let required: Vec<&str> = ["kind"].into_iter().chain(keys.iter().copied()).collect();
                json!({"type": "object", "additionalProperties": false, "required": required, "properties": properties})
            });
            json!({"oneOf": kinds.collect::<Value>()})
        }
        _ => object(place),
    }
}

fn object(place: Place) -> Value {
    let properties: Map<String, Value> = place.fields().iter().map(property).collect();
    let required: Vec<&str> =
        place.fields().iter().filter(|field| field.is_required).map(|field| field.key).collect();
    let mut object = json!({"type": "object", "additionalProperties": false, "properties": properties});
    if !required.is_empty() {
        object["required"] = json!(required);
    }
    if place.has_free_keys() {
        object["patternProperties"] = json!({"^x-": {}});
    }
    object
}

fn property(field: &super::format::Field) -> (String, Value) {
    let mut value = shape(field.shape);
    // Beside a `$ref`, draft 7 ignores everything.
    if value.get("$ref").is_none() {
        value["description"] = field.about.into();
    }
    (field.key.to_owned(), value)
}

fn shape(shape: Shape) -> Value {
    match shape {
        Shape::Format => json!({"const": i64::try_from(FORMAT).unwrap_or(i64::MAX)}),
        Shape::Text(0) => json!({"type": "string"}),
        Shape::Text(least) => json!({"type": "string", "minLength": least}),
        Shape::Id => json!({"type": "string", "pattern": ID}),
        Shape::Form(pattern) => json!({"type": "string", "pattern": pattern}),
        Shape::Word(words) => json!({"enum": words()}),
        Shape::Day => json!({"type": "string", "format": "date", "pattern": r"^\d{4}-\d{2}-\d{2}$"}),
        Shape::Boolean => json!({"type": "boolean"}),
        Shape::Whole(least, most) => json!({"type": "integer", "minimum": least, "maximum": most}),
        Shape::Duration => json!({"type": "string", "pattern": r"^\d+(ms|s|m|h|d)$"}),
        Shape::Condition => json!({"type": "string", "minLength": 1, "maxLength": condition::BYTES_MAX}),
        Shape::Any => json!({}),
        Shape::List(item, 0) => json!({"type": "array", "items": self::shape(*item)}),
        Shape::List(item, least) => json!({"type": "array", "items": self::shape(*item), "minItems": least}),
        Shape::Ids => json!({"type": "array", "uniqueItems": true, "items": self::shape(Shape::Id)}),
        Shape::Map(names, values) => json!({"type": "object", "propertyNames": {"pattern": names},
            "additionalProperties": self::shape(*values)}),
        Shape::Object(place) => json!({"$ref": format!("#/definitions/{}", definition(place))}),
    }
}
