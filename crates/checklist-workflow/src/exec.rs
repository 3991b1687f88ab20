//! One command of a step, run by a shell in its own process group, with its output in a log.
//!
//! The command writes straight into the log file, so that killing this program leaves both the command and
//! its output alone; only where secrets have to be masked does this program stand in between. A log that grows
//! too long is shortened in its middle meanwhile. Killing goes to the whole process group, because a shell that
//! is killed alone leaves its children behind.

mod attempt;
mod bound;
mod group;
mod relay;
mod survivor;

pub use attempt::Attempt;
pub use bound::LOG_BYTES_MAX;
pub(crate) use bound::shorten;
pub use survivor::survivors;

use crate::file::reason;
use crate::mask::Masker;
use crate::template::DEFAULT_SHELL;
use bound::Bound;
use checklist_store::env::{Env, Instant, Kind, os};
use group::{Group, Leader};
use relay::{Captured, Relay};
use std::fmt;
use std::io;
use std::path::PathBuf;
use std::process::{Child, Stdio};
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

/// How long a command may take to end after SIGTERM, unless the caller says otherwise.
pub const GRACE: Duration = Duration::from_secs(2);

/// A command to run.
///
/// ```
/// # let folder = tempfile::tempdir()?;
/// use checklist_store::env::os;
/// use checklist_workflow::exec::{Command, Exit};
/// use std::sync::atomic::AtomicBool;
/// use std::time::Duration;
///
/// let mut command = Command::new("echo \"hello $name\"", folder.path(), folder.path().join("log"));
/// command.env.push(("name".to_owned(), "ana".to_owned()));
/// command.timeout = Some(Duration::from_secs(60));
/// let outcome = command.run(&os::env(), &AtomicBool::new(false));
/// assert!(outcome.succeeded() && outcome.exit == Exit::Code(0));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone)]
pub struct Command {
    /// The program and arguments that take the script as their last argument.
    pub shell: Vec<String>,
    /// The script. Variables reach it through `env`, and are never pasted into it.
    pub script: String,
    /// Where it runs: an absolute path, already confined to the project.
    pub dir: PathBuf,
    /// Variables on top of those of this process.
    pub env: Vec<(String, String)>,
    /// When to end it.
    pub timeout: Option<Duration>,
    /// How long it may take to end after SIGTERM before SIGKILL follows.
    pub grace: Duration,
    /// Whether it has this process's stdin, stdout and stderr, for a person to talk to. Nothing is logged then,
    /// and it stays in the group of this process, which is the one that may use the terminal: Ctrl-C reaches
    /// both, and ending it means the command alone.
    pub interactive: bool,
    /// Where stdout and stderr go, appended, in the order written. Created for the owner alone; its folder is
    /// created if missing. Of more than [`LOG_BYTES_MAX`] bytes, the beginning and the end are kept, and a line
    /// between them says how much was left out.
    pub log: PathBuf,
    /// What is masked in the log.
    pub masker: Masker,
}

/// How a command ended.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Exit {
    /// It exited with this code; 0 is success.
    Code(i32),
    /// A signal ended it. SIGTTIN and SIGTTOU mean that it wanted to talk to a terminal, which steps do not
    /// have: it was stopped by the system, and then ended with its group.
    Signal(i32),
    /// It took longer than its timeout and was ended with its group.
    TimedOut,
    /// The caller cancelled it and it was ended with its group.
    Cancelled,
    /// Nothing ran, for this reason.
    NotStarted(String),
    /// It ran, but how it ended cannot be told, for this reason.
    Unknown(String),
}

/// What is known of a command after it ended.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Outcome {
    /// How it ended.
    pub exit: Exit,
    /// How long it took, including the time to end it.
    pub duration: Duration,
    /// How many bytes it printed into the log, those that were left out of it included. A process it left behind
    /// may add more later.
    pub log_bytes: u64,
    /// How many processes of the group outlived SIGTERM and got SIGKILL. Where the system does not list
    /// processes, the command itself alone is counted.
    pub survivors_killed: usize,
}

impl Outcome {
    /// Whether it exited with code 0.
    #[must_use]
    pub fn succeeded(&self) -> bool {
        self.exit == Exit::Code(0)
    }
}

impl Command {
    /// A command in `bash -euo pipefail -c`, without variables or timeout.
    #[must_use]
    pub fn new(script: impl Into<String>, dir: impl Into<PathBuf>, log: impl Into<PathBuf>) -> Command {
        Command {
            shell: DEFAULT_SHELL.map(str::to_owned).to_vec(),
            script: script.into(),
            dir: dir.into(),
            env: Vec::new(),
            timeout: None,
            grace: GRACE,
            interactive: false,
            log: log.into(),
            masker: Masker::default(),
        }
    }

