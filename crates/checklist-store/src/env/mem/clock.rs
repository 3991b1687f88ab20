//! A clock that moves only when told to, and random bytes that repeat.

use crate::env::{Clock, Entropy, Instant, Timestamp};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

/// A clock that stands still until it is advanced or somebody sleeps on it. Cloning gives another handle
/// on the same clock.
///
/// ```
/// use checklist_store::env::{Clock, Timestamp, mem::ManualClock};
/// use std::time::Duration;
///
/// let clock = ManualClock::starting_at(Timestamp::from_millis(1_000));
/// let begun = clock.instant();
/// clock.advance(Duration::from_secs(2));
/// assert_eq!(clock.now().as_millis(), 3_000);
/// assert_eq!(clock.instant().since(begun), Duration::from_secs(2));
/// // Somebody sets the wall clock back; what is measured does not care.
/// clock.set(Timestamp::from_millis(0));
/// assert_eq!(clock.instant().since(begun), Duration::from_secs(2));
/// ```
#[derive(Clone, Debug)]
pub struct ManualClock {
    times: Arc<Mutex<Times>>,
}

#[derive(Debug)]
struct Times {
    wall_ms: i64,
    monotonic_ns: u64,
}

/// 2026-01-01T00:00:00Z: any moment would do, a real one reads better in a failing test.
const START_MS: i64 = 1_767_225_600_000;

impl Default for ManualClock {
    fn default() -> ManualClock {
        ManualClock::starting_at(Timestamp::from_millis(START_MS))
    }
}

impl ManualClock {
    /// A clock that shows `now`.
    #[must_use]
    pub fn starting_at(now: Timestamp) -> ManualClock {
        ManualClock { times: Arc::new(Mutex::new(Times { wall_ms: now.as_millis(), monotonic_ns: 0 })) }
    }

    fn lock(&self) -> MutexGuard<'_, Times> {
        self.times.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Lets time pass, on both clocks.
    pub fn advance(&self, duration: Duration) {
        let mut times = self.lock();
        let ms = i64::try_from(duration.as_millis()).unwrap_or(i64::MAX);
        times.wall_ms = times.wall_ms.saturating_add(ms);
        let ns = u64::try_from(duration.as_nanos()).unwrap_or(u64::MAX);
        times.monotonic_ns = times.monotonic_ns.saturating_add(ns);
    }

    /// Sets the wall clock, backwards too; the monotonic clock does not notice.
    pub fn set(&self, now: Timestamp) {
        self.lock().wall_ms = now.as_millis();
    }
}

impl Clock for ManualClock {
    fn now(&self) -> Timestamp {
        Timestamp::from_millis(self.lock().wall_ms)
    }

    fn instant(&self) -> Instant {
        Instant::from_nanos(self.lock().monotonic_ns)
    }

    fn sleep(&self, duration: Duration) {
        self.advance(duration);
    }
}

/// Random bytes that the same seed gives again. Cloning gives another handle on the same sequence.
///
/// ```
/// use checklist_store::env::{Entropy, mem::SeededEntropy};
///
/// let (mut one, mut other) = ([0; 8], [0; 8]);
/// SeededEntropy::new(7).fill(&mut one);
/// SeededEntropy::new(7).fill(&mut other);
/// assert_eq!(one, other);
/// ```
#[derive(Clone, Debug)]
pub struct SeededEntropy {
    state: Arc<Mutex<u64>>,
}

impl SeededEntropy {
    /// The sequence that belongs to `seed`.
    #[must_use]
    pub fn new(seed: u64) -> SeededEntropy {
        SeededEntropy { state: Arc::new(Mutex::new(seed)) }
    }
}

impl Entropy for SeededEntropy {
    fn fill(&self, bytes: &mut [u8]) {
        let mut state = self.state.lock().unwrap_or_else(PoisonError::into_inner);
        for chunk in bytes.chunks_mut(8) {
            // SplitMix64 (Steele, Lea and Flood, "Fast splittable pseudorandom number generators", 2014).
            *state = state.wrapping_add(0x9E37_79B9_7F4A_7C15);
            let mut mixed = *state;
            mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
            mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
            mixed ^= mixed >> 31;
            chunk.copy_from_slice(&mixed.to_le_bytes()[..chunk.len()]);
        }
    }
}
