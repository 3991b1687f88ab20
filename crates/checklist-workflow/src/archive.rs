//! `Archive`: a finished run as a file of its own, readable YAML with everything that is known of it.
//!
//! Strings are always quoted as JSON quotes them, so that no YAML reader takes one for anything else.

use crate::engine::Entry;
use crate::run::{Moment, Run};
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

/// The format of the file.
pub const ARCHIVE_FORMAT: u64 = 1;

/// The largest archive that is read, in bytes.
pub(crate) const ARCHIVE_BYTES_MAX: u64 = 256 << 20;

/// Where archives are, below the store's folder.
pub(crate) const FOLDER: &str = "archive";

const HEADER: &str = "\
# A run that was put aside by `checklist`: what was done, by whom, and on whose word. It is a record and not the state.
# `checklist status --run ID` and `checklist export ID` show it; `checklist archive ID --back` takes it up again.
";

/// A finished run.
///
/// ```
/// # use checklist_store::{Store, env::mem::World};
/// # use checklist_workflow::{List as ListOfDay, Setup, WorkflowEngine};
/// # let world = World::new(1);
/// # let project = std::path::Path::new("/project");
/// # world.fs.place_dir(project)?;
/// # let setup = Setup::new("ana").store(Store::options().env(world.env()));
/// # let mut engine = WorkflowEngine::create(project, setup)?;
/// # engine.start(&ListOfDay::parse("day.md", "- [ ] Morning\n- [ ] Noon\n")?, &Default::default())?;
/// use checklist_workflow::archive::{ARCHIVE_FORMAT, Archive};
/// use checklist_workflow::{ActOptions, Claim};
///
/// let now = ActOptions::default();
/// engine.skip("morning", Some("slept"), None, &now)?;
/// engine.skip("noon", Some("slept"), None, &now)?;
/// let archived = engine.archive(false, &Default::default())?;
/// assert_eq!(engine.archived_ids()?, [archived.id.clone()]);
///
/// let archive: Archive = engine.read_archive(&archived.id)?.expect("it was just put aside");
/// assert_eq!((archive.archive, archive.history.len()), (ARCHIVE_FORMAT, 4));
/// assert_eq!(Archive::parse(&archive.to_yaml())?, archive);
/// engine.unarchive(&archived.id, &Default::default())?;
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Archive {
    /// [`ARCHIVE_FORMAT`].
    pub archive: u64,
    /// The id of the run.
    pub id: String,
    /// Its title, with the variables in it.
    pub title: String,
    /// When it was put aside.
    pub archived_at: Moment,
    /// The run, as it was.
    pub run: Run,
    /// Every operation of it, oldest first.
    pub history: Vec<ArchivedOperation>,
}

/// One operation, as an archive keeps it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct ArchivedOperation {
    /// Its number.
    pub op: u64,
    /// When.
    pub time: Moment,
    /// Who, as said.
    pub who: String,
    /// What.
    pub verb: String,
    /// The step.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub step: Option<String>,
    /// More about it.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub detail: String,
    /// The operation that an undo or redo is about.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub of: Option<u64>,
    /// Whether it was undone.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub undone: bool,
}

impl ArchivedOperation {
    pub(crate) fn of(entry: &Entry) -> ArchivedOperation {
        ArchivedOperation {
            op: entry.op,
            time: Moment(entry.time),
            who: entry.actor.clone(),
            verb: entry.verb.clone(),
            step: entry.step.clone(),
            detail: entry.detail.clone(),
            of: entry.of,
            undone: entry.undone,
        }
    }

    pub(crate) fn entry(&self, run: &str) -> Entry {
        Entry {
            op: self.op,
            run: run.to_owned(),
            time: self.time.0,
            actor: self.who.clone(),
            verb: self.verb.clone(),
            step: self.step.clone(),
            detail: self.detail.clone(),
            of: self.of,
            to: None,
            undone: self.undone,
        }
    }
}

