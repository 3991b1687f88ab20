//! Every Markdown list of the corpus, and one of our own, run to its end with the right progress at each step.

use crate::{NOW, TestProject, done, never, progress};
use checklist_workflow::engine::Claim;
use checklist_workflow::{RunStatus, StepStatus};
use std::path::Path;

/// Settles a list step by step, leaving out every third, and checks the progress after each.
fn walk(name: &str, source: &str) -> usize {
    let project = TestProject::new();
    let mut engine = project.started(name, source);
    let total = progress(&engine).total;
    let mut settled = progress(&engine).settled();
    for turn in 0.. {
        let Some(current) = engine.view().unwrap().current else { break };
        assert_eq!(engine.view().unwrap().steps.iter().filter(|step| step.is_current).count(), 1);
        let acted = if turn % 3 == 2 {
            engine.skip(&current, Some("not this time"), None, &NOW).unwrap()
        } else {
            engine.done(&current, Claim::None, &NOW, &never()).unwrap()
        };
        settled += 1 + acted.also.len();
        let now = progress(&engine);
        assert_eq!((now.settled(), now.total), (settled, total), "{name}, after {current}");
    }
    assert_eq!(settled, total, "{name}");
    assert_eq!(project.engine().run().unwrap().status, RunStatus::Completed);
    let first = engine.view().unwrap().steps[0].id.clone();
    assert!(!done(&mut engine, &first).unwrap().changed);
    total
}

#[test]
fn the_corpus_runs_to_completion() {
    let corpus = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../../shared/corpus");
    let Ok(entries) = std::fs::read_dir(&corpus) else {
        say!("SKIPPED: the corpus of other people's checklists is not beside the repository");
        return;
    };
    let mut paths: Vec<_> = entries.map(|entry| entry.unwrap().path()).collect();
    paths.retain(|path| {
        path.extension().is_some_and(|extension| extension == "md") && !path.ends_with("README.md")
    });
    paths.sort();
    assert!(paths.len() >= 11, "{paths:?}");
    for path in paths {
        let source = std::fs::read_to_string(&path).unwrap();
        let name = path.file_name().unwrap().to_string_lossy().into_owned();
        let total = walk(&name, &source);
        say!("{name}: {total} steps, run to completion");
    }
}

#[test]
fn boxes_that_are_checked_are_imported_as_claims() {
    let project = TestProject::new();
    let source = "# L\n- [x] one\n- [ ] two\n- [-] three\n- [N/A] four\n";
    let engine = project.started("list.md", source);
    let view = engine.view().unwrap();
    let found: Vec<_> = view.steps.iter().map(|step| step.status).collect();
    assert_eq!(found, [StepStatus::Done, StepStatus::Pending, StepStatus::Skipped, StepStatus::Skipped]);
    assert_eq!((view.progress.claimed, view.progress.verified), (1, 0));
    assert_eq!(view.steps[0].note.as_deref(), Some("imported"));
    drop(engine);
    walk("list.md", source);
}
