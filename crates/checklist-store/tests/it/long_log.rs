//! A log that is longer than what is read of it at once.

use crate::fixture::{TestStore, root};
use checklist_store::{Draft, ErrorKind, Key, Publish, Result, Store};

fn text(number: usize) -> String {
    format!("{number:06}").repeat(50_000)
}

fn write(draft: &mut Draft, number: usize) -> Result<()> {
    let key = format!("/texts/{number}");
    draft.write(&Key::parse(&key)?, text(number).as_str())
}

fn deferred(test: &TestStore) -> Store {
    let options =
        test.options().wal_limit(64 << 20).publish(Publish::Deferred { wal_bytes: 32 << 20 }).fill_ahead(0);
    options.open(root()).expect("the store opens")
}

/// A transaction of 2.4 MB, longer than a piece, and ten of 300 kB, of which nothing is published.
fn left_in_the_log() -> TestStore {
    let test = TestStore::new();
    let mut store = deferred(&test);
    store.transact(|draft| (0..8).try_for_each(|number| write(draft, number))).expect("a commit");
    for number in 8..18 {
        store.transact(|draft| write(draft, number)).expect("a commit");
    }
    assert!(test.bytes(".wal").len() > 5 << 20, "that is several pieces");
    test
}

#[test]
fn every_transaction_of_it_is_recovered_in_order() {
    let test = left_in_the_log();
    let store = test.open();
    assert_eq!(store.recovery().redone.len(), 11);
    for number in 0..18 {
        let key = format!("/texts/{number}");
        let found: Option<String> =
            store.snapshot().read_as(&Key::parse(&key).expect("a key")).expect("a text");
        assert!(found == Some(text(number)), "{number}");
    }
}

#[test]
fn damage_anywhere_in_it_is_found_and_nothing_is_changed() {
    let whole = left_in_the_log();
    let bytes = whole.bytes(".wal");
    for part in 1..8 {
        let test = whole.fork();
        let mut damaged = bytes.clone();
        damaged[bytes.len() * part / 8] ^= 1;
        test.ends_unsound().put(".wal", &damaged);
        let before = test.files();
        let error = test.options().open(root()).expect_err("it cannot be read over");
        assert_eq!(error.kind(), ErrorKind::Corrupt, "{part}: {error}");
        assert_eq!(test.files(), before, "{part}");
    }
}
