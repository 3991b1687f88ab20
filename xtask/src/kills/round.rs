//! One round: a new project, a run of a dozen steps, a kill at every step, and what must hold after each.
#![expect(clippy::disallowed_methods, reason = "a chore drives real processes on the real disk")]

use super::moment::{Lifetimes, Random};
use super::program::{Program, Standing, Status, WAITING};
use serde_json::Value;
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

const STEPS: usize = 12;

/// Where a kill landed in the life of the command.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Landing {
    /// The change is not there, and nobody was told that it is.
    Before,
    /// The change is there, and nobody was told yet.
    After,
    /// The caller had been told.
    Finished,
}

/// A project and what its state must be.
#[derive(Debug)]
pub(crate) struct Round<'p> {
    program: &'p Program,
    folder: PathBuf,
    expected: BTreeMap<String, Standing>,
    order: Vec<String>,
    next: usize,
    rev: u64,
}

impl<'p> Round<'p> {
    /// Makes a project with a Markdown list; no run is started yet.
    pub(crate) fn start(program: &'p Program, folder: &Path) -> Result<Round<'p>, String> {
        std::fs::create_dir_all(folder).map_err(|error| format!("{}: {error}", folder.display()))?;
        let steps: String = (1..=STEPS).map(|number| format!("- [ ] Step number {number}\n")).collect();
        let list = format!("# Killed on purpose\n\n{steps}");
        std::fs::write(folder.join("list.md"), list).map_err(|error| format!("list.md: {error}"))?;
        // Named, for a project of its own even where the repository around it has one.
        let answer = program.run(folder, &["-C", ".", "init", "--from", "list.md"])?;
        if answer.code != Some(0) {
            return Err(format!("init failed: {answer:?}"));
        }
        let (expected, order) = (BTreeMap::new(), Vec::new());
        Ok(Round { program, folder: folder.to_path_buf(), expected, order, next: 0, rev: 0 })
    }

    /// The project's folder.
    pub(crate) fn folder(&self) -> &Path {
        &self.folder
    }

    /// Whether every step is settled.
    pub(crate) fn is_over(&self) -> bool {
        !self.order.is_empty() && self.next == self.order.len()
    }

    /// Kills the next command and checks everything; an error is a broken promise.
    pub(crate) fn kill(&mut self, random: &mut Random, lifetimes: &mut Lifetimes) -> Result<Landing, String> {
        if self.order.is_empty() {
            self.kill_run(random, lifetimes)
        } else {
            self.kill_step(random, lifetimes)
        }
    }

    fn kill_run(&mut self, random: &mut Random, lifetimes: &mut Lifetimes) -> Result<Landing, String> {
        let words = ["run", "list.md"];
        let killed = self.program.kill(&self.folder, &words, lifetimes.moment("run", random))?;
        let is_told = killed.code == Some(WAITING);
        let found = self.program.status(&self.folder)?;
        if is_told && found.is_none() {
            return Err(format!("run answered and no run is there: {killed:?}"));
        }
        let again = self.program.run(&self.folder, &words)?;
        if again.code != Some(WAITING) {
            return Err(format!("the next run does not work: {again:?}"));
        }
        let status = self.program.status(&self.folder)?.ok_or("the run is not there")?;
        self.check_folder()?;
        if status.steps.len() != STEPS || status.steps.values().any(|standing| *standing != Standing::Open) {
            return Err(format!("a new run has {STEPS} open steps, and not {status:?}"));
        }
        if found.as_ref().is_some_and(|found| found.steps != status.steps) {
            return Err(format!("the run changed by itself from {found:?} to {status:?}"));
        }
        lifetimes.landed("run", found.is_some());
        if found.is_none() {
            lifetimes.learn("run", again.took);
        }
        self.rev = status.rev;
        self.order = status.steps.keys().cloned().collect();
        self.expected = status.steps;
        Ok(landing(is_told, found.is_some()))
    }

    fn kill_step(&mut self, random: &mut Random, lifetimes: &mut Lifetimes) -> Result<Landing, String> {
        let step = self.order[self.next].clone();
        let (verb, new) =
            if random.below(3) == 0 { ("skip", Standing::Skipped) } else { ("done", Standing::Done) };
        let mut words = vec![verb, step.as_str(), "--json"];
        if new == Standing::Skipped {
            words.extend(["--reason", "killed on purpose"]);
        }
        let killed = self.program.kill(&self.folder, &words, lifetimes.moment(verb, random))?;
        let is_told = killed.is_confirmed(0);
        let status = self.program.status(&self.folder)?.ok_or("the run is gone")?;
        let is_there = self.check_status(&status, &step, new)?;
        if is_told && !is_there {
            return Err(format!("LOST: {verb} {step} was confirmed and is not there: {killed:?}"));
        }
        let again = self.program.run(&self.folder, &words)?;
        if again.code != Some(0) || again.changed() != Some(!is_there) {
            return Err(format!(
                "{verb} {step} was {}there, and repeating it gave {again:?}",
                if is_there { "" } else { "not " }
            ));
        }
        lifetimes.landed(verb, is_there);
        if !is_there {
            lifetimes.learn(verb, again.took);
        }
        self.check_folder()?;
        self.expected.insert(step, new);
        self.rev = self.program.status(&self.folder)?.ok_or("the run is gone")?.rev;
        self.next += 1;
        Ok(landing(is_told, is_there))
    }

    /// Compares every step with what it must be; only the killed one may have either value. Says which.
    fn check_status(&self, status: &Status, step: &str, new: Standing) -> Result<bool, String> {
        let is_there = status.steps.get(step) == Some(&new);
        let mut expected = self.expected.clone();
        if is_there {
            expected.insert(step.to_owned(), new);
        }
        if status.steps != expected {
            return Err(format!(
                "{:?} was expected, or with {step} {new:?}; found {:?}",
                self.expected, status.steps
            ));
        }
        let is_newer = status.rev > self.rev;
        if status.rev < self.rev || is_newer != is_there {
            return Err(format!(
                "rev went from {} to {}, and {step} is {:?}",
                self.rev, status.rev, status.steps[step]
            ));
        }
        Ok(is_there)
    }

    /// After a command that ended by itself nothing is staged, nothing waits in the log.
    fn check_folder(&self) -> Result<(), String> {
        let store = self.folder.join(".checklist");
        let staged: Vec<PathBuf> = std::fs::read_dir(store.join(".tmp"))
            .map(|entries| entries.flatten().map(|entry| entry.path()).collect())
            .unwrap_or_default();
        if !staged.is_empty() {
            return Err(format!("staging is not empty: {staged:?}"));
        }
        match std::fs::metadata(store.join(".wal")) {
            Ok(log) if log.len() > 0 => Err(format!("{} bytes wait in the log after a clean end", log.len())),
            _ => Ok(()),
        }
    }

    /// At the end of a round, history tells each settled step exactly once.
    pub(crate) fn finish(&self) -> Result<(), String> {
        let answer = self.program.run(&self.folder, &["history", "--json"])?;
        let entries = answer.json.as_ref().and_then(|json| json.get("operations")).and_then(Value::as_array);
        let Some(entries) = entries.filter(|_| answer.code == Some(0)) else {
            return Err(format!("history --json failed: {answer:?}"));
        };
        for step in &self.order[..self.next] {
            let times = entries
                .iter()
                .filter(|entry| entry.get("step").and_then(Value::as_str) == Some(step))
                .count();
            if times != 1 {
                return Err(format!("history tells {step} {times} times"));
            }
        }
        std::fs::remove_dir_all(&self.folder).map_err(|error| format!("{}: {error}", self.folder.display()))
    }
}

fn landing(is_told: bool, is_there: bool) -> Landing {
    match (is_told, is_there) {
        (true, _) => Landing::Finished,
        (false, true) => Landing::After,
        (false, false) => Landing::Before,
    }
}
