//! `LineReader`: the lines of a file of any size, read in pieces, so that no length found on disk is trusted.

use crate::env::Env;
use std::io;
use std::path::Path;

/// How much is read at once.
const PIECE_BYTES: u64 = 256 << 10;

/// Reads a file line by line, and never holds more than its longest allowed line and one piece.
#[derive(Debug)]
pub(crate) struct LineReader<'a> {
    env: &'a Env,
    path: &'a Path,
    line_bytes_max: usize,
    buffer: Vec<u8>,
    /// Where in the buffer the next line begins.
    start: usize,
    /// Where in the file the buffer ends.
    read: u64,
    is_at_end: bool,
}

/// One line. A line that is longer than allowed comes without its bytes: it cannot verify.
#[derive(Debug)]
pub(crate) struct FileLine<'a> {
    /// Where it begins in the file.
    pub(crate) offset: u64,
    /// Where the next one begins.
    pub(crate) end: u64,
    pub(crate) bytes: &'a [u8],
    /// Whether a newline ended it.
    pub(crate) ended: bool,
}

impl<'a> LineReader<'a> {
    pub(crate) fn new(env: &'a Env, path: &'a Path, line_bytes_max: usize) -> LineReader<'a> {
        LineReader::starting_at(env, path, line_bytes_max, 0)
    }

    /// Begins at this byte of the file, which is where a line begins.
    pub(crate) fn starting_at(
        env: &'a Env,
        path: &'a Path,
        line_bytes_max: usize,
        read: u64,
    ) -> LineReader<'a> {
        LineReader { env, path, line_bytes_max, buffer: Vec::new(), start: 0, read, is_at_end: false }
    }

    /// The next line; `None` at the end of the file, and for a file that does not exist.
    pub(crate) fn next_line(&mut self) -> io::Result<Option<FileLine<'_>>> {
        let offset = self.read - (self.buffer.len() - self.start) as u64;
        let mut searched = 0;
        let mut is_too_long = false;
        loop {
            let rest = &self.buffer[self.start..];
            if let Some(at) = rest[searched..].iter().position(|byte| *byte == b'\n') {
                let len = searched + at;
                let bytes = self.start..self.start + len;
                self.start += len + 1;
                let end = self.read - (self.buffer.len() - self.start) as u64;
                is_too_long |= len > self.line_bytes_max;
                let bytes = if is_too_long { &[] } else { &self.buffer[bytes] };
                return Ok(Some(FileLine { offset, end, bytes, ended: true }));
            }
            searched = rest.len();
            if self.is_at_end {
                if offset == self.read {
                    return Ok(None);
                }
                let bytes = self.start..self.buffer.len();
                self.start = self.buffer.len();
                let bytes = if is_too_long { &[] } else { &self.buffer[bytes] };
                return Ok(Some(FileLine { offset, end: self.read, bytes, ended: false }));
            }
            if searched > self.line_bytes_max {
                (is_too_long, searched) = (true, 0);
                self.start = self.buffer.len();
            }
            self.read_on()?;
        }
    }

    fn read_on(&mut self) -> io::Result<()> {
        self.buffer.drain(..self.start);
        self.start = 0;
        let piece = match self.env.fs.read(self.path, self.read..self.read + PIECE_BYTES) {
            Err(error) if error.kind() == io::ErrorKind::NotFound => Vec::new(),
            piece => piece?,
        };
        self.is_at_end = piece.is_empty();
        self.read += piece.len() as u64;
        self.buffer.extend_from_slice(&piece);
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::env::mem::World;

    fn lines(bytes: &[u8], line_bytes_max: usize) -> Vec<(u64, u64, usize, bool)> {
        let world = World::new(1);
        let path = Path::new("/file");
        world.fs.place(path, bytes).unwrap();
        let env = world.env();
        let mut reader = LineReader::new(&env, path, line_bytes_max);
        let mut found = Vec::new();
        while let Some(line) = reader.next_line().unwrap() {
            found.push((line.offset, line.end, line.bytes.len(), line.ended));
        }
        assert!(reader.buffer.capacity() <= 4 * (line_bytes_max + PIECE_BYTES as usize));
        found
    }

    #[test]
    fn lines_come_with_their_places_and_a_rest_without_a_newline_is_one() {
        assert_eq!(lines(b"", 10), []);
        assert_eq!(lines(b"ab\n\nc", 10), [(0, 3, 2, true), (3, 4, 0, true), (4, 5, 1, false)]);
    }

    #[test]
    fn a_line_over_several_pieces_is_whole_and_one_that_is_too_long_has_no_bytes() {
        let long = usize::try_from(3 * PIECE_BYTES).unwrap();
        let mut bytes = vec![b'x'; long];
        bytes.extend_from_slice(b"\nshort\n");
        let end = long as u64 + 1;
        assert_eq!(lines(&bytes, long), [(0, end, long, true), (end, end + 6, 5, true)]);
        assert_eq!(lines(&bytes, long - 1), [(0, end, 0, true), (end, end + 6, 5, true)]);
        assert_eq!(lines(&bytes[..long], 10), [(0, long as u64, 0, false)]);
    }

    #[test]
    fn a_line_of_the_greatest_length_has_its_bytes_and_one_of_a_byte_more_has_none() {
        assert_eq!(lines(b"abc\nabcd\nab\n", 3), [(0, 4, 3, true), (4, 9, 0, true), (9, 12, 2, true)]);
    }
}
