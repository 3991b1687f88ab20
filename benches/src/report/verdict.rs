//! `Verdict`: a target, what was measured, and whether it is met.

use crate::engine::{self, COORDINATOR, GATHERED, GROWING, PREFILLED, Role, STORE};
use crate::sample::{Figure, Samples};
use crate::works::{budgets, command_line, commit, every_commit, growth, opening, recovery};

/// Whether a figure should be small or large.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Bound {
    /// Met by this and by less.
    AtMost(f64),
    /// Met by this and by more.
    AtLeast(f64),
}

/// One target.
#[derive(Clone, Debug)]
pub struct Verdict {
    /// What is meant.
    pub target: String,
    /// The unit of bound and figure.
    pub unit: &'static str,
    /// The target itself.
    pub bound: Bound,
    /// What was measured, if it was.
    pub measured: Option<f64>,
    /// Something to know about the figure: whom it is compared with.
    pub note: String,
}

impl Verdict {
    /// `met`, `missed` or `not measured`.
    #[must_use]
    pub fn word(&self) -> &'static str {
        match (self.measured, self.bound) {
            (None, _) => "not measured",
            (Some(value), Bound::AtMost(most)) if value <= most => "met",
            (Some(value), Bound::AtLeast(least)) if value >= least => "met",
            _ => "missed",
        }
    }

    /// The bound, as people write it.
    #[must_use]
    pub fn wanted(&self) -> String {
        match self.bound {
            Bound::AtMost(most) => format!("≤ {most} {}", self.unit),
            Bound::AtLeast(least) => format!("≥ {least} {}", self.unit),
        }
    }

    /// The figure, as people write it.
    #[must_use]
    pub fn found(&self) -> String {
        let Some(value) = self.measured else { return "–".to_owned() };
        let digits = if value.abs() < 10.0 { 2 } else { usize::from(value.abs() < 100.0) };
        let note = if self.note.is_empty() { String::new() } else { format!(" ({})", self.note) };
        format!("{value:.digits$} {}{note}", self.unit)
    }
}

fn verdict(target: impl Into<String>, unit: &'static str, bound: Bound, measured: Option<f64>) -> Verdict {
    Verdict { target: target.into(), unit, bound, measured, note: String::new() }
}

/// Every target, with what was measured.
#[must_use]
pub fn all(samples: &Samples) -> Vec<Verdict> {
    let parts = [single, threads, publishing, spending, replaying, reading, growing, command];
    parts.iter().flat_map(|part| part(samples)).collect()
}

const RATE: &str = "per_second";

fn rate(case: &str) -> Figure<'_> {
    Figure { work: commit::NAME, case, metric: RATE }
}

fn peers() -> Vec<&'static str> {
    engine::all().iter().filter(|entry| entry.role == Role::Peer).map(|entry| entry.name).collect()
}

/// How one engine stands to the peer that leaves it behind the most: its name, and the ratio. With `is_less_better`
/// the figure is a time.
fn worst(
    samples: &Samples,
    engine: &str,
    figure: Figure<'_>,
    is_less_better: bool,
) -> Option<(&'static str, f64)> {
    let ratios = peers().into_iter().filter_map(|peer| {
        let ratio = samples.ratio(engine, peer, figure)?;
        Some((peer, if is_less_better { 1.0 / ratio } else { ratio }))
    });
    ratios.min_by(|(_, one), (_, other)| one.total_cmp(other))
}

fn ahead(
    samples: &Samples,
    engine: &str,
    target: String,
    figure: Figure<'_>,
    is_less_better: bool,
) -> Verdict {
    let worst = worst(samples, engine, figure, is_less_better);
    let measured = worst.map(|(_, ratio)| ratio);
    let note = worst.map_or(String::new(), |(peer, _)| peer.to_owned());
    Verdict { note, ..verdict(target, "×", Bound::AtLeast(1.0), measured) }
}

fn single(samples: &Samples) -> Vec<Verdict> {
    let mut verdicts = Vec::new();
    for operations in commit::OPERATIONS {
        let case = commit::case(operations, 1);
        let cost = |floor| samples.ratio(floor, STORE, rate(&case));
        let of = |floor: &str| {
            format!("durable commit, {case}: cost against {}", floor.trim_start_matches("floor: "))
        };
        verdicts.push(verdict(of(GROWING), "×", Bound::AtMost(1.10), cost(GROWING)));
        verdicts.push(verdict(of(PREFILLED), "×", Bound::AtMost(1.10), cost(PREFILLED)));
        let target = format!("durable commit, {case}: speed against the fastest peer");
        verdicts.push(ahead(samples, STORE, target, rate(&case), false));
    }
    verdicts
}

fn threads(samples: &Samples) -> Vec<Verdict> {
    let one = commit::case(1, 1);
    let mut verdicts = Vec::new();
    for (threads, least) in [(4, 3.0), (16, 9.0), (64, 23.0)] {
        let case = commit::case(1, threads);
        let gain = samples.growth(COORDINATOR, rate(&case), &one);
        let target = format!("durable commits, {case}: speed against one thread");
        let floor = samples.growth(GATHERED, rate(&case), &one);
        let note = floor.map_or(String::new(), |gain| format!("the floor itself {gain:.1} ×"));
        verdicts.push(Verdict { note, ..verdict(target, "×", Bound::AtLeast(least), gain) });
        let target = format!("durable commits, {case}: speed against the fastest peer");
        verdicts.push(ahead(samples, COORDINATOR, target, rate(&case), false));
    }
    verdicts
}

