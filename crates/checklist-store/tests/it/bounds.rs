//! Where a bound lies, to the byte and to the moment; and what is told of how long things took.

use crate::fixture::{TestStore, append, begin_error, key, resealed, root, sealed, write, writes};
use checklist_store::env::Fs as _;
use checklist_store::env::mem::CallKind;
use checklist_store::{
    BreakerOptions, CommitTimings, ErrorKind, Event, Lsn, Options, Publish, Store, Target, Verdict,
};
use serde_json::json;
use std::sync::{Arc, Mutex};
use std::time::Duration;

/// The events whose name begins so, as they print for debugging.
fn heard(options: Options, name: &'static str) -> (Options, Arc<Mutex<Vec<String>>>) {
    let heard = Arc::new(Mutex::new(Vec::new()));
    let ears = Arc::clone(&heard);
    let observer = move |event: &Event| {
        let text = format!("{event:?}");
        if text.starts_with(name) {
            ears.lock().expect("no panic").push(text);
        }
    };
    (options.observe(Arc::new(observer)), heard)
}

#[test]
fn a_document_may_have_as_many_bytes_as_its_limit_and_change_where_it_has_more() {
    let test = TestStore::new();
    write(&mut test.open(), "/text", "abc");
    let refuses = |limit: usize, text: &str| {
        let fork = test.fork();
        let mut store = fork.options().document_limit(limit).open(root()).expect("the store opens");
        store.transact(writes("/text", text)).map_err(|error| error.kind()).err()
    };
    let limit = (1..200).find(|limit| refuses(*limit, "abcd").is_none()).expect("it has few bytes");
    // The braces; the name and what is around it; and the text in its quotes.
    assert_eq!(limit, 2 + (4 + 4) + (4 + 2));
    assert_eq!(refuses(limit - 1, "abcd"), Some(ErrorKind::LimitExceeded));
    assert_eq!(refuses(limit, "abcde"), Some(ErrorKind::LimitExceeded));
    // Too large already: it may become no larger.
    assert_eq!((refuses(1, "xyz"), refuses(1, "ab")), (None, None));
}

#[test]
fn each_part_of_a_commit_is_measured() {
    let test = TestStore::new();
    let timings: Arc<Mutex<Vec<CommitTimings>>> = Arc::default();
    let (seen, clock) = (Arc::clone(&timings), test.world.clock.clone());
    let rule_clock = clock.clone();
    let options = test
        .options()
        .validate(move |_| {
            rule_clock.advance(Duration::from_millis(70));
            Ok(())
        })
        .observe(Arc::new(move |event: &Event| {
            if let Event::Committed { timings, .. } = event {
                seen.lock().expect("no panic").push(*timings);
            }
        }));
    let mut store = options.open(root()).expect("the store opens");
    test.world.fs.on_call(move |call, _| {
        let takes = match (call.kind, call.path.ends_with(".wal")) {
            (CallKind::Sync, true) => 5,
            (CallKind::Exchange, _) => 11,
            (CallKind::Truncate, true) => 13,
            _ => 0,
        };
        clock.advance(Duration::from_millis(takes));
    });
    write(&mut store, "/a", 1);
    write(&mut store, "/a", 2);
    test.world.fs.on_call(|_, _| {});
    let ms = |time: Duration| time.as_millis();
    for CommitTimings { prepare, log, sync, publish, retire } in timings.lock().expect("no panic").iter() {
        let all = [prepare, log, sync, publish, retire].map(|time| ms(*time));
        assert_eq!(all, [70, 5, 5, 11, 13]);
    }
    assert_eq!(timings.lock().expect("no panic").len(), 2);
}

