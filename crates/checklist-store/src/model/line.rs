//! The sealed line: how the log and the history protect every line with a CRC-32C of fixed place and width.
//!
//! A line is `{…,"crc":"xxxxxxxx"}\n`. The CRC (CRC-32C, Castagnoli, RFC 3720 appendix B.4) covers every
//! byte before `,"crc":"`, so that a line proves itself before any JSON parser sees it.

use super::digits;
use crate::planted::{self, Bug};
use std::fmt;

const SUFFIX_START: &[u8] = b",\"crc\":\"";
const SUFFIX_END: &[u8] = b"\"}";
const SUFFIX_BYTES: usize = SUFFIX_START.len() + 8 + SUFFIX_END.len();

/// A CRC-32C.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Default)]
pub(crate) struct Crc(pub(crate) u32);

impl Crc {
    pub(crate) fn of(bytes: &[u8]) -> Crc {
        Crc(crc32c::crc32c(bytes))
    }

    /// That of the bytes this is of and, behind them, `len` others.
    pub(crate) fn and(self, others: Crc, len: usize) -> Crc {
        Crc(crc32c::crc32c_combine(self.0, others.0, len))
    }

    /// Reads eight lower-case hexadecimal digits.
    pub(crate) fn parse(text: &str) -> Option<Crc> {
        hex(text.as_bytes()).map(Crc)
    }
}

impl fmt::Display for Crc {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:08x}", self.0)
    }
}

fn hex(digits: &[u8]) -> Option<u32> {
    digits::hex(digits.get(..8).filter(|_| digits.len() == 8)?).and_then(|crc| u32::try_from(crc).ok())
}

/// Closes the line whose JSON object begins at `start` and has no closing brace yet.
pub(crate) fn seal(out: &mut Vec<u8>, start: usize) -> Crc {
    let crc = Crc::of(&out[start..]);
    out.extend_from_slice(SUFFIX_START);
    digits::push_hex::<8>(out, crc.0.into());
    out.extend_from_slice(SUFFIX_END);
    out.push(b'\n');
    crc
}

/// A line whose bytes prove themselves: its text (ASCII, without the newline) and its CRC.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Sealed<'a> {
    pub(crate) text: &'a str,
    pub(crate) crc: Crc,
}

/// Checks a line without its newline; `None` if it does not prove itself.
pub(crate) fn open(line: &[u8]) -> Option<Sealed<'_>> {
    let body_bytes = line.len().checked_sub(SUFFIX_BYTES)?;
    let (body, suffix) = line.split_at(body_bytes);
    let (digits, end) = suffix.strip_prefix(SUFFIX_START)?.split_at(8);
    let crc = Crc(hex(digits)?);
    if end != SUFFIX_END || !line.is_ascii() || (crc != Crc::of(body) && !planted::is(Bug::SkipCrc)) {
        return None;
    }
    Some(Sealed { text: std::str::from_utf8(line).ok()?, crc })
}

/// One line of a file: where it begins, its bytes, and whether a newline ended it.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Line<'a> {
    pub(crate) offset: usize,
    pub(crate) bytes: &'a [u8],
    pub(crate) ended: bool,
}

impl Line<'_> {
    pub(crate) fn end(&self) -> usize {
        self.offset + self.bytes.len() + usize::from(self.ended)
    }
}

/// Splits bytes into lines; a rest without a newline is a line that did not end.
pub(crate) fn lines(bytes: &[u8]) -> impl Iterator<Item = Line<'_>> {
    let mut offset = 0;
    std::iter::from_fn(move || {
        let rest = bytes.get(offset..).filter(|rest| !rest.is_empty())?;
        let newline = memchr::memchr(b'\n', rest);
        let line = Line { offset, bytes: &rest[..newline.unwrap_or(rest.len())], ended: newline.is_some() };
        offset = line.end();
        Some(line)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn sealed(body: &str) -> Vec<u8> {
        let mut out = body.as_bytes().to_vec();
        seal(&mut out, 0);
        out
    }

    #[test]
    fn the_check_value_of_the_standard() {
        assert_eq!(Crc::of(b"123456789"), Crc(0xe306_9283));
    }

    #[test]
    fn a_line_proves_itself_and_every_flipped_bit_is_seen() {
        let line = sealed("{\"v\":1,\"key\":\"/a\"");
        let line = line.strip_suffix(b"\n").unwrap();
        assert!(open(line).is_some());
        for bit in 0..line.len() * 8 {
            let mut damaged = line.to_vec();
            damaged[bit / 8] ^= 1 << (bit % 8);
            assert!(open(&damaged).is_none(), "bit {bit}");
        }
        for len in 0..line.len() {
            assert!(open(&line[..len]).is_none(), "length {len}");
        }
    }

    #[test]
    fn lines_are_split_with_their_offsets() {
        let found: Vec<_> = lines(b"ab\n\nc").map(|line| (line.offset, line.bytes, line.ended)).collect();
        assert_eq!(found, [(0, &b"ab"[..], true), (3, &b""[..], true), (4, &b"c"[..], false)]);
        assert_eq!(lines(b"").count(), 0);
    }
}
