//! Many runs: names, runs put aside, and all projects of a user.

use crate::support::{Answer, Project};
use std::process::Stdio;
use std::time::Duration;

const TWO: &str = "- [ ] one\n- [ ] two\n";

fn finished() -> (Project, String) {
    let project = Project::new();
    project.write("l.md", TWO);
    project.run(&["run", "l.md"]).code(10);
    project.run(&["done", "one"]).ok();
    project.run(&["skip", "two", "--reason", "no need"]).ok();
    let id = project.status()["run"].as_str().unwrap().to_owned();
    (project, id)
}

#[test]
fn a_finished_run_is_put_aside_when_another_begins_and_is_still_shown() {
    let (project, id) = finished();
    project
        .run(&["run", "l.md", "--new", "--name", "the second"])
        .code(10)
        .says("1 finished run was put aside");
    let file = String::from_utf8(project.read(&format!(".checklist/archive/{id}.yaml"))).unwrap();
    assert!(file.contains("\"no need\"") && file.contains("status: \"completed\""), "{file}");
    assert!(!String::from_utf8(project.read(".checklist/state.yaml")).unwrap().contains(&id));
    project.run(&["ls"]).ok().says("\"the second\"").says("1 run was put aside: checklist ls --archived");
    let archived = project.run(&["ls", "--archived", "--json"]).ok().json();
    assert_eq!(
        (archived["runs"][0]["id"].as_str(), archived["runs"][0]["archived"].as_bool()),
        (Some(&*id), Some(true))
    );
    project.run(&["status", "--run", &id[..10]]).ok().says("Put aside").says("skipped: no need");
    project.run(&["history", "--run", &id]).ok().says("archive");
    project.run(&["export", &id, "--md"]).ok().says("- [x] ~~two~~ (skipped: no need)");
    project.run(&["back", "two", "--run", &id]).code(12).says("--back");
    project.run(&["switch", &id]).code(12).says("was put aside");
    project.run(&["archive", &id]).ok().says("put aside already");

    project.run(&["archive", &id, "--back"]).ok().says("is taken up again");
    project.run(&["archive", &id, "--back"]).ok().says("is not put aside");
    project.run(&["ls", "--archived"]).ok().says("No run was put aside.");
    project.run(&["back", "two"]).ok();
    project.run(&["archive"]).code(12).says("the run is active").says("checklist archive --unfinished");
    project.run(&["archive", "--unfinished"]).ok();
    project.run(&["status"]).code(3);
    // What is tracked and what is not is said in .gitignore.
    assert!(String::from_utf8(project.read(".checklist/.gitignore")).unwrap().contains("!archive/**"));
}

/// Wherever it is killed, the run is in the state or put aside, never neither and never half.
#[test]
fn a_run_that_is_put_aside_survives_every_kill() {
    let (project, id) = finished();
    let (mut in_state, mut aside) = (0, 0);
    for round in 0..60_u64 {
        let mut child =
            project.command(&["archive", &id]).stdout(Stdio::null()).stderr(Stdio::null()).spawn().unwrap();
        std::thread::sleep(Duration::from_micros(round * 450));
        let _ = child.kill();
        child.wait().unwrap();
        let all = project.run(&["ls", "--json"]).ok().json();
        let archived = project.run(&["ls", "--archived", "--json"]).ok().json();
        let has = |value: &serde_json::Value| {
            value["runs"].as_array().unwrap().iter().filter(|run| run["id"] == *id).count()
        };
        let places = (has(&all), has(&archived));
        assert!(matches!(places, (1, 0) | (0, 1)), "round {round}: {places:?}");
        let shown = project.run(&["status", "--run", &id, "--json"]).ok().json();
        assert_eq!(
            (shown["status"].as_str(), shown["progress"]["done"].as_u64()),
            (Some("completed"), Some(1)),
            "round {round}"
        );
        if places.1 == 1 {
            aside += 1;
            project.run(&["archive", &id, "--back"]).ok();
        } else {
            in_state += 1;
        }
    }
    project.run(&["archive", &id]).ok();
    project.run(&["doctor"]).ok();
    // Both ends were met, or the kills say nothing.
    assert!(in_state > 0 && aside + in_state == 60, "{in_state} in the state, {aside} put aside");
}

#[test]
fn a_run_is_called_by_its_name_on_every_verb() {
    let project = Project::new();
    project.write("l.md", TWO);
    project.run(&["run", "l.md"]).code(10);
    project.run(&["rename", "spring"]).ok().says("is called \"spring\" now").says("op 2, saved");
    project.run(&["run", "l.md", "--new"]).code(10);
    project.run(&["done", "one", "--run", "SPRING"]).ok();
    project.run(&["status", "--run", "spring"]).ok().says("l (spring)").says("1 of 2 done");
    project.run(&["rename", "spring"]).code(2).says("another run has it");
    project.run(&["switch", "spring"]).ok().says("Switched to l (spring)");
    project.run(&["rename", ""]).ok().says("has no name any more");
    project.run(&["pause", "--run", "nobody"]).code(2).says("checklist ls");
}

