//! The coordinator: many threads, each answered for its own transaction alone.
#![expect(clippy::disallowed_methods, reason = "threads that share syncs need a disk that takes its time")]

use crate::fixture::{TestStore, key, root};
use checklist_store::env::mem::CallKind;
use checklist_store::workspace::Workspace;
use checklist_store::{
    Commit, Draft, Error, ErrorKind, Event, Metrics, Outcome, Publish, Standing, Store,
    TransactionCoordinator, TxnId,
};
use serde_json::json;
use std::collections::BTreeSet;
use std::path::PathBuf;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Barrier, Mutex};
use std::time::Duration;

const THREADS: usize = 8;
const TIMES: usize = 25;

/// A store on the real disk; it is checked, and the folder goes, with the guard.
fn on_disk() -> (Workspace, PathBuf) {
    let workspace = Workspace::on_disk();
    let root = workspace.root();
    (workspace, root)
}

fn late() -> Publish {
    Publish::Deferred { wal_bytes: 20_000 }
}

/// On a busy machine any thread may stand still for a while, with the line in its hands.
fn open(root: &std::path::Path, publish: Publish) -> TransactionCoordinator {
    let options = Store::options().publish(publish).deadline(None).lock_timeout(Duration::from_secs(120));
    options.open(root).expect("the store opens").into_coordinator()
}

fn increment(draft: &mut Draft) -> Result<u64, Error> {
    let count = draft.read_as::<u64>(&key("/count"))?.unwrap_or(0) + 1;
    draft.write(&key("/count"), count)?;
    Ok(count)
}

#[test]
fn threads_lose_no_update_and_every_answer_is_a_commit_of_its_own() {
    for publish in [Publish::EveryCommit, late()] {
        let (_folder, root) = on_disk();
        let coordinator = open(&root, publish);
        let commits: Mutex<Vec<(u64, Commit)>> = Mutex::default();
        std::thread::scope(|scope| {
            for _ in 0..THREADS {
                scope.spawn(|| {
                    for _ in 0..TIMES {
                        let commit = coordinator.commit(increment).expect("the transaction commits");
                        let seen = coordinator.snapshot().read_as::<u64>(&key("/count"));
                        assert!(seen.expect("a number") >= Some(commit.0), "what is answered is seen");
                        commits.lock().unwrap().push(commit);
                    }
                });
            }
        });
        let mut commits = commits.into_inner().unwrap();
        commits.sort_unstable_by_key(|(count, _)| *count);
        let total = (THREADS * TIMES) as u64;
        assert!(commits.iter().map(|(count, _)| *count).eq(1..=total), "no update is lost");
        assert!(commits.windows(2).all(|pair| pair[0].1.lsn < pair[1].1.lsn), "the log has their order");
        let txns: BTreeSet<TxnId> = commits.iter().map(|(_, commit)| commit.txn).collect();
        assert_eq!(txns.len(), commits.len(), "each is a transaction of its own");
        coordinator.close().expect("it closes");
        let store = Store::open(&root).expect("the store opens");
        assert_eq!(*store.standing(), Standing::Sound);
        assert_eq!(store.snapshot().to_value(), json!({"count": total}));
        let history = store.history().expect("it reads");
        assert!(history.iter().map(|entry| entry.txn).eq(commits.iter().map(|(_, commit)| commit.txn)));
    }
}

