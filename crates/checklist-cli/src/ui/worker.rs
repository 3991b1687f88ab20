//! The worker: does one action with the engine, on a thread of its own, and tells how far it is.

use super::access::Access;
use super::action::{Action, Answered, Seen};
use super::panel::Event;
use crate::approval;
use crate::exit::Exit;
use crate::failure::Failure;
use crate::screen::layout::Look;
use crate::screen::{self, outcome};
use crate::verbs::run::progress;
use checklist_workflow::engine::{ActOptions, Acted, Claim, Progressed, Settled, Undone, WorkflowEngine};
use checklist_workflow::error::Error;
use checklist_workflow::output::tail;
use checklist_workflow::run::{RunStatus, StepStatus};
use checklist_workflow::transition::Resolution;
use checklist_workflow::trust::Approval;
use std::path::{Path, PathBuf};
use std::sync::atomic::AtomicBool;

/// As much of a log as is shown while it is written.
pub(crate) const LIVE_LINES: usize = 500;
pub(crate) const LIVE_BYTES_MAX: u64 = 64 * 1024;

/// Failures are said in a frame of this width.
const LOOK: Look = Look { width: 76, ..Look::SCREEN };

/// What comes from other threads.
pub(crate) enum Report {
    Event(Event),
    /// The log of the command that runs now.
    Log(Option<PathBuf>),
}

/// One action.
pub(crate) struct Work<'a> {
    pub(crate) access: &'a Access,
    pub(crate) cancel: &'a AtomicBool,
    pub(crate) tell: &'a dyn Fn(Report),
    /// Whether the terminal is the command's.
    pub(crate) has_terminal: bool,
}

