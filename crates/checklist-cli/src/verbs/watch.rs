//! `watch`: what happens in a run, as it happens, also by other processes. Nothing is held while it waits.

use crate::cli;
use crate::context::Context;
use crate::exit::Exit;
use crate::failure::Failure;
use crate::json;
use crate::screen;
use crate::screen::layout::{counted, wrap};
use crate::ui::Format;
use checklist_store::Lsn;
use checklist_store::env::Timestamp;
use checklist_workflow::RunStatus;
use checklist_workflow::engine::{Happened, WorkflowEngine};
use checklist_workflow::event::WorkflowEvent;
use checklist_workflow::keys;
use serde_json::{Value, json};
use std::path::PathBuf;
use std::time::Duration;

/// How often the files are looked at, which is a few calls of `stat` where nothing is new.
const LOOK_INTERVAL: Duration = Duration::from_millis(250);

/// In how many parts that is waited, so that Ctrl-C is answered at once.
const LOOK_PARTS: u32 = 5;

/// Whoever follows the history of one run, or of all.
struct Follower<'a> {
    ctx: &'a Context,
    arguments: &'a cli::Watch,
    /// The project: where its folder is gone, another one further up is not meant.
    root: PathBuf,
    /// The run, where one is followed.
    run: Option<String>,
    /// What that is called.
    what: String,
    engine: Option<WorkflowEngine>,
    /// Where the state was when it was looked at last.
    seen: Lsn,
    /// Up to where everything was told, and when that was saved.
    told: (Lsn, Timestamp),
    trouble: Option<String>,
    /// Whether the run is not in the state any more: put aside, or gone with a state that it is younger than.
    is_gone: bool,
}

pub(crate) fn watch(ctx: &Context, arguments: &cli::Watch) -> Result<Exit, Failure> {
    let engine = ctx.read()?;
    ctx.signals
        .catch()
        .map_err(|error| Failure::new(Exit::Io, format!("cannot listen for signals: {error}")))?;
    let (run, what) = match arguments.all {
        true => (None, format!("every run of {}", ctx.shown(engine.project()))),
        false => {
            let view = engine.view()?;
            (Some(view.id), format!("run {} of {}", view.short, view.template))
        }
    };
    let is_over = engine.run().is_some_and(|run| run.status == RunStatus::Completed);
    let seen = engine.store().snapshot().lsn();
    let told = (seen, ctx.env.clock.now());
    let root = engine.project().to_owned();
    let is_gone = run.as_deref().is_some_and(|run| !is_in_state(&engine, run));
    let mut follower =
        Follower { ctx, arguments, root, run, what, engine: None, seen, told, trouble: None, is_gone };
    follower.tell_since(&engine)?;
    // A run that was completed and put back to its beginning since is not over.
    let mut is_done = arguments.until_done && is_over;
    follower.say_begun(&engine, is_done)?;
    if is_gone && !is_done {
        follower.say_gone()?;
    }
    follower.engine = Some(engine);
    while !is_done && !ctx.ui.is_closed() {
        for _ in 0..LOOK_PARTS {
            if ctx.signals.is_cancelled() {
                follower.say(&format!(
                    "No longer following {}. Where it stands: checklist status",
                    follower.what
                ));
                return Ok(ctx.signals.exit());
            }
            ctx.env.clock.sleep(LOOK_INTERVAL / LOOK_PARTS);
        }
        is_done = follower.look()?;
    }
    Ok(Exit::Ok)
}

/// Whether a run is in the state: one that was put aside is not.
fn is_in_state(engine: &WorkflowEngine, run: &str) -> bool {
    engine.store().snapshot().contains(&keys::run(run))
}

