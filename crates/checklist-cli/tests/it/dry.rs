//! A dry run: what it shows, and that nothing anywhere is another afterwards.

use crate::support::{Answer, LIST, Project};
use serde_json::json;
use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};
use std::time::SystemTime;

/// Every file and folder of a home, with its bytes and when it was modified.
fn everything(folder: &Path) -> BTreeMap<PathBuf, (Vec<u8>, SystemTime)> {
    let mut found = BTreeMap::new();
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        let modified = fs::symlink_metadata(&path).unwrap().modified().unwrap();
        if path.is_dir() {
            found.extend(everything(&path));
            found.insert(path, (Vec::new(), modified));
        } else {
            found.insert(path.clone(), (fs::read(&path).unwrap(), modified));
        }
    }
    found
}

/// Runs it, and looks whether anything changed by that, in the project or beside it.
#[track_caller]
fn dry(project: &Project, arguments: &[&str]) -> Answer {
    let before = everything(project.home());
    let arguments: Vec<&str> = ["run", "--dry-run"].into_iter().chain(arguments.iter().copied()).collect();
    let answer = project.run(&arguments);
    let after = everything(project.home());
    let differs: Vec<&PathBuf> =
        before.keys().chain(after.keys()).filter(|path| before.get(*path) != after.get(*path)).collect();
    assert!(differs.is_empty(), "{arguments:?} changed {differs:?}");
    answer
}

/// A list with everything in it that a dry run has to tell.
const FULL: &str = "\
checklist: 1
id: ship
title: Ship ${version}
variables:
  version: { required: true }
  target: { default: staging, enum: [staging, prod] }
  token: { secret: true, from_env: TOKEN }
