//! The answers about a project: its lists, its runs, its store, and the program itself.

use super::Schema;
use super::kind::Kind::{Any, Bool, Count, List, Maybe, Object, Part, Text, Time, Word};
use super::kind::{Kind, Member, may, must};
use super::part::{
    CHANGED, COMMANDS_TO_APPROVE, EVIDENCE, FINDING, MAYBE_TEXT, NEXT, PROGRESS, PROGRESS_OF_RUN, REPLAYED,
    REV, RUN_CHANGES, RUN_ID, RUN_STATUS, RUN_SUMMARY, TEXTS,
};

const MAYBE_COUNT: Kind = Maybe(&Count);
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

const BACKUP: &[Member] = &[
    must("name", Text, ""),
    must("reason", Text, "why it was made"),
    must("record", Count, "the last record in it"),
    must("time", Maybe(&Time), ""),
    must("bytes", Count, ""),
    must("files", TEXTS, ""),
    must("verified", Bool, "whether its checksum holds"),
    must("restorable", Bool, "whether restore can go back to it"),
];

const COPIED: &[Member] = &[
    CHANGED,
    may("backups", List(&Object(BACKUP)), "with --list: all copies"),
    may("name", Text, "of the copy that was made"),
    may("reason", Text, ""),
    may("record", Count, ""),
    may("time", Maybe(&Time), ""),
    may("bytes", Count, ""),
    may("files", TEXTS, ""),
    may("verified", Bool, ""),
    may("restorable", Bool, ""),
    MAYBE_NEXT,
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

const RECOVERED: &[Member] = &[
    CHANGED,
    may(
        "sources",
        List(&Object(&[must("name", Text, ""), must("detail", Text, ""), must("record", Count, "")])),
        "what it is rebuilt from, in order",
    ),
    may("ends_at", Count, "the record that it ends at"),
    must("lost", MAYBE_TEXT, "in words"),
    may("proven", Maybe(&Bool), "whether checksums prove all of it"),
    may("put_aside", TEXTS, "what does not verify and is not needed"),
    may("kept", MAYBE_TEXT, "where what was replaced is kept"),
    may("salvaged_into", Text, "--salvage: the folder"),
    may("files", Count, "--salvage: those that were copied"),
    may("bytes", Count, ""),
    may("unreadable", List(&Object(&[must("file", Text, ""), must("why", Text, "")])), ""),
    may("record", MAYBE_COUNT, ""),
    may("has_history", Bool, ""),
    may("unproven", Count, ""),
    may("report", Text, "the path of the report"),
    may("exit", Count, ""),
    MAYBE_NEXT,
];

const RESTORED: &[Member] = &[
    CHANGED,
    may("to", Count, "the record that was gone back to"),
    may("time", Maybe(&Time), "when that was saved"),
    may("from", Count, "the record before"),
    may("source", Word(&["history", "backup"]), ""),
    may("record", MAYBE_COUNT, "the record that says so"),
    may("runs", RUN_CHANGES, ""),
    may("other_changes", Count, ""),
    may("kept", MAYBE_TEXT, "where the edited file is kept"),
    may("lost", MAYBE_TEXT, ""),
    MAYBE_NEXT,
];

const LOGGED: &[Member] = &[
    must("run", Text, ""),
    must(
        "logs",
        List(&Object(&[
            may("step", Text, ""),
            must("command", Text, "its id; in the list of all, behind that of the step"),
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

const STORM: &[Member] = &[
    must("kills", Count, ""),
    must("kills_of_the_lock_holder", Count, ""),
    must("stops", Count, ""),
    must("writers", Count, ""),
    must("acknowledged", Count, "transactions that were said to be saved"),
    must("lost", MAYBE_COUNT, "of those; none where a promise was broken and they cannot be counted"),
    must("doubled", MAYBE_COUNT, ""),
    must("unanswered_saved", Count, ""),
    must("unanswered_not_saved", Count, ""),
    must("histories", Count, ""),
    must("histories_undecided", Count, ""),
    must("operations", Count, ""),
    must("recoveries", Count, ""),
    must("recovery_us_max", Count, ""),
    must("lock_wait_us_median", Count, ""),
    must("lock_wait_us_max", Count, ""),
    must("sync_us_median", Count, ""),
    must("file_system", Text, ""),
    must("folder", Text, ""),
    must("version", Text, ""),
    must("system", Any, ""),
    must("seed", Count, "--seed of the same storm"),
    must("duration_ms", Count, ""),
    must("cut_short", Bool, ""),
    must("found", MAYBE_TEXT, "the promise that was broken"),
    must("left_in", MAYBE_TEXT, "where what was found is kept"),
];

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

const LOG: &[Member] = &[
    must("path", Text, ""),
    must("bytes", Count, ""),
    must("continues", MAYBE_COUNT, "the record that it follows on"),
    must(
        "records",
        List(&Object(&[
            must("txn", Text, ""),
            must("first", Count, "its first record"),
            must("lsn", Count, "its last record"),
            must("time", Time, ""),
            must("note", Any, "what it says it was"),
            must(
                "operations",
                List(&Object(&[must("op", Word(&["write", "delete"]), ""), must("key", Text, "")])),
                "without the values",
            ),
        ])),
        "",
    ),
    must("tail_bytes", Count, "bytes that belong to no committed transaction"),
    must("state", Text, "what is to be said of state.yaml"),
    must("state_at", MAYBE_COUNT, "the record that it is at"),
    must("log", Text, "what is to be said of the log"),
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
        "adopt",
        "A hand edit of state.yaml was taken in.",
        &["adopt"],
        &[&[CHANGED, may("record", Count, ""), may("operations", Count, "changes"), MAYBE_NEXT]],
    ),
    Schema::new(
        "archive",
        "A run was put aside, or taken up again.",
        &["archive"],
        &[&[CHANGED, RUN_ID, REV, must("archived", Bool, ""), may("path", Text, "where it is now")]],
    ),
    Schema::new("backup", "The state was copied, or its copies are listed.", &["backup"], &[COPIED]),
    Schema::new("diff", "How a list differs from the copy of a run.", &["diff"], &[DIFFERENCES]),
    Schema::new(
        "doctor",
        "What was found when everything was looked at.",
        &["doctor"],
        &[&[
            must("exit", Count, "the exit code"),
            must(
                "findings",
                List(&Object(&[
                    must("grade", Word(&["ok", "note", "warn", "bad"]), ""),
                    must("subject", Text, ""),
                    must("detail", Text, ""),
                    must("fix", MAYBE_TEXT, "the command that repairs it"),
                    must("data", Any, "the same as facts"),
                ])),
                "",
            ),
        ]],
    ),
    Schema::new(
        "help",
        "Help, as text or as a table.",
        &["help"],
        &[&[
            may("text", Text, ""),
            may("topic", Text, ""),
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
        ]],
    ),
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
    Schema::new("recover", "A damaged state was rebuilt, or would be.", &["recover"], &[RECOVERED]),
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
        &[&[CHANGED, RUN_ID, REV], REPLAYED, ANSWERED],
    ),
    Schema::new("restore", "The state is as it was.", &["restore"], &[RESTORED]),
    Schema::new("schema", "JSON Schemas.", &["schema"], &[LISTED_SCHEMAS]),
    Schema::new(
        "switch",
        "Another run is the active one.",
        &["switch"],
        &[&[CHANGED, RUN_ID, REV, must("template", Text, "the id of its list")]],
    ),
    Schema::new("torture", "What a storm of kills found.", &["torture"], &[STORM]),
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
    Schema::new("wal", "What the write-ahead log holds.", &["wal show"], &[LOG]),
];
