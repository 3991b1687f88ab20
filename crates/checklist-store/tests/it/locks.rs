//! Locks: waiting is bounded, the holder is named, nothing is left locked, and no update is lost.
#![expect(clippy::disallowed_methods, reason = "locks are the kernel's, so these tests use the real disk")]

use crate::fixture::{TestStore, begin_error, key, root, write};
use checklist_store::env::Clock as _;
use checklist_store::workspace::Workspace;
use checklist_store::{ErrorKind, Event, Hold, Intent, Options, Outcome, Publish, Standing, Store, Verdict};
use serde_json::json;
use std::path::PathBuf;
use std::sync::{Arc, Mutex, mpsc};
use std::time::Duration;

/// A store on the real disk; it is checked, and the folder goes, with the guard.
fn on_disk() -> (Workspace, PathBuf) {
    let workspace = Workspace::on_disk();
    let root = workspace.root();
    Store::open(&root).expect("a store is created");
    (workspace, root)
}

fn is_sound(root: &std::path::Path) -> bool {
    Store::check_at(&Options::default(), root).expect("the store can be checked").is_sound()
}

/// Opens without a deadline: on a busy machine any thread may stand still for a while.
fn patiently(root: &std::path::Path) -> Store {
    Store::options().deadline(None).open(root).expect("the store opens")
}

fn briefly() -> Options {
    Store::options().lock_timeout(Duration::from_millis(40)).deadline(None)
}

fn increment(store: &mut Store) {
    store
        .transact(|draft| {
            let count = draft.read_as::<u64>(&key("/count"))?.unwrap_or(0);
            draft.write(&key("/count"), count + 1)
        })
        .expect("the transaction commits");
}

#[test]
fn waiting_ends_after_the_timeout_and_names_the_holder() {
    let test = TestStore::new();
    let mut holder = test.options().holder("checklist run release").open(root()).unwrap();
    let transaction = holder.begin().unwrap();
    let events = Arc::new(Mutex::new(Vec::new()));
    let seen = Arc::clone(&events);
    let observer = move |event: &Event| seen.lock().unwrap().push(format!("{event:?}"));
    let timeout = Duration::from_millis(750);
    let mut waiting = test.options().lock_timeout(timeout).observe(Arc::new(observer)).open(root()).unwrap();
    let begin = test.world.clock.instant();
    let error = waiting.begin().map(drop).unwrap_err();
    let waited = test.world.clock.instant().since(begin);
    assert_eq!((error.kind(), error.outcome()), (ErrorKind::LockTimeout, Outcome::NotSaved));
    assert!(error.is_retryable() && !error.is_corruption());
    let named = format!(
        "busy: another process is writing here: pid {} \"checklist run release\" since 2026-01-01T00:00:00.000Z",
        std::process::id()
    );
    assert!(error.to_string().starts_with(&named), "{error}");
    assert!(waited >= timeout && waited < timeout + Duration::from_millis(5), "waited {waited:?}");
    let told = std::mem::take(&mut *events.lock().unwrap());
    assert_eq!(told.len(), 1);
    assert!(told[0].starts_with("LockTimedOut { waited: 750ms, holder: Some(Holder { pid: "), "{told:?}");

    drop(transaction);
    write(&mut waiting, "/a", 1);
    assert_eq!(Store::writer_at(&test.options(), &root()).unwrap(), None);
}

#[test]
fn pauses_between_attempts_are_bounded() {
    let test = TestStore::new();
    let mut holder = test.open();
    let _transaction = holder.begin().unwrap();
    let (attempts, clock) = (Arc::new(Mutex::new(Vec::new())), test.world.clock.clone());
    let seen = Arc::clone(&attempts);
    test.world.fs.on_call(move |call, _| {
        if call.kind == checklist_store::env::mem::CallKind::TryLock {
            seen.lock().unwrap().push(clock.instant());
        }
    });
    assert_eq!(begin_error(&mut test.open()), ErrorKind::LockTimeout);
    let attempts = attempts.lock().unwrap();
    let pauses: Vec<_> = attempts.windows(2).map(|pair| pair[1].since(pair[0])).collect();
    assert!(pauses.len() >= 50, "{} attempts in five seconds", pauses.len());
    assert!(pauses.iter().all(|pause| *pause <= Duration::from_millis(100)), "{pauses:?}");
    assert!(pauses.iter().any(|pause| *pause != pauses[0]), "pauses are jittered");
}

#[test]
fn an_owner_file_that_is_damaged_or_missing_decides_nothing() {
    let test = TestStore::new();
    let mut holder = test.open();
    let mut other = test.options().lock_timeout(Duration::ZERO).open(root()).unwrap();
    for owner in ["", "{", "{\"pid\": -1}", "\u{0}\u{0}\u{0}"] {
        let transaction = holder.begin().unwrap();
        test.put(".locks/state.owner", owner);
        let error = other.begin().map(drop).unwrap_err();
        assert_eq!(error.to_string(), "busy: another process is writing here");
        drop(transaction);
        other.begin().unwrap().rollback();
    }
}

