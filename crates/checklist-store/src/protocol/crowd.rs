//! `Crowd`: who is in the queue of a coordinator, which batches wait, and what became of those before; a value that
//! [`Queue`](super::queue::Queue) guards. And [`Disk`], what all of it leads to.

use std::collections::VecDeque;
use std::time::Duration;

/// What the queue leads to. One thread at a time calls `write`; nobody calls it or `open` beside `open`.
pub(crate) trait Disk {
    /// What a draft is made on.
    type Head;
    /// A draft that is to be written.
    type Member;
    /// What one member is told that was written.
    type Answer;
    /// What members are told that were not, or whose fate is in doubt.
    type Failure: Clone;

    /// Begins a session: nobody else writes until it is released. Gives what is committed.
    fn open(&self, patience: Duration) -> Result<Self::Head, Self::Failure>;
    /// Makes a batch durable, in the order of its members.
    fn write(&self, members: Vec<Self::Member>) -> Result<Written<Self::Answer>, Self::Failure>;
    /// What they are told who drafted on top of a batch that failed: theirs was never written.
    fn on_top_of(&self, failure: &Self::Failure) -> Self::Failure;
    /// What the members of a batch are told whose writer died of a panic.
    fn lost(&self) -> Self::Failure;
    /// Whether somebody outside waits for the session to end, and it has lasted long enough.
    fn is_awaited(&self) -> bool;
    /// Ends the session.
    fn release(&self);
}

/// So many are waited for as a whole: what they could draft meanwhile is less than one write takes.
const WAITED_FOR: usize = 16;

/// A batch that is durable.
#[derive(Debug)]
pub(crate) struct Written<A> {
    /// One answer for each member, in their order.
    pub(crate) answers: Vec<A>,
    /// How long the next batch may wait for those who are expected to come back.
    pub(crate) patience: Duration,
}

/// Who is there, and what became of those before.
pub(super) struct Crowd<D: Disk> {
    pub(super) session: Session<D::Failure>,
    /// Somebody makes a draft.
    pub(super) is_drafting: bool,
    /// Somebody writes, or is about to.
    pub(super) is_leading: bool,
    pub(super) is_gathering: bool,
    /// Somebody waits for the session to end.
    pub(super) is_quiet_awaited: bool,
    /// Batches that wait to be written, oldest first; drafts join the last one.
    pub(super) batches: VecDeque<Batch<D::Member>>,
    /// The number of the next batch, and of the first one of the session.
    pub(super) next: u64,
    pub(super) first: u64,
    /// Batches below this number have their answer.
    pub(super) answered: u64,
    /// What members have yet to take.
    pub(super) answers: Vec<Answers<D>>,
    /// How many members are asleep, by the parity of their batch.
    pub(super) sleepers: [usize; 2],
    /// How many members the next batch is expected to have, and how long it may wait for them.
    pub(super) expected: usize,
    pub(super) patience: Duration,
}

/// Whether others are kept from writing.
pub(super) enum Session<F> {
    Closed,
    Open,
    /// No draft is begun any more: it ends when all are answered. After a failure no draft joins either.
    Ending(Option<F>),
}

pub(super) struct Batch<M> {
    pub(super) number: u64,
    pub(super) bytes: usize,
    pub(super) members: Vec<M>,
}

pub(super) struct Answers<D: Disk> {
    number: u64,
    /// How many members have not taken theirs.
    left: usize,
    /// In the order of the members; each takes its own out.
    result: Result<Vec<Option<D::Answer>>, D::Failure>,
}

/// The place of a draft that has joined a batch; to be redeemed with [`Queue::answer`](super::queue::Queue::answer).
#[must_use = "nobody may lead if nobody asks for the answer"]
#[derive(Debug)]
pub(crate) struct Ticket {
    pub(super) number: u64,
    pub(super) index: usize,
}

impl<D: Disk> Crowd<D> {
    pub(super) fn new() -> Crowd<D> {
        Crowd {
            session: Session::Closed,
            is_drafting: false,
            is_leading: false,
            is_gathering: false,
            is_quiet_awaited: false,
            batches: VecDeque::new(),
            next: 0,
            first: 0,
            answered: 0,
            answers: Vec::new(),
            sleepers: [0; 2],
            expected: 1,
            patience: Duration::ZERO,
        }
    }

    pub(super) fn begin_session(&mut self) {
        (self.session, self.first) = (Session::Open, self.next);
    }

    /// Nobody is left whom the session serves. Whoever has yet to take an answer is about to run, and may come back
    /// with the next transaction: nobody else is let in before the last of them has it, unless somebody waits.
    pub(super) fn is_idle(&self) -> bool {
        let is_still = !self.is_drafting && !self.is_leading && self.batches.is_empty();
        is_still
            && match self.session {
                Session::Closed => false,
                Session::Open => self.answers.iter().all(|answers| answers.number < self.first),
                Session::Ending(_) => true,
            }
    }

