//! Opening and holding a run: its state, its template, and the steps whose process died.

use super::record::Note;
use super::{ActOptions, Selected, WorkflowEngine, load, run_lock};
use crate::error::{Error, Result};
use crate::keys;
use crate::run::{Run, StepStatus};
use crate::transition::{self, Operation};
use checklist_store::{Hold, Standing};
use std::time::Duration;

/// How long to ask for the lock of a run, which somebody may hold for the blink of a look.
const HOLD_ATTEMPTS: usize = 50;

/// Why a step was cut off that is active while nobody holds its run.
const DIED: &str = "the process died";

impl WorkflowEngine {
    /// Loads a run and its template, and records the steps whose process died.
    pub(super) fn open_run(&mut self, id: &str) -> Result<()> {
        let snapshot = self.store.snapshot();
        // What is in the state is the truth, also where an archive was cut off and left a file of it.
        let archived = if snapshot.contains(&keys::run(id)) { None } else { self.read_archive(id)? };
        let run = match &archived {
            Some(archive) => archive.run.clone(),
            None => load(snapshot.read_as(&keys::run(id)), id)?,
        };
        let template = self.load_template(&run)?;
        let is_archived = archived.is_some();
        self.selected = Some(Selected { id: id.to_owned(), run, template, is_running: false, archived });
        if is_archived {
            return Ok(());
        }
        self.newly_interrupted = self.find_cut_off()?;
        Ok(())
    }

    /// A step is executed only by who holds the run's lock, and the kernel releases it when that process
    /// dies. So a step that is active while the lock is free was cut off.
    fn find_cut_off(&mut self) -> Result<Vec<String>> {
        let Some(selected) = &mut self.selected else { return Ok(Vec::new()) };
        let active = active_steps(&selected.run);
        if active.is_empty() {
            return Ok(Vec::new());
        }
        let id = selected.id.clone();
        let hold = match self.store.try_hold(&run_lock(&id)) {
            Ok(None) => {
                selected.is_running = true;
                return Ok(Vec::new());
            }
            Ok(Some(hold)) => Some(hold),
            // Where nothing can be written, the steps are shown for what they are and no record is made.
            Err(_) => None,
        };
        if hold.is_none() || *self.store.standing() != Standing::Sound {
            return self.show_cut_off();
        }
        self.refresh()?;
        let found = match self.record_cut_off(DIED) {
            // Who only looks is answered, also where the disk takes nothing: the next writer records it.
            Err(Error::Store(_)) if self.is_looking => self.show_cut_off(),
            recorded => recorded,
        };
        drop(hold);
        found
    }

    /// Records the active steps as cut off; gives those of which something is unknown now. Called with the run's
    /// lock held and the run as it is on disk: nobody else can be at them.
    pub(super) fn record_cut_off(&mut self, why: &str) -> Result<Vec<String>> {
        let active = active_steps(&self.selected()?.run);
        for step in &active {
            let operation = Operation::CutOff { step: step.clone() };
            let note = Note::new("interrupted", Some(step), why);
            self.apply(&[operation], &note, ActOptions::default())?;
        }
        // Between two commands nothing is unknown: such a step simply goes on.
        let run = &self.selected()?.run;
        Ok(active.into_iter().filter(|step| run.status_of(step) == StepStatus::Interrupted).collect())
    }

    /// Shows the active steps as cut off; that is not recorded.
    fn show_cut_off(&mut self) -> Result<Vec<String>> {
        let stamp = self.stamp();
        let selected = self.selected.as_mut().ok_or(Error::NoRun)?;
        let active = active_steps(&selected.run);
        for step in &active {
            let operation = Operation::CutOff { step: step.clone() };
            selected.run = transition::next(&selected.run, &selected.template, &operation, &stamp)?;
        }
        Ok(active)
    }

    /// Takes the lock that says who executes this run, and takes in what others did. Whoever held it before may have
    /// died with it, after this engine opened the run: a step that is still active was cut off.
    pub(crate) fn hold_run(&mut self) -> Result<Hold> {
        let name = run_lock(&self.selected()?.id);
        for _ in 0..HOLD_ATTEMPTS {
            if let Some(hold) = self.store.try_hold(&name)? {
                self.refresh()?;
                if let Some(selected) = &mut self.selected {
                    selected.is_running = false;
                }
                self.record_cut_off(DIED)?;
                return Ok(hold);
            }
            self.store.env().clock.sleep(Duration::from_millis(10));
        }
        let run = &self.selected()?.run;
        let active = run.steps.iter().find(|(_, state)| state.status == StepStatus::Active);
        Err(Error::Busy(active.map_or_else(|| "between two steps".to_owned(), |(step, _)| step.clone())))
    }

    /// Gives the lock of a run back. A step that ended between two commands is not active any more: nothing of it is
    /// unknown, and who goes on begins behind the last one.
    pub(super) fn give_back<T>(&mut self, hold: Hold, ended: Result<T>) -> Result<T> {
        if ended.is_err() {
            // What ended it is told. Where the disk takes nothing more, whoever opens the run next records this.
            let _ = self.record_cut_off("it was stopped between two commands");
        }
        drop(hold);
        ended
    }
}

fn active_steps(run: &Run) -> Vec<String> {
    let active = run.steps.iter().filter(|(_, state)| state.status == StepStatus::Active);
    active.map(|(step, _)| step.clone()).collect()
}
