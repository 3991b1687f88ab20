//! One round: writers that work at the same time on one store, and what is done to them meanwhile.

use super::asked::Asked;
use super::deeds::Deeds;
use super::process::{Pipes, Place, was_killed};
use super::random::Random;
use super::request::{Measures, REGISTERS, Registers, Reply, Request};
use checklist_store::Store;
use checklist_store::env::{Env, Instant};
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

/// No answer may take longer: the wait for the lock ends before that.
const PATIENCE: Duration = Duration::from_secs(40);

/// The longest pause between two things that are done to writers.
const PAUSE_MAX: Duration = Duration::from_millis(12);

/// How many answers are waited for at most before the next thing is done, of which each round has one: few of
/// them kill processes that open and recover, many those that are well under way.
const ANSWERS_MAX: [u64; 4] = [1, 6, 12, 24];

/// How long they are waited for at most.
const ANSWERS_WAIT_MAX: Duration = Duration::from_millis(250);

/// The longest time for which the lock is kept for no reason.
const HOLD_MAX: Duration = Duration::from_millis(12);

/// The longest pause between the deaths at the end of a round.
const END_PAUSE_MAX: Duration = Duration::from_millis(2);

/// The longest time a writer is kept from running.
const STOP_MAX: Duration = Duration::from_millis(40);

/// The kind of the one refusal that breaks no promise: others were faster, for as long as the wait lasts.
const BUSY: &str = "LockTimeout";

/// Kinds of refusals that tell of the disk and not of the store.
const HINDRANCES: [&str; 2] = ["StorageFull", "ReadOnly"];

/// Why a storm ends early.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Trouble {
    /// A promise is broken.
    Broken(String),
    /// The place does not let it go on.
    Hindered(String),
}

/// How the life of a writer process ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Life {
    /// Its pipe was closed, which nothing but a kill may do.
    Killed,
    /// It did not get the lock in time, and said so.
    GaveUp,
}

/// The setting of a round.
pub(super) struct Round<'a> {
    pub(super) env: &'a Env,
    pub(super) store: &'a Path,
    pub(super) places: &'a [Place],
    pub(super) seed: u64,
    pub(super) number: u64,
    /// Kills after which the round ends.
    pub(super) kills: u64,
    /// When it ends in any case.
    pub(super) ends_at: Instant,
}

/// What the threads of a round share.
struct Shared {
    is_closing: AtomicBool,
    kills: AtomicU64,
    saved: AtomicU64,
    answers: AtomicU64,
    /// Since when each writer owes an answer, in nanoseconds; zero while it does not.
    owes_since: Vec<AtomicU64>,
    trouble: Mutex<Option<Trouble>>,
    deeds: Mutex<Deeds>,
}

impl Shared {
    fn new(writers: usize) -> Shared {
        Shared {
            is_closing: AtomicBool::new(false),
            kills: AtomicU64::new(0),
            saved: AtomicU64::new(0),
            answers: AtomicU64::new(0),
            owes_since: (0..writers).map(|_| AtomicU64::new(0)).collect(),
            trouble: Mutex::new(None),
            deeds: Mutex::default(),
        }
    }

    fn is_closing(&self) -> bool {
        self.is_closing.load(Ordering::SeqCst)
    }

    /// Keeps the first trouble, and ends the round.
    fn end_for(&self, trouble: Trouble) {
        self.trouble.lock().unwrap_or_else(PoisonError::into_inner).get_or_insert(trouble);
        self.is_closing.store(true, Ordering::SeqCst);
    }

    fn broken(&self, breach: String) {
        self.end_for(Trouble::Broken(breach));
    }

    fn deeds(&self, change: impl FnOnce(&mut Deeds)) {
        change(&mut self.deeds.lock().unwrap_or_else(PoisonError::into_inner));
    }

    fn take_in(&self, measures: Measures) {
        self.deeds(|deeds| {
            deeds.recoveries += measures.recoveries;
            deeds.recovery_us_max = deeds.recovery_us_max.max(measures.recovery_us_max);
            deeds.lock_us.extend(measures.lock_us);
        });
    }
}

