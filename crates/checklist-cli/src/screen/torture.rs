//! What a storm of kills found, to be read at a glance and pasted into a report.

use super::layout::{Look, Role, fit, width, wrap};
use crate::time::{self, precise};
use crate::verbs::torture::Findings;
use std::time::Duration;

/// Columns of the progress bar.
const BAR: usize = 24;

/// Columns before the value of a row.
const ROW: usize = 16;

/// A storm that is over.
pub(crate) struct Report {
    pub(crate) writers: usize,
    pub(crate) seed: u64,
    pub(crate) file_system: String,
    /// Where it was run.
    pub(crate) place: String,
    /// The store whose promise was broken, and the folder that holds it and the journal.
    pub(crate) left_in: Option<(String, String)>,
    pub(crate) took: Duration,
    pub(crate) is_cut_short: bool,
    pub(crate) findings: Findings,
}

/// The whole answer.
pub(crate) fn summary(report: &Report, look: Look) -> String {
    let Report { findings, .. } = report;
    let (deeds, tally) = (&findings.deeds, &findings.tally);
    let mut text = head(report, look);
    let mut row = |name: &str, value: String| {
        for (at, line) in wrap(&value, look.width.saturating_sub(ROW)).iter().enumerate() {
            text.push_str(&format!("  {:<13} {line}\n", if at == 0 { name } else { "" }));
        }
    };
    row(
        "kills",
        format!(
            "{} of {} writers, {} of them aimed at whoever held the lock; {} stops",
            grouped(deeds.kills),
            report.writers,
            grouped(deeds.holder_kills),
            grouped(deeds.stops)
        ),
    );
    let count = if findings.breach.is_some() { "" } else { "; 0 lost, 0 doubled, 0 half" };
    row("acknowledged", format!("{} transactions{count}", grouped(tally.acknowledged)));
    row(
        "unanswered",
        format!(
            "{} saved as a whole, {} not at all",
            grouped(tally.unanswered_saved),
            grouped(tally.unanswered_gone)
        ),
    );
    row("in order", order(findings));
    let longest = Duration::from_micros(deeds.recovery_us_max);
    row("recoveries", format!("{}, the longest {}", grouped(deeds.recoveries), precise(longest)));
    let (median, longest) = lock_waits(&deeds.lock_us);
    let (median, longest) = (Duration::from_micros(median), Duration::from_micros(longest));
    row("lock", format!("waited for {} (median), {} (longest)", precise(median), precise(longest)));
    row("sync", format!("{} (median of 21)", precise(findings.sync)));
    row("file system", format!("{}, in {}", report.file_system, report.place));
    row("program", format!("checklist {}, {}", env!("CARGO_PKG_VERSION"), system()));
    row("seed", format!("{} (--seed repeats the choices, not the machine's timing)", report.seed));
    row("took", time::duration(report.took));
    text.push_str(&tail(report));
    text
}

/// How many histories were put in an order.
fn order(findings: &Findings) -> String {
    let (operations, histories) = (grouped(findings.operations), grouped(findings.histories));
    let undecided = match findings.undecided {
        0 => String::new(),
        count => format!(", {} not decided", grouped(count)),
    };
    format!("{operations} operations in {histories} histories found linearizable{undecided}")
}

fn head(report: &Report, look: Look) -> String {
    let kills = grouped(report.findings.deeds.kills);
    match &report.findings.breach {
        Some((what, _)) => {
            let words = look.paint(Role::Bad, "PROMISE BROKEN");
            format!("checklist torture: {words} after {kills} kills\n\n  {what}\n\n")
        }
        None => {
            let words = look.paint(Role::Good, "nothing lost");
            let cut = if report.is_cut_short { ", stopped early" } else { "" };
            format!("checklist torture: {kills} kills, {words}{cut}\n\n")
        }
    }
}

fn tail(report: &Report) -> String {
    match &report.left_in {
        Some((store, folder)) => format!(
            "\nThe store is left as it was found: {store}\nWhat was asked and answered: {folder}/journal.tsv\n\
             Please report this with the folder {folder}; remove it afterwards.\n"
        ),
        None => String::new(),
    }
}

/// The bar, for a terminal.
pub(crate) fn bar(kills: u64, of: u64, saved: u64, took: Duration, look: Look) -> String {
    let filled = usize::try_from(kills.min(of) * BAR as u64 / of.max(1)).unwrap_or(BAR);
    let bar = format!("[{}{}]", "#".repeat(filled), ".".repeat(BAR - filled));
    let (kills, of, saved) = (grouped(kills), grouped(of), grouped(saved));
    let (took, columns) = (took.as_secs(), look.width.saturating_sub(1));
    let line = format!("{bar} {kills}/{of} kills  {saved} saved, no loss found  {took} s");
    // On a narrow screen the count of transactions goes first.
    let line =
        if width(&line) > columns { format!("{bar} {kills}/{of}, no loss found  {took} s") } else { line };
    fit(&line, columns)
}

