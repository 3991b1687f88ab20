//! Copies of the state and the way back: taken, listed, restored as an operation, salvaged.

use crate::support::{Answer, Project};
use std::fs;

const STATE: &str = ".checklist/state.yaml";

/// The number of the newest record.
fn record(project: &Project) -> u64 {
    let state = String::from_utf8(project.read(STATE)).unwrap();
    let line = state.lines().find_map(|line| line.strip_prefix("lsn: ")).expect("a state has an LSN");
    line.parse().expect("it is a number")
}

#[test]
fn a_copy_is_taken_listed_and_gone_back_to() {
    let project = Project::begun();
    let before = project.run(&["backup", "--list"]).ok().says("published-").says("verified");
    assert!(!before.out.contains("asked-"), "{before:?}");
    let taken =
        project.run(&["backup"]).ok().says("verified").says("It is kept in .checklist/.backup/ as asked-");
    let name = taken.out.lines().last().unwrap().rsplit(' ').next().unwrap().to_owned();
    let before = project.status();
    project.run(&["done"]).ok();
    let list = project.run(&["backup", "--list"]).ok().says(&name).says("verified");
    assert!(list.out.lines().all(|line| line.chars().count() <= 80), "{list:?}");
    let value = project.run(&["backup", "--list", "--json"]).ok().json();
    let copy = value["backups"].as_array().unwrap().iter().find(|copy| copy["reason"] == "asked").unwrap();
    assert_eq!((copy["verified"].as_bool(), copy["restorable"].as_bool()), (Some(true), Some(true)));
    project.run(&["backup", "--list", "--plain"]).ok().says("\tasked\t");

    let saved = record(&project);
    let refused = project.run(&["restore", "--backup", &name]).code(10).says("going back waits for a person");
    refused.says("tests").says("done -> pending").says("--yes").says("Nothing was changed.");
    assert_eq!(record(&project), saved);
    let done = project.run(&["restore", "--backup", &name, "--yes"]).ok().says("Restored: back to record ");
    done.says(&format!("Take it back: checklist restore --to {saved}"));
    let after = project.status();
    assert_eq!(after["steps"], before["steps"]);
    assert!(after["rev"].as_u64() > before["rev"].as_u64().map(|rev| rev + 1), "numbers go on");
    project.run(&["history"]).ok().says("restore").says("to record");
    project.run(&["doctor"]).ok().says("Nothing needs repair.");
    project.run(&["undo"]).ok().says("restore");
    assert_eq!(project.step("tests"), "done");
    project.run(&["redo"]).ok();
    assert_eq!(project.step("tests"), "pending");
}

#[test]
fn a_record_and_a_time_are_gone_back_to_and_nonsense_is_refused() {
    let project = Project::begun();
    let first = record(&project);
    project.run(&["done"]).ok();
    let second = record(&project);
    let object = project.run(&["restore", "--to", &first.to_string(), "--yes", "--json"]).ok().json();
    assert_eq!((object["changed"].as_bool(), object["to"].as_u64()), (Some(true), Some(first)));
    assert_eq!((object["from"].as_u64(), object["record"].as_u64()), (Some(second), Some(record(&project))));
    assert_eq!(object["runs"][0]["steps"][0]["to"], "pending");
    project.run(&["restore", "--to", &second.to_string(), "--yes"]).ok();
    assert_eq!(project.step("tests"), "done");
    project.run(&["restore", "--to", &record(&project).to_string()]).ok().says("nothing to do");
    project.run(&["restore", "--to", "99999", "--yes"]).code(12).says("there is no record 99999 yet");
    project.run(&["restore", "--at", "1 day ago", "--yes"]).code(12).says("nothing was saved before");
    project.run(&["restore", "--at", "soon", "--yes"]).code(2).says("is not a time");
    project.run(&["restore", "--at", "10:00", "--to", "3"]).code(2);
    project.run(&["restore", "--backup", "none", "--yes"]).code(12).says("there is no copy `none`");
    project.run(&["restore"]).ok().says("there is no edit to undo").says("--at TIME");
    // The run itself may have been begun later.
    let gone = project.run(&["restore", "--to", "0"]).code(10).says("was begun later, and goes");
    gone.says("Back to the empty beginning");
    project.run(&["restore", "--to", "0", "--yes"]).ok();
    project.run(&["status"]).code(3);
    project.run(&["restore", "--to", &second.to_string(), "--yes"]).ok();
    assert_eq!(project.step("tests"), "done");
}

