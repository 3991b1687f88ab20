//! Which state a rebuild ends in where several sources offer one, and what it leaves of what does not verify.

use crate::fixture::{TestStore, append, resealed, root, sealed, write};
use checklist_store::env::mem::Survival;
use checklist_store::{ErrorKind, Finding, Lsn, RepairPlan, Store, Verdict};
use serde_json::json;

fn plan(test: &TestStore) -> RepairPlan {
    Store::plan_repair(&test.options(), &root()).expect("there is something to rebuild from")
}

fn repair(test: &TestStore) -> RepairPlan {
    Store::repair(&test.options(), &root()).expect("the state is rebuilt")
}

fn names(plan: &RepairPlan) -> Vec<&str> {
    plan.sources.iter().map(|source| source.name).collect()
}

fn findings(test: &TestStore) -> Vec<Finding> {
    Store::check_at(&test.options(), &root()).expect("it can be checked").findings
}

fn finding(test: &TestStore, subject: &str) -> Option<(bool, String)> {
    let found = findings(test).into_iter().find(|finding| finding.subject == subject)?;
    Some((found.sound, found.detail))
}

/// Three published commits on `/at`.
fn used() -> TestStore {
    let test = TestStore::new();
    let mut store = test.open();
    for at in 1..=3 {
        write(&mut store, "/at", at);
    }
    test
}

/// The copy of the state that was published at an LSN.
fn published(test: &TestStore, lsn: Lsn) -> String {
    let begin = format!("published-{:010}-", lsn.0);
    let name = test.list(".backup").into_iter().find(|name| name.starts_with(&begin));
    format!(".backup/{}", name.expect("it was kept"))
}

/// Changes what the newest line of the history says was written, and seals it again.
fn retold(test: &TestStore) {
    let text = test.text("history.jsonl");
    let (before, last) = text.trim_end().rsplit_once('\n').expect("there are lines");
    let last = resealed(last, |body| body.replace("\"value\":3", "\"value\":7"));
    test.put("history.jsonl", format!("{before}\n{last}"));
}

#[test]
fn a_copy_that_the_history_contradicts_is_passed_over_for_an_older_one() {
    let of = |second: u64| {
        let test = TestStore::new();
        let mut store = test.open();
        let first = write(&mut store, "/a", 1).lsn;
        let lsn = write(&mut store, "/b", second).lsn;
        write(&mut store, "/a", 3);
        (test, first, lsn)
    };
    let ((test, first, lsn), (other, ..)) = (of(2), of(9));
    other.ends_unsound();
    // Sound, of the right number, and what was done to it later can be done; and still not what was recorded here.
    test.put(&published(&test, lsn), other.bytes(&published(&other, lsn)));
    test.remove("state.yaml");
    let planned = plan(&test);
    assert_eq!((names(&planned), planned.is_proven), (vec!["backup", "history"], true));
    assert_eq!(planned.sources[0].lsn, first, "the older copy leads to what was recorded");
    let store = test.open();
    assert_eq!(store.recovery().verdict, Verdict::Restored);
    assert_eq!(store.snapshot().to_value(), json!({"a": 3, "b": 2}));
}

#[test]
fn a_damaged_file_that_was_rotated_is_durably_gone_after_a_repair() {
    let test = TestStore::new();
    let mut store = test.options().history_limit(300).open(root()).expect("the store opens");
    for at in 1..=5 {
        write(&mut store, "/at", at);
    }
    drop(store);
    let rotated = |test: &TestStore| -> Vec<String> {
        let files = test.files();
        let names = files.keys().filter_map(|path| path.file_name()?.to_str().map(str::to_owned));
        names.filter(|name| name.starts_with("history-")).collect()
    };
    let damaged = rotated(&test).remove(0);
    test.put(&damaged, "damaged\n");
    repair(&test);
    assert!(!rotated(&test).contains(&damaged));
    let cut = TestStore::on(&test.image().survive(&Survival::nothing()));
    assert!(!rotated(&cut).contains(&damaged));
}

