//! The three answers: what a store says after an error of the disk is true, and it goes on when the disk does.

use checklist_sim::fault::{Fault, FaultFs};
use checklist_sim::gate::{Attempt, Fate, Gate, Gated};
use checklist_sim::model::root;
use checklist_store::env::Env;
use checklist_store::env::mem::{CallKind, Survival, World};
use checklist_store::{Error, ErrorKind, Key, Options, Outcome, Publish, Store, Value};
use serde_json::json;
use std::collections::BTreeMap;
use std::io;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};

/// A disk that is full from some call on until somebody makes space.
#[derive(Debug)]
struct Full {
    from: u64,
    until: u64,
    calls: AtomicU64,
    is_freed: AtomicBool,
    struck: AtomicBool,
}

impl Gate for Full {
    fn decide(&self, attempt: &Attempt<'_>) -> Fate {
        let number = self.calls.fetch_add(1, Ordering::SeqCst) + 1;
        let is_needy = matches!(
            attempt.kind,
            CallKind::Create | CallKind::Append | CallKind::Write | CallKind::CreateDir | CallKind::Sync
        );
        if number < self.from || number > self.until || self.is_freed.load(Ordering::SeqCst) || !is_needy {
            return Fate::Pass;
        }
        self.struck.store(true, Ordering::SeqCst);
        Fate::FailHalfway(io::ErrorKind::StorageFull)
    }
}

fn write(store: &mut Store, count: u64) -> Result<(), Error> {
    store.transact(|draft| {
        draft.write(&Key::from_static("/count"), count)?;
        draft.write(&Key::from_static("/text"), "t".repeat(100))
    })
}

fn count(store: &Store) -> Value {
    store.snapshot().read(&Key::from_static("/count")).unwrap_or_default()
}

/// A store at rest with count 0, and the options that its next process uses.
fn start(publish: Publish, wrap: impl FnOnce(&World) -> Env) -> (World, Options) {
    let world = World::new(9);
    world.fs.place_dir(root().parent().expect("a project")).expect("the disk is empty");
    let mut store = Store::options().env(world.env()).open(root()).expect("a store is created");
    write(&mut store, 0).expect("the disk works");
    store.close().expect("the disk works");
    world.fs.settle();
    let options = Store::options().env(wrap(&world)).publish(publish);
    (world, options)
}

const MODES: [Publish; 2] = [Publish::EveryCommit, Publish::Deferred { wal_bytes: 1 << 20 }];

/// What a new process finds after a power cut of each of the two extreme kinds, and after a mere kill.
fn reopened(world: &World) -> Vec<Value> {
    let image = world.fs.image();
    let cuts = [image.survive(&Survival::nothing()), image.survive(&Survival::everything()), image];
    cuts.iter()
        .map(|image| {
            let world = World::from_image(image, 10);
            let store = Store::options().env(world.env()).open(root()).expect("the store opens");
            assert!(store.check().expect("the store can be checked").is_sound());
            count(&store)
        })
        .collect()
}

/// Runs two commits on a disk that is full for a while, and holds every answer against the disk. Gives
/// whether the disk was ever too full, or nothing if there are not so many calls.
fn full_disk(publish: Publish, from: u64, until: u64, tally: &mut BTreeMap<String, usize>) -> Option<bool> {
    let gate = Full {
        from,
        until,
        calls: AtomicU64::new(0),
        is_freed: AtomicBool::new(false),
        struck: AtomicBool::new(false),
    };
    let mut gated = None;
    let (world, options) = start(publish, |world| {
        let fs = gated.insert(Gated::behind(Arc::new(world.fs.clone()), gate)).clone();
        Env { fs: Arc::new(fs), ..world.env() }
    });
    let gated = gated.expect("it was just made");
    let context = format!("{publish:?}, full from call {from} to {until}");
    let mut store = options.clone().open(root()).unwrap_or_else(|error| panic!("{context}: {error}"));
    let mut known = 0;
    for next in [1, 2] {
        let result = write(&mut store, next);
        let said = result.as_ref().map_or_else(Error::outcome, |()| Outcome::Saved);
        *tally.entry(format!("{said:?}")).or_default() += 1;
        let found = reopened(&world);
        let allowed: &[u64] = match said {
            Outcome::Saved => &[next],
            Outcome::NotSaved => &[known],
            Outcome::InDoubt => &[known, next],
        };
        assert!(
            found.iter().all(|count| allowed.iter().any(|allowed| *count == *allowed)),
            "{context}: {said:?}, and it is {found:?}"
        );
        if let Err(error) = &result {
            assert!(
                matches!(error.kind(), ErrorKind::StorageFull | ErrorKind::InDoubt | ErrorKind::Poisoned),
                "{context}: {error:?}"
            );
        }
        if said == Outcome::Saved {
            known = next;
        }
        if said == Outcome::InDoubt {
            let refused = write(&mut store, 9).expect_err("a poisoned store takes nothing");
            assert_eq!(
                (refused.kind(), refused.outcome()),
                (ErrorKind::Poisoned, Outcome::NotSaved),
                "{context}"
            );
            drop(store);
            gated.gate().is_freed.store(true, Ordering::SeqCst);
            store = options.clone().open(root()).unwrap_or_else(|error| panic!("{context}: {error}"));
            known = count(&store).as_u64().expect("a count");
        }
    }
    // There is space again: the same process goes on.
    gated.gate().is_freed.store(true, Ordering::SeqCst);
    write(&mut store, 3).unwrap_or_else(|error| panic!("{context}: with space again: {error}"));
    assert_eq!(reopened(&world), [json!(3), json!(3), json!(3)], "{context}");
    // After a failed sync publishing is left to the next start, and closing says so.
    if let Err(error) = store.close() {
        assert_eq!(error.kind(), ErrorKind::Io, "{context}: {error}");
    }
    assert_eq!(reopened(&world), [json!(3), json!(3), json!(3)], "{context}");
    let is_reached = gated.gate().calls.load(Ordering::SeqCst) >= from;
    is_reached.then(|| gated.gate().struck.load(Ordering::SeqCst))
}

