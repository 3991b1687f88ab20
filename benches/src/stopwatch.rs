//! `Stopwatch`: the one place where the benchmarks read the clock.

use std::time::{Duration, Instant};

/// Runs from when it is started.
#[derive(Clone, Copy, Debug)]
pub struct Stopwatch(Instant);

impl Stopwatch {
    /// Starts one.
    #[must_use]
    #[expect(
        clippy::disallowed_methods,
        reason = "a benchmark measures real time, and decides nothing by it"
    )]
    pub fn start() -> Stopwatch {
        Stopwatch(Instant::now())
    }

    /// How long it has run.
    #[must_use]
    pub fn elapsed(self) -> Duration {
        self.0.elapsed()
    }

    /// How long it has run, in milliseconds.
    #[must_use]
    pub fn ms(self) -> f64 {
        self.elapsed().as_secs_f64() * 1e3
    }
}
