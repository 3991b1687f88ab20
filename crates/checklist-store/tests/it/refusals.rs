//! What opening says of a store that it does not open, or shows without changing it, and what it leaves alone.

use crate::fixture::{TestStore, append, root, sealed, write};
use checklist_store::env::mem::CallKind;
use checklist_store::{ErrorKind, Intent, Standing, Store, Verdict};

/// Changes the state whenever somebody looked at the log, so many times.
fn is_published_meanwhile(test: &TestStore, times: usize) {
    let (bytes, left) = (test.bytes("state.yaml"), std::sync::Mutex::new(times));
    test.world.fs.on_call(move |call, fs| {
        let mut left = left.lock().expect("no test panics with it");
        if call.kind == CallKind::Stat && call.path.ends_with(".wal") && *left > 0 {
            *left -= 1;
            fs.place(&root().join("state.yaml"), &bytes).expect("the disk takes it");
        }
    });
}

#[test]
fn a_look_that_a_writer_passes_by_is_taken_again_and_not_for_ever() {
    let test = TestStore::new();
    write(&mut test.open(), "/a", 1);
    is_published_meanwhile(&test, 50);
    assert_eq!(test.open().snapshot().to_value()["a"], 1);
    is_published_meanwhile(&test, usize::MAX);
    let error = test.refused();
    test.world.fs.on_call(|_, _| {});
    assert_eq!(error.kind(), ErrorKind::LockTimeout);
    assert!(error.to_string().contains("the state changes faster than it can be read"), "{error}");
}

#[test]
fn what_a_newer_program_wrote_is_named_with_its_version() {
    let test = TestStore::new();
    write(&mut test.open(), "/a", 1);
    let newer = test.fork();
    newer.ends_unsound().edit("schemaVersion: \"1.0.0\"", "schemaVersion: \"7.0.0\"");
    let error = newer.refused();
    assert_eq!(error.kind(), ErrorKind::UnsupportedFormat);
    assert!(error.to_string().contains("schema 7.0.0, this one reads 1.x"), "{error}");

    let newer = test.fork();
    newer.ends_unsound().put(".wal", sealed("{\"v\":9,\"gen\":\"0000000000000001\",\"lsn\":3"));
    let before = newer.files();
    let store = newer.open();
    let Standing::ReadOnly(reason) = store.standing() else { panic!("{:?}", store.standing()) };
    assert!(reason.contains("records of version 9, this one reads 1"), "{reason}");
    assert_eq!(store.snapshot().to_value()["a"], 1);
    assert_eq!(newer.files(), before);
}

/// What the integrity check finds of something.
fn finding(test: &TestStore, subject: &str) -> (bool, String) {
    let report = Store::check_at(&test.options(), &root()).expect("it can be checked");
    let found = report.findings.into_iter().find(|finding| finding.subject == subject);
    found.map(|finding| (finding.sound, finding.detail)).expect("the subject is looked at")
}

#[test]
fn the_check_tells_each_thing_that_a_state_and_a_log_can_be() {
    let test = TestStore::new();
    let mut store = test.open();
    write(&mut store, "/a", 1);
    write(&mut store, "/a", 2);
    write(&mut test.open_deferred(), "/a", 3);
    let torn = test.fork();
    append(&torn, ".wal", b"{\"v\":1,\"gen\"");
    let (sound, detail) = finding(&torn, "log");
    assert!(sound && detail.starts_with("an unfinished batch"), "{detail}");
    drop(torn.open());

    let test = test.ends_unsound();
    for (name, bytes, subject, said) in [
        ("state.yaml", test.text("state.yaml").replace("\"1.0.0\"", "\"7.0.0\""), "state.yaml", "is newer"),
        (
            ".wal",
            sealed("{\"v\":9,\"gen\":\"0000000000000001\",\"lsn\":3"),
            "log",
            "a newer program wrote it",
        ),
        ("state.yaml", test.text("state.yaml").replace("a: 2", "a: 9"), "state.yaml", "edited by hand"),
    ] {
        let other = test.fork();
        other.ends_unsound().put(name, bytes);
        let (sound, detail) = finding(&other, subject);
        assert!(!sound && detail.contains(said), "{subject}: {detail}");
    }
    test.remove("state.yaml");
    assert_eq!(finding(test, "state.yaml"), (false, "missing".to_owned()));
}

