//! Canonical JSON: one line, sorted keys, ASCII alone, so that no cut ever splits a character.

use super::emit::bare_bytes;
use serde::Serialize;
use serde_json::Value;
use serde_json::ser::{CharEscape, Formatter, Serializer};
use std::io::{self, Write};

struct Ascii;

impl Formatter for Ascii {
    fn write_string_fragment<W: ?Sized + Write>(&mut self, writer: &mut W, fragment: &str) -> io::Result<()> {
        if fragment.is_ascii() {
            return writer.write_all(fragment.as_bytes());
        }
        for character in fragment.chars() {
            if character.is_ascii() {
                writer.write_all(&[character as u8])?;
            } else {
                for unit in character.encode_utf16(&mut [0; 2]) {
                    write!(writer, "\\u{unit:04x}")?;
                }
            }
        }
        Ok(())
    }

    fn write_char_escape<W: ?Sized + Write>(&mut self, writer: &mut W, escape: CharEscape) -> io::Result<()> {
        match escape {
            CharEscape::Quote => writer.write_all(b"\\\""),
            CharEscape::ReverseSolidus => writer.write_all(b"\\\\"),
            CharEscape::Solidus => writer.write_all(b"/"),
            CharEscape::Backspace => writer.write_all(b"\\b"),
            CharEscape::FormFeed => writer.write_all(b"\\f"),
            CharEscape::LineFeed => writer.write_all(b"\\n"),
            CharEscape::CarriageReturn => writer.write_all(b"\\r"),
            CharEscape::Tab => writer.write_all(b"\\t"),
            CharEscape::AsciiControl(byte) => write!(writer, "\\u{byte:04x}"),
        }
    }
}

/// Appends `value` to `out`.
pub(crate) fn push(out: &mut Vec<u8>, value: &Value) {
    match value {
        Value::String(text) => push_text(out, text),
        Value::Array(items) => {
            out.push(b'[');
            for (at, item) in items.iter().enumerate() {
                out.extend_from_slice(if at == 0 { b"" } else { b"," });
                push(out, item);
            }
            out.push(b']');
        }
        Value::Object(members) => {
            out.push(b'{');
            for (at, (name, value)) in members.iter().enumerate() {
                out.extend_from_slice(if at == 0 { b"" } else { b"," });
                push_text(out, name);
                out.push(b':');
                push(out, value);
            }
            out.push(b'}');
        }
        Value::Null | Value::Bool(_) | Value::Number(_) => serialise(out, value),
    }
}

fn serialise<T: Serialize + ?Sized>(out: &mut Vec<u8>, value: &T) {
    value
        .serialize(&mut Serializer::with_formatter(out, Ascii))
        .expect("JSON values, strings and numbers always serialise into memory");
}

/// Appends a string, at once where nothing in it is escaped.
pub(crate) fn push_text(out: &mut Vec<u8>, text: &str) {
    if bare_bytes(text.as_bytes()) < text.len() {
        return serialise(out, text);
    }
    out.push(b'"');
    out.extend_from_slice(text.as_bytes());
    out.push(b'"');
}

/// The depth of a value: zero for a scalar, one more than its deepest member for the rest.
pub(crate) fn depth(value: &Value) -> usize {
    match value {
        Value::Array(items) => 1 + items.iter().map(depth).max().unwrap_or(0),
        Value::Object(members) => 1 + members.values().map(depth).max().unwrap_or(0),
        _ => 0,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn output_is_ascii_sorted_and_reads_back() {
        let value = json!({"z": 1, "a": "caf\u{e9} \u{1f600} \u{2028} \u{7f} \"\\/\n\u{1}", "m": {"y": 0.1, "b": null}});
        let mut out = Vec::new();
        push(&mut out, &value);
        let text = std::str::from_utf8(&out).unwrap();
        assert!(text.is_ascii() && !text.contains('\n'));
        assert!(text.find("\"a\"").unwrap() < text.find("\"m\"").unwrap());
        assert!(text.find("\"b\"").unwrap() < text.find("\"y\"").unwrap());
        assert_eq!(serde_json::from_str::<Value>(text).unwrap(), value);
        let mut serialised = Vec::new();
        serialise(&mut serialised, &value);
        assert_eq!(out, serialised);
    }

    #[test]
    fn a_string_by_itself_is_written_as_within_a_value() {
        for text in ["", "/steps/build", "a \"b\" \\ ~", "caf\u{e9}", "\u{7f}", "\n", "\u{1f600}"] {
            let (mut alone, mut within) = (Vec::new(), Vec::new());
            push_text(&mut alone, text);
            serialise(&mut within, &json!(text));
            assert_eq!(alone, within, "{text:?}");
        }
    }

    #[test]
    fn doubles_survive() {
        // One of the doubles that come back changed without serde_json's `float_roundtrip`.
        let value = json!(965_007.496_088_636_1_f64);
        let mut out = Vec::new();
        push(&mut out, &value);
        assert_eq!(serde_json::from_slice::<Value>(&out).unwrap(), value);
    }
}