#[test]
fn a_lock_that_fails_for_another_reason_is_not_counted_and_a_breaker_says_how_long_it_is_open() {
    let test = TestStore::new();
    let breaker =
        BreakerOptions { failures: 2, open_for: Duration::from_secs(7), ..BreakerOptions::default() };
    let (options, breakers) = heard(test.options().breaker(breaker), "Breaker");
    let mut store = options.open(root()).expect("the store opens");
    let (locks, away) = (root().join(".locks"), root().join("away"));
    test.world.fs.rename(&locks, &away).expect("it is there");
    test.put(".locks", "a file");
    for _ in 0..5 {
        assert_eq!(begin_error(&mut store), ErrorKind::Invalid);
    }
    test.remove(".locks");
    test.world.fs.rename(&away, &locks).expect("it is there");
    write(&mut store, "/a", 1);
    assert_eq!(breakers.lock().expect("no panic").len(), 0);
    let mut holder = test.open();
    let _transaction = holder.begin().expect("it is free");
    for _ in 0..2 {
        assert_eq!(begin_error(&mut store), ErrorKind::LockTimeout);
    }
    assert_eq!(*breakers.lock().expect("no panic"), ["BreakerOpened { failures: 2, retry_in: 7s }"]);
}

#[test]
fn a_log_that_has_reached_its_bound_is_published_when_it_is_found() {
    let test = TestStore::new();
    write(&mut test.open_deferred(), "/a", 1);
    let len = test.bytes(".wal").len() as u64;
    for (wal_bytes, is_left) in [(len, false), (len + 1, true)] {
        let fork = test.fork();
        let options = fork.options().publish(Publish::Deferred { wal_bytes }).fill_ahead(0);
        let store = options.open(root()).expect("the store opens");
        assert_eq!(store.recovery().verdict, Verdict::Redone);
        assert_eq!(!fork.bytes(".wal").is_empty(), is_left, "{wal_bytes} of {len}");
    }
}

#[test]
fn the_history_is_rotated_by_the_bytes_that_it_has_however_many_lines_came_at_once() {
    let test = TestStore::new();
    let mut store = test.open_deferred();
    for at in 0..4 {
        write(&mut store, "/at", at);
    }
    store.close().expect("it is published");
    let len = test.bytes("history.jsonl").len() as u64;
    for (limit, files) in [(len, 1), (len + 1, 0)] {
        let fork = TestStore::new();
        let mut store = fork.deferred().history_limit(limit).open(root()).expect("the store opens");
        for at in 0..4 {
            write(&mut store, "/at", at);
        }
        store.publish().expect("it is published");
        assert_eq!(fork.bytes("history.jsonl").len() as u64, len, "the same as before");
        write(&mut store, "/at", 4);
        store.publish().expect("it is published");
        let is_rotated = |path: &&std::path::PathBuf| path.to_string_lossy().contains("/history-");
        assert_eq!(fork.files().keys().filter(is_rotated).count(), files, "{limit} of {len}");
    }
}

#[test]
fn an_end_that_was_cut_off_is_told_once() {
    let test = TestStore::new();
    write(&mut test.open(), "/a", 1);
    append(&test, "history.jsonl", b"{\"v\":1,\"torn");
    let (options, cuts) = heard(test.options(), "HistoryCut");
    let mut store = options.open(root()).expect("the store opens");
    for at in 2..5 {
        write(&mut store, "/a", at);
    }
    assert_eq!(*cuts.lock().expect("no panic"), ["HistoryCut { bytes: 12 }"]);
    assert_eq!(test.text("history.jsonl").lines().count(), 4);
}

#[test]
fn a_log_that_was_damaged_since_it_was_read_is_neither_published_nor_cleared() {
    let test = TestStore::new();
    let mut store = test.open_deferred();
    write(&mut store, "/a", "alpha");
    write(&mut store, "/b", 2);
    drop(store);
    let mut store = test.open_deferred();
    let log = test.text(".wal");
    let damaged = log.replacen("alpha", "alphb", 1);
    test.put(".wal", &damaged);
    let error = store.publish().expect_err("it does not say any more what it said");
    assert!(error.to_string().contains("the log does not say any more what it said"), "{error}");
    assert_eq!(test.text(".wal"), damaged);
    drop(store);
    test.put(".wal", log);
    assert_eq!(test.open().snapshot().to_value(), json!({"a": "alpha", "b": 2}));
    assert_eq!(test.open().history().expect("it reads").len(), 2);
}

