//! What a transaction of a writer writes: the registers, and marks by which half a transaction is told.

use super::request::{Registers, Request};
use checklist_store::Value;
use serde_json::{Map, json};

/// One key of the document and what it holds from now on; `None` deletes it.
pub(super) type Edit = (String, Option<Value>);

/// Where a register lives.
pub(super) fn register_key(register: usize) -> String {
    format!("/registers/r{register}")
}

/// The note of a transaction: whose it is, and the number of the request.
pub(super) fn note(writer: usize, number: u64) -> Value {
    json!({"writer": writer, "number": number})
}

/// The writer and the number in such a note.
pub(super) fn read_note(note: &Value) -> Option<(usize, u64)> {
    let writer = usize::try_from(note.get("writer")?.as_u64()?).ok()?;
    Some((writer, note.get("number")?.as_u64()?))
}

/// What the request itself changes, where its registers hold `before`; empty if nothing.
pub(super) fn register_edits(request: Request, before: &[i64]) -> Vec<Edit> {
    let after = request.outcome(before).unwrap_or_default();
    let keys = request.registers().into_iter().map(register_key);
    keys.zip(after).map(|(key, value)| (key, Some(json!(value)))).collect()
}

/// What a transaction changes beside the registers: its number in one key, in an inner transaction another,
/// and now and then a text that makes its records longer than a block of the disk, or none.
pub(super) fn marks(writer: usize, number: u64) -> Vec<Edit> {
    let key = |name: &str| format!("/writers/w{writer}/{name}");
    let mut edits = vec![(key("last"), Some(json!(number)))];
    if number.is_multiple_of(3) {
        edits.push((key("inner"), Some(json!(number))));
    }
    match number % 5 {
        0 => edits.push((key("text"), Some(json!(text(writer, number))))),
        3 => edits.push((key("text"), None)),
        _ => {}
    }
    edits
}

/// The key that is written in an inner transaction which is then rolled back: nobody may ever see it.
pub(super) fn never(writer: usize) -> String {
    format!("/writers/w{writer}/never")
}

/// Between nothing and some thousand bytes that follow from the writer and the number.
fn text(writer: usize, number: u64) -> String {
    let words = number.wrapping_mul(2_654_435_761) % 300;
    (0..words).map(|word| format!("writer {writer} number {number} word {word}. ")).collect()
}

/// What the registers of a document hold; those it does not have hold zero.
pub(super) fn registers(document: &Value) -> Registers {
    std::array::from_fn(|register| {
        document.pointer(&register_key(register)).and_then(Value::as_i64).unwrap_or(0)
    })
}

/// Makes an edit to a document in memory, as the store would.
pub(super) fn apply(document: &mut Value, (key, value): &Edit) {
    let mut tokens: Vec<&str> = key.split('/').skip(1).collect();
    let last = tokens.pop().expect("a key has a name");
    let mut place = document;
    for token in tokens {
        let members = place.as_object_mut().expect("what is above a key is an object");
        if value.is_none() && !members.contains_key(token) {
            return;
        }
        place = members.entry(token).or_insert_with(|| Value::Object(Map::new()));
    }
    let members = place.as_object_mut().expect("what is above a key is an object");
    match value {
        Some(value) => members.insert(last.to_owned(), value.clone()),
        None => members.remove(last),
    };
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn edits_make_the_document_that_registers_are_read_from() {
        let mut document = json!({});
        for edit in register_edits(Request::Move(0, 2, 5), &[1, 1]).iter().chain(&marks(3, 15)) {
            apply(&mut document, edit);
        }
        assert_eq!(registers(&document), [-4, 0, 6, 0]);
        assert_eq!(document["writers"]["w3"]["inner"], 15);
        assert!(document["writers"]["w3"]["text"].is_string());
        marks(3, 18).iter().for_each(|edit| apply(&mut document, edit));
        assert_eq!(document["writers"], json!({"w3": {"last": 18, "inner": 18}}));
        apply(&mut document, &("/nobody/here".to_owned(), None));
        assert_eq!(document.get("nobody"), None);
        assert!(register_edits(Request::Swap(0, 1, 2), &[3]).is_empty());
        assert_eq!(read_note(&note(3, 15)), Some((3, 15)));
    }
}
