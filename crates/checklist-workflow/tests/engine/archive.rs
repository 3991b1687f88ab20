//! Finished runs put aside: readable, never lost, never there twice.

use crate::{NOW, TestProject, done};
use checklist_workflow::archive::Archive;
use checklist_workflow::{Error, List, RunStatus, WorkflowEngine};
use std::collections::BTreeMap;

const LIST: &str =
    "checklist: 1\nid: t\ntitle: T\nsteps:\n  - { id: a, title: A }\n  - { id: b, title: B }\n";

fn finished(project: &TestProject) -> (WorkflowEngine, String) {
    let mut engine = project.started("t.yaml", LIST);
    done(&mut engine, "a").unwrap();
    engine.skip("b", Some("no: \"need\" \u{2028} # {} \u{1f680}"), None, &NOW).unwrap();
    let id = engine.run_id().unwrap().to_owned();
    (engine, id)
}

#[test]
fn a_finished_run_leaves_the_state_and_is_still_shown() {
    let project = TestProject::new();
    let (mut engine, id) = finished(&project);
    let (run, history) = (engine.run().unwrap().clone(), engine.history().unwrap());
    let archived = engine.archive(false, &Default::default()).unwrap();
    assert_eq!((archived.id.as_str(), archived.rev), (id.as_str(), run.rev + 1));
    assert!(engine.run().is_none() && engine.runs().unwrap().is_empty());
    let text = std::fs::read_to_string(&archived.path).unwrap();
    assert!(text.starts_with("# A run that was put aside") && text.contains("\nrun:\n  "), "{text}");

    let mut engine = project.engine();
    assert!(engine.run().is_none(), "it is not the active one any more");
    engine.look_at(&id[..8]).unwrap();
    assert_eq!(engine.run().unwrap().steps, run.steps);
    let told = engine.history().unwrap();
    assert_eq!(told[..history.len()], history[..]);
    assert_eq!(told.last().map(|entry| entry.verb.as_str()), Some("archive"));
    assert!(matches!(done(&mut engine, "a"), Ok(acted) if !acted.changed));
    assert!(matches!(engine.back(None, &NOW), Err(Error::Archived(_))));
    assert!(matches!(engine.undo(&NOW), Err(Error::Archived(_))));
    let (archives, unreadable) = engine.archived_runs().unwrap();
    assert_eq!((archives.len(), unreadable.len(), archives[0].is_archived), (1, 0, true));

    let saved = engine.unarchive(&id, &Default::default()).unwrap();
    assert_eq!(saved.rev, run.rev + 2, "the numbers of operations go on");
    assert!(engine.archived_ids().unwrap().is_empty(), "it is never there twice");
    engine.back(None, &NOW).unwrap();
    assert_eq!(engine.run().unwrap().status, RunStatus::Active);
    engine.undo(&NOW).unwrap();
    assert_eq!(engine.archive(false, &Default::default()).unwrap().rev, run.rev + 5);
}

#[test]
fn what_was_cut_off_between_file_and_state_is_one_run_and_can_be_repeated() {
    let project = TestProject::new();
    let (mut engine, id) = finished(&project);
    let archived = engine.archive(false, &Default::default()).unwrap();
    let stale = std::fs::read(&archived.path).unwrap();
    engine.unarchive(&id, &Default::default()).unwrap();
    // The file is there and the run is in the state: as it is after a crash between the two.
    assert_eq!(std::fs::read(&archived.path).unwrap(), stale);
    engine.back(None, &NOW).unwrap();
    let mut other = project.engine();
    assert_eq!((other.runs().unwrap().len(), other.archived_ids().unwrap().len()), (1, 0));
    assert_eq!(other.run().unwrap().status, RunStatus::Active, "the state is the truth");
    assert!(
        matches!(other.archive(false, &Default::default()), Err(Error::Refused(_))),
        "it is not finished"
    );
    done(&mut other, "b").unwrap();
    other.archive(false, &Default::default()).unwrap();
    let fresh = std::fs::read_to_string(&archived.path).unwrap();
    assert_ne!(fresh.as_bytes(), stale);
    assert!(Archive::parse(&fresh).unwrap().run.steps["b"].status.is_settled());
}

#[test]
fn beginning_another_run_puts_finished_ones_aside() {
    let project = TestProject::new();
    let (mut engine, id) = finished(&project);
    let list = List::parse("t.yaml", LIST).unwrap();
    engine.start(&list, &BTreeMap::new()).unwrap();
    let archived = engine.archive_finished().unwrap();
    assert_eq!(archived.iter().map(|run| run.id.as_str()).collect::<Vec<_>>(), [id]);
    assert_eq!(engine.runs().unwrap().len(), 1);
    assert_eq!(engine.archive_finished().unwrap(), []);
}

#[test]
fn a_file_that_is_no_archive_is_told_and_takes_nothing_with_it() {
    let project = TestProject::new();
    let (mut engine, _) = finished(&project);
    let archived = engine.archive(false, &Default::default()).unwrap();
    let folder = archived.path.parent().unwrap();
    std::fs::write(folder.join("01BROKEN.yaml"), "archive: 1\nid: x\n").unwrap();
    std::fs::write(folder.join("01NEWER.yaml"), "archive: 2\n").unwrap();
    std::fs::write(folder.join("note.txt"), "mine").unwrap();
    let (archives, unreadable) = engine.archived_runs().unwrap();
    assert_eq!((archives.len(), unreadable.len()), (1, 2));
    assert!(matches!(engine.look_at("01BROKEN"), Err(Error::BadArchive { .. })));
}
