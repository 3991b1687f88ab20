//! The plots of a run: latency, throughput, recovery, and cost against the size of the document.

use super::svg::{Axis, Chart, Series};
use super::tables::is_floor;
use crate::engine::STORE;
use crate::sample::{Figure, Samples};
use crate::works::{commit, growth, recovery};

/// Every plot with a line in it, by the name of its file.
#[must_use]
pub fn all(samples: &Samples) -> Vec<(&'static str, Chart)> {
    let one = commit::case(1, 1);
    let plots = [
        ("latency.svg", latency(samples, &one)),
        ("throughput.svg", throughput(samples)),
        ("recovery.svg", recoveries(samples)),
        ("document-size.svg", sizes(samples)),
    ];
    plots.into_iter().filter(|(_, chart)| !chart.series.is_empty()).collect()
}

/// The lines of all engines that did a work; those without points are left out.
fn series(samples: &Samples, work: &str, points: impl Fn(&str) -> Vec<(f64, f64)>) -> Vec<Series> {
    let of = |engine: &str| Series {
        name: engine.to_owned(),
        is_ours: engine.starts_with(STORE),
        is_floor: is_floor(engine),
        points: points(engine),
    };
    samples.engines(work).into_iter().map(of).filter(|series| !series.points.is_empty()).collect()
}

/// One point for each case in which the engine was measured.
fn by_case(samples: &Samples, engine: &str, work: &str, metric: &str, cases: &[String]) -> Vec<(f64, f64)> {
    let point = |case: &String| {
        let median = samples.median(engine, Figure { work, case, metric })?;
        Some((samples.at(work, case)?, median))
    };
    cases.iter().filter_map(point).collect()
}

fn latency(samples: &Samples, case: &str) -> Chart {
    let points = |engine: &str| {
        let point = |share: &f64| {
            let metric = commit::latency(*share);
            Some((samples.median(engine, Figure { work: commit::NAME, case, metric: &metric })?, *share))
        };
        commit::SHARES.iter().filter_map(point).collect()
    };
    Chart {
        title: format!("Latency of a durable commit, {case}"),
        x: Axis { label: "microseconds", is_logarithmic: true },
        y: Axis { label: "share of the commits below", is_logarithmic: false },
        series: series(samples, commit::NAME, points),
    }
}

fn throughput(samples: &Samples) -> Chart {
    let cases: Vec<String> = commit::THREADS.map(|threads| commit::case(1, threads)).to_vec();
    let points = |engine: &str| by_case(samples, engine, commit::NAME, "per_second", &cases);
    Chart {
        title: "Durable commits of one operation".to_owned(),
        x: Axis { label: "threads", is_logarithmic: true },
        y: Axis { label: "commits per second", is_logarithmic: true },
        series: series(samples, commit::NAME, points),
    }
}

fn recoveries(samples: &Samples) -> Chart {
    let cases: Vec<String> = recovery::RECORDS.map(recovery::case).to_vec();
    let points = |engine: &str| by_case(samples, engine, recovery::NAME, "all_ms", &cases);
    Chart {
        title: "Recovery until every value was read".to_owned(),
        x: Axis { label: "records in the log", is_logarithmic: true },
        y: Axis { label: "milliseconds", is_logarithmic: true },
        series: series(samples, recovery::NAME, points),
    }
}

fn sizes(samples: &Samples) -> Chart {
    let cases: Vec<String> = growth::KEYS.map(growth::case).to_vec();
    let points = |engine: &str| by_case(samples, engine, growth::NAME, growth::METRIC, &cases);
    Chart {
        title: "One durable commit against the size of the document".to_owned(),
        x: Axis { label: "keys in the document", is_logarithmic: true },
        y: Axis { label: "microseconds, median", is_logarithmic: true },
        series: series(samples, growth::NAME, points),
    }
}
