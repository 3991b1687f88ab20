//! How long things took: tables of attempts and latencies.

use super::layout::{Look, Role, clean, fit, pad, width, wrap};
use crate::time::{Calendar, precise};
use checklist_store::{Latency, RecoveryReport, Verdict};
use checklist_workflow::engine::{CommandStats, Stats};
use std::time::Duration;

/// Columns of a figure, with the space before it.
const FIGURE: usize = 10;

/// What is measured of a store, in the order of a commit, and what it is.
const MEASURED: [(&str, &str); 9] = [
    ("lock_wait", "the lock, nobody else there"),
    ("commit", "what follows, up to retire"),
    ("prepare", "validate and encode"),
    ("log", "then it is saved"),
    ("sync", "of the log, the sync"),
    ("publish", "replace state.yaml"),
    ("retire", "history, clear the log"),
    ("opening", "nothing to repair"),
    ("recovery", "a commit in the log"),
];

/// All that is shown.
pub(crate) struct Report {
    /// The title and the id of the run, if there is one.
    pub(crate) title: Option<(String, String)>,
    pub(crate) stats: Stats,
    /// How this command found the project.
    pub(crate) opening: RecoveryReport,
    /// What a store takes on this disk, or why that was not measured.
    pub(crate) measured: Result<Measured, String>,
}

/// What was measured just now.
pub(crate) struct Measured {
    pub(crate) commits: u64,
    pub(crate) file_system: String,
    /// By their names among the metrics of the store.
    pub(crate) latencies: Vec<(String, Latency)>,
}

pub(crate) fn stats(report: &Report, calendar: &Calendar, look: Look) -> String {
    if look.is_spoken() {
        return spoken(report, calendar);
    }
    let Report { stats, .. } = report;
    let mut text = String::new();
    if let Some((title, id)) = &report.title {
        text.push_str(&format!("{}\n", fit(&format!("{}  ({})", clean(title), fit(id, 9)), look.width)));
    }
    if let Some(operations) = stats.operations {
        text.push_str(&format!("  run       {}\n", counted(operations, "operation")));
    }
    let since = stats.span.map(|(since, _)| format!(", since {}", calendar.short(since))).unwrap_or_default();
    let (transactions, changes) =
        (counted(stats.transactions, "transaction"), counted(stats.changes, "change"));
    text.push_str(&format!("  project   {transactions} with {changes}{since}\n"));
    let took = precise(report.opening.elapsed);
    text.push_str(&format!("  opened    in {took} just now: {}\n\n", verdict(report.opening.verdict)));
    text.push_str(&commands(stats, look));
    text.push('\n');
    text.push_str(&store(&report.measured, look));
    text
}

/// The same as sentences: what every figure is stands beside it.
fn spoken(report: &Report, calendar: &Calendar) -> String {
    let Report { stats, opening, .. } = report;
    let mut text = String::new();
    if let Some((title, id)) = &report.title {
        text.push_str(&format!("{}, run {id}\n", clean(title)));
    }
    if let Some(operations) = stats.operations {
        text.push_str(&format!("run: {}\n", counted(operations, "operation")));
    }
    let since = stats.span.map(|(since, _)| format!(", since {}", calendar.short(since))).unwrap_or_default();
    let (transactions, changes) =
        (counted(stats.transactions, "transaction"), counted(stats.changes, "change"));
    text.push_str(&format!("project: {transactions} with {changes}{since}\n"));
    text.push_str(&format!(
        "opened: in {} just now, {}\n\n",
        precise(opening.elapsed),
        verdict(opening.verdict)
    ));
    if stats.commands.is_empty() {
        text.push_str("No command was run yet.\n");
    } else {
        text.push_str("Attempts of commands in this run, by the history:\n");
    }
    for command in &stats.commands {
        let CommandStats { attempts, succeeded, failed, interrupted, .. } = command;
        text.push_str(&format!(
            "{}/{}: {}, {succeeded} ok, {failed} failed, {interrupted} cut off, {}\n",
            clean(&command.step),
            clean(&command.command),
            counted(*attempts, "attempt"),
            within(&command.took)
        ));
    }
    if stats.commands.len() > 1 {
        text.push_str(&format!("all of them: {}\n", within(&stats.took)));
    }
    text.push_str(&format!("\n{}\n", head(&report.measured)));
    let latencies =
        report.measured.as_ref().map(|measured| measured.latencies.as_slice()).unwrap_or_default();
    for (name, about) in MEASURED {
        let Some((_, latency)) = latencies.iter().find(|(known, _)| known == name) else { continue };
        let (name, times) = (name.replace('_', " "), counted(latency.count, "time"));
        text.push_str(&format!("{name} ({about}): {times}, {}\n", within(latency)));
    }
    text
}

