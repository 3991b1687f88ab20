//! The answers about the store of a project: its state, its copies, its log, and whether all of it is sound.

use super::Schema;
use super::kind::Kind::{Any, Bool, Count, List, Maybe, Object, Text, Time, Word};
use super::kind::{Kind, Member, may, must};
use super::part::{CHANGED, MAYBE_TEXT, RUN_CHANGES, TEXTS};

const MAYBE_COUNT: Kind = Maybe(&Count);
const MAYBE_NEXT: Member = may("next_commands", TEXTS, "commands that may follow as they are");

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

/// All of them, sorted by name.
pub(super) const ALL: &[Schema] = &[
    Schema::new(
        "adopt",
        "A hand edit of state.yaml was taken in.",
        &["adopt"],
        &[&[CHANGED, may("record", Count, ""), may("operations", Count, "changes"), MAYBE_NEXT]],
    ),
    Schema::new("backup", "The state was copied, or its copies are listed.", &["backup"], &[COPIED]),
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
    Schema::new("recover", "A damaged state was rebuilt, or would be.", &["recover"], &[RECOVERED]),
    Schema::new("restore", "The state is as it was.", &["restore"], &[RESTORED]),
    Schema::new("torture", "What a storm of kills found.", &["torture"], &[STORM]),
    Schema::new("wal", "What the write-ahead log holds.", &["wal show"], &[LOG]),
];
