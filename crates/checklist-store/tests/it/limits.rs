//! Limits on keys, values, records, batches and savepoints: refused before anything is written.

use crate::fixture::{TestStore, key, write, writes};
use checklist_store::{
    DEPTH_MAX, Draft, Error, ErrorKind, KEY_BYTES_MAX, Key, Operation, Outcome, RESERVED_NAMES,
    SAVEPOINTS_MAX, Store,
};
use serde_json::{Value, json};

const RECORD_BYTES_MAX: usize = 4 << 20;

/// Runs an edit that must be refused without a trace, and shows that the store goes on.
fn refused(edit: impl FnOnce(&mut Draft) -> Result<(), Error>, kind: ErrorKind) -> Error {
    let test = TestStore::new();
    let mut store = test.open();
    write(&mut store, "/a", 1);
    let before = test.files();
    let error = store.transact(edit).expect_err("the limit holds");
    assert_eq!((error.kind(), error.outcome()), (kind, Outcome::NotSaved), "{error}");
    assert_eq!(test.files(), before, "nothing was written");
    write(&mut store, "/a", 2);
    error
}

/// Runs an edit that just keeps its limit, and reads it back after a restart.
fn accepted(edit: impl FnOnce(&mut Draft) -> Result<(), Error>) -> Store {
    let test = TestStore::new();
    let mut store = test.options().deadline(None).open(crate::fixture::root()).expect("the store opens");
    store.transact(edit).expect("the limit is kept");
    let again = test.open();
    assert_eq!(again.snapshot().to_value(), store.snapshot().to_value());
    again
}

fn deep(levels: usize) -> Value {
    (0..levels).fold(json!(1), |inner, _| json!({ "x": inner }))
}

#[test]
fn keys_are_bounded_in_length_and_depth() {
    let longest = format!("/{}/{}", "k".repeat(511), "k".repeat(KEY_BYTES_MAX - 513));
    accepted(|draft| draft.write(&Key::parse(&longest)?, 1));
    let error = refused(
        |draft| draft.write(&key("/k").child("k".repeat(511)).child("k".repeat(511)), 1),
        ErrorKind::InvalidKey,
    );
    assert!(error.message().contains("it has 1026 bytes, the limit is 1024"), "{error}");

    let deepest = "/k".repeat(DEPTH_MAX);
    accepted(|draft| draft.write(&Key::parse(&deepest)?, 1));
    let error = refused(|draft| draft.write(&Key::parse(&deepest)?.child("k"), 1), ErrorKind::InvalidKey);
    assert!(error.message().contains("49 levels deep, the limit is 48"), "{error}");
}

type Edit<'a> = &'a dyn Fn(&mut Draft) -> Result<(), Error>;

#[test]
fn names_are_bounded_where_yaml_bounds_them() {
    // A YAML reader takes a name of up to 1,024 characters, counted as they are written (YAML 1.2.2, 7.4.2).
    for (name, fits) in [
        ("k".repeat(998), true),
        ("k".repeat(1_023), false),
        ("\u{0}".repeat(166), true),
        ("\u{0}".repeat(171), false),
        ("\u{1f600}".repeat(240), true),
        ("\"".repeat(499), true),
        ("\"".repeat(515), false),
    ] {
        let pair = json!({ name.clone(): 1 });
        let deeper = json!([{ name.clone(): {"below": []} }]);
        let edits: [Edit<'_>; 3] = [
            &|draft| draft.write(&Key::ROOT.child(&name), 1),
            &|draft| draft.write(&key("/a/b"), &pair),
            &|draft| draft.write(&key("/a/b"), &deeper),
        ];
        for edit in edits {
            if fits {
                accepted(edit);
            } else {
                refused(edit, ErrorKind::LimitExceeded);
            }
        }
    }
}

#[test]
fn values_are_bounded_in_depth_together_with_their_key() {
    accepted(|draft| draft.write(&key("/a/b"), deep(DEPTH_MAX - 2)));
    refused(|draft| draft.write(&key("/a/b"), deep(DEPTH_MAX - 1)), ErrorKind::LimitExceeded);
    refused(|draft| draft.write(&key("/a/b"), deep(2_000)), ErrorKind::LimitExceeded);
}

#[test]
fn names_of_the_file_itself_are_refused() {
    for name in RESERVED_NAMES {
        let member = Key::ROOT.child(name);
        refused(|draft| draft.write(&member, 1), ErrorKind::InvalidKey);
        refused(|draft| draft.write(&member.child("x"), 1), ErrorKind::InvalidKey);
        refused(|draft| draft.delete(&member).map(drop), ErrorKind::InvalidKey);
        accepted(|draft| draft.write(&key("/below").child(name), 1));
    }
    refused(|draft| draft.write(&Key::ROOT, json!({})), ErrorKind::InvalidKey);
    refused(|draft| draft.delete(&Key::ROOT).map(drop), ErrorKind::InvalidKey);
}

#[test]
fn a_record_is_bounded() {
    let fits = "v".repeat(RECORD_BYTES_MAX - 400);
    let store = accepted(writes("/text", fits.clone()));
    assert_eq!(store.snapshot().read(&key("/text")), Some(json!(fits)));
    let error = refused(writes("/text", "v".repeat(RECORD_BYTES_MAX)), ErrorKind::LimitExceeded);
    assert!(error.message().starts_with("a record has too many bytes: "), "{error}");
    // A character outside ASCII takes six bytes in the log.
    refused(writes("/text", "\u{e9}".repeat(RECORD_BYTES_MAX / 6)), ErrorKind::LimitExceeded);
}

