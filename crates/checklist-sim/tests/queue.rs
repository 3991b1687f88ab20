//! Tries the interleavings of the threads of a coordinator: the queue itself, compiled with the locks of a model
//! checker (loom) in place of the standard library's, over a disk that checks what it is given.
//!
//! In every interleaving each caller is answered once, and not before its own entry is durable; the log has the
//! order of the edits; nothing is written that builds on what was not; and nobody is left waiting, which loom
//! reports as a deadlock. The tests that expect a panic plant a mistake each.

use crowd::{Disk, Written};
use loom::thread;
use queue::{Drafted, Queue};
use std::cell::Cell;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

#[path = "../../checklist-store/src/protocol/crowd.rs"]
mod crowd;
#[path = "../../checklist-store/src/protocol/queue.rs"]
mod queue;

/// What `protocol/sync.rs` is to the store.
mod sync {
    use crate::{MISTAKE, Mistake};
    pub(crate) use loom::sync::{Mutex, MutexGuard};
    use std::sync::PoisonError;
    use std::time::Duration;

    pub(crate) struct Condvar(loom::sync::Condvar);

    impl Condvar {
        pub(crate) fn new() -> Condvar {
            Condvar(loom::sync::Condvar::new())
        }

        pub(crate) fn notify_one(&self) {
            if MISTAKE.get() != Mistake::NobodyLeadsNext {
                self.0.notify_one();
            }
        }

        pub(crate) fn notify_all(&self) {
            match MISTAKE.get() {
                Mistake::OneIsWoken => self.0.notify_one(),
                _ => self.0.notify_all(),
            }
        }
    }

    pub(crate) fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
        mutex.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Trying again before it sleeps is nothing that others could tell.
    pub(crate) fn lock_soon<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
        lock(mutex)
    }

    pub(crate) fn wait<'a, T>(condvar: &Condvar, guard: MutexGuard<'a, T>) -> MutexGuard<'a, T> {
        condvar.0.wait(guard).unwrap_or_else(PoisonError::into_inner)
    }

    /// Once is enough for a model: more is the same again.
    pub(crate) fn give_way<'a, T>(
        guarded: &'a Mutex<T>,
        guard: MutexGuard<'a, T>,
        look: impl Fn(&T) -> (bool, Duration),
    ) -> MutexGuard<'a, T> {
        if look(&guard).0 {
            return guard;
        }
        drop(guard);
        loom::thread::yield_now();
        lock(guarded)
    }

    /// Loom knows no time: it is up at any moment, also at once.
    pub(crate) fn wait_for<'a, T>(
        _: &Condvar,
        guarded: &'a Mutex<T>,
        guard: MutexGuard<'a, T>,
        _: Duration,
    ) -> MutexGuard<'a, T> {
        drop(guard);
        loom::thread::yield_now();
        lock(guarded)
    }
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Mistake {
    None,
    /// Of the members of a batch only one is woken.
    OneIsWoken,
    /// Who leads the next batch is not woken.
    NobodyLeadsNext,
    /// A batch is answered when it is written, before it is durable.
    EarlyAnswer,
    /// A batch is written in another order than it was drafted.
    WrongOrder,
    /// After a batch that was not written, a session goes on from what was drafted.
    StaleHead,
}

thread_local! {
    /// Loom runs all threads of a model on the thread of its test.
    static MISTAKE: Cell<Mistake> = const { Cell::new(Mistake::None) };
}