#[test]
fn a_full_disk_is_told_truly_and_survived() {
    let (mut tally, mut runs) = (BTreeMap::new(), 0);
    for publish in MODES {
        for once in [true, false] {
            for from in 1.. {
                let until = if once { from } else { u64::MAX };
                let Some(is_struck) = full_disk(publish, from, until, &mut tally) else { break };
                runs += usize::from(is_struck);
            }
        }
    }
    say!("full disk: {runs} runs, {tally:?}");
    assert!(tally["Saved"] > 50 && tally["NotSaved"] > 5 && tally["InDoubt"] > 2);
}

#[test]
fn a_failed_sync_of_the_log_poisons_and_is_decided_once() {
    let mut decided: BTreeMap<String, usize> = BTreeMap::new();
    for publish in MODES {
        for forgets in [false, true] {
            for number in 1..120 {
                let error = io::ErrorKind::Other;
                let fault = if forgets { Fault::SyncLost(number, error) } else { Fault::Once(number, error) };
                let (world, options) = start(publish, |world| Env {
                    fs: Arc::new(FaultFs::over(&world.fs, fault)),
                    ..world.env()
                });
                let Ok(mut store) = options.open(root()) else { continue };
                let Err(error) = write(&mut store, 1) else { continue };
                if error.outcome() != Outcome::InDoubt {
                    continue;
                }
                let context = format!("{publish:?}, {fault:?}");
                assert_eq!(error.kind(), ErrorKind::InDoubt, "{context}");
                assert!(
                    error.to_string().ends_with("(it is in doubt whether the change is saved)"),
                    "{error}"
                );
                let calls = world.fs.calls();
                let kinds = [
                    write(&mut store, 2).expect_err("poisoned").kind(),
                    store.begin().map(drop).expect_err("poisoned").kind(),
                    store.publish().expect_err("poisoned").kind(),
                    store.refresh().expect_err("poisoned").kind(),
                    store.adopt("ana").map(drop).expect_err("poisoned").kind(),
                    store.restore().map(drop).expect_err("poisoned").kind(),
                ];
                assert_eq!(kinds, [ErrorKind::Poisoned; 6], "{context}");
                assert_eq!(world.fs.calls(), calls, "{context}: a poisoned store touches the disk");
                drop(store);
                // Whatever each reopening decides, it decides for ever.
                let image = world.fs.image();
                for survival in [Survival::nothing(), Survival::everything()] {
                    for killed in [false, true] {
                        let image = if killed { image.clone() } else { image.survive(&survival) };
                        let world = World::from_image(&image, 11);
                        let first = count(&Store::options().env(world.env()).open(root()).expect("it opens"));
                        *decided.entry(first.to_string()).or_default() += 1;
                        assert!(first == 0 || first == 1, "{context}: {first}");
                        for later in [world.fs.image().survive(&Survival::nothing()), world.fs.image()] {
                            let world = World::from_image(&later, 12);
                            let mut store = Store::options().env(world.env()).open(root()).expect("it opens");
                            assert_eq!(count(&store), first, "{context}: decided twice");
                            assert_eq!(
                                store.history().expect("whole").len() as u64,
                                1 + first.as_u64().unwrap_or(9)
                            );
                            write(&mut store, 7).expect("a reopened store goes on");
                            assert_eq!(reopened(&world), [json!(7), json!(7), json!(7)], "{context}");
                        }
                    }
                }
            }
        }
    }
    say!("in doubt, decided: {decided:?}");
    assert!(decided["0"] > 0 && decided["1"] > 0);
}
