//! `state.yaml` as bytes: header, checksum and document, and what bytes claiming to be that turn out to be.

use super::crc::Crc;
use super::document::{Document, Node};
use super::draft::RESERVED_NAMES;
use super::emit::{flow, quoted};
use super::exact::{self, Read};
use super::record::{LSN_MAX, StateId};
use super::rendered::Rendered;
use crate::env::Timestamp;
use crate::planted::{self, Bug};
use crate::report::Lsn;
use crate::schema::Schema;
use serde_json::Value;
use std::borrow::Cow;

/// The newest major version of a schema that can be read.
pub(crate) const SCHEMA_MAJOR: u32 = 1;

const HEADER: &str = "\
# The state of this project's checklists. `checklist status` shows it, `checklist done` changes it.
# If you edit it by hand, take the edit in with `checklist adopt`; `checklist restore` undoes it.
";

/// What stands before the digits of the checksum.
const CHECKSUM: &str = "checksum: crc32c:";

/// The last line: a file without it was cut off.
const END: &str = "...\n";

/// What the newest recovery did, kept in the state so that it can be told later.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct LastRecovery {
    pub(crate) when: Timestamp,
    pub(crate) cause: String,
    pub(crate) method: String,
    pub(crate) data_loss: bool,
}

/// Everything `state.yaml` holds.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct State {
    pub(crate) schema: Schema,
    pub(crate) lsn: Lsn,
    pub(crate) modified: Timestamp,
    pub(crate) recovery: Option<LastRecovery>,
    pub(crate) document: Document,
}

/// What bytes claiming to be `state.yaml` turned out to be.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Parsed {
    /// Written by this program and unchanged since; with the CRC of the document alone.
    Sound(StateId, State, Crc),
    /// Well-formed, but not as it was written. The identity is that of all its bytes as they are.
    Edited(StateId, State),
    /// A newer program's.
    Newer(String),
    /// Not readable, perhaps because somebody is editing it; where and why.
    Damaged(String),
    /// Empty, or holding NULs, which no editor writes: what a disk leaves of a file after a power cut.
    Lost(String),
}

/// The bytes of `state.yaml`, the identity they have, and that of the document in them.
pub(crate) fn render(state: &State) -> (Vec<u8>, StateId, Crc) {
    let (rendered, id, content) = render_next(state, None);
    (rendered.bytes, id, content)
}

/// The same of a state of which another version was rendered before, into the memory of that.
pub(crate) fn render_next(state: &State, before: Option<Rendered>) -> (Rendered, StateId, Crc) {
    let mut lines = [HEADER.as_bytes(), CHECKSUM.as_bytes()].concat();
    let checksum_at = lines.len();
    lines.extend_from_slice(b"00000000\n");
    let body_at = lines.len();
    head(&mut lines, state);
    let is_known = before.is_some();
    let mut rendered = Rendered::between(&lines, &state.document, END.as_bytes(), before);
    let content = rendered.content;
    let bytes = &mut rendered.bytes;
    debug_assert!(
        !is_known || render(state).0[lines.len()..] == bytes[lines.len()..],
        "what is taken over is what would have been written"
    );
    debug_assert_eq!(content, Crc::of(&bytes[lines.len()..]), "and so is its checksum");
    let checksum = Crc::of(&lines[body_at..]).and(content, bytes.len() - lines.len());
    bytes[checksum_at..checksum_at + 8].copy_from_slice(checksum.to_string().as_bytes());
    (rendered, StateId { lsn: state.lsn, checksum }, content)
}

/// The lines below the checksum that belong to the file.
fn head(out: &mut Vec<u8>, state: &State) {
    let mut line = |name: &str, value: &dyn Fn(&mut Vec<u8>)| {
        out.extend_from_slice(name.as_bytes());
        out.extend_from_slice(b": ");
        value(out);
        out.push(b'\n');
    };
    line("schemaVersion", &|out| quoted(out, &state.schema.to_string()));
    line("lsn", &|out| out.extend_from_slice(state.lsn.to_string().as_bytes()));
    line("lastModified", &|out| quoted(out, &state.modified.to_string()));
    if let Some(LastRecovery { when, cause, method, data_loss }) = &state.recovery {
        let value = serde_json::json!({
            "lastRecovery": when.to_string(), "cause": cause, "method": method, "dataLoss": data_loss
        });
        line("recovery", &|out| flow(out, &Node::from(&value)));
    }
}

