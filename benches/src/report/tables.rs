//! Tables of a run in Markdown, one for each work; what was not measured is a dash.

use crate::engine::{self, GROWING};
use crate::sample::{Figure, Samples};
use crate::syncs;
use crate::works::{budgets, command_line, commit, every_commit, growth, opening, recovery, scan};
use std::fmt::Write as _;

/// Every table of which something was measured.
#[must_use]
pub fn all(samples: &Samples) -> Vec<String> {
    let tables = [
        commits(samples),
        latencies(samples),
        every_commits(samples),
        spent(samples),
        recoveries(samples),
        openings(samples),
        growths(samples),
        commands(samples),
        scans(samples),
    ];
    tables.into_iter().flatten().collect()
}

/// A table with a heading, a line about it, and its rows; none without rows.
fn table(heading: &str, about: &str, columns: &[String], rows: &[Vec<String>]) -> Option<String> {
    if rows.is_empty() {
        return None;
    }
    let mut text = format!("### {heading}\n\n{about}\n\n| {} |\n|", columns.join(" | "));
    text.push_str(&"---|".repeat(columns.len()));
    text.push('\n');
    for row in rows {
        let _ = writeln!(text, "| {} |", row.join(" | "));
    }
    text.push('\n');
    Some(text)
}

fn number(value: Option<f64>) -> String {
    match value {
        None => "–".to_owned(),
        Some(value) if value.abs() >= 100.0 => format!("{value:.0}"),
        Some(value) if value.abs() >= 10.0 => format!("{value:.1}"),
        Some(value) => format!("{value:.2}"),
    }
}

fn words(names: &[&str]) -> Vec<String> {
    names.iter().map(|name| (*name).to_owned()).collect()
}

fn commits(samples: &Samples) -> Option<String> {
    let mut columns = words(&["engine", "syncs per commit"]);
    for operations in commit::OPERATIONS {
        columns.extend(commit::THREADS.map(|threads| {
            if threads == 1 { format!("{operations} op, 1 thread") } else { format!("{threads}") }
        }));
        columns.push("× floor".to_owned());
    }
    let row = |engine: &str| {
        let mut row = vec![engine.to_owned(), synced(samples, engine)];
        for operations in commit::OPERATIONS {
            row.extend(commit::THREADS.map(|threads| {
                let case = commit::case(operations, threads);
                number(samples.median(engine, Figure::of(commit::NAME, &case, "per_second")))
            }));
            let one = commit::case(operations, 1);
            row.push(number(samples.ratio(engine, GROWING, Figure::of(commit::NAME, &one, "per_second"))));
        }
        row
    };
    let rows: Vec<Vec<String>> = samples.engines(commit::NAME).into_iter().map(row).collect();
    let about = "Durable transactions per second, 128-byte values, 10,000 keys; the median of the rounds. `× floor`: one \
                 thread, against the growing file in the same round.";
    table("Durable commits", about, &columns, &rows)
}

/// The syncs that one commit makes, by kind.
fn synced(samples: &Samples, engine: &str) -> String {
    let counts = syncs::CALLS.iter().filter_map(|call| {
        let count = samples.median(engine, Figure { work: syncs::NAME, case: syncs::CASE, metric: call })?;
        (count >= 0.005).then(|| format!("{} {call}", number(Some(count))))
    });
    let all: Vec<String> = counts.collect();
    if all.is_empty() { "–".to_owned() } else { all.join(", ") }
}

fn latencies(samples: &Samples) -> Option<String> {
    let mut columns = words(&["engine"]);
    let shares = [0.5, 0.99];
    let cases = [commit::case(1, 1), commit::case(10, 1), commit::case(1, 64)];
    for case in &cases {
        columns.extend(shares.map(|share| format!("{case}: p{:.0}", share * 100.0)));
    }
    let row = |engine: &str| {
        let mut row = vec![engine.to_owned()];
        for case in &cases {
            row.extend(shares.map(|share| {
                number(
                    samples
                        .median(engine, Figure { work: commit::NAME, case, metric: &commit::latency(share) }),
                )
            }));
        }
        row
    };
    let rows: Vec<Vec<String>> = samples.engines(commit::NAME).into_iter().map(row).collect();
    table("Latency of a commit", "Microseconds; the median of the rounds.", &columns, &rows)
}

fn every_commits(samples: &Samples) -> Option<String> {
    let row = |case: &str| {
        let figure = Figure::of(every_commit::NAME, case, "commit_ms");
        vec![
            case.to_owned(),
            number(samples.median(every_commit::STORE, figure)),
            number(samples.median(every_commit::RAW, figure)),
            number(samples.ratio(every_commit::STORE, every_commit::RAW, figure)),
        ]
    };
    let rows: Vec<Vec<String>> = samples.cases(every_commit::NAME).into_iter().map(row).collect();
    let columns = words(&["document", "a commit, ms", "its system calls alone, ms", "ratio"]);
    let about = "Log, publish, record and retire with each commit; the same calls with the same sizes, replayed bare.";
    table("`Publish::EveryCommit`", about, &columns, &rows)
}

