//! Templates, Markdown task lists, runs and the workflow engine.

pub mod engine;
pub mod view;

pub mod archive;
pub mod error;
pub mod event;
pub mod export;
pub mod keys;
pub mod migration;
pub mod registry;
pub mod run;
pub mod transition;

pub mod bmad;
pub mod condition;
pub mod diagnostic;
pub mod diff;
pub mod list;
pub mod markdown;
mod outline;
mod pattern;
mod scope;
pub mod template;
pub mod text;
pub mod variables;

pub mod check;
pub mod confine;
pub mod exec;
pub mod file;
pub mod mask;
pub mod output;
pub mod project;
pub mod trust;

pub use engine::{
    ActOptions, Acted, Claim, Entry, Environment, Progressed, Saved, Settled, Setup, Undone, UnknownCommand,
    WorkflowEngine, empty_environment,
};
pub use error::{Error, Result};
pub use event::{Progress, WorkflowEvent, WorkflowObserver};
pub use list::{List, ListKind};
pub use run::{CommandStatus, Evidence, Run, RunStatus, StepStatus};
pub use template::Template;
pub use transition::{Refusal, Resolution};
pub use view::{ClaimView, CommandView, ConfirmView, RunSummary, RunView, StepView};
