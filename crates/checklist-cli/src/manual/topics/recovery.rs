//! The topic `recovery`: what to do after a crash, a full disk, or damage; mostly nothing.

use crate::manual::{Section, examples, section, terms, text};

pub(super) fn sections() -> Vec<Section> {
    vec![
        section(
            "Examples",
            vec![examples(&[
                ("checklist status", "after a crash: repairs by itself, and says what it did"),
                ("checklist resume", "settles the command that was cut off"),
                ("checklist doctor", "looks at everything, changes nothing"),
                ("checklist recover --dry-run", "what could be rebuilt of a damaged state, and from what"),
                ("checklist restore --at \"20 minutes ago\"", "an earlier state"),
            ])],
        ),
        section(
            "What you see, and what it means",
            vec![terms(&[
                (
                    "Recovered: ...",
                    "what was cut off is repaired; nothing that was called saved is lost; go on",
                ),
                (
                    "[?] interrupted",
                    "a command was running: it may or may not have worked. checklist resume asks, checks or runs it again, as the list says",
                ),
                (
                    "NOT saved",
                    "the disk took nothing; the state is as it was. Free space, run the same command again",
                ),
                ("in doubt", "the disk refused to confirm. Do not repeat it blindly: checklist status"),
                (
                    "edited by hand",
                    "state.yaml was changed in an editor: checklist adopt takes it in, checklist restore undoes it",
                ),
                (
                    "damaged (exit 13)",
                    "what no crash can cause. Nothing is changed: checklist recover --dry-run, then checklist recover",
                ),
                (
                    "busy (exit 75)",
                    "another process writes; its name is in the message. Nothing has to be deleted by hand, ever",
                ),
            ])],
        ),
        section(
            "Answers for resume without a terminal",
            vec![terms(&[
                ("--done STEP/COMMAND", "it did work: recorded as claimed"),
                ("--rerun STEP/COMMAND", "run it again"),
                ("--failed STEP/COMMAND", "it failed"),
            ])],
        ),
        section(
            "Rules",
            vec![text(
                "No repair deletes a file, and copies are kept of what it replaces: checklist backup --list. One process \
                 repairs at a time. No command is run a second time unasked. What each promise rests on, and the test that \
                 holds it: docs/durability.md.",
            )],
        ),
    ]
}
