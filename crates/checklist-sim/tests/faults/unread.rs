//! Whatever cannot be looked at or read is an error, and never taken for something that is not there.
//!
//! Every operation is made on disks of every kind with each of its looks and reads failing in turn. It may fail, with
//! an error of the disk; if it succeeds, then with the very outcome that it has when nothing fails.

use checklist_sim::gate::{Attempt, Fate, Gate, Gated};
use checklist_sim::model::root;
use checklist_store::env::Fs as _;
use checklist_store::env::mem::{CallKind, DiskImage, World};
use checklist_store::{Error, ErrorKind, Intent, Key, Lsn, Options, Publish, Store, Target};
use std::io;
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

/// Fails the look or read with this number, the first being 1.
#[derive(Debug)]
struct FailsOne {
    at: usize,
    calls: Arc<AtomicUsize>,
}

impl Gate for FailsOne {
    fn decide(&self, attempt: &Attempt<'_>) -> Fate {
        if !matches!(attempt.kind, CallKind::Stat | CallKind::Read | CallKind::List) {
            return Fate::Pass;
        }
        let number = self.calls.fetch_add(1, Ordering::SeqCst) + 1;
        if number == self.at { Fate::Fail(io::ErrorKind::Other) } else { Fate::Pass }
    }
}

fn write(options: &Options, name: &'static str, value: u64) {
    let mut store = options.clone().open(root()).expect("the store opens");
    store.transact(|draft| draft.write(&Key::from_static(name), value)).expect("it is saved");
}

/// Options with files small enough that the history is rotated.
fn small(options: Options) -> Options {
    options.history_limit(400)
}

fn put(world: &World, name: &str, bytes: &[u8]) {
    world.fs.place(&root().join(name), bytes).expect("the disk takes it");
}

fn bytes(world: &World, name: &str) -> Vec<u8> {
    world.fs.image().read(&root().join(name)).map(<[u8]>::to_vec).expect("it is there")
}

/// The disks: as they are used, and in need of every kind of repair.
fn disks() -> Vec<(&'static str, DiskImage)> {
    let world = World::new(5);
    world.fs.place_dir(Path::new("/project")).expect("the disk is empty");
    let mut disks = vec![("nothing", world.fs.image())];
    let options = small(Store::options().env(world.env()));
    for (name, value) in [("/a", 1), ("/b", 2), ("/a", 3), ("/b", 4)] {
        write(&options, name, value);
    }
    options.clone().open(root()).and_then(|mut store| store.backup()).expect("a copy is kept");
    disks.push(("published", world.fs.image()));
    write(&options.publish(Publish::Deferred { wal_bytes: 1 << 20 }), "/c", 5);
    disks.push(("waiting", world.fs.image()));
    let harmed = |harm: &dyn Fn(&World)| {
        let other = World::from_image(&world.fs.image(), 6);
        harm(&other);
        other.fs.settle();
        other.fs.image()
    };
    let remove = |world: &World, name: &str| world.fs.remove(&root().join(name)).expect("it is there");
    disks.push(("missing", harmed(&|world| remove(world, "state.yaml"))));
    disks.push(("damaged", harmed(&|world| put(world, "state.yaml", b"{"))));
    disks.push(("lost", harmed(&|world| put(world, "state.yaml", &[0; 100]))));
    disks.push((
        "edited",
        harmed(&|world| {
            let text = String::from_utf8(bytes(world, "state.yaml")).expect("it is text");
            put(world, "state.yaml", text.replace("b: 4", "b: 9").as_bytes());
        }),
    ));
    let appended = |name: &'static str, more: &'static [u8]| {
        harmed(&move |world: &World| put(world, name, &[bytes(world, name), more.to_vec()].concat()))
    };
    disks.push(("torn log", appended(".wal", b"{\"v\":1,\"gen\"")));
    disks.push(("torn history", appended("history.jsonl", b"{\"v\":1")));
    disks.push(("leftover", harmed(&|world| put(world, ".tmp/state.yaml-1", b"half"))));
    disks
}

