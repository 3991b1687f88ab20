//! One commit in documents of a hundred, ten thousand and a million keys: what it costs must not grow.

use super::commit::{self, Work};
use crate::bench::{Bench, Place, rotated};
use crate::engine::{self, Entry, Result};

/// The name of the work.
pub const NAME: &str = "growth";
/// Keys in the document.
pub const KEYS: [usize; 3] = [100, 10_000, 1_000_000];
/// The median latency of a commit.
pub const METRIC: &str = "latency_q0.500_us";
/// The length of the values that are there: a million of them stay below the limit of a document.
const VALUE_BYTES: usize = 16;

/// The case of so many keys.
#[must_use]
pub fn case(keys: usize) -> String {
    format!("{keys} keys")
}

/// Whether an engine is of interest here, with a document of this size.
fn is_measured(entry: &Entry, keys: usize, is_quick: bool) -> bool {
    match entry.name {
        engine::STORE | "SQLite WAL, synchronous=FULL" | "raft-engine (sync)" => keys <= 10_000 || !is_quick,
        engine::YAML => keys <= 10_000,
        _ => false,
    }
}

/// Measures documents of every size in turn, round by round.
pub fn run(bench: &mut Bench) -> Result<()> {
    let is_quick = bench.settings.is_quick;
    let mut subjects = Vec::new();
    for keys in KEYS {
        for entry in engine::all().into_iter().filter(|entry| is_measured(entry, keys, is_quick)) {
            bench.tell(&format!("{NAME}: {keys} keys in {}", entry.name));
            match commit::subject(bench, entry, keys, VALUE_BYTES) {
                Ok(subject) => subjects.push((keys, subject)),
                Err(error) => {
                    let case = case(keys);
                    let place =
                        Place { work: NAME, engine: entry.name, case: &case, at: keys as f64, round: 0 };
                    bench.skip(&place, &error.to_string())?;
                }
            }
        }
    }
    for round in 0..bench.settings.rounds {
        for (keys, subject) in rotated(&subjects, round) {
            let seed = (round * 10 + 1) as u64;
            let work = Work { operations: 1, keys: *keys, threads: 1, seed, turn: bench.turn() };
            let done = work.run(&*subject.engine)?;
            let case = case(*keys);
            let place =
                Place { work: NAME, engine: subject.entry.name, case: &case, at: *keys as f64, round };
            bench.record_all(&place, done.figures())?;
        }
    }
    Ok(())
}
