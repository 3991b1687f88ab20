//! Damage, hand edits and read-only folders: what is said, and that the bytes on disk stay.

use crate::support::{Answer, BINARY, Project};
use std::fs;

const STATE: &str = ".checklist/state.yaml";
const HISTORY: &str = ".checklist/history.jsonl";
const LOG: &str = ".checklist/.wal";

#[test]
fn a_damaged_state_is_not_touched_and_can_be_rebuilt() {
    let project = Project::begun();
    // What somebody may have written is never replaced unasked.
    let text = String::from_utf8(project.read(STATE)).unwrap();
    fs::write(project.root.join(STATE), text.replace("\nlsn: ", "\n<<<<<<< HEAD\nlsn: ")).unwrap();
    let damaged = project.read(STATE);
    for verb in ["done", "run"] {
        let answer = project.run(&[verb]).code(13).says("state.yaml").says("checklist recover --dry-run");
        assert_eq!(answer.out, "");
    }
    for verb in ["status", "show", "next", "history"] {
        project.run(&[verb]).code(13).says("state.yaml").says("checklist recover --dry-run");
    }
    let answer = project.run(&["status"]).says("Shown is what copies, history and log prove.");
    assert!(answer.out.contains("[x] read-diff"), "{answer:?}");
    project.run(&["done"]).code(13).says("Nothing was changed.");
    assert_eq!(project.run(&["status", "--json"]).code(13).json()["code"], "damaged");
    project.run(&["doctor"]).code(13).says("bad   state.yaml").says("fix: checklist recover --dry-run");
    project.run(&["recover", "--dry-run"]).ok().says("Nothing would be lost.").says("Nothing was changed.");
    assert_eq!(project.read(STATE), damaged, "nobody touched it");
    project.run(&["recover"]).ok().says("Rebuilt state.yaml").says("Nothing was lost.").says("kept");
    project.run(&["status"]).ok().says("[x] read-diff");
    project.run(&["doctor"]).ok().says("Nothing needs repair.");
    project.run(&["recover"]).ok().says("Nothing is damaged.");
}

#[test]
fn a_state_that_is_gone_is_put_back_and_that_is_said() {
    let zeros = vec![0; 900];
    let no_text: Vec<u8> = (0..900_u32).map(|at| (at * 167 + 131).to_le_bytes()[0]).collect();
    for harm in [None, Some(&zeros), Some(&no_text)] {
        let project = Project::begun();
        let path = project.root.join(STATE);
        let said = match harm {
            None => fs::remove_file(&path).map(|()| "state.yaml was gone; it was put back"),
            Some(bytes) => {
                fs::write(&path, bytes).map(|()| "state.yaml held nothing that can be read; it was put back")
            }
        };
        let told = project.run(&["status"]).ok().says("[x] read-diff").says(said.unwrap());
        assert_eq!(told.err.contains("What was there is kept in .checklist/.backup/."), harm.is_some());
        let copies = fs::read_dir(project.root.join(".checklist/.backup")).unwrap();
        let mut copies = copies.map(|copy| fs::read(copy.unwrap().path()).unwrap());
        assert!(harm.is_none_or(|harm| copies.any(|copy| copy == *harm)), "what was there is kept");
        assert_eq!(project.run(&["status"]).ok().err, "", "it is said once");
        project.run(&["doctor"]).ok().says("Nothing needs repair.");
        project.run(&["done"]).ok();
    }
}

#[test]
fn a_hand_edit_is_seen_and_taken_in_or_undone() {
    let edited = |project: &Project| {
        let text = String::from_utf8(project.read(STATE)).unwrap();
        let edit = text.replace("\"by\": \"ana\"", "\"by\": \"eve\"");
        assert_ne!(text, edit);
        fs::write(project.root.join(STATE), &edit).unwrap();
        edit
    };
    let project = Project::begun();
    let edit = edited(&project);
    let status = project.run(&["status"]).ok().says("edited by hand").says("checklist adopt");
    assert!(status.out.contains("[x] read-diff"), "{status:?}");
    let value = project.run(&["status", "--json"]).ok().json();
    assert_eq!(value["steps"][0]["by"], "eve", "it reads as edited");
    assert!(value["notices"][0].as_str().unwrap().contains("edited by hand"));
    project
        .run(&["done"])
        .code(12)
        .says("edited by hand")
        .says("checklist restore")
        .says("Nothing was changed.");
    project.run(&["recover"]).code(12).says("it is not damaged");
    project.run(&["doctor"]).code(13).says("fix: checklist adopt, or checklist restore");
    assert_eq!(project.read(STATE), edit.as_bytes());
    project.run(&["adopt"]).ok().says("Adopted");
    assert_eq!(project.run(&["status"]).ok().err, "");
    project.run(&["done"]).ok();
    project.run(&["adopt"]).ok().says("Nothing changed.");

    let project = Project::begun();
    let before = project.read(STATE);
    edited(&project);
    project.run(&["restore"]).ok().says("Restored").says("The edited file is kept");
    assert_eq!(project.status()["steps"][0]["by"], "ana");
    assert_eq!(
        String::from_utf8(project.read(STATE))
            .unwrap()
            .lines()
            .filter(|line| line.contains("\"ana\""))
            .count(),
        String::from_utf8(before).unwrap().lines().filter(|line| line.contains("\"ana\"")).count()
    );
    project.run(&["restore"]).ok().says("Nothing changed.");
}

