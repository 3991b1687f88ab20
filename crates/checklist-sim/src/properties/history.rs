//! The reader of the history: all of it agrees with its end, and a part of it is never more than the whole.

use super::cuts;
use checklist_store::fuzzing::{read_history, reseal, write_history};
use checklist_store::{Error, ErrorKind, Lsn};

pub(super) fn judge(bytes: &[u8]) {
    judge_as_it_is(bytes);
    judge_as_it_is(&reseal(bytes));
}

fn judge_as_it_is(bytes: &[u8]) {
    let reading = read_history(bytes);
    let transactions = match &reading.all {
        Ok(transactions) => transactions,
        Err(error) => return is_expected(error),
    };
    assert!(transactions.windows(2).all(|pair| pair[0].lsn < pair[1].lsn));
    let last = transactions.last().map_or(Lsn(0), |transaction| transaction.lsn);
    assert_eq!(reading.end.as_ref().ok(), Some(&last), "its end is found elsewhere");
    for cut in cuts(bytes) {
        match read_history(&bytes[..cut]).all {
            Ok(part) => assert!(transactions.starts_with(&part), "cut at {cut}, it tells something else"),
            Err(error) => panic!("cut at {cut}, a whole history does not verify: {error}"),
        }
    }
    let again = read_history(&write_history(transactions)).all;
    assert_eq!(again.as_ref().ok(), Some(transactions), "written and read, it is another history");
}

fn is_expected(error: &Error) {
    assert!(matches!(error.kind(), ErrorKind::Corrupt | ErrorKind::UnsupportedFormat), "{error}");
}
