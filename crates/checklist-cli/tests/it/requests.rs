//! Requests about whole runs, with a key and with the revision they expect: `archive` and `switch`.

use crate::support::Project;
use serde_json::Value;

/// Two runs, the first finished and called `first`; the second is the active one.
fn two() -> Project {
    let project = Project::new();
    project.write("l.md", "- [ ] one\n");
    project.write("m.md", "- [ ] other\n");
    project.run(&["run", "l.md", "--name", "first"]).code(10);
    project.run(&["run", "m.md", "--name", "second"]).code(10);
    project
}

fn names(project: &Project, arguments: &[&str]) -> Vec<String> {
    let listed = project.run(arguments).ok().json();
    let runs = listed["runs"].as_array().unwrap().iter();
    runs.map(|run| run["name"].as_str().unwrap().to_owned()).collect()
}

/// What a request is answered, and that it is answered so again and changes nothing then.
fn twice(project: &Project, arguments: &[&str]) -> Value {
    let with_json: Vec<&str> = arguments.iter().copied().chain(["--json"]).collect();
    let first = project.run(&with_json).ok().json();
    let stands = || (names(project, &["ls", "--json"]), project.read(".checklist/state.yaml"));
    let before = stands();
    let second = project.run(&with_json).ok().json();
    assert_eq!((&second["replayed"], &second["rev"]), (&true.into(), &first["rev"]), "{second}");
    assert_eq!((&second["run"], &second["schema"]), (&first["run"], &first["schema"]));
    assert_eq!(stands(), before, "{arguments:?}");
    project.run(arguments).ok().says("Answered before");
    first
}

#[test]
fn a_repeated_switch_is_answered_as_before_also_when_somebody_switched_back() {
    let project = two();
    let first = twice(&project, &["switch", "first", "--key", "k"]);
    assert_eq!(first["changed"], true);
    project.run(&["switch", "second"]).ok();
    project.run(&["switch", "first", "--key", "k"]).ok().says("Answered before");
    assert_eq!(project.status()["name"], "second", "a repetition changes nothing");
    // The key belongs to the run that was switched to.
    project.run(&["switch", "first", "--if-rev", "1", "--key", "k"]).code(15).says("another request");
    project.run(&["done", "other", "--key", "k"]).ok();
}

#[test]
fn a_repeated_archive_puts_no_second_run_aside() {
    let project = two();
    project.run(&["switch", "first"]).ok();
    project.run(&["done", "one"]).ok();
    let first = twice(&project, &["archive", "--key", "k"]);
    assert_eq!((&first["archived"], &first["rev"]), (&true.into(), &3.into()));
    // Another run is active by now, and finished: it is not what this request was about.
    project.run(&["switch", "second"]).ok();
    project.run(&["done", "other"]).ok();
    project.run(&["archive", "--key", "k"]).ok().says("Answered before, by op 3: archive");
    assert_eq!(names(&project, &["ls", "--json"]), ["second"]);
    project.run(&["archive", "first", "--key", "k"]).code(15).says("another request");
    let back = twice(&project, &["archive", "first", "--back", "--key", "b"]);
    assert_eq!((&back["archived"], &back["rev"]), (&false.into(), &4.into()));
    assert_eq!(project.run(&["doctor"]).code, 0);
}

#[test]
fn a_run_that_moved_on_is_neither_switched_to_nor_put_aside() {
    let project = two();
    project.run(&["done", "one", "--run", "first"]).ok();
    let lost = project.run(&["switch", "first", "--if-rev", "1", "--json"]).code(15).json();
    assert_eq!((&lost["code"], &lost["detail"]["rev"]), (&"conflict".into(), &2.into()));
    assert_eq!(project.status()["name"], "second");
    project.run(&["archive", "first", "--if-rev", "1"]).code(15).says("it is at rev 2");
    assert_eq!(names(&project, &["ls", "--archived", "--json"]), [""; 0]);
    project.run(&["archive", "first", "--if-rev", "2"]).ok().says("op 3, saved");
    project.run(&["archive", "first", "--back", "--if-rev", "2"]).code(15).says("it is at rev 3");
    project.run(&["archive", "first", "--back", "--if-rev", "3"]).ok().says("op 4, saved");
    project.run(&["switch", "second", "--if-rev", "1"]).ok();
}

#[test]
fn a_repeated_run_does_not_begin_again_what_was_finished_and_put_aside() {
    const BEGIN: [&str; 4] = ["run", "l.md", "--key", "k"];
    let project = Project::new();
    project.write("l.md", "- [ ] one\n");
    let again = || project.run(&[&BEGIN[..], &["--json"]].concat()).ok().json();
    let begun = project.run(&[&BEGIN[..], &["--json"]].concat()).code(10).json()["run"].clone();
    project.run(&["done", "one"]).ok();
    let finished = again();
    project.run(&BEGIN).ok().says("began run").says("it is finished");
    project.run(&["archive"]).ok();
    let state = project.read(".checklist/state.yaml");
    let aside = again();
    for member in ["run", "schema", "status", "ok", "exit", "progress"] {
        assert_eq!(aside[member], finished[member], "{member}: {aside}");
    }
    assert_eq!(aside["run"], begun);
    assert!(aside["notices"].to_string().contains("put aside"), "{aside}");
    project.run(&BEGIN).ok().says("was finished and put aside, and nothing is begun again");
    assert_eq!(project.read(".checklist/state.yaml"), state, "a repetition changes nothing");
    // Nor does it go on with another run of the list, which somebody began meanwhile.
    project.run(&["run", "l.md", "--key", "other"]).code(10).says("one");
    assert_eq!(again()["run"], begun);
    assert_ne!(project.status()["id"], begun);
    project.run(&["run", "l.md", "--new", "--key", "k"]).code(15).says("another request");
}

#[test]
fn a_repeated_run_goes_on_with_nothing_that_was_put_aside_before_its_end() {
    let project = Project::new();
    project.write("l.md", "- [ ] one\n");
    project.run(&["run", "l.md", "--key", "k"]).code(10);
    project.run(&["archive", "--unfinished"]).ok();
    let refused = project.run(&["run", "l.md", "--key", "k"]).code(12).says("was put aside");
    refused.says("Take it up again: checklist archive");
    assert_eq!(names(&project, &["ls", "--json"]), [""; 0]);
}