    /// Runs the command and waits for its end, or ends it when it times out or `cancel` becomes true, which is
    /// looked at every 20 ms.
    ///
    /// Ending means SIGTERM and SIGCONT to the process group, and SIGKILL to whatever of it is alive after the
    /// grace. A process that made itself a session or group of its own escapes that. A command that ends by
    /// itself leaves its group alone: a step may start a daemon on purpose.
    ///
    /// Unless it is interactive, stdin is empty, and there is no terminal to ask. Locks and files of this process
    /// are not inherited. Should this process be killed, the command goes on and so does its log, unless that is
    /// masked; [`survivors`] finds it then.
    #[must_use]
    pub fn run(&self, env: &Env, cancel: &AtomicBool) -> Outcome {
        self.run_with(env, cancel, None)
    }

    /// Runs the command as [`Command::run`] does, with its stdout for the caller and stderr alone in the log. Gives
    /// at most `bytes_max` bytes, or `None` if there were more.
    #[must_use]
    pub fn capture(&self, env: &Env, cancel: &AtomicBool, bytes_max: usize) -> (Outcome, Option<Vec<u8>>) {
        let captured = Captured::up_to(bytes_max);
        let outcome = self.run_with(env, cancel, Some(&captured));
        (outcome, Some(captured.bytes()).filter(|bytes| bytes.len() <= bytes_max))
    }

    fn run_with(&self, env: &Env, cancel: &AtomicBool, captured: Option<&Captured>) -> Outcome {
        let begun = env.clock.instant();
        let (mut bound, child, relays) = match self.start(env, cancel, captured) {
            Ok(started) => started,
            Err(reason) => {
                let duration = env.clock.instant().since(begun);
                return Outcome {
                    exit: Exit::NotStarted(reason),
                    duration,
                    log_bytes: 0,
                    survivors_killed: 0,
                };
            }
        };
        let mut group = Group::new(child, !self.interactive, env);
        let (end, survivors_killed) = self.watch(&mut group, begun, cancel, bound.as_mut());
        let reaped = group.reap();
        let exit = match end {
            End::Itself => reaped,
            End::Stopped(signal) => Exit::Signal(signal),
            End::TimedOut => Exit::TimedOut,
            End::Cancelled => Exit::Cancelled,
        };
        relays.iter().for_each(|relay| relay.wait(env));
        if let Some(bound) = &mut bound {
            // How the command ended counts, also where its log cannot be shortened.
            let _ = bound.close();
        }
        let log_bytes = bound.and_then(|bound| bound.added().ok()).unwrap_or(0);
        let duration = env.clock.instant().since(begun);
        Outcome { exit, duration, log_bytes, survivors_killed }
    }

    /// Starts the child; with it come the bound of its log, if it has one, and who passes on what it prints.
    fn start(
        &self,
        env: &Env,
        cancel: &AtomicBool,
        captured: Option<&Captured>,
    ) -> Result<(Option<Bound>, Child, Vec<Relay>), String> {
        if cancel.load(Ordering::Relaxed) {
            return Err("it was cancelled before it began".to_owned());
        }
        let Some((program, arguments)) = self.shell.split_first() else {
            return Err("the template names an empty shell; set defaults.shell, or leave it out".to_owned());
        };
        if self.script.contains('\0') {
            return Err("its script contains a NUL character, which no command can take".to_owned());
        }
        for (name, value) in &self.env {
            if name.is_empty() || name.contains(['=', '\0']) {
                return Err(format!("{name:?} cannot be the name of an environment variable"));
            }
            if value.contains('\0') {
                return Err(format!(
                    "the value of {name} contains a NUL character, which no command can take"
                ));
            }
        }
        // The system reports a missing folder and a missing shell in the same way, so one is looked at before.
        match env.fs.stat(&self.dir) {
            Ok(stat) if stat.kind == Kind::Directory => {}
            Ok(_) => return Err(format!("cannot run in {}: it is not a folder", self.dir.display())),
            Err(error) => return Err(format!("cannot run in {}: {}", self.dir.display(), reason(&error))),
        }
        let mut process = std::process::Command::new(program);
        process.args(arguments).arg(&self.script).current_dir(&self.dir);
        process.envs(self.env.iter().map(|(name, value)| (name, value)));
        let mut relays = Vec::new();
        let bound = match self.interactive {
            true => None,
            false => Some(self.detach(&mut process, env, captured, &mut relays)?),
        };
        let child = process.spawn().map_err(|error| not_started(program, &error))?;
        Ok((bound, child, relays))
    }

