//! `World`: a home folder with a project in it, brought back to the same bytes before every run.
#![expect(clippy::disallowed_methods, reason = "a chore drives real processes on the real disk")]

use super::case::{Case, MARK};
use serde_json::Value;
use std::fs;
use std::io;
use std::os::unix::process::{CommandExt as _, ExitStatusExt as _};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::thread;
use std::time::{Duration, Instant};

/// Nothing takes longer than this, also where a lock is waited for and the machine is busy.
const PATIENCE: Duration = Duration::from_secs(30);

/// The folders of one worker.
#[derive(Debug)]
pub(crate) struct World {
    program: PathBuf,
    /// Copies of homes as they are before a run, and what is written down about it.
    kept: PathBuf,
    home: PathBuf,
    code: PathBuf,
}

/// What a command left behind.
#[derive(Debug)]
pub(crate) struct Answer {
    /// The exit code; `None` if a signal ended it.
    pub(crate) code: Option<i32>,
    pub(crate) signal: Option<i32>,
    pub(crate) out: String,
    pub(crate) err: String,
    /// Whether the fault that was asked for was met.
    pub(crate) is_injected: bool,
    /// Whether the call that failed was to carry the answer itself.
    pub(crate) is_mute: bool,
}

/// How a project stands: what its status tells, without the moments.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Standing {
    NoRun,
    Run {
        rev: u64,
        status: String,
        /// Every step: its id, how it stands, and who settled it.
        steps: Vec<(String, String)>,
    },
}

/// What a case starts from and comes to where nothing fails.
#[derive(Clone, Debug)]
pub(crate) struct Expected {
    pub(crate) before: Standing,
    pub(crate) after: Standing,
}

impl World {
    /// Folders below `folder`; what is kept of them lies in `kept`.
    pub(crate) fn new(program: &Path, folder: &Path, kept: &Path) -> Result<World, String> {
        for folder in [&folder.join("home"), kept] {
            fs::create_dir_all(folder).map_err(|error| format!("{}: {error}", folder.display()))?;
        }
        // The kernel tells real paths, and they are compared with this one.
        let folder = folder.canonicalize().map_err(|error| format!("{}: {error}", folder.display()))?;
        let home = folder.join("home");
        let code = home.join("code");
        Ok(World { program: program.to_owned(), kept: kept.to_owned(), home, code })
    }

    pub(crate) fn home(&self) -> &Path {
        &self.home
    }

    pub(crate) fn program(&self) -> &Path {
        &self.program
    }

    /// Where the calls are written down.
    pub(crate) fn log(&self) -> PathBuf {
        self.kept.join("calls")
    }

    pub(crate) fn path(&self, name: &str) -> PathBuf {
        self.code.join(name)
    }

    pub(crate) fn read(&self, name: &str) -> Result<String, String> {
        fs::read_to_string(self.path(name)).map_err(|error| format!("{name}: {error}"))
    }

    pub(crate) fn write(&self, name: &str, text: &str) -> Result<(), String> {
        fs::write(self.path(name), text).map_err(|error| format!("{name}: {error}"))
    }

    /// How often the command of the step that leaves a mark has run.
    pub(crate) fn marks(&self) -> usize {
        fs::read_to_string(self.path(MARK)).map_or(0, |text| text.lines().count())
    }

    /// Makes the project of a case and keeps a copy of it.
    pub(crate) fn prepare(&self, case: &Case) -> Result<(), String> {
        self.clear()?;
        (case.prepare)(self).map_err(|error| format!("{} cannot be prepared: {error}", case.name))?;
        (case.harm)(self).map_err(|error| format!("{} cannot be harmed: {error}", case.name))?;
        self.keep(case.name)
    }

    /// Brings the project of a case back; it was prepared before.
    pub(crate) fn restore(&self, case: &Case) -> Result<(), String> {
        self.bring_back(case.name)
    }

    /// What the case starts from and comes to, found out by doing it where nothing fails.
    pub(crate) fn expect(&self, case: &Case) -> Result<Expected, String> {
        self.clear()?;
        (case.prepare)(self)?;
        let sound = self.standing();
        self.prepare(case)?;
        let before = self.standing().or(sound)?;
        self.restore(case)?;
        self.must(case.words, case.success)?;
        let after = self.standing()?;
        Ok(Expected { before, after })
    }

    fn clear(&self) -> Result<(), String> {
        remove(&self.home)?;
        fs::create_dir_all(&self.code).map_err(|error| format!("{}: {error}", self.code.display()))
    }

    pub(crate) fn keep(&self, name: &str) -> Result<(), String> {
        let kept = self.kept.join(name);
        remove(&kept)?;
        copy(&self.home, &kept).map_err(|error| format!("{}: {error}", kept.display()))
    }

    pub(crate) fn bring_back(&self, name: &str) -> Result<(), String> {
        remove(&self.home)?;
        let kept = self.kept.join(name);
        copy(&kept, &self.home).map_err(|error| format!("{}: {error}", kept.display()))
    }