/// `half within 2 ms, 99 of 100 within 5 ms, the longest 9 ms`
fn within(latency: &Latency) -> String {
    let times = shown(latency, &[latency.p50_ns, latency.p99_ns, latency.max_ns]);
    match times.as_slice() {
        [p50, p99, max] if latency.count > 0 => {
            format!("half within {p50}, 99 of 100 within {p99}, the longest {max}")
        }
        _ => "nothing measured".to_owned(),
    }
}

/// What is measured, and where, or why it is not.
fn head(measured: &Result<Measured, String>) -> String {
    match measured {
        Ok(measured) => format!(
            "The store on this disk ({}), measured just now: {} to a scratch store of its own",
            measured.file_system,
            counted(measured.commits, "small commit")
        ),
        Err(why) => format!("Commits on this disk were not measured: {why}"),
    }
}

/// The word for what opening had to do.
pub(crate) fn verdict(verdict: Verdict) -> &'static str {
    match verdict {
        Verdict::Created => "created",
        Verdict::Clean => "clean",
        Verdict::Retired => "retired",
        Verdict::Redone => "redone",
        Verdict::Restored => "restored",
        Verdict::Discarded => "discarded",
    }
}

fn counted(count: u64, what: &str) -> String {
    format!("{count} {what}{}", if count == 1 { "" } else { "s" })
}

/// Attempts of commands: how many, how they ended, how long they took.
fn commands(stats: &Stats, look: Look) -> String {
    if stats.commands.is_empty() {
        return "No command was run yet.\n".to_owned();
    }
    let name = |command: &CommandStats| format!("{}/{}", clean(&command.step), clean(&command.command));
    // A narrow screen has room for the longest time alone.
    let first = if look.width < 80 { 2 } else { 0 };
    let room = look.width.saturating_sub(2 + 4 * 9 + (3 - first) * FIGURE);
    let widest = stats.commands.iter().map(|command| width(&name(command))).max().unwrap_or(0);
    let widest = widest.clamp(8, room.max(8));
    let row = |name: &str, counts: [&str; 4], times: &[String]| {
        let counts: String = counts.iter().map(|count| format!("{count:>9}")).collect();
        format!("  {}{counts}{}\n", pad(&fit(name, widest), widest), figures(times))
    };
    let times =
        |latency: &Latency| shown(latency, &[latency.p50_ns, latency.p99_ns, latency.max_ns][first..]);
    let heads: Vec<String> = ["p50", "p99", "max"][first..].iter().map(ToString::to_string).collect();
    let mut text = String::from("Attempts of commands in this run, by the history\n");
    let head = row("", ["attempts", "ok", "failed", "cut off"], &heads);
    text.push_str(&look.paint(Role::Quiet, head.trim_end()));
    text.push('\n');
    let mut sums = [0; 4];
    for command in &stats.commands {
        let counts = [command.attempts, command.succeeded, command.failed, command.interrupted];
        sums.iter_mut().zip(counts).for_each(|(sum, count)| *sum += count);
        let counts = counts.map(|count| count.to_string());
        text.push_str(&row(&name(command), counts.each_ref().map(String::as_str), &times(&command.took)));
    }
    if stats.commands.len() > 1 {
        let sums = sums.map(|sum| sum.to_string());
        text.push_str(&row("all", sums.each_ref().map(String::as_str), &times(&stats.took)));
    }
    text
}

