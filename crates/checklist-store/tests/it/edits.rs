//! Hand edits of `state.yaml`: shown, never overwritten, adopted or undone, and never lost.

mod cut_off;
mod meanwhile;
mod oversized;

use crate::fixture::{TestStore, begin_error, files, key, root, write, writes};
use checklist_store::env::mem::DiskImage;
use checklist_store::{Commit, Error, ErrorKind, Lsn, Operation, Standing, Store, Verdict};
use serde_json::{Value, json};
use std::path::Path;

/// A store with two published commits: `{"steps": {"build": "done"}, "title": "alpha"}` at LSN 7.
fn published() -> TestStore {
    let test = TestStore::new();
    let mut store = test.open();
    write(&mut store, "/title", "alpha");
    write(&mut store, "/steps/build", "done");
    assert_eq!(store.snapshot().lsn(), Lsn(7));
    test
}

fn original() -> Value {
    json!({"steps": {"build": "done"}, "title": "alpha"})
}

fn edited() -> Value {
    json!({"steps": {"build": "done"}, "title": "by hand"})
}

fn document(store: &Store) -> Value {
    store.snapshot().to_value()
}

/// Whether a file of the store has exactly these bytes.
fn is_kept(image: &DiskImage, bytes: &[u8]) -> bool {
    files(image).values().any(|found| found == bytes)
}

#[test]
fn an_edit_is_shown_and_writing_waits() {
    let test = published();
    test.ends_unsound().edit("alpha", "by hand");
    let before = test.files();
    let mut store = test.open();
    assert_eq!((store.standing(), document(&store)), (&Standing::Edited, edited()));
    assert_eq!(store.history().unwrap().len(), 2);
    assert!(!store.check().unwrap().is_sound());
    let error = store.transact(writes("/title", "over it")).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Edited);
    assert_eq!(error.path(), Some(&*root().join("state.yaml")));
    assert_eq!(begin_error(&mut store), ErrorKind::Edited);
    store.refresh().unwrap();
    store.close().unwrap();
    assert_eq!(test.files(), before);
}

#[test]
fn an_edit_made_while_the_store_is_open_is_noticed() {
    let test = published();
    let mut store = test.open();
    test.edit("alpha", "by hand");
    assert_eq!(begin_error(&mut store), ErrorKind::Edited);
    assert_eq!((store.standing(), document(&store)), (&Standing::Edited, edited()));
    store.adopt("ana").unwrap();
    write(&mut store, "/more", 1);
    assert_eq!(document(&test.open())["title"], json!("by hand"));
}

#[test]
fn an_edit_is_kept() {
    for adopting in [true, false] {
        let test = published();
        test.edit("alpha", "by hand");
        let bytes = test.bytes("state.yaml");
        let mut store = test.open();
        if adopting {
            store.adopt("ana").unwrap();
        } else {
            let plan = store.restore().unwrap();
            assert_eq!((plan.ends_at, plan.lost), (Lsn(7), None));
            assert!(plan.kept.is_some());
        }
        assert_eq!(*store.standing(), Standing::Sound);
        assert!(is_kept(&test.image(), &bytes), "the edited file is gone");
        assert_eq!(document(&test.open()), if adopting { edited() } else { original() });
        write(&mut store, "/more", 1);
    }
}

#[test]
fn an_adoption_is_a_transaction_that_can_be_undone() {
    let test = published();
    test.edit("title: alpha", "title: by hand\nextra: {\"deep\": [1, 2]}");
    test.edit("steps: {\"build\": \"done\"}\n", "");
    let mut store = test.open();
    let Commit { lsn, operations, .. } = store.adopt("ana").unwrap();
    assert!(lsn > Lsn(7) && operations == 3, "{lsn} {operations}");
    assert_eq!(document(&store), json!({"extra": {"deep": [1, 2]}, "title": "by hand"}));
    let history = store.history().unwrap();
    let adoption = history.last().unwrap();
    assert_eq!((history.len(), adoption.lsn), (3, lsn));
    assert_eq!(adoption.note, json!({"verb": "adopt", "actor": "ana"}));
    store.transact(|draft| draft.replay(adoption.operations.iter().rev().map(Operation::inverse))).unwrap();
    assert_eq!(document(&store), original());
}