impl Archive {
    /// The file.
    #[must_use]
    pub fn to_yaml(&self) -> String {
        let mut text = String::from(HEADER);
        let value = |part: &dyn Fn() -> serde_json::Result<Value>| part().unwrap_or(Value::Null);
        let members = [
            ("archive", json!(self.archive)),
            ("id", json!(self.id)),
            ("title", json!(self.title)),
            ("archivedAt", value(&|| serde_json::to_value(self.archived_at))),
            ("run", value(&|| serde_json::to_value(&self.run))),
            ("history", value(&|| serde_json::to_value(&self.history))),
        ];
        members.iter().for_each(|(name, value)| member(&mut text, 0, name, value));
        text
    }

    /// Reads a file that [`Archive::to_yaml`] wrote.
    ///
    /// # Errors
    /// What is wrong with it, in words that quote no value.
    pub fn parse(text: &str) -> Result<Archive, String> {
        let options = serde_saphyr::options! {
            with_snippet: false,
            strict_booleans: true,
            budget: serde_saphyr::budget! {
                max_anchors: 0,
                max_aliases: 0,
                max_documents: 1,
                max_depth: 64,
                max_nodes: 20_000_000,
                max_events: 80_000_000,
                max_total_scalar_bytes: ARCHIVE_BYTES_MAX as usize,
            },
        };
        let value: Value =
            serde_saphyr::from_str_with_options(text, options).map_err(|_| "is no YAML".to_owned())?;
        let format =
            value.get("archive").and_then(Value::as_u64).ok_or("does not say which format it has")?;
        if format > ARCHIVE_FORMAT {
            return Err(format!("has format {format}, and this program knows {ARCHIVE_FORMAT}"));
        }
        serde_json::from_value(value).map_err(|_| "does not have the form of an archive".to_owned())
    }
}

fn member(text: &mut String, indent: usize, name: &str, value: &Value) {
    let blank = " ".repeat(indent);
    let name = if is_plain(name) { name.to_owned() } else { quoted(&Value::from(name)) };
    match value {
        Value::Object(members) if members.values().any(Value::is_object) => {
            text.push_str(&format!("{blank}{name}:\n"));
            members.iter().for_each(|(name, value)| member(text, indent + 2, name, value));
        }
        Value::Array(items) if items.iter().any(|item| item.is_object() || item.is_array()) => {
            text.push_str(&format!("{blank}{name}:\n"));
            items.iter().for_each(|item| text.push_str(&format!("{blank}  - {}\n", quoted(item))));
        }
        // What is about the run as a whole has a line for each fact, too.
        Value::Object(members) if indent == 0 && !members.is_empty() => {
            text.push_str(&format!("{blank}{name}:\n"));
            members.iter().for_each(|(name, value)| member(text, indent + 2, name, value));
        }
        value => text.push_str(&format!("{blank}{name}: {}\n", quoted(value))),
    }
}

/// A value on one line, as JSON writes it but for a space behind `:` and `,`, and without the characters that YAML
/// does not take as they are.
fn quoted(value: &Value) -> String {
    match value {
        Value::Array(items) => format!("[{}]", items.iter().map(quoted).collect::<Vec<_>>().join(", ")),
        Value::Object(members) => {
            let member = |(name, value): (&String, &Value)| {
                format!("{}: {}", quoted(&Value::from(name.as_str())), quoted(value))
            };
            format!("{{{}}}", members.iter().map(member).collect::<Vec<_>>().join(", "))
        }
        scalar => {
            let mut text = String::new();
            for char in scalar.to_string().chars() {
                match char {
                    '\u{7f}'..='\u{9f}' | '\u{2028}' | '\u{2029}' | '\u{feff}' | '\u{fffe}' | '\u{ffff}' => {
                        text.push_str(&format!("\\u{:04x}", u32::from(char)));
                    }
                    char => text.push(char),
                }
            }
            text
        }
    }
}

/// Whether a name needs no quotes: a word that no YAML reader takes for anything else.
fn is_plain(name: &str) -> bool {
    let is_word = |b: u8| b.is_ascii_alphanumeric() || b == b'-' || b == b'_';
    let lower = name.to_ascii_lowercase();
    let is_special = ["true", "false", "null", "yes", "no", "on", "off", "y", "n"].contains(&lower.as_str());
    name.starts_with(|c: char| c.is_ascii_alphabetic()) && name.bytes().all(is_word) && !is_special
}
