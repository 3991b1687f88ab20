//! The objects that occur in many answers: steps, commands, checks, progress, and a run as a whole.

use super::kind::Kind::{Any, Bool, Count, Either, List, Map, Maybe, Object, Part as Of, Text, Time, Word};
use super::kind::{Kind, Member, Part, may, must};

pub(crate) const TEXTS: Kind = List(&Text);
pub(crate) const MAYBE_TEXT: Kind = Maybe(&Text);

pub(crate) const STEP_STATUS: Kind =
    Word(&["pending", "active", "interrupted", "done", "skipped", "failed", "hidden"]);
pub(crate) const RUN_STATUS: Kind = Word(&["idle", "active", "paused", "completed", "failed"]);
pub(crate) const EVIDENCE: Kind = Word(&["verified", "claimed"]);

pub(crate) const CHANGED: Member = must("changed", Bool, "whether anything was saved");
pub(crate) const RUN_ID: Member = must("run", Text, "the id of the run");
pub(crate) const REV: Member = must("rev", Count, "the number of the last saved operation, for --if-rev");
pub(crate) const NEXT: Member =
    must("next_commands", TEXTS, "commands that may follow as they are, the likeliest first");
pub(crate) const STATE_OF_RUN: Kind = Word(&[
    "completed",
    "paused",
    "blocked",
    "running",
    "interrupted",
    "failed",
    "ready_to_run",
    "waiting_for_human",
    "waiting_for_agent",
    "waiting_for_someone",
]);
pub(crate) const STATE: Member = must("state", STATE_OF_RUN, "what has to be waited for or done");
pub(crate) const PROGRESS_OF_RUN: Member = must("progress", Of(&PROGRESS), "how far the run is");

/// What a request that is repeated with its key is answered with for certain, whatever it was.
pub(crate) const ANSWERED_AGAIN: [&str; 9] =
    ["changed", "run", "rev", "step", "status", "evidence", "detail", "current", "next_commands"];

/// What a request that is repeated with its key has in addition.
pub(crate) const REPLAYED: &[Member] = &[
    may("replayed", Bool, "true: this request was answered before, and changed nothing now"),
    may("rev_now", Count, "where replayed: the revision of now; rev is that of the answer"),
];

pub(crate) const PROGRESS: Part = Part {
    name: "progress",
    about: "Counts of steps.",
    members: &[
        must("done", Count, ""),
        must("skipped", Count, "left out by someone"),
        must("hidden", Count, "left out by their condition"),
        must("failed", Count, ""),
        must("interrupted", Count, ""),
        must("total", Count, ""),
        must("verified", Count, "done, and the tool ran the check"),
        must("claimed", Count, "done on someone's word"),
    ],
};

const CONDITION: Part = Part {
    name: "condition",
    about: "A condition with what it comes to.",
    members: &[
        must("text", Text, ""),
        must("verdict", Word(&["true", "false", "waits", "failed"]), ""),
        must("why", Text, "its parts and their values"),
        must("waits_for", TEXTS, "the steps that decide it"),
    ],
};

const COMMAND: Part = Part {
    name: "command",
    about: "A command of a step.",
    members: &[
        must("id", Text, ""),
        must("run", Text, "the script"),
        must("danger", MAYBE_TEXT, "why one should look twice"),
        must("condition", Maybe(&Of(&CONDITION)), ""),
        must("interactive", Bool, "whether it needs the terminal"),
        must(
            "retries",
            Object(&[must("used", Count, ""), must("max", Count, "")]),
            "how often it was and may be tried again",
        ),
        must("status", Word(&["pending", "started", "done", "failed", "retrying", "interrupted"]), ""),
        must("attempt", Count, "how often it was begun"),
        must("outcome", MAYBE_TEXT, "in words"),
        must("at", Maybe(&Time), "when it ended, or began"),
        must("duration_ms", Maybe(&Count), ""),
        must("log", MAYBE_TEXT, "the path of its output, below .checklist/"),
    ],
};

