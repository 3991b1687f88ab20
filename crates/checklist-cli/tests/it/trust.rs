//! Commands of a list run only after this exact content was approved on this machine.

use crate::support::{LIST, Project};

#[test]
fn nothing_runs_before_it_is_approved_and_a_change_takes_the_approval_back() {
    let project = Project::new();
    project.write("list.yaml", LIST);
    let refused = project.run(&["run", "list.yaml", "--var", "version=1", "--yes"]).code(77);
    refused.says("not approved on this machine").says("checklist trust list.yaml --sha256 ");
    assert!(!project.root.join(".checklist").exists(), "nothing was begun");
    let shown = project.run(&["trust", "list.yaml"]).code(77).says("echo built > built");
    let hash = shown.err.split("--sha256 ").nth(1).unwrap().trim().to_owned();
    project.run(&["trust", "list.yaml", "--sha256", &hash[..6]]).code(2).says("at least 12 digits");
    project
        .run(&["trust", "list.yaml", "--sha256", "0123456789abcdef"])
        .code(77)
        .says("now: checklist trust list.yaml\n");
    project.run(&["trust", "list.yaml", "--sha256", &hash]).ok().says("Next: checklist run list.yaml");
    project.run(&["trust", "list.yaml"]).ok().says("approved already");
    project.run(&["run", "list.yaml", "--var", "version=1"]).code(10).says("[x] clean");

    project.write("list.yaml", &LIST.replace("echo built", "echo other"));
    project.run(&["run", "list.yaml", "--var", "version=1", "--new"]).code(77);
    // The open run goes by its own copy, which was approved.
    project.run(&["run", "list.yaml"]).code(10).says("was changed since this run began");
    project.run(&["doctor"]).ok().says("changed since this run began");
}

#[test]
fn the_checks_of_a_step_are_commands_too() {
    let list = "checklist: 1\nid: c\ntitle: C\nsteps:\n  - { id: a, title: A, validation: \
                [{ kind: bash, run: \"touch ran\" }] }\n";
    let project = Project::with(list);
    project.run(&["run", "list.yaml"]).code(10);
    std::fs::remove_dir_all(project.home().join("state")).unwrap();
    project.run(&["done"]).code(77).says("checklist trust --sha256");
    assert!(!project.root.join("ran").exists());
    project.run(&["done", "--claim", "seen"]).ok();
    assert!(!project.root.join("ran").exists());
}

#[test]
fn what_this_program_wrote_is_approved_in_its_project_alone() {
    let (project, other) = (Project::new(), Project::new());
    project.run(&["init", "hello"]).ok();
    std::fs::create_dir_all(other.root.join(".checklist/templates")).unwrap();
    other.write(
        ".checklist/templates/hello.yaml",
        &String::from_utf8(project.read(".checklist/templates/hello.yaml")).unwrap(),
    );
    project.run(&["run", "hello"]).code(10);
    other.run(&["run", "hello"]).code(77);
}
