//! What is said while a step is executed.

use super::live::Live;
use crate::context::Context;
use crate::lines::Lines;
use crate::prompt::forget_typed;
use crate::screen::layout::{Role, clean};
use crate::screen::prose::flow;
use crate::time;
use checklist_workflow::engine::Progressed;
use checklist_workflow::exec::Exit;
use checklist_workflow::output::{plain_text, tail};
use rustix::termios::{OptionalActions, Termios, tcgetattr, tcsetattr};
use std::io;
use std::path::Path;

/// Lines of a log that are shown when a command fails.
pub(crate) const TAIL_LINES: usize = 20;

const TAIL_BYTES_MAX: u64 = 64 * 1024;

/// Says what is going on, on stderr, and that it still goes on.
pub(crate) struct Progress<'a> {
    ctx: &'a Context,
    live: Option<Live>,
    /// How the terminal was before a command got it.
    terminal: Option<Termios>,
}

impl<'a> Progress<'a> {
    pub(crate) fn new(ctx: &'a Context) -> Progress<'a> {
        Progress { ctx, live: None, terminal: None }
    }

    pub(crate) fn show(&mut self, event: &Progressed<'_>) {
        self.rest();
        // Impatience while something runs is no answer to what is asked then.
        if self.ctx.ui.can_ask && matches!(event, Progressed::Ended { .. } | Progressed::Checked(_)) {
            forget_typed();
        }
        if self.ctx.ui.streams {
            Lines::of(self.ctx).progressed(event, |log| self.ctx.shown(log));
        }
        show(self.ctx, event);
        match event {
            Progressed::Starting { interactive: true, .. } => self.terminal = tcgetattr(io::stdin()).ok(),
            Progressed::Starting { log, .. } => self.live = Live::start(self.ctx, Some(log)),
            Progressed::Checking { .. } => self.live = Live::start(self.ctx, None),
            _ => {}
        }
    }

    /// No more signs, and the terminal as it was: a command that was ended may have left it without echo.
    fn rest(&mut self) {
        self.live = None;
        if let Some(terminal) = self.terminal.take() {
            // Where it is gone, there is nothing to put right.
            let _ = tcsetattr(io::stdin(), OptionalActions::Now, &terminal);
        }
    }
}

impl Drop for Progress<'_> {
    fn drop(&mut self) {
        self.rest();
    }
}

fn show(ctx: &Context, event: &Progressed<'_>) {
    let look = ctx.ui.look_of_messages();
    for (role, line) in lines(event) {
        let line = ctx.ui.of_step(&line);
        let line = line.trim_end();
        // What is run is shown as it is.
        let is_script = matches!(event, Progressed::Starting { .. } | Progressed::Checking { .. });
        let text = if is_script { line.to_owned() } else { flow(line, 4, look.width) };
        for line in text.lines() {
            let line = role.map_or_else(|| line.to_owned(), |role| look.paint(role, line));
            ctx.ui.talk(&format!("{line}\n"));
        }
    }
    if let Progressed::Ended { outcome, log, .. } = event
        && !outcome.succeeded()
    {
        ctx.ui.talk(&last_lines(ctx, log));
    }
}

/// What is going on, in lines, each with its meaning where it has one.
pub(crate) fn lines(event: &Progressed<'_>) -> Vec<(Option<Role>, String)> {
    match event {
        Progressed::Starting { script, .. } => {
            let script = script.trim_end().lines().enumerate().map(|(index, line)| {
                let prompt = if index == 0 { "$ " } else { "  " };
                (None, format!("{prompt}{}", plain_text(line)))
            });
            script.collect()
        }
        Progressed::Ended { outcome, .. } => {
            let took = time::duration(outcome.duration);
            if outcome.succeeded() {
                return vec![(None, format!("ok, {took}"))];
            }
            let words = match outcome.exit {
                Exit::TimedOut => format!("timed out after {took}, ended with its process group"),
                ref exit => format!("{exit}, {took}"),
            };
            vec![(Some(Role::Bad), words)]
        }
        Progressed::Retrying { command, retry, retries_max, wait, .. } => {
            let wait =
                if wait.is_zero() { "now".to_owned() } else { format!("in {}", time::duration(*wait)) };
            vec![(None, format!("{} is tried again {wait} (retry {retry} of {retries_max})", clean(command)))]
        }
        Progressed::LeftOut { command, why, .. } => {
            vec![(None, format!("{} is left out: {}", clean(command), clean(why)))]
        }
        Progressed::Checking { label, .. } => {
            let label = clean(label);
            let script = label.strip_prefix("bash ").map(|script| format!("$ {script}"));
            vec![(None, script.unwrap_or(label))]
        }
        Progressed::Checked(result) => {
            let detail = clean(&result.detail);
            vec![match (result.passed, result.outcome.is_some()) {
                (true, true) => (None, detail),
                (true, false) => (None, format!("ok: {detail}")),
                (false, _) => (Some(Role::Bad), format!("no: {detail}")),
            }]
        }
    }
}

/// The last lines of a log, and where all of it is.
fn last_lines(ctx: &Context, log: &Path) -> String {
    let lines = tail(&ctx.env, log, TAIL_LINES, TAIL_BYTES_MAX).unwrap_or_default();
    let mut text: String = lines.iter().map(|line| ctx.ui.quoted(line)).collect();
    text.push_str(&ctx.ui.of_step(&format!("log: {}", ctx.shown(log))));
    text
}

/// The last lines of a log, for JSON.
pub(crate) fn tail_lines(ctx: &Context, log: &Path) -> Vec<String> {
    tail(&ctx.env, log, TAIL_LINES, TAIL_BYTES_MAX).unwrap_or_default()
}
