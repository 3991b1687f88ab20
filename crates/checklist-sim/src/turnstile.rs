//! `Turnstile`: lets the calls of two processes through one at a time, in the order of a schedule.
//!
//! A process keeps its turn until it asks for one call more than its slice allows, so that what it does
//! between two calls never runs beside the other. One that has waited for a lock for a while gives up its slice. This is
//! the bounded search for races of Musuvathi et al., "Finding and Reproducing Heisenbugs in Concurrent
//! Programs" (OSDI 2008), with the system calls as the only places at which processes can meet.

use crate::gate::{Attempt, Fate, Gate};
use checklist_store::env::mem::ManualClock;
use checklist_store::env::{Clock, Instant, Timestamp};
use std::io;
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

/// So many calls of one process.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Slice {
    /// Which process, 0 or 1.
    pub process: usize,
    /// How many calls.
    pub calls: u64,
    /// Whether the process is killed behind them.
    pub is_last: bool,
}

/// So often a process waits for a lock before the other one goes on.
const WAITS: u32 = 5;

#[derive(Debug)]
struct Turn {
    /// Whether the schedule runs; before, every call is let through.
    is_running: bool,
    slices: Vec<Slice>,
    process: usize,
    /// How many calls are left to it.
    left: u64,
    is_last: bool,
    /// How often somebody waited for a lock.
    waits: u32,
    ended: [bool; 2],
    killed: [bool; 2],
    calls: [u64; 2],
}

/// Where two processes wait for their turns.
#[derive(Debug)]
pub struct Turnstile {
    turn: Mutex<Turn>,
    changed: Condvar,
}

impl Turn {
    /// The next slice of a process that still runs; behind the schedule, each runs until it ends or waits.
    fn pass_on(&mut self) {
        while let Some(slice) = (!self.slices.is_empty()).then(|| self.slices.remove(0)) {
            if !self.ended[slice.process] {
                (self.process, self.left, self.is_last) = (slice.process, slice.calls, slice.is_last);
                return;
            }
        }
        let other = 1 - self.process;
        if !self.ended[other] {
            self.process = other;
        }
        (self.left, self.is_last) = (u64::MAX, false);
    }
}

impl Turnstile {
    /// A turnstile with a schedule; when it is at its end, the processes take turns where they wait or end.
    #[must_use]
    pub fn new(slices: Vec<Slice>) -> Arc<Turnstile> {
        let process = slices.first().map_or(0, |slice| slice.process);
        let (ended, killed, calls) = ([false; 2], [false; 2], [0; 2]);
        let mut turn = Turn {
            is_running: false,
            slices,
            process: 1 - process,
            left: 0,
            is_last: false,
            waits: 0,
            ended,
            killed,
            calls,
        };
        turn.pass_on();
        Arc::new(Turnstile { turn: Mutex::new(turn), changed: Condvar::new() })
    }

    /// From here on calls wait for their turns.
    pub fn start(&self) {
        self.lock().is_running = true;
    }

    fn lock(&self) -> MutexGuard<'_, Turn> {
        self.turn.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Waits until it is this process's turn.
    fn wait(&self, process: usize) -> MutexGuard<'_, Turn> {
        let turn = self.lock();
        let is_anothers = |turn: &mut Turn| turn.process != process;
        self.changed.wait_while(turn, is_anothers).unwrap_or_else(PoisonError::into_inner)
    }

    /// Waits for the first turn: nothing of a process may run before it.
    pub fn begin(&self, process: usize) {
        drop(self.wait(process));
    }

    /// Says that a process has come to its end.
    pub fn end(&self, process: usize) {
        let mut turn = self.lock();
        turn.ended[process] = true;
        if turn.process == process {
            turn.pass_on();
        }
        self.changed.notify_all();
    }

    /// How many calls each process was let through.
    #[must_use]
    pub fn calls(&self) -> [u64; 2] {
        self.lock().calls
    }

    /// Whether a process was killed.
    #[must_use]
    pub fn is_killed(&self, process: usize) -> bool {
        self.lock().killed[process]
    }

    /// Takes one call's turn; `false` if the process is dead.
    fn take(&self, process: usize) -> bool {
        if !self.lock().is_running {
            return true;
        }
        let mut turn = self.wait(process);
        while turn.left == 0 && !turn.killed[process] {
            if turn.is_last {
                turn.killed[process] = true;
                break;
            }
            turn.pass_on();
            self.changed.notify_all();
            if turn.process != process {
                drop(turn);
                turn = self.wait(process);
            }
        }
        if turn.killed[process] {
            return false;
        }
        turn.left -= 1;
        turn.calls[process] += 1;
        true
    }

    /// Gives up what is left of the slice, after having waited for a while: the other process may be stopped.
    fn give_up(&self, process: usize) {
        if !self.lock().is_running {
            return;
        }
        let mut turn = self.wait(process);
        turn.waits += 1;
        if !turn.killed[process] && turn.waits.is_multiple_of(WAITS) {
            turn.pass_on();
            self.changed.notify_all();
        }
    }
}

/// The gate of one process.
#[derive(Debug)]
pub struct Wing {
    /// Which process.
    pub process: usize,
    /// Where it waits.
    pub turnstile: Arc<Turnstile>,
}

impl Gate for Wing {
    fn decide(&self, _: &Attempt<'_>) -> Fate {
        if self.turnstile.take(self.process) { Fate::Pass } else { Fate::Fail(io::ErrorKind::Other) }
    }
}

/// The clock of one process: who sleeps gives up his slice.
#[derive(Debug)]
pub struct WaitingClock {
    /// The clock of the world.
    pub clock: ManualClock,
    /// Which process.
    pub process: usize,
    /// Where it waits.
    pub turnstile: Arc<Turnstile>,
}

impl Clock for WaitingClock {
    fn now(&self) -> Timestamp {
        self.clock.now()
    }

    fn instant(&self) -> Instant {
        self.clock.instant()
    }

    fn sleep(&self, duration: Duration) {
        self.clock.advance(duration);
        self.turnstile.give_up(self.process);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The order in which the calls of two processes that make three each are let through.
    fn order(slices: Vec<Slice>) -> String {
        let turnstile = Turnstile::new(slices);
        turnstile.start();
        let seen = Mutex::new(String::new());
        std::thread::scope(|scope| {
            for (process, name) in ['a', 'b'].into_iter().enumerate() {
                let (turnstile, seen) = (&turnstile, &seen);
                scope.spawn(move || {
                    turnstile.begin(process);
                    for _ in 0..3 {
                        if turnstile.take(process) {
                            seen.lock().expect("nobody panics").push(name);
                        }
                    }
                    turnstile.end(process);
                });
            }
        });
        seen.into_inner().expect("nobody panics")
    }

    fn slice(process: usize, calls: u64) -> Slice {
        Slice { process, calls, is_last: false }
    }

    #[test]
    fn calls_come_in_the_order_of_the_schedule() {
        assert_eq!(order(vec![]), "aaabbb");
        assert_eq!(order(vec![slice(1, 2), slice(0, 1)]), "bbabaa");
        assert_eq!(order(vec![slice(0, 1), slice(1, 1), slice(0, 1), slice(1, 9)]), "ababba");
    }

    #[test]
    fn a_killed_process_makes_no_more_calls() {
        assert_eq!(order(vec![Slice { process: 0, calls: 2, is_last: true }]), "aabbb");
        assert_eq!(order(vec![slice(1, 1), Slice { process: 0, calls: 0, is_last: true }]), "bbb");
    }
}