#[test]
fn the_check_tells_when_history_and_state_disagree() {
    let test = TestStore::new();
    let mut store = test.open();
    write(&mut store, "/a", 1);
    write(&mut store, "/a", 2);
    drop(store);
    let test = test.ends_unsound();
    let surplus = test.fork();
    append(surplus.ends_unsound(), "history.jsonl", b"{\"v\":1");
    assert!(finding(&surplus, "history").1.contains("bytes behind them that are no whole line"));

    let short = test.fork();
    short.ends_unsound().remove_copies();
    let first = short.text("history.jsonl").lines().next().map(|line| format!("{line}\n"));
    short.put("history.jsonl", first.expect("there is a line"));
    let (sound, detail) = finding(&short, "history");
    assert!(!sound && detail.contains("1 transaction, but it ends at"), "{detail}");

    let other = test.fork();
    other.ends_unsound();
    for name in other.list(".backup") {
        other.put(&format!(".backup/{name}"), "something else");
    }
    let (sound, detail) = finding(&other, "backups");
    assert!(!sound && detail.ends_with("and 1 more"), "{detail}");
}

#[test]
fn a_state_that_nothing_proves_is_refused_and_not_put_back() {
    let test = TestStore::new();
    let mut store = test.open();
    write(&mut store, "/a", 1);
    write(&mut store, "/a", 2);
    drop(store);
    test.ends_unsound().remove_copies();
    test.put("history.jsonl", &test.text("history.jsonl")[1..]);
    for (bytes, said) in
        [(None, "state.yaml is missing"), (Some(""), "the file is empty"), (Some("x"), "ends early")]
    {
        match bytes {
            None => test.remove("state.yaml"),
            Some(bytes) => test.put("state.yaml", bytes),
        }
        let before = test.files();
        let error = test.refused();
        assert_eq!(error.kind(), ErrorKind::Corrupt);
        assert!(error.to_string().contains(said), "{error}");
        assert_eq!(test.files(), before);
    }
}

#[test]
fn who_only_reads_creates_no_store() {
    let test = TestStore::absent();
    let before = test.image();
    let error = test.options().intent(Intent::Read).open(root()).expect_err("there is none");
    assert_eq!(error.kind(), ErrorKind::NoStore);
    assert!(before.is_same_snapshot(&test.image()));
    test.world.fs.place_dir(&root()).expect("the disk takes it");
    let error = test.options().intent(Intent::Read).open(root()).expect_err("the folder is empty");
    assert_eq!(error.kind(), ErrorKind::NoStore);
    assert!(error.to_string().contains("there is no store here"), "{error}");
    test.ends_unsound();
}

#[test]
fn a_tail_alone_is_put_aside_and_nothing_redone() {
    let test = TestStore::new();
    write(&mut test.open(), "/a", 1);
    append(&test, ".wal", b"{\"v\":1,\"gen\"");
    let store = test.open();
    assert_eq!((store.recovery().verdict, store.recovery().discarded_bytes), (Verdict::Discarded, 12));
    assert_eq!(store.snapshot().to_value()["a"], 1);
}

#[test]
fn what_a_newer_program_wrote_is_not_repaired() {
    let test = TestStore::new();
    write(&mut test.open(), "/a", 1);
    test.ends_unsound().edit("schemaVersion: \"1.0.0\"", "schemaVersion: \"7.0.0\"");
    let before = test.files();
    let error = Store::repair(&test.options(), &root()).expect_err("it is a newer program's");
    assert_eq!(error.kind(), ErrorKind::UnsupportedFormat);
    assert_eq!(test.files(), before);
}

#[test]
fn who_only_reads_is_told_of_a_newer_program_without_a_lock() {
    let test = TestStore::new();
    write(&mut test.open(), "/a", 1);
    test.ends_unsound().edit("schemaVersion: \"1.0.0\"", "schemaVersion: \"7.0.0\"");
    let test = test.cloned_by_git();
    test.ends_unsound();
    let before = test.files();
    let error = test.options().intent(Intent::Read).open(root()).expect_err("it is a newer program's");
    assert_eq!(error.kind(), ErrorKind::UnsupportedFormat);
    assert_eq!(test.files(), before);
    assert!(test.list(".locks").is_empty(), "nothing is created");
}

#[test]
fn a_newer_log_is_named_where_the_state_is_gone() {
    let test = TestStore::new();
    write(&mut test.open(), "/a", 1);
    test.ends_unsound().put(".wal", sealed("{\"v\":9,\"gen\":\"0000000000000001\",\"lsn\":3"));
    test.remove("state.yaml");
    let before = test.files();
    let error = test.refused();
    assert_eq!(error.kind(), ErrorKind::UnsupportedFormat);
    assert!(error.to_string().contains("records of version 9, this one reads 1"), "{error}");
    assert_eq!(test.files(), before);
}

#[test]
fn a_state_that_is_gone_comes_back_with_what_waits_in_the_log() {
    let test = TestStore::new();
    write(&mut test.open(), "/a", 1);
    let mut store = test.open_deferred();
    write(&mut store, "/b", 2);
    write(&mut store, "/a", 3);
    drop(store);
    test.remove("state.yaml");
    let store = test.open();
    assert_eq!(store.snapshot().to_value(), serde_json::json!({"a": 3, "b": 2}));
    assert_eq!(store.recovery().verdict, Verdict::Restored);
}
