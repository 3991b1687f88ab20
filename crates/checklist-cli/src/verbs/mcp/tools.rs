//! The seven tools: what a client is told of them, and who does what they say.

use super::request::{self, Request};
use crate::cli::Globals;
use crate::context::{Context, lookup};
use crate::exit::Exit;
use crate::failure::Failure;
use crate::json;
use crate::program;
use crate::schema::Schema;
use crate::signals::Signals;
use crate::ui::Ui;
use checklist_mcp::{Answer, Call, Hints, Tool, Toolbox};
use checklist_store::env::os;
use serde_json::{Map, Value, json};

/// What a model knows before it calls a tool.
pub(super) const INSTRUCTIONS: &str = "\
Keeps where you are in a list of steps. Loop: checklist_next; do the work; checklist_done with the step and if_rev \
from that answer. Never edit .checklist/state.yaml. A claim is recorded as a claim: say only what is so. code \
needs_human (10): stop and ask the person; not_trusted (77) and damaged (13): a person has to act. conflict (15): \
checklist_next again. refused (12): do not repeat.";

const READS: Hints = Hints { read_only: true, destructive: false, idempotent: true, open_world: false };
const SETTLES: Hints = Hints { read_only: false, destructive: false, idempotent: true, open_world: false };
/// A check of a step may be a script of the list.
const CHECKS: Hints = Hints { open_world: true, ..SETTLES };
const RUNS: Hints = Hints { read_only: false, destructive: true, idempotent: false, open_world: true };

/// What an error says as well, so that a schema covers both.
const OF_ERRORS: [&str; 4] = ["code", "exit", "message", "advice"];

/// One argument: its name, its JSON type, and what is to be said of it.
type Argument = (&'static str, &'static str, &'static str);

const STEP: Argument = ("step", "string", "");
const RUN: Argument = ("run", "string", "");
const IF_REV: Argument = ("if_rev", "integer", "refuse if rev is another now");
const KEY: Argument = ("key", "string", "name of this request; repeating it changes nothing");

/// One tool, as it is told of.
struct Row {
    name: &'static str,
    description: &'static str,
    arguments: &'static [Argument],
    required: &'static [&'static str],
    /// The schema of its answer, and the members of that which a client is told of.
    schema: &'static str,
    members: &'static [&'static str],
    hints: Hints,
}

const ROWS: [Row; 7] = [
    Row {
        name: "checklist_status",
        description: "All steps of the run and where each stands",
        arguments: &[RUN],
        required: &[],
        schema: "status",
        members: &["run", "rev", "state", "progress", "steps", "next_commands"],
        hints: READS,
    },
    Row {
        name: "checklist_next",
        description: "The step to do now, with its prompt, checks and commands",
        arguments: &[RUN],
        required: &[],
        schema: "next",
        members: &["run", "rev", "state", "step", "progress", "next_commands"],
        hints: READS,
    },
    Row {
        name: "checklist_show",
        description: "One step in full",
        arguments: &[STEP, RUN],
        required: &[],
        schema: "show",
        members: &["run", "rev", "step"],
        hints: READS,
    },
    Row {
        name: "checklist_done",
        description: "Settle a step: its checks are run and must pass; without checks it is recorded as claimed",
        arguments: &[
            STEP,
            ("claim", "string", "record it as claimed without its checks, for this reason"),
            ("value", "string", "the answer to an input step"),
            IF_REV,
            KEY,
            RUN,
        ],
        required: &["step"],
        schema: "done",
        members: &["changed", "run", "rev", "status", "evidence", "current", "next_commands"],
        hints: CHECKS,
    },
    Row {
        name: "checklist_skip",
        description: "Leave a step out, for a reason",
        arguments: &[
            STEP,
            ("reason", "string", ""),
            ("killer", "string", "the id of a killer step again; only if a person said so"),
            IF_REV,
            KEY,
            RUN,
        ],
        required: &["step", "reason"],
        schema: "skip",
        members: &["changed", "run", "rev", "status", "current", "next_commands"],
        hints: SETTLES,
    },
    Row {
        name: "checklist_claim",
        description: "Take a step so that nobody else works on it (default: the first that is free), or release it",
        arguments: &[
            STEP,
            ("for", "string", "90s, 30m (default), 2h, 1d"),
            ("release", "boolean", ""),
            IF_REV,
            KEY,
            RUN,
        ],
        required: &[],
        schema: "claim",
        members: &["changed", "run", "rev", "step", "claim", "next_commands"],
        hints: SETTLES,
    },
    Row {
        name: "checklist_run_step",
        description: "Run the approved commands and checks of an auto or check step; waits until they end",
        arguments: &[STEP, RUN],
        required: &["step"],
        schema: "run",
        members: &["changed", "run", "rev", "exit", "state", "settled", "step", "next_commands"],
        hints: RUNS,
    },
];

