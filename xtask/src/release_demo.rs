//! `cargo xtask release-demo`: a real release of a small crate by a real list, killed at random moments and resumed.
//!
//! The list is `examples/release-rust-crate.yaml`, git and the remote are real, and the tests of the crate are a script,
//! because a compiler would take most of the time. Kills end the program alone, whose command goes on, or with
//! everything it runs, as a power failure does. Then the same with two agents that share the work.
#![expect(clippy::disallowed_methods, reason = "a chore drives real processes on the real disk")]

mod agents;
mod processes;
mod report;
mod repository;
mod session;

use crate::arguments::Arguments;
use crate::kills::moment::Random;
use crate::kills::{program, seed_of_today};
use report::{Account, Seen};
use repository::Repository;
use session::{BUSY, Moment, OK, Session, Turn, WAITING};
use std::fmt;
use std::io;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::{Duration, Instant};

/// No release takes longer than this, however often it is killed: longer means that something hinders it.
const PATIENCE: Duration = Duration::from_secs(300);

/// So many kills give each agent something to do.
const KILLS_OF_ALL: u32 = 20;

/// What is asked for.
#[derive(Debug)]
struct Plan {
    program: PathBuf,
    folder: PathBuf,
    kills: u32,
    seed: u64,
    until: Instant,
}

/// What the releases add up to.
#[derive(Debug, Default)]
struct Tally {
    kills: u32,
    releases: u32,
    account: Account,
}

impl Tally {
    fn add(&mut self, kills: u32, account: Account) {
        self.kills += kills;
        self.releases += 1;
        self.account.starts += account.starts;
        self.account.cut_off += account.cut_off;
        self.account.confirmed += account.confirmed;
        self.account.again += account.again;
        self.account.pushes_cut_off += account.pushes_cut_off;
        self.account.actors.extend(account.actors);
    }
}

impl fmt::Display for Tally {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Account { starts, cut_off, confirmed, again, pushes_cut_off, .. } = self.account;
        write!(
            f,
            "{} kills in {} releases: each tag arrived once, every step is settled, every report is true; of {starts} \
             commands {cut_off} were cut off ({pushes_cut_off} of them pushes): {confirmed} had worked, {again} ran again",
            self.kills, self.releases
        )
    }
}

/// Releases until `--kills` kills or `--seconds` seconds are reached, alone and then with two agents; passes if every
/// check held. `--agent` is how the chore calls itself for one of the two.
pub(crate) fn run(arguments: &Arguments) -> Result<bool, String> {
    arguments.only(&["kills", "seconds", "seed", "release", "program", "agent", "folder"])?;
    let path: PathBuf = arguments.value("program", PathBuf::new())?;
    let agent: String = arguments.value("agent", String::new())?;
    if !agent.is_empty() {
        return agents::live(&path, &arguments.value("folder", PathBuf::new())?, &agent);
    }
    if !Command::new("git").arg("--version").output().is_ok_and(|output| output.status.success()) {
        crate::say(&mut io::stdout(), "SKIPPED: release-demo: git is not installed");
        return Ok(true);
    }
    let path = if path.as_os_str().is_empty() { program::build(arguments.switch("release"))? } else { path };
    let folder = program::target_folder()?.join(format!("release-{}", std::process::id()));
    std::fs::create_dir_all(&folder).map_err(|error| format!("{}: {error}", folder.display()))?;
    let seconds = arguments.value("seconds", 1800)?;
    let mut plan = Plan {
        program: path.canonicalize().map_err(|error| format!("{}: {error}", path.display()))?,
        folder: folder.clone(),
        kills: arguments.value("kills", 200)?,
        seed: arguments.value("seed", seed_of_today())?,
        until: Instant::now() + Duration::from_secs(seconds) / 2,
    };
    for (title, release, agents) in [("alone", alone as Release, 0), ("two agents", agents::share, 2)] {
        match repeat(&plan, title, release, agents) {
            Ok(tally) => {
                crate::say(
                    &mut io::stdout(),
                    &format!("release-demo, {title}: {tally} (seed {})", plan.seed),
                );
            }
            Err(breach) => {
                let left = format!(
                    "release-demo, {title}: BROKEN (seed {}): {breach}\nleft as it is in {}",
                    plan.seed,
                    folder.display()
                );
                crate::say(&mut io::stdout(), &left);
                return Ok(false);
            }
        }
        plan.until += Duration::from_secs(seconds) / 2;
    }
    let removed = std::fs::remove_dir_all(&folder);
    removed.map_err(|error| format!("{} cannot be removed: {error}", folder.display())).map(|()| true)
}

