//! `Sample`: one figure of one engine in one round; `Samples`: all of them, folded into medians and ratios.

use crate::engine::Result;
use serde_json::{Value, json};
use std::collections::BTreeSet;

/// One figure.
#[derive(Clone, Debug, PartialEq)]
pub struct Sample {
    /// What was done: the name of a work.
    pub work: String,
    /// Who did it.
    pub engine: String,
    /// Under which circumstances, in words.
    pub case: String,
    /// The circumstance that a plot has on its x-axis: threads, records or keys.
    pub at: f64,
    /// In which round; figures of one round were taken close together and may be divided by each other.
    pub round: usize,
    /// What was measured; the unit comes last.
    pub metric: String,
    /// The figure.
    pub value: f64,
}

impl Sample {
    /// As a line of JSON.
    #[must_use]
    pub fn to_json(&self) -> String {
        let Sample { work, engine, case, at, round, metric, value } = self;
        json!({"work": work, "engine": engine, "case": case, "at": at, "round": round, "metric": metric, "value": value})
            .to_string()
    }

    /// Reads what [`Sample::to_json`] wrote.
    ///
    /// # Errors
    /// If a field is missing or of another kind.
    pub fn from_json(line: &str) -> Result<Sample> {
        let value: Value = serde_json::from_str(line)?;
        let text = |name: &str| value[name].as_str().map(str::to_owned).ok_or(format!("no {name} in {line}"));
        let number = |name: &str| value[name].as_f64().ok_or(format!("no {name} in {line}"));
        Ok(Sample {
            work: text("work")?,
            engine: text("engine")?,
            case: text("case")?,
            at: number("at")?,
            round: number("round")? as usize,
            metric: text("metric")?,
            value: number("value")?,
        })
    }
}

/// Which figures are meant.
#[derive(Clone, Copy, Debug)]
pub struct Figure<'a> {
    /// [`Sample::work`]
    pub work: &'a str,
    /// [`Sample::case`]
    pub case: &'a str,
    /// [`Sample::metric`]
    pub metric: &'a str,
}

impl<'a> Figure<'a> {
    /// The figure of this work, in this case, by this metric.
    #[must_use]
    pub fn of(work: &'a str, case: &'a str, metric: &'a str) -> Figure<'a> {
        Figure { work, case, metric }
    }
}

/// All figures of a run.
#[derive(Clone, Debug, Default)]
pub struct Samples(pub Vec<Sample>);

impl Samples {
    /// Reads lines of JSON.
    ///
    /// # Errors
    /// If one is none.
    pub fn read(text: &str) -> Result<Samples> {
        text.lines().map(Sample::from_json).collect::<Result<Vec<Sample>>>().map(Samples)
    }

