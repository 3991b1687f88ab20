//! A Rust file as rules see it: code with comments and literals blanked out, its literals, its tests.

use std::ops::Range;

/// A string literal: where its content starts, and the content as written.
#[derive(Debug)]
pub(crate) struct Literal {
    /// Offset of the opening quote.
    pub(crate) at: usize,
    /// The characters between the quotes, escapes unresolved.
    pub(crate) content: String,
}

/// One scanned file. Offsets into `code` are offsets into the text: blanking keeps every length.
#[derive(Debug)]
pub(crate) struct Source {
    /// The text with comments and the contents of literals replaced by spaces.
    pub(crate) code: String,
    /// String literals in order.
    pub(crate) literals: Vec<Literal>,
    lines: Vec<usize>,
    tests: Vec<Range<usize>>,
}

impl Source {
    /// Scans `text`; a file in a `tests` folder, or named so, counts as a test from end to end.
    pub(crate) fn of(path: &str, text: &str) -> Source {
        let (code, literals) = blank(text);
        let starts = text.bytes().enumerate().filter(|(_, byte)| *byte == b'\n').map(|(at, _)| at + 1);
        let lines = std::iter::once(0).chain(starts).collect();
        let is_test = path.split('/').any(|part| matches!(part, "tests" | "tests.rs" | "benches"));
        let whole = 0..code.len();
        let tests = if is_test { vec![whole] } else { test_items(&code) };
        Source { code, literals, lines, tests }
    }

    /// The line of an offset, counted from 1.
    pub(crate) fn line(&self, at: usize) -> usize {
        self.lines.partition_point(|start| *start <= at)
    }

    /// Whether an offset lies in code that only tests compile.
    pub(crate) fn in_test(&self, at: usize) -> bool {
        self.tests.iter().any(|range| range.contains(&at))
    }

    /// Names of the inline modules around an offset, outermost first.
    pub(crate) fn modules_around(&self, at: usize) -> Vec<&str> {
        let code = &self.code;
        let inline = self.words("mod").filter_map(|start| {
            let name = identifier(code, skip_spaces(code, start + 3))?;
            let open = skip_spaces(code, skip_spaces(code, start + 3) + name.len());
            let is_around = code[open..].starts_with('{') && (open..block_end(code, open)).contains(&at);
            is_around.then_some(name)
        });
        inline.collect()
    }

    /// Offsets of a word or path in the code, where it stands alone.
    pub(crate) fn words<'s>(&'s self, word: &'s str) -> impl Iterator<Item = usize> + 's {
        words(&self.code, word)
    }
}

/// Offsets at which `word` stands in `code` with no identifier character on either side.
pub(crate) fn words<'s>(code: &'s str, word: &'s str) -> impl Iterator<Item = usize> + 's {
    let bytes = code.as_bytes();
    code.match_indices(word).map(|(at, _)| at).filter(move |at| {
        let touches = |byte: Option<&u8>| byte.is_some_and(|byte| is_identifier(*byte));
        let before = at.checked_sub(1).and_then(|before| bytes.get(before));
        !touches(before) && !touches(bytes.get(at + word.len()))
    })
}

/// Whether a byte may be part of an identifier.
pub(crate) fn is_identifier(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || byte == b'_' || byte >= 0x80
}

/// The identifier that starts at `at`, if one does.
pub(crate) fn identifier(code: &str, at: usize) -> Option<&str> {
    let rest = code.get(at..)?;
    let len = rest.bytes().take_while(|byte| is_identifier(*byte)).count();
    (len > 0).then(|| &rest[..len])
}

/// The offset of the first character at or after `at` that is not a space.
pub(crate) fn skip_spaces(code: &str, at: usize) -> usize {
    at + code[at..].bytes().take_while(u8::is_ascii_whitespace).count()
}

/// The end of the item that starts at `at`: after its `;`, or after its block.
pub(crate) fn item_end(code: &str, at: usize) -> usize {
    let mut depth = 0_usize;
    for (offset, byte) in code.bytes().enumerate().skip(at) {
        match byte {
            b'(' | b'[' => depth += 1,
            b')' | b']' => depth = depth.saturating_sub(1),
            b';' if depth == 0 => return offset + 1,
            b'{' if depth == 0 => return block_end(code, offset),
            _ => {}
        }
    }
    code.len()
}

/// The offset after the brace that closes the one at `open`.
pub(crate) fn block_end(code: &str, open: usize) -> usize {
    let mut depth = 0_usize;
    for (offset, byte) in code.bytes().enumerate().skip(open) {
        match byte {
            b'{' => depth += 1,
            b'}' if depth == 1 => return offset + 1,
            b'}' => depth -= 1,
            _ => {}
        }
    }
    code.len()
}

fn test_items(code: &str) -> Vec<Range<usize>> {
    let marks = ["#[cfg(test)]", "#[cfg(all(test", "#[test]"];
    let starts = marks.iter().flat_map(|mark| code.match_indices(mark)).map(|(at, _)| at);
    starts.map(|at| at..item_end(code, after_attributes(code, at))).collect()
}

