//! A file system behind a gate that lets everything through behaves as the one it wraps.

#[path = "../../checklist-store/tests/it/env_conformance/behaviours.rs"]
mod behaviours;

use checklist_sim::fault::{Fault, FaultFs};
use checklist_store::env::mem::World;
use checklist_store::env::os;
use std::path::Path;

#[test]
fn a_gate_without_faults_changes_nothing() {
    for (name, behaviour) in behaviours::ALL {
        eprintln!("{name}");
        let dir = tempfile::tempdir().expect("a temporary directory");
        behaviour(&FaultFs::new(os::env().fs, Fault::None), dir.path());
        let world = World::new(1);
        world.fs.place_dir(Path::new("/some/dir")).expect("an empty disk");
        behaviour(&FaultFs::new(world.env().fs, Fault::None), Path::new("/some/dir"));
    }
}

#[test]
fn short_writes_are_no_reason_to_lose_bytes() {
    for (name, behaviour) in behaviours::ALL {
        eprintln!("{name}");
        let world = World::new(1);
        world.fs.place_dir(Path::new("/some/dir")).expect("an empty disk");
        behaviour(&FaultFs::new(world.env().fs, Fault::ShortWrites(1)), Path::new("/some/dir"));
    }
}
