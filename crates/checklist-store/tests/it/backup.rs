//! Copies of the state: taken, listed, verified, pruned and gone back to.

use crate::fixture::{TestStore, append, root, write};
use checklist_store::{Backup, ErrorKind, Lsn, Operation, Store, Target};
use serde_json::{Value, json};

/// Five commits, with the document and the LSN after each.
fn used() -> (TestStore, Vec<(Lsn, Value)>) {
    let test = TestStore::new();
    let mut store = test.open();
    let mut states = vec![(Lsn(0), json!({}))];
    for (pointer, value) in [
        ("/title", json!("alpha")),
        ("/steps/build", json!({"status": "done"})),
        ("/title", json!("beta")),
        ("/list", json!([1, 2])),
        ("/steps/build/status", json!("failed")),
    ] {
        let lsn = write(&mut store, pointer, value).lsn;
        states.push((lsn, store.snapshot().to_value()));
    }
    (test, states)
}

/// Puts the state of now among the copies, as the next publishing does.
fn keep_published(test: &TestStore, lsn: Lsn) -> String {
    let name =
        format!(".backup/published-{:010}-0192f3a07b7c7d2e8f00000000000{:03x}.state.yaml", lsn.0, lsn.0);
    test.put(&name, test.bytes("state.yaml"));
    name
}

fn named<'a>(copies: &'a [Backup], reason: &str) -> Vec<&'a Backup> {
    copies.iter().filter(|copy| copy.reason == reason).collect()
}

#[test]
fn a_copy_that_was_asked_for_is_kept_verified_and_listed() {
    let (test, states) = used();
    let mut store = test.open();
    let taken = store.backup().unwrap();
    let (lsn, _) = states[5];
    assert_eq!(
        (taken.reason, taken.lsn, taken.is_verified, taken.is_restorable),
        ("asked", lsn, Some(true), true)
    );
    assert_eq!(taken.time, store.history().unwrap().last().map(|_| taken.time.unwrap()));
    assert_eq!(named(&store.backups().unwrap(), "asked"), [&taken]);
    assert_eq!(named(&store.backups().unwrap(), "published").len(), 5, "and every state before this one");
    // What waits in the log is copied with it.
    let mut store = test.open_deferred();
    write(&mut store, "/waiting", 1);
    let taken = store.backup().unwrap();
    assert_eq!(taken.files.len(), 2);
    assert_eq!(taken.is_verified, Some(true));
    assert_eq!(named(&Store::backups_at(&test.options(), &root()).unwrap(), "asked").len(), 2);
}

#[test]
fn as_many_are_kept_as_was_said_and_the_bytes_are_bounded() {
    let (test, _) = used();
    for (count, bytes, left) in [(3, 1 << 20, 3), (2, 1 << 20, 2), (5, 1, 1)] {
        let mut store = test.options().backups(count, bytes).open(root()).unwrap();
        for at in 0..6 {
            write(&mut store, "/at", at);
            store.backup().unwrap();
        }
        let all = store.backups().unwrap();
        let kept = named(&all, "asked");
        assert_eq!(kept.len(), left);
        assert_eq!(named(&all, "published").len(), left);
        assert_eq!(kept[0].lsn, store.snapshot().lsn(), "the newest is always kept");
        assert!(kept.iter().all(|copy| copy.is_verified == Some(true)));
    }
    let lines = test.text(".backup/manifest.jsonl").lines().count();
    assert!(lines <= 2, "the manifest speaks of what is there: {lines}");
}

#[test]
fn as_many_published_states_are_kept_whoever_publishes_in_between_and_whatever_goes_by_hand() {
    let test = TestStore::new();
    let open = || test.options().backups(4, 1 << 20).open(root()).unwrap();
    let (mut one, mut other) = (open(), open());
    let kept = |store: &Store| named(&store.backups().unwrap(), "published").len();
    for at in 0..6 {
        write(&mut one, "/at", at);
    }
    assert_eq!(kept(&one), 4);
    for at in 6..8 {
        write(&mut other, "/at", at);
        write(&mut one, "/at", at + 10);
    }
    assert_eq!(kept(&one), 4);
    let oldest = format!(".backup/{}.state.yaml", named(&one.backups().unwrap(), "published")[3].name);
    test.remove(&oldest);
    for at in 20..23 {
        write(&mut one, "/at", at);
    }
    let newest = named(&one.backups().unwrap(), "published")[0].lsn;
    assert_eq!((kept(&one), newest < one.snapshot().lsn()), (4, true));
}

