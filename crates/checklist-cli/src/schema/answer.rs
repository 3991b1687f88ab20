//! The answers about a run: looking at it, settling its steps, walking through it.

use super::Schema;
use super::foreseen::FORESEEN;
use super::kind::Kind::{Any, Bool, Count, Either, List, Maybe, Object, Part, Text, Time, Word};
use super::kind::{Member, may, must};
use super::part::{
    ACTED, CHANGED, CHECK, ERROR_DETAIL, EVIDENCE, EXPORTED_STEP, FULL_STEP, LATENCY, MAYBE_TEXT, NEXT,
    OPERATION, PROGRESS, PROGRESS_OF_RUN, RAN, REPLAYED, REV, RUN, RUN_ID, STATE, STATE_OF_RUN, STEP,
    STEP_STATUS, TEXTS,
};

/// What every verb says that settles a step, or opens one again.
const SETTLED: &[Member] = &[
    CHANGED,
    RUN_ID,
    REV,
    must("step", MAYBE_TEXT, "the step that it was about"),
    must("status", Maybe(&STEP_STATUS), "where that stands now"),
    must("evidence", Maybe(&EVIDENCE), "on whose word it is done"),
    must("detail", MAYBE_TEXT, "the reason, the claim, or what was found"),
    may("checks", List(&Part(&CHECK)), "those that were made"),
    may("also_done", TEXTS, "steps that are done with it, for it was the last of their parts"),
    may("state", STATE_OF_RUN, "what has to be waited for or done"),
    must("current", MAYBE_TEXT, "the step to look at next"),
    PROGRESS_OF_RUN,
    NEXT,
];

/// What `undo` and `redo` say, and what they say again to a request that is repeated.
const TAKEN_BACK: &[Member] = &[
    CHANGED,
    RUN_ID,
    REV,
    may("operation", Part(&OPERATION), "the operation that was taken back, or done again"),
    may("operations", List(&Count), "all of them"),
    may("commands_not_reversed", List(&Part(&RAN)), "commands that ran since"),
    may(
        "steps",
        List(&Object(&[must("step", Text, ""), must("status", STEP_STATUS, "")])),
        "the steps that stand elsewhere now",
    ),
    NEXT,
];

/// What a repeated request is told instead.
const ANSWERED: &[Member] = &[
    may("step", Any, "where replayed: the step that it was about"),
    may("status", Maybe(&Text), "where replayed: where that stood then"),
    may("evidence", Maybe(&EVIDENCE), ""),
    may("detail", MAYBE_TEXT, ""),
    may("current", MAYBE_TEXT, ""),
    may("progress", Part(&PROGRESS), ""),
];

/// How a walk ended.
const WALKED: &[Member] = &[
    STATE,
    CHANGED,
    must("exit", Count, "the exit code"),
    must(
        "left",
        List(&Object(&[
            must("step", Text, ""),
            must("code", Text, "the name of the exit code"),
            must("exit", Count, ""),
            must("message", Text, ""),
        ])),
        "steps that failed or wait, and were left (--keep-going)",
    ),
    must("settled", List(&Part(&ACTED)), "what was done, in order"),
    must("step", Maybe(&Part(&FULL_STEP)), "the step that the walk ended at"),
    must("together", TEXTS, "steps that are confirmed together with it"),
    NEXT,
];

const CLAIMED: &[Member] = &[
    CHANGED,
    RUN_ID,
    REV,
    must("step", Maybe(&Either(&[Text, Part(&FULL_STEP)])), "in full; where replayed, its id"),
    may(
        "claim",
        Maybe(&Object(&[must("by", Text, ""), must("at", Time, ""), must("until", Time, "")])),
        "none where it was given back",
    ),
    may("taken_over_from", MAYBE_TEXT, "whose claim had run out"),
    may("status", Maybe(&STEP_STATUS), ""),
    may("evidence", Maybe(&EVIDENCE), ""),
    may("detail", MAYBE_TEXT, ""),
    may("current", MAYBE_TEXT, ""),
    may("progress", Part(&PROGRESS), ""),
    NEXT,
];

const VERIFIED: &[Member] = &[
    CHANGED,
    must("exit", Count, "the exit code"),
    RUN_ID,
    REV,
    must(
        "steps",
        List(&Object(&[
            must("step", Text, ""),
            must("evidence", EVIDENCE, ""),
            must("holds", Maybe(&Bool), "none where there is nothing to check"),
            must("checks", List(&Part(&CHECK)), ""),
        ])),
        "",
    ),
    must("drifted", TEXTS, "steps whose checks do not hold any more"),
];

const EXPLAINED: &[Member] = &[
    RUN_ID,
    REV,
    must("step", Text, ""),
    must("status", STEP_STATUS, ""),
    must(
        "waits_for",
        List(&Object(&[must("step", Text, ""), must("status", STEP_STATUS, ""), must("killer", Bool, "")])),
        "the steps that come first",
    ),
    must("condition", Any, "with what it comes to, where it has one"),
    must("needs_human", Bool, ""),
    must("killer", Bool, ""),
    must("can_be_done_now", Bool, ""),
    NEXT,
];

