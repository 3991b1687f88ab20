//! Two processes at once: every pair of acts, with every way to let their calls alternate that has two
//! changes of turn, and with either process killed after each of its calls.

use crate::crash::{Effort, Environment, Finding, Tally};
use crate::explorer::{Case, Explorer, Moment, record, taken};
use crate::gate::Gated;
use crate::known::Known;
use crate::model::{Edit, Expected, Kept, edit_draft, edit_value, root};
use crate::oracle::Violation;
use crate::session::{Session, kept};
use crate::turnstile::{Slice, Turnstile, WaitingClock, Wing};
use checklist_store::env::Env;
use checklist_store::env::mem::{Budget, World};
use checklist_store::planted::{Bug, plant};
use checklist_store::{Error, Intent, Operation, Options, Publish, Store, Value};
use serde_json::json;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, PoisonError};

/// What a power cut leaves while two processes run: whole calls, and writes torn where sectors meet.
pub const BUDGET: Budget = Budget { subset_changes_max: 4, byte_tears_max: 0, garbage: true, tears_max: 6 };

/// What one of two processes does.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Act {
    /// Commits with a store that it opened before, and publishes.
    Commit,
    /// Commits with a store that it opened before, and leaves it in the log.
    CommitLate,
    /// Opens, commits, closes.
    CommitFresh,
    /// Publishes what it left in the log before.
    Publish,
    /// Closes over what it left in the log before.
    Close,
    /// Rebuilds the state from copies and history.
    Restore,
    /// Keeps a file.
    Keep,
    /// Opens for reading, and looks at everything, twice.
    Read,
    /// Looks again with a store that it opened before.
    Refresh,
}

impl Act {
    /// Every act.
    pub const ALL: [Act; 9] = [
        Act::Commit,
        Act::CommitLate,
        Act::CommitFresh,
        Act::Publish,
        Act::Close,
        Act::Restore,
        Act::Keep,
        Act::Read,
        Act::Refresh,
    ];

    fn options(self) -> Options {
        // Waiting for the other process is the point here, so no time is too long.
        let options = Store::options().deadline(None);
        match self {
            Act::CommitLate | Act::Publish | Act::Close => {
                options.publish(Publish::Deferred { wal_bytes: 1 << 20 }).fill_ahead(1_000)
            }
            Act::Read | Act::Refresh => options.intent(Intent::Read),
            _ => options,
        }
    }
}

/// The write by which a process is known.
fn mark(process: usize) -> [Edit; 1] {
    [Edit::Write(["/zero", "/one"][process], json!(1))]
}

fn left_before(process: usize) -> [Edit; 1] {
    [Edit::Write(["/before/zero", "/before/one"][process], json!(1))]
}

/// How far the processes are.
#[derive(Debug, Default)]
struct Progress {
    begun: [AtomicBool; 2],
    acked: [AtomicBool; 2],
    kept: AtomicBool,
}

impl Progress {
    fn get(flags: &[AtomicBool; 2]) -> [bool; 2] {
        [0, 1].map(|process| flags[process].load(Ordering::SeqCst))
    }
}

/// One process: what it does, where, and with which store.
struct Process<'a> {
    number: usize,
    act: Act,
    env: Env,
    store: Option<Store>,
    progress: &'a Progress,
    base: &'a Value,
}

impl Process<'_> {
    fn run(&mut self) -> Result<(), String> {
        let act = self.act;
        let store = match self.store.take() {
            Some(store) => Ok(store),
            None => act.options().env(self.env.clone()).open(root()),
        };
        let mut store = store.map_err(told)?;
        match act {
            Act::Commit | Act::CommitLate => self.commit(&mut store),
            Act::CommitFresh => self.commit(&mut store).and_then(|()| store.close().map_err(told)),
            Act::Publish => store.publish().map_err(told),
            Act::Close => store.close().map_err(told),
            Act::Restore => store.restore().map(drop).map_err(told),
            Act::Keep => {
                store.keep("templates/kept.yaml", &kept(1)).map_err(told)?;
                self.progress.kept.store(true, Ordering::SeqCst);
                Ok(())
            }
            Act::Read | Act::Refresh => self.read(&mut store),
        }
    }

    fn commit(&self, store: &mut Store) -> Result<(), String> {
        self.progress.begun[self.number].store(true, Ordering::SeqCst);
        store.transact(|draft| edit_draft(draft, &mark(self.number))).map_err(told)?;
        self.progress.acked[self.number].store(true, Ordering::SeqCst);
        Ok(())
    }

    /// What is seen holds everything that was acknowledged before, and does not go backwards.
    fn read(&self, store: &mut Store) -> Result<(), String> {
        let mut seen = [false; 2];
        for _ in 0..2 {
            let acked = Progress::get(&self.progress.acked);
            store.refresh().map_err(told)?;
            let shown = store.snapshot().to_value();
            let now = [0, 1].map(|process| shown.get(["zero", "one"][process]).is_some());
            let mut wanted = self.base.clone();
            (0..2)
                .filter(|process| now[*process])
                .for_each(|process| edit_value(&mut wanted, &mark(process)));
            if shown != wanted {
                return Err(format!("reads {shown}, not {wanted}"));
            }
            if (0..2).any(|process| (acked[process] || seen[process]) && !now[process]) {
                return Err(format!("reads {shown} and lacks what was there before: {acked:?}, {seen:?}"));
            }
            seen = now;
        }
        let marked =
            store.history().map_err(told)?.iter().filter(|entry| writer(&entry.operations).is_some()).count();
        let wanted = seen.iter().filter(|seen| **seen).count();
        if marked < wanted {
            Err(format!("shows {wanted} and finds {marked} in the history"))
        } else {
            Ok(())
        }
    }
}

