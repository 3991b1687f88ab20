//! `state.yaml` as bytes: header, checksum and document, and what bytes claiming to be that turn out to be.

use super::document::{Document, Node};
use super::draft::RESERVED_NAMES;
use super::emit::{flow, member, quoted};
use super::line::Crc;
use super::record::{LSN_MAX, StateId};
use crate::env::Timestamp;
use crate::planted::{self, Bug};
use crate::report::Lsn;
use crate::schema::Schema;
use serde_json::Value;
use std::borrow::Cow;
use std::fmt::Write;

/// The newest major version of a schema that can be read.
pub(crate) const SCHEMA_MAJOR: u32 = 1;

const HEADER: &str = "\
# The state of this project's checklists. `checklist status` shows it, `checklist done` changes it.
# If you edit it by hand, take the edit in with `checklist adopt`; `checklist restore` undoes it.
";

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
    let mut body = String::new();
    let mut head = |name: &str, value: &str| {
        let _ = writeln!(body, "{name}: {value}");
    };
    head("schemaVersion", &quoted(&state.schema.to_string()));
    head("lsn", &state.lsn.to_string());
    head("lastModified", &quoted(&state.modified.to_string()));
    if let Some(LastRecovery { when, cause, method, data_loss }) = &state.recovery {
        let line = serde_json::json!({
            "lastRecovery": when.to_string(), "cause": cause, "method": method, "dataLoss": data_loss
        });
        head("recovery", &flow(&Node::from(line)));
    }
    for (name, node) in state.document.members() {
        member(&mut body, 0, name, node);
    }
    body.push_str(END);
    let checksum = Crc::of(body.as_bytes());
    let content = content_of(&body);
    let bytes = format!("{HEADER}checksum: crc32c:{checksum}\n{body}").into_bytes();
    (bytes, StateId { lsn: state.lsn, checksum }, content)
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

/// Whether the checksum in the bytes is that of the bytes, whatever they say: what does not is never `Sound`.
#[cfg(feature = "fuzzing")]
pub(crate) fn proves_itself(bytes: &[u8]) -> bool {
    std::str::from_utf8(&normal(bytes)).is_ok_and(|text| proven(text).is_some())
}

