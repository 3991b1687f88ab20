//! `Rendered`: a document as lines of YAML, of which the next version takes over what it shares with this one.
//!
//! One fixed style, of which every line is either a block key or a JSON value. Objects of scalars are one JSON flow
//! mapping on one line (which is YAML), deeper ones are block mappings: a change of one step is a change of one line.
//! And what two versions of a document share has the same lines in both, at whatever place.

use super::document::{Document, Node};
use super::emit::{flow, flow_member, is_leaf, spaces, word};
use super::members::{Inside, Members, Part};
use std::fmt;
use std::sync::Arc;

/// Longer ones are not kept to take over from: their bytes would stand beside a document that is large itself.
const KEPT_BYTES_MAX: usize = 4 << 20;

/// Shorter parts are written anew with what stands around them.
const PIECE_BYTES_MIN: usize = 512;

/// The bytes of a file that ends in a document, and where in them the parts of its objects stand.
pub(crate) struct Rendered {
    pub(crate) bytes: Vec<u8>,
    /// All that is there of pieces, one in the other.
    pieces: Vec<Piece>,
    /// What it was made of. As long as that is held, none of its parts is changed or goes: whoever meets the address
    /// of one again meets the same part.
    _document: Document,
}

/// Without values, which are in the bytes.
impl fmt::Debug for Rendered {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Rendered({} bytes)", self.bytes.len())
    }
}

/// What a part of an object became.
#[derive(Clone, Debug)]
struct Piece {
    /// The address of the part.
    address: usize,
    /// Where it begins, behind the beginning of the piece that it lies in.
    start: usize,
    lines: Arc<Piecework>,
}

/// How the members of an object stand: on lines of their own, or behind one another.
#[derive(Clone, Copy, Debug, PartialEq)]
enum Style {
    Block { indent: usize },
    Flow,
}

/// Text that is the same wherever it stands.
#[derive(Debug)]
struct Piecework {
    style: Style,
    len: usize,
    inner: Vec<Piece>,
}

/// A piece of the version before, and where its bytes are.
#[derive(Clone, Copy)]
struct Known<'a> {
    piece: &'a Piece,
    start: usize,
}

/// Pieces of the version before, in their order, among which the parts that are written now are looked for.
struct Row<'a> {
    known: Vec<Known<'a>>,
    /// Which of them the next part is, if nothing came or went.
    next: usize,
}

impl<'a> Row<'a> {
    /// So far a part is looked for around the place where it is expected: a node of a tree has no more neighbours.
    const REACH: usize = 16;

    fn of(pieces: &'a [Piece], start: usize) -> Row<'a> {
        let known = pieces.iter().map(|piece| Known { piece, start: start + piece.start }).collect();
        Row { known, next: 0 }
    }

    /// The piece that a part was, and where in the row it is; or what lies in the one that stood in its place, from
    /// which it probably came.
    fn find(&self, address: usize, style: Style) -> Result<(usize, Known<'a>), Row<'a>> {
        let from = self.next.saturating_sub(Self::REACH).min(self.known.len());
        let mut near = (from..).zip(&self.known[from..]).take(2 * Self::REACH);
        let is_it = |known: &Known<'_>| known.piece.address == address && known.piece.lines.style == style;
        if let Some((at, known)) = near.find(|(_, known)| is_it(known)) {
            return Ok((at, *known));
        }
        let in_its_place = self.known.get(self.next);
        Err(in_its_place.map_or(Row::of(&[], 0), |known| Row::of(&known.piece.lines.inner, known.start)))
    }

    /// Whether the next part stands on one line.
    fn is_flat(&mut self, part: Part<'_>) -> bool {
        let next = self.next;
        let is_flat = is_flat(part, self);
        self.next = next;
        is_flat
    }
}

/// Whether nothing in a part holds anything else: it stands on one line. What stood there before does. The row is
/// behind the part afterwards.
fn is_flat(part: Part<'_>, row: &mut Row<'_>) -> bool {
    match row.find(part.address(), Style::Flow) {
        Ok((at, _)) => {
            row.next = at + 1;
            true
        }
        Err(mut inner) => {
            row.next += 1;
            match part.inside() {
                Inside::Parts(mut parts) => parts.all(|part| is_flat(part, &mut inner)),
                Inside::Members(members) => members.iter().all(|(_, node)| is_leaf(node)),
            }
        }
    }
}

impl Rendered {
    /// Writes a document behind `bytes`; `before` is another version of it, or none.
    pub(super) fn behind(bytes: Vec<u8>, document: &Document, before: Option<&Rendered>) -> Rendered {
        let old = before.map_or(&[][..], |before| &before.bytes);
        let mut row = Row::of(before.map_or(&[][..], |before| &before.pieces), 0);
        let mut lines = Lines { out: bytes, begin: 0, pieces: Vec::new(), old };
        lines.members(Style::Block { indent: 0 }, document.members(), &mut row);
        let Lines { out: bytes, pieces, .. } = lines;
        Rendered { bytes, pieces, _document: document.clone() }
    }

    /// It, if the next version may take over from it.
    pub(crate) fn kept(self) -> Option<Rendered> {
        (self.bytes.len() <= KEPT_BYTES_MAX).then_some(self)
    }
}

/// Lines on their way.
struct Lines<'a> {
    out: Vec<u8>,
    /// Where the piece begins that is being written, and what pieces lie in it so far.
    begin: usize,
    pieces: Vec<Piece>,
    /// The bytes of the version before.
    old: &'a [u8],
}

impl Lines<'_> {
    fn members(&mut self, style: Style, members: &Members, row: &mut Row<'_>) {
        if let Some(part) = members.part() {
            self.part(style, part, row);
        }
    }

