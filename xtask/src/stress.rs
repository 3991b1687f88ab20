//! `cargo xtask stress`: repeats the concurrent tests many times under load, so that rare failures show.
#![expect(
    clippy::disallowed_methods,
    clippy::disallowed_types,
    reason = "a chore drives real processes on the real disk"
)]

use crate::arguments::Arguments;
use crate::kills::program::target_folder;
use std::io::{self, Write as _};
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Instant;

/// The tests in which processes and threads meet, for the filter of nextest.
const CONCURRENT: &str = "test(/contention|locks::|coordinator|queue_tests|writers_do_not_outlive|ctrl_c_ends|killed|interrupted/)";

/// Packages that have such tests.
const PACKAGES: [&str; 2] = ["checklist-store", "checklist-cli"];

/// Repeats the tests `--repetitions` times while `--load` threads keep processor and disk busy; passes if none
/// failed once. Without cargo-nextest it says SKIPPED.
pub(crate) fn run(arguments: &Arguments) -> Result<bool, String> {
    arguments.only(&["repetitions", "load", "filter"])?;
    let repetitions: u32 = arguments.value("repetitions", 200)?;
    let cores = std::thread::available_parallelism().map_or(1, std::num::NonZero::get);
    let load: usize = arguments.value("load", cores)?;
    let filter: String = arguments.value("filter", CONCURRENT.to_owned())?;
    if !has_nextest() {
        let line =
            "SKIPPED: cargo-nextest is missing, which repeats tests: cargo install --locked cargo-nextest";
        crate::say(&mut io::stdout(), line);
        return Ok(true);
    }
    if !nextest(&["--no-run"])? {
        return Err("the tests do not build".to_owned());
    }
    let folder = target_folder()?.join(format!("stress-{}", std::process::id()));
    std::fs::create_dir_all(&folder)
        .map_err(|error| format!("{} cannot be created: {error}", folder.display()))?;
    let (is_over, started) = (AtomicBool::new(false), Instant::now());
    let passed = std::thread::scope(|scope| {
        for number in 0..load {
            let path = folder.join(format!("load-{number}"));
            let is_over = &is_over;
            scope.spawn(move || burden(&path, is_over));
        }
        let passed = repeat(repetitions, &filter);
        is_over.store(true, Ordering::SeqCst);
        passed
    })?;
    std::fs::remove_dir_all(&folder)
        .map_err(|error| format!("{} cannot be removed: {error}", folder.display()))?;
    let word = if passed { "none failed" } else { "FAILED, see above" };
    let took = started.elapsed().as_secs();
    let report =
        format!("stress: {repetitions} repetitions beside {load} threads of load, {word} ({took} s)");
    crate::say(&mut io::stdout(), &report);
    Ok(passed)
}

fn has_nextest() -> bool {
    let asked = Command::new(cargo()).args(["nextest", "--version"]).output();
    asked.is_ok_and(|output| output.status.success())
}

fn cargo() -> PathBuf {
    std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into()).into()
}

/// Runs nextest on the packages that have such tests; says whether everything passed.
fn nextest(words: &[&str]) -> Result<bool, String> {
    let mut command = Command::new(cargo());
    command.current_dir(crate::repository()).args(["nextest", "run", "--locked"]);
    for package in PACKAGES {
        command.args(["--package", package]);
    }
    command.args(words).arg("--target-dir").arg(target_folder()?);
    let status = command.status().map_err(|error| format!("cargo nextest: {error}"))?;
    Ok(status.success())
}

/// Repeats every test that the filter names, also after a failure, so that one run shows how rare each is.
fn repeat(repetitions: u32, filter: &str) -> Result<bool, String> {
    let count = repetitions.to_string();
    let quiet = ["--status-level", "fail", "--final-status-level", "fail", "--show-progress", "none"];
    nextest(&[&["--no-fail-fast", "--stress-count", &count, "--filterset", filter][..], &quiet].concat())
}

/// Half the time computes, half the time makes a file durable, until it is over.
fn burden(path: &Path, is_over: &AtomicBool) {
    let block = vec![0x5a_u8; 64 * 1024];
    while !is_over.load(Ordering::SeqCst) {
        let begin = Instant::now();
        // A disk that refuses is load enough; the tests find out by themselves.
        let _ = std::fs::File::create(path).and_then(|mut file| {
            file.write_all(&block)?;
            file.sync_all()
        });
        let synced = begin.elapsed();
        let mut mixed = 1_u64;
        while begin.elapsed() < synced * 2 {
            mixed = std::hint::black_box(mixed.wrapping_mul(0x9e37_79b9_7f4a_7c15).rotate_left(23));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn load_ends_when_it_is_told() {
        let folder = target_folder().expect("the tests run from it");
        let path = folder.join(format!("load-test-{}", std::process::id()));
        let is_over = AtomicBool::new(false);
        std::thread::scope(|scope| {
            scope.spawn(|| burden(&path, &is_over));
            let begin = Instant::now();
            while std::fs::metadata(&path).map_or(0, |found| found.len()) == 0 {
                assert!(begin.elapsed().as_secs() < 20, "load was never written");
                std::thread::yield_now();
            }
            is_over.store(true, Ordering::SeqCst);
        });
        std::fs::remove_file(&path).expect("it was written");
    }
}
