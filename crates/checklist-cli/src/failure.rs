//! `Failure`: why a command did not do what it was asked, with its exit code and the way on.

mod refused;
mod step;

use crate::exit::Exit;
use checklist_store::{ErrorKind, Outcome};
use checklist_workflow::confine::Refused;
use checklist_workflow::diagnostic::Diagnostics;
use checklist_workflow::error::Error;
use checklist_workflow::file::FileError;
use checklist_workflow::project::DiscoverError;
use checklist_workflow::trust::TrustError;
use serde_json::{Value, json};
use std::io;
use std::ops::{Deref, DerefMut};

/// What is known about the change a failed command was to make.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Change {
    /// The command was refused before anything was tried.
    Nothing,
    /// Saving failed; the state on disk is as it was.
    NotSaved,
    /// The change is saved; what failed came after it.
    Saved,
    /// It is saved or not: the disk did not say.
    InDoubt,
}

/// A command that failed; its facts are boxed, because it is the rare half of every result.
#[derive(Debug)]
pub(crate) struct Failure(Box<Facts>);

/// What is known of a failure.
#[derive(Debug)]
pub(crate) struct Facts {
    pub(crate) exit: Exit,
    /// The word before the message on screen: `error`, `refused`, `not done`, or none.
    pub(crate) lead: &'static str,
    pub(crate) message: String,
    /// More lines, shown indented.
    pub(crate) details: Vec<String>,
    /// What to do about it: whole sentences with commands in them.
    pub(crate) advice: Vec<String>,
    pub(crate) change: Change,
    /// The details for a program.
    pub(crate) data: Option<Value>,
    /// Text that is shown as it is, before everything else: rendered diagnostics.
    pub(crate) rendered: Option<Box<Diagnostics>>,
}

impl Deref for Failure {
    type Target = Facts;

    fn deref(&self) -> &Facts {
        &self.0
    }
}

impl DerefMut for Failure {
    fn deref_mut(&mut self) -> &mut Facts {
        &mut self.0
    }
}

impl Failure {
    pub(crate) fn new(exit: Exit, message: impl Into<String>) -> Failure {
        Failure(Box::new(Facts {
            exit,
            lead: "error",
            message: message.into(),
            details: Vec::new(),
            advice: Vec::new(),
            change: Change::Nothing,
            data: None,
            rendered: None,
        }))
    }

    pub(crate) fn usage(message: impl Into<String>) -> Failure {
        Failure::new(Exit::Usage, message)
    }

    pub(crate) fn refused(message: impl Into<String>) -> Failure {
        Failure::new(Exit::Refused, message).lead("refused")
    }

    pub(crate) fn lead(mut self, lead: &'static str) -> Failure {
        self.lead = lead;
        self
    }

    pub(crate) fn detail(mut self, detail: impl Into<String>) -> Failure {
        self.details.push(detail.into());
        self
    }

    pub(crate) fn advise(mut self, advice: impl Into<String>) -> Failure {
        self.advice.push(advice.into());
        self
    }

    pub(crate) fn data(mut self, data: Value) -> Failure {
        self.data = Some(data);
        self
    }

    /// A list that cannot be used: every finding with its place.
    pub(crate) fn template(diagnostics: Diagnostics) -> Failure {
        let errors = diagnostics.error_count();
        let count = if errors == 1 { "1 error".to_owned() } else { format!("{errors} errors") };
        let mut failure = Failure::new(Exit::Template, format!("{count}. Nothing would run.")).lead("");
        failure.data = Some(diagnostics.to_json());
        failure.rendered = Some(Box::new(diagnostics));
        failure
    }
}

