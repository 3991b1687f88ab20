//! Salvage: the original is only read, and what is made of it elsewhere is sound.

use crate::fixture::{TestStore, files, root, write};
use checklist_store::{ErrorKind, SalvageReport, Standing, Store};
use serde_json::{Value, json};
use std::path::{Path, PathBuf};

fn into() -> PathBuf {
    PathBuf::from("/project/salvaged")
}

fn used() -> TestStore {
    let test = TestStore::new();
    let mut store = test.open();
    write(&mut store, "/title", "alpha");
    store.keep("templates/list.yaml", b"checklist: 1\n").expect("it is kept");
    store.keep("logs/build.log", b"output\n").expect("it is kept");
    write(&mut store, "/title", "beta");
    let mut store = test.open_deferred();
    for at in 1..=4 {
        write(&mut store, "/waiting", at);
    }
    test
}

fn salvage(test: &TestStore) -> SalvageReport {
    let before = test.image();
    let report = Store::salvage(&test.options(), &root(), &into()).expect("it is salvaged");
    assert_eq!(files(&before), test.files(), "the original is only read");
    for (path, bytes) in test.files() {
        let name = path.strip_prefix(root()).expect("it lies there");
        let copy = into().join("original").join(name);
        assert_eq!(test.image().read(&copy).ok(), Some(bytes.as_slice()), "{}", copy.display());
    }
    report
}

fn read(test: &TestStore, name: &str) -> String {
    let bytes = test.image().read(&into().join(name)).map(<[u8]>::to_vec).expect("the file is there");
    String::from_utf8(bytes).expect("it is text")
}

fn unproven(test: &TestStore) -> Vec<Value> {
    read(test, "unproven.jsonl").lines().map(|line| serde_json::from_str(line).expect("it is JSON")).collect()
}

fn salvaged(test: &TestStore) -> Store {
    let store = test.options().create(false).open(into().join(".checklist")).expect("the new store opens");
    assert_eq!(*store.standing(), Standing::Sound);
    assert!(store.check().expect("it can be checked").is_sound());
    store
}

#[test]
fn a_sound_store_is_copied_and_made_again_whole() {
    let test = used();
    let report = salvage(&test);
    let original = test.fork();
    let (expected, history) = {
        let store = original.open();
        (store.snapshot(), store.history().unwrap())
    };
    let mut store = salvaged(&test);
    assert_eq!(store.snapshot().to_value(), expected.to_value());
    assert_eq!(store.snapshot().lsn(), expected.lsn());
    assert_eq!(store.history().unwrap(), history);
    assert_eq!((report.lsn, report.has_history, report.unproven), (Some(expected.lsn()), true, 0));
    assert!(report.unreadable.is_empty() && report.refused.is_none());
    assert_eq!(
        test.image().read(&into().join(".checklist/templates/list.yaml")).ok(),
        Some(&b"checklist: 1\n"[..])
    );
    assert!(read(&test, "report.md").contains("Nothing is lost."));
    write(&mut store, "/more", 1);
    assert_eq!(store.history().unwrap().len(), history.len() + 1);
}

#[test]
fn what_is_behind_a_hole_in_the_log_is_written_down() {
    let test = used();
    let log = test.text(".wal");
    test.ends_unsound().put(".wal", log.replacen("\"value\":2", "\"value\":7", 1));
    let report = salvage(&test);
    assert!(report.plan.as_ref().unwrap().lost.is_some());
    let mut store = salvaged(&test);
    assert_eq!(store.snapshot().to_value(), json!({"title": "beta", "waiting": 1}));
    let found = unproven(&test);
    let kinds: Vec<&str> = found.iter().map(|line| line["kind"].as_str().unwrap()).collect();
    // Of the damaged transaction the commit record alone; the two behind it whole.
    assert_eq!(kinds, ["record", "transaction", "transaction"]);
    assert_eq!(report.unproven, 3);
    assert_eq!(found[1]["records"][0]["value"], 3);
    let last = found[2]["lsn"].as_u64().unwrap();
    assert!(store.snapshot().lsn().0 > last, "no number is given out twice");
    let text = read(&test, "report.md");
    assert!(text.contains("Lost: what the damaged part of the log held."), "{text}");
    assert!(!text.contains("beta"), "the report holds no value");
    write(&mut store, "/more", 1);
}

#[test]
fn without_anything_that_proves_a_state_there_is_none_and_everything_else_is_written_down() {
    let test = used();
    test.remove_copies();
    test.put("state.yaml", [0; 200]);
    let text = test.text("history.jsonl");
    let damaged = format!("{}\n{}\n", &text.lines().next().unwrap()[1..], text.lines().nth(1).unwrap());
    test.ends_unsound().put("history.jsonl", damaged);
    let report = salvage(&test);
    assert_eq!((report.store, report.lsn), (None, None));
    assert!(report.refused.unwrap().contains("neither a copy of the state nor a whole history"));
    assert_eq!(unproven(&test).len(), 5, "one line of the history, and the four in the log");
    assert!(read(&test, "report.md").contains("There is no state"));
    assert!(test.image().read(&into().join(".checklist/state.yaml")).is_err());
}

#[test]
fn a_folder_that_is_not_empty_or_within_the_store_is_refused() {
    let test = used();
    drop(test.open());
    test.world.fs.place_dir(&into()).unwrap();
    test.world.fs.place(&into().join("mine"), b"x").unwrap();
    let before = test.image();
    for (place, said) in [
        (into(), "not empty"),
        (root().join("salvaged"), "into itself"),
        (root(), "into itself"),
        (into().join("mine"), "not a folder"),
    ] {
        let error = Store::salvage(&test.options(), &root(), &place).unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Invalid);
        assert!(error.to_string().contains(said), "{error}");
    }
    assert!(before.is_same_snapshot(&test.image()));
    let absent = Store::salvage(&test.options(), Path::new("/project/none"), Path::new("/project/other"));
    assert_eq!(absent.unwrap_err().kind(), ErrorKind::NoStore);
}

#[test]
fn a_record_without_its_commit_is_written_down_by_itself() {
    let test = used();
    test.remove_copies();
    test.put("state.yaml", [0; 200]);
    let log = test.text(".wal");
    let (whole, commit) = log.trim_end().rsplit_once('\n').expect("the log has lines");
    assert!(commit.contains("\"op\":\"commit\""), "{commit}");
    test.put(".wal", format!("{whole}\n"));
    test.ends_unsound().put("history.jsonl", "damaged\n");
    salvage(&test);
    let kinds: Vec<Value> = unproven(&test).into_iter().map(|line| line["kind"].clone()).collect();
    assert_eq!(kinds, ["transaction", "transaction", "transaction", "record"]);
    let last = unproven(&test).pop().expect("there is one");
    assert_eq!(last["line"]["value"], 4, "{last}");
}
