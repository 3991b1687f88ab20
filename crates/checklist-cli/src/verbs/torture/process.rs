//! `Place`: where one writer lives, process after process; whoever has the place may kill and stop it.

use super::request::{Measures, Reply, Request};
use checklist_store::env::{Env, os};
use std::io::{self, BufRead as _, BufReader, Write as _};
use std::path::{Path, PathBuf};
use std::process::{Child, ChildStdin, ChildStdout, Command, ExitStatus, Stdio};
use std::sync::{Mutex, MutexGuard, PoisonError};

/// The pipes of one writer process.
#[derive(Debug)]
pub(super) struct Pipes {
    requests: ChildStdin,
    replies: BufReader<ChildStdout>,
}

/// One writer's place.
#[derive(Debug)]
pub(super) struct Place {
    number: usize,
    program: PathBuf,
    /// What its processes say on stderr, which is nothing unless there is a defect.
    talk: PathBuf,
    child: Mutex<Option<Child>>,
}

impl Place {
    /// The place of writer `number`, which runs `program` and leaves its talk in `folder`.
    pub(super) fn new(number: usize, program: &Path, folder: &Path) -> Place {
        let talk = folder.join(format!("writer-{number}.stderr"));
        Place { number, program: program.to_owned(), talk, child: Mutex::new(None) }
    }

    fn child(&self) -> MutexGuard<'_, Option<Child>> {
        self.child.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Starts a process on `store`. Every third writer leaves publishing to a later commit.
    pub(super) fn start(&self, store: &Path) -> io::Result<Pipes> {
        let mut command = Command::new(&self.program);
        command.arg("torture-writer").arg(store).args(["--number", &self.number.to_string()]);
        if self.number % 3 == 1 {
            command.arg("--deferred");
        }
        command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(os::output_file(&self.talk)?);
        // A group of its own: Ctrl-C is for the one that started it.
        #[cfg(unix)]
        std::os::unix::process::CommandExt::process_group(&mut command, 0);
        let mut child = command.spawn()?;
        let requests = child.stdin.take().expect("stdin is a pipe");
        let replies = BufReader::new(child.stdout.take().expect("stdout is a pipe"));
        *self.child() = Some(child);
        Ok(Pipes { requests, replies })
    }

    /// The process that lives here now.
    pub(super) fn pid(&self) -> Option<u32> {
        self.child().as_ref().map(Child::id)
    }

    /// Kills the process that lives here, in the middle of whatever it does (SIGKILL).
    pub(super) fn kill(&self) {
        if let Some(child) = self.child().as_mut() {
            // The only failure is that it ended by itself, which is noticed where it is reaped.
            let _ = child.kill();
        }
    }

    /// Stops it where it is, without its noticing (SIGSTOP).
    pub(super) fn stop(&self) {
        self.signal(true);
    }

    /// Lets it go on (SIGCONT).
    pub(super) fn go_on(&self) {
        self.signal(false);
    }

    fn signal(&self, is_stop: bool) {
        #[cfg(unix)]
        if let Some(child) = self.child().as_ref() {
            use rustix::process::{Pid, Signal, kill_process};
            // As long as the child is not reaped its number belongs to nobody else.
            let signal = if is_stop { Signal::STOP } else { Signal::CONT };
            let _ = kill_process(Pid::from_child(child), signal);
        }
        #[cfg(not(unix))]
        let _ = is_stop;
    }

    /// Waits for the process that closed its pipe, and leaves the place empty.
    pub(super) fn reap(&self) -> io::Result<Option<ExitStatus>> {
        let child = self.child().take();
        child.map(|mut child| child.wait()).transpose()
    }

    /// The last line its processes said.
    pub(super) fn last_words(&self, env: &Env) -> String {
        let bytes = env.fs.read(&self.talk, 0..64 * 1024).unwrap_or_default();
        let text = String::from_utf8_lossy(&bytes).into_owned();
        text.trim_end().lines().last().unwrap_or("it said nothing").to_owned()
    }
}

/// Whether a process ended because it was killed.
pub(super) fn was_killed(status: ExitStatus) -> bool {
    #[cfg(unix)]
    return std::os::unix::process::ExitStatusExt::signal(&status) == Some(9);
    #[cfg(not(unix))]
    return !status.success();
}

impl Pipes {
    /// Asks for something; if the process is gone, there will be no answer, and that says so.
    pub(super) fn ask(&mut self, number: u64, request: Request) {
        let _ = writeln!(self.requests, "{number} {}", request.words());
    }

    /// Lets a [`Request::Hold`] go on.
    pub(super) fn go(&mut self) {
        let _ = writeln!(self.requests, "go");
    }

    /// Waits for an answer; `None` if the process died before it gave a whole one.
    ///
    /// # Errors
    /// The line, if it is no answer.
    pub(super) fn answer(&mut self) -> Result<Option<(Reply, Measures)>, String> {
        let mut line = String::new();
        match self.replies.read_line(&mut line) {
            Ok(1..) if line.ends_with('\n') => Reply::parse(line.trim_end()).map(Some).ok_or(line),
            _ => Ok(None),
        }
    }
}
