//! The bytes on disk: golden stores of version 1, the samples of `docs/format.md`, newer versions.
#![expect(clippy::disallowed_methods, reason = "golden files and documents lie on the real disk")]

use crate::fixture::{TestStore, append, begin_error, files, key, resealed, root, sealed, write};
use checklist_store::env::mem::{CallKind, Fill};
use checklist_store::env::mem::{DiskImage, ManualClock, SeededEntropy, Survival, Tear, World};
use checklist_store::env::{Clock as _, Entropy, Env};
use checklist_store::{ErrorKind, Lsn, Options, Publish, Standing, Store, Verdict};
use serde_json::{Value, json};
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex};
use std::time::Duration;

/// Random bytes that depend on the time alone, so that a golden store does not depend on how many random
/// numbers the program draws.
#[derive(Debug)]
struct ByTheClock(ManualClock);

impl Entropy for ByTheClock {
    fn fill(&self, bytes: &mut [u8]) {
        SeededEntropy::new(self.0.now().as_millis().cast_unsigned()).fill(bytes);
    }
}

fn steady(world: &World) -> Env {
    Env { entropy: Arc::new(ByTheClock(world.clock.clone())), ..world.env() }
}

/// How a golden store comes to be.
type Build = fn(&World);

const GOLDEN: [(&str, Build); 4] =
    [("at-rest", at_rest), ("log-waiting", log_waiting), ("torn-tail", torn_tail), ("edited", edited)];

fn options(world: &World) -> Options {
    Store::options().env(steady(world))
}