    fn part(&mut self, style: Style, part: Part<'_>, row: &mut Row<'_>) {
        match row.find(part.address(), style) {
            Ok((at, known)) => {
                row.next = at + 1;
                self.take_over(known);
            }
            Err(inner) => row.next += usize::from(self.write(style, part, inner)),
        }
    }

    fn take_over(&mut self, Known { piece, start }: Known<'_>) {
        let here = self.out.len() - self.begin;
        self.out.extend_from_slice(&self.old[start..start + piece.lines.len]);
        self.pieces.push(Piece { start: here, ..piece.clone() });
    }

    /// Writes a part anew; whether it is long enough to be a piece.
    fn write(&mut self, style: Style, part: Part<'_>, mut row: Row<'_>) -> bool {
        let start = self.out.len();
        let (begin, outer) = (std::mem::replace(&mut self.begin, start), std::mem::take(&mut self.pieces));
        match part.inside() {
            Inside::Parts(parts) => {
                for (at, part) in parts.enumerate() {
                    self.separate(style, at);
                    self.part(style, part, &mut row);
                }
            }
            Inside::Members(members) => {
                for (at, (name, node)) in members.iter().enumerate() {
                    self.separate(style, at);
                    self.member(style, name.as_str(), node, &mut row);
                }
            }
        }
        let inner = std::mem::replace(&mut self.pieces, outer);
        self.begin = begin;
        let len = self.out.len() - start;
        let is_piece = len >= PIECE_BYTES_MIN;
        if is_piece {
            let lines = Arc::new(Piecework { style, len, inner });
            self.pieces.push(Piece { address: part.address(), start: start - begin, lines });
        }
        is_piece
    }

    fn separate(&mut self, style: Style, at: usize) {
        if style == Style::Flow && at > 0 {
            self.out.extend_from_slice(b", ");
        }
    }

    fn member(&mut self, style: Style, name: &str, node: &Node, row: &mut Row<'_>) {
        match style {
            Style::Flow => flow_member(&mut self.out, name, node),
            Style::Block { indent } => {
                spaces(&mut self.out, indent);
                word(&mut self.out, name);
                self.out.push(b':');
                self.below(indent, node, row);
            }
        }
    }

