//! Events: their order, and that nothing the store says about itself ever holds a state value.

use crate::fixture::{TestStore, append, key, root, write, writes};
use checklist_store::env::mem::Survival;
use checklist_store::{Error, Event, Options, Publish, Store};
use serde_json::json;
use std::sync::{Arc, Mutex};

/// What was said, in order, as it prints for debugging.
#[derive(Clone, Default)]
struct Ears(Arc<Mutex<Vec<String>>>);

impl Ears {
    fn on(&self, options: Options) -> Options {
        let heard = Arc::clone(&self.0);
        options.observe(Arc::new(move |event: &Event| {
            heard.lock().expect("no panic").push(format!("{event:?}"));
        }))
    }

    /// The names of the events since the last call.
    fn take(&self) -> Vec<String> {
        let heard = std::mem::take(&mut *self.0.lock().expect("no panic"));
        heard.iter().map(|text| text.split([' ', '(']).next().unwrap_or_default().to_owned()).collect()
    }
}

#[test]
fn a_commit_tells_what_happened_in_order_and_after_it_happened() {
    let test = TestStore::new();
    let ears = Ears::default();
    let mut store = ears.on(test.options()).open(root()).unwrap();
    assert_eq!(ears.take(), [""; 0], "a store at rest has nothing to tell");
    write(&mut store, "/a", 1);
    assert_eq!(ears.take(), ["LockAcquired", "Published", "Committed"]);
    store.begin().unwrap().rollback();
    assert_eq!(ears.take(), ["LockAcquired", "RolledBack"]);
    let refused = store.transact(|_| Err::<(), _>(Error::new(checklist_store::ErrorKind::Invalid, "no")));
    assert!(refused.is_err());
    assert_eq!(ears.take(), ["LockAcquired", "RolledBack"]);
    store.begin().unwrap().commit().unwrap();
    assert_eq!(ears.take(), ["LockAcquired"], "nothing was committed");
    let large = store.transact(writes("/a", "x".repeat(5 << 20))).unwrap_err();
    assert_eq!(large.kind(), checklist_store::ErrorKind::LimitExceeded);
    assert_eq!(ears.take(), ["LockAcquired", "Failed"]);
}

#[test]
fn committed_is_told_when_it_is_durable() {
    let test = TestStore::new();
    let lost = Arc::new(Mutex::new(Vec::new()));
    let (fs, seen) = (test.world.fs.clone(), Arc::clone(&lost));
    let watch = move |event: &Event| {
        if let Event::Committed { lsn, .. } | Event::Published { lsn } = event {
            let cut = TestStore::on(&fs.image().survive(&Survival::nothing()));
            let found = cut.open().snapshot().lsn();
            seen.lock().unwrap().push((found, *lsn));
        }
    };
    for publish in [Publish::EveryCommit, Publish::Deferred { wal_bytes: 1 << 20 }] {
        let mut store =
            test.options().publish(publish).observe(Arc::new(watch.clone())).open(root()).unwrap();
        for count in 0..3 {
            write(&mut store, "/count", format!("{publish:?} {count}"));
        }
        store.close().unwrap();
    }
    let lost = lost.lock().unwrap();
    assert_eq!(lost.len(), 10, "three commits published, three deferred and published once");
    assert!(lost.iter().all(|(found, told)| found == told), "{lost:?}");
}

#[test]
fn deferring_rotating_and_recovering_are_told() {
    let test = TestStore::new();
    let ears = Ears::default();
    let mut store = ears.on(test.deferred()).open(root()).unwrap();
    write(&mut store, "/a", 1);
    assert_eq!(ears.take(), ["LockAcquired", "Committed"]);
    store.publish().unwrap();
    assert_eq!(ears.take(), ["LockAcquired", "Published", "WalRotated"]);
    write(&mut store, "/a", 2);
    drop(store);
    ears.take();
    let mut store = ears.on(test.options()).open(root()).unwrap();
    assert_eq!(ears.take(), ["LockAcquired", "BackedUp", "Recovered"]);
    write(&mut test.open(), "/a", 3);
    write(&mut store, "/a", 4);
    let told = ears.take();
    assert_eq!(told.iter().filter(|name| *name == "Committed").count(), 1);
    assert_eq!(told.last().map(String::as_str), Some("Committed"));
}

