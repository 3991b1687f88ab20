//! `strike`: a fault at one call of the last step of a sequence, then at the next one, until the step runs
//! through untouched; and what the same processes make of it once the fault is lifted.

use crate::crash::{Effort, Finding, plain};
use crate::explorer::{Case, Explorer};
use crate::fault::{Fault, FaultFs, Struck};
use crate::known::Known;
use crate::model::root;
use crate::oracle::Violation;
use crate::session::Session;
use crate::step::{Sequence, Step};
use checklist_store::env::mem::{Budget, CallKind, Survival};
use checklist_store::{Error, ErrorKind, Outcome};
use std::sync::Arc;

/// What strikes went through.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct StrikeTally {
    /// Runs, each with the fault at another call.
    pub runs: usize,
    /// Errors that said "not saved".
    pub not_saved: usize,
    /// Errors that said "saved".
    pub saved: usize,
    /// Errors that said "in doubt".
    pub in_doubt: usize,
    /// Runs without an error, although the fault struck.
    pub unharmed: usize,
    /// Runs after which the same handle went on.
    pub went_on: usize,
    /// Runs after which it had to be opened again.
    pub reopened: usize,
    /// Distinct disks on which a store was opened and judged afterwards.
    pub states: usize,
}

/// Strikes sequences with one kind of fault.
pub struct Striker<'a> {
    fault: &'a dyn Fn(u64) -> Fault,
    explorer: Explorer<'a>,
    tally: StrikeTally,
}

impl std::fmt::Debug for Striker<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Striker").field("tally", &self.tally).finish_non_exhaustive()
    }
}

fn case(name: String) -> Case {
    Case { name, options: |options| options, is_creating: false }
}

