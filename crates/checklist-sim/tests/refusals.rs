//! One given call fails, and the store says what that means: which file, whether anything is saved, what is left.

#[path = "refusals/denied.rs"]
mod denied;

use checklist_sim::gate::{Attempt, Fate, Gate, Gated};
use checklist_sim::model::root;
use checklist_store::env::Fs;
use checklist_store::env::mem::{CallKind, DiskImage, World};
use checklist_store::fuzzing::reseal;
use checklist_store::planted::{Bug, plant};
use checklist_store::{Error, ErrorKind, Intent, Key, Options, Outcome, Publish, Standing, Store};
use std::io;
use std::path::Path;
use std::sync::Arc;

/// Fails every call of a kind on paths that end so.
#[derive(Debug)]
struct Denies(CallKind, &'static str, io::ErrorKind);

impl Gate for Denies {
    fn decide(&self, attempt: &Attempt<'_>) -> Fate {
        let Denies(kind, ending, error) = *self;
        let is_meant = attempt.kind == kind && attempt.path.to_string_lossy().ends_with(ending);
        if is_meant { Fate::Fail(error) } else { Fate::Pass }
    }
}

/// Writes take nothing of what they are given for that file.
#[derive(Debug)]
struct TakesNothing(&'static str);

impl Gate for TakesNothing {
    fn decide(&self, attempt: &Attempt<'_>) -> Fate {
        let is_meant = attempt.kind == CallKind::Write && attempt.path.ends_with(self.0);
        if is_meant { Fate::Short(0) } else { Fate::Pass }
    }
}

fn behind(world: &World, gate: impl Gate + 'static) -> Options {
    let mut env = world.env();
    env.fs = Arc::new(Gated::behind(env.fs, gate));
    Store::options().env(env)
}

fn write(options: &Options, name: &'static str, value: u64) -> Result<(), Error> {
    let mut store = options.clone().open(root())?;
    store.transact(|draft| draft.write(&Key::from_static(name), value))
}

fn deferred(options: Options) -> Options {
    options.publish(Publish::Deferred { wal_bytes: 1 << 20 })
}

/// Two published commits, and one that waits in the log.
fn used() -> World {
    let world = World::new(3);
    world.fs.place_dir(Path::new("/project")).expect("the disk is empty");
    let options = Store::options().env(world.env());
    write(&options, "/a", 1).expect("it is saved");
    write(&options, "/b", 2).expect("it is saved");
    write(&deferred(options), "/c", 3).expect("it is saved");
    world
}

fn is_whole(world: &World) {
    let store = Store::options().env(world.env()).open(root()).expect("the store opens");
    assert_eq!(*store.standing(), Standing::Sound);
    assert_eq!(store.snapshot().to_value(), serde_json::json!({"a": 1, "b": 2, "c": 3}));
    assert!(store.check().expect("it can be checked").is_sound());
}

#[test]
fn what_cannot_be_synced_is_not_trusted() {
    let world = used();
    let before = world.fs.image();
    let error =
        behind(&world, Denies(CallKind::Sync, ".wal", io::ErrorKind::Other)).open(root()).unwrap_err();
    assert!(error.to_string().contains("sync before reading"), "{error}");
    assert_eq!(error.path(), Some(&*root().join(".wal")));
    assert_eq!(world.fs.image().read(&root().join(".wal")).ok(), before.read(&root().join(".wal")).ok());
    is_whole(&world);
}

#[test]
fn what_cannot_be_repaired_for_want_of_space_or_leave_is_shown() {
    for (gate, intent) in [
        (Denies(CallKind::Write, ".wal", io::ErrorKind::StorageFull), Intent::Read),
        (Denies(CallKind::Create, ".wal", io::ErrorKind::StorageFull), Intent::Read),
        (Denies(CallKind::TryLock, "lock", io::ErrorKind::ReadOnlyFilesystem), Intent::Read),
        (Denies(CallKind::TryLock, "lock", io::ErrorKind::ReadOnlyFilesystem), Intent::Write),
    ] {
        let (world, told) = (used(), format!("{gate:?} {intent:?}"));
        let store = behind(&world, gate).intent(intent).open(root()).expect(&told);
        assert!(matches!(store.standing(), Standing::ReadOnly(_)), "{told}: {:?}", store.standing());
        assert_eq!(store.snapshot().to_value()["c"], 3, "{told}");
        drop(store);
        is_whole(&world);
    }
}

#[test]
fn a_copy_that_cannot_be_read_is_no_proof_that_there_is_none() {
    let world = used();
    world.fs.remove(&root().join("state.yaml")).expect("it is there");
    world.fs.settle();
    let error = behind(&world, Denies(CallKind::List, ".backup", io::ErrorKind::Other)).open(root());
    let error = error.expect_err("the copies cannot be listed");
    assert!(!error.is_corruption(), "{error}");
    is_whole(&world);
}

#[test]
fn a_repair_that_fails_behind_its_commit_point_says_that_the_state_is_restored() {
    let world = used();
    world.fs.place(&root().join("state.yaml"), b"damaged").expect("the disk takes it");
    let options = behind(&world, Denies(CallKind::Append, "history.jsonl", io::ErrorKind::Other));
    let error = Store::repair(&options, &root()).expect_err("the history cannot be written");
    assert_eq!(error.outcome(), Outcome::Saved);
    assert!(error.message().contains("the state is restored, but this process"), "{error}");
    is_whole(&world);
}

#[test]
fn the_head_marker_is_a_courtesy_when_written_and_a_witness_when_read() {
    for world in [used(), World::new(3)] {
        if world.fs.stat(&root()).is_err() {
            world.fs.place_dir(Path::new("/project")).expect("the disk is empty");
        }
        let options = deferred(behind(&world, TakesNothing(".wal.head")));
        write(&options, "/c", 3).expect("the marker is not needed");
        for kind in [CallKind::Reopen, CallKind::Write, CallKind::Create] {
            let gate = Denies(kind, ".wal.head", io::ErrorKind::Other);
            write(&deferred(behind(&world, gate)), "/c", 3).expect("the marker is not needed");
        }
    }
    let world = used();
    let options = behind(&world, Denies(CallKind::Read, ".wal.head", io::ErrorKind::Other));
    let error = options.open(root()).expect_err("it may tell that the log was cut");
    assert!(error.to_string().contains("read the head marker"), "{error}");
    is_whole(&world);
}

#[test]
fn a_salvage_goes_on_behind_what_it_cannot_read() {
    let into = Path::new("/project/salvaged");
    for (gate, what) in [
        (Denies(CallKind::Read, "/project/.checklist/history.jsonl", io::ErrorKind::Other), "history.jsonl"),
        (Denies(CallKind::Stat, "/project/.checklist/.gitignore", io::ErrorKind::Other), ".gitignore"),
        (Denies(CallKind::List, "/project/.checklist/.backup", io::ErrorKind::Other), ".backup"),
    ] {
        let world = used();
        let (told, options) = (format!("{gate:?}"), behind(&world, gate));
        let report = Store::salvage(&options, &root(), into).expect(&told);
        let unread: Vec<_> = report.unreadable.iter().map(|(path, _)| path.as_path()).collect();
        assert_eq!(unread, [Path::new(what)], "{told}");
        let text = world.fs.image().read(&report.report).map(<[u8]>::to_vec).expect("there is a report");
        let text = String::from_utf8(text).expect("it is text");
        assert!(text.contains("What could not be read") && text.contains(what), "{text}");
        is_whole(&world);
    }
}

#[test]
fn a_salvage_that_cannot_write_says_where() {
    let into = Path::new("/project/salvaged");
    for (kind, ending, said) in [
        (CallKind::CreateDir, "/salvaged", "create the folder"),
        (CallKind::CreateDir, "/original", "create the folder"),
        (CallKind::Read, "original/state.yaml", "read"),
    ] {
        let world = used();
        let options = behind(&world, Denies(kind, ending, io::ErrorKind::Other));
        let error = Store::salvage(&options, &root(), into).expect_err("a call fails");
        assert_eq!(error.kind(), ErrorKind::Io, "{error}");
        assert!(error.to_string().contains(said), "{error}");
        is_whole(&world);
    }
}

#[test]
fn each_bug_that_can_be_planted_in_recovery_does_harm() {
    let bytes = |world: &World, name: &str| {
        world.fs.image().read(&root().join(name)).map(<[u8]>::to_vec).unwrap_or_default()
    };
    let is_copied = |world: &World| {
        let copies = world.fs.list(&root().join(".backup")).unwrap_or_default();
        copies.iter().any(|path| path.to_string_lossy().contains("/recovery-"))
    };
    let recovered = |bug: Option<Bug>| {
        let world = used();
        let guard = bug.map(plant);
        drop(Store::options().env(world.env()).open(root()).expect("the store opens"));
        drop(guard);
        world
    };
    let sound = recovered(None);
    assert!(is_copied(&sound) && bytes(&sound, ".wal").is_empty());
    assert!(!is_copied(&recovered(Some(Bug::SkipBackup))));
    assert!(!bytes(&recovered(Some(Bug::SkipTailCut)), ".wal").is_empty());
    let lines = |world: &World| bytes(world, "history.jsonl").iter().filter(|byte| **byte == b'\n').count();
    assert_eq!((lines(&sound), lines(&recovered(Some(Bug::SkipHistory)))), (3, 2));
    let lost = recovered(Some(Bug::RetireWithoutPublish));
    assert!(!String::from_utf8_lossy(&bytes(&lost, "state.yaml")).contains("c: 3"));
    assert!(String::from_utf8_lossy(&bytes(&sound, "state.yaml")).contains("c: 3"));
}

#[test]
fn a_log_that_does_not_fit_its_state_is_damage_and_stays() {
    let world = World::new(3);
    world.fs.place_dir(Path::new("/project")).expect("the disk is empty");
    let options = Store::options().env(world.env());
    write(&options, "/a", 1).expect("it is saved");
    write(&deferred(options.clone()), "/b", 2).expect("it is saved");
    // Whole, sealed and in the chain, and still about a document that never was.
    let log = root().join(".wal");
    let text =
        String::from_utf8(world.fs.image().read(&log).expect("it is there").to_vec()).expect("it is text");
    world.fs.place(&log, &reseal(text.replace("\"/b\"", "\"/x/b\"").as_bytes())).expect("the disk takes it");
    let before = world.fs.image();
    let error = options.open(root()).expect_err("nothing can be made of it");
    assert_eq!((error.kind(), error.path()), (ErrorKind::Corrupt, Some(&*log)));
    assert!(error.to_string().contains("the log does not fit the state it continues"), "{error}");
    for name in [".wal", "state.yaml"] {
        let read =
            |image: &DiskImage| image.read(&root().join(name)).map(<[u8]>::to_vec).expect("it is there");
        assert_eq!(read(&world.fs.image()), read(&before), "{name}");
    }
}
