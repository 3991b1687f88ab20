//! What a salvage writes down: what was copied, what it makes of it, and each record that leads on from nothing.

use crate::fixture::{TestStore, resealed, root, write};
use checklist_store::env::Fs as _;
use checklist_store::env::mem::Survival;
use checklist_store::workspace::Workspace;
use checklist_store::{Draft, Error, ErrorKind, Key, SalvageReport, Store};
use serde_json::Value;
use std::path::PathBuf;

fn into() -> PathBuf {
    PathBuf::from("/project/salvaged")
}

fn salvage(test: &TestStore) -> SalvageReport {
    Store::salvage(&test.options(), &root(), &into()).expect("it is salvaged")
}

fn read(test: &TestStore, name: &str) -> String {
    let bytes = test.image().read(&into().join(name)).map(<[u8]>::to_vec).expect("the file is there");
    String::from_utf8(bytes).expect("it is text")
}

fn unproven(test: &TestStore) -> Vec<Value> {
    read(test, "unproven.jsonl").lines().map(|line| serde_json::from_str(line).expect("it is JSON")).collect()
}

fn three(draft: &mut Draft) -> Result<(), Error> {
    [("/one", 1), ("/two", 2), ("/three", 3)]
        .into_iter()
        .try_for_each(|(name, value)| draft.write(&Key::parse(name)?, value))
}

/// One published commit, one of three operations that waits, and one of one.
fn used() -> TestStore {
    let test = TestStore::new();
    write(&mut test.open(), "/title", "alpha");
    let mut store = test.open_deferred();
    store.transact(three).expect("it is saved");
    write(&mut store, "/last", 4);
    test
}

/// The lines that lie between the heading of a part of the report and the next.
fn part<'a>(text: &'a str, heading: &str) -> Option<Vec<&'a str>> {
    let (_, behind) = text.split_once(&format!("\n## {heading}\n\n"))?;
    Some(behind.lines().take_while(|line| !line.starts_with('#')).filter(|line| !line.is_empty()).collect())
}

#[test]
fn every_file_is_counted_and_neither_locks_nor_what_is_staged_is_copied() {
    let test = used();
    let store = test.open();
    store.keep("templates/.tmp/list.yaml", b"checklist: 1\n").expect("it is kept");
    test.put(".tmp/state.yaml-1", "half");
    let report = salvage(&test);
    let staged = |path: &PathBuf| !path.starts_with(root().join(".tmp"));
    let files: Vec<(PathBuf, Vec<u8>)> = test.files().into_iter().filter(|(path, _)| staged(path)).collect();
    let bytes: usize = files.iter().map(|(_, bytes)| bytes.len()).sum();
    assert_eq!((report.copied, report.bytes), (files.len(), bytes as u64));
    let said = format!("- `original/`: {} files, {bytes} bytes, byte for byte.\n", files.len());
    assert!(read(&test, "report.md").contains(&said));
    let list = |folder: &str| -> Vec<String> {
        let paths = test.world.fs.list(&into().join(folder)).expect("it is a folder");
        paths.iter().filter_map(|path| Some(path.file_name()?.to_str()?.to_owned())).collect()
    };
    assert!(list("original").iter().all(|name| name != ".locks" && name != ".tmp"));
    assert_eq!(list("original/templates/.tmp"), ["list.yaml"]);
    // What lies there is durable: a power cut takes nothing of it.
    let cut = TestStore::on(&test.image().survive(&Survival::nothing()));
    let lost: Vec<PathBuf> = test
        .image()
        .entries()
        .into_iter()
        .filter_map(|(path, bytes)| bytes.map(|_| path.to_owned()))
        .collect();
    for path in lost.iter().filter(|path| path.starts_with(into())) {
        let is_lock = path.components().any(|part| part.as_os_str() == ".locks");
        assert!(is_lock || cut.image().read(path).is_ok(), "{}", path.display());
    }
}

#[test]
fn the_report_says_how_the_state_was_put_together_and_what_is_left_over() {
    let sound = TestStore::new();
    write(&mut sound.open(), "/title", "alpha");
    assert_eq!(salvage(&sound).unproven, 0);
    let text = read(&sound, "report.md");
    assert!(text.contains("- `unproven.jsonl`: empty, for nothing verifies beyond that.\n"), "{text}");
    assert!(text.contains("The history is the whole one of the original."), "{text}");
    assert_eq!(part(&text, "What does not verify and was not needed"), None);
    assert_eq!(part(&text, "What could not be read"), None);
    assert!(text.contains("To use the salvaged store"), "{text}");

    let test = used();
    test.ends_unsound().put(".wal", test.text(".wal").replacen("\"value\":2", "\"value\":7", 1));
    let report = salvage(&test);
    assert!(!report.has_history, "what is lost is not in the history");
    let text = read(&test, "report.md");
    let said = format!(
        "- `unproven.jsonl`: {} transactions and records that verify by themselves and lead on from nothing.\n",
        report.unproven
    );
    assert!(text.contains(&said), "{text}");
    assert!(text.contains("The history begins anew"), "{text}");

    // A copy leads on behind a damaged line.
    let test = used();
    drop(test.open());
    test.ends_unsound().put("history.jsonl", test.text("history.jsonl").replacen("alpha", "alphb", 1));
    let report = salvage(&test);
    assert!(!report.has_history && report.plan.is_some_and(|plan| plan.lost.is_none()));
    let lines =
        part(&read(&test, "report.md"), "What does not verify and was not needed").map(|lines| lines.len());
    assert_eq!(lines, Some(1));

    // Nothing proves a state.
    let test = TestStore::new();
    write(&mut test.open_deferred(), "/title", "alpha");
    test.ends_unsound().put("state.yaml", "damaged");
    test.put("history.jsonl", sealed_nothing());
    let report = salvage(&test);
    assert_eq!((report.store, report.unproven), (None, 1));
    let text = read(&test, "report.md");
    assert!(text.contains("- `unproven.jsonl`: one transaction or record that verifies by itself"), "{text}");
    assert!(text.contains("A state can still be written by hand"), "{text}");
}

