//! `Outline`: the steps of a template by id, and the parts of each, found without searching.

use crate::template::{Step, Template};
use std::collections::HashMap;

/// An index of a template.
pub(crate) struct Outline<'t> {
    by_id: HashMap<&'t str, &'t Step>,
    parts: HashMap<&'t str, Vec<&'t Step>>,
    asking: HashMap<&'t str, &'t Step>,
}

impl<'t> Outline<'t> {
    pub(crate) fn of(template: &'t Template) -> Outline<'t> {
        let by_id = template.steps.iter().map(|step| (step.id.as_str(), step)).collect();
        let mut parts: HashMap<&str, Vec<&Step>> = HashMap::new();
        for step in &template.steps {
            if let Some(parent) = &step.parent {
                parts.entry(parent).or_default().push(step);
            }
        }
        let asks = |step: &'t Step| Some((step.input.as_ref()?.variable.as_str(), step));
        let asking = template.steps.iter().filter_map(asks).collect();
        Outline { by_id, parts, asking }
    }

    pub(crate) fn step(&self, id: &str) -> Option<&'t Step> {
        self.by_id.get(id).copied()
    }

    /// The step that asks for a variable.
    pub(crate) fn asking(&self, variable: &str) -> Option<&'t Step> {
        self.asking.get(variable).copied()
    }

    /// The steps that are parts of this one, directly.
    pub(crate) fn parts(&self, id: &str) -> &[&'t Step] {
        self.parts.get(id).map_or(&[], Vec::as_slice)
    }

    /// The steps that this one is a part of, from the inside out.
    pub(crate) fn ancestors<'s>(&'s self, step: &'t Step) -> impl Iterator<Item = &'t Step> + 's {
        let above = |step: &'t Step| step.parent.as_deref().and_then(|parent| self.step(parent));
        std::iter::successors(above(step), move |step| above(step))
    }
}