#[test]
fn transactions_that_are_ready_together_share_a_sync() {
    let (_folder, root) = on_disk();
    let metrics = Arc::new(Metrics::default());
    let unpublished = Publish::Deferred { wal_bytes: 1 << 20 };
    let options = Store::options().publish(unpublished).deadline(None).observe(metrics.clone());
    let coordinator = options.open(&root).expect("the store opens").into_coordinator();
    let barrier = Barrier::new(THREADS);
    std::thread::scope(|scope| {
        for _ in 0..THREADS {
            scope.spawn(|| {
                barrier.wait();
                (0..TIMES).for_each(|_| {
                    coordinator.transact(increment).expect("the transaction commits");
                });
            });
        }
    });
    assert_eq!(metrics.snapshot().commits as usize, THREADS * TIMES);
    let store = coordinator.into_store().expect("it is given back");
    let log = String::from_utf8(std::fs::read(root.join(".wal")).expect("there is one")).unwrap();
    // What a batch promises is the end of the batch before: as many promises, as many syncs.
    let promises = log.lines().filter_map(|line| line.split("\"durable\":").nth(1)?.split(',').next());
    let syncs = promises.collect::<BTreeSet<_>>().len();
    let commits = log.matches("\"op\":\"commit\"").count();
    assert!(commits > 20 && syncs < commits, "{syncs} syncs for {commits} transactions");
    store.close().expect("it closes");
}

#[test]
fn one_caller_alone_needs_no_more_calls_than_a_store() {
    let calls = |commit: &mut dyn FnMut(&'static str)| {
        commit("/first");
        commit("/second");
    };
    let count = |test: &TestStore| {
        let counted = Arc::new(Mutex::new(Vec::new()));
        let seen = Arc::clone(&counted);
        test.world.fs.on_call(move |call, _| seen.lock().unwrap().push(format!("{:?}", call.kind)));
        counted
    };
    let (alone, shared) = (TestStore::new(), TestStore::new());
    let mut store = alone.open_deferred();
    let coordinator = shared.open_deferred().into_coordinator();
    let of_store = count(&alone);
    calls(&mut |name| store.transact(|draft| draft.write(&key(name), 1)).unwrap());
    let of_coordinator = count(&shared);
    calls(&mut |name| coordinator.transact(|draft| draft.write(&key(name), 1)).unwrap());
    assert_eq!(*of_store.lock().unwrap(), *of_coordinator.lock().unwrap());
}

#[test]
fn a_caller_that_fails_panics_or_takes_too_long_is_rolled_back_alone() {
    let test = TestStore::new();
    let rolled_back = Arc::new(AtomicUsize::new(0));
    let seen = Arc::clone(&rolled_back);
    let observer = move |event: &Event| {
        seen.fetch_add(usize::from(matches!(event, Event::RolledBack { .. })), Ordering::SeqCst);
    };
    let options = test.deferred().observe(Arc::new(observer));
    let coordinator = options.open(root()).unwrap().into_coordinator();
    coordinator.transact(increment).unwrap();

    let refused: Result<(), Error> = coordinator.transact(|draft| {
        increment(draft)?;
        Err(Error::new(ErrorKind::Invalid, "no"))
    });
    assert_eq!(refused.unwrap_err().kind(), ErrorKind::Invalid);
    let panicking = coordinator.clone();
    let panicked = std::thread::spawn(move || {
        panicking.transact(|draft| {
            increment(draft)?;
            if draft.contains(&key("/count")) {
                panic!("in the middle of an edit");
            }
            Ok::<(), Error>(())
        })
    });
    let cause = panicked.join().expect_err("the panic goes on in its own thread");
    assert_eq!(cause.downcast_ref::<&str>(), Some(&"in the middle of an edit"));
    let clock = test.world.clock.clone();
    let late = coordinator.transact(|draft| {
        clock.advance(Duration::from_millis(101));
        increment(draft)
    });
    assert_eq!(late.unwrap_err().kind(), ErrorKind::Timeout);
    assert_eq!(rolled_back.load(Ordering::SeqCst), 3);

    // Somebody may take his time, and is alone with that.
    let patient = coordinator.within(Duration::from_secs(1));
    let slow = |draft: &mut Draft| {
        clock.advance(Duration::from_millis(150));
        increment(draft)
    };
    assert_eq!(patient.transact(slow).unwrap(), 2);
    assert_eq!(coordinator.within(None).transact(slow).unwrap(), 3);
    assert_eq!(coordinator.transact(slow).unwrap_err().kind(), ErrorKind::Timeout);
    assert_eq!(coordinator.transact(increment).unwrap(), 4);
    coordinator.close().unwrap();
    assert_eq!(test.open().history().unwrap().len(), 4);
}

