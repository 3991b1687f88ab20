//! What happens to the commands of a step: begun, ended, cut off, and what somebody says of one that was.

use super::{Operation, Refusal, Resolution, Stamp, ready, settle, state_of};
use crate::outline::Outline;
use crate::run::{CommandState, CommandStatus, Evidence, Run, StepStatus};
use crate::template::{ROLLBACK_PREFIX, Step};

pub(super) fn started(
    run: &mut Run,
    outline: &Outline<'_>,
    step: &Step,
    command: &str,
    log: &str,
    stamp: &Stamp,
) -> Result<(), Refusal> {
    ready(run, outline, step)?;
    begin(run, step, command, log, stamp)
}

/// Records that a command of a step is about to run.
pub(super) fn begin(
    run: &mut Run,
    step: &Step,
    command: &str,
    log: &str,
    stamp: &Stamp,
) -> Result<(), Refusal> {
    if step.command(command).is_none() {
        return Err(Refusal::UnknownCommand(command.to_owned()));
    }
    let before = run.command(&step.id, command);
    let attempt = run.next_attempt(&step.id, command);
    // A command that failed for good begins anew with all its retries.
    let is_new =
        before.is_none_or(|state| matches!(state.status, CommandStatus::Failed | CommandStatus::Done));
    let retries = before.filter(|_| !is_new).map_or(0, |state| state.retries);
    settle(run, &step.id, StepStatus::Active, None, stamp);
    let started = CommandState {
        status: CommandStatus::Started,
        attempt,
        retries,
        at: stamp.at,
        evidence: None,
        exit_code: None,
        outcome: None,
        duration_ms: None,
        log: Some(log.to_owned()),
    };
    state_of(run, &step.id, stamp).commands.insert(command.to_owned(), started);
    Ok(())
}

/// A command ended, whatever way.
pub(super) fn ended(run: &mut Run, operation: &Operation, stamp: &Stamp) -> Result<(), Refusal> {
    let Operation::CommandEnded { step, command, succeeded, outcome, exit_code, will_retry, duration_ms } =
        operation
    else {
        unreachable!("called for no other operation")
    };
    let state = state_of(run, step, stamp);
    let found = state.commands.get_mut(command).ok_or_else(|| Refusal::UnknownCommand(command.clone()))?;
    if found.status != CommandStatus::Started {
        return Err(Refusal::NotStarted(format!("{step}/{command}")));
    }
    found.status = match (succeeded, will_retry) {
        (true, _) => CommandStatus::Done,
        (false, true) => CommandStatus::Retrying,
        (false, false) => CommandStatus::Failed,
    };
    found.retries += u32::from(*will_retry);
    found.exit_code = *exit_code;
    found.outcome = Some(outcome.clone());
    found.duration_ms = Some(*duration_ms);
    if !succeeded && !will_retry {
        settle(run, step, StepStatus::Failed, Some(format!("{command}: {outcome}")), stamp);
    }
    Ok(())
}

/// A step whose process died: interrupted if a command was under way, and else to be continued behind the
/// last command that ended.
pub(super) fn cut_off(
    run: &mut Run,
    outline: &Outline<'_>,
    step: &str,
    stamp: &Stamp,
) -> Result<(), Refusal> {
    outline.step(step).ok_or_else(|| Refusal::UnknownStep(step.to_owned()))?;
    let status = run.status_of(step);
    if status != StepStatus::Active {
        return Err(Refusal::StepIs { step: step.to_owned(), status });
    }
    let state = state_of(run, step, stamp);
    let mut is_unknown = false;
    for command in state.commands.values_mut().filter(|command| command.status == CommandStatus::Started) {
        command.status = CommandStatus::Interrupted;
        is_unknown = true;
    }
    let status = if is_unknown { StepStatus::Interrupted } else { StepStatus::Pending };
    settle(run, step, status, None, stamp);
    Ok(())
}

pub(super) fn resolve(
    run: &mut Run,
    step: &Step,
    command: &str,
    resolution: Resolution,
    note: Option<&str>,
    stamp: &Stamp,
) -> Result<(), Refusal> {
    let state = state_of(run, &step.id, stamp);
    let found = state.commands.get_mut(command).ok_or_else(|| Refusal::UnknownCommand(command.to_owned()))?;
    if found.status != CommandStatus::Interrupted {
        return Err(Refusal::NotInterrupted(format!("{}/{command}", step.id)));
    }
    let (status, word) = match resolution {
        Resolution::Rerun => (CommandStatus::Pending, "to be run again"),
        Resolution::Done(Evidence::Verified) => (CommandStatus::Done, "confirmed by its check"),
        Resolution::Done(Evidence::Claimed) => (CommandStatus::Done, "claimed done"),
        Resolution::Failed => (CommandStatus::Failed, "said to have failed"),
    };
    found.status = status;
    found.evidence = if let Resolution::Done(evidence) = resolution { Some(evidence) } else { None };
    let word = match (resolution, note) {
        // Nobody said so: the note tells who or what did.
        (Resolution::Failed, Some(note)) => note.to_owned(),
        (_, Some(note)) => format!("{word}: {note}"),
        (_, None) => word.to_owned(),
    };
    found.outcome = Some(word.clone());
    let is_unknown = state.commands.values().any(|command| command.status == CommandStatus::Interrupted);
    // A step that is half taken back is neither done nor to do: its rollback goes on, on request.
    let status =
        match (is_unknown, resolution, state.is_rolling_back() || command.starts_with(ROLLBACK_PREFIX)) {
            (true, ..) => StepStatus::Interrupted,
            (false, Resolution::Failed, _) | (false, _, true) => StepStatus::Failed,
            (false, _, false) => StepStatus::Pending,
        };
    let note = (status == StepStatus::Failed).then(|| format!("{command}: {word}"));
    settle(run, &step.id, status, note, stamp);
    Ok(())
}
