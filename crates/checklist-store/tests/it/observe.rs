//! Metrics, hints and the circuit breaker, as a program that keeps a store open has them.

use crate::fixture::{TestStore, begin_error, key, root, write};
use checklist_store::env::Clock as _;
use checklist_store::{
    BreakerOptions, ErrorCorrelator, ErrorKind, Event, HintKind, Metrics, MetricsSnapshot, Options, Publish,
};
use std::sync::{Arc, Mutex};
use std::time::Duration;

/// What is said of the breaker, in order.
fn listening(options: Options) -> (Options, Arc<Mutex<Vec<String>>>) {
    let heard = Arc::new(Mutex::new(Vec::new()));
    let ears = Arc::clone(&heard);
    let observer = move |event: &Event| {
        let text = format!("{event:?}");
        if text.starts_with("Breaker") {
            ears.lock().expect("no panic").push(text);
        }
    };
    (options.observe(Arc::new(observer)), heard)
}

fn take(heard: &Mutex<Vec<String>>) -> Vec<String> {
    std::mem::take(&mut *heard.lock().expect("no panic"))
}

#[test]
fn after_five_timeouts_the_lock_is_not_waited_for_until_a_minute_is_over() {
    let test = TestStore::new();
    let clock = test.world.clock.clone();
    let mut holder = test.options().holder("checklist run release").open(root()).unwrap();
    let (options, heard) = listening(test.options());
    let mut store = options.open(root()).unwrap();
    let transaction = holder.begin().unwrap();
    for _ in 0..5 {
        assert_eq!(begin_error(&mut store), ErrorKind::LockTimeout);
    }
    assert_eq!(take(&heard), ["BreakerOpened { failures: 5, retry_in: 60s }"]);

    let begin = clock.instant();
    clock.advance(Duration::from_secs(18));
    let error = store.begin().map(drop).unwrap_err();
    assert_eq!(clock.instant().since(begin), Duration::from_secs(18), "it did not wait");
    assert!(error.is_retryable());
    let pid = std::process::id();
    assert_eq!(
        error.to_string(),
        format!(
            "busy: the lock was not to be had 5 times in a row, last held by pid {pid} \"checklist run release\" \
             since 2026-01-01T00:00:00.000Z ({}); it is tried again in 42 s",
            who()
        )
    );
    assert_eq!(take(&heard), ["BreakerRefused { retry_in: 42s }"]);

    // The probe waits in full and fails: another minute.
    clock.advance(Duration::from_secs(42));
    let begin = clock.instant();
    assert_eq!(begin_error(&mut store), ErrorKind::LockTimeout);
    assert!(clock.instant().since(begin) >= Duration::from_secs(5));
    assert_eq!(take(&heard), ["BreakerHalfOpen", "BreakerOpened { failures: 6, retry_in: 60s }"]);

    drop(transaction);
    assert_eq!(begin_error(&mut store), ErrorKind::LockTimeout, "it is free, and not asked for yet");
    clock.advance(Duration::from_secs(60));
    take(&heard);
    write(&mut store, "/a", 1);
    assert_eq!(take(&heard), ["BreakerHalfOpen", "BreakerClosed"]);
    write(&mut store, "/a", 2);
    assert_eq!(take(&heard), [""; 0]);
}

/// The user and the machine, as the owner file has them.
fn who() -> String {
    let test = TestStore::new();
    let mut store = test.open();
    let _transaction = store.begin().expect("a transaction begins");
    let owner = serde_json::from_str::<serde_json::Value>(&test.text(".locks/state.owner")).expect("JSON");
    let word = |name: &str| owner[name].as_str().expect("a word").to_owned();
    format!("{}@{}", word("user"), word("host"))
}

#[test]
fn who_does_not_wait_is_never_refused_a_lock_that_is_free() {
    let test = TestStore::new();
    let mut holder = test.open();
    let mut store = test.options().lock_timeout(Duration::ZERO).open(root()).unwrap();
    let transaction = holder.begin().unwrap();
    for _ in 0..50 {
        assert_eq!(begin_error(&mut store), ErrorKind::LockTimeout);
    }
    drop(transaction);
    write(&mut store, "/a", 1);
}

