//! Agents that work on one run: claims, keys, actors, and checks that are made again.

use crate::support::{Answer, Project};
use serde_json::Value;

const THREE: &str = "checklist: 1\nid: t\ntitle: T\nsteps:\n  - { id: a, title: A, needs: [] }\n  \
                     - { id: b, title: B, needs: [] }\n  - { id: c, title: C, needs: [] }\n";

#[test]
fn of_two_agents_that_claim_at_once_exactly_one_gets_the_step() {
    for round in 0..6 {
        let project = Project::with(THREE);
        project.run(&["run", "list.yaml"]).code(10);
        let children: Vec<_> = (0..4)
            .map(|agent| {
                let actor = format!("agent:{agent}");
                project.command(&["claim", "a", "--json", "--actor", &actor]).spawn().unwrap()
            })
            .collect();
        let answers: Vec<Answer> =
            children.into_iter().map(|child| Answer::of(child.wait_with_output().unwrap())).collect();
        let mut codes: Vec<i32> = answers.iter().map(|answer| answer.code).collect();
        codes.sort_unstable();
        assert_eq!(codes, [0, 15, 15, 15], "round {round}: {answers:#?}");
        let winner = answers.iter().find(|answer| answer.code == 0).unwrap().json();
        let by = winner["claim"]["by"].as_str().unwrap();
        for lost in answers.iter().filter(|answer| answer.code == 15) {
            assert_eq!(lost.json()["detail"]["by"], by, "a lost claim says who has it");
        }
    }
}

#[test]
fn each_agent_that_asks_for_work_gets_another_step() {
    let project = Project::with(THREE);
    project.run(&["run", "list.yaml"]).code(10);
    let children: Vec<_> = (0..3)
        .map(|agent| {
            let actor = format!("agent:{agent}");
            project.command(&["claim", "--json", "--actor", &actor]).spawn().unwrap()
        })
        .collect();
    let mut steps: Vec<String> = children
        .into_iter()
        .map(|child| {
            Answer::of(child.wait_with_output().unwrap()).ok().json()["step"]["id"]
                .as_str()
                .unwrap()
                .to_owned()
        })
        .collect();
    steps.sort();
    assert_eq!(steps, ["a", "b", "c"]);
    project.run(&["claim"]).code(12).says("nobody has").says("checklist status");
    project.run(&["status"]).ok().says("claimed by agent:");
    project
        .run(&["done", "a"])
        .code(15)
        .says("a is claimed by agent:")
        .says("checklist claim a --release --of agent:");
}

#[test]
fn a_claim_is_renewed_released_and_runs_out() {
    let project = Project::with(THREE);
    project.run(&["run", "list.yaml"]).code(10);
    project.run(&["claim", "a", "--for", "1s", "--actor", "agent:x"]).ok().says("a is yours until");
    project.run(&["claim", "a", "--actor", "agent:x"]).ok();
    project.run(&["claim", "a", "--for", "soon"]).code(2).says("90s, 30m, 2h, 1d");
    std::thread::sleep(std::time::Duration::from_millis(1100));
    project.run(&["status"]).ok().says("claim of agent:x ran out");
    let taken = project.run(&["claim", "a", "--json"]).ok().json();
    assert_eq!(taken["taken_over_from"], "agent:x");
    project.run(&["claim", "a"]).ok().says("yours already").says("Nothing changed");
    project.run(&["claim", "a", "--release"]).ok().says("a is free again");
    project.run(&["claim", "a", "--release"]).code(12).says("claimed by nobody");
}

