//! No state value in what the store says about itself: debug forms, errors, findings, reports and events.

use crate::fixture::{TestStore, key, root};
use checklist_store::{Draft, Error, ErrorKind, Event, Intent, Key, Options, Snapshot, Store, Value};
use serde_json::json;
use std::error::Error as _;
use std::fmt::Debug;
use std::sync::{Arc, Mutex};

/// Values of every kind that holds something; none of them occurs by accident.
const TEXT: &str = "hunter2-planted";
const OLD: &str = "hunter1-planted";
const NUMBER: u64 = 7_130_987_654_321;
const NOTE: &str = "note-planted";

/// Everything the store said, as it prints for debugging and for people.
#[derive(Clone, Default)]
struct Said(Arc<Mutex<Vec<String>>>);

impl Said {
    fn options(&self, test: &TestStore) -> Options {
        let heard = self.clone();
        test.options().observe(Arc::new(move |event: &Event| heard.debug(event)))
    }

    fn debug(&self, said: &dyn Debug) {
        self.0.lock().expect("no panic").extend([format!("{said:?}"), format!("{said:#?}")]);
    }

    fn error(&self, error: &Error) {
        self.debug(error);
        let mut texts = vec![error.to_string(), error.message().to_owned()];
        texts.extend(error.cause());
        let mut source = error.source();
        while let Some(inner) = source {
            texts.extend([inner.to_string(), format!("{inner:?}")]);
            source = inner.source();
        }
        self.0.lock().expect("no panic").extend(texts);
    }

    fn result<T: Debug>(&self, result: Result<T, Error>) -> Option<T> {
        match result {
            Ok(said) => {
                self.debug(&said);
                Some(said)
            }
            Err(error) => {
                self.error(&error);
                None
            }
        }
    }

    /// How much was said; a panic if a value is in it.
    #[track_caller]
    fn holds_no_value(&self) -> usize {
        let said = self.0.lock().expect("no panic");
        let number = NUMBER.to_string();
        for text in said.iter() {
            // As bytes print: one number behind the other.
            let packed: String = text.split_whitespace().collect();
            for planted in [TEXT, OLD, NOTE, &number] {
                assert!(!text.contains(planted), "{planted} is told: {text}");
                let bytes: Vec<String> = planted.bytes().map(|byte| byte.to_string()).collect();
                assert!(!packed.contains(&bytes.join(",")), "{planted} is told as bytes: {text}");
            }
        }
        said.len()
    }
}

fn plant(draft: &mut Draft) -> Result<(), Error> {
    draft.set_note(json!({"who": NOTE}));
    draft.write(&key("/text"), TEXT)?;
    draft.write(&key("/deep"), json!({"list": [TEXT, NUMBER, {"more": TEXT}], "number": NUMBER}))
}

/// A store with two transactions in its state and history, and one in its log alone.
fn planted() -> TestStore {
    let test = TestStore::new();
    let mut store = test.open_deferred();
    store.transact(|draft| draft.write(&key("/text"), OLD)).expect("nothing fails here");
    store.transact(plant).expect("nothing fails here");
    store.publish().expect("nothing fails here");
    store.transact(|draft| draft.write(&key("/deep/number"), NUMBER + 1)).expect("nothing fails here");
    store.transact(|draft| draft.write(&key("/deep/number"), NUMBER)).expect("nothing fails here");
    // Killed, so that the log keeps what was not published.
    test.fork()
}

/// Opens it in every way there is, looks at it in every way there is, and keeps what is said.
fn look_at(test: &TestStore, said: &Said) {
    test.ends_unsound();
    said.result(Store::check_at(&said.options(test), &root()));
    said.result(Store::read_log(&said.options(test), &root()));
    said.result(Store::plan_repair(&said.options(test), &root()));
    if let Some(store) = said.result(said.options(test).intent(Intent::Read).open(root())) {
        said.debug(&store.snapshot());
        said.debug(store.standing());
        said.result(store.history());
        said.result(store.check());
    }
    let test = test.fork();
    test.ends_unsound();
    if let Some(mut store) = said.result(said.options(&test).open(root())) {
        said.debug(store.recovery());
        said.result(store.transact(plant));
        said.result(store.restore());
    }
    let again = test.fork();
    again.ends_unsound();
    if let Some(mut store) = said.result(said.options(&again).open(root())) {
        said.result(store.adopt(NOTE));
    }
    let again = test.fork();
    again.ends_unsound();
    said.result(Store::repair(&said.options(&again), &root()));
}

