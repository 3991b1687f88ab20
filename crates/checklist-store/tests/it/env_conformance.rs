//! One suite for every file system behind the seam: the simulated one must lie in nothing but the disk.

mod behaviours;

use checklist_store::env::mem::{CallKind, Survival, World};
use checklist_store::env::{Access, Env, Fs, os, write_fully};
use std::path::Path;
use std::sync::Arc;

#[test]
fn the_real_file_system_behaves() {
    for (name, behaviour) in behaviours::ALL {
        eprintln!("{name}");
        let dir = tempfile::tempdir().expect("a temporary directory");
        behaviour(&*os::env().fs, dir.path());
    }
}

#[test]
fn the_simulated_file_system_behaves() {
    for (name, behaviour) in behaviours::ALL {
        eprintln!("{name}");
        let world = World::new(1);
        world.fs.place_dir(Path::new("/some/dir")).expect("an empty disk");
        behaviour(&world.fs, Path::new("/some/dir"));
    }
}

#[test]
fn clocks_and_randomness_keep_their_contract() {
    let real = os::env();
    let world = World::new(7);
    for env in [real, world.env()] {
        let start = env.clock.instant();
        env.clock.sleep(std::time::Duration::from_millis(3));
        assert!(env.clock.instant().since(start).as_millis() >= 3);
        assert!(start.since(env.clock.instant()).is_zero());
        assert_ne!(env.random_u64(), env.random_u64());
        assert_ne!(env.uuid(), env.uuid());
    }
    let again = |seed| World::new(seed).env().random_u64();
    assert_eq!(again(7), again(7));
    assert_ne!(again(7), again(8));
}

#[test]
fn a_recorder_sees_every_call_after_it_happened() {
    let world = World::new(1);
    let seen = Arc::new(std::sync::Mutex::new(Vec::new()));
    let log = Arc::clone(&seen);
    world.fs.on_call(move |call, fs| {
        log.lock().expect("no panic").push((call.number, call.kind, fs.image().fingerprint()));
    });
    let env: Env = world.env();
    let mut file = env.fs.create(Path::new("/a"), Access::Private).expect("create");
    write_fully(&mut *file, b"x").expect("write");
    file.sync().expect("sync");
    env.fs.rename(Path::new("/a"), Path::new("/b")).expect("rename");
    assert!(env.fs.stat(Path::new("/a")).is_err());
    let seen = seen.lock().expect("no panic");
    let kinds: Vec<_> = seen.iter().map(|(_, kind, _)| *kind).collect();
    assert_eq!(kinds, [CallKind::Create, CallKind::Write, CallKind::Sync, CallKind::Rename, CallKind::Stat]);
    assert!(seen.iter().map(|(number, ..)| *number).eq(1..=5));
    let prints: std::collections::BTreeSet<_> = seen.iter().map(|(.., print)| *print).collect();
    assert_eq!(prints.len(), 4, "each change shows, the failed stat does not");
}

#[test]
fn a_crash_kills_handles_and_frees_locks() {
    let world = World::new(1);
    let path = Path::new("/file");
    let mut file = world.fs.create(path, Access::Private).expect("create");
    let held = world.fs.try_lock(Path::new("/lock")).expect("try_lock").expect("free");
    world.fs.crash(&Survival::everything());
    assert!(file.write(b"from before").is_err());
    let again = world.fs.try_lock(Path::new("/lock")).expect("try_lock").expect("the crash freed it");
    drop(held);
    assert!(world.fs.try_lock(Path::new("/lock")).expect("try_lock").is_none(), "the old holder has no say");
    drop(again);
}
