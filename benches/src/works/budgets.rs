//! The specification's benchmark: a thousand transactions one after the other, and each of its budgets beside
//! what was measured.

use crate::bench::{Bench, Place};
use crate::data::Random;
use crate::engine::{Purpose, Result};
use crate::engines::checklist::{edit, options, prepared};
use crate::sample::quantile;
use crate::stopwatch::Stopwatch;
use checklist_store::{Event, Store};
use std::collections::BTreeMap;
use std::path::Path;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

/// The name of the work.
pub const NAME: &str = "budgets";
/// Publishing with each commit, as the specification has it.
pub const STORE: &str = "checklist, EveryCommit";
/// Transactions in a round.
pub const TRANSACTIONS: usize = 1_000;
/// Keys that they write.
const KEYS: usize = 100;

/// What the specification bounds, in milliseconds.
pub const BUDGETS: [(&str, f64); 8] = [
    ("WAL write", 10.0),
    ("WAL replay", 100.0),
    ("WAL clear", 5.0),
    ("lock", 50.0),
    ("validation", 20.0),
    ("publish", 30.0),
    ("rollback", 10.0),
    ("transaction", 100.0),
];

type Times = Arc<Mutex<BTreeMap<&'static str, Vec<u64>>>>;

fn took(times: &Times, what: &'static str, time: Duration) {
    let ns = u64::try_from(time.as_nanos()).unwrap_or(u64::MAX);
    times.lock().unwrap_or_else(PoisonError::into_inner).entry(what).or_default().push(ns);
}

/// Measures a thousand transactions, as many rollbacks, and replays of a thousand transactions.
pub fn run(bench: &mut Bench) -> Result<()> {
    for round in 0..bench.settings.rounds {
        bench.tell(&format!("{NAME}: round {} of {}", round + 1, bench.settings.rounds));
        let times = Times::default();
        transactions(bench, &times)?;
        replays(bench, &times)?;
        let times = std::mem::take(&mut *times.lock().unwrap_or_else(PoisonError::into_inner));
        for (what, mut all) in times {
            all.sort_unstable();
            let place = Place { work: NAME, engine: STORE, case: what, at: 0.0, round };
            let figures = [("median_ms", 0.5), ("p99_ms", 0.99), ("max_ms", 1.0)];
            bench.record_all(&place, figures.map(|(metric, share)| (metric, quantile(&all, share) / 1e6)))?;
        }
    }
    Ok(())
}

fn transactions(bench: &Bench, times: &Times) -> Result<()> {
    let folder = bench.folder()?;
    let seen = Arc::clone(times);
    let observer = move |event: &Event| match event {
        Event::LockAcquired { waited } => took(&seen, "lock", *waited),
        Event::Committed { timings, .. } => {
            took(&seen, "WAL write", timings.log);
            took(&seen, "validation", timings.prepare);
            took(&seen, "publish", timings.publish);
            took(&seen, "WAL clear", timings.retire);
        }
        _ => {}
    };
    let options = Store::options().deadline(None).observe(Arc::new(observer));
    let mut store = prepared(folder.path(), options)?;
    times.lock().unwrap_or_else(PoisonError::into_inner).clear();
    let mut random = Random::new(11);
    for _ in 0..bench.either(TRANSACTIONS / 5, TRANSACTIONS) {
        let writes = random.writes(1, KEYS);
        let watch = Stopwatch::start();
        store.transact(|draft| edit(draft, &writes))?;
        took(times, "transaction", watch.elapsed());
        let mut transaction = store.begin()?;
        edit(&mut transaction, &random.writes(10, KEYS))?;
        let watch = Stopwatch::start();
        transaction.rollback();
        took(times, "rollback", watch.elapsed());
    }
    Ok(())
}

/// Opens a store whose log holds a thousand transactions that were never published.
fn replays(bench: &Bench, times: &Times) -> Result<()> {
    for _ in 0..bench.either(3, 10) {
        let folder = bench.folder()?;
        leave_in_log(folder.path())?;
        let watch = Stopwatch::start();
        let store = Store::options().open(folder.path().join(".checklist"))?;
        took(times, "WAL replay", watch.elapsed());
        if store.recovery().records < TRANSACTIONS {
            return Err(format!("recovery found {} records", store.recovery().records).into());
        }
    }
    Ok(())
}

fn leave_in_log(folder: &Path) -> Result<()> {
    let mut store = prepared(folder, options(Purpose::KeepLog))?;
    let mut random = Random::new(12);
    for _ in 0..TRANSACTIONS {
        let writes = random.writes(1, KEYS);
        store.transact(|draft| edit(draft, &writes))?;
    }
    // Dropped and not closed: nothing is published.
    Ok(())
}
