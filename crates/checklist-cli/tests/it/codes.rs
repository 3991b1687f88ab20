//! Every published exit code that this release can produce, in both forms of answer.

use crate::support::{LIST, Project};

/// The same failure as JSON carries the same code, its name, and a way on.
fn both(project: &Project, arguments: &[&str], code: i32, name: &str) {
    project.run(arguments).code(code);
    let with_json: Vec<&str> = arguments.iter().copied().chain(["--json"]).collect();
    let value = project.run(&with_json).code(code).json();
    assert_eq!(value["schema"], "checklist.error/1", "{value}");
    assert_eq!(
        (value["code"].as_str(), value["exit"].as_i64()),
        (Some(name), Some(i64::from(code))),
        "{value}"
    );
    assert_eq!(value["ok"], false);
    assert!(value["message"].as_str().is_some_and(|message| !message.is_empty()));
}

#[test]
fn usage_and_no_checklist() {
    let project = Project::new();
    both(&project, &["stauts"], 2, "usage");
    project.run(&["stauts"]).code(2).says("no command \"stauts\". Did you mean: checklist status");
    both(&project, &["done", "--if-rev", "x"], 2, "usage");
    both(&project, &["status"], 3, "no_checklist");
    project
        .run(&["status"])
        .code(3)
        .says("No checklist here (looked in ~/code).")
        .says("checklist init hello");
    project.run(&["init"]).ok();
    both(&project, &["status"], 3, "no_checklist");
    both(&project, &["done"], 3, "no_checklist");
    both(&project, &["run", "strat"], 2, "usage");
    project.run(&["run", "strat"]).code(2).says("Did you mean: start");
    project.run(&["run", "missing.md"]).code(2).says("there is no file missing.md");
}

#[test]
fn paths_outside_the_project_are_refused() {
    let project = Project::new();
    std::fs::write(project.home().join("list.md"), "- [ ] a\n").unwrap();
    std::os::unix::fs::symlink(project.home().join("list.md"), project.root.join("link.md")).unwrap();
    project.run(&["init"]).ok();
    for given in ["../list.md", project.home().join("list.md").to_str().unwrap(), "link.md"] {
        both(&project, &["run", given], 2, "usage");
        both(&project, &["import", given], 2, "usage");
        both(&project, &["init", "--from", given], 2, "usage");
    }
    project.run(&["run", "../list.md"]).code(2).says("outside the project");
    project.run(&["run", "link.md"]).code(2).says("symbolic link");
}

#[test]
fn waiting_refused_failed_and_conflict() {
    let project = Project::with(LIST);
    both(&project, &["run", "list.yaml"], 2, "usage");
    project.run(&["run", "list.yaml"]).code(2).says("--var version=...");
    project.run(&["run", "list.yaml", "--var", "vresion=1"]).code(2).says("Did you mean: version");
    let waits = project.run(&["run", "list.yaml", "--var", "version=1.2", "--json"]).code(10).json();
    assert_eq!((waits["exit"].as_i64(), waits["state"].as_str()), (Some(10), Some("waiting_for_agent")));
    both(&project, &["done"], 11, "validation_failed");
    both(&project, &["done", "tell"], 12, "refused");
    both(&project, &["done", "build"], 12, "refused");
    both(&project, &["done", "--claim", "it is so", "--if-rev", "1"], 15, "conflict");
    project.run(&["done", "--claim", "it is so", "--if-rev", "2"]).ok().says("claimed");
    project.run(&["run"]).code(10);
    both(&project, &["done"], 10, "needs_human");
    both(&project, &["redo"], 12, "refused");
}

