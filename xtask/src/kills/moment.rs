//! When to kill: moments spread over the whole life of a command, as measured on this machine.

use std::time::Duration;

/// SplitMix64 (Steele, Lea and Flood, 2014): small, seeded and good enough to choose moments.
#[derive(Debug)]
pub(crate) struct Random(u64);

impl Random {
    /// The sequence of `seed`.
    pub(crate) fn new(seed: u64) -> Random {
        Random(seed)
    }

    /// A number below `end`, which is not zero.
    pub(crate) fn below(&mut self, end: u64) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut mixed = self.0;
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        (mixed ^ (mixed >> 31)) % end
    }
}

/// How long commands of each kind live when nobody kills them.
#[derive(Debug, Default)]
pub(crate) struct Lifetimes(Vec<(&'static str, Duration)>);

impl Lifetimes {
    const KEPT: usize = 60;
    const UNKNOWN: Duration = Duration::from_millis(40);

    /// Remembers one undisturbed life.
    pub(crate) fn learn(&mut self, verb: &'static str, life: Duration) {
        if self.0.len() == Lifetimes::KEPT {
            self.0.remove(0);
        }
        self.0.push((verb, life));
    }

    /// The median life of `verb`, or 40 ms as long as none is known.
    pub(crate) fn median(&self, verb: &str) -> Duration {
        let mut lives: Vec<Duration> =
            self.0.iter().filter(|(kind, _)| *kind == verb).map(|(_, life)| *life).collect();
        lives.sort_unstable();
        lives.get(lives.len() / 2).copied().unwrap_or(Lifetimes::UNKNOWN)
    }

    /// A moment somewhere in the life of `verb`, or up to a quarter of a life after its end.
    pub(crate) fn moment(&self, verb: &str, random: &mut Random) -> Duration {
        let span = self.median(verb) * 5 / 4;
        let micros = u64::try_from(span.as_micros()).unwrap_or(u64::MAX).max(1);
        Duration::from_micros(random.below(micros))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn moments_cover_the_whole_life() {
        let mut lifetimes = Lifetimes::default();
        for ms in [9, 10, 500] {
            lifetimes.learn("done", Duration::from_millis(ms));
        }
        assert_eq!(lifetimes.median("done"), Duration::from_millis(10));
        assert_eq!(lifetimes.median("skip"), Duration::from_millis(40));
        let mut random = Random::new(1);
        let moments: Vec<u128> =
            (0..400).map(|_| lifetimes.moment("done", &mut random).as_millis()).collect();
        for tenth in 0..=12 {
            assert!(moments.contains(&tenth), "no kill in millisecond {tenth}");
        }
    }
}
