//! `Walk`: from step to step, until all are settled, one fails, or a person is needed.

use super::ask::{self, Answer};
use super::failed::{self, Aside, Choice};
use super::progress::{self, Progress};
use super::{block, danger, secret};
use crate::context::Context;
use crate::exit::Exit;
use crate::failure::{Change, Failure};
use crate::json;
use crate::screen::ahead::Ahead;
use crate::screen::{outcome, step};
use crate::verbs::act;
use crate::verbs::interrupted::{self, Settling};
use checklist_workflow::engine::{ActOptions, Acted, Claim, WorkflowEngine};
use checklist_workflow::error::Error;
use checklist_workflow::file::reason;
use checklist_workflow::run::{CommandStatus, RunStatus, StepStatus};
use checklist_workflow::template::StepKind;
use checklist_workflow::transition::Refusal;
use checklist_workflow::view::{RunView, StepView};
use serde_json::{Value, json};
use std::io;

/// What was said on the command line about the walk.
#[derive(Clone, Copy, Default)]
pub(crate) struct Choices<'a> {
    /// `confirm` steps that anyone may confirm are confirmed.
    pub(crate) yes: bool,
    /// A step that fails, or waits for a person, does not end the walk.
    pub(crate) keep_going: bool,
    /// The dangerous commands that may run, each as `STEP/COMMAND`.
    pub(crate) allowed: &'a [String],
}

/// One walk through a run.
pub(crate) struct Walk<'a> {
    pub(super) ctx: &'a Context,
    pub(super) engine: &'a mut WorkflowEngine,
    pub(super) choices: Choices<'a>,
    settled: Vec<Value>,
    /// The steps that this walk does not come back to.
    aside: Vec<Aside>,
    /// The section that a person wants to go through one by one.
    singly: Option<String>,
}

pub(crate) fn no_signals(error: io::Error) -> Failure {
    Failure::new(Exit::Bug, format!("cannot catch signals: {}", reason(&error)))
}

