//! Rebuilding a state that is lost or damaged: exactly, from what proves itself, and never backwards.

use crate::fixture::{TestStore, append, files, root, write};
use checklist_store::env::mem::Budget;
use checklist_store::{ErrorKind, Lsn, RepairPlan, Standing, Store, Verdict};
use serde_json::{Value, json};
use std::sync::{Arc, Mutex};

/// Three published commits and two that wait in the log.
fn used() -> TestStore {
    let test = TestStore::new();
    let mut store = test.open();
    write(&mut store, "/title", "alpha");
    write(&mut store, "/steps/build", json!({"status": "done", "tags": [1, 2.5, null, "\u{e9}"]}));
    write(&mut store, "/title", "beta");
    let mut store = test.open_deferred();
    write(&mut store, "/waiting", 1);
    write(&mut store, "/waiting", 2);
    test
}

/// The document and the LSN that a new process finds.
fn found(test: &TestStore) -> (Value, Lsn) {
    let store = test.open();
    assert_eq!(*store.standing(), Standing::Sound);
    (store.snapshot().to_value(), store.snapshot().lsn())
}

fn plan(test: &TestStore) -> RepairPlan {
    Store::plan_repair(&test.options(), &root()).expect("there is something to rebuild from")
}

fn repair(test: &TestStore) -> RepairPlan {
    Store::repair(&test.options(), &root()).expect("the state is rebuilt")
}

#[test]
fn a_missing_state_is_put_back_by_itself_and_rebuilt_exactly() {
    let test = used();
    let expected = found(&test.fork());
    for with_backups in [false, true] {
        let test = test.fork();
        if with_backups {
            drop(test.open());
        }
        test.remove("state.yaml");
        let before = test.files();
        let by_itself = test.fork();
        assert_eq!(by_itself.open().recovery().verdict, Verdict::Restored);
        assert_eq!(found(&by_itself), expected);
        assert_eq!(by_itself.open().history().unwrap().len(), 5);
        let planned = plan(&test);
        assert!(planned.is_proven);
        assert_eq!(test.files(), before, "planning changes nothing");
        assert_eq!((planned.ends_at, &planned.lost, &planned.kept), (expected.1, &None, &None));
        let done = repair(&test);
        assert_eq!((done.ends_at, &done.lost), (planned.ends_at, &None));
        assert_eq!(done.sources, planned.sources);
        let names: Vec<_> = done.sources.iter().map(|source| source.name).collect();
        assert_eq!(
            names,
            if with_backups { vec!["backup", "history"] } else { vec!["backup", "history", "log"] }
        );
        assert_eq!(found(&test), expected);
        assert_eq!(test.open().recovery().verdict, Verdict::Clean);
        assert_eq!(test.open().history().unwrap().len(), 5);
        assert!(test.text("state.yaml").contains("\"cause\": \"restore\""));
    }
}

#[test]
fn a_damaged_state_is_rebuilt_from_history_alone_and_log() {
    let test = used();
    let expected = found(&test.fork());
    for harm in [b"".as_slice(), &[0; 300], b"schemaVersion: ", b"\xff\xfe"] {
        let test = test.fork();
        test.remove_copies();
        test.put("state.yaml", harm);
        let plan = plan(&test);
        assert_eq!((plan.sources[0].name, plan.is_proven, &plan.lost), ("beginning", true, &None));
        if harm.iter().all(|byte| *byte == 0) {
            assert_eq!(test.open().recovery().verdict, Verdict::Restored);
        } else {
            assert_eq!(test.refused().kind(), ErrorKind::Corrupt);
            assert_eq!(repair(&test).lost, None);
        }
        assert_eq!(found(&test), expected);
        let kept = files(&test.image())
            .into_iter()
            .any(|(path, bytes)| path.starts_with(root().join(".backup")) && bytes == harm);
        assert!(kept || harm.is_empty(), "what was replaced is kept");
    }
}

