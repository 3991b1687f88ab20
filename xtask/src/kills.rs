//! `cargo xtask kills`: SIGKILLs the real program at random moments on the real disk, and checks what is left.
//!
//! This exercises protocol steps, locks and recovery across processes. It does not tear writes: a
//! killed process leaves whole `write` calls behind, so torn and reordered bytes are the simulator's task.
#![expect(clippy::disallowed_methods, reason = "a chore drives real processes on the real disk")]

pub(crate) mod moment;
pub(crate) mod program;
mod round;

use crate::arguments::Arguments;
use moment::{Lifetimes, Random};
use program::Program;
use round::{Landing, Round};
use std::fmt;
use std::io;
use std::path::PathBuf;
use std::time::{Duration, Instant, SystemTime};

/// How many kills landed where.
#[derive(Debug, Default)]
struct Tally {
    before: u32,
    after: u32,
    finished: u32,
    acknowledged: u32,
}

impl Tally {
    fn kills(&self) -> u32 {
        self.before + self.after + self.finished
    }

    fn count(&mut self, landing: Landing) {
        match landing {
            Landing::Before => self.before += 1,
            Landing::After => self.after += 1,
            Landing::Finished => self.finished += 1,
        }
        self.acknowledged += u32::from(landing == Landing::Finished);
    }
}

impl fmt::Display for Tally {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (before, after, finished) = (self.before, self.after, self.finished);
        write!(
            f,
            "{} kills: {before} left nothing behind, {after} left a change nobody had confirmed, {finished} came after the answer; {} confirmed changes, none lost, none doubled",
            self.kills(),
            self.acknowledged
        )
    }
}

/// Kills until `--count` kills or `--seconds` seconds are reached; passes if every check held.
pub(crate) fn run(arguments: &Arguments) -> Result<bool, String> {
    arguments.only(&["count", "seconds", "seed", "release", "program"])?;
    let count: u32 = arguments.value("count", 200)?;
    let budget = Duration::from_secs(arguments.value("seconds", 300)?);
    let seed: u64 = arguments.value("seed", seed_of_today())?;
    let folder = scratch()?;
    let path: PathBuf = arguments.value("program", PathBuf::new())?;
    let path = if path.as_os_str().is_empty() { program::build(arguments.switch("release"))? } else { path };
    let program = Program::new(path, &folder)?;
    let mut random = Random::new(seed);
    let mut lifetimes = Lifetimes::default();
    let mut tally = Tally::default();
    let started = Instant::now();
    let mut number = 0_u32;
    while tally.kills() < count && started.elapsed() < budget {
        number += 1;
        let mut round = Round::start(&program, &folder.join(format!("round-{number}")))?;
        while !round.is_over() && tally.kills() < count && started.elapsed() < budget {
            match round.kill(&mut random, &mut lifetimes) {
                Ok(landing) => tally.count(landing),
                Err(breach) => return Ok(report(&round, seed, &tally, &breach)),
            }
        }
        if let Err(breach) = round.finish() {
            return Ok(report(&round, seed, &tally, &breach));
        }
    }
    let elapsed = started.elapsed().as_secs_f64();
    crate::say(&mut io::stdout(), &format!("kills: {tally} ({elapsed:.1} s, {number} rounds, seed {seed})"));
    let removed = std::fs::remove_dir_all(&folder);
    removed.map_err(|error| format!("{} cannot be removed: {error}", folder.display()))?;
    Ok(true)
}

fn report(round: &Round<'_>, seed: u64, tally: &Tally, breach: &str) -> bool {
    let place = round.folder().display();
    let message = format!(
        "kills: BROKEN after {} kills (seed {seed}): {breach}\nleft as it is in {place}",
        tally.kills()
    );
    crate::say(&mut io::stdout(), &message);
    false
}

/// A new folder on the disk that holds the build, because a temporary folder may be memory.
fn scratch() -> Result<PathBuf, String> {
    let folder = program::target_folder()?.join(format!("kills-{}", std::process::id()));
    std::fs::create_dir_all(&folder)
        .map_err(|error| format!("{} cannot be created: {error}", folder.display()))?;
    Ok(folder)
}

pub(crate) fn seed_of_today() -> u64 {
    let since = SystemTime::now().duration_since(SystemTime::UNIX_EPOCH).unwrap_or_default();
    since.as_secs()
}