#[test]
fn a_real_lock_is_released_on_drop_on_commit_and_on_panic() {
    let (_folder, root) = on_disk();
    let mut first = patiently(&root);
    let mut second = briefly().open(&root).unwrap();
    let transaction = first.begin().unwrap();
    assert_eq!(begin_error(&mut second), ErrorKind::LockTimeout);
    assert!(Store::writer_at(&Options::default(), &root).unwrap().unwrap().contains("busy: "));
    drop(transaction);
    write(&mut second, "/a", 1);
    write(&mut first, "/b", 1);
    let panicked = std::thread::spawn(move || {
        let mut transaction = first.begin().unwrap();
        transaction.write(&key("/c"), 1).unwrap();
        panic!("while the lock is held");
    });
    assert!(panicked.join().is_err());
    write(&mut second, "/d", 1);
    assert_eq!(second.snapshot().to_value(), json!({"a": 1, "b": 1, "d": 1}));
    assert_eq!(Store::writer_at(&Options::default(), &root).unwrap(), None);
    assert!(is_sound(&root));
}

#[test]
fn eight_threads_with_handles_of_their_own_lose_no_update() {
    let (_folder, root) = on_disk();
    let options = |index: usize| {
        let deferred = Publish::Deferred { wal_bytes: 3_000 };
        let publish = if index.is_multiple_of(2) { Publish::EveryCommit } else { deferred };
        Store::options().publish(publish).lock_timeout(Duration::from_secs(60)).deadline(None)
    };
    std::thread::scope(|scope| {
        for index in 0..8 {
            let root = &root;
            scope.spawn(move || {
                let mut store = options(index).open(root).expect("the store opens");
                (0..25).for_each(|_| increment(&mut store));
                store.close().expect("the store closes");
            });
        }
    });
    let store = patiently(&root);
    assert_eq!(store.snapshot().to_value(), json!({"count": 200}));
    assert_eq!(store.history().unwrap().len(), 200);
    assert!(is_sound(&root));
}

#[test]
fn readers_beside_a_writer_see_whole_commits_alone() {
    let (_folder, root) = on_disk();
    let (tell, told) = mpsc::channel();
    std::thread::scope(|scope| {
        let at = &root;
        scope.spawn(move || {
            let mut store = patiently(at);
            for count in 1..=60_u64 {
                let write_both = |draft: &mut checklist_store::Draft| {
                    draft.write(&key("/left"), count)?;
                    draft.write(&key("/right"), count)
                };
                store.transact(write_both).expect("the transaction commits");
            }
            tell.send(()).expect("the reader listens");
        });
        let mut reader = briefly().intent(Intent::Read).open(&root).expect("reading needs no lock");
        let mut last = 0;
        while told.try_recv().is_err() {
            reader.refresh().expect("readers are never refused");
            let snapshot = reader.snapshot();
            let read = |name| snapshot.read_as::<u64>(&key(name)).expect("a number").unwrap_or(0);
            assert_eq!(read("/left"), read("/right"), "half a commit");
            assert!(read("/left") >= last, "a commit was taken back");
            last = read("/left");
        }
    });
    assert!(is_sound(&root));
}

#[test]
fn reading_does_not_wait_while_the_log_has_work_and_another_holds_the_lock() {
    let test = TestStore::new();
    let mut writer = test.open_deferred();
    write(&mut writer, "/a", 1);
    let transaction = writer.begin().unwrap();
    let begin = test.world.clock.instant();
    let before = test.image();
    let reader = test.options().intent(Intent::Read).open(root()).unwrap();
    assert!(test.world.clock.instant().since(begin).is_zero(), "reading waited");
    assert_eq!(reader.snapshot().to_value(), json!({"a": 1}));
    assert_eq!(*reader.standing(), Standing::Sound);
    assert!(before.is_same_snapshot(&test.image()), "reading changed the disk");
    // Who wants to write waits instead, and is refused in the end.
    let error = test.options().open(root()).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::LockTimeout);
    drop(transaction);

    // With the lock free, reading mends what it finds, and the same handle can then write.
    let mut other = test.options().intent(Intent::Read).open(root()).unwrap();
    assert_eq!(other.recovery().verdict, Verdict::Redone);
    write(&mut other, "/b", 1);
    let mut reader = reader;
    write(&mut reader, "/c", 1);
    assert_eq!(reader.snapshot().to_value(), json!({"a": 1, "b": 1, "c": 1}));
}

#[test]
fn closing_a_reader_neither_waits_nor_fails() {
    let test = TestStore::new();
    let mut writer = test.open_deferred();
    write(&mut writer, "/a", 1);
    let transaction = writer.begin().unwrap();
    let reader = test.options().intent(Intent::Read).open(root()).unwrap();
    let begin = test.world.clock.instant();
    reader.close().unwrap();
    assert!(test.world.clock.instant().since(begin).is_zero(), "closing waited for the writer");
    drop(transaction);
    writer.close().unwrap();
}

#[test]
fn a_hold_excludes_others_until_it_is_dropped() {
    let (_folder, root) = on_disk();
    let (first, second) = (patiently(&root), patiently(&root));
    let held: Hold = first.try_hold("run-1").unwrap().unwrap();
    assert!(second.try_hold("run-1").unwrap().is_none());
    assert!(first.try_hold("run-1").unwrap().is_none());
    let other = second.try_hold("run-2").unwrap();
    assert!(other.is_some());
    // A hold is not the write lock.
    let mut writer = patiently(&root);
    write(&mut writer, "/a", 1);
    drop(held);
    assert!(second.try_hold("run-1").unwrap().is_some());
    for name in ["state", "", "..", "a/b", "a.b", "a b", "\u{e9}", &"x".repeat(129)] {
        assert_eq!(first.try_hold(name).unwrap_err().kind(), ErrorKind::Invalid, "{name:?}");
    }
    assert!(root.join(".locks/run-1.lock").exists(), "a lock file is never removed");
}
