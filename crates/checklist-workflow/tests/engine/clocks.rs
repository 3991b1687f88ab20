//! A clock that jumps: the order of operations, undo and what is reopened do not notice.

use crate::{NOW, done};
use checklist_store::Store;
use checklist_store::env::Timestamp;
use checklist_store::env::mem::World;
use checklist_workflow::engine::Setup;
use checklist_workflow::{List, WorkflowEngine};
use std::collections::BTreeMap;
use std::path::Path;

const LIST: &str = "checklist: 1
id: ship
title: Ship it
steps:
  - { id: a, title: A }
  - { id: b, title: B }
  - { id: c, title: C }
  - { id: d, title: D }
  - { id: e, title: E }
";

fn engine(world: &World) -> WorkflowEngine {
    let setup = Setup {
        store: Store::options().env(world.env()).holder("a test"),
        actor: "ana".to_owned(),
        branch: None,
        observers: Vec::new(),
        environment: checklist_workflow::empty_environment(),
        has_terminal: false,
        tracer: None,
    };
    WorkflowEngine::create(Path::new("/project"), setup).unwrap()
}

#[test]
fn nothing_is_ordered_by_the_clock() {
    let year_ms = 365 * 24 * 3_600_000_i64;
    let start = 1_767_225_600_000;
    // Backwards, frozen twice, before the epoch, a hundred years ahead, and back again.
    let moments = [start - year_ms, start - year_ms, start - year_ms, -year_ms, start + 100 * year_ms, start];
    let world = World::new(7);
    world.fs.place_dir(Path::new("/project")).unwrap();
    let list = List::parse("ship.yaml", LIST).unwrap();
    engine(&world).start(&list, &BTreeMap::new()).unwrap();
    let mut newest = 0;
    for (moment, step) in moments.iter().zip(["a", "b", "c", "d", "e"]) {
        world.clock.set(Timestamp::from_millis(*moment));
        // Every operation by a process of its own, which finds what the one before it did.
        let mut engine = engine(&world);
        done(&mut engine, step).unwrap();
        let lsn = engine.store().snapshot().lsn().0;
        assert!(lsn > newest, "{step}: {lsn} after {newest}");
        newest = lsn;
    }
    let mut engine = engine(&world);
    let ops: Vec<u64> = engine.history().unwrap().iter().map(|entry| entry.op).collect();
    let mut sorted = ops.clone();
    sorted.sort_unstable();
    sorted.dedup();
    assert_eq!(sorted.len(), ops.len(), "each operation has a number of its own: {ops:?}");
    // What was done last is taken back first, whatever the clock says of it.
    for (moment, step) in moments.iter().rev().zip(["e", "d", "c"]) {
        world.clock.set(Timestamp::from_millis(*moment));
        engine.undo(&NOW).unwrap();
        let view = engine.view().unwrap();
        let current = view.steps.iter().find(|found| found.id == step).unwrap();
        assert!(current.status.as_str() != "done", "{step} was taken back");
    }
    engine.redo(&NOW).unwrap();
    assert!(
        Store::check_at(&Store::options().env(world.env()), Path::new("/project/.checklist"))
            .unwrap()
            .is_sound()
    );
}
