//! `Schema`: what an answer in JSON looks like. The published files in `docs/schema/` are made from these tables.

mod answer;
mod foreseen;
mod kind;
mod part;
mod project;
mod shell;
mod store;

use checklist_workflow::template;
use kind::{Definitions, Member, object};
use serde_json::{Map, Value, json};

/// The draft that the schemas of answers are written in.
const DRAFT: &str = "https://json-schema.org/draft/2020-12/schema";

/// The draft of the schema of templates: the YAML language server reads 7 and below.
const DRAFT_OF_TEMPLATES: &str = "http://json-schema.org/draft-07/schema#";

/// The version of every schema so far.
const VERSION: u32 = 1;

/// The name of the schema of templates, which is not one of an answer.
pub(crate) const TEMPLATE: &str = "template";

/// One kind of object that the program prints.
#[derive(Debug)]
pub(crate) struct Schema {
    /// Its name: the object says `checklist.NAME/1`.
    pub(crate) name: &'static str,
    pub(crate) about: &'static str,
    /// The commands that answer so.
    pub(crate) verbs: &'static [&'static str],
    /// Its members, in groups that several schemas share; the first group that names a member says what it is.
    groups: &'static [&'static [Member]],
    /// Whether it is an answer, which says whether the command succeeded.
    is_answer: bool,
}

impl Schema {
    const fn new(
        name: &'static str,
        about: &'static str,
        verbs: &'static [&'static str],
        groups: &'static [&'static [Member]],
    ) -> Schema {
        Schema { name, about, verbs, groups, is_answer: true }
    }

    /// Every schema of an object.
    pub(crate) fn all() -> impl Iterator<Item = &'static Schema> {
        answer::ALL.iter().chain(project::ALL).chain(shell::ALL).chain(store::ALL)
    }

    pub(crate) fn named(name: &str) -> Option<&'static Schema> {
        Schema::all().find(|schema| schema.name == name)
    }

    /// What the member `schema` of such an object says.
    pub(crate) fn id(&self) -> String {
        format!("checklist.{}/{VERSION}", self.name)
    }

    fn members(&self) -> Vec<&'static Member> {
        let mut members: Vec<&Member> = Vec::new();
        for member in self.groups.iter().copied().flatten() {
            if !members.iter().any(|known| known.name == member.name) {
                members.push(member);
            }
        }
        members
    }

    /// A short JSON Schema of these members alone, which an error satisfies as well: what both have, it has as the
    /// error does.
    #[cfg(feature = "mcp")]
    pub(crate) fn outline<'n>(&self, names: impl Iterator<Item = &'n str>) -> Value {
        let of_errors = Schema::named("error").map(Schema::members).unwrap_or_default();
        let members = self.members();
        let mut properties = Map::new();
        properties.insert("schema".to_owned(), json!({"type": "string"}));
        properties.insert("ok".to_owned(), json!({"type": "boolean"}));
        for name in names {
            let known = of_errors.iter().chain(&members).find(|member| member.name == name);
            let kind = known.map(|member| member.kind.summary()).unwrap_or_default();
            let schema = if kind.is_null() { json!({}) } else { json!({"type": kind}) };
            properties.insert(name.to_owned(), schema);
        }
        json!({"type": "object", "properties": properties, "required": ["schema", "ok"]})
    }

    /// The whole JSON Schema.
    pub(crate) fn to_json(&self) -> Value {
        let mut definitions = Definitions::new();
        let of_members = object(self.members().into_iter(), &mut definitions);
        let mut properties = Map::new();
        properties.insert("schema".to_owned(), json!({"const": self.id()}));
        let mut required = vec![json!("schema")];
        if self.is_answer {
            properties.insert(
                "ok".to_owned(),
                json!({"type": "boolean", "description": "whether what was asked for was done"}),
            );
            properties.insert(
                "notices".to_owned(),
                json!({"type": "array", "items": {"type": "string"}, "description": "what must be known beside the answer"}),
            );
            required.push(json!("ok"));
        }
        properties.extend(of_members["properties"].as_object().cloned().unwrap_or_default());
        let may_be_replayed = properties.contains_key("replayed");
        let all = of_members["required"].as_array().cloned().unwrap_or_default();
        required.extend(all.into_iter().filter(|name| {
            !may_be_replayed || name.as_str().is_some_and(|name| part::ANSWERED_AGAIN.contains(&name))
        }));
        json!({
            "$schema": DRAFT,
            "title": self.id(),
            "description": self.about,
            "type": "object",
            "properties": properties,
            "required": required,
            "$defs": definitions,
        })
    }
}

