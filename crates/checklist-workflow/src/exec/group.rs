//! A command's process group: the command, which leads it, and whatever it started and kept in it.

use super::{Exit, Pause};
use crate::file::reason;
use checklist_store::env::Env;
use std::path::Path;
use std::process::Child;
use std::time::Duration;

/// A process that SIGKILL does not end within this time is stuck in the kernel; it is left behind.
const KILL_WAIT: Duration = Duration::from_secs(5);

/// A process group that is still ours: its leader is reaped last, and until then its number, which is also the
/// group's, cannot pass to a stranger whom a signal would hit.
pub(super) struct Group<'e> {
    child: Child,
    /// Otherwise the child shares our own group, and is watched and ended alone.
    leads: bool,
    pub(super) env: &'e Env,
}

/// What the leader of the group is doing.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Leader {
    Running,
    /// Stopped by the system because it wanted to talk to the terminal.
    Stopped(i32),
    /// Ended, or no longer to be seen, and not reaped.
    Ended,
}

impl<'e> Group<'e> {
    pub(super) fn new(child: Child, leads: bool, env: &'e Env) -> Group<'e> {
        Group { child, leads, env }
    }

    /// Ends every process of the group: SIGTERM, `grace`, SIGKILL. Says how many needed the latter.
    pub(super) fn end(&mut self, grace: Duration) -> usize {
        self.terminate();
        self.wait(grace, |group| match group.living() {
            Some(count) => count == 0,
            // In a group that cannot be looked into, somebody may be left behind the leader.
            None => !group.leads && group.leader() == Leader::Ended,
        });
        let alone = usize::from(self.leader() != Leader::Ended);
        let survivors = self.living().unwrap_or(alone);
        // Also when none is counted: a process may have been born, or be hidden, behind the count.
        self.kill();
        self.wait(KILL_WAIT, |group| match group.living() {
            Some(count) => count == 0,
            None => group.leader() == Leader::Ended,
        });
        survivors
    }

    /// Looks until `is_over` or until `limit` has passed.
    fn wait(&mut self, limit: Duration, is_over: impl Fn(&mut Group<'_>) -> bool) {
        let begun = self.env.clock.instant();
        let mut pause = Pause::default();
        while !is_over(self) && self.env.clock.instant().since(begun) < limit {
            self.env.clock.sleep(pause.next());
        }
    }

    /// How many processes of the group are alive; `None` if there is no group, and where the system does not
    /// tell through `/proc` or tells of other processes than ours. See proc_pid_stat(5).
    fn living(&self) -> Option<usize> {
        if !self.leads {
            return None;
        }
        let leader = u64::from(self.child.id());
        let (mut count, mut leader_seen) = (0, false);
        for entry in self.env.fs.list(Path::new("/proc")).ok()? {
            let Some(id) = entry.file_name().and_then(|name| name.to_str()?.parse::<u64>().ok()) else {
                continue;
            };
            // A process that ended since the listing cannot be read, and is not alive.
            let Ok(bytes) = self.env.fs.read(&entry.join("stat"), 0..4096) else { continue };
            let Some((group, state)) = group_and_state(&bytes) else { continue };
            leader_seen |= id == leader;
            count += usize::from(group == leader && !matches!(state, b'Z' | b'X'));
        }
        leader_seen.then_some(count)
    }

    /// Takes the leader's exit status, after which the group is no longer ours. Never waits.
    pub(super) fn reap(mut self) -> Exit {
        match self.child.try_wait() {
            Ok(Some(status)) => match status.code() {
                Some(code) => Exit::Code(code),
                #[cfg(unix)]
                None => Exit::Signal(std::os::unix::process::ExitStatusExt::signal(&status).unwrap_or(0)),
                #[cfg(not(unix))]
                None => Exit::Unknown("the system gives no exit code".to_owned()),
            },
            Ok(None) => Exit::Unknown("the system did not end it".to_owned()),
            Err(error) => Exit::Unknown(format!("the system does not say how it ended ({})", reason(&error))),
        }
    }
}

#[cfg(unix)]
impl Group<'_> {
    pub(super) fn leader(&mut self) -> Leader {
        use rustix::process::{Signal, WaitId, WaitIdOptions, waitid};
        // NOWAIT leaves it to be reaped.
        let options =
            WaitIdOptions::EXITED | WaitIdOptions::STOPPED | WaitIdOptions::NOHANG | WaitIdOptions::NOWAIT;
        match waitid(WaitId::Pid(self.id()), options) {
            Ok(None) => Leader::Running,
            Ok(Some(status)) => match status.stopping_signal() {
                Some(signal) if [Signal::TTIN, Signal::TTOU].iter().any(|tty| tty.as_raw() == signal) => {
                    Leader::Stopped(signal)
                }
                // Somebody stopped it on purpose, and may continue it.
                Some(_) => Leader::Running,
                None => Leader::Ended,
            },
            Err(rustix::io::Errno::INTR) => Leader::Running,
            // Where this process was started with SIGCHLD ignored, a child leaves no status behind.
            Err(_) => Leader::Ended,
        }
    }

    /// SIGTERM, and SIGCONT so that a stopped process can act on it.
    fn terminate(&self) {
        self.signal(rustix::process::Signal::TERM);
        self.signal(rustix::process::Signal::CONT);
    }

    fn kill(&self) {
        self.signal(rustix::process::Signal::KILL);
    }

    /// An error means that nobody is left, or that what is left runs as another user: nothing more can be done.
    fn signal(&self, signal: rustix::process::Signal) {
        let _ = if self.leads {
            rustix::process::kill_process_group(self.id(), signal)
        } else {
            rustix::process::kill_process(self.id(), signal)
        };
    }

    fn id(&self) -> rustix::process::Pid {
        rustix::process::Pid::from_child(&self.child)
    }
}

/// Without process groups the command alone is watched and ended, at once.
#[cfg(not(unix))]
impl Group<'_> {
    pub(super) fn leader(&mut self) -> Leader {
        if matches!(self.child.try_wait(), Ok(None)) { Leader::Running } else { Leader::Ended }
    }

    fn terminate(&mut self) {
        self.kill();
    }

    fn kill(&mut self) {
        // An error means that it ended by itself.
        let _ = self.child.kill();
    }
}

/// Process group and state in the text of `/proc/<pid>/stat`. The name before them is in parentheses and may
/// hold anything, parentheses included.
fn group_and_state(stat: &[u8]) -> Option<(u64, u8)> {
    let after_name = stat.iter().rposition(|byte| *byte == b')')? + 1;
    let mut fields = str::from_utf8(&stat[after_name..]).ok()?.split_ascii_whitespace();
    let state = *fields.next()?.as_bytes().first()?;
    let group = fields.nth(1)?.parse().ok()?;
    Some((group, state))
}

#[cfg(test)]
mod tests {
    use super::group_and_state;

    #[test]
    fn a_process_name_cannot_forge_its_group() {
        assert_eq!(group_and_state(b"42 (bash) S 1 40 40 0"), Some((40, b'S')));
        assert_eq!(group_and_state(b"42 (a) R 1 7 7) Z 1 40 40 0"), Some((40, b'Z')));
        assert_eq!(group_and_state(b"42 (bash) S 1"), None);
        assert_eq!(group_and_state(b""), None);
    }
}