/// The CRC of the document alone, as it stands below the names that belong to the file.
fn content_of(body: &str) -> Crc {
    let is_head = |line: &str| {
        RESERVED_NAMES.iter().any(|name| line.strip_prefix(name).is_some_and(|rest| rest.starts_with(':')))
    };
    let head: usize = body.split_inclusive('\n').take_while(|line| is_head(line)).map(str::len).sum();
    Crc::of(&body.as_bytes()[head..])
}

/// The bytes with the line ends that this program writes: a checkout that turned them into CRLF did not change
/// the state, and a raw CR is never written.
fn normal(bytes: &[u8]) -> Cow<'_, [u8]> {
    if bytes.contains(&b'\r') {
        bytes.iter().copied().filter(|byte| *byte != b'\r').collect()
    } else {
        Cow::Borrowed(bytes)
    }
}

/// Lines below a checksum that is theirs.
#[cfg(any(test, feature = "fuzzing"))]
pub(crate) fn with_checksum(lines: &[u8]) -> Vec<u8> {
    [HEADER.as_bytes(), CHECKSUM.as_bytes(), Crc::of(lines).to_string().as_bytes(), b"\n", lines].concat()
}

/// Whether the checksum in the bytes is that of the bytes, whatever they say: what does not is never `Sound`.
#[cfg(any(test, feature = "fuzzing"))]
pub(crate) fn proves_itself(bytes: &[u8]) -> bool {
    std::str::from_utf8(&normal(bytes)).is_ok_and(|text| proven(text).is_some())
}

/// Reads bytes that claim to be `state.yaml`.
pub(crate) fn parse(bytes: &[u8]) -> Parsed {
    parse_written(bytes).unwrap_or_else(|| parse_any(bytes))
}

/// Reads what this program wrote and nothing changed since: the exact reader's lines under their checksum.
pub(crate) fn parse_written(bytes: &[u8]) -> Option<Parsed> {
    let (claimed, body) = claimed_checksum(std::str::from_utf8(bytes).ok()?)?;
    let is_plain = |byte: &u8| matches!(byte, b'\n' | b' '..=b'~');
    if !bytes[..bytes.len() - body.len()].iter().all(is_plain) {
        return None;
    }
    // Read before it is proven: the checksum is that of two parts, and the reader tells where they meet.
    let Read { state, document_at } = exact::read(body)?;
    let (head, document) = body.as_bytes().split_at(document_at);
    let content = Crc::of(document);
    let checksum = Crc::of(head).and(content, document.len());
    is_proven(claimed, checksum).then_some(Parsed::Sound(
        StateId { lsn: state.lsn, checksum: claimed },
        state,
        content,
    ))
}

/// Reads any YAML, as slowly as that is.
pub(crate) fn parse_any(bytes: &[u8]) -> Parsed {
    let bytes = &*normal(bytes);
    if bytes.trim_ascii().is_empty() {
        return Parsed::Lost("the file is empty".to_owned());
    }
    if let Some(offset) = bytes.iter().position(|byte| *byte == 0) {
        return Parsed::Lost(format!("line {} holds zeros in place of text", line_of(bytes, offset)));
    }
    let text = match std::str::from_utf8(bytes) {
        Ok(text) => text,
        Err(error) => {
            return Parsed::Damaged(format!("line {} is not text", line_of(bytes, error.valid_up_to())));
        }
    };
    if !text.ends_with(END) {
        let lines = line_of(bytes, bytes.len());
        return Parsed::Damaged(format!("line {lines}: the file ends early (its last line is not `...`)"));
    }
    let state = match read(text) {
        Ok(state) => state,
        Err(Unread::Newer(version)) => return Parsed::Newer(version),
        Err(Unread::Damaged(reason)) => return Parsed::Damaged(reason),
    };
    match proven(text) {
        Some((checksum, body)) => {
            Parsed::Sound(StateId { lsn: state.lsn, checksum }, state, content_of(body))
        }
        None => Parsed::Edited(StateId { lsn: state.lsn, checksum: Crc::of(text.as_bytes()) }, state),
    }
}

