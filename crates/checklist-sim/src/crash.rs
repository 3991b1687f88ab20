//! The enumeration: every workload, a power cut after every call, every outcome, and again during recovery.

use crate::model::{Expected, Model};
use crate::oracle::{Found, Subject, Violation};
use crate::workload::{Run, Workload};
use checklist_store::Value;
use checklist_store::env::Env;
use checklist_store::env::mem::{Budget, DiskImage, World};
use std::collections::HashMap;
use std::fmt;
use std::path::Path;
use std::sync::{Arc, Mutex, PoisonError};

/// How far the enumeration of one workload goes.
#[derive(Clone, Copy, Debug)]
pub struct Effort {
    /// The outcomes of a cut while the workload runs.
    pub workload: Budget,
    /// The outcomes of a cut while recovery runs.
    pub recovery: Budget,
    /// How many cuts hit recovery, one after the other.
    pub depth: usize,
    /// At most so many distinct disks; the enumeration ends there.
    pub states_max: usize,
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
}

/// A broken promise, and the way there.
#[derive(Clone, Debug)]
pub struct Finding {
    /// The name of the workload.
    pub workload: &'static str,
    /// Call and outcome of each cut, the first one first.
    pub trail: Vec<String>,
    /// What is wrong.
    pub violation: Violation,
    /// The disk that the store was opened on.
    pub image: Option<DiskImage>,
}

impl fmt::Display for Finding {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}: {}", self.workload, self.trail.join("; then "), self.violation)
    }
}

/// The environment of the store in a world; the model is that of the workload's own run.
pub type Environment<'a> = &'a dyn Fn(&World, Option<&Arc<Model>>) -> Env;

/// The world as it is.
#[must_use]
pub fn plain(world: &World, _: Option<&Arc<Model>>) -> Env {
    world.env()
}

/// The disk after one call, and what may be on it.
#[derive(Clone, Debug)]
struct Moment {
    call: String,
    image: DiskImage,
    expected: Expected,
}

/// The moments of one run, without those at which nothing had changed.
fn record(world: &World, expected: impl Fn() -> Expected + Send + Sync + 'static) -> Arc<Mutex<Vec<Moment>>> {
    let moments: Arc<Mutex<Vec<Moment>>> = Arc::default();
    let tape = Arc::clone(&moments);
    world.fs.on_call(move |call, fs| {
        let (image, expected) = (fs.image(), expected());
        let mut tape = tape.lock().unwrap_or_else(PoisonError::into_inner);
        let same = |last: &Moment| last.image.is_same_snapshot(&image) && last.expected == expected;
        if !tape.last().is_some_and(same) {
            tape.push(Moment { call: call.to_string(), image, expected });
        }
    });
    moments
}

/// Judges disks and remembers which ones it has judged.
pub(crate) struct Explorer<'a> {
    workload: &'a Workload,
    effort: Effort,
    env: Environment<'a>,
    /// Every document of the model, from the empty one to the newest intent.
    pub(crate) documents: Vec<Value>,
    known: HashMap<(u128, bool), Found>,
    pub(crate) tally: Tally,
}

/// A world with nothing but the directory that the store will be created in.
pub(crate) fn empty_world() -> World {
    let (world, home) = (World::new(1), crate::model::root());
    world.fs.place_dir(home.parent().unwrap_or(Path::new("/"))).expect("the disk is empty");
    world
}

/// Enumerates one workload.
///
/// # Errors
/// The first broken promise.
pub fn explore(workload: &Workload, effort: Effort, env: Environment<'_>) -> Result<Tally, Box<Finding>> {
    let world = empty_world();
    let mut run = Run::new(world.clone(), world.env(), workload.options);
    run.env = env(&world, Some(&run.model));
    let model = Arc::clone(&run.model);
    let moments = record(&world, move || model.expected());
    let result = (workload.run)(&run);
    let mut moments = std::mem::take(&mut *moments.lock().unwrap_or_else(PoisonError::into_inner));
    let (image, expected) = (world.fs.image(), run.model.expected());
    moments.push(Moment { call: "the end".to_owned(), image, expected });
    let mut explorer = Explorer::new(workload, effort, env);
    explorer.documents = run.model.documents();
    for moment in &moments {
        explorer.cut(moment)?;
    }
    if let Err(error) = result {
        let detail = format!("the workload failed with nothing injected: {error} ({:?})", error.kind());
        return Err(explorer.finding(&[], Violation { promise: "alive", detail }, None));
    }
    Ok(explorer.tally)
}