#[test]
fn without_anything_to_rebuild_from_nothing_is_changed() {
    let test = used();
    test.ends_unsound().put("state.yaml", "damaged");
    test.remove("history.jsonl");
    test.remove_copies();
    let before = test.files();
    for error in [
        Store::plan_repair(&test.options(), &root()).unwrap_err(),
        Store::repair(&test.options(), &root()).unwrap_err(),
    ] {
        assert_eq!(error.kind(), ErrorKind::Corrupt);
    }
    assert_eq!(test.files(), before);
    let absent = TestStore::absent();
    absent.ends_unsound();
    assert_eq!(Store::plan_repair(&absent.options(), &root()).unwrap_err().kind(), ErrorKind::NoStore);
    assert_eq!(Store::repair(&absent.options(), &root()).unwrap_err().kind(), ErrorKind::NoStore);
    assert_eq!(Store::check_at(&absent.options(), &root()).unwrap_err().kind(), ErrorKind::NoStore);
}

#[test]
fn of_a_damaged_history_only_what_verifies_is_used_and_the_rest_is_put_aside() {
    let test = used();
    let expected = found(&test.fork());
    drop(test.open());
    test.ends_unsound().remove("state.yaml");
    let text = test.text("history.jsonl");
    let damaged = text.replacen("alpha", "alphb", 1);
    test.put("history.jsonl", &damaged);
    // Behind the damage a copy leads on to the end.
    let repaired = test.fork();
    let plan = plan(&repaired);
    assert_eq!((plan.ends_at, &plan.lost, plan.is_proven), (expected.1, &None, false));
    assert!(plan.unproven[0].contains("line 1 of the history does not verify"), "{:?}", plan.unproven);
    repair(&repaired);
    assert_eq!(found(&repaired), expected);
    assert_eq!(repaired.open().history().unwrap().len(), 4);
    assert!(repaired.files().values().any(|bytes| bytes == damaged.as_bytes()), "all of it is kept");
    // Without a copy nothing does.
    test.remove_copies();
    let before = test.files();
    assert_eq!(Store::repair(&test.options(), &root()).unwrap_err().kind(), ErrorKind::Corrupt);
    assert_eq!(test.files(), before);
}

/// The same document, and numbers that go on above everything that was ever given out.
fn found_above(test: &TestStore, (document, lsn): &(Value, Lsn), given_out: u64) {
    let now = found(test);
    assert_eq!(now.0, *document);
    assert!(now.1 > *lsn && now.1.0 > given_out, "{} is not above {lsn} and {given_out}", now.1);
}

#[test]
fn a_damaged_log_costs_only_what_it_held() {
    let test = used();
    let log = test.text(".wal");
    test.put(".wal", log.replacen("\"value\":1", "\"value\":7", 1));
    let before = test.files();
    assert_eq!(test.refused().kind(), ErrorKind::Corrupt);
    assert_eq!(test.files(), before);
    let done = repair(&test);
    assert!(done.lost.is_some(), "what the log held is gone, and that is said");
    let expected =
        json!({"steps": {"build": {"status": "done", "tags": [1, 2.5, null, "\u{e9}"]}}, "title": "beta"});
    assert_eq!(found(&test).0, expected);
    assert!(
        files(&test.image()).values().any(|bytes| bytes == &before[&root().join(".wal")]),
        "the log is kept"
    );
}

#[test]
fn a_sound_state_is_never_rebuilt_backwards() {
    // An old copy is there, the history is not (it is not tracked by git), and the log is damaged or empty.
    for damaged_log in [true, false] {
        let test = used();
        drop(test.open());
        let mut store = test.open();
        write(&mut store, "/title", "gamma");
        let mut store = test.open_deferred();
        let sound = found(&test.fork());
        if damaged_log {
            write(&mut store, "/waiting", 3);
            write(&mut store, "/waiting", 4);
            test.put(".wal", test.text(".wal").replacen("\"value\":3", "\"value\":7", 1));
        }
        drop(store);
        test.remove("history.jsonl");
        let planned = plan(&test);
        assert!(
            planned.ends_at >= sound.1,
            "damaged log {damaged_log}: a sound state at {} would be replaced by one at {}",
            sound.1,
            planned.ends_at
        );
        repair(&test);
        if damaged_log {
            found_above(&test, &sound, sound.1.0 + 5);
        } else {
            assert_eq!(found(&test), sound);
        }
    }
}

#[test]
fn a_damaged_log_over_the_sound_state_of_a_clone_can_be_repaired() {
    let origin = used();
    drop(origin.open());
    let test = origin.cloned_by_git();
    let sound = found(&test);
    let mut store = test.open_deferred();
    write(&mut store, "/waiting", 3);
    write(&mut store, "/waiting", 4);
    drop(store);
    test.put(".wal", test.text(".wal").replacen("\"value\":3", "\"value\":7", 1));
    assert_eq!(test.refused().kind(), ErrorKind::Corrupt);
    let done = repair(&test);
    assert!(done.lost.is_some());
    found_above(&test, &sound, sound.1.0 + 5);
    write(&mut test.open(), "/more", 1);
}

