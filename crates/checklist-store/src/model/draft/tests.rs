//! Tests of the draft.

use super::*;
use serde_json::json;

fn draft() -> Draft {
    Draft::of(json!({"a": 1, "list": [1]})).unwrap()
}

fn key(text: &'static str) -> Key<'static> {
    Key::from_static(text)
}

fn whole(draft: &Draft) -> Value {
    draft.read(&Key::ROOT).unwrap()
}

#[test]
fn missing_parents_are_operations_of_their_own() {
    let mut draft = draft();
    draft.write(&key("/x/y/z"), 1).unwrap();
    let keys: Vec<_> = draft.operations().iter().map(|operation| operation.key().as_str()).collect();
    assert_eq!(keys, ["/x", "/x/y", "/x/y/z"]);
    let inverses: Vec<_> = draft.operations().iter().rev().map(Operation::inverse).collect();
    draft.replay(inverses).unwrap();
    assert_eq!(whole(&draft), json!({"a": 1, "list": [1]}));
}

#[test]
fn an_equal_value_and_an_absent_key_are_no_operations() {
    let mut draft = draft();
    draft.write(&key("/a"), 1).unwrap();
    assert!(!draft.delete(&key("/none")).unwrap());
    assert!(draft.operations().is_empty());
}

#[test]
fn a_refused_write_leaves_nothing_behind() {
    let mut draft = draft();
    for bad in ["", "/lsn", "/checksum/x", "/list/7", "/a/b"] {
        assert_eq!(draft.write(&key(bad), 1).unwrap_err().kind(), ErrorKind::InvalidKey, "{bad}");
    }
    assert_eq!(
        draft.write(&key("/new/list/x"), deep(DEPTH_MAX)).unwrap_err().kind(),
        ErrorKind::LimitExceeded
    );
    assert!(draft.operations().is_empty());
    assert_eq!(whole(&draft), json!({"a": 1, "list": [1]}));
}

fn deep(levels: usize) -> Value {
    (0..levels).fold(json!(1), |inner, _| json!([inner]))
}

#[test]
fn savepoints_undo_only_their_own_edits_at_any_depth() {
    let mut draft = draft();
    draft.write(&key("/a"), 2).unwrap();
    {
        let mut outer = draft.savepoint();
        outer.write(&key("/b"), 1).unwrap();
        {
            let mut inner = outer.savepoint();
            inner.write(&key("/b"), 2).unwrap();
            inner.delete(&key("/a")).unwrap();
        }
        assert_eq!(outer.read(&key("/b")), Some(json!(1)));
        outer.release();
    }
    draft.savepoint().rollback();
    assert_eq!(whole(&draft), json!({"a": 2, "b": 1, "list": [1]}));
    assert_eq!(draft.operations().len(), 2);
    assert!(draft.violation().is_none());
}

#[test]
fn nesting_is_bounded() {
    fn nest(draft: &mut Draft, levels: usize) {
        if levels > 0 {
            let _: Result<(), ()> = draft.nest(|draft| {
                nest(draft, levels - 1);
                Ok(())
            });
        }
    }
    let mut draft = draft();
    nest(&mut draft, SAVEPOINTS_MAX);
    assert!(draft.violation().is_none());
    nest(&mut draft, SAVEPOINTS_MAX + 1);
    assert!(draft.violation().is_some());
}

#[test]
fn replaying_over_a_changed_value_is_a_conflict_and_changes_nothing() {
    let mut draft = draft();
    let write = |name, value, previous| Operation::Write { key: key(name), value: json!(value), previous };
    let stale = [write("/b", 1, None), write("/a", 3, Some(json!(7)))];
    assert_eq!(draft.replay(stale).unwrap_err().kind(), ErrorKind::Conflict);
    assert!(draft.operations().is_empty() && !draft.contains(&key("/b")));
}