impl Follower<'_> {
    /// Tells what happened before it began to follow, where that is asked for.
    fn tell_since(&self, engine: &WorkflowEngine) -> Result<(), Failure> {
        let Some(since) = self.arguments.since else { return Ok(()) };
        let all = engine.happened_since(Lsn(0))?;
        let is_meant = |happened: &&Happened| {
            happened.lsn <= self.told.0
                && self.is_followed(happened)
                && happened.op.is_some_and(|op| op > since)
        };
        for happened in all.iter().filter(is_meant) {
            self.tell(happened);
        }
        Ok(())
    }

    /// What is followed, and where that stands: to people beside the answer, to programs as the first event of what
    /// happens from here on.
    fn say_begun(&self, engine: &WorkflowEngine, is_over: bool) -> Result<(), Failure> {
        let mut facts = json!({"run": self.run, "lsn": self.seen.0});
        let stands = match &self.run {
            Some(_) => {
                let view = engine.view()?;
                facts["op"] = view.rev.into();
                facts["step"] = view.current.clone().into();
                facts["progress"] = json::progress(&view.progress);
                screen::watch::stands(&view)
            }
            None => {
                let runs = engine.runs()?;
                let open = runs.iter().filter(|run| run.status != RunStatus::Completed).count();
                format!("{open} of {} open", counted(runs.len(), "run"))
            }
        };
        self.put("watch:started", facts, self.ctx.env.clock.now());
        self.say(&format!("Following {}: {stands}.", self.what));
        if !is_over {
            self.say("Ctrl-C ends it.");
        }
        Ok(())
    }

    fn is_followed(&self, happened: &Happened) -> bool {
        // What is about no run is about the project, and changes this one too.
        self.run.is_none() || happened.run.is_none() || happened.run == self.run
    }

    /// Looks once, and says whether there is nothing more to wait for. Trouble is told once, and waited out: the
    /// folder may come back, or be repaired.
    ///
    /// # Errors
    /// That the run, whose end is waited for, is not in the state any more.
    fn look(&mut self) -> Result<bool, Failure> {
        match self.news() {
            Ok(is_done) => {
                if self.trouble.take().is_some() {
                    self.say("The project can be read again.");
                }
                if !is_done && self.has_gone() {
                    self.say_gone()?;
                }
                Ok(is_done)
            }
            Err(failure) => {
                self.engine = None;
                if self.trouble.replace(failure.message.clone()).as_ref() != Some(&failure.message) {
                    let event = WorkflowEvent::Failed { message: failure.message.clone() };
                    self.put(event.name(), json::facts(&event), self.ctx.env.clock.now());
                    self.ctx.ui.answer(&format!("error: {}\n", failure.message));
                }
                Ok(false)
            }
        }
    }

    /// Whether the run left the state since it was looked at last.
    fn has_gone(&mut self) -> bool {
        let (Some(engine), Some(run)) = (&self.engine, &self.run) else { return false };
        let was_gone = std::mem::replace(&mut self.is_gone, !is_in_state(engine, run));
        self.is_gone && !was_gone
    }

    /// Says that the run is not in the state any more. Somebody may put it back, so it is followed all the same,
    /// unless its end is waited for.
    fn say_gone(&self) -> Result<(), Failure> {
        let what = &self.what;
        if self.arguments.until_done {
            return Err(Failure::refused(format!(
                "{what} is not in the state any more, and was not completed"
            ))
            .advise("The runs that are there: checklist ls    Put aside: checklist ls --archived"));
        }
        self.say(&format!("No longer in the state: {what}. If it is put back, that is told."));
        Ok(())
    }

    /// Says something beside the answer.
    fn say(&self, text: &str) {
        let width = self.ctx.ui.look_of_talk().width;
        self.ctx.ui.talk(&wrap(text, width).iter().map(|line| format!("{line}\n")).collect::<String>());
    }

    fn news(&mut self) -> Result<bool, Failure> {
        // 1. Is there anything new? Mostly there is not.
        let engine = match self.engine.take() {
            Some(mut engine) => {
                engine.store_mut().refresh()?;
                engine
            }
            None => self.ctx.look_into(&self.root)?,
        };
        let lsn = engine.store().snapshot().lsn();
        if lsn == self.seen {
            self.engine = Some(engine);
            return Ok(false);
        }
        // 2. A state that is behind what was told is another one, rebuilt or put in its place: what it has that is
        // newer is told.
        let is_another = lsn < self.told.0;
        let (from, since) =
            if is_another { (Lsn(0), self.told.1) } else { (self.told.0, Timestamp::from_millis(0)) };
        let new = engine.happened_since(from)?;
        let mut is_done = false;
        for happened in new.iter().filter(|happened| happened.time > since) {
            if self.is_followed(happened) {
                is_done |= self.tell(happened);
            }
            self.told.1 = self.told.1.max(happened.time);
        }
        self.told.0 = new.last().map_or(lsn, |last| last.lsn.max(lsn));
        self.seen = lsn;
        self.engine = Some(engine);
        Ok(is_done)
    }

    /// Tells one transaction, and says whether it is the last that is waited for.
    fn tell(&self, happened: &Happened) -> bool {
        let ui = &self.ctx.ui;
        match ui.format {
            Format::Human => ui.answer(&screen::watch::lines(
                happened,
                self.arguments.all,
                &self.ctx.calendar(),
                ui.look(),
            )),
            Format::Plain => ui.answer(&screen::watch::plain(happened)),
            Format::Json => {
                let facts = json!({"step": happened.step, "detail": happened.detail, "lsn": happened.lsn.0});
                self.put("operation:saved", with_origin(facts, happened), happened.time);
                for event in happened.events() {
                    self.put(event.name(), with_origin(json::facts(&event), happened), happened.time);
                }
            }
        }
        happened.completed && self.arguments.until_done && happened.run == self.run
    }

    /// One object in a line of its own.
    fn put(&self, event: &str, facts: Value, time: Timestamp) {
        self.ctx.ui.line(json::event(event, facts, time));
    }
}

/// Which operation, of whom, a fact is about.
fn with_origin(mut facts: Value, happened: &Happened) -> Value {
    facts["run"] = happened.run.clone().into();
    facts["op"] = happened.op.into();
    facts["actor"] = happened.actor.clone().into();
    facts["verb"] = happened.verb.clone().into();
    facts
}
