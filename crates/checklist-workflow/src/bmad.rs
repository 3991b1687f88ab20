//! BMAD workflow files as templates: every step of their sequence, in order, with all that it says.

mod write;

use crate::diagnostic::{Diagnostics, Finding};
use crate::list::List;
use crate::template::too_large;
use crate::text;
use serde::de::{Deserialize, Deserializer, MapAccess, SeqAccess, Visitor};
use std::collections::HashSet;
use std::fmt;

/// Levels of nesting a workflow may have; those of BMAD have six.
const DEPTH_MAX: usize = 16;

/// A workflow, converted.
#[derive(Debug, Clone)]
pub struct Converted {
    /// The template, as it is to be kept.
    pub source: String,
    /// The template, read.
    pub list: List,
    /// What of the workflow is not in the template, in words.
    pub left_out: Vec<String>,
}

/// A value of a workflow. Scalars are texts: nothing is computed with them.
#[derive(Debug, Clone, PartialEq)]
enum Value {
    Text(String),
    List(Vec<Value>),
    Map(Vec<(String, Value)>),
}

/// One step of the sequence, in the words of a template.
#[derive(Debug, Default)]
struct Step {
    id: String,
    title: String,
    description: String,
    assignee: Option<String>,
    prompt: Option<String>,
    skippable: bool,
}

/// Whether a YAML text is a BMAD workflow and no template.
#[must_use]
pub fn is_workflow(source: &str) -> bool {
    let mut lines = source.lines();
    lines.any(|line| line.trim_end() == "workflow:")
        && !source.lines().any(|line| line.starts_with("checklist:"))
}

/// Converts a workflow; `name` is what messages call it.
///
/// Each item of its `sequence` becomes a step of type `task`: what an agent does is an `agent` command, what is said
/// to be optional, or to apply on a condition in words, may be skipped without a reason, and every further field is
/// in the prompt, or in the description where no agent is asked.
///
/// # Errors
/// A file that is no YAML, or no workflow with a sequence.
///
/// ```
/// use checklist_workflow::bmad;
///
/// assert!(!bmad::is_workflow("checklist: 1\nid: a\n"));
/// assert!(bmad::is_workflow("workflow:\n  id: a\n"));
/// // What is no workflow is refused with line and caret.
/// assert!(bmad::convert("workflow.yaml", "workflow: 1\n").is_err());
/// ```
pub fn convert(name: &str, source: &str) -> Result<Converted, Diagnostics> {
    let mut found = Diagnostics::new(name, source);
    let mut refuse = |finding: Finding| {
        found.add(finding);
        found.clone()
    };
    if let Some(finding) = too_large(source) {
        return Err(refuse(finding));
    }
    let value =
        parse(source).map_err(|error| refuse(Finding::error(0..0, format!("this is no YAML: {error}"))))?;
    let workflow = value.get("workflow").unwrap_or(&value);
    let Some(Value::List(sequence)) = workflow.get("sequence") else {
        let help = "a BMAD workflow has `workflow:` with a `sequence:` of steps";
        return Err(refuse(Finding::error(0..0, "there is no sequence in this file").help(help)));
    };
    if sequence.is_empty() {
        return Err(refuse(Finding::error(0..0, "the sequence has no step")));
    }
    let mut ids = HashSet::new();
    let steps: Vec<Step> = sequence.iter().map(|item| step(item, &mut ids)).collect();
    let id = workflow.text("id").map(|id| text::slug(&id)).filter(|id| !id.is_empty());
    let id = id.unwrap_or_else(|| "workflow".to_owned());
    let title = workflow.text("name").unwrap_or_else(|| words(&id));
    let source = write::template(&id, &title, &about(workflow), &steps);
    let list = List::parse(&format!("{id}.yaml"), &source)?;
    // The converter is held to what it promises by a count that knows nothing of it.
    let kept = list.template.steps.len();
    if kept != sequence.len() {
        let message =
            format!("{kept} of {} steps of the sequence arrived, so nothing was imported", sequence.len());
        return Err(refuse(Finding::error(0..0, message)));
    }
    let diagram =
        workflow.get("flow_diagram").map(|_| "flow_diagram: a picture, which a template has no place for");
    Ok(Converted { source, list, left_out: diagram.into_iter().map(str::to_owned).collect() })
}

