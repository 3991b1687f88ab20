//! `Screen`: the whole terminal, taken and always given back.

use super::draw;
use super::panel::Panel;
use checklist_store::env::Env;
use ratatui::Terminal;
use ratatui::backend::CrosstermBackend;
use ratatui::crossterm::cursor::{Hide, Show};
use ratatui::crossterm::event::{DisableBracketedPaste, EnableBracketedPaste};
use ratatui::crossterm::execute;
use ratatui::crossterm::terminal::{
    Clear, ClearType, EnterAlternateScreen, LeaveAlternateScreen, disable_raw_mode, enable_raw_mode,
};
use rustix::event::{PollFd, PollFlags, Timespec, poll};
use rustix::io::Errno;
use rustix::process::{Signal, kill_current_process_group};
use rustix::termios::{OptionalActions, Termios, tcgetattr, tcsetattr};
use signal_hook::consts::{SIGCONT, SIGTSTP};
use signal_hook::flag;
use std::io::{self, Stdout, Write as _, stdout};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

/// How long a program that asked to be stopped waits to be: a shell without job control ignores the wish.
const STOP_WAITS: usize = 50;
const STOP_WAIT: Duration = Duration::from_millis(10);

/// The terminal while the panel has it. Dropping it gives the terminal back, and so does a panic.
pub(crate) struct Screen {
    terminal: Terminal<CrosstermBackend<Stdout>>,
    stop: Arc<AtomicBool>,
    continued: Arc<AtomicBool>,
    /// How the terminal was when it was given back for a while.
    lent: Option<Termios>,
}

impl Screen {
    /// Takes the terminal.
    pub(crate) fn open() -> io::Result<Screen> {
        let shown = std::panic::take_hook();
        let drawing = std::thread::current().id();
        std::panic::set_hook(Box::new(move |panic| {
            // A panic elsewhere is told by the panel, which goes on.
            if std::thread::current().id() == drawing {
                give_back();
                shown(panic);
            }
        }));
        let (stop, continued) = (Arc::default(), Arc::default());
        flag::register(SIGTSTP, Arc::clone(&stop))?;
        flag::register(SIGCONT, Arc::clone(&continued))?;
        let terminal = Terminal::new(CrosstermBackend::new(stdout()))?;
        let mut screen = Screen { terminal, stop, continued, lent: None };
        screen.take()?;
        Ok(screen)
    }

    pub(crate) fn size(&self) -> io::Result<(u16, u16)> {
        let size = self.terminal.size()?;
        Ok((size.width, size.height))
    }

    /// Takes the terminal again, and draws from nothing.
    pub(crate) fn take(&mut self) -> io::Result<()> {
        enable_raw_mode()?;
        execute!(stdout(), EnterAlternateScreen, EnableBracketedPaste, Hide, Clear(ClearType::All))?;
        // A new one knows of nothing that is shown. To let the old one clear itself would ask the terminal where its
        // cursor is, and not every terminal answers.
        self.terminal = Terminal::new(CrosstermBackend::new(stdout()))?;
        Ok(())
    }

    /// Gives the terminal back for a while.
    pub(crate) fn release(&mut self) {
        give_back();
        self.lent = tcgetattr(io::stdin()).ok();
    }

    /// Puts right what whoever had the terminal left behind: a command that was ended may have turned off the
    /// echo.
    pub(crate) fn put_right(&mut self) {
        if let Some(modes) = self.lent.take() {
            // Where the terminal is gone, there is nothing to put right.
            let _ = tcsetattr(io::stdin(), OptionalActions::Now, &modes);
        }
    }

    pub(crate) fn draw(&mut self, panel: &Panel) -> io::Result<()> {
        self.terminal.draw(|frame| draw::draw(panel, frame)).map(drop)
    }

    /// Waits for a key, and for no longer than `wait`.
    ///
    /// # Errors
    /// Also when the terminal is gone. crossterm must not be asked then: it reads the end of the input for ever.
    pub(crate) fn wait(&self, wait: Duration) -> io::Result<()> {
        let stdin = io::stdin();
        let mut polled = [PollFd::new(&stdin, PollFlags::IN)];
        let wait = Timespec::try_from(wait).map_err(io::Error::other)?;
        match poll(&mut polled, Some(&wait)) {
            // A signal came: there is something else to look at.
            Ok(0) | Err(Errno::INTR) => return Ok(()),
            Ok(_) => {}
            Err(error) => return Err(error.into()),
        }
        match polled[0].revents().intersects(PollFlags::HUP | PollFlags::ERR | PollFlags::NVAL) {
            true => Err(io::Error::new(io::ErrorKind::UnexpectedEof, "it was closed")),
            false => Ok(()),
        }
    }

