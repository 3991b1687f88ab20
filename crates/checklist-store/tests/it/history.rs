//! The history over several files: rotated, damaged, with files missing, and far too long.

use crate::fixture::{TestStore, root, write};
use checklist_store::env::mem::{Budget, CallKind};
use checklist_store::{ErrorKind, Lsn, Options, Publish, Store};
use serde_json::json;
use std::sync::{Arc, Mutex};

/// About two lines a file.
fn rotating(test: &TestStore) -> Options {
    test.options().history_limit(300)
}

fn used(count: u64) -> TestStore {
    let test = TestStore::new();
    let mut store = rotating(&test).open(root()).expect("the store opens");
    for at in 1..=count {
        write(&mut store, "/at", at);
    }
    test
}

fn rotated(test: &TestStore) -> Vec<String> {
    let files = test.files();
    let names = files.keys().filter_map(|path| path.file_name()?.to_str().map(str::to_owned));
    names.filter(|name| name.starts_with("history-")).collect()
}

fn history_finding(test: &TestStore) -> (bool, String) {
    let report = Store::check_at(&test.options(), &root()).expect("the store can be checked");
    let finding = report.findings.iter().find(|finding| finding.subject == "history").expect("there is one");
    (finding.sound, finding.detail.clone())
}

#[test]
fn the_history_goes_on_over_its_files() {
    let test = used(9);
    assert_eq!(rotated(&test).len(), 4, "{:?}", rotated(&test));
    let history = test.open().history().unwrap();
    assert_eq!(history.len(), 9);
    assert!(rotated(&test)[0].ends_with(&format!("{:010}.jsonl", history[1].lsn.0)));
    // Another process goes on where this one ended, with a limit of its own.
    write(&mut test.open(), "/more", 1);
    assert_eq!(test.open().history().unwrap().len(), 10);
    assert_eq!(rotated(&test).len(), 4);
    assert_eq!(history_finding(&test), (true, "10 transactions, chain unbroken".to_owned()));
}

#[test]
fn a_rotation_that_is_cut_off_loses_no_line() {
    let test = used(2);
    let moments = Arc::new(Mutex::new(vec![(String::from("before"), test.image())]));
    let seen = Arc::clone(&moments);
    test.world.fs.on_call(move |call, fs| seen.lock().unwrap().push((call.to_string(), fs.image())));
    let mut store = rotating(&test).open(root()).unwrap();
    write(&mut store, "/at", 3);
    test.world.fs.on_call(|_, _| {});
    let mut both = [0, 0];
    for (call, image) in moments.lock().unwrap().iter() {
        for (survival, crashed) in image.crashes(&Budget { tears_max: 2, ..Budget::WHOLE }) {
            let after = TestStore::on(&crashed);
            let mut store = rotating(&after).open(root()).unwrap();
            let count = store.history().unwrap().len();
            assert!(count == 2 || count == 3, "{call}, {survival}: {count}");
            assert_eq!(store.snapshot().to_value(), json!({"at": count}), "{call}, {survival}");
            write(&mut store, "/at", 7);
            assert_eq!(store.history().unwrap().len(), count + 1, "{call}, {survival}");
            both[count - 2] += 1;
        }
    }
    assert!(both[0] > 5 && both[1] > 5, "{both:?}");
}

#[test]
fn a_file_that_is_missing_means_that_the_history_begins_later_where_a_copy_stands_in() {
    let test = used(9);
    let whole = test.open().history().unwrap();
    test.remove_copies();
    test.remove(&rotated(&test)[0]);
    test.remove(&rotated(&test)[0]);
    assert_eq!(test.open().history().unwrap(), whole[4..]);
    let (is_sound, detail) = history_finding(&test);
    assert!(!is_sound && detail.contains("it begins behind record"), "{detail}");
    test.open().backup().unwrap();
    assert!(history_finding(&test).0);
    // A file in the middle: the history begins behind it.
    test.remove(&rotated(&test)[1]);
    assert_eq!(test.open().history().unwrap(), whole[8..]);
    assert!(history_finding(&test).0);
}

#[test]
fn a_damaged_line_is_named_with_its_file_and_put_aside_by_a_repair() {
    for (victim, left) in [(0, 7), (2, 3), (9, 1)] {
        let test = used(9);
        let before = test.open().snapshot();
        let name = rotated(&test).get(victim).cloned().unwrap_or_else(|| "history.jsonl".to_owned());
        if victim == 9 {
            write(&mut test.open(), "/at", 9.5);
        }
        let before = if victim == 9 { test.open().snapshot() } else { before };
        let text = test.text(&name);
        test.put(&name, text.replacen("\"actor\"", "\"actro\"", 1).replacen("\"value\":", "\"value\": ", 1));
        let damaged = test.bytes(&name);
        let error = test.open().history().unwrap_err();
        assert_eq!((error.kind(), error.path()), (ErrorKind::Corrupt, Some(&*root().join(&name))));
        assert!(!history_finding(&test).0);
        let plan = Store::repair(&test.options(), &root()).unwrap();
        assert_eq!((plan.lost, plan.unproven.len(), plan.ends_at), (None, 1, before.lsn()));
        let store = test.open();
        assert_eq!(store.snapshot().to_value(), before.to_value());
        assert_eq!(store.history().unwrap().len(), left, "{name}");
        assert!(history_finding(&test).0, "{:?}", history_finding(&test));
        assert!(test.files().values().any(|bytes| *bytes == damaged), "what was put aside is kept");
    }
}

