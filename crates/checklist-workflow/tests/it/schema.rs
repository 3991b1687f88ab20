//! The published JSON Schema: it is what the program prints, takes what the reader takes, and finds what it can find.
#![expect(
    clippy::disallowed_methods,
    clippy::unwrap_used,
    reason = "tests look at the files of the repository, and fail loudly"
)]

use crate::documents::{every_template, parse_all};
use checklist_workflow::template;
use serde_json::{Map, Value, json};

/// What is wrong with a value under a schema, for the part of draft 7 that ours uses; a word of another part
/// is an error, so that nothing is taken for checked that is not.
fn wrong(schema: &Value, root: &Value, value: &Value, place: &str) -> Vec<String> {
    let empty = Map::new();
    let words = schema.as_object().unwrap_or(&empty);
    let mut found = Vec::new();
    for (word, rule) in words {
        let is_fine = match word.as_str() {
            "$ref" => {
                let name = rule.as_str().unwrap().strip_prefix("#/definitions/").unwrap();
                found.extend(wrong(&root["definitions"][name], root, value, place));
                true
            }
            "const" => value == rule,
            "enum" => rule.as_array().unwrap().contains(value),
            "type" => is_type(value, rule.as_str().unwrap()),
            "pattern" => value.as_str().is_none_or(|text| matches(rule, text)),
            "minLength" | "minItems" => len(value).is_none_or(|len| len >= rule.as_u64().unwrap()),
            "maxLength" => len(value).is_none_or(|len| len <= rule.as_u64().unwrap()),
            "minimum" => value.as_i64().is_none_or(|number| number >= rule.as_i64().unwrap()),
            "maximum" => value.as_i64().is_none_or(|number| number <= rule.as_i64().unwrap()),
            "uniqueItems" => value
                .as_array()
                .is_none_or(|items| items.iter().enumerate().all(|(at, item)| !items[..at].contains(item))),
            "items" => {
                for (at, item) in value.as_array().into_iter().flatten().enumerate() {
                    found.extend(wrong(rule, root, item, &format!("{place}/{at}")));
                }
                true
            }
            "required" => {
                rule.as_array().unwrap().iter().all(|key| value.get(key.as_str().unwrap()).is_some())
            }
            "propertyNames" => {
                value.as_object().is_none_or(|map| map.keys().all(|key| matches(&rule["pattern"], key)))
            }
            "properties" | "additionalProperties" | "patternProperties" => {
                if word != "patternProperties" {
                    found.extend(of_members(words, word, root, value, place));
                }
                true
            }
            "oneOf" => {
                rule.as_array()
                    .unwrap()
                    .iter()
                    .filter(|rule| wrong(rule, root, value, place).is_empty())
                    .count()
                    == 1
            }
            "allOf" => {
                for rule in rule.as_array().unwrap() {
                    if wrong(&rule["if"], root, value, place).is_empty() {
                        found.extend(wrong(&rule["then"], root, value, place));
                    }
                }
                true
            }
            "not" => !wrong(rule, root, value, place).is_empty(),
            "$schema" | "title" | "description" | "definitions" | "format" => true,
            other => panic!("the schema has `{other}`, which this test does not know"),
        };
        if !is_fine {
            found.push(format!("{place}: {word}"));
        }
    }
    found
}

fn of_members(
    words: &Map<String, Value>,
    word: &str,
    root: &Value,
    value: &Value,
    place: &str,
) -> Vec<String> {
    let mut found = Vec::new();
    for (key, member) in value.as_object().into_iter().flatten() {
        let place = format!("{place}/{key}");
        let known = words.get("properties").and_then(|known| known.get(key));
        let mut patterns =
            words.get("patternProperties").and_then(Value::as_object).into_iter().flat_map(Map::keys);
        let is_free = patterns.any(|pattern| matches(&json!(pattern), key));
        match (known, word) {
            (Some(schema), "properties") => found.extend(wrong(schema, root, member, &place)),
            (None, "additionalProperties") if !is_free => match &words["additionalProperties"] {
                Value::Bool(false) => found.push(format!("{place}: unknown key")),
                schema => found.extend(wrong(schema, root, member, &place)),
            },
            _ => {}
        }
    }
    found
}