/// What one caller writes: what it was drafted on, so many entries, and who it is.
#[derive(Clone, Copy, Debug)]
struct Entry {
    base: usize,
    caller: usize,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Failure {
    NotSaved,
    InDoubt,
    /// Refused, because of what became of those before.
    Refused,
    /// The caller's own.
    Own,
}

/// A disk that checks what it is given.
#[derive(Default)]
struct FakeDisk {
    state: Mutex<State>,
    /// The fate of the first write.
    first: Option<Failure>,
}

#[derive(Default)]
struct State {
    log: Vec<Entry>,
    durable: usize,
    /// How far the line reached, for the mistake.
    drafted: usize,
    is_open: bool,
    is_writing: bool,
    is_poisoned: bool,
    writes: usize,
    /// What must never be. It is told at the end: a panic in the disk is something the queue deals with.
    violations: Vec<&'static str>,
}

impl State {
    fn expect(&mut self, holds: bool, violation: &'static str) {
        if !holds {
            self.violations.push(violation);
        }
    }
}

impl FakeDisk {
    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Disk for FakeDisk {
    type Head = usize;
    type Member = Entry;
    type Answer = usize;
    type Failure = Failure;

    fn open(&self, _: Duration) -> Result<usize, Failure> {
        let mut state = self.state();
        let is_free = !state.is_open && !state.is_writing;
        state.expect(is_free, "two sessions at once");
        if state.is_poisoned {
            return Err(Failure::Refused);
        }
        state.is_open = true;
        Ok(if MISTAKE.get() == Mistake::StaleHead { state.drafted } else { state.log.len() })
    }

    fn write(&self, members: Vec<Entry>) -> Result<Written<usize>, Failure> {
        let end = {
            let mut state = self.state();
            let (is_alone, is_sane) = (state.is_open && !state.is_writing, !state.is_poisoned);
            state.expect(is_alone, "two writers at once");
            state.expect(is_sane, "written after a failed sync");
            state.is_writing = true;
            state.writes += 1;
            if state.writes == 1 && self.first == Some(Failure::NotSaved) {
                state.is_writing = false;
                return Err(Failure::NotSaved);
            }
            let mut members = members.clone();
            if MISTAKE.get() == Mistake::WrongOrder {
                members.reverse();
            }
            for entry in members {
                let is_next = entry.base == state.log.len();
                state.expect(is_next, "written on top of what it was not drafted on");
                state.log.push(entry);
            }
            state.log.len()
        };
        // While it is synced, others may do what they like.
        if MISTAKE.get() != Mistake::EarlyAnswer {
            thread::yield_now();
            self.state().durable = end;
        }
        let mut state = self.state();
        state.is_writing = false;
        if state.writes == 1 && self.first == Some(Failure::InDoubt) {
            state.is_poisoned = true;
            return Err(Failure::InDoubt);
        }
        let answers = (end - members.len() + 1..=end).collect();
        Ok(Written { answers, patience: Duration::from_micros(50) })
    }

    fn on_top_of(&self, failure: &Failure) -> Failure {
        match failure {
            Failure::Own => Failure::Own,
            _ => Failure::Refused,
        }
    }

    fn lost(&self) -> Failure {
        Failure::InDoubt
    }

    fn is_awaited(&self) -> bool {
        false
    }

    fn release(&self) {
        let mut state = self.state();
        let is_done = state.is_open && !state.is_writing;
        state.expect(is_done, "released while it is written");
        state.is_open = false;
    }
}

struct Shared {
    queue: Queue<FakeDisk>,
    disk: FakeDisk,
}

impl Shared {
    fn new(first: Option<Failure>, batch: usize) -> Arc<Shared> {
        Arc::new(Shared { queue: Queue::new(batch), disk: FakeDisk { first, ..FakeDisk::default() } })
    }

