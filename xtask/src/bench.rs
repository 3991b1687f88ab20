//! `cargo xtask bench`: measures checklist beside its peers and the raw disk, and says which targets are met.
//!
//! The measuring is a program of `benches/`, a workspace of its own because the peers take minutes to build;
//! this builds it and the command line, and hands the words on.

pub(crate) mod instructions;

mod baseline;

use crate::arguments::Arguments;
use crate::tools::{cargo, target_folder};
use std::path::PathBuf;
use std::process::Command;

/// The document that shows the newest tables.
const DOCUMENT: &str = "docs/performance.md";

/// Measures every work, or those named by `--only`, and reports into `--out`.
pub(crate) fn run(arguments: &Arguments) -> Result<bool, String> {
    arguments.only(&["only", "rounds", "quick", "out", "scratch", "document", "report"])?;
    let repository = crate::repository();
    let out: PathBuf = arguments.value("out", target_folder()?.join("bench-results"))?;
    let mut words = Vec::new();
    if arguments.switch("report") {
        words.extend(["report".to_owned(), out.display().to_string()]);
    } else {
        words.extend(["run".to_owned(), "--out".to_owned(), out.display().to_string()]);
        words.extend(["--program".to_owned(), command_line()?.display().to_string()]);
        if arguments.switch("rounds") {
            words.extend(["--rounds".to_owned(), arguments.value("rounds", 0_u32)?.to_string()]);
        }
        let scratch: PathBuf = arguments.value("scratch", target_folder()?.join("bench-scratch"))?;
        words.extend(["--scratch".to_owned(), scratch.display().to_string()]);
        if arguments.switch("only") {
            words.extend(["--only".to_owned(), arguments.value("only", String::new())?]);
        }
        if arguments.switch("quick") {
            words.push("--quick".to_owned());
        }
    }
    if arguments.switch("document") {
        words.extend(["--document".to_owned(), repository.join(DOCUMENT).display().to_string()]);
    }
    words.extend(["--command".to_owned(), format!("cargo xtask bench{}", told(arguments)?)]);
    let program = built("checklist-benches", true)?;
    let status = Command::new(&program).args(&words).current_dir(&repository).status();
    Ok(status.map_err(|error| format!("{}: {error}", program.display()))?.success())
}

/// The words that decide what is measured, as they were given: for those who repeat it.
fn told(arguments: &Arguments) -> Result<String, String> {
    let mut told = String::new();
    for name in ["only", "rounds"].into_iter().filter(|name| arguments.switch(name)) {
        told.push_str(&format!(" --{name} {}", arguments.value(name, String::new())?));
    }
    if arguments.switch("quick") {
        told.push_str(" --quick");
    }
    Ok(told)
}

/// Builds a program of `benches/` as it is released; peers take minutes, and not every program needs them.
fn built(name: &str, with_peers: bool) -> Result<PathBuf, String> {
    let target = target_folder()?.join("benches");
    let mut build = cargo(&["build", "--quiet", "--release", "--locked", "--bin", name]);
    build.current_dir(crate::repository().join("benches")).env("CARGO_TARGET_DIR", &target);
    if !with_peers {
        build.arg("--no-default-features");
    }
    let status = build.status().map_err(|error| format!("cargo: {error}"))?;
    if !status.success() {
        return Err(format!("{name} does not build"));
    }
    Ok(target.join("release").join(name))
}

/// Builds the command line as it is released.
fn command_line() -> Result<PathBuf, String> {
    let target = target_folder()?;
    let mut build = cargo(&["build", "--quiet", "--release", "--locked", "--package", "checklist-cli"]);
    let status = build.env("CARGO_TARGET_DIR", &target).status();
    if !status.map_err(|error| format!("cargo: {error}"))?.success() {
        return Err("checklist does not build".to_owned());
    }
    Ok(target.join("release/checklist"))
}
