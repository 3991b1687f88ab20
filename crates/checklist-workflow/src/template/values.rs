//! The scalar values of format 1, and what to say when YAML read something else than was meant.

use std::ops::Range;
use std::time::Duration;

use super::model::Condition;
use super::node::{Node, Span, Value};
use super::object::{Object, Reader};
use crate::closest::closest;
use crate::condition::{Expression, Mistake};
use crate::diagnostic::{Finding, quoted};
use crate::text;

impl<'n> Reader<'n> {
    /// A text under `key`, which must be there and may not be empty.
    pub(super) fn required_text(
        &mut self,
        object: &Object<'n>,
        key: &str,
        example: &str,
    ) -> Option<&'n Node> {
        let Some(node) = object.get(key) else {
            let help = format!("add `{key}: {example}`");
            self.error(object.span, format!("`{key}` is missing"), help);
            return None;
        };
        let text = self.text(node, key)?;
        if text.trim().is_empty() {
            self.error(
                node.span,
                format!("`{key}` is empty"),
                format!("write something like `{key}: {example}`"),
            );
            return None;
        }
        Some(node)
    }

    /// The text a node must be.
    pub(super) fn text(&mut self, node: &'n Node, key: &str) -> Option<&'n str> {
        let text = node.as_text();
        if text.is_none() {
            wrong_type(self, node, &format!("`{key}`"), "text");
        }
        text
    }

    /// A text under `key`, used as it is.
    pub(super) fn plain(&mut self, object: &Object<'n>, key: &str) -> Option<String> {
        self.text(object.get(key)?, key).map(str::to_owned)
    }

    /// A text under `key` in which the tool expands `${name}`.
    pub(super) fn expandable(&mut self, object: &Object<'n>, key: &str) -> Option<String> {
        let node = object.get(key)?;
        let text = self.text(node, key)?;
        self.expanded.push(node);
        Some(text.to_owned())
    }

    /// A text under `key` that a shell reads.
    pub(super) fn shell_text(&mut self, object: &Object<'n>, key: &str) -> Option<String> {
        let node = self.required_text(object, key, "\"echo done\"")?;
        self.shell.push(node);
        node.as_text().map(str::to_owned)
    }

    /// A condition under `key`, of the right form or reported.
    pub(super) fn condition(&mut self, object: &Object<'n>, key: &str) -> Option<Condition> {
        let node = object.get(key)?;
        let text = self.text(node, key)?;
        let span = node.span.range();
        match Expression::parse(text) {
            Ok(expression) => Some(Condition { expression, span }),
            Err(mistake) => {
                self.diagnostics.add(of_condition(self.source, &span, text, mistake));
                None
            }
        }
    }

    /// An id, legal or reported.
    pub(super) fn id(&mut self, node: &'n Node, key: &str) -> Option<&'n str> {
        let id = self.text(node, key)?;
        if text::is_id(id) {
            return Some(id);
        }
        let message = format!("{} is not a legal id", quoted(id));
        let slug = text::slug(id);
        let finding = Finding::error(node.span.range(), message)
            .help("an id has 1 to 64 of the characters a-z, 0-9 and `-`, and does not begin with `-`");
        let finding =
            if slug.is_empty() { finding } else { finding.label(format!("did you mean `{slug}`?")) };
        self.diagnostics.add(finding);
        None
    }

    /// `true` or `false` under `key`.
    pub(super) fn boolean(&mut self, object: &Object<'n>, key: &str) -> Option<bool> {
        let node = object.get(key)?;
        if let Value::Boolean(value) = node.value {
            return Some(value);
        }
        let found = found(self.source, node);
        let meant = node.as_text().and_then(boolean_word);
        let help = match meant {
            Some(value) => format!("write `{key}: {value}`"),
            None => format!("write `{key}: true` or `{key}: false`"),
        };
        self.error(node.span, format!("`{key}` must be true or false, found {found}"), help);
        None
    }

    /// One word of a fixed set.
    pub(super) fn word<T: Copy>(&mut self, object: &Object<'n>, key: &str, words: &[(&str, T)]) -> Option<T> {
        self.word_of(object.get(key)?, key, words)
    }

    /// The word a node is, of a fixed set.
    pub(super) fn word_of<T: Copy>(&mut self, node: &'n Node, key: &str, words: &[(&str, T)]) -> Option<T> {
        let text = self.text(node, key)?;
        if let Some((_, value)) = words.iter().find(|(word, _)| *word == text) {
            return Some(*value);
        }
        let all = words.iter().map(|(word, _)| *word).collect::<Vec<_>>();
        let message = format!("`{key}` cannot be {}", quoted(text));
        let mut finding =
            Finding::error(node.span.range(), message).help(format!("it is one of {}", all.join(", ")));
        if let Some(meant) = closest(text, all.iter().copied()) {
            finding = finding.label(format!("did you mean `{meant}`?"));
        }
        self.diagnostics.add(finding);
        None
    }

    /// A time under `key`, which may not be zero.
    pub(super) fn timeout(&mut self, object: &Object<'n>, key: &str) -> Option<Duration> {
        let duration = self.duration(object, key)?;
        if duration.is_zero() {
            let span = object.get(key).map_or(object.span, |node| node.span);
            self.error(span, format!("`{key}` must be longer than zero"), "remove the line for no limit");
            return None;
        }
        Some(duration)
    }

    /// A duration under `key`: a number and one of the units `ms`, `s`, `m`, `h`, `d`.
    pub(super) fn duration(&mut self, object: &Object<'n>, key: &str) -> Option<Duration> {
        let node = object.get(key)?;
        if let Some(duration) = node.as_text().and_then(duration) {
            return Some(duration);
        }
        let found = found(self.source, node);
        let message = format!("`{key}` must be a duration such as `90s` or `10m`, found {found}");
        self.error(node.span, message, duration_help(self.source, node));
        None
    }

    /// The items of a list.
    pub(super) fn list(&mut self, object: &Object<'n>, key: &str) -> Option<&'n [Node]> {
        let node = object.get(key)?;
        if let Value::List(items) = &node.value {
            return Some(items);
        }
        let raw = node.span.text(self.source);
        match &node.value {
            Value::Text(_) => {
                let found = found(self.source, node);
                self.error(
                    node.span,
                    format!("`{key}` must be a list, found {found}"),
                    format!("write `{key}: [{raw}]`"),
                );
            }
            _ => wrong_type(self, node, &format!("`{key}`"), "a list, one `- ` line for each item"),
        }
        None
    }

    /// A path inside the project, in which the tool expands `${name}`.
    pub(super) fn path(&mut self, object: &Object<'n>, key: &str) -> Option<String> {
        let node = object.get(key)?;
        let path = self.text(node, key)?;
        self.expanded.push(node);
        if let Some(problem) = text::path_problem(path) {
            let message = format!("`{key}` {problem}: {}", quoted(path));
            self.error(node.span, message, "paths are relative to the project and stay inside it");
        }
        Some(path.to_owned())
    }
}

/// The finding about a mistake in a condition, at its place in the source; at the whole condition where
/// escapes or folded lines hide it.
pub(super) fn of_condition(source: &str, span: &Range<usize>, text: &str, mistake: Mistake) -> Finding {
    let raw = source.get(span.clone()).unwrap_or_default();
    let within = mistake.span.start..mistake.span.end;
    let place = match raw.find(text) {
        Some(at) => span.start + at + within.start..span.start + at + within.end,
        None => span.clone(),
    };
    let mut message = mistake.message;
    if !message.contains("condition") {
        message.push_str(" in the condition");
    }
    let finding = Finding::error(place, message).label(mistake.label);
    if mistake.help.is_empty() { finding } else { finding.help(mistake.help) }
}

/// A value as JSON, for defaults and enums; reports what cannot be one.
pub(super) fn json(node: &Node) -> Option<serde_json::Value> {
    Some(match &node.value {
        Value::Boolean(value) => (*value).into(),
        Value::Integer(value) => match (i64::try_from(*value), u64::try_from(*value)) {
            (Ok(value), _) => value.into(),
            (_, Ok(value)) => value.into(),
            _ => return None,
        },
        Value::Float(value) => serde_json::Number::from_f64(*value)?.into(),
        Value::Text(text) => text.as_str().into(),
        Value::List(items) => serde_json::Value::Array(items.iter().map(json).collect::<Option<_>>()?),
        Value::Null | Value::Map(_) => return None,
    })
}

/// Reports a value of the wrong type, with the way out that fits what YAML made of it.
pub(super) fn wrong_type(reader: &mut Reader<'_>, node: &Node, what: &str, wanted: &str) {
    let source = reader.source;
    let found = found(source, node);
    let finding = Finding::error(node.span.range(), format!("{what} must be {wanted}, found {found}"));
    let help = match wanted {
        "text" => quoting_help(source, node),
        "a number" => number_help(source, node),
        "true or false" => node.as_text().and_then(boolean_word).map(|value| format!("write `{value}`")),
        _ => None,
    };
    reader.diagnostics.add(finding.help_if(help));
}

/// What a node is, in words.
pub(super) fn found(source: &str, node: &Node) -> String {
    let raw = node.span.text(source);
    match &node.value {
        Value::Null => "nothing".to_owned(),
        Value::Boolean(value) => format!("the boolean `{value}`"),
        Value::Integer(_) | Value::Float(_) => format!("the number {}", quoted(raw)),
        Value::Text(text) if text.is_empty() => "an empty text".to_owned(),
        Value::Text(text) => format!("the text {}", quoted(text)),
        Value::List(_) => "a list".to_owned(),
        Value::Map(_) => "a block of `key: value` lines".to_owned(),
    }
}

/// How to write the text that YAML read as something else.
fn quoting_help(source: &str, node: &Node) -> Option<String> {
    let raw = node.span.text(source);
    match &node.value {
        Value::Float(value) if value.to_string() != raw => {
            Some(format!("put it in quotes: \"{raw}\"; without them YAML reads {raw} as {value}"))
        }
        Value::Boolean(_) | Value::Integer(_) | Value::Float(_) => {
            Some(format!("put it in quotes: \"{raw}\""))
        }
        Value::Null => Some("write the text after the colon, or remove the key".to_owned()),
        Value::List(_) | Value::Map(_) => {
            let line = line_from(source, node.span);
            let inner = line.strip_prefix("{{").and_then(|rest| rest.split_once("}}"));
            Some(match inner {
                Some((name, _)) if !name.trim().is_empty() => {
                    format!("a variable is written `\"${{{}}}\"`", name.trim())
                }
                _ if line.starts_with(['[', '{']) => {
                    format!("put the whole value in quotes: {}", quote(line))
                }
                _ => return None,
            })
        }
        Value::Text(_) => None,
    }
}

/// How to write the number that YAML read as text.
fn number_help(source: &str, node: &Node) -> Option<String> {
    let text = node.as_text()?;
    let raw = node.span.text(source);
    if text.parse::<f64>().is_ok() {
        return Some(format!("write it without quotes: {text}"));
    }
    let is_clock =
        text.split_once(':').is_some_and(|(a, b)| a.parse::<u64>().is_ok() && b.parse::<u64>().is_ok());
    is_clock.then(|| {
        format!("YAML 1.2 reads {raw} as text, older readers as a count of minutes; write one number")
    })
}

/// The rest of the line from where a node begins.
fn line_from(source: &str, span: Span) -> &str {
    source.get(span.range().start..).unwrap_or_default().lines().next().unwrap_or_default().trim_end()
}

/// A text as a YAML scalar in quotes.
pub(super) fn quote(text: &str) -> String {
    if text.contains(['"', '\\']) { format!("'{}'", text.replace('\'', "''")) } else { format!("\"{text}\"") }
}

/// What the booleans of YAML 1.1 mean, and quoted ones.
fn boolean_word(text: &str) -> Option<bool> {
    match text.to_ascii_lowercase().as_str() {
        "true" | "yes" | "on" | "y" => Some(true),
        "false" | "no" | "off" | "n" => Some(false),
        _ => None,
    }
}

/// `\d+(ms|s|m|h|d)` as a time; `None` for anything else, or for more than a `u64` of milliseconds.
fn duration(text: &str) -> Option<Duration> {
    let digits = text.bytes().take_while(u8::is_ascii_digit).count();
    let (number, unit) = text.split_at(digits);
    let scale: u64 = match unit {
        "ms" => 1,
        "s" => 1_000,
        "m" => 60_000,
        "h" => 3_600_000,
        "d" => 86_400_000,
        _ => return None,
    };
    number.parse::<u64>().ok()?.checked_mul(scale).map(Duration::from_millis)
}

fn duration_help(source: &str, node: &Node) -> String {
    let raw = node.span.text(source);
    let clock = raw.split_once(':').and_then(|(a, b)| Some((a.parse::<u64>().ok()?, b.parse::<u64>().ok()?)));
    match (&node.value, clock) {
        (Value::Integer(number), _) if *number > 0 => {
            format!("a number needs a unit: `{number}s`, `{number}m` or `{number}h`")
        }
        (_, Some((large, small))) if large < 1_000_000 && small < 60 => {
            let count = large * 60 + small;
            format!(
                "`{raw}` is a time of day; write `{count}s` for minutes and seconds, `{count}m` for hours and minutes"
            )
        }
        _ => "a duration is one whole number and one unit: ms, s, m, h or d".to_owned(),
    }
}
