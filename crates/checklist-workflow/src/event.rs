//! `WorkflowEvent`: what happened to a run, told after it is durable.

use crate::run::StepStatus;
use std::fmt;

/// How far a run is.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Progress {
    /// Steps that are done.
    pub done: usize,
    /// Steps that were left out by someone.
    pub skipped: usize,
    /// Steps that are left out by their condition.
    pub hidden: usize,
    /// Steps that failed.
    pub failed: usize,
    /// Steps that were cut off.
    pub interrupted: usize,
    /// All steps.
    pub total: usize,
    /// Done steps whose check the tool ran.
    pub verified: usize,
    /// Done steps on someone's word.
    pub claimed: usize,
}

impl Progress {
    /// Steps about which nothing more is to be done.
    #[must_use]
    pub fn settled(&self) -> usize {
        self.done + self.skipped + self.hidden
    }
}

/// Something that happened. No event holds the value of a variable or the output of a command.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum WorkflowEvent {
    /// `recovery:started`: the store is about to be opened, and repaired where needed.
    RecoveryStarted,
    /// `recovery:completed`: the store is open.
    RecoveryCompleted {
        /// Transactions that were applied from the log.
        redone: usize,
        /// Steps that were found cut off.
        interrupted: Vec<String>,
    },
    /// `step:changed`: a step stands elsewhere than before.
    StepChanged {
        /// The step.
        step: String,
        /// Where it stands.
        status: StepStatus,
    },
    /// `step:completed`: a step is done.
    StepCompleted {
        /// The step.
        step: String,
    },
    /// `step:skipped`: a step was left out.
    StepSkipped {
        /// The step.
        step: String,
    },
    /// `progress:updated`: how far the run is now.
    ProgressUpdated(Progress),
    /// `workflow:completed`: every step is settled.
    WorkflowCompleted {
        /// The run.
        run: String,
    },
    /// `error`: something was refused or failed.
    Failed {
        /// What, in words.
        message: String,
    },
}

impl WorkflowEvent {
    /// What observers are told of a step that stands elsewhere than before, in this order.
    pub(crate) fn of_step(step: &str, status: StepStatus) -> impl Iterator<Item = WorkflowEvent> {
        let step = step.to_owned();
        let settled = match status {
            StepStatus::Done => Some(WorkflowEvent::StepCompleted { step: step.clone() }),
            StepStatus::Skipped => Some(WorkflowEvent::StepSkipped { step: step.clone() }),
            _ => None,
        };
        [WorkflowEvent::StepChanged { step, status }].into_iter().chain(settled)
    }

    /// The name it has in logs and JSON.
    #[must_use]
    pub fn name(&self) -> &'static str {
        match self {
            WorkflowEvent::RecoveryStarted => "recovery:started",
            WorkflowEvent::RecoveryCompleted { .. } => "recovery:completed",
            WorkflowEvent::StepChanged { .. } => "step:changed",
            WorkflowEvent::StepCompleted { .. } => "step:completed",
            WorkflowEvent::StepSkipped { .. } => "step:skipped",
            WorkflowEvent::ProgressUpdated(_) => "progress:updated",
            WorkflowEvent::WorkflowCompleted { .. } => "workflow:completed",
            WorkflowEvent::Failed { .. } => "error",
        }
    }
}

impl fmt::Display for WorkflowEvent {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())?;
        match self {
            WorkflowEvent::RecoveryStarted => Ok(()),
            WorkflowEvent::RecoveryCompleted { redone, interrupted } => {
                if *redone > 0 {
                    write!(f, " {redone} transactions redone")?;
                }
                if interrupted.is_empty() {
                    Ok(())
                } else {
                    write!(f, " cut off: {}", interrupted.join(", "))
                }
            }
            WorkflowEvent::StepChanged { step, status } => write!(f, " {step} {status}"),
            WorkflowEvent::StepCompleted { step } | WorkflowEvent::StepSkipped { step } => {
                write!(f, " {step}")
            }
            WorkflowEvent::ProgressUpdated(progress) => {
                write!(f, " {} of {} settled", progress.settled(), progress.total)
            }
            WorkflowEvent::WorkflowCompleted { run } => write!(f, " {run}"),
            WorkflowEvent::Failed { message } => write!(f, " {message}"),
        }
    }
}

/// Somebody who is told. Called on the thread of the caller, after the commit point; it must not block.
///
/// A closure is one:
///
/// ```
/// # use checklist_store::{Store, env::mem::World};
/// # let world = World::new(1);
/// # let project = std::path::Path::new("/project");
/// # world.fs.place_dir(project)?;
/// # let options = Store::options().env(world.env());
/// use checklist_workflow::{List, Setup, WorkflowEngine, WorkflowEvent};
/// use std::sync::mpsc;
///
/// let (tell, heard) = mpsc::channel();
/// let tell = move |event: &WorkflowEvent| drop(tell.send(event.to_string()));
/// let mut engine = WorkflowEngine::create(project, Setup::new("ana").store(options).observed_by(tell))?;
/// engine.start(&List::parse("a.md", "- [x] one\n- [ ] two\n")?, &Default::default())?;
/// let heard: Vec<String> = heard.try_iter().collect();
/// assert_eq!(heard, ["recovery:started", "recovery:completed", "progress:updated 1 of 2 settled"]);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
pub trait WorkflowObserver: Send + Sync {
    /// Takes in one event.
    fn on_event(&self, event: &WorkflowEvent);
}

impl<F: Fn(&WorkflowEvent) + Send + Sync> WorkflowObserver for F {
    fn on_event(&self, event: &WorkflowEvent) {
        self(event);
    }
}
