//! Whether an engine is durable: how many syncs of each kind one of its commits makes, counted by strace.
#![expect(clippy::disallowed_methods, reason = "strace writes its table into a file")]

use crate::bench::{Bench, Place};
use crate::child;
use crate::engine::{self, Entry, Result, Role};
use std::collections::BTreeMap;
use std::fs;
use std::process::{Command, Stdio};

/// The name of the work.
pub const NAME: &str = "syncs";
/// The calls that make bytes durable, or may.
pub const CALLS: [&str; 6] = ["fsync", "fdatasync", "msync", "sync_file_range", "syncfs", "pwritev2"];
/// The only case.
pub const CASE: &str = "1 operation, 1 thread";

/// Counts for every engine; skipped where strace is not to be had.
pub fn run(bench: &mut Bench) -> Result<()> {
    let is_here = Command::new("strace").arg("--version").stdout(Stdio::null()).status().is_ok();
    for entry in engine::all() {
        let place = Place { work: NAME, engine: entry.name, case: CASE, at: 0.0, round: 0 };
        if !is_here {
            bench.skip(&place, "strace is not installed")?;
            continue;
        }
        bench.tell(&format!("{NAME}: {}", entry.name));
        match per_commit(bench, entry) {
            Ok(counts) => {
                let all: f64 = counts.iter().map(|(_, count)| count).sum();
                if all < 0.99 {
                    bench.tell(&format!("NOT DURABLE: {} makes {all:.2} syncs in a commit", entry.name));
                }
                bench.record_all(&place, counts)?;
            }
            Err(error) => bench.skip(&place, &error.to_string())?,
        }
    }
    Ok(())
}

/// Syncs in a commit: what a long loop makes more than a short one.
fn per_commit(bench: &Bench, entry: Entry) -> Result<Vec<(String, f64)>> {
    // Rewriting a document for each commit is slow enough with a few.
    let commits = if entry.role == Role::Naive { 20 } else { bench.either(50, 200) };
    let short = counted(bench, entry, commits)?;
    let long = counted(bench, entry, 2 * commits)?;
    let figures = CALLS.iter().map(|call| {
        let of = |counts: &BTreeMap<String, f64>| counts.get(*call).copied().unwrap_or(0.0);
        ((*call).to_owned(), (of(&long) - of(&short)) / commits as f64)
    });
    Ok(figures.collect())
}

fn counted(bench: &Bench, entry: Entry, commits: usize) -> Result<BTreeMap<String, f64>> {
    let folder = bench.folder()?;
    let table = folder.path().join("strace");
    let engine = folder.path().join("engine");
    fs::create_dir(&engine)?;
    let mut part = child::again(["loop".as_ref(), entry.name.as_ref(), engine.as_os_str()])?;
    part.arg(commits.to_string());
    let mut strace = Command::new("strace");
    strace.args(["-f", "-c", "-e", &format!("trace={}", CALLS.join(",")), "-o"]).arg(&table);
    strace.arg(part.get_program()).args(part.get_args());
    if !child::measured(&mut strace)?.is_success {
        return Err("it failed under strace".into());
    }
    Ok(calls(&fs::read_to_string(&table)?))
}

/// Reads the table of `strace -c`: the fourth column counts calls, the last one names them.
fn calls(table: &str) -> BTreeMap<String, f64> {
    let row = |line: &str| {
        let columns: Vec<&str> = line.split_whitespace().collect();
        let name = columns.last().filter(|name| CALLS.contains(name))?;
        Some(((*name).to_owned(), columns.get(3)?.parse().ok()?))
    };
    table.lines().filter_map(row).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_table_of_strace_is_read() {
        let table = "% time     seconds  usecs/call     calls    errors syscall\n\
                     ------ ----------- ----------- --------- --------- ----------------\n\
                     99.50    0.050000         250       200           fdatasync\n\
                     \u{20}0.50    0.000250         125         2         1 fsync\n\
                     ------ ----------- ----------- --------- --------- ----------------\n\
                     100.00    0.050250                   202         1 total\n";
        let found = calls(table);
        assert_eq!(found.get("fdatasync"), Some(&200.0));
        assert_eq!(found.get("fsync"), Some(&2.0));
        assert_eq!(found.len(), 2);
    }
}
