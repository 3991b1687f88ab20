//! `LooseTransaction` and `PlacedTransaction`: the bytes of a transaction, before and after its place in the log is
//! known.
//!
//! What a transaction says is turned into bytes once, by whoever made it; generation, numbers and chain are put around
//! that when its place is known. So many threads can encode, and one strings together; and the history is told of it
//! in the same bytes, for the log and the history say it in the same words.

use super::entry;
use super::json;
use super::operation::Operation;
use super::record::{BATCH_BYTES_MAX, RECORD_BYTES_MAX};
use crate::env::Timestamp;
use crate::error::{Error, ErrorKind, Result};
use crate::report::{Lsn, TxnId};
use crate::schema::Schema;
use serde_json::Value;
use std::fmt;
use std::ops::Range;

/// More than what [`BatchWriter`](super::batch::BatchWriter) puts around the bytes of one record.
pub(super) const FRAME_BYTES_MAX: usize = 118;

/// More than a commit record has beside its frame, its note and what [`LooseTransaction`] holds of it.
pub(super) const COMMIT_BYTES_MAX: usize = 160;

/// The records of a transaction, but for what depends on where they will stand.
pub(crate) struct LooseTransaction {
    /// When it was made.
    pub(crate) timestamp: Timestamp,
    /// The schema of the document from here on, where that is told.
    pub(crate) schema: Option<Schema>,
    /// Of each operation `,"txn":…,"timestamp":"…"`, then of the commit record `,"txn":…,"timestamp":"…"` and
    /// `,"note":…`.
    bytes: Vec<u8>,
    /// Where each of these ends.
    ends: Vec<usize>,
}

/// A transaction that has its place in the log: of which the history can be told.
#[derive(Debug)]
pub(crate) struct PlacedTransaction {
    /// The LSN of its first operation.
    pub(crate) first: Lsn,
    /// The LSN of its commit record.
    pub(crate) lsn: Lsn,
    pub(crate) loose: LooseTransaction,
}

/// Without values, which are in the bytes.
impl fmt::Debug for LooseTransaction {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "LooseTransaction({} operations)", self.len())
    }
}

/// `,"txn":"…"`
const IDENTITY_BYTES: usize = 9 + uuid::fmt::Hyphenated::LENGTH;

/// What stands between that and the moment in a commit record.
const COMMIT: &str = ",\"op\":\"commit\"";

/// As many as the record of a value of some hundred bytes has, with the one before.
const RECORD_BYTES: usize = 512;

impl LooseTransaction {
    pub(crate) fn new(txn: TxnId, timestamp: Timestamp, operations: &[Operation], note: &Value) -> Self {
        let mut hyphenated = [0; uuid::fmt::Hyphenated::LENGTH];
        let identity = [",\"txn\":\"", &*txn.0.as_hyphenated().encode_lower(&mut hyphenated), "\""].concat();
        let moment = format!(",\"timestamp\":\"{timestamp}\"");
        let mut loose = LooseTransaction {
            timestamp,
            schema: None,
            bytes: Vec::with_capacity(RECORD_BYTES * operations.len() + RECORD_BYTES / 4),
            ends: Vec::with_capacity(operations.len() + 2),
        };
        for operation in operations {
            push(&mut loose.bytes, &[&identity, ","]);
            entry::push_operation(&mut loose.bytes, operation);
            push(&mut loose.bytes, &[&moment]);
            loose.ends.push(loose.bytes.len());
        }
        push(&mut loose.bytes, &[&identity, COMMIT, &moment]);
        loose.ends.push(loose.bytes.len());
        if !note.is_null() {
            push(&mut loose.bytes, &[",\"note\":"]);
            json::push(&mut loose.bytes, note);
        }
        loose.ends.push(loose.bytes.len());
        loose
    }

    /// The same, which tells a schema.
    pub(crate) fn with_schema(self, schema: Option<Schema>) -> LooseTransaction {
        LooseTransaction { schema, ..self }
    }

    /// How many operations it has.
    pub(crate) fn len(&self) -> usize {
        self.ends.len() - 2
    }

    /// Where the bytes of a part are: an operation, behind them the commit record, and then the note.
    fn part(&self, at: usize) -> Range<usize> {
        at.checked_sub(1).map_or(0, |before| self.ends[before])..self.ends[at]
    }

    /// What the record of each operation says of it.
    pub(super) fn operations(&self) -> impl Iterator<Item = &[u8]> {
        (0..self.len()).map(|at| &self.bytes[self.part(at)])
    }

    /// What the commit record says before its numbers.
    pub(super) fn commit(&self) -> &[u8] {
        &self.bytes[self.part(self.len())]
    }

    /// `,"note":…`; nothing if there is none.
    pub(super) fn note(&self) -> &[u8] {
        &self.bytes[self.part(self.len() + 1)]
    }

    /// `,"txn":"…"`
    pub(super) fn identity(&self) -> &[u8] {
        &self.commit()[..IDENTITY_BYTES]
    }

    /// `,"timestamp":"…"`
    pub(super) fn moment(&self) -> &[u8] {
        &self.commit()[IDENTITY_BYTES + COMMIT.len()..]
    }

