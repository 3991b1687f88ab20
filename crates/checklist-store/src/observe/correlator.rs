//! `ErrorCorrelator`: many events of one cause become one hint.

use super::hint::{Hint, HintKind};
use super::metrics::short;
use crate::env::{Clock, Instant};
use crate::error::ErrorKind;
use crate::event::{Event, Holder, Observer};
use crate::report::{RecoveryReport, Verdict};
use std::collections::VecDeque;
use std::fmt::Write as _;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

/// What an [`ErrorCorrelator`] takes for a pattern.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct CorrelatorOptions {
    /// How close together events must be to belong together. Default 60 s.
    pub window: Duration,
    /// How long it must be quiet before the same is told again. Default 5 min.
    pub quiet: Duration,
    /// How many lock timeouts are contention. Default 3.
    pub lock_timeouts: usize,
    /// How many failed calls are a storm. Default 5.
    pub failures: usize,
    /// How many delays of publishing are worth a hint. Default 3.
    pub publish_delays: usize,
    /// How many repairs are a crash loop, within ten windows. Default 3.
    pub recoveries: usize,
    /// How long a sync may take; etcd warns at the same. Default 1 s.
    pub slow_sync: Duration,
    /// How many times as long as usual is slow too, if it happens three times in a window. Default 10.
    pub slow_sync_factor: u32,
}

impl Default for CorrelatorOptions {
    fn default() -> CorrelatorOptions {
        CorrelatorOptions {
            window: Duration::from_secs(60),
            quiet: Duration::from_secs(300),
            lock_timeouts: 3,
            failures: 5,
            publish_delays: 3,
            recoveries: 3,
            slow_sync: Duration::from_secs(1),
            slow_sync_factor: 10,
        }
    }
}

/// Below this no sync is called slow: an occasional one takes so long on a busy disk.
const SLOW_SYNC_MIN: Duration = Duration::from_millis(50);

/// How many syncs tell what is usual, and how many of them it takes to tell.
const SYNCS_KEPT: usize = 64;
const SYNCS_MIN: usize = 32;

/// How many hints wait to be taken; older ones give way.
const HINTS_KEPT: usize = 16;

/// Watches a store for patterns: lock timeouts that repeat, storms of errors, a disk that has become slow, a
/// process that keeps dying. Each is told once, and again only after it was quiet for a while.
///
/// It asks nothing but the time, and its memory does not grow.
///
/// ```
/// use checklist_store::{ErrorCorrelator, Store};
/// use std::sync::Arc;
/// # let folder = tempfile::tempdir().unwrap();
/// # let root = folder.path().join(".checklist");
/// let env = checklist_store::env::os::env();
/// let correlator = Arc::new(ErrorCorrelator::new(env.clock.clone()));
/// let store = Store::options().env(env).observe(correlator.clone()).open(&root)?;
/// // ... and now and then:
/// for hint in correlator.take_hints() {
///     println!("{}\n  {}", hint.message, hint.command);
/// }
/// # Ok::<(), checklist_store::Error>(())
/// ```
#[derive(Debug)]
pub struct ErrorCorrelator {
    clock: Arc<dyn Clock>,
    watched: Mutex<Watched>,
}

#[derive(Debug)]
struct Watched {
    options: CorrelatorOptions,
    locks: Episode,
    /// The last holder that was named, and whether another one was named before him in this episode.
    holder: Option<Holder>,
    has_several_holders: bool,
    failures: Episode,
    /// What failed lately, as many as are counted.
    kinds: VecDeque<ErrorKind>,
    delays: Episode,
    recoveries: Episode,
    slow_syncs: Episode,
    syncs: VecDeque<Duration>,
    hints: VecDeque<Hint>,
}

/// A run of events of one kind, which is told of once.
#[derive(Debug, Default)]
struct Episode {
    /// When the newest ones were: as many as make a pattern.
    recent: VecDeque<Instant>,
    is_told: bool,
}

impl Episode {
    /// Forgets what was, if it has been quiet for long enough.
    fn is_over(&mut self, now: Instant, quiet: Duration) -> bool {
        let is_over = self.recent.back().is_some_and(|last| now.since(*last) > quiet);
        if is_over {
            *self = Episode::default();
        }
        is_over
    }