#[test]
fn a_line_that_repeats_a_number_and_a_file_of_another_name_are_none_of_the_history_s() {
    let test = TestStore::new();
    for at in 1..=3 {
        write(&mut test.open(), "/at", at);
    }
    let history = test.open().history().expect("it reads");
    let text = test.text("history.jsonl");
    for name in ["history-5.jsonl", "history-+0000000005.jsonl", "history-00000000ab.jsonl", "history-.jsonl"]
    {
        test.put(name, "damaged\n");
    }
    assert_eq!(test.open().history().expect("it reads"), history);
    let last = text.lines().last().expect("there are lines");
    let crc = last.rsplit_once("\"crc\":\"").and_then(|(_, end)| end.get(..8)).expect("it is sealed");
    let (_, prev) = last.split_once("\"prev\":\"").expect("it is in the chain");
    let again = resealed(last, |body| body.replace(&prev[..8], crc));
    let fork = test.fork();
    append(fork.ends_unsound(), "history.jsonl", again.as_bytes());
    let damage = fork.open().history().expect_err("a number is never given out twice");
    assert!(damage.to_string().contains("line 4 of the history does not verify"), "{damage}");

    // Damage behind a place is found, too, where the chain goes on behind it.
    let fork = test.fork();
    let lines: Vec<&str> = text.lines().collect();
    let within = format!("{}\n{}\n{}{}\n", lines[0], lines[1], sealed("{\"x\":1"), lines[2]);
    fork.ends_unsound().put("history.jsonl", within);
    let error = fork.open().history_after(history[0].lsn).expect_err("a line says nothing");
    assert_eq!(error.kind(), ErrorKind::Corrupt);
}

#[test]
fn the_end_of_a_file_that_was_rotated_is_no_place_for_a_torn_line() {
    let test = TestStore::new();
    let mut store = test.options().history_limit(300).open(root()).expect("the store opens");
    for at in 1..=7 {
        write(&mut store, "/at", at);
    }
    let history = store.history().expect("it reads");
    let names: Vec<String> = test
        .files()
        .keys()
        .filter_map(|path| path.file_name()?.to_str().map(str::to_owned))
        .filter(|name| name.starts_with("history-"))
        .collect();
    append(test.ends_unsound(), &names[1], b"{\"v\":1,\"torn\n");
    let error = store.history_after(history[0].lsn).expect_err("that file is durable as a whole");
    assert!(error.path().is_some_and(|path| path.ends_with(&names[1])), "{error}");
    // The newest file may have one.
    let fork = test.fork();
    fork.ends_unsound();
    append(&fork, "history.jsonl", b"{\"v\":1,\"torn");
    let behind = fork.open().history_after(history[4].lsn).expect("it reads");
    assert_eq!(behind, history[5..]);
}

#[test]
fn a_history_that_begins_with_a_clone_begins_with_nothing_before_it() {
    let origin = TestStore::new();
    for at in 1..=3 {
        write(&mut origin.open(), "/at", at);
    }
    let clone = origin.cloned_by_git();
    write(&mut clone.open(), "/at", 4);
    clone.remove_copies();
    let report = Store::check_at(&clone.options(), &root()).expect("it can be checked");
    let history = report.findings.iter().find(|finding| finding.subject == "history").expect("there is one");
    assert_eq!((history.sound, history.detail.as_str()), (true, "1 transaction, chain unbroken"));
}

#[test]
fn an_earlier_state_within_what_waits_in_the_log_is_gone_back_to() {
    let test = TestStore::new();
    write(&mut test.open(), "/at", 0);
    let mut store = test.open_deferred();
    let lsns: Vec<Lsn> = (1..=3).map(|at| write(&mut store, "/at", at).lsn).collect();
    let plan = store.plan_restore(&Target::Lsn(lsns[1])).expect("it is in the log");
    assert_eq!((plan.lsn, plan.operations.len()), (lsns[1], 1));
    store.restore_to(&Target::Lsn(lsns[0]), "ana").expect("it is gone back to");
    assert_eq!(store.snapshot().read(&key("/at")), Some(json!(1)));
    // Published, with the log as it was before: both hold the same, once.
    let log = test.bytes(".wal");
    store.close().expect("it is published");
    let store = test.open();
    test.put(".wal", log);
    let plan = store.plan_restore(&Target::Lsn(lsns[1])).expect("it is recorded");
    assert_eq!((plan.lsn, plan.operations.len(), plan.source.name), (lsns[1], 1, "history"));
    drop(store);
    drop(test.open());
}