#[test]
fn a_record_counts_the_previous_value_and_a_note() {
    let test = TestStore::new();
    let mut store = test.open();
    let large = "v".repeat(RECORD_BYTES_MAX / 2);
    store.transact(writes("/text", large.clone())).unwrap();
    let before = test.files();
    let error = store.transact(writes("/text", large.replace('v', "w"))).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::LimitExceeded);
    let error = store
        .transact(|draft| {
            draft.set_note(json!("n".repeat(RECORD_BYTES_MAX)));
            draft.write(&key("/a"), 1)
        })
        .unwrap_err();
    assert_eq!(error.kind(), ErrorKind::LimitExceeded);
    assert_eq!(test.files(), before);
    store.transact(|draft| draft.delete(&key("/text")).map(drop)).unwrap();
}

#[test]
fn a_transaction_is_bounded() {
    let error = refused(
        |draft| (0..5).try_for_each(|n| draft.write(&key("/text").child(n), "v".repeat(4_000_000))),
        ErrorKind::LimitExceeded,
    );
    assert!(error.message().starts_with("the transaction has too many bytes: "), "{error}");
    let store =
        accepted(|draft| (0..4).try_for_each(|n| draft.write(&key("/text").child(n), "v".repeat(4_000_000))));
    assert_eq!(store.history().unwrap()[0].operations.len(), 5);
}

#[test]
fn savepoints_are_bounded() {
    fn nest(draft: &mut Draft, levels: usize) -> Result<(), Error> {
        match levels {
            0 => draft.write(&key("/innermost"), true),
            _ => draft.nest(|draft| nest(draft, levels - 1)),
        }
    }
    accepted(|draft| nest(draft, SAVEPOINTS_MAX));
    refused(|draft| nest(draft, SAVEPOINTS_MAX + 1), ErrorKind::LimitExceeded);
}

#[test]
fn hostile_strings_come_back_as_they_were() {
    let names = [
        "",
        " ",
        "~",
        "/",
        "~1",
        "a: b",
        "# x",
        "null",
        "\u{0}",
        "\n",
        "\r\n",
        "...",
        "---",
        "\u{feff}",
        "\u{2028}",
        "\u{1f600}",
    ];
    let store = accepted(|draft| {
        names.iter().try_for_each(|name| draft.write(&key("/names").child(name), format!("<{name}>")))?;
        draft.write(&key("/all"), names)
    });
    for name in names {
        assert_eq!(store.snapshot().read(&key("/names").child(name)), Some(json!(format!("<{name}>"))));
    }
    let numbers = json!([0, -1, 1.5, 1e300, 5e-324, u64::MAX, i64::MIN, -0.0]);
    let store = accepted(writes("/numbers", numbers.clone()));
    assert_eq!(store.snapshot().read(&key("/numbers")), Some(numbers));
}

#[test]
fn a_number_of_the_log_that_cannot_grow_is_refused() {
    let origin = TestStore::new();
    write(&mut origin.open(), "/a", 1);
    // Without a history the number of the file itself counts: nearly the last one there is.
    let test = origin.cloned_by_git();
    test.edit("lsn: 3\n", "lsn: 9007199254740975\n");
    test.open().adopt("ana").unwrap();
    let before = test.files();
    let mut store = test.open();
    let error = (0..9).find_map(|count| store.transact(writes("/a", 10 + count)).err()).unwrap();
    assert_eq!((error.kind(), error.outcome()), (ErrorKind::LimitExceeded, Outcome::NotSaved));
    assert!(error.message().contains("9007199254740991"), "{error}");
    assert_ne!(test.files(), before, "what still fitted was committed");
    let before = test.files();
    store.transact(writes("/a", 99)).unwrap_err();
    assert_eq!(test.files(), before);
}

#[test]
fn replaying_operations_keeps_every_limit_of_writing() {
    let operation =
        |key: Key<'_>, value: Value| Operation::Write { key: key.into_owned(), value, previous: None };
    let deepest = "/k".repeat(DEPTH_MAX);
    for (name, operation) in [
        ("a name of the file", operation(key("/lsn"), json!(7))),
        ("below a name of the file", operation(key("/recovery"), json!({"x": 1}))),
        ("a value nested too deep", operation(key("/deep"), deep(DEPTH_MAX))),
        ("a key that is too deep", operation(Key::parse(&deepest).unwrap().child("k"), json!(1))),
        ("a long name", operation(Key::ROOT.child("n".repeat(1_020)), json!(1))),
        ("a long name in a value", operation(key("/b"), json!({ "n".repeat(1_100): 1 }))),
    ] {
        let test = TestStore::new();
        let mut store = test.open();
        store
            .transact(|draft| {
                if operation.key().depth() > 1 {
                    draft.write(&Key::parse(&deepest[2..])?, json!({}))?;
                }
                Ok::<(), Error>(())
            })
            .unwrap();
        let before = test.files();
        let result = store.transact(|draft| draft.replay([operation.clone()]));
        assert!(result.is_err(), "{name} was replayed");
        assert_eq!(test.files(), before, "{name}");
        write(&mut test.open(), "/a", 1);
    }
}

#[test]
fn a_replay_that_fails_half_way_leaves_the_draft_as_it_was() {
    let mut draft = Draft::of(json!({"a": 1})).unwrap();
    let operations = [
        Operation::Write { key: key("/b"), value: json!(1), previous: None },
        Operation::Write { key: key("/a/below/a/scalar"), value: json!(1), previous: None },
    ];
    assert!(draft.replay(operations).is_err());
    assert_eq!(draft.read(&Key::ROOT), Some(json!({"a": 1})));
    assert!(draft.operations().is_empty());
}