#[test]
fn a_copy_at_the_end_needs_no_history_and_none_is_named() {
    let test = used();
    test.open().backup().expect("a copy is kept");
    test.remove("state.yaml");
    let done = repair(&test);
    assert_eq!((names(&done), &done.lost), (vec!["backup"], &None));
    let kept = done.kept.expect("copies are kept first");
    let kept = kept.file_name().and_then(|name| name.to_str()).expect("it has a name").to_owned();
    let names: Vec<String> =
        test.list(".backup").into_iter().filter(|name| name.starts_with(&kept)).collect();
    assert_eq!(names, [""; 0], "there was neither a state nor a log, and the history is as it was");
    assert!(
        !test.list(".backup").iter().any(|name| name.starts_with("base-")),
        "the whole history leads here"
    );
    assert_eq!(test.open().snapshot().to_value(), json!({"at": 3}));
}

#[test]
fn a_state_that_was_put_back_is_no_source() {
    let test = used();
    let older = TestStore::new();
    write(&mut older.open(), "/at", 1);
    test.ends_unsound().put("state.yaml", older.bytes("state.yaml"));
    let planned = plan(&test);
    assert_eq!((names(&planned), planned.is_proven), (vec!["backup", "history"], true));
}

#[test]
fn a_history_that_contradicts_itself_proves_nothing() {
    let test = used();
    let state = test.bytes("state.yaml");
    test.ends_unsound().remove_copies();
    retold(&test);
    let (is_sound, detail) = finding(&test, "history replayed").expect("it is replayed");
    assert!(!is_sound && detail == "gives another state than the one that is there", "{detail}");
    test.remove("state.yaml");
    let planned = plan(&test);
    assert_eq!((names(&planned), planned.is_proven), (vec!["beginning", "history"], false));
    assert!(planned.lost.is_some_and(|lost| lost.contains("it is not certain what")));
    assert_eq!(test.refused().kind(), ErrorKind::Corrupt);
    test.put("state.yaml", state);
}

#[test]
fn what_was_never_published_is_proven_by_the_log_alone_unless_a_history_says_otherwise() {
    let test = TestStore::new();
    let mut store = test.open_deferred();
    write(&mut store, "/at", 1);
    write(&mut store, "/at", 2);
    drop(store);
    let log = test.bytes(".wal");
    let never = test.fork();
    never.remove("state.yaml");
    let planned = plan(&never);
    assert_eq!((names(&planned), planned.is_proven), (vec!["beginning", "log"], true));
    assert_eq!(never.open().recovery().verdict, Verdict::Restored);
    assert_eq!(never.open().snapshot().to_value(), json!({"at": 2}));

    // Published, and the log is back as it was: what the history holds has to verify.
    drop(test.open());
    test.remove_copies();
    test.put(".wal", log);
    let (is_sound, detail) = finding(&test, "log").expect("it is looked at");
    assert!(is_sound && detail.ends_with(", 0 transactions waiting"), "{detail}");
    let whole = test.fork();
    let copies = whole.list(".backup").len();
    assert_eq!(whole.open().recovery().verdict, Verdict::Retired);
    assert_eq!(whole.list(".backup").len(), copies, "nothing is applied, so nothing is copied");
    test.ends_unsound().remove("state.yaml");
    let line = test.text("history.jsonl").lines().next().map(|line| line.replacen("\"at\"", "\"to\"", 1));
    test.put("history.jsonl", format!("{}\n", line.expect("there is a line")));
    let before = test.files();
    assert_eq!(test.refused().kind(), ErrorKind::Corrupt);
    assert_eq!(test.files(), before);
}

