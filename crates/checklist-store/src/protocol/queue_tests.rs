//! The queue over a disk on which nothing goes on until everybody was woken who has to be.
//!
//! Beside `queue.rs`, which the model checker compiles, too.

use super::crowd::{Disk, Ticket, Written};
use super::queue::{Drafted, Queue};
use std::sync::atomic::{AtomicUsize, Ordering::Relaxed};
use std::sync::{Condvar as Signal, Mutex as Guarded, MutexGuard as Guard, PoisonError};
use std::time::Duration;

/// How many members each batch has: the first leads alone, the others fill up while one is written.
const SIZES: [usize; 6] = [1, 3, 3, 3, 3, 3];

/// What became of the batches so far, by their number.
#[derive(Default)]
struct Seen {
    begun: [usize; SIZES.len()],
    joined: [usize; SIZES.len()],
    answered: [usize; SIZES.len()],
    sessions: usize,
}

/// A disk on which a batch is durable once all of the batch before know it, and the next one is complete: whoever is
/// not woken in time stops everything.
#[derive(Default)]
struct Staged {
    seen: Guarded<Seen>,
    signal: Signal,
    /// The batch that fails, and whether by a panic.
    failing: Option<(usize, bool)>,
}

impl Staged {
    fn seen(&self) -> Guard<'_, Seen> {
        self.seen.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn change(&self, change: impl FnOnce(&mut Seen)) {
        change(&mut self.seen());
        self.signal.notify_all();
    }

    fn wait_until(&self, is_so: impl Fn(&Seen) -> bool) {
        let seen = self.signal.wait_while(self.seen(), |seen| !is_so(seen));
        drop(seen.unwrap_or_else(PoisonError::into_inner));
    }
}

impl Disk for Staged {
    type Head = ();
    type Member = usize;
    type Answer = usize;
    type Failure = &'static str;

    fn open(&self, _: Duration) -> Result<(), &'static str> {
        self.change(|seen| seen.sessions += 1);
        Ok(())
    }

    fn write(&self, members: Vec<usize>) -> Result<Written<usize>, &'static str> {
        let number = members[0];
        assert_eq!(members.len(), SIZES[number], "batch {number}");
        self.change(|seen| seen.begun[number] = 1);
        self.wait_until(|seen| {
            (number == 0 || seen.answered[number - 1] == SIZES[number - 1])
                && (number + 1 == SIZES.len() || seen.joined[number + 1] == SIZES[number + 1])
        });
        match self.failing {
            Some((failing, false)) if failing == number => Err("failed"),
            Some((failing, true)) if failing == number => panic!("the writer dies"),
            _ => Ok(Written { answers: members, patience: Duration::ZERO }),
        }
    }

    fn on_top_of(&self, _: &&'static str) -> &'static str {
        "on top"
    }

    fn lost(&self) -> &'static str {
        "lost"
    }

    fn is_awaited(&self) -> bool {
        false
    }

    fn release(&self) {}
}

/// Runs one caller for each member, each when the batch before his is being written, up to the batch behind the one
/// that fails; what each batch was told.
fn told(failing: Option<(usize, bool)>) -> (Vec<Vec<Result<usize, &'static str>>>, usize) {
    let (queue, disk) = (Queue::new(1 << 20), Staged { failing, ..Staged::default() });
    let last = failing.map_or(SIZES.len() - 1, |(number, _)| number + 1);
    let told: Guarded<Vec<Vec<_>>> = Guarded::new(vec![Vec::new(); last + 1]);
    std::thread::scope(|scope| {
        for number in (0..=last).flat_map(|number| vec![number; SIZES[number]]) {
            let (queue, disk, told) = (&queue, &disk, &told);
            scope.spawn(move || {
                disk.wait_until(|seen| number == 0 || seen.begun[number - 1] == 1);
                let edit =
                    |_: &mut ()| Ok::<_, &'static str>(Drafted { value: (), member: number, bytes: 1 });
                let ticket = queue.draft(disk, || Duration::ZERO, edit).map(|((), ticket)| ticket);
                disk.change(|seen| seen.joined[number] += 1);
                let answer = std::panic::AssertUnwindSafe(|| queue.answer(disk, ticket?));
                let answer = std::panic::catch_unwind(answer).unwrap_or(Err("panicked"));
                disk.change(|seen| seen.answered[number] += 1);
                told.lock().unwrap_or_else(PoisonError::into_inner)[number].push(answer);
            });
        }
    });
    let told = told.into_inner().unwrap_or_else(PoisonError::into_inner);
    let sessions = disk.seen().sessions;
    (told, sessions)
}

#[test]
fn all_of_a_batch_and_one_who_leads_the_next_are_woken_at_once() {
    let (told, sessions) = told(None);
    for (number, answers) in told.iter().enumerate() {
        assert_eq!(*answers, vec![Ok(number); SIZES[number]]);
    }
    assert_eq!(sessions, 1, "as long as somebody is there, nobody else is let in");
}

