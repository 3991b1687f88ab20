//! A log that waits to be published: filled ahead, left whole by a kill, handed from one process to another.

use crate::fixture::{TestStore, root, write};
use checklist_store::env::mem::Survival;
use checklist_store::{Event, Options, Publish, Store, Value, Verdict};
use serde_json::json;
use std::sync::{Arc, Mutex};

const FILL_BYTES: u64 = 4_096;

fn filling(test: &TestStore) -> Options {
    test.options().publish(Publish::Deferred { wal_bytes: 1 << 20 }).fill_ahead(FILL_BYTES)
}

/// The events that tell of other processes and of publishing, as they print for debugging.
fn heard(options: Options) -> (Options, impl Fn() -> Vec<String>) {
    let heard: Arc<Mutex<Vec<String>>> = Arc::default();
    let ears = Arc::clone(&heard);
    let options = options.observe(Arc::new(move |event: &Event| {
        if matches!(event, Event::CaughtUp { .. } | Event::Recovered(_) | Event::Published { .. }) {
            ears.lock().expect("no panic").push(format!("{event:?}"));
        }
    }));
    (options, move || std::mem::take(&mut *heard.lock().expect("no panic")))
}

/// The log up to the end of its last record.
fn records(log: &[u8]) -> &[u8] {
    &log[..log.iter().rposition(|byte| *byte == b'\n').map_or(0, |newline| newline + 1)]
}

/// A store that was killed with two commits in its log.
fn killed() -> TestStore {
    let test = TestStore::new();
    let mut store = filling(&test).open(root()).expect("the store opens");
    write(&mut store, "/one", 1);
    write(&mut store, "/two", 2);
    drop(store);
    test
}

#[test]
fn commits_are_written_over_what_was_filled_ahead() {
    let test = TestStore::new();
    let mut store = filling(&test).open(root()).unwrap();
    write(&mut store, "/one", 1);
    let first = test.bytes(".wal");
    let (end, len) = (records(&first).len(), first.len());
    assert_eq!(len as u64, end as u64 + FILL_BYTES);
    assert!(first[end..].iter().all(|byte| *byte == b' '));
    write(&mut store, "/two", 2);
    let second = test.bytes(".wal");
    assert_eq!((second.len(), &second[..end]), (len, &first[..end]));
    let lines = std::str::from_utf8(&second).unwrap();
    let values = serde_json::Deserializer::from_str(lines).into_iter::<Value>();
    assert_eq!(values.map(Result::unwrap).count(), 5, "a base, and twice an operation and its commit");
    for count in 0..40 {
        write(&mut store, "/count", count);
        let cut = TestStore::on(&test.image().survive(&Survival::nothing()));
        assert_eq!(cut.open().snapshot().to_value(), json!({"one": 1, "two": 2, "count": count}));
    }
    assert!(test.bytes(".wal").len() > len, "it is filled again where it is used up");
    store.close().unwrap();
    assert!(test.bytes(".wal").is_empty());
}

#[test]
fn as_much_is_filled_as_is_asked_for_and_256_kib_where_nothing_is_said() {
    for (asked, filled) in [(None, 256 << 10), (Some(100), 100), (Some(0), 0), (Some(1 << 30), 1 << 20)] {
        let test = TestStore::new();
        let options = test.options().publish(Publish::Deferred { wal_bytes: 4 << 20 }).wal_limit(4 << 20);
        let options = match asked {
            Some(bytes) => options.fill_ahead(bytes),
            None => options,
        };
        write(&mut options.open(root()).unwrap(), "/one", 1);
        let log = test.bytes(".wal");
        assert_eq!(log.len() - records(&log).len(), filled, "{asked:?}");
    }
}

#[test]
fn a_commit_survives_whose_log_had_to_be_created_anew() {
    let test = TestStore::new();
    write(&mut test.open(), "/one", 1);
    test.remove(".wal");
    write(&mut test.open_deferred(), "/two", 2);
    let cut = TestStore::on(&test.image().survive(&Survival::nothing()));
    assert_eq!(cut.open().snapshot().to_value(), json!({"one": 1, "two": 2}));
}

#[test]
fn who_publishes_with_each_commit_fills_nothing() {
    let test = TestStore::new();
    let lens: Arc<Mutex<Vec<u64>>> = Arc::default();
    let seen = Arc::clone(&lens);
    test.world.fs.on_call(move |call, fs| {
        if call.path.ends_with(".wal") {
            seen.lock().unwrap().push(fs.image().read(&call.path).map_or(0, |log| log.len() as u64));
        }
    });
    write(&mut test.options().fill_ahead(FILL_BYTES).open(root()).unwrap(), "/one", 1);
    test.world.fs.on_call(|_, _| {});
    assert!(lens.lock().unwrap().iter().all(|len| *len < FILL_BYTES));
}