#[test]
fn bytes_cut_off_the_history_are_told_and_kept() {
    let test = TestStore::new();
    write(&mut test.open(), "/a", 1);
    let torn = b"{\"v\":1,\"lsn\":6,\"first\":5,\"txn\":\"tor";
    append(&test, "history.jsonl", torn);
    let ears = Ears::default();
    let mut store = ears.on(test.options()).open(root()).unwrap();
    write(&mut store, "/a", 2);
    assert_eq!(test.text("history.jsonl").lines().count(), 2);
    assert!(ears.take().contains(&"HistoryCut".to_owned()), "the cut was told");
    let kept = test.files().values().any(|bytes| bytes.windows(torn.len()).any(|part| part == torn));
    assert!(kept, "the bytes were kept");
}

/// Recognisable wherever it shows up.
const SECRET: &str = "hunter2-Zq9";

/// Everything a store says about itself while nearly everything goes wrong.
fn everything_said(test: &TestStore) -> Vec<String> {
    let ears = Ears::default();
    let options = || ears.on(test.options()).holder("checklist test");
    let mut said = vec![format!("{:?}", options())];
    let mut say =
        |error: Error| said.extend([error.to_string(), format!("{error:?}"), error.message().to_owned()]);
    let mut store = options().open(root()).expect("the store opens");
    let nested = json!({"token": SECRET, "list": [SECRET]});
    store.transact(writes("/secret", nested)).expect("the transaction commits");
    type Attempt<'a> = &'a dyn Fn(&mut checklist_store::Draft) -> Result<(), Error>;
    let attempts: [Attempt<'_>; 7] = [
        &|draft| draft.write(&key("/secret/token/below"), SECRET),
        &|draft| draft.write(&key("/secret/list/9"), SECRET),
        &|draft| draft.write(&key("/lsn"), SECRET),
        &|draft| draft.read_as::<u32>(&key("/secret/token")).map(drop),
        &|draft| draft.read_as::<Vec<u32>>(&key("/secret")).map(drop),
        &|draft| draft.write(&key("/large"), SECRET.repeat(500_000)),
        &|draft| {
            let operation = checklist_store::Operation::Write {
                key: key("/secret/token"),
                value: json!(SECRET),
                previous: Some(json!("another")),
            };
            draft.replay([operation])
        },
    ];
    for attempt in attempts {
        say(store.transact(attempt).expect_err("the attempt is refused"));
    }
    // A log that waits, an edit, damage to the state, the log and the history.
    let mut deferred = ears.on(test.deferred()).open(root()).expect("the store opens");
    write(&mut deferred, "/waiting", SECRET);
    write(&mut deferred, "/waiting", format!("{SECRET} again"));
    drop(deferred);
    let damage: [&dyn Fn(&TestStore); 7] = [
        &|_| {},
        &|test| test.edit(SECRET, "edited-hunter2-Zq9"),
        &|test| test.edit("schemaVersion: \"1.0.0\"", &format!("schemaVersion: \"{SECRET}\"")),
        &|test| test.edit("secret:", &format!("{SECRET}: [")),
        &|test| test.put("state.yaml", format!("{SECRET}\u{0}\u{1}")),
        &|test| test.put(".wal", test.text(".wal").replacen(SECRET, "hunter3-Zq9", 1)),
        &|test| test.put("history.jsonl", test.text("history.jsonl").replacen(SECRET, "hunter3-Zq9", 1)),
    ];
    for harm in damage {
        let fork = test.fork();
        harm(&fork);
        fork.ends_unsound();
        let options = ears.on(fork.options());
        let mut results = Vec::new();
        match options.clone().open(root()) {
            Ok(mut store) => {
                said.push(format!("{:?} {:?}", store.recovery(), store.standing()));
                results.push(store.begin().map(drop));
                results.push(store.history().map(drop));
                results.push(store.adopt("ana").map(|commit| said.push(format!("{commit:?}"))));
                results.push(store.restore().map(|plan| said.push(format!("{plan:?}"))));
            }
            Err(error) => results.push(Err(error)),
        }
        results.push(Store::check_at(&options, &root()).map(|report| said.push(format!("{report:?}"))));
        results.push(Store::plan_repair(&options, &root()).map(|plan| said.push(format!("{plan:?}"))));
        results.push(Store::repair(&options, &root()).map(|plan| said.push(format!("{plan:?}"))));
        for error in results.into_iter().filter_map(Result::err) {
            said.extend([error.to_string(), format!("{error:?}")]);
        }
    }
    said.extend(ears.0.lock().expect("no panic").drain(..));
    said
}

#[test]
fn no_event_error_or_report_holds_a_value() {
    let test = TestStore::new();
    let said = everything_said(&test);
    assert!(said.len() > 60, "{} things were said", said.len());
    let leaks: Vec<_> = said.iter().filter(|text| text.contains("hunter")).collect();
    assert!(leaks.is_empty(), "{leaks:#?}");
    test.open();
}
