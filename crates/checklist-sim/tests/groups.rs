//! What each member of a group is told when its batch, or the one before it, meets a full or failing disk, and
//! that the same coordinator goes on.

use checklist_sim::fault::{Fault, FaultFs};
use checklist_sim::model::root;
use checklist_store::env::mem::{CallKind, Survival, World};
use checklist_store::fuzzing::{self, Joined};
use checklist_store::{Error, ErrorKind, Key, Outcome, Publish, Store, TransactionCoordinator};
use serde_json::json;
use std::io;
use std::path::Path;
use std::sync::{Arc, Mutex};

/// Two small members fill a batch.
const BATCH_BYTES: usize = 1_600;

struct Group {
    world: World,
    disk: FaultFs,
    coordinator: TransactionCoordinator,
}

fn group() -> Group {
    let world = World::new(1);
    world.fs.place_dir(Path::new("/project")).expect("the disk is empty");
    let disk = FaultFs::over(&world.fs, Fault::None);
    let mut env = world.env();
    env.fs = Arc::new(disk.clone());
    let options = Store::options().env(env).publish(Publish::Deferred { wal_bytes: 1 << 20 });
    let store = options.open(root()).expect("a store is created");
    let coordinator = fuzzing::coordinate(store, BATCH_BYTES);
    // What happens once is over.
    coordinator.transact(|draft| draft.write(&Key::from_static("/first"), true)).expect("it commits");
    Group { world, disk, coordinator }
}

impl Group {
    fn join(&self, key: &'static str) -> Joined {
        fuzzing::join(&self.coordinator, |draft| draft.write(&Key::from_static(key), 1)).expect("it joins")
    }

    /// The answers of four members, of which the first two are in one batch, in the words of the errors.
    fn four(&self) -> Vec<Result<(), (ErrorKind, Outcome)>> {
        let joined = ["/a", "/b", "/c", "/d"].map(|key| self.join(key));
        let words = |error: Error| (error.kind(), error.outcome());
        joined.into_iter().map(|joined| joined.answer().map(drop).map_err(words)).collect()
    }

    fn survivors(&self) -> serde_json::Value {
        let cut = World::from_image(&self.world.fs.image().survive(&Survival::nothing()), 2);
        let store = Store::options().env(cut.env()).open(root()).expect("it opens after a power cut");
        assert!(store.check().expect("it can be checked").is_sound());
        store.snapshot().to_value()
    }
}

const FULL: (ErrorKind, Outcome) = (ErrorKind::StorageFull, Outcome::NotSaved);

#[test]
fn on_a_full_disk_nobody_of_the_group_is_saved_and_with_space_it_goes_on() {
    let group = group();
    let joined = ["/a", "/b", "/c", "/d"].map(|key| group.join(key));
    group.disk.arm(Fault::FullFrom(1, io::ErrorKind::StorageFull));
    let errors: Vec<Error> = joined.into_iter().map(|joined| joined.answer().unwrap_err()).collect();
    assert!(errors.iter().all(|error| (error.kind(), error.outcome()) == FULL), "{errors:?}");
    assert!(errors[0].cause().is_some() && errors[0].path().is_some(), "{}", errors[0]);
    assert!(errors[1].to_string() == errors[0].to_string(), "the same batch");
    assert!(errors[2].message().starts_with("an earlier change that this one builds on"), "{}", errors[2]);
    assert_eq!(group.coordinator.snapshot().to_value(), json!({"first": true}));
    assert_eq!(group.survivors(), json!({"first": true}));

    group.disk.arm(Fault::None);
    assert_eq!(group.four(), [Ok(()); 4]);
    let all = json!({"first": true, "a": 1, "b": 1, "c": 1, "d": 1});
    assert_eq!(group.coordinator.snapshot().to_value(), all);
    assert_eq!(group.survivors(), all);
    group.coordinator.close().expect("it closes");
}

#[test]
fn a_failed_sync_leaves_the_batch_in_doubt_those_on_top_unsaved_and_the_coordinator_poisoned() {
    for call in 1.. {
        let group = group();
        let joined = ["/a", "/b", "/c", "/d"].map(|key| group.join(key));
        group.disk.arm(Fault::SyncLost(call, io::ErrorKind::Other));
        let answers =
            joined.map(|joined| joined.answer().map(drop).map_err(|error| (error.kind(), error.outcome())));
        let Some(struck) = group.disk.struck() else {
            assert!(call > 2 || answers == [Ok(()); 4]);
            if group.disk.calls() < call {
                return;
            }
            continue;
        };
        let (doubt, refused) =
            ((ErrorKind::InDoubt, Outcome::InDoubt), (ErrorKind::Poisoned, Outcome::NotSaved));
        let first = [Err(doubt), Err(doubt), Err(refused), Err(refused)];
        let second = [Ok(()), Ok(()), Err(doubt), Err(doubt)];
        assert!(answers == first || answers == second, "{struck}: {answers:?}");
        let again = group.coordinator.transact(|draft| draft.write(&Key::from_static("/e"), 1)).unwrap_err();
        assert_eq!((again.kind(), again.outcome()), refused);

        // Reopening decides, once and for ever; then the same coordinator goes on.
        group.disk.arm(Fault::None);
        let decided = group.coordinator.reopen().expect("it opens").to_value();
        assert_eq!(decided, group.survivors(), "{struck}");
        group.coordinator.transact(|draft| draft.write(&Key::from_static("/e"), 1)).expect("it commits");
        group.coordinator.close().expect("it closes");
    }
}

#[test]
fn a_group_is_one_write_and_one_sync_and_each_member_has_records_of_its_own() {
    let group = group();
    let joined = ["/a", "/b"].map(|key| group.join(key));
    let calls = Arc::new(Mutex::new(Vec::new()));
    let seen = Arc::clone(&calls);
    group.world.fs.on_call(move |call, _| {
        if call.path.ends_with(".wal") && matches!(call.kind, CallKind::Write | CallKind::Sync) {
            seen.lock().unwrap().push(call.kind);
        }
    });
    let commits = joined.map(|joined| joined.answer().expect("it commits"));
    assert_eq!(*calls.lock().unwrap(), [CallKind::Write, CallKind::Sync]);
    assert_ne!(commits[0].txn, commits[1].txn);
    assert_eq!(commits[1].lsn.0, commits[0].lsn.0 + 2, "a record and its commit record");
    let log = group.world.fs.image().read(&root().join(".wal")).expect("there is one").to_vec();
    let log = String::from_utf8(log).expect("it is text");
    assert_eq!(log.matches("\"op\":\"commit\"").count(), 3);
    group.coordinator.close().expect("it closes");
}