#[test]
fn a_copy_that_was_changed_is_told_and_never_used() {
    let (test, _) = used();
    let mut store = test.open();
    let lsn = store.snapshot().lsn();
    let taken = store.backup().unwrap();
    write(&mut store, "/title", "gamma");
    let name = format!(".backup/{}", taken.files[0].file_name().unwrap().to_str().unwrap());
    // Sound by its own checksum, and not what was copied.
    let other = test.bytes("state.yaml");
    test.put(&name, &other);
    let report = store.check().unwrap();
    let finding = report.findings.iter().find(|finding| finding.subject == "backups").unwrap();
    assert!(!finding.sound && finding.detail.contains("changed since it was taken"), "{finding:?}");
    assert_eq!(named(&store.backups().unwrap(), "asked")[0].is_verified, Some(false));
    let error = store.restore_to(&Target::Backup(taken.name), "ana").unwrap_err();
    assert!(error.to_string().contains("does not verify"), "{error}");
    // Neither is it used for a repair, where nothing else is left.
    let alone = test.fork();
    for copy in alone.list(".backup").iter().filter(|name| name.starts_with("published-")) {
        alone.remove(&format!(".backup/{copy}"));
    }
    alone.remove("history.jsonl");
    alone.ends_unsound().put("state.yaml", "damaged");
    assert_eq!(Store::plan_repair(&alone.options(), &root()).unwrap_err().kind(), ErrorKind::Corrupt);
    // A repair puts it aside under a name that is no copy's.
    Store::repair(&test.options(), &root()).unwrap();
    assert!(test.open().check().unwrap().is_sound());
    assert!(test.list(".backup").iter().any(|name| name.starts_with("changed-asked-")));
    assert!(test.open().snapshot().lsn() >= lsn);
}

#[test]
fn a_published_state_is_verified_by_its_name_and_its_checksum() {
    let (test, states) = used();
    let (lsn, _) = states[5];
    let name = keep_published(&test, lsn);
    let copies = test.open().backups().unwrap();
    assert!(named(&copies, "published").iter().all(|copy| copy.is_verified == Some(true)));
    // Another state under this name, however sound.
    write(&mut test.open(), "/title", "gamma");
    test.put(&name, test.bytes("state.yaml"));
    let copies = test.open().backups().unwrap();
    let changed: Vec<Lsn> =
        copies.iter().filter(|copy| copy.is_verified == Some(false)).map(|copy| copy.lsn).collect();
    assert_eq!(changed, [lsn]);
    assert!(!test.open().check().unwrap().is_sound());
    test.remove(&name);
}

#[test]
fn a_manifest_that_is_torn_or_garbage_is_no_reason_to_distrust_a_copy() {
    let (test, _) = used();
    let taken = test.open().backup().unwrap();
    append(&test, ".backup/manifest.jsonl", b"{\"v\":1,\"copy\":\"asked-00");
    assert_eq!(named(&test.open().backups().unwrap(), "asked"), [&taken]);
    test.open().backup().unwrap();
    assert_eq!(test.text(".backup/manifest.jsonl").lines().count(), 2, "and it is written anew");
    test.put(".backup/manifest.jsonl", [0; 5000]);
    let copies = test.open().backups().unwrap();
    assert!(named(&copies, "asked").iter().all(|copy| copy.is_verified.is_none() && copy.is_restorable));
    assert!(test.open().check().unwrap().is_sound());
    assert!(test.open().restore_to(&Target::Backup(taken.name), "ana").is_ok());
}

