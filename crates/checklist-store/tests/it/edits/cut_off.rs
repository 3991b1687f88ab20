//! Adopting and restoring, cut off at every call of the file system and in every way: the edit is never lost.

use super::{document, edited, is_kept, original, published};
use crate::fixture::{TestStore, root, write};
use checklist_store::env::mem::{Budget, DiskImage};
use checklist_store::{Error, Standing, Store, Verdict};
use serde_json::{Value, json};
use std::sync::{Arc, Mutex};

/// Does something to a store and gives the disk at every call on the way.
fn every_moment(test: &TestStore, act: impl FnOnce(&mut Store)) -> Vec<(String, DiskImage)> {
    let mut store = test.open();
    let moments = Arc::new(Mutex::new(Vec::new()));
    let seen = Arc::clone(&moments);
    test.world
        .fs
        .on_call(move |call, fs| seen.lock().expect("no panic").push((call.to_string(), fs.image())));
    act(&mut store);
    test.world.fs.on_call(|_, _| {});
    std::mem::take(&mut *moments.lock().expect("no panic"))
}

/// Puts every way to be cut off to the test; returns how many ended edited and how many sound.
fn cut_off(
    test: &TestStore,
    edit: &[u8],
    act: fn(&mut Store) -> Result<(), Error>,
    wanted: &Value,
) -> [usize; 2] {
    let mut counts = [0, 0];
    let budget = Budget { tears_max: 4, ..Budget::SECTORS };
    for (call, image) in every_moment(test, |store| act(store).expect("nothing fails here")) {
        let killed = [(String::from("killed"), image.clone())];
        let crashes = image.crashes(&budget).map(|(survival, image)| (survival.to_string(), image));
        for (how, crashed) in killed.into_iter().chain(crashes) {
            let after = TestStore::on(&crashed);
            let mut store =
                after.options().open(root()).unwrap_or_else(|error| panic!("{call}, {how}: {error}"));
            let is_edited = *store.standing() == Standing::Edited;
            counts[usize::from(!is_edited)] += 1;
            if is_edited {
                assert_eq!(document(&store), edited(), "{call}, {how}");
                assert_eq!(after.bytes("state.yaml"), edit, "{call}, {how}: the edit was changed");
                act(&mut store).unwrap_or_else(|error| panic!("{call}, {how}: {error}"));
            }
            assert_eq!(document(&store), *wanted, "{call}, {how}");
            assert!(is_kept(&after.image(), edit), "{call}, {how}: the edited file is gone");
            write(&mut store, "/more", 1);
            assert_eq!(document(&after.open())["title"], wanted["title"], "{call}, {how}");
        }
    }
    counts
}

#[test]
fn an_adoption_that_is_cut_off_is_finished_or_still_to_be_made() {
    for crlf in [false, true] {
        let test = published();
        test.edit("alpha", "by hand");
        if crlf {
            test.edit("\n", "\r\n");
        }
        let bytes = test.bytes("state.yaml");
        let [edited_after, sound_after] =
            cut_off(&test, &bytes, |store| store.adopt("ana").map(drop), &edited());
        println!("adoption cut off: {edited_after} times still edited, {sound_after} times finished");
        assert!(edited_after > 10 && sound_after > 10);
    }
}

#[test]
fn a_restore_that_is_cut_off_loses_neither_state_nor_edit() {
    let test = published();
    test.edit("alpha", "by hand");
    let bytes = test.bytes("state.yaml");
    let [edited_after, sound_after] = cut_off(&test, &bytes, |store| store.restore().map(drop), &original());
    println!("restore cut off: {edited_after} times still edited, {sound_after} times finished");
    assert!(edited_after > 10 && sound_after > 10);
}

#[test]
fn a_deferred_adoption_of_a_state_put_back_is_finished_by_the_next_start() {
    let test = TestStore::new();
    let mut store = test.open();
    write(&mut store, "/title", "alpha");
    let older = test.bytes("state.yaml");
    write(&mut store, "/title", "beta");
    drop(store);
    test.put("state.yaml", &older);
    let mut store = test.open_deferred();
    assert_eq!(*store.standing(), Standing::Edited);
    store.adopt("ana").unwrap();
    write(&mut store, "/more", 1);
    drop(store);
    assert_eq!(test.bytes("state.yaml"), older, "publishing waits");
    let store = test.open();
    assert_eq!(store.recovery().verdict, Verdict::Redone);
    assert_eq!(document(&store), json!({"title": "alpha", "more": 1}));
}