impl<'a> Walk<'a> {
    pub(crate) fn new(ctx: &'a Context, engine: &'a mut WorkflowEngine, choices: Choices<'a>) -> Walk<'a> {
        Walk { ctx, engine, choices, settled: Vec::new(), aside: Vec::new(), singly: None }
    }

    /// Goes on until there is nothing left to do without a person.
    pub(crate) fn through(mut self) -> Result<Exit, Failure> {
        let mut ended = self.go_on();
        if let Err(failure) = &mut ended
            && matches!(failure.change, Change::Nothing)
            && !self.settled.is_empty()
        {
            // The step it ended at changed nothing, and those before it did.
            failure.change = Change::Saved;
        }
        ended
    }

    fn go_on(&mut self) -> Result<Exit, Failure> {
        loop {
            if self.ctx.signals.is_cancelled() {
                return Err(self.stopped());
            }
            // Whoever reads the answer has gone; what was done is saved, and nothing more is begun.
            if self.ctx.ui.is_closed() {
                return Ok(Exit::Ok);
            }
            let view = self.engine.view()?;
            let Some(current) = self.pick(&view).cloned() else { return self.finish(&view) };
            if let Some(exit) = self.go(&view, &current)? {
                return Ok(exit);
            }
        }
    }

    /// Does one step to its end, and says what comes then.
    pub(crate) fn only(mut self, step: &str) -> Result<Exit, Failure> {
        let mut is_begun = false;
        loop {
            if self.ctx.signals.is_cancelled() {
                return Err(self.stopped());
            }
            let view = self.engine.view()?;
            let step = self.ctx.step(self.engine, &view, Some(step))?;
            if step.status.is_settled() {
                if !is_begun {
                    let (marker, id, status) = (step.status.marker(), &step.id, step.status);
                    let marker = match self.ctx.ui.look().is_spoken() {
                        true => String::new(),
                        false => format!("{marker} "),
                    };
                    self.ctx.ui.answer(&format!("{marker}{id} is {status} already.\n\n"));
                }
                break;
            }
            if self.is_aside(step) {
                break;
            }
            if !step.waits_for.is_empty() {
                let unmet = Refusal::Unmet { step: step.id.clone(), needs: step.waits_for.clone() };
                return Err(Error::from(unmet).into());
            }
            if let Some(exit) = self.go(&view, step)? {
                return Ok(exit);
            }
            is_begun = true;
        }
        let view = self.engine.view()?;
        let ahead = act::ahead(self.ctx, self.engine, &view);
        self.ctx.ui.answer(&ahead.text());
        let exit = Aside::exit(&self.aside).unwrap_or(Exit::Ok);
        self.object(&view, &ahead, exit);
        Ok(exit)
    }

    /// The step to do now: the current one, or where that was put aside, the first that can be begun.
    fn pick<'v>(&self, view: &'v RunView) -> Option<&'v StepView> {
        if view.status != RunStatus::Active {
            return None;
        }
        let current = view.steps.iter().find(|step| Some(&step.id) == view.current.as_ref());
        let open = |step: &&StepView| !self.is_aside(step);
        current.filter(open).or_else(|| view.ready().find(open))
    }

    pub(super) fn is_aside(&self, step: &StepView) -> bool {
        self.aside.iter().any(|aside| aside.step == step.id)
    }

    /// Does what can be done about a step; `Some` where the walk ends here.
    fn go(&mut self, view: &RunView, current: &StepView) -> Result<Option<Exit>, Failure> {
        match (current.status, current.kind) {
            (StepStatus::Interrupted, _) => {
                let settling =
                    interrupted::settle(self.ctx, self.engine, &current.id, &ActOptions::default());
                match settling.map_err(|failure| self.cancelled_or(failure))? {
                    Settling::GoOn => Ok(None),
                    Settling::Failed => self.leave(Exit::CommandFailed).map(Some),
                    Settling::Left => self.leave(Exit::Ok).map(Some),
                }
            }
            (_, StepKind::Auto | StepKind::Check) => {
                self.say_heading(view, current);
                match self.execute(&current.id) {
                    Ok(()) => Ok(None),
                    Err(failure) => self.failed_step(current, failure),
                }
            }
            _ => self.person(view, current),
        }
    }

    /// Does what is said about a step that failed; `Some` where the walk ends here.
    fn failed_step(&mut self, step: &StepView, failure: Failure) -> Result<Option<Exit>, Failure> {
        match failed::choose(self, step, failure)? {
            Choice::Again => Ok(None),
            Choice::Aside(aside) => {
                self.aside.push(aside);
                Ok(None)
            }
            Choice::Left(exit) => self.leave(exit).map(Some),
        }
    }

    fn say_heading(&self, view: &RunView, current: &StepView) {
        self.ctx.ui.talk(&step::heading(view, current, self.ctx.ui.look_of_talk()));
    }

    /// Takes what became of a step that stood at `rev`. Where somebody else did something since, what is refused may
    /// be so because of that: nothing is wrong, and who called looks again.
    fn outcome(&mut self, step: &str, rev: u64, result: Result<Acted, Error>) -> Result<(), Failure> {
        match result {
            Ok(acted) => self.took(&acted),
            Err(Error::Refused(_)) if self.engine.view()?.rev != rev => {}
            Err(error) => return Err(self.failed(step, error)),
        }
        Ok(())
    }

    /// Runs the commands and checks of a step.
    pub(crate) fn execute(&mut self, step: &str) -> Result<(), Failure> {
        let ctx = self.ctx;
        let view = self.engine.view()?;
        secret::ask(ctx, self.engine)?;
        let mut progress = Progress::new(ctx);
        let mut watch = |event: &checklist_workflow::engine::Progressed<'_>| progress.show(event);
        let result = danger::with_consent(ctx, self.engine, self.choices.allowed, |engine| {
            engine.execute(step, &ActOptions::default(), ctx.signals.cancel(), &mut watch)
        })?;
        drop(progress);
        ctx.remember(self.engine);
        self.outcome(step, view.rev, result)
    }

    /// One step is settled: the answer says so.
    pub(super) fn took(&mut self, acted: &Acted) {
        self.ctx.remember(self.engine);
        self.ctx.ui.answer(&outcome::settled(acted, self.ctx.ui.look()));
        self.ctx.say_hints();
        self.settled.push(json::acted(acted));
    }

    /// A command of a step that began, and of whose end there is no record.
    fn unrecorded(&self, step: &str) -> Option<String> {
        let is_unrecorded =
            |status: CommandStatus| matches!(status, CommandStatus::Started | CommandStatus::Interrupted);
        let mut commands = self.engine.run()?.steps.get(step)?.commands.iter();
        commands.find(|(_, command)| is_unrecorded(command.status)).map(|(id, _)| id.clone())
    }

    fn failed(&self, step: &str, error: Error) -> Failure {
        let log = match &error {
            Error::CommandFailed { log, .. } => Some(log.clone()),
            _ => None,
        };
        if matches!(error, Error::Cancelled) {
            return self.stopped();
        }
        let mut failure = Failure::from(error);
        if failure.exit == Exit::Io
            && let Some(command) = self.unrecorded(step)
        {
            failure.details.push(format!("{step}/{command} had begun; how it ended is not recorded."));
            failure.advice = vec!["When the disk can be written: checklist resume".to_owned()];
        }
        if failure.exit == Exit::CheckFailed
            && let Some(first) = failure.advice.first_mut()
        {
            "After fixing: checklist run".clone_into(first);
        }
        if let (Some(log), Some(data)) = (log, failure.data.as_mut()) {
            data["tail"] = progress::tail_lines(self.ctx, &log).into();
            data["log"] = self.ctx.shown(&log).into();
            // The tail and the path were shown while it ran.
            failure.details.clear();
            failure.change = Change::Saved;
            failure.advice.push(format!(
                "To record it as claimed, with a reason: checklist done {step} --claim \"why\""
            ));
        }
        failure
    }

    /// The walk was stopped by a signal.
    fn stopped(&self) -> Failure {
        let exit = self.ctx.signals.exit();
        let word = if exit == Exit::Terminated { "terminated" } else { "interrupted" };
        let mut failure = Failure::new(exit, format!("{word}; the command was ended with its process group"))
            .lead("")
            .advise("Your place is kept: checklist status");
        failure.change = Change::Saved;
        failure
    }

    fn cancelled_or(&self, failure: Failure) -> Failure {
        if failure.exit == Exit::Interrupted { self.stopped() } else { failure }
    }

    /// A step that a person does; `Some` where the walk ends here.
    fn person(&mut self, view: &RunView, current: &StepView) -> Result<Option<Exit>, Failure> {
        if self.choices.yes && current.kind == StepKind::Confirm && !current.needs_human {
            self.say_heading(view, current);
            let typed = current.confirm.as_ref().and_then(|confirm| confirm.type_to_confirm.clone());
            let claim = Claim::Confirmed { typed: typed.as_deref(), at_terminal: false };
            let acted =
                self.engine.done(&current.id, claim, &ActOptions::default(), self.ctx.signals.cancel());
            self.outcome(&current.id, view.rev, acted)?;
            return Ok(None);
        }
        if self.ctx.prompt().is_none() {
            if self.choices.keep_going {
                self.aside.push(Aside::waiting(current));
                return Ok(None);
            }
            return self.wait(view, current).map(Some);
        }
        let block = block::of(view, current);
        if !block.is_empty() && self.singly != current.section {
            match block::ask(self, view, &block)? {
                Some(Answer::Settled) => return Ok(None),
                Some(Answer::Left) => return self.leave(Exit::Ok).map(Some),
                Some(Answer::Failed(failure)) => return self.failed_step(current, failure),
                None => {
                    self.singly.clone_from(&current.section);
                    // Some of it may be settled by now, so the walk looks again.
                    return Ok(None);
                }
            }
        }
        self.say_heading(view, current);
        match ask::ask(self, view, current)? {
            Answer::Settled => Ok(None),
            Answer::Left => self.leave(Exit::Ok).map(Some),
            Answer::Failed(failure) => self.failed_step(current, failure),
        }
    }

    /// The walk ends before the end: the place is kept.
    fn leave(&mut self, exit: Exit) -> Result<Exit, Failure> {
        let exit = if exit == Exit::Ok { Aside::exit(&self.aside).unwrap_or(exit) } else { exit };
        let view = self.engine.view()?;
        let ahead = act::ahead(self.ctx, self.engine, &view);
        let place = ahead.current().map(|step| format!("Your place is kept: {} is next.\n\n", step.id));
        self.ctx.ui.answer(&format!("{}{}", place.unwrap_or_default(), ahead.text()));
        self.object(&view, &ahead, exit);
        Ok(exit)
    }

    /// Nobody can be asked: says what is waited for, and the commands that answer.
    fn wait(&self, view: &RunView, current: &StepView) -> Result<Exit, Failure> {
        let look = self.ctx.ui.look();
        let ahead = act::ahead(self.ctx, self.engine, view);
        let block = block::of(view, current);
        let mut text =
            if block.is_empty() { String::new() } else { format!("{}\n", block::lines(&block, look)) };
        let description =
            current.description.as_deref().map(|text| step::indented(text, look)).unwrap_or_default();
        if block.is_empty() {
            self.say_heading(view, current);
        }
        text.push_str(&description);
        for prompt in &current.prompts {
            text.push_str(&step::prompt_box(prompt, look));
        }
        let who = match () {
            () if current.needs_human => "a person at a terminal",
            () if !current.prompts.is_empty() => "an agent or a person",
            () => "a person",
        };
        text.push_str(&format!("{} waits for {who}. Your place is kept.\n", current.id));
        text.push_str(&choices(&ahead, current));
        self.ctx.ui.answer(&text);
        self.object(view, &ahead, Exit::NeedsHuman);
        Ok(Exit::NeedsHuman)
    }

    /// Nothing is left to do: all is settled, or what is left waits.
    fn finish(&self, view: &RunView) -> Result<Exit, Failure> {
        let ahead = act::ahead(self.ctx, self.engine, view);
        let exit = match view.status {
            RunStatus::Completed => {
                self.ctx.ui.answer(&format!("{}{}", outcome::completed(view), ahead.text()));
                Exit::Ok
            }
            _ => {
                let left = Aside::lines(&self.aside);
                self.ctx.ui.answer(&format!("{left}Nothing can be done now.\n{}", ahead.text()));
                Aside::exit(&self.aside).unwrap_or(Exit::NeedsHuman)
            }
        };
        self.object(view, &ahead, exit);
        Ok(exit)
    }

    fn object(&self, view: &RunView, ahead: &Ahead<'_>, exit: Exit) {
        let mut fields = json::run(view);
        fields["exit"] = exit.code().into();
        fields["ok"] = matches!(exit, Exit::Ok | Exit::NeedsHuman).into();
        fields["left"] = Aside::objects(&self.aside);
        fields["state"] = json::state(view, ahead.current()).into();
        fields["changed"] = json!(!self.settled.is_empty());
        fields["settled"] = self.settled.clone().into();
        fields["step"] =
            ahead.current().map_or(Value::Null, |step| json::full_step(step, self.engine.template(), view));
        let together = ahead.current().map(|step| block::of(view, step)).unwrap_or_default();
        fields["together"] = together.iter().map(|step| step.id.as_str()).collect();
        fields["next_commands"] = ahead.for_programs().into();
        self.ctx.ui.object(json::object("run", fields));
    }
}

/// What can be answered, as commands.
fn choices(ahead: &Ahead<'_>, current: &StepView) -> String {
    let killer = if current.killer { format!(" --killer {}", current.id) } else { String::new() };
    let mut commands = ahead.commands();
    if current.skippable != Some(false) {
        let skip = format!("checklist skip {} --reason \"...\"{killer}", current.id);
        commands.push((skip, "leaves it out".to_owned()));
    }
    commands.push(("checklist run".to_owned(), "goes on from there".to_owned()));
    crate::screen::layout::next(&commands, ahead.look)
}