#[test]
fn rules_and_limits_hold_for_each_before_it_joins() {
    let test = TestStore::new();
    let options = test.deferred().validate(|snapshot| match snapshot.read_as::<u64>(&key("/count"))? {
        Some(count) if count > 2 => Err(Error::new(ErrorKind::Invalid, "no more than two")),
        _ => Ok(()),
    });
    let coordinator = options.open(root()).unwrap().into_coordinator();
    assert_eq!(coordinator.transact(increment).unwrap(), 1);
    let text = "v".repeat(4 << 20);
    let large = coordinator.transact(|draft| draft.write(&key("/text"), &text));
    assert_eq!(large.unwrap_err().kind(), ErrorKind::LimitExceeded);
    assert_eq!(coordinator.transact(increment).unwrap(), 2);
    assert_eq!(coordinator.transact(increment).unwrap_err().message(), "no more than two");
    coordinator
        .transact(|draft| {
            let inner: Result<u64, Error> = draft.nest(|draft| {
                increment(draft)?;
                Err(Error::new(ErrorKind::Invalid, "not this"))
            });
            assert!(inner.is_err());
            draft.write(&key("/other"), true)
        })
        .unwrap();
    assert_eq!(coordinator.snapshot().to_value(), json!({"count": 2, "other": true}));
    coordinator.close().unwrap();
}

#[test]
fn a_transaction_within_a_transaction_is_refused_and_does_not_wait_for_itself() {
    let test = TestStore::new();
    let slot: Arc<Mutex<Option<TransactionCoordinator>>> = Arc::default();
    let refusals = Arc::new(Mutex::new(Vec::new()));
    let (seen, told) = (Arc::clone(&slot), Arc::clone(&refusals));
    let observer = move |event: &Event| {
        // Told while the state is published: the store is busy.
        if let (Event::Published { .. }, Some(coordinator)) = (event, &*seen.lock().unwrap()) {
            told.lock().unwrap().push(coordinator.transact(increment).unwrap_err().kind());
        }
    };
    let store = test.options().observe(Arc::new(observer)).open(root()).unwrap();
    let coordinator = store.into_coordinator();
    *slot.lock().unwrap() = Some(coordinator.clone());
    coordinator
        .transact(|draft| {
            for refused in [
                coordinator.transact(increment).map(drop),
                coordinator.publish(),
                coordinator.refresh().map(drop),
                coordinator.clone().close(),
            ] {
                assert_eq!(refused.unwrap_err().kind(), ErrorKind::Invalid);
            }
            increment(draft)
        })
        .unwrap();
    assert_eq!(*refusals.lock().unwrap(), [ErrorKind::Invalid]);
    *slot.lock().unwrap() = None;
    // Another coordinator is another matter.
    let other = TestStore::new();
    let inner = other.open().into_coordinator();
    coordinator
        .transact(|draft| {
            inner.transact(increment)?;
            increment(draft)
        })
        .unwrap();
    assert_eq!(coordinator.snapshot().to_value(), json!({"count": 2}));
    inner.close().unwrap();
    coordinator.close().unwrap();
}

