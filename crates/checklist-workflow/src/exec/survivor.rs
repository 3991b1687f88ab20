//! Survivors: processes of a command that go on after the program that started it was killed.

use checklist_store::env::{Env, os};
use std::path::Path;

/// The variable that tells the processes of one command from all others: its value names run, step and
/// command, and every process inherits it.
pub(super) const KEY: &str = "CHECKLIST_KEY";

/// No environment that a system lets a process have is longer.
const ENVIRONMENT_BYTES_MAX: u64 = 8 << 20;

/// The processes of the command with this key that still run, by their numbers; `None` if there are none.
///
/// Nothing is recorded that could name a stranger: a process is known by the environment it was started with,
/// which a number that was given out again does not have, and by the log that it holds open for its output,
/// which is locked for as long as anybody does. The latter also tells of processes that this user may not look
/// into, so that the list can be empty. A process that emptied its environment and turned its output away is
/// not seen.
///
/// ```
/// use checklist_store::env::os;
/// use checklist_workflow::exec::survivors;
///
/// // Nobody has this key in its environment; `None` where the system does not tell.
/// assert!(survivors(&os::env(), "no-such-key-9d1f", None).is_none_or(|living| living.is_empty()));
/// ```
#[must_use]
pub fn survivors(env: &Env, key: &str, log: Option<&Path>) -> Option<Vec<u32>> {
    let wanted = format!("{KEY}={key}");
    let processes = env.fs.list(Path::new("/proc")).unwrap_or_default();
    let ids = processes.iter().filter_map(|path| path.file_name()?.to_str()?.parse::<u32>().ok());
    let mut ids: Vec<u32> = ids
        .filter(|id| *id != std::process::id())
        .filter(|id| {
            // Of a process that ended, and of one of somebody else, nothing is read.
            let environment = Path::new("/proc").join(id.to_string()).join("environ");
            let bytes = env.fs.read(&environment, 0..ENVIRONMENT_BYTES_MAX).unwrap_or_default();
            bytes.split(|byte| *byte == 0).any(|variable| variable == wanted.as_bytes())
        })
        .collect();
    ids.sort_unstable();
    let is_open = || log.is_some_and(os::is_output_open);
    (!ids.is_empty() || is_open()).then_some(ids)
}
