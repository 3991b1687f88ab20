//! What the exact reader takes and refuses, one by one; with the YAML reader it is compared where that is.

use super::*;
use serde_json::{Value, json};

fn body(document: &str) -> String {
    format!("schemaVersion: \"1.0.0\"\nlsn: 42\nlastModified: \"2026-11-22T09:58:12.480Z\"\n{document}...\n")
}

fn document(text: &str) -> Option<Value> {
    read(&body(text)).map(|read| Value::from(read.state.document.root()))
}

#[test]
fn lines_of_the_emitter_are_read() {
    for (text, expected) in [
        ("", json!({})),
        ("a: word\nb: \"two words\"\nc: -5\n", json!({"a": "word", "b": "two words", "c": -5})),
        ("a: 1.0e+300\nb: -0.0\n", json!({"a": 1e300, "b": -0.0})),
        ("\"\": null\na: true\nb: {}\nc: []\n", json!({"": null, "a": true, "b": {}, "c": []})),
        ("a: {\"b\": [], \"c\": {}}\n", json!({"a": {"b": [], "c": {}}})),
        (
            "a:\n  - 1\n  - [2, \"x\"]\n  -\n    b: [{}]\n    c:\n      - {\"d\": 1}\n",
            json!({"a": [1, [2, "x"], {"b": [{}], "c": [{"d": 1}]}]}),
        ),
        ("a: \"\\u0000\\u2028\\\\ \u{e9}\\n\"\n", json!({"a": "\0\u{2028}\\ \u{e9}\n"})),
        ("a: \"\\\"\\r\\t\"\nb: \"\\t\u{e9}\\r\"\n", json!({"a": "\"\r\t", "b": "\t\u{e9}\r"})),
    ] {
        let found = read(&body(text)).unwrap().state.document;
        assert_eq!(Value::from(found.root()), expected, "{text}");
        assert_eq!(found.bytes(), Document::from_value(expected).unwrap().bytes(), "{text}");
    }
}

/// Lines that the emitter never writes, whether a YAML reader takes them or not.
const OTHERS: &[&str] = &[
    "a:1\n",
    "a:  1\n",
    "a: 1 \n",
    " a: 1\n",
    "a: 1\n\n",
    "a: 1\r\n",
    "# a\n",
    "a: 1 # one\n",
    "a: 'x'\n",
    "a: |\n  x\n",
    "a: &x 1\n",
    "a: *x\n",
    "a: !!str x\n",
    "? a\n: 1\n",
    "b: 1\na: 1\n",
    "a: 1\na: 1\n",
    "a:\n",
    "a:\nb: 1\n",
    "a:\n    b: [[]]\n",
    "a:\n  b: [[]]\n   c: 1\n",
    "a:\n  - [[]]\n   - 1\n",
    "a:\n  - [[]]\n  b: 1\n",
    "a: 1\n  b: 1\n",
    "a:\n - [[1]]\n",
    "a: {\"b\": 1,\"c\": 2}\n",
    "a: {\"b\":1}\n",
    "a: {b: 1}\n",
    "a: [1, 2,]\n",
    "a: [ 1]\n",
    "a: [[1]]\n",
    "a: {\"b\": {\"c\": 1}}\n",
    "a: [word]\n",
    "a: yes\n",
    "a: True\n",
    "a: ~\n",
    "a: \n",
    "a: 01\n",
    "a: -0\n",
    "a: +1\n",
    "a: 1e5\n",
    "a: 1.e+5\n",
    "a: .5\n",
    "a: 1.0e5\n",
    "a: 1.0e+999\n",
    "a: 18446744073709551616\n",
    "a: 0x1\n",
    "a: -9223372036854775809\n",
    "a: \"x\n",
    "a: \"\t\"\n",
    "a: \"\u{85}\"\n",
    "a: \"\u{2028}\"\n",
    "a: \"\\u0041\"\n",
    "a: \"\\ud800\"\n",
    "a: \"\\u000A\"\n",
    "a: \"\\x41\"\n",
    "a: \"\\/\"\n",
    "a: b: c\n",
    "a b: 1\n",
    "-: 1\n",
    "- 1\n",
    "null: 1\n",
    "lsn: 5\n",
    "checksum: x\n",
    "zz: 1\n...\n",
    "---\n",
    "a: word with spaces\n",
    "\u{e9}: 1\n",
];

#[test]
fn lines_that_are_never_written_are_refused() {
    for text in OTHERS {
        assert_eq!(document(text), None, "{text:?}");
    }
}

#[test]
fn long_names_and_other_heads_are_refused() {
    let longest = "k".repeat(NAME_BYTES_MAX - 2);
    assert_eq!(document(&format!("\"{longest}\": 1\n")), Some(json!({ longest.clone(): 1 })));
    assert_eq!(
        document(&format!("a: {{\"{longest}\": 1}}\n")),
        Some(json!({ "a": { longest: 1 } })),
        "quotes included, it is as long as a name may be"
    );
    let long = "k".repeat(NAME_BYTES_MAX - 1);
    assert_eq!(document(&format!("\"{long}\": 1\n")), None);
    assert_eq!(document(&format!("a: {{\"{long}\": 1}}\n")), None);
    assert_eq!(read(&body("").replace("1.0.0", "2.0.0")).map(|_| ()), None);
    assert_eq!(read(&body("").replace("42", "042")).map(|_| ()), None);
    assert_eq!(read(&body("").replace("42", "9007199254740993")).map(|_| ()), None);
    assert_eq!(read(&format!("{}x", body(""))).map(|_| ()), None);
}

#[test]
fn no_cut_and_no_changed_byte_makes_it_panic() {
    let text = body("a: \"\\u0000\u{e9}\"\nb:\n  - {\"c\": [1.5e+7], \"d\": -1}\n  - word\n")
        .replace("[1.5e+7]", "1.5e+7");
    assert!(read(&text).is_some());
    for at in 0..text.len() {
        if let Some(cut) = text.get(..at) {
            assert!(read(cut).is_none(), "cut at {at}");
        }
        for byte in 0..=127_u8 {
            let mut bytes = text.clone().into_bytes();
            bytes[at] = byte;
            if let Ok(changed) = std::str::from_utf8(&bytes) {
                let _ = read(changed);
            }
        }
    }
}

#[test]
fn depth_is_bounded() {
    let nested = |levels: usize| {
        let blocks: String = (0..levels).map(|level| format!("{:1$}a:\n", "", 2 * level)).collect();
        document(&format!("{blocks}{:1$}a: 1\n", "", 2 * levels))
    };
    assert!(nested(DEPTH_MAX - 1).is_some());
    assert!(nested(DEPTH_MAX).is_none());
    assert!(nested(5_000).is_none(), "and without a stack that deep");
    let listed = |levels: usize| {
        let blocks: String = (1..levels).map(|level| format!("{:1$}-\n", "", 2 * level)).collect();
        document(&format!("a:\n{blocks}{:1$}- 1\n", "", 2 * levels))
    };
    let within = |levels: usize| (0..levels).fold(json!(1), |inner, _| json!([inner]));
    assert_eq!(listed(DEPTH_MAX - 1), Some(json!({ "a": within(DEPTH_MAX - 1) })));
    assert!(listed(DEPTH_MAX).is_none());
    assert!(listed(5_000).is_none(), "and without a stack that deep");
}
