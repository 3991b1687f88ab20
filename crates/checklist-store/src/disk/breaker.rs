//! `CircuitBreaker`: after repeated failures, fails at once for a while instead of waiting each time.

use crate::env::Instant;
use std::time::Duration;

/// How patient a [`CircuitBreaker`] is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct BreakerOptions {
    /// How many failures in a row open it; zero: it never opens. Default 5.
    pub failures: u32,
    /// How long it then stays open. Default 60 s.
    pub open_for: Duration,
    /// How many attempts it lets through at a time after that, and how many of them must succeed in a row for it
    /// to close. Default 1.
    pub probes: u32,
}

impl Default for BreakerOptions {
    fn default() -> BreakerOptions {
        BreakerOptions { failures: 5, open_for: Duration::from_secs(60), probes: 1 }
    }
}

/// Keeps a long-lived program from waiting for the same thing in vain again and again.
///
/// *Closed*, every attempt is let through; a number of failures in a row opens it. *Open*, every attempt is
/// refused at once. After a while it is *half-open*: a limited number of probes is let through, whose success
/// closes it and whose failure opens it again. (Michael Nygard, "Release It!", 2007.)
///
/// It is a value without a clock: whoever uses it says what time it is, on a monotonic clock.
///
/// ```
/// use checklist_store::env::Instant;
/// use checklist_store::{Attempt, BreakerOptions, BreakerState, CircuitBreaker};
/// use std::time::Duration;
///
/// let second = |count: u64| Instant::from_nanos(count * 1_000_000_000);
/// let mut breaker = CircuitBreaker::new(BreakerOptions { failures: 2, ..BreakerOptions::default() });
/// for time in 0..2 {
///     let permit = breaker.admit(second(time))?;
///     breaker.settle(permit, Attempt::Failed, second(time));
/// }
/// let refused = breaker.admit(second(11)).unwrap_err();
/// assert_eq!(refused.retry_in, Duration::from_secs(50));
///
/// let probe = breaker.admit(second(61))?;
/// breaker.settle(probe, Attempt::Succeeded, second(61));
/// assert_eq!(breaker.state(), BreakerState::Closed);
/// # Ok::<(), checklist_store::Refused>(())
/// ```
#[derive(Clone, Debug)]
pub struct CircuitBreaker {
    options: BreakerOptions,
    phase: Phase,
    /// Counts the changes of state: an attempt that was let through in an earlier one decides nothing.
    epoch: u64,
}

#[derive(Clone, Copy, Debug)]
enum Phase {
    Closed { failures: u32 },
    Open { since: Instant, failures: u32 },
    HalfOpen { under_way: u32, succeeded: u32, failures: u32 },
}

/// Where a [`CircuitBreaker`] stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum BreakerState {
    /// Attempts are let through.
    Closed,
    /// Attempts are refused.
    Open,
    /// A limited number of attempts is let through.
    HalfOpen,
}

/// What became of an attempt.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Attempt {
    /// It worked.
    Succeeded,
    /// It failed in the way that the breaker is there for.
    Failed,
    /// It says nothing: it was given up, or failed for a reason of its own.
    Void,
}

/// Leave to make one attempt, to be given back with [`CircuitBreaker::settle`].
#[derive(Debug)]
#[must_use = "an attempt that is not settled holds the place of a probe for ever"]
pub struct Permit {
    epoch: u64,
}

/// No leave: the breaker is open, or its probes are under way.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Refused {
    /// How long it stays so at least; zero if that depends on the probe that is under way.
    pub retry_in: Duration,
    /// How many attempts failed in a row before.
    pub failures: u32,
}

impl std::fmt::Display for Refused {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let Refused { retry_in, failures } = self;
        match retry_in.is_zero() {
            true => write!(f, "{failures} attempts in a row failed, and one more is under way"),
            false => write!(
                f,
                "{failures} attempts in a row failed; the next is made in {} s",
                ceil_secs(*retry_in)
            ),
        }
    }
}

impl std::error::Error for Refused {}

/// Whole seconds, rounded up: "in 0 s" would be wrong.
pub(crate) fn ceil_secs(time: Duration) -> u64 {
    time.as_secs() + u64::from(time.subsec_nanos() > 0)
}

impl CircuitBreaker {
    /// A closed breaker.
    #[must_use]
    pub fn new(options: BreakerOptions) -> CircuitBreaker {
        CircuitBreaker { options, phase: Phase::Closed { failures: 0 }, epoch: 0 }
    }

    /// How patient it is.
    #[must_use]
    pub fn options(&self) -> BreakerOptions {
        self.options
    }

    /// Where it stands. An open one stays open until the first attempt after its time.
    #[must_use]
    pub fn state(&self) -> BreakerState {
        match self.phase {
            Phase::Closed { .. } => BreakerState::Closed,
            Phase::Open { .. } => BreakerState::Open,
            Phase::HalfOpen { .. } => BreakerState::HalfOpen,
        }
    }

    /// How many attempts failed in a row, up to the last one that succeeded.
    #[must_use]
    pub fn failures(&self) -> u32 {
        match self.phase {
            Phase::Closed { failures } | Phase::Open { failures, .. } | Phase::HalfOpen { failures, .. } => {
                failures
            }
        }
    }

    /// Asks for leave to make an attempt now.
    ///
    /// # Errors
    /// [`Refused`] if it is open, or half-open with all its probes under way.
    pub fn admit(&mut self, now: Instant) -> Result<Permit, Refused> {
        if let Phase::Open { since, failures } = self.phase {
            let left = self.options.open_for.saturating_sub(now.since(since));
            if !left.is_zero() {
                return Err(Refused { retry_in: left, failures });
            }
            self.enter(Phase::HalfOpen { under_way: 0, succeeded: 0, failures });
        }
        if let Phase::HalfOpen { under_way, failures, .. } = &mut self.phase {
            if *under_way >= self.options.probes.max(1) {
                return Err(Refused { retry_in: Duration::ZERO, failures: *failures });
            }
            *under_way += 1;
        }
        Ok(Permit { epoch: self.epoch })
    }

    /// Takes in what became of an attempt.
    pub fn settle(&mut self, permit: Permit, attempt: Attempt, now: Instant) {
        if permit.epoch != self.epoch {
            return;
        }
        match (&mut self.phase, attempt) {
            (Phase::Closed { failures }, Attempt::Succeeded) => *failures = 0,
            (Phase::Closed { failures }, Attempt::Failed) => {
                *failures = failures.saturating_add(1);
                let failures = *failures;
                if self.options.failures > 0 && failures >= self.options.failures {
                    self.enter(Phase::Open { since: now, failures });
                }
            }
            (Phase::HalfOpen { under_way, succeeded, .. }, Attempt::Succeeded) => {
                *under_way = under_way.saturating_sub(1);
                *succeeded += 1;
                if *succeeded >= self.options.probes.max(1) {
                    self.enter(Phase::Closed { failures: 0 });
                }
            }
            (Phase::HalfOpen { failures, .. }, Attempt::Failed) => {
                let failures = failures.saturating_add(1);
                self.enter(Phase::Open { since: now, failures });
            }
            (Phase::HalfOpen { under_way, .. }, Attempt::Void) => *under_way = under_way.saturating_sub(1),
            (Phase::Closed { .. }, Attempt::Void) | (Phase::Open { .. }, _) => {}
        }
    }

    fn enter(&mut self, phase: Phase) {
        self.phase = phase;
        self.epoch += 1;
    }
}

#[cfg(test)]
mod tests;