impl From<Error> for Failure {
    fn from(error: Error) -> Failure {
        let message = error.to_string();
        match error {
            Error::NoRun => {
                Failure::new(Exit::NoChecklist, "no run here yet").lead("").advise("Start one: checklist run")
            }
            Error::UnknownRun(_) => Failure::usage(message).advise("The runs of this project: checklist ls"),
            Error::AmbiguousRun { runs, .. } => several_runs(message, runs),
            Error::UnknownStep { id, suggestion } => unknown_step(&id, suggestion.as_deref()),
            Error::Refused(refusal) => refused::refused(&refusal),
            Error::RunByTool(step) => Failure::refused(format!("{step} is an auto step: the tool runs it"))
                .advise("Run it: checklist run")
                .advise(format!("If it was done by hand: checklist done {step} --claim \"why\"")),
            Error::CheckFailed { step, checks, is_recorded } => {
                step::check_failed(&step, &checks, is_recorded)
            }
            Error::NeedsHuman { step, what } => {
                Failure::new(Exit::NeedsHuman, format!("{step} waits for a person: {what}"))
                    .lead("")
                    .advise(format!("A person, in a terminal: checklist done {step}"))
                    .data(json!({"step": step, "what": what}))
            }
            Error::Dangerous { step, commands } => step::dangerous(message, &step, &commands),
            error @ (Error::CommandFailed { .. } | Error::OutputFailed { .. }) => {
                step::ended_badly(error, message)
            }
            Error::NeedsAnswer(step) => Failure::new(Exit::NeedsHuman, message)
                .lead("")
                .advise(format!("Answer it: checklist done {step} --value ..."))
                .data(json!({"step": step})),
            Error::SecretMissing { name, from_env } => Failure::new(Exit::NeedsHuman, message)
                .lead("")
                .advise(format!("Set {from_env} in the environment and run the same command again."))
                .data(json!({"secret": name, "from_env": from_env})),
            Error::Conflict { rev } => {
                Failure::new(Exit::Conflict, format!("the run has moved on: it is at rev {rev}"))
                    .lead("conflict")
                    .advise("Look again: checklist next")
                    .data(json!({"rev": rev}))
            }
            Error::NothingTo(what) if what.starts_with("claim") => {
                Failure::refused(message).advise("Where it stands: checklist status")
            }
            Error::NothingTo(_) => Failure::refused(message).advise("What was done: checklist history"),
            Error::UndoBlocked { .. } => Failure::refused(message).advise("What was done: checklist history"),
            Error::Template(diagnostics) => Failure::template(*diagnostics),
            Error::TemplateCopy { .. } => Failure::new(Exit::Damaged, message)
                .advise("Put the copy back, or start again: checklist run NAME --new"),
            Error::Variable { .. } => Failure::usage(message),
            Error::Path(refused) => refused.into(),
            Error::Busy(_) => Failure::new(Exit::Busy, message).lead("").advise("Look on: checklist status"),
            Error::StillRuns { step, command, processes } => step::still_runs(&step, &command, &processes),
            Error::Cancelled => Failure::new(Exit::Interrupted, "interrupted")
                .lead("")
                .advise("Your place is kept: checklist status"),
            Error::File(error) => error.into(),
            Error::Malformed(_) => {
                Failure::new(Exit::Damaged, message).advise("Look closer: checklist doctor")
            }
            Error::Store(error) => error.into(),
            error => of_run(error, message),
        }
    }
}

/// What is about a run as a whole, a request, or what was done before.
fn of_run(error: Error, message: String) -> Failure {
    match error {
        Error::KeyReused { .. } => Failure::new(Exit::Conflict, message)
            .lead("conflict")
            .advise("Give every request a key of its own.")
            .advise("What was done: checklist history"),
        Error::BadKey | Error::StoresSecret(_) => Failure::usage(message),
        Error::Answered => Failure::new(Exit::Busy, message)
            .lead("")
            .advise("Run the same command again: it gives that answer."),
        Error::Archived(id) => Failure::refused(message)
            .advise(format!("Take it up again: checklist archive {id} --back"))
            .advise(format!("Look at it: checklist status --run {id}")),
        Error::BadArchive { .. } => {
            Failure::new(Exit::Damaged, message).advise("The other runs: checklist ls --archived")
        }
        Error::Name { .. } => Failure::usage(message).advise("The runs of this project: checklist ls"),
        Error::UndoDepends { op, steps } => {
            let back: Vec<String> = steps.iter().map(|step| format!("checklist back {step}")).collect();
            Failure::refused(message)
                .advise(format!("First: {}", back.join(", ")))
                .advise(format!(
                    "Or take back everything since: checklist undo --to {}",
                    op.saturating_sub(1)
                ))
                .data(json!({"op": op, "steps": steps}))
        }
        Error::NotUndoable { .. } => Failure::refused(message).advise("What was done: checklist history"),
        Error::CannotMigrate(_) => Failure::usage(message).advise("What differs: checklist diff"),
        _ => Failure::new(Exit::Bug, message),
    }
}

