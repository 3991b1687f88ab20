//! The command line, whole processes: what a person or an agent waits for.
#![expect(clippy::disallowed_methods, reason = "lists are written to the real disk for the program to read")]

use crate::bench::{Bench, Place, rotated};
use crate::child::{self, Usage};
use crate::engine::Result;
use std::cell::Cell;
use std::fmt::Write as _;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

/// The name of the work.
pub const NAME: &str = "command line";
/// Ours.
pub const PROGRAM: &str = "checklist";
/// Steps of a list.
pub const STEPS: [usize; 3] = [20, 1_000, 10_000];
/// The command that only says its version.
pub const COLD_START: &str = "--version";

/// The case of a command on a list of so many steps.
#[must_use]
pub fn case(verb: &str, steps: usize) -> String {
    format!("{verb}, {steps} steps")
}

/// A command to be measured.
struct Subject {
    engine: &'static str,
    case: String,
    at: usize,
    program: PathBuf,
    words: Vec<&'static str>,
    folder: PathBuf,
    /// Steps that are left to do, where each measurement does one.
    left: Option<Cell<usize>>,
}

/// Measures every command, round by round.
pub fn run(bench: &mut Bench) -> Result<()> {
    let place = Place { work: NAME, engine: PROGRAM, case: "all", at: 0.0, round: 0 };
    let Some(program) = bench.settings.program.clone() else {
        return bench.skip(&place, "no program was named: --program PATH");
    };
    let scratch = bench.folder()?;
    let mut subjects = Vec::new();
    for steps in STEPS {
        let folder = scratch.path().join(format!("steps-{steps}"));
        project(&program, &folder, steps)?;
        let of = |verb: &'static str, words: &[&'static str]| Subject {
            engine: PROGRAM,
            case: case(verb, steps),
            at: steps,
            program: program.clone(),
            words: words.to_vec(),
            folder: folder.clone(),
            left: None,
        };
        subjects.push(of("status", &["status"]));
        subjects.push(of("next", &["next"]));
        let done = of("done", &["done", "--claim", "measured"]);
        subjects.push(Subject { left: Some(Cell::new(steps)), ..done });
    }
    let small = scratch.path().join("steps-20");
    subjects.push(Subject {
        engine: PROGRAM,
        case: COLD_START.to_owned(),
        at: 0,
        program: program.clone(),
        words: vec!["--version"],
        folder: small.clone(),
        left: None,
    });
    for (engine, words) in [("git", vec!["status"]), ("just", vec!["--list"]), ("make", vec!["-n"])] {
        let case = format!("{engine} {}", words.join(" "));
        let (program, folder) = (engine.into(), small.clone());
        subjects.push(Subject { engine, case, at: 0, program, words, folder, left: None });
    }
    subjects.retain(|subject| measured(subject).is_ok_and(|usage| usage.is_success));
    let repetitions = bench.either(1, 3);
    for round in 0..bench.settings.rounds * repetitions {
        for subject in rotated(&subjects, round) {
            let usage = measured(subject)?;
            let Subject { engine, case, at, .. } = subject;
            let place = Place { work: NAME, engine, case, at: *at as f64, round };
            if !usage.is_success {
                bench.skip(&place, "the command failed")?;
                continue;
            }
            let figures = [
                ("wall_ms", usage.wall_ms),
                ("cpu_ms", usage.cpu_ms),
                ("memory_mb", usage.memory_bytes / 1e6),
            ];
            bench.record_all(&place, figures)?;
        }
    }
    Ok(())
}

/// Measures a command. Where it did the last step there was, another run is begun: what is measured next finds an open
/// one.
fn measured(subject: &Subject) -> Result<Usage> {
    let usage = child::apart(&subject.program, &subject.words, &subject.folder)?;
    if let Some(left) = &subject.left {
        left.set(left.get() - 1);
        if left.get() == 0 {
            begin(&subject.program, &subject.folder, subject.at)?;
            left.set(subject.at);
        }
    }
    Ok(usage)
}

/// A project with an open run of so many steps, and what git, just and make need to say something about it.
fn project(program: &Path, folder: &Path, steps: usize) -> Result<()> {
    fs::create_dir_all(folder)?;
    let mut list = String::from("# Release\n\n");
    for step in 1..=steps {
        writeln!(list, "- [ ] step number {step}")?;
    }
    fs::write(folder.join("list.md"), list)?;
    let recipes: String = (1..=20).map(|step| format!("step{step}:\n\techo {step}\n")).collect();
    fs::write(folder.join("justfile"), &recipes)?;
    fs::write(folder.join("Makefile"), &recipes)?;
    let _ = child::measured(Command::new("git").args(["init", "-q"]).current_dir(folder));
    begin(program, folder, steps)
}

/// Begins a run of the list.
fn begin(program: &Path, folder: &Path, steps: usize) -> Result<()> {
    child::measured(Command::new(program).args(["run", "list.md"]).current_dir(folder))?;
    let status = child::measured(Command::new(program).arg("status").current_dir(folder))?;
    if status.is_success { Ok(()) } else { Err(format!("there is no run of {steps} steps").into()) }
}
