//! The weight of a value: about how many bytes it has as JSON, by which documents are bounded.

use serde_json::Value;

/// About how many bytes an element or a member has as JSON: name, quotes, colon, comma and value.
pub(super) fn member_bytes(name_bytes: usize, value_bytes: usize) -> usize {
    name_bytes + 4 + value_bytes
}

/// What stands for the name in an element of an array.
pub(super) const ELEMENT_NAME_BYTES: usize = 1;

/// The brackets of an array or an object.
pub(super) const CONTAINER_BYTES: usize = 2;

/// About how many bytes a scalar other than a string has as JSON.
pub(super) const WORD_BYTES: usize = 4;
pub(super) const NUMBER_BYTES: usize = 8;

/// About how many bytes a string of so many has as JSON.
pub(super) fn text_bytes(len: usize) -> usize {
    len + 2
}

/// About how many bytes a value has as JSON.
pub(super) fn weight(value: &Value) -> usize {
    match value {
        Value::Null | Value::Bool(_) => WORD_BYTES,
        Value::Number(_) => NUMBER_BYTES,
        Value::String(text) => text_bytes(text.len()),
        Value::Array(items) => {
            let item = |item: &Value| member_bytes(ELEMENT_NAME_BYTES, weight(item));
            CONTAINER_BYTES + items.iter().map(item).sum::<usize>()
        }
        Value::Object(members) => {
            let member = |(name, value): (&String, &Value)| member_bytes(name.len(), weight(value));
            CONTAINER_BYTES + members.iter().map(member).sum::<usize>()
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn a_value_weighs_as_much_as_its_json_with_a_comma_behind_every_member() {
        for (value, commas) in [
            (json!(null), 0),
            (json!(true), 0),
            (json!(12_345_678), 0),
            (json!(""), 0),
            (json!("text"), 0),
            (json!([]), 0),
            (json!({}), 0),
            (json!({"name": "text"}), 1),
            (json!({"name": "text", "n": null, "an": {"inner": {}}}), 2),
        ] {
            assert_eq!(weight(&value), value.to_string().len() + commas, "{value}");
        }
        // An element has no name; the shortest stands for it.
        assert_eq!(weight(&json!(["text", null])), 2 + (1 + 4 + 6) + (1 + 4 + 4));
    }
}