/// One way to work through a release while it is killed up to so many times; says how often it was.
type Release = fn(&Session, &Plan, &mut Random, u32) -> Result<u32, String>;

fn repeat(plan: &Plan, title: &str, release: Release, agents: usize) -> Result<Tally, String> {
    let (mut tally, mut random) = (Tally::default(), Random::new(plan.seed));
    while tally.kills < plan.kills && (tally.releases == 0 || Instant::now() < plan.until) {
        let folder = plan.folder.join(format!("{}-{}", title.replace(' ', "-"), tally.releases + 1));
        let session = Session::new(&plan.program, Repository::create(&folder)?, "ana");
        session.trust()?;
        let kills = release(&session, plan, &mut random, plan.kills - tally.kills)?;
        let commit = session.repository().check_released()?;
        tally.add(kills, report::check(&session, &commit)?);
        remove(&folder)?;
    }
    // Few kills may leave one of them nothing to do.
    let worked = tally.account.actors.iter().filter(|actor| actor.starts_with("agent:")).count();
    if worked < agents && tally.kills >= KILLS_OF_ALL {
        return Err(format!("only {:?} did anything", tally.account.actors));
    }
    Ok(tally)
}

/// One program after the other, each killed; undisturbed once there were enough.
fn alone(session: &Session, plan: &Plan, random: &mut Random, kills: u32) -> Result<u32, String> {
    let (mut killed, mut seen) = (0, Seen::default());
    let begun = Instant::now();
    loop {
        let words = match session.turn()? {
            Turn::Over => return Ok(killed),
            Turn::Wait => {
                std::thread::sleep(Duration::from_millis(20));
                continue;
            }
            Turn::Words(words) => words,
        };
        let words: Vec<&str> = words.iter().map(String::as_str).collect();
        let is_enough = killed == kills || Instant::now() >= plan.until;
        let answer = match is_enough {
            true => Some(session.answer(&words)?),
            false => session.kill(&words, moment(random), usize::from(random.below(2) == 1))?,
        };
        match answer {
            Some(answer) => answer.check(&words, &[OK, WAITING, BUSY])?,
            None => killed += 1,
        }
        seen.look(session)?;
        if begun.elapsed() > PATIENCE {
            return Err("the release does not come to an end".to_owned());
        }
    }
}

/// When to kill: in the first steps of a program, or anywhere in a whole walk, or soon after a command began whose effect
/// must not come twice.
fn moment(random: &mut Random) -> Moment {
    let (end_us, command) = match random.below(8) {
        0..=4 => (120_000, None),
        5 => (900_000, None),
        6 => (60_000, Some("commit-commit")),
        _ => (60_000, Some("push-push")),
    };
    Moment { command, after: Duration::from_micros(random.below(end_us)) }
}

/// Removes what is left of a release. Git may still be clearing up behind itself.
fn remove(folder: &Path) -> Result<(), String> {
    let mut removed = std::fs::remove_dir_all(folder);
    for _ in 0..50 {
        match &removed {
            Err(error) if error.kind() == io::ErrorKind::DirectoryNotEmpty => {
                std::thread::sleep(Duration::from_millis(20));
                removed = std::fs::remove_dir_all(folder);
            }
            _ => break,
        }
    }
    removed.map_err(|error| format!("{} cannot be removed: {error}", folder.display()))
}
