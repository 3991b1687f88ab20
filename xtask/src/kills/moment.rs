//! When to kill: half of the moments spread over the whole life of a command, half near its commit point.

use std::collections::BTreeMap;
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

    /// A duration below `end`, in whole microseconds.
    fn within(&mut self, end: Duration) -> Duration {
        Duration::from_micros(self.below(u64::try_from(end.as_micros()).unwrap_or(u64::MAX).max(1)))
    }
}

/// What is known of the lives of commands, by verb.
#[derive(Debug, Default)]
pub(crate) struct Lifetimes(BTreeMap<&'static str, Lives>);

/// What is known of one verb.
#[derive(Debug, Default)]
struct Lives {
    /// How long it lived when nobody killed it; the newest last.
    undisturbed: Vec<Duration>,
    /// Where its change is believed to become visible.
    aim: Option<Duration>,
}

impl Lives {
    const KEPT: usize = 30;
    const UNKNOWN: Duration = Duration::from_millis(40);

    /// The median life, or 40 ms as long as none is known.
    fn median(&self) -> Duration {
        let mut lives = self.undisturbed.clone();
        lives.sort_unstable();
        lives.get(lives.len() / 2).copied().unwrap_or(Lives::UNKNOWN)
    }
}

impl Lifetimes {
    /// Remembers one undisturbed life.
    pub(crate) fn learn(&mut self, verb: &'static str, life: Duration) {
        let lives = self.0.entry(verb).or_default();
        if lives.undisturbed.len() == Lives::KEPT {
            lives.undisturbed.remove(0);
        }
        lives.undisturbed.push(life);
    }

    /// Moves the aim of `verb` a little later if the kill came too early to leave a change, else earlier
    /// (the up-and-down method of Dixon and Mood, 1948, which stays around the point of even odds).
    pub(crate) fn landed(&mut self, verb: &'static str, left_a_change: bool) {
        let lives = self.0.entry(verb).or_default();
        let (median, step) = (lives.median(), lives.median() / 20);
        let aim = lives.aim.unwrap_or(median / 2);
        lives.aim =
            Some(if left_a_change { aim.saturating_sub(step) } else { (aim + step).min(median * 5 / 4) });
    }

    /// The next moment: anywhere in the life of `verb` or up to a quarter of a life after it, or within a
    /// sixteenth of a life around its aim.
    pub(crate) fn moment(&self, verb: &str, random: &mut Random) -> Duration {
        let unknown = Lives::default();
        let lives = self.0.get(verb).unwrap_or(&unknown);
        let median = lives.median();
        match lives.aim.filter(|_| random.below(2) == 0) {
            Some(aim) => (aim + random.within(median / 8)).saturating_sub(median / 16),
            None => random.within(median * 5 / 4),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const VERB: &str = "done";

    fn known() -> Lifetimes {
        let mut lifetimes = Lifetimes::default();
        for ms in [9, 10, 500] {
            lifetimes.learn(VERB, Duration::from_millis(ms));
        }
        lifetimes
    }

    #[test]
    fn moments_cover_the_whole_life() {
        let (lifetimes, mut random) = (known(), Random::new(1));
        let moments: Vec<u128> = (0..400).map(|_| lifetimes.moment(VERB, &mut random).as_millis()).collect();
        for ms in 0..=12 {
            assert!(moments.contains(&ms), "no kill in millisecond {ms}");
        }
        assert!(moments.iter().all(|ms| *ms <= 12));
        let stranger = lifetimes.moment("skip", &mut random);
        assert!(stranger < Lives::UNKNOWN * 5 / 4);
    }

    #[test]
    fn half_of_them_gather_where_the_change_appears() {
        let (mut lifetimes, mut random) = (known(), Random::new(1));
        let commit_point = Duration::from_micros(8_300);
        let mut near = 0;
        for _ in 0..400 {
            let moment = lifetimes.moment(VERB, &mut random);
            near += usize::from(moment.abs_diff(commit_point) < Duration::from_millis(2));
            lifetimes.landed(VERB, moment > commit_point);
        }
        assert!(near > 200, "{near} of 400 kills within 2 ms of the commit point");
    }
}
