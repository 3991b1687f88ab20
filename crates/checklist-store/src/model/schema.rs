//! `Schema`: the version of what a document holds, and the steps that bring an older document up to date.

use super::draft::Draft;
use crate::error::Result;
use std::fmt;
use std::sync::Arc;

/// The version of what a document holds: `schemaVersion` in `state.yaml`. A newer major version cannot be read
/// at all, a newer minor or patch version is read and not written, an older version is migrated.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Schema {
    /// Changed where older programs could not make sense of the document.
    pub major: u32,
    /// Changed where older programs could read it, and would break it by writing.
    pub minor: u32,
    /// Changed for anything smaller.
    pub patch: u32,
}

impl Schema {
    /// What a store begins with unless its options say otherwise.
    pub const FIRST: Schema = Schema { major: 1, minor: 0, patch: 0 };

    /// Reads `1.0.0`; `None` if it is nothing like that.
    pub(crate) fn parse(text: &str) -> Option<Schema> {
        let mut parts = text.split('.').map(|part| {
            let is_number = !part.is_empty() && part.bytes().all(|byte| byte.is_ascii_digit());
            is_number.then(|| part.parse::<u32>().ok()).flatten()
        });
        let mut part = || parts.next().flatten();
        let schema = Schema { major: part()?, minor: part()?, patch: part()? };
        parts.next().is_none().then_some(schema)
    }
}

impl fmt::Display for Schema {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}.{}.{}", self.major, self.minor, self.patch)
    }
}

type Change = dyn Fn(&mut Draft) -> Result<()> + Send + Sync;

/// One step from a schema to a later one.
#[derive(Clone)]
pub(crate) struct Migration {
    pub(crate) from: Schema,
    pub(crate) to: Schema,
    pub(crate) change: Arc<Change>,
}

/// The steps that lead from one schema to another, each beginning where the one before ends; `None` if they do
/// not.
pub(crate) fn path(migrations: &[Migration], from: Schema, to: Schema) -> Option<Vec<&Migration>> {
    let mut steps = Vec::new();
    let mut at = from;
    while at < to {
        let step = migrations
            .iter()
            .filter(|step| step.from == at && step.to > at && step.to <= to)
            .max_by_key(|step| step.to)?;
        at = step.to;
        steps.push(step);
    }
    (at == to).then_some(steps)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn schema(text: &str) -> Schema {
        Schema::parse(text).unwrap()
    }

    #[test]
    fn versions_have_three_numbers_and_an_order() {
        assert!(schema("1.2.10") > schema("1.2.9") && schema("2.0.0") > schema("1.99.99"));
        assert_eq!(schema("1.2.3").to_string(), "1.2.3");
        for bad in ["", "1", "1.0", "1.0.0.0", "1.0.x", "1..0", "+1.0.0", "1.0.99999999999"] {
            assert_eq!(Schema::parse(bad), None, "{bad}");
        }
    }

    #[test]
    fn steps_are_joined_and_the_longest_are_taken() {
        let step = |from, to| Migration { from: schema(from), to: schema(to), change: Arc::new(|_| Ok(())) };
        let steps =
            [step("1.0.0", "1.1.0"), step("1.1.0", "1.2.0"), step("1.0.0", "1.2.0"), step("1.2.0", "1.3.0")];
        let taken = |from, to| {
            path(&steps, schema(from), schema(to))
                .map(|steps| steps.iter().map(|step| step.to.to_string()).collect::<Vec<_>>())
        };
        assert_eq!(taken("1.0.0", "1.3.0"), Some(vec!["1.2.0".to_owned(), "1.3.0".to_owned()]));
        assert_eq!(taken("1.0.0", "1.1.0"), Some(vec!["1.1.0".to_owned()]));
        assert_eq!(taken("1.3.0", "1.3.0"), Some(vec![]));
        assert_eq!(taken("0.9.0", "1.0.0"), None, "there is no step from there");
        assert_eq!(taken("1.0.0", "1.4.0"), None, "nor all the way");
    }
}
