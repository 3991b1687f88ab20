//! `Migration`: how a document of one schema becomes one of a later schema.

use super::draft::Draft;
use crate::error::Result;
use crate::schema::Schema;
use std::sync::Arc;

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
        assert_eq!(taken("1.1.0", "1.0.0"), None, "nor back");
    }

    #[test]
    fn a_step_that_leads_nowhere_is_not_taken() {
        let step = |from, to| Migration { from: schema(from), to: schema(to), change: Arc::new(|_| Ok(())) };
        let steps = [step("1.0.0", "1.0.0"), step("1.0.0", "0.9.0")];
        assert!(path(&steps, schema("1.0.0"), schema("1.1.0")).is_none());
    }
}
