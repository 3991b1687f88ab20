//! `Unsealed`: lines that wait for their place in the history, each whole but for its chain and its seal.
//!
//! They lie behind one another. What a transaction says is copied to here while it is in the caches of the processor;
//! thousands of them, each by itself, took longer to be found again and let go of than to be written.

use super::crc::Crc;
use super::entry::{self, Told};
use super::loose::PlacedTransaction;
use crate::report::Lsn;
use std::fmt;

/// So much memory is kept for the next lines.
const KEPT_BYTES_MAX: usize = 16 << 20;

/// Oldest first.
#[derive(Default)]
pub(crate) struct Unsealed {
    bytes: Vec<u8>,
    /// The LSN of each line, and where it ends.
    lines: Vec<(Lsn, usize)>,
}

/// One of them.
pub(crate) struct UnsealedLine<'a> {
    lsn: Lsn,
    bytes: &'a [u8],
}

/// Without values, which are in the bytes.
impl fmt::Debug for Unsealed {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Unsealed({} lines)", self.lines.len())
    }
}

impl Unsealed {
    /// Adds the line of a transaction that is in the log.
    pub(crate) fn push(&mut self, placed: &PlacedTransaction) {
        entry::push_placed(&mut self.bytes, placed);
        self.lines.push((placed.lsn, self.bytes.len()));
    }

    pub(crate) fn lines(&self) -> impl Iterator<Item = UnsealedLine<'_>> {
        let begins = std::iter::once(0).chain(self.lines.iter().map(|(_, end)| *end));
        begins
            .zip(&self.lines)
            .map(|(begin, (lsn, end))| UnsealedLine { lsn: *lsn, bytes: &self.bytes[begin..*end] })
    }

    pub(crate) fn clear(&mut self) {
        self.bytes.clear();
        self.bytes.shrink_to(KEPT_BYTES_MAX);
        self.lines.clear();
    }
}

impl Told for UnsealedLine<'_> {
    fn lsn(&self) -> Lsn {
        self.lsn
    }

    fn push_line(&self, out: &mut Vec<u8>, document: Option<Crc>, prev: Crc) -> Crc {
        let start = out.len();
        out.extend_from_slice(self.bytes);
        entry::push_end(out, start, document, prev)
    }
}

#[cfg(test)]
mod tests {
    use super::super::loose::LooseTransaction;
    use super::*;
    use crate::env::Timestamp;
    use crate::report::TxnId;
    use serde_json::Value;

    #[test]
    fn the_memory_of_lines_that_were_told_is_kept_within_bounds() {
        let mut unsealed = Unsealed::default();
        for (len, kept) in [
            (1, 1..4096),
            (KEPT_BYTES_MAX, KEPT_BYTES_MAX..KEPT_BYTES_MAX + 1),
            (1, KEPT_BYTES_MAX..KEPT_BYTES_MAX + 1),
        ] {
            let (txn, note) = (TxnId(uuid::Uuid::nil()), Value::from("x".repeat(len)));
            let loose = LooseTransaction::new(txn, Timestamp::default(), &[], &note);
            unsealed.push(&PlacedTransaction { first: Lsn(1), lsn: Lsn(1), loose });
            assert_eq!(unsealed.lines().count(), 1);
            unsealed.clear();
            assert_eq!(unsealed.lines().count(), 0);
            assert!(kept.contains(&unsealed.bytes.capacity()), "{}", unsealed.bytes.capacity());
        }
    }
}
