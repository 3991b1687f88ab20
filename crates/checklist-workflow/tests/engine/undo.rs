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

const FREE: &str = "checklist: 1\nid: t\ntitle: T\nsteps:\n  - { id: a, title: A, needs: [] }\n  \
                    - { id: b, title: B, needs: [a] }\n  - { id: c, title: C, needs: [] }\n";

#[test]
fn one_earlier_operation_is_taken_back_unless_something_later_depends_on_it() {
    let project = TestProject::new();
    let mut engine = project.started("t.yaml", FREE);
    done(&mut engine, "a").unwrap();
    engine.skip("c", Some("no need"), None, &NOW).unwrap();
    done(&mut engine, "b").unwrap();
    assert_eq!(engine.run().unwrap().status, RunStatus::Completed);

    let depends = engine.undo_one(2, &NOW);
    assert!(matches!(&depends, Err(Error::UndoDepends { op: 2, steps }) if *steps == ["b"]), "{depends:?}");
    let undone = engine.undo_one(3, &NOW).unwrap();
    assert_eq!((undone.entry.verb.as_str(), undone.ops.as_slice()), ("skip", &[3][..]));
    assert_eq!(statuses(&engine), "[x][x][ ]");
    assert_eq!(engine.run().unwrap().status, RunStatus::Active, "it is not complete any more");
    assert!(matches!(engine.undo_one(3, &NOW), Err(Error::NotUndoable { op: 3, .. })));
    for op in [1, 5, 99] {
        assert!(matches!(engine.undo_one(op, &NOW), Err(Error::NotUndoable { .. })), "{op}");
    }
    engine.redo(&NOW).unwrap();
    assert_eq!(
        (statuses(&engine).as_str(), engine.run().unwrap().status),
        ("[x][x][-]", RunStatus::Completed)
    );
    engine.undo_one(4, &NOW).unwrap();
    engine.undo_one(2, &NOW).unwrap();
    assert_eq!(statuses(&engine), "[ ][ ][-]");
}

#[test]
fn everything_behind_an_operation_is_taken_back_as_one_and_done_again_as_one() {
    let project = TestProject::new();
    let source = "checklist: 1\nid: t\ntitle: T\nsteps:\n  - { id: a, title: A }\n  - { id: make, title: Make, type: auto, \
                  commands: [{ id: one, kind: bash, run: \"echo 1 >> ran\" }, { id: two, kind: bash, run: \"true\" }] }\n  - { id: z, title: Z }\n";
    let mut engine = project.started("t.yaml", source);
    done(&mut engine, "a").unwrap();
    engine.execute("make", &NOW, &crate::never(), &mut |_| {}).unwrap();
    done(&mut engine, "z").unwrap();
    engine.undo(&NOW).unwrap();
    let steps = engine.run().unwrap().steps.clone();

    let split = engine.undo_to(4, &NOW);
    assert!(matches!(split, Err(Error::NotUndoable { op: 4, .. })), "a command was running: {split:?}");
    let (ops, commands) = engine.plan_undo_to(2).unwrap();
    assert_eq!(ops, [3, 4, 5, 6, 7, 8, 9]);
    let told: Vec<&str> = commands.iter().map(|command| command.command.as_str()).collect();
    assert_eq!(
        (told.as_slice(), commands[0].script.as_deref()),
        (&["one", "two"][..], Some("echo 1 >> ran"))
    );
    assert_eq!(*project.engine().run().unwrap(), *engine.run().unwrap(), "a plan changes nothing");

    let undone = engine.undo_to(2, &NOW).unwrap();
    assert_eq!((undone.ops.len(), undone.commands.len(), undone.saved.rev), (7, 2, 10));
    assert_eq!(statuses(&engine), "[x][ ][ ]");
    assert_eq!(std::fs::read_to_string(project.folder.project().join("ran")).unwrap(), "1\n");
    engine.redo(&NOW).unwrap();
    assert_eq!((statuses(&engine).as_str(), &engine.run().unwrap().steps), ("[x][x][ ]", &steps));
    assert!(matches!(engine.redo(&NOW), Err(Error::NothingTo("redo"))));
    engine.undo(&NOW).unwrap();
    assert_eq!(statuses(&engine), "[x][ ][ ]", "what was done again as one is taken back as one");
    engine.undo(&NOW).unwrap();
    assert_eq!(statuses(&engine), "[ ][ ][ ]");
    assert!(matches!(engine.undo_to(99, &NOW), Err(Error::NotUndoable { .. })));
}

/// Which operations the history calls undone.
fn undone(engine: &checklist_workflow::WorkflowEngine) -> Vec<u64> {
    engine.history().unwrap().iter().filter(|entry| entry.undone).map(|entry| entry.op).collect()
}

#[test]
fn what_was_in_force_then_is_in_force_again_and_what_is_undone_stays_called_so() {
    let project = TestProject::new();
    let mut engine = project.started("t.yaml", FREE);
    done(&mut engine, "a").unwrap();
    engine.undo(&NOW).unwrap();
    engine.skip("a", Some("other way"), None, &NOW).unwrap();
    assert_eq!(undone(&engine), [2], "also when it cannot be redone any more");
    engine.undo_to(2, &NOW).unwrap();
    assert_eq!((statuses(&engine).as_str(), undone(&engine)), ("[x][ ][ ]", vec![4]));
    engine.undo(&NOW).unwrap();
    assert_eq!(statuses(&engine), "[ ][ ][ ]", "what is in force again is taken back like any other");
    engine.redo(&NOW).unwrap();

    done(&mut engine, "c").unwrap();
    let op = engine.run().unwrap().rev;
    engine.undo(&NOW).unwrap();
    done(&mut engine, "b").unwrap();
    assert_eq!(undone(&engine), [2 + 2, op]);
    engine.undo_to(op, &NOW).unwrap();
    assert_eq!((statuses(&engine).as_str(), undone(&engine)), ("[x][ ][x]", vec![4, op + 2]));
    engine.redo(&NOW).unwrap();
    assert_eq!(statuses(&engine), "[x][x][ ]");
    engine.undo(&NOW).unwrap();
    engine.undo_one(op, &NOW).unwrap();
    assert_eq!(statuses(&engine), "[x][ ][ ]");
}