const CLAIM: Part = Part {
    name: "claim",
    about: "Who has taken the step.",
    members: &[
        must("by", Text, ""),
        must("at", Time, ""),
        must("until", Time, ""),
        must("over", Bool, "whether it has run out"),
        must("own", Bool, "whether it is that of who asks"),
    ],
};

/// A check that was made.
pub(crate) const CHECK: Part = Part {
    name: "check",
    about: "A check that was made.",
    members: &[
        must("check", CHECK_KIND, ""),
        must("passed", Bool, ""),
        must("path", MAYBE_TEXT, ""),
        must("expected", MAYBE_TEXT, ""),
        must("found", MAYBE_TEXT, ""),
        must("detail", Text, "what was found, in words"),
        must("message", MAYBE_TEXT, "what the template says about it"),
        must("log", MAYBE_TEXT, "the path of what its script printed"),
        must("tail", TEXTS, "the last lines of that, where it did not pass"),
    ],
};

const CHECK_KIND: Kind = Word(&["bash", "file_exists", "file_contains", "expr"]);

/// A mistake or a note in a list.
pub(crate) const FINDING: Part = Part {
    name: "finding",
    about: "Something found in a list.",
    members: &[
        must("severity", Word(&["error", "note"]), ""),
        must("file", Text, ""),
        must("line", Count, "from 1"),
        must("column", Count, "from 1"),
        must("span", Object(&[must("start", Count, ""), must("end", Count, "")]), "bytes of the file"),
        must("message", Text, ""),
        must("label", Text, ""),
        must("help", MAYBE_TEXT, ""),
    ],
};

/// The members of a step, as a list shows it.
macro_rules! step_members {
    ($($more:expr),* $(,)?) => {
        &[
            must("id", Text, ""),
            must("title", Text, ""),
            must("description", MAYBE_TEXT, ""),
            must("type", Word(&["task", "check", "confirm", "input", "auto"]), "who does it, and how"),
            must("section", MAYBE_TEXT, "the heading it stands under"),
            must("parent", MAYBE_TEXT, "the step it is a part of"),
            must("status", STEP_STATUS, ""),
            must("marker", Text, "the status as in Markdown: [ ] [>] [x] [-] [!] [?] [~]"),
            must("evidence", Maybe(&EVIDENCE), "on whose word it is done"),
            must("at", Maybe(&Time), "when that changed last"),
            must("by", MAYBE_TEXT, "who changed it"),
            must("note", MAYBE_TEXT, "the reason, the claim, or what was found"),
            must("killer", Bool, "whether skipping it takes its id, typed again"),
            must("needs_human", Bool, "whether a person at a terminal has to confirm it"),
            must("waits_for", TEXTS, "the steps that come first"),
            must("current", Bool, "whether it is the one to look at next"),
            must("assignee", MAYBE_TEXT, "who is meant to do it"),
            must("condition", Maybe(&Of(&CONDITION)), "when it applies"),
            must("outputs", Map(&Text), "what its outputs were"),
            must("claim", Maybe(&Of(&CLAIM)), "who has taken it"),
            must("commands", List(&Of(&COMMAND)), "what the tool runs"),
            must("rollback", List(&Of(&COMMAND)), "what takes it back, on request"),
            $($more),*
        ]
    };
}

pub(crate) const STEP: Part =
    Part { name: "step", about: "A step, as a list shows it.", members: step_members!() };

pub(crate) const FULL_STEP: Part = Part {
    name: "full_step",
    about: "A step with everything needed to do it.",
    members: step_members!(
        must("checks", List(&Of(&PLANNED_CHECK)), "what is checked before it counts as done"),
        must("prompt", MAYBE_TEXT, "what an agent is asked"),
        must(
            "confirm",
            Maybe(&Object(&[
                must("message", Text, ""),
                must("type_to_confirm", MAYBE_TEXT, ""),
                must("by_human", Bool, ""),
            ])),
            "the question of a confirm step"
        ),
        must(
            "input",
            Maybe(&Object(&[
                must("variable", Text, ""),
                must("about", MAYBE_TEXT, ""),
                must("value", MAYBE_TEXT, "what it has now"),
                must("enum", TEXTS, "the values it may have; empty: any"),
            ])),
            "the question of an input step"
        ),
    ),
};

