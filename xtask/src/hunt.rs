//! `cargo xtask hunt`: cuts the power of the simulated store after every call of every sequence of steps.
//!
//! The hunting itself is a program of `checklist-sim`, because it needs to be built for speed; this builds it
//! and hands the words on.

use crate::arguments::Arguments;
use std::process::Command;

/// What the hunter understands beside `--only`; each takes a number.
const NAMES: &[&str] = &["states", "seconds", "seed", "from", "to", "threads"];

/// Hunts until `--states` disks were judged or `--seconds` are over; passes if no promise was broken.
pub(crate) fn run(arguments: &Arguments) -> Result<bool, String> {
    let mut known = NAMES.to_vec();
    known.push("only");
    arguments.only(&known)?;
    let cargo = std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into());
    let mut command = Command::new(cargo);
    command.current_dir(crate::repository());
    command.args([
        "run",
        "--quiet",
        "--profile",
        "hunt",
        "--package",
        "checklist-sim",
        "--bin",
        "hunt",
        "--",
    ]);
    for name in NAMES {
        if arguments.switch(name) {
            let number: u64 = arguments.value(name, 0)?;
            command.args([format!("--{name}"), number.to_string()]);
        }
    }
    if arguments.switch("only") {
        let what: String = arguments.value("only", String::new())?;
        command.args(["--only", &what]);
    }
    let status = command.status().map_err(|error| format!("the hunter cannot be built or run: {error}"))?;
    Ok(status.success())
}
