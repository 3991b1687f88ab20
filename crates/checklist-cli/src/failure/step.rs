//! What is said where a command or a check of a step did not do what it is there for.

use super::{Change, Failure};
use crate::exit::Exit;
use checklist_workflow::check::CheckResult;
use checklist_workflow::engine::Dangerous;
use checklist_workflow::error::Error;
use serde_json::{Value, json};
use std::path::Path;

/// A command of a step, or of an output, that did not do what it is there for.
pub(super) fn ended_badly(error: Error, message: String) -> Failure {
    match error {
        Error::CommandFailed { step, command, outcome, exit, log, processes } => {
            let data = json!({"step": step, "command": command, "outcome": outcome, "exit": exit,
                "log": log.to_string_lossy(), "processes": processes});
            with_escaped(with_log(message, &log), &processes).data(data)
        }
        Error::OutputFailed { step, output, reason, log, is_recorded } => {
            let data =
                json!({"step": step, "output": output, "reason": reason, "log": log.to_string_lossy()});
            let mut failure = with_log(message, &log).data(data);
            failure.change = if is_recorded { Change::Saved } else { Change::Nothing };
            failure
        }
        _ => Failure::new(Exit::Bug, message),
    }
}

fn with_log(message: String, log: &Path) -> Failure {
    Failure::new(Exit::CommandFailed, message)
        .lead("")
        .detail(format!("log: {}", log.display()))
        .advise("After fixing what it says: checklist run")
}

/// What can be done about processes that go on although their command was ended.
fn with_escaped(failure: Failure, processes: &[u32]) -> Failure {
    let ids: Vec<String> = processes.iter().map(u32::to_string).collect();
    match ids.as_slice() {
        [] => failure,
        ids => failure
            .advise(format!("What still runs: ps -o pid,etime,args -p {}", ids.join(",")))
            .advise(format!("To end it, before the step is tried again: kill {}", ids.join(" "))),
    }
}

/// Commands that somebody has to say yes to.
pub(super) fn dangerous(message: String, step: &str, commands: &[Dangerous]) -> Failure {
    let mut failure = Failure::new(Exit::NeedsHuman, message).lead("");
    let mut flags = Vec::new();
    for command in commands {
        failure = failure.detail(format!("{}: {}", command.command, command.danger));
        flags.push(format!("--allow-danger {step}/{}", command.command));
    }
    let of = |command: &Dangerous| json!({"command": command.command, "run": command.script, "danger": command.danger});
    failure
        .advise("A person, in a terminal: the same command")
        .advise(format!("In a script that means it: the same command with {}", flags.join(" ")))
        .data(json!({"step": step, "commands": commands.iter().map(of).collect::<Value>(), "flags": flags}))
}

/// A command that was cut off and goes on by itself.
pub(super) fn still_runs(step: &str, command: &str, processes: &[u32]) -> Failure {
    let ids: Vec<String> = processes.iter().map(u32::to_string).collect();
    let (ended_by, looked_at) = match ids.is_empty() {
        // Somebody else's, or on a system that does not tell: its output is still held open.
        true => ("find it with: fuser -v ITS-LOG".to_owned(), "checklist logs".to_owned()),
        false => (format!("kill {}", ids.join(" ")), format!("ps -o pid,etime,args -p {}", ids.join(","))),
    };
    let who = if ids.is_empty() { String::new() } else { format!(" (pid {})", ids.join(", ")) };
    Failure::new(
        Exit::Busy,
        format!("{step}/{command} still runs{who}; the checklist that started it is gone"),
    )
    .lead("")
    .detail("Nothing was run again, and nothing is called done or failed.")
    .advise(format!("What it is doing: {looked_at}"))
    .advise(format!("When it has ended: checklist resume    To end it: {ended_by}"))
    .advise(format!("If it has done its work and may stay: checklist resume --done {step}/{command}"))
    .data(json!({"step": step, "command": command, "processes": processes}))
}

pub(super) fn check_failed(step: &str, checks: &[CheckResult], is_recorded: bool) -> Failure {
    let mut failure =
        Failure::new(Exit::CheckFailed, format!("{step} did not pass its check")).lead("not done");
    for check in checks.iter().filter(|check| !check.passed) {
        failure.details.push(check.label());
        failure.details.push(check.detail.clone());
        failure.details.extend(check.message.clone());
        failure.details.extend(check.tail.iter().map(|line| format!("| {line}")));
        let log = check.log.as_ref().filter(|_| !check.tail.is_empty());
        failure.details.extend(log.map(|log| format!("log: {}", log.display())));
    }
    failure.change = if is_recorded { Change::Saved } else { Change::Nothing };
    let again = if is_recorded { "checklist run" } else { "checklist done" };
    failure
        .advise(format!("After fixing: {again}"))
        .advise(format!(
            "To record it anyway as claimed, with a reason: checklist done {step} --claim \"why\""
        ))
        .data(checks.iter().map(crate::json::check).collect())
}