#[test]
fn all_projects_of_a_user_are_listed_and_those_that_are_gone_are_forgotten() {
    let project = Project::new();
    project.run(&["ls", "--all"]).ok().says("No project is known");
    project.write("l.md", TWO);
    project.run(&["run", "l.md"]).code(10);
    project.run(&["done", "one"]).ok();
    for name in ["other", "broken", "gone"] {
        let root = project.home().join(name);
        std::fs::create_dir(&root).unwrap();
        let dir = root.to_str().unwrap();
        std::fs::write(root.join("l.md"), TWO).unwrap();
        project.run(&["-C", dir, "run", "l.md"]).code(10);
        project.run(&["-C", dir, "pause"]).ok();
    }
    std::fs::write(project.home().join("broken/.checklist/state.yaml"), "instances: [").unwrap();
    std::fs::write(project.home().join("broken/.checklist/.wal"), "x").unwrap();
    for name in [".backup", "history.jsonl"] {
        let path = project.home().join("broken/.checklist").join(name);
        let _ = std::fs::remove_dir_all(&path).or_else(|_| std::fs::remove_file(&path));
    }
    std::fs::remove_dir_all(project.home().join("gone")).unwrap();
    let told: Answer = project.run(&["ls", "--all"]).ok();
    let told =
        told.says("~/code").says("l  1 of 2 done, you left off just now").says("next: two").says("~/other");
    told.says("paused just now").says("~/gone").says("is forgotten").says("~/broken").says("cannot be shown");
    let all = project.run(&["ls", "--all", "--json"]).ok().json();
    let standings: Vec<&str> = all["projects"]
        .as_array()
        .unwrap()
        .iter()
        .map(|project| project["standing"].as_str().unwrap())
        .collect();
    assert_eq!(standings.len(), 3, "what is gone is told once: {all}");
    assert!(standings.contains(&"run") && standings.contains(&"unreadable"), "{standings:?}");
    let narrow = project.command(&["ls", "--all"]).env("COLUMNS", "60").output().unwrap();
    assert!(String::from_utf8(narrow.stdout).unwrap().lines().all(|line| line.chars().count() <= 60));
    // Nothing is noted by looking, and init says that nothing outside was changed.
    let fresh = Project::new();
    fresh.run(&["init"]).ok().says("Nothing outside .checklist/ was changed.");
    fresh.run(&["status"]).code(3);
    assert!(!fresh.home().join("state").exists());
}

#[test]
fn a_project_is_noted_also_where_the_folder_for_that_is_not_there_yet() {
    let project = Project::new();
    project.write("l.md", TWO);
    let deep = project.home().join("no/such/folder/yet");
    let run = |arguments: &[&str]| {
        Answer::of(project.command(arguments).env("XDG_STATE_HOME", &deep).output().unwrap())
    };
    run(&["run", "l.md"]).code(10);
    run(&["ls", "--all"]).ok().says("~/code");
}

#[test]
fn a_killer_step_that_does_not_apply_was_confirmed_by_nobody() {
    let project = Project::with(
        "checklist: 1\nid: k\ntitle: K\nvariables: { target: { default: staging } }\nsteps:\n  - { id: a, title: A }\n  \
         - { id: ship, title: Ship, type: confirm, killer: true, confirm: { by: human }, condition: 'vars.target == \"prod\"' }\n",
    );
    project.run(&["run", "list.yaml"]).code(10);
    project.run(&["done", "a"]).ok().says("Killer steps: ship (does not apply).");
    project.run(&["export", "--md"]).ok().says("- Killer steps: `ship` (does not apply");
    project.run(&["archive"]).ok();
    project.run(&["status"]).code(3).says("What was put aside: checklist ls --archived");
}

#[test]
fn a_run_is_found_by_what_people_call_it_and_by_its_list() {
    let project = Project::new();
    for list in ["a.md", "b.md"] {
        project.write(list, TWO);
    }
    project.run(&["run", "a.md", "--name", "Spring release"]).code(10);
    project.run(&["run", "b.md"]).code(10);
    project.run(&["switch", "spring"]).ok().says("a (Spring release)");
    project.run(&["switch", "b"]).ok().says("Switched to b");
    project.run(&["run", "b.md", "--new", "--name", "Spring cleaning"]).code(10);
    project.run(&["switch", "b"]).code(2).says("2 runs are called \"b\" or begin so");
    project.run(&["switch", "spring"]).code(2).says("2 runs are called");
    project.run(&["switch", "spring r"]).ok();
    project.run(&["switch", ""]).code(2);
    project.run(&["archive", "--unfinished"]).ok();
    project.run(&["status"]).code(3).says("No run is active.").says("checklist switch RUN");
    project.run(&["status", "--run", "spring rel"]).ok().says("Put aside");
}
