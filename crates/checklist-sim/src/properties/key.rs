//! Keys: what is read as one is a JSON Pointer (RFC 6901), and a draft finds below it what was written there.

use checklist_store::{DEPTH_MAX, Draft, ErrorKind, KEY_BYTES_MAX, Key, Value};

pub(super) fn judge(bytes: &[u8]) {
    let Ok(text) = std::str::from_utf8(bytes) else { return };
    let key = match Key::parse(text) {
        Ok(key) => key,
        Err(error) => return assert_eq!(error.kind(), ErrorKind::InvalidKey, "{error}"),
    };
    assert_eq!(key.as_str(), text);
    assert!(text.len() <= KEY_BYTES_MAX && key.depth() <= DEPTH_MAX);
    let tokens: Vec<String> = key.tokens().map(std::borrow::Cow::into_owned).collect();
    assert_eq!(tokens.len(), key.depth());
    let built = tokens.iter().fold(Key::ROOT, |key, token| key.child(token));
    assert_eq!(built, key, "built from its tokens, it is another key");

    let mut draft = Draft::of(Value::Object(serde_json::Map::new())).expect("an empty mapping is a document");
    let Ok(()) = draft.write(&key, "here") else { return };
    assert_eq!(draft.read(&key), Some("here".into()), "what was written is not there");
    let pointed = draft.read(&Key::ROOT).and_then(|document| document.pointer(text).cloned());
    assert_eq!(pointed, Some("here".into()), "another reader of pointers finds something else");
}