#[test]
fn a_repeated_key_answers_as_before_on_every_verb_that_changes_something() {
    let project = Project::with(THREE);
    project.run(&["run", "list.yaml", "--key", "begin"]).code(10);
    project.run(&["run", "list.yaml", "--new", "--key", "second"]).code(10);
    project.run(&["run", "list.yaml", "--new", "--key", "second"]).code(10).says("began run");
    assert_eq!(project.run(&["ls", "--json"]).ok().json()["runs"].as_array().unwrap().len(), 2);
    for arguments in [
        &["done", "a", "--claim", "seen", "--key", "k1"][..],
        &["undo", "--key", "k2"],
        &["redo", "--key", "k3"],
        &["back", "a", "--key", "k4"],
        &["skip", "b", "--reason", "x", "--key", "k5"],
        &["claim", "c", "--key", "k6"],
        &["claim", "c", "--release", "--key", "k7"],
        &["rename", "n", "--key", "k8"],
        &["pause", "--key", "k9"],
        &["resume", "--key", "k10"],
        &["reset", "--key", "k11"],
    ] {
        let with_json: Vec<&str> = arguments.iter().copied().chain(["--json"]).collect();
        let first = project.run(&with_json).ok().json();
        let after = project.status();
        let second = project.run(&with_json).ok().json();
        assert_eq!(project.status(), after, "{arguments:?}");
        assert_eq!(
            (second["replayed"].as_bool(), second["schema"].as_str()),
            (Some(true), first["schema"].as_str()),
            "{second}"
        );
        assert_eq!(second["rev"], first["rev"], "{arguments:?}");
        for member in ["changed", "status", "evidence"] {
            if arguments[0] == "done" {
                assert_eq!(second[member], first[member], "{arguments:?}");
            }
        }
    }
    let reused = project.run(&["done", "b", "--key", "k1", "--json"]).code(15).json();
    assert_eq!(reused["code"], "conflict");
    project.run(&["done", "b", "--key", "two words"]).code(2).says("printable ASCII");
}

#[test]
fn an_agent_is_recorded_as_one() {
    let project = Project::with(THREE);
    project.run(&["run", "list.yaml"]).code(10);
    let by = |environment: &[(&str, &str)], arguments: &[&str]| -> Value {
        let mut command = project.command(arguments);
        command.envs(environment.iter().copied());
        Answer::of(command.output().unwrap()).ok();
        project.run(&["history", "-n", "1", "--json"]).ok().json()["operations"][0]["who"].clone()
    };
    assert_eq!(by(&[("CHECKLIST_AGENT", "1")], &["done", "a"]), "agent:ana");
    assert_eq!(
        by(&[("CHECKLIST_AGENT", "1"), ("CHECKLIST_ACTOR", "agent:claude")], &["done", "b"]),
        "agent:claude"
    );
    assert_eq!(by(&[("CHECKLIST_ACTOR", "bo")], &["back", "b"]), "bo");
    assert_eq!(by(&[], &["done", "b", "--actor", "eve"]), "eve");
}

#[test]
fn verify_finds_what_does_not_hold_any_more() {
    let project = Project::with_run();
    project.write("NOTES.md", "## 1.2\n");
    project.run(&["done", "notes"]).ok().says("verified");
    let fine = project.run(&["verify"]).ok();
    fine.says("2 hold, 0 do not hold any more").says("Nothing was changed.");
    project.write("NOTES.md", "## 1.1\n");
    let rev = project.status()["rev"].clone();
    project.run(&["verify"]).code(11).says("drift").says("NOTES.md has \"## 1.1\"").says("verify --record");
    let found = project.run(&["verify", "notes", "--json"]).code(11).json();
    assert_eq!((found["drifted"][0].as_str(), found["exit"].as_i64()), (Some("notes"), Some(11)));
    assert_eq!(project.status()["rev"], rev, "looking changes nothing");
    project.run(&["verify", "--record"]).code(11).says("Recorded as op");
    assert_eq!(project.step("notes"), "failed");
    project.run(&["verify", "notes"]).code(12).says("notes is failed");
    project.run(&["undo"]).ok();
    assert_eq!(project.step("notes"), "done");
}

