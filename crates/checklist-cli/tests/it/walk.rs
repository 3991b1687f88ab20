//! A walk that meets a danger or a step that fails: what is asked, what is left, what is done meanwhile.

use crate::support::{Answer, Project};
use serde_json::json;

/// A step that can do harm behind one that cannot, with a way back that can.
pub(crate) const DANGER: &str = "\
checklist: 1
id: deploy
title: Deploy
variables: { host: { default: web-1 } }
steps:
  - id: deploy
    title: Deploy
    type: auto
    commands:
      - { id: build, kind: bash, run: echo built >> log }
      - { id: push, kind: bash, run: echo pushed >> log, danger: \"Restarts ${host} for everybody.\" }
    rollback: [{ id: undo, kind: bash, run: echo undone >> log, danger: Restarts it again. }]
";

/// A step that fails until `fixed` is there, one that needs it, one that does not, and a person.
pub(crate) const FAILING: &str = "\
checklist: 1
id: t
title: T
steps:
  - { id: test, title: Test, type: auto, commands: [{ id: cargo, kind: bash, run: 'echo try >> tries; test -e fixed' }] }
  - { id: ship, title: Ship, type: auto, commands: [{ kind: bash, run: echo shipped }] }
  - { id: docs, title: Docs, type: auto, needs: [], commands: [{ kind: bash, run: echo docs > docs }] }
  - { id: tell, title: Tell, needs: [] }
  - { id: lint, title: Lint, type: check, needs: [], validation: [{ kind: file_exists, path: linted }] }
";

fn log(project: &Project) -> String {
    std::fs::read_to_string(project.root.join("log")).unwrap_or_default()
}

#[test]
fn without_a_yes_a_danger_is_not_run_and_nothing_before_it() {
    let project = Project::with(DANGER);
    // That anyone may confirm is another matter.
    for arguments in [&["run", "list.yaml"][..], &["run", "--yes"], &["run", "--keep-going", "--no-input"]] {
        let asked = project.run(arguments).code(10);
        asked.says("push can do harm").says("Restarts web-1 for everybody.");
    }
    project.run(&["run"]).code(10).says("with --allow-danger deploy/push").says("Nothing was changed.");
    let asked = project.run(&["run", "--json"]).code(10).json();
    assert_eq!(asked["detail"]["flags"], json!(["--allow-danger deploy/push"]));
    assert_eq!(asked["detail"]["commands"][0]["danger"], "Restarts web-1 for everybody.");
    assert_eq!((log(&project).as_str(), project.step("deploy").as_str()), ("", "pending"));
    project.run(&["run", "--allow-danger", "deploy/psuh"]).code(2).says("Did you mean: deploy/push");
    project.run(&["run", "--allow-danger", "deploy/build"]).code(2).says("deploy/push, deploy/rollback/undo");
    let done = project.run(&["run", "--allow-danger", "deploy/push"]).ok();
    done.says("danger: Restarts web-1 for everybody.").says("[x] deploy");
    assert_eq!(log(&project), "built\npushed\n");
}

#[test]
fn a_rollback_can_be_a_danger_too() {
    let project = Project::with(DANGER);
    project.run(&["run", "list.yaml", "--allow-danger", "deploy/push"]).ok();
    project
        .run(&["rollback", "deploy", "--allow-danger", "deploy/push"])
        .code(10)
        .says("rollback/undo can do harm");
    project.run(&["rollback", "deploy", "--json"]).code(10);
    assert_eq!(log(&project), "built\npushed\n");
    project.run(&["rollback", "deploy", "--allow-danger", "deploy/rollback/undo"]).ok();
    assert_eq!(log(&project), "built\npushed\nundone\n");
    // What was said yes to once is not for the next time.
    project.run(&["run"]).code(10);
}

#[test]
fn a_danger_that_was_cut_off_is_asked_about_again() {
    let list = "checklist: 1\nid: t\ntitle: T\nsteps:\n  - { id: a, title: A, type: auto, commands: [{ id: c, kind: bash, run: 'echo x >> log; test -e go || kill -9 $PPID', danger: It does harm., idempotent: true, \
                on_interrupt: rerun }] }\n";
    let project = Project::with(list);
    project.run(&["run", "list.yaml", "--allow-danger", "a/c"]).code(-9);
    project.write("go", "");
    project.run(&["resume"]).code(10).says("c can do harm");
    project.run(&["resume", "--allow-danger", "a/d"]).code(2);
    assert_eq!(log(&project), "x\n");
    project.run(&["resume", "--allow-danger", "a/c"]).code(0);
    project.run(&["run", "--allow-danger", "a/c"]).ok();
    assert_eq!((log(&project).as_str(), project.step("a").as_str()), ("x\nx\n", "done"));
}

#[test]
fn a_step_that_failed_says_what_else_can_be_done() {
    let project = Project::with(FAILING);
    let failed = project.run(&["run", "list.yaml"]).code(14);
    failed
        .says("To go on with what does not need it (docs, tell, lint): checklist run --keep-going")
        .says("To leave it out: checklist skip test --reason");
    for verb in [&["status"][..], &["explain", "ship"]] {
        let next = project.run(verb).ok();
        next.says("tries test again").says("checklist run --keep-going").says("goes on with docs and 2 more");
    }
    project.run(&["explain", "docs"]).ok().says("checklist run --step docs").says("does docs now");
    let explained = project.run(&["explain", "docs", "--json"]).json();
    assert_eq!(explained["next_commands"][0], "checklist run --step docs");
    project.run(&["run", "docs"]).code(2).says("checklist run --step docs");
    project.run(&["run", "--step", "docs"]).ok().says("[x] docs");
    project.run(&["run", "--step", "docs"]).ok().says("docs is done already");
    project.run(&["run", "--step", "ship"]).code(12).says("ship waits for test");
    project.run(&["run", "--step", "tell"]).code(10).says("tell waits for a person");
    project.run(&["run", "--step", "lint"]).code(11);
    // None of this tried the failed step again.
    assert_eq!(project.read("tries"), b"try\n");
}

#[test]
fn a_check_that_does_not_pass_shows_what_it_printed_this_time() {
    let list = "checklist: 1\nid: t\ntitle: T\nsteps:\n  - id: a\n    title: A\n    type: check\n    validation:\n      \
                - { kind: bash, run: 'echo try >> tries; for n in $(seq 30); do echo \"line $n of $(grep -c . tries)\"; done; false', message: Mend it. }\n  \
                - { id: b, title: B, type: check, needs: [], validation: [{ kind: bash, run: 'false' }] }\n";
    let project = Project::with(list);
    project.run(&["run", "list.yaml"]).code(11).says("Mend it.").says("| line 30 of 1").says("log: ");
    let again = project.run(&["done", "a"]).code(11).says("\n  | line 11 of 2\n").says("| line 30 of 2");
    assert!(!again.err.contains("line 10 of") && !again.err.contains("of 1\n"), "{again:?}");
    let told = project.run(&["done", "a", "--json"]).code(11).json();
    let tail = told["detail"][0]["tail"].as_array().expect("lines");
    assert_eq!((tail.len(), tail[19].as_str()), (20, Some("line 30 of 3")));
    let log = told["detail"][0]["log"].as_str().expect("a path");
    assert_eq!(std::fs::read_to_string(log).expect("it is there").lines().count(), 90);
    // One that printed nothing has nothing to show.
    let silent = project.run(&["done", "b"]).code(11);
    assert!(!silent.err.contains("log: ") && !silent.err.contains('|'), "{silent:?}");
}

#[test]
fn an_output_that_cannot_be_taken_is_said_to_be_saved_as_a_failure() {
    let list = "checklist: 1\nid: t\ntitle: T\nsteps:\n  - { id: a, title: A, type: auto, commands: [{ kind: bash, run: 'true' }], outputs: { x: exit 3 } }\n";
    let project = Project::with(list);
    let failed = project.run(&["run", "list.yaml"]).code(14).says("cannot be taken: exit 3");
    failed.says("What happened is saved.");
    assert_eq!(project.step("a"), "failed");
}

#[test]
fn a_walk_keeps_going_without_what_failed() {
    let project = Project::with(FAILING);
    let walked = project.run(&["run", "list.yaml", "--keep-going"]).code(14);
    walked
        .says("[x] docs")
        .says("Left: test/cargo failed: exit 1")
        .says("Left: tell waits for a person")
        .says("Left: lint did not pass its check");
    assert_eq!((project.step("ship"), project.step("test")), ("pending".into(), "failed".into()));
    let walked = project.run(&["run", "-k", "--json"]).code(14).json();
    assert_eq!((walked["ok"].as_bool(), walked["exit"].as_u64()), (Some(false), Some(14)));
    let left: Vec<_> = walked["left"].as_array().unwrap().iter().map(|left| &left["step"]).collect();
    assert_eq!(left, ["test", "tell", "lint"]);
    project.write("fixed", "");
    project.write("linted", "");
    project.run(&["run", "-k"]).code(10).says("[x] test").says("[x] ship").says("[x] lint");
    project.run(&["done"]).ok().says("All 5 steps are settled");
}

#[test]
fn the_trace_that_began_it_reaches_commands() {
    let project = Project::with(
        "checklist: 1\nid: t\ntitle: T\nsteps:\n  - { id: a, title: A, type: auto, commands: [{ id: c, kind: bash, run: \
         'echo \"$TRACEPARENT\" > seen' }] }\n",
    );
    let given = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01";
    let mut command = project.command(&["run", "list.yaml"]);
    Answer::of(command.env("TRACEPARENT", given).output().unwrap()).ok();
    assert_eq!(String::from_utf8(project.read("seen")).unwrap(), format!("{given}\n"));
}