fn told(error: Error) -> String {
    format!("failed: {error} ({:?})", error.kind())
}

/// Which process's mark a transaction is.
fn writer(operations: &[Operation]) -> Option<usize> {
    let [Operation::Write { key, .. }] = operations else { return None };
    ["/zero", "/one"].iter().position(|mark| *mark == key.as_str())
}

/// Runs pairs and judges what a power cut leaves of them.
pub struct Interleaver<'a> {
    env: Environment<'a>,
    explorer: Explorer<'a>,
    /// A bug that is planted in both processes.
    pub bug: Option<Bug>,
    /// How many schedules were run.
    pub schedules: usize,
}

impl std::fmt::Debug for Interleaver<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Interleaver").field("explorer", &self.explorer).finish_non_exhaustive()
    }
}

/// The ways to let two processes alternate that make so many calls alone: with two changes of turn, and with
/// one of them killed.
#[must_use]
pub fn schedules(calls: [u64; 2]) -> Vec<Vec<Slice>> {
    let mut all = Vec::new();
    for process in 0..2 {
        let other = 1 - process;
        let slice = |process, calls| Slice { process, calls, is_last: false };
        for first in 0..=calls[process] {
            all.push(vec![Slice { process, calls: first, is_last: true }]);
            for second in 1..=calls[other] {
                all.push(vec![slice(process, first), slice(other, second), slice(process, u64::MAX)]);
            }
        }
    }
    all
}