/// The offset after the attributes that start at `at`.
fn after_attributes(code: &str, mut at: usize) -> usize {
    while code[at..].starts_with("#[") {
        let mut depth = 0_usize;
        let close = code.bytes().enumerate().skip(at).find(|(_, byte)| {
            depth += usize::from(*byte == b'[');
            depth -= usize::from(*byte == b']');
            *byte == b']' && depth == 0
        });
        let Some((close, _)) = close else { return code.len() };
        at = skip_spaces(code, close + 1);
    }
    at
}

fn blank(text: &str) -> (String, Vec<Literal>) {
    let bytes = text.as_bytes();
    let mut code = bytes.to_vec();
    let mut literals = Vec::new();
    let mut at = 0;
    while at < bytes.len() {
        let Some((content, end)) = token(text, at) else {
            at += 1;
            continue;
        };
        for byte in &mut code[at..end] {
            if *byte != b'\n' {
                *byte = b' ';
            }
        }
        if let Some(content) = content {
            code[at] = b'"';
            code[end - 1] = b'"';
            literals.push(Literal { at, content: text[content].to_owned() });
        }
        at = end;
    }
    (String::from_utf8(code).expect("whole characters are blanked, byte by byte"), literals)
}

/// The comment or literal that starts at `at`: the range of a string's content, and the end.
fn token(text: &str, at: usize) -> Option<(Option<Range<usize>>, usize)> {
    let rest = &text.as_bytes()[at..];
    let len = rest.len();
    match rest {
        [b'/', b'/', ..] => Some((None, at + rest.iter().position(|byte| *byte == b'\n').unwrap_or(len))),
        [b'/', b'*', ..] => Some((None, at + comment_len(rest))),
        [b'"', ..] => {
            let close = string_len(rest);
            Some((Some(at + 1..(at + close - 1).max(at + 1)), at + close))
        }
        [b'r', b'"' | b'#', ..] => {
            let hashes = rest[1..].iter().take_while(|byte| **byte == b'#').count();
            let start = at + hashes + 2;
            if rest.get(hashes + 1) != Some(&b'"') {
                return None;
            }
            let fence = format!("\"{}", "#".repeat(hashes));
            let content = text[start..].find(&fence).unwrap_or(text.len() - start);
            Some((Some(start..start + content), (start + content + fence.len()).min(text.len())))
        }
        [b'\'', b'\\', _, after @ ..] => {
            Some((None, at + 4 + after.iter().position(|byte| *byte == b'\'').unwrap_or(0)))
        }
        [b'\'', ..] => {
            let width = text.get(at + 1..)?.chars().next()?.len_utf8();
            (rest.get(1 + width) == Some(&b'\'')).then_some((None, at + 2 + width))
        }
        _ => None,
    }
}

fn comment_len(rest: &[u8]) -> usize {
    let (mut depth, mut at) = (0_usize, 0);
    while at < rest.len() {
        match &rest[at..] {
            [b'/', b'*', ..] => (depth, at) = (depth + 1, at + 2),
            [b'*', b'/', ..] if depth == 1 => return at + 2,
            [b'*', b'/', ..] => (depth, at) = (depth - 1, at + 2),
            _ => at += 1,
        }
    }
    rest.len()
}

fn string_len(rest: &[u8]) -> usize {
    let mut at = 1;
    while at < rest.len() {
        match rest[at] {
            b'\\' => at += 2,
            b'"' => return at + 1,
            _ => at += 1,
        }
    }
    rest.len()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn comments_and_literals_are_blanked_and_lengths_kept() {
        let text =
            "a /* x /* y */ z */ b \"q\\\"fs\" r#\"w\"fs\"# 'c' '\\'' '\\u{1f}' '\u{e9}' 'life // fs\nend";
        let source = Source::of("a.rs", text);
        assert_eq!(source.code.len(), text.len());
        assert!(!source.code.contains("fs"), "{}", source.code);
        assert!(source.code.contains(" b ") && source.code.contains("'life"), "{}", source.code);
        let contents: Vec<_> = source.literals.iter().map(|literal| literal.content.as_str()).collect();
        assert_eq!(contents, ["q\\\"fs", "w\"fs"]);
        assert_eq!(source.line(text.find("end").expect("it is there")), 2);
    }

    #[test]
    fn test_code_is_told_from_product_code() {
        let text = "fn a() {}\n#[cfg(test)]\n#[expect(x, reason = \"y\")]\nmod tests { fn b() { [0; 2]; } }\nfn c() {}";
        let source = Source::of("a.rs", text);
        let at = |name: &str| source.words(name).next().expect("it is there");
        assert!(!source.in_test(at("a")));
        assert!(source.in_test(at("b")));
        assert!(!source.in_test(at("c")));
        assert!(Source::of("crates/x/tests/it/a.rs", text).in_test(0));
    }

    #[test]
    fn inline_modules_are_known() {
        let source = Source::of("a.rs", "mod x; mod a { mod b { fn f() {} } fn g() {} }");
        let around = |name: &str| source.modules_around(source.words(name).next().expect("it is there"));
        assert_eq!(around("f"), ["a", "b"]);
        assert_eq!(around("g"), ["a"]);
        assert_eq!(around("x"), [""; 0]);
    }

    #[test]
    fn words_stand_alone() {
        assert_eq!(words("fs fsx xfs _fs fs", "fs").collect::<Vec<_>>(), [0, 15]);
    }
}
