//! The enumeration: every workload, a power cut after every call, every outcome, and again during recovery.

use crate::model::{Expected, Model};
use crate::oracle::{Found, Subject, Violation};
use crate::workload::{Run, Workload};
use checklist_store::Value;
use checklist_store::env::Env;
use checklist_store::env::mem::{Budget, DiskImage, Fill, Survival, World};
use std::cell::RefCell;
use std::collections::{BTreeMap, HashMap, HashSet};
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
    findings: BTreeMap<String, Finding>,
    sound: RefCell<HashSet<u128>>,
    /// The moments of recovery at which the power was cut, with what was expected then.
    cut_before: HashSet<(u128, usize, usize)>,
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

/// Enumerates one workload; the findings are one for each kind, the first ones met.
#[must_use]
pub fn explore(workload: &Workload, effort: Effort, env: Environment<'_>) -> (Tally, Vec<Finding>) {
    let world = start(workload);
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
        explorer.cut(moment);
    }
    if let Err(error) = result {
        let detail = format!("the workload failed with nothing injected: {error} ({:?})", error.kind());
        explorer.report(&[], Violation { promise: "alive", detail }, None);
    }
    explorer.end()
}

impl<'a> Explorer<'a> {
    pub(crate) fn new(workload: &'a Workload, effort: Effort, env: Environment<'a>) -> Explorer<'a> {
        Explorer {
            workload,
            effort,
            env,
            documents: Vec::new(),
            known: HashMap::new(),
            tally: Tally::default(),
            findings: BTreeMap::new(),
            sound: RefCell::default(),
            cut_before: HashSet::new(),
        }
    }

    /// What was looked at, and what was found.
    pub(crate) fn end(self) -> (Tally, Vec<Finding>) {
        (self.tally, self.findings.into_values().collect())
    }

    fn is_full(&self) -> bool {
        self.findings.len() >= self.effort.findings_max
    }

    /// Takes down a broken promise, unless one like it was.
    pub(crate) fn report(&mut self, trail: &[String], violation: Violation, image: Option<&DiskImage>) {
        let like = violation.to_string().replace(|letter: char| letter.is_ascii_hexdigit(), "");
        let (workload, trail, image) = (self.workload.name, trail.to_vec(), image.cloned());
        self.findings.entry(like).or_insert(Finding { workload, trail, violation, image });
    }

    /// Ends the process, and then the power, at one moment of the workload.
    fn cut(&mut self, moment: &Moment) {
        self.tally.moments += 1;
        let moment = &self.quiet(moment.clone());
        let mut judged = Vec::new();
        let killed = [(None, moment.image.clone())].into_iter();
        let crashed = moment.image.crashes(&self.effort.workload);
        for (survival, image) in killed.chain(crashed.map(|(survival, image)| (Some(survival), image))) {
            let end =
                survival.as_ref().map_or("killed".to_owned(), |survival| format!("survival {survival}"));
            let trail = format!("call {}, {end}", moment.call);
            let trail = [trail];
            let found = self.consider(&image, &moment.expected, &trail, 0);
            // One torn write stands for those that are torn elsewhere: recovery treats them alike.
            let tear = survival.as_ref().and_then(Survival::tear);
            if let Some(found) = found.filter(|_| tear.is_none_or(|tear| tear.fill == Fill::Garbage)) {
                judged.push((image, found, trail));
            }
        }
        // Whole outcomes come first, torn ones last: where there are too many, bytes are what is left out.
        let end = self.tally.distinct() + self.effort.recovery_states_max;
        for (image, found, trail) in judged {
            self.cut_recovery(&image, found, &moment.expected, &trail, 1, end);
        }
    }

    /// Judges one disk, unless the same one was judged before; `cuts` power cuts have hit recovery. Says what
    /// was found on a disk that is new.
    pub(crate) fn consider(
        &mut self,
        image: &DiskImage,
        expected: &Expected,
        trail: &[String],
        cuts: usize,
    ) -> Option<Found> {
        self.tally.outcomes += 1;
        let key = (image.fingerprint(), expected.edit.is_some());
        if let Some(found) = self.known.get(&key) {
            if let Err(violation) = found.fits(expected) {
                self.report(trail, violation, Some(image));
            }
            return None;
        }
        if self.is_full() {
            return None;
        }
        let (env, sound) = (self.env, &self.sound);
        let world_env = |world: &World| env(world, None);
        let subject =
            Subject { options: self.workload.options, documents: &self.documents, env: &world_env, sound };
        match subject.judge(image, expected) {
            Ok(found) => {
                self.known.insert(key, found);
                self.tally.states[cuts] += 1;
                Some(found)
            }
            Err(violation) => {
                self.report(trail, violation, Some(image));
                None
            }
        }
    }

    /// Cuts the power at every call of the recovery that starts from `image`, and again at every call of
    /// the next one, until `end` distinct disks were judged.
    fn cut_recovery(
        &mut self,
        image: &DiskImage,
        found: Found,
        expected: &Expected,
        trail: &[String],
        cuts: usize,
        end: usize,
    ) {
        let (Found::Committed(count) | Found::Edited(count)) = found else { return };
        if cuts > self.effort.depth || self.tally.distinct() >= end {
            return;
        }
        let mut expected = expected.clone();
        if image.unsynced().is_empty() {
            // Everything on this disk is durable: recovery must come to the same end, however often it is cut.
            (expected.acked, expected.intents) = (count, count);
        }
        for moment in self.recovery_from(image, &expected, cuts) {
            let moment = self.quiet(moment);
            if !self.cut_before.insert((moment.image.fingerprint(), expected.acked, expected.intents)) {
                continue;
            }
            for (survival, image) in moment.image.crashes(&self.effort.recovery) {
                let mut trail = trail.to_vec();
                trail.push(format!("recovery call {}, survival {survival}", moment.call));
                if let Some(found) = self.consider(&image, &expected, &trail, cuts) {
                    self.cut_recovery(&image, found, &expected, &trail, cuts + 1, end);
                }
            }
        }
    }

    /// Where the store was created long ago, who holds its lock is not in question.
    fn quiet(&self, mut moment: Moment) -> Moment {
        if !self.workload.is_creating {
            moment.image = moment.image.settled_below(&crate::model::root().join(".locks"));
        }
        moment
    }

    fn recovery_from(&self, image: &DiskImage, expected: &Expected, cuts: usize) -> Vec<Moment> {
        let world = World::from_image(image, 20 + cuts as u64);
        let during = expected.clone();
        let moments = record(&world, move || during.clone());
        let env = (self.env)(&world, None);
        let options = self.workload.options;
        drop(options(checklist_store::Store::options()).env(env).open(crate::model::root()));
        let mut moments = std::mem::take(&mut *moments.lock().unwrap_or_else(PoisonError::into_inner));
        moments.retain(|moment| !moment.image.is_same_snapshot(image));
        moments
    }
}