    /// The fields of each operation, in the words that the log and the history share.
    pub(super) fn fields(&self) -> impl Iterator<Item = &[u8]> {
        let moment = self.moment().len();
        self.operations().map(move |operation| &operation[IDENTITY_BYTES + 1..operation.len() - moment])
    }

    /// What a planted bug makes of a group: one transaction.
    pub(crate) fn merged(group: Vec<LooseTransaction>) -> Vec<LooseTransaction> {
        let Some(first) = group.first() else { return group };
        let (mut bytes, mut ends) = (Vec::new(), Vec::new());
        for fields in group.iter().flat_map(LooseTransaction::fields) {
            [first.identity(), b",", fields, first.moment()]
                .iter()
                .for_each(|part| bytes.extend_from_slice(part));
            ends.push(bytes.len());
        }
        for part in [first.commit(), first.note()] {
            bytes.extend_from_slice(part);
            ends.push(bytes.len());
        }
        vec![LooseTransaction { timestamp: first.timestamp, schema: first.schema, bytes, ends }]
    }

    /// At most so many bytes it takes in the log.
    pub(crate) fn len_bytes_max(&self) -> usize {
        self.bytes.len() + (self.len() + 1) * FRAME_BYTES_MAX + COMMIT_BYTES_MAX
    }

    /// Refuses what no log takes.
    ///
    /// # Errors
    /// [`ErrorKind::LimitExceeded`] if a record or the whole has too many bytes.
    pub(crate) fn check_limits(&self) -> Result<()> {
        let longest = self.operations().map(<[u8]>::len).max().unwrap_or(0);
        let commit = self.commit().len() + self.note().len() + COMMIT_BYTES_MAX;
        check_limits([
            (longest.max(commit) + FRAME_BYTES_MAX, RECORD_BYTES_MAX, "a record has too many bytes"),
            (self.len_bytes_max(), BATCH_BYTES_MAX, "the transaction has too many bytes"),
        ])
    }
}

/// Refuses the first of what was found that is above its limit, with the reason beside it.
///
/// # Errors
/// [`ErrorKind::LimitExceeded`].
pub(super) fn check_limits<T: PartialOrd + fmt::Display>(limits: [(T, T, &str); 2]) -> Result<()> {
    for (found, limit, reason) in limits {
        if found > limit {
            let message = format!("{reason}: {found}, the limit is {limit}");
            return Err(Error::new(ErrorKind::LimitExceeded, message));
        }
    }
    Ok(())
}

pub(super) fn push(bytes: &mut Vec<u8>, texts: &[&str]) {
    texts.iter().for_each(|text| bytes.extend_from_slice(text.as_bytes()));
}

#[cfg(test)]
pub(super) mod tests {
    use super::*;

    /// A transaction of operations and a note of so many bytes, which say nothing.
    fn sized(operations: &[usize], note: usize) -> LooseTransaction {
        let commit = 100;
        let mut ends: Vec<usize> = operations
            .iter()
            .scan(0, |end, bytes| {
                *end += bytes;
                Some(*end)
            })
            .collect();
        let start = ends.last().copied().unwrap_or(0);
        ends.extend([start + commit, start + commit + note]);
        let timestamp = Timestamp::default();
        LooseTransaction { timestamp, schema: None, bytes: vec![b' '; start + commit + note], ends }
    }

    /// Why something was refused, if it was.
    pub(in crate::model) fn reason(checked: Result<()>) -> Option<String> {
        checked.err().map(|error| {
            assert_eq!(error.kind(), ErrorKind::LimitExceeded);
            error.to_string()
        })
    }

    #[test]
    fn a_record_may_be_as_large_as_the_limit_and_no_larger() {
        let operation = RECORD_BYTES_MAX - FRAME_BYTES_MAX;
        let note = operation - COMMIT_BYTES_MAX - 100;
        for (operations, note) in [
            (&[operation][..], 0),
            (&[10, operation, 10], 0),
            (&[10, 10, 10, operation], 0),
            (&[], note),
            (&[10, 10, 10], note),
        ] {
            assert_eq!(reason(sized(operations, note).check_limits()), None, "{operations:?} {note}");
            let longer: Vec<usize> =
                operations.iter().map(|bytes| bytes + usize::from(*bytes == operation)).collect();
            let longer = sized(&longer, if note == 0 { 0 } else { note + 1 });
            let reason = reason(longer.check_limits()).unwrap();
            assert!(
                reason.contains("a record has too many bytes: 4194305, the limit is 4194304"),
                "{reason}"
            );
        }
    }

    #[test]
    fn a_transaction_may_be_as_large_as_the_limit_and_no_larger() {
        for count in [5, 6, 9] {
            let bytes = BATCH_BYTES_MAX - (count + 1) * FRAME_BYTES_MAX - COMMIT_BYTES_MAX - 100;
            let mut operations = vec![bytes / count; count];
            operations[0] += bytes % count;
            let loose = sized(&operations, 0);
            assert_eq!(loose.len_bytes_max(), BATCH_BYTES_MAX);
            assert_eq!(reason(loose.check_limits()), None);
            let reason = reason(sized(&operations, 1).check_limits()).unwrap();
            let expected = "the transaction has too many bytes: 16777217, the limit is 16777216";
            assert!(reason.contains(expected), "{reason}");
        }
    }
}