    /// A command in the project, with nothing of this machine in its environment.
    pub(crate) fn command(&self, program: &Path) -> Command {
        let mut command = Command::new(program);
        command.current_dir(&self.code).env_clear().process_group(0);
        command.env("PATH", std::env::var_os("PATH").unwrap_or_default());
        command.env("HOME", &self.home).env("XDG_STATE_HOME", self.home.join("state"));
        command.env("USER", "ana").env("TZ", "UTC").env("COLUMNS", "100");
        command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped());
        command
    }

    /// Runs `checklist` in the project.
    pub(crate) fn run(&self, words: &[&str]) -> Result<Answer, String> {
        let mut command = self.command(&self.program);
        command.args(words);
        self.finish(command)
    }

    /// Runs `checklist`, which must exit with `code`.
    pub(crate) fn must(&self, words: &[&str], code: i32) -> Result<Answer, String> {
        let answer = self.run(words)?;
        if answer.code == Some(code) {
            Ok(answer)
        } else {
            Err(format!("`checklist {}` was to exit with {code}: {answer:?}", words.join(" ")))
        }
    }

    /// Waits for a command to end by itself.
    pub(crate) fn finish(&self, mut command: Command) -> Result<Answer, String> {
        let started = Instant::now();
        let mut child = command.spawn().map_err(|error| format!("{command:?}: {error}"))?;
        while child.try_wait().map_err(|error| error.to_string())?.is_none() {
            if started.elapsed() > PATIENCE {
                // The whole group: a tracer that is killed alone leaves what it traced behind.
                let _ = Command::new("kill").args(["-KILL", "--", &format!("-{}", child.id())]).status();
                let _ = child.wait();
                return Err(format!("{command:?} does not end within {PATIENCE:?}"));
            }
            thread::sleep(Duration::from_micros(500));
        }
        let output = child.wait_with_output().map_err(|error| error.to_string())?;
        Ok(Answer {
            code: output.status.code(),
            signal: output.status.signal(),
            out: String::from_utf8_lossy(&output.stdout).into_owned(),
            err: String::from_utf8_lossy(&output.stderr).into_owned(),
            is_injected: false,
            is_mute: false,
        })
    }

    /// How the project stands. An error is a status that does not answer.
    pub(crate) fn standing(&self) -> Result<Standing, String> {
        let answer = self.run(&["status", "--json"])?;
        match answer.code {
            Some(3) => Ok(Standing::NoRun),
            Some(0) => Standing::read(&answer.json()?),
            _ => Err(format!("status does not answer: {answer:?}")),
        }
    }
}

impl Answer {
    /// Whether SIGKILL ended it.
    pub(crate) fn is_killed(&self) -> bool {
        self.signal == Some(9)
    }

    /// The one object on stdout.
    pub(crate) fn json(&self) -> Result<Value, String> {
        match serde_json::from_str(&self.out) {
            Ok(value) if self.out.lines().count() == 1 => Ok(value),
            _ => Err(format!("stdout is not one JSON object: {self:?}")),
        }
    }
}

impl Standing {
    fn read(json: &Value) -> Result<Standing, String> {
        let malformed = || format!("status --json is not checklist.status/1: {json}");
        let rev = json["rev"].as_u64().ok_or_else(malformed)?;
        let status = json["status"].as_str().ok_or_else(malformed)?.to_owned();
        let mut steps = Vec::new();
        for step in json["steps"].as_array().ok_or_else(malformed)? {
            let id = step["id"].as_str().ok_or_else(malformed)?;
            let how = step["status"].as_str().ok_or_else(malformed)?;
            let commands = step["commands"].as_array().map(Vec::as_slice).unwrap_or_default();
            let commands: Vec<&str> = commands.iter().filter_map(|one| one["status"].as_str()).collect();
            let settled = format!("{how} by {} {} {}", step["by"], step["evidence"], commands.join(" "));
            steps.push((id.to_owned(), settled.trim_end().to_owned()));
        }
        Ok(Standing::Run { rev, status, steps })
    }

    /// Whether the last command of a step is recorded as done.
    pub(crate) fn is_command_done(&self, id: &str) -> bool {
        let Standing::Run { steps, .. } = self else { return false };
        steps.iter().any(|(step, how)| step == id && how.ends_with(" done"))
    }

    /// How a step stands, without who settled it.
    pub(crate) fn step(&self, id: &str) -> Option<&str> {
        let Standing::Run { steps, .. } = self else { return None };
        let (_, how) = steps.iter().find(|(step, _)| step == id)?;
        how.split(" by ").next()
    }
}

fn remove(folder: &Path) -> Result<(), String> {
    match fs::remove_dir_all(folder) {
        Err(error) if error.kind() != io::ErrorKind::NotFound => {
            Err(format!("{}: {error}", folder.display()))
        }
        _ => Ok(()),
    }
}

/// Copies a folder with everything in it; modes go along.
fn copy(from: &Path, to: &Path) -> io::Result<()> {
    fs::create_dir_all(to)?;
    for entry in fs::read_dir(from)? {
        let entry = entry?;
        let target = to.join(entry.file_name());
        if entry.file_type()?.is_dir() {
            copy(&entry.path(), &target)?;
        } else {
            fs::copy(entry.path(), &target)?;
        }
    }
    fs::set_permissions(to, fs::metadata(from)?.permissions())
}