    /// Takes in one event; returns over which time the pattern formed, if it did just now.
    fn hit(&mut self, now: Instant, count: usize, window: Duration) -> Option<Duration> {
        self.recent.push_back(now);
        while self.recent.len() > count.max(1) {
            self.recent.pop_front();
        }
        let took = now.since(*self.recent.front()?);
        if self.is_told || self.recent.len() < count || took > window {
            return None;
        }
        self.is_told = true;
        Some(took)
    }
}

impl ErrorCorrelator {
    /// A correlator with the default options.
    #[must_use]
    pub fn new(clock: Arc<dyn Clock>) -> ErrorCorrelator {
        ErrorCorrelator::with(clock, CorrelatorOptions::default())
    }

    /// A correlator with these options.
    #[must_use]
    pub fn with(clock: Arc<dyn Clock>, options: CorrelatorOptions) -> ErrorCorrelator {
        let watched = Watched {
            options,
            locks: Episode::default(),
            holder: None,
            has_several_holders: false,
            failures: Episode::default(),
            kinds: VecDeque::new(),
            delays: Episode::default(),
            recoveries: Episode::default(),
            slow_syncs: Episode::default(),
            syncs: VecDeque::new(),
            hints: VecDeque::new(),
        };
        ErrorCorrelator { clock, watched: Mutex::new(watched) }
    }

    /// The hints since the last call, oldest first; of more than sixteen the newest.
    #[must_use]
    pub fn take_hints(&self) -> Vec<Hint> {
        self.watched.lock().unwrap_or_else(PoisonError::into_inner).hints.drain(..).collect()
    }
}

impl Observer for ErrorCorrelator {
    fn on_event(&self, event: &Event) {
        let now = self.clock.instant();
        let mut watched = self.watched.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(hint) = watched.fold(event, now) {
            if watched.hints.len() == HINTS_KEPT {
                watched.hints.pop_front();
            }
            watched.hints.push_back(hint);
        }
    }
}

impl Watched {
    fn fold(&mut self, event: &Event, now: Instant) -> Option<Hint> {
        match event {
            // Who does not wait only asks.
            Event::LockTimedOut { waited, holder } if !waited.is_zero() => {
                self.lock_timed_out(holder.as_ref(), now)
            }
            Event::Failed { kind } => self.failed(*kind, now),
            Event::PublishDelayed { kind, message } => self.delayed(*kind, message, now),
            Event::Recovered(report) => self.recovered(report, now),
            Event::Committed { timings, .. } => self.synced(timings.sync, now),
            _ => None,
        }
    }

    fn lock_timed_out(&mut self, holder: Option<&Holder>, now: Instant) -> Option<Hint> {
        if self.locks.is_over(now, self.options.quiet) {
            (self.holder, self.has_several_holders) = (None, false);
        }
        if let Some(holder) = holder {
            self.has_several_holders |= self.holder.as_ref().is_some_and(|last| last.pid != holder.pid);
            self.holder = Some(holder.clone());
        }
        let count = self.options.lock_timeouts;
        let took = self.locks.hit(now, count, self.longer_window())?;
        let seen = format!("{} in {}", times(count, "the lock was not to be had"), short(took));
        let (message, command) = match &self.holder {
            Some(holder) if self.has_several_holders => (
                format!(
                    "{seen}, held by several processes in turn, last by {holder}: too many write at once"
                ),
                format!("ps -o pid,etime,args -p {}", holder.pid),
            ),
            Some(holder) => (
                format!("{seen}, and {holder} holds it; see whether it still works, or stop it"),
                format!("ps -o pid,etime,args -p {}", holder.pid),
            ),
            None => (format!("{seen}, and who holds it does not say so"), "checklist doctor".to_owned()),
        };
        Some(Hint::new(HintKind::LockContention, message, command))
    }

