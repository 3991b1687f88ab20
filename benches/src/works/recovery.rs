//! Recovery: a process that died without closing left everything in its log; another one opens it.

use crate::bench::{Bench, Place, copy_folder, folder_bytes, rotated};
use crate::child;
use crate::data::VALUE_BYTES;
use crate::engine::{self, Entry, Result, Role};
use tempfile::TempDir;

/// The name of the work.
pub const NAME: &str = "recovery";
/// How many records are in the log.
pub const RECORDS: [usize; 4] = [50, 10_000, 100_000, 1_000_000];
/// Above so many records, keys are written again.
const KEYS_MAX: usize = 200_000;

/// The case of so many records.
#[must_use]
pub fn case(records: usize) -> String {
    format!("{records} records")
}

/// Measures every engine that replays a log.
pub fn run(bench: &mut Bench) -> Result<()> {
    let entries: Vec<Entry> =
        engine::all().into_iter().filter(|entry| entry.replays && entry.role != Role::Floor).collect();
    let bound = bench.either(100_000, usize::MAX);
    for records in RECORDS.into_iter().filter(|records| *records <= bound) {
        let case = case(records);
        let mut prepared = Vec::new();
        for entry in &entries {
            bench.tell(&format!("{NAME}: {records} records in the log of {}", entry.name));
            let folder = bench.folder()?;
            match child::prepare(entry.name, folder.path(), records, records.min(KEYS_MAX)) {
                Ok(()) => prepared.push((entry.name, folder)),
                Err(error) => {
                    let place =
                        Place { work: NAME, engine: entry.name, case: &case, at: records as f64, round: 0 };
                    bench.skip(&place, &error.to_string())?;
                }
            }
        }
        let rounds = if records > 100_000 { bench.settings.rounds.min(3) } else { bench.settings.rounds };
        for round in 0..rounds {
            for left in rotated(&prepared, round) {
                recover(bench, left, records, round)?;
            }
        }
    }
    Ok(())
}

/// Recovers a copy of what was left, so that the next round finds it as it was.
fn recover(bench: &mut Bench, left: &(&'static str, TempDir), records: usize, round: usize) -> Result<()> {
    let (engine, folder) = left;
    let case = case(records);
    let place = Place { work: NAME, engine, case: &case, at: records as f64, round };
    let copy = bench.folder()?;
    copy_folder(folder.path(), copy.path())?;
    let log_bytes = folder_bytes(folder.path())? as f64;
    let answer = match child::opened("recover", engine, copy.path()) {
        Ok(opened) => opened,
        Err(error) => return bench.skip(&place, &error.to_string()),
    };
    let number = |name: &str| answer[name].as_f64().unwrap_or(f64::NAN);
    let wanted = (records.min(KEYS_MAX) * VALUE_BYTES) as f64;
    if (number("bytes") - wanted).abs() > 0.5 {
        return Err(format!("{engine} has {} bytes of {wanted} after {case}", number("bytes")).into());
    }
    let ready_ms = number("ready_ms");
    let figures = [
        ("ready_ms", ready_ms),
        ("all_ms", number("all_ms")),
        ("memory_mb", number("memory_bytes") / 1e6),
        ("log_mb", log_bytes / 1e6),
        ("mb_per_s", log_bytes / 1e3 / ready_ms),
    ];
    bench.record_all(&place, figures)
}