impl Work<'_> {
    /// Opens the project, does what is asked, looks at what became of it, and closes the project.
    pub(crate) fn perform(&self, action: &Action) -> (Answered, Option<Box<Seen>>) {
        let mut engine = match self.access.write(self.has_terminal) {
            Ok(engine) => engine,
            Err(failure) => return (self.refused(failure, action, action.step(), None), None),
        };
        let result = self.act(&mut engine, action);
        let rev = engine.run().map(|run| run.rev);
        let answered = result.unwrap_or_else(|failure| self.refused(failure, action, action.step(), rev));
        (answered, self.access.seen(&engine).ok().map(Box::new))
    }

    /// What is said of an action that did not come to its end at this step.
    fn refused(
        &self,
        mut failure: Failure,
        action: &Action,
        step: Option<&str>,
        rev: Option<u64>,
    ) -> Answered {
        let text = |failure: &Failure| screen::error::failure(failure, &action.words(), rev, true, LOOK);
        match (failure.exit, step) {
            (Exit::CheckFailed, Some(step)) => {
                failure.advice = vec!["After fixing: the same key again.".to_owned()];
                Answered::Unproven { step: step.to_owned(), text: text(&failure) }
            }
            (Exit::CommandFailed, _) if !self.has_terminal => {
                Answered::Failed(format!("{}. r tries it again, D records it as claimed.", failure.message))
            }
            (Exit::Interrupted, _) => {
                Answered::Failed("Ended, with its process group. r says what became of it.".to_owned())
            }
            _ => Answered::Failed(text(&failure)),
        }
    }

    fn act(&self, engine: &mut WorkflowEngine, action: &Action) -> Result<Answered, Failure> {
        let options = ActOptions::default();
        match action {
            Action::Done { step, confirmed } => self.done(engine, action, step, confirmed.as_ref()),
            Action::Block { steps } => self.block(engine, action, steps),
            Action::Claim { step, reason } => {
                let acted = engine.done(step, Claim::Because(reason), &options, self.cancel)?;
                settled(engine, &acted)
            }
            Action::Answer { step, value } => {
                let acted = engine.answer(step, value.as_deref(), &options)?;
                settled(engine, &acted)
            }
            Action::Skip { step, reason, killer } => {
                let acted = engine.skip(step, reason.as_deref(), killer.as_deref(), &options)?;
                settled(engine, &acted)
            }
            Action::Back { step, rev } => back(engine, step.as_deref(), *rev),
            Action::Undo { rev } => undo(engine, *rev),
            Action::Redo { rev } => redo(engine, *rev),
            Action::Run { step } => self.run(engine, action, step),
            Action::Resolve { step, command, resolution } => {
                // What is to run again runs only if it is approved, and that is found out before anything is
                // recorded.
                if let Some(answered) = self.unprepared(engine, action)? {
                    return Ok(answered);
                }
                let acted = engine.resolve(step, command, *resolution, &options)?;
                match resolution {
                    Resolution::Failed => settled(engine, &acted),
                    _ => self.run(engine, &Action::Run { step: step.clone() }, step),
                }
            }
            Action::Rollback { step } => {
                if let Some(answered) = self.unprepared(engine, action)? {
                    return Ok(answered);
                }
                let rolled = engine.rollback(step, &options, self.cancel, &mut |event| self.watch(event));
                let acted = match consented(rolled, action)? {
                    Ok(acted) => acted,
                    Err(answered) => return Ok(answered),
                };
                did(&format!("{step} was rolled back and is to do again"), acted.saved.as_ref())
            }
            Action::Pause => did("Paused; p goes on", Some(&engine.pause(&options)?)),
            Action::Unpause => did("The run goes on", Some(&engine.unpause(&options)?)),
            Action::Approved { sha256, then } => {
                self.approve(engine, sha256)?;
                self.act(engine, then)
            }
            Action::Allowed { step, commands, then } => {
                commands.iter().for_each(|command| engine.allow_danger(step, command));
                self.act(engine, then)
            }
            Action::Given { name, value, then } => {
                engine.provide_secret(name, &value.0)?;
                self.access.keep_secret(name, &value.0);
                self.act(engine, then)
            }
        }
    }

    fn done(
        &self,
        engine: &mut WorkflowEngine,
        action: &Action,
        step: &str,
        confirmed: Option<&Option<String>>,
    ) -> Result<Answered, Failure> {
        if let Some(answered) = self.unready(engine, action, step)? {
            return Ok(answered);
        }
        let claim = match confirmed {
            Some(typed) => Claim::Confirmed { typed: typed.as_deref(), at_terminal: true },
            None => Claim::None,
        };
        let acted = engine.done(step, claim, &ActOptions::default(), self.cancel)?;
        settled(engine, &acted)
    }

    /// Settles the steps of a section up to the first that does not hold.
    fn block(
        &self,
        engine: &mut WorkflowEngine,
        action: &Action,
        steps: &[String],
    ) -> Result<Answered, Failure> {
        for step in steps {
            if let Some(answered) = self.unready(engine, action, step)? {
                return Ok(answered);
            }
        }
        for step in steps {
            if let Err(error) = engine.done(step, Claim::None, &ActOptions::default(), self.cancel) {
                let rev = engine.run().map(|run| run.rev);
                return Ok(self.refused(error.into(), action, Some(step), rev));
            }
        }
        let saved = engine.run().map(|run| format!("op {}, saved", run.rev)).unwrap_or_default();
        Ok(Answered::Did { text: format!("[x] {}   {saved}", steps.join(", ")), on: engine.view()?.current })
    }

    /// What has to be asked before the checks of a step run.
    fn unready(
        &self,
        engine: &WorkflowEngine,
        action: &Action,
        step: &str,
    ) -> Result<Option<Answered>, Failure> {
        let known = engine.template().and_then(|template| template.step(step));
        let has_scripts = known.is_some_and(approval::has_scripts);
        let has_checks = known.is_some_and(|step| !step.validation.is_empty());
        match (has_scripts, has_checks) {
            (true, _) => self.unprepared(engine, action),
            (false, true) => without_secret(engine, action),
            (false, false) => Ok(None),
        }
    }

    /// Settles what was cut off of a step, and runs what is left of it.
    fn run(&self, engine: &mut WorkflowEngine, action: &Action, step: &str) -> Result<Answered, Failure> {
        if let Some(answered) = self.unprepared(engine, action)? {
            return Ok(answered);
        }
        let options = ActOptions::default();
        let mut watch = |event: &Progressed<'_>| self.watch(event);
        if status_of(engine, step) == Some(StepStatus::Interrupted) {
            match engine.settle_interrupted(step, &options, self.cancel, &mut watch)? {
                Settled::Asks(mut asks) if !asks.is_empty() => return Ok(Answered::Asks(asks.remove(0))),
                Settled::Resolved(acted) => {
                    if let Some(failed) = acted.iter().find(|acted| acted.status == StepStatus::Failed) {
                        return settled(engine, failed);
                    }
                }
                Settled::Asks(_) => {}
            }
        }
        match consented(engine.execute(step, &options, self.cancel, &mut watch), action)? {
            Ok(acted) => settled(engine, &acted),
            Err(answered) => Ok(answered),
        }
    }

    /// What has to be asked before commands run: approval of this exact content, then secrets.
    fn unprepared(&self, engine: &WorkflowEngine, action: &Action) -> Result<Option<Answered>, Failure> {
        match self.unapproved(engine, action)? {
            Some(answered) => Ok(Some(answered)),
            None => without_secret(engine, action),
        }
    }

    fn unapproved(&self, engine: &WorkflowEngine, action: &Action) -> Result<Option<Answered>, Failure> {
        let view = engine.view()?;
        let Some(content) = self.access.content(engine, &view.origin) else { return Ok(None) };
        let hash = content.hash();
        if content.template.commands().is_empty() || self.access.trust.is_trusted(&hash, content.root)? {
            return Ok(None);
        }
        let shown = screen::trust::trust(content.path, &hash, content.template, LOOK);
        let then = action.clone();
        Ok(Some(Answered::Unapproved { shown, sha256: hash.to_string(), then }))
    }

    /// Remembers that this exact content was approved: the one that was shown, and no other.
    fn approve(&self, engine: &WorkflowEngine, sha256: &str) -> Result<(), Failure> {
        let view = engine.view()?;
        let Some(content) = self.access.content(engine, &view.origin) else { return Ok(()) };
        let hash = content.hash();
        if hash.to_string() != sha256 {
            return Err(Failure::new(
                Exit::Untrusted,
                "the list is another one than was shown; nothing was run",
            ));
        }
        Ok(self.access.trust.approve(&hash, &content.template.id, content.root, Approval::Shown)?)
    }

    /// Tells what happens while commands run.
    fn watch(&self, event: &Progressed<'_>) {
        match event {
            Progressed::Starting { log, .. } => (self.tell)(Report::Log(Some(log.to_path_buf()))),
            Progressed::Ended { log, .. } => {
                (self.tell)(Report::Log(None));
                (self.tell)(Report::Event(Event::Live(self.printed(log))));
            }
            _ => {}
        }
        (self.tell)(Report::Event(Event::Progress(progress::lines(event))));
    }

    fn printed(&self, log: &Path) -> Vec<String> {
        tail(&self.access.env, log, LIVE_LINES, LIVE_BYTES_MAX).unwrap_or_default()
    }
}