#[test]
fn closing_answers_who_is_under_way_and_refuses_who_comes_later() {
    let (_folder, root) = on_disk();
    let coordinator = open(&root, late());
    let barrier = Barrier::new(THREADS + 1);
    let saved = AtomicUsize::new(0);
    std::thread::scope(|scope| {
        for _ in 0..THREADS {
            let handle = coordinator.clone();
            scope.spawn(|| {
                let handle = handle;
                barrier.wait();
                loop {
                    match handle.transact(increment) {
                        Ok(_) => saved.fetch_add(1, Ordering::SeqCst),
                        Err(error) => {
                            assert_eq!(
                                (error.kind(), error.outcome()),
                                (ErrorKind::Closed, Outcome::NotSaved)
                            );
                            break;
                        }
                    };
                }
            });
        }
        barrier.wait();
        while saved.load(Ordering::SeqCst) < THREADS {
            std::thread::yield_now();
        }
        coordinator.clone().close().expect("it closes");
    });
    assert_eq!(coordinator.refresh().unwrap_err().kind(), ErrorKind::Closed);
    let counted = Some(saved.into_inner().into());
    assert_eq!(coordinator.snapshot().read(&key("/count")), counted, "what was seen stays");
    let store = Store::open(&root).expect("the store opens");
    assert!(std::fs::read(root.join(".wal")).expect("there is one").is_empty(), "it is published");
    assert_eq!(store.snapshot().read(&key("/count")), counted);
}

#[test]
fn the_store_comes_back_and_goes_in_again() {
    let test = TestStore::new();
    let coordinator = test.open_deferred().into_coordinator();
    coordinator.transact(increment).unwrap();
    let mut store = coordinator.into_store().unwrap();
    store.transact(increment).unwrap();
    let coordinator = store.into_coordinator();
    assert_eq!(coordinator.transact(increment).unwrap(), 3);
    let noted = coordinator.exclusively(|store| store.history().map(|history| history.len()));
    assert_eq!(noted.unwrap(), 3);
    coordinator.publish().unwrap();
    assert!(test.bytes(".wal").is_empty());
    coordinator.close().unwrap();
}

#[test]
fn handles_of_other_processes_are_taken_in_and_let_in() {
    let test = TestStore::new();
    let coordinator = test.open_deferred().into_coordinator();
    let mut other = test.options().lock_timeout(Duration::ZERO).open(root()).unwrap();
    for round in 0..3 {
        assert_eq!(coordinator.transact(increment).unwrap(), 2 * round + 1);
        other.transact(increment).expect("the lock is free between transactions");
    }
    assert_eq!(coordinator.snapshot().read(&key("/count")), Some(5.into()));
    assert_eq!(coordinator.refresh().unwrap().read(&key("/count")), Some(6.into()));

    let held = other.begin().unwrap();
    let error = coordinator.transact(increment).unwrap_err();
    assert_eq!((error.kind(), error.outcome()), (ErrorKind::LockTimeout, Outcome::NotSaved));
    drop(held);
    assert_eq!(coordinator.transact(increment).unwrap(), 7);
    coordinator.close().unwrap();
}

#[test]
fn a_note_says_who_and_a_transaction_without_edits_writes_nothing() {
    let test = TestStore::new();
    let coordinator = test.open().into_coordinator();
    let (_, commit) = coordinator
        .commit(|draft| {
            draft.set_note(json!({"actor": "ana"}));
            increment(draft)
        })
        .unwrap();
    let before = test.files();
    let (count, empty) = coordinator.commit(|draft| draft.read_as::<u64>(&key("/count"))).unwrap();
    assert_eq!((count, empty.operations, empty.lsn), (Some(1), 0, commit.lsn));
    assert_eq!(test.files(), before);
    let history = coordinator.exclusively(|store| store.history()).unwrap();
    assert_eq!(history[0].note, json!({"actor": "ana"}));
    coordinator.close().unwrap();
}

#[test]
fn a_busy_coordinator_keeps_the_lock_file_open_and_signs_it_once() {
    let test = TestStore::new();
    let coordinator = test.open_deferred().into_coordinator();
    coordinator.transact(increment).unwrap();
    let created = Arc::new(AtomicUsize::new(0));
    let seen = Arc::clone(&created);
    test.world.fs.on_call(move |call, _| {
        seen.fetch_add(usize::from(call.kind == CallKind::Create), Ordering::SeqCst);
    });
    for _ in 0..5 {
        coordinator.transact(increment).unwrap();
    }
    assert_eq!(created.load(Ordering::SeqCst), 0, "who holds the lock stands there already");
    coordinator.close().unwrap();
}