impl<'a> Striker<'a> {
    /// A striker; the fault is given the number of the call, and after a run the power is cut in the ways of
    /// `budget`.
    #[must_use]
    pub fn new(fault: &'a dyn Fn(u64) -> Fault, budget: Budget, known: &'a Known) -> Striker<'a> {
        let (recovery, depth, recovery_states_max, findings_max) = (Budget::WHOLE, 0, 0, 10);
        let effort = Effort { workload: budget, recovery, depth, recovery_states_max, findings_max };
        let explorer = Explorer::new(case(String::new()), effort, &plain, known);
        Striker { fault, explorer, tally: StrikeTally::default() }
    }

    /// What was gone through, and what was found: one finding for each kind, the first ones met.
    #[must_use]
    pub fn end(self) -> (StrikeTally, Vec<Finding>) {
        let (tally, findings) = self.explorer.end();
        (StrikeTally { states: tally.distinct(), ..self.tally }, findings)
    }

    /// Whether anything was found.
    #[must_use]
    pub fn has_found(&self) -> bool {
        self.explorer.has_found()
    }

    /// Strikes the last step of a sequence at its first call, at its second, and so on.
    pub fn strike(&mut self, sequence: &Sequence) {
        self.explorer.turn_to(case(sequence.to_string()));
        let Some((last, before)) = sequence.steps.split_last() else { return };
        for number in 1.. {
            let world = Session::world(1);
            let faulty = FaultFs::over(&world.fs, Fault::None);
            let mut session = Session::new(world, |world, _| {
                let mut env = world.env();
                env.fs = Arc::new(faulty.clone());
                env
            });
            if before.iter().any(|step| session.take(*step).is_err()) {
                return;
            }
            session.expect_errors();
            faulty.arm((self.fault)(number));
            let taken = session.take(*last);
            let calls = faulty.calls();
            faulty.arm(Fault::None);
            let errors = session.errors();
            let is_everywhere = matches!((self.fault)(number), Fault::ShortWrites(_));
            let anywhere = || Struck { number, kind: CallKind::Write, path: root() };
            if let Some(struck) = faulty.struck().or_else(|| is_everywhere.then(anywhere)) {
                let went = errors.first().map_or("went well".to_owned(), |error| format!("said: {error}"));
                let step = format!("{:?} struck {struck}, {last:?} {went}", (self.fault)(number));
                self.judge(&session, &step);
                if let Err(violation) = self.go_on(&mut session, *last, taken, &struck, &errors) {
                    self.explorer.report(&[step], violation, None);
                }
            }
            if calls < number || is_everywhere || self.explorer.is_full() {
                return;
            }
        }
    }

    /// The process dies, or the power is cut.
    fn judge(&mut self, session: &Session, step: &str) {
        self.explorer.set_documents(session.run.model.documents());
        let (image, expected) = (session.run.world.fs.image(), session.run.model.expected());
        self.explorer.consider(&image, &expected, &[format!("{step}, killed")], 0);
        for (survival, crashed) in image.crashes(&self.explorer.effort().workload) {
            self.explorer.consider(&crashed, &expected, &[format!("{step}, survival {survival}")], 0);
        }
    }

    /// The fault is lifted: the same processes go on, or say that they cannot until the store is reopened.
    fn go_on(
        &mut self,
        session: &mut Session,
        last: Step,
        taken: Result<(), String>,
        struck: &Struck,
        errors: &[Error],
    ) -> Result<(), Violation> {
        let broken = |detail: String| Violation { promise: "goes on", detail };
        taken.map_err(broken)?;
        self.tally.runs += 1;
        for error in errors {
            honest(error)?;
            match error.outcome() {
                Outcome::NotSaved => self.tally.not_saved += 1,
                Outcome::Saved => self.tally.saved += 1,
                Outcome::InDoubt => self.tally.in_doubt += 1,
            }
        }
        self.tally.unharmed += usize::from(errors.is_empty());
        let is_in_doubt = errors.iter().any(|error| error.outcome() == Outcome::InDoubt);
        // After a sync that failed nobody knows what is durable: only then may a handle refuse to go on.
        let may_refuse = is_in_doubt || matches!(struck.kind, CallKind::Sync | CallKind::SyncDir);
        let mut refused = false;
        // The process whose commit is in doubt must refuse to write: it cannot know what it builds on.
        let must_refuse = match last {
            _ if !is_in_doubt => None,
            Step::Commit | Step::CommitMany | Step::CommitNested | Step::CommitLarge => Some(Step::Commit),
            Step::OtherCommits | Step::OtherRotates => Some(Step::OtherCommits),
            _ => None,
        };
        for step in [Step::Commit, Step::OtherCommits] {
            session.expect_errors();
            session.take(step).map_err(broken)?;
            match session.errors().as_slice() {
                [] if must_refuse == Some(step) => {
                    return Err(broken(format!(
                        "{last:?} left a change in doubt, and {step:?} goes on over it"
                    )));
                }
                [] => {}
                [error] if error.kind() == ErrorKind::Poisoned && may_refuse => refused = true,
                [error, ..] => return Err(broken(format!("{step:?} once the fault is lifted: {error}"))),
            }
        }
        if refused {
            self.tally.reopened += 1;
            session.leave();
            session.expect_errors();
            session.take(Step::Commit).map_err(broken)?;
            if let Some(error) = session.errors().first() {
                return Err(broken(format!("a commit once the store is reopened: {error}")));
            }
        } else {
            self.tally.went_on += 1;
        }
        self.explorer.set_documents(session.run.model.documents());
        let (image, expected) = (session.run.world.fs.image(), session.run.model.expected());
        let crashed = image.survive(&Survival::nothing());
        let trail = [format!("{struck} failed, the fault was lifted, all went on, the power was cut")];
        self.explorer.consider(&crashed, &expected, &trail, 0);
        Ok(())
    }
}

/// Whether the words of an error say what its outcome is, and no raw code of the system.
fn honest(error: &Error) -> Result<(), Violation> {
    let text = error.to_string();
    let says =
        (text.contains("(the change is saved)"), text.contains("in doubt whether the change is saved"));
    let means = (error.outcome() == Outcome::Saved, error.outcome() == Outcome::InDoubt);
    if says == means && !text.contains("os error") {
        return Ok(());
    }
    Err(Violation { promise: "honest", detail: format!("{:?} is told as: {text}", error.outcome()) })
}
