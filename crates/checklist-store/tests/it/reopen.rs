//! One handle through trouble: a document at its limit, a damaged store that is only read, a restart in place.

use crate::fixture::{TestStore, begin_error, root, write};
use checklist_store::{ErrorKind, Intent, Key, Standing};
use serde_json::json;

#[test]
fn a_document_at_its_limit_refuses_to_grow_and_may_become_smaller() {
    let test = TestStore::new();
    let text = "x".repeat(600);
    write(&mut test.open(), "/big", text.as_str());
    let mut store = test.options().document_limit(500).open(root()).unwrap();
    let error = store.transact(|draft| draft.write(&Key::from_static("/more"), 1)).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::LimitExceeded);
    assert!(error.to_string().contains("the limit is 500"), "{error}");
    write(&mut store, "/big", "small");
    write(&mut store, "/more", 1);
    assert_eq!(store.snapshot().to_value(), json!({"big": "small", "more": 1}));
}

#[test]
fn a_damaged_store_reads_as_far_as_it_is_proven_and_is_not_written() {
    let test = TestStore::new();
    write(&mut test.open(), "/title", "alpha");
    write(&mut test.open(), "/title", "beta");
    let state = test.text("state.yaml");
    test.ends_unsound().put("state.yaml", &state[..state.len() - 10]);
    let before = test.files();
    let mut store = test.options().intent(Intent::Read).open(root()).unwrap();
    assert_eq!(*store.standing(), Standing::Damaged);
    assert_eq!(store.damage().map(|damage| damage.kind()), Some(ErrorKind::Corrupt));
    assert_eq!(store.snapshot().to_value(), json!({"title": "beta"}));
    assert_eq!(begin_error(&mut store), ErrorKind::Corrupt);
    assert_eq!(test.files(), before);
    // Put right by somebody, it is as good as new.
    test.put("state.yaml", &state);
    store.reopen().unwrap();
    assert_eq!((store.standing(), store.damage().is_none()), (&Standing::Sound, true));
    write(&mut store, "/title", "gamma");
}