#[test]
fn what_restore_asks_fits_a_narrow_terminal() {
    let project = Project::begun();
    let first = record(&project);
    project.run(&["done"]).ok();
    let mut command = project.command(&["restore", "--to", &first.to_string()]);
    let answer = Answer::of(command.env("COLUMNS", "60").output().unwrap()).code(10);
    assert!(answer.err.lines().all(|line| line.chars().count() <= 62), "{answer:#?}");
    project.run(&["backup"]).ok();
    let mut command = project.command(&["backup", "--list"]);
    let answer = Answer::of(command.env("COLUMNS", "60").output().unwrap()).ok();
    assert!(answer.out.lines().all(|line| line.chars().count() <= 60), "{answer:#?}");
}

#[test]
fn a_copy_that_was_changed_is_said_and_put_aside() {
    let project = Project::begun();
    project.run(&["backup"]).ok();
    let folder = project.root.join(".checklist/.backup");
    let copies = fs::read_dir(&folder).unwrap().map(|entry| entry.unwrap().path());
    let copy = copies.into_iter().find(|path| path.to_string_lossy().contains("asked-")).unwrap();
    let text = fs::read_to_string(&copy).unwrap().replace("read-diff", "read-diss");
    fs::write(&copy, text).unwrap();
    project.run(&["backup", "--list"]).ok().says("CHANGED");
    project.run(&["doctor"]).code(13).says("bad   backups").says("changed since it was taken");
    project.run(&["recover", "--dry-run"]).ok().says("Put aside would be: the copy asked-");
    project.run(&["recover"]).ok().says("Put aside: the copy asked-");
    project.run(&["doctor"]).ok();
}

#[test]
fn a_damaged_store_is_salvaged_without_being_touched() {
    let project = Project::begun();
    let text = String::from_utf8(project.read(STATE)).unwrap();
    fs::write(project.root.join(STATE), text.replace("\nlsn: ", "\n<<<<<<< HEAD\nlsn: ")).unwrap();
    let damaged = project.read(STATE);
    let answer = project.run(&["recover", "--salvage", "saved"]).ok().says("Salvaged into saved");
    answer.says("sound, at record").says("Nothing was lost.").says("Next: read saved/report.md");
    assert_eq!(project.read(STATE), damaged);
    assert_eq!(project.read("saved/original/state.yaml"), damaged);
    project.run(&["recover", "--salvage", "saved"]).code(12).says("the folder is not empty");
    project.run(&["recover", "--salvage", ".checklist/x"]).code(12).says("into itself");
    project.run(&["recover", "--salvage", "a", "--dry-run"]).code(2);
    let object = project.run(&["recover", "--salvage", "again", "--json"]).ok().json();
    assert_eq!((object["lost"].is_null(), object["proven"].as_bool()), (true, Some(true)));
    // What was made can be used in place of what is damaged.
    fs::rename(project.root.join(".checklist"), project.root.join("damaged")).unwrap();
    fs::rename(project.root.join("saved/.checklist"), project.root.join(".checklist")).unwrap();
    project.run(&["doctor"]).ok();
    assert_eq!(project.step("read-diff"), "done");
    project.run(&["done"]).ok();
}

#[test]
fn restore_that_is_not_to_ask_undoes_an_edit_as_it_does_without_being_told() {
    let project = Project::with_run();
    project
        .run(&["restore", "--yes"])
        .ok()
        .says("there is no edit to undo")
        .says("checklist restore --at TIME");
    let path = project.root.join(".checklist/state.yaml");
    let saved = std::fs::read_to_string(&path).unwrap();
    std::fs::write(&path, saved.replace("1.2", "1.3")).unwrap();
    project.run(&["restore", "--yes"]).ok().says("Restored: state.yaml is as it was saved");
    let now = std::fs::read_to_string(&path).unwrap();
    assert!(now.contains("1.2") && !now.contains("1.3"), "{now}");
}