fn spent(samples: &Samples) -> Option<String> {
    let row = |(what, budget): (&str, f64)| {
        let of = |metric| samples.median(budgets::STORE, Figure { work: budgets::NAME, case: what, metric });
        of("median_ms")?;
        let mut row = vec![what.to_owned(), format!("< {budget}")];
        row.extend(
            ["median_ms", "p99_ms", "max_ms"]
                .map(|metric| of(metric).map_or_else(|| "–".to_owned(), |ms| format!("{ms:.3}"))),
        );
        Some(row)
    };
    let rows: Vec<Vec<String>> = budgets::BUDGETS.into_iter().filter_map(row).collect();
    let columns = words(&["what", "budget, ms", "median", "p99", "most"]);
    let about = "1,000 transactions one after the other, `EveryCommit`, 100 keys. *WAL clear* includes recording the \
                 history; *WAL replay* opens a store with 1,000 transactions in its log; a *rollback* undoes 10 writes.";
    table("Budgets of the specification", about, &columns, &rows)
}

fn recoveries(samples: &Samples) -> Option<String> {
    let cases = samples.cases(recovery::NAME);
    let mut columns = words(&["engine"]);
    columns.extend(cases.iter().map(|case| format!("{case}: ready / all, ms")));
    columns.extend(cases.last().map(|case| format!("{case}: log MB, MB/s")));
    columns.extend(cases.last().map(|case| format!("{case}: memory MB")));
    let row = |engine: &str| {
        let of = |case, metric| number(samples.median(engine, Figure { work: recovery::NAME, case, metric }));
        let mut row = vec![engine.to_owned()];
        row.extend(cases.iter().map(|case| format!("{} / {}", of(case, "ready_ms"), of(case, "all_ms"))));
        row.extend(cases.last().map(|case| format!("{}, {}", of(case, "log_mb"), of(case, "mb_per_s"))));
        row.extend(cases.last().map(|case| of(case, "memory_mb")));
        row
    };
    let rows: Vec<Vec<String>> = samples.engines(recovery::NAME).into_iter().map(row).collect();
    let about = "A process left transactions of up to 100 records of 128 bytes in its log and died; another one opens \
                 it. *Ready*: it is open; *all*: every value was read. checklist publishes when its log is \
                 full, and goes on in this one. Above 200,000 records keys are written again.";
    table("Recovery", about, &columns, &rows)
}

fn openings(samples: &Samples) -> Option<String> {
    let cases = samples.cases(opening::NAME);
    let mut columns = words(&["reader"]);
    for case in &cases {
        columns.extend(["ready / all, ms", "memory MB", "× file"].map(|what| format!("{case}: {what}")));
    }
    let row = |engine: &str| {
        let of = |case, metric| number(samples.median(engine, Figure { work: opening::NAME, case, metric }));
        let mut row = vec![engine.to_owned()];
        for case in &cases {
            row.push(format!("{} / {}", of(case, "ready_ms"), of(case, "all_ms")));
            row.push(of(case, "memory_mb"));
            row.push(of(case, "memory_per_file_byte"));
        }
        row
    };
    let rows: Vec<Vec<String>> = samples.engines(opening::NAME).into_iter().map(row).collect();
    table("Opening a published state", "Values of 16 bytes; each in a process of its own.", &columns, &rows)
}

fn growths(samples: &Samples) -> Option<String> {
    let cases = samples.cases(growth::NAME);
    let mut columns = words(&["engine"]);
    columns.extend(cases.iter().map(|case| (*case).to_owned()));
    columns.push("last against first".to_owned());
    let row = |engine: &str| {
        let figure = |case| Figure { work: growth::NAME, case, metric: growth::METRIC };
        let mut row = vec![engine.to_owned()];
        row.extend(cases.iter().map(|case| number(samples.median(engine, figure(case)))));
        let last = cases.iter().rev().find(|case| samples.median(engine, figure(case)).is_some());
        let ratio = last.and_then(|last| samples.growth(engine, figure(last), cases.first()?));
        row.push(number(ratio));
        row
    };
    let rows: Vec<Vec<String>> = samples.engines(growth::NAME).into_iter().map(row).collect();
    table("One commit against the size of the document", "Microseconds, median.", &columns, &rows)
}

fn commands(samples: &Samples) -> Option<String> {
    let mut rows = Vec::new();
    for engine in samples.engines(command_line::NAME) {
        for case in samples.cases(command_line::NAME) {
            let of = |metric| samples.median(engine, Figure { work: command_line::NAME, case, metric });
            if of("wall_ms").is_some() {
                let name = if engine == command_line::PROGRAM {
                    format!("checklist {case}")
                } else {
                    case.to_owned()
                };
                let mut row = vec![name];
                row.extend(["wall_ms", "cpu_ms", "memory_mb"].map(|metric| number(of(metric))));
                rows.push(row);
            }
        }
    }
    let columns = words(&["command", "wall, ms", "CPU, ms", "memory, MB"]);
    let about = "Whole processes, from start to end; `git`, `just` and `make` in the same folder.";
    table("Command line", about, &columns, &rows)
}

fn scans(samples: &Samples) -> Option<String> {
    let figure = Figure { work: scan::NAME, case: scan::CASE, metric: "mb_per_s" };
    let mb_per_s = samples.median(scan::FLOOR, figure)?;
    let row = vec![scan::FLOOR.trim_start_matches("floor: ").to_owned(), number(Some(mb_per_s))];
    table("What memory allows", "A buffer that no cache holds.", &words(&["what", "MB/s"]), &[row])
}

/// Whether an engine is a bound and no competitor.
#[must_use]
pub fn is_floor(name: &str) -> bool {
    engine::all().iter().any(|entry| entry.name == name && entry.role == engine::Role::Floor)
}
