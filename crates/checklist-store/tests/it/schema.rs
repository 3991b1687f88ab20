//! Schemas: an older document is migrated before its first change, a newer one is read and left alone.

use crate::fixture::{TestStore, begin_error, files, root, write};
use checklist_store::env::mem::Budget;
use checklist_store::{
    Draft, Error, ErrorKind, Event, Key, Options, Schema, Standing, Store, Target, Verdict,
};
use serde_json::json;
use std::sync::{Arc, Mutex};

const SECOND: Schema = Schema { major: 1, minor: 1, patch: 0 };
const THIRD: Schema = Schema { major: 1, minor: 2, patch: 0 };

/// What a later program opens with: names became titles, and then a count was added.
fn later(options: Options) -> Options {
    let rename = |draft: &mut Draft| {
        let key = Key::from_static("/name");
        if let Some(name) = draft.read(&key) {
            draft.delete(&key)?;
            draft.write(&Key::from_static("/title"), name)?;
        }
        Ok(())
    };
    let count = |draft: &mut Draft| {
        let count: i64 = draft.read_as(&Key::from_static("/count"))?.unwrap_or_default();
        draft.write(&Key::from_static("/count"), count + 1)
    };
    options.schema(THIRD).migrate(Schema::FIRST, SECOND, rename).migrate(SECOND, THIRD, count)
}

fn older() -> TestStore {
    let test = TestStore::new();
    write(&mut test.open(), "/name", "release");
    test
}

fn document(store: &Store) -> serde_json::Value {
    store.snapshot().to_value()
}

#[test]
fn an_older_document_is_read_as_it_is_and_migrated_before_the_first_change() {
    let test = older();
    let before = test.bytes("state.yaml");
    let told = Arc::new(Mutex::new(Vec::new()));
    let heard = Arc::clone(&told);
    let hear = move |event: &Event| {
        if let Event::Migrated { from, to, .. } = event {
            heard.lock().unwrap().push((*from, *to));
        }
    };
    let mut store = later(test.options()).observe(Arc::new(hear)).open(root()).unwrap();
    assert_eq!(document(&store), json!({"name": "release"}));
    assert_eq!(test.bytes("state.yaml"), before, "reading changes nothing");
    write(&mut store, "/more", 1);
    assert_eq!(document(&store), json!({"title": "release", "count": 1, "more": 1}));
    assert_eq!(*told.lock().unwrap(), [(Schema::FIRST, THIRD)]);
    assert!(test.text("state.yaml").contains("schemaVersion: \"1.2.0\""));
    let kept = files(&test.image())
        .into_iter()
        .any(|(path, bytes)| path.to_string_lossy().contains(".backup/migration-") && bytes == before);
    assert!(kept, "the file is kept as it was");
    let history = store.history().unwrap();
    assert_eq!(
        history.iter().map(|entry| entry.schema).collect::<Vec<_>>(),
        [Some(Schema::FIRST), Some(THIRD), None]
    );
    assert_eq!(history[1].note["verb"], "migrate");
    drop(store);
    let mut store = later(test.options()).open(root()).unwrap();
    write(&mut store, "/more", 2);
    assert_eq!(document(&store)["count"], 1, "it is migrated once");
}

#[test]
fn a_newer_document_is_read_and_left_alone() {
    let test = older();
    write(&mut later(test.options()).open(root()).unwrap(), "/more", 1);
    let before = test.files();
    let mut store = test.open();
    assert_eq!(document(&store)["title"], "release");
    let Standing::ReadOnly(reason) = store.standing().clone() else { panic!("{:?}", store.standing()) };
    assert!(reason.contains("schema 1.2.0") && reason.contains("1.0.0"), "{reason}");
    assert_eq!(begin_error(&mut store), ErrorKind::ReadOnly);
    assert_eq!(test.files(), before);
}

#[test]
fn without_a_way_to_the_new_schema_nothing_is_changed() {
    let test = older();
    let before = test.files();
    let mut store = test.options().schema(SECOND).open(root()).unwrap();
    assert_eq!(begin_error(&mut store), ErrorKind::UnsupportedFormat);
    let refuse = |_: &mut Draft| Err(Error::new(ErrorKind::Invalid, "the document is not as expected"));
    let mut store =
        test.options().schema(SECOND).migrate(Schema::FIRST, SECOND, refuse).open(root()).unwrap();
    assert_eq!(begin_error(&mut store), ErrorKind::Invalid);
    assert_eq!(test.files(), before);
}

#[test]
fn a_migration_is_whole_or_not_at_all_whenever_the_power_is_cut() {
    let test = older();
    let images = Arc::new(Mutex::new(Vec::new()));
    let seen = Arc::clone(&images);
    test.world.fs.on_call(move |_, fs| seen.lock().unwrap().push(fs.image()));
    write(&mut later(test.options()).open(root()).unwrap(), "/more", 1);
    let mut outcomes = [0; 3];
    for image in std::mem::take(&mut *images.lock().unwrap()) {
        for (_, crashed) in image.crashes(&Budget::WHOLE) {
            let test = TestStore::on(&crashed);
            let mut store = later(test.options()).open(root()).unwrap();
            let found = document(&store);
            let at = [
                json!({"name": "release"}),
                json!({"title": "release", "count": 1}),
                json!({"title": "release", "count": 1, "more": 1}),
            ];
            let at = at.iter().position(|document| *document == found).unwrap_or_else(|| panic!("{found}"));
            outcomes[at] += 1;
            write(&mut store, "/more", 2);
            assert_eq!(document(&store), json!({"title": "release", "count": 1, "more": 2}));
            drop(store);
            // The schema is rebuilt with the document.
            test.remove("state.yaml");
            let store = later(test.options()).open(root()).unwrap();
            assert_eq!(store.recovery().verdict, Verdict::Restored);
            assert_eq!(document(&store), json!({"title": "release", "count": 1, "more": 2}));
            assert!(test.text("state.yaml").contains("schemaVersion: \"1.2.0\""));
            assert_eq!(
                test.fork().options().open(root()).unwrap().standing(),
                &Standing::ReadOnly(
                    "a newer version of the program wrote this state (schema 1.2.0, this one writes 1.0.0)"
                        .to_owned()
                )
            );
        }
    }
    assert!(outcomes.iter().all(|count| *count > 0), "{outcomes:?}");
}

#[test]
fn a_document_that_goes_back_is_migrated_again() {
    let test = older();
    let mut store = later(test.options()).open(root()).unwrap();
    write(&mut store, "/more", 1);
    let first = store.history().unwrap()[0].lsn;
    store.restore_to(&Target::Lsn(first), "ana").unwrap();
    assert_eq!(document(&store), json!({"name": "release"}));
    assert!(test.text("state.yaml").contains("schemaVersion: \"1.0.0\""));
    write(&mut store, "/more", 2);
    assert_eq!(document(&store), json!({"title": "release", "count": 1, "more": 2}));
}

#[test]
fn the_state_right_after_a_migration_has_the_schema_that_it_led_to() {
    let test = older();
    let mut store = later(test.options()).open(root()).unwrap();
    write(&mut store, "/more", 1);
    write(&mut store, "/more", 2);
    let history = store.history().unwrap();
    store.restore_to(&Target::Lsn(history[1].lsn), "ana").unwrap();
    assert_eq!(document(&store), json!({"title": "release", "count": 1}));
    assert!(test.text("state.yaml").contains("schemaVersion: \"1.2.0\""), "{}", test.text("state.yaml"));
}