impl<'a> Interleaver<'a> {
    /// Uses what is in `known`; stores are opened in what `env` makes of a world.
    #[must_use]
    pub fn new(effort: Effort, env: Environment<'a>, known: &'a Known) -> Interleaver<'a> {
        let none = Case { name: String::new(), options: |options| options, is_creating: false };
        Interleaver { env, explorer: Explorer::new(none, effort, env, known), bug: None, schedules: 0 }
    }

    /// What was looked at so far.
    #[must_use]
    pub fn tally(&self) -> Tally {
        self.explorer.tally()
    }

    /// Whether enough was found.
    #[must_use]
    pub fn is_full(&self) -> bool {
        self.explorer.is_full()
    }

    /// What was looked at, and what was found.
    #[must_use]
    pub fn end(self) -> (Tally, Vec<Finding>) {
        self.explorer.end()
    }

    /// Runs a pair with every `step`-th of its schedules, the one numbered `offset` first.
    pub fn run(&mut self, acts: [Act; 2], offset: usize, step: usize) {
        let calls = [0, 1].map(|process| {
            let slices = vec![Slice { process, calls: u64::MAX, is_last: false }];
            self.turn(acts, slices, false)[process]
        });
        for slices in schedules(calls).into_iter().skip(offset).step_by(step) {
            if self.is_full() {
                return;
            }
            self.turn(acts, slices, true);
            self.schedules += 1;
        }
    }

    /// Runs a pair with one schedule; how many calls each process made.
    fn turn(&mut self, acts: [Act; 2], slices: Vec<Slice>, is_judged: bool) -> [u64; 2] {
        let name = format!("{:?} beside {:?}, {}", acts[0], acts[1], shown(&slices));
        self.explorer.turn_to(Case { name, options: |options| options, is_creating: false });
        let world = Session::world(1);
        let turnstile = Turnstile::new(slices);
        let progress = Arc::new(Progress::default());
        let mut documents = Session::documents();
        let env = |process: usize| -> Env {
            let mut env = (self.env)(&world, None);
            let wing = Wing { process, turnstile: Arc::clone(&turnstile) };
            env.fs = Arc::new(Gated::behind(env.fs, wing));
            let (clock, turnstile) = (world.clock.clone(), Arc::clone(&turnstile));
            env.clock = Arc::new(WaitingClock { clock, process, turnstile });
            env
        };
        let opened = Self::prepare(acts, &env, &mut documents);
        turnstile.start();
        let base = documents.last().cloned().unwrap_or_default();
        let [zero, one] = match opened {
            Ok(stores) => stores,
            Err(detail) => {
                self.explorer.report(&[], Violation { promise: "alive", detail }, None);
                return [0; 2];
            }
        };
        let at = Arc::clone(&progress);
        let tape = record(&world, move || flags(&at));
        let results = Mutex::new([Ok(()), Ok(())]);
        std::thread::scope(|scope| {
            for (number, store) in [zero, one].into_iter().enumerate() {
                let (turnstile, results, base) = (&turnstile, &results, &base);
                let progress = &*progress;
                let (env, bug) = (env(number), self.bug);
                scope.spawn(move || {
                    let _planted = bug.map(plant);
                    turnstile.begin(number);
                    let mut process = Process { number, act: acts[number], env, store, progress, base };
                    let result = process.run();
                    drop(process);
                    results.lock().unwrap_or_else(PoisonError::into_inner)[number] = result;
                    turnstile.end(number);
                });
            }
        });
        if is_judged {
            self.judge(&world, documents, &flags(&progress), taken(&tape));
            let results = results.into_inner().unwrap_or_else(PoisonError::into_inner);
            for (process, result) in results.into_iter().enumerate() {
                if let Err(detail) = result
                    && !turnstile.is_killed(process)
                {
                    let detail = format!("{:?} {detail}", acts[process]);
                    self.explorer.report(&[], Violation { promise: "alive", detail }, None);
                }
            }
        }
        turnstile.calls()
    }

    /// Opens the stores that the acts need open, and commits what they need committed.
    fn prepare(
        acts: [Act; 2],
        env: &dyn Fn(usize) -> Env,
        documents: &mut Vec<Value>,
    ) -> Result<[Option<Store>; 2], String> {
        let mut stores = [None, None];
        for (process, act) in acts.into_iter().enumerate() {
            if matches!(act, Act::CommitFresh | Act::Read) {
                continue;
            }
            let mut store = act.options().env(env(process)).open(root()).map_err(told)?;
            if matches!(act, Act::Publish | Act::Close) {
                store.transact(|draft| edit_draft(draft, &left_before(process))).map_err(told)?;
                let mut next = documents.last().cloned().unwrap_or_default();
                edit_value(&mut next, &left_before(process));
                documents.push(next);
            }
            stores[process] = Some(store);
        }
        Ok(stores)
    }

    /// Judges every moment against the order in which the two committed.
    fn judge(&mut self, world: &World, mut documents: Vec<Value>, end: &Expected, mut moments: Vec<Moment>) {
        let base = documents.len() - 1;
        let fork = World::from_image(&world.fs.image(), 9);
        let history = Store::options().env(fork.env()).open(root()).and_then(|store| store.history());
        let order: Vec<usize> = match history {
            Ok(history) => history.iter().filter_map(|entry| writer(&entry.operations)).collect(),
            Err(error) => {
                self.explorer.report(&[], Violation { promise: "alive", detail: told(error) }, None);
                return;
            }
        };
        for process in &order {
            let mut next = documents.last().cloned().unwrap_or_default();
            edit_value(&mut next, &mark(*process));
            documents.push(next);
        }
        self.explorer.set_documents(documents);
        moments.push(Moment { call: "the end".to_owned(), image: world.fs.image(), expected: end.clone() });
        for mut moment in moments {
            let reached = |flags: usize| order.iter().rposition(|process| flags >> process & 1 == 1);
            let count = |flags: usize| base + reached(flags).map_or(0, |last| last + 1);
            let Expected { acked, intents, .. } = moment.expected;
            let lost = (0..2).find(|process| acked >> process & 1 == 1 && !order.contains(process));
            if let Some(process) = lost {
                let detail = format!("what process {process} committed is not in the history");
                self.explorer.report(&[], Violation { promise: "durable", detail }, Some(&moment.image));
                return;
            }
            (moment.expected.acked, moment.expected.intents) = (count(acked), count(intents));
            self.explorer.cut(moment);
        }
    }
}

/// Which processes have begun and which were answered, one bit each, until the order is known.
fn flags(progress: &Progress) -> Expected {
    let bits = |flags: [bool; 2]| usize::from(flags[0]) | usize::from(flags[1]) << 1;
    let (begun, acked) = (Progress::get(&progress.begun), Progress::get(&progress.acked));
    let kept = Kept { acked: usize::from(progress.kept.load(Ordering::SeqCst)), tried: 1 };
    Expected { acked: bits(acked), intents: bits(begun), edit: None, kept }
}

fn shown(slices: &[Slice]) -> String {
    let slice = |slice: &Slice| match (slice.calls, slice.is_last) {
        (u64::MAX, _) => format!("{} to its end", slice.process),
        (calls, false) => format!("{calls} calls of {}", slice.process),
        (calls, true) => format!("{calls} calls of {} and it is killed", slice.process),
    };
    slices.iter().map(slice).collect::<Vec<_>>().join(", ")
}
