//! The linearizability checker: whether the answers could have come from one register file used in turns.
//!
//! The search of Wing and Gong (1993), with Lowe's (2017) memory of configurations seen: pick an operation
//! that may have been next, see whether the rule gives its answer, go on; where nothing fits, go back.

use super::request::{Registers, Request};
use std::collections::HashSet;

/// How many configurations are looked at before a history is called undecided. Ordinary ones need about as
/// many as they have operations.
const CONFIGURATIONS_MAX: usize = 300_000;

/// One operation as its caller saw it.
#[derive(Clone, Debug)]
pub(super) struct Operation {
    /// What was asked.
    pub(super) request: Request,
    /// When it was asked, in nanoseconds of one clock.
    pub(super) invoked: u64,
    /// By when it had happened; `None` if it may have happened at any time since it was asked, or not at all.
    pub(super) happened_by: Option<u64>,
    /// What it saw, if it said so.
    pub(super) seen: Option<Vec<i64>>,
}

/// What the search found.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Order {
    /// There is an order that explains every answer.
    Found,
    /// There is none.
    Impossible {
        /// Of how many operations that happened there is an order at most.
        explained: usize,
    },
    /// The search was given up.
    Undecided,
}

/// What has happened so far in one order, and what the registers hold then.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
struct Configuration {
    happened: Vec<u64>,
    registers: Registers,
}

impl Configuration {
    fn has(&self, index: usize) -> bool {
        self.happened[index / 64] & (1 << (index % 64)) != 0
    }

    fn with(&self, index: usize, registers: Registers) -> Configuration {
        let mut happened = self.happened.clone();
        happened[index / 64] |= 1 << (index % 64);
        Configuration { happened, registers }
    }
}

/// Looks for an order of `history` in which each operation takes place between its call and its answer and
/// sees what the rule of [`Request::apply`] says, beginning with `registers`.
pub(super) fn order(registers: Registers, history: &[Operation]) -> Order {
    let certain = history.iter().filter(|operation| operation.happened_by.is_some()).count();
    let start = Configuration { happened: vec![0; history.len() / 64 + 1], registers };
    let (mut seen, mut stack, mut longest) = (HashSet::new(), vec![(start, 0)], 0);
    while let Some((configuration, explained)) = stack.pop() {
        longest = longest.max(explained);
        if explained == certain {
            return Order::Found;
        }
        if seen.len() == CONFIGURATIONS_MAX {
            return Order::Undecided;
        }
        for index in candidates(history, &configuration) {
            let mut registers = configuration.registers;
            let sees = history[index].request.apply(&mut registers);
            if history[index].seen.as_ref().is_none_or(|seen| *seen == sees) {
                let next = configuration.with(index, registers);
                if seen.insert(next.clone()) {
                    stack.push((next, explained + usize::from(history[index].happened_by.is_some())));
                }
            }
        }
    }
    Order::Impossible { explained: longest }
}

/// The operations that may be next: called before the first of the others must have happened. The one to try
/// first comes last: those that told what they saw before those that did not, and early ones before late ones.
fn candidates(history: &[Operation], configuration: &Configuration) -> Vec<usize> {
    let open = |index: &usize| !configuration.has(*index);
    let end = |index: usize| history[index].happened_by.unwrap_or(u64::MAX);
    let first = (0..history.len()).filter(open).map(end).min().unwrap_or(u64::MAX);
    let may_be_next = |index: &usize| history[*index].invoked <= first;
    let mut next: Vec<usize> = (0..history.len()).filter(open).filter(may_be_next).collect();
    next.sort_by_key(|index| std::cmp::Reverse((history[*index].seen.is_none(), end(*index))));
    next
}

#[cfg(test)]
mod tests {
    use super::super::random::Random;
    use super::*;
    use Request::{Add, Move, Read, ReadAll, Swap, Write};

    fn done(request: Request, invoked: u64, answered: u64, seen: &[i64]) -> Operation {
        Operation { request, invoked, happened_by: Some(answered), seen: Some(seen.to_vec()) }
    }

    fn unknown(request: Request, invoked: u64) -> Operation {
        Operation { request, invoked, happened_by: None, seen: None }
    }

    #[track_caller]
    fn accepts(history: &[Operation]) {
        assert_eq!(order([0; 4], history), Order::Found);
    }

    #[track_caller]
    fn rejects(history: &[Operation]) {
        assert!(matches!(order([0; 4], history), Order::Impossible { .. }));
    }

    #[test]
    fn a_stale_read_is_rejected_and_an_overlapping_one_is_not() {
        rejects(&[done(Write(0, 7), 0, 10, &[0]), done(Read(0), 11, 20, &[0])]);
        accepts(&[done(Write(0, 7), 0, 10, &[0]), done(Read(0), 5, 20, &[0])]);
        // New, then old again: the second reader went back in time.
        let write = done(Write(0, 7), 0, 100, &[0]);
        rejects(&[write.clone(), done(Read(0), 10, 20, &[7]), done(Read(0), 30, 40, &[0])]);
        accepts(&[write, done(Read(0), 10, 20, &[0]), done(Read(0), 30, 40, &[7])]);
    }

