//! What a step prints while it runs, until it ends. Nothing is held meanwhile.

use super::{Printed, SHOWN_BYTES_MAX, answer, split};
use crate::context::Context;
use crate::exit::Exit;
use crate::failure::Failure;
use crate::time;
use checklist_store::Lsn;
use checklist_store::env::Instant;
use checklist_workflow::CommandStatus;
use checklist_workflow::engine::{Attempted, WorkflowEngine};
use checklist_workflow::output::GrowingLog;
use checklist_workflow::run::StepStatus;
use checklist_workflow::view::{RunView, StepView};
use std::time::Duration;

/// How often a log is looked at.
const LOOK_INTERVAL: Duration = Duration::from_millis(50);

/// How often the run is read where nothing was saved: that a process died shows by its lock alone.
const READ_INTERVAL: Duration = Duration::from_secs(1);

/// Whoever follows one step, or one command of it.
struct Follower<'a> {
    ctx: &'a Context,
    step: String,
    command: Option<String>,
    /// How many attempts of it were begun to be shown, or ended before.
    begun: usize,
    current: Option<(Attempted, GrowingLog)>,
    has_shown: bool,
}

/// Follows the step that is meant, or the one that runs.
pub(super) fn follow(
    ctx: &Context,
    mut engine: WorkflowEngine,
    view: &RunView,
    of: Option<&str>,
) -> Result<Exit, Failure> {
    ctx.signals
        .catch()
        .map_err(|error| Failure::new(Exit::Io, format!("cannot listen for signals: {error}")))?;
    let (step, command) = match of.map(split) {
        Some((step, command)) => (ctx.step(&engine, view, Some(step))?.id.clone(), command),
        None => (running(view)?.id.clone(), None),
    };
    let (project, run) = (engine.project().to_owned(), view.id.clone());
    let mut follower = Follower {
        ctx,
        step,
        command: command.map(str::to_owned),
        begun: 0,
        current: None,
        has_shown: false,
    };
    let mut read: Option<(Lsn, Instant)> = None;
    let mut view = view.clone();
    loop {
        engine.store_mut().refresh()?;
        let (lsn, now) = (engine.store().snapshot().lsn(), ctx.env.clock.instant());
        let is_due = |(at, since): (Lsn, Instant)| at != lsn || now.since(since) >= READ_INTERVAL;
        if read.is_none_or(is_due) {
            if read.is_some() {
                engine = ctx.look_into(&project)?;
                engine.look_at(&run)?;
                view = engine.view()?;
            }
            let is_over = follower.take(&engine, &view)?;
            read = Some((engine.store().snapshot().lsn(), now));
            if is_over {
                break;
            }
        }
        follower.show()?;
        if ctx.signals.is_cancelled() {
            return Ok(ctx.signals.exit());
        }
        if ctx.ui.is_closed() {
            return Ok(Exit::Ok);
        }
        ctx.env.clock.sleep(LOOK_INTERVAL);
    }
    follower.end()?;
    let step = ctx.step(&engine, &view, Some(&follower.step))?;
    let printed: Vec<Printed> = follower.own(&engine)?.iter().filter_map(Printed::of_attempt).collect();
    answer(ctx, &engine, &view.id, step, &printed[printed.len().saturating_sub(1)..]);
    Ok(Exit::Ok)
}

/// The step that runs now.
fn running(view: &RunView) -> Result<&StepView, Failure> {
    let active = view.steps.iter().find(|step| view.is_running && step.status == StepStatus::Active);
    active.ok_or_else(|| {
        Failure::refused("no step runs now")
            .advise("What was printed: checklist logs        Wait for what happens: checklist watch")
    })
}

impl Follower<'_> {
    /// The attempts that are followed, oldest first.
    fn own(&self, engine: &WorkflowEngine) -> Result<Vec<Attempted>, Failure> {
        let mut all = engine.attempts()?;
        all.retain(|attempt| {
            attempt.step == self.step
                && self.command.as_ref().is_none_or(|command| attempt.command == *command)
        });
        Ok(all)
    }

    /// Takes in how far the step is, and says whether it is over.
    fn take(&mut self, engine: &WorkflowEngine, view: &RunView) -> Result<bool, Failure> {
        let own = self.own(engine)?;
        if self.begun == 0 && !self.has_shown {
            // What ended before is not followed.
            self.begun = own.len().saturating_sub(1);
        }
        if let (Some((attempt, _)), Some(known)) =
            (&mut self.current, self.begun.checked_sub(1).and_then(|at| own.get(at)))
        {
            attempt.clone_from(known);
        }
        for attempt in &own[self.begun.min(own.len())..] {
            self.end()?;
            let Some(log) = &attempt.log else { continue };
            self.ctx.ui.talk(&format!("==> {}/{}, attempt {}\n", self.step, attempt.command, attempt.number));
            let log = GrowingLog::new(engine.store().root().join(log), SHOWN_BYTES_MAX);
            self.current = Some((attempt.clone(), log));
            self.has_shown = true;
            self.show()?;
        }
        self.begun = own.len();
        let is_active =
            view.steps.iter().any(|step| step.id == self.step && step.status == StepStatus::Active);
        let may_go_on = own.last().is_none_or(|last| {
            self.command.is_none() || matches!(last.status, CommandStatus::Started | CommandStatus::Retrying)
        });
        Ok(!(view.is_running && is_active && may_go_on))
    }

    /// Shows what was printed since.
    fn show(&mut self) -> Result<(), Failure> {
        if let Some((_, log)) = &mut self.current {
            for line in log.take_lines(&self.ctx.env)? {
                self.ctx.ui.answer(&format!("{line}\n"));
            }
        }
        Ok(())
    }

    /// Shows what is left of the attempt, and how it ended.
    fn end(&mut self) -> Result<(), Failure> {
        self.show()?;
        let Some((attempt, mut log)) = self.current.take() else { return Ok(()) };
        if let Some(rest) = log.take_rest() {
            self.ctx.ui.answer(&format!("{rest}\n"));
        }
        let outcome = attempt.outcome.as_deref().unwrap_or(attempt.status.as_str());
        let took =
            attempt.duration.map(|took| format!(" after {}", time::duration(took))).unwrap_or_default();
        self.ctx.ui.talk(&format!("{outcome}{took}; log: {}\n", self.ctx.shown(log.path())));
        Ok(())
    }
}
