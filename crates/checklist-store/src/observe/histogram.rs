//! `Histogram`: how often something took how long, in fixed memory.

use serde::Serialize;
use std::time::Duration;

/// Values below this have a bucket each.
const EXACT: u64 = 1 << EXACT_BITS;
const EXACT_BITS: u32 = 4;

/// Each power of two above is cut into this many buckets: a quantile is at most an eighth too high.
const PARTS: u64 = 1 << PART_BITS;
const PART_BITS: u32 = 3;

/// The last power of two with buckets of its own, in nanoseconds: about five hours.
const OCTAVES: u32 = 44;

#[expect(clippy::cast_possible_truncation, reason = "a few hundred fit in any integer")]
const BUCKETS: usize = EXACT as usize + ((OCTAVES - EXACT_BITS) as usize) * PARTS as usize;

/// A histogram of durations with logarithmic buckets, as Gil Tene's HdrHistogram has them: a few kilobytes,
/// however many values it takes in.
#[derive(Clone, Debug)]
pub(super) struct Histogram {
    buckets: Box<[u64; BUCKETS]>,
    count: u64,
    sum_ns: u64,
    min_ns: u64,
    max_ns: u64,
}

impl Default for Histogram {
    fn default() -> Histogram {
        Histogram { buckets: Box::new([0; BUCKETS]), count: 0, sum_ns: 0, min_ns: u64::MAX, max_ns: 0 }
    }
}

/// What a histogram shows, in nanoseconds; all zero if it holds nothing. Minimum, mean and maximum are exact, a
/// percentile is at most an eighth too high and never above the maximum.
///
/// ```
/// # let folder = tempfile::tempdir().unwrap();
/// use checklist_store::{Key, Latency, Metrics, MetricsSnapshot, Store};
/// use std::sync::Arc;
///
/// let metrics = Arc::new(Metrics::default());
/// let mut store = Store::options().observe(metrics.clone()).open(folder.path().join("state"))?;
/// store.transact(|draft| draft.write(&Key::from_static("/a"), 1))?;
/// let seen: MetricsSnapshot = metrics.snapshot();
/// let latency: Latency = *seen.latencies.values().next().expect("something was measured");
/// assert!(seen.commits == 1 && latency.count > 0);
/// assert!(latency.min_ns <= latency.p50_ns && latency.p99_ns <= latency.max_ns);
/// # Ok::<(), checklist_store::Error>(())
/// ```
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub struct Latency {
    /// How many values.
    pub count: u64,
    /// The shortest.
    pub min_ns: u64,
    /// The average.
    pub mean_ns: u64,
    /// Half of them took at most this.
    pub p50_ns: u64,
    /// Nine of ten took at most this.
    pub p90_ns: u64,
    /// Ninety-nine of a hundred took at most this.
    pub p99_ns: u64,
    /// The longest.
    pub max_ns: u64,
}

impl Latency {
    /// What these durations come to.
    #[must_use]
    pub fn of(durations: impl IntoIterator<Item = Duration>) -> Latency {
        let mut histogram = Histogram::default();
        durations.into_iter().for_each(|duration| histogram.record(duration));
        histogram.latency()
    }
}

impl Histogram {
    pub(super) fn record(&mut self, value: Duration) {
        let ns = u64::try_from(value.as_nanos()).unwrap_or(u64::MAX);
        self.buckets[bucket(ns)] += 1;
        self.count += 1;
        self.sum_ns = self.sum_ns.saturating_add(ns);
        self.min_ns = self.min_ns.min(ns);
        self.max_ns = self.max_ns.max(ns);
    }

    pub(super) fn latency(&self) -> Latency {
        if self.count == 0 {
            return Latency::default();
        }
        Latency {
            count: self.count,
            min_ns: self.min_ns,
            mean_ns: self.sum_ns / self.count,
            p50_ns: self.percentile(50),
            p90_ns: self.percentile(90),
            p99_ns: self.percentile(99),
            max_ns: self.max_ns,
        }
    }

