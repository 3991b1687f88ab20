//! The topic `markers`: the signs before a step, as the engine has them.

use crate::manual::{Block, Pair, Section, examples, section, terms, text};
use checklist_workflow::run::StepStatus;

const MEANINGS: [(StepStatus, &str); 7] = [
    (StepStatus::Pending, "to do"),
    (StepStatus::Active, "being executed, or the step to do now"),
    (StepStatus::Done, "done: verified by the tool, or claimed by someone"),
    (StepStatus::Skipped, "left out, with a reason"),
    (StepStatus::Failed, "a command failed, or a check did not pass"),
    (StepStatus::Interrupted, "cut off while a command ran, whose effect nobody knows"),
    (StepStatus::Hidden, "its condition does not hold"),
];

pub(super) fn sections() -> Vec<Section> {
    let markers = MEANINGS.iter().map(|(status, meaning)| Pair::new(status.marker(), *meaning)).collect();
    vec![
        section(
            "Examples",
            vec![examples(&[
                ("checklist status", "every step with its marker"),
                ("checklist explain publish", "why a step waits, or is hidden"),
            ])],
        ),
        Section { title: "Markers".to_owned(), blocks: vec![Block::Terms(markers)] },
        section(
            "Words",
            vec![terms(&[
                ("verified", "the tool ran the check, or the command, and saw it succeed"),
                ("claimed", "someone said so"),
                (
                    "KILLER",
                    "skipping it takes a reason and its id, typed, and it still holds up what needs it",
                ),
                ("waits for", "the steps that come first"),
                ("human", "a person at a terminal has to confirm it"),
                ("agent", "there is a prompt for an agent"),
                ("auto, check", "the tool does it: checklist run"),
            ])],
        ),
        section(
            "Rules",
            vec![text(
                "The markers are those of Markdown task lists, in ASCII, the same on every screen, in logs and in \
                 exports. Colour repeats what a marker says and never says more.",
            )],
        ),
    ]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_marker_is_explained_once() {
        let shown: std::collections::BTreeSet<_> =
            MEANINGS.iter().map(|(status, _)| status.marker()).collect();
        assert_eq!(shown.len(), MEANINGS.len());
        // A status that is new does not compile here, and asks for its meaning above.
        for (status, _) in MEANINGS {
            match status {
                StepStatus::Pending
                | StepStatus::Active
                | StepStatus::Interrupted
                | StepStatus::Done
                | StepStatus::Skipped
                | StepStatus::Failed
                | StepStatus::Hidden => {}
            }
        }
    }
}