impl Round<'_> {
    /// Runs the round until every writer is dead. `next` holds the number of the next request of each;
    /// `is_over` is told now and then how many kills and acknowledged changes there were, and says whether to
    /// stop.
    pub(super) fn run(
        &self,
        next: &mut [u64],
        is_over: &dyn Fn(u64, u64) -> bool,
    ) -> (Vec<Asked>, Deeds, Option<Trouble>) {
        let shared = Shared::new(self.places.len());
        let asked = std::thread::scope(|scope| {
            let clients: Vec<_> = next
                .iter_mut()
                .enumerate()
                .map(|(writer, next)| {
                    let shared = &shared;
                    scope.spawn(move || self.be_client(shared, writer, next))
                })
                .collect();
            self.disturb(&shared, is_over);
            self.end(&shared);
            let asked = clients.into_iter().map(|client| client.join().expect("clients do not panic"));
            asked.flatten().collect()
        });
        let mut deeds = shared.deeds.into_inner().unwrap_or_else(PoisonError::into_inner);
        deeds.kills = shared.kills.into_inner();
        (asked, deeds, shared.trouble.into_inner().unwrap_or_else(PoisonError::into_inner))
    }

    fn now(&self) -> u64 {
        let since_start = self.env.clock.instant().since(Instant::from_nanos(0));
        u64::try_from(since_start.as_nanos()).unwrap_or(u64::MAX)
    }

    /// Asks one writer for one thing after the other; where it is killed, starts the next process.
    fn be_client(&self, shared: &Shared, writer: usize, next: &mut u64) -> Vec<Asked> {
        let (mut asked, place) = (Vec::new(), &self.places[writer]);
        let mut random = Random::of(self.seed, self.number, writer as u64 + 1);
        while !shared.is_closing() {
            shared.owes_since[writer].store(self.now(), Ordering::SeqCst);
            let ended = match place.start(self.store) {
                Ok(mut pipes) => self.talk(shared, writer, &mut pipes, &mut random, next, &mut asked),
                Err(error) => Err(Trouble::Hindered(format!("writer {writer} cannot be started: {error}"))),
            };
            if ended.as_ref().is_ok_and(|life| *life == Life::Killed) {
                self.count(shared, writer);
            } else {
                place.kill();
                let _ = place.reap();
            }
            if let Some(last) = asked.last_mut().filter(|last| last.reply.is_none()) {
                last.ended = last.ended.min(self.now());
            }
            shared.owes_since[writer].store(0, Ordering::SeqCst);
            if let Err(trouble) = ended {
                shared.end_for(trouble);
            }
        }
        asked
    }

    /// Counts a process that closed its pipe: by a kill, or else by a defect.
    fn count(&self, shared: &Shared, writer: usize) {
        let place = &self.places[writer];
        match place.reap() {
            Ok(Some(status)) if was_killed(status) => {
                shared.kills.fetch_add(1, Ordering::SeqCst);
            }
            Ok(Some(status)) => {
                let words = place.last_words(self.env);
                shared.broken(format!("writer {writer} ended by itself ({status}): {words}"));
            }
            Ok(None) => {}
            Err(error) => shared.broken(format!("writer {writer} cannot be reaped: {error}")),
        }
    }

    /// The life of one process.
    fn talk(
        &self,
        shared: &Shared,
        writer: usize,
        pipes: &mut Pipes,
        random: &mut Random,
        next: &mut u64,
        asked: &mut Vec<Asked>,
    ) -> Result<Life, Trouble> {
        match self.answer(shared, writer, pipes)? {
            Some(Reply::Ready) => {}
            Some(Reply::Refused(kind, ..)) if kind == BUSY => return Ok(Life::GaveUp),
            Some(Reply::Refused(kind, _, message)) => {
                return Err(refused(writer, "to open", &kind, &message));
            }
            Some(other) => return Err(Trouble::Broken(format!("writer {writer} begins with {other:?}"))),
            None => return Ok(Life::Killed),
        }
        let mut known: Registers = [0; REGISTERS];
        // After the end of the round nothing new is asked; the process waits for its end.
        while !shared.is_closing() {
            let (number, request) = (*next, choose(random, &known));
            *next += 1;
            let at = self.now();
            asked.push(Asked { writer, number, request, at, ended: u64::MAX, reply: None });
            shared.owes_since[writer].store(at, Ordering::SeqCst);
            pipes.ask(number, request);
            let mut reply = self.answer(shared, writer, pipes)?;
            if reply == Some(Reply::Held) {
                match random.below(3) {
                    0 => {
                        shared.deeds(|deeds| deeds.holder_kills += 1);
                        self.places[writer].kill();
                    }
                    1 => self.env.clock.sleep(random.within(HOLD_MAX)),
                    _ => {}
                }
                pipes.go();
                reply = self.answer(shared, writer, pipes)?;
            }
            let Some(reply) = reply else { return Ok(Life::Killed) };
            if let Reply::Refused(kind, outcome, message) = &reply
                && kind != BUSY
            {
                let what = format!("request {number} ({outcome})");
                return Err(refused(writer, &what, kind, message));
            }
            if let Reply::Saved(_, seen) | Reply::Seen(seen) = &reply {
                let after = request.outcome(seen).unwrap_or_else(|| seen.clone());
                request.registers().into_iter().zip(after).for_each(|(at, value)| known[at] = value);
            }
            shared.saved.fetch_add(u64::from(matches!(reply, Reply::Saved(..))), Ordering::Relaxed);
            let last = asked.last_mut().expect("it was just asked");
            (last.ended, last.reply) = (self.now(), Some(reply));
        }
        self.places[writer].kill();
        Ok(Life::Killed)
    }

    fn answer(&self, shared: &Shared, writer: usize, pipes: &mut Pipes) -> Result<Option<Reply>, Trouble> {
        let broken = |line| Trouble::Broken(format!("writer {writer} answers {line:?}"));
        let answer = pipes.answer().map_err(broken)?;
        shared.owes_since[writer].store(0, Ordering::SeqCst);
        shared.answers.fetch_add(1, Ordering::SeqCst);
        Ok(answer.map(|(reply, measures)| {
            shared.take_in(measures);
            reply
        }))
    }

    /// Kills, stops and continues writers at random until enough were killed.
    fn disturb(&self, shared: &Shared, is_over: &dyn Fn(u64, u64) -> bool) {
        let mut random = Random::of(self.seed, self.number, 0);
        let answers_max = ANSWERS_MAX[random.index(ANSWERS_MAX.len())];
        let (mut acted, mut answers) = (self.env.clock.instant(), 0);
        let mut stopped: Option<(usize, Instant)> = None;
        while !shared.is_closing() {
            self.env.clock.sleep(random.within(PAUSE_MAX));
            let now = self.env.clock.instant();
            if let Some((victim, until)) = stopped
                && now >= until
            {
                self.places[victim].go_on();
                stopped = None;
            }
            let kills = shared.kills.load(Ordering::SeqCst);
            if kills >= self.kills
                || now >= self.ends_at
                || is_over(kills, shared.saved.load(Ordering::Relaxed))
            {
                break;
            }
            self.look_after(shared);
            if shared.answers.load(Ordering::SeqCst) < answers && now.since(acted) < ANSWERS_WAIT_MAX {
                continue;
            }
            (acted, answers) = (now, shared.answers.load(Ordering::SeqCst) + random.below(answers_max));
            let holder = random.one_in(2).then(|| self.holder()).flatten();
            let victim = holder.unwrap_or_else(|| random.index(self.places.len()));
            match random.below(4) {
                0 if stopped.is_none() => {
                    self.places[victim].stop();
                    shared.deeds(|deeds| deeds.stops += 1);
                    stopped = Some((victim, later(now, random.within(STOP_MAX))));
                }
                1 | 2 => {
                    shared.deeds(|deeds| deeds.holder_kills += u64::from(holder.is_some()));
                    self.places[victim].kill();
                }
                _ => {}
            }
        }
        if let Some((victim, _)) = stopped {
            self.places[victim].go_on();
        }
    }

    /// A writer that owes an answer for too long breaks the promise that every wait is bounded.
    fn look_after(&self, shared: &Shared) {
        let now = self.now();
        for (writer, since) in shared.owes_since.iter().enumerate() {
            let since = since.load(Ordering::SeqCst);
            if since > 0 && u128::from(now.saturating_sub(since)) > PATIENCE.as_nanos() {
                shared.broken(format!("writer {writer} did not answer within {PATIENCE:?}"));
            }
        }
    }

    /// The writer that holds the lock now.
    fn holder(&self) -> Option<usize> {
        let who = Store::writer_at(&Store::options().env(self.env.clone()), self.store).ok()??;
        let pid: u32 = who.split_once("pid ")?.1.split(' ').next()?.parse().ok()?;
        self.places.iter().position(|place| place.pid() == Some(pid))
    }

    /// Ends the round: no writer may live on, and every one is killed in the middle of what it does.
    fn end(&self, shared: &Shared) {
        let mut random = Random::of(self.seed, self.number, u64::MAX);
        shared.is_closing.store(true, Ordering::SeqCst);
        for place in self.places {
            self.env.clock.sleep(random.within(END_PAUSE_MAX));
            place.kill();
        }
        // A process that was being started when it was its turn is killed by its own client.
    }
}