#[test]
fn a_kill_between_commits_leaves_nothing_to_put_aside_and_needs_no_copies() {
    let test = killed();
    let before = test.files();
    let store = filling(&test).open(root()).unwrap();
    let report = store.recovery();
    assert_eq!((report.verdict, report.discarded_bytes, report.records), (Verdict::Redone, 0, 4));
    assert_eq!((report.redone.len(), report.backup.as_ref()), (2, None));
    assert_eq!(store.snapshot().to_value(), json!({"one": 1, "two": 2}));
    assert_eq!(test.files(), before, "nothing on disk is changed");
    store.close().unwrap();
    assert!(test.text("state.yaml").contains("two: 2") && test.bytes(".wal").is_empty());
    assert_eq!(test.open().history().unwrap().len(), 2);
}

#[test]
fn spaces_and_zeros_at_the_end_are_nothing_whoever_opens() {
    let test = killed();
    let log = test.bytes(".wal");
    for end in [&b""[..], b" ", &[0; 700], b"   \0\0\0 \0"] {
        let fork = test.fork();
        fork.put(".wal", [records(&log), end].concat());
        let store = fork.open();
        let report = store.recovery();
        assert_eq!((report.verdict, report.discarded_bytes), (Verdict::Redone, 0), "{end:?}");
        assert_eq!(store.snapshot().to_value(), json!({"one": 1, "two": 2}));
    }
    let fork = test.fork();
    fork.put(".wal", [records(&log), b"  x "].concat());
    assert_eq!(fork.open().recovery().discarded_bytes, 3);
}

#[test]
fn a_log_that_nobody_vouches_for_is_published_anew() {
    let test = killed();
    test.remove(".wal.head");
    let store = filling(&test).open(root()).unwrap();
    assert_eq!(store.recovery().verdict, Verdict::Redone);
    assert!(store.recovery().backup.is_some());
    assert!(test.bytes(".wal").is_empty(), "what is not known to be durable is not built upon");
}

#[test]
fn two_who_publish_late_hand_the_log_over_without_publishing() {
    let test = TestStore::new();
    let (options, heard) = heard(filling(&test));
    let (mut first, mut second) = (options.clone().open(root()).unwrap(), options.open(root()).unwrap());
    for round in 0..6 {
        write(&mut first, "/first", round);
        write(&mut second, "/second", round);
        let cut = TestStore::on(&test.image().survive(&Survival::nothing()));
        assert_eq!(cut.open().snapshot().to_value(), json!({"first": round, "second": round}));
    }
    let events = heard();
    assert_eq!(events.len(), 11, "{events:?}");
    assert!(events.iter().all(|event| event.starts_with("CaughtUp { transactions: 1,")), "{events:?}");
    first.refresh().unwrap();
    assert_eq!(first.snapshot().to_value(), second.snapshot().to_value());
    second.close().unwrap();
    drop(first);
    let history = test.open().history().unwrap();
    assert_eq!(history.len(), 12, "each is told once");
    assert!(history.windows(2).all(|pair| pair[0].lsn < pair[1].first));
}

#[test]
fn who_published_and_went_on_is_caught_up_with_too() {
    let test = TestStore::new();
    let (options, heard) = heard(filling(&test));
    let (mut first, mut second) = (options.clone().open(root()).unwrap(), options.open(root()).unwrap());
    write(&mut first, "/a", 1);
    write(&mut second, "/b", 1);
    first.publish().unwrap();
    write(&mut first, "/a", 2);
    heard();
    write(&mut second, "/b", 2);
    let events = heard();
    assert!(matches!(events.as_slice(), [event] if event.starts_with("CaughtUp")), "{events:?}");
    second.close().unwrap();
    let store: Store = test.open();
    assert_eq!(store.snapshot().to_value(), json!({"a": 2, "b": 2}));
    assert_eq!(store.history().unwrap().len(), 4);
}

#[test]
fn a_reader_takes_in_what_waits_without_a_lock_or_a_change() {
    let test = TestStore::new();
    let mut reader = test.open();
    let mut writer = filling(&test).open(root()).unwrap();
    for count in 0..3 {
        write(&mut writer, "/count", count);
        let open = writer.begin().unwrap();
        let (before, calls) = (test.files(), test.world.fs.calls());
        reader.refresh().unwrap();
        assert!(test.world.fs.calls() - calls < 12, "it reads the end of the log, and no more");
        assert_eq!(reader.snapshot().to_value(), json!({"count": count}));
        assert_eq!(test.files(), before);
        open.rollback();
    }
    reader.close().unwrap();
    assert!(!test.bytes(".wal").is_empty(), "it is not the reader's to publish");
    writer.close().unwrap();
}

#[test]
fn a_reader_of_a_log_that_began_anew_changes_nothing_and_waits_for_nobody() {
    let test = TestStore::new();
    let mut reader = test.open();
    let mut writer = filling(&test).open(root()).unwrap();
    for count in 0..3 {
        write(&mut writer, "/count", 10 * count);
        // Another life of the log: what the reader knew of it is gone.
        writer.publish().unwrap();
        write(&mut writer, "/count", count);
        let open = writer.begin().unwrap();
        let before = test.files();
        reader.refresh().unwrap();
        assert_eq!(reader.snapshot().to_value(), json!({"count": count}));
        assert_eq!(test.files(), before, "to repair is for who writes");
        open.rollback();
    }
    writer.close().unwrap();
}