impl Row {
    fn known(&self) -> Vec<&'static str> {
        self.arguments.iter().map(|(name, ..)| *name).collect()
    }

    fn tool(&self) -> Tool {
        let properties: Map<String, Value> = self
            .arguments
            .iter()
            .map(|(name, kind, about)| {
                let mut schema = json!({"type": kind});
                if !about.is_empty() {
                    schema["description"] = (*about).into();
                }
                ((*name).to_owned(), schema)
            })
            .collect();
        let mut input = json!({"type": "object", "properties": properties, "additionalProperties": false});
        if !self.required.is_empty() {
            input["required"] = json!(self.required);
        }
        let schema = Schema::named(self.schema).expect("a tool answers as a verb does");
        let output = schema.outline(self.members.iter().chain(&OF_ERRORS).copied());
        Tool { name: self.name, description: self.description, input, output, hints: self.hints }
    }
}

/// The verbs as tools, for one project.
pub(super) struct Verbs {
    globals: Globals,
}

impl Verbs {
    /// As the server itself was started: in that folder, for that actor.
    pub(super) fn new(ctx: &Context) -> Verbs {
        Verbs { globals: ctx.globals.clone() }
    }

    /// What a call is done under: a client acts in its own name, unless the server was told another.
    fn globals(&self, client: &str, run: Option<String>) -> Globals {
        let mut globals = self.globals.clone();
        let is_told =
            globals.actor.is_some() || lookup("CHECKLIST_ACTOR").is_some_and(|name| !name.is_empty());
        if !is_told && !client.trim().is_empty() {
            globals.actor = Some(format!("agent:{}", client.trim()));
        }
        globals.run = run.or(globals.run);
        globals
    }

    fn answer(&self, call: Call<'_>) -> Result<Value, Failure> {
        let row = ROWS.iter().find(|row| row.name == call.tool);
        let row = row.ok_or_else(|| Failure::usage(format!("no tool {}", call.tool)))?;
        let Request { verb, run } = request::of(row.name, call.arguments, &row.known())?;
        let globals = self.globals(call.client, run);
        let mut ctx = Context::new(os::env(), Ui::keeping(), globals, &verb)?;
        ctx.signals = Signals::of(call.cancel);
        program::carry_out(&ctx, &verb);
        let kept = ctx.ui.take_kept();
        let last = kept.lines().last().unwrap_or_default();
        serde_json::from_str(last)
            .map_err(|_| Failure::new(Exit::Bug, format!("{} gave no answer", verb.name())))
    }
}

impl Toolbox for Verbs {
    fn tools(&self) -> Vec<Tool> {
        ROWS.iter().map(Row::tool).collect()
    }

    fn call(&self, call: Call<'_>) -> Answer {
        let object = self.answer(call).unwrap_or_else(|failure| json::error(&failure, None, None));
        let is_error = object["ok"] != true;
        Answer { object, is_error }
    }
}