/// What it means that a writer was refused something other than the lock.
fn refused(writer: usize, what: &str, kind: &str, message: &str) -> Trouble {
    let text = format!("writer {writer} was refused {what}: {kind}: {message}");
    match HINDRANCES.contains(&kind) {
        true => Trouble::Hindered(text),
        false => Trouble::Broken(text),
    }
}

fn later(now: Instant, wait: Duration) -> Instant {
    let since_start = now.since(Instant::from_nanos(0)) + wait;
    Instant::from_nanos(u64::try_from(since_start.as_nanos()).unwrap_or(u64::MAX))
}

/// What is asked next: mostly changes of few registers, so that writers meet. A swap expects what the caller
/// saw last.
fn choose(random: &mut Random, known: &Registers) -> Request {
    let at = random.index(REGISTERS);
    let other = (at + 1 + random.index(REGISTERS - 1)) % REGISTERS;
    let value = i64::try_from(random.below(1 << 30)).expect("it is small");
    match random.below(20) {
        0..=3 => Request::Add(at, 1 + value % 4),
        4..=6 => Request::Write(at, value),
        7..=10 => Request::Swap(at, known[at], value),
        11..=12 => Request::Move(at, other, 1 + value % 4),
        13..=14 => Request::Hold(at, 1),
        15..=16 => Request::Read(at),
        17 => Request::ReadAll,
        18 => Request::Publish,
        _ => Request::Reopen,
    }
}

/// Where writers of this program come from: the program itself.
pub(super) fn own_program() -> Result<PathBuf, String> {
    std::env::current_exe().map_err(|error| format!("the path of this program is unknown: {error}"))
}
