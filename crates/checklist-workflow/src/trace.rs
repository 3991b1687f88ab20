//! `TraceContext` and `Span`: what is told of a run to a distributed trace, as OpenTelemetry has them.

use crate::engine::Acted;
use crate::error::{Error, Result};
use checklist_store::env::Timestamp;
use sha2::{Digest as _, Sha256};
use std::fmt;

/// The variable of the environment in which a context is handed on.
pub const TRACEPARENT: &str = "TRACEPARENT";

/// A place in a trace, as W3C Trace Context writes it: `00-TRACE-SPAN-FLAGS`, in lower-case hexadecimal.
///
/// ```
/// use checklist_workflow::trace::TraceContext;
///
/// let text = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01";
/// let context = TraceContext::parse(text).unwrap();
/// assert!(context.is_sampled());
/// assert_eq!(context.to_string(), text);
/// assert_eq!(TraceContext::parse("00-0-0-01"), None);
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct TraceContext {
    /// The trace; never zero.
    pub trace: u128,
    /// The span in it; never zero.
    pub span: u64,
    /// The lowest bit says that the trace is kept.
    pub flags: u8,
}

impl TraceContext {
    /// Reads one, of this version or a later one; `None` if it is none.
    #[must_use]
    pub fn parse(text: &str) -> Option<TraceContext> {
        let parts: Vec<&str> = text.trim().split('-').collect();
        let [version, trace, span, flags, more @ ..] = &parts[..] else { return None };
        let is_hex = |text: &str, len: usize| {
            text.len() == len && text.bytes().all(|byte| matches!(byte, b'0'..=b'9' | b'a'..=b'f'))
        };
        let is_known = is_hex(version, 2) && *version != "ff" && (more.is_empty() || *version != "00");
        if !is_known || !is_hex(trace, 32) || !is_hex(span, 16) || !is_hex(flags, 2) {
            return None;
        }
        let context = TraceContext {
            trace: u128::from_str_radix(trace, 16).ok()?,
            span: u64::from_str_radix(span, 16).ok()?,
            flags: u8::from_str_radix(flags, 16).ok()?,
        };
        (context.trace != 0 && context.span != 0).then_some(context)
    }

    /// Whether the trace is kept.
    #[must_use]
    pub fn is_sampled(&self) -> bool {
        self.flags & 1 == 1
    }
}

impl fmt::Display for TraceContext {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let TraceContext { trace, span, flags } = self;
        write!(f, "00-{trace:032x}-{span:016x}-{flags:02x}")
    }
}

/// The trace of a run that nobody gave another one: all processes that ever work on it share it.
#[must_use]
pub fn trace_of_run(run: &str) -> u128 {
    let hash = Sha256::digest(run.as_bytes());
    let bytes: [u8; 16] = std::array::from_fn(|at| hash[at]);
    u128::from_be_bytes(bytes).max(1)
}

/// How something ended that a span is about.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Ended {
    /// With success.
    Well,
    /// Without; `exit 3`, `timed out`.
    Badly(String),
}

/// Something that was begun and ended. It holds ids, numbers and how it ended, and never the value of a variable, a
/// script or what was printed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Span {
    /// Where it is.
    pub context: TraceContext,
    /// The span that it is a part of.
    pub parent: u64,
    /// `step build`, `attempt build/make`.
    pub name: String,
    /// When it was begun.
    pub began: Timestamp,
    /// When it ended.
    pub ended: Timestamp,
    /// How.
    pub outcome: Ended,
    /// What else is known, by names of OpenTelemetry or behind `checklist.`.
    pub attributes: Vec<(&'static str, String)>,
}

/// Somebody who keeps spans. Called on the thread of the engine; it must not block.
///
/// ```
/// # let folder = tempfile::tempdir()?;
/// use checklist_workflow::trace::{Ended, Span, TraceContext, Tracer, trace_of_run};
/// use checklist_workflow::{List, Setup, WorkflowEngine};
/// use std::sync::{Arc, Mutex, atomic::{AtomicBool, AtomicU64, Ordering::Relaxed}};
///
/// #[derive(Default)]
/// struct Kept(Mutex<Vec<Span>>, AtomicU64);
///
/// impl Tracer for Kept {
///     fn root(&self, run: &str) -> TraceContext {
///         TraceContext { trace: trace_of_run(run), span: 1, flags: 1 }
///     }
///     fn new_span(&self) -> u64 {
///         2 + self.1.fetch_add(1, Relaxed)
///     }
///     fn on_span(&self, span: Span) {
///         self.0.lock().unwrap().push(span);
///     }
/// }
///
/// let list = List::parse("a.yaml", "
/// checklist: 1
/// id: a
/// title: A
/// steps: [{ id: one, title: One, type: auto, commands: [{ kind: bash, id: say, run: 'echo hello' }] }]
/// ")?;
/// let kept = Arc::new(Kept::default());
/// let mut setup = Setup::new("ana");
/// setup.tracer = Some(kept.clone());
/// let mut engine = WorkflowEngine::create(folder.path(), setup)?;
/// engine.start(&list, &Default::default())?;
/// engine.advance(&AtomicBool::new(false), &mut |_| {})?;
///
/// let spans = kept.0.lock().unwrap();
/// let names: Vec<&str> = spans.iter().map(|span| &*span.name).collect();
/// assert_eq!(names, ["attempt one/say", "step one"]);
/// assert_eq!(spans[0].parent, spans[1].context.span);
/// assert_eq!(spans[1].outcome, Ended::Well);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
pub trait Tracer: Send + Sync {
    /// The span that steps of this run are parts of.
    fn root(&self, run: &str) -> TraceContext;
    /// The id of a new span, which is not zero.
    fn new_span(&self) -> u64;
    /// Takes in a span that ended.
    fn on_span(&self, span: Span);
}

/// How an execution ended, if it was one: what is refused before anything ran is none.
pub(crate) fn ended(result: &Result<Acted>) -> Option<Ended> {
    match result {
        Ok(acted) => acted.changed.then_some(Ended::Well),
        Err(Error::CommandFailed { outcome, .. }) => Some(Ended::Badly(outcome.clone())),
        Err(Error::CheckFailed { .. }) => Some(Ended::Badly("a check did not pass".to_owned())),
        Err(Error::OutputFailed { .. }) => Some(Ended::Badly("an output has no value".to_owned())),
        Err(Error::Cancelled) => Some(Ended::Badly("cancelled".to_owned())),
        Err(_) => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_no_context_is_none() {
        let good = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-00";
        assert_eq!(TraceContext::parse(good).map(|context| context.is_sampled()), Some(false));
        let later = good.replacen("00", "01", 1);
        assert!(TraceContext::parse(&format!("{later}-more")).is_some(), "a later version may say more");
        for bad in [
            "",
            &good[1..],
            &format!("{good}-more"),
            &good.to_uppercase(),
            &good.replacen("00", "ff", 1),
            "00-00000000000000000000000000000000-b7ad6b7169203331-01",
            "00-0af7651916cd43dd8448eb211c80319c-0000000000000000-01",
            "00-+af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01",
        ] {
            assert_eq!(TraceContext::parse(bad), None, "{bad}");
        }
    }

    #[test]
    fn every_run_has_a_trace_of_its_own() {
        assert_eq!(trace_of_run("01JD3V"), trace_of_run("01JD3V"));
        assert_ne!(trace_of_run("01JD3V"), trace_of_run("01JD3W"));
    }
}