#[test]
fn every_earlier_state_can_be_gone_back_to_and_that_can_be_taken_back() {
    let (test, states) = used();
    let (newest, expected) = states.last().unwrap().clone();
    for (lsn, document) in &states {
        let test = test.fork();
        let mut store = test.open();
        let plan = store.plan_restore(&Target::Lsn(*lsn)).unwrap();
        assert_eq!((plan.lsn, plan.source.name), (*lsn, "history"));
        assert_eq!(store.snapshot().to_value(), expected, "a plan changes nothing");
        let commit = store.restore_to(&Target::Lsn(*lsn), "ana").unwrap();
        assert_eq!(commit.operations, plan.operations.len());
        assert_eq!(store.snapshot().to_value(), *document, "{lsn}");
        assert_eq!(test.open().snapshot().to_value(), *document, "{lsn}");
        let history = store.history().unwrap();
        if commit.operations > 0 {
            let last = history.last().unwrap();
            assert_eq!(last.note["verb"], "restore");
            assert_eq!((last.note["actor"].as_str(), last.note["to"].as_u64()), (Some("ana"), Some(lsn.0)));
            assert_eq!(history.len(), 6, "it is one more transaction, and no other is gone");
            let inverse: Vec<Operation> = last.operations.iter().rev().map(Operation::inverse).collect();
            store.transact(|draft| draft.replay(inverse)).unwrap();
            assert_eq!(store.snapshot().to_value(), expected);
        }
        store.restore_to(&Target::Lsn(newest), "ana").unwrap();
        assert_eq!(store.snapshot().to_value(), expected, "forward again, over what was taken back");
    }
}

#[test]
fn a_time_means_the_newest_state_that_was_there_then() {
    let (test, states) = used();
    let store = test.open();
    let history = store.history().unwrap();
    for (transaction, (lsn, _)) in history.iter().zip(&states[1..]) {
        let plan = store.plan_restore(&Target::Time(transaction.timestamp)).unwrap();
        let newest = history.iter().rev().find(|other| other.timestamp <= transaction.timestamp).unwrap();
        assert!(plan.lsn >= *lsn);
        assert_eq!(plan.lsn, newest.lsn);
    }
    let before = checklist_store::env::Timestamp::from_millis(history[0].timestamp.as_millis() - 1);
    let error = store.plan_restore(&Target::Time(before)).unwrap_err();
    assert!(error.to_string().contains("nothing was saved before"), "{error}");
}

#[test]
fn a_copy_is_meant_by_its_name_or_the_beginning_of_it() {
    let (test, states) = used();
    let mut store = test.open();
    let (lsn, document) = states[5].clone();
    let taken = store.backup().unwrap();
    write(&mut store, "/title", "gamma");
    let short = format!("asked-{:010}", lsn.0);
    for name in [taken.name.clone(), short, taken.files[0].display().to_string()] {
        let plan = store.plan_restore(&Target::Backup(name)).unwrap();
        assert_eq!((plan.lsn, plan.operations.len()), (lsn, 1));
    }
    store.backup().unwrap();
    for (name, said) in
        [("asked", "2 copies begin with"), ("nothing", "there is no copy"), ("", "there is no copy")]
    {
        let error = store.plan_restore(&Target::Backup(name.to_owned())).unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Invalid);
        assert!(error.to_string().contains(said), "{error}");
    }
    store.restore_to(&Target::Backup(taken.name), "ana").unwrap();
    assert_eq!(store.snapshot().to_value(), document);
}

#[test]
fn what_cannot_be_proven_is_not_gone_back_to() {
    let (test, states) = used();
    let mut store = test.open();
    let error = store.restore_to(&Target::Lsn(Lsn(999)), "ana").unwrap_err();
    assert!(error.to_string().contains("there is no record 999 yet"), "{error}");
    // The history begins later: only copies tell what was before.
    let text = test.text("history.jsonl");
    let later: String = text.lines().skip(2).map(|line| format!("{line}\n")).collect();
    test.put("history.jsonl", later);
    let store = test.open();
    let error = store.plan_restore(&Target::Lsn(states[1].0)).unwrap_err();
    assert!(error.to_string().contains("the history begins with record"), "{error}");
    assert_eq!(store.plan_restore(&Target::Lsn(states[4].0)).unwrap().lsn, states[4].0);
    test.ends_unsound();
}

#[test]
fn a_rule_refuses_an_earlier_state_like_any_other() {
    let (test, states) = used();
    let mut store = test
        .options()
        .validate(|snapshot| match snapshot.read(&checklist_store::Key::from_static("/list")) {
            Some(_) => Ok(()),
            None => Err(checklist_store::Error::new(ErrorKind::Invalid, "a list is needed")),
        })
        .open(root())
        .unwrap();
    let before = test.files();
    assert_eq!(store.restore_to(&Target::Lsn(states[2].0), "ana").unwrap_err().message(), "a list is needed");
    assert_eq!(test.files(), before);
    store.restore_to(&Target::Lsn(states[4].0), "ana").unwrap();
}

