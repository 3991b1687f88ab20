//! Transactions on disk: commit, rollback, nesting, deferred publishing, several handles, rules, deadlines.

use crate::fixture::{TestStore, begin_error, key, root, write, writes};
use checklist_store::env::mem::Survival;
use checklist_store::{Draft, Error, ErrorKind, Key, Lsn, Outcome, Publish, Store, Verdict};
use serde_json::{Value, json};
use std::time::Duration;

fn document(store: &Store) -> Value {
    store.snapshot().to_value()
}

/// What a new process finds after a power cut that only synced bytes survive.
fn after_power_cut(test: &TestStore) -> Value {
    let cut = TestStore::on(&test.image().survive(&Survival::nothing()));
    document(&cut.open())
}

#[test]
fn a_commit_shows_everywhere_and_survives_a_power_cut() {
    let test = TestStore::new();
    let mut store = test.open();
    let commit = write(&mut store, "/steps/build", "done");
    assert_eq!((commit.lsn, commit.operations), (Lsn(4), 2), "base, parent, value, commit");
    let expected = json!({"steps": {"build": "done"}});
    assert_eq!(document(&store), expected);
    assert_eq!(document(&test.open()), expected);
    assert_eq!(after_power_cut(&test), expected);
    assert!(test.text("state.yaml").contains("build: done") || test.text("state.yaml").contains("\"done\""));
    assert!(test.bytes(".wal").is_empty(), "what is published is not kept in the log");
    assert_eq!(test.text("history.jsonl").lines().count(), 1);
}

#[test]
fn what_is_rolled_back_never_reaches_the_disk() {
    let test = TestStore::new();
    let mut store = test.open();
    write(&mut store, "/a", 1);
    let before = test.files();

    let mut transaction = store.begin().unwrap();
    transaction.write(&key("/a"), 2).unwrap();
    transaction.rollback();
    let mut transaction = store.begin().unwrap();
    transaction.delete(&key("/a")).unwrap();
    drop(transaction);
    let refused: Result<(), Error> = store.transact(|draft| {
        draft.write(&key("/b"), 3)?;
        Err(Error::new(ErrorKind::Invalid, "no"))
    });
    assert_eq!(refused.unwrap_err().outcome(), Outcome::NotSaved);

    assert_eq!(document(&store), json!({"a": 1}));
    assert_eq!(test.files(), before);
    assert_eq!(write(&mut store, "/a", 4).lsn, Lsn(6), "no number was used up");
}

#[test]
fn a_panic_rolls_back_and_frees_the_lock() {
    let test = TestStore::new();
    let mut store = test.open();
    let before = test.files();
    let panicked = std::panic::catch_unwind(std::panic::AssertUnwindSafe(|| {
        let _ = store.transact(|draft| -> Result<(), Error> {
            draft.write(&key("/a"), 1)?;
            panic!("in the middle of an edit")
        });
    }));
    assert!(panicked.is_err());
    assert_eq!(test.files(), before);
    write(&mut test.open(), "/a", 2);
    store.refresh().unwrap();
    assert_eq!(document(&store), json!({"a": 2}));
}

#[test]
fn nested_edits_commit_or_vanish_on_their_own() {
    let test = TestStore::new();
    let mut store = test.open();
    store
        .transact(|draft| -> Result<(), Error> {
            draft.write(&key("/kept"), 1)?;
            let undone = draft.nest(|draft| -> Result<(), Error> {
                draft.write(&key("/undone"), 1)?;
                draft.write(&key("/kept"), 2)?;
                draft.nest(writes("/undone_too", 1))?;
                Err(Error::new(ErrorKind::Invalid, "no"))
            });
            assert!(undone.is_err());
            draft.nest(|draft| {
                draft.write(&key("/deep"), 1)?;
                let mut inner = draft.savepoint();
                inner.delete(&key("/deep"))?;
                drop(inner);
                let mut inner = draft.savepoint();
                inner.write(&key("/deeper"), 1)?;
                inner.release();
                Ok::<(), Error>(())
            })
        })
        .unwrap();
    let expected = json!({"kept": 1, "deep": 1, "deeper": 1});
    assert_eq!(document(&store), expected);
    assert_eq!(after_power_cut(&test), expected);
    let history = store.history().unwrap();
    let keys: Vec<_> = history[0].operations.iter().map(|operation| operation.key().as_str()).collect();
    assert_eq!(keys, ["/kept", "/deep", "/deeper"]);
    assert!(!test.text("history.jsonl").contains("undone"));
}

#[test]
fn a_transaction_without_changes_writes_nothing() {
    let test = TestStore::new();
    let mut store = test.open();
    let commit = write(&mut store, "/a", 1);
    let before = test.files();
    let empty = store.begin().unwrap().commit().unwrap();
    assert_eq!((empty.lsn, empty.operations), (commit.lsn, 0));
    let same = write(&mut store, "/a", 1);
    assert_eq!((same.lsn, same.operations), (commit.lsn, 0), "writing what is there is no change");
    store
        .transact(|draft| {
            draft.set_note(json!({"who": "ana"}));
            draft
                .nest(|draft| -> Result<(), Error> {
                    draft.write(&key("/b"), 1)?;
                    Err(Error::new(ErrorKind::Invalid, "no"))
                })
                .or(Ok::<(), Error>(()))
        })
        .unwrap();
    assert_eq!(test.files(), before);
}

