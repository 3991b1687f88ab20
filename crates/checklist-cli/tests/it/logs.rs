//! `logs`: what commands printed, while they run and after, and by attempt.

use crate::support::{Answer, Project};
use rustix::process::{Pid, Signal, kill_process};
use std::io::{BufRead as _, BufReader};

/// A step of two commands: the first prints, waits until it is told to go on, and fails once.
const LIST: &str = "checklist: 1\nid: r\ntitle: R\nsteps:\n  - id: make\n    title: Make\n    type: auto\n    commands:\n      \
                    - { id: first, kind: bash, run: 'echo one; touch begun; until test -e go; do sleep 0.02; done; echo two; \
                    printf end; test -e again || { touch again; exit 3; }', retries: { max: 1 } }\n      \
                    - { id: second, kind: bash, run: 'printf \"\\033[31mthree\\033[0m\\n\"' }\n  - { id: end, title: End }\n";

#[test]
fn what_a_step_prints_is_shown_until_it_ends() {
    let project = Project::with(LIST);
    let mut run = project.start(&["run", "list.yaml"]);
    project.wait_for("begun");
    let mut followed = project.start(&["logs", "-f"]);
    let mut lines = BufReader::new(followed.stdout.take().unwrap()).lines();
    assert_eq!(lines.next().unwrap().unwrap(), "one", "it is shown while the command still runs");
    project.write("go", "");
    let rest: Vec<String> = lines.map(Result::unwrap).collect();
    assert_eq!(rest, ["two", "end", "one", "two", "end", "three"]);
    let ended = Answer::of(followed.wait_with_output().unwrap());
    assert_eq!(ended.code, 0, "{ended:?}");
    let said =
        ["make/first, attempt 1", "exit 3 after", "make/first, attempt 2", "exit 0 after", "make/second"];
    let at: Vec<Option<usize>> = said.iter().map(|text| ended.err.find(text)).collect();
    assert!(at.iter().all(Option::is_some) && at.is_sorted(), "{}", ended.err);
    assert_eq!(run.wait().unwrap().code(), Some(10));
}

#[test]
fn one_command_is_followed_alone_and_programs_are_answered_at_its_end() {
    let project = Project::with(LIST);
    project.write("again", "");
    let mut run = project.start(&["run", "list.yaml"]);
    project.wait_for("begun");
    let followed = project.start(&["logs", "make/first", "-f", "--json"]);
    project.write("go", "");
    let answer = Answer::of(followed.wait_with_output().unwrap()).ok().json();
    let log = &answer["logs"][0];
    assert_eq!((&log["command"], &log["attempt"]), (&"first".into(), &1.into()), "{answer}");
    assert_eq!(
        (&log["outcome"], &log["tail"]),
        (&"exit 0".into(), &serde_json::json!(["one", "two", "end"]))
    );
    assert_eq!(run.wait().unwrap().code(), Some(10));
    project.run(&["logs", "make/first", "-f"]).ok().says("one\ntwo\nend\n");
    project.run(&["logs", "-f"]).code(12).says("no step runs now");
}

#[test]
fn ctrl_c_ends_following_and_not_what_is_followed() {
    let project = Project::with(LIST);
    let mut run = project.start(&["run", "list.yaml"]);
    project.wait_for("begun");
    let mut followed = project.start(&["logs", "make", "-f"]);
    let mut lines = BufReader::new(followed.stdout.take().unwrap()).lines();
    assert_eq!(lines.next().unwrap().unwrap(), "one");
    kill_process(Pid::from_child(&followed), Signal::INT).unwrap();
    assert_eq!(followed.wait().unwrap().code(), Some(130));
    project.write("go", "");
    assert_eq!(run.wait().unwrap().code(), Some(10));
}

#[test]
fn each_attempt_keeps_what_it_printed() {
    let project = Project::with(
        "checklist: 1\nid: r\ntitle: R\nsteps:\n  - { id: make, title: Make, type: auto, commands: [{ id: sh, kind: bash, \
         run: 'echo try $CHECKLIST_ATTEMPT; test -e go' }] }\n  - { id: end, title: End }\n",
    );
    project.run(&["run", "list.yaml"]).code(14);
    project.write("go", "");
    project.run(&["run"]).code(10);
    for (attempt, printed) in [("1", "try 1\n"), ("2", "try 2\n")] {
        assert_eq!(project.run(&["logs", "make/sh", "--attempt", attempt]).ok().out, printed);
        assert_eq!(project.run(&["logs", "make", "--attempt", attempt]).ok().out, printed);
    }
    let told = project.run(&["logs", "make", "--attempt", "1", "--json"]).ok().json();
    assert_eq!((&told["logs"][0]["outcome"], &told["logs"][0]["attempt"]), (&"exit 1".into(), &1.into()));
    assert_eq!(project.run(&["logs", "make"]).ok().out, "try 2\n");
    project.run(&["logs", "make", "--attempt", "3"]).code(12).says("no attempt 3").says("sh 1, sh 2");
    project.run(&["undo"]).ok();
    assert_eq!(project.run(&["logs", "make/sh", "--attempt", "1"]).ok().out, "try 1\n");
}

