//! Two agents that share one release: each asks what is next, does it, and says so, and is killed while it does.
#![expect(clippy::disallowed_methods, reason = "a chore drives real processes on the real disk")]

use super::Plan;
use super::processes;
use super::report::Seen;
use super::repository::Repository;
use super::session::{BUSY, CONFLICT, OK, Session, Turn, WAITING};
use crate::kills::moment::Random;
use std::io;
use std::os::unix::process::CommandExt as _;
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

/// How long to leave the other one alone, before asking again.
const PAUSE: Duration = Duration::from_millis(20);

/// How deep a kill goes: the agent alone, with the program it called, or with the command that that runs.
const GENERATIONS: u64 = 3;

/// The life of one agent, in a process of its own: until every step is settled.
pub(super) fn live(program: &Path, folder: &Path, name: &str) -> Result<bool, String> {
    let session = Session::new(program, Repository::at(folder), name);
    loop {
        match session.turn()? {
            Turn::Over => return Ok(true),
            Turn::Wait => std::thread::sleep(PAUSE),
            Turn::Words(words) => {
                let words: Vec<&str> = words.iter().map(String::as_str).collect();
                let answer = session.answer(&words)?;
                // The other one may have been faster; then there is something else to do.
                answer.check(&words, &[OK, WAITING, CONFLICT, BUSY])?;
                if answer.code != Some(OK) {
                    std::thread::sleep(PAUSE);
                }
            }
        }
    }
}

/// Lets two agents work at a release, and kills one of them every now and then. Says how often.
pub(super) fn share(session: &Session, plan: &Plan, random: &mut Random, kills: u32) -> Result<u32, String> {
    let names = ["agent:one", "agent:two"];
    let begin = |name: &str| begin(&plan.program, session.repository().folder(), name);
    let mut agents = [begin(names[0])?, begin(names[1])?];
    let (mut killed, mut seen) = (0, Seen::default());
    let begun = Instant::now();
    while killed < kills {
        let which = usize::from(random.below(2) == 1);
        let mut is_over =
            || agents[which].try_wait().map(|status| status.is_some()).map_err(|error| error.to_string());
        session.wait(super::moment(random), &mut is_over)?;
        match agents[which].try_wait().map_err(|error| error.to_string())? {
            Some(status) if status.success() => break,
            Some(_) => return Err(format!("{} gave up: {}", names[which], said(&mut agents[which]))),
            None => {
                processes::kill(&mut agents[which], usize::try_from(random.below(GENERATIONS)).unwrap_or(0))?;
            }
        }
        killed += 1;
        agents[which] = begin(names[which])?;
        seen.look(session)?;
    }
    for (agent, name) in agents.iter_mut().zip(names) {
        while agent.try_wait().map_err(|error| error.to_string())?.is_none() {
            if begun.elapsed() > super::PATIENCE {
                processes::kill(agent, 2)?;
                return Err(format!("{name} does not come to an end"));
            }
            std::thread::sleep(PAUSE);
        }
        if !agent.wait().map_err(|error| error.to_string())?.success() {
            return Err(format!("{name} gave up: {}", said(agent)));
        }
    }
    seen.look(session).map(|()| killed)
}

fn begin(program: &Path, folder: &Path, name: &str) -> Result<Child, String> {
    let own = std::env::current_exe().map_err(|error| format!("this program is not to be found: {error}"))?;
    let mut agent = Command::new(own);
    agent.args(["release-demo", "--agent", name, "--program"]).arg(program).arg("--folder").arg(folder);
    agent.stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::piped()).process_group(0);
    agent.spawn().map_err(|error| format!("{name}: {error}"))
}

fn said(agent: &mut Child) -> String {
    let stderr = agent.stderr.take().map(io::read_to_string);
    stderr.and_then(Result::ok).unwrap_or_default()
}
