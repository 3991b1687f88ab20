//! The head marker: the newest unpublished commit has a witness, so that a log whose end is missing is damage.

use crate::fixture::{TestStore, root, write};
use checklist_store::{ErrorKind, Store, Verdict};
use serde_json::json;

/// A store whose log holds two commits, and where the first of them ends.
fn two_unpublished() -> (TestStore, usize) {
    let test = TestStore::new();
    let mut store = test.open_deferred();
    write(&mut store, "/one", 1);
    let first = test.bytes(".wal").len();
    write(&mut store, "/two", 2);
    (test, first)
}

#[test]
fn a_log_that_ends_before_what_was_promised_is_damage() {
    let (test, first) = two_unpublished();
    let log = test.bytes(".wal");
    for len in (first..log.len()).chain([0]) {
        let fork = test.fork();
        fork.ends_unsound().put(".wal", &log[..len]);
        let before = fork.files();
        assert_eq!(fork.refused().kind(), ErrorKind::Corrupt, "cut at {len}");
        assert_eq!(fork.files(), before, "cut at {len}");
    }
    let fork = test.fork();
    fork.ends_unsound().put(".wal", &log[..first]);
    let told = fork.refused().to_string();
    assert!(told.contains("the end of the log is missing"), "{told}");
}

#[test]
fn without_the_marker_such_a_log_is_one_that_was_never_written() {
    let (test, first) = two_unpublished();
    let log = test.bytes(".wal");
    test.remove(".wal.head");
    test.put(".wal", &log[..first]);
    let store = test.open();
    assert_eq!(store.recovery().verdict, Verdict::Redone);
    assert_eq!(store.snapshot().to_value(), json!({"one": 1}));
}

#[test]
fn a_repair_of_such_a_log_says_what_is_lost_and_uses_no_number_twice() {
    let (test, first) = two_unpublished();
    let log = test.bytes(".wal");
    let lost = test.fork().open().snapshot().lsn();
    test.put(".wal", &log[..first]);
    let plan = Store::repair(&test.options(), &root()).unwrap();
    assert!(plan.lost.is_some(), "{plan:?}");
    let mut store = test.open();
    assert_eq!(store.snapshot().to_value(), json!({"one": 1}));
    write(&mut store, "/three", 3);
    assert!(store.snapshot().lsn() > lost);
}

#[test]
fn what_was_published_needs_no_marker() {
    let (test, _) = two_unpublished();
    test.open().close().unwrap();
    assert_eq!(test.bytes(".wal").len(), 0);
    assert!(!test.bytes(".wal.head").is_empty(), "it stays, and speaks of what the state holds");
    assert_eq!(test.open().recovery().verdict, Verdict::Clean);
}
