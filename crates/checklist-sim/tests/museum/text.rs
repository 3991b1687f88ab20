//! Bugs of text: what a cut makes of a letter, and what a debug form tells.

use super::{open_deferred, read, used, write};

const LETTERS: &str = "naïve ☃ 𝕏";

/// The broken variant: a record with its text as it is.
fn with_raw_letters(value: &str) -> Vec<u8> {
    format!("{{\"value\":\"{value}\"}}\n").into_bytes()
}

fn is_text_wherever_it_is_cut(bytes: &[u8]) -> bool {
    (0..bytes.len()).all(|end| str::from_utf8(&bytes[..end]).is_ok())
}

#[test]
fn a_cut_splits_a_letter() {
    let world = used();
    let mut store = open_deferred(&world).expect("nothing fails");
    write(&mut store, LETTERS).expect("nothing fails");
    assert!(is_text_wherever_it_is_cut(&read(&world.fs.image(), ".wal")));
    assert!(!is_text_wherever_it_is_cut(&with_raw_letters(LETTERS)), "the broken variant is not broken");
}

/// The broken variant: a draft that shows what it holds.
#[derive(Debug)]
struct Derived {
    _value: &'static str,
}

#[test]
fn a_debug_form_tells_a_value() {
    let mut store = open_deferred(&used()).expect("nothing fails");
    let mut transaction = store.begin().expect("nothing fails");
    transaction.write(&super::VALUE, "hunter2").expect("nothing fails");
    transaction.set_note("hunter2".into());
    let tells = |form: String| form.contains("hunter2");
    assert!(!tells(format!("{transaction:?} {:?}", transaction.operations())));
    assert!(tells(format!("{:?}", Derived { _value: "hunter2" })), "the broken variant is not broken");
}