/// The same as a line of its own, for everything that is no terminal.
pub(crate) fn progress(kills: u64, of: u64, saved: u64, took: Duration) -> String {
    let (kills, of, saved) = (grouped(kills), grouped(of), grouped(saved));
    format!(
        "torture: {kills} of {of} kills, {saved} transactions saved, no loss found, {} s\n",
        took.as_secs()
    )
}

/// The median and the longest of the waits for the lock, in microseconds.
pub(crate) fn lock_waits(waits_us: &[u64]) -> (u64, u64) {
    let mut waits = waits_us.to_vec();
    waits.sort_unstable();
    (waits.get(waits.len() / 2).copied().unwrap_or(0), waits.last().copied().unwrap_or(0))
}

/// The system this runs on, without the name of the machine.
pub(crate) fn system() -> String {
    let name = rustix::system::uname();
    let words = [name.sysname(), name.release(), name.machine()];
    let words: Vec<String> = words.iter().map(|word| word.to_string_lossy().into_owned()).collect();
    let cores = std::thread::available_parallelism().map_or(1, std::num::NonZero::get);
    format!("{}, {cores} {}", words.join(" "), if cores == 1 { "core" } else { "cores" })
}

/// `12,345`.
fn grouped(number: u64) -> String {
    let digits = number.to_string();
    let mut text = String::new();
    for (index, digit) in digits.chars().enumerate() {
        if index > 0 && (digits.len() - index).is_multiple_of(3) {
            text.push(',');
        }
        text.push(digit);
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    fn report() -> Report {
        let mut findings = Findings::default();
        findings.deeds.kills = 1_200;
        findings.tally.acknowledged = 34_567;
        findings.deeds.lock_us = vec![9, 1_900, 40];
        Report {
            writers: 4,
            seed: 7,
            file_system: "ext4".to_owned(),
            place: "~/code/.checklist".to_owned(),
            left_in: None,
            took: Duration::from_secs(61),
            is_cut_short: false,
            findings,
        }
    }

    #[test]
    fn a_storm_without_a_finding_is_counted() {
        let text = summary(&report(), Look::SCREEN);
        assert!(text.starts_with("checklist torture: 1,200 kills, nothing lost\n\n"), "{text}");
        assert!(text.contains("  acknowledged  34,567 transactions; 0 lost, 0 doubled, 0 half\n"), "{text}");
        assert!(text.contains("  lock          waited for 40 us (median), 1.9 ms (longest)\n"), "{text}");
        assert!(text.contains("  file system   ext4, in ~/code/.checklist\n"), "{text}");
    }

    #[test]
    fn a_narrow_screen_has_whole_lines() {
        let mut report = report();
        report.findings.deeds.stops = 12;
        let text = summary(&report, Look { width: 60, ..Look::SCREEN });
        assert!(text.lines().all(|line| line.chars().count() <= 60), "{text}");
        assert!(text.contains("aimed at\n                whoever held the lock; 12 stops\n"), "{text}");
    }

    #[test]
    fn a_finding_says_what_and_where_and_claims_nothing_else() {
        let mut report = report();
        report.findings.breach = Some(("lost: request 7 of writer 3".to_owned(), "x".into()));
        report.left_in = Some(("a/store-1".to_owned(), "a".to_owned()));
        let text = summary(&report, Look::SCREEN);
        assert!(text.starts_with("checklist torture: PROMISE BROKEN after 1,200 kills\n\n  lost: request 7"));
        assert!(text.contains("left as it was found: a/store-1\n") && text.contains("a/journal.tsv"));
        assert!(!text.contains("0 lost"), "{text}");
    }

    #[test]
    fn progress_fits_the_screen() {
        let took = Duration::from_secs(12);
        let wide = bar(50, 200, 1_234, took, Look::SCREEN);
        assert_eq!(wide, "[######..................] 50/200 kills  1,234 saved, no loss found  12 s");
        let narrow = bar(50, 200, 1_234, took, Look { width: 60, ..Look::SCREEN });
        assert_eq!(narrow, "[######..................] 50/200, no loss found  12 s");
        assert_eq!(bar(50, 200, 1, took, Look { width: 40, ..Look::SCREEN }).len(), 39);
        assert!(bar(999, 200, 1, took, Look::SCREEN).starts_with("[########################]"));
        assert_eq!(grouped(1_234_567), "1,234,567");
        assert_eq!(
            (precise(Duration::from_micros(72)), precise(Duration::from_millis(2_500))),
            ("72 us".into(), "2.5 s".into())
        );
    }
}