#[test]
fn who_waits_behind_a_batch_that_failed_is_told_whatever_its_number() {
    for failing in [1, 2] {
        let (told, _) = told(Some((failing, false)));
        assert_eq!(told[failing], vec![Err("failed"); SIZES[failing]]);
        assert_eq!(told[failing + 1], vec![Err("on top"); SIZES[failing + 1]]);
    }
}

#[test]
fn where_the_writer_dies_the_others_are_told() {
    let (told, _) = told(Some((1, true)));
    let count = |wanted: &'static str| told[1].iter().filter(|answer| **answer == Err(wanted)).count();
    assert_eq!((count("panicked"), count("lost")), (1, 2), "{:?}", told[1]);
    assert_eq!(told[2], vec![Err("on top"); SIZES[2]]);
}

/// A disk that counts: sessions that began, and those that ended.
#[derive(Default)]
struct Counting {
    begun: AtomicUsize,
    ended: AtomicUsize,
    is_awaited: bool,
    is_failing: bool,
}

impl Counting {
    fn sessions(&self) -> (usize, usize) {
        (self.begun.load(Relaxed), self.ended.load(Relaxed))
    }
}

impl Disk for Counting {
    type Head = ();
    type Member = usize;
    type Answer = usize;
    type Failure = &'static str;

    fn open(&self, _: Duration) -> Result<(), &'static str> {
        self.begun.fetch_add(1, Relaxed);
        Ok(())
    }

    fn write(&self, members: Vec<usize>) -> Result<Written<usize>, &'static str> {
        if self.is_failing {
            Err("failed")
        } else {
            Ok(Written { answers: members, patience: Duration::ZERO })
        }
    }

    fn on_top_of(&self, _: &&'static str) -> &'static str {
        "on top"
    }

    fn lost(&self) -> &'static str {
        "lost"
    }

    fn is_awaited(&self) -> bool {
        self.is_awaited
    }

    fn release(&self) {
        self.ended.fetch_add(1, Relaxed);
    }
}

/// Drafts by one thread, of which each would be a thread of its own.
fn join(queue: &Queue<Counting>, disk: &Counting) -> Ticket {
    let edit = |_: &mut ()| Ok::<_, &'static str>(Drafted { value: (), member: 7, bytes: 1 });
    queue.draft(disk, || Duration::ZERO, edit).expect("a session begins").1
}

#[test]
fn whoever_comes_back_before_the_last_one_has_his_answer_finds_the_session_open() {
    let (queue, disk) = (Queue::new(1 << 20), Counting::default());
    let (first, second) = (join(&queue, &disk), join(&queue, &disk));
    assert_eq!(queue.answer(&disk, first), Ok(7));
    assert_eq!(disk.sessions(), (1, 0), "the second one has not taken his answer");
    let (third, fourth) = (join(&queue, &disk), join(&queue, &disk));
    assert_eq!((queue.answer(&disk, second), disk.sessions()), (Ok(7), (1, 0)));
    assert_eq!((queue.answer(&disk, third), disk.sessions()), (Ok(7), (1, 0)), "nor has the fourth");
    assert_eq!((queue.answer(&disk, fourth), disk.sessions()), (Ok(7), (1, 1)), "nobody is left");
    let fifth = join(&queue, &disk);
    assert_eq!((queue.answer(&disk, fifth), disk.sessions()), (Ok(7), (2, 2)));
}

#[test]
fn a_session_that_is_awaited_has_failed_or_is_to_end_waits_for_nobody() {
    for (is_awaited, is_failing) in [(true, false), (false, true)] {
        let (queue, disk) = (Queue::new(1 << 20), Counting { is_awaited, is_failing, ..Counting::default() });
        let (first, second) = (join(&queue, &disk), join(&queue, &disk));
        assert_eq!(queue.answer(&disk, first).is_err(), is_failing);
        assert_eq!(disk.sessions(), (1, 1));
        // An answer that nobody takes keeps no later session open.
        let third = join(&queue, &disk);
        assert_eq!(queue.answer(&disk, third).is_err(), is_failing);
        assert_eq!(disk.sessions(), (2, 2));
        assert_eq!((queue.answer(&disk, second).is_err(), disk.sessions()), (is_failing, (2, 2)));
    }
    let (queue, disk) = (Queue::new(1 << 20), Counting::default());
    let (first, second) = (join(&queue, &disk), join(&queue, &disk));
    assert_eq!(queue.answer(&disk, first), Ok(7));
    drop(queue.quiesce(&disk));
    assert_eq!(disk.sessions(), (1, 1));
    let third = join(&queue, &disk);
    assert_eq!((queue.answer(&disk, third), disk.sessions()), (Ok(7), (2, 2)));
    assert_eq!((queue.answer(&disk, second), disk.sessions()), (Ok(7), (2, 2)));
}
