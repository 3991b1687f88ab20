//! Tokens: an expression cut into words, numbers, texts and signs.

use super::{Mistake, quoted_text};
use std::ops::Range;

/// One token and its bytes.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Token {
    pub(super) kind: TokenKind,
    pub(super) span: Range<usize>,
}

/// What a token is.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum TokenKind {
    /// The amount; a `-` before it is a token of its own.
    Integer(u64),
    Float(f64),
    Text(String),
    Word(String),
    /// A sign of one or two characters.
    Sign(&'static str),
    /// The end of the expression.
    End,
}

const SIGNS: [&str; 17] =
    ["==", "!=", "<=", ">=", "&&", "||", "(", ")", "[", "]", ".", ",", "?", ":", "!", "<", ">"];

/// Signs of other languages, and what to write here.
const FOREIGN: [(&str, &str); 16] = [
    ("===", "write `==`"),
    ("!==", "write `!=`"),
    ("=~", "write `text.matches(\"...\")`"),
    ("<>", "write `!=`"),
    ("=", "one `=` compares nothing; write `==`"),
    ("&", "write `&&`"),
    ("|", "write `||`"),
    ("${", "in a condition a variable is written vars.name"),
    ("+", "a condition compares and does not calculate; let a command print the value as an output"),
    ("*", "a condition compares and does not calculate; let a command print the value as an output"),
    ("/", "a condition compares and does not calculate; let a command print the value as an output"),
    ("%", "a condition compares and does not calculate; let a command print the value as an output"),
    ("{", "there are no maps here; a list is written [\"a\", \"b\"]"),
    (";", "a condition is one expression"),
    ("`", "a text is written in \"quotes\""),
    ("$", "in a condition a variable is written vars.name"),
];

/// The tokens of a text, with one of kind [`TokenKind::End`] as the last.
pub(super) fn tokens(text: &str) -> Result<Vec<Token>, Mistake> {
    let mut tokens = Vec::new();
    let mut at = 0;
    while let Some(first) = text[at..].chars().next() {
        if matches!(first, ' ' | '\t' | '\n' | '\r') {
            at += 1;
            continue;
        }
        let (kind, len) = token(text, at, first)?;
        tokens.push(Token { kind, span: at..at + len });
        at += len;
    }
    tokens.push(Token { kind: TokenKind::End, span: at..at });
    Ok(tokens)
}

/// The token that begins at `at` with `first`, and its length in bytes.
fn token(text: &str, at: usize, first: char) -> Result<(TokenKind, usize), Mistake> {
    let rest = &text[at..];
    if let Some((content, len)) = quoted_text::read(text, at)? {
        return Ok((TokenKind::Text(content), len));
    }
    if first.is_ascii_alphabetic() || first == '_' {
        let len = word_len(rest);
        return Ok((TokenKind::Word(rest[..len].to_owned()), len));
    }
    let second_is_digit = rest.as_bytes().get(1).is_some_and(u8::is_ascii_digit);
    if first.is_ascii_digit() || first == '.' && second_is_digit && !follows_name(&text[..at]) {
        return number(text, at);
    }
    let foreign =
        FOREIGN.iter().filter(|(sign, _)| rest.starts_with(sign)).max_by_key(|(sign, _)| sign.len());
    let ours = SIGNS.iter().find(|sign| rest.starts_with(**sign));
    match (ours, foreign) {
        (Some(sign), foreign) if foreign.is_none_or(|(foreign, _)| foreign.len() <= sign.len()) => {
            Ok((TokenKind::Sign(sign), sign.len()))
        }
        (_, Some((sign, help))) => {
            Err(Mistake::new(at..at + sign.len(), format!("`{sign}` has no meaning here")).help(*help))
        }
        _ if first == '-' => Ok((TokenKind::Sign("-"), 1)),
        _ => {
            let span = at..at + first.len_utf8();
            Err(Mistake::new(
                span,
                format!("{} has no meaning here", crate::diagnostic::quoted(&first.to_string())),
            ))
        }
    }
}

/// Whether a `.` after this text selects something.
fn follows_name(before: &str) -> bool {
    before
        .trim_end()
        .ends_with(|c: char| c.is_ascii_alphanumeric() || matches!(c, '_' | ']' | ')' | '"' | '\''))
}

fn word_len(text: &str) -> usize {
    text.find(|c: char| !(c.is_ascii_alphanumeric() || c == '_')).unwrap_or(text.len())
}

/// `12`, `0x1F`, `1.5`, `.5`, `2e3`.
fn number(text: &str, at: usize) -> Result<(TokenKind, usize), Mistake> {
    let rest = &text[at..];
    let digits = |from: usize| rest[from..].bytes().take_while(u8::is_ascii_digit).count();
    let wrong =
        |len: usize, message: &str| Mistake::new(at..at + len, format!("`{}` {message}", &rest[..len]));
    if let Some(hex) = rest.strip_prefix("0x").or_else(|| rest.strip_prefix("0X")) {
        let len = 2 + word_len(hex);
        let amount = u64::from_str_radix(&hex[..len - 2], 16)
            .map_err(|_| wrong(len, "is no whole number of 64 bits"))?;
        return Ok((TokenKind::Integer(amount), len));
    }
    let mut len = digits(0);
    let mut is_whole = true;
    if rest[len..].starts_with('.') && digits(len + 1) > 0 {
        len += 1 + digits(len + 1);
        is_whole = false;
    }
    let exponent = rest[len..].strip_prefix(['e', 'E']).map(|exponent| {
        let sign = usize::from(exponent.starts_with(['+', '-']));
        (1 + sign, digits(len + 1 + sign))
    });
    if let Some((sign, count)) = exponent.filter(|(_, count)| *count > 0) {
        len += sign + count;
        is_whole = false;
    }
    let suffix = word_len(&rest[len..]);
    if suffix > 0 {
        let mistake = wrong(len + suffix, "is no number");
        return Err(mistake.help("a number is written 12, 0x1F, 1.5 or 2e3; a text is in \"quotes\""));
    }
    let kind = match is_whole {
        true => rest[..len].parse().ok().map(TokenKind::Integer),
        false => rest[..len].parse().ok().filter(|amount: &f64| amount.is_finite()).map(TokenKind::Float),
    };
    Ok((kind.ok_or_else(|| wrong(len, "is too large a number"))?, len))
}
