//! `cargo xtask fuzz`: arbitrary bytes for every reader, for so many seconds each.
//!
//! `--runs` and `--seed` make it the same inputs each time, so that CI fails for a change and not for luck.
//!
//! What a fuzzer finds on the way stays in the build folder; `--keep` merges what reaches further than the
//! kept inputs into `fuzz/corpus`. An input that breaks a property belongs into `fuzz/regressions/<target>`,
//! where `cargo test` runs it for ever after.
#![expect(clippy::disallowed_methods, reason = "a chore runs fuzzers and looks at what they leave")]

mod summary;

use crate::arguments::Arguments;
use crate::tools::{said, target_folder};
use std::fmt;
use std::io;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use summary::Summary;

/// Memory a fuzzer may use in all, and in one allocation: inputs have at most 16 KiB, so that the second is
/// a thousand times the input.
const LIMITS: &[&str] =
    &["-max_len=16384", "-rss_limit_mb=1024", "-malloc_limit_mb=16", "-timeout=10", "-print_final_stats=1"];

/// The folder of the fuzz targets.
struct Fuzzers {
    folder: PathBuf,
    target: PathBuf,
}

/// How long each target is fuzzed.
#[derive(Clone, Copy)]
struct Length {
    seconds: u32,
    /// Inputs; -1 for as many as the time allows.
    runs: i64,
    /// Zero for another one each time.
    seed: u32,
}

impl fmt::Display for Length {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.runs {
            -1 => write!(f, "{} s", self.seconds),
            runs => write!(f, "{runs} inputs of seed {}, {} s at most", self.seed, self.seconds),
        }
    }
}

/// Fuzzes each target, or the one that is named; passes if no property was broken.
pub(crate) fn run(arguments: &Arguments) -> Result<bool, String> {
    arguments.only(&["seconds", "runs", "target", "seed", "keep"])?;
    let length = Length {
        seconds: arguments.value("seconds", 60)?,
        runs: arguments.value("runs", -1)?,
        seed: arguments.value("seed", 0)?,
    };
    let only: String = arguments.value("target", String::new())?;
    let fuzzers = Fuzzers { folder: crate::repository().join("fuzz"), target: target_folder()?.join("fuzz") };
    if let Some(missing) = fuzzers.missing() {
        say(&format!("SKIPPED: fuzzing needs {missing}"));
        return Ok(true);
    }
    let names = fuzzers.names(&only)?;
    fuzzers.build(&names)?;
    let mut passed = true;
    for name in &names {
        passed &= fuzzers.fuzz(name, length)?;
        if arguments.switch("keep") {
            fuzzers.keep(name)?;
        }
    }
    say(&format!(
        "fuzz: {} targets, {length} each: {}",
        names.len(),
        if passed { "passed" } else { "FAILED" }
    ));
    Ok(passed)
}