    /// Gives the process the log for its output and a group of its own.
    fn detach(
        &self,
        process: &mut std::process::Command,
        env: &Env,
        captured: Option<&Captured>,
        relays: &mut Vec<Relay>,
    ) -> Result<Bound, String> {
        let no_log =
            |error: io::Error| format!("cannot write its log {}: {}", self.log.display(), reason(&error));
        if let Some(folder) = self.log.parent() {
            // Where this fails for another reason than that it is there, opening the log says why.
            let _ = env.fs.create_dir(folder);
        }
        let log = os::output_file(&self.log).map_err(no_log)?;
        process.stdin(Stdio::null());
        if self.masker.is_empty() {
            let both = log.try_clone().map_err(no_log)?;
            process.stdout(both).stderr(log);
        } else {
            let (writer, relay) = Relay::start(log, self.masker.clone()).map_err(no_log)?;
            process.stdout(writer.try_clone().map_err(no_log)?).stderr(writer);
            relays.push(relay);
        }
        if let Some(captured) = captured {
            let (writer, relay) = Relay::start(captured.clone(), Masker::default()).map_err(no_log)?;
            process.stdout(writer);
            relays.push(relay);
        }
        #[cfg(unix)]
        std::os::unix::process::CommandExt::process_group(process, 0);
        Bound::of(&self.log).map_err(no_log)
    }

    /// Waits for the end of the command or for a reason to end it, and then ends it. Meanwhile the log is kept
    /// within its bound.
    fn watch(
        &self,
        group: &mut Group<'_>,
        begun: Instant,
        cancel: &AtomicBool,
        mut bound: Option<&mut Bound>,
    ) -> (End, usize) {
        let mut pause = Pause::default();
        loop {
            let end = match group.leader() {
                Leader::Ended => return (End::Itself, 0),
                Leader::Stopped(signal) => Some(End::Stopped(signal)),
                Leader::Running if cancel.load(Ordering::Relaxed) => Some(End::Cancelled),
                Leader::Running => {
                    let elapsed = group.env.clock.instant().since(begun);
                    self.timeout.is_some_and(|timeout| elapsed >= timeout).then_some(End::TimedOut)
                }
            };
            if let Some(end) = end {
                return (end, group.end(self.grace));
            }
            // A log that cannot be shortened is no reason to end the command.
            if bound.as_mut().is_some_and(|bound| bound.keep().unwrap_or(false)) {
                pause = Pause::default();
            }
            group.env.clock.sleep(pause.next());
        }
    }
}

impl fmt::Debug for Command {
    /// Shows the names of the variables; a value may be a secret.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let names: Vec<&str> = self.env.iter().map(|(name, _)| name.as_str()).collect();
        f.debug_struct("Command")
            .field("shell", &self.shell)
            .field("script", &self.script)
            .field("dir", &self.dir)
            .field("env", &names)
            .field("timeout", &self.timeout)
            .field("log", &self.log)
            .finish_non_exhaustive()
    }
}

impl fmt::Display for Exit {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Exit::Code(code) => write!(f, "exit {code}"),
            Exit::Signal(signal) if wants_terminal(*signal) => f.write_str(
                "it asked for input on a terminal, and steps have none; make the command non-interactive",
            ),
            Exit::Signal(signal) => match signal_name(*signal) {
                Some(name) => write!(f, "ended by signal {signal} ({name})"),
                None => write!(f, "ended by signal {signal}"),
            },
            Exit::TimedOut => f.write_str("timed out"),
            Exit::Cancelled => f.write_str("cancelled"),
            Exit::NotStarted(reason) => write!(f, "not started: {reason}"),
            Exit::Unknown(reason) => write!(f, "its outcome is unknown: {reason}"),
        }
    }
}

/// Why watching a command is over.
enum End {
    Itself,
    Stopped(i32),
    TimedOut,
    Cancelled,
}

/// How long to wait before looking again: half a millisecond at first, so that a short command costs little,
/// and 20 ms in the end, so that a long one costs nothing.
struct Pause(Duration);

impl Default for Pause {
    fn default() -> Pause {
        Pause(Duration::from_micros(500))
    }
}

impl Pause {
    fn next(&mut self) -> Duration {
        let pause = self.0;
        self.0 = (pause * 3 / 2).min(Duration::from_millis(20));
        pause
    }
}

fn not_started(program: &str, error: &io::Error) -> String {
    match error.kind() {
        io::ErrorKind::NotFound => {
            format!("cannot find the shell {program:?}; install it, or set defaults.shell in the template")
        }
        io::ErrorKind::ArgumentListTooLong => {
            "its script and variables are longer than the system allows; move long text into a file"
                .to_owned()
        }
        _ => format!("cannot start the shell {program:?}: {}", reason(error)),
    }
}

#[cfg(unix)]
fn wants_terminal(signal: i32) -> bool {
    use rustix::process::Signal;
    signal == Signal::TTIN.as_raw() || signal == Signal::TTOU.as_raw()
}

#[cfg(not(unix))]
fn wants_terminal(_: i32) -> bool {
    false
}

/// The signals that have the same number everywhere and that people meet.
fn signal_name(signal: i32) -> Option<&'static str> {
    Some(match signal {
        1 => "SIGHUP",
        2 => "SIGINT",
        3 => "SIGQUIT",
        6 => "SIGABRT",
        9 => "SIGKILL",
        11 => "SIGSEGV",
        13 => "SIGPIPE",
        15 => "SIGTERM",
        _ => return None,
    })
}
