//! Real Markdown checklists, run to their end through the program.

use crate::support::Project;
use std::path::PathBuf;

fn source(name: &str) -> Option<String> {
    let path = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../../../shared/corpus").join(name);
    match std::fs::read_to_string(&path) {
        Ok(text) => Some(text),
        Err(_) => {
            say!("SKIPPED: the corpus is not here, so {name} was not run to its end");
            None
        }
    }
}

/// Settles step after step, every other one by skipping it, until the run is complete.
fn to_the_end(name: &str) {
    let Some(text) = source(name) else { return };
    let project = Project::new();
    project.write(name, &text);
    project.trust(name);
    project.run(&["run", name]).code(10);
    let total = project.status()["progress"]["total"].as_u64().unwrap();
    for round in 0..total {
        let next = project.run(&["next", "--json"]).ok().json();
        let Some(step) = next["step"]["id"].as_str() else { break };
        let rev = next["rev"].to_string();
        match round % 2 {
            0 => project.run(&["done", step, "--if-rev", &rev]).ok(),
            _ => project.run(&["skip", step, "--reason", "not in this release", "--if-rev", &rev]).ok(),
        };
    }
    let status = project.status();
    assert_eq!(status["status"], "completed", "{status}");
    assert_eq!(
        status["progress"]["done"].as_u64().unwrap() + status["progress"]["skipped"].as_u64().unwrap(),
        total
    );
    project.run(&["doctor"]).ok().says("Nothing needs repair.");
}

#[test]
fn a_release_list_without_boxes_runs_to_its_end() {
    to_the_end("ripgrep-release.md");
}

#[test]
fn a_nested_issue_template_runs_to_its_end() {
    to_the_end("guac-release.md");
}
