//! What is kept in a project does not come out where nobody asked for it: messages, findings, hints, the environment.

use crate::support::{Answer, Project};
use std::fs;

const STATE: &str = ".checklist/state.yaml";

/// A value that is in the state, and in the log and the history.
const VALUE: &str = "hunter2-planted";
/// What somebody typed as a reason.
const REASON: &str = "hunter3-planted";
/// What is in the environment of the program and of the commands it runs.
const AROUND: &str = "hunter4-planted";

const LIST: &str = "\
checklist: 1
id: ship
title: Ship it
variables:
  token: { type: string, required: true }
steps:
  - { id: notes, title: Write the notes }
  - { id: extra, title: Something extra }
  - { id: push, title: Push, type: auto, commands: [{ id: go, kind: bash, run: 'test \"$PLANTED\" != \"\"; exit 3' }] }
  - { id: look, title: Look, needs: [], validation: [{ kind: file_contains, path: notes.md, text: done }] }
  - { id: tell, title: Tell the others }
";

/// Verbs that nobody asked for a value, and that have a lot to say when something is wrong.
const VERBS: &[&[&str]] = &[
    &["done"],
    &["done", "--json"],
    &["run"],
    &["skip", "look"],
    &["adopt"],
    &["restore"],
    &["doctor"],
    &["doctor", "--json"],
    &["recover", "--dry-run"],
    &["recover", "--dry-run", "--json"],
    &["wal", "show"],
    &["wal", "show", "--json"],
    &["ls"],
];

fn run(project: &Project, arguments: &[&str]) -> Answer {
    let mut command = project.command(arguments);
    command.env("PLANTED", AROUND).env("RUST_BACKTRACE", "full").env("RUST_LOG", "trace");
    command.env("CHECKLIST_LOG", "trace").env("CHECKLIST_DEBUG", "1");
    Answer::of(command.output().expect("the program starts"))
}

fn begun() -> Project {
    let project = Project::with(LIST);
    let token = format!("token={VALUE}");
    run(&project, &["run", "list.yaml", "--var", &token]).code(10);
    run(&project, &["done", "notes", "--claim", REASON]).ok();
    run(&project, &["skip", "extra", "--reason", REASON]).ok();
    assert!(project.read(STATE).windows(VALUE.len()).any(|window| window == VALUE.as_bytes()));
    project
}

#[track_caller]
fn says_no_value(answer: &Answer) {
    // The line above a walk names the run by its variables: that is what they are for.
    let is_headline = |line: &&str| line.starts_with("ship  \"Ship it\"");
    for line in answer.out.lines().chain(answer.err.lines()).filter(|line| !is_headline(line)) {
        for planted in [VALUE, REASON, AROUND] {
            assert!(!line.contains(planted), "{planted}: {answer:#?}");
        }
    }
    assert!(!answer.err.contains("panicked"), "{answer:#?}");
}

/// What fails says so without a value, and so do the verbs that look at the damage.
fn nothing_comes_out(project: &Project) {
    for verb in VERBS {
        says_no_value(&run(project, verb));
    }
    // Asked to show the run, it may; what it says beside that it may not.
    for verb in ["status", "next", "history"] {
        let answer = run(project, &[verb]);
        says_no_value(&Answer { out: String::new(), ..answer });
    }
}

#[test]
fn no_message_about_a_sound_project_repeats_a_value() {
    let project = begun();
    let failed = run(&project, &["run"]).code(14);
    says_no_value(&failed);
    nothing_comes_out(&project);
    says_no_value(&run(&project, &["done", "look"]).code(11));
    says_no_value(&run(&project, &["done", "nothing-of-that-name"]).code(2));
    says_no_value(&run(&project, &["switch", "nothing-of-that-name"]));
    says_no_value(&run(&project, &["undo", "--if-rev", "99"]).code(15));
    says_no_value(&run(&project, &["done", "tell", "--json"]));
}

#[test]
fn no_message_about_a_damaged_or_edited_state_repeats_a_value() {
    let project = begun();
    project.ends_unsound();
    let state = String::from_utf8(project.read(STATE)).unwrap();
    let at = state.find(VALUE).unwrap();
    let harmed = [
        state[..at + 4].to_owned(),
        state.replace(VALUE, &format!("{VALUE}: [")),
        state.replace(VALUE, &format!("{VALUE}\"")),
        state.replace(VALUE, &format!("*{VALUE}")),
        state.replace(VALUE, &format!("{VALUE}-edited")),
        state.replace("status: ", &format!("status: {VALUE}-")),
        state.replace("rev: ", &format!("rev: {VALUE}-")),
        state.replace("lsn: ", &format!("lsn: {VALUE}-")),
        state.replace("schemaVersion: ", &format!("schemaVersion: {VALUE} # ")),
        state.replace(VALUE, &format!("\u{fffd}\t{VALUE}")),
        format!("<<<<<<< {VALUE}\n{state}=======\n{state}>>>>>>> {VALUE}\n"),
        VALUE.to_owned(),
    ];
    for harm in harmed {
        fs::write(project.root.join(STATE), &harm).unwrap();
        for verb in VERBS.iter().filter(|verb| !matches!(verb[0], "adopt" | "restore")) {
            says_no_value(&run(&project, verb));
        }
    }
    // Those that take an edit in or throw it away come last, each on the harm it is for.
    for (verb, edit) in [("adopt", 5), ("restore", 4), ("adopt", 4)] {
        let text = [(4, format!("{VALUE}-edited")), (5, format!("{VALUE}: ["))];
        let (_, text) = text.iter().find(|(number, _)| *number == edit).unwrap();
        fs::write(project.root.join(STATE), state.replace(VALUE, text)).unwrap();
        says_no_value(&run(&project, &[verb]));
    }
}

#[test]
fn no_message_about_a_damaged_log_or_history_repeats_a_value() {
    let project = begun();
    project.ends_unsound();
    let history = project.read(".checklist/history.jsonl");
    for at in (0..history.len()).step_by(97) {
        let mut flipped = history.clone();
        flipped[at] ^= 0x01;
        fs::write(project.root.join(".checklist/history.jsonl"), &flipped).unwrap();
        for verb in [&["doctor"][..], &["history", "--json"], &["undo"], &["recover", "--dry-run"]] {
            let answer = run(&project, verb);
            if answer.code != 0 {
                says_no_value(&answer);
            }
        }
    }
    fs::write(project.root.join(".checklist/history.jsonl"), &history).unwrap();
    fs::write(project.root.join(".checklist/.wal"), &history).unwrap();
    nothing_comes_out(&project);
}

#[test]
fn the_environment_is_nowhere() {
    let project = begun();
    run(&project, &["run"]).code(14);
    nothing_comes_out(&project);
    let mut folders = vec![project.home().to_owned()];
    let mut files = 0;
    while let Some(folder) = folders.pop() {
        for entry in fs::read_dir(folder).unwrap() {
            let entry = entry.unwrap();
            if entry.file_type().unwrap().is_dir() {
                folders.push(entry.path());
            } else {
                let bytes = fs::read(entry.path()).unwrap();
                let is_there = bytes.windows(AROUND.len()).any(|window| window == AROUND.as_bytes());
                assert!(!is_there, "{}", entry.path().display());
                files += 1;
            }
        }
    }
    assert!(files > 8, "{files}");
}