#[test]
fn what_is_not_an_edit_is_not_adopted() {
    let test = published();
    let before = test.files();
    assert_eq!(test.open().adopt("ana").unwrap_err().kind(), ErrorKind::Invalid);
    assert_eq!(test.files(), before);
}

#[test]
fn an_adoption_keeps_the_rules() {
    let test = published();
    test.edit("alpha", "forbidden");
    let bytes = test.bytes("state.yaml");
    let rule = |document: &checklist_store::Snapshot| match document.read(&key("/title")) {
        Some(title) if title == "forbidden" => Err(Error::new(ErrorKind::Invalid, "no such title")),
        _ => Ok(()),
    };
    let mut store = test.options().validate(rule).open(root()).unwrap();
    assert_eq!(store.adopt("ana").unwrap_err().kind(), ErrorKind::Invalid);
    assert_eq!(test.bytes("state.yaml"), bytes);
    assert_eq!(*test.open().standing(), Standing::Edited);
    store.restore().unwrap();
    assert_eq!(document(&test.open()), original());
}

#[test]
fn a_deferred_adoption_survives_every_cut_and_every_further_edit() {
    let test = published();
    test.edit("alpha", "by hand");
    let edit = test.bytes("state.yaml");
    let mut store = test.open_deferred();
    store.adopt("ana").unwrap();
    write(&mut store, "/more", 1);
    drop(store);
    assert_eq!(test.bytes("state.yaml"), edit, "publishing waits");
    let fork = test.fork();
    let store = fork.open();
    assert_eq!(store.recovery().verdict, Verdict::Redone);
    assert_eq!(document(&store)["title"], json!("by hand"));
    assert_eq!(store.history().unwrap().len(), 4);
    // A second edit while the adoption of the first one still waits in the log.
    test.edit("by hand", "by hand again");
    let mut store = test.open();
    assert_eq!(*store.standing(), Standing::Edited);
    assert_eq!(store.adopt("ana").unwrap_err().kind(), ErrorKind::Edited);
    store.restore().unwrap();
    let mut expected = edited();
    expected["more"] = json!(1);
    assert_eq!(document(&test.open()), expected);
    assert_eq!(test.open().history().unwrap().len(), 4);
}

#[test]
fn an_edit_made_without_what_waits_in_the_log_is_not_adopted_over_it() {
    // Whatever the edit does to the number, too: the log holds what the edit was made without.
    for lsn in ["lsn: 7", "lsn: 8", "lsn: 9", "lsn: 10", "lsn: 5000", "lsn: 0", "lsn: 3"] {
        let test = published();
        let mut store = test.open_deferred();
        write(&mut store, "/waiting", 1);
        drop(store);
        test.edit("alpha", "by hand");
        test.edit("lsn: 7", lsn);
        let bytes = test.bytes("state.yaml");
        let mut store = test.open();
        assert_eq!((store.standing(), document(&store)), (&Standing::Edited, edited()), "{lsn}");
        let error = store.adopt("ana").expect_err(lsn);
        assert_eq!(error.kind(), ErrorKind::Edited, "{lsn}");
        store.restore().unwrap();
        assert_eq!(
            document(&test.open()),
            json!({"steps": {"build": "done"}, "title": "alpha", "waiting": 1})
        );
        assert!(is_kept(&test.image(), &bytes), "{lsn}");
        assert_eq!(test.open().history().unwrap().len(), 3, "{lsn}");
    }
}

