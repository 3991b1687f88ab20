//! `Lines`: what happens while a command goes on, each in a line of JSON of its own, before the answer.

use crate::context::Context;
use crate::json;
use crate::ui::{Out, in_order};
use checklist_store::env::Clock;
use checklist_workflow::engine::Progressed;
use checklist_workflow::event::{WorkflowEvent, WorkflowObserver};
use serde_json::{Value, json};
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

/// Writes the lines.
pub(crate) struct Lines {
    out: Arc<Out>,
    clock: Arc<dyn Clock>,
}

impl Lines {
    pub(crate) fn of(ctx: &Context) -> Arc<Lines> {
        Arc::new(Lines { out: ctx.ui.out(), clock: Arc::clone(&ctx.env.clock) })
    }

    /// One line: what happened, and what is known of it.
    fn tell(&self, event: &str, facts: Value) {
        self.out.put(&format!("{}\n", in_order(json::event(event, facts, self.clock.now()))));
    }

    /// What an execution says while it goes on; `shown` writes the path of a log.
    pub(crate) fn progressed(&self, event: &Progressed<'_>, shown: impl Fn(&Path) -> String) {
        match event {
            Progressed::Starting { step, command, script, danger, timeout, log, .. } => self.tell(
                "command:started",
                json!({"step": step, "command": command, "script": script, "danger": danger,
                    "timeout_ms": timeout.map(millis), "log": shown(log)}),
            ),
            Progressed::Ended { step, command, outcome, log } => self.tell(
                "command:ended",
                json!({"step": step, "command": command, "succeeded": outcome.succeeded(),
                    "outcome": outcome.exit.to_string(), "duration_ms": millis(outcome.duration), "log": shown(log)}),
            ),
            Progressed::Retrying { step, command, retry, retries_max, wait } => self.tell(
                "command:retrying",
                json!({"step": step, "command": command, "retry": retry, "retries_max": retries_max,
                    "wait_ms": millis(*wait)}),
            ),
            Progressed::LeftOut { step, command, why } => {
                self.tell("command:left_out", json!({"step": step, "command": command, "why": why}));
            }
            Progressed::Checking { step, label } => {
                self.tell("check:started", json!({"step": step, "label": label}));
            }
            Progressed::Checked(result) => self.tell("check:ended", json!({"check": json::check(result)})),
        }
    }
}

impl WorkflowObserver for Lines {
    fn on_event(&self, event: &WorkflowEvent) {
        self.tell(event.name(), json::facts(event));
    }
}

fn millis(duration: Duration) -> u64 {
    u64::try_from(duration.as_millis()).unwrap_or(u64::MAX)
}