/// What a store takes.
fn store(measured: &Result<Measured, String>, look: Look) -> String {
    let mut text: String = wrap(&head(measured), look.width).iter().map(|line| format!("{line}\n")).collect();
    let Ok(measured) = measured else { return text };
    let wide = look.width >= 80;
    let heads = ["p50", "p99", "max"].map(str::to_owned);
    let row = |name: &str, count: &str, times: &[String], about: &str| {
        let line = format!("  {name:<9}{count:>6}{}", figures(times));
        let room = look.width.saturating_sub(width(&line) + 2);
        match wide && width(about) <= room {
            true => format!("{line}  {about}\n"),
            false => format!("{}\n", line.trim_end()),
        }
    };
    text.push_str(&look.paint(Role::Quiet, row("", "count", &heads, "").trim_end()));
    text.push('\n');
    for (name, about) in MEASURED {
        let Some((_, latency)) = measured.latencies.iter().find(|(known, _)| known == name) else { continue };
        let times = shown(latency, &[latency.p50_ns, latency.p99_ns, latency.max_ns]);
        text.push_str(&row(&name.replace('_', " "), &latency.count.to_string(), &times, about));
    }
    text
}

/// The figures in their columns.
fn figures(times: &[String]) -> String {
    times.iter().map(|time| format!("{time:>FIGURE$}")).collect()
}

/// Durations in words; a dash where nothing was measured.
fn shown(latency: &Latency, figures_ns: &[u64]) -> Vec<String> {
    let word = |ns: &u64| match latency.count {
        0 => "-".to_owned(),
        _ => precise(Duration::from_nanos(*ns)),
    };
    figures_ns.iter().map(word).collect()
}

/// One line per thing for programs: what it is, its name, figures; durations are nanoseconds, in the order count,
/// min, mean, p50, p90, p99, max.
pub(crate) fn plain(report: &Report) -> String {
    let Report { stats, opening, .. } = report;
    let mut text = String::new();
    let mut line = |cells: &[&str], figures: &[u64]| {
        let figures = figures.iter().map(ToString::to_string);
        let cells: Vec<String> = cells.iter().map(|cell| clean(cell)).chain(figures).collect();
        text.push_str(&format!("{}\n", cells.join("\t")));
    };
    if let (Some((_, id)), Some(operations)) = (&report.title, stats.operations) {
        line(&["run", id], &[operations]);
    }
    let (since, until) =
        stats.span.map(|(since, until)| (since.to_string(), until.to_string())).unwrap_or_default();
    line(&["history", &since, &until], &[stats.transactions, stats.changes]);
    let elapsed = u64::try_from(opening.elapsed.as_nanos()).unwrap_or(u64::MAX);
    line(&["opening", verdict(opening.verdict)], &[elapsed]);
    for command in &stats.commands {
        let counts = [command.attempts, command.succeeded, command.failed, command.interrupted];
        let name = format!("{}/{}", command.step, command.command);
        line(&["command", &name], &[&counts[..], &all(&command.took)].concat());
    }
    match &report.measured {
        Ok(measured) => {
            for (name, latency) in &measured.latencies {
                line(&["measured", name], &all(latency));
            }
        }
        Err(why) => line(&["not measured", why], &[]),
    }
    text
}

fn all(latency: &Latency) -> [u64; 7] {
    let Latency { count, min_ns, mean_ns, p50_ns, p90_ns, p99_ns, max_ns, .. } = *latency;
    [count, min_ns, mean_ns, p50_ns, p90_ns, p99_ns, max_ns]
}