const ERROR: &[Member] = &[
    must("code", Text, "the name of the exit code: checklist help exit-codes"),
    must("exit", Count, "the exit code"),
    must("retryable", Bool, "whether the same command may work later"),
    CHANGED,
    must("saved", Word(&["not_saved", "saved", "in_doubt"]), "what became of the change"),
    must("message", Text, "what happened"),
    must("details", TEXTS, "more lines about it"),
    must("detail", ERROR_DETAIL, "the same as facts"),
    must("hint", MAYBE_TEXT, "the first of advice"),
    must("advice", TEXTS, "what to do about it, with the commands"),
    must("run", MAYBE_TEXT, ""),
    must("rev", Maybe(&Count), ""),
];

const PRIMED: &[Member] = &[
    must("project", MAYBE_TEXT, "the path of the project, if there is one"),
    must("run", MAYBE_TEXT, "the id of the run, if there is one"),
    must("rev", Maybe(&Count), "the number of its last operation"),
    must("since", MAYBE_TEXT, "what --since takes next time"),
    must("unchanged", Bool, "whether nothing happened since --since; the rest is left out then"),
    may("state", STATE_OF_RUN, ""),
    may("title", Text, ""),
    may("current", MAYBE_TEXT, ""),
    may("progress", Part(&PROGRESS), ""),
    may("lists", TEXTS, "where there is no run: the lists that could be run"),
    must("text", Text, "what an agent needs to know, at most 40 lines"),
    NEXT,
];

const STATS: &[Member] = &[
    must("run", MAYBE_TEXT, "the id of the run, if there is one"),
    must("operations", Maybe(&Count), "of the run, as the history has them"),
    must(
        "history",
        Object(&[
            must("transactions", Count, "of every run of the project"),
            must("changes", Count, "that they made"),
            must("since", Maybe(&Time), "when the first was saved"),
            must("until", Maybe(&Time), "when the last was saved"),
        ]),
        "",
    ),
    must(
        "commands",
        List(&Object(&[
            must("step", Text, ""),
            must("command", Text, ""),
            must("attempts", Count, "how often it was begun"),
            must("succeeded", Count, ""),
            must("failed", Count, ""),
            must("interrupted", Count, "nobody knows how they ended"),
            must("took", Part(&LATENCY), "those whose end was seen"),
        ])),
        "of the run, from the history",
    ),
    must("took", Part(&LATENCY), "all attempts of all commands"),
    must(
        "opening",
        Object(&[must("verdict", Text, "what had to be done"), must("elapsed_ns", Count, "")]),
        "how long this command took to open, and where needed recover, the project",
    ),
    must(
        "measured",
        Maybe(&Object(&[
            must("commits", Count, "how many small commits were made"),
            must("file_system", Text, ""),
            must(
                "latencies",
                List(&Object(&[must("name", Text, ""), must("latency", Part(&LATENCY), "")])),
                "",
            ),
        ])),
        "by this command, in a scratch store on the disk of the project, with nobody else at its lock",
    ),
    must("not_measured", MAYBE_TEXT, "why not"),
];

/// What is said while a long command goes on. Which members are there depends on `event`.
const EVENT: &[Member] = &[
    must(
        "event",
        Word(&[
            "watch:started",
            "operation:saved",
            "recovery:started",
            "recovery:completed",
            "step:changed",
            "step:completed",
            "step:skipped",
            "progress:updated",
            "workflow:completed",
            "error",
            "command:started",
            "command:ended",
            "command:retrying",
            "command:left_out",
            "check:started",
            "check:ended",
            "notice",
        ]),
        "what happened",
    ),
    must("time", Time, "when it was said; watch: when it was saved"),
    may(
        "notices",
        TEXTS,
        "what must be known beside it; notice: what is said at the end of a stream without an answer",
    ),
    may("run", MAYBE_TEXT, "watch, workflow:completed: the run; watch:started: none where all are followed"),
    may("step", MAYBE_TEXT, "the step it is about; watch:started: the current one"),
    may("op", Maybe(&Count), "watch: the number of the operation in its run; watch:started: of the last"),
    may("actor", MAYBE_TEXT, "watch: who did it, as was said"),
    may("verb", MAYBE_TEXT, "watch: what was done"),
    may("detail", MAYBE_TEXT, "operation:saved: what is to be said of it"),
    may("lsn", Count, "operation:saved: its record in the log; watch:started: the last before what follows"),
    may("status", STEP_STATUS, "step:changed: where it stands"),
    may("progress", Part(&PROGRESS), "progress:updated, watch:started"),
    may("redone", Count, "recovery:completed: transactions that were applied from the log"),
    may("interrupted", TEXTS, "recovery:completed: steps that were found cut off"),
    may("message", Text, "error: what was refused or failed"),
    may("command", Text, "the command it is about"),
    may("script", Text, "command:started: what runs"),
    may("danger", MAYBE_TEXT, "command:started: why one should look twice"),
    may("timeout_ms", Maybe(&Count), "command:started: when it will be ended"),
    may("log", Text, "command:started, command:ended: the path of its output"),
    may("succeeded", Bool, "command:ended"),
    may("outcome", Text, "command:ended: how, in words"),
    may("duration_ms", Count, "command:ended"),
    may("retry", Count, "command:retrying: which retry comes, from 1"),
    may("retries_max", Count, "command:retrying: how many there are"),
    may("wait_ms", Count, "command:retrying: how long is waited before it"),
    may("why", Text, "command:left_out: the parts of its condition and their values"),
    may("label", Text, "check:started: what is looked at"),
    may("check", Part(&CHECK), "check:ended"),
];

