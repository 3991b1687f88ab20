//! `Wish`: what the words of the command line ask for.

use checklist_sim::step::{STEPS_MAX, Sequence};
use std::thread;

/// How the command is called.
pub(crate) const USAGE: &str = "usage: hunt [--only sequences|pairs|bugs] [--states N] [--seconds S] [--seed X] \
                                [--from SEQUENCE] [--to SEQUENCE] [--threads T]";

/// What is hunted through.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Kind {
    /// Sequences of steps.
    Sequences,
    /// Two processes at once.
    Pairs,
    /// Planted bugs: what it takes to find each.
    Bugs,
}

impl Kind {
    fn named(name: &str) -> Option<Kind> {
        match name {
            "sequences" => Some(Kind::Sequences),
            "pairs" => Some(Kind::Pairs),
            "bugs" => Some(Kind::Bugs),
            _ => None,
        }
    }
}

/// What was asked for.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Wish {
    pub(crate) kind: Kind,
    pub(crate) states: usize,
    pub(crate) seconds: u64,
    pub(crate) seed: u64,
    pub(crate) from: usize,
    pub(crate) to: usize,
    pub(crate) threads: usize,
}

impl Wish {
    pub(crate) fn read(words: impl Iterator<Item = String>) -> Option<Wish> {
        let threads = thread::available_parallelism().map_or(1, usize::from);
        let to = Sequence::count(STEPS_MAX);
        let mut wish = Wish {
            kind: Kind::Sequences,
            states: usize::MAX,
            seconds: u64::MAX,
            seed: 1,
            from: 0,
            to,
            threads,
        };
        let words: Vec<String> = words.collect();
        for pair in words.chunks(2) {
            let [name, value] = pair else { return None };
            if name == "--only" {
                wish.kind = Kind::named(value)?;
                continue;
            }
            let number: u64 = value.replace('_', "").parse().ok()?;
            let size = usize::try_from(number).ok()?;
            match name.as_str() {
                "--states" => wish.states = size,
                "--seconds" => wish.seconds = number,
                "--seed" => wish.seed = number,
                "--from" => wish.from = size,
                "--to" => wish.to = size.min(to),
                "--threads" => wish.threads = size.max(1),
                _ => return None,
            }
        }
        Some(wish)
    }
}