/// Characters of a text, or items of a list.
fn len(value: &Value) -> Option<u64> {
    let text = value.as_str().map(|text| text.chars().count());
    text.or_else(|| value.as_array().map(Vec::len)).map(|len| len as u64)
}

fn is_type(value: &Value, name: &str) -> bool {
    match name {
        "object" => value.is_object(),
        "array" => value.is_array(),
        "string" => value.is_string(),
        "boolean" => value.is_boolean(),
        "integer" => value.is_i64() || value.is_u64(),
        other => panic!("no type {other}"),
    }
}

fn matches(pattern: &Value, text: &str) -> bool {
    regex_lite::Regex::new(pattern.as_str().unwrap()).unwrap().is_match(text)
}

fn judged(source: &str) -> Vec<String> {
    let schema = template::schema();
    let value: Value = serde_saphyr::from_str(source).unwrap();
    wrong(&schema, &schema, &value, "")
}

#[test]
fn the_published_file_is_what_the_program_prints() {
    let path = concat!(env!("CARGO_MANIFEST_DIR"), "/../../docs/schema/template-1.json");
    let printed = format!("{:#}\n", template::schema());
    let published = std::fs::read_to_string(path).unwrap_or_default();
    assert!(published == printed, "write it anew: cargo run -- schema > docs/schema/template-1.json");
}

#[test]
fn every_template_of_this_repository_is_valid() {
    let all = every_template();
    assert!(all.len() >= 18, "{}", all.len());
    for (name, source) in &all {
        assert_eq!(judged(source), [""; 0], "{name}");
    }
}

/// What the schema refuses, the reader refuses too; and it finds all that a schema can find.
#[test]
fn mistakes_are_found_by_both() {
    let step =
        |rest: &str| format!("checklist: 1\nid: t\ntitle: T\nsteps: [{{ id: a, title: A, {rest} }}]\n");
    for source in [
        step("conditon: x"),
        step("id: A"),
        step("type: chek"),
        step("commands: [{ kind: agent, run: x }]"),
        step("commands: [{ kind: bash }]"),
        step("commands: [{ kind: bash, run: x, retries: { max: 21 } }]"),
        step("commands: [{ kind: bash, run: x, retries: { max: 1, on_exit: [0] } }]"),
        step("commands: [{ kind: bash, run: x, danger: no }]"),
        step("commands: [{ kind: bash, run: x, timeout: 10 }]"),
        step("validation: [{ kind: file_exists, path: a, text: b }]"),
        step("validation: [{ kind: file_contains, path: a }]"),
        step("needs: [b, b]"),
        step("outputs: { A: x }"),
        step("input: {}"),
        step("confirm: { by: agent }"),
        step("killer: sure"),
        "checklist: 1\nid: t\ntitle: T\nversion: 1.4\nsteps: [{ id: a, title: A }]\n".to_owned(),
        "checklist: 1\nid: t\ntitle: T\nsteps: []\n".to_owned(),
        "checklist: 2\nid: t\ntitle: T\nsteps: [{ id: a, title: A }]\n".to_owned(),
        "checklist: 1\nid: t\ntitle: T\nvariables: { PATH: {} }\nsteps: [{ id: a, title: A }]\n".to_owned(),
        "checklist: 1\nid: t\ntitle: T\nvariables: { a: { enum: [] } }\nsteps: [{ id: a, title: A }]\n"
            .to_owned(),
        "checklist: 1\nid: t\ntitle: T\nmode: random\nsteps: [{ id: a, title: A }]\n".to_owned(),
    ] {
        // A repeated key is an error of its own to both.
        let by_schema = serde_saphyr::from_str::<Value>(&source)
            .map_or_else(|_| vec!["YAML".to_owned()], |_| judged(&source));
        assert!(!by_schema.is_empty(), "the schema takes {source}");
        assert!(parse_all("t.yaml", &source).is_err(), "the reader takes {source}");
    }
}