/// All of them, sorted by name.
pub(super) const ALL: &[Schema] = &[
    Schema::new("back", "A settled step was opened again.", &["back"], &[SETTLED, REPLAYED]),
    Schema::new("claim", "A step was taken for a time, or given back.", &["claim"], &[CLAIMED, REPLAYED]),
    Schema::new("done", "A step was settled.", &["done"], &[SETTLED, REPLAYED]),
    Schema::new("error", "A command failed, or was refused.", &[], &[ERROR]),
    Schema {
        is_answer: false,
        ..Schema::new("event", "Something happened, in a stream (--json=lines).", &[], &[EVENT])
    },
    Schema::new("explain", "Why a step waits or is hidden.", &["explain"], &[EXPLAINED]),
    Schema::new(
        "export",
        "Everything that is known of a run.",
        &["export"],
        &[
            RUN,
            &[
                must("origin", Text, "the path of its list"),
                must("sha256", MAYBE_TEXT, "of the copy of the list that it goes by"),
                must("made", Time, "when this was asked for"),
                must("steps", List(&Part(&EXPORTED_STEP)), ""),
                must("history", List(&Part(&OPERATION)), "oldest first"),
            ],
        ],
    ),
    Schema::new(
        "export-page",
        "A report as a page, or where it was written.",
        &["export"],
        &[&[
            RUN_ID,
            REV,
            must("form", Word(&["json", "md", "html"]), ""),
            may("content", Text, "the page"),
            may("output", Text, "the file it was written to"),
            may("bytes", Count, "its size"),
        ]],
    ),
    Schema::new(
        "history",
        "Who did what, and when.",
        &["history"],
        &[&[
            must("run", MAYBE_TEXT, "the id of the run"),
            must("operations", List(&Part(&OPERATION)), "newest first"),
        ]],
    ),
    Schema::new(
        "next",
        "The step to do now, with everything needed to do it.",
        &["next"],
        &[RUN, &[STATE, must("step", Maybe(&Part(&FULL_STEP)), "none where nothing can be done"), NEXT]],
    ),
    Schema::new("prime", "What an agent needs to know.", &["prime"], &[PRIMED]),
    Schema::new("redo", "The last undo was taken back.", &["redo"], &[TAKEN_BACK, REPLAYED, ANSWERED]),
    Schema::new(
        "resume",
        "A run goes on after a crash or a pause.",
        &["resume"],
        &[
            &[must("status", MAYBE_TEXT, "where the run stands; where replayed, where the step stood")],
            RUN,
            &[CHANGED, STATE, may("exit", Count, "the exit code"), NEXT],
            REPLAYED,
            ANSWERED,
        ],
    ),
    Schema::new("rollback", "What a step did was taken back.", &["rollback"], &[SETTLED, REPLAYED]),
    Schema::new("run", "How a walk through a list ended.", &["run"], &[RUN, WALKED]),
    Schema::new(
        "run-dry",
        "What would run from here on (--dry-run); nothing is changed.",
        &["run"],
        &[FORESEEN, RUN],
    ),
    Schema::new(
        "show",
        "One step in full.",
        &["show"],
        &[&[RUN_ID, REV, must("step", Part(&FULL_STEP), "")]],
    ),
    Schema::new("skip", "A step was left out.", &["skip"], &[SETTLED, REPLAYED]),
    Schema::new(
        "status",
        "Where a run stands.",
        &["status"],
        &[
            RUN,
            &[
                must("branch_now", MAYBE_TEXT, "the git branch"),
                STATE,
                must("steps", List(&Part(&STEP)), "in the order of the list"),
                NEXT,
            ],
        ],
    ),
    Schema::new("stats", "How long things took.", &["stats"], &[STATS]),
    Schema::new("undo", "An operation was taken back.", &["undo"], &[TAKEN_BACK, REPLAYED, ANSWERED]),
    Schema::new("verify", "Whether what was done still holds.", &["verify"], &[VERIFIED, REPLAYED, ANSWERED]),
];
