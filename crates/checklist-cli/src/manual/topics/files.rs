//! The topic `files`: what lies where.

use crate::manual::{Section, examples, section, terms, text};

pub(super) fn sections() -> Vec<Section> {
    vec![
        section(
            "Examples",
            vec![examples(&[
                ("git add .checklist", "its own .gitignore keeps the machine's files out"),
                ("rm -r .checklist", "remove everything from the project"),
                ("checklist trust --all", "what was approved on this machine"),
            ])],
        ),
        section("In the project, for git", vec![terms(PROJECT)]),
        section("In the project, for the machine", vec![terms(MACHINE)]),
        section("Elsewhere", vec![terms(ELSEWHERE)]),
        section(
            "Rules",
            vec![text(
                "Edit the lists, not state.yaml; where you did, checklist adopt takes it in. Nothing outside of .checklist/ is \
                 changed but what your commands change. Every byte is explained in docs/format.md.",
            )],
        ),
    ]
}

pub(crate) const PROJECT: &[(&str, &str)] = &[
    (".checklist/state.yaml", "where you are, in YAML; the one truth"),
    (".checklist/templates/", "your lists; below it .used/, the copies that runs go by"),
    (".checklist/archive/", "finished runs that were put aside, a file for each"),
    (".checklist/.gitignore", "tracks these three, ignores the rest"),
];

pub(crate) const MACHINE: &[(&str, &str)] = &[
    (".checklist/history.jsonl", "every transaction, oldest first"),
    (".checklist/logs/", "what commands printed, a file for each attempt"),
    (".checklist/.wal", "the write-ahead log; checklist wal show"),
    (".checklist/.backup/", "the last states, and copies from before repairs"),
    (".checklist/.locks/, .tmp/", "locks of the kernel, never to be deleted by hand; files on their way"),
];

pub(crate) const ELSEWHERE: &[(&str, &str)] = &[
    ("~/.local/state/checklist/trust/", "which commands you approved; $XDG_STATE_HOME moves it"),
    ("~/.local/state/checklist/", "which projects you have, for checklist ls --all"),
];
