//! The topic `concepts`: the words that everything else is said in.

use crate::manual::{Section, examples, section, terms, text};

pub(super) fn sections() -> Vec<Section> {
    vec![
        section(
            "Examples",
            vec![examples(&[
                ("checklist init release", "take a list into the project"),
                (
                    "checklist run --var crate=demo --var version=1.4.0",
                    "begin a run of it, and walk through it",
                ),
                ("checklist done", "settle the current step: its checks are run"),
                ("checklist undo", "take that back"),
            ])],
        ),
        section(
            "Words",
            vec![terms(&[
                ("list", "the steps as you write them: a template in YAML, or a Markdown file with boxes"),
                (
                    "run",
                    "one execution of a list; it keeps its own copy, so that an edit of the list changes nothing in it",
                ),
                ("step", "a thing to do, known by its id; the title may change"),
                ("command", "what the tool runs for a step, or what it asks an agent for"),
                (
                    "check",
                    "what must hold before a step is done: a command, a file, a text in a file, an expression",
                ),
                ("current", "the step to look at next; commands without a step mean it"),
                ("settled", "done, skipped, or hidden: nothing more is to be done about it"),
                ("verified", "the tool saw that it is so"),
                ("claimed", "someone said so"),
                ("interrupted", "its command was cut off; whether it had its effect, nobody knows"),
                ("killer", "a step that is never left out by accident"),
                (
                    "op, rev",
                    "every change is an operation with a number; that of the last one is the revision of the run",
                ),
                ("project", "the folder with .checklist/ in it; commands run there"),
            ])],
        ),
        section(
            "What is promised",
            vec![text(
                "What a command has printed as saved is on disk: it survives kill -9, a crash and a power loss. The next \
                 command repairs what was cut off and says so. Undo takes back the record, never what a command did to the \
                 world. No daemon, no server, no network.",
            )],
        ),
    ]
}
