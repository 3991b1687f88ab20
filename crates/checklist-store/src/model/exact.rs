//! The exact reader: `state.yaml` as the emitter writes it, and nothing else, at the speed of a JSON reader.
//!
//! It knows the emitter's lines and refuses whatever it does not know, so that what it accepts means the same
//! to every YAML reader. It builds the document from the leaves up; its depth and its memory are bounded by
//! the limits of what can be written.

use super::document::{Document, Node};
use super::draft::{NAME_BYTES_MAX, RESERVED_NAMES};
use super::emit::{bare_bytes, is_escaped, is_plain, is_plain_byte};
use super::members::{Builder, Members};
use super::record::LSN_MAX;
use super::text::Text;
use super::weight::{self, member_bytes};
use super::yaml::{LastRecovery, SCHEMA_MAJOR, State};
use crate::env::Timestamp;
use crate::key::DEPTH_MAX;
use crate::report::Lsn;
use crate::schema::Schema;
use serde_json::Number;
use std::borrow::Cow;

/// A value, and about how many bytes it has as JSON.
type Weighed<T> = (T, usize);

/// A state that was read.
#[derive(Debug)]
pub(super) struct Read {
    pub(super) state: State,
    /// Where the lines of the document begin, below those that belong to the file.
    pub(super) document_at: usize,
}

/// Reads the lines below the checksum; `None` if the emitter writes no such lines.
pub(super) fn read(body: &str) -> Option<Read> {
    let mut reader = Reader { text: body, at: 0 };
    let schema = Schema::parse(reader.head("schemaVersion: \"", "\"\n")?)?;
    reader.expect("lsn: ")?;
    let lsn = reader.number()?.as_u64().filter(|lsn| *lsn <= LSN_MAX)?;
    reader.expect("\n")?;
    let modified = Timestamp::parse(reader.head("lastModified: \"", "\"\n")?)?;
    let recovery = if reader.takes("recovery: ") { Some(reader.last_recovery()?) } else { None };
    let document_at = reader.at;
    let (members, bytes) = reader.members(0, 1)?;
    let is_of_the_file = |name: &&str| members.get(name).is_some();
    let is_all = reader.takes("...\n") && reader.at == body.len();
    if !is_all || schema.major > SCHEMA_MAJOR || RESERVED_NAMES.iter().any(is_of_the_file) {
        return None;
    }
    let document = Document::from_members(members, bytes);
    Some(Read { state: State { schema, lsn: Lsn(lsn), modified, recovery, document }, document_at })
}

struct Reader<'a> {
    text: &'a str,
    at: usize,
}