#[test]
fn a_damaged_history_is_named() {
    let project = Project::begun();
    project.ends_unsound();
    let mut bytes = project.read(HISTORY);
    let middle = bytes.len() / 3;
    bytes[middle] ^= 0x04;
    fs::write(project.root.join(HISTORY), &bytes).unwrap();
    project.run(&["history"]).code(13).says("history");
    project.run(&["doctor"]).code(13).says("bad   history");
    project.run(&["status"]).ok().says("[x] read-diff");
    assert_eq!(project.read(HISTORY), bytes);
}

#[test]
fn a_log_that_nobody_could_have_left_is_refused() {
    let project = Project::begun();
    let state = project.read(STATE);
    let line = br#"{"v":1,"gen":"0123456789abcdef","lsn":900,"op":"base","stateLsn":899,"state":"crc32c:00000000","durable":899,"prev":"0","crc":"00000000"}"#;
    fs::write(project.root.join(LOG), [line.as_slice(), b"\n"].concat()).unwrap();
    // A log without one valid record is a torn beginning: put aside, and said.
    let status = project.run(&["status"]).ok().says("Recovered: ");
    assert!(status.out.contains("[x] read-diff"));
    let kept = fs::read_dir(project.root.join(".checklist/.backup")).unwrap().count();
    assert!(kept > 0, "its bytes are kept");
    assert_eq!(project.run(&["status"]).ok().err, "", "it is said once");
    project.run(&["wal", "show"]).ok().says("state.yaml is current");
    let wal = project.run(&["wal", "show", "--json"]).ok().json();
    assert_eq!(
        (wal["schema"].as_str(), wal["records"].as_array().map(Vec::len)),
        (Some("checklist.wal/1"), Some(0))
    );
    assert!(!state.is_empty());
}

/// Runs a script with mounts of its own, as far as this user may have them; `None` where not.
pub(crate) fn with_own_mounts(project: &Project, script: &str) -> Option<Answer> {
    let run = |script: &str| {
        let mut unshare = std::process::Command::new("unshare");
        unshare.args(["--mount", "bash", "-c", script]).current_dir(project.home());
        for (name, value) in project.command(&[]).get_envs() {
            unshare.env(name, value.unwrap_or_default());
        }
        unshare.env("ROOT", &project.root).env("BIN", BINARY).stdin(std::process::Stdio::null()).output()
    };
    let probe = run("mount -t tmpfs none \"$ROOT\"");
    if !probe.is_ok_and(|output| output.status.success()) {
        say!("SKIPPED: this user may not mount, so the file system this test needs cannot be had");
        return None;
    }
    Some(Answer::of(run(script).expect("what started a moment ago starts again")))
}

#[test]
fn what_is_saved_in_the_log_alone_is_said_shown_and_replayed() {
    let project = Project::begun();
    // Staging on another disk cannot be renamed over the state: the change is saved, and not yet published.
    let script = "mount -t tmpfs none \"$ROOT/.checklist/.tmp\" && cd \"$ROOT\" && \"$BIN\" done";
    let Some(answer) = with_own_mounts(&project, script) else { return };
    answer.ok().says("op 3, saved").says("Note: the change is saved in the log; state.yaml follows");
    let log = project.read(LOG);

    let shown =
        project.run(&["wal", "show"]).ok().says("1 transaction   checksums ok").says("done  tests  claimed");
    shown.says("The next command will replay ");
    let mut aloud = project.command(&["wal", "show"]);
    let aloud = Answer::of(aloud.env("CHECKLIST_SCREEN_READER", "1").output().unwrap()).ok();
    aloud.says("1 transaction, checksums ok\nrecord ").says(" changes, done, tests, claimed");
    let records = project.run(&["wal", "show", "--json"]).ok().json();
    assert_eq!(records["records"][0]["note"]["verb"], "done");
    assert!(records["records"][0]["operations"].as_array().is_some_and(|keys| !keys.is_empty()));
    project.run(&["recover", "--dry-run"]).ok().says("Nothing is damaged.");
    assert_eq!(project.read(LOG), log, "looking changes nothing");

    let status = project.run(&["status"]).ok();
    assert!(status.err.starts_with("Recovered: the last command was cut off. "), "{status:?}");
    let status = status.says("nothing lost.").says("[x] tests");
    assert_eq!(status.err.lines().count(), 1);
    assert_eq!(project.run(&["status"]).ok().err, "", "it is said once");
    project.run(&["wal", "show"]).ok().says("0 records waiting");
}