impl Fuzzers {
    /// What fuzzing lacks on this machine, and how to get it.
    fn missing(&self) -> Option<&'static str> {
        let answers = |words: &[&str]| said(self.cargo(words).stderr(Stdio::null())).is_ok();
        if !answers(&["--version"]) {
            Some("a nightly compiler: `rustup toolchain install nightly`")
        } else if !answers(&["fuzz", "--version"]) {
            Some("cargo-fuzz: `cargo install cargo-fuzz --locked`")
        } else if said(Command::new("c++").arg("--version")).is_err() {
            Some("a C++ compiler, for libFuzzer: `apt-get install g++`")
        } else {
            None
        }
    }

    /// The nightly cargo. The one that runs this chore names a toolchain in its environment, which would win.
    fn cargo(&self, words: &[&str]) -> Command {
        let mut cargo = Command::new("rustup");
        cargo.args(["run", "nightly", "cargo"]).args(words).current_dir(&self.folder);
        for name in ["CARGO", "RUSTUP_TOOLCHAIN", "RUSTC", "RUSTDOC", "CARGO_MANIFEST_DIR"] {
            cargo.env_remove(name);
        }
        cargo.env("CARGO_TARGET_DIR", &self.target).stdin(Stdio::null());
        cargo
    }

    fn names(&self, only: &str) -> Result<Vec<String>, String> {
        let folder = self.folder.join("fuzz_targets");
        let entries = std::fs::read_dir(&folder).map_err(|error| format!("{}: {error}", folder.display()))?;
        let stem = |path: PathBuf| Some(path.file_stem()?.to_str()?.to_owned());
        let mut names: Vec<String> = entries.filter_map(|entry| stem(entry.ok()?.path())).collect();
        names.sort();
        if only.is_empty() {
            return Ok(names);
        }
        if names.iter().any(|name| name == only) {
            return Ok(vec![only.to_owned()]);
        }
        Err(format!("there is no target {only}, only {}", names.join(", ")))
    }

    fn build(&self, names: &[String]) -> Result<(), String> {
        for name in names {
            let built = self.cargo(&["fuzz", "build", "-O", "--debug-assertions", name]).output();
            let built = built.map_err(|error| format!("rustup: {error}"))?;
            if !built.status.success() {
                return Err(format!("{name} does not build:\n{}", String::from_utf8_lossy(&built.stderr)));
            }
        }
        Ok(())
    }

    /// Fuzzes one target, and says what came of it.
    fn fuzz(&self, name: &str, length: Length) -> Result<bool, String> {
        let found = self.found(name)?;
        let artifacts = self.folder.join("artifacts").join(name);
        let mut fuzz = self.cargo(&["fuzz", "run", "-O", "--debug-assertions", name]);
        fuzz.arg(&found).args(self.kept(name)).arg("--").args(LIMITS);
        fuzz.arg(format!("-max_total_time={}", length.seconds));
        fuzz.arg(format!("-runs={}", length.runs)).arg(format!("-seed={}", length.seed));
        // Freed memory is not kept aside for long, so that the limit means what is in use.
        fuzz.env("ASAN_OPTIONS", "quarantine_size_mb=16:detect_leaks=0");
        let output = fuzz.output().map_err(|error| format!("rustup: {error}"))?;
        let told = String::from_utf8_lossy(&output.stderr).into_owned();
        let summary = Summary::read(&told);
        say(&format!("fuzz: {name}: {summary}"));
        if output.status.success() && summary.runs > 0 {
            return Ok(true);
        }
        for line in telling(&told).take(20) {
            say(&format!("  {line}"));
        }
        say(&format!("  keep the input from {} in fuzz/regressions/{name}", artifacts.display()));
        Ok(false)
    }

    /// Merges what reaches further than the kept inputs into them.
    fn keep(&self, name: &str) -> Result<(), String> {
        let kept = self.folder.join("corpus").join(name);
        let mut merge = self.cargo(&["fuzz", "run", "-O", "--debug-assertions", name]);
        merge.arg(&kept).arg(self.found(name)?).args(["--", "-merge=1", "-use_counters=0", "-max_len=1400"]);
        said(&mut merge)?;
        let count = std::fs::read_dir(&kept).map_err(|error| format!("{}: {error}", kept.display()))?.count();
        say(&format!("fuzz: {name}: {count} inputs are kept"));
        Ok(())
    }

    /// Where the inputs go that reach something new.
    fn found(&self, name: &str) -> Result<PathBuf, String> {
        let found = self.target.join("found").join(name);
        std::fs::create_dir_all(&found).map_err(|error| format!("{}: {error}", found.display()))?;
        Ok(found)
    }

    fn kept(&self, name: &str) -> Vec<PathBuf> {
        let folders = ["corpus", "regressions"].map(|folder| self.folder.join(folder).join(name));
        folders.into_iter().filter(|folder| Path::is_dir(folder)).collect()
    }
}

/// The lines that say what went wrong; what a panic says stands in the line below it.
fn telling(told: &str) -> impl Iterator<Item = &str> {
    const MARKS: &[&str] =
        &["panicked at", "ERROR", "SUMMARY", "assertion", "left:", "right:", "Test unit", "error:", "Base64"];
    let is_telling = |line: &str| !line.contains("NEW_FUNC") && MARKS.iter().any(|mark| line.contains(mark));
    let mut is_below_panic = false;
    told.lines().filter(move |line| {
        std::mem::replace(&mut is_below_panic, line.contains("panicked at")) || is_telling(line)
    })
}

fn say(line: &str) {
    crate::say(&mut io::stdout(), line);
}
