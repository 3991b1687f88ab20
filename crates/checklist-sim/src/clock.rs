//! Clocks that are wrong: frozen, set back, a hundred years ahead, between any two calls. Nothing is ordered by
//! wall time, so nothing but timestamps may come out different.

use crate::crash::start;
use crate::model::root;
use crate::session::Session;
use crate::step::Sequence;
use crate::workload::{Run, Workload};
use checklist_store::env::mem::{ManualClock, World};
use checklist_store::env::{Clock, Timestamp};
use checklist_store::{Store, Value};

/// A hundred years.
pub const CENTURY_MS: i64 = 100 * 365 * 24 * 3_600 * 1_000;

/// What is wrong with the clock.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Wrong {
    /// Nothing.
    Nothing,
    /// It shows the same time at every call.
    Frozen,
    /// Behind every call it is set by so many milliseconds.
    Drifting(i64),
    /// Behind the call with this number it is set by so many milliseconds.
    Leaping(u64, i64),
}

/// What came out, but for timestamps.
#[derive(Clone, Debug, PartialEq)]
pub struct Outcome {
    /// How it ended.
    pub ended: Result<(), String>,
    /// How many calls it made.
    pub calls: u64,
    /// What a process that starts afterwards reads, with the number of each transaction, and what the check
    /// says of it.
    pub read: Result<(Value, Vec<u64>, bool), String>,
}

fn set(clock: &ManualClock, by_ms: i64) {
    clock.set(Timestamp::from_millis(clock.now().as_millis().saturating_add(by_ms)));
}

/// Makes the clock of a world wrong from here on.
fn spoil(world: &World, wrong: Wrong) {
    let (clock, begun) = (world.clock.clone(), world.clock.now());
    let from = world.fs.calls();
    world.fs.on_call(move |call, _| match wrong {
        Wrong::Nothing => {}
        Wrong::Frozen => clock.set(begun),
        Wrong::Drifting(by_ms) => set(&clock, by_ms),
        Wrong::Leaping(at, by_ms) if call.number == from + at => set(&clock, by_ms),
        Wrong::Leaping(..) => {}
    });
}

fn outcome(world: &World, calls: u64, ended: Result<(), String>) -> Outcome {
    let read = Store::options().env(world.env()).open(root()).and_then(|store| {
        let lsns = store.history()?.iter().map(|entry| entry.lsn.0).collect();
        let is_sound = store.check()?.findings.iter().all(|finding| finding.sound);
        Ok((store.snapshot().to_value(), lsns, is_sound))
    });
    Outcome { ended, calls, read: read.map_err(|error| error.to_string()) }
}

/// Runs a workload by a wrong clock.
#[must_use]
pub fn run_workload(workload: &Workload, wrong: Wrong) -> Outcome {
    let world = start(workload);
    spoil(&world, wrong);
    let run = Run::new(world.clone(), world.env(), workload.options);
    let ended = (workload.run)(&run).map_err(|error| format!("{:?}, {:?}", error.kind(), error.outcome()));
    outcome(&world, world.fs.calls(), ended)
}

/// Takes the steps of a sequence by a wrong clock.
#[must_use]
pub fn run_sequence(sequence: &Sequence, wrong: Wrong) -> Outcome {
    let world = Session::world(1);
    spoil(&world, wrong);
    let mut session = Session::new(world.clone(), |world, _| world.env());
    let ended = sequence.steps.iter().try_for_each(|step| session.take(*step));
    drop(session);
    outcome(&world, world.fs.calls(), ended)
}
