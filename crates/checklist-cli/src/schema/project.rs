//! The answers about a project, its lists and its runs, and about the program itself.

use super::Schema;
use super::kind::Kind::{Any, Bool, Count, List, Maybe, Object, Part, Text, Time, Word};
use super::kind::{Kind, Member, may, must};
use super::part::{
    CHANGED, COMMANDS_TO_APPROVE, EVIDENCE, FINDING, MAYBE_TEXT, NEXT, PROGRESS, PROGRESS_OF_RUN, REPLAYED,
    REV, RUN_ID, RUN_STATUS, RUN_SUMMARY, TEXTS,
};

const MAYBE_NEXT: Member = may("next_commands", TEXTS, "commands that may follow as they are");

/// What a repeated request is told in addition.
const ANSWERED: &[Member] = &[
    may("step", MAYBE_TEXT, ""),
    may("status", MAYBE_TEXT, "where it stands"),
    may("evidence", Maybe(&EVIDENCE), ""),
    may("detail", MAYBE_TEXT, ""),
    may("current", MAYBE_TEXT, ""),
    may("progress", Part(&PROGRESS), ""),
    MAYBE_NEXT,
];

const PASSAGE: &[Member] = &[
    CHANGED,
    must("dry_run", Bool, "whether it was only shown"),
    must("file", Text, "relative to the project"),
    must(
        "action",
        Word(&["none", "created", "added", "updated", "removed", "deleted"]),
        "what was done, or would be; deleted: the file was made for the lines, and is gone with them",
    ),
    must("diff", MAYBE_TEXT, "the change as a unified diff; null: there is none"),
    NEXT,
];

const DIFFERENCES: &[Member] = &[
    RUN_ID,
    REV,
    must("list", Text, ""),
    must("same", Bool, ""),
    must(
        "steps",
        List(&Object(&[
            must("step", Text, ""),
            must("title", Text, ""),
            must("what", Word(&["added", "removed", "changed"]), ""),
            may("changed", TEXTS, "what of it"),
        ])),
        "",
    ),
    must("other", TEXTS, "what else differs, in the words of a template"),
    must("reordered", Bool, ""),
    must("changed_lines", Any, ""),
    NEXT,
];

const IMPORTED: &[Member] = &[
    CHANGED,
    must("template", Text, "the id of the list"),
    must("title", Text, ""),
    must("list", MAYBE_TEXT, "where it is kept; none for --dry-run"),
    may("from", Word(&["bmad-workflow", "template"]), "what it was, if not Markdown"),
    may("boxes", Count, "Markdown: the boxes in the file"),
    may("from_list_items", Bool, "Markdown: whether there were none, and items were taken"),
    must("left_out", Any, "what was not taken, and why"),
    must(
        "steps",
        List(&Object(&[
            must("id", Text, ""),
            must("title", Text, ""),
            may("section", MAYBE_TEXT, ""),
            may("parent", MAYBE_TEXT, ""),
            may("marker", Text, ""),
            may("line", Any, ""),
            may("assignee", MAYBE_TEXT, ""),
        ])),
        "",
    ),
    may("notes", List(&Part(&FINDING)), ""),
    may(
        "merged",
        List(&Object(&[
            must("step", Text, ""),
            must("what", Word(&["added", "reworded", "removed", "back", "dropped"]), ""),
            must("title", Text, ""),
            may("before", Text, ""),
        ])),
        "where the list was there: how it differed",
    ),
    may("runs", TEXTS, "open runs that go on with it"),
    NEXT,
];

const LOGGED: &[Member] = &[
    must("run", Text, ""),
    must(
        "logs",
        List(&Object(&[
            may("step", Text, ""),
            must(
                "command",
                Text,
                "its id, or check or output-NAME; in the list of all, behind that of the step",
            ),
            must("attempt", Count, ""),
            must("outcome", MAYBE_TEXT, ""),
            must("log", Text, "the path of its output"),
            may("tail", TEXTS, "the last lines of it"),
        ])),
        "",
    ),
];

const MIGRATED: &[Member] = &[
    CHANGED,
    RUN_ID,
    REV,
    may("list", Text, ""),
    may("added", TEXTS, "steps that are new"),
    may("renamed", List(&Object(&[must("from", Text, ""), must("to", Text, "")])), ""),
    may("dropped", TEXTS, "steps that are gone"),
    may("unverified", TEXTS, "verified by other checks, so only claimed now"),
    may("reopened", TEXTS, "to do again, for they ask for another value"),
    PROGRESS_OF_RUN,
    NEXT,
    may("step", MAYBE_TEXT, ""),
    may("status", MAYBE_TEXT, ""),
    may("evidence", Maybe(&EVIDENCE), ""),
    may("detail", MAYBE_TEXT, ""),
    may("current", MAYBE_TEXT, ""),
];