    /// Passes a sequence on to the terminal that shows nothing.
    pub(crate) fn send(&mut self, sequence: &str) -> io::Result<()> {
        let mut out = stdout();
        out.write_all(sequence.as_bytes())?;
        out.flush()
    }

    /// Whether somebody asks the program to stop, with a signal.
    pub(crate) fn is_stop_asked(&self) -> bool {
        self.stop.swap(false, Ordering::SeqCst)
    }

    /// Whether the program was stopped and goes on: the shell had the terminal meanwhile.
    pub(crate) fn is_continued(&self) -> bool {
        self.continued.swap(false, Ordering::SeqCst)
    }

    /// Gives the terminal to the shell and stops, with the group it is in, until somebody continues it.
    pub(crate) fn stop(&mut self, env: &Env) -> io::Result<()> {
        give_back();
        self.continued.store(false, Ordering::SeqCst);
        kill_current_process_group(Signal::STOP)?;
        // The signal may come to another thread first, and then this one goes on for a moment.
        for _ in 0..STOP_WAITS {
            if self.continued.load(Ordering::SeqCst) {
                break;
            }
            env.clock.sleep(STOP_WAIT);
        }
        self.continued.store(false, Ordering::SeqCst);
        self.stop.store(false, Ordering::SeqCst);
        self.take()
    }
}

impl Drop for Screen {
    fn drop(&mut self) {
        give_back();
    }
}

/// Everything as it was, from any thread. What fails here fails because the terminal is gone, and then there is nobody to tell.
pub(crate) fn give_back() {
    let _ = execute!(stdout(), DisableBracketedPaste, LeaveAlternateScreen, Show);
    let _ = disable_raw_mode();
}

#[cfg(test)]
#[expect(clippy::disallowed_types, reason = "both ends of a terminal are files of the system")]
#[path = "../../tests/it/pty.rs"]
mod pty;

#[cfg(test)]
mod tests {
    use super::pty::{END, pieces, terminal};
    use super::*;
    use std::os::fd::OwnedFd;
    use std::process::{Command, Stdio};

    /// Longer than the slowest machine takes.
    const PATIENCE: Duration = Duration::from_secs(60);

    /// Not a test by itself: it is the child of the one below.
    #[test]
    #[ignore = "it panics, at a terminal that another test gives it"]
    fn panics_while_it_has_the_terminal() {
        let _screen = Screen::open().expect("a terminal");
        panic!("a bug while drawing");
    }

    #[test]
    fn a_panic_gives_the_terminal_back_and_is_read_there() {
        let (ours, theirs) = terminal();
        let before = tcgetattr(&theirs).expect("its modes");
        let stream = || Stdio::from(OwnedFd::from(theirs.try_clone().expect("a copy")));
        let mut child = Command::new(std::env::current_exe().expect("this very program"));
        child.args([
            "--exact",
            "ui::terminal::tests::panics_while_it_has_the_terminal",
            "--ignored",
            "--nocapture",
        ]);
        let mut child = child.stdin(stream()).stdout(stream()).stderr(stream()).spawn().expect("it starts");
        let pieces = pieces(ours);
        assert!(!child.wait().expect("it ends").success(), "the child fails, as it was told to");
        let after = tcgetattr(&theirs).expect("its modes");
        (&theirs).write_all(END.as_bytes()).expect("the end is told");
        let mut shown = Vec::new();
        while !shown.ends_with(END.as_bytes()) {
            shown.extend(pieces.recv_timeout(PATIENCE).expect("it is shown"));
        }
        let shown = String::from_utf8_lossy(&shown).into_owned();
        assert_eq!(format!("{before:?}"), format!("{after:?}"), "echo and lines are as they were");
        let (taken, rest) = shown.split_once("\x1b[?1049h").expect("the whole terminal was taken");
        assert!(!taken.contains("a bug while drawing"));
        let (drawn, told) = rest.split_once("\x1b[?1049l").expect("it was given back");
        assert!(!drawn.contains("a bug while drawing"), "nothing is said where it would be wiped away");
        assert!(told.contains("a bug while drawing") && told.contains("\x1b[?25h"), "{told:?}");
    }
}
