//! When a command that failed is tried again, and the time until then.

use super::execute::{Deadline, Task};
use super::record::Note;
use super::{ActOptions, WorkflowEngine};
use crate::error::{Error, Result};
use crate::exec::Exit;
use crate::template::{Retries, Step};
use crate::transition::Operation;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

/// The longest time between two attempts.
const BACKOFF_MAX: Duration = Duration::from_secs(3600);

/// How often to look whether the caller cancelled, while nothing else happens.
const LOOK_INTERVAL: Duration = Duration::from_millis(20);

impl WorkflowEngine {
    /// Which retry comes and how long to wait for it; `None` where the command is not tried again.
    pub(super) fn wait_before_retry(
        &self,
        task: &Task<'_>,
        exit: &Exit,
        deadline: Deadline,
    ) -> Result<Option<(u32, Duration)>> {
        let Some(retries) = &task.command.retries else { return Ok(None) };
        let used = self.selected()?.run.command(&task.step.id, &task.id).map_or(0, |state| state.retries);
        if used >= u32::from(retries.max) || !is_worth_retrying(retries, exit) {
            return Ok(None);
        }
        let wait = retries.backoff.unwrap_or_default().saturating_mul(1 << used.min(16)).min(BACKOFF_MAX);
        let has_time = deadline.left(self.store.env()).is_none_or(|left| left > wait);
        Ok(has_time.then_some((used + 1, wait)))
    }

    /// Waits; a caller who cancels meanwhile leaves the step to be continued with the retries it has left.
    pub(super) fn wait(&mut self, step: &Step, wait: Duration, cancel: &AtomicBool) -> Result<()> {
        let env = self.store.env().clone();
        let begun = env.clock.instant();
        loop {
            if cancel.load(Ordering::Relaxed) {
                let note = Note::new("interrupted", Some(&step.id), "it was cancelled between two attempts");
                let operation = Operation::CutOff { step: step.id.clone() };
                self.apply(&[operation], &note, ActOptions::default())?;
                return Err(Error::Cancelled);
            }
            let left = wait.saturating_sub(env.clock.instant().since(begun));
            if left.is_zero() {
                return Ok(());
            }
            env.clock.sleep(left.min(LOOK_INTERVAL));
        }
    }
}

/// Whether an exit is one after which the template asks for another attempt. Where it names exit codes,
/// nothing but those.
fn is_worth_retrying(retries: &Retries, exit: &Exit) -> bool {
    match exit {
        Exit::Code(0) | Exit::Cancelled | Exit::NotStarted(_) | Exit::Unknown(_) => false,
        Exit::Code(code) => {
            retries.on_exit.is_empty()
                || u8::try_from(*code).is_ok_and(|code| retries.on_exit.contains(&code))
        }
        Exit::Signal(_) | Exit::TimedOut => retries.on_exit.is_empty(),
    }
}
