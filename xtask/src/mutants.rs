//! `cargo xtask mutants`: changes the store in every small way, and lists the changes that no test notices.
//!
//! Two stages: the quick tests of the store for every mutant, then the simulator for those that survived.
//! Mutants that change no behaviour are listed with the reason in `.cargo/mutants.toml`.
#![expect(clippy::disallowed_methods, reason = "a chore runs compilers and reads what they leave")]

use crate::arguments::Arguments;
use crate::tools::{cargo, said, target_folder};
use std::io;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::Instant;

/// The tests that every mutant meets first.
const QUICK: &[&str] =
    &["--test-package=checklist-store", "--cargo-test-arg=--lib", "--cargo-test-arg=--test=it"];

/// The tests that survivors meet: every crash of every workload, every damage, every failing call; the queue in every
/// interleaving; and what is planted and forged.
const THOROUGH: &[&str] = &[
    "--iterate",
    "--test-package=checklist-sim",
    "--cargo-test-arg=--test=crash",
    "--cargo-test-arg=--test=damage",
    "--cargo-test-arg=--test=faults",
    "--cargo-test-arg=--test=groups",
    "--cargo-test-arg=--test=planted",
    "--cargo-test-arg=--test=queue",
    "--cargo-test-arg=--test=refusals",
];

/// Mutants that change nothing and that `.cargo/mutants.toml` cannot name: cargo-mutants 27.1 asks it for every kind but
/// deleted fields (sourcefrog/cargo-mutants#632). File, and what follows its place.
const SAME: &[(&str, &str)] = &[
    // What a planted bug does is the simulator's alone.
    ("disk/files.rs", "delete field bytes from struct Scan expression in Files::take_in"),
    ("disk/files.rs", "delete field chain from struct Scan expression in Files::take_in"),
    ("disk/wal.rs", "delete field lsn from struct StateId expression in WriteAheadLog::encode"),
    // A log that was filled ahead is filled once more.
    ("disk/wal.rs", "delete field len from struct WriteAheadLog expression in WriteAheadLog::found"),
];

/// One run: what is mutated, and where it leaves its results.
struct Run {
    words: Vec<String>,
    results: PathBuf,
}

/// Runs both stages over the mutants whose names match `--only` (a regular expression; a name begins with the path of
/// the file), or over all of `model`, `disk` and `protocol`; passes if nothing survived.
pub(crate) fn run(arguments: &Arguments) -> Result<bool, String> {
    arguments.only(&["only", "shard", "jobs", "quick"])?;
    if said(cargo(&["mutants", "--version"]).stderr(Stdio::null())).is_err() {
        say("SKIPPED: mutation testing needs cargo-mutants: `cargo install cargo-mutants --locked`");
        return Ok(true);
    }
    let run = Run::of(arguments)?;
    let started = Instant::now();
    run.stage(QUICK)?;
    let survived = run.missed()?.len();
    say(&format!(
        "mutants: {survived} survived the quick tests, after {:.0} s",
        started.elapsed().as_secs_f64()
    ));
    if survived > 0 && !arguments.switch("quick") {
        run.stage(THOROUGH)?;
    }
    let missed = run.missed()?;
    for name in &missed {
        say(&format!("  survived: {name}"));
    }
    let counts =
        ["caught.txt", "timeout.txt", "unviable.txt"].map(|name| run.listed(name).map(|list| list.len()));
    let [caught, endless, unviable] = counts;
    say(&format!(
        "mutants: {} caught, {} ran for ever, {} do not compile, {} survived ({:.0} s)",
        caught?,
        endless?,
        unviable?,
        missed.len(),
        started.elapsed().as_secs_f64()
    ));
    Ok(missed.is_empty())
}

impl Run {
    fn of(arguments: &Arguments) -> Result<Run, String> {
        let only: String = arguments.value("only", String::new())?;
        let shard: String = arguments.value("shard", String::new())?;
        let jobs: u32 = arguments.value("jobs", 1)?;
        let name = if shard.is_empty() { "all".to_owned() } else { shard.replace('/', "-of-") };
        let results = target_folder()?.join("mutants").join(name);
        std::fs::create_dir_all(&results).map_err(|error| format!("{}: {error}", results.display()))?;
        let mut words =
            vec![format!("--jobs={jobs}"), "--colors=never".to_owned(), "--no-shuffle".to_owned()];
        words.push(format!("--output={}", results.display()));
        if !only.is_empty() {
            // Not `--file`, which adds to what `.cargo/mutants.toml` names, and takes nothing away.
            words.push(format!("--re={only}"));
        }
        if !shard.is_empty() {
            // A share of every file, not the whole of a few.
            words.extend([format!("--shard={shard}"), "--sharding=round-robin".to_owned()]);
        }
        Ok(Run { words, results })
    }

    /// Tests the mutants; cargo-mutants fails where some survive, which is a result and no failure.
    fn stage(&self, tests: &[&str]) -> Result<(), String> {
        let mut mutants: Command = cargo(&["mutants", "--package=checklist-store"]);
        mutants.args(&self.words).args(tests);
        // Nobody reads where a mutant fails.
        mutants.env("CARGO_PROFILE_DEV_DEBUG", "false").env("CARGO_PROFILE_TEST_DEBUG", "false");
        // With a process for each test the first that fails ends it; a program runs all of its tests to the end.
        if said(cargo(&["nextest", "--version"]).stderr(Stdio::null())).is_ok() {
            mutants.arg("--test-tool=nextest");
        }
        mutants.env_remove("CARGO_TARGET_DIR");
        let status = mutants.status().map_err(|error| format!("cargo: {error}"))?;
        match status.code() {
            Some(0 | 2 | 3) => Ok(()),
            _ => Err(format!("cargo-mutants cannot test this tree ({status}); do its tests pass?")),
        }
    }

    /// Those that no test noticed, though they change something.
    fn missed(&self) -> Result<Vec<String>, String> {
        let is_same =
            |name: &String| SAME.iter().any(|(file, change)| name.contains(file) && name.ends_with(change));
        Ok(self.listed("missed.txt")?.into_iter().filter(|name| !is_same(name)).collect())
    }

    fn listed(&self, name: &str) -> Result<Vec<String>, String> {
        let path = self.results.join("mutants.out").join(name);
        read_lines(&path)
    }
}

fn read_lines(path: &Path) -> Result<Vec<String>, String> {
    match std::fs::read_to_string(path) {
        Ok(text) => Ok(text.lines().map(str::to_owned).collect()),
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(Vec::new()),
        Err(error) => Err(format!("{}: {error}", path.display())),
    }
}

fn say(line: &str) {
    crate::say(&mut io::stdout(), line);
}
