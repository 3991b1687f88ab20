//! `stats`: what the history says of commands, and what a store takes on this disk.

use crate::support::Project;
use serde_json::Value;

/// A step that fails once and succeeds then.
fn tried_twice() -> Project {
    let project = Project::with(
        "checklist: 1\nid: r\ntitle: R\nsteps:\n  - { id: make, title: Make, type: auto, commands: [{ id: sh, kind: bash, \
         run: \"test -e go || { touch go; exit 3; }\" }] }\n  - { id: end, title: End }\n",
    );
    project.run(&["run", "list.yaml"]).code(14);
    project.run(&["run"]).code(10);
    project
}

fn names(folder: &std::path::Path) -> Vec<std::ffi::OsString> {
    let mut names: Vec<_> =
        std::fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().file_name()).collect();
    names.sort();
    names
}

#[test]
fn commands_are_counted_by_the_history_and_a_store_is_measured() {
    let project = tried_twice();
    let folder = project.root.join(".checklist");
    let before =
        (names(&folder), project.read(".checklist/state.yaml"), project.read(".checklist/history.jsonl"));
    let told = project.run(&["stats", "--commits", "4", "--json"]).ok().json();
    let command = &told["commands"][0];
    assert_eq!((&command["step"], &command["command"]), (&"make".into(), &"sh".into()));
    for (name, count) in [("attempts", 2), ("succeeded", 1), ("failed", 1), ("interrupted", 0)] {
        assert_eq!(command[name], count, "{name}: {told}");
    }
    assert_eq!(command["took"]["count"], 2);
    assert_eq!(told["operations"], told["history"]["transactions"]);
    assert_eq!(told["opening"]["verdict"], "clean");
    let latencies = told["measured"]["latencies"].as_array().unwrap();
    let of = |name: &str| -> &Value {
        &latencies.iter().find(|one| one["name"] == name).unwrap_or_else(|| panic!("{name}: {told}"))["latency"]
    };
    for name in ["commit", "log", "sync", "publish", "retire"] {
        assert_eq!(of(name)["count"], 4, "{name}");
        assert!(of(name)["p50_ns"].as_u64() <= of(name)["max_ns"].as_u64(), "{name}: {told}");
    }
    assert!(of("lock_wait")["count"].as_u64() >= Some(4), "each commit takes the lock");
    assert_eq!((&of("recovery")["count"], &of("opening")["count"]), (&5.into(), &5.into()));
    assert!(
        of("opening")["min_ns"].as_u64() > Some(0) && told["opening"]["elapsed_ns"].as_u64() > Some(0),
        "{told}"
    );
    assert!(of("sync")["max_ns"].as_u64() <= of("log")["max_ns"].as_u64(), "a sync is a part of the log");
    let after =
        (names(&folder), project.read(".checklist/state.yaml"), project.read(".checklist/history.jsonl"));
    assert_eq!(before, after, "nothing is left, and the project is as it was");
}

#[test]
fn without_a_run_and_without_measuring_it_says_so() {
    let project = Project::new();
    project.run(&["init"]).ok();
    let told = project.run(&["stats", "--commits", "0", "--json"]).ok().json();
    assert_eq!((&told["run"], &told["operations"]), (&Value::Null, &Value::Null));
    assert_eq!((told["commands"].as_array().unwrap().len(), &told["measured"]), (0, &Value::Null));
    project.run(&["stats", "--commits", "0"]).ok().says("No command was run yet").says("--commits 0");
}

#[test]
fn a_place_that_cannot_be_written_is_not_measured_and_that_is_no_failure() {
    use std::os::unix::fs::PermissionsExt as _;
    if rustix::process::geteuid().is_root() {
        eprintln!("SKIPPED: root writes everywhere");
        return;
    }
    let project = tried_twice();
    let folder = project.root.join(".checklist");
    let permissions =
        |mode| std::fs::set_permissions(&folder, std::fs::Permissions::from_mode(mode)).unwrap();
    permissions(0o500);
    let told = project.run(&["stats", "--json"]).ok().json();
    permissions(0o700);
    assert!(told["not_measured"].as_str().unwrap().contains("cannot be created"), "{told}");
    assert_eq!(told["commands"][0]["attempts"], 2);
}
