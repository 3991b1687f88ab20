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
fn a_value_may_be_as_deep_as_the_limit_less_its_key_and_no_deeper() {
    for (place, depth) in [("/x", 1), ("/x/y/z", 3)] {
        let mut draft = draft();
        draft.write(&key(place), deep(DEPTH_MAX - depth)).unwrap();
        let refused = draft.write(&key(place), deep(DEPTH_MAX - depth + 1)).unwrap_err();
        assert_eq!(refused.kind(), ErrorKind::LimitExceeded, "{place}");
        assert_eq!(draft.read(&key(place)), Some(deep(DEPTH_MAX - depth)), "{place}");
    }
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
fn savepoints_one_after_another_do_not_nest() {
    let mut draft = draft();
    for number in 0..=2 * SAVEPOINTS_MAX {
        let savepoint = draft.savepoint();
        if number % 2 == 0 { savepoint.release() } else { savepoint.rollback() }
    }
    assert_eq!(draft.violation(), None);
}

#[test]
fn a_name_may_be_as_long_as_the_limit_and_no_longer() {
    // Quotes belong to it, and escapes as they are written: six bytes for a control character.
    for (longest, more) in [
        ("k".repeat(NAME_BYTES_MAX - 2), "k"),
        ("k".repeat((NAME_BYTES_MAX - 2) % 6) + &"\u{1}".repeat((NAME_BYTES_MAX - 2) / 6), "k"),
        ("\"".repeat(NAME_BYTES_MAX / 2 - 1), "k"),
    ] {
        let longer = longest.clone() + more;
        for below in [Key::ROOT, key("/x/y")] {
            let (mut draft, longest) = (draft(), below.child(&longest));
            draft.write(&longest, 1).unwrap();
            assert_eq!(draft.read(&longest), Some(json!(1)));
            let refused = draft.write(&below.child(&longer), 1).unwrap_err();
            assert_eq!(refused.kind(), ErrorKind::LimitExceeded);
        }
        let mut draft = draft();
        draft.write(&key("/b"), json!([{"x": { longest.clone(): {"y": 1} }}])).unwrap();
        let before = whole(&draft);
        for value in [
            json!({ longer.clone(): 1 }),
            json!([{"x": { longer.clone(): {"y": 1} }}]),
            json!({"a": {"b": 1}, "c": [1, { longer.clone(): 1 }]}),
        ] {
            assert_eq!(draft.write(&key("/b"), value).unwrap_err().kind(), ErrorKind::LimitExceeded);
        }
        assert_eq!(whole(&draft), before);
    }
}

#[test]
fn replaying_over_a_changed_value_is_a_conflict_and_changes_nothing() {
    let mut draft = draft();
    let write = |name, value, previous| Operation::Write { key: key(name), value: json!(value), previous };
    let stale = [write("/b", 1, None), write("/a", 3, Some(json!(7)))];
    assert_eq!(draft.replay(stale).unwrap_err().kind(), ErrorKind::Conflict);
    assert!(draft.operations().is_empty() && !draft.contains(&key("/b")));
}

#[test]
fn a_value_that_is_there_or_is_gone_against_expectation_is_a_conflict() {
    let write = |name, previous| Operation::Write { key: key(name), value: json!(5), previous };
    let delete = |name, previous| Operation::Delete { key: key(name), previous };
    for operation in [
        write("/a", None),
        write("/none", Some(json!(1))),
        write("/a", Some(json!(2))),
        delete("/none", json!(1)),
        delete("/none", json!(null)),
        delete("/a", json!(2)),
    ] {
        let mut draft = draft();
        assert_eq!(
            draft.replay([operation.clone()]).unwrap_err().kind(),
            ErrorKind::Conflict,
            "{operation:?}"
        );
        assert_eq!(whole(&draft), json!({"a": 1, "list": [1]}));
    }
    let mut draft = draft();
    draft.replay([write("/b", None), write("/a", Some(json!(1))), delete("/list", json!([1]))]).unwrap();
    assert_eq!(whole(&draft), json!({"a": 5, "b": 5}));
}
