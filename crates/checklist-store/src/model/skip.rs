//! Skipping: where a JSON value ends, found without building it, in the form that [`super::json`] writes.
//!
//! What is skipped is valid: a JSON parser that is given the bytes takes them. Not every valid value is skipped:
//! whitespace, for one, is never written here. Whoever asks then parses in full.

/// How deep values nest that are skipped; less than a parser allows.
const DEPTH_MAX: usize = 64;

/// Where the value that begins at `at` ends; `None` if it is none of ours.
pub(super) fn value(bytes: &[u8], at: usize) -> Option<usize> {
    nested(bytes, at, 0)
}

fn nested(bytes: &[u8], at: usize, depth: usize) -> Option<usize> {
    match bytes.get(at)? {
        b'"' => string(bytes, at),
        b'-' | b'0'..=b'9' => number(bytes, at),
        b't' => word(bytes, at, b"true"),
        b'f' => word(bytes, at, b"false"),
        b'n' => word(bytes, at, b"null"),
        b'[' if depth < DEPTH_MAX => collection(bytes, at, b']', |at| nested(bytes, at, depth + 1)),
        b'{' if depth < DEPTH_MAX => collection(bytes, at, b'}', |at| {
            let at = string(bytes, at)?;
            nested(bytes, word(bytes, at, b":")?, depth + 1)
        }),
        _ => None,
    }
}

fn collection(bytes: &[u8], at: usize, end: u8, item: impl Fn(usize) -> Option<usize>) -> Option<usize> {
    let mut at = at + 1;
    if *bytes.get(at)? == end {
        return Some(at + 1);
    }
    loop {
        at = item(at)?;
        match *bytes.get(at)? {
            b',' => at += 1,
            byte if byte == end => return Some(at + 1),
            _ => return None,
        }
    }
}

/// Where `word` ends, if it is at `at`. Its length is known where this is called, which makes it one comparison.
#[inline]
pub(super) fn word<const LEN: usize>(bytes: &[u8], at: usize, word: &[u8; LEN]) -> Option<usize> {
    (bytes.get(at..)?.first_chunk::<LEN>()? == word).then_some(at + LEN)
}

/// Where the string ends whose opening quote is at `at`.
pub(super) fn string(bytes: &[u8], at: usize) -> Option<usize> {
    let mut at = word(bytes, at, b"\"")?;
    loop {
        let stop = memchr::memchr2(b'"', b'\\', bytes.get(at..)?)?;
        // Without an early end, which would keep the compiler from looking at many bytes at once.
        if bytes[at..at + stop].iter().fold(false, |found, byte| found | (*byte < b' ')) {
            return None;
        }
        at += stop;
        if bytes[at] == b'"' {
            return Some(at + 1);
        }
        at = escape(bytes, at)?;
    }
}

/// Where the escape ends that begins at `at`: two of them where they are the halves of one character.
fn escape(bytes: &[u8], at: usize) -> Option<usize> {
    match bytes.get(at + 1)? {
        b'"' | b'\\' | b'/' | b'b' | b'f' | b'n' | b'r' | b't' => Some(at + 2),
        b'u' => match unit(bytes, at)? {
            0xd800..=0xdbff => matches!(unit(bytes, at + 6)?, 0xdc00..=0xdfff).then_some(at + 12),
            0xdc00..=0xdfff => None,
            _ => Some(at + 6),
        },
        _ => None,
    }
}

fn unit(bytes: &[u8], at: usize) -> Option<u64> {
    super::digits::hex(bytes.get(word(bytes, at, b"\\u")?..at + 6)?)
}

fn number(bytes: &[u8], at: usize) -> Option<usize> {
    let is_part = |byte: &u8| matches!(byte, b'0'..=b'9' | b'-' | b'+' | b'.' | b'e' | b'E');
    let end = at + bytes[at..].iter().take_while(|byte| is_part(byte)).count();
    let digits = &bytes[at..end];
    let is_whole = super::digits::decimal(digits.strip_prefix(b"-").unwrap_or(digits)).is_some();
    // The grammar of the others, and what is too large, is left to the parser.
    let is_number = is_whole || serde_json::from_slice::<serde_json::Number>(digits).is_ok();
    is_number.then_some(end)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use serde_json::Value;

    #[test]
    fn what_is_written_is_skipped_to_its_end() {
        for text in [
            "null",
            "true",
            "false",
            "0",
            "-0",
            "-12",
            "1.5",
            "1e300",
            "2.5e-7",
            "\"\"",
            "\"a\\n\\\"\"",
            "\"\\ud83d\\ude00\"",
            "[]",
            "[1,[2],{}]",
            "{\"a\":{\"b\":[null]},\"c\":\"}\"}",
        ] {
            let followed = format!("{text},\"next\"");
            assert_eq!(value(followed.as_bytes(), 0), Some(text.len()), "{text}");
        }
    }

    #[test]
    fn what_is_no_value_is_not_skipped() {
        for text in [
            "",
            "nul",
            "01",
            "1.",
            "-",
            "1e999",
            "\"",
            "\"\\x\"",
            "\"\\ud83d\"",
            "\"\\ud83d\\u0041\"",
            "\"\\ude00\"",
            "\"\n\"",
            "\"\n\n\"",
            "[",
            "[1",
            "[1,]",
            "{\"a\"}",
            "{a:1}",
            "{\"a\":1,}",
            "}",
        ] {
            assert_eq!(value(text.as_bytes(), 0), None, "{text}");
        }
    }

    #[test]
    fn depth_is_bounded() {
        for (open, close) in [("[", "]"), ("{\"a\":", "}"), ("[{\"a\":", "}]")] {
            let levels = open.matches(['[', '{']).count();
            let nested = |depth: usize| open.repeat(depth / levels) + "1" + &close.repeat(depth / levels);
            let deepest = nested(DEPTH_MAX);
            assert_eq!(value(deepest.as_bytes(), 0), Some(deepest.len()), "{open}");
            assert!(serde_json::from_str::<Value>(&deepest).is_ok(), "{open}");
            for deeper in [DEPTH_MAX + levels, 10_000] {
                assert_eq!(value(nested(deeper).as_bytes(), 0), None, "{open}");
            }
        }
    }

    proptest! {
        #[test]
        fn what_is_skipped_is_valid(text in "[\\[\\]{}\",:\\\\u0-9a-fn. \\-+eE]{0,24}") {
            if let Some(end) = value(text.as_bytes(), 0) {
                prop_assert!(serde_json::from_str::<Value>(&text[..end]).is_ok(), "{}", text);
            }
        }
    }
}
