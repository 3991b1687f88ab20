//! `cargo xtask inject`: every file call of the real program fails once, or is where it is killed; then everything is checked.
//!
//! `strace` answers the chosen call with an error instead of the kernel, or kills the program as it enters
//! the call. Calls are counted in the program's one thread and not in the commands of a step. A sync that
//! fails this way was not run, so its bytes may still arrive: after *in doubt* both outcomes are right.
#![expect(clippy::disallowed_methods, reason = "a chore drives real processes on the real disk")]

pub(crate) mod case;
pub(crate) mod oracle;
mod trace;
pub(crate) mod world;

use crate::arguments::Arguments;
use crate::kills::program;
use case::{CASES, Case};
use oracle::Verdict;
use std::collections::BTreeMap;
use std::fmt;
use std::io;
use std::path::PathBuf;
use std::sync::Mutex;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::{Duration, Instant};
use trace::{FAULTS, Fault, Point};
use world::{Expected, World};

/// One run that is to be done: this fault at this call of this command.
#[derive(Clone, Debug)]
struct Injection {
    case: &'static Case,
    point: Point,
    fault: Fault,
    is_json: bool,
}

impl fmt::Display for Injection {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let json = if self.is_json { " --json" } else { "" };
        let Point { call, index, path } = &self.point;
        write!(f, "{}{json}: {call} number {index} ({path}) -> {}", self.case.name, self.fault.name)
    }
}

/// What all runs came to.
#[derive(Debug, Default)]
struct Tally {
    runs: u32,
    injected: u32,
    verdicts: BTreeMap<Verdict, u32>,
    findings: Vec<String>,
}

impl fmt::Display for Tally {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} runs, {} injected (", self.runs, self.injected)?;
        for (index, (verdict, count)) in self.verdicts.iter().enumerate() {
            write!(f, "{}{count} {verdict}", if index == 0 { "" } else { ", " })?;
        }
        write!(f, "), {} findings", self.findings.len())
    }
}

/// Does the share of the matrix that is asked for; passes if every check held.
pub(crate) fn run(arguments: &Arguments) -> Result<bool, String> {
    arguments.only(&["share", "only", "jobs", "seconds", "release", "program"])?;
    let share: Share = arguments.value("share", Share::ALL)?;
    let only: String = arguments.value("only", String::new())?;
    let budget = Duration::from_secs(arguments.value("seconds", 3600)?);
    let cores = std::thread::available_parallelism().map_or(1, usize::from);
    let jobs: usize = arguments.value("jobs", cores.min(2))?;
    let path: PathBuf = arguments.value("program", PathBuf::new())?;
    let path = if path.as_os_str().is_empty() { program::build(arguments.switch("release"))? } else { path };
    let path = path.canonicalize().map_err(|error| format!("{}: {error}", path.display()))?;
    if let Err(reason) = trace::probe() {
        crate::say(&mut io::stdout(), &format!("SKIPPED: no call can be made to fail here: {reason}"));
        return Ok(true);
    }
    let started = Instant::now();
    let folder = program::target_folder()?.join(format!("inject-{}", std::process::id()));
    let worlds = (0..jobs.max(1))
        .map(|number| folder.join(format!("worker-{number}")))
        .map(|folder| World::new(&path, &folder, &folder.join("kept")))
        .collect::<Result<Vec<_>, _>>()?;
    let planned = plan(&worlds[0], &only)?;
    let total = planned.len();
    let chosen: Vec<Injection> = planned
        .into_iter()
        .enumerate()
        .filter(|(index, _)| share.takes(*index))
        .map(|(_, one)| one)
        .collect();
    let tally = perform(&worlds, &chosen, started, budget)?;
    let elapsed = started.elapsed().as_secs_f64();
    for finding in &tally.findings {
        crate::say(&mut io::stdout(), &format!("FOUND {finding}"));
    }
    let is_met = is_met(tally.runs, tally.injected);
    if !is_met {
        let not_met = tally.runs - tally.injected;
        let line = format!("FOUND the call that was to fail did not come in {not_met} runs");
        crate::say(&mut io::stdout(), &line);
    }
    let left = chosen.len() - tally.runs as usize;
    let unfinished = if left == 0 { String::new() } else { format!(", {left} NOT DONE in the given time") };
    crate::say(
        &mut io::stdout(),
        &format!("inject: {tally}; share {share} of a matrix of {total}{unfinished} ({elapsed:.1} s)"),
    );
    std::fs::remove_dir_all(&folder).map_err(|error| format!("{}: {error}", folder.display()))?;
    Ok(tally.findings.is_empty() && is_met && left == 0)
}

/// Whether so few runs did without their call that the others stand for the matrix.
fn is_met(runs: u32, injected: u32) -> bool {
    runs - injected <= 1 + runs / RUNS_PER_NOT_MET
}

