//! Opening a published state, beside the readers that people use for such files, and the memory that it takes.
#![expect(clippy::disallowed_methods, reason = "the readers are handed files of the real disk")]

use crate::bench::{Bench, Place, rotated};
use crate::child;
use crate::data;
use crate::engine::{Purpose, Result};
use crate::engines::checklist::{KEYS as ROOT, edit, options, prepared, read_values};
use crate::stopwatch::Stopwatch;
use serde_json::Value;
use std::fs;
use std::path::Path;

/// The name of the work.
pub const NAME: &str = "opening";
/// `Store::open`.
pub const STORE: &str = "checklist";
/// `serde_json`, into a value.
pub const JSON: &str = "serde_json, the same document";
/// `serde-saphyr`, into a value.
pub const YAML: &str = "serde-saphyr, the same file";
/// How many keys the document has.
pub const KEYS: [usize; 2] = [10_000, 1_000_000];
/// The length of a value: a million of them stay below the limit of a document.
const VALUE_BYTES: usize = 16;

/// The case of so many keys.
#[must_use]
pub fn case(keys: usize) -> String {
    format!("{keys} keys")
}

/// Measures all readers, each in a process of its own.
pub fn run(bench: &mut Bench) -> Result<()> {
    let bound = bench.either(100_000, usize::MAX);
    for keys in KEYS.into_iter().filter(|keys| *keys <= bound) {
        let case = case(keys);
        bench.tell(&format!("{NAME}: publishing {keys} keys"));
        let folder = bench.folder()?;
        if let Err(error) = publish(folder.path(), keys) {
            let place = Place { work: NAME, engine: STORE, case: &case, at: keys as f64, round: 0 };
            bench.skip(&place, &error.to_string())?;
            continue;
        }
        let file_bytes = fs::metadata(folder.path().join(".checklist/state.yaml"))?.len() as f64;
        let rounds = if keys > 100_000 { bench.settings.rounds.min(3) } else { bench.settings.rounds };
        for round in 0..rounds {
            for reader in rotated(&[STORE, JSON, YAML], round) {
                // A million keys take this reader as long as all the rest: once is enough.
                if *reader == YAML && keys > 100_000 && round > 0 {
                    continue;
                }
                let place = Place { work: NAME, engine: reader, case: &case, at: keys as f64, round };
                let answer = match child::opened("open", reader, folder.path()) {
                    Ok(opened) => opened,
                    Err(error) => {
                        bench.skip(&place, &error.to_string())?;
                        continue;
                    }
                };
                let number = |name: &str| answer[name].as_f64().unwrap_or(f64::NAN);
                let figures = [
                    ("ready_ms", number("ready_ms")),
                    ("all_ms", number("all_ms")),
                    ("memory_mb", number("memory_bytes") / 1e6),
                    ("file_mb", file_bytes / 1e6),
                    ("memory_per_file_byte", number("memory_bytes") / file_bytes),
                ];
                bench.record_all(&place, figures)?;
            }
        }
    }
    Ok(())
}

/// Makes a store that is published and closed, and its document as JSON beside it.
fn publish(folder: &Path, keys: usize) -> Result<()> {
    let mut store = prepared(folder, options(Purpose::KeepLog))?;
    for writes in data::filling(keys, 5_000, VALUE_BYTES) {
        store.transact(|draft| edit(draft, &writes))?;
    }
    fs::write(folder.join("document.json"), store.snapshot().to_value().to_string())?;
    Ok(store.close()?)
}

/// The part of a child: opens with one reader, then reads every value.
///
/// # Errors
/// Those of the reader.
pub fn open(reader: &str, folder: &Path) -> Result<()> {
    let watch = Stopwatch::start();
    let (ready_ms, bytes) = match reader {
        STORE => {
            let store = options(Purpose::Use).open(folder.join(".checklist"))?;
            (watch.ms(), read_values(&store.snapshot()))
        }
        JSON => {
            let value: Value = serde_json::from_slice(&fs::read(folder.join("document.json"))?)?;
            (watch.ms(), values(&value))
        }
        YAML => {
            let text = fs::read_to_string(folder.join(".checklist/state.yaml"))?;
            let options = serde_saphyr::options! { budget: None };
            let value: Value = serde_saphyr::from_str_with_options(&text, options)?;
            (watch.ms(), values(&value))
        }
        other => return Err(format!("no reader {other:?}").into()),
    };
    child::opened_in(ready_ms, watch.ms(), bytes)
}

fn values(document: &Value) -> usize {
    let members = document.pointer(ROOT.as_str()).and_then(Value::as_object);
    members.map_or(0, |members| members.values().filter_map(Value::as_str).map(str::len).sum())
}
