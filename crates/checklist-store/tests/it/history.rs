//! The history over several files: rotated, damaged, with files missing, and far too long.

use crate::fixture::{TestStore, root, write};
use checklist_store::env::mem::Budget;
use checklist_store::{ErrorKind, Options, Store};
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