#[test]
fn an_edit_over_committed_work_is_not_adopted_and_the_way_on_is_told() {
    let project = Project::begun();
    let script = "mount -t tmpfs none \"$ROOT/.checklist/.tmp\" && cd \"$ROOT\" && \"$BIN\" done";
    let Some(answer) = with_own_mounts(&project, script) else { return };
    answer.ok().says("the change is saved in the log");
    let text = String::from_utf8(project.read(STATE)).unwrap();
    project.write(STATE, &text.replace("\"ana\"", "\"eve\""));
    let edit = project.read(STATE);
    let refused = project.run(&["adopt"]).code(12).says("the log holds committed changes");
    let refused = refused.says("Put back what was saved: checklist restore");
    assert!(!refused.err.contains("checklist adopt"), "that is what was refused: {refused:?}");
    assert_eq!(project.read(STATE), edit);
    project.run(&["restore"]).ok().says("The edited file is kept");
    assert_eq!(project.step("tests"), "done", "what was committed is there");
    let folder = fs::read_dir(project.root.join(".checklist/.backup")).unwrap();
    let mut kept = folder.map(|entry| fs::read(entry.unwrap().path()).unwrap_or_default());
    assert!(kept.any(|bytes| bytes == edit), "and so is the edit");
}

#[test]
fn a_read_only_file_system_is_read_and_not_written() {
    let project = Project::begun();
    let before = project.read(STATE);
    let script =
        "mount --bind \"$ROOT\" \"$ROOT\" && mount -o remount,ro,bind \"$ROOT\" && cd \"$ROOT\" || exit 1
        \"$BIN\" status; echo \"status: $?\"
        \"$BIN\" done; echo \"done: $?\"
        \"$BIN\" run --json; echo \"run: $?\"
        \"$BIN\" doctor; echo \"doctor: $?\"";
    let Some(answer) = with_own_mounts(&project, script) else { return };
    let answer = answer.says("[x] read-diff").says("status: 0");
    let answer =
        answer.says("`done` was NOT saved.").says("State on disk is intact at op 2.").says("done: 74");
    let answer = answer.says("\"state\":\"waiting_for_someone\"").says("run: 10");
    answer.says("read-only").says("doctor: 0");
    assert_eq!(project.read(STATE), before);
}

#[test]
fn a_full_disk_says_that_nothing_was_saved_and_that_is_so() {
    let project = Project::new();
    let script = "mount -t tmpfs -o size=512k none \"$ROOT\" && cd \"$ROOT\" || exit 1
        \"$BIN\" init >/dev/null && \"$BIN\" run >/dev/null 2>&1; \"$BIN\" done >/dev/null
        dd if=/dev/zero of=filler bs=4k 2>/dev/null
        sha256sum .checklist/state.yaml .checklist/.wal .checklist/history.jsonl > $HOME/before
        \"$BIN\" done; echo \"full: $?\"
        \"$BIN\" done --json
        sha256sum -c --quiet $HOME/before && echo untouched
        \"$BIN\" status --plain; echo \"status: $?\"
        rm filler
        \"$BIN\" done; echo \"room: $?\"
        \"$BIN\" doctor; echo \"doctor: $?\"";
    let Some(answer) = with_own_mounts(&project, script) else { return };
    let answer = answer.says("error: no space left on device. `done` was NOT saved.");
    let answer = answer.says("State on disk is intact at op 2.").says("Free some space").says("full: 74");
    let answer = answer.says("\"code\":\"io_error\"").says("\"saved\":\"not_saved\"").says("untouched");
    let answer = answer.says("[x]\tread-diff").says("[>]\ttests").says("status: 0");
    answer.says("[x] tests").says("op 3, saved").says("room: 0").says("doctor: 0");
}

#[test]
fn what_a_newer_program_wrote_is_no_damage_that_could_be_repaired() {
    let project = Project::begun();
    project.ends_unsound();
    let text = String::from_utf8(project.read(STATE)).unwrap();
    let newer = text.replace("schemaVersion: \"1.0.0\"", "schemaVersion: \"9.0.0\"");
    assert_ne!(text, newer);
    project.write(STATE, &newer);
    for arguments in [
        &["status"][..],
        &["done"],
        &["recover"],
        &["recover", "--dry-run"],
        &["restore", "--to", "0", "--yes"],
    ] {
        let refused = project.run(arguments).code(65);
        refused.says("a newer version of the program wrote this state").says("Use the program that wrote it");
    }
    project.run(&["doctor"]).code(13).says("schema 9.0.0 is newer than this program");
    assert_eq!(project.read(STATE), newer.as_bytes(), "nobody touched it");
}