/// Runs of which only one can be meant.
fn several_runs(message: String, runs: Vec<String>) -> Failure {
    let mut failure = Failure::usage(message).data(json!({"runs": runs}));
    failure.details = runs;
    failure.advise("More of the id, or its name: checklist ls")
}

/// A step that the template does not have.
pub(crate) fn unknown_step(id: &str, suggestion: Option<&str>) -> Failure {
    let meant = suggestion.map_or_else(String::new, |step| format!(". Did you mean: {step}"));
    Failure::usage(format!("no step \"{id}\"{meant}"))
        .advise("All steps: checklist status")
        .data(json!({"step": id, "suggestion": suggestion}))
}

impl From<checklist_store::Error> for Failure {
    fn from(error: checklist_store::Error) -> Failure {
        let exit = match error.kind() {
            ErrorKind::Corrupt => Exit::Damaged,
            ErrorKind::Edited | ErrorKind::Invalid | ErrorKind::LimitExceeded | ErrorKind::InvalidKey => {
                Exit::Refused
            }
            ErrorKind::LockTimeout => Exit::Busy,
            ErrorKind::Conflict => Exit::Conflict,
            ErrorKind::StorageFull
            | ErrorKind::Io
            | ErrorKind::InDoubt
            | ErrorKind::Poisoned
            | ErrorKind::ReadOnly
            | ErrorKind::LockRefused
            | ErrorKind::Timeout => Exit::Io,
            ErrorKind::NoStore => Exit::NoChecklist,
            ErrorKind::UnsupportedFormat => Exit::Template,
            _ => Exit::Bug,
        };
        let mut failure = Failure::new(exit, error.message());
        failure.change = match (exit, error.outcome()) {
            (Exit::Io, Outcome::NotSaved) => Change::NotSaved,
            (_, Outcome::NotSaved) => Change::Nothing,
            (_, Outcome::Saved) => Change::Saved,
            (_, Outcome::InDoubt) => Change::InDoubt,
        };
        failure.details.extend(error.path().map(|path| path.display().to_string()));
        if let Some(cause) = error.cause() {
            // What the disk said comes first; what was being done, second.
            let doing = std::mem::replace(&mut failure.message, cause);
            failure.details.insert(0, doing);
        }
        match error.kind() {
            ErrorKind::Corrupt => failure.advise("What can be rebuilt: checklist recover --dry-run"),
            ErrorKind::Edited => failure
                .advise("Take the edit in: checklist adopt")
                .advise("Or put back what was saved: checklist restore"),
            ErrorKind::LockTimeout => failure.lead("").advise("Wait, then run the same command again."),
            ErrorKind::StorageFull => failure.advise("Free some space and run the same command again."),
            ErrorKind::ReadOnly => failure.advise("Make it writable and run the same command again."),
            ErrorKind::InDoubt | ErrorKind::Poisoned => {
                failure.advise("Do not repeat it blindly: checklist status")
            }
            ErrorKind::UnsupportedFormat => failure.advise("Use the program that wrote it, or a newer one."),
            _ => failure,
        }
    }
}

impl From<FileError> for Failure {
    fn from(error: FileError) -> Failure {
        let exit = match error.kind() {
            io::ErrorKind::NotFound | io::ErrorKind::IsADirectory => Exit::Usage,
            _ => Exit::Io,
        };
        Failure::new(exit, error.to_string())
    }
}

impl From<Refused> for Failure {
    fn from(refused: Refused) -> Failure {
        let exit = if refused.is_unreadable() { Exit::Io } else { Exit::Usage };
        Failure::new(exit, refused.to_string())
    }
}

impl From<TrustError> for Failure {
    fn from(error: TrustError) -> Failure {
        let exit = match error {
            TrustError::File(_) => Exit::Io,
            _ => Exit::Usage,
        };
        Failure::new(exit, error.to_string())
    }
}

impl From<DiscoverError> for Failure {
    fn from(error: DiscoverError) -> Failure {
        match error {
            DiscoverError::Missing(searched) => {
                Failure::new(Exit::NoChecklist, format!("No checklist here (looked in {searched})."))
                    .lead("")
                    .advise(
                        "Start one: checklist init hello        From Markdown: checklist init --from FILE.md",
                    )
            }
            DiscoverError::File(error) => error.into(),
            error => Failure::new(Exit::Refused, error.to_string()),
        }
    }
}