/// What came of commands, or what somebody has to say yes to before any of them runs.
fn consented(result: Result<Acted, Error>, action: &Action) -> Result<Result<Acted, Answered>, Failure> {
    match result {
        Err(Error::Dangerous { step, commands }) => {
            Ok(Err(Answered::Dangerous { step, commands, then: action.clone() }))
        }
        result => Ok(Ok(result?)),
    }
}

/// The first secret that has no value and that somebody has to give.
fn without_secret(engine: &WorkflowEngine, action: &Action) -> Result<Option<Answered>, Failure> {
    let missing = engine.missing_secrets()?.into_iter().next();
    Ok(missing.map(|variable| Answered::NeedsSecret {
        name: variable.name,
        about: variable.description,
        then: action.clone(),
    }))
}

fn status_of(engine: &WorkflowEngine, step: &str) -> Option<StepStatus> {
    engine.run().map(|run| run.status_of(step))
}

/// An operation that a person saw to be the last is reversed only while it is.
fn since(rev: u64) -> ActOptions {
    ActOptions { if_rev: Some(rev) }
}

fn back(engine: &mut WorkflowEngine, step: Option<&str>, rev: u64) -> Result<Answered, Failure> {
    let options = if step.is_some() { ActOptions::default() } else { since(rev) };
    let acted = engine.back(step, &options)?;
    let was = acted.detail.as_deref().unwrap_or("was settled");
    let saved = outcome::saved(acted.saved.as_ref());
    let text = format!("{} is open again ({was}).   {saved}", acted.step);
    Ok(Answered::Did { text, on: Some(acted.step) })
}

fn undo(engine: &mut WorkflowEngine, rev: u64) -> Result<Answered, Failure> {
    let undone = engine.undo(&since(rev))?;
    let mut text = flattened(&outcome::undone("Undid", &undone, Look::PLAIN));
    if can_roll_back(engine, &undone)? {
        text.push_str("  R takes back what its commands did.");
    }
    Ok(Answered::Did { text, on: first_changed(undone) })
}

fn redo(engine: &mut WorkflowEngine, rev: u64) -> Result<Answered, Failure> {
    let undone = engine.redo(&since(rev))?;
    let text = flattened(&outcome::redone(&undone, Look::PLAIN));
    Ok(Answered::Did { text, on: first_changed(undone) })
}

/// One line on an operation, with where it was saved.
fn did(text: &str, saved: Option<&checklist_workflow::engine::Saved>) -> Result<Answered, Failure> {
    Ok(Answered::Did { text: format!("{text}.   {}", outcome::saved(saved)), on: None })
}

fn settled(engine: &WorkflowEngine, acted: &Acted) -> Result<Answered, Failure> {
    if !acted.changed {
        let text = format!("{} is {} already. Nothing changed.", acted.step, acted.status);
        return Ok(Answered::Did { text, on: None });
    }
    let saved = outcome::saved(acted.saved.as_ref());
    let mut text = format!("{} {}  {}   {saved}", acted.status.marker(), acted.step, outcome::what(acted));
    for parent in &acted.also {
        text.push_str(&format!("  [x] {parent}  all its parts are settled"));
    }
    let view = engine.view()?;
    if view.status == RunStatus::Completed {
        text.push_str(&format!("\n{}", flattened(&outcome::completed(&view))));
    }
    Ok(Answered::Did { text, on: None })
}

/// The step that an undo or redo is about.
fn first_changed(undone: Undone) -> Option<String> {
    undone.changed.into_iter().next().map(|(step, _)| step)
}

fn can_roll_back(engine: &WorkflowEngine, undone: &Undone) -> Result<bool, Error> {
    let step = undone.entry.step.as_deref().and_then(|id| engine.template()?.step(id));
    match step.filter(|step| !step.rollback.is_empty()) {
        Some(step) => engine.has_happened(step),
        None => Ok(false),
    }
}

/// Lines as sentences of one.
fn flattened(text: &str) -> String {
    let words = |line: &str| line.split_whitespace().collect::<Vec<_>>().join(" ");
    let lines: Vec<String> = text.lines().map(words).collect();
    lines.iter().map(|line| line.trim_end_matches('.')).collect::<Vec<_>>().join(". ")
}
