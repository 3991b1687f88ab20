//! Spans of steps and attempts, for a tracer, if there is one.

use super::execute::Task;
use super::{Acted, WorkflowEngine};
use crate::error::Result;
use crate::exec::{Command, Outcome};
use crate::trace::{Ended, Span, TRACEPARENT, TraceContext, Tracer, ended};
use checklist_store::env::Timestamp;
use std::sync::Arc;

/// Who is told of spans, and the step that is executed.
pub(super) struct Tracing {
    tracer: Option<Arc<dyn Tracer>>,
    step: Option<TraceContext>,
}

impl Tracing {
    pub(super) fn by(tracer: Option<Arc<dyn Tracer>>) -> Tracing {
        Tracing { tracer, step: None }
    }
}

/// A span that has not ended.
pub(super) struct OpenSpan {
    context: TraceContext,
    parent: u64,
    began: Timestamp,
}

impl WorkflowEngine {
    /// Begins a span below that of the step, or below that of the process.
    fn begin_span(&self) -> Option<OpenSpan> {
        let tracer = self.tracing.tracer.as_ref()?;
        let above = self.tracing.step.or_else(|| Some(tracer.root(self.run_id()?)))?;
        let context = TraceContext { span: tracer.new_span(), ..above };
        Some(OpenSpan { context, parent: above.span, began: self.store.env().clock.now() })
    }

    fn end_span(
        &self,
        open: OpenSpan,
        name: String,
        outcome: Ended,
        attributes: impl IntoIterator<Item = (&'static str, String)>,
    ) {
        let (Some(tracer), Some(run)) = (&self.tracing.tracer, self.run_id()) else { return };
        let OpenSpan { context, parent, began } = open;
        let attributes = [("checklist.run", run.to_owned())].into_iter().chain(attributes).collect();
        let ended = self.store.env().clock.now();
        tracer.on_span(Span { context, parent, name, began, ended, outcome, attributes });
    }

    /// A step is about to be executed.
    pub(super) fn begin_step(&mut self) -> Option<OpenSpan> {
        self.tracing.step = None;
        let open = self.begin_span()?;
        self.tracing.step = Some(open.context);
        Some(open)
    }

    /// It was, if anything ran.
    pub(super) fn end_step(
        &mut self,
        open: Option<OpenSpan>,
        word: &str,
        step: &str,
        result: &Result<Acted>,
    ) {
        self.tracing.step = None;
        if let (Some(open), Some(outcome)) = (open, ended(result)) {
            let step = self.step_id(step).unwrap_or_else(|_| step.to_owned());
            self.end_span(open, format!("{word} {step}"), outcome, [("checklist.step", step)]);
        }
    }

    /// An attempt is about to run: what it starts itself can be told below its span.
    pub(super) fn begin_attempt(&self, command: &mut Command) -> Option<OpenSpan> {
        let open = self.begin_span()?;
        command.env.push((TRACEPARENT.to_owned(), open.context.to_string()));
        Some(open)
    }

    /// It ended.
    pub(super) fn end_attempt(
        &self,
        open: Option<OpenSpan>,
        task: &Task<'_>,
        number: u32,
        outcome: &Outcome,
    ) {
        let Some(open) = open else { return };
        let words = outcome.exit.to_string();
        let ended = if outcome.succeeded() { Ended::Well } else { Ended::Badly(words.clone()) };
        let attributes = [
            ("checklist.step", task.step.id.clone()),
            ("checklist.command", task.id.clone()),
            ("checklist.attempt", number.to_string()),
            ("checklist.outcome", words),
        ];
        self.end_span(open, format!("attempt {}/{}", task.step.id, task.id), ended, attributes);
    }
}