    /// What follows `name:` or `-`: a value on the same line, or a block on the next ones.
    fn below(&mut self, indent: usize, node: &Node, row: &mut Row<'_>) {
        match node {
            Node::Object(members) if members.part().is_some_and(|part| !row.is_flat(part)) => {
                self.out.push(b'\n');
                self.members(Style::Block { indent: indent + 2 }, members, row);
            }
            Node::Array(items) if !items.iter().all(is_leaf) => {
                self.out.push(b'\n');
                for item in items.iter() {
                    spaces(&mut self.out, indent + 2);
                    self.out.push(b'-');
                    self.below(indent + 2, item, row);
                }
            }
            _ => {
                self.out.push(b' ');
                match node {
                    Node::Text(text) => word(&mut self.out, text.as_str()),
                    Node::Object(members) => {
                        self.out.push(b'{');
                        self.members(Style::Flow, members, row);
                        self.out.push(b'}');
                    }
                    _ => flow(&mut self.out, node),
                }
                self.out.push(b'\n');
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::key::Key;
    use crate::model::operation::Operation;
    use crate::model::visits::of;
    use proptest::prelude::*;
    use serde_json::{Value, json};

    /// Steps with a field that is an object each, so that they and the steps stand as blocks.
    fn document(steps: usize) -> Document {
        let step =
            |at: usize| (format!("s{at:04}"), json!({"state": "open", "more": {"at": at, "list": [1, [2]]}}));
        let line: serde_json::Map<String, Value> =
            (0..steps).map(|at| (format!("s{at:04}"), json!("on a line"))).collect();
        let steps: serde_json::Map<String, Value> = (0..steps).map(step).collect();
        Document::from_value(json!({"name": "release", "runs": {"one": {"line": line, "steps": steps}}}))
            .expect("an object")
    }

    fn write(document: &mut Document, key: &str, value: Value) {
        let key = Key::parse(key).expect("a key").into_owned();
        document.apply(&Operation::Write { key, value, previous: None }).expect("its parent is there");
    }

    fn lines(document: &Document, before: Option<&Rendered>) -> Rendered {
        Rendered::behind(b"---\n".to_vec(), document, before)
    }

    #[test]
    fn what_two_versions_share_is_taken_over_and_nothing_else() {
        let mut next = document(1_000);
        let mut before = lines(&next, None);
        write(&mut next, "/runs/one/steps/s0500/state", json!("done"));
        let whole = lines(&next, None).bytes;
        assert!(lines(&next, Some(&before)).bytes == whole);
        // Whoever reads the old bytes shows what he read: one letter of each step is another one there.
        before.bytes.iter_mut().filter(|byte| **byte == b'o').for_each(|byte| *byte = b'0');
        let taken = lines(&next, Some(&before)).bytes;
        assert_eq!(taken.len(), whole.len());
        let own = |bytes: &[u8]| bytes.iter().filter(|byte| **byte == b'o').count();
        assert!((1..own(&whole) / 2).contains(&own(&taken)), "{} of {}", own(&taken), own(&whole));
    }

    #[test]
    fn the_next_version_costs_the_path_to_what_changed() {
        for steps in [100, 10_000] {
            let mut next = document(steps);
            let mut before = lines(&next, None);
            // The last two are side by side, and below different branches.
            for places in [&[7][..], &[steps / 2], &[steps - 1], &[4_095 % steps, 4_096 % steps]] {
                for at in places {
                    write(&mut next, &format!("/runs/one/line/s{at:04}"), json!("is another one"));
                }
                let (visits, taken) = of(|| lines(&next, Some(&before)));
                assert!(visits < 800 * places.len(), "{visits} entries of {steps} on a line");
                before = taken;
            }
            for places in [&[5][..], &[steps / 2], &[steps - 1, 0], &[steps / 2, (steps / 2 + 256) % steps]] {
                for at in places {
                    write(&mut next, &format!("/runs/one/steps/s{at:04}/state"), json!("done"));
                }
                let (visits, taken) = of(|| lines(&next, Some(&before)));
                assert!(visits < 500 * places.len(), "{visits} entries of {steps} steps");
                before = taken;
            }
        }
    }

    #[test]
    fn a_long_text_is_not_kept() {
        let text = |len: usize| json!({"text": "x".repeat(len)});
        let of = |len: usize| lines(&Document::from_value(text(len)).expect("an object"), None).kept();
        assert!(of(KEPT_BYTES_MAX - 100).is_some() && of(KEPT_BYTES_MAX).is_none());
    }

    proptest! {
        #[test]
        fn what_is_taken_over_is_what_would_be_written(
            steps in 1_usize..400,
            edits in prop::collection::vec((0_u8..5, 0_usize..500), 1..60),
        ) {
            let mut next = document(steps);
            let mut before = lines(&next, None);
            for (at, (kind, step)) in edits.into_iter().enumerate() {
                let key = format!("/runs/one/steps/s{step:04}");
                let found = next.get(&Key::parse(&key).expect("a key"));
                let (is_there, is_object) = (found.is_some(), matches!(found, Some(Node::Object(_))));
                match kind {
                    0 if is_object => write(&mut next, &format!("{key}/state"), json!(at)),
                    1 if is_there => {
                        let key = Key::parse(&key).expect("a key").into_owned();
                        next.apply(&Operation::Delete { key, previous: Value::Null }).expect("it is there");
                    }
                    0 => write(&mut next, &format!("/runs/one/line/s{step:04}"), json!({})),
                    1 => write(&mut next, &format!("/runs/one/line/s{step:04}"), json!([at])),
                    // From a block to a line of its own, and to none.
                    2 => write(&mut next, &key, json!({"state": at})),
                    3 => write(&mut next, &key, json!(at)),
                    _ => write(&mut next, &key, json!({"more": {"even": {"more": [at]}}})),
                }
                if at % 3 == 0 {
                    let taken = lines(&next, Some(&before));
                    prop_assert_eq!(&taken.bytes, &lines(&next, None).bytes);
                    before = taken;
                }
            }
        }
    }
}
