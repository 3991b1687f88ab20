//! `cargo xtask storm`: `checklist torture` for long: eight writers, thousands of kills, a thousand histories.
//!
//! The storm itself, its oracle and its checker are the product's own (`verbs/torture`), so that what is run
//! here is what people run on their disks. This chore runs it part by part and adds up.
#![expect(clippy::disallowed_methods, reason = "a chore drives real processes on the real disk")]

use crate::arguments::Arguments;
use crate::kills::{program, seed_of_today};
use serde_json::Value;
use std::fmt;
use std::io;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::Instant;

/// Kills and histories of one part: as much as is lost when the chore is cut short.
const KILLS_OF_A_PART: u64 = 500;
const HISTORIES_OF_A_PART: u64 = 25;

/// What the parts add up to.
#[derive(Debug, Default, PartialEq, Eq)]
struct Tally {
    kills: u64,
    holder_kills: u64,
    stops: u64,
    acknowledged: u64,
    unanswered_saved: u64,
    unanswered_not_saved: u64,
    histories: u64,
    operations: u64,
    recoveries: u64,
    lock_wait_us_max: u64,
}

impl Tally {
    /// Adds one answer of `torture --json`; an error says what the answer lacks or found.
    fn add(&mut self, answer: &Value) -> Result<(), String> {
        let number = |name: &str| {
            let found = answer.get(name).and_then(Value::as_u64);
            found.ok_or_else(|| format!("the answer has no {name}: {answer}"))
        };
        if let Some(found) = answer.get("found").and_then(Value::as_str) {
            let place = answer.get("left_in").and_then(Value::as_str).unwrap_or("nowhere");
            return Err(format!("{found}\nleft as it is in {place}; the answer was {answer}"));
        }
        if number("histories_undecided")? > 0 {
            return Err(format!("the order of a history was not decided: {answer}"));
        }
        self.kills += number("kills")?;
        self.holder_kills += number("kills_of_the_lock_holder")?;
        self.stops += number("stops")?;
        self.acknowledged += number("acknowledged")?;
        self.unanswered_saved += number("unanswered_saved")?;
        self.unanswered_not_saved += number("unanswered_not_saved")?;
        self.histories += number("histories")?;
        self.operations += number("operations")?;
        self.recoveries += number("recoveries")?;
        self.lock_wait_us_max = self.lock_wait_us_max.max(number("lock_wait_us_max")?);
        Ok(())
    }
}

impl fmt::Display for Tally {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            f,
            "{} kills ({} aimed at the holder of the lock), {} stops; {} acknowledged transactions, none lost, \
             none doubled; {} unanswered: {} saved as a whole, {} not at all; {} operations in {} histories, all \
             linearizable; {} recoveries; longest wait for the lock {} ms",
            self.kills,
            self.holder_kills,
            self.stops,
            self.acknowledged,
            self.unanswered_saved + self.unanswered_not_saved,
            self.unanswered_saved,
            self.unanswered_not_saved,
            self.operations,
            self.histories,
            self.recoveries,
            self.lock_wait_us_max / 1000
        )
    }
}

/// Storms until `--kills` kills and `--histories` histories are reached, or `--seconds` seconds are over;
/// passes if every promise held.
pub(crate) fn run(arguments: &Arguments) -> Result<bool, String> {
    arguments.only(&["kills", "histories", "seconds", "writers", "seed", "release", "program"])?;
    let kills: u64 = arguments.value("kills", 500)?;
    let histories: u64 = arguments.value("histories", 1)?;
    let seconds: u64 = arguments.value("seconds", 3600)?;
    let writers: u64 = arguments.value("writers", 8)?;
    let seed: u64 = arguments.value("seed", seed_of_today())?;
    let path: PathBuf = arguments.value("program", PathBuf::new())?;
    let path = if path.as_os_str().is_empty() { program::build(arguments.switch("release"))? } else { path };
    let folder = program::target_folder()?.join(format!("storm-{}", std::process::id()));
    std::fs::create_dir_all(&folder)
        .map_err(|error| format!("{} cannot be created: {error}", folder.display()))?;
    let (mut tally, mut part, started) = (Tally::default(), 0, Instant::now());
    loop {
        let left = seconds.saturating_sub(started.elapsed().as_secs());
        let (more_kills, more) = (
            kills.saturating_sub(tally.kills).min(KILLS_OF_A_PART),
            histories.saturating_sub(tally.histories).min(HISTORIES_OF_A_PART),
        );
        if left == 0 || (more_kills == 0 && more == 0) {
            break;
        }
        part += 1;
        let words = [("kills", more_kills.max(1)), ("histories", more), ("seconds", left)];
        let more = [("writers", writers), ("seed", seed.wrapping_add(part))];
        let answer = torture(&path, &folder, &[&words[..], &more].concat())?;
        if let Err(breach) = tally.add(&answer) {
            let report = format!("storm: BROKEN in part {part} (seed {seed}), after {tally}\n{breach}");
            crate::say(&mut io::stdout(), &report);
            return Ok(false);
        }
        let elapsed = started.elapsed().as_secs_f64();
        crate::say(&mut io::stdout(), &format!("storm: {tally} ({elapsed:.1} s, seed {seed})"));
    }
    std::fs::remove_dir_all(&folder)
        .map_err(|error| format!("{} cannot be removed: {error}", folder.display()))?;
    Ok(true)
}

/// One part, and its one object.
fn torture(program: &Path, folder: &Path, words: &[(&str, u64)]) -> Result<Value, String> {
    let mut command = Command::new(program);
    command.args(["torture", "--json", "--in", "."]).current_dir(folder).stdin(Stdio::null());
    for (name, value) in words {
        command.arg(format!("--{name}={value}"));
    }
    let output = command
        .stderr(Stdio::inherit())
        .output()
        .map_err(|error| format!("{}: {error}", program.display()))?;
    let answer: Option<Value> = serde_json::from_slice(&output.stdout).ok();
    answer
        .filter(|answer| answer.get("schema").and_then(Value::as_str) == Some("checklist.torture/1"))
        .ok_or_else(|| {
            format!("{}, and no report: {}", output.status, String::from_utf8_lossy(&output.stdout))
        })
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn answer() -> Value {
        json!({
            "kills": 10, "kills_of_the_lock_holder": 4, "stops": 3, "acknowledged": 90, "unanswered_saved": 2,
            "unanswered_not_saved": 1, "histories": 2, "histories_undecided": 0, "operations": 120,
            "recoveries": 5, "lock_wait_us_max": 7_000, "found": null, "left_in": null
        })
    }

    #[test]
    fn parts_add_up() {
        let mut tally = Tally::default();
        tally.add(&answer()).expect("it is whole");
        tally.add(&answer()).expect("it is whole");
        assert_eq!((tally.kills, tally.acknowledged, tally.lock_wait_us_max), (20, 180, 7_000));
        assert!(tally.to_string().contains("6 unanswered: 4 saved as a whole, 2 not at all"), "{tally}");
    }

    #[test]
    fn a_finding_an_undecided_history_and_half_an_answer_fail() {
        let with = |name: &str, value: Value| {
            let mut answer = answer();
            answer[name] = value;
            Tally::default().add(&answer)
        };
        assert!(with("found", json!("lost: request 7")).expect_err("found").starts_with("lost: request 7"));
        assert!(with("histories_undecided", json!(1)).is_err());
        assert!(with("kills", Value::Null).expect_err("half").starts_with("the answer has no kills"));
    }
}