    /// The figures of one engine, with their rounds.
    fn rounds<'a>(&'a self, engine: &'a str, figure: Figure<'a>) -> impl Iterator<Item = (usize, f64)> + 'a {
        let is_it = move |sample: &&Sample| {
            (sample.engine.as_str(), sample.work.as_str(), sample.case.as_str(), sample.metric.as_str())
                == (engine, figure.work, figure.case, figure.metric)
        };
        self.0.iter().filter(is_it).map(|sample| (sample.round, sample.value))
    }

    /// The median over the rounds; `None` if this was not measured.
    #[must_use]
    pub fn median(&self, engine: &str, figure: Figure<'_>) -> Option<f64> {
        median(self.rounds(engine, figure).map(|(_, value)| value).collect())
    }

    /// The median over the rounds of one engine's figure divided by another's in the same round.
    #[must_use]
    pub fn ratio(&self, engine: &str, other: &str, figure: Figure<'_>) -> Option<f64> {
        let divisors: Vec<(usize, f64)> = self.rounds(other, figure).collect();
        let divided = self.rounds(engine, figure).filter_map(|(round, value)| {
            let divisor = divisors.iter().find(|(of, _)| *of == round)?.1;
            Some(value / divisor)
        });
        median(divided.collect())
    }

    /// The median over the rounds of one engine's figure in one case divided by that in another case.
    #[must_use]
    pub fn growth(&self, engine: &str, figure: Figure<'_>, from: &str) -> Option<f64> {
        let divisors: Vec<(usize, f64)> = self.rounds(engine, Figure { case: from, ..figure }).collect();
        let divided = self.rounds(engine, figure).filter_map(|(round, value)| {
            let divisor = divisors.iter().find(|(of, _)| *of == round)?.1;
            Some(value / divisor)
        });
        median(divided.collect())
    }

    /// The engines that did this work, in the order in which they came.
    #[must_use]
    pub fn engines(&self, work: &str) -> Vec<&str> {
        self.distinct(work, |sample| &sample.engine)
    }

    /// The cases of this work, in the order in which they came.
    #[must_use]
    pub fn cases(&self, work: &str) -> Vec<&str> {
        self.distinct(work, |sample| &sample.case)
    }

    /// The x of a case.
    #[must_use]
    pub fn at(&self, work: &str, case: &str) -> Option<f64> {
        self.0.iter().find(|sample| sample.work == work && sample.case == case).map(|sample| sample.at)
    }

    fn distinct<'a>(&'a self, work: &str, of: impl Fn(&'a Sample) -> &'a String) -> Vec<&'a str> {
        let mut seen = BTreeSet::new();
        let names = self.0.iter().filter(|sample| sample.work == work).map(|sample| of(sample).as_str());
        names.filter(|name| seen.insert(*name)).collect()
    }
}

/// The middle value; the mean of the two middle ones of an even count.
#[must_use]
pub fn median(mut values: Vec<f64>) -> Option<f64> {
    values.sort_by(f64::total_cmp);
    let middle = values.len() / 2;
    match values.len() {
        0 => None,
        odd if odd % 2 == 1 => Some(values[middle]),
        _ => Some(f64::midpoint(values[middle - 1], values[middle])),
    }
}

/// The value below which that share of sorted values lies.
#[must_use]
pub fn quantile(sorted: &[u64], share: f64) -> f64 {
    let last = sorted.len().saturating_sub(1);
    sorted.get((last as f64 * share).round() as usize).copied().unwrap_or(0) as f64
}

#[cfg(test)]
mod tests {
    use super::*;

    fn sample(engine: &str, case: &str, round: usize, value: f64) -> Sample {
        let [work, engine, case, metric] = ["w", engine, case, "m"].map(str::to_owned);
        Sample { work, engine, case, at: 1.0, round, metric, value }
    }

    #[test]
    fn medians_and_ratios_are_those_of_the_rounds() {
        let figure = Figure { work: "w", case: "c", metric: "m" };
        let samples = Samples(vec![
            sample("a", "c", 0, 2.0),
            sample("b", "c", 0, 1.0),
            sample("a", "c", 1, 30.0),
            sample("b", "c", 1, 10.0),
            sample("a", "c", 2, 8.0),
            sample("b", "d", 2, 5.0),
        ]);
        assert_eq!(samples.median("a", figure), Some(8.0));
        assert_eq!(samples.ratio("a", "b", figure), Some(2.5));
        assert_eq!(samples.growth("b", Figure { case: "d", ..figure }, "c"), None);
        assert_eq!(samples.median("x", figure), None);
        assert_eq!(samples.engines("w"), ["a", "b"]);
    }

    #[test]
    fn a_sample_survives_being_written() {
        let sample = sample("a \"quoted\"", "c", 3, 0.125);
        assert_eq!(Sample::from_json(&sample.to_json()).expect("it was written so"), sample);
        assert!(Sample::from_json("{}").is_err());
    }

    #[test]
    fn quantiles_are_values_that_occurred() {
        assert!((quantile(&[1, 2, 3, 4, 100], 0.5) - 3.0).abs() < 1e-9);
        assert!((quantile(&[1, 2, 3, 4, 100], 0.99) - 100.0).abs() < 1e-9);
        assert!(quantile(&[], 0.5).abs() < 1e-9);
    }
}