impl<'a> Reader<'a> {
    fn rest(&self) -> &'a [u8] {
        &self.text.as_bytes()[self.at..]
    }

    fn peek(&self) -> Option<u8> {
        self.text.as_bytes().get(self.at).copied()
    }

    /// Goes past what comes next, if it is this.
    fn takes(&mut self, expected: &str) -> bool {
        let is_next = self.rest().starts_with(expected.as_bytes());
        if is_next {
            self.at += expected.len();
        }
        is_next
    }

    fn expect(&mut self, expected: &str) -> Option<()> {
        self.takes(expected).then_some(())
    }

    /// Goes past bytes for which `is_part` holds, which are all ASCII.
    fn run(&mut self, is_part: impl Fn(u8) -> bool) -> &'a str {
        let start = self.at;
        let rest = self.rest();
        self.at += rest.iter().position(|byte| !is_part(*byte)).unwrap_or(rest.len());
        &self.text[start..self.at]
    }

    /// What stands between a name that belongs to the file and the end of its line.
    fn head(&mut self, before: &str, after: &str) -> Option<&'a str> {
        self.expect(before)?;
        let value = self.run(|byte| byte.is_ascii_graphic() && byte != b'"' && byte != b'\\');
        self.expect(after)?;
        Some(value)
    }

    fn last_recovery(&mut self) -> Option<LastRecovery> {
        let (Node::Object(fields), _) = self.flow()? else { return None };
        self.expect("\n")?;
        let text = |name: &str| match fields.get(name) {
            Some(Node::Text(text)) => Some(text.as_str().to_owned()),
            _ => None,
        };
        let Some(Node::Bool(data_loss)) = fields.get("dataLoss") else { return None };
        let when = Timestamp::parse(&text("lastRecovery")?)?;
        Some(LastRecovery { when, cause: text("cause")?, method: text("method")?, data_loss: *data_loss })
    }

    /// Whether a line begins here with so many spaces and then not the end of the document; goes past the spaces.
    /// One more of them is refused by the caller: no name begins with it, and no element.
    fn indented(&mut self, indent: usize) -> bool {
        let rest = self.rest();
        let spaces = rest.iter().take(indent).take_while(|byte| **byte == b' ').count();
        let is_here = spaces == indent && rest.get(indent).is_some_and(|byte| *byte != b'.');
        if is_here {
            self.at += indent;
        }
        is_here
    }

    /// The members whose names stand behind so many spaces, which are at that depth of the document; with the
    /// sum of their bytes.
    fn members(&mut self, indent: usize, depth: usize) -> Option<Weighed<Members>> {
        if depth > DEPTH_MAX {
            return None;
        }
        let (mut builder, mut bytes) = (Builder::default(), 0);
        while self.indented(indent) {
            let name = self.name()?;
            let (node, node_bytes) = self.below(indent, depth)?;
            bytes += member_bytes(name.len(), node_bytes);
            builder.push(name, node)?;
        }
        Some((builder.finish(), bytes))
    }

    /// A name, plain or quoted, with its colon.
    fn name(&mut self) -> Option<Text> {
        let start = self.at;
        let name = if self.peek()? == b'"' { self.quoted()? } else { self.plain()? };
        if self.at - start > NAME_BYTES_MAX {
            return None;
        }
        self.expect(":")?;
        Some(Text::from(&*name))
    }

    /// What follows `name:` or `-`.
    fn below(&mut self, indent: usize, depth: usize) -> Option<Weighed<Node>> {
        if self.takes(" ") {
            let value = if self.peek()?.is_ascii_alphabetic() { self.bare()? } else { self.flow()? };
            self.expect("\n")?;
            return Some(value);
        }
        self.expect("\n")?;
        let indent = indent + 2;
        if self.rest().get(indent) == Some(&b'-') {
            return self.items(indent, depth + 1);
        }
        let (members, bytes) = self.members(indent, depth + 1)?;
        (!members.is_empty()).then_some((Node::Object(members), weight::CONTAINER_BYTES + bytes))
    }

    fn items(&mut self, indent: usize, depth: usize) -> Option<Weighed<Node>> {
        if depth > DEPTH_MAX {
            return None;
        }
        let (mut items, mut bytes) = (Vec::new(), weight::CONTAINER_BYTES);
        while self.indented(indent) {
            self.expect("-")?;
            let (node, node_bytes) = self.below(indent, depth)?;
            bytes += member_bytes(weight::ELEMENT_NAME_BYTES, node_bytes);
            items.push(node);
        }
        (!items.is_empty()).then(|| (Node::Array(items.into_iter().collect()), bytes))
    }

    /// A word that is a string.
    fn plain(&mut self) -> Option<Cow<'a, str>> {
        let text = self.run(is_plain_byte);
        is_plain(text).then_some(Cow::Borrowed(text))
    }

    /// A word: a string, or what is none.
    fn bare(&mut self) -> Option<Weighed<Node>> {
        let start = self.at;
        if let Some(text) = self.plain() {
            return Some((Node::Text(Text::from(&*text)), weight::text_bytes(text.len())));
        }
        self.at = start;
        self.scalar()
    }

    /// A value as JSON writes it: a scalar, or a collection of scalars and empty collections.
    fn flow(&mut self) -> Option<Weighed<Node>> {
        if self.takes("[]") {
            Some((Node::Array([].into_iter().collect()), weight::CONTAINER_BYTES))
        } else if self.takes("{}") {
            Some((Node::Object(Members::default()), weight::CONTAINER_BYTES))
        } else if self.takes("[") {
            let (mut items, mut bytes) = (Vec::new(), weight::CONTAINER_BYTES);
            loop {
                let (node, node_bytes) = self.leaf()?;
                bytes += member_bytes(weight::ELEMENT_NAME_BYTES, node_bytes);
                items.push(node);
                if self.takes("]") {
                    return Some((Node::Array(items.into_iter().collect()), bytes));
                }
                self.expect(", ")?;
            }
        } else if self.takes("{") {
            let (mut builder, mut bytes) = (Builder::default(), weight::CONTAINER_BYTES);
            loop {
                let start = self.at;
                let name = Text::from(&*self.quoted()?);
                if self.at - start > NAME_BYTES_MAX {
                    return None;
                }
                self.expect(": ")?;
                let (node, node_bytes) = self.leaf()?;
                bytes += member_bytes(name.len(), node_bytes);
                builder.push(name, node)?;
                if self.takes("}") {
                    return Some((Node::Object(builder.finish()), bytes));
                }
                self.expect(", ")?;
            }
        } else {
            self.scalar()
        }
    }

    /// A member of a collection on one line.
    fn leaf(&mut self) -> Option<Weighed<Node>> {
        if self.takes("[]") {
            Some((Node::Array([].into_iter().collect()), weight::CONTAINER_BYTES))
        } else if self.takes("{}") {
            Some((Node::Object(Members::default()), weight::CONTAINER_BYTES))
        } else {
            self.scalar()
        }
    }

    fn scalar(&mut self) -> Option<Weighed<Node>> {
        match self.peek()? {
            b'"' => {
                let text = self.quoted()?;
                Some((Node::Text(Text::from(&*text)), weight::text_bytes(text.len())))
            }
            b'-' | b'0'..=b'9' => Some((Node::Number(self.number()?), weight::NUMBER_BYTES)),
            _ => {
                let node = match self.run(|byte| byte.is_ascii_alphabetic()) {
                    "null" => Node::Null,
                    "true" => Node::Bool(true),
                    "false" => Node::Bool(false),
                    _ => return None,
                };
                Some((node, weight::WORD_BYTES))
            }
        }
    }

    /// An integer of 64 bits, or a double with a point and, if it has an exponent, a sign in it.
    fn number(&mut self) -> Option<Number> {
        let start = self.at;
        let is_negative = self.takes("-");
        let digits = self.run(|byte| byte.is_ascii_digit());
        if digits.is_empty() || digits.len() > 1 && digits.starts_with('0') {
            return None;
        }
        if !self.takes(".") {
            let text = &self.text[start..self.at];
            return match is_negative {
                true => text.parse::<i64>().ok().filter(|number| *number < 0).map(Number::from),
                false => text.parse::<u64>().ok().map(Number::from),
            };
        }
        if self.run(|byte| byte.is_ascii_digit()).is_empty() {
            return None;
        }
        if self.takes("e") {
            let is_signed = self.takes("+") || self.takes("-");
            if !is_signed || self.run(|byte| byte.is_ascii_digit()).is_empty() {
                return None;
            }
        }
        // What is not finite is no number of JSON.
        Number::from_f64(self.text[start..self.at].parse().ok()?)
    }

    /// A string between quotes.
    fn quoted(&mut self) -> Option<Cow<'a, str>> {
        self.expect("\"")?;
        let start = self.at;
        let mut changed: Option<String> = None;
        loop {
            let from = self.at;
            self.at += bare_bytes(self.rest());
            let bare = &self.text[from..self.at];
            if let Some(text) = &mut changed {
                text.push_str(bare);
            }
            match self.peek()? {
                b'"' => break,
                b'\\' => {
                    let text = changed.get_or_insert_with(|| self.text[start..self.at].to_owned());
                    text.push(self.escape()?);
                }
                _ => {
                    let character = self.text[self.at..].chars().next()?;
                    if is_escaped(character) {
                        return None;
                    }
                    self.at += character.len_utf8();
                    if let Some(text) = &mut changed {
                        text.push(character);
                    }
                }
            }
        }
        let text = changed.map_or_else(|| Cow::Borrowed(&self.text[start..self.at]), Cow::Owned);
        self.at += 1;
        Some(text)
    }

    /// A character behind a backslash, as the emitter escapes it.
    fn escape(&mut self) -> Option<char> {
        self.expect("\\")?;
        let kind = self.peek()?;
        self.at += 1;
        match kind {
            b'"' => Some('"'),
            b'\\' => Some('\\'),
            b'n' => Some('\n'),
            b'r' => Some('\r'),
            b't' => Some('\t'),
            b'u' => {
                let digits = self.text.get(self.at..self.at + 4)?;
                self.at += 4;
                let is_digit = |byte: u8| matches!(byte, b'0'..=b'9' | b'a'..=b'f');
                let code = digits.bytes().all(is_digit).then(|| u32::from_str_radix(digits, 16).ok())??;
                char::from_u32(code).filter(|character| is_escaped(*character))
            }
            _ => None,
        }
    }
}

#[cfg(test)]
mod tests;
