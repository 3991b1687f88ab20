//! The session: a thin loop between the terminal, the panel and the engine. All that decides is in the panel.

use super::access::Access;
use super::action::{Action, Answered, Seen};
use super::lookout::{LOOK_INTERVAL, Lookout};
use super::output::{LINES_MAX, Said};
use super::palette::Palette;
use super::panel::{Effect, Event, Panel};
use super::terminal::{Screen, give_back};
use super::worker::{LIVE_BYTES_MAX, LIVE_LINES, Report, Work};
use crate::context::{Context, lookup};
use crate::exit::Exit;
use crate::failure::Failure;
use crate::prompt::to_clipboard;
use crate::screen::layout::Role;
use crate::verbs::run::walk::no_signals;
use checklist_store::env::Instant;
use checklist_workflow::file::reason;
use checklist_workflow::output::tail;
use ratatui::crossterm::event::{self, Event as Input};
use std::any::Any;
use std::io;
use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc::{Receiver, Sender, channel};
use std::thread::JoinHandle;
use std::time::Duration;

/// How long to wait for a key before looking at everything else.
const WAIT: Duration = Duration::from_millis(50);

/// How often times on the screen are brought up to date.
const TIME_INTERVAL: Duration = Duration::from_secs(1);

/// How many looks long a wish to end may go unheard.
const LOOKS_UNHEARD_MAX: usize = 10;

/// What is said when a command that had the terminal is over.
const BACK: &str = "\nPress Enter to go back to the list. ";

/// Shows the panel until the person leaves.
pub(crate) fn run(ctx: &Context, access: Access, seen: Seen) -> Result<Exit, Failure> {
    ctx.signals.catch().map_err(no_signals)?;
    let access = Arc::new(access);
    let (sender, reports) = channel();
    let is_told_to_end = Arc::default();
    let ending = Ending { wish: ctx.signals.wish(), is_heard: Arc::clone(&is_told_to_end), looks: 0 };
    look_out(Arc::clone(&access), sender.clone(), ending);
    let screen = Screen::open().map_err(no_screen)?;
    let palette = Palette::of(ctx.ui.look().colour, &lookup);
    let size = screen.size().map_err(no_screen)?;
    let panel = Panel::new(seen, ctx.calendar(), palette, size);
    let timed_at = access.env.clock.instant();
    let mut session = Session {
        ctx,
        access,
        screen,
        panel,
        sender,
        reports,
        worker: None,
        cancel: Arc::default(),
        log: None,
        timed_at,
        is_told_to_end,
    };
    let ended = session.go_on();
    session.end_worker();
    match ended {
        // A terminal that is closed sends a signal, too.
        _ if ctx.signals.is_cancelled() => Ok(ctx.signals.exit()),
        Ok(()) => Ok(Exit::Ok),
        Err(error) => Err(no_screen(error)),
    }
}

fn no_screen(error: io::Error) -> Failure {
    Failure::new(Exit::Io, format!("the terminal cannot be used: {}", reason(&error)))
        .advise("The same in plain lines: checklist status, checklist run")
}

/// Looks for what other processes do, on a thread of its own.
fn look_out(access: Arc<Access>, sender: Sender<Report>, mut ending: Ending) {
    std::thread::spawn(move || {
        let looked = std::panic::catch_unwind(std::panic::AssertUnwindSafe(|| {
            let mut lookout = Lookout::new(&access);
            loop {
                if let Some(event) = lookout.look()
                    && sender.send(Report::Event(event)).is_err()
                {
                    return;
                }
                access.env.clock.sleep(LOOK_INTERVAL);
                ending.insist();
            }
        }));
        if let Err(panic) = looked {
            let text = format!("looking for changes met a bug of this program: {}", words(&*panic));
            let _ = sender.send(Report::Event(Event::Unreadable(text)));
        }
    });
}

/// A wish to end that the loop does not hear, because a terminal that was closed in just that moment holds it.
struct Ending {
    wish: Arc<AtomicBool>,
    is_heard: Arc<AtomicBool>,
    looks: usize,
}

impl Ending {
    /// Ends the program if the loop had its time. The state is safe: a command that runs is interrupted.
    fn insist(&mut self) {
        let is_unheard = self.wish.load(Ordering::SeqCst) && !self.is_heard.load(Ordering::SeqCst);
        self.looks = if is_unheard { self.looks + 1 } else { 0 };
        if self.looks > LOOKS_UNHEARD_MAX {
            give_back();
            std::process::exit(i32::from(Exit::Terminated.code()));
        }
    }
}

