//! The reader of the log: what it takes for committed is whole, numbered without a hole, and a prefix of
//! whatever more of the same log would show.

use super::{are_same, cuts};
use checklist_store::fuzzing::{LogReading, read_log, relate, reseal, write_log};
use checklist_store::{CommittedTransaction, Lsn};

pub(super) fn judge(bytes: &[u8]) {
    judge_as_it_is(bytes);
    judge_as_it_is(&reseal(bytes));
}

fn judge_as_it_is(bytes: &[u8]) {
    let reading = read_log(bytes);
    assert!(reading.committed_bytes <= bytes.len());
    is_numbered(&reading.transactions);
    assert!(reading.base.is_some() || reading.transactions.is_empty(), "transactions without a base");

    let committed = read_log(&bytes[..reading.committed_bytes]);
    assert_eq!(committed.transactions, reading.transactions, "the tail changes what is committed");
    assert_eq!((committed.base, committed.committed_bytes), (reading.base, reading.committed_bytes));
    for cut in cuts(bytes) {
        let part = read_log(&bytes[..cut]).transactions;
        assert!(reading.transactions.starts_with(&part), "cut at {cut}, the log tells something else");
    }

    // The highest number that a state can have: what every JSON reader still takes for a whole number.
    let highest = Lsn((1 << 53) - 1);
    let last = reading.transactions.last().map_or(Lsn(0), |transaction| transaction.lsn);
    for (lsn, checksum) in reading.base.into_iter().chain([(Lsn(0), 0), (last, 1), (highest, 2)]) {
        assert!(!relate(bytes, lsn, checksum).is_empty());
    }
    if let Some((lsn, checksum)) = reading.base {
        // Numbers are given anew, so they begin low enough to have room.
        let rewritten = write_log(1, (Lsn(lsn.0 >> 1), checksum), &reading.transactions);
        let again: LogReading = read_log(&rewritten);
        assert!(are_same(&again.transactions, &reading.transactions), "written and read, it is another log");
        assert_eq!(again.committed_bytes, rewritten.len());
    }
}

/// Each transaction ends with its own commit record, and the next follows it.
fn is_numbered(transactions: &[CommittedTransaction]) {
    for transaction in transactions {
        assert_eq!(transaction.lsn.0, transaction.first.0 + transaction.operations.len() as u64);
        assert!(!transaction.operations.is_empty());
    }
    assert!(transactions.windows(2).all(|pair| pair[1].first.0 == pair[0].lsn.0 + 1));
}