#[test]
fn what_checks_and_outputs_printed_is_shown_where_no_command_was_run() {
    let project = Project::with(
        "checklist: 1\nid: c\ntitle: C\nsteps:\n  - { id: look, title: Look, type: check, validation: [{ kind: bash, run: \
         'echo looked; test -e there' }] }\n  - { id: file, title: File, validation: [{ kind: file_exists, path: there }] }\n  \
         - { id: name, title: Name, needs: [], outputs: { hash: 'echo aside >&2; echo 17' } }\n",
    );
    project.run(&["run", "list.yaml"]).code(11);
    assert_eq!(project.run(&["logs", "look"]).ok().says("look-check.log").out, "looked\n");
    assert_eq!(project.run(&["logs", "look/check"]).ok().out, "looked\n");
    let told = project.run(&["logs", "look", "--json"]).ok().json();
    assert_eq!(
        (&told["logs"][0]["command"], &told["logs"][0]["tail"][0]),
        (&"check".into(), &"looked".into())
    );
    project.run(&["done", "name"]).ok();
    assert_eq!(project.run(&["logs", "name"]).ok().out, "aside\n");
    let all = project.run(&["logs"]).ok().says("look/check        checks").says("name/output-hash  output");
    all.says("Next: checklist logs look/check");
    project
        .run(&["logs", "file"])
        .code(12)
        .says("file has no command, and no check of it has printed anything");
    project.run(&["logs", "look/sh"]).code(2).says("look has no command \"sh\"");
}

/// A step whose first attempt is killed with the program, in the middle of a line.
const CUT: &str = "checklist: 1\nid: r\ntitle: R\nsteps:\n  - { id: first, title: First }\n  - id: make\n    title: Make\n    \
                   type: auto\n    commands:\n      - { id: sh, kind: bash, run: 'echo one; printf half; test -e again || { \
                   kill -9 $PPID; kill -9 0; }; echo \" and the rest\"' }\n  - { id: end, title: End }\n";

#[test]
fn what_was_printed_up_to_a_kill_in_the_middle_of_a_line_is_kept_and_the_cut_is_said() {
    const SAID: &str = "the program died while make/sh ran, so its log may end in the middle of a line";
    let is_whole = |answer: &Answer| !answer.err.contains("program died while");
    let project = Project::with(CUT);
    project.run(&["run", "list.yaml"]).code(10);
    project.run(&["done", "first"]).ok().says("op 2, saved");
    project.run(&["run"]).code(-9);
    // The file ends where the command did, and it is shown so, before anything is said about it and after.
    let log = project.run(&["logs", "make/sh", "--json"]).ok().json()["logs"][0]["log"].clone();
    let log = log.as_str().unwrap().to_owned();
    let status = project.run(&["status"]).ok().says("[x] first").says("[?] make");
    status.says("unknown").says("no result was recorded");
    project.run(&["logs"]).ok().says("make/sh  unknown").says("no result was recorded");
    let shown = project.run(&["logs", "make"]).ok().says(SAID);
    assert_eq!((shown.out.as_str(), project.read(&log).as_slice()), ("one\nhalf\n", &b"one\nhalf"[..]));
    let told = project.run(&["logs", "make", "--json"]).ok().json();
    assert_eq!(told["logs"][0]["tail"], serde_json::json!(["one", "half"]));
    assert!(told["notices"][0].as_str().is_some_and(|notice| notice.contains(SAID)), "{told}");
    project.run(&["resume"]).code(10).says("it may or may not have worked");
    assert_eq!(project.read(&log), b"one\nhalf");
    project.write("again", "");
    project.run(&["resume", "--rerun", "make/sh"]).ok();
    // The attempt that ended has a log of its own, and that of the first is what it was.
    let whole = project.run(&["logs", "make"]).ok();
    assert!(whole.out == "one\nhalf and the rest\n" && is_whole(&whole), "{whole:#?}");
    let cut = project.run(&["logs", "make", "--attempt", "1"]).ok().says(SAID);
    assert_eq!((cut.out.as_str(), project.read(&log).as_slice()), ("one\nhalf\n", &b"one\nhalf"[..]));
    // What was acknowledged before is there, in its order.
    assert_eq!((project.step("first"), project.step("make")), ("done".to_owned(), "done".to_owned()));
    let history = project.run(&["history", "--json"]).ok().json();
    let operations = history["operations"].as_array().unwrap();
    assert!(operations.iter().any(|entry| entry["op"] == 2 && entry["verb"] == "done"), "{history}");
    project.run(&["doctor"]).ok();
}

#[test]
fn the_cut_is_said_also_when_somebody_said_what_became_of_the_command() {
    let project = Project::with(CUT);
    project.run(&["run", "list.yaml"]).code(10);
    project.run(&["done", "first"]).ok();
    project.run(&["run"]).code(-9);
    project.run(&["resume", "--done", "make/sh"]).ok();
    let shown = project.run(&["logs", "make"]).ok().says("died while make/sh ran");
    assert_eq!(shown.out, "one\nhalf\n");
}
