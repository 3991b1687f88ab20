//! `advance`: the next thing of a run that needs nobody's word, and otherwise who is waited for.

use super::act::Acted;
use super::execute::Watch;
use super::interrupted::{Settled, UnknownCommand};
use super::{ActOptions, WorkflowEngine};
use crate::error::Result;
use crate::run::{RunStatus, StepStatus};
use crate::template::StepKind;
use crate::view::StepView;
use std::sync::atomic::AtomicBool;

/// What came of going on.
#[derive(Debug)]
#[non_exhaustive]
pub enum Advanced {
    /// A step was executed, or its checks were made; there may be more.
    Acted(Box<Acted>),
    /// Its `on_interrupt` said what became of a step that was cut off; there may be more.
    Settled(Vec<Acted>),
    /// Commands were cut off, and somebody has to say what became of them: [`WorkflowEngine::resolve`].
    Asks(Vec<UnknownCommand>),
    /// Somebody has to do this step, or say something about it: [`WorkflowEngine::done`], [`WorkflowEngine::answer`],
    /// [`WorkflowEngine::skip`].
    Waits(Box<StepView>),
    /// Nothing can be done: the run is put aside, or what is left waits for what nobody can do.
    Blocked,
    /// Every step is settled.
    Completed,
}

impl WorkflowEngine {
    /// Does the next thing that needs nobody's word: executes a step, or settles one that was cut off as its rule says.
    /// Call it until it gives something else than [`Advanced::Acted`] or [`Advanced::Settled`]. It runs commands; the
    /// caller has made sure that the template is trusted, and says yes to dangers with
    /// [`WorkflowEngine::allow_danger`].
    ///
    /// ```
    /// # use checklist_store::{Store, env::mem::World};
    /// # let world = World::new(1);
    /// # let project = std::path::Path::new("/project");
    /// # world.fs.place_dir(project)?;
    /// # let setup = checklist_workflow::Setup::new("ana").store(Store::options().env(world.env()));
    /// use checklist_workflow::{ActOptions, Advanced, Claim, List, WorkflowEngine};
    /// use std::sync::atomic::AtomicBool;
    ///
    /// let list = List::parse("list.md", "# A list\n\n- [ ] Look around\n- [ ] Go home\n")?;
    /// let mut engine = WorkflowEngine::create(project, setup)?;
    /// engine.start(&list, &Default::default())?;
    /// let (cancel, mut done) = (AtomicBool::new(false), Vec::new());
    /// loop {
    ///     match engine.advance(&cancel, &mut |_| {})? {
    ///         Advanced::Acted(_) | Advanced::Settled(_) => {}
    ///         Advanced::Waits(step) => {
    ///             engine.done(&step.id, Claim::None, &ActOptions::default(), &cancel)?;
    ///             done.push(step.title);
    ///         }
    ///         _ => break,
    ///     }
    /// }
    /// assert_eq!(done, ["Look around", "Go home"]);
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    ///
    /// # Errors
    /// Those of [`WorkflowEngine::execute`] and [`WorkflowEngine::settle_interrupted`].
    pub fn advance(&mut self, cancel: &AtomicBool, watch: Watch<'_>) -> Result<Advanced> {
        self.refresh()?;
        let view = self.view()?;
        let current = view.steps.into_iter().find(|step| step.is_current);
        let step = match (view.status, current) {
            (RunStatus::Completed, _) => return Ok(Advanced::Completed),
            (RunStatus::Active, Some(current)) => current,
            _ => return Ok(Advanced::Blocked),
        };
        let options = ActOptions::default();
        match (step.status, step.kind) {
            (StepStatus::Interrupted, _) => {
                Ok(match self.settle_interrupted(&step.id, &options, cancel, watch)? {
                    Settled::Resolved(acted) => Advanced::Settled(acted),
                    Settled::Asks(asks) => Advanced::Asks(asks),
                })
            }
            (_, StepKind::Auto | StepKind::Check) => {
                let acted = self.execute(&step.id, &options, cancel, watch)?;
                Ok(Advanced::Acted(Box::new(acted)))
            }
            _ => Ok(Advanced::Waits(Box::new(step))),
        }
    }
}
