//! `cargo xtask size`: how large the program is that people install, how many packages it is made of, and whether
//! the static one works.
//!
//! Both grow by themselves, a little with each dependency, and nobody notices. A change that needs more than is
//! allowed here raises the bound and says why.
#![expect(clippy::disallowed_methods, reason = "a chore looks at what was built and tries it in a folder")]

use crate::arguments::Arguments;
use crate::tools::{cargo, said, target_folder};
use std::collections::BTreeSet;
use std::io;
use std::path::Path;
use std::process::{Command, Stdio};

/// What the program may take on disk, stripped.
const PROGRAM_BYTES_MAX: u64 = 12_000_000;

/// The same linked with a C library of its own.
const STATIC_BYTES_MAX: u64 = 12_100_000;

/// So many packages may be in it, its own counted, with all that is on by default.
const PACKAGES_MAX: usize = 150;

/// And so many without the protocol of agents.
const PACKAGES_PLAIN_MAX: usize = 115;

const STATIC_TARGET: &str = "x86_64-unknown-linux-musl";

/// A list that anything can pass, walked through by the static program.
const LIST: &str = r#"checklist: 1
id: smoke
title: Smoke
steps:
  - id: file
    title: A file is there
    type: check
    validation: [{ kind: file_exists, path: smoke.yaml }]
"#;

/// Measures, reports, and holds the bounds.
pub(crate) fn run(arguments: &Arguments) -> Result<bool, String> {
    arguments.only(&["static"])?;
    let mut passed = within("packages", packages(&[])?, PACKAGES_MAX);
    passed &= within("packages without mcp", packages(&["--no-default-features"])?, PACKAGES_PLAIN_MAX);

    said(cargo(&["build", "--release", "--locked", "-p", "checklist-cli"]).env_remove("CARGO_BUILD_TARGET"))?;
    let program = target_folder()?.join("release/checklist");
    passed &= within("bytes of the program", bytes(&program)?, PROGRAM_BYTES_MAX);

    if !arguments.switch("static") {
        return Ok(passed);
    }
    if !is_installed(STATIC_TARGET) {
        say(&format!("SKIPPED: the static program: rustup target add {STATIC_TARGET}"));
        return Ok(passed);
    }
    said(&mut cargo(&["build", "--release", "--locked", "-p", "checklist-cli", "--target", STATIC_TARGET]))?;
    let program = target_folder()?.join(STATIC_TARGET).join("release/checklist");
    passed &= within("bytes of the static program", bytes(&program)?, STATIC_BYTES_MAX);
    try_out(&program)?;
    say("size: the static program needs no library, and walked through a list");
    Ok(passed)
}

/// How many packages the program is made of, not counting what only builds or tests it.
fn packages(features: &[&str]) -> Result<usize, String> {
    let tree = ["tree", "--locked", "-p", "checklist-cli", "-e", "normal", "--prefix", "none"];
    let words: Vec<&str> = tree.iter().chain(features).copied().collect();
    Ok(distinct(&said(&mut cargo(&words))?))
}

/// The packages of a tree: a line each, `name version`, some more than once.
fn distinct(tree: &str) -> usize {
    let package = |line: &str| {
        let mut words = line.split(' ').map(str::to_owned);
        Some((words.next()?, words.next()?))
    };
    tree.lines().filter_map(package).collect::<BTreeSet<_>>().len()
}

fn bytes(program: &Path) -> Result<u64, String> {
    let found = program.metadata().map_err(|error| format!("{}: {error}", program.display()))?;
    Ok(found.len())
}

fn is_installed(target: &str) -> bool {
    let mut rustup = Command::new("rustup");
    rustup.args(["target", "list", "--installed"]).current_dir(crate::repository()).stdin(Stdio::null());
    said(&mut rustup).is_ok_and(|installed| installed.lines().any(|line| line == target))
}

/// Walks through a list with a program in an empty folder, with nothing in its environment but a path.
fn try_out(program: &Path) -> Result<(), String> {
    let linked = Command::new("ldd").arg(program).output().map_err(|error| format!("ldd: {error}"))?;
    let linked = [linked.stdout, linked.stderr].concat();
    let linked = String::from_utf8_lossy(&linked);
    if linked.contains("=>") {
        return Err(format!("the static program needs libraries:\n{linked}"));
    }
    let home = target_folder()?.join("size");
    let folder = home.join("project");
    let _ = std::fs::remove_dir_all(&home);
    let failed = |error| format!("{}: {error}", folder.display());
    std::fs::create_dir_all(&folder).map_err(failed)?;
    std::fs::write(folder.join("smoke.yaml"), LIST).map_err(failed)?;
    let apart = |words: &[&str]| {
        let mut program = Command::new(program);
        program.args(words).current_dir(&folder).env_clear().env("PATH", "/usr/bin:/bin").env("HOME", &home);
        program.stdin(Stdio::null());
        program
    };
    // Here, even where the repository has a checklist of its own.
    said(&mut apart(&["-C", ".", "init", "hello"]))?;
    said(&mut apart(&["run", "smoke.yaml", "--yes"]))?;
    let status = said(&mut apart(&["status", "--json"]))?;
    let status: serde_json::Value =
        serde_json::from_str(&status).map_err(|error| format!("status --json: {error}"))?;
    match status["status"].as_str() {
        Some("completed") => Ok(()),
        _ => Err(format!("the list was not walked through to its end: {status}")),
    }
}

/// Says a figure beside its bound; whether it is within.
fn within<T: PartialOrd + std::fmt::Display>(what: &str, found: T, most: T) -> bool {
    let is_within = found <= most;
    let verdict = if is_within { "" } else { ": TOO MUCH" };
    say(&format!("size: {what}: {found}, {most} are allowed{verdict}"));
    is_within
}

fn say(line: &str) {
    crate::say(&mut io::stdout(), line);
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_package_counts_once_and_two_versions_of_it_twice() {
        let tree = "a v1.0.0 (/here/a)\nb v0.1.0\nc v2.0.0\nb v0.1.0 (*)\n\nb v0.2.0 (proc-macro)\n";
        assert_eq!(distinct(tree), 4);
    }

    #[test]
    fn a_bound_is_kept_at_the_bound_and_broken_above_it() {
        assert!(within("things", 3, 3));
        assert!(!within("things", 4, 3));
    }
}