#[test]
fn numbers_never_go_back_whatever_an_edit_makes_of_them() {
    for lsn in ["lsn: 0", "lsn: 1", "lsn: 6", "lsn: 8", "lsn: 1000"] {
        let test = published();
        test.edit("lsn: 7", lsn);
        let mut store = test.open();
        assert_eq!((store.standing(), document(&store)), (&Standing::Edited, original()), "{lsn}");
        store.adopt("ana").unwrap();
        let next = write(&mut store, "/more", 1);
        assert!(next.lsn > Lsn(7), "{lsn}: {} was given before", next.lsn);
        let history = test.open().history().unwrap();
        assert_eq!(history.last().map(|entry| entry.lsn), Some(next.lsn), "{lsn}");
    }
}

#[test]
fn a_number_beyond_all_numbers_stops_nothing() {
    for lsn in ["9007199254740991", "9007199254740992", "18446744073709551614", "18446744073709551615"] {
        for title in ["alpha", "by hand"] {
            let test = published();
            test.edit("lsn: 7", &format!("lsn: {lsn}"));
            test.edit("alpha", title);
            let expected = match test.options().open(root()) {
                Ok(mut store) => {
                    assert_eq!(*store.standing(), Standing::Edited, "{lsn}");
                    store.adopt("ana").unwrap();
                    json!({"steps": {"build": "done"}, "title": title})
                }
                Err(error) => {
                    assert!(error.is_corruption(), "{lsn}: {error}");
                    Store::repair(&test.options(), &root()).unwrap();
                    original()
                }
            };
            assert_eq!(document(&test.open()), expected, "{lsn}");
            assert!(write(&mut test.open(), "/more", 1).lsn < Lsn(100), "{lsn}");
        }
    }
}

#[test]
fn edits_that_change_no_value_are_taken_for_what_they_are() {
    type Edit = fn(&str) -> String;
    let harmless: [(&str, Edit); 3] = [
        ("line ends", |text| text.replace('\n', "\r\n")),
        ("first comments", |text| format!("# mine\n{text}")),
        ("no comments", |text| text.split_inclusive('\n').filter(|line| !line.starts_with('#')).collect()),
    ];
    for (name, edit) in harmless {
        let test = published();
        test.put("state.yaml", edit(&test.text("state.yaml")));
        let mut store = test.open();
        assert_eq!((store.standing(), document(&store)), (&Standing::Sound, original()), "{name}");
        write(&mut store, "/more", 1);
    }
    let noticed: [(&str, Edit); 4] = [
        ("a comment below", |text| text.replace("title", "# mine\ntitle")),
        ("no checksum", |text| {
            text.lines()
                .filter(|line| !line.starts_with("checksum"))
                .map(|line| format!("{line}\n"))
                .collect()
        }),
        ("another checksum", |text| text.replace("crc32c:", "crc32c:0")),
        ("quotes", |text| text.replace("alpha", "'alpha'")),
    ];
    for (name, edit) in noticed {
        let test = published();
        test.put("state.yaml", edit(&test.text("state.yaml")));
        let mut store = test.open();
        assert_eq!((store.standing(), document(&store)), (&Standing::Edited, original()), "{name}");
        assert_eq!(store.adopt("ana").unwrap().operations, 0, "{name}");
        assert_eq!(*store.standing(), Standing::Sound, "{name}");
        write(&mut store, "/more", 1);
        assert_eq!(test.open().history().unwrap().len(), 3, "{name}");
    }
}