#[test]
fn a_restore_that_must_go_back_says_so() {
    // The edited state is at a later LSN than anything that can be proven.
    let test = used();
    drop(test.open());
    let mut store = test.open();
    write(&mut store, "/title", "gamma");
    write(&mut store, "/title", "delta");
    let last = store.snapshot().lsn();
    test.remove("history.jsonl");
    test.edit("delta", "by hand");
    let before = test.files();
    match test.open().restore() {
        Ok(plan) => assert!(
            plan.ends_at >= last || plan.lost.is_some(),
            "{plan:?} is before {last}, and nothing is said to be lost"
        ),
        Err(error) => {
            assert_eq!(error.kind(), ErrorKind::Corrupt);
            assert_eq!(test.files(), before);
            test.open().adopt("ana").unwrap();
        }
    }
}

#[test]
fn a_repair_that_is_cut_off_can_be_repeated() {
    let test = used();
    let expected = found(&test.fork());
    test.put("state.yaml", "damaged");
    let moments = Arc::new(Mutex::new(vec![(String::from("before"), test.image())]));
    let seen = Arc::clone(&moments);
    test.world.fs.on_call(move |call, fs| seen.lock().unwrap().push((call.to_string(), fs.image())));
    repair(&test);
    test.world.fs.on_call(|_, _| {});
    let (mut repeated, mut finished) = (0, 0);
    for (call, image) in moments.lock().unwrap().iter() {
        for (survival, crashed) in image.crashes(&Budget { tears_max: 3, ..Budget::WHOLE }) {
            let after = TestStore::on(&crashed);
            match after.options().open(root()) {
                Ok(_) => finished += 1,
                Err(error) => {
                    assert_eq!(error.kind(), ErrorKind::Corrupt, "{call}, {survival}: {error}");
                    repeated += 1;
                    assert_eq!(repair(&after).lost, None, "{call}, {survival}");
                }
            }
            assert_eq!(found(&after), expected, "{call}, {survival}");
            assert_eq!(after.open().history().unwrap().len(), 5, "{call}, {survival}");
        }
    }
    println!("repair cut off: {repeated} times repeated, {finished} times finished");
    assert!(repeated > 10 && finished > 10);
}

#[test]
fn reading_the_log_without_opening_tells_what_waits() {
    let test = used();
    let image = test.image();
    let contents = Store::read_log(&test.options(), &root()).unwrap();
    assert_eq!((contents.state, contents.continues), (Some(Lsn(10)), Some(Lsn(10))));
    assert_eq!((contents.transactions.len(), contents.tail_bytes), (2, 0));
    assert_eq!(contents.bytes, test.bytes(".wal").len() as u64);
    assert!(image.is_same_snapshot(&test.image()));
}

#[test]
fn a_log_that_continues_another_state_is_not_applied_to_this_one() {
    let test = TestStore::new();
    write(&mut test.open(), "/title", "alpha");
    let other = test.fork();
    let lsn = write(&mut test.open(), "/title", "mine").lsn;
    assert_eq!(write(&mut other.open(), "/title", "theirs").lsn, lsn);
    write(&mut other.open_deferred(), "/title", "waiting");
    other.ends_unsound();
    test.ends_unsound().put(".wal", other.bytes(".wal"));
    test.remove("state.yaml");
    let planned = plan(&test);
    assert_eq!((planned.ends_at, planned.is_proven), (lsn, false));
    assert!(planned.lost.is_some());
    assert_eq!(test.refused().kind(), ErrorKind::Corrupt, "it is not put back by itself");
}

#[test]
fn the_end_of_a_history_that_is_cut_off_is_kept_first() {
    let test = used();
    drop(test.open());
    let expected = found(&test);
    append(&test, "history.jsonl", b"{\"v\":1");
    let history = test.bytes("history.jsonl");
    test.put("state.yaml", "damaged");
    repair(&test);
    assert_eq!(found(&test), expected);
    let kept = test.list(".backup").into_iter().find(|name| name.ends_with("history.jsonl"));
    assert_eq!(test.bytes(&format!(".backup/{}", kept.expect("it is kept"))), history);
}