/// What the workflow says about itself beside its sequence.
fn about(workflow: &Value) -> String {
    let mut parts: Vec<String> = workflow.text("description").into_iter().collect();
    let Value::Map(members) = workflow else { return String::new() };
    let told = ["id", "name", "description", "sequence", "flow_diagram"];
    for (name, value) in members.iter().filter(|(name, _)| !told.contains(&name.as_str())) {
        parts.push(told_of(name, value));
    }
    parts.join("\n\n")
}

/// A step of the sequence.
fn step(item: &Value, ids: &mut HashSet<String>) -> Step {
    let Value::Map(members) = item else {
        let title = item.flat();
        return Step { id: new_id(&title, ids), title, ..Step::default() };
    };
    let of = |name: &str| item.text(name);
    let agent = of("agent");
    let title = title(item);
    let mut facts = Vec::new();
    // What is said of the step as a whole comes first, and its notes last.
    for (name, value) in members.iter().filter(|(name, _)| !["step", "notes"].contains(&name.as_str())) {
        facts.push(told_of(name, value));
    }
    let description = [facts.join("\n"), of("notes").unwrap_or_default()];
    let description: Vec<&str> =
        description.iter().map(|part| part.trim_end()).filter(|part| !part.is_empty()).collect();
    let description = description.join("\n\n");
    let prompt =
        agent.as_ref().map(|agent| format!("Act as the BMAD agent `{agent}`: {title}.\n\n{description}"));
    let name = of("step").or_else(|| of("action")).unwrap_or_else(|| title.clone());
    Step {
        id: new_id(&name, ids),
        skippable: of("optional").is_some_and(|text| text == "true") || of("condition").is_some(),
        title,
        // What an agent is asked is shown to people as well, and nobody reads the same twice.
        description: if prompt.is_some() { String::new() } else { description },
        assignee: agent,
        prompt,
    }
}

/// `create story: story.md (sm)`, from whatever the step says of itself.
fn title(item: &Value) -> String {
    let of = |name: &str| item.text(name);
    let action = of("action").or_else(|| of("step")).map(|text| words(&text));
    let object = ["creates", "updates", "validates"].iter().find_map(|verb| Some((*verb, of(verb)?)));
    let what = match (action, object) {
        (Some(action), Some((_, object))) => format!("{action}: {}", words(&object)),
        (Some(action), None) => action,
        (None, Some((verb, object))) => {
            let verb = match verb {
                "creates" => "Create",
                "updates" => "Update",
                _ => "Validate",
            };
            format!("{verb} {}", words(&object))
        }
        (None, None) => "Go on".to_owned(),
    };
    let mut letters = what.chars();
    let what: String = letters.next().into_iter().flat_map(char::to_uppercase).chain(letters).collect();
    let what = of("agent").map_or_else(|| what.clone(), |agent| format!("{what} ({agent})"));
    match of("condition") {
        Some(condition) => format!("{what}, if {}", words(&condition)),
        None => what,
    }
}

/// `some_words` as people write them; file names stay.
fn words(text: &str) -> String {
    if text.contains('.') || text.contains('/') { text.to_owned() } else { text.replace(['_'], " ") }
}

fn told_of(name: &str, value: &Value) -> String {
    let name = words(name);
    match value {
        Value::Text(text) if !text.trim_end().contains('\n') => format!("{name}: {}", words(text.trim_end())),
        value => format!("{name}:\n{}", value.lines(1)),
    }
}

fn new_id(name: &str, ids: &mut HashSet<String>) -> String {
    let slug = text::slug(name);
    let base = if slug.is_empty() { "step".to_owned() } else { slug };
    let mut id = base.clone();
    let mut number = 2;
    while !ids.insert(id.clone()) {
        let suffix = format!("-{number}");
        let kept = base.len().min(text::SLUG_BYTES_MAX - suffix.len());
        id = format!("{}{suffix}", base[..kept].trim_end_matches('-'));
        number += 1;
    }
    id
}

