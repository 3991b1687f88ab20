//! What stands on one line of the YAML that is emitted: a word, or a JSON value.
//!
//! Strings are quoted as JSON does, with non-printing characters escaped (YAML 1.2.2 section 5.1), unless they are plain
//! words.

use super::document::Node;
use serde_json::{Number, Value};
use std::io::Write;

/// Whether a node is a scalar or an empty container: what holds nothing else is one line.
pub(super) fn is_leaf(node: &Node) -> bool {
    match node {
        Node::Array(items) => items.is_empty(),
        Node::Object(members) => members.is_empty(),
        _ => true,
    }
}

pub(super) fn flow(out: &mut Vec<u8>, node: &Node) {
    let separate = |out: &mut Vec<u8>, at: usize| {
        if at > 0 {
            out.extend_from_slice(b", ");
        }
    };
    match node {
        Node::Null => out.extend_from_slice(b"null"),
        Node::Bool(is) => out.extend_from_slice(if *is { b"true" } else { b"false" }),
        Node::Number(number) => self::number(out, number),
        Node::Text(text) => quoted(out, text.as_str()),
        Node::Array(items) => {
            out.push(b'[');
            for (at, item) in items.iter().enumerate() {
                separate(out, at);
                flow(out, item);
            }
            out.push(b']');
        }
        Node::Object(members) => {
            out.push(b'{');
            for (at, (name, node)) in members.iter().enumerate() {
                separate(out, at);
                flow_member(out, name.as_str(), node);
            }
            out.push(b'}');
        }
    }
}

/// A member of an object that stands on one line.
pub(super) fn flow_member(out: &mut Vec<u8>, name: &str, node: &Node) {
    quoted(out, name);
    out.extend_from_slice(b": ");
    flow(out, node);
}

pub(super) fn spaces(out: &mut Vec<u8>, count: usize) {
    out.resize(out.len() + count, b' ');
}

/// A double has a point and a signed exponent, which YAML 1.1 readers need to see a number.
fn number(out: &mut Vec<u8>, number: &Number) {
    let start = out.len();
    write!(out, "{number}").expect("memory takes it");
    let Some(at) = out[start..].iter().position(|byte| *byte == b'e').filter(|_| number.is_f64()) else {
        return;
    };
    let exponent = out.split_off(start + at + 1);
    if !out[start..].contains(&b'.') {
        out.truncate(start + at);
        out.extend_from_slice(b".0e");
    }
    if !exponent.starts_with(b"-") && !exponent.starts_with(b"+") {
        out.push(b'+');
    }
    out.extend_from_slice(&exponent);
}

/// A string as a plain word if every YAML reader takes it for that very string, else quoted.
pub(super) fn word(out: &mut Vec<u8>, text: &str) {
    if is_plain(text) {
        out.extend_from_slice(text.as_bytes());
    } else {
        quoted(out, text);
    }
}

/// The longest string that is written plain.
const PLAIN_BYTES_MAX: usize = 64;

/// Whether every YAML reader takes the bare text for that very string.
pub(super) fn is_plain(text: &str) -> bool {
    const NOT_STRINGS: [&str; 9] = ["true", "false", "null", "yes", "no", "on", "off", "y", "n"];
    text.len() <= PLAIN_BYTES_MAX
        && text.starts_with(|first: char| first.is_ascii_alphabetic())
        && text.bytes().all(is_plain_byte)
        && (text.len() > 5 || !NOT_STRINGS.iter().any(|reserved| text.eq_ignore_ascii_case(reserved)))
}

pub(super) fn is_plain_byte(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'-' | b'.' | b'/')
}

/// How many bytes stand between quotes as they are, to the first that may not. Those above ASCII may not
/// either: what they say has to be looked at.
pub(super) fn bare_bytes(bytes: &[u8]) -> usize {
    let is_other = |byte: u8| !(0x20..0x7f).contains(&byte) || byte == b'"' || byte == b'\\';
    let (blocks, _) = bytes.as_chunks::<16>();
    // Without a branch for each byte, so that a block is a few instructions.
    let is_bare = |block: &&[u8; 16]| !block.iter().fold(false, |found, byte| found | is_other(*byte));
    let start = 16 * blocks.iter().take_while(is_bare).count();
    let rest = &bytes[start..];
    start + rest.iter().position(|byte| is_other(*byte)).unwrap_or(rest.len())
}

/// Whether a character is escaped: it does not print, or YAML 1.1 takes it for the end of a line.
pub(super) fn is_escaped(character: char) -> bool {
    matches!(
        character,
        '"' | '\\'
            | '\0'..='\u{1f}'
            | '\u{7f}'..='\u{9f}'
            | '\u{2028}'
            | '\u{2029}'
            | '\u{feff}'
            | '\u{fffe}'
            | '\u{ffff}'
    )
}

pub(super) fn quoted(out: &mut Vec<u8>, text: &str) {
    out.push(b'"');
    let mut rest = text;
    loop {
        let (bare, other) = rest.split_at(bare_bytes(rest.as_bytes()));
        out.extend_from_slice(bare.as_bytes());
        // To the next ASCII character that stands as it is: text of another script in one go.
        let len = other.find(|character: char| (' '..='~').contains(&character) && !is_escaped(character));
        let (other, after) = other.split_at(len.unwrap_or(other.len()));
        other.chars().for_each(|character| escaped(out, character));
        if after.is_empty() {
            break;
        }
        rest = after;
    }
    out.push(b'"');
}

/// A character as it stands between quotes.
fn escaped(out: &mut Vec<u8>, character: char) {
    match character {
        '"' => out.extend_from_slice(b"\\\""),
        '\\' => out.extend_from_slice(b"\\\\"),
        '\n' => out.extend_from_slice(b"\\n"),
        '\r' => out.extend_from_slice(b"\\r"),
        '\t' => out.extend_from_slice(b"\\t"),
        other if is_escaped(other) => {
            write!(out, "\\u{:04x}", other as u32).expect("memory takes it");
        }
        other => out.extend_from_slice(other.encode_utf8(&mut [0; 4]).as_bytes()),
    }
}

/// What a byte of a string takes in the file at most: `\u0001`.
const ESCAPED_BYTES_MAX: usize = 6;

/// Whether a name takes at most so many bytes in the file.
pub(super) fn is_name_within(name: &str, bytes_max: usize) -> bool {
    if ESCAPED_BYTES_MAX * name.len() + 2 <= bytes_max {
        return true;
    }
    let mut out = Vec::with_capacity(name.len() + 2);
    quoted(&mut out, name);
    out.len() <= bytes_max
}

/// The same of every name within a value.
pub(super) fn are_names_within(value: &Value, bytes_max: usize) -> bool {
    match value {
        Value::Array(items) => items.iter().all(|item| are_names_within(item, bytes_max)),
        Value::Object(members) => members
            .iter()
            .all(|(name, value)| is_name_within(name, bytes_max) && are_names_within(value, bytes_max)),
        _ => true,
    }
}
