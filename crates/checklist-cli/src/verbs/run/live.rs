//! `Live`: signs of life while a command runs. One line that is drawn over itself where a terminal allows that,
//! and elsewhere a line every half minute.

use crate::context::Context;
use crate::screen::layout::{clean, fit};
use crate::time;
use crate::ui::{self, Format};
use checklist_store::env::Env;
use checklist_workflow::output::tail;
use std::path::{Path, PathBuf};
use std::sync::mpsc::{Receiver, RecvTimeoutError, Sender, channel};
use std::thread::JoinHandle;
use std::time::Duration;

/// What is over before this is not worth a sign.
const FIRST_DRAWN: Duration = Duration::from_millis(300);

const DRAWN_EVERY: Duration = Duration::from_millis(125);

const SAID_EVERY: Duration = Duration::from_secs(30);

/// Read aloud, these are no words; a braille pattern would be.
const FRAMES: [char; 4] = ['-', '\\', '|', '/'];

/// Of the log, as much as a line may have.
const LINE_BYTES_MAX: u64 = 4096;

/// Columns that are left free: for the cursor, and for the `^C` that a terminal shows. Behind a full line they would
/// begin another, and the drawn one would stay.
const ROOM: usize = 4;

/// To the beginning of the line, and to its end: nothing but these two sequences is ever sent, so that a program
/// that is killed leaves the terminal as it was.
const OVER: &str = "\r";
const ERASE: &str = "\x1b[K";

/// Signs of life until it is dropped; by then the line is gone.
pub(super) struct Live {
    stop: Option<Sender<()>>,
    thread: Option<JoinHandle<()>>,
}

/// What the thread needs.
struct Sign {
    env: Env,
    log: Option<PathBuf>,
    is_drawn: bool,
}

impl Live {
    /// Begins to give signs, with the last line of `log`; `None` where nobody is talked to.
    pub(super) fn start(ctx: &Context, log: Option<&Path>) -> Option<Live> {
        if ctx.ui.format == Format::Json {
            return None;
        }
        let sign = Sign { env: ctx.env.clone(), log: log.map(Path::to_owned), is_drawn: ctx.ui.can_draw };
        let (stop, stopped) = channel();
        // Without a thread there are no signs, and everything else goes on.
        let thread =
            std::thread::Builder::new().name("live".to_owned()).spawn(move || sign.until(&stopped)).ok()?;
        Some(Live { stop: Some(stop), thread: Some(thread) })
    }
}

impl Drop for Live {
    fn drop(&mut self) {
        drop(self.stop.take());
        if let Some(thread) = self.thread.take() {
            // One that panicked has said so.
            let _ = thread.join();
        }
    }
}

impl Sign {
    fn until(&self, stopped: &Receiver<()>) {
        let begun = self.env.clock.instant();
        let mut pause = if self.is_drawn { FIRST_DRAWN } else { SAID_EVERY };
        let mut frames = FRAMES.iter().cycle();
        let mut has_drawn = false;
        while stopped.recv_timeout(pause) == Err(RecvTimeoutError::Timeout) {
            let elapsed = self.env.clock.instant().since(begun);
            let last =
                self.log.as_deref().and_then(|log| tail(&self.env, log, 1, LINE_BYTES_MAX).ok()?.pop());
            let last = last.as_deref().map(clean).unwrap_or_default();
            match frames.next().filter(|_| self.is_drawn) {
                Some(frame) => {
                    ui::draw(&format!("{OVER}{}{ERASE}", drawn(*frame, elapsed, &last, ui::columns())));
                    (has_drawn, pause) = (true, DRAWN_EVERY);
                }
                None => ui::draw(&said(elapsed, &last)),
            }
        }
        if has_drawn {
            ui::draw(&format!("{OVER}{ERASE}"));
        }
    }
}

/// `     | 12 s  Compiling checklist v0.1.0`, in one line of the terminal.
fn drawn(frame: char, elapsed: Duration, last: &str, columns: usize) -> String {
    let text = format!("     {frame} {}  {last}", whole_seconds(elapsed));
    fit(text.trim_end(), columns.saturating_sub(ROOM))
}

/// `     still running, 30 s: Compiling checklist v0.1.0`
fn said(elapsed: Duration, last: &str) -> String {
    let last = if last.is_empty() { String::new() } else { format!(": {last}") };
    format!("     still running, {}{last}\n", whole_seconds(elapsed))
}

/// Tenths that change all the time tell nothing.
fn whole_seconds(elapsed: Duration) -> String {
    match elapsed.as_secs() {
        seconds @ 0..60 => format!("{seconds} s"),
        seconds => time::duration(Duration::from_secs(seconds)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_sign_has_one_line_and_fits() {
        let elapsed = Duration::from_millis(12_900);
        assert_eq!(drawn('|', elapsed, "Compiling serde", 80), "     | 12 s  Compiling serde");
        assert_eq!(drawn('|', Duration::from_secs(185), "", 80), "     | 3 min 5 s");
        assert_eq!(drawn('-', elapsed, &"x".repeat(200), 40).len(), 36);
        assert_eq!(said(elapsed, ""), "     still running, 12 s\n");
        assert_eq!(said(elapsed, "a: b"), "     still running, 12 s: a: b\n");
    }
}
