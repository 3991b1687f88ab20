//! `Hint`: something a person should know, and the command that shows more or cures it.

use serde::Serialize;
use std::fmt;

/// What a hint is about.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum HintKind {
    /// The write lock was not to be had several times.
    LockContention,
    /// Many calls failed in a short time.
    ErrorStorm,
    /// The disk takes long to make something durable.
    SlowSync,
    /// `state.yaml` could not be brought up to date several times.
    PublishDelays,
    /// The store had to be repaired several times in a short time.
    CrashLoop,
}

/// Something a person should know, in words; it never holds a state value.
///
/// ```
/// use checklist_store::{CorrelatorOptions, ErrorCorrelator, ErrorKind, Event, Hint, HintKind, Observer};
///
/// let mut options = CorrelatorOptions::default();
/// options.failures = 1;
/// let correlator = ErrorCorrelator::with(checklist_store::env::os::env().clock, options);
/// correlator.on_event(&Event::Failed { kind: ErrorKind::StorageFull });
/// let hints: Vec<Hint> = correlator.take_hints();
/// assert_eq!(hints[0].kind, HintKind::ErrorStorm);
/// assert!(!hints[0].command.is_empty());
/// ```
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub struct Hint {
    /// What it is about.
    pub kind: HintKind,
    /// What was seen.
    pub message: String,
    /// The command that shows more, or cures it.
    pub command: String,
}

impl Hint {
    pub(super) fn new(kind: HintKind, message: String, command: impl Into<String>) -> Hint {
        Hint { kind, message, command: command.into() }
    }
}

impl fmt::Display for Hint {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}", self.message, self.command)
    }
}