/// A project of this user: where a run is there, as that run, else these alone.
const PROJECT: Kind = Object(&[
    must("project", Text, "its path"),
    must("standing", Word(&["run", "no_run", "unreadable", "gone", "out_of_reach"]), ""),
    must("seen", Time, "when it was worked in last"),
    may("reason", Text, "unreadable: why"),
    may("run", Text, ""),
    may("id", Text, ""),
    may("name", MAYBE_TEXT, ""),
    may("rev", Count, ""),
    may("template", Text, ""),
    may("title", Text, ""),
    may("version", MAYBE_TEXT, ""),
    may("status", RUN_STATUS, ""),
    may("running", Bool, ""),
    may("branch", MAYBE_TEXT, ""),
    may("started", Time, ""),
    may("updated", Time, ""),
    may("archived", Maybe(&Time), ""),
    may("variables", Kind::Map(&Text), ""),
    may("progress", Part(&PROGRESS), ""),
    may("current", MAYBE_TEXT, ""),
]);

const APPROVED: &[Member] = &[
    CHANGED,
    must("approved", Bool, ""),
    must("path", Text, ""),
    must("sha256", Text, "of the content"),
    must("commands", COMMANDS_TO_APPROVE, ""),
];

const CHECKED_LISTS: &[Member] = &[
    must("errors", Count, ""),
    must(
        "files",
        List(&Object(&[
            must("file", Text, ""),
            must("ok", Bool, ""),
            may("template", Text, ""),
            may("steps", Count, ""),
            must("findings", List(&Part(&FINDING)), ""),
        ])),
        "",
    ),
    must("exit", Count, "the exit code"),
];

const LISTED_SCHEMAS: &[Member] = &[
    may("name", Text, "the schema that was asked for"),
    may("json_schema", Any, "that schema"),
    may(
        "schemas",
        List(&Object(&[
            must("name", Text, ""),
            must("version", Count, ""),
            must("schema", Text, "what the member schema of the object says"),
            must("about", Text, ""),
            must("verbs", TEXTS, "the commands that answer so"),
            must("draft", Text, "the draft of JSON Schema"),
        ])),
        "--list: all of them",
    ),
];

/// All of them, sorted by name.
pub(super) const ALL: &[Schema] = &[
    Schema::new(
        "archive",
        "A run was put aside, or taken up again.",
        &["archive"],
        &[
            &[CHANGED, RUN_ID, REV, must("archived", Bool, ""), may("path", Text, "where it is now")],
            REPLAYED,
            ANSWERED,
        ],
    ),
    Schema::new(
        "agents",
        "A few lines for agents in a file that they read.",
        &["agents install", "agents uninstall"],
        &[PASSAGE],
    ),
    Schema::new("diff", "How a list differs from the copy of a run.", &["diff"], &[DIFFERENCES]),
    Schema::new("import", "A list was taken into the project.", &["import"], &[IMPORTED]),
    Schema::new(
        "init",
        "A project was made, or was there.",
        &["init"],
        &[&[
            CHANGED,
            must("project", Text, "its path"),
            may("list", Text, "the list in it"),
            may("steps", Count, "of that list"),
            NEXT,
        ]],
    ),
    Schema::new("logs", "What the commands of a step printed.", &["logs"], &[LOGGED]),
    Schema::new(
        "ls",
        "The runs of a project.",
        &["ls"],
        &[&[
            must("runs", List(&RUN_SUMMARY), ""),
            may("lists", TEXTS, "the lists that could be run"),
            may("archived_count", Count, "how many were put aside"),
            may("archived", Bool, "whether these are those that were put aside"),
        ]],
    ),
    Schema::new("migrate", "A run goes on with its list as it is now.", &["migrate"], &[MIGRATED, REPLAYED]),
    Schema::new(
        "pause",
        "A run was put aside on purpose.",
        &["pause"],
        &[&[CHANGED, RUN_ID, REV], REPLAYED, ANSWERED],
    ),
    Schema::new(
        "projects",
        "All projects of this user.",
        &["ls"],
        &[&[must("projects", List(&PROJECT), "newest first")]],
    ),
    Schema::new(
        "rename",
        "A run has another name.",
        &["rename"],
        &[&[CHANGED, RUN_ID, REV, may("name", MAYBE_TEXT, "")], REPLAYED, ANSWERED],
    ),
    Schema::new(
        "reset",
        "A run was put back to its beginning.",
        &["reset"],
        &[
            &[
                CHANGED,
                RUN_ID,
                REV,
                may("kept_answers", TEXTS, "the variables that steps gave a value, which they keep"),
            ],
            REPLAYED,
            ANSWERED,
        ],
    ),
    Schema::new("schema", "JSON Schemas.", &["schema"], &[LISTED_SCHEMAS]),
    Schema::new(
        "switch",
        "Another run is the active one.",
        &["switch"],
        &[&[CHANGED, RUN_ID, REV, must("template", Text, "the id of its list")], REPLAYED, ANSWERED],
    ),
    Schema::new("trust", "Whether the commands of a list may run.", &["trust"], &[APPROVED]),
    Schema::new(
        "trust-records",
        "What was approved on this machine.",
        &["trust"],
        &[&[must(
            "records",
            List(&Object(&[
                must("sha256", Text, ""),
                must("template", Text, ""),
                must("project", Text, ""),
                must("approved", Text, "when"),
            ])),
            "oldest first",
        )]],
    ),
    Schema::new("validate", "Mistakes in lists.", &["validate"], &[CHECKED_LISTS]),
];