fn step(world: &World, store: &mut Store, edits: &[(&'static str, Value)]) {
    world.clock.advance(Duration::from_millis(90_001));
    store
        .transact(|draft| {
            draft.set_note(json!({"who": "ana", "step": edits.len()}));
            edits.iter().try_for_each(|(pointer, value)| match value {
                Value::Null => draft.delete(&key(pointer)).map(drop),
                value => draft.write(&key(pointer), value),
            })
        })
        .expect("the transaction commits");
}

fn at_rest(world: &World) {
    let mut store = options(world).open(root()).expect("a store is created");
    step(
        world,
        &mut store,
        &[("/activeInstance", json!("01JD3V")), ("/instances/01JD3V/status", json!("active"))],
    );
    let steps =
        json!({"build": {"status": "done"}, "note": {"text": "caf\u{e9} \u{1f600}\n", "tags": []}, "z": {}});
    step(
        world,
        &mut store,
        &[("/instances/01JD3V/steps", steps), ("/list", json!([1, -2.5, 1e300, true, ["no", "1e3"]]))],
    );
    step(world, &mut store, &[("/instances/01JD3V/steps/z", Value::Null), ("/odd keys/a: b", json!("#"))]);
    store.close().expect("the store closes");
}

fn log_waiting(world: &World) {
    at_rest(world);
    let deferred = options(world).publish(Publish::Deferred { wal_bytes: 1 << 20 }).fill_ahead(0);
    let mut store = deferred.open(root()).expect("the store opens");
    step(world, &mut store, &[("/instances/01JD3V/steps/build/status", json!("failed"))]);
    step(
        world,
        &mut store,
        &[("/instances/01JD3V/steps/note/text", Value::Null), ("/list/4", json!({"deep": [[]]}))],
    );
}

fn torn_tail(world: &World) {
    log_waiting(world);
    let image: Arc<Mutex<Option<DiskImage>>> = Arc::default();
    let seen = Arc::clone(&image);
    world.fs.settle();
    world.fs.on_call(move |call, fs| {
        if call.kind == CallKind::Write && call.path.ends_with(".wal") {
            *seen.lock().expect("no panic") = Some(fs.image());
        }
    });
    // Who publishes with each commit clears the log when it opens; the next batch is torn in a store that does not.
    drop(options(world).open(root()).expect("the store opens"));
    let deferred = options(world).publish(Publish::Deferred { wal_bytes: 1 << 20 }).fill_ahead(0);
    let mut store = deferred.open(root()).expect("the store opens");
    step(world, &mut store, &[("/title", json!("kept"))]);
    step(world, &mut store, &[("/title", json!("torn")), ("/lost", json!("\u{2028}".repeat(9)))]);
    world.fs.on_call(|_, _| {});
    let image = image.lock().expect("no panic").take().expect("a batch was appended");
    let change = image.unsynced().len() - 1;
    let torn = image.survive(&Survival::everything().torn(Tear { change, lost: 300..420, fill: Fill::Nul }));
    for (path, bytes) in torn.entries() {
        if let Some(bytes) = bytes {
            world.fs.place(&path, bytes).expect("the disk takes it");
        }
    }
}

fn edited(world: &World) {
    at_rest(world);
    let path = root().join("state.yaml");
    let text = String::from_utf8(world.fs.image().read(&path).expect("a state").to_vec()).expect("text");
    let text = text.replace("active\n", "paused # by hand\n");
    world.fs.place(&path, text.as_bytes()).expect("the disk takes it");
}

fn built(build: Build) -> World {
    let world = World::new(1);
    world.fs.place_dir(Path::new("/project")).expect("the disk is empty");
    build(&world);
    world
}

fn golden_folder(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/fixtures/v1").join(name)
}

/// A golden file has no leading dot in its name, which would hide it and let a `.gitignore` act.
fn golden_name(path: &Path) -> PathBuf {
    let below = path.strip_prefix(root()).expect("it lies in the store");
    below
        .iter()
        .map(|part| {
            part.to_string_lossy().replacen(
                '.',
                if part.to_string_lossy().starts_with('.') { "dot-" } else { "." },
                1,
            )
        })
        .collect()
}

/// The files of a golden store, by their golden names.
fn golden(name: &str) -> BTreeMap<PathBuf, Vec<u8>> {
    let (top, mut found) = (golden_folder(name), BTreeMap::new());
    let mut folders = vec![top.clone()];
    while let Some(folder) = folders.pop() {
        for entry in
            std::fs::read_dir(&folder).expect("a golden store").map(|entry| entry.expect("an entry").path())
        {
            if entry.is_dir() {
                folders.push(entry);
            } else {
                let name = entry.strip_prefix(&top).expect("it lies there").to_owned();
                found.insert(name, std::fs::read(&entry).expect("a golden file"));
            }
        }
    }
    found
}

/// A copy of a golden store, in a world of its own.
fn copy_of(name: &str) -> TestStore {
    let test = TestStore::absent();
    for (path, bytes) in golden(name) {
        let path: PathBuf = path.iter().map(|part| part.to_string_lossy().replacen("dot-", ".", 1)).collect();
        test.world.fs.place(&root().join(path), &bytes).expect("the disk takes it");
    }
    test
}

#[test]
fn the_same_work_gives_the_same_bytes_as_when_the_golden_stores_were_made() {
    for (name, build) in GOLDEN {
        let now: BTreeMap<PathBuf, Vec<u8>> = files(&built(build).fs.image())
            .into_iter()
            .map(|(path, bytes)| (golden_name(&path), bytes))
            // The golden stores are older than published copies and the list of copies, and are read without.
            .filter(|(path, _)| {
                let name = path.file_name().unwrap_or_default().to_string_lossy();
                name != "manifest.jsonl" && !name.starts_with("published-")
            })
            .collect();
        // To be run once for a new version of the format, never to make a failing test pass.
        if std::env::var_os("CHECKLIST_WRITE_GOLDEN").is_some() {
            for (path, bytes) in &now {
                let path = golden_folder(name).join(path);
                std::fs::create_dir_all(path.parent().unwrap()).unwrap();
                std::fs::write(path, bytes).unwrap();
            }
        }
        let then = golden(name);
        assert!(now.keys().eq(then.keys()), "{name}: {:?}, not {:?}", now.keys(), then.keys());
        for (path, bytes) in &then {
            let (now, then) = (String::from_utf8_lossy(&now[path]), String::from_utf8_lossy(bytes));
            if path.ends_with("dot-gitignore") {
                // No store is read by it, and the golden ones are older than the archive, which git tracks, too.
                let rules = |text: &str| -> Vec<String> {
                    text.lines().filter(|line| !line.starts_with('#')).map(str::to_owned).collect()
                };
                let added = ["!archive/", "!archive/**"].map(str::to_owned);
                assert_eq!(rules(&now), [rules(&then), added.to_vec()].concat(), "{name}");
                continue;
            }
            assert_eq!(now, then, "{name}/{}", path.display());
        }
    }
}

/// The document of the golden store at rest.
fn document_at_rest() -> Value {
    json!({
        "activeInstance": "01JD3V",
        "instances": {"01JD3V": {"status": "active", "steps": {
            "build": {"status": "done"}, "note": {"text": "caf\u{e9} \u{1f600}\n", "tags": []}
        }}},
        "list": [1, -2.5, 1e300, true, ["no", "1e3"]],
        "odd keys": {"a: b": "#"},
    })
}

fn document_waiting() -> Value {
    let mut document = document_at_rest();
    document["instances"]["01JD3V"]["steps"] = json!({"build": {"status": "failed"}, "note": {"tags": []}});
    document["list"][4] = json!({"deep": [[]]});
    document
}

#[test]
fn golden_stores_open_as_they_always_did() {
    let test = copy_of("at-rest");
    let mut store = test.open();
    assert_eq!((store.recovery().verdict, store.snapshot().lsn()), (Verdict::Clean, Lsn(15)));
    assert_eq!(store.snapshot().to_value(), document_at_rest());
    let history = store.history().unwrap();
    assert_eq!(history.iter().map(|entry| entry.lsn.0).collect::<Vec<_>>(), [6, 10, 15]);
    assert_eq!(history[0].note, json!({"who": "ana", "step": 2}));
    write(&mut store, "/more", 1);

    let test = copy_of("log-waiting");
    let store = test.open();
    assert_eq!((store.recovery().verdict, store.recovery().redone.len()), (Verdict::Redone, 2));
    assert_eq!((store.recovery().discarded_bytes, store.snapshot().to_value()), (0, document_waiting()));
    assert_eq!(store.history().unwrap().len(), 5);

    let test = copy_of("torn-tail");
    let log = test.bytes(".wal");
    let store = test.open();
    assert_eq!((store.recovery().verdict, store.recovery().redone.len()), (Verdict::Redone, 1));
    assert!(store.recovery().discarded_bytes > 500);
    let mut expected = document_waiting();
    expected["title"] = json!("kept");
    assert_eq!(store.snapshot().to_value(), expected);
    assert_eq!(store.history().unwrap().len(), 6);
    assert!(
        test.files()
            .into_iter()
            .any(|(path, bytes)| path.starts_with(root().join(".backup")) && bytes == log)
    );

    let test = copy_of("edited");
    let mut store = test.open();
    let mut expected = document_at_rest();
    expected["instances"]["01JD3V"]["status"] = json!("paused");
    assert_eq!((store.standing(), store.snapshot().to_value()), (&Standing::Edited, expected.clone()));
    assert_eq!(begin_error(&mut store), ErrorKind::Edited);
    assert_eq!(store.adopt("ana").unwrap().operations, 1);
    assert_eq!(test.open().snapshot().to_value(), expected);
}

/// The fenced blocks of a section of the page about the format.
fn samples(section: &str) -> Vec<String> {
    let page = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../docs/format.md");
    let page = std::fs::read_to_string(page).expect("the page about the format");
    let section = page.split("\n## ").find(|part| part.starts_with(section)).expect("the section is there");
    let blocks = section.split("\n```").skip(1).step_by(2);
    blocks.map(|block| format!("{}\n", block.split_once('\n').expect("a block has lines").1)).collect()
}

#[test]
fn the_samples_of_the_page_are_what_the_program_reads_and_writes() {
    let (state, log, history) =
        (&samples("`state.yaml`")[0], &samples("`.wal`")[0], &samples("`history.jsonl`")[0]);
    let test = TestStore::new();
    test.put("state.yaml", state);
    assert_eq!(*test.open().standing(), Standing::Sound, "the checksum of the sample state");
    assert_eq!(test.open().snapshot().lsn(), Lsn(42));
    test.put(".wal", log);
    let contents = Store::read_log(&test.options(), &root()).unwrap();
    assert_eq!((contents.continues, contents.tail_bytes, contents.transactions.len()), (Some(Lsn(42)), 0, 1));
    let store = test.open();
    assert_eq!((store.recovery().verdict, store.recovery().records), (Verdict::Redone, 3));
    assert_eq!(store.snapshot().lsn(), Lsn(46));
    let steps = json!({"build": {"status": "done"}, "note": {"status": "pending"}});
    let expected =
        json!({"activeInstance": "01JD3V", "instances": {"01JD3V": {"status": "active", "steps": steps}}});
    assert_eq!(store.snapshot().to_value(), expected);
    assert_eq!(test.text("history.jsonl"), *history, "the program writes the sample line of the history");
}

#[test]
fn a_newer_store_is_read_only() {
    let waiting = copy_of("log-waiting");
    // A newer schema: not even read.
    let test = copy_of("at-rest");
    test.ends_unsound().edit("schemaVersion: \"1.0.0\"", "schemaVersion: \"2.3.0\"");
    let before = test.files();
    let error = test.refused();
    assert_eq!(error.kind(), ErrorKind::UnsupportedFormat);
    assert!(error.to_string().contains("2.3.0"), "the version that is needed is named: {error}");
    assert_eq!(test.files(), before);

    // A newer record, alone or behind records of this version.
    let log = waiting.text(".wal");
    let newer = sealed("{\"v\":2,\"gen\":\"00000000000000ff\",\"lsn\":17,\"op\":\"novel\"");
    for log in [
        newer.clone(),
        format!("{log}{newer}"),
        resealed(log.lines().next().unwrap(), |body| body.replace("\"v\":1", "\"v\":2")),
    ] {
        let test = waiting.fork();
        test.ends_unsound().put(".wal", &log);
        let before = test.files();
        let mut store = test.open();
        let Standing::ReadOnly(reason) = store.standing().clone() else { panic!("{:?}", store.standing()) };
        assert!(reason.contains('2'), "the version that is needed is named: {reason}");
        assert_eq!(store.snapshot().to_value()["activeInstance"], json!("01JD3V"));
        assert_eq!(begin_error(&mut store), ErrorKind::ReadOnly);
        store.close().unwrap();
        assert_eq!(test.files(), before);
    }
}

#[test]
fn a_store_with_a_newer_history_is_read_only() {
    for name in ["at-rest", "log-waiting"] {
        let test = copy_of(name);
        let expected = test.fork().open().snapshot().to_value();
        let last = test.text("history.jsonl").lines().last().unwrap().to_owned();
        let crc = &last[last.len() - 10..last.len() - 2];
        let newer = sealed(&format!("{{\"v\":2,\"lsn\":20,\"novel\":true,\"prev\":\"{crc}\""));
        append(test.ends_unsound(), "history.jsonl", newer.as_bytes());
        let before = test.files();
        let mut store = test.open();
        let Standing::ReadOnly(reason) = store.standing().clone() else { panic!("{:?}", store.standing()) };
        assert!(reason.contains("history") && reason.contains("version 2"), "{reason}");
        assert_eq!(store.snapshot().to_value(), expected, "{name}");
        assert_eq!(begin_error(&mut store), ErrorKind::ReadOnly);
        store.close().unwrap();
        assert_eq!(test.files(), before, "{name}: a newer program's line stays, and all else");
    }
}

#[test]
fn a_field_that_is_not_known_makes_a_record_unreadable() {
    let test = copy_of("log-waiting");
    let log = test.text(".wal");
    let lines: Vec<&str> = log.split_inclusive('\n').collect();
    let odd = resealed(lines[1], |body| body.replace(",\"durable\"", ",\"novel\":1,\"durable\""));
    let damaged: String = [lines[0], &odd].into_iter().chain(lines[2..].iter().copied()).collect();
    test.ends_unsound().put(".wal", damaged);
    assert_eq!(test.refused().kind(), ErrorKind::Corrupt);
}