/// A line that verifies and is none of the history's.
fn sealed_nothing() -> String {
    crate::fixture::sealed("{\"x\":1")
}

#[test]
fn each_record_of_a_transaction_that_is_not_whole_is_written_down_with_its_place() {
    let test = used();
    let log = test.text(".wal");
    let lines: Vec<&str> = log.lines().collect();
    let at = |value: &str| lines.iter().position(|line| line.contains(value)).expect("the line is there");
    let last = lines.len() - 1;
    let without = |gone: usize| {
        let left = lines.iter().enumerate().filter(|(at, _)| *at != gone);
        left.map(|(_, line)| format!("{line}\n")).collect::<String>()
    };
    // The commit record of the three says that there were four; what is behind it leads on from nothing.
    let commit = at("\"value\":3") + 1;
    let forged = resealed(lines[commit], |body| body.replace("\"count\":3", "\"count\":4"));
    assert_ne!(forged.trim_end(), lines[commit]);
    let forged = log.replace(lines[commit], forged.trim_end());
    let (record, transaction) = ("record", "transaction");
    for (text, kinds) in [
        (without(at("\"value\":1")), vec![record, record, record, transaction]),
        (without(at("\"value\":2")), vec![record, record, record, transaction]),
        (without(commit), vec![record, record, record, transaction]),
        (without(last), vec![record]),
        (forged, vec![record, record, record, record, transaction]),
    ] {
        let test = test.fork();
        test.ends_unsound().put(".wal", &text);
        salvage(&test);
        let found = unproven(&test);
        assert_eq!(found.iter().map(|line| line["kind"].clone()).collect::<Vec<_>>(), kinds, "{text}");
        for line in &found {
            assert_eq!(line["file"], ".wal");
            let offset = usize::try_from(line["offset"].as_u64().expect("a number")).expect("it is small");
            let there = text[offset..].lines().next().expect("a line begins there");
            let there: Value = serde_json::from_str(there).expect("it is JSON");
            let said = if line["kind"] == "record" { &line["line"] } else { &line["records"][0] };
            assert_eq!(
                (said["gen"].clone(), said["lsn"].clone()),
                (there["gen"].clone(), there["lsn"].clone())
            );
            if line["kind"] == "record" {
                assert_eq!(line["lsn"], there["lsn"]);
            }
        }
    }
}

#[test]
fn what_lies_in_several_files_is_written_down_once() {
    let test = used();
    // Recovering copies the log; then the copy is all that holds it.
    let log = test.bytes(".wal");
    drop(test.open());
    test.ends_unsound().put("state.yaml", "damaged");
    test.put("history.jsonl", sealed_nothing());
    for name in test.list(".backup") {
        if name.ends_with(".yaml") {
            test.remove(&format!(".backup/{name}"));
        }
    }
    let copied = test.fork();
    copied.ends_unsound();
    salvage(&copied);
    let found = unproven(&copied);
    assert_eq!(found.len(), 2, "{found:?}");
    assert!(found.iter().all(|line| line["file"].as_str().is_some_and(|file| file.starts_with(".backup/"))));
    test.put(".wal", log);
    salvage(&test);
    assert_eq!(unproven(&test).len(), 2);
}

#[test]
fn an_empty_folder_is_taken_and_a_link_to_one_is_not() {
    let test = used();
    drop(test.open());
    test.world.fs.place_dir(&into()).expect("the disk takes it");
    assert!(salvage(&test).store.is_some());

    let real = Workspace::on_disk();
    drop(Store::open(real.root()).expect("a store is created"));
    let folder = real.project().join("folder");
    real.env().fs.create_dir(&folder).expect("it is new");
    let link = real.project().join("link");
    std::os::unix::fs::symlink(&folder, &link).expect("a link is made");
    for _ in 0..2 {
        let error = Store::salvage(&real.options(), &real.root(), &link).expect_err("a link is no folder");
        assert_eq!(error.kind(), ErrorKind::Invalid);
        assert!(error.to_string().contains("this is not a folder"), "{error}");
        let file = real.env().fs.create(&folder.join("mine"), checklist_store::env::Access::Private);
        drop(file.expect("the disk takes it"));
    }
}
