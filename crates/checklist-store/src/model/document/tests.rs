//! Tests of the document.

use super::*;
use serde_json::json;

fn document(value: Value) -> Document {
    Document::from_value(value).unwrap()
}

fn write(key: &str, value: Value) -> Operation {
    Operation::Write { key: Key::parse(key).unwrap().into_owned(), value, previous: None }
}

fn delete(key: &str) -> Operation {
    Operation::Delete { key: Key::parse(key).unwrap().into_owned(), previous: Value::Null }
}

#[test]
fn operations_change_one_place_and_leave_copies_alone() {
    let mut changed = document(json!({"a": {"b": [1, 2]}, "c/d": 3}));
    let before = changed.clone();
    for operation in
        [write("/a/b/1", json!(9)), write("/a/b/2", json!({})), write("/c~1d", json!(4)), delete("/a/b/2")]
    {
        changed.apply(&operation).unwrap();
    }
    assert_eq!(Value::from(changed.root()), json!({"a": {"b": [1, 9]}, "c/d": 4}));
    assert_eq!(Value::from(before.root()), json!({"a": {"b": [1, 2]}, "c/d": 3}));
}

#[test]
fn what_cannot_be_taken_back_is_refused() {
    let mut document = document(json!({"list": [1, 2], "text": "x"}));
    for operation in [
        write("", json!({})),
        write("/list/5", json!(0)),
        write("/list/01", json!(0)),
        write("/list/-", json!(0)),
        write("/text/x", json!(0)),
        write("/none/x", json!(0)),
        delete("/list/0"),
    ] {
        assert_eq!(document.apply(&operation).unwrap_err().kind(), ErrorKind::InvalidKey, "{operation:?}");
    }
}

#[test]
fn changes_lead_from_one_document_to_the_other_and_back() {
    let from = document(json!({"a": {"b": 1, "c": 2}, "gone": true, "list": [1]}));
    let to = document(json!({"a": {"b": 1, "c": 3, "d": {}}, "list": [1, 2], "new": null}));
    let changes = from.changes_to(&to);
    assert_eq!(changes.len(), 5);
    let mut document = from.clone();
    changes.iter().for_each(|change| document.apply(change).unwrap());
    assert_eq!(document, to);
    changes.iter().rev().for_each(|change| document.apply(&change.inverse()).unwrap());
    assert_eq!(document, from);
}

#[test]
fn the_size_is_kept_up_with_every_operation() {
    let key = |text: &'static str| Key::from_static(text);
    let mut kept = document(json!({"a": {"b": "text"}, "list": [1, 2]}));
    for operation in [
        Operation::Write { key: key("/a/c"), value: json!({"x": [true, null]}), previous: None },
        Operation::Write { key: key("/a/b"), value: json!("longer text"), previous: Some(json!("text")) },
        Operation::Delete { key: key("/a/c"), previous: json!({"x": [true, null]}) },
        Operation::Write { key: key("/list/2"), value: json!("third"), previous: None },
        Operation::Delete { key: key("/list/2"), previous: json!("third") },
    ] {
        kept.apply(&operation).unwrap();
        let counted = Document::from_value(Value::from(kept.root())).unwrap();
        assert_eq!(kept.bytes(), counted.bytes(), "{operation:?}");
    }
}

#[test]
fn a_node_is_its_own_value_and_no_other() {
    let values = [
        json!(null),
        json!(false),
        json!(true),
        json!(0),
        json!(1),
        json!("1"),
        json!([]),
        json!([1]),
        json!([1, 2]),
        json!([1, 3]),
        json!([3, 2]),
        json!({}),
        json!({"a": 1}),
        json!({"a": 2}),
        json!({"b": 1}),
        json!({"a": 1, "b": 1}),
    ];
    for (at, one) in values.iter().enumerate() {
        let node = Node::from(one);
        for (other_at, other) in values.iter().enumerate() {
            assert_eq!(node.is(other), at == other_at, "{one} and {other}");
            assert_eq!(node == Node::from(other), at == other_at, "{one} and {other}");
        }
    }
}

#[test]
fn documents_are_equal_if_their_values_are() {
    assert_eq!(document(json!({"a": 1})), document(json!({"a": 1})));
    for other in [json!({}), json!({"a": 2}), json!({"b": 1}), json!({"a": 1, "b": 1})] {
        assert_ne!(document(json!({"a": 1})), document(other));
    }
}

#[test]
fn a_value_of_another_type_is_refused_by_its_form() {
    let document = document(json!({"array": [1], "object": {"a": 1}, "scalar": "secret"}));
    for form in ["array", "object", "scalar"] {
        let key = Key::ROOT.child(form);
        let error = document.read_as::<u8>(&key).unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Invalid);
        let message = error.to_string();
        let expected = format!("the {form} under `/{form}` does not have the expected form");
        assert!(message.contains(&expected) && !message.contains("secret"), "{message}");
    }
    assert_eq!(document.read_as::<u8>(&Key::from_static("/array/0")).unwrap(), Some(1));
    assert_eq!(document.read_as::<u8>(&Key::from_static("/none")).unwrap(), None);
}