fn parse(source: &str) -> Result<Value, serde_saphyr::Error> {
    let options = serde_saphyr::options! {
        with_snippet: false,
        budget: serde_saphyr::budget! {
            max_anchors: 0,
            max_aliases: 0,
            max_documents: 1,
            max_depth: DEPTH_MAX,
        },
    };
    serde_saphyr::from_str_with_options(source, options)
}

impl Value {
    fn get(&self, name: &str) -> Option<&Value> {
        let Value::Map(members) = self else { return None };
        members.iter().find(|(known, _)| known == name).map(|(_, value)| value)
    }

    /// A member as one text, if it is there and says something.
    fn text(&self, name: &str) -> Option<String> {
        let text = match self.get(name)? {
            Value::Text(text) => text.trim_end().to_owned(),
            other => other.flat(),
        };
        (!text.is_empty()).then_some(text)
    }

    /// On one line.
    fn flat(&self) -> String {
        match self {
            Value::Text(text) => text.trim().to_owned(),
            Value::List(items) => items.iter().map(Value::flat).collect::<Vec<_>>().join(", "),
            Value::Map(members) => {
                let member = |(name, value): &(String, Value)| format!("{name}: {}", value.flat());
                members.iter().map(member).collect::<Vec<_>>().join("; ")
            }
        }
    }

    /// On lines of their own, indented.
    fn lines(&self, depth: usize) -> String {
        let indent = "  ".repeat(depth);
        match self {
            Value::Text(text) => {
                let lines =
                    text.trim_end().lines().map(|line| format!("{indent}{line}").trim_end().to_owned());
                lines.collect::<Vec<_>>().join("\n")
            }
            Value::List(items) => {
                items.iter().map(|item| format!("{indent}- {}", item.flat())).collect::<Vec<_>>().join("\n")
            }
            Value::Map(members) => {
                let member = |(name, value): &(String, Value)| match value {
                    Value::Text(text) if !text.trim_end().contains('\n') => {
                        format!("{indent}{}: {}", words(name), text.trim_end())
                    }
                    value => format!("{indent}{}:\n{}", words(name), value.lines(depth + 1)),
                };
                members.iter().map(member).collect::<Vec<_>>().join("\n")
            }
        }
    }
}

impl<'de> Deserialize<'de> for Value {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Value, D::Error> {
        deserializer.deserialize_any(AnyValue)
    }
}

struct AnyValue;

impl<'de> Visitor<'de> for AnyValue {
    type Value = Value;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a YAML value")
    }

    fn visit_unit<E>(self) -> Result<Value, E> {
        Ok(Value::Text(String::new()))
    }

    fn visit_none<E>(self) -> Result<Value, E> {
        Ok(Value::Text(String::new()))
    }

    fn visit_some<D: Deserializer<'de>>(self, deserializer: D) -> Result<Value, D::Error> {
        deserializer.deserialize_any(self)
    }

    fn visit_bool<E>(self, value: bool) -> Result<Value, E> {
        Ok(Value::Text(value.to_string()))
    }

    fn visit_i64<E>(self, value: i64) -> Result<Value, E> {
        Ok(Value::Text(value.to_string()))
    }

    fn visit_u64<E>(self, value: u64) -> Result<Value, E> {
        Ok(Value::Text(value.to_string()))
    }

    fn visit_f64<E>(self, value: f64) -> Result<Value, E> {
        Ok(Value::Text(value.to_string()))
    }

    fn visit_str<E>(self, value: &str) -> Result<Value, E> {
        Ok(Value::Text(value.to_owned()))
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut items: A) -> Result<Value, A::Error> {
        let mut list = Vec::new();
        while let Some(item) = items.next_element()? {
            list.push(item);
        }
        Ok(Value::List(list))
    }

    fn visit_map<A: MapAccess<'de>>(self, mut members: A) -> Result<Value, A::Error> {
        let mut map = Vec::new();
        while let Some((name, value)) = members.next_entry::<Value, Value>()? {
            map.push((name.flat(), value));
        }
        Ok(Value::Map(map))
    }
}
