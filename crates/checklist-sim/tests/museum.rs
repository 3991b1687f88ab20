//! The bug museum: each bug that was found here, or that others shipped, shown once. Its test passes on the
//! real code and is seen to fail on the broken variant. `docs/museum.md` tells where each was met.

#[path = "museum/enumerated.rs"]
mod enumerated;
#[path = "museum/locks.rs"]
mod locks;
#[path = "museum/log.rs"]
mod log;
#[path = "museum/publish.rs"]
mod publish;
#[path = "museum/text.rs"]
mod text;

use checklist_sim::model::root;
use checklist_store::env::mem::{DiskImage, World};
use checklist_store::planted::{Bug, plant};
use checklist_store::{Error, Key, Options, Publish, Store, Value};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::PathBuf;

const VALUE: Key<'static> = Key::from_static("/value");

/// Plays a scene on the real code, where it ends well, and on the broken variant, where it does not: it
/// answers no, is refused, or panics.
fn exhibit(bug: Bug, scene: impl Fn() -> Result<bool, Error>) {
    let ends_well = scene().unwrap_or_else(|error| panic!("on the real code: {error}"));
    assert!(ends_well, "the real code has the bug");
    let planted = plant(bug);
    let ends_well = catch_unwind(AssertUnwindSafe(&scene));
    drop(planted);
    assert!(!matches!(ends_well, Ok(Ok(true))), "{bug:?} is planted, and the scene ends well");
}

/// A disk with the folder of a project on it, and no store yet.
fn project() -> World {
    let world = World::new(1);
    world.fs.place_dir(root().parent().expect("the store lies in a project")).expect("the disk is empty");
    world.fs.settle();
    world
}

/// A disk with an old, durable store on it.
fn used() -> World {
    let world = project();
    let mut store = open(&world).expect("nothing fails");
    write(&mut store, "old").expect("nothing fails");
    store.close().expect("nothing fails");
    world.fs.settle();
    world
}

fn options(world: &World) -> Options {
    Store::options().env(world.env())
}

fn open(world: &World) -> Result<Store, Error> {
    options(world).open(root())
}

/// Opens a store whose commits stay in the log.
fn open_deferred(world: &World) -> Result<Store, Error> {
    options(world).publish(Publish::Deferred { wal_bytes: 1 << 20 }).open(root())
}

fn write(store: &mut Store, value: &str) -> Result<(), Error> {
    store.transact(|draft| draft.write(&VALUE, value))
}

/// The value as a new process finds it.
fn found(world: &World) -> Result<Option<Value>, Error> {
    Ok(open(world)?.snapshot().read(&VALUE))
}

/// The disk as a new machine finds it, with what was written on it and never synced.
fn after_kill(world: &World) -> World {
    World::from_image(&world.fs.image().settled(), 2)
}

fn path(name: &str) -> PathBuf {
    root().join(name)
}

fn read(image: &DiskImage, name: &str) -> Vec<u8> {
    image.read(&path(name)).expect("the file is there").to_vec()
}

/// Puts other bytes into a file of the store.
fn place(world: &World, name: &str, bytes: &[u8]) {
    world.fs.place(&path(name), bytes).expect("the disk takes it");
    world.fs.settle();
}

fn is_corruption<T>(result: Result<T, Error>) -> Result<bool, Error> {
    match result {
        Ok(_) => Ok(false),
        Err(error) if error.is_corruption() => Ok(true),
        Err(error) => Err(error),
    }
}
