//! Processes as `/proc` tells of them: which groups a program started, and ending them at once.
#![expect(clippy::disallowed_methods, reason = "a chore drives real processes")]

use rustix::process::{Pid, Signal, kill_process_group};
use std::process::Child;

/// One process.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Process {
    id: i32,
    parent: i32,
    group: i32,
    session: i32,
}

/// Kills a process that leads a group, with the groups of so many `generations` that descend from it: with none it
/// dies alone and what it started goes on, with all it is as if the power failed. What made itself a session of its
/// own, as a server does, is somewhere else and goes on.
pub(super) fn kill(child: &mut Child, generations: usize) -> Result<(), String> {
    let id = i32::try_from(child.id()).map_err(|error| error.to_string())?;
    let below = if generations > 0 { groups_below(id, generations, &all()) } else { Vec::new() };
    for group in std::iter::once(id).chain(below) {
        // Who is gone already needs no signal.
        let _ = Pid::from_raw(group).map(|group| kill_process_group(group, Signal::KILL));
    }
    child.wait().map(drop).map_err(|error| error.to_string())
}

/// The groups of so many generations that descend from `root` and share its session.
fn groups_below(root: i32, generations: usize, all: &[Process]) -> Vec<i32> {
    let Some(session) = all.iter().find(|process| process.id == root).map(|process| process.session) else {
        return Vec::new();
    };
    let (mut family, mut groups) = (vec![root], Vec::new());
    for _ in 0..generations {
        let is_child = |process: &&Process| family.contains(&process.parent) && process.session == session;
        let children: Vec<&Process> = all.iter().filter(is_child).collect();
        groups.extend(children.iter().map(|child| child.group).filter(|group| *group != root));
        family = children.iter().map(|child| child.id).collect();
    }
    groups.sort_unstable();
    groups.dedup();
    groups
}

fn all() -> Vec<Process> {
    let entries = std::fs::read_dir("/proc").into_iter().flatten().flatten();
    let ids = entries.filter_map(|entry| entry.file_name().to_str()?.parse().ok());
    ids.filter_map(|id: i32| parse(id, &std::fs::read_to_string(format!("/proc/{id}/stat")).ok()?)).collect()
}

/// The text of `/proc/<pid>/stat`; see proc_pid_stat(5). The name may hold anything, parentheses included.
fn parse(id: i32, stat: &str) -> Option<Process> {
    let mut fields = stat.rsplit_once(')')?.1.split_ascii_whitespace().skip(1);
    let mut number = || fields.next()?.parse().ok();
    Some(Process { id, parent: number()?, group: number()?, session: number()? })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_forges_nothing_and_a_session_of_its_own_is_spared() {
        let known = Process { id: 7, parent: 3, group: 7, session: 2 };
        assert_eq!(parse(7, "7 (sh) S 9) S 3 7 2 0"), Some(known));
        let command = Process { id: 8, parent: 7, group: 8, session: 2 };
        let its_child = Process { id: 9, parent: 8, group: 8, session: 2 };
        let server = Process { id: 10, parent: 9, group: 10, session: 10 };
        let stranger = Process { id: 11, parent: 1, group: 11, session: 2 };
        let all = [server, its_child, command, known, stranger];
        assert_eq!(groups_below(7, 9, &all), [8]);
        assert_eq!(groups_below(7, 0, &all), [0; 0]);
    }
}