#[test]
fn no_debug_form_holds_a_value() {
    let (test, said) = (planted(), Said::default());
    let mut store = said.options(&test).open(root()).unwrap();
    said.debug(&store);
    said.debug(&store.snapshot());
    said.result(store.history()).unwrap();
    let mut deferred = TestStore::new().open_deferred();
    deferred.transact(plant).unwrap();
    said.debug(&deferred);
    let mut transaction = store.begin().unwrap();
    transaction.write(&key("/text"), NUMBER).unwrap();
    transaction.set_note(json!({"who": NOTE}));
    said.debug(&transaction);
    transaction.delete(&key("/deep")).unwrap();
    for operation in transaction.operations() {
        said.debug(operation);
        said.debug(&operation.inverse());
    }
    let mut savepoint = transaction.savepoint();
    savepoint.write(&key("/text"), TEXT).unwrap();
    said.debug(&savepoint);
    savepoint.release();
    said.debug(&transaction);
    let commit = transaction.commit().unwrap();
    said.debug(&commit);
    let mut draft = Draft::of(json!({"text": TEXT})).unwrap();
    draft.write(&key("/text"), NUMBER).unwrap();
    draft.set_note(json!({"who": NOTE}));
    said.debug(&draft);
    said.debug(&said.options(&test));
    store.close().unwrap();
    assert!(said.holds_no_value() > 20);
}

#[test]
fn no_refusal_quotes_what_it_refuses() {
    let (test, said) = (planted(), Said::default());
    let rule = |snapshot: &Snapshot| match snapshot.read(&key("/forbidden")) {
        Some(_) => Err(Error::new(ErrorKind::Invalid, "it is forbidden")),
        None => Ok(()),
    };
    let mut store = said.options(&test).validate(rule).open(root()).unwrap();
    let refuse = |said: &Said, result: Result<(), Error>| said.error(&result.expect_err("it is refused"));
    refuse(&said, store.transact(|draft| draft.write(&key("/forbidden"), TEXT)).map(drop));
    refuse(&said, store.transact(|draft| draft.write(&key("/text/below"), TEXT)).map(drop));
    refuse(&said, store.transact(|draft| draft.write(&key("/deep/list/9"), TEXT)).map(drop));
    refuse(&said, store.transact(|draft| draft.write(&key("/text"), TEXT.repeat(1 << 20))).map(drop));
    refuse(&said, store.transact(|draft| draft.write(&key("/lsn"), TEXT)).map(drop));
    let nested = (0..200).fold(json!(TEXT), |inner, _| json!([inner]));
    refuse(&said, store.transact(|draft| draft.write(&key("/text"), nested)).map(drop));
    // What a decoder says would quote the value: "invalid type: string …, expected u64".
    refuse(&said, store.snapshot().read_as::<u64>(&key("/text")).map(drop));
    refuse(&said, store.snapshot().read_as::<bool>(&key("/deep/number")).map(drop));
    refuse(&said, store.snapshot().read_as::<Vec<u8>>(&key("/deep/list")).map(drop));
    refuse(&said, Draft::of(Value::from(TEXT)).map(drop));
    refuse(&said, Key::parse("no-pointer").map(drop));
    assert!(said.holds_no_value() > 20);
}

#[test]
fn no_finding_about_a_damaged_file_quotes_it() {
    let whole = planted();
    let said = Said::default();
    for name in ["state.yaml", ".wal", "history.jsonl"] {
        let bytes = whole.bytes(name);
        assert!(
            bytes.windows(TEXT.len()).any(|window| window == TEXT.as_bytes()) || name == ".wal",
            "{name}"
        );
        for at in (0..bytes.len()).step_by(7) {
            let mut flipped = bytes.clone();
            flipped[at] ^= 1 << (at % 8);
            let test = whole.fork();
            test.put(name, &flipped);
            look_at(&test, &said);
            let test = whole.fork();
            test.put(name, &bytes[..at]);
            look_at(&test, &said);
        }
    }
    assert!(said.holds_no_value() > 10_000);
}

#[test]
fn no_refusal_of_an_edit_quotes_it() {
    let said = Said::default();
    let state = planted().text("state.yaml");
    let edits = [
        state.replace(TEXT, "somebody"),
        state.replace(TEXT, &format!("{TEXT}: {TEXT}: [")),
        state.replace(TEXT, &format!("*{TEXT}")),
        state.replace(TEXT, &format!("!{TEXT} x")),
        state.replace(TEXT, &format!("\t{TEXT}")),
        state.replace(TEXT, &format!("\"{TEXT}")),
        state.replace("text:", &format!("lsn: {TEXT}\ntext:")),
        state.replace("schemaVersion:", &format!("schemaVersion: {TEXT} #")),
        state.replace("lsn:", &format!("lsn: {TEXT} #")),
        state.replace("checksum:", &format!("checksum: {TEXT} #")),
        state.replace("lastModified:", &format!("lastModified: {TEXT} #")),
        format!("{TEXT}\n"),
        format!("- {TEXT}\n"),
        format!("{state}text: {TEXT}\n"),
        format!("<<<<<<< {TEXT}\n{state}=======\n{state}>>>>>>> {TEXT}\n"),
    ];
    for (number, edit) in edits.iter().enumerate() {
        assert_ne!(*edit, state, "edit {number} changes nothing");
        let test = planted();
        test.put("state.yaml", edit);
        look_at(&test, &said);
    }
    assert!(said.holds_no_value() > 200);
}
