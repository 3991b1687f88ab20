//! Mistakes in the YAML itself, in the words of someone who wanted to write a checklist.

use serde_saphyr::Error;
use serde_saphyr::budget::BudgetBreach;

use super::values::quote;
use crate::diagnostic::{Diagnostics, Finding, quoted};
use crate::text;

/// The finding about a document the YAML reader refused.
pub(super) fn explain(source: &str, error: &Error, diagnostics: &mut Diagnostics) -> Finding {
    let error = error.without_snippet();
    let (line, at) = place(error, diagnostics);
    let span = diagnostics.line_span(line);
    let text = &source[span.clone()];
    let tail = at..span.end.max(at);
    match error {
        Error::UnsupportedTag { tag, .. } => tag_finding(text, span.start, tag),
        Error::MergeKeyNotAllowed { .. } => {
            Finding::error(at..at + "<<".len(), "merge keys (`<<`) are not allowed")
                .help("write the keys out, so that every step says what it does")
        }
        Error::UnknownAnchor { .. } => no_alias(text, at),
        Error::Budget { breach, .. } => budget_finding(breach, text, at),
        _ => {
            let message = bare_message(error);
            let tab = text.len() - text.trim_start_matches(' ').len();
            if message.contains("tab") && text[tab..].starts_with('\t') {
                return Finding::error(span.start + tab..span.start + tab + 1, "a tab in the indentation")
                    .help("YAML is indented with spaces");
            }
            let help = flow_help(&message, text).or_else(|| unquoted_help(text));
            let plain = match plain_words(&message) {
                Some(words) => words.to_owned(),
                None => message,
            };
            Finding::error(if help.is_some() { at..at + 1 } else { tail }, plain).help_if(help)
        }
    }
}

/// The line of an error and its byte offset, wherever the reader found it.
fn place(error: &Error, diagnostics: &mut Diagnostics) -> (usize, usize) {
    let Some(location) = error.location() else { return (1, 0) };
    let to_usize = |number: u64| usize::try_from(number).unwrap_or(usize::MAX);
    let line = to_usize(location.line()).max(1);
    let column = to_usize(location.column()).max(1);
    let offset = diagnostics.offset(line, column);
    (diagnostics.line_of(offset), offset)
}

/// The reader's own words, without the place they end with.
fn bare_message(error: &Error) -> String {
    let message = error.to_string();
    let message = message.lines().next().unwrap_or_default();
    let end = message.rfind(" at line ").unwrap_or(message.len());
    message[..end].trim_start_matches("error: ").to_owned()
}

/// What the reader's most frequent words mean.
fn plain_words(message: &str) -> Option<&'static str> {
    const WORDS: &[(&str, &str)] = &[
        ("mapping values are not allowed", "a `: ` in the middle of a text, or a line indented too far"),
        ("trailing content after", "text goes on after the closing quote"),
        ("unclosed quote", "this quote is never closed"),
        ("did not find expected key", "this line does not fit the lines above it"),
        ("did not find expected '-'", "this line does not fit the list above it"),
        ("did not find expected ','", "this does not fit inside `{ ... }` or `[ ... ]`"),
        ("simple key", "a key without its colon, or a line that does not fit the lines above it"),
        ("unknown escape", "an unknown escape in double quotes"),
    ];
    WORDS.iter().find(|(words, _)| message.contains(words)).map(|(_, plain)| *plain)
}

/// How to write a `key: value` line whose value only works in quotes.
fn unquoted_help(line: &str) -> Option<String> {
    let (key, value) = key_and_value(line)?;
    let value = value.trim();
    let is_quoted = |mark: char| value.len() > 1 && value.starts_with(mark) && value.ends_with(mark);
    let both = value.starts_with(['"', '\'']) && !value[1..].contains(&value[..1]);
    let inner_quotes = is_quoted('"') && value.matches('"').count() > 2;
    let needs_quotes = value.contains(": ")
        || value.ends_with(':')
        || value.starts_with(['@', '`', '%', '&', '*', '!', '[', '{', '|', '>'])
        || inner_quotes
        || (value.starts_with(['"', '\'']) && !is_quoted('"') && !is_quoted('\'') && !both);
    (needs_quotes && !value.is_empty())
        .then(|| format!("put the whole value in quotes: {key}: {}", quote(value)))
}

/// How to write a variable inside `{ ... }`, whose braces YAML takes for its own.
fn flow_help(message: &str, line: &str) -> Option<String> {
    if !message.contains("did not find expected ','") {
        return None;
    }
    Some(match text::references(line).next() {
        Some(reference) => format!(
            "inside `{{ ... }}` and `[ ... ]` a text with a variable goes in quotes: \"${{{}}}\"",
            reference.name
        ),
        None => {
            "inside `{ ... }` and `[ ... ]` a text with `[`, `]`, `{`, `}` or `,` goes in quotes".to_owned()
        }
    })
}

/// The key of a line, without the dash of a list item, and what follows its first `: `.
fn key_and_value(line: &str) -> Option<(&str, &str)> {
    let (key, value) = line.trim_start().split_once(": ")?;
    let key = key.trim_start_matches("- ").trim();
    let plain = |c: char| c.is_ascii_alphanumeric() || matches!(c, '_' | '-');
    (!key.is_empty() && key.chars().all(plain)).then_some((key, value))
}

fn tag_finding(line: &str, line_start: usize, tag: &str) -> Finding {
    let at = line.find(tag).unwrap_or(0);
    let span = line_start + at..line_start + (at + tag.len()).min(line.len());
    let finding = Finding::error(span, format!("YAML reads {} as a tag, not as text", quoted(tag)));
    match key_and_value(line) {
        Some((key, value)) => {
            finding.help(format!("put the whole value in quotes: {key}: {}", quote(value.trim())))
        }
        None => finding.help("put the whole value in quotes"),
    }
}

fn no_alias(line: &str, at: usize) -> Finding {
    let finding = Finding::error(at..at + 1, "YAML anchors (`&`) and aliases (`*`) are not allowed");
    match key_and_value(line) {
        Some((key, value)) if value.trim_start().starts_with(['*', '&']) => {
            finding.help(format!("write the value out, or put it in quotes: {key}: {}", quote(value.trim())))
        }
        _ => finding.help("write the value out; a text that begins with `&` or `*` goes in quotes"),
    }
}

fn budget_finding(breach: &BudgetBreach, line: &str, at: usize) -> Finding {
    match breach {
        BudgetBreach::Anchors { .. } | BudgetBreach::Aliases { .. } => no_alias(line, at),
        BudgetBreach::Documents { .. } => Finding::error(at..at + 3, "a second YAML document begins here")
            .help("one file is one template; remove this line and what follows"),
        BudgetBreach::Depth { .. } => {
            Finding::error(at..at + 1, "this is nested too deeply").help("format 1 needs eight levels")
        }
        _ => Finding::error(at..at + 1, "the template is too large to be read")
            .help("split it into several templates"),
    }
}