pub(crate) const EXPORTED_STEP: Part = Part {
    name: "exported_step",
    about: "A step, as a report has it.",
    members: step_members!(
        must("prompts", TEXTS, "what an agent was asked"),
        must("checks", TEXTS, "what is checked, each in a line"),
    ),
};

const PLANNED_CHECK: Part = Part {
    name: "planned_check",
    about: "A check that will be made.",
    members: &[
        must("kind", CHECK_KIND, ""),
        may("run", Text, "bash: the script"),
        may("path", Text, "file_exists, file_contains"),
        may("text", Text, "file_contains"),
        may("expr", Text, "expr: the condition"),
        may("message", Text, "what the template says about it"),
    ],
};

/// What an operation on one step did.
pub(crate) const ACTED: Part = Part {
    name: "acted",
    about: "What an operation on one step did.",
    members: &[
        CHANGED,
        must("run", MAYBE_TEXT, ""),
        must("rev", Maybe(&Count), "the number of the operation"),
        must("step", Text, ""),
        must("status", STEP_STATUS, ""),
        must("evidence", Maybe(&EVIDENCE), ""),
        must("detail", MAYBE_TEXT, ""),
        must("checks", List(&Of(&CHECK)), ""),
        must("also_done", TEXTS, "steps that are done with it, for it was the last of their parts"),
    ],
};

/// One operation of the history.
pub(crate) const OPERATION: Part = Part {
    name: "operation",
    about: "One operation of the history.",
    members: &[
        must("op", Count, "its number: the revision it made"),
        must("time", Time, ""),
        must("who", Text, "as said, not proven"),
        must("verb", Text, ""),
        must("step", MAYBE_TEXT, ""),
        must("detail", Text, ""),
        must("of", Maybe(&Count), "undo, redo: the operation it is about"),
        must("to", Maybe(&Count), "undo: the operation it went back to, where it took back all behind that"),
        must("undone", Bool, "whether it is taken back now"),
    ],
};

/// A command that ran, and that no undo takes back.
pub(crate) const RAN: Part = Part {
    name: "ran",
    about: "A command that ran; taking back the record of it does not take it back.",
    members: &[
        must("step", Text, ""),
        must("command", Text, ""),
        must("run", MAYBE_TEXT, "the script"),
        must("has_rollback", Bool, "whether checklist rollback takes it back"),
    ],
};

/// How long something took, many times.
pub(crate) const LATENCY: Part = Part {
    name: "latency",
    about: "Durations in nanoseconds; a percentile is at most an eighth too high. All zero where there is none.",
    members: &[
        must("count", Count, "how many"),
        must("min_ns", Count, ""),
        must("mean_ns", Count, ""),
        must("p50_ns", Count, ""),
        must("p90_ns", Count, ""),
        must("p99_ns", Count, ""),
        must("max_ns", Count, ""),
    ],
};

/// A command of a list that has to be approved.
pub(crate) const COMMANDS_TO_APPROVE: Kind =
    List(&Object(&[must("step", Text, ""), must("run", Text, "the script"), must("danger", MAYBE_TEXT, "")]));

/// How a run differs from an earlier one.
pub(crate) const RUN_CHANGES: Kind = List(&Object(&[
    must("run", Text, ""),
    must("template", Text, ""),
    must("from", Maybe(&RUN_STATUS), ""),
    must("to", Maybe(&RUN_STATUS), ""),
    must("steps", List(&Object(&[must("step", Text, ""), must("from", Text, ""), must("to", Text, "")])), ""),
]));

