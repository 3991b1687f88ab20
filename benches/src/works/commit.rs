//! Durable commits: one thread and many, one operation and ten, on ten thousand keys.

use crate::bench::{Bench, Place, rotated};
use crate::data::{self, Random};
use crate::engine::{self, Engine, Entry, Purpose, Result, Role};
use crate::sample::quantile;
use crate::stopwatch::Stopwatch;
use std::sync::Barrier;
use std::time::Duration;
use tempfile::TempDir;

/// The name of the work.
pub const NAME: &str = "commit";
/// How many keys there are before.
pub const KEYS: usize = 10_000;
/// Operations in a transaction.
pub const OPERATIONS: [usize; 2] = [1, 10];
/// Threads that commit at the same time.
pub const THREADS: [usize; 4] = [1, 4, 16, 64];
/// The shares of the latency distribution that are kept.
pub const SHARES: [f64; 15] =
    [0.01, 0.05, 0.10, 0.20, 0.30, 0.40, 0.50, 0.60, 0.70, 0.80, 0.90, 0.95, 0.99, 0.995, 0.999];

/// The case of so many operations and threads.
#[must_use]
pub fn case(operations: usize, threads: usize) -> String {
    let word = if operations == 1 { "operation" } else { "operations" };
    let threads_word = if threads == 1 { "thread" } else { "threads" };
    format!("{operations} {word}, {threads} {threads_word}")
}

/// The metric that holds the latency below which this share of the commits stayed.
#[must_use]
pub fn latency(share: f64) -> String {
    format!("latency_q{share:.3}_us")
}

/// An engine that is open and filled.
pub struct Subject {
    /// Which one.
    pub entry: Entry,
    /// It, open.
    pub engine: Box<dyn Engine>,
    _folder: TempDir,
}

/// Opens an engine in a folder of its own and gives every key a value.
///
/// # Errors
/// Those of the engine.
pub fn subject(bench: &Bench, entry: Entry, keys: usize, value_bytes: usize) -> Result<Subject> {
    let folder = bench.folder()?;
    let engine = (entry.open)(folder.path(), Purpose::Use)?;
    if entry.role == Role::Naive {
        // One write or sync for each of so many keys takes minutes; these engines can do with one key.
        engine.commit(&data::filling(1, 1, value_bytes).next().ok_or("there is one key")?)?;
        if entry.name == engine::YAML {
            let all: Vec<_> = data::filling(keys, keys, value_bytes).flatten().collect();
            engine.commit(&all)?;
        }
    } else if entry.role != Role::Floor {
        for writes in data::filling(keys, 5_000, value_bytes) {
            engine.commit(&writes)?;
        }
    }
    Ok(Subject { entry, engine, _folder: folder })
}

/// Measures every engine in every case, round by round.
pub fn run(bench: &mut Bench) -> Result<()> {
    let mut subjects = Vec::new();
    for entry in engine::all() {
        bench.tell(&format!("{NAME}: filling {}", entry.name));
        match subject(bench, entry, KEYS, data::VALUE_BYTES) {
            Ok(subject) => subjects.push(subject),
            Err(error) => {
                let place = Place { work: NAME, engine: entry.name, case: "open", at: 0.0, round: 0 };
                bench.skip(&place, &error.to_string())?;
            }
        }
    }
    for round in 0..bench.settings.rounds {
        bench.tell(&format!("{NAME}: round {} of {}", round + 1, bench.settings.rounds));
        for operations in OPERATIONS {
            for threads in THREADS {
                for subject in rotated(&subjects, round) {
                    turn_of(bench, subject, operations, threads, round)?;
                }
            }
        }
    }
    Ok(())
}

fn turn_of(
    bench: &mut Bench,
    subject: &Subject,
    operations: usize,
    threads: usize,
    round: usize,
) -> Result<()> {
    let takes_turns = subject.entry.role == Role::Naive || subject.entry.name == engine::REPLACE;
    if threads > 1 && takes_turns {
        return Ok(());
    }
    let seed = (round * 1_000 + operations * 100 + threads) as u64;
    let work = Work { operations, keys: KEYS, threads, seed, turn: bench.turn() };
    let done = work.run(&*subject.engine)?;
    let case = case(operations, threads);
    let place = Place { work: NAME, engine: subject.entry.name, case: &case, at: threads as f64, round };
    bench.record_all(&place, done.figures())
}

/// What is to be done in one turn.
#[derive(Clone, Copy, Debug)]
pub struct Work {
    /// Operations in a transaction.
    pub operations: usize,
    /// Below which number the keys are.
    pub keys: usize,
    /// How many threads do it.
    pub threads: usize,
    /// Decides keys and values.
    pub seed: u64,
    /// For how long; a commit that began is waited for.
    pub turn: Duration,
}

/// What was done in one turn.
#[derive(Clone, Debug)]
pub struct Done {
    elapsed: Duration,
    /// Of each commit, sorted.
    latencies_ns: Vec<u64>,
}

impl Done {
    /// Commits per second, and the distribution of their latencies.
    #[must_use]
    pub fn figures(&self) -> Vec<(String, f64)> {
        let rate = self.latencies_ns.len() as f64 / self.elapsed.as_secs_f64();
        let at = |share: f64| quantile(&self.latencies_ns, share) / 1e3;
        let latencies = SHARES.iter().map(|share| (latency(*share), at(*share)));
        std::iter::once(("per_second".to_owned(), rate)).chain(latencies).collect()
    }
}

impl Work {
    /// Does it.
    ///
    /// # Errors
    /// The first error of the engine.
    pub fn run(&self, engine: &dyn Engine) -> Result<Done> {
        // The first commits after another engine's turn pay for its leftovers in the caches.
        let mut random = Random::new(self.seed ^ 0xA5A5);
        (0..3).try_for_each(|_| engine.commit(&random.writes(self.operations, self.keys)))?;
        if self.threads == 1 {
            let watch = Stopwatch::start();
            let mut latencies_ns = self.commit_until_over(engine, watch, 0)?;
            let elapsed = watch.elapsed();
            latencies_ns.sort_unstable();
            return Ok(Done { elapsed, latencies_ns });
        }
        let start = Barrier::new(self.threads + 1);
        let (elapsed, results) = std::thread::scope(|scope| {
            let start = &start;
            let writers: Vec<_> = (0..self.threads)
                .map(|thread| {
                    scope.spawn(move || {
                        start.wait();
                        self.commit_until_over(engine, Stopwatch::start(), thread)
                    })
                })
                .collect();
            start.wait();
            let watch = Stopwatch::start();
            let results: Vec<Result<Vec<u64>>> =
                writers.into_iter().map(|writer| writer.join().expect("a writer does not panic")).collect();
            (watch.elapsed(), results)
        });
        let mut latencies_ns = results.into_iter().collect::<Result<Vec<_>>>()?.concat();
        latencies_ns.sort_unstable();
        Ok(Done { elapsed, latencies_ns })
    }

    fn commit_until_over(&self, engine: &dyn Engine, watch: Stopwatch, thread: usize) -> Result<Vec<u64>> {
        let mut random = Random::new(self.seed.wrapping_mul(1_000_003).wrapping_add(thread as u64));
        let mut latencies_ns = Vec::with_capacity(4_096);
        while watch.elapsed() < self.turn {
            let writes = random.writes(self.operations, self.keys);
            let one = Stopwatch::start();
            engine.commit(&writes)?;
            latencies_ns.push(u64::try_from(one.elapsed().as_nanos()).unwrap_or(u64::MAX));
        }
        Ok(latencies_ns)
    }
}