#[test]
fn deferred_commits_are_durable_before_they_are_published() {
    let test = TestStore::new();
    let mut store = test.open_deferred();
    let at_rest = test.bytes("state.yaml");
    for count in 1..=3 {
        write(&mut store, "/count", count);
        assert_eq!(after_power_cut(&test), json!({"count": count}));
        assert_eq!(test.bytes("state.yaml"), at_rest, "the state waits");
    }
    assert_eq!(store.history().unwrap().len(), 3, "the history includes what waits in the log");

    store.publish().unwrap();
    assert!(test.bytes(".wal").is_empty());
    assert!(test.text("state.yaml").contains("count: 3"));
    assert_eq!(test.text("history.jsonl").lines().count(), 3);
    let published = test.files();
    store.publish().unwrap();
    assert_eq!(test.files(), published, "there was nothing to publish");
}

#[test]
fn closing_publishes_and_dropping_leaves_it_to_the_next_start() {
    let test = TestStore::new();
    let mut store = test.open_deferred();
    write(&mut store, "/count", 1);
    store.close().unwrap();
    assert!(test.bytes(".wal").is_empty());
    assert_eq!(test.open().recovery().verdict, Verdict::Clean);

    let mut store = test.open_deferred();
    let commit = write(&mut store, "/count", 2);
    drop(store);
    assert!(!test.bytes(".wal").is_empty());
    let store = test.open();
    let report = store.recovery();
    assert_eq!((report.verdict, report.records, report.discarded_bytes), (Verdict::Redone, 2, 0));
    assert_eq!(report.redone, [commit.txn]);
    assert!(report.backup.is_some());
    assert_eq!(document(&store), json!({"count": 2}));
    assert!(test.text("state.yaml").contains("\"method\": \"redo\""));
    assert_eq!(test.open().recovery().verdict, Verdict::Clean);
}

#[test]
fn the_log_is_rotated_at_its_limit() {
    let test = TestStore::new();
    let options =
        test.options().publish(Publish::Deferred { wal_bytes: u64::MAX }).wal_limit(4_000).fill_ahead(0);
    let mut store = options.open(root()).unwrap();
    let (mut rotations, mut largest) = (0, 0);
    for count in 1..=40 {
        write(&mut store, "/count", count);
        let bytes = test.bytes(".wal").len();
        rotations += usize::from(bytes == 0);
        largest = largest.max(bytes);
        assert_eq!(after_power_cut(&test), json!({"count": count}));
    }
    assert!(rotations >= 3, "{rotations} rotations");
    assert!(largest < 4_000, "the log held {largest} bytes after a commit");
    store.close().unwrap();
    assert_eq!(test.open().history().unwrap().len(), 40);
}

#[test]
fn two_handles_in_turn_lose_nothing_whatever_they_defer() {
    for (first, second) in [(false, false), (false, true), (true, false), (true, true)] {
        let test = TestStore::new();
        let open = |deferred| if deferred { test.open_deferred() } else { test.open() };
        let (mut first, mut second) = (open(first), open(second));
        for round in 0..5_u32 {
            for store in [&mut first, &mut second] {
                store
                    .transact(|draft| {
                        let count = draft.read_as::<u32>(&key("/count"))?.unwrap_or(0);
                        draft.write(&key("/count"), count + 1)
                    })
                    .unwrap();
            }
            first.refresh().unwrap();
            assert_eq!(document(&first), json!({"count": 2 * (round + 1)}));
            assert_eq!(document(&second), document(&first));
            assert_eq!(after_power_cut(&test), document(&first));
        }
        let history = second.history().unwrap();
        assert_eq!(history.len(), 10);
        assert!(history.windows(2).all(|pair| pair[0].lsn < pair[1].first));
        first.close().unwrap();
        second.close().unwrap();
        assert_eq!(document(&test.open()), json!({"count": 10}));
        assert!(test.bytes(".wal").is_empty());
    }
}

#[test]
fn refresh_takes_in_what_others_did_and_nothing_else() {
    let test = TestStore::new();
    let (mut reader, mut writer) = (test.open(), test.open());
    let before = reader.snapshot();
    write(&mut writer, "/a", 1);
    assert_eq!(document(&reader), json!({}), "a handle shows what it knows until it is refreshed");
    reader.refresh().unwrap();
    assert_eq!(document(&reader), json!({"a": 1}));
    let calls = test.world.fs.calls();
    reader.refresh().unwrap();
    assert!(test.world.fs.calls() - calls <= 2, "an unchanged store costs two looks");
    assert_eq!((before.to_value(), before.lsn()), (json!({}), Lsn(0)), "a snapshot never changes");
}

