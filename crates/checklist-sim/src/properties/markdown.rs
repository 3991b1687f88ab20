//! Markdown lists: no box is lost, parents come before children, and the same answer each time.

use super::template::is_well_formed;
use checklist_workflow::markdown::import;
use std::collections::HashSet;

pub(super) fn judge(bytes: &[u8]) {
    let Ok(source) = std::str::from_utf8(bytes) else { return };
    match import("fuzzed.md", source) {
        Ok(list) => {
            assert_eq!(list.statuses.len(), list.template.steps.len());
            assert!(list.from_list_items || list.boxes == list.template.steps.len(), "a box is lost");
            assert!(!list.notes().has_errors());
            is_well_formed(&list.template);
            let mut before = HashSet::new();
            for step in &list.template.steps {
                assert!(
                    step.parent.as_ref().is_none_or(|parent| before.contains(parent)),
                    "parents come first"
                );
                before.insert(step.id.clone());
            }
            assert_eq!(import("fuzzed.md", source).as_ref().ok(), Some(&list), "read twice, it differs");
        }
        Err(found) => {
            assert!(found.has_errors());
            assert!(!found.render(false).contains("disagree"), "its two counters of boxes disagree");
        }
    }
}