impl<'a> Explorer<'a> {
    pub(crate) fn new(workload: &'a Workload, effort: Effort, env: Environment<'a>) -> Explorer<'a> {
        let (known, tally) = (HashMap::new(), Tally::default());
        Explorer { workload, effort, env, documents: Vec::new(), known, tally }
    }

    pub(crate) fn finding(&self, trail: &[String], violation: Violation, image: Option<&DiskImage>) -> Box<Finding> {
        let trail = trail.to_vec();
        Box::new(Finding { workload: self.workload.name, trail, violation, image: image.cloned() })
    }

    /// Ends the process, and then the power, at one moment of the workload.
    fn cut(&mut self, moment: &Moment) -> Result<(), Box<Finding>> {
        self.tally.moments += 1;
        let killed = [format!("call {}, killed", moment.call)];
        self.consider(&moment.image, &moment.expected, &killed, 0)?;
        for (survival, image) in moment.image.crashes(&self.effort.workload) {
            let trail = [format!("call {}, survival {survival}", moment.call)];
            self.consider(&image, &moment.expected, &trail, 0)?;
        }
        Ok(())
    }

    /// Judges one disk, unless the same one was judged before; `cuts` of them have hit recovery.
    pub(crate) fn consider(
        &mut self,
        image: &DiskImage,
        expected: &Expected,
        trail: &[String],
        cuts: usize,
    ) -> Result<(), Box<Finding>> {
        self.tally.outcomes += 1;
        let key = (image.fingerprint(), expected.edit.is_some());
        if let Some(found) = self.known.get(&key) {
            let fits = found.fits(expected);
            return fits.map_err(|violation| self.finding(trail, violation, Some(image)));
        }
        if self.known.len() >= self.effort.states_max {
            return Ok(());
        }
        let env = self.env;
        let world_env = |world: &World| env(world, None);
        let subject =
            Subject { options: self.workload.options, documents: &self.documents, env: &world_env };
        let found = subject.judge(image, expected);
        let found = found.map_err(|violation| self.finding(trail, violation, Some(image)))?;
        self.known.insert(key, found);
        self.tally.states[cuts] += 1;
        if cuts >= self.effort.depth || found == Found::HalfSaved {
            return Ok(());
        }
        let mut later = expected.clone();
        if image.unsynced().is_empty() {
            // Everything on this disk is durable: recovery must come to the same end, however often it is cut.
            let (Found::Committed(count) | Found::Edited(count)) = found else { return Ok(()) };
            (later.acked, later.intents) = (count, count);
        }
        self.cut_recovery(image, &later, trail, cuts + 1)
    }

    /// Cuts the power at every call of the recovery that starts from `image`.
    fn cut_recovery(
        &mut self,
        image: &DiskImage,
        expected: &Expected,
        trail: &[String],
        cuts: usize,
    ) -> Result<(), Box<Finding>> {
        let world = World::from_image(image, 20 + cuts as u64);
        let during = expected.clone();
        let moments = record(&world, move || during.clone());
        let env = (self.env)(&world, None);
        let options = self.workload.options;
        drop(options(checklist_store::Store::options()).env(env).open(crate::model::root()));
        let moments = std::mem::take(&mut *moments.lock().unwrap_or_else(PoisonError::into_inner));
        for moment in moments.iter().filter(|moment| !moment.image.is_same_snapshot(image)) {
            for (survival, image) in moment.image.crashes(&self.effort.recovery) {
                let mut trail = trail.to_vec();
                trail.push(format!("recovery call {}, survival {survival}", moment.call));
                self.consider(&image, expected, &trail, cuts)?;
            }
        }
        Ok(())
    }
}