    /// One transaction; the answer is checked against the disk.
    fn transact(&self, caller: usize, is_failing: bool) -> Result<usize, Failure> {
        let edit = |head: &mut usize| {
            if is_failing {
                return Err(Failure::Own);
            }
            let member = Entry { base: *head, caller };
            *head += 1;
            self.disk.state().drafted = *head;
            Ok(Drafted { value: member.base, member, bytes: 1 })
        };
        let (base, ticket) = self.queue.draft(&self.disk, || Duration::ZERO, edit)?;
        let answer = self.queue.answer(&self.disk, ticket)?;
        let state = self.disk.state();
        assert!(state.violations.is_empty(), "{:?}", state.violations);
        assert_eq!(answer, base + 1, "the answer of somebody else");
        assert_eq!(state.log[base].caller, caller, "the place of somebody else");
        assert!(state.durable >= answer, "answered before it is durable");
        Ok(answer)
    }
}

/// Runs callers in every interleaving with so many preemptions, and then judges what became of them.
fn model(
    callers: &'static [&'static [bool]],
    (first, batch): (Option<Failure>, usize),
    judge: impl Fn(&State, &[Result<usize, Failure>]) + Send + Sync + 'static,
) {
    let mut builder = loom::model::Builder::new();
    builder.preemption_bound = Some(2);
    builder.check(move || {
        let shared = Shared::new(first, batch);
        let run = |shared: &Shared, index: usize| -> Vec<_> {
            callers[index].iter().map(|is_failing| shared.transact(index, *is_failing)).collect()
        };
        let threads: Vec<_> = (1..callers.len())
            .map(|index| {
                let shared = Arc::clone(&shared);
                thread::spawn(move || run(&shared, index))
            })
            .collect();
        let mut answers = run(&shared, 0);
        for thread in threads {
            answers.extend(thread.join().expect("no caller panics"));
        }
        assert!(!shared.disk.state().is_open, "a session outlives its callers");
        drop(shared.queue.quiesce(&shared.disk));
        let state = shared.disk.state();
        assert!(!state.is_open && !state.is_writing, "the session is not ended");
        assert!(state.violations.is_empty(), "{:?}", state.violations);
        judge(&state, &answers);
    });
}

fn saved(answers: &[Result<usize, Failure>]) -> Vec<usize> {
    let mut saved: Vec<usize> = answers.iter().filter_map(|answer| answer.ok()).collect();
    saved.sort_unstable();
    saved
}

fn all_are_saved(state: &State, answers: &[Result<usize, Failure>]) {
    assert!(saved(answers).into_iter().eq(1..=answers.len()), "{answers:?}");
    assert_eq!(state.log.len(), answers.len());
}

const THREE: &[&[bool]] = &[&[false], &[false], &[false]];

#[test]
fn three_callers_are_each_answered_once() {
    model(THREE, (None, 64), all_are_saved);
}

#[test]
fn two_callers_share_and_follow_each_other() {
    model(&[&[false, false], &[false, false]], (None, 64), all_are_saved);
}

#[test]
fn batches_that_are_full_are_led_one_after_the_other() {
    model(THREE, (None, 1), |state, answers| {
        all_are_saved(state, answers);
        assert_eq!(state.writes, 3, "one each");
    });
}

#[test]
fn an_edit_that_fails_concerns_its_caller_alone() {
    model(&[&[true], &[false], &[false, true]], (None, 64), |state, answers| {
        assert_eq!(state.log.len(), 2);
        assert_eq!(saved(answers), [1, 2]);
        assert_eq!(answers.iter().filter(|answer| **answer == Err(Failure::Own)).count(), 2);
    });
}

#[test]
fn after_a_batch_that_was_not_written_the_others_begin_anew() {
    model(THREE, (Some(Failure::NotSaved), 64), |state, answers| {
        assert!(answers.contains(&Err(Failure::NotSaved)));
        assert_eq!(saved(answers).len(), state.log.len(), "{answers:?}");
        assert!(saved(answers).into_iter().eq(1..=state.log.len()));
    });
}

#[test]
fn a_sync_that_failed_leaves_its_batch_in_doubt_and_nothing_is_written_after_it() {
    model(THREE, (Some(Failure::InDoubt), 64), |state, answers| {
        let in_doubt = answers.iter().filter(|answer| **answer == Err(Failure::InDoubt)).count();
        let refused = answers.iter().filter(|answer| **answer == Err(Failure::Refused)).count();
        assert!(in_doubt >= 1 && in_doubt + refused == answers.len(), "{answers:?}");
        assert_eq!((state.writes, state.log.len()), (1, in_doubt), "{answers:?}");
    });
}

#[test]
#[should_panic(expected = "deadlock")]
fn planted_members_of_a_batch_that_are_not_woken() {
    MISTAKE.set(Mistake::OneIsWoken);
    model(&[&[false], &[false], &[false], &[false]], (None, 64), all_are_saved);
}

#[test]
#[should_panic(expected = "deadlock")]
fn planted_nobody_is_woken_to_lead_the_next_batch() {
    MISTAKE.set(Mistake::NobodyLeadsNext);
    model(THREE, (None, 64), all_are_saved);
}

#[test]
#[should_panic(expected = "answered before it is durable")]
fn planted_an_answer_before_the_sync() {
    MISTAKE.set(Mistake::EarlyAnswer);
    model(THREE, (None, 64), all_are_saved);
}

#[test]
#[should_panic(expected = "drafted on")]
fn planted_a_batch_in_another_order() {
    MISTAKE.set(Mistake::WrongOrder);
    model(THREE, (None, 64), all_are_saved);
}

#[test]
#[should_panic(expected = "drafted on")]
fn planted_a_session_that_goes_on_from_what_was_not_written() {
    MISTAKE.set(Mistake::StaleHead);
    model(THREE, (Some(Failure::NotSaved), 64), |_, _| {});
}