#[test]
fn an_edit_that_cannot_be_read_is_refused_unchanged_and_can_be_repaired() {
    type Edit = fn(&str) -> Vec<u8>;
    let edits: [(&str, Edit); 11] = [
        ("empty", |_| Vec::new()),
        ("zeros", |text| vec![0; text.len()]),
        ("half zeros", |text| [&text.as_bytes()[..text.len() / 2], &vec![0; text.len() / 2]].concat()),
        ("half", |text| text.as_bytes()[..text.len() / 2].to_vec()),
        ("without its last line", |text| text.replace("...\n", "").into_bytes()),
        ("merge conflict", |text| {
            text.replace(
                "title: alpha\n",
                "<<<<<<< HEAD\ntitle: alpha\n=======\ntitle: beta\n>>>>>>> other\n",
            )
            .into_bytes()
        }),
        ("a name twice", |text| text.replace("title: alpha\n", "title: alpha\ntitle: beta\n").into_bytes()),
        ("no number", |text| text.replace("lsn: 7\n", "").into_bytes()),
        ("a negative number", |text| text.replace("lsn: 7\n", "lsn: -7\n").into_bytes()),
        ("no version", |text| text.replace("schemaVersion: \"1.0.0\"\n", "").into_bytes()),
        ("an alias", |text| text.replace("title: alpha\n", "title: &a alpha\nother: *a\n").into_bytes()),
    ];
    for (name, edit) in edits {
        let test = published();
        test.put("state.yaml", edit(&test.text("state.yaml")));
        let (before, bytes) = (test.files(), test.bytes("state.yaml"));
        // What no editor saves is put back by itself, and kept all the same.
        let by_itself = ["empty", "zeros", "half zeros"].contains(&name);
        let fork = test.fork();
        match fork.options().open(root()) {
            Ok(store) => {
                assert!(by_itself, "{name}");
                assert_eq!(store.recovery().verdict, Verdict::Restored, "{name}");
                assert_eq!(document(&store), original(), "{name}");
            }
            Err(error) => {
                assert!(!by_itself, "{name}");
                fork.ends_unsound();
                assert_eq!(error.kind(), ErrorKind::Corrupt, "{name}: {error}");
                assert_eq!(error.path(), Some(&*root().join("state.yaml")), "{name}");
                test.refused();
                assert_eq!(test.files(), before, "{name}");
            }
        }
        assert!(!Store::check_at(&test.options(), &root()).unwrap().is_sound(), "{name}");
        let plan = Store::repair(&test.options(), &root()).unwrap();
        assert_eq!((plan.ends_at, plan.lost), (Lsn(7), None), "{name}");
        assert_eq!(document(&test.open()), original(), "{name}");
        assert!(bytes.is_empty() || is_kept(&test.image(), &bytes), "{name}: what stood there is gone");
    }
}

#[test]
fn an_edit_in_a_clone_without_history_can_be_adopted() {
    let emptied = "steps: {\"build\": \"done\"}\ntitle: alpha\n";
    for (name, from, to) in [("changed", "alpha", "by hand"), ("emptied", emptied, "")] {
        let test = published().cloned_by_git();
        test.edit(from, to);
        let bytes = test.bytes("state.yaml");
        let mut store = test.open();
        assert_eq!(*store.standing(), Standing::Edited, "{name}");
        let shown = document(&store);
        store.adopt("ana").unwrap_or_else(|error| panic!("{name}: {error}"));
        assert_eq!(document(&test.open()), shown, "{name}");
        assert!(is_kept(&test.image(), &bytes), "{name}");
        write(&mut test.open(), "/more", 1);
    }
}

#[test]
fn copies_are_bounded_and_the_oldest_is_one_of_them() {
    let test = published();
    let mut oldest = None;
    for count in 0..14 {
        test.edit("title: ", &format!("note{count}: 1\ntitle: "));
        let mut store = test.open();
        store.restore().unwrap();
        let copies = test.list(".backup");
        oldest = oldest.or_else(|| copies.first().cloned());
        assert!(copies.iter().any(|name| Some(name) == oldest.as_ref()), "{oldest:?} went away");
    }
    let mut stems: Vec<_> =
        test.list(".backup").iter().map(|name| Path::new(name).file_stem().map(ToOwned::to_owned)).collect();
    stems.dedup();
    assert!(stems.len() <= 20, "{stems:?}");
    assert_eq!(document(&test.open()), original());
}
