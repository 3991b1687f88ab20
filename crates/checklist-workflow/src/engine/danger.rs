//! Commands that their template calls a danger: they run only after somebody said yes to each.

use super::WorkflowEngine;
use super::execute::Task;
use crate::error::{Error, Result};
use crate::run::CommandStatus;

/// A command that nobody said yes to.
///
/// ```
/// # let folder = tempfile::tempdir()?;
/// # let project = folder.path();
/// use checklist_workflow::{ActOptions, List, Progressed, Setup, StepStatus, WorkflowEngine};
/// use std::sync::atomic::AtomicBool;
///
/// let list = List::parse("tag.yaml", r#"
/// checklist: 1
/// id: tag
/// title: Tag it
/// variables: { token: { secret: true, from_env: NOT_SET_HERE, required: true } }
/// steps:
///   - id: tag
///     title: Tag it
///     type: auto
///     commands: [{ id: make, kind: bash, run: 'test -n "${token}" && touch tag', danger: Everybody sees it. }]
///     rollback: [{ kind: bash, run: rm tag }]
/// "#)?;
/// let (now, cancel) = (ActOptions::default(), AtomicBool::new(false));
/// let mut engine = WorkflowEngine::create(project, Setup::new("ana"))?;
/// engine.start(&list, &Default::default())?;
/// assert_eq!(engine.missing_secrets()?.len(), 1);
/// engine.provide_secret("token", "hunter2-and-more")?;
/// assert!(engine.execute("tag", &now, &cancel, &mut |_| {}).is_err()); // nobody said yes
/// engine.allow_danger("tag", "make");
///
/// let mut started = 0;
/// let watch = &mut |progressed: &Progressed<'_>| {
///     started += usize::from(matches!(progressed, Progressed::Starting { .. }));
/// };
/// let acted = engine.execute("tag", &now, &cancel, watch)?;
/// assert_eq!((acted.status, started), (StepStatus::Done, 1));
///
/// let step = engine.template().and_then(|template| template.step("tag")).expect("it is there").clone();
/// assert!(engine.has_happened(&step)?);
/// engine.rollback("tag", &now, &cancel, &mut |_| {})?;
/// assert!(!project.join("tag").exists());
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Dangerous {
    /// The command, as it is named in its step.
    pub command: String,
    /// Its text.
    pub script: String,
    /// Why one should look twice.
    pub danger: String,
}

impl WorkflowEngine {
    /// Says yes to a command that its template calls a danger. That holds for the next execution of its step or
    /// of its rollback, with all the retries in it, and not beyond.
    pub fn allow_danger(&mut self, step: &str, command: &str) {
        self.allowed_dangers.insert((step.to_owned(), command.to_owned()));
    }

    /// Uses up what was said yes to, and refuses what was not. Nothing of the step has run by then.
    pub(super) fn check_dangers(&mut self, step: &str, tasks: &[Task<'_>]) -> Result<()> {
        let allowed = std::mem::take(&mut self.allowed_dangers);
        let run = &self.selected()?.run;
        let is_to_run = |task: &&Task<'_>| {
            run.command(step, &task.id).is_none_or(|state| state.status != CommandStatus::Done)
        };
        let refused: Vec<Dangerous> = tasks
            .iter()
            .filter(is_to_run)
            .filter(|task| !allowed.contains(&(step.to_owned(), task.id.clone())))
            .filter_map(|task| {
                let danger = self.expand(task.command.danger.as_deref()?);
                Some(Dangerous { command: task.id.clone(), script: task.script.to_owned(), danger })
            })
            .collect();
        match refused.is_empty() {
            true => Ok(()),
            false => Err(Error::Dangerous { step: step.to_owned(), commands: refused }),
        }
    }
}
