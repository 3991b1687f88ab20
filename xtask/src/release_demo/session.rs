//! The program in one repository: how it is called and killed, and what the run is said to be.
#![expect(clippy::disallowed_methods, reason = "a chore drives real processes on the real disk")]

use super::processes;
use super::repository::{Repository, VERSION, quiet};
use serde_json::Value;
use std::os::unix::process::CommandExt as _;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Output, Stdio};
use std::time::Duration;

/// Exit codes this chore relies on; they are part of the program's contract.
pub(super) const OK: i32 = 0;
pub(super) const NO_RUN: i32 = 3;
pub(super) const WAITING: i32 = 10;
pub(super) const CONFLICT: i32 = 15;
pub(super) const BUSY: i32 = 75;

/// The command of the list that somebody has to say yes to.
const DANGER: &str = "push/push";

/// The program, and where it works.
#[derive(Debug)]
pub(super) struct Session {
    program: PathBuf,
    repository: Repository,
    actor: String,
}

/// What a command left behind.
#[derive(Debug)]
pub(super) struct Answer {
    /// The exit code; `None` if a signal ended it.
    pub(super) code: Option<i32>,
    /// The JSON object on stdout; `Null` if none was printed.
    pub(super) json: Value,
    /// What it said to people.
    stderr: String,
}

/// When to kill a program.
#[derive(Clone, Copy, Debug)]
pub(super) struct Moment {
    /// So long after its beginning, or that of the first command whose log begins with `command`.
    pub(super) after: Duration,
    /// The step and the command.
    pub(super) command: Option<&'static str>,
}

/// What is to be done next, as the words of a command.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Turn {
    /// Somebody else is at it.
    Wait,
    /// This is.
    Words(Vec<String>),
    /// Nothing: every step is settled.
    Over,
}

impl Session {
    /// Works in `repository` in the name of `actor`.
    pub(super) fn new(program: &Path, repository: Repository, actor: &str) -> Session {
        Session { program: program.to_owned(), repository, actor: actor.to_owned() }
    }

    /// Where it works.
    pub(super) fn repository(&self) -> &Repository {
        &self.repository
    }

    /// Approves the list as a person would, by the hash that is shown.
    pub(super) fn trust(&self) -> Result<(), String> {
        let shown = self.answer(&["trust", "release.yaml"])?;
        let hash =
            shown.json["detail"]["sha256"].as_str().ok_or_else(|| format!("trust: {shown:?}"))?.to_owned();
        let trusted = self.answer(&["trust", "release.yaml", "--sha256", &hash])?;
        if trusted.code == Some(OK) { Ok(()) } else { Err(format!("trust: {trusted:?}")) }
    }

    /// Runs a command to its end.
    pub(super) fn answer(&self, words: &[&str]) -> Result<Answer, String> {
        let child = self.start(words)?;
        child.wait_with_output().map(|output| Answer::of(&output)).map_err(|error| error.to_string())
    }

    /// Runs a command and kills it at `moment`, with so many generations of what it runs. Gives its answer if it ended
    /// before.
    pub(super) fn kill(
        &self,
        words: &[&str],
        moment: Moment,
        generations: usize,
    ) -> Result<Option<Answer>, String> {
        let mut child = self.start(words)?;
        let mut has_ended =
            || child.try_wait().map(|status| status.is_some()).map_err(|error| error.to_string());
        self.wait(moment, &mut has_ended)?;
        if has_ended()? {
            let output = child.wait_with_output().map_err(|error| error.to_string())?;
            return Ok(Some(Answer::of(&output)));
        }
        processes::kill(&mut child, generations)?;
        Ok(None)
    }

    /// Waits for a moment, or until nothing comes any more.
    pub(super) fn wait(
        &self,
        moment: Moment,
        has_ended: &mut dyn FnMut() -> Result<bool, String>,
    ) -> Result<(), String> {
        let logs = || moment.command.map(|command| self.logs(command));
        let before = logs();
        while before.is_some() && logs() == before && !has_ended()? {
            std::thread::sleep(Duration::from_micros(500));
        }
        std::thread::sleep(moment.after);
        Ok(())
    }