steps:
  - id: build
    title: Build ${version}
    type: auto
    commands:
      - { id: make, kind: bash, run: 'touch ran; echo \"${version}\" ''${version}'' $token' }
      - { id: sign, kind: bash, run: sign, condition: vars.target == \"prod\" }
    validation: [{ kind: file_exists, path: \"out-${version}\" }, { kind: bash, run: 'test \"$version\" = 1.4' }]
  - { id: warn, title: Warn them, condition: vars.target == \"prod\" }
  - { id: notes, title: Notes, commands: [{ kind: agent, prompt: Write }] }
  - id: push
    title: Push
    type: auto
    commands: [{ id: push, kind: bash, run: \"touch ran; git push\", danger: It is public then. }]
  - { id: approve, title: Approve, type: confirm, killer: true, confirm: { by: human } }
  - { id: tell, title: Tell, type: confirm }
";

fn full() -> Project {
    let project = Project::with(FULL);
    project.write("out-1.4", "");
    project
}

#[test]
fn it_shows_what_would_run_and_where_it_would_stop() {
    let project = full();
    let object = dry(&project, &["list.yaml", "--var", "version=1.4", "--json"]).ok().json();
    assert_eq!(object["schema"], "checklist.run-dry/1");
    assert_eq!(
        (&object["new"], &object["run"], &object["changed"]),
        (&true.into(), &().into(), &false.into())
    );
    assert_eq!((&object["stops_at"], &object["approved"]), (&"notes".into(), &true.into()));
    let planned = object["planned"].as_array().unwrap();
    let whats: Vec<(&str, &str, bool)> = planned
        .iter()
        .map(|step| {
            (step["step"].as_str().unwrap(), step["what"].as_str().unwrap(), step["stops"].as_bool().unwrap())
        })
        .collect();
    assert_eq!(
        whats,
        [
            ("build", "runs", false),
            ("notes", "waits_for_agent", true),
            ("push", "runs", false),
            ("approve", "waits_for_human", true),
            ("tell", "waits_for_someone", true),
        ]
    );
    let make = &planned[0]["commands"][0];
    assert_eq!(make["filled"], "touch ran; echo \"1.4\" '${version}' ***");
    assert_eq!(
        planned[0]["commands"][1]["left_out"],
        "vars.target == \"prod\" is false (vars.target = \"staging\")"
    );
    assert_eq!(planned[0]["checks"], json!(["file_exists out-1.4", "bash test \"1.4\" = 1.4"]));
    let push = &planned[2]["commands"][0];
    assert_eq!((&push["danger"], &push["allowed"]), (&"It is public then.".into(), &false.into()));
    assert_eq!(object["hidden"][0]["step"], "warn");
    assert_eq!(object["hidden"][0]["why"], "vars.target == \"prod\" is false (vars.target = \"staging\")");
    assert!(!project.root.join("ran").exists() && !project.root.join(".checklist").exists());

    let shown = dry(&project, &["list.yaml", "--var", "version=1.4"]).ok();
    let shown =
        shown.says("Dry run of a new run of ship, \"Ship 1.4\".").says("     $ touch ran; echo \"1.4\"");
    let shown = shown.says("It would stop here.").says("danger: It is public then. (asked about first)");
    shown.says("sign is left out: vars.target").says("1 step would run, then it stops at notes.");
    let flags = ["list.yaml", "--var", "version=1.4", "--yes", "--allow-danger", "push/push", "--plain"];
    dry(&project, &flags).ok().says("confirmed\ttell").says("hidden\twarn");
    let again = ["list.yaml", "--var", "version=1 4's", "--new", "--keep-going", "--json"];
    let again = dry(&project, &again).ok().json()["next_commands"][0].clone();
    assert_eq!(again, r"checklist run list.yaml --var 'version=1 4'\''s' --new --keep-going");
    // What a run refuses, a dry run refuses.
    dry(&project, &["list.yaml"]).code(2).says("needs values to begin").says("version");
    dry(&project, &["list.yaml", "--var", "version=1", "--allow-danger", "push/x"]).code(2);
    dry(&project, &["lst"]).code(2);
}

#[test]
fn an_open_run_is_gone_on_with_and_stays_where_it_is() {
    let project = Project::with(&FULL.replace(" $token", ""));
    project.write("out-1.4", "");
    project.run(&["run", "list.yaml", "--var", "version=1.4"]).code(10);
    let rev = project.status()["rev"].clone();
    let object = dry(&project, &["--json"]).ok().json();
    assert_eq!(
        (&object["new"], &object["rev"], &object["planned"][0]["step"]),
        (&false.into(), &rev, &"notes".into())
    );
    let alone = dry(&project, &["--step", "notes", "--json"]).ok().json();
    assert_eq!(alone["planned"].as_array().unwrap().len(), 1);
    dry(&project, &["--step", "approve"]).ok().says("Nothing would be done.");
    project.run(&["pause"]).ok();
    dry(&project, &[]).ok().says("The run is paused");
    assert_eq!(project.status()["status"], "paused");
    // Another run would begin, and the open one is still the active one.
    let other = dry(&project, &["--new", "--var", "version=2", "--json"]).ok().json();
    assert_eq!(other["new"], true);
    assert_eq!(project.run(&["ls", "--json"]).ok().json()["runs"].as_array().unwrap().len(), 1);
}

#[test]
fn what_is_not_approved_is_shown_and_told() {
    let project = Project::new();
    project.write("list.yaml", LIST);
    let object = dry(&project, &["list.yaml", "--var", "version=1.2", "--json"]).ok().json();
    assert_eq!(object["approved"], false);
    dry(&project, &["list.yaml", "--var", "version=1.2"]).ok().says("checklist trust list.yaml\n");
    project.run(&["run", "list.yaml", "--var", "version=1.2"]).code(77);
}

#[test]
fn a_repair_that_is_due_is_told_and_not_made() {
    // A process that died while a command ran.
    let killed = "checklist: 1\nid: t\ntitle: T\nsteps:\n  - { id: fall, title: Fall, type: auto, commands: [{ id: kill, kind: bash, run: 'kill -9 \"$PPID\"' }] }\n";
    let project = Project::with(killed);
    project.run(&["run", "list.yaml"]).code(-9);
    let seen = dry(&project, &[]).ok().says("Seen: the process that ran fall died.");
    let seen = seen.says("fall   Fall").says("was cut off").says("It would stop at once, at fall.");
    assert!(!seen.err.contains("Recovered"), "{seen:?}");
    let object = dry(&project, &["--json"]).ok().json();
    assert!(
        object["notices"]
            .as_array()
            .unwrap()
            .iter()
            .any(|notice| notice.as_str().unwrap().starts_with("Seen: "))
    );
    assert_eq!(object["planned"][0]["what"], "interrupted");
    project.run(&["status"]).ok().says("Interrupted: the process that ran fall died.");

    // A state that is gone, with everything it takes to put it back.
    let project = Project::begun();
    fs::remove_file(project.root.join(".checklist/state.yaml")).unwrap();
    dry(&project, &[]).ok().says("Seen: state.yaml is gone, and can be put back from copies and history.");
    assert!(!project.root.join(".checklist/state.yaml").exists());
    project.run(&["status"]).ok().says("Recovered: state.yaml was gone");

    // One that is damaged is refused as everywhere.
    project.write(".checklist/state.yaml", "instances: [");
    dry(&project, &[]).code(13).says("checklist recover --dry-run");
    project.ends_unsound();
}

#[test]
fn another_process_that_runs_a_step_is_seen_and_not_disturbed() {
    let long = "checklist: 1\nid: t\ntitle: T\nsteps:\n  - { id: long, title: Long, type: auto, commands: [{ kind: bash, run: 'touch begun; while [ ! -e go ]; do sleep 0.05; done' }] }\n  - { id: end, title: End }\n";
    let project = Project::with(long);
    let mut child = project.start(&["run", "list.yaml", "--no-input"]);
    project.wait_for("begun");
    let object = dry(&project, &["--json"]).ok().json();
    assert_eq!((&object["planned"][0]["what"], &object["stops_at"]), (&"running".into(), &"long".into()));
    project.write("go", "");
    assert_eq!(child.wait().unwrap().code(), Some(10));
    assert_eq!(project.step("long"), "done");
}
