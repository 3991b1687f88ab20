//! Undo and redo, as far as they go and no further.

use crate::{NOW, TestProject, done, statuses};
use checklist_workflow::{Error, RunStatus};

const LIST: &str =
    "checklist: 1\nid: t\ntitle: T\nsteps:\n  - { id: a, title: A }\n  - { id: b, title: B }\n";

#[test]
fn undo_goes_back_to_the_beginning_and_redo_to_the_end() {
    let project = TestProject::new();
    let mut engine = project.started("t.yaml", LIST);
    done(&mut engine, "a").unwrap();
    engine.skip("b", Some("no need"), None, &NOW).unwrap();
    assert_eq!(engine.run().unwrap().status, RunStatus::Completed);
    let finished = engine.run().unwrap().steps.clone();

    let undone = engine.undo(&NOW).unwrap();
    assert_eq!((undone.entry.verb.as_str(), undone.entry.op), ("skip", 3));
    assert_eq!((statuses(&engine).as_str(), engine.run().unwrap().status), ("[x][ ]", RunStatus::Active));
    assert_eq!(engine.undo(&NOW).unwrap().entry.op, 2);
    assert_eq!(statuses(&engine), "[ ][ ]");
    assert!(matches!(engine.undo(&NOW), Err(Error::NothingTo("undo"))));

    assert_eq!(engine.redo(&NOW).unwrap().entry.op, 2);
    assert_eq!(engine.redo(&NOW).unwrap().entry.op, 3);
    assert!(matches!(engine.redo(&NOW), Err(Error::NothingTo("redo"))));
    assert_eq!(engine.run().unwrap().steps, finished);
    assert_eq!(engine.run().unwrap().status, RunStatus::Completed);

    assert_eq!(engine.undo(&NOW).unwrap().entry.op, 3);
    assert_eq!(project.engine().view().unwrap().rev, 8);
}

#[test]
fn something_new_ends_what_could_be_redone() {
    let project = TestProject::new();
    let mut engine = project.started("t.yaml", LIST);
    done(&mut engine, "a").unwrap();
    engine.undo(&NOW).unwrap();
    engine.skip("a", Some("other way"), None, &NOW).unwrap();
    assert!(matches!(engine.redo(&NOW), Err(Error::NothingTo("redo"))));
    engine.undo(&NOW).unwrap();
    assert_eq!(statuses(&engine), "[ ][ ]");
}

#[test]
fn the_history_says_who_did_what_and_what_is_undone() {
    let project = TestProject::new();
    let mut engine = project.started("t.yaml", LIST);
    done(&mut engine, "a").unwrap();
    engine.back(None, &NOW).unwrap();
    engine.undo(&NOW).unwrap();
    let history = engine.history().unwrap();
    let told: Vec<_> = history.iter().map(|entry| (entry.op, entry.verb.as_str(), entry.undone)).collect();
    assert_eq!(told, [(1, "run", false), (2, "done", false), (3, "back", true), (4, "undo", false)]);
    assert!(history.iter().all(|entry| entry.actor == "ana"));
    assert_eq!(statuses(&engine), "[x][ ]");
}

#[test]
fn a_parent_is_undone_with_the_part_that_settled_it() {
    let project = TestProject::new();
    let mut engine = project.started("list.md", "# L\n- [ ] outer\n  - [ ] one\n  - [ ] two\n- [ ] last\n");
    done(&mut engine, "one").unwrap();
    let acted = done(&mut engine, "two").unwrap();
    assert_eq!(acted.also, ["outer"]);
    assert_eq!(statuses(&engine), "[x][x][x][ ]");
    engine.undo(&NOW).unwrap();
    assert_eq!(statuses(&engine), "[ ][x][ ][ ]");
    engine.redo(&NOW).unwrap();
    engine.back(Some("one"), &NOW).unwrap();
    assert_eq!(statuses(&engine), "[ ][ ][x][ ]");
}
