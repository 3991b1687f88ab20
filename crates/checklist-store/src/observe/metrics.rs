//! `Metrics`: counters and latencies of everything a store does, folded from its events.

use super::histogram::{Histogram, Latency};
use crate::event::{Event, Observer};
use serde::Serialize;
use std::collections::BTreeMap;
use std::fmt;
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

/// Counts what a store tells about itself. One may observe any number of handles; its memory does not grow.
///
/// ```
/// use checklist_store::{Key, Metrics, Store};
/// use std::sync::Arc;
/// # let folder = tempfile::tempdir().unwrap();
/// # let root = folder.path().join(".checklist");
/// let metrics = Arc::new(Metrics::default());
/// let mut store = Store::options().observe(metrics.clone()).open(&root)?;
/// store.transact(|draft| draft.write(&Key::from_static("/build"), "done"))?;
///
/// let seen = metrics.snapshot();
/// assert_eq!((seen.commits, seen.operations), (1, 1));
/// assert!(seen.latencies["sync"].p50_ns > 0);
/// # Ok::<(), checklist_store::Error>(())
/// ```
#[doc(alias = "telemetry")]
#[derive(Debug, Default)]
pub struct Metrics {
    folded: Mutex<Folded>,
}

/// What was counted up to a moment: plain data, to be printed or serialised.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub struct MetricsSnapshot {
    /// Transactions that became durable.
    pub commits: u64,
    /// The operations they had.
    pub operations: u64,
    /// Transactions that were rolled back or dropped.
    pub rollbacks: u64,
    /// Times that `state.yaml` was brought up to date.
    pub published: u64,
    /// Times that it could not be, after a commit that is saved.
    pub publish_delays: u64,
    /// Times that the log was cleared after it had waited for publishing.
    pub rotations: u64,
    /// The bytes that were in it then.
    pub rotated_bytes: u64,
    /// Copies taken before a repair.
    pub backups: u64,
    /// Bytes cut off the end of the history, which no record owned.
    pub history_cut_bytes: u64,
    /// Times that the write lock was taken.
    pub locks: u64,
    /// Times that it was not to be had in time.
    pub lock_timeouts: u64,
    /// Times that the circuit breaker opened.
    pub breaker_opened: u64,
    /// Attempts that it refused.
    pub breaker_refused: u64,
    /// Times that opening or catching up did something, by what it did.
    pub recoveries: BTreeMap<String, u64>,
    /// Calls that failed, by [`ErrorKind`](crate::ErrorKind).
    pub failures: BTreeMap<String, u64>,
    /// How long things took: `prepare`, `log`, `sync`, `publish`, `retire` and `commit` of a commit, `lock_wait`,
    /// `recovery`.
    pub latencies: BTreeMap<String, Latency>,
}

#[derive(Debug, Default)]
struct Folded {
    /// Everything but the latencies.
    counted: MetricsSnapshot,
    latencies: BTreeMap<&'static str, Histogram>,
}

impl Metrics {
    /// What was counted so far.
    #[must_use]
    pub fn snapshot(&self) -> MetricsSnapshot {
        let folded = self.folded.lock().unwrap_or_else(PoisonError::into_inner);
        let latencies = &folded.latencies;
        MetricsSnapshot {
            latencies: latencies.iter().map(|(name, times)| ((*name).to_owned(), times.latency())).collect(),
            ..folded.counted.clone()
        }
    }
}

impl Observer for Metrics {
    fn on_event(&self, event: &Event) {
        self.folded.lock().unwrap_or_else(PoisonError::into_inner).fold(event);
    }
}

