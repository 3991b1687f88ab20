//! The answers about the program itself: its manual, and what shells are given.

use super::Schema;
use super::kind::Kind::{Bool, Count, List, Maybe, Object, Text, Word};
use super::kind::{Kind, Member, may, must};
use super::part::{MAYBE_TEXT, TEXTS};

const SCRIPT: Member = must("script", Text, "for the shell to evaluate");

const SECTIONS: Kind = List(&Object(&[
    must("title", Text, ""),
    must(
        "blocks",
        List(&Object(&[
            must("kind", Word(&["text", "code", "examples", "terms"]), ""),
            may("text", Text, "text, code"),
            may(
                "items",
                List(&Object(&[
                    may("command", Text, "examples: as it is typed"),
                    may("term", Text, "terms"),
                    must("about", Text, ""),
                ])),
                "examples, terms",
            ),
        ])),
        "",
    ),
]));

const PAGE: &[Member] = &[
    may("text", Text, "as a terminal of 80 columns shows it"),
    may("name", Text, "of the command or topic"),
    may("about", Text, "in one line"),
    may("sections", SECTIONS, "the same in parts"),
    may(
        "codes",
        List(&Object(&[
            must("exit", Count, ""),
            must("code", Text, ""),
            must("meaning", Text, ""),
            must("advice", Text, ""),
        ])),
        "exit-codes: all of them",
    ),
    may(
        "pages",
        List(&Object(&[
            must("name", Text, ""),
            must("about", Text, ""),
            must("sections", SECTIONS, ""),
            must("text", Text, ""),
        ])),
        "--all: every one",
    ),
];

const SEGMENT: &[Member] = &[
    must("segment", MAYBE_TEXT, "what a prompt shows; null where there is nothing to say"),
    may("list", MAYBE_TEXT, ""),
    may("name", MAYBE_TEXT, "of the run"),
    may("run", MAYBE_TEXT, "its id"),
    may("settled", Maybe(&Count), "steps that are done or skipped, where they were counted"),
    may("total", Maybe(&Count), "all steps, where they were counted"),
    may("marker", MAYBE_TEXT, "that of the current step"),
    may("step", MAYBE_TEXT, "the current one"),
];

/// All of them, sorted by name.
pub(super) const ALL: &[Schema] = &[
    Schema::new("completions", "What completes command lines in a shell.", &["completions"], &[&[SCRIPT]]),
    Schema::new("help", "Pages of the manual.", &["help"], &[PAGE]),
    Schema::new("hook", "What tells where a run stands on entering a folder.", &["hook"], &[&[SCRIPT]]),
    Schema::new(
        "init-list",
        "The lists that come with the program.",
        &["init"],
        &[&[must(
            "lists",
            List(&Object(&[
                must("name", Text, ""),
                must("about", Text, ""),
                must("title", Text, ""),
                must("steps", Count, ""),
                must(
                    "variables",
                    List(&Object(&[
                        must("name", Text, ""),
                        must("about", MAYBE_TEXT, ""),
                        must("required", Bool, ""),
                    ])),
                    "",
                ),
            ])),
            "",
        )]],
    ),
    Schema::new(
        "man",
        "A man page.",
        &["man"],
        &[&[must("file", Text, "what such a file is called"), must("text", Text, "for troff")]],
    ),
    Schema::new(
        "man-files",
        "Man pages were written.",
        &["man"],
        &[&[must("folder", Text, ""), must("files", TEXTS, "")]],
    ),
    Schema::new("prompt", "A segment of a shell prompt.", &["prompt"], &[SEGMENT]),
    Schema::new(
        "version",
        "Which program this is.",
        &[],
        &[&[must("text", Text, ""), must("version", Text, "")]],
    ),
];
