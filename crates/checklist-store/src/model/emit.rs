//! The YAML emitter: one fixed style, of which every line is either a block key or a JSON value.
//!
//! Objects of scalars are one JSON flow mapping on one line (which is YAML), deeper ones are block
//! mappings: a change of one step is a change of one line. Strings are quoted as JSON does, with
//! non-printing characters escaped (YAML 1.2.2 section 5.1), unless they are plain words.

use super::document::Node;
use serde_json::Value;
use std::fmt::Write;

pub(super) fn member(out: &mut String, indent: usize, name: &str, node: &Node) {
    let _ = write!(out, "{:indent$}{}:", "", word(name));
    below(out, indent, node);
}

/// What follows `name:` or `-`: a value on the same line, or a block on the next ones.
fn below(out: &mut String, indent: usize, node: &Node) {
    if is_one_line(node) {
        let _ = writeln!(out, " {}", if let Node::Scalar(value) = node { scalar(value) } else { flow(node) });
        return;
    }
    out.push('\n');
    match node {
        Node::Object(members) => members.iter().for_each(|(name, node)| member(out, indent + 2, name, node)),
        Node::Array(items) => items.iter().for_each(|item| {
            let _ = write!(out, "{:width$}-", "", width = indent + 2);
            below(out, indent + 2, item);
        }),
        Node::Scalar(_) => {}
    }
}

/// Whether a node holds nothing but scalars and empty containers.
fn is_one_line(node: &Node) -> bool {
    let is_leaf = |node: &Node| match node {
        Node::Scalar(_) => true,
        Node::Array(items) => items.is_empty(),
        Node::Object(members) => members.is_empty(),
    };
    match node {
        Node::Scalar(_) => true,
        Node::Array(items) => items.iter().all(is_leaf),
        Node::Object(members) => members.values().all(is_leaf),
    }
}

pub(super) fn flow(node: &Node) -> String {
    let joined = |items: Vec<String>| items.join(", ");
    match node {
        Node::Scalar(Value::String(text)) => quoted(text),
        Node::Scalar(value) => scalar(value),
        Node::Array(items) => format!("[{}]", joined(items.iter().map(flow).collect())),
        Node::Object(members) => {
            let pair =
                |(name, node): (&std::sync::Arc<str>, &Node)| format!("{}: {}", quoted(name), flow(node));
            format!("{{{}}}", joined(members.iter().map(pair).collect()))
        }
    }
}

fn scalar(value: &Value) -> String {
    match value {
        Value::String(text) => word(text),
        Value::Number(number) if number.is_f64() => double(&number.to_string()),
        other => other.to_string(),
    }
}

/// A double with a point and a signed exponent, which YAML 1.1 readers need to see a number.
fn double(text: &str) -> String {
    let Some((mantissa, exponent)) = text.split_once('e') else { return text.to_owned() };
    let point = if mantissa.contains('.') { "" } else { ".0" };
    let sign = if exponent.starts_with(['-', '+']) { "" } else { "+" };
    format!("{mantissa}{point}e{sign}{exponent}")
}

/// A string as a plain word if every YAML reader takes it for that very string, else quoted.
fn word(text: &str) -> String {
    const NOT_STRINGS: [&str; 9] = ["true", "false", "null", "yes", "no", "on", "off", "y", "n"];
    let is_plain = text.len() <= 64
        && text.starts_with(|first: char| first.is_ascii_alphabetic())
        && text.bytes().all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'-' | b'.' | b'/'))
        && !NOT_STRINGS.iter().any(|reserved| text.eq_ignore_ascii_case(reserved));
    if is_plain { text.to_owned() } else { quoted(text) }
}

pub(super) fn quoted(text: &str) -> String {
    let mut out = String::with_capacity(text.len() + 2);
    out.push('"');
    for character in text.chars() {
        match character {
            '"' => out.push_str("\\\""),
            '\\' => out.push_str("\\\\"),
            '\n' => out.push_str("\\n"),
            '\r' => out.push_str("\\r"),
            '\t' => out.push_str("\\t"),
            '\0'..='\u{1f}'
            | '\u{7f}'..='\u{9f}'
            | '\u{2028}'
            | '\u{2029}'
            | '\u{feff}'
            | '\u{fffe}'
            | '\u{ffff}' => {
                let _ = write!(out, "\\u{:04x}", character as u32);
            }
            other => out.push(other),
        }
    }
    out.push('"');
    out
}

/// How many bytes a name takes in the file.
pub(super) fn name_bytes(name: &str) -> usize {
    quoted(name).len()
}

/// The most bytes that a name within a value takes.
pub(super) fn longest_name_bytes(value: &Value) -> usize {
    match value {
        Value::Array(items) => items.iter().map(longest_name_bytes).max().unwrap_or(0),
        Value::Object(members) => {
            let both = members.iter().map(|(name, value)| name_bytes(name).max(longest_name_bytes(value)));
            both.max().unwrap_or(0)
        }
        _ => 0,
    }
}
