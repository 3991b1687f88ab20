//! `Summary`: what libFuzzer says at its end.

use std::fmt;

/// The figures of one run.
#[derive(Debug, Default, PartialEq, Eq)]
pub(crate) struct Summary {
    /// Inputs that were judged.
    pub(crate) runs: u64,
    /// Of them each second.
    per_second: u64,
    /// Inputs that reached something new.
    new: u64,
    /// The most memory in use, in MiB.
    peak_mb: u64,
    /// Places in the program that were reached.
    reached: u64,
}

impl Summary {
    /// Reads the report of a fuzzer that was told `-print_final_stats=1`.
    pub(crate) fn read(report: &str) -> Summary {
        let stat = |name: &str| {
            let line = report.lines().find_map(|line| line.strip_prefix("stat::")?.strip_prefix(name));
            line.and_then(|rest| rest.trim_start_matches(':').trim().parse().ok()).unwrap_or_default()
        };
        let reached = report.lines().filter_map(|line| line.split_once(" cov: ")).next_back();
        let reached = reached.and_then(|(_, rest)| rest.split_whitespace().next()?.parse().ok());
        Summary {
            runs: stat("number_of_executed_units"),
            per_second: stat("average_exec_per_sec"),
            new: stat("new_units_added"),
            peak_mb: stat("peak_rss_mb"),
            reached: reached.unwrap_or_default(),
        }
    }
}

impl fmt::Display for Summary {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Summary { runs, per_second, new, peak_mb, reached } = self;
        write!(
            f,
            "{runs} inputs, {per_second} a second, {new} new, {reached} places reached, {peak_mb} MiB at most"
        )
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_last_figures_count() {
        let report = "#2 INITED cov: 71 ft: 72 corp: 1/1b exec/s: 0 rss: 33Mb\n\
                      #512 pulse  cov: 99 ft: 120 corp: 9/40b exec/s: 256 rss: 34Mb\n\
                      stat::number_of_executed_units: 5120\nstat::average_exec_per_sec:     2560\n\
                      stat::new_units_added:          12\nstat::peak_rss_mb:              41\n";
        let expected = Summary { runs: 5120, per_second: 2560, new: 12, peak_mb: 41, reached: 99 };
        assert_eq!(Summary::read(report), expected);
        assert_eq!(Summary::read("nothing"), Summary::default());
    }
}