/// What a panic said.
fn words(panic: &(dyn Any + Send)) -> String {
    let text = panic.downcast_ref::<String>().cloned();
    let literal = || panic.downcast_ref::<&str>().map(|text| (*text).to_owned());
    text.or_else(literal).unwrap_or_default()
}

struct Session<'a> {
    ctx: &'a Context,
    access: Arc<Access>,
    screen: Screen,
    panel: Panel,
    sender: Sender<Report>,
    reports: Receiver<Report>,
    worker: Option<JoinHandle<()>>,
    /// Ends the command that runs.
    cancel: Arc<AtomicBool>,
    /// The log of the command that runs, and how long it was when it was read.
    log: Option<(PathBuf, u64)>,
    timed_at: Instant,
    /// Whether the panel knows of a signal that ends it.
    is_told_to_end: Arc<AtomicBool>,
}

impl Session<'_> {
    fn go_on(&mut self) -> io::Result<()> {
        self.screen.draw(&self.panel)?;
        loop {
            let mut is_changed = self.was_away()?;
            for event in self.events()? {
                is_changed = true;
                for effect in self.panel.update(event) {
                    if effect == Effect::Leave {
                        return Ok(());
                    }
                    self.bring_about(effect)?;
                }
            }
            if is_changed {
                self.screen.draw(&self.panel)?;
            }
        }
    }

    /// Whether the terminal was somebody else's: then it is drawn from nothing.
    fn was_away(&mut self) -> io::Result<bool> {
        if self.screen.is_stop_asked() {
            self.screen.stop(&self.access.env)?;
        } else if self.screen.is_continued() {
            // The modes may be the shell's, so they are put back before they are set.
            self.screen.release();
            self.screen.take()?;
        } else {
            return Ok(false);
        }
        let (columns, rows) = self.screen.size()?;
        self.panel.update(Event::Resize(columns, rows));
        Ok(true)
    }

    /// What happened since the last look, keys first; waits a moment for one.
    fn events(&mut self) -> io::Result<Vec<Event>> {
        let mut events = Vec::new();
        if self.ctx.signals.is_cancelled() && !self.is_told_to_end.swap(true, Ordering::SeqCst) {
            events.push(Event::Terminate);
        }
        if !self.is_told_to_end.load(Ordering::SeqCst) {
            self.screen.wait(WAIT)?;
        }
        while !self.ctx.signals.is_cancelled() && event::poll(Duration::ZERO)? {
            match event::read()? {
                Input::Key(key) => events.push(Event::Key(key)),
                Input::Paste(text) => events.push(Event::Paste(text)),
                Input::Resize(columns, rows) => events.push(Event::Resize(columns, rows)),
                _ => {}
            }
        }
        if self.is_told_to_end.load(Ordering::SeqCst) {
            self.access.env.clock.sleep(WAIT);
        }
        events.extend(self.reported());
        let now = self.access.env.clock.instant();
        if now.since(self.timed_at) >= TIME_INTERVAL {
            self.timed_at = now;
            events.push(Event::Time(self.access.env.clock.now()));
        }
        Ok(events)
    }

    /// What other threads say, and what the command that runs printed meanwhile.
    fn reported(&mut self) -> Vec<Event> {
        let mut events = Vec::new();
        while let Ok(report) = self.reports.try_recv() {
            match report {
                Report::Event(event) => {
                    if matches!(event, Event::Ended(..)) {
                        self.worker = None;
                    }
                    events.push(event);
                }
                Report::Log(log) => self.log = log.map(|path| (path, 0)),
            }
        }
        if let Some((path, len)) = &mut self.log {
            let now = self.access.env.fs.stat(path).map_or(0, |stat| stat.len);
            if std::mem::replace(len, now) != now {
                let lines = tail(&self.access.env, path, LIVE_LINES, LIVE_BYTES_MAX).unwrap_or_default();
                events.push(Event::Live(lines));
            }
        }
        events
    }

    fn bring_about(&mut self, effect: Effect) -> io::Result<()> {
        match effect {
            Effect::Perform { action, needs_terminal: false } => self.start(action, false),
            Effect::Perform { action, needs_terminal: true } => self.hand_over(action)?,
            Effect::Cancel => self.cancel.store(true, Ordering::Relaxed),
            Effect::ReadLogs { step, logs } => {
                let lines = self.printed(&logs);
                self.panel.update(Event::Printed { step, lines });
            }
            Effect::Copy(text) => self.screen.send(&to_clipboard(&text))?,
            Effect::Stop => {
                self.screen.stop(&self.access.env)?;
                let (columns, rows) = self.screen.size()?;
                self.panel.update(Event::Resize(columns, rows));
            }
            Effect::Redraw => self.screen.take()?,
            Effect::Leave => {}
        }
        Ok(())
    }

    /// Begins an action on a thread of its own.
    fn start(&mut self, action: Action, has_terminal: bool) {
        self.cancel = Arc::default();
        let (access, cancel) = (Arc::clone(&self.access), Arc::clone(&self.cancel));
        let sender = self.sender.clone();
        self.worker = Some(std::thread::spawn(move || {
            // Whoever does not listen any more has left.
            let tell = |report| drop(sender.send(report));
            let work = Work { access: &access, cancel: &cancel, tell: &tell, has_terminal };
            let performed = std::panic::catch_unwind(std::panic::AssertUnwindSafe(|| work.perform(&action)));
            let (answered, seen) = performed.unwrap_or_else(|panic| {
                let text = format!("`{}` met a bug of this program: {}", action.words(), words(&*panic));
                (Answered::Failed(text), None)
            });
            tell(Report::Event(Event::Ended(Box::new(answered), seen)));
        }));
    }

    /// Gives the terminal to a command that talks to a person, and takes it back after.
    fn hand_over(&mut self, action: Action) -> io::Result<()> {
        self.screen.release();
        // Signals are looked at here meanwhile.
        self.is_told_to_end.store(true, Ordering::SeqCst);
        self.start(action, true);
        let ended = loop {
            match self.reports.recv_timeout(WAIT) {
                Ok(Report::Event(Event::Progress(lines))) => {
                    lines.iter().for_each(|(_, line)| self.ctx.ui.talk(&format!("{line}\n")));
                    self.panel.update(Event::Progress(lines));
                }
                Ok(Report::Event(event @ Event::Ended(..))) => break event,
                Ok(Report::Event(event)) => drop(self.panel.update(event)),
                Ok(Report::Log(_)) | Err(_) => {}
            }
            // Ctrl-C reaches the command by itself, and is not for the panel.
            if self.ctx.signals.is_cancelled() {
                self.cancel.store(true, Ordering::Relaxed);
            }
        };
        self.worker = None;
        self.screen.put_right();
        self.ctx.signals.forget_interrupt();
        self.is_told_to_end.store(false, Ordering::SeqCst);
        if let Event::Ended(answered, _) = &ended
            && matches!(**answered, Answered::Did { .. } | Answered::Failed(_))
            && !self.ctx.signals.is_cancelled()
        {
            self.ctx.ui.talk(BACK);
            // Whatever is typed, it is enough.
            let _ = self.ctx.signals.while_asking(|| io::stdin().read_line(&mut String::new()));
        }
        self.screen.take()?;
        for effect in self.panel.update(ended) {
            self.bring_about(effect)?;
        }
        Ok(())
    }

    /// What commands printed, by their logs below the store's folder.
    fn printed(&self, logs: &[(String, String)]) -> Vec<Said> {
        let folder = self.access.root.join(checklist_workflow::project::FOLDER);
        let mut lines = Vec::new();
        for (command, log) in logs {
            lines.push((Some(Role::Strong), format!("==> {command}")));
            match tail(&self.access.env, &folder.join(log), LINES_MAX, LIVE_BYTES_MAX * 4) {
                Ok(printed) => lines.extend(printed.into_iter().map(|line| (None, format!("| {line}")))),
                Err(error) => lines.push((Some(Role::Bad), error.to_string())),
            }
        }
        lines
    }

    /// Nothing goes on without the panel: what runs is ended and its end is recorded.
    fn end_worker(&mut self) {
        self.cancel.store(true, Ordering::Relaxed);
        if let Some(worker) = self.worker.take() {
            // It tells its own panic.
            let _ = worker.join();
        }
    }
}