#[test]
fn a_published_copy_stands_in_where_the_history_is_gone() {
    let (test, states) = used();
    let (lsn, document) = states[5].clone();
    test.remove_copies();
    keep_published(&test, lsn);
    test.remove("history.jsonl");
    test.put("state.yaml", "damaged");
    let plan = Store::plan_repair(&test.options(), &root()).unwrap();
    assert_eq!((plan.ends_at, plan.is_proven), (lsn, false), "nothing tells that it was the newest");
    Store::repair(&test.options(), &root()).unwrap();
    assert_eq!(test.open().snapshot().to_value(), document);
}

#[test]
fn a_state_of_another_store_among_the_copies_is_no_ground_to_rebuild_from() {
    let (test, states) = used();
    let (lsn, document) = states[5].clone();
    // Somebody put back the state of another store, and it was adopted: the copy before that is another's.
    let other = TestStore::new();
    let mut store = other.open();
    for at in 0..2 {
        write(&mut store, "/title", format!("foreign {at}"));
    }
    let name = format!(".backup/edit-{:010}-0192f3a07b7c7d2e8f000000000000aa.state.yaml", lsn.0);
    test.put(&name, other.bytes("state.yaml"));
    test.put("state.yaml", "damaged");
    let plan = Store::plan_repair(&test.options(), &root()).unwrap();
    assert_eq!((plan.ends_at, plan.is_proven, plan.sources.len()), (lsn, true, 2));
    assert!(!plan.sources[0].detail.contains("edit-"), "{:?}", plan.sources);
    Store::repair(&test.options(), &root()).unwrap();
    assert_eq!(test.open().snapshot().to_value(), document);
}

#[test]
fn where_the_history_has_a_hole_a_copy_leads_on() {
    let (test, states) = used();
    let text = test.text("history.jsonl");
    let mut lines: Vec<&str> = text.lines().collect();
    lines.pop();
    test.ends_unsound().put("history.jsonl", format!("{}\n", lines.join("\n")));
    let store = test.open();
    let (lsn, document) = states[3].clone();
    let plan = store.plan_restore(&Target::Lsn(lsn)).unwrap();
    assert_eq!((plan.lsn, plan.source.name), (lsn, "backup"));
    let taken = store.backups().unwrap().into_iter().find(|copy| copy.lsn == lsn).unwrap();
    let copy = store.plan_restore(&Target::Backup(taken.name)).unwrap();
    assert_eq!(plan.operations, copy.operations, "both lead to {document}");
    test.remove_copies();
    let error = store.plan_restore(&Target::Lsn(lsn)).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Invalid);
    assert!(error.to_string().contains("cannot be proven: no copy leads there"), "{error}");
    test.put("history.jsonl", &format!("{}\n", lines.join("\n"))[1..]);
    let error = store.plan_restore(&Target::Lsn(lsn)).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Corrupt, "the damage is the reason: {error}");
}

#[test]
fn what_waits_in_the_log_is_gone_back_behind_and_nothing_is_before_everything() {
    let (test, states) = used();
    let mut store = test.open_deferred();
    write(&mut store, "/title", "waiting");
    let (lsn, document) = states[5].clone();
    let plan = store.plan_restore(&Target::Lsn(lsn)).unwrap();
    assert_eq!((plan.lsn, plan.operations.len()), (lsn, 1));
    store.restore_to(&Target::Lsn(lsn), "ana").unwrap();
    assert_eq!(store.snapshot().to_value(), document);
    let unused = TestStore::new();
    let error = unused.open().plan_restore(&Target::Lsn(Lsn(0))).unwrap_err();
    assert!(error.to_string().contains("the history is empty"), "{error}");
    unused.put(".backup/recovery-0000000001-0192f3a07b7c7d2e8f000000000000aa.wal", "");
    let error = unused.open().plan_restore(&Target::Backup("recovery-0000000001".to_owned())).unwrap_err();
    assert!(error.to_string().contains("holds no state"), "{error}");
}