#[test]
fn of_a_damaged_history_the_lines_behind_the_damage_stay() {
    for (text, kept) in [(None, 1), (Some("{\"x\":1"), 3)] {
        let test = used();
        test.open().backup().expect("a copy is kept");
        let history = test.text("history.jsonl");
        let lines: Vec<&str> = history.lines().collect();
        match text {
            // The second line is damaged: the first leads nowhere any more.
            None => test.put("history.jsonl", history.replacen("\"value\":2", "\"value\":8", 1)),
            // A line that verifies and says nothing.
            Some(text) => append(&test, "history.jsonl", sealed(text).as_bytes()),
        }
        let damaged = test.bytes("history.jsonl");
        assert!(!finding(&test, "history").expect("it is looked at").0);
        let done = repair(&test);
        assert_eq!(done.lost, None, "the copy is at the end");
        assert_eq!(test.text("history.jsonl"), format!("{}\n", lines[lines.len() - kept..].join("\n")));
        let copies = test.list(".backup");
        let is_kept = |name: &&String| name.starts_with("restore-") && name.ends_with(".history.jsonl");
        let copy = copies.iter().find(is_kept).expect("all of it is kept");
        assert_eq!(test.bytes(&format!(".backup/{copy}")), damaged);
        assert!(copies.iter().any(|name| name.starts_with("base-")), "what follows goes on from a copy");
    }
}

#[test]
fn an_unfinished_line_is_kept_before_a_recovery_cuts_it_off() {
    let test = used();
    write(&mut test.open_deferred(), "/at", 4);
    append(&test, "history.jsonl", b"{\"v\":1,\"torn");
    let torn = test.bytes("history.jsonl");
    assert_eq!(test.open().recovery().verdict, Verdict::Redone);
    let copies = test.list(".backup");
    let copy = copies.iter().find(|name| name.starts_with("history-")).expect("it is kept");
    assert_eq!(test.bytes(&format!(".backup/{copy}")), torn);
    assert_eq!(test.open().history().expect("it reads").len(), 4);
}

#[test]
fn a_history_without_a_byte_is_no_trace_of_a_store() {
    let test = TestStore::absent();
    test.world.fs.place_dir(&root()).expect("the disk takes it");
    test.put("history.jsonl", "");
    assert_eq!(test.open().recovery().verdict, Verdict::Created);
}

#[test]
fn a_history_that_begins_with_an_empty_document_proves_what_follows() {
    let origin = TestStore::new();
    let mut store = origin.open();
    write(&mut store, "/a", 1);
    let removed = store.transact(|draft| draft.delete(&checklist_store::Key::from_static("/a")).map(drop));
    removed.expect("it is saved");
    let clone = origin.cloned_by_git();
    write(&mut clone.open(), "/b", 2);
    clone.remove_copies();
    clone.remove("state.yaml");
    let planned = plan(&clone);
    assert_eq!((names(&planned), planned.is_proven), (vec!["beginning", "history"], true));
    assert_eq!(clone.open().snapshot().to_value(), json!({"b": 2}));
}

#[test]
fn damage_in_a_log_that_is_published_costs_nothing() {
    let test = TestStore::new();
    let mut store = test.open_deferred();
    for at in 1..=3 {
        write(&mut store, "/at", at);
    }
    let log = test.text(".wal");
    store.close().expect("it is published");
    test.put(".wal", log.replacen("\"value\":2", "\"value\":7", 1));
    test.remove("state.yaml");
    let planned = plan(&test);
    assert_eq!((planned.is_proven, planned.lost), (true, None));
    assert_eq!(test.open().snapshot().to_value(), json!({"at": 3}));
}

#[test]
fn a_copy_before_a_hole_leads_to_nothing_behind_it() {
    let test = TestStore::new();
    let mut store = test.open_deferred();
    for at in 1..=2 {
        write(&mut store, "/at", at);
    }
    store.publish().expect("it is published");
    store.backup().expect("a copy is kept");
    let lsns: Vec<Lsn> = (3..=5).map(|at| write(&mut store, "/at", at).lsn).collect();
    store.publish().expect("it is published");
    let text = test.text("history.jsonl");
    let lines: Vec<&str> = text.lines().collect();
    test.ends_unsound().put("history.jsonl", format!("{}\n{}\n{}\n", lines[0], lines[1], lines[3]));
    let planned = store.plan_restore(&checklist_store::Target::Lsn(lsns[1]));
    assert_eq!(planned.expect_err("what was done before it is gone").kind(), ErrorKind::Corrupt);
}
