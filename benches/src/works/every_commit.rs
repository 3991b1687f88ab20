//! `Publish::EveryCommit` against its own system calls: the sequence that it makes in a simulated file system
//! is replayed on the real one, byte counts and all, by a loop that does nothing else.

use crate::bench::{Bench, Place, rotated};
use crate::data::{self, Random, Write};
use crate::engine::Result;
use crate::engines::checklist::{edit, prepared};
use crate::raw_calls::{Recording, Step};
use crate::stopwatch::Stopwatch;
use checklist_store::env::mem::World;
use checklist_store::{Options, Store};
use std::path::Path;

/// The name of the work.
pub const NAME: &str = "every commit";
/// Log, publish, retire.
pub const STORE: &str = "checklist, EveryCommit";
/// The same calls with nothing around them.
pub const RAW: &str = "its own system calls, replayed";
/// Keys in the document.
pub const KEYS: [usize; 3] = [20, 1_000, 10_000];
/// Commits before the clock starts: copies of the state are then made and removed at an even pace.
const SETTLING: usize = 30;

/// The case of so many keys.
#[must_use]
pub fn case(keys: usize) -> String {
    format!("{keys} keys")
}

fn options() -> Options {
    Store::options().deadline(None)
}

fn filled(folder: &Path, options: Options, keys: usize) -> Result<Store> {
    let mut store = prepared(folder, options)?;
    let all: Vec<Write> = data::filling(keys, keys, data::VALUE_BYTES).flatten().collect();
    store.transact(|draft| edit(draft, &all))?;
    Ok(store)
}

/// Measures both, round by round, each in a new folder.
pub fn run(bench: &mut Bench) -> Result<()> {
    for keys in KEYS {
        bench.tell(&format!("{NAME}: {keys} keys"));
        let commits = bench.either(20, 200).min(400_000 / keys);
        let steps = recorded(keys, commits)?;
        for round in 0..bench.settings.rounds {
            let case = case(keys);
            let place = |engine| Place { work: NAME, engine, case: &case, at: keys as f64, round };
            for engine in rotated(&[STORE, RAW], round) {
                let ms =
                    if *engine == STORE { store_ms(bench, keys, commits) } else { raw_ms(bench, &steps) };
                bench.record_all(&place(engine), [("commit_ms", ms? / commits as f64)])?;
            }
        }
    }
    Ok(())
}

/// The steps of making a store, of settling, and then of so many commits.
fn recorded(keys: usize, commits: usize) -> Result<[Vec<Step>; 2]> {
    let world = World::new(1);
    let recording = Recording::of(&world.fs);
    let root = Path::new("/bench");
    world.fs.place_dir(root)?;
    let mut store = filled(root, options().env(world.env()), keys)?;
    let mut random = Random::new(3);
    let mut commit = |count: usize| {
        (0..count).try_for_each(|_| store.transact(|draft| edit(draft, &random.writes(1, keys))))
    };
    commit(SETTLING)?;
    let before = recording.take();
    commit(commits)?;
    Ok([before, recording.take()])
}

fn store_ms(bench: &Bench, keys: usize, commits: usize) -> Result<f64> {
    let folder = bench.folder()?;
    let mut store = filled(folder.path(), options(), keys)?;
    let mut random = Random::new(3);
    for _ in 0..SETTLING {
        store.transact(|draft| edit(draft, &random.writes(1, keys)))?;
    }
    let watch = Stopwatch::start();
    for _ in 0..commits {
        store.transact(|draft| edit(draft, &random.writes(1, keys)))?;
    }
    Ok(watch.ms())
}

fn raw_ms(bench: &Bench, [before, steps]: &[Vec<Step>; 2]) -> Result<f64> {
    let folder = bench.folder()?;
    let mut replay = crate::raw_calls::Replay::into(folder.path(), Path::new("/bench"));
    before.iter().try_for_each(|step| replay.step(step))?;
    let watch = Stopwatch::start();
    steps.iter().try_for_each(|step| replay.step(step))?;
    Ok(watch.ms())
}