/// Reads bytes that claim to be `state.yaml`.
pub(crate) fn parse(bytes: &[u8]) -> Parsed {
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

/// Whether bytes reach to the last line of a state, readable or not.
pub(crate) fn is_whole(bytes: &[u8]) -> bool {
    bytes.ends_with(END.as_bytes())
}

/// The checksum and what it covers, if it is that of what it covers.
fn proven(text: &str) -> Option<(Crc, &str)> {
    let is_proven = |(checksum, body): &(Crc, &str)| {
        *checksum == Crc::of(body.as_bytes()) || planted::is(Bug::SkipStateChecksum)
    };
    claimed_checksum(text).filter(is_proven)
}

/// The checksum line, which must follow the first comments, and everything below it.
fn claimed_checksum(text: &str) -> Option<(Crc, &str)> {
    let mut rest = text;
    while rest.starts_with('#') {
        rest = rest.split_once('\n')?.1;
    }
    let (line, body) = rest.split_once('\n')?;
    Some((Crc::parse(line.strip_prefix("checksum: crc32c:")?)?, body))
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
mod tests {
    use super::*;
    use proptest::prelude::*;
    use serde_json::json;

    fn state(document: Value) -> State {
        let recovery = LastRecovery {
            when: Timestamp::from_millis(5),
            cause: "crash".to_owned(),
            method: "redo".to_owned(),
            data_loss: false,
        };
        State {
            schema: Schema::FIRST,
            lsn: Lsn(42),
            modified: Timestamp::from_millis(1_700_000_000_123),
            recovery: Some(recovery),
            document: Document::from_value(document).unwrap(),
        }
    }

    fn rendered(document: Value) -> String {
        String::from_utf8(render(&state(document)).0).unwrap()
    }

    #[test]
    fn one_step_is_one_line() {
        let text = rendered(json!({
            "activeInstance": "r1",
            "instances": {"r1": {"status": "active", "steps": {"a": {"status": "done"}, "b": {"list": [{"x": 1}]}}}},
        }));
        let body = text.split_once("dataLoss").unwrap().1.split_once('\n').unwrap().1;
        let expected = "activeInstance: r1\ninstances:\n  r1:\n    status: active\n    steps:\n      \
                        a: {\"status\": \"done\"}\n      b:\n        list:\n          - {\"x\": 1}\n...\n";
        assert_eq!(body, expected);
    }

    #[test]
    fn an_edit_a_cut_and_a_newer_schema_are_told_apart() {
        let text = rendered(json!({"a": "old", "b": {"c": 1}}));
        let sound = |text: &str| matches!(parse(text.as_bytes()), Parsed::Sound(..));
        assert!(sound(&text));
        assert!(sound(&text.replace('\n', "\r\n")), "line ends of another system are no edit");
        assert!(matches!(parse(text.replace("old", "new").as_bytes()), Parsed::Edited(..)));
        assert!(matches!(parse(text.replace("lsn: 42", "lsn: 43").as_bytes()), Parsed::Edited(..)));
        assert!(matches!(parse(text.replace("1.0.0", "2.0.0").as_bytes()), Parsed::Newer(_)));
        assert!(matches!(parse(text.replace("b: {", "b: [").as_bytes()), Parsed::Damaged(_)));
        for len in 0..text.len() {
            let cut = parse(&text.as_bytes()[..len]);
            assert!(matches!(cut, Parsed::Damaged(_) | Parsed::Lost(_)), "cut at {len}");
        }
        for len in 0..text.len() {
            let mut zeros = text.clone().into_bytes();
            zeros[len..].fill(0);
            assert!(matches!(parse(&zeros), Parsed::Lost(_)), "zeros from {len}");
        }
    }

    #[test]
    fn a_header_of_another_form_is_damage_and_no_panic() {
        let text = rendered(json!({"a": 1}));
        let line = text.lines().find(|line| line.starts_with("recovery:")).unwrap();
        for other in ["recovery: done", "recovery: 5", "recovery: []", "recovery: {\"cause\": 1}"] {
            assert!(matches!(parse(text.replace(line, other).as_bytes()), Parsed::Damaged(_)), "{other}");
        }
    }

    #[test]
    fn strings_that_look_like_other_things_stay_strings() {
        for text in [
            "no",
            "y",
            "1e3",
            "0o14",
            "1_000",
            "12:30:45",
            "2026-11-22",
            "<<",
            "=",
            "~",
            "",
            "NULL",
            "a: b",
            "# x",
            "\0\u{1}\u{7f}\u{85}\u{2028}\u{feff}\r\n\t",
            "\u{1f600}",
            "01E5",
            "- a",
            "true",
            "1.0.0",
        ] {
            let document = json!({"value": text, "nested": {text: [text]}});
            match parse(render(&state(document.clone())).0.as_slice()) {
                Parsed::Sound(_, found, _) => assert_eq!(Value::from(found.document.root()), document),
                other => panic!("{text:?}: {other:?}"),
            }
        }
    }

    fn values() -> impl Strategy<Value = Value> {
        let leaf = prop_oneof![
            Just(Value::Null),
            any::<bool>().prop_map(Value::from),
            any::<i64>().prop_map(Value::from),
            any::<u64>().prop_map(Value::from),
            any::<f64>().prop_map(Value::from),
            any::<String>().prop_map(Value::from),
        ];
        leaf.prop_recursive(4, 64, 6, |inner| {
            prop_oneof![
                prop::collection::vec(inner.clone(), 0..6).prop_map(Value::from),
                prop::collection::btree_map(any::<String>(), inner, 0..6)
                    .prop_map(|members| Value::Object(members.into_iter().collect())),
            ]
        })
    }

    proptest! {
        #[test]
        fn every_document_reads_back(members in prop::collection::btree_map("[a-z]{1,8}x", values(), 0..5)) {
            let state = state(Value::Object(members.into_iter().collect()));
            let (bytes, id, content) = render(&state);
            prop_assert_eq!(parse(&bytes), Parsed::Sound(id, state, content));
        }

        #[test]
        fn no_bytes_make_the_reader_panic(bytes in prop::collection::vec(any::<u8>(), 0..400)) {
            prop_assert!(!matches!(parse(&bytes), Parsed::Sound(..)));
        }
    }
}
