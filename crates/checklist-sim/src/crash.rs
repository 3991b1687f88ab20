//! The enumeration: every workload, a power cut after every call, every outcome, and again during recovery.

use crate::explorer::{Explorer, Moment, record, taken};
use crate::known::Known;
use crate::model::{Expected, Model, root};
use crate::oracle::Violation;
use crate::workload::{Run, Workload};
use checklist_store::Store;
use checklist_store::env::Env;
use checklist_store::env::mem::{Budget, DiskImage, World};
use std::fmt;
use std::path::Path;
use std::sync::Arc;

/// How far the enumeration of one workload goes.
#[derive(Clone, Copy, Debug)]
pub struct Effort {
    /// The outcomes of a cut while the workload runs.
    pub workload: Budget,
    /// The outcomes of a cut while recovery runs.
    pub recovery: Budget,
    /// How many cuts hit recovery, one after the other.
    pub depth: usize,
    /// For each moment of the workload, at most so many distinct disks come from cutting recovery.
    pub recovery_states_max: usize,
    /// After so many different findings the enumeration ends.
    pub findings_max: usize,
}

/// What was looked at.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Tally {
    /// Moments at which the power was cut: one for each call that changed something.
    pub moments: usize,
    /// Outcomes, the same disk counted each time.
    pub outcomes: usize,
    /// Distinct disks on which a store was opened and judged, for each number of cuts that hit recovery.
    pub states: [usize; 3],
}

impl Tally {
    /// Distinct disks, all together.
    #[must_use]
    pub fn distinct(&self) -> usize {
        self.states.iter().sum()
    }

    /// Adds what another explorer looked at, which shares its knowledge with this one.
    pub fn add(&mut self, other: &Tally) {
        self.moments += other.moments;
        self.outcomes += other.outcomes;
        self.states.iter_mut().zip(other.states).for_each(|(sum, states)| *sum += states);
    }
}

/// A broken promise, and the way there.
#[derive(Clone, Debug)]
pub struct Finding {
    /// The name of the workload or the sequence.
    pub case: String,
    /// Call and outcome of each cut, the first one first.
    pub trail: Vec<String>,
    /// What is wrong.
    pub violation: Violation,
    /// The disk that the store was opened on.
    pub image: Option<DiskImage>,
}

impl fmt::Display for Finding {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}: {}", self.case, self.trail.join("; then "), self.violation)
    }
}

/// The environment of the store in a world; the model is that of the workload's own run.
pub type Environment<'a> = &'a dyn Fn(&World, Option<&Arc<Model>>) -> Env;

/// The world as it is.
#[must_use]
pub fn plain(world: &World, _: Option<&Arc<Model>>) -> Env {
    world.env()
}

/// The world that a workload starts in: the directory that the store goes into, and for all but the
/// creation itself a new store that has been there for long.
pub(crate) fn start(workload: &Workload) -> World {
    let (world, home) = (World::new(5), crate::model::root());
    world.fs.place_dir(home.parent().unwrap_or(Path::new("/"))).expect("the disk is empty");
    if workload.is_creating {
        return world;
    }
    let store = checklist_store::Store::options().env(world.env()).open(&home);
    store.and_then(checklist_store::Store::close).expect("nothing fails");
    World::from_image(&world.fs.image().settled(), 1)
}

/// A process that is killed while it commits nothing leaves nothing to discard: neither zeros nor what was filled
/// ahead of the log is an unfinished end of it.
fn idle(workload: &Workload, env: Environment<'_>, moment: &Moment) -> Result<(), Violation> {
    let Expected { acked, intents, edit, .. } = &moment.expected;
    if acked < intents || edit.is_some() {
        return Ok(());
    }
    let world = World::from_image(&moment.image, 11);
    let store = (workload.options)(Store::options()).env(env(&world, None)).open(root());
    let bytes = store.map_or(0, |store| store.recovery().discarded_bytes);
    if bytes == 0 {
        return Ok(());
    }
    let detail = format!("nothing was being committed, and {bytes} bytes of the log were discarded");
    Err(Violation { promise: "idle", detail })
}

/// Enumerates one workload; the findings are one for each kind, the first ones met.
#[must_use]
pub fn explore(workload: &Workload, effort: Effort, env: Environment<'_>) -> (Tally, Vec<Finding>) {
    let world = start(workload);
    let mut run = Run::new(world.clone(), world.env(), workload.options);
    run.env = env(&world, Some(&run.model));
    let model = Arc::clone(&run.model);
    let tape = record(&world, move || model.expected());
    let result = (workload.run)(&run);
    let mut moments = taken(&tape);
    let (image, expected) = (world.fs.image(), run.model.expected());
    moments.push(Moment { call: "the end".to_owned(), image, expected });
    let known = Known::default();
    let mut explorer = Explorer::new(workload.case(), effort, env, &known);
    explorer.set_documents(run.model.documents());
    for moment in moments {
        if let Err(violation) = idle(workload, env, &moment) {
            explorer.report(&[format!("call {}, killed", moment.call)], violation, Some(&moment.image));
        }
        explorer.cut(moment);
    }
    if let Err(error) = result {
        let detail = format!("the workload failed with nothing injected: {error} ({:?})", error.kind());
        explorer.report(&[], Violation { promise: "alive", detail }, None);
    }
    explorer.end()
}
