//! `Explorer`: takes moments apart into the disks that a power cut can leave, and has each judged once.

use crate::crash::{Effort, Environment, Finding, Tally};
use crate::known::{Known, StateKey, hash_documents};
use crate::model::{Expected, root};
use crate::oracle::{Found, Sound, Subject, Violation};
use checklist_store::env::mem::{DiskImage, Fill, Survival, World};
use checklist_store::{Options, Value};
use std::collections::{BTreeMap, HashSet};
use std::sync::{Arc, Mutex, PoisonError};

/// What is explored, and how its store is opened.
#[derive(Clone, Debug)]
pub struct Case {
    /// Its name in reports.
    pub name: String,
    /// The options of the store.
    pub options: fn(Options) -> Options,
    /// Whether it begins with no store at all.
    pub is_creating: bool,
}

/// The disk after one call, and what may be on it.
#[derive(Clone, Debug)]
pub struct Moment {
    /// The call, for people.
    pub call: String,
    /// The disk behind it.
    pub image: DiskImage,
    /// What may be on it.
    pub expected: Expected,
}

/// The moments of a run, in their order.
pub type Tape = Arc<Mutex<Vec<Moment>>>;

/// Takes down the moments from here on, without those at which nothing has changed.
pub fn record(world: &World, expected: impl Fn() -> Expected + Send + Sync + 'static) -> Tape {
    let moments = Tape::default();
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

/// The moments that were taken down so far.
#[must_use]
pub fn taken(tape: &Tape) -> Vec<Moment> {
    std::mem::take(&mut *tape.lock().unwrap_or_else(PoisonError::into_inner))
}

/// Judges disks and remembers which ones were judged.
pub struct Explorer<'a> {
    case: Case,
    effort: Effort,
    env: Environment<'a>,
    known: &'a Known,
    documents: Vec<Value>,
    documents_hash: u64,
    tally: Tally,
    findings: BTreeMap<String, Finding>,
    sound: Sound,
    /// The moments of recovery at which the power was cut, with what was expected then.
    cut_before: HashSet<(u128, usize, usize)>,
}

impl std::fmt::Debug for Explorer<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Explorer")
            .field("case", &self.case)
            .field("tally", &self.tally)
            .finish_non_exhaustive()
    }
}

impl<'a> Explorer<'a> {
    /// An explorer that has seen what is in `known`.
    #[must_use]
    pub fn new(case: Case, effort: Effort, env: Environment<'a>, known: &'a Known) -> Explorer<'a> {
        Explorer {
            case,
            effort,
            env,
            known,
            documents: Vec::new(),
            documents_hash: 0,
            tally: Tally::default(),
            findings: BTreeMap::new(),
            sound: Sound::default(),
            cut_before: HashSet::new(),
        }
    }

    /// Goes on with another case; what was judged stays known.
    pub fn turn_to(&mut self, case: Case) {
        self.case = case;
        self.cut_before.clear();
    }

    /// Every document of the model, from the empty one to the newest intent.
    pub fn set_documents(&mut self, documents: Vec<Value>) {
        self.documents_hash = hash_documents(&documents);
        self.documents = documents;
    }

    /// How far the exploration goes.
    #[must_use]
    pub fn effort(&self) -> Effort {
        self.effort
    }

    /// What was looked at so far.
    #[must_use]
    pub fn tally(&self) -> Tally {
        self.tally
    }

    /// What was looked at, and what was found.
    #[must_use]
    pub fn end(self) -> (Tally, Vec<Finding>) {
        (self.tally, self.findings.into_values().collect())
    }

    /// Whether anything was found.
    #[must_use]
    pub fn has_found(&self) -> bool {
        !self.findings.is_empty()
    }

    /// Whether so much was found that looking on tells nothing more.
    #[must_use]
    pub fn is_full(&self) -> bool {
        self.findings.len() >= self.effort.findings_max
    }

    /// Takes down a broken promise, unless one like it was.
    pub fn report(&mut self, trail: &[String], violation: Violation, image: Option<&DiskImage>) {
        let like = violation.to_string().replace(|letter: char| letter.is_ascii_hexdigit(), "");
        let (case, trail, image) = (self.case.name.clone(), trail.to_vec(), image.cloned());
        self.findings.entry(like).or_insert(Finding { case, trail, violation, image });
    }

    /// Ends the process, and then the power, at one moment.
    pub fn cut(&mut self, moment: Moment) {
        self.tally.moments += 1;
        let moment = &self.quiet(moment);
        let mut judged = Vec::new();
        let killed = [(None, moment.image.clone())].into_iter();
        let crashed = moment.image.crashes(&self.effort.workload);
        for (survival, image) in killed.chain(crashed.map(|(survival, image)| (Some(survival), image))) {
            let end =
                survival.as_ref().map_or("killed".to_owned(), |survival| format!("survival {survival}"));
            let trail = [format!("call {}, {end}", moment.call)];
            let found = self.consider(&image, &moment.expected, &trail, 0);
            // One torn write stands for those that are torn elsewhere: recovery treats them alike.
            let tear = survival.as_ref().and_then(Survival::tear);
            if let Some(found) = found.filter(|_| tear.is_none_or(|tear| tear.fill == Fill::Garbage)) {
                judged.push((image, found, trail));
            }
        }
        // Whole outcomes come first, torn ones last: where there are too many, bytes are what is left out.
        let end = self.tally.distinct().saturating_add(self.effort.recovery_states_max);
        for (image, found, trail) in judged {
            self.cut_recovery(&image, found, &moment.expected, &trail, 1, end);
        }
    }

    /// Judges one disk, unless the same one was judged before; `cuts` power cuts have hit recovery. Says what
    /// was found on a disk that is new.
    pub fn consider(
        &mut self,
        image: &DiskImage,
        expected: &Expected,
        trail: &[String],
        cuts: usize,
    ) -> Option<Found> {
        self.tally.outcomes += 1;
        let key = StateKey::new(image, self.documents_hash, expected);
        if let Some(found) = self.known.get(key) {
            if let Err(violation) = found.fits(expected) {
                self.report(trail, violation, Some(image));
            }
            return None;
        }
        if self.is_full() {
            return None;
        }
        let env = self.env;
        let world_env = |world: &World| env(world, None);
        let mut subject = Subject {
            options: self.case.options,
            documents: &self.documents,
            documents_hash: self.documents_hash,
            env: &world_env,
            sound: &mut self.sound,
        };
        match subject.judge(image, expected) {
            Ok(found) => {
                if self.known.insert(key, found) {
                    self.tally.states[cuts] += 1;
                }
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

    /// Where the store was created long ago, who holds its lock is not in question; nor are the copies of
    /// states that were replaced, which no promise rests on and nobody waits for.
    fn quiet(&self, mut moment: Moment) -> Moment {
        if !self.case.is_creating {
            moment.image = moment.image.settled_below(&root().join(".locks"));
            moment.image = moment.image.settled_entries(&root().join(".backup"), "published-");
        }
        moment
    }

    fn recovery_from(&self, image: &DiskImage, expected: &Expected, cuts: usize) -> Vec<Moment> {
        let world = World::from_image(image, 20 + cuts as u64);
        let during = expected.clone();
        let tape = record(&world, move || during.clone());
        let env = (self.env)(&world, None);
        let options = self.case.options;
        drop(options(checklist_store::Store::options()).env(env).open(root()));
        let mut moments = taken(&tape);
        moments.retain(|moment| !moment.image.is_same_snapshot(image));
        moments
    }
}
