//! Finding steps and runs by what people type: an id, or the beginning of no other.

use super::WorkflowEngine;
use crate::error::{Error, Result};
use crate::keys;
use crate::template::Step;

impl WorkflowEngine {
    pub(super) fn find_run(&self, prefix: &str) -> Result<String> {
        let prefix = prefix.to_ascii_uppercase();
        let ids = self.store.snapshot().names(&keys::RUNS).into_iter();
        let mut found = ids.filter(|id| !prefix.is_empty() && id.starts_with(&prefix));
        match (found.next(), found.next()) {
            (Some(id), None) => Ok(id),
            _ => Err(Error::UnknownRun(prefix)),
        }
    }

    /// The id of the step that a text names: the id itself, or the beginning of no other.
    ///
    /// # Errors
    /// [`Error::UnknownStep`], with a step that may have been meant.
    pub fn step_id(&self, text: &str) -> Result<String> {
        self.step(text).map(|step| step.id.clone())
    }

    pub(crate) fn step(&self, text: &str) -> Result<&Step> {
        let template = &self.selected()?.template;
        let mut beginnings =
            template.steps.iter().filter(|step| !text.is_empty() && step.id.starts_with(text));
        let only = beginnings.next().filter(|_| beginnings.next().is_none());
        template.step(text).or(only).ok_or_else(|| {
            let likeness = |step: &&Step| (strsim::jaro_winkler(text, &step.id) * 1000.0) as i64;
            let nearest = template.steps.iter().max_by_key(likeness);
            let suggestion = nearest.filter(|step| likeness(step) > 750).map(|step| step.id.clone());
            Error::UnknownStep { id: text.to_owned(), suggestion }
        })
    }
}
