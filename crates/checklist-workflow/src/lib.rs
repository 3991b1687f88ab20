//! Templates, Markdown task lists, runs and the workflow engine: all that the program `checklist` does, from code.
//!
//! A [`List`] is what people wrote: a template, or a Markdown task list. A [`WorkflowEngine`] runs it in a project, where
//! its state lies in `.checklist/`, and goes on there after anything. [`WorkflowEngine::advance`] does what needs
//! nobody's word and says who is waited for; a [`WorkflowObserver`] is told of every change once it is durable. The
//! example `deploy` puts them together.
//!
//! ```
//! # use checklist_store::{Store, env::mem::World};
//! # let world = World::new(1);
//! # let project = std::path::Path::new("/project");
//! # world.fs.place_dir(project)?;
//! # let options = Store::options().env(world.env());
//! use checklist_workflow::{ActOptions, List, Setup, StepStatus, WorkflowEngine};
//!
//! let list = List::parse("trip.md", "# A trip\n\n- [x] Book a train\n- [ ] Pack\n")?;
//! let mut engine = WorkflowEngine::create(project, Setup::new("ana").store(options))?;
//! engine.start(&list, &Default::default())?;
//! engine.skip("pack", Some("nothing to take"), None, &ActOptions::default())?;
//!
//! let view = engine.view()?;
//! assert_eq!((view.progress.done, view.progress.skipped), (1, 1));
//! assert_eq!(view.steps[1].status, StepStatus::Skipped);
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```

pub mod engine;
pub mod view;

pub mod archive;
pub mod error;
pub mod event;
pub mod export;
pub mod glance;
pub mod keys;
pub mod migration;
pub mod registry;
pub mod run;
pub mod trace;
pub mod transition;

pub mod bmad;
pub mod closest;
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
mod fill;
pub mod mask;
pub mod output;
pub mod project;
pub mod trust;

pub use engine::{
    ActOptions, Acted, Advanced, Claim, Entry, Environment, Progressed, Saved, Settled, Setup, Undone,
    UnknownCommand, WorkflowEngine, empty_environment,
};
pub use error::{Error, Result};
pub use event::{Progress, WorkflowEvent, WorkflowObserver};
pub use list::{List, ListKind};
pub use run::{CommandStatus, Evidence, Run, RunStatus, StepStatus};
pub use template::Template;
pub use transition::{Refusal, Resolution};
pub use view::{CheckView, ClaimView, CommandView, ConfirmView, RunSummary, RunView, StepView};

/// The examples of the library guide, as tests.
#[cfg(doctest)]
#[doc = include_str!("../../../docs/library.md")]
struct LibraryGuide;

/// The examples of the readme, as tests.
#[cfg(doctest)]
#[doc = include_str!("../README.md")]
struct Readme;
