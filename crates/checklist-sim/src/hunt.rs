//! The hunt: every sequence of steps, in the order of their numbers, a power cut after every call of its last
//! step, and again during recovery. What comes before the last step was the last step of a shorter sequence.

use crate::crash::{Effort, Environment, Finding, Tally};
use crate::explorer::{Case, Explorer, Moment, record, taken};
use crate::known::Known;
use crate::oracle::Violation;
use crate::session::Session;
use crate::step::Sequence;
use checklist_store::env::mem::Budget;
use std::fmt;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;

/// The case of a sequence.
fn case(sequence: &Sequence) -> Case {
    Case { name: sequence.to_string(), options: |options| options, is_creating: false }
}

/// How far the hunt goes at each call.
pub const EFFORT: Effort = Effort {
    workload: Budget { subset_changes_max: 5, byte_tears_max: 64 << 10, garbage: true, tears_max: 96 },
    recovery: Budget { subset_changes_max: 4, byte_tears_max: 0, garbage: true, tears_max: 6 },
    depth: 2,
    recovery_states_max: usize::MAX,
    findings_max: 10,
};

/// Looks at one sequence after the other.
pub struct Hunter<'a> {
    env: Environment<'a>,
    seed: u64,
    explorer: Explorer<'a>,
}

impl fmt::Debug for Hunter<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Hunter").field("explorer", &self.explorer).finish_non_exhaustive()
    }
}

impl<'a> Hunter<'a> {
    /// A hunter with the environment that stores are opened in; hunters that share `known` share the work.
    /// The seed chooses the random bytes of the processes: their names of transactions and files.
    #[must_use]
    pub fn new(seed: u64, effort: Effort, env: Environment<'a>, known: &'a Known) -> Hunter<'a> {
        let none = Case { name: String::new(), options: |options| options, is_creating: false };
        Hunter { env, seed, explorer: Explorer::new(none, effort, env, known) }
    }

    /// Takes the steps of a sequence and cuts the power after every call of the last one.
    pub fn hunt(&mut self, sequence: &Sequence) {
        self.explorer.turn_to(case(sequence));
        // Nothing shared is half-changed by a panic: what was judged stays judged.
        if let Err(panic) = catch_unwind(AssertUnwindSafe(|| self.cut_last_step(sequence))) {
            let said = panic.downcast_ref::<String>().map(String::as_str);
            let said = said.or(panic.downcast_ref::<&str>().copied()).unwrap_or("something");
            let violation = Violation { promise: "alive", detail: format!("it panicked: {said}") };
            self.explorer.report(&[], violation, None);
        }
    }

    fn cut_last_step(&mut self, sequence: &Sequence) {
        let env = self.env;
        let mut session = Session::new(Session::world(self.seed), |world, model| env(world, Some(model)));
        let Some((last, before)) = sequence.steps.split_last() else { return };
        for step in before {
            if session.take(*step).is_err() {
                // That was reported when this step was the last one.
                return;
            }
        }
        let model = Arc::clone(&session.run.model);
        let tape = record(&session.run.world, move || model.expected());
        let result = session.take(*last);
        let mut moments = taken(&tape);
        let (image, expected) = (session.run.world.fs.image(), session.run.model.expected());
        moments.push(Moment { call: "the end".to_owned(), image, expected });
        self.explorer.set_documents(session.run.model.documents());
        for moment in moments {
            self.explorer.cut(moment);
        }
        if let Err(detail) = result {
            self.explorer.report(&[], Violation { promise: "alive", detail }, None);
        }
    }

    /// Whether enough was found.
    #[must_use]
    pub fn is_full(&self) -> bool {
        self.explorer.is_full()
    }

    /// What was looked at so far.
    #[must_use]
    pub fn tally(&self) -> Tally {
        self.explorer.tally()
    }

    /// What was looked at, and what was found.
    #[must_use]
    pub fn end(self) -> (Tally, Vec<Finding>) {
        self.explorer.end()
    }
}