/// Whether bytes reach to the last line of a state, readable or not; whatever ends their lines.
pub(crate) fn is_whole(bytes: &[u8]) -> bool {
    normal(bytes).ends_with(END.as_bytes())
}

/// The checksum and what it covers, if it is that of what it covers.
fn proven(text: &str) -> Option<(Crc, &str)> {
    claimed_checksum(text).filter(|(claimed, body)| is_proven(*claimed, Crc::of(body.as_bytes())))
}

fn is_proven(claimed: Crc, found: Crc) -> bool {
    claimed == found || planted::is(Bug::SkipStateChecksum)
}

/// The checksum line, which must follow the first comments, and everything below it.
fn claimed_checksum(text: &str) -> Option<(Crc, &str)> {
    let mut rest = text;
    while rest.starts_with('#') {
        rest = rest.split_once('\n')?.1;
    }
    let (line, body) = rest.split_once('\n')?;
    Some((Crc::parse(line.strip_prefix(CHECKSUM)?)?, body))
}

fn line_of(bytes: &[u8], offset: usize) -> usize {
    1 + bytes[..offset].iter().filter(|byte| **byte == b'\n').count()
}

enum Unread {
    Newer(String),
    Damaged(String),
}

fn read(text: &str) -> Result<State, Unread> {
    let damaged = |reason: &str| Unread::Damaged(reason.to_owned());
    let options = serde_saphyr::options! {
        strict_booleans: true,
        merge_keys: serde_saphyr::options::MergeKeyPolicy::Error,
        with_snippet: false,
        // As large as anything the emitter writes; anchors and aliases it never does.
        budget: serde_saphyr::budget! {
            max_events: usize::MAX,
            max_nodes: usize::MAX,
            max_total_scalar_bytes: usize::MAX,
            max_documents: 1,
            max_depth: 128,
            max_anchors: 0,
            max_aliases: 0,
        },
    };
    let value: Value = serde_saphyr::from_str_with_options(text, options).map_err(|error| {
        let place =
            error.location().map(|place| format!("line {}, column {}: ", place.line(), place.column()));
        Unread::Damaged(format!("{}not readable as YAML", place.unwrap_or_default()))
    })?;
    let Value::Object(mut members) = value else { return Err(damaged("it is not a mapping")) };
    members.remove("checksum");
    let Some(Value::String(version)) = members.remove("schemaVersion") else {
        return Err(damaged("`schemaVersion` is missing or not a string"));
    };
    let schema = match Schema::parse(&version) {
        Some(schema) if schema.major <= SCHEMA_MAJOR => schema,
        Some(_) => return Err(Unread::Newer(version)),
        None => return Err(damaged("`schemaVersion` is not a version of this format")),
    };
    let lsn = members
        .remove("lsn")
        .and_then(|lsn| lsn.as_u64())
        .filter(|lsn| *lsn <= LSN_MAX)
        .ok_or_else(|| damaged("`lsn` is not a number"))?;
    let moment = |value: Option<Value>| value.as_ref().and_then(Value::as_str).and_then(Timestamp::parse);
    let modified =
        moment(members.remove("lastModified")).ok_or_else(|| damaged("`lastModified` is not a time"))?;
    let recovery = match members.remove("recovery") {
        None | Some(Value::Null) => None,
        Some(value) => {
            let text = |name: &str| value.get(name).and_then(Value::as_str).map(str::to_owned);
            let when = text("lastRecovery").as_deref().and_then(Timestamp::parse);
            let fields =
                (when, text("cause"), text("method"), value.get("dataLoss").and_then(Value::as_bool));
            let (Some(when), Some(cause), Some(method), Some(data_loss)) = fields else {
                return Err(damaged("`recovery` does not have its four fields"));
            };
            Some(LastRecovery { when, cause, method, data_loss })
        }
    };
    let document =
        Document::from_value(Value::Object(members)).ok_or_else(|| damaged("it is not a mapping"))?;
    Ok(State { schema, lsn: Lsn(lsn), modified, recovery, document })
}

#[cfg(test)]
mod tests;