    /// How many attempts of a command have written a log.
    fn logs(&self, command: &str) -> usize {
        let folders =
            std::fs::read_dir(self.repository.work().join(".checklist/logs")).into_iter().flatten().flatten();
        let files =
            folders.flat_map(|folder| std::fs::read_dir(folder.path()).into_iter().flatten().flatten());
        files.filter(|file| file.file_name().to_string_lossy().starts_with(command)).count()
    }

    /// What there is to do, as a program that works for somebody finds out: by `next --json`. What a person or an agent
    /// does is done here. This is the place to `claim` a step before it is worked on.
    pub(super) fn turn(&self) -> Result<Turn, String> {
        let next = self.answer(&["next"])?;
        let version = format!("version={VERSION}");
        let begin = [
            "run",
            "release.yaml",
            "--var",
            "crate=demo",
            "--var",
            &version,
            "--var",
            "tests=./tests.sh",
            "--yes",
            "--allow-danger",
            DANGER,
        ];
        let words = |words: &[&str]| Turn::Words(words.iter().map(|word| (*word).to_owned()).collect());
        if next.code == Some(NO_RUN) {
            return Ok(words(&begin));
        }
        let (state, step) = (
            next.json["state"].as_str().unwrap_or_default(),
            next.json["step"]["id"].as_str().unwrap_or_default(),
        );
        let rev = next.json["rev"].to_string();
        match (next.code, state, step) {
            (Some(OK), "completed", _) => Ok(Turn::Over),
            (Some(OK), "running", _) => Ok(Turn::Wait),
            (Some(OK), "ready_to_run", _) => Ok(words(&["run", "--yes", "--allow-danger", DANGER])),
            (Some(OK), "interrupted", _) => Ok(words(&["resume", "--allow-danger", DANGER])),
            (Some(OK), "waiting_for_agent", "changelog") => {
                self.repository.write_changelog()?;
                Ok(words(&["done", step, "--if-rev", &rev]))
            }
            (Some(OK), "waiting_for_someone", "approve" | "announce") => {
                Ok(words(&["done", step, "--if-rev", &rev]))
            }
            _ => Err(format!("nothing of what can be next: {next:?}")),
        }
    }

    fn start(&self, words: &[&str]) -> Result<Child, String> {
        let mut command = Command::new(&self.program);
        command.args(words).args(["--json", "--actor", &self.actor]).current_dir(self.repository.work());
        for (name, _) in
            std::env::vars_os().filter(|(name, _)| name.to_string_lossy().starts_with("CHECKLIST_"))
        {
            command.env_remove(name);
        }
        let home = self.repository.folder().join("home");
        for name in ["HOME", "XDG_STATE_HOME", "XDG_CONFIG_HOME", "XDG_DATA_HOME", "XDG_CACHE_HOME"] {
            command.env(name, &home);
        }
        command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped()).process_group(0);
        quiet(&mut command).spawn().map_err(|error| format!("{}: {error}", self.program.display()))
    }
}

impl Answer {
    fn of(output: &Output) -> Answer {
        let json = serde_json::from_slice(&output.stdout).unwrap_or_default();
        let stderr = String::from_utf8_lossy(&output.stderr).into_owned();
        Answer { code: output.status.code(), json, stderr }
    }

    /// Refuses what nobody who works through the list may meet.
    pub(super) fn check(&self, words: &[&str], expected: &[i32]) -> Result<(), String> {
        match self.code.is_some_and(|code| expected.contains(&code)) {
            true => Ok(()),
            false => Err(format!(
                "`checklist {}` answered {:?}: {}{}",
                words.join(" "),
                self.code,
                self.json,
                self.stderr
            )),
        }
    }
}
