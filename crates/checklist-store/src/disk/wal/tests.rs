//! Tests of what is known of a log that was found.

use super::*;
use crate::disk::head::Promise;
use crate::disk::tail::Tail;
use crate::disk::wal_reader::Committed;
use crate::model::record::Generation;
use crate::report::TxnId;

const GENERATION: Generation = Generation(7);

/// A log of one transaction that ends at LSN 5.
fn scan(promise: Option<(Generation, u64)>, tail: Option<Tail>) -> Scan {
    let txn = TxnId(uuid::Uuid::from_u128(1));
    Scan {
        committed: vec![Committed { txn, lsn: Lsn(5), operations: 1 }],
        chain: Some(Chain { generation: GENERATION, last: Lsn(5), prev: Crc(1) }),
        promise: promise.map(|(generation, lsn)| Promise { generation, lsn: Lsn(lsn) }),
        tail,
        ..Scan::default()
    }
}

#[test]
fn a_log_is_durable_only_where_all_of_it_was_promised_and_nothing_lies_behind() {
    let tail = || Tail::behind(b"end", 9, Some(0), Some((GENERATION, Lsn(5))));
    let is_promised = |scan: &Scan| WriteAheadLog::found(None, scan).is_promised();
    assert!(is_promised(&scan(Some((GENERATION, 5)), None)));
    assert!(is_promised(&scan(Some((GENERATION, 6)), None)));
    for (promise, tail) in [
        (None, None),
        (Some((GENERATION, 4)), None),
        (Some((Generation(8), 5)), None),
        (Some((GENERATION, 5)), Some(tail())),
        (None, Some(tail())),
    ] {
        assert!(!is_promised(&scan(promise, tail)), "{promise:?}");
    }
    assert!(is_promised(&Scan::default()), "nothing is in it");
}
