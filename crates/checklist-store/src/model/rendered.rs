//! `Rendered`: a document as lines of YAML, of which the next version takes over what it shares with this one.
//!
//! One fixed style, of which every line is either a block key or a JSON value. Objects of scalars are one JSON flow
//! mapping on one line (which is YAML), deeper ones are block mappings: a change of one step is a change of one line.
//! And what two versions of a document share has the same lines in both, at whatever place: they stay where they are in
//! memory, with the CRC that they have.

use super::crc::Crc;
use super::document::{Document, Node};
use super::emit::{flow, flow_member, is_leaf, spaces, word};
use super::members::{Inside, Members, Part};
use super::splice::Splice;
use super::visits;
use std::fmt;
use std::sync::{Arc, OnceLock};

/// Longer ones are not kept to take over from: their bytes would stand beside a document that is large itself.
const KEPT_BYTES_MAX: usize = 4 << 20;

/// Shorter parts are written anew with what stands around them.
const PIECE_BYTES_MIN: usize = 512;

/// The bytes of a file that ends in a document, and where in them the parts of its objects stand.
pub(crate) struct Rendered {
    pub(crate) bytes: Vec<u8>,
    /// That of the bytes from the document on.
    pub(super) content: Crc,
    /// All that is there of pieces, one in the other.
    pieces: Vec<Piece>,
    /// What it was made of. As long as that is held, none of its parts is changed or goes: whoever meets the address
    /// of one again meets the same part.
    document: Document,
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
    /// That of the text, once it was asked for.
    crc: OnceLock<Crc>,
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
    /// Writes a document between `head` and `end`, into the memory of another version of it, if there is one.
    pub(super) fn between(
        head: &[u8],
        document: &Document,
        end: &[u8],
        before: Option<Rendered>,
    ) -> Rendered {
        let is_known = before.is_some();
        // What was rendered before is held until its parts were looked for.
        let (old, known, _held) = match before {
            Some(Rendered { bytes, pieces, document, .. }) => (bytes, pieces, Some(document)),
            None => (Vec::new(), Vec::new(), None),
        };
        let mut lines = Lines { out: Splice::default(), begin: 0, pieces: Vec::new() };
        if !is_known {
            // Names and values, and as much again for what stands around them; a document of deep blocks grows it.
            lines.out.fresh().reserve(4096 + document.bytes() / 4 * 5);
        }
        lines.out.fresh().extend_from_slice(head);
        lines.members(Style::Block { indent: 0 }, document.members(), &mut Row::of(&known, 0));
        lines.out.fresh().extend_from_slice(end);
        let Lines { out, pieces, .. } = lines;
        let bytes = out.finish(old);
        let content =
            if is_known { joined(&bytes, head.len(), &pieces) } else { Crc::of(&bytes[head.len()..]) };
        Rendered { bytes, content, pieces, document: document.clone() }
    }

    /// It, if the next version may take over from it.
    pub(crate) fn kept(self) -> Option<Rendered> {
        (self.bytes.len() <= KEPT_BYTES_MAX).then_some(self)
    }
}

/// The CRC of bytes from an offset on, in which pieces stand whose own is computed once.
fn joined(bytes: &[u8], mut at: usize, pieces: &[Piece]) -> Crc {
    let mut crc = Crc::default();
    for Piece { start, lines, .. } in pieces {
        let end = start + lines.len;
        let own = lines.crc.get_or_init(|| {
            visits::count(1);
            joined(&bytes[*start..end], 0, &lines.inner)
        });
        crc = crc.with(&bytes[at..*start]).and(*own, lines.len);
        at = end;
    }
    crc.with(&bytes[at..])
}

/// Lines on their way.
struct Lines {
    out: Splice,
    /// Where the piece begins that is being written, and what pieces lie in it so far.
    begin: usize,
    pieces: Vec<Piece>,
}

impl Lines {
    fn members(&mut self, style: Style, members: &Members, row: &mut Row<'_>) {
        if let Some(part) = members.part() {
            self.part(style, part, row);
        }
    }

    fn part(&mut self, style: Style, part: Part<'_>, row: &mut Row<'_>) {
        match row.find(part.address(), style) {
            Ok((at, known)) if self.take_over(known) => row.next = at + 1,
            Ok(_) => drop(self.write(style, part, Row::of(&[], 0))),
            Err(inner) => row.next += usize::from(self.write(style, part, inner)),
        }
    }

    /// Takes a piece over with the place that it has among others; `false` if those do not come in their order.
    fn take_over(&mut self, Known { piece, start }: Known<'_>) -> bool {
        let here = self.out.len() - self.begin;
        let is_taken = self.out.take(start, piece.lines.len).is_some();
        if is_taken {
            self.pieces.push(Piece { start: here, ..piece.clone() });
        }
        is_taken
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
            let lines = Arc::new(Piecework { style, len, inner, crc: OnceLock::new() });
            self.pieces.push(Piece { address: part.address(), start: start - begin, lines });
        }
        is_piece
    }

    fn separate(&mut self, style: Style, at: usize) {
        if style == Style::Flow && at > 0 {
            self.out.fresh().extend_from_slice(b", ");
        }
    }

    fn member(&mut self, style: Style, name: &str, node: &Node, row: &mut Row<'_>) {
        match style {
            Style::Flow => flow_member(self.out.fresh(), name, node),
            Style::Block { indent } => {
                spaces(self.out.fresh(), indent);
                word(self.out.fresh(), name);
                self.out.fresh().push(b':');
                self.below(indent, node, row);
            }
        }
    }

    /// What follows `name:` or `-`: a value on the same line, or a block on the next ones.
    fn below(&mut self, indent: usize, node: &Node, row: &mut Row<'_>) {
        match node {
            Node::Object(members) if members.part().is_some_and(|part| !row.is_flat(part)) => {
                self.out.fresh().push(b'\n');
                self.members(Style::Block { indent: indent + 2 }, members, row);
            }
            Node::Array(items) if !items.iter().all(is_leaf) => {
                self.out.fresh().push(b'\n');
                for item in items.iter() {
                    spaces(self.out.fresh(), indent + 2);
                    self.out.fresh().push(b'-');
                    self.below(indent + 2, item, row);
                }
            }
            _ => {
                self.out.fresh().push(b' ');
                match node {
                    Node::Text(text) => word(self.out.fresh(), text.as_str()),
                    Node::Object(members) => {
                        self.out.fresh().push(b'{');
                        self.members(Style::Flow, members, row);
                        self.out.fresh().push(b'}');
                    }
                    _ => flow(self.out.fresh(), node),
                }
                self.out.fresh().push(b'\n');
            }
        }
    }
}

#[cfg(test)]
mod tests;