    #[test]
    fn a_lost_update_is_rejected() {
        rejects(&[done(Add(0, 1), 0, 10, &[0]), done(Add(0, 1), 5, 15, &[0])]);
        rejects(&[done(Add(0, 1), 0, 10, &[0]), done(Add(0, 1), 5, 15, &[1]), done(Read(0), 20, 30, &[1])]);
        accepts(&[done(Add(0, 1), 0, 10, &[1]), done(Add(0, 1), 5, 15, &[0]), done(Read(0), 20, 30, &[2])]);
    }

    #[test]
    fn a_doubled_increment_is_rejected_also_when_nobody_answered() {
        rejects(&[done(Add(0, 1), 0, 10, &[0]), done(Read(0), 20, 30, &[2])]);
        rejects(&[unknown(Add(0, 1), 0), done(Read(0), 20, 30, &[2])]);
        // Once, late or never are all possible; going away again is not.
        for seen in [0, 1] {
            accepts(&[unknown(Add(0, 1), 0), done(Read(0), 20, 30, &[seen])]);
        }
        let reads = |first, second| {
            [unknown(Add(0, 1), 0), done(Read(0), 20, 30, &[first]), done(Read(0), 40, 50, &[second])]
        };
        accepts(&reads(0, 1));
        rejects(&reads(1, 0));
    }

    #[test]
    fn what_happened_by_its_death_is_not_undone_and_does_not_come_later() {
        let died = |at| Operation { request: Add(0, 1), invoked: 0, happened_by: Some(at), seen: None };
        accepts(&[died(10), done(Read(0), 20, 30, &[1])]);
        rejects(&[died(10), done(Read(0), 20, 30, &[0])]);
        accepts(&[died(25), done(Read(0), 20, 30, &[0]), done(Read(0), 31, 40, &[1])]);
    }

    #[test]
    fn half_a_transaction_is_rejected() {
        let moved = done(Move(0, 1, 5), 0, 10, &[0, 0]);
        rejects(&[moved.clone(), done(ReadAll, 5, 20, &[-5, 0, 0, 0])]);
        accepts(&[moved, done(ReadAll, 5, 20, &[-5, 5, 0, 0])]);
    }

    #[test]
    fn of_two_swaps_from_the_same_value_one_wins() {
        let swap = |value, seen| done(Swap(2, 0, value), 0, 10, &[seen]);
        accepts(&[swap(1, 0), swap(2, 1), done(Read(2), 20, 30, &[1])]);
        rejects(&[swap(1, 0), swap(2, 0), done(Read(2), 20, 30, &[1])]);
    }

    /// A history of `clients` that take turns in a random order, with some operations left unanswered.
    fn random_history(random: &mut Random, clients: usize, turns: usize) -> Vec<Operation> {
        let (mut registers, mut history, mut now) = ([0; 4], Vec::new(), 0);
        let mut called = vec![0_u64; clients];
        for _ in 0..turns {
            let client = random.index(clients);
            let (at, value) = (random.index(4), i64::try_from(random.below(5)).expect("it is small"));
            let request = match random.below(4) {
                0 => Write(at, value),
                1 => Add(at, value),
                2 => Swap(at, value, value + 1),
                _ => ReadAll,
            };
            now += 1 + random.below(5);
            let is_lost = random.one_in(8);
            let happens = !is_lost || random.one_in(2);
            let mut after = registers;
            let sees = request.apply(&mut after);
            if happens {
                registers = after;
            }
            // What died unanswered is known to have happened, or not known at all.
            let happened_by = (!is_lost || (happens && random.one_in(2))).then(|| now + random.below(10));
            let seen = (!is_lost).then_some(sees);
            // Called after its client's last answer, and before it takes place, which is now.
            let invoked = called[client] + random.below((now - called[client]).max(1));
            called[client] = happened_by.unwrap_or(now);
            now = now.max(called[client]);
            history.push(Operation { request, invoked, happened_by, seen });
        }
        history
    }

    #[test]
    fn true_histories_are_accepted_and_falsified_ones_are_not() {
        let (mut random, mut rejected) = (Random::of(1, 0, 0), 0);
        for _ in 0..200 {
            let mut history = random_history(&mut random, 6, 60);
            accepts(&history);
            let answered: Vec<usize> =
                (0..history.len()).filter(|index| history[*index].seen.is_some()).collect();
            let victim = answered[random.index(answered.len())];
            history[victim].seen.as_mut().expect("it is answered")[0] += 1000;
            rejected += usize::from(order([0; 4], &history) != Order::Found);
        }
        assert_eq!(rejected, 200, "a value that nobody wrote is always found");
    }
}
