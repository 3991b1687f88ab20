//! Side-by-side benchmarks: floors of the disk, peers, the naive ways, and checklist, in one run.
//!
//! `cargo xtask bench` builds and runs this. Nothing here asserts how fast anything is: it measures, and prints
//! the ratios against the targets.
#![expect(
    clippy::print_stdout,
    clippy::print_stderr,
    reason = "a program for people, who read what it prints"
)]

mod bench;
mod child;
mod data;
mod engine;
mod engines;
mod machine;
mod raw_calls;
mod report;
mod sample;
mod stopwatch;
mod syncs;
mod works;

use bench::{Bench, Settings};
use engine::Result;
use std::path::{Path, PathBuf};
use std::process::ExitCode;
use works::WORKS;

const USAGE: &str = "usage: checklist-benches run [--only WORK,…] [--rounds N] [--quick] [--out FOLDER]
                             [--scratch FOLDER] [--program PATH] [--document PATH] [--command TEXT]
       checklist-benches report FOLDER [--document PATH] [--command TEXT]
       checklist-benches list";

fn main() -> ExitCode {
    let words: Vec<String> = std::env::args().skip(1).collect();
    let result = match words.split_first() {
        Some((verb, words)) if verb == "run" => run(words),
        Some((verb, words)) if verb == "report" => again(words),
        Some((verb, words)) if verb == "child" => child::run(words),
        Some((verb, _)) if verb == "list" => {
            names().for_each(|name| println!("{name}"));
            Ok(())
        }
        _ => Err(USAGE.into()),
    };
    match result {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("{error}");
            ExitCode::FAILURE
        }
    }
}

fn names() -> impl Iterator<Item = &'static str> {
    WORKS.iter().map(|(name, _)| *name)
}

/// Words of the command line that are understood.
struct Asked {
    settings: Settings,
    document: Option<PathBuf>,
    command: String,
}

fn asked(words: &[String]) -> Result<Asked> {
    let mut settings = Settings {
        only: Vec::new(),
        rounds: 0,
        is_quick: false,
        out: PathBuf::from("bench-results"),
        scratch: std::env::temp_dir(),
        program: None,
    };
    let (mut document, mut command) = (None, String::from("cargo xtask bench"));
    let mut words = words.iter();
    while let Some(word) = words.next() {
        if word == "--quick" {
            settings.is_quick = true;
            continue;
        }
        let value = words.next().ok_or(format!("{word} needs a value\n{USAGE}"))?;
        match word.as_str() {
            "--only" => settings.only = value.split(',').map(|name| name.replace('-', " ")).collect(),
            "--rounds" => settings.rounds = value.parse()?,
            "--out" => settings.out = PathBuf::from(value),
            "--scratch" => settings.scratch = PathBuf::from(value),
            "--program" => settings.program = Some(std::path::absolute(value)?),
            "--document" => document = Some(PathBuf::from(value)),
            "--command" => command.clone_from(value),
            _ => return Err(format!("unknown option {word}\n{USAGE}").into()),
        }
    }
    if settings.rounds == 0 {
        settings.rounds = if settings.is_quick { 3 } else { 7 };
    }
    if let Some(unknown) = settings.only.iter().find(|only| names().all(|name| name != **only)) {
        let known: Vec<String> = names().map(|name| name.replace(' ', "-")).collect();
        return Err(format!("there is no work {unknown}, only {}", known.join(", ")).into());
    }
    Ok(Asked { settings, document, command })
}

/// Measures, then reports.
fn run(words: &[String]) -> Result<()> {
    let Asked { settings, document, command } = asked(words)?;
    let (only, out) = (settings.only.clone(), settings.out.clone());
    let mut bench = Bench::begin(settings)?;
    for (name, work) in
        WORKS.iter().filter(|(name, _)| only.is_empty() || only.iter().any(|only| only == name))
    {
        work(&mut bench).map_err(|error| format!("{name}: {error}"))?;
    }
    bench.tell("measured");
    report_on(&out, document.as_deref(), &command)
}

/// Reports once more what was measured before.
fn again(words: &[String]) -> Result<()> {
    let (folder, words) = words.split_first().ok_or(USAGE)?;
    let Asked { document, command, .. } = asked(words)?;
    report_on(Path::new(folder), document.as_deref(), &command)
}

fn report_on(folder: &Path, document: Option<&Path>, command: &str) -> Result<()> {
    let verdicts = report::write(folder, document, command)?;
    println!("{verdicts}");
    println!("tables and plots: {}", folder.display());
    Ok(())
}