    /// The value that at least `percent` of a hundred are not above, by its bucket.
    fn percentile(&self, percent: u64) -> u64 {
        let wanted = self.count.saturating_mul(percent).div_ceil(100).max(1);
        let mut seen = 0;
        for (index, count) in self.buckets.iter().enumerate() {
            seen += count;
            if seen >= wanted {
                return highest(index).clamp(self.min_ns, self.max_ns);
            }
        }
        self.max_ns
    }
}

fn bucket(ns: u64) -> usize {
    let index = match ns.checked_ilog2() {
        None => 0,
        Some(octave) if octave < EXACT_BITS => ns,
        Some(octave) => {
            let part = (ns >> (octave - PART_BITS)) & (PARTS - 1);
            EXACT + u64::from(octave - EXACT_BITS) * PARTS + part
        }
    };
    usize::try_from(index).unwrap_or(BUCKETS).min(BUCKETS - 1)
}

/// The highest value that falls into a bucket.
fn highest(index: usize) -> u64 {
    let index = index as u64;
    if index < EXACT {
        return index;
    }
    if index == BUCKETS as u64 - 1 {
        return u64::MAX;
    }
    let (octave, part) = ((index - EXACT) / PARTS + u64::from(EXACT_BITS), (index - EXACT) % PARTS);
    let width = 1 << (octave - u64::from(PART_BITS));
    (1 << octave) + (part + 1) * width - 1
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn of(values: impl IntoIterator<Item = u64>) -> Latency {
        Latency::of(values.into_iter().map(Duration::from_nanos))
    }

    #[test]
    fn nothing_recorded_is_all_zero_and_one_value_is_everything() {
        assert_eq!(of([]), Latency::default());
        let one = Latency {
            count: 1,
            min_ns: 777,
            mean_ns: 777,
            p50_ns: 777,
            p90_ns: 777,
            p99_ns: 777,
            max_ns: 777,
        };
        assert_eq!(of([777]), one);
        assert_eq!(of([u64::MAX]).p50_ns, u64::MAX);
    }

    #[test]
    fn percentiles_of_a_thousand_are_at_most_an_eighth_too_high() {
        let found = of((1..=1000).map(|ms| ms * 1_000_000));
        assert_eq!((found.count, found.min_ns, found.max_ns), (1000, 1_000_000, 1_000_000_000));
        assert_eq!(found.mean_ns, 500_500_000);
        for (percentile, exact) in [(found.p50_ns, 500), (found.p90_ns, 900), (found.p99_ns, 990)] {
            let exact = exact * 1_000_000;
            assert!(percentile >= exact && percentile <= exact + exact / 8, "{percentile} is not {exact}");
        }
    }

    #[test]
    fn memory_stays_the_same_whatever_is_recorded() {
        assert!(size_of::<[u64; BUCKETS]>() < 4096);
        let found = of((0..64).map(|bit| 1 << bit).chain([0, u64::MAX, u64::MAX]));
        assert_eq!((found.count, found.min_ns, found.max_ns), (67, 0, u64::MAX));
    }

    proptest! {
        /// Buckets follow each other without a gap, and each value lies in its own.
        #[test]
        fn a_value_lies_in_its_bucket(ns in any::<u64>(), small in 0_u64..100_000) {
            for ns in [ns, small] {
                let index = bucket(ns);
                prop_assert!(ns <= highest(index));
                prop_assert!(index == 0 || ns > highest(index - 1));
            }
        }

        /// A percentile is never below the exact one, and at most an eighth above it.
        #[test]
        fn percentiles_are_close(mut values in prop::collection::vec(0_u64..1 << 43, 1..200)) {
            let found = of(values.iter().copied());
            values.sort_unstable();
            for (percent, shown) in [(50, found.p50_ns), (90, found.p90_ns), (99, found.p99_ns)] {
                let exact = values[(values.len() * percent).div_ceil(100) - 1];
                prop_assert!(shown >= exact && shown <= exact + exact / 8, "p{percent}: {shown}, exact {exact}");
            }
        }
    }
}
