//! Hand edits beyond the limits of what a transaction may write: refused with the edit in place, or as good as any.

use super::{document, is_kept};
use crate::fixture::{TestStore, key, root, write};
use checklist_store::{DEPTH_MAX, ErrorKind, Key, Standing, Store};
use serde_json::json;

/// A store whose document is as deep as a transaction may make it.
fn deep() -> TestStore {
    let test = TestStore::new();
    let mut store = test.open();
    write(&mut store, "/title", "alpha");
    let deepest = "/k".repeat(DEPTH_MAX - 1);
    store.transact(|draft| draft.write(&Key::parse(&deepest)?, json!({}))).expect("it is just not too deep");
    write(&mut store, "/z/last", json!({"wide": []}));
    test
}

#[test]
fn an_edit_beyond_the_limits_never_makes_a_store_that_cannot_be_read() {
    let nested = |levels: usize| format!("{}{}", "[".repeat(levels), "]".repeat(levels));
    let edits = [
        ("a member one level deeper", "{}".to_owned(), "{\"k\": 1}".to_owned()),
        ("members two levels deeper", "{}".to_owned(), "{\"k\": {\"k\": 1}}".to_owned()),
        ("a value nested too deep", "alpha".to_owned(), nested(60)),
        ("a value nested as deep as YAML readers go", "alpha".to_owned(), nested(110)),
        ("a long name in a value", "alpha".to_owned(), format!("\n  ? {}\n  : 1", "n".repeat(1_100))),
        ("a long name", "title: alpha".to_owned(), format!("? {}\n: 1\ntitle: alpha", "n".repeat(1_100))),
        ("a long string", "alpha".to_owned(), "s".repeat(5 << 20)),
        (
            "an escaped name",
            "title: alpha".to_owned(),
            format!("? \"{}\"\n: 1\ntitle: alpha", "\\0".repeat(400)),
        ),
    ];
    for (name, from, to) in edits {
        let test = deep();
        test.edit(&from, &to);
        let bytes = test.bytes("state.yaml");
        let mut store = match test.options().open(root()) {
            Ok(store) => store,
            Err(error) => {
                assert_eq!(error.kind(), ErrorKind::Corrupt, "{name}: {error}");
                assert_eq!(test.bytes("state.yaml"), bytes, "{name}");
                Store::repair(&test.options(), &root()).unwrap();
                continue;
            }
        };
        assert_eq!(*store.standing(), Standing::Edited, "{name}");
        let shown = document(&store);
        match store.adopt("ana") {
            Ok(_) => {
                println!("{name}: adopted");
                assert_eq!(document(&test.open()), shown, "{name}");
            }
            Err(error) => {
                println!("{name}: {error:?}");
                assert_eq!(error.kind(), ErrorKind::LimitExceeded, "{name}: {error}");
                assert_eq!(test.bytes("state.yaml"), bytes, "{name}");
                assert_eq!(*test.open().standing(), Standing::Edited, "{name}");
                test.open().restore().unwrap_or_else(|error| panic!("{name}: {error}"));
            }
        }
        let mut store = test.options().open(root()).unwrap_or_else(|error| panic!("{name}: {error}"));
        store.history().unwrap_or_else(|error| panic!("{name}: {error}"));
        write(&mut store, "/more", 1);
        assert_eq!(test.open().snapshot().read(&key("/more")), Some(json!(1)), "{name}");
        assert!(is_kept(&test.image(), &bytes), "{name}");
    }
}