#[test]
fn an_end_that_is_longer_than_any_line_is_cut_off_after_it_was_kept() {
    let test = used(1);
    let mut bytes = test.bytes("history.jsonl");
    let whole = bytes.clone();
    bytes.resize(bytes.len() + (40 << 20), b'x');
    test.put("history.jsonl", &bytes);
    let mut store = test.open();
    assert_eq!(store.history().unwrap().len(), 1);
    write(&mut store, "/at", 2);
    assert_eq!(store.history().unwrap().len(), 2);
    assert!(test.bytes("history.jsonl").starts_with(&whole));
    assert!(test.bytes("history.jsonl").len() < 2 * whole.len() + 100);
}

#[test]
fn without_lines_at_its_beginning_the_history_is_no_ground_to_rebuild_from() {
    let test = used(5);
    for name in rotated(&test) {
        test.remove(&name);
    }
    test.remove_copies();
    test.ends_unsound().put("state.yaml", "damaged");
    let error = Store::plan_repair(&test.options(), &root()).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Corrupt);
}

/// Which files of the history are read meanwhile, each as often as it is.
fn read_by(test: &TestStore, look: impl FnOnce(&Store)) -> Vec<String> {
    let reads = Arc::new(Mutex::new(Vec::new()));
    let seen = Arc::clone(&reads);
    let store = test.open();
    test.world.fs.on_call(move |call, _| {
        let name = call.path.file_name().and_then(|name| name.to_str()).unwrap_or_default();
        if call.kind == CallKind::Read && name.starts_with("history") {
            seen.lock().expect("nobody panicked").push(name.to_owned());
        }
    });
    look(&store);
    test.world.fs.on_call(|_, _| {});
    reads.lock().expect("nobody panicked").clone()
}

#[test]
fn what_is_behind_a_place_is_the_end_of_the_history_wherever_that_is() {
    let test = used(9);
    let whole = test.open().history().unwrap();
    for at in 0..whole.len() {
        let before = whole[at].first.0 - 1;
        for lsn in before..=whole[at].lsn.0 {
            let behind = test.open().history_after(Lsn(lsn)).unwrap();
            let from = if lsn == whole[at].lsn.0 { at + 1 } else { at };
            assert_eq!(behind, whole[from..], "behind {lsn}");
        }
    }
    assert_eq!(test.open().history_after(Lsn(u64::MAX)).unwrap(), []);
    // What is committed and only in the log yet is behind it, too.
    let mut store = test.options().publish(Publish::Deferred { wal_bytes: 1 << 20 }).open(root()).unwrap();
    write(&mut store, "/at", 10);
    let behind = test.open().history_after(whole[8].lsn).unwrap();
    assert_eq!(behind.len(), 1);
    assert_eq!(behind[0].lsn, store.snapshot().lsn());
    store.close().unwrap();
}

#[test]
fn what_is_before_a_place_is_not_read() {
    let test = used(40);
    let (files, whole) = (rotated(&test), test.open().history().unwrap());
    assert_eq!(files.len(), 19);
    let all = read_by(&test, |store| assert_eq!(store.history().unwrap().len(), 40));
    assert!(files.iter().all(|name| all.contains(name)), "{all:?}");
    let few = read_by(&test, |store| assert_eq!(store.history_after(whole[36].lsn).unwrap().len(), 3));
    assert!(few.iter().all(|name| *name == "history.jsonl" || files[17..].contains(name)), "{few:?}");

    // One file of many pieces: its end is read, and not the rest, however much that is.
    let reads_of = |count: usize| {
        let test = TestStore::new();
        let mut store = test.options().open(root()).unwrap();
        let text = "x".repeat(60_000);
        for at in 0..count {
            write(&mut store, "/at", format!("{at}{text}"));
        }
        let last = store.snapshot().lsn();
        write(&mut store, "/at", "short");
        drop(store);
        let all = read_by(&test, |store| assert_eq!(store.history().unwrap().len(), count + 1));
        let few = read_by(&test, |store| assert_eq!(store.history_after(last).unwrap().len(), 1));
        (all.len(), few.len())
    };
    let ((all, few), (twice, as_few)) = (reads_of(40), reads_of(80));
    assert!(twice >= all + 10, "{all} and {twice}");
    assert_eq!(few, as_few);
}

#[test]
fn damage_behind_a_place_is_named_and_damage_before_it_is_not_looked_at() {
    let test = used(9);
    let whole = test.open().history().unwrap();
    let name = rotated(&test).remove(2);
    test.ends_unsound().put(&name, test.text(&name).replacen("\"value\":", "\"value\": ", 1));
    assert_eq!(test.open().history_after(whole[6].lsn).unwrap(), whole[7..]);
    let error = test.open().history_after(whole[2].lsn).unwrap_err();
    assert_eq!((error.kind(), error.path()), (ErrorKind::Corrupt, Some(&*root().join(&name))));
    assert_eq!(error.to_string(), test.open().history().unwrap_err().to_string());
    // Where the place itself is gone with a file, the history begins behind that.
    let test = used(9);
    test.ends_unsound().remove(&rotated(&test)[0]);
    assert_eq!(test.open().history_after(whole[0].lsn).unwrap(), whole[2..]);
}
