//! Templates: read or refused with findings that lie inside the text, and the same answer each time.

use checklist_workflow::diagnostic::Diagnostics;
use checklist_workflow::{Template, text};
use std::collections::HashSet;

pub(super) fn judge(bytes: &[u8]) {
    let Ok(source) = std::str::from_utf8(bytes) else { return };
    match Template::parse("fuzzed.yaml", source) {
        Ok(template) => {
            assert!(!template.notes.has_errors());
            are_inside(source, &template.notes);
            is_well_formed(&template);
            let again = Template::parse("fuzzed.yaml", source);
            assert_eq!(again.as_ref().ok(), Some(&template), "read twice, it differs");
        }
        Err(found) => {
            assert!(found.has_errors(), "refused without a reason");
            are_inside(source, &found);
        }
    }
}

/// Steps have ids of their own.
pub(super) fn is_well_formed(template: &Template) {
    let mut ids = HashSet::new();
    for step in &template.steps {
        assert!(text::is_id(&step.id), "{}", step.id);
        assert!(ids.insert(step.id.as_str()), "{} is there twice", step.id);
    }
}

/// Every finding points into the text, and can be shown to people and to programs.
pub(super) fn are_inside(source: &str, found: &Diagnostics) {
    for finding in found {
        assert!(source.get(finding.span.clone()).is_some(), "{:?} is not in the text", finding.span);
    }
    assert_eq!(found.render(false).is_empty(), found.is_empty());
    assert_eq!(found.render(true).is_empty(), found.is_empty());
    assert!(found.to_json().is_array() || found.to_json().is_object());
}
