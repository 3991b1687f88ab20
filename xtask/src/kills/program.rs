//! The `checklist` program under test: how it is built, called and understood.
#![expect(clippy::disallowed_methods, reason = "a chore drives real processes on the real disk")]

use serde_json::Value;
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Output, Stdio};
use std::thread;
use std::time::{Duration, Instant};

/// The built binary, and the folder that stands in for a home.
#[derive(Debug)]
pub(crate) struct Program {
    path: PathBuf,
    home: PathBuf,
}

/// What a command left behind.
#[derive(Debug)]
pub(crate) struct Answer {
    /// The exit code; `None` if a signal ended it.
    pub(crate) code: Option<i32>,
    /// The JSON object on stdout, if a whole one was printed.
    pub(crate) json: Option<Value>,
    /// What it said to people.
    pub(crate) stderr: String,
    /// From start to end.
    pub(crate) took: Duration,
}

/// How a step stands, as far as kills can change it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Standing {
    /// Neither done nor skipped.
    Open,
    /// Done.
    Done,
    /// Skipped.
    Skipped,
}

/// The answer of `status --json`.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Status {
    /// Number of the last saved operation.
    pub(crate) rev: u64,
    /// Every step by its id.
    pub(crate) steps: BTreeMap<String, Standing>,
}

/// Exit codes this chore relies on; they are part of the program's contract.
pub(crate) const NO_RUN: i32 = 3;
pub(crate) const WAITING: i32 = 10;

/// No command may take longer than this after a kill: longer means that something hinders it.
const PATIENCE: Duration = Duration::from_secs(4);

impl Program {
    /// Takes the program at `path`, if it answers.
    pub(crate) fn new(path: PathBuf, scratch: &Path) -> Result<Program, String> {
        let path = path.canonicalize().map_err(|error| format!("{}: {error}", path.display()))?;
        let program = Program { path, home: scratch.join("home") };
        let help = program.run(scratch, &["--help"])?;
        if help.code == Some(0) {
            Ok(program)
        } else {
            Err(format!("checklist --help failed: {}", help.stderr))
        }
    }

    /// Starts a command in `folder`.
    pub(crate) fn start(&self, folder: &Path, words: &[&str]) -> Result<Child, String> {
        let mut command = Command::new(&self.path);
        command
            .args(words)
            .current_dir(folder)
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped());
        for (name, _) in
            std::env::vars_os().filter(|(name, _)| name.to_string_lossy().starts_with("CHECKLIST_"))
        {
            command.env_remove(name);
        }
        for name in ["HOME", "XDG_STATE_HOME", "XDG_CONFIG_HOME", "XDG_DATA_HOME", "XDG_CACHE_HOME"] {
            command.env(name, &self.home);
        }
        command.spawn().map_err(|error| format!("{}: {error}", self.path.display()))
    }

    /// Runs a command to its end, and complains if that takes longer than anyone would wait.
    pub(crate) fn run(&self, folder: &Path, words: &[&str]) -> Result<Answer, String> {
        let started = Instant::now();
        let mut child = self.start(folder, words)?;
        while child.try_wait().map_err(|error| error.to_string())?.is_none() {
            if started.elapsed() > PATIENCE {
                let _ = child.kill();
                return Err(format!("`checklist {}` does not end within {PATIENCE:?}", words.join(" ")));
            }
            thread::sleep(Duration::from_micros(200));
        }
        let took = started.elapsed();
        let output = child.wait_with_output().map_err(|error| error.to_string())?;
        Ok(Answer::of(&output, took))
    }

    /// Starts a command, kills it after `moment` and collects what it had printed.
    pub(crate) fn kill(&self, folder: &Path, words: &[&str], moment: Duration) -> Result<Answer, String> {
        let started = Instant::now();
        let mut child = self.start(folder, words)?;
        thread::sleep(moment);
        let ended = child.try_wait().map_err(|error| error.to_string())?.is_some();
        let took = started.elapsed();
        if !ended {
            child.kill().map_err(|error| error.to_string())?;
        }
        let output = child.wait_with_output().map_err(|error| error.to_string())?;
        Ok(Answer::of(&output, took))
    }

    /// Reads the status; `None` if no run has started.
    pub(crate) fn status(&self, folder: &Path) -> Result<Option<Status>, String> {
        let answer = self.run(folder, &["status", "--json"])?;
        match (answer.code, &answer.json) {
            (Some(0), Some(json)) => Status::read(json).map(Some),
            (Some(NO_RUN), _) => Ok(None),
            _ => Err(format!("status failed: {answer:?}")),
        }
    }
}

