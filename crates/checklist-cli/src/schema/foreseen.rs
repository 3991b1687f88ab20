//! What a dry run answers.

use super::kind::Kind::{Bool, List, Object, Text, Word};
use super::kind::{Member, must};
use super::part::{MAYBE_TEXT, NEXT, TEXTS};

/// What a dry run found.
pub(super) const FORESEEN: &[Member] = &[
    must("run", MAYBE_TEXT, "the id of the run; none where it would only begin"),
    must("id", MAYBE_TEXT, "the same"),
    must("changed", Bool, "no: nothing is"),
    must("new", Bool, "whether a run would begin"),
    must("approved", Bool, "whether the commands of the list may run on this machine"),
    must("missing_secrets", TEXTS, "those that have no value"),
    must("stops_at", MAYBE_TEXT, "the step at which a walk without a person ends"),
    must(
        "planned",
        List(&Object(&[
            must("step", Text, ""),
            must("title", Text, ""),
            must("type", Text, "as in a template"),
            must(
                "what",
                Word(&[
                    "runs",
                    "confirmed",
                    "waits_for_human",
                    "waits_for_agent",
                    "waits_for_someone",
                    "interrupted",
                    "running",
                    "claimed",
                ]),
                "what happens there",
            ),
            must("stops", Bool, "whether a walk without a person ends there"),
            must("killer", Bool, ""),
            must(
                "commands",
                List(&Object(&[
                    must("id", Text, ""),
                    must("run", Text, "as the list has it"),
                    must("filled", Text, "with the values of its names; *** for a secret"),
                    must("danger", MAYBE_TEXT, "why one should look twice"),
                    must("allowed", Bool, "whether it is no danger, or somebody said yes to it"),
                    must("done", Bool, "whether it ran already, and does not run again"),
                    must("left_out", MAYBE_TEXT, "why its condition leaves it out"),
                    must("interactive", Bool, "whether it talks to a person at a terminal"),
                ])),
                "",
            ),
            must("checks", TEXTS, "those that are made"),
            must("prompts", TEXTS, "what is asked of an agent"),
        ])),
        "the steps from here on, as if each went well",
    ),
    must(
        "hidden",
        List(&Object(&[must("step", Text, ""), must("title", Text, ""), must("why", Text, "")])),
        "steps that their conditions leave out",
    ),
    must(
        "not_reached",
        List(&Object(&[
            must("step", Text, ""),
            must("title", Text, ""),
            must("waits_for", TEXTS, ""),
            must("why", Text, ""),
        ])),
        "steps that cannot be foreseen to be done",
    ),
    NEXT,
];
