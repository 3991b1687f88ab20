//! What is written and read back, and what bytes that were changed turn out to be.

use super::*;
use crate::key::DEPTH_MAX;
use crate::model::document::{DOCUMENT_BYTES_MAX, DOCUMENT_TEXT_BYTES_MAX};
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
fn damage_is_told_with_its_line() {
    let text = rendered(json!({"a": "old"}));
    let at = text.find("old").unwrap();
    let with = |byte: u8| {
        let mut bytes = text.clone().into_bytes();
        bytes[at] = byte;
        bytes
    };
    assert_eq!(text.lines().position(|line| line == "a: old"), Some(7), "it is the eighth line");
    assert_eq!(parse(&with(0)), Parsed::Lost("line 8 holds zeros in place of text".to_owned()));
    assert_eq!(parse(&with(0xff)), Parsed::Damaged("line 8 is not text".to_owned()));
    let early = "line 8: the file ends early (its last line is not `...`)";
    assert_eq!(parse(&text.as_bytes()[..at]), Parsed::Damaged(early.to_owned()));
    assert_eq!(parse(b"\0"), Parsed::Lost("line 1 holds zeros in place of text".to_owned()));
    assert_eq!(parse(b" \r\n"), Parsed::Lost("the file is empty".to_owned()));
}

#[test]
fn a_checksum_and_an_end_are_seen_whatever_is_between() {
    let text = rendered(json!({"a": "old"}));
    let lines = &text[text.find("schemaVersion").unwrap()..];
    assert_eq!(with_checksum(lines.as_bytes()), text.as_bytes());
    for (bytes, is_proven, is_ended) in [
        (text.as_bytes(), true, true),
        (text.replace('\n', "\r\n").as_bytes(), true, true),
        (text.replace("old", "new").as_bytes(), false, true),
        (&text.as_bytes()[..text.len() - 1], false, false),
        (&with_checksum(b"zzz: {\n"), true, false),
        (b"zzz: {\r\n...\r\n", false, true),
        (b"...\n", false, true),
        (b"", false, false),
        (b"\xff", false, false),
    ] {
        assert_eq!(
            (proves_itself(bytes), is_whole(bytes)),
            (is_proven, is_ended),
            "{}",
            bytes.escape_ascii()
        );
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

#[test]
fn no_budget_refuses_what_is_written() {
    // The YAML library stops at 250,000 nodes unless it is told otherwise.
    let flat: serde_json::Map<String, Value> =
        (0..300_000).map(|number| (format!("k{number}"), Value::from(number))).collect();
    let lists: Value = (0..300).map(|_| json!((0..1_000).collect::<Vec<_>>())).collect();
    let state = state(json!({ "flat": flat, "lists": [lists], "deep": {"x": {"y": {"z": 1}}} }));
    let (bytes, id, content) = render(&state);
    let expected = Parsed::Sound(id, state, content);
    assert!(parse_written(&bytes).as_ref() == Some(&expected), "the exact reader");
    assert!(parse_any(&bytes) == expected, "the YAML reader");
}

#[test]
fn no_document_outgrows_the_file_that_is_read() {
    let within = |levels: usize, inner: Value| {
        (0..levels)
            .fold(inner, |inner, level| if level % 2 == 0 { json!([inner]) } else { json!({ "": inner }) })
    };
    let deepest = DEPTH_MAX - 2;
    let times = DOCUMENT_TEXT_BYTES_MAX / DOCUMENT_BYTES_MAX as u64;
    let empty: Value = (0..1_000).map(|_| json!("")).chain([json!([[]])]).collect();
    let names: serde_json::Map<String, Value> = (0..26_u8)
        .map(|at| (char::from(b'a' + at).to_string(), json!("")))
        .chain([("x".to_owned(), json!([[]]))])
        .collect();
    for inner in
        [empty, Value::Object(names), json!("\u{1}".repeat(10_000)), json!({"\u{1}".repeat(160): [[]]})]
    {
        let inner: Value = (0..100).map(|_| inner.clone()).collect();
        let state = state(json!({ "a": within(deepest - 4, inner) }));
        let (bytes, limit) = (render(&state).0.len() as u64, times * state.document.bytes() as u64 + 4096);
        assert!(bytes <= limit, "{bytes} bytes for a document of {}", state.document.bytes());
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
        let expected = Parsed::Sound(id, state, content);
        let exactly = parse_written(&bytes);
        prop_assert_eq!(exactly.as_ref(), Some(&expected), "the exact reader");
        prop_assert_eq!(parse_any(&bytes), expected, "the YAML reader");
    }

    #[test]
    fn what_the_exact_reader_takes_the_yaml_reader_takes_too(
        members in prop::collection::btree_map("[a-z]{1,8}x", values(), 0..3),
        changes in prop::collection::vec((any::<prop::sample::Index>(), "[-a-z0-9.:,\"\\\\{}\\[\\] \n\u{e9}]{0,2}"), 1..4),
    ) {
        let text = rendered(Value::Object(members.into_iter().collect()));
        let mut lines = text.split_once("schemaVersion").unwrap().1.to_owned();
        for (at, other) in changes {
            let places: Vec<usize> = (0..lines.len()).filter(|at| lines.is_char_boundary(*at)).collect();
            let at = *at.get(&places);
            let end = at + lines[at..].chars().next().map_or(0, char::len_utf8);
            lines.replace_range(at..end, &other);
        }
        let bytes = with_checksum(format!("schemaVersion{lines}").as_bytes());
        if let Some(exactly) = parse_written(&bytes) {
            prop_assert_eq!(exactly, parse_any(&bytes));
        }
    }

    #[test]
    fn no_bytes_make_the_reader_panic(bytes in prop::collection::vec(any::<u8>(), 0..400)) {
        prop_assert!(!matches!(parse(&bytes), Parsed::Sound(..)));
    }
}
