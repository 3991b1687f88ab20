//! Edits that are saved in the very moment in which a state is put in its place.

use super::{TestStore, is_kept, published};
use crate::fixture::{root, writes};
use checklist_store::env::mem::CallKind;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};

/// Commits while edits are saved: the first one when the state was just looked at and is about to be exchanged, the
/// second one right after that. Gives what the commit said.
fn commit_while_saving(test: &TestStore, edits: Vec<Vec<u8>>) -> String {
    let mut store = test.open();
    let state = root().join("state.yaml");
    let (is_staged, saved) = (AtomicBool::new(false), AtomicUsize::new(0));
    test.world.fs.on_call(move |call, fs| {
        if call.kind == CallKind::Sync && call.path.starts_with(root().join(".tmp")) {
            is_staged.store(true, Ordering::SeqCst);
        }
        let is_moment = match saved.load(Ordering::SeqCst) {
            0 => is_staged.load(Ordering::SeqCst) && call.kind == CallKind::Stat && call.path == state,
            _ => call.kind == CallKind::Exchange,
        };
        if is_moment && let Some(edit) = edits.get(saved.fetch_add(1, Ordering::SeqCst)) {
            fs.place(&state, edit).expect("the disk takes it");
        }
    });
    let said = store.transact(writes("/title", "new"));
    test.world.fs.on_call(|_, _| {});
    said.map_or_else(|error| error.to_string(), |()| "saved".to_owned())
}

fn edit(test: &TestStore, title: &str) -> Vec<u8> {
    test.text("state.yaml").replace("alpha", title).into_bytes()
}

fn edits_kept(test: &TestStore) -> usize {
    test.list(".backup").iter().filter(|name| name.starts_with("edit-")).count()
}

#[test]
fn an_edit_that_came_out_goes_back_and_what_was_staged_is_no_edit() {
    let test = published();
    let edited = edit(&test, "by hand");
    assert_eq!(commit_while_saving(&test, vec![edited.clone()]), "saved", "it is in the log");
    test.ends_unsound();
    assert_eq!(test.bytes("state.yaml"), edited);
    assert_eq!((edits_kept(&test), test.list(".tmp")), (0, Vec::<String>::new()));
}

#[test]
fn an_edit_that_is_saved_while_another_goes_back_is_kept() {
    let test = published();
    let (first, second) = (edit(&test, "by hand"), edit(&test, "by another hand"));
    assert_eq!(commit_while_saving(&test, vec![first.clone(), second.clone()]), "saved", "it is in the log");
    test.ends_unsound();
    assert_eq!(test.bytes("state.yaml"), first);
    assert!(is_kept(&test.image(), &second));
    assert_eq!((edits_kept(&test), test.list(".tmp")), (1, Vec::<String>::new()));
}
