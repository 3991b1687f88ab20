//! `Baseline`: instruction counts that were taken before, by compiler, system and C library.
#![expect(clippy::disallowed_methods, reason = "the baseline is a file of the repository")]

use serde_json::{Map, Value, json};
use std::fmt;
use std::path::Path;

/// How far a count may be from the baseline, in percent, either way: a gain that is not kept hides the next loss.
const PERCENT_MAX: u64 = 5;

/// Counts by kind of machine, then by what was counted.
#[derive(Clone, Debug, Default, PartialEq)]
pub(crate) struct Baseline(Map<String, Value>);

/// What one count is beside the baseline.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) enum Change {
    /// There is nothing to compare it with.
    Unknown,
    /// It is near enough; by so many percent more.
    Within(f64),
    /// So many percent more, or fewer.
    Beyond(f64),
}

impl fmt::Display for Change {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Change::Unknown => write!(f, "no baseline"),
            Change::Within(percent) => write!(f, "{percent:+.2} %"),
            Change::Beyond(percent) if *percent > 0.0 => {
                write!(f, "{percent:+.2} %: SLOWER than the baseline")
            }
            Change::Beyond(percent) => write!(f, "{percent:+.2} %: faster; keep the gain with --update"),
        }
    }
}

impl Baseline {
    /// Reads a baseline; an empty one where there is no file.
    pub(crate) fn read(path: &Path) -> Result<Baseline, String> {
        if !path.is_file() {
            return Ok(Baseline::default());
        }
        let shown = path.display();
        let text = std::fs::read_to_string(path).map_err(|error| format!("{shown}: {error}"))?;
        match serde_json::from_str(&text).map_err(|error| format!("{shown}: {error}"))? {
            Value::Object(counts) => Ok(Baseline(counts)),
            _ => Err(format!("{shown}: not an object")),
        }
    }

    /// Writes it, sorted, a count on each line.
    pub(crate) fn write(&self, path: &Path) -> Result<(), String> {
        let shown = path.display();
        let text = serde_json::to_string_pretty(&self.0).map_err(|error| format!("{shown}: {error}"))?;
        std::fs::write(path, text + "\n").map_err(|error| format!("{shown}: {error}"))
    }

    /// How a count of this machine stands to the one that was kept.
    pub(crate) fn compare(&self, machine: &str, what: &str, count: u64) -> Change {
        let kept = self.0.get(machine).and_then(|counts| counts.get(what)).and_then(Value::as_u64);
        let Some(kept) = kept.filter(|kept| *kept > 0) else { return Change::Unknown };
        let percent = (count as f64 / kept as f64 - 1.0) * 100.0;
        let is_within = count.abs_diff(kept).saturating_mul(100) <= kept.saturating_mul(PERCENT_MAX);
        if is_within { Change::Within(percent) } else { Change::Beyond(percent) }
    }

    /// Keeps a count.
    pub(crate) fn keep(&mut self, machine: &str, what: &str, count: u64) {
        let counts = self.0.entry(machine).or_insert_with(|| json!({}));
        counts[what] = count.into();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_count_is_compared_with_that_of_its_own_machine() {
        let mut baseline = Baseline::default();
        baseline.keep("one", "commit", 1_000);
        assert!(matches!(baseline.compare("one", "commit", 1_050), Change::Within(_)));
        assert!(matches!(baseline.compare("one", "commit", 950), Change::Within(_)));
        assert!(matches!(baseline.compare("one", "commit", 1_051), Change::Beyond(_)));
        assert!(matches!(baseline.compare("one", "commit", 949), Change::Beyond(_)));
        assert_eq!(baseline.compare("one", "status", 5), Change::Unknown);
        assert_eq!(baseline.compare("another", "commit", 1_000), Change::Unknown);
    }

    #[test]
    fn a_change_says_what_to_do() {
        assert!(Change::Beyond(7.0).to_string().contains("SLOWER"));
        assert!(Change::Beyond(-7.0).to_string().contains("--update"));
    }
}
