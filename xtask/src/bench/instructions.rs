//! `cargo xtask instructions`: counts the instructions of a commit, of recovery and of `status` with callgrind.
//!
//! A count does not depend on how busy the machine is, so that it can be held in CI where a time cannot. It does
//! depend on compiler and C library: each pair has a baseline of its own in `benches/instructions.json`.
#![expect(clippy::disallowed_methods, reason = "a chore prepares a project and reads what callgrind wrote")]

use super::baseline::{Baseline, Change};
use crate::arguments::Arguments;
use crate::tools::{said, target_folder};
use std::fs;
use std::io;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

/// Where the counts are kept.
const BASELINE: &str = "benches/instructions.json";
/// Steps of the list whose status is counted.
const STEPS: usize = 1_000;

/// Counts and compares; with `--update` keeps the counts instead.
pub(crate) fn run(arguments: &Arguments) -> Result<bool, String> {
    arguments.only(&["update"])?;
    if said(Command::new("valgrind").arg("--version")).is_err() {
        say("SKIPPED: 3 instruction counts: valgrind is not installed");
        return Ok(true);
    }
    let machine = machine()?;
    let path = crate::repository().join(BASELINE);
    let mut baseline = Baseline::read(&path)?;
    let counts = counts()?;
    let mut passed = true;
    let mut unknown = 0;
    for (what, count) in counts {
        let change = baseline.compare(&machine, what, count);
        say(&format!("instructions: {what}: {count} ({change})"));
        passed &= !matches!(change, Change::Beyond(_));
        unknown += u32::from(change == Change::Unknown);
        baseline.keep(&machine, what, count);
    }
    if arguments.switch("update") {
        baseline.write(&path)?;
        say(&format!("instructions: kept in {BASELINE} for {machine}"));
        return Ok(true);
    }
    if unknown > 0 {
        say(&format!(
            "SKIPPED: {unknown} instruction counts have no baseline for {machine}: cargo xtask instructions --update"
        ));
    }
    Ok(passed)
}

/// What a count depends on besides the code: compiler, target, C library.
fn machine() -> Result<String, String> {
    let told = said(Command::new("rustc").arg("-vV"))?;
    let field =
        |name: &str| told.lines().find_map(|line| line.strip_prefix(name)).unwrap_or("?").trim().to_owned();
    let libc =
        said(Command::new("getconf").arg("GNU_LIBC_VERSION")).unwrap_or_else(|_| "another libc".to_owned());
    Ok(format!("rustc {}, {}, {}", field("release:"), field("host:"), libc.trim()))
}

/// Counts everything.
fn counts() -> Result<Vec<(&'static str, u64)>, String> {
    let folder = target_folder()?.join("instructions");
    let _ = fs::remove_dir_all(&folder);
    fs::create_dir_all(&folder).map_err(|error| format!("{}: {error}", folder.display()))?;
    let program = super::built("instructions", false)?;
    let within = |what: &str, function: &str| {
        let mut callgrind = callgrind(&folder, what);
        callgrind.arg(format!("--toggle-collect=*{function}*")).arg(&program).arg(what);
        total(&mut callgrind, &folder, what)
    };
    let commit = within("commit", "counted_commits")?;
    let recovery = within("recovery", "counted_recovery")?;
    let status = status(&folder)?;
    Ok(vec![
        ("200 commits", commit),
        ("recovery of 10,000 records", recovery),
        ("status of 1,000 steps", status),
    ])
}

/// Counts a whole process of the command line.
fn status(folder: &Path) -> Result<u64, String> {
    let program = super::command_line()?;
    let project = project(folder, &program)?;
    let mut callgrind = callgrind(folder, "status");
    callgrind.arg(&program).arg("status").current_dir(&project);
    total(&mut callgrind, folder, "status")
}

/// A project with an open run.
fn project(folder: &Path, program: &Path) -> Result<PathBuf, String> {
    let project = folder.join("project");
    fs::create_dir_all(project.join(".git")).map_err(|error| format!("{}: {error}", project.display()))?;
    let list: String = (1..=STEPS).map(|step| format!("- [ ] step number {step}\n")).collect();
    let path = project.join("list.md");
    fs::write(&path, format!("# Release\n\n{list}"))
        .map_err(|error| format!("{}: {error}", path.display()))?;
    let mut begin = bare(program);
    // A run that waits for a person ends with a code of its own.
    let begun = begin.args(["run", "list.md"]).current_dir(&project).output();
    begun.map_err(|error| format!("{}: {error}", program.display()))?;
    said(bare(program).arg("status").current_dir(&project))?;
    Ok(project)
}

/// A program with an environment of which nothing differs from one machine to the next.
fn bare(program: impl AsRef<std::ffi::OsStr>) -> Command {
    let mut command = Command::new(program);
    let path = std::env::var_os("PATH").unwrap_or_default();
    command
        .env_clear()
        .env("PATH", path)
        .env("HOME", "/")
        .env("TZ", "UTC")
        .env("LANG", "C")
        .stdin(Stdio::null());
    command
}

fn callgrind(folder: &Path, what: &str) -> Command {
    let mut callgrind = bare("valgrind");
    callgrind.args(["--quiet", "--tool=callgrind"]);
    callgrind.arg(format!("--callgrind-out-file={}", folder.join(what).display()));
    callgrind
}

/// Runs callgrind, and returns what it counted.
fn total(callgrind: &mut Command, folder: &Path, what: &str) -> Result<u64, String> {
    said(callgrind).map_err(|error| format!("{what}: {error}"))?;
    let path = folder.join(what);
    let text = fs::read_to_string(&path).map_err(|error| format!("{}: {error}", path.display()))?;
    summed(&text).filter(|count| *count > 0).ok_or(format!("callgrind counted nothing in {what}"))
}

/// The total of a file that callgrind wrote.
fn summed(text: &str) -> Option<u64> {
    let line =
        text.lines().find_map(|line| line.strip_prefix("totals:").or(line.strip_prefix("summary:")))?;
    line.split_whitespace().next()?.parse().ok()
}

fn say(line: &str) {
    crate::say(&mut io::stdout(), line);
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_total_of_callgrind_is_read() {
        assert_eq!(summed("version: 1\nevents: Ir\n\nfn=(1) a\n1 5\n\ntotals: 1234\n"), Some(1_234));
        assert_eq!(summed("version: 1\n"), None);
    }
}