impl Folded {
    fn fold(&mut self, event: &Event) {
        let counted = &mut self.counted;
        match event {
            Event::Recovered(report) => {
                count(&mut counted.recoveries, format!("{:?}", report.verdict));
                self.took("recovery", report.elapsed);
            }
            Event::LockAcquired { waited } => {
                counted.locks += 1;
                self.took("lock_wait", *waited);
            }
            Event::LockTimedOut { waited, .. } => {
                counted.lock_timeouts += 1;
                self.took("lock_wait", *waited);
            }
            Event::BreakerRefused { .. } => counted.breaker_refused += 1,
            Event::BreakerOpened { .. } => counted.breaker_opened += 1,
            Event::Committed { operations, timings, .. } => {
                counted.commits += 1;
                counted.operations += *operations as u64;
                let whole = timings.prepare + timings.log + timings.publish + timings.retire;
                self.took("commit", whole);
                self.took("prepare", timings.prepare);
                self.took("log", timings.log);
                self.took("sync", timings.sync);
                // Deferred publishing takes no time, and would hide how long the rest of it takes.
                let deferrable = [("publish", timings.publish), ("retire", timings.retire)];
                deferrable
                    .iter()
                    .filter(|(_, time)| !time.is_zero())
                    .for_each(|(name, time)| self.took(name, *time));
            }
            Event::RolledBack { .. } => counted.rollbacks += 1,
            Event::Published { .. } => counted.published += 1,
            Event::PublishDelayed { .. } => counted.publish_delays += 1,
            Event::WalRotated { bytes } => {
                counted.rotations += 1;
                counted.rotated_bytes += bytes;
            }
            Event::BackedUp { .. } => counted.backups += 1,
            Event::HistoryCut { bytes } => counted.history_cut_bytes += bytes,
            Event::Failed { kind } => count(&mut counted.failures, format!("{kind:?}")),
            _ => {}
        }
    }

    fn took(&mut self, name: &'static str, time: Duration) {
        self.latencies.entry(name).or_default().record(time);
    }
}

/// The names come from the variants of an enum: there are only so many.
fn count(counts: &mut BTreeMap<String, u64>, name: String) {
    *counts.entry(name).or_default() += 1;
}

impl fmt::Display for MetricsSnapshot {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let counters = [
            ("commits", self.commits),
            ("operations", self.operations),
            ("rolled back", self.rollbacks),
            ("published", self.published),
            ("publishing delayed", self.publish_delays),
            ("log rotations", self.rotations),
            ("log bytes rotated", self.rotated_bytes),
            ("copies before repairs", self.backups),
            ("history bytes cut", self.history_cut_bytes),
            ("locks taken", self.locks),
            ("lock timeouts", self.lock_timeouts),
            ("breaker opened", self.breaker_opened),
            ("breaker refused", self.breaker_refused),
        ];
        for (name, count) in counters.iter().filter(|(_, count)| *count > 0) {
            writeln!(f, "{name:<22}{count:>12}")?;
        }
        for (of, counts) in [("recovery", &self.recoveries), ("failure", &self.failures)] {
            for (name, count) in counts {
                writeln!(f, "{:<22}{count:>12}", format!("{of}: {name}"))?;
            }
        }
        if !self.latencies.is_empty() {
            writeln!(f, "{:<12}{:>10}{:>10}{:>10}{:>10}{:>10}", "", "count", "p50", "p90", "p99", "max")?;
        }
        for (name, latency) in &self.latencies {
            let Latency { count, p50_ns, p90_ns, p99_ns, max_ns, .. } = latency;
            let [p50, p90, p99, max] =
                [p50_ns, p90_ns, p99_ns, max_ns].map(|ns| short(Duration::from_nanos(*ns)));
            writeln!(f, "{name:<12}{count:>10}{p50:>10}{p90:>10}{p99:>10}{max:>10}")?;
        }
        Ok(())
    }
}

/// `72 us`, `3.8 ms`, `1.4 s`.
pub(super) fn short(time: Duration) -> String {
    let us = time.as_micros();
    match us {
        0..1_000 => format!("{us} us"),
        1_000..1_000_000 => format!("{}.{} ms", us / 1_000, us % 1_000 / 100),
        _ => format!("{}.{} s", us / 1_000_000, us % 1_000_000 / 100_000),
    }
}