/// The JSON Schema of this name, with its draft; `None` if there is none.
pub(crate) fn named(name: &str) -> Option<Value> {
    if name == TEMPLATE {
        return Some(template::schema());
    }
    Schema::named(name).map(Schema::to_json)
}

/// One row of the list of schemas.
#[derive(Debug)]
pub(crate) struct Row {
    pub(crate) name: &'static str,
    pub(crate) about: &'static str,
    pub(crate) verbs: &'static [&'static str],
    pub(crate) version: u32,
    pub(crate) id: String,
    pub(crate) draft: &'static str,
}

/// Every schema there is, sorted by name.
pub(crate) fn rows() -> Vec<Row> {
    let of = |schema: &'static Schema| Row {
        name: schema.name,
        about: schema.about,
        verbs: schema.verbs,
        version: VERSION,
        id: schema.id(),
        draft: DRAFT,
    };
    let template = Row {
        name: TEMPLATE,
        about: "A template, as people write it.",
        verbs: &[],
        version: VERSION,
        id: format!("checklist.{TEMPLATE}/{VERSION}"),
        draft: DRAFT_OF_TEMPLATES,
    };
    let mut rows: Vec<Row> = Schema::all().map(of).chain([template]).collect();
    rows.sort_by_key(|row| row.name);
    rows
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::cli::Cli;
    use clap::{Command, CommandFactory as _};

    /// The commands that can be typed whole: those without subcommands of their own.
    fn leaves(command: &Command, above: &str) -> Vec<String> {
        let name = format!("{above}{}", command.get_name());
        let visible: Vec<&Command> = command.get_subcommands().filter(|known| !known.is_hide_set()).collect();
        match visible.is_empty() {
            true => vec![name],
            false => visible.iter().flat_map(|known| leaves(known, &format!("{name} "))).collect(),
        }
    }

    #[test]
    fn every_command_has_a_schema_and_every_schema_is_of_a_command() {
        let tree = Cli::command();
        let verbs: Vec<String> = tree
            .get_subcommands()
            .filter(|known| !known.is_hide_set())
            .flat_map(|known| leaves(known, ""))
            .collect();
        // These answer with no object: one draws on the whole screen, one speaks a protocol, one tells events.
        let silent = ["ui", "mcp", "watch"];
        for verb in verbs.iter().filter(|verb| !silent.contains(&verb.as_str())) {
            assert!(
                Schema::all().any(|schema| schema.verbs.contains(&verb.as_str())),
                "{verb} has no schema"
            );
        }
        for schema in Schema::all() {
            for verb in schema.verbs {
                assert!(verbs.iter().any(|known| known == verb), "{} is of no command {verb}", schema.name);
            }
        }
    }

    #[test]
    fn names_are_unique_and_every_reference_is_defined() {
        let rows = rows();
        assert!(rows.windows(2).all(|pair| pair[0].name < pair[1].name));
        for schema in Schema::all() {
            let json = schema.to_json();
            let text = json.to_string();
            for part in text.split("#/$defs/").skip(1) {
                let name = part.split('"').next().unwrap_or_default();
                assert!(json["$defs"][name].is_object(), "{}: {name}", schema.name);
            }
        }
    }

    #[test]
    fn the_published_files_are_what_the_program_prints() {
        let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/../../docs/schema");
        let path = |name: &str| format!("{folder}/{name}-1.json");
        let stale: Vec<&str> = rows()
            .iter()
            .map(|row| row.name)
            .filter(|name| {
                let printed = format!("{:#}\n", named(name).unwrap_or_default());
                read(&path(name)) != printed
            })
            .collect();
        assert_eq!(stale, [""; 0], "write them anew: cargo xtask docs");
    }

    #[expect(clippy::disallowed_methods, reason = "the test looks at the files of the repository")]
    fn read(path: &str) -> String {
        std::fs::read_to_string(path).unwrap_or_default()
    }
}