#[test]
fn a_failing_command_and_a_timeout() {
    let list = "checklist: 1\nid: f\ntitle: F\nsteps:\n  - { id: bad, title: Bad, type: auto, commands: \
                [{ id: sh, kind: bash, run: \"seq 30; exit 7\" }] }\n  - { id: slow, title: Slow, type: auto, \
                commands: [{ id: sh, kind: bash, run: \"sleep 60 & sleep 60\", timeout: 300ms }] }\n";
    let project = Project::with(list);
    let failed = project.run(&["run", "list.yaml"]).code(14).says("exit 7").says("     | 30\n");
    assert!(!failed.err.contains("     | 10\n"), "the last 20 lines alone: {}", failed.err);
    let value = project.run(&["run", "--json"]).code(14).json();
    assert_eq!((value["code"].as_str(), value["detail"]["exit"].as_i64()), (Some("command_failed"), Some(7)));
    assert_eq!(value["detail"]["tail"].as_array().map(Vec::len), Some(20));
    assert_eq!(value["saved"], "saved");
    project.run(&["logs", "bad/sh"]).ok().says("1\n2\n3\n");
    project.run(&["logs", "bad/zsh"]).code(2).says("It has: sh");
    project.run(&["done", "bad", "--claim", "by hand"]).ok();
    project.run(&["run"]).code(14).says("timed out");
    assert_eq!(project.step("slow"), "failed");
    assert_eq!(project.status()["state"], "failed");
}

#[test]
fn a_template_with_mistakes_is_answered_with_carets() {
    let project = Project::new();
    project.write(
        "bad.yaml",
        "checklist: 1\nid: bad\ntitle: Bad\nsteps:\n  - { id: a, title: A, conditon: x }\n",
    );
    let said = project.run(&["validate", "bad.yaml"]).code(65).says("bad.yaml:5:").says("^^^");
    assert!(said.out.ends_with("1 error. Nothing would run.\n"), "{said:?}");
    let value = project.run(&["validate", "bad.yaml", "--json"]).code(65).json();
    assert_eq!((value["ok"].as_bool(), value["errors"].as_i64()), (Some(false), Some(1)));
    both(&project, &["run", "bad.yaml"], 65, "template_invalid");
    assert!(!project.root.join(".checklist").exists(), "a list that is not valid makes nothing");
    project.write("broken.yaml", "checklist: 1\nid: b\ntitle: Note: do it\nsteps: []\n");
    project.run(&["run", "broken.yaml"]).code(65).says("broken.yaml:3:").says("^");
    std::fs::write(project.root.join("latin.md"), b"- [ ] caf\xe9\n").unwrap();
    project.run(&["run", "latin.md"]).code(65).says("latin.md:1: the file is not UTF-8");
    project.write("good.yaml", "checklist: 1\nid: g\ntitle: G\nsteps:\n  - { id: a, title: A }\n");
    project.run(&["validate", "good.yaml", "bad.yaml"]).code(65).says("good.yaml: ok, 1 step\n");
}

#[test]
fn busy_names_who_is_writing() {
    let project = Project::new();
    project.run(&["init"]).ok();
    project.run(&["run"]).code(10);
    let lock =
        std::fs::File::options().write(true).open(project.root.join(".checklist/.locks/state.lock")).unwrap();
    lock.lock().unwrap();
    let busy = project.run(&["done", "--json"]).code(75).json();
    assert_eq!((busy["code"].as_str(), busy["retryable"].as_bool()), (Some("busy"), Some(true)));
    project.run(&["status"]).ok();
    project.run(&["doctor"]).ok().says("held: ");
    drop(lock);
    project.run(&["done"]).ok();
}

#[test]
fn the_table_of_exit_codes_is_published() {
    let project = Project::new();
    let table = project.run(&["help", "exit-codes"]).ok();
    for code in ["  0  ok", " 13  damaged", " 20  promise_broken", " 77  not_trusted", "143  terminated"] {
        assert!(table.out.contains(code), "{}", table.out);
    }
    let table = project.run(&["help", "exit-codes", "--json"]).ok().json();
    assert_eq!(table["codes"].as_array().map(Vec::len), Some(17));
    project.run(&["help", "done"]).ok().says("--claim");
    project.run(&["help", "dnoe"]).code(2).says("Did you mean: done");
}