    pub(super) fn is_company_missing(&self) -> bool {
        // A second batch was begun because the first one is full.
        let is_full = self.batches.len() > 1;
        let is_ending = !matches!(self.session, Session::Open);
        let present = self.batches.front().map_or(0, |batch| batch.members.len());
        // Of many a half is enough: while theirs is written, the others draft.
        let wanted = self.expected.min(WAITED_FOR.max(self.expected / 2));
        present < wanted && !is_full && !is_ending && !self.patience.is_zero()
    }

    pub(super) fn join(&mut self, member: D::Member, bytes: usize, bytes_max: usize) -> Ticket {
        let has_room = |batch: &Batch<_>| batch.bytes + bytes <= bytes_max;
        if !self.batches.back().is_some_and(has_room) {
            self.batches.push_back(Batch { number: self.next, bytes: 0, members: Vec::new() });
            self.next += 1;
        }
        let batch = self.batches.back_mut().expect("there is a batch with room");
        batch.bytes += bytes;
        batch.members.push(member);
        Ticket { number: batch.number, index: batch.members.len() - 1 }
    }

    pub(super) fn tell(&mut self, number: u64, members: usize, result: Result<Vec<D::Answer>, D::Failure>) {
        let result = result.map(|answers| answers.into_iter().map(Some).collect());
        self.answers.push(Answers { number, left: members, result });
        self.answered = number + 1;
    }

    pub(super) fn take_answer(&mut self, number: u64, index: usize) -> Result<D::Answer, D::Failure> {
        let at = self.answers.iter().position(|answers| answers.number == number);
        let at = at.expect("answers are kept until every member has taken its own");
        let answers = &mut self.answers[at];
        answers.left -= 1;
        let answer = match &mut answers.result {
            Ok(answers) => Ok(answers[index].take().expect("a ticket is redeemed once")),
            Err(failure) => Err(failure.clone()),
        };
        if answers.left == 0 {
            self.answers.swap_remove(at);
        }
        answer
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A disk that is never asked.
    struct NoDisk;

    impl Disk for NoDisk {
        type Head = ();
        type Member = u32;
        type Answer = u32;
        type Failure = ();

        fn open(&self, _: Duration) -> Result<(), ()> {
            Err(())
        }
        fn write(&self, _: Vec<u32>) -> Result<Written<u32>, ()> {
            Err(())
        }
        fn on_top_of(&self, (): &()) {}
        fn lost(&self) {}
        fn is_awaited(&self) -> bool {
            false
        }
        fn release(&self) {}
    }

    /// An open session that expects two, and has patience.
    fn crowd(members: u32) -> Crowd<NoDisk> {
        let mut crowd = Crowd::<NoDisk>::new();
        (crowd.session, crowd.expected, crowd.patience) = (Session::Open, 2, Duration::from_millis(1));
        for member in 0..members {
            let _ticket = crowd.join(member, 10, 100);
        }
        crowd
    }

    #[test]
    fn company_is_waited_for_until_as_many_are_there_as_before() {
        assert!(crowd(0).is_company_missing() && crowd(1).is_company_missing());
        assert!(!crowd(2).is_company_missing() && !crowd(3).is_company_missing());
        let of = |change: &dyn Fn(&mut Crowd<NoDisk>)| {
            let mut crowd = crowd(1);
            change(&mut crowd);
            crowd.is_company_missing()
        };
        assert!(!of(&|crowd| crowd.patience = Duration::ZERO), "there is no time");
        assert!(!of(&|crowd| crowd.session = Session::Ending(None)), "nobody comes any more");
        assert!(!of(&|crowd| drop(crowd.join(2, 95, 100))), "the first batch is full");
    }

    #[test]
    fn of_many_a_half_is_waited_for() {
        for (expected, wanted) in [(2, 2), (16, 16), (17, 16), (32, 16), (40, 20), (64, 32)] {
            let mut crowd = crowd(0);
            crowd.expected = expected;
            (1..wanted).for_each(|member| drop(crowd.join(member, 1, 100)));
            assert!(crowd.is_company_missing(), "{expected}");
            drop(crowd.join(wanted, 1, 100));
            assert!(!crowd.is_company_missing(), "{expected}");
        }
    }

    #[test]
    fn a_batch_takes_as_many_bytes_as_fit_and_one_member_in_any_case() {
        let mut crowd = crowd(0);
        let places: Vec<(u64, usize)> = [60, 40, 1, 200, 50]
            .into_iter()
            .map(|bytes| {
                let Ticket { number, index } = crowd.join(0, bytes, 100);
                (number, index)
            })
            .collect();
        assert_eq!(places, [(0, 0), (0, 1), (1, 0), (2, 0), (3, 0)]);
    }

    #[test]
    fn answers_are_kept_until_each_has_taken_his_own() {
        let mut crowd = crowd(2);
        crowd.tell(0, 2, Ok(vec![7, 8]));
        assert_eq!((crowd.answered, crowd.answers.len()), (1, 1));
        assert_eq!((crowd.take_answer(0, 1), crowd.answers.len()), (Ok(8), 1));
        assert_eq!((crowd.take_answer(0, 0), crowd.answers.len()), (Ok(7), 0));
        crowd.tell(1, 1, Err(()));
        assert_eq!((crowd.take_answer(1, 0), crowd.answers.len()), (Err(()), 0));
    }
}