/// A run as a whole.
pub(crate) const RUN: &[Member] = &[
    RUN_ID,
    must("id", Text, "the same as run"),
    must("name", MAYBE_TEXT, "what people call it"),
    REV,
    must("template", Text, "the id of its list"),
    must("title", Text, ""),
    must("version", MAYBE_TEXT, "that of the list"),
    must("status", RUN_STATUS, ""),
    must("running", Bool, "whether another process executes a step of it"),
    must("branch", MAYBE_TEXT, "the git branch when it was begun"),
    must("started", Time, ""),
    must("updated", Time, "when its last operation was saved"),
    must("archived", Maybe(&Time), "when it was put aside"),
    must("variables", Map(&Text), "secrets are never among them"),
    PROGRESS_OF_RUN,
    must("current", MAYBE_TEXT, "the step to look at next"),
];

/// What a run that is listed says of itself.
pub(crate) const RUN_SUMMARY: Kind = Object(&[
    RUN_ID,
    must("id", Text, "the same as run"),
    must("name", MAYBE_TEXT, ""),
    must("template", Text, ""),
    must("origin", Text, "the path of its list"),
    must("status", RUN_STATUS, ""),
    must("settled", Count, "steps about which nothing more is to be done"),
    must("updated", Time, ""),
    must("active", Bool, ""),
    must("archived", Bool, ""),
]);

/// Facts of an error, beside its words. Which of them are there depends on the error.
pub(crate) const ERROR_DETAIL: Kind = Either(&[
    Maybe(&Object(&[
        may("step", MAYBE_TEXT, ""),
        may("suggestion", MAYBE_TEXT, "what was probably meant"),
        may("what", Text, "what a person is asked for"),
        may("command", Text, "the command that failed or still runs"),
        may("outcome", Text, "how it ended"),
        may("exit", Maybe(&Any), "its own exit code"),
        may("log", Text, "the path of its output"),
        may("tail", TEXTS, "the last lines of it"),
        may("processes", List(&Count), "those that still run"),
        may("interrupted", TEXTS, "commands about which somebody has to say what became of them"),
        may("output", Text, "the output that has no value"),
        may("reason", Text, ""),
        may("secret", Text, "the secret that has no value"),
        may("from_env", Text, "the variable of the environment that it is read from"),
        may("rev", Count, "where the run stands"),
        may("by", Text, "who has claimed the step"),
        may("until", Time, "until when"),
        may("op", Count, ""),
        may("steps", TEXTS, "what depends on it"),
        may("operations", List(&Count), ""),
        may("commands_not_reversed", List(&Of(&RAN)), ""),
        may("undecided", List(&Of(&UNDECIDED)), "steps that are gone from the list"),
        may("file", Text, "the file that is not as it has to be, and where in it"),
        may("line", Count, ""),
        may("column", Count, ""),
        may("byte", Count, ""),
        may("path", Text, "the list that is not approved"),
        may("sha256", Text, "of its content"),
        may(
            "commands",
            Either(&[
                Count,
                COMMANDS_TO_APPROVE,
                List(&Object(&[
                    must("command", Text, ""),
                    must("run", Text, "the script"),
                    must("danger", Text, ""),
                ])),
            ]),
            "those to approve, or to say yes to",
        ),
        may("flags", TEXTS, "what says yes to them"),
        may("to", Count, "restore: the record that would be gone back to"),
        may("time", Maybe(&Time), ""),
        may("from", Count, ""),
        may("source", Text, ""),
        may("record", Maybe(&Count), ""),
        may("runs", RUN_CHANGES, ""),
        may("other_changes", Count, ""),
    ])),
    List(&Of(&CHECK)),
    List(&Of(&FINDING)),
]);

const UNDECIDED: Part = Part {
    name: "undecided",
    about: "A step that is gone from the list, and of which something is known.",
    members: &[
        must("step", Text, ""),
        must("title", Text, ""),
        must("status", STEP_STATUS, ""),
        must("suggestion", MAYBE_TEXT, "the step it may be now"),
    ],
};
