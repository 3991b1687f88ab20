//! `Random`: a seeded sequence that chooses requests, victims and moments.

use std::time::Duration;

/// SplitMix64 (Steele, Lea and Flood, 2014): small, seeded and good enough to choose moments.
#[derive(Debug)]
pub(super) struct Random(u64);

impl Random {
    /// A sequence of its own for one part of the work, which does not depend on how often others draw.
    pub(super) fn of(seed: u64, round: u64, part: u64) -> Random {
        let mut parent = Random(seed ^ round.rotate_left(20) ^ part.rotate_left(44));
        Random(parent.next())
    }

    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut mixed = self.0;
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        mixed ^ (mixed >> 31)
    }

    /// A number below `end`; zero if there is none.
    pub(super) fn below(&mut self, end: u64) -> u64 {
        self.next() % end.max(1)
    }

    /// A number below `end` that counts things; zero if there is none.
    pub(super) fn index(&mut self, end: usize) -> usize {
        usize::try_from(self.below(end as u64)).expect("it is below a usize")
    }

    /// Whether one of `of` equal chances came up.
    pub(super) fn one_in(&mut self, of: u64) -> bool {
        self.below(of) == 0
    }

    /// A duration below `end`, in whole microseconds.
    pub(super) fn within(&mut self, end: Duration) -> Duration {
        Duration::from_micros(self.below(u64::try_from(end.as_micros()).unwrap_or(u64::MAX)))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_seed_gives_one_sequence_and_parts_have_their_own() {
        let draw = |mut random: Random| (0..8).map(|_| random.below(1000)).collect::<Vec<_>>();
        assert_eq!(draw(Random::of(7, 1, 2)), draw(Random::of(7, 1, 2)));
        assert_ne!(draw(Random::of(7, 1, 2)), draw(Random::of(7, 2, 1)));
        assert_ne!(draw(Random::of(7, 1, 2)), draw(Random::of(8, 1, 2)));
        assert_eq!(Random::of(1, 0, 0).below(0), 0);
    }
}
