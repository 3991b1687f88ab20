//! Work whose instructions are counted: `cargo xtask instructions` runs this under callgrind, which counts within
//! the functions that are called `counted_…`. Disk, clock and randomness are simulated, so that nothing but the
//! code decides the count.

use checklist_store::env::mem::World;
use checklist_store::{Draft, Error, Key, Publish, Store};
use std::hint::black_box;
use std::process::ExitCode;

const ROOT: &str = "/store";
const KEYS: Key<'static> = Key::from_static("/keys");
/// Keys in the document before anything is counted.
const KEYS_COUNT: usize = 1_000;
/// Transactions of one operation that are counted.
const COMMITS: usize = 200;
/// Records that recovery finds in the log, in transactions of a hundred.
const RECORDS: usize = 10_000;

fn main() -> ExitCode {
    let done = match std::env::args().nth(1).as_deref() {
        Some("commit") => commit(),
        Some("recovery") => recovery(),
        _ => return ExitCode::from(2),
    };
    if done.is_ok() { ExitCode::SUCCESS } else { ExitCode::FAILURE }
}

fn open(world: &World) -> Result<Store, Error> {
    let publish = Publish::Deferred { wal_bytes: u64::MAX };
    Store::options().env(world.env()).publish(publish).wal_limit(u64::MAX).deadline(None).open(ROOT)
}

/// A store with nothing in its log and the object of the keys in its document.
fn prepared(world: &World, keys: usize) -> Result<Store, Error> {
    let mut store = open(world)?;
    store.transact(|draft| {
        draft.write(&KEYS, serde_json::json!({}))?;
        write(draft, 0..keys)
    })?;
    store.publish()?;
    Ok(store)
}

/// Gives keys a value of 128 bytes.
fn write(draft: &mut Draft, keys: impl Iterator<Item = usize>) -> Result<(), Error> {
    for key in keys {
        draft.write(&KEYS.child(format!("k{key:07}")), format!("{key:0128}"))?;
    }
    Ok(())
}

fn commit() -> Result<(), Error> {
    let world = World::new(1);
    let mut store = prepared(&world, KEYS_COUNT)?;
    counted_commits(&mut store)
}

#[inline(never)]
fn counted_commits(store: &mut Store) -> Result<(), Error> {
    for number in 0..COMMITS {
        store.transact(|draft| write(draft, std::iter::once(number * 37 % KEYS_COUNT)))?;
    }
    black_box(store);
    Ok(())
}

fn recovery() -> Result<(), Error> {
    let world = World::new(1);
    let mut store = prepared(&world, 0)?;
    for first in (0..RECORDS).step_by(100) {
        store.transact(|draft| write(draft, first..first + 100))?;
    }
    // Dropped and not closed: the log keeps everything.
    drop(store);
    counted_recovery(&world)
}

#[inline(never)]
fn counted_recovery(world: &World) -> Result<(), Error> {
    let store = open(world)?;
    assert!(store.recovery().records >= RECORDS, "recovery found {} records", store.recovery().records);
    black_box(store);
    Ok(())
}
