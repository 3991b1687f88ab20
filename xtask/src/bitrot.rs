//! `cargo xtask bitrot`: every bit, cut, block and record of a log of 64 KiB, and of the files beside it.
//!
//! The sweeps are tests of the simulator, which run a share of the harms with every `cargo test`; this runs
//! all of them, optimised.
#![expect(clippy::disallowed_methods, reason = "a chore says how long it took")]

use crate::arguments::Arguments;
use crate::tools::cargo;
use std::io;
use std::time::Instant;

/// Runs the sweeps; `--share N` does one harm in N, and `--only NAME` the sweeps with that in their name.
pub(crate) fn run(arguments: &Arguments) -> Result<bool, String> {
    arguments.only(&["share", "only"])?;
    let share: u32 = arguments.value("share", 1)?;
    let only: String = arguments.value("only", "large".to_owned())?;
    let started = Instant::now();
    let words =
        ["test", "--release", "--locked", "--quiet", "--package", "checklist-sim", "--test", "damage", "--"];
    let mut test = cargo(&words);
    // Each sweep uses two threads of its own.
    test.args([only.as_str(), "--test-threads", "1"]).env("CHECKLIST_BITROT_SHARE", share.max(1).to_string());
    for (name, value) in [("LTO", "off"), ("CODEGEN_UNITS", "16"), ("STRIP", "none")] {
        test.env(format!("CARGO_PROFILE_RELEASE_{name}"), value);
    }
    let passed = test.status().map_err(|error| format!("cargo: {error}"))?.success();
    let told = if passed { "each harm was undone or told" } else { "FAILED" };
    let seconds = started.elapsed().as_secs_f64();
    crate::say(
        &mut io::stdout(),
        &format!("bitrot: 1 harm in {share}: {told} ({seconds:.0} s with the build)"),
    );
    Ok(passed)
}
