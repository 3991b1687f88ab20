//! Texts in quotes: `"a"`, `'a'`, raw `r"\d"`, and their escapes as CEL has them.

use super::Mistake;

/// The text that begins at `at`, if one does, and its length in bytes with its quotes.
pub(super) fn read(text: &str, at: usize) -> Result<Option<(String, usize)>, Mistake> {
    let rest = &text[at..];
    let is_raw = rest.starts_with(['r', 'R']);
    let prefix = usize::from(is_raw);
    let Some(quote) = rest[prefix..].chars().next().filter(|c| matches!(c, '"' | '\'')) else {
        return Ok(None);
    };
    if rest[prefix..].starts_with("\"\"\"") || rest[prefix..].starts_with("'''") {
        return Err(
            Mistake::new(at..at + prefix + 3, "a text in three quotes has no meaning here").help("use one")
        );
    }
    let mut content = String::new();
    let mut position = prefix + 1;
    loop {
        let Some(next) = rest[position..].chars().next().filter(|c| !matches!(c, '\n' | '\r')) else {
            return Err(Mistake::new(at..at + position, "this quote is never closed"));
        };
        if next == quote {
            return Ok(Some((content, position + 1)));
        }
        if next != '\\' || is_raw {
            content.push(next);
            position += next.len_utf8();
            continue;
        }
        let (unescaped, len) = escape(&rest[position..]).ok_or_else(|| {
            let shown: String = rest[position..].chars().take(2).collect();
            let span = at + position..at + position + shown.len();
            let message = format!("{} is no escape", crate::diagnostic::quoted(&shown));
            Mistake::new(span, message)
                .help("write `\\\\` for a backslash, or r\"...\" for a text without escapes")
        })?;
        content.push(unescaped);
        position += len;
    }
}

/// What an escape stands for, and its length; the text begins with the backslash.
fn escape(text: &str) -> Option<(char, usize)> {
    let kind = text.chars().nth(1)?;
    let code = |from: usize, len: usize, radix: u32| {
        let digits = text.get(from..from + len)?;
        let is_number = digits.bytes().all(|digit| char::from(digit).is_digit(radix));
        let code = u32::from_str_radix(digits, radix).ok().filter(|_| is_number)?;
        Some((char::from_u32(code)?, from + len))
    };
    let simple = match kind {
        '\\' | '"' | '\'' | '`' | '?' => kind,
        'a' => '\u{7}',
        'b' => '\u{8}',
        'f' => '\u{c}',
        'n' => '\n',
        'r' => '\r',
        't' => '\t',
        'v' => '\u{b}',
        'x' | 'X' => return code(2, 2, 16),
        'u' => return code(2, 4, 16),
        'U' => return code(2, 8, 16),
        '0'..='3' => return code(1, 3, 8),
        _ => return None,
    };
    Some((simple, 2))
}