    fn failed(&mut self, kind: ErrorKind, now: Instant) -> Option<Hint> {
        if self.failures.is_over(now, self.options.quiet) {
            self.kinds.clear();
        }
        let count = self.options.failures.max(1);
        self.kinds.push_back(kind);
        while self.kinds.len() > count {
            self.kinds.pop_front();
        }
        let took = self.failures.hit(now, count, self.options.window)?;
        let mut counted: Vec<(ErrorKind, usize)> = Vec::new();
        for kind in &self.kinds {
            match counted.iter_mut().find(|(known, _)| known == kind) {
                Some((_, count)) => *count += 1,
                None => counted.push((*kind, 1)),
            }
        }
        counted.sort_by_key(|(_, count)| std::cmp::Reverse(*count));
        let mut message = format!("{count} calls failed in {}", short(took));
        for (index, (kind, count)) in counted.iter().enumerate() {
            let _ = write!(message, "{} {} {count}", if index == 0 { ":" } else { "," }, words(*kind));
        }
        Some(Hint::new(HintKind::ErrorStorm, message, command(counted.first()?.0)))
    }

    fn delayed(&mut self, kind: ErrorKind, why: &str, now: Instant) -> Option<Hint> {
        self.delays.is_over(now, self.options.quiet);
        let count = self.options.publish_delays;
        let took = self.delays.hit(now, count, self.longer_window())?;
        let seen = times(count, "state.yaml could not be brought up to date");
        let message = format!("{seen} in {} ({why}); every change is saved in the log", short(took));
        Some(Hint::new(HintKind::PublishDelays, message, command(kind)))
    }

    fn recovered(&mut self, report: &RecoveryReport, now: Instant) -> Option<Hint> {
        let is_repair = matches!(report.verdict, Verdict::Redone | Verdict::Discarded | Verdict::Retired);
        if !is_repair {
            return None;
        }
        self.recoveries.is_over(now, self.options.quiet.max(self.longer_window()));
        let count = self.options.recoveries;
        let took = self.recoveries.hit(now, count, self.longer_window())?;
        let seen = times(count, "the store was repaired after a process died");
        let message = format!("{seen} in {}: something keeps killing those who write", short(took));
        Some(Hint::new(HintKind::CrashLoop, message, "checklist doctor"))
    }

    fn synced(&mut self, sync: Duration, now: Instant) -> Option<Hint> {
        if sync.is_zero() {
            return None;
        }
        let usual = if sync >= SLOW_SYNC_MIN { self.usual_sync() } else { None };
        if self.syncs.len() == SYNCS_KEPT {
            self.syncs.pop_front();
        }
        self.syncs.push_back(sync);
        let is_unusual =
            usual.is_some_and(|usual| sync >= usual.saturating_mul(self.options.slow_sync_factor));
        let is_slow = sync >= self.options.slow_sync;
        if !is_slow && !is_unusual {
            return None;
        }
        self.slow_syncs.is_over(now, self.options.quiet);
        let count = if is_slow { 1 } else { 3 };
        self.slow_syncs.hit(now, count, self.options.window)?;
        let usually = usual.map_or_else(String::new, |usual| format!(", where {} is usual", short(usual)));
        let message = format!("a sync took {}{usually}: the disk is busy or failing", short(sync));
        Some(Hint::new(HintKind::SlowSync, message, "checklist doctor"))
    }

    /// The median of the last syncs, once there are enough of them.
    fn usual_sync(&self) -> Option<Duration> {
        let mut sorted: Vec<Duration> = self.syncs.iter().copied().collect();
        sorted.sort_unstable();
        (sorted.len() >= SYNCS_MIN).then(|| sorted[sorted.len() / 2])
    }

    /// For what takes long by itself: waiting for a lock, dying and starting again.
    fn longer_window(&self) -> Duration {
        self.options.window * 10
    }
}

fn times(count: usize, what: &str) -> String {
    if count == 1 { format!("{what} once") } else { format!("{what} {count} times") }
}

/// `StorageFull` as "storage full".
fn words(kind: ErrorKind) -> String {
    let mut words = String::new();
    for letter in format!("{kind:?}").chars() {
        if letter.is_uppercase() && !words.is_empty() {
            words.push(' ');
        }
        words.extend(letter.to_lowercase());
    }
    words
}

/// What to look at, for an error that repeats.
fn command(kind: ErrorKind) -> &'static str {
    match kind {
        ErrorKind::StorageFull => "df -h .checklist",
        ErrorKind::ReadOnly => "ls -ld .checklist .checklist/state.yaml",
        ErrorKind::Corrupt => "checklist recover --dry-run",
        ErrorKind::Edited => "checklist adopt, or checklist restore",
        ErrorKind::Conflict => "checklist history",
        _ => "checklist doctor",
    }
}

#[cfg(test)]
mod tests;
