//! The sealed line: how the log and the history protect every line with a CRC-32C of fixed place and width.
//!
//! A line is `{…,"crc":"xxxxxxxx"}\n`. The CRC covers every
//! byte before `,"crc":"`, so that a line proves itself before any JSON parser sees it.

use super::crc::Crc;
use super::digits;
use crate::planted::{self, Bug};

const SUFFIX_START: &[u8] = b",\"crc\":\"";
const SUFFIX_END: &[u8] = b"\"}";
const SUFFIX_BYTES: usize = SUFFIX_START.len() + 8 + SUFFIX_END.len();

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
    let crc = Crc::from_digits(digits)?;
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