#[test]
fn without_the_number_of_a_copy_nobody_would_know_that_something_is_gone() {
    let test = TestStore::new();
    let mut store = test.open();
    for at in 1..=3 {
        write(&mut store, "/at", at);
    }
    let taken = store.backup().expect("a copy is kept");
    drop(store);
    for name in ["state.yaml", "history.jsonl"] {
        test.remove(name);
    }
    for path in &taken.files {
        let name = path.file_name().and_then(|name| name.to_str()).expect("it has a name");
        test.put(&format!(".backup/{name}"), "something else");
    }
    let plan = Store::plan_repair(&test.options(), &root()).expect("an older copy is there");
    let lost = plan.lost.expect("the newest copy is not what it was");
    assert!(lost.contains(&format!("the transactions between {} and {}", plan.ends_at, taken.lsn)), "{lost}");
    assert!(!plan.is_proven);
    test.ends_unsound();
}

#[test]
fn a_published_copy_tells_its_time_to_the_millisecond() {
    let test = TestStore::new();
    write(&mut test.open(), "/at", 1);
    test.world.clock.advance(Duration::from_millis(61_123));
    let mut store = test.open();
    write(&mut store, "/at", 2);
    let now = checklist_store::env::Clock::now(&test.world.clock);
    let copies = store.backups().expect("they are listed");
    assert_eq!(copies[0].time, Some(now), "{copies:?}");
}

#[test]
fn the_bytes_of_the_copies_are_bounded() {
    let test = TestStore::new();
    let mut store = test.open();
    write(&mut store, "/at", 1);
    let bytes = store.backup().expect("a copy is kept").bytes;
    drop(store);
    for (most, left) in [(2 * bytes + bytes / 2, 2), (3 * bytes + bytes / 2, 3)] {
        let mut store = test.options().backups(10, most).open(root()).expect("the store opens");
        for at in 2..7 {
            write(&mut store, "/at", at);
            store.backup().expect("a copy is kept");
        }
        let copies = store.backups().expect("they are listed");
        assert_eq!(copies.iter().filter(|copy| copy.reason == "asked").count(), left, "{most} of {bytes}");
    }
}

#[test]
fn what_came_out_of_the_place_of_the_state_is_kept_if_it_is_an_edit() {
    let test = TestStore::new();
    write(&mut test.open(), "/title", "alpha");
    let state = test.text("state.yaml");
    let edit = state.replace("alpha", "by hand");
    for (name, text, is_kept) in [
        ("state.yaml-1", edit.clone(), true),
        ("state.yaml-2", state.clone(), false),
        ("state.yaml-3", String::new(), false),
        ("other-4", edit.clone(), false),
    ] {
        let fork = test.fork();
        fork.put(&format!(".tmp/{name}"), &text);
        drop(fork.open());
        assert_eq!(fork.list(".tmp"), [""; 0], "{name}");
        let copies = fork.list(".backup");
        let kept = copies.iter().find(|copy| copy.starts_with("edit-"));
        assert_eq!(kept.is_some(), is_kept, "{name}");
        if let Some(copy) = kept {
            assert_eq!(fork.text(&format!(".backup/{copy}")), text);
        }
    }
}

#[test]
fn a_state_that_goes_while_it_is_read_is_a_state_that_is_gone() {
    let test = TestStore::new();
    write(&mut test.open(), "/title", "alpha");
    let left = Mutex::new(true);
    test.world.fs.on_call(move |call, fs| {
        let is_meant = call.kind == CallKind::Stat && call.path.ends_with("state.yaml");
        if is_meant && std::mem::take(&mut *left.lock().expect("no panic")) {
            fs.remove(&call.path).expect("it is there");
        }
    });
    let store = test.open();
    test.world.fs.on_call(|_, _| {});
    assert_eq!(store.recovery().verdict, Verdict::Restored);
    assert_eq!(store.snapshot().to_value(), json!({"title": "alpha"}));
}