type Operation = (&'static str, fn(&Options) -> Result<String, Error>);

fn opened(options: &Options) -> Result<String, Error> {
    let store = options.clone().open(root())?;
    let (snapshot, report) = (store.snapshot(), store.recovery());
    Ok(format!(
        "{} {} {:?} {:?} {} {}",
        snapshot.to_value(),
        snapshot.lsn(),
        store.standing(),
        report.verdict,
        report.redone.len(),
        kept(options, report.backup.as_deref())?
    ))
}

/// How many files are kept under the name of a copy.
fn kept(options: &Options, copy: Option<&Path>) -> Result<usize, Error> {
    let copies = Store::backups_at(options, &root())?;
    let is_meant = |name: &str| copy.is_some_and(|copy| copy.ends_with(name));
    Ok(copies.iter().filter(|copy| is_meant(&copy.name)).map(|copy| copy.files.len()).sum())
}

const OPERATIONS: &[Operation] = &[
    ("open", opened),
    ("open to read", |options| opened(&options.clone().intent(Intent::Read).create(false))),
    ("check", |options| Store::check_at(options, &root()).map(|found| format!("{found:?}"))),
    ("plan a repair", |options| {
        let plan = Store::plan_repair(options, &root())?;
        Ok(format!("{} {} {:?} {}", plan.ends_at, plan.is_proven, plan.lost, plan.unproven.len()))
    }),
    ("repair", |options| {
        let plan = Store::repair(options, &root())?;
        let kept = kept(options, plan.kept.as_deref())?;
        Ok(format!("{} {:?} {kept} {}", plan.ends_at, plan.lost, opened(options)?))
    }),
    ("commit", |options| {
        let mut store = options.clone().open(root())?;
        store.transact(|draft| draft.write(&Key::from_static("/d"), 7))?;
        Ok(format!("{} {}", store.snapshot().to_value(), store.snapshot().lsn()))
    }),
    ("history", |options| {
        let store = options.clone().open(root())?;
        let behind = store.history_after(Lsn(4))?;
        Ok(format!("{} {}", store.history()?.len(), behind.len()))
    }),
    ("read the log", |options| {
        let found = Store::read_log(options, &root())?;
        Ok(format!(
            "{:?} {:?} {} {}",
            found.state,
            found.continues,
            found.transactions.len(),
            found.tail_bytes
        ))
    }),
    ("go back", |options| {
        let store = options.clone().open(root())?;
        let plan = store.plan_restore(&Target::Lsn(Lsn(3)))?;
        Ok(format!("{} {}", plan.lsn, plan.operations.len()))
    }),
    ("copies", |options| Ok(format!("{}", Store::backups_at(options, &root())?.len()))),
    ("keep a copy", |options| {
        let copy = options.clone().open(root())?.backup()?;
        Ok(format!("{} {} {}", copy.lsn, copy.reason, copy.files.len()))
    }),
    ("adopt", |options| {
        let mut store = options.clone().open(root())?;
        store.adopt("ana")?;
        Ok(format!("{} {}", store.snapshot().to_value(), store.snapshot().lsn()))
    }),
    ("glance", |options| Store::glance(options, &root()).map(|found| found.to_value().to_string())),
];

/// Runs an operation on a disk of its own with one failing look or read; how many there were.
fn run(image: &DiskImage, operation: &Operation, at: usize) -> (Result<String, Error>, usize) {
    let world = World::from_image(image, 7);
    let calls = Arc::new(AtomicUsize::new(0));
    let mut env = world.env();
    env.fs = Arc::new(Gated::behind(env.fs, FailsOne { at, calls: Arc::clone(&calls) }));
    let result = (operation.1)(&small(Store::options().env(env)));
    (result, calls.load(Ordering::SeqCst))
}

#[test]
fn what_cannot_be_read_is_never_taken_for_nothing() {
    let (mut tried, mut findings) = (0, Vec::new());
    for (disk, image) in disks() {
        for operation in OPERATIONS {
            let (expected, _) = run(&image, operation, 0);
            let expected = expected.map_err(|error| (error.kind(), error.to_string()));
            for at in 1.. {
                let (found, calls) = run(&image, operation, at);
                if calls < at {
                    break;
                }
                tried += 1;
                let found = found.map_err(|error| (error.kind(), error.to_string()));
                let is_told = match &found {
                    Err((ErrorKind::Io, _)) => true,
                    // Who only reads is shown what is proven, and told of the damage where nothing proves it.
                    Err((ErrorKind::Corrupt, _)) => disk == "damaged",
                    _ => false,
                };
                if found != expected && !is_told {
                    findings.push(format!("{disk}, {}, #{at}: {found:?} for {expected:?}", operation.0));
                }
            }
        }
    }
    assert!(findings.is_empty(), "{}", findings.join("\n"));
    assert!(tried > 2_000, "{tried}");
}
