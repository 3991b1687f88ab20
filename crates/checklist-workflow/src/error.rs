//! `Error`: why the engine did not do what it was asked, and what the caller can do about it.

use crate::check::CheckResult;
use crate::diagnostic::Diagnostics;
use crate::engine::Dangerous;
use crate::file::FileError;
use crate::transition::Refusal;
use std::fmt;
use std::path::PathBuf;

/// The result of everything the engine does.
pub type Result<T, E = Error> = std::result::Result<T, E>;

/// Why the engine did not do what it was asked. Unless the kind says otherwise, nothing was changed.
#[derive(Debug)]
#[non_exhaustive]
pub enum Error {
    /// There is no run here.
    NoRun,
    /// No run is called so.
    UnknownRun(String),
    /// Several runs are called so.
    AmbiguousRun {
        /// What was asked for.
        given: String,
        /// The ids of the runs that may be meant.
        runs: Vec<String>,
    },
    /// The template has no such step.
    UnknownStep {
        /// What was asked for.
        id: String,
        /// A step that may have been meant.
        suggestion: Option<String>,
    },
    /// A rule stands in the way; repeating does not help.
    Refused(Refusal),
    /// An auto step is run by the tool, not said to be done.
    RunByTool(String),
    /// An input step takes a value, and none was given.
    NeedsAnswer(String),
    /// A check did not pass.
    CheckFailed {
        /// The step.
        step: String,
        /// All checks of the step, as far as they ran.
        checks: Vec<CheckResult>,
        /// Whether the failure was recorded, because commands had run before.
        is_recorded: bool,
    },
    /// A person has to do or say this, at a terminal.
    NeedsHuman {
        /// The step.
        step: String,
        /// What is asked of them.
        what: String,
    },
    /// Somebody has to say yes to these commands first; nothing was run.
    Dangerous {
        /// The step.
        step: String,
        /// The commands that are to run, and that nobody said yes to.
        commands: Vec<Dangerous>,
    },
    /// A command of a step failed; that is recorded.
    CommandFailed {
        /// The step.
        step: String,
        /// The command.
        command: String,
        /// How it ended, in words.
        outcome: String,
        /// Its exit code, if it has one.
        exit: Option<i32>,
        /// Its output.
        log: PathBuf,
        /// The processes that left its process group before it was ended, and still run.
        processes: Box<[u32]>,
    },
    /// An output of a step could not be taken.
    OutputFailed {
        /// The step.
        step: String,
        /// The output.
        output: String,
        /// Why; it does not quote what was printed.
        reason: String,
        /// What its command said beside.
        log: PathBuf,
        /// Whether the failure was recorded; otherwise the step stands as it stood.
        is_recorded: bool,
    },
    /// A secret that the run requires has no value; nothing was run.
    SecretMissing {
        /// Its name.
        name: String,
        /// The environment variable it comes from.
        from_env: String,
    },
    /// The run is not at the revision the caller expects.
    Conflict {
        /// The revision it is at.
        rev: u64,
    },
    /// There is nothing to undo or redo.
    NothingTo(&'static str),
    /// Something later depends on the operation.
    UndoBlocked {
        /// The operation.
        op: u64,
    },
    /// Steps that were settled later need what the operation settled.
    UndoDepends {
        /// The operation.
        op: u64,
        /// The steps.
        steps: Vec<String>,
    },
    /// The operation is not one that can be taken back.
    NotUndoable {
        /// The operation.
        op: u64,
        /// Why.
        reason: String,
    },
    /// An idempotency key is empty, too long, or holds a character that is no printable ASCII.
    BadKey,
    /// The name of the actor or the key of a request holds the value of a secret, and both are stored.
    StoresSecret(&'static str),
    /// The idempotency key came with another request before.
    KeyReused {
        /// The key.
        key: String,
        /// The operation that answered that request.
        op: u64,
    },
    /// Another process answered this very request in this moment; repeating it gives that answer.
    Answered,
    /// The run was put aside: it can be looked at, and is changed only after it was taken up again.
    Archived(String),
    /// The file of a run that was put aside cannot be read as one.
    BadArchive {
        /// The file.
        path: PathBuf,
        /// What is wrong with it.
        reason: String,
    },
    /// A run cannot have this name.
    Name {
        /// The name.
        name: String,
        /// Why.
        reason: String,
    },
    /// Somebody has to say what becomes of the progress of these steps.
    Undecided(Vec<crate::migration::Question>),
    /// The run cannot go on with that list, or not so.
    CannotMigrate(String),
    /// A template or list is not valid.
    Template(Box<Diagnostics>),
    /// The run's own copy of its template is not what the run began with.
    TemplateCopy {
        /// The copy.
        path: PathBuf,
        /// What is wrong with it.
        reason: String,
    },
    /// A variable has no value, or one it may not have.
    Variable {
        /// Its name.
        name: String,
        /// What is wrong; it does not quote the value.
        reason: String,
    },
    /// A path leaves the project.
    Path(crate::confine::Refused),
    /// Another process executes a step of this run.
    Busy(String),
    /// A command whose outcome is unknown is still at work, though the program that started it is gone.
    StillRuns {
        /// The step.
        step: String,
        /// The command.
        command: String,
        /// Its processes, as far as the system lets this user see them.
        processes: Vec<u32>,
    },
    /// The caller cancelled. The command was ended with its group, and that is recorded.
    Cancelled,
    /// A file could not be read.
    File(FileError),
    /// What the state holds for this run is not a run.
    Malformed(String),
    /// The store.
    Store(checklist_store::Error),
}

fn names_of(commands: &[Dangerous]) -> String {
    commands.iter().map(|command| command.command.as_str()).collect::<Vec<_>>().join(", ")
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Error::NoRun => f.write_str("no run here"),
            Error::UnknownRun(id) => write!(f, "no run is called \"{id}\" or begins so"),
            Error::AmbiguousRun { given, runs: ids } => several(f, ids.len(), given),
            Error::UnknownStep { id, .. } => write!(f, "no step \"{id}\""),
            Error::Refused(refusal) => refusal.fmt(f),
            Error::RunByTool(step) => write!(f, "{step} is an auto step: the tool runs it"),
            Error::NeedsAnswer(step) => write!(f, "{step} asks for a value, and none was given"),
            Error::CheckFailed { step, .. } => write!(f, "{step} did not pass its check"),
            Error::NeedsHuman { step, what } => write!(f, "{step} needs a person: {what}"),
            Error::Dangerous { step, commands } => {
                write!(f, "{step} waits for a yes: {} can do harm", names_of(commands))
            }
            Error::CommandFailed { step, command, outcome, .. } => {
                write!(f, "{step}/{command} failed: {outcome}")
            }
            Error::OutputFailed { step, output, reason, .. } => {
                write!(f, "the output {output} of {step} cannot be taken: {reason}")
            }
            Error::SecretMissing { name, from_env } => {
                write!(f, "the secret {name} has no value: {from_env} is not set")
            }
            Error::Conflict { rev } => write!(f, "the run has moved on: it is at rev {rev}"),
            Error::NothingTo(what) => write!(f, "there is nothing to {what}"),
            Error::UndoBlocked { op } => write!(f, "what op {op} changed was changed again since"),
            Error::UndoDepends { op, steps } => {
                write!(f, "what op {op} settled is needed by {}, settled later", steps.join(", "))
            }
            Error::NotUndoable { op, reason } => write!(f, "op {op} cannot be taken back: {reason}"),
            Error::StoresSecret(what) => write!(f, "the {what} holds the value of a secret, and is stored"),
            Error::BadKey => f.write_str("a key is 1 to 200 printable ASCII characters without spaces"),
            Error::KeyReused { key, op } => {
                write!(f, "the key {key} came with another request before, which op {op} answered")
            }
            Error::Answered => f.write_str("another process answered this request in this moment"),
            Error::Archived(id) => write!(f, "run {id} was put aside"),
            Error::BadArchive { path, reason } => {
                write!(f, "the file of a run that was put aside {reason}: {}", path.display())
            }
            Error::Name { name, reason } => write!(f, "a run cannot be named \"{name}\": {reason}"),
            Error::Undecided(questions) => {
                let steps: Vec<&str> = questions.iter().map(|question| question.step.as_str()).collect();
                write!(
                    f,
                    "the new list has no {}, and it is not certain what becomes of it",
                    steps.join(", ")
                )
            }
            Error::CannotMigrate(reason) => f.write_str(reason),
            Error::Template(diagnostics) => {
                write!(f, "{} is not valid: {} errors", diagnostics.file(), diagnostics.error_count())
            }
            Error::TemplateCopy { path, reason } => {
                write!(f, "the run's own copy of its template {reason}: {}", path.display())
            }
            Error::Variable { name, reason } => write!(f, "variable {name}: {reason}"),
            Error::Path(refused) => refused.fmt(f),
            Error::Busy(what) => write!(f, "busy: another process executes a step of this run ({what})"),
            Error::StillRuns { step, command, processes } => {
                write!(f, "{step}/{command} still runs")?;
                let ids: Vec<String> = processes.iter().map(u32::to_string).collect();
                if ids.is_empty() { Ok(()) } else { write!(f, " (pid {})", ids.join(", ")) }
            }
            Error::Cancelled => f.write_str("cancelled"),
            Error::File(error) => error.fmt(f),
            Error::Malformed(reason) => write!(f, "the state does not hold a run as it should: {reason}"),
            Error::Store(error) => error.fmt(f),
        }
    }
}

fn several(f: &mut fmt::Formatter<'_>, count: usize, given: &str) -> fmt::Result {
    write!(f, "{count} runs are called \"{given}\" or begin so")
}

impl std::error::Error for Error {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        match self {
            Error::Store(error) => Some(error),
            Error::File(error) => Some(error),
            _ => None,
        }
    }
}

impl From<checklist_store::Error> for Error {
    fn from(error: checklist_store::Error) -> Error {
        Error::Store(error)
    }
}

impl From<Refusal> for Error {
    fn from(refusal: Refusal) -> Error {
        Error::Refused(refusal)
    }
}

impl From<FileError> for Error {
    fn from(error: FileError) -> Error {
        Error::File(error)
    }
}

impl From<crate::confine::Refused> for Error {
    fn from(refused: crate::confine::Refused) -> Error {
        Error::Path(refused)
    }
}
