//! `Action`: what a person asks of the engine, and what it answers.

use checklist_workflow::engine::{Dangerous, UnknownCommand};
use checklist_workflow::transition::Resolution;
use checklist_workflow::view::RunView;

/// One wish. Each is one opening of the store, and what has to be asked first was asked before.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Action {
    /// `done`; inside, the answer to a `confirm` step: yes, or what was typed.
    Done {
        step: String,
        confirmed: Option<Option<String>>,
    },
    /// `done` for the steps of a section that are confirmed as one.
    Block {
        steps: Vec<String>,
    },
    /// `done --claim`
    Claim {
        step: String,
        reason: String,
    },
    /// `done --value`; without one the variable keeps what it has.
    Answer {
        step: String,
        value: Option<String>,
    },
    Skip {
        step: String,
        reason: Option<String>,
        killer: Option<String>,
    },
    /// Without a step the one that was settled last, if nobody did anything since `rev`.
    Back {
        step: Option<String>,
        rev: u64,
    },
    Undo {
        rev: u64,
    },
    Redo {
        rev: u64,
    },
    /// The commands and checks of a step, or what its interrupted commands still need.
    Run {
        step: String,
    },
    /// What became of an interrupted command; then the rest of its step.
    Resolve {
        step: String,
        command: String,
        resolution: Resolution,
    },
    Rollback {
        step: String,
    },
    Pause,
    Unpause,
    /// The content with this hash is approved; then the rest.
    Approved {
        sha256: String,
        then: Box<Action>,
    },
    /// These commands of a step may run although the list calls them dangers; then the rest.
    Allowed {
        step: String,
        commands: Vec<String>,
        then: Box<Action>,
    },
    /// A secret that was asked for; then the rest.
    Given {
        name: String,
        value: Secret,
        then: Box<Action>,
    },
}

/// A value that is kept in memory alone and never shown.
#[derive(Clone, PartialEq, Eq)]
pub(crate) struct Secret(pub(crate) String);

impl std::fmt::Debug for Secret {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Secret(..)")
    }
}

impl Action {
    /// The step it is about.
    pub(crate) fn step(&self) -> Option<&str> {
        match self {
            Action::Done { step, .. }
            | Action::Claim { step, .. }
            | Action::Answer { step, .. }
            | Action::Skip { step, .. }
            | Action::Run { step }
            | Action::Resolve { step, .. }
            | Action::Rollback { step } => Some(step),
            Action::Back { step, .. } => step.as_deref(),
            Action::Approved { then, .. } | Action::Allowed { then, .. } | Action::Given { then, .. } => {
                then.step()
            }
            Action::Block { .. }
            | Action::Undo { .. }
            | Action::Redo { .. }
            | Action::Pause
            | Action::Unpause => None,
        }
    }

    /// The command that does the same: what is said when it fails.
    pub(crate) fn words(&self) -> String {
        let verb = match self {
            Action::Block { steps } => return format!("done {}", steps.join(", ")),
            Action::Done { .. } | Action::Claim { .. } | Action::Answer { .. } => "done",
            Action::Skip { .. } => "skip",
            Action::Back { .. } => "back",
            Action::Undo { .. } => "undo",
            Action::Redo { .. } => "redo",
            Action::Run { .. } => "run",
            Action::Resolve { .. } | Action::Unpause => "resume",
            Action::Rollback { .. } => "rollback",
            Action::Pause => "pause",
            Action::Approved { then, .. } | Action::Allowed { then, .. } | Action::Given { then, .. } => {
                return then.words();
            }
        };
        match self.step() {
            Some(step) => format!("{verb} {step}"),
            None => verb.to_owned(),
        }
    }

    /// Whether it may run commands of its step.
    pub(crate) fn runs_commands(&self) -> bool {
        match self {
            Action::Run { .. } | Action::Resolve { .. } | Action::Rollback { .. } => true,
            Action::Approved { then, .. } | Action::Allowed { then, .. } | Action::Given { then, .. } => {
                then.runs_commands()
            }
            _ => false,
        }
    }
}

/// What became of an action.
#[derive(Debug)]
pub(crate) enum Answered {
    /// It is saved; said in one line, or two. `on` is the step that stands elsewhere now, where a person did not
    /// name it.
    Did { text: String, on: Option<String> },
    /// The list was not approved on this machine: what it would run, whole.
    Unapproved { shown: String, sha256: String, then: Action },
    /// The list calls these commands of a step dangers; nothing of it was begun.
    Dangerous { step: String, commands: Vec<Dangerous>, then: Action },
    /// A secret has no value.
    NeedsSecret { name: String, about: Option<String>, then: Action },
    /// A command was cut off, and somebody has to say what became of it.
    Asks(UnknownCommand),
    /// A check did not pass; the step can be claimed.
    Unproven { step: String, text: String },
    /// It was refused, or failed.
    Failed(String),
}

/// What is known of the run, as it was read last.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Seen {
    pub(crate) view: RunView,
    /// The branch that is checked out.
    pub(crate) branch: Option<String>,
    /// What was found when it was opened, and is said once: repairs, and steps that were cut off.
    pub(crate) found: Vec<String>,
    /// What stands in the way of saving, for as long as it does.
    pub(crate) notices: Vec<String>,
}