#[test]
fn undo_of_one_and_of_everything_since() {
    let list = "checklist: 1\nid: u\ntitle: U\nsteps:\n  - { id: a, title: A }\n  - { id: make, title: Make, type: auto, \
                commands: [{ id: it, kind: bash, run: \"echo x >> made\" }] }\n  - { id: z, title: Z }\n";
    let project = Project::with(list);
    project.run(&["run", "list.yaml"]).code(10);
    project.run(&["done", "a"]).ok();
    project.run(&["run"]).code(10);
    project.run(&["done", "z"]).ok();
    project.run(&["undo", "2"]).code(12).says("is needed by make");
    project.run(&["undo", "99"]).code(12).says("no such operation");
    let asks = project.run(&["undo", "--to", "2"]).code(10).says("make/it   echo x >> made");
    asks.says("checklist undo --to 2 --yes");
    let done = project.run(&["undo", "--to", "2", "--yes"]).ok().says("Took back 4 operations (3-6)");
    done.says("NOT reversed").says("the run stands as it did at op 2");
    assert_eq!((project.step("make"), project.step("a")), ("pending".to_owned(), "done".to_owned()));
    assert_eq!(project.read("made"), b"x\n");
    project.run(&["redo"]).ok().says("Redid 4 operations (3-6)");
    assert_eq!(project.status()["status"], "completed");
    project.run(&["undo", "6"]).ok().says("Undid 4 operations (3-6)");
    assert_eq!(project.step("z"), "pending");
    // Who says yes beforehand is not refused where nothing is asked.
    project.run(&["redo"]).ok();
    project.run(&["undo", "--yes"]).ok().says("Undid 4 operations (3-6)");
    assert_eq!(project.step("z"), "pending");
}

#[test]
fn who_looks_at_a_step_of_another_is_told_to_take_another() {
    let project = Project::with(THREE);
    project.run(&["run", "list.yaml"]).code(10);
    project.run(&["claim", "a", "--actor", "bo"]).ok();
    let status = project.run(&["status"]).ok().says("claimed by bo until");
    status.says("Next: checklist claim   (another step: a is claimed by bo)");
    project.run(&["status", "--actor", "bo"]).ok().says("Next: checklist done");
    project.run(&["done", "c"]).ok().says("take another: checklist claim");
    let steps = project.status()["steps"].clone();
    assert_eq!((&steps[0]["claim"]["by"], &steps[0]["claim"]["own"]), (&"bo".into(), &false.into()));
    project.run(&["claim"]).ok().says("b is yours");
}

#[test]
fn a_walk_that_keeps_going_leaves_the_step_of_another() {
    let project = Project::with(
        "checklist: 1\nid: w\ntitle: W\nsteps:\n  \
         - { id: x, title: X, type: auto, needs: [], commands: [{ kind: bash, run: 'touch x' }] }\n  \
         - { id: y, title: Y, type: auto, needs: [], commands: [{ kind: bash, run: 'touch y' }] }\n  \
         - { id: z, title: Z, needs: [x, y] }\n",
    );
    project.write("first.md", "- [ ] one\n");
    project.run(&["run", "list.yaml", "--step", "nothing"]).code(2);
    project.run(&["run", "first.md"]).code(10);
    project.run(&["done"]).ok();
    project.run(&["run", "list.yaml", "--yes", "--keep-going"]).code(10).says("[x] y");
    project.run(&["back", "x"]).ok();
    project.run(&["back", "y"]).ok();
    project.run(&["claim", "x", "--actor", "bo"]).ok();
    project.run(&["run"]).code(15).says("x is claimed by bo");
    project.run(&["run", "--keep-going"]).code(15).says("[x] y").says("Left: x is claimed by bo");
    assert_eq!((project.step("x"), project.step("y")), ("pending".to_owned(), "done".to_owned()));
}

#[test]
fn a_claim_of_another_is_told_in_the_time_of_the_place() {
    let project = Project::with(THREE);
    project.run(&["run", "list.yaml"]).code(10);
    let claimed = project.run(&["claim", "a", "--for", "90s", "--json"]).ok().json();
    let until = claimed["claim"]["until"].as_str().unwrap().to_owned();
    let mut command = project.command(&["claim", "a", "--actor", "ben"]);
    // Nine hours before the UTC of files, all year.
    let lost = Answer::of(command.env("TZ", "XYZ9").output().unwrap()).code(15);
    let (hour, rest): (u32, &str) = (until[11..13].parse().unwrap(), &until[13..19]);
    let here = format!("{:02}{rest}", (hour + 24 - 9) % 24);
    assert!(lost.err.contains(&here) && !lost.err.contains(&until), "{here}, {until}: {}", lost.err);
    let told = project.run(&["claim", "a", "--actor", "ben", "--json"]).code(15).json();
    assert_eq!(told["detail"]["until"], until, "programs get UTC");
}