/// Every fault at every call of every command, in an order that spreads evenly over shares.
fn plan(world: &World, only: &str) -> Result<Vec<Injection>, String> {
    let mut planned = Vec::new();
    for case in CASES.iter().filter(|case| only.is_empty() || only.split(',').any(|name| name == case.name)) {
        world.prepare(case)?;
        // A program and a person are answered in turn, and each way of answering makes calls of its own.
        for is_json in [false, true] {
            let points = trace::points(world, case, is_json)?;
            if points.is_empty() {
                return Err(format!("{} makes no call that could fail", case.name));
            }
            for (number, point) in points.into_iter().enumerate() {
                let faults = FAULTS.iter().enumerate();
                for (_, fault) in faults.filter(|(offset, _)| ((number + offset) % 2 == 1) == is_json) {
                    planned.push(Injection { case, point: point.clone(), fault: *fault, is_json });
                }
            }
        }
    }
    Ok(planned)
}

/// Runs them on all workers; each has a folder of its own.
fn perform(
    worlds: &[World],
    chosen: &[Injection],
    started: Instant,
    budget: Duration,
) -> Result<Tally, String> {
    let next = AtomicUsize::new(0);
    let tally = Mutex::new(Tally::default());
    let broken = std::thread::scope(|scope| {
        let work = |world: &World| -> Result<(), String> {
            let mut expected: BTreeMap<&str, Expected> = BTreeMap::new();
            while started.elapsed() < budget {
                let Some(injection) = chosen.get(next.fetch_add(1, Ordering::Relaxed)) else { break };
                let case = injection.case;
                if !expected.contains_key(case.name) {
                    expected.insert(case.name, world.expect(case)?);
                }
                let (is_injected, checked) = inject(world, injection, &expected[case.name])?;
                let mut tally = tally.lock().expect("no worker panics while it counts");
                tally.runs += 1;
                tally.injected += u32::from(is_injected);
                match checked {
                    Ok(verdict) => *tally.verdicts.entry(verdict).or_default() += 1,
                    Err(found) => tally.findings.push(format!("{injection}: {found}")),
                }
            }
            Ok(())
        };
        let workers: Vec<_> = worlds.iter().map(|world| scope.spawn(move || work(world))).collect();
        workers.into_iter().find_map(|worker| match worker.join() {
            Ok(result) => result.err(),
            Err(_) => Some("a worker panicked".to_owned()),
        })
    });
    match broken {
        Some(message) => Err(message),
        None => Ok(tally.into_inner().expect("no worker panics while it counts")),
    }
}

/// So often a run is repeated in which the call did not come. Who had the lock before asks every two milliseconds whether
/// somebody is next: how many calls there are before another one depends on how fast the program is.
const ATTEMPTS_MAX: u32 = 5;

/// Of so many runs one may do without its call, beside one that always may: more would be a matrix that misses what
/// it is about.
const RUNS_PER_NOT_MET: u32 = 200;

/// One run. Says whether the fault was met, and what the checks say.
fn inject(
    world: &World,
    injection: &Injection,
    expected: &Expected,
) -> Result<(bool, Result<Verdict, String>), String> {
    let (case, point) = (injection.case, &injection.point);
    let mut attempt = 0;
    let answer = loop {
        world.restore(case)?;
        let answer = trace::inject(world, case, point, injection.fault, injection.is_json)?;
        attempt += 1;
        if answer.is_injected || attempt == ATTEMPTS_MAX {
            break answer;
        }
    };
    let checked = oracle::check(world, case, expected, &answer, injection.is_json);
    let checked = match (answer.is_injected, checked) {
        (false, Ok(Verdict::Done)) => Ok(Verdict::NotMet),
        (false, Ok(verdict)) => Err(format!("nothing failed, and it is {verdict}: {answer:?}")),
        (_, checked) => checked,
    };
    Ok((answer.is_injected, checked))
}

/// `K/N`: about every N-th run, the K-th of N disjoint shares that together are everything.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Share {
    number: usize,
    of: usize,
}

impl Share {
    pub(crate) const ALL: Share = Share { number: 1, of: 1 };

    /// Not every N-th: the matrix repeats itself every few rows, and a share is to have of everything.
    pub(crate) fn takes(self, index: usize) -> bool {
        let spread = (index as u64 + 1).wrapping_mul(0x9e37_79b9_7f4a_7c15) >> 32;
        spread % self.of as u64 == self.number as u64 - 1
    }
}

impl fmt::Display for Share {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}/{}", self.number, self.of)
    }
}

impl std::str::FromStr for Share {
    type Err = ();

    fn from_str(text: &str) -> Result<Share, ()> {
        let (number, of) = text.split_once('/').ok_or(())?;
        let (number, of) = (number.parse().map_err(|_| ())?, of.parse().map_err(|_| ())?);
        if number >= 1 && number <= of { Ok(Share { number, of }) } else { Err(()) }
    }
}

#[cfg(test)]
mod tests {
    use super::{Share, is_met};

    #[test]
    fn a_few_calls_may_not_come_and_many_may_not() {
        assert!(is_met(1, 0) && is_met(18_666, 18_658) && is_met(292, 290));
        assert!(!is_met(10, 8) && !is_met(18_666, 18_000));
    }

    #[test]
    fn shares_take_everything_once() {
        let shares: Vec<Share> = (1..=7).map(|number| format!("{number}/7").parse().unwrap()).collect();
        for index in 0..100 {
            assert_eq!(shares.iter().filter(|share| share.takes(index)).count(), 1, "{index}");
        }
        for bad in ["", "0/3", "4/3", "1", "a/b"] {
            assert_eq!(bad.parse::<Share>(), Err(()), "{bad}");
        }
    }
}
