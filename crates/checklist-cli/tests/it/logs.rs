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