#[test]
fn a_snapshot_outlives_everything_and_moves_between_threads() {
    let test = TestStore::new();
    let mut store = test.open();
    let commit = write(&mut store, "/list", json!([1, {"x": [2]}]));
    let snapshot = store.snapshot();
    let transaction = store.begin().unwrap();
    drop(transaction);
    store.transact(|draft| draft.write(&key("/list/1/x/0"), "changed")).unwrap();
    drop(store);
    let read = std::thread::spawn(move || (snapshot.lsn(), snapshot.read(&key("/list/1/x/0"))));
    assert_eq!(read.join().unwrap(), (commit.lsn, Some(json!(2))));
}

#[test]
fn a_rule_refuses_before_anything_is_written() {
    let test = TestStore::new();
    let options = test.options().validate(|document| match document.read_as::<u32>(&key("/count"))? {
        Some(count) if count > 2 => Err(Error::new(ErrorKind::Invalid, "the count is too high")),
        _ => Ok(()),
    });
    let mut store = options.open(root()).unwrap();
    write(&mut store, "/count", 2);
    let before = test.files();
    let error = store.transact(writes("/count", 3)).unwrap_err();
    assert_eq!((error.kind(), error.outcome()), (ErrorKind::Invalid, Outcome::NotSaved));
    assert_eq!(error.message(), "the count is too high");
    assert_eq!(test.files(), before);
    assert_eq!(document(&store), json!({"count": 2}));
    write(&mut store, "/count", 1);
}

#[test]
fn a_transaction_past_its_deadline_is_refused() {
    let test = TestStore::new();
    let limit = Duration::from_millis(100);
    let edit = |store: &mut Store, taken: Duration| {
        let clock = test.world.clock.clone();
        store.transact(|draft: &mut Draft| {
            clock.advance(taken);
            draft.write(&key("/at"), u64::try_from(taken.as_millis()).unwrap_or(0))
        })
    };
    let mut store = test.options().deadline(Some(limit)).open(root()).unwrap();
    edit(&mut store, limit).unwrap();
    let before = test.files();
    let error = edit(&mut store, limit + Duration::from_millis(1)).unwrap_err();
    assert_eq!((error.kind(), error.outcome()), (ErrorKind::Timeout, Outcome::NotSaved));
    assert_eq!(error.to_string(), "the transaction took 101 ms, its deadline is 100 ms");
    assert_eq!(test.files(), before);
    edit(&mut store, Duration::ZERO).unwrap();
    let mut patient = test.options().deadline(None).open(root()).unwrap();
    edit(&mut patient, Duration::from_secs(86_400)).unwrap();
    // Waiting for the lock is not the transaction's time, and a clock set back is not noticed.
    test.world.clock.set(checklist_store::env::Timestamp::from_millis(0));
    edit(&mut store, Duration::ZERO).unwrap();
    assert_eq!(document(&store), json!({"at": 0}));
}

#[test]
fn opening_what_is_not_there_creates_only_if_asked_to() {
    let test = TestStore::absent();
    let image = test.image();
    let error = test.options().create(false).open(root()).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::NoStore);
    assert!(image.is_same_snapshot(&test.image()));
    let store = test.open();
    assert_eq!(store.recovery().verdict, Verdict::Created);
    assert_eq!((document(&store), store.snapshot().lsn()), (json!({}), Lsn(0)));
    assert_eq!(test.open().recovery().verdict, Verdict::Clean);
    let cut = TestStore::on(&test.image().survive(&Survival::nothing()));
    assert_eq!(cut.open().recovery().verdict, Verdict::Clean, "creating is durable");
}

#[test]
fn a_store_at_rest_is_opened_and_read_without_a_change() {
    let test = TestStore::new();
    write(&mut test.open(), "/a", 1);
    let image = test.image();
    let mut store = test.open();
    assert_eq!(store.recovery().verdict, Verdict::Clean);
    store.refresh().unwrap();
    assert_eq!(store.history().unwrap().len(), 1);
    assert!(store.check().unwrap().is_sound());
    store.close().unwrap();
    assert!(image.is_same_snapshot(&test.image()), "not even a lock was taken");
}

#[test]
fn two_open_transactions_exclude_each_other() {
    let test = TestStore::new();
    let (mut first, mut second) = (test.open(), test.open());
    let transaction = first.begin().unwrap();
    assert_eq!(begin_error(&mut second), ErrorKind::LockTimeout);
    transaction.rollback();
    write(&mut second, "/a", 1);
}

#[test]
#[should_panic(expected = "a draft is committed by the transaction it was begun with")]
fn a_draft_is_not_committed_by_another_transaction() {
    let one = TestStore::new();
    let other = one.fork();
    let (mut one, mut other) = (one.open(), other.open());
    let (mut first, mut second) = (one.begin().unwrap(), other.begin().unwrap());
    first.write(&Key::from_static("/a"), 1).unwrap();
    std::mem::swap(&mut *first, &mut *second);
    let _ = second.commit();
}
