//! `Lookout`: notices that another process changed the run, without a lock and without reading it twice.

use super::access::Access;
use super::panel::Event;
use crate::failure::Failure;
use checklist_store::env::Instant;
use checklist_store::{Lsn, Standing};
use checklist_workflow::engine::WorkflowEngine;
use std::time::Duration;

/// How often to look: what another process did is on the screen within a second.
pub(crate) const LOOK_INTERVAL: Duration = Duration::from_millis(300);

/// How often to read a run that another process executes, whose end may be seen by its lock alone.
const RUNNING_INTERVAL: Duration = Duration::from_secs(1);

/// A handle that is open for reading, and what it showed last.
pub(crate) struct Lookout<'a> {
    access: &'a Access,
    engine: Option<WorkflowEngine>,
    mark: Option<Mark>,
    read_at: Instant,
    is_running: bool,
    trouble: Option<String>,
}

/// What tells one state from another: two equal ones show the same.
#[derive(Clone, Debug, PartialEq)]
struct Mark {
    lsn: Lsn,
    standing: Standing,
}

impl<'a> Lookout<'a> {
    pub(crate) fn new(access: &'a Access) -> Lookout<'a> {
        let read_at = access.env.clock.instant();
        Lookout { access, engine: None, mark: None, read_at, is_running: false, trouble: None }
    }

    /// What is to be shown now, if that is not what was shown last.
    pub(crate) fn look(&mut self) -> Option<Event> {
        match self.news() {
            Ok(event) => {
                self.trouble = None;
                event
            }
            Err(failure) => {
                self.engine = None;
                self.mark = None;
                let text = failure.message.clone();
                let is_new = self.trouble.replace(text.clone()).as_ref() != Some(&text);
                is_new.then_some(Event::Unreadable(text))
            }
        }
    }

    #[cfg(test)]
    pub(crate) fn set_running(&mut self) {
        self.is_running = true;
    }

    fn news(&mut self) -> Result<Option<Event>, Failure> {
        if let Some(engine) = &mut self.engine {
            // 1. A refresh asks the store whether there is anything new; mostly there is not.
            engine.store_mut().refresh()?;
            let elapsed = self.access.env.clock.instant().since(self.read_at);
            let is_due = self.is_running && elapsed >= RUNNING_INTERVAL;
            if self.mark.as_ref() == Some(&mark(engine)) && !is_due {
                return Ok(None);
            }
        }
        // 2. Opening it anew also finds steps whose process died.
        let engine = self.access.read()?;
        let seen = self.access.seen(&engine)?;
        self.mark = Some(mark(&engine));
        self.engine = Some(engine);
        self.read_at = self.access.env.clock.instant();
        self.is_running = seen.view.is_running;
        Ok(Some(Event::Seen(Box::new(seen))))
    }
}

fn mark(engine: &WorkflowEngine) -> Mark {
    Mark { lsn: engine.store().snapshot().lsn(), standing: engine.store().standing().clone() }
}