fn publishing(samples: &Samples) -> Vec<Verdict> {
    let of = |keys| {
        let case = every_commit::case(keys);
        let figure = Figure { work: every_commit::NAME, case: &case, metric: "commit_ms" };
        let ratio = samples.ratio(every_commit::STORE, every_commit::RAW, figure);
        let target = format!("`EveryCommit`, {case}: cost against its own system calls");
        verdict(target, "×", Bound::AtMost(1.15), ratio)
    };
    every_commit::KEYS.into_iter().map(of).collect()
}

fn spending(samples: &Samples) -> Vec<Verdict> {
    let of = |(what, budget)| {
        let figure = Figure { work: budgets::NAME, case: what, metric: "p99_ms" };
        let p99 = samples.median(budgets::STORE, figure);
        verdict(format!("budget of the specification: {what}, p99"), "ms", Bound::AtMost(budget), p99)
    };
    budgets::BUDGETS.into_iter().map(of).collect()
}

fn replaying(samples: &Samples) -> Vec<Verdict> {
    let mut verdicts = Vec::new();
    for (records, most) in [(50, 5.0), (10_000, 30.0)] {
        let case = recovery::case(records);
        let ready = samples.median(STORE, Figure::of(recovery::NAME, &case, "ready_ms"));
        verdicts.push(verdict(format!("recovery of {case}"), "ms", Bound::AtMost(most), ready));
    }
    for records in [100_000, 1_000_000] {
        let case = recovery::case(records);
        let speed = samples.median(STORE, Figure::of(recovery::NAME, &case, "mb_per_s"));
        let target = format!("recovery of {case}: bytes of log");
        verdicts.push(verdict(target, "MB/s", Bound::AtLeast(400.0), speed));
        let target =
            format!("recovery of {case}, all values read: speed against the fastest peer that replays a log");
        verdicts.push(ahead(samples, STORE, target, Figure::of(recovery::NAME, &case, "all_ms"), true));
    }
    let (many, few) = (recovery::case(1_000_000), recovery::case(100_000));
    // For a byte and not for a record: the larger log writes keys again, and says what they had.
    let speed = |case: &str| samples.median(STORE, Figure::of(recovery::NAME, case, "mb_per_s"));
    let slope = speed(&few).zip(speed(&many)).map(|(few, many)| few / many);
    let target = "recovery, ten times the records: time for a byte of log";
    verdicts.push(verdict(target, "×", Bound::AtMost(1.1), slope));
    verdicts
}

fn reading(samples: &Samples) -> Vec<Verdict> {
    let mut verdicts = Vec::new();
    for (keys, most) in [(10_000, 15.0), (1_000_000, 1_000.0)] {
        let case = opening::case(keys);
        let figure = Figure { work: opening::NAME, case: &case, metric: "ready_ms" };
        let ready = samples.median(opening::STORE, figure);
        verdicts.push(verdict(
            format!("opening a published state of {case}"),
            "ms",
            Bound::AtMost(most),
            ready,
        ));
    }
    let case = opening::case(1_000_000);
    let figure = Figure { work: opening::NAME, case: &case, metric: "memory_per_file_byte" };
    let memory = samples.median(opening::STORE, figure);
    verdicts.push(verdict(format!("memory with {case}, against the file"), "×", Bound::AtMost(3.0), memory));
    verdicts
}

fn growing(samples: &Samples) -> Vec<Verdict> {
    let few = growth::case(growth::KEYS[0]);
    let of = |keys| {
        let case = growth::case(keys);
        let figure = Figure { work: growth::NAME, case: &case, metric: growth::METRIC };
        let target = format!("one commit with {case}: cost against {few}");
        verdict(target, "×", Bound::AtMost(1.3), samples.growth(STORE, figure, &few))
    };
    growth::KEYS[1..].iter().map(|keys| of(*keys)).collect()
}

fn command(samples: &Samples) -> Vec<Verdict> {
    let mut verdicts = Vec::new();
    for (steps, most) in [(20, 5.0), (1_000, 10.0), (10_000, 40.0)] {
        let case = command_line::case("status", steps);
        let cpu = samples.median(command_line::PROGRAM, Figure::of(command_line::NAME, &case, "cpu_ms"));
        verdicts.push(verdict(format!("`{case}`: CPU"), "ms", Bound::AtMost(most), cpu));
    }
    let case = command_line::case("status", 10_000);
    let memory = samples.median(command_line::PROGRAM, Figure::of(command_line::NAME, &case, "memory_mb"));
    verdicts.push(verdict(format!("`{case}`: memory"), "MB", Bound::AtMost(20.0), memory));
    verdicts
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_verdict_is_met_at_its_bound_and_missed_beyond_it() {
        let word = |bound, value| verdict("x", "ms", bound, value).word();
        assert_eq!(word(Bound::AtMost(1.1), Some(1.1)), "met");
        assert_eq!(word(Bound::AtMost(1.1), Some(1.11)), "missed");
        assert_eq!(word(Bound::AtLeast(3.0), Some(3.0)), "met");
        assert_eq!(word(Bound::AtLeast(3.0), Some(f64::NAN)), "missed");
        assert_eq!(word(Bound::AtLeast(3.0), None), "not measured");
    }

    #[test]
    fn without_figures_nothing_is_met() {
        assert!(all(&Samples::default()).iter().all(|verdict| verdict.word() == "not measured"));
    }
}