impl Answer {
    fn of(output: &Output, took: Duration) -> Answer {
        let json = serde_json::from_slice(&output.stdout).ok();
        let stderr = String::from_utf8_lossy(&output.stderr).into_owned();
        Answer { code: output.status.code(), json, stderr, took }
    }

    /// Whether the caller was told that it worked: by the exit code, or by a whole answer before the kill.
    pub(crate) fn is_confirmed(&self, success: i32) -> bool {
        let told = self.json.as_ref().and_then(|json| json.get("ok")).and_then(Value::as_bool);
        self.code == Some(success) || told == Some(true)
    }

    /// The `changed` field of the answer.
    pub(crate) fn changed(&self) -> Option<bool> {
        self.json.as_ref()?.get("changed")?.as_bool()
    }
}

impl Status {
    fn read(json: &Value) -> Result<Status, String> {
        let malformed = || format!("status --json is not checklist.status/1: {json}");
        let rev = json.get("rev").and_then(Value::as_u64).ok_or_else(malformed)?;
        let list = json.get("steps").and_then(Value::as_array).ok_or_else(malformed)?;
        let mut steps = BTreeMap::new();
        for step in list {
            let field = |name| step.get(name).and_then(Value::as_str);
            let (Some(id), Some(status)) = (field("id"), field("status")) else { return Err(malformed()) };
            let standing = match status {
                "done" => Standing::Done,
                "skipped" => Standing::Skipped,
                "pending" | "active" => Standing::Open,
                other => return Err(format!("step {id} is {other}, which no command asked for")),
            };
            if steps.insert(id.to_owned(), standing).is_some() {
                return Err(format!("step {id} is there twice"));
            }
        }
        Ok(Status { rev, steps })
    }
}

/// Builds the program of this repository, and says where it is.
pub(crate) fn build(release: bool) -> Result<PathBuf, String> {
    let mut cargo = Command::new(std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into()));
    cargo.current_dir(crate::repository()).args([
        "build",
        "--quiet",
        "--locked",
        "--package",
        "checklist-cli",
    ]);
    if release {
        cargo.arg("--release");
    }
    let target = target_folder()?;
    let status =
        cargo.arg("--target-dir").arg(&target).status().map_err(|error| format!("cargo: {error}"))?;
    if !status.success() {
        return Err("the program does not build".to_owned());
    }
    Ok(target.join(if release { "release" } else { "debug" }).join("checklist"))
}

/// The folder cargo builds into: the one this very program was built into.
pub(crate) fn target_folder() -> Result<PathBuf, String> {
    let own = std::env::current_exe().map_err(|error| format!("the build folder is unknown: {error}"))?;
    let folder = own.ancestors().nth(2).ok_or("the build folder is unknown")?;
    Ok(folder.to_path_buf())
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn a_status_is_read_and_an_impossible_one_refused() {
        let status =
            json!({"rev": 7, "steps": [{"id": "a", "status": "done"}, {"id": "b", "status": "active"}]});
        let read = Status::read(&status).expect("it is well formed");
        assert_eq!(read.rev, 7);
        assert_eq!(read.steps["a"], Standing::Done);
        assert_eq!(read.steps["b"], Standing::Open);
        assert!(Status::read(&json!({"steps": []})).is_err());
        assert!(Status::read(&json!({"rev": 1, "steps": [{"id": "a", "status": "failed"}]})).is_err());
        let twice =
            json!({"rev": 1, "steps": [{"id": "a", "status": "done"}, {"id": "a", "status": "done"}]});
        assert!(Status::read(&twice).is_err());
    }
}