#[test]
fn handles_of_the_same_options_share_a_breaker_and_others_do_not() {
    let test = TestStore::new();
    let options = test.options().breaker(BreakerOptions { failures: 2, ..BreakerOptions::default() });
    let (mut first, mut second) = (options.clone().open(root()).unwrap(), options.open(root()).unwrap());
    let mut stranger = test.open();
    let mut holder = test.open();
    let transaction = holder.begin().unwrap();
    assert_eq!(begin_error(&mut first), ErrorKind::LockTimeout);
    assert_eq!(begin_error(&mut second), ErrorKind::LockTimeout);
    drop(transaction);
    let refused = second.begin().map(drop).unwrap_err();
    assert!(refused.to_string().contains("2 times in a row"), "{refused}");
    write(&mut stranger, "/a", 1);
}

#[test]
fn errors_of_another_kind_do_not_open_the_breaker() {
    let test = TestStore::new();
    let mut store = test.options().open(root()).unwrap();
    write(&mut store, "/a", "alpha");
    for _ in 0..10 {
        let refused = store.transact(|draft| draft.write(&key("/a/b"), 1));
        assert!(refused.is_err());
    }
    test.edit("alpha", "by hand");
    for _ in 0..10 {
        assert_eq!(begin_error(&mut store), ErrorKind::Edited);
    }
    test.edit("by hand", "alpha");
    write(&mut store, "/a", 3);
}

#[test]
fn metrics_count_what_happened_and_show_it() {
    let test = TestStore::new();
    let metrics = Arc::new(Metrics::default());
    let options = test
        .options()
        .publish(Publish::Deferred { wal_bytes: 1 << 20 })
        .fill_ahead(0)
        .observe(metrics.clone());
    let mut store = options.open(root()).unwrap();
    for count in 0..10 {
        store
            .transact(|draft| {
                draft.write(&key("/a"), count)?;
                draft.write(&key("/b"), count)
            })
            .unwrap();
    }
    store.begin().unwrap().rollback();
    let refused = store.transact(|draft| draft.write(&key("/a"), "x".repeat(5 << 20)));
    assert_eq!(refused.unwrap_err().kind(), ErrorKind::LimitExceeded);
    let mut other = test.options().open(root()).unwrap();
    let transaction = other.begin().unwrap();
    assert_eq!(begin_error(&mut store), ErrorKind::LockTimeout);
    drop(transaction);
    store.close().unwrap();

    let seen = metrics.snapshot();
    assert_eq!((seen.commits, seen.operations, seen.rollbacks), (10, 20, 1));
    assert_eq!((seen.lock_timeouts, seen.failures["LimitExceeded"]), (1, 1));
    assert_eq!(seen.latencies["log"].count, 10);
    assert_eq!(seen.latencies["lock_wait"].max_ns / 1_000_000_000, 5);
    let text = seen.to_string();
    assert!(text.contains("commits                         10\n"), "{text}");
    assert!(text.contains("failure: LimitExceeded           1\n"), "{text}");
    assert!(text.lines().any(|line| line.starts_with("lock_wait") && line.ends_with("5.0 s")), "{text}");
    let value = serde_json::to_value(&seen).unwrap();
    assert_eq!(value["latencies"]["log"]["count"], 10);
    assert_eq!(Metrics::default().snapshot(), MetricsSnapshot::default());
    assert_eq!(MetricsSnapshot::default().to_string(), "");
}

#[test]
fn lock_timeouts_of_a_store_become_one_hint() {
    let test = TestStore::new();
    let correlator = Arc::new(ErrorCorrelator::new(Arc::new(test.world.clock.clone())));
    let mut holder = test.options().holder("checklist run release").open(root()).unwrap();
    let mut store = test.options().observe(correlator.clone()).open(root()).unwrap();
    let _transaction = holder.begin().unwrap();
    for _ in 0..8 {
        assert_eq!(begin_error(&mut store), ErrorKind::LockTimeout);
    }
    let hints = correlator.take_hints();
    assert_eq!(hints.iter().map(|hint| hint.kind).collect::<Vec<_>>(), [HintKind::LockContention]);
    assert!(hints[0].message.contains("\"checklist run release\""), "{}", hints[0]);
    assert!(hints[0].command.ends_with(&format!("-p {}", std::process::id())), "{}", hints[0]);
    assert_eq!(correlator.take_hints(), []);
}
