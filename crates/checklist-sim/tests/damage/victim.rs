//! `Victim`: a store whose log holds transactions that wait, and the oracle that judges every harm done to it.
//!
//! The oracle is exact. It knows nothing of how the store decides, only which lines of the log were left
//! whole and what each of them promises: a line of one batch proves that every batch before it was durable.
//!
//! * A harmed line with such a witness behind it: the store must refuse with `Corrupt` and change nothing.
//! * A harmed line without one: the document must be that of the batches before the harmed one, and never
//!   less than what `state.yaml` holds; the bytes of the log must be kept.
//!
//! The head marker is a witness for every batch. It is never synced, so that a power cut may take it: a victim
//! is one without it, unless it is made one [`Victim::with_marker`].

use checklist_sim::model::root;
use checklist_store::env::Fs as _;
use checklist_store::env::mem::{DiskImage, World};
use checklist_store::{ErrorKind, Options, Publish, Standing, Store, Value};
use serde_json::json;
use std::collections::{BTreeMap, HashMap, HashSet};
use std::ops::Range;
use std::path::PathBuf;
use std::time::Duration;

/// How many transactions the log of a small victim holds.
pub(crate) const BATCHES: usize = 4;

/// The file of the head marker.
const HEAD: &str = ".wal.head";

/// A store to be harmed.
pub(crate) struct Victim {
    pub(crate) image: DiskImage,
    pub(crate) log: Vec<u8>,
    /// Where each line of the log lies, with its newline.
    pub(crate) lines: Vec<Range<usize>>,
    /// To which transaction of the log each line belongs.
    pub(crate) batch_of: Vec<usize>,
    /// The document after so many transactions of the log.
    pub(crate) documents: Vec<Value>,
    /// How many of them `state.yaml` holds already.
    pub(crate) published: usize,
    /// Whether the head marker says that all of it was promised.
    pub(crate) has_marker: bool,
    /// The lines of the log by their text.
    numbers: HashMap<Vec<u8>, usize>,
}

/// What must become of a harmed store.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Expected {
    /// It opens with so many transactions of the log.
    Opens(usize),
    /// It is refused, and nothing is changed.
    Refused,
}

/// What came of a series of harms.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Tally {
    /// Opened with all that was committed.
    pub(crate) whole: usize,
    /// Opened without a tail that nothing promised.
    pub(crate) cut: usize,
    /// Refused, and unchanged.
    pub(crate) refused: usize,
}

impl std::ops::AddAssign for Tally {
    fn add_assign(&mut self, other: Tally) {
        self.whole += other.whole;
        self.cut += other.cut;
        self.refused += other.refused;
    }
}

pub(crate) fn deferred(world: &World) -> Options {
    let publish = Publish::Deferred { wal_bytes: u64::MAX };
    Store::options().env(world.env()).publish(publish).wal_limit(u64::MAX).fill_ahead(0)
}

/// Commits the `number`th transaction; sizes differ, so that batches and sectors do not line up.
fn commit(world: &World, store: &mut Store, number: usize) {
    world.clock.advance(Duration::from_secs(1));
    let key = |name: &'static str| checklist_store::Key::from_static(name);
    store
        .transact(|draft| {
            draft.set_note(json!({"number": number}));
            draft.write(&key("/count"), number)?;
            match number % 4 {
                0 => draft.write(&key("/text"), "J*\u{e9}\n".repeat(9)),
                1 => draft.write(&key("/steps/build"), json!({"status": "done", "n": [number]})),
                2 => draft.delete(&key("/text")).map(drop),
                _ => Ok(()),
            }
        })
        .expect("the transaction commits");
}

/// A disk with a store of two published transactions, the same for every seed.
fn base_disk() -> DiskImage {
    let world = World::new(3);
    world.fs.place_dir(root().parent().expect("a project")).expect("the disk is empty");
    let mut store = Store::options().env(world.env()).open(root()).expect("a store is created");
    commit(&world, &mut store, 100);
    commit(&world, &mut store, 101);
    store.close().expect("the store closes");
    world.fs.image().settled()
}

/// The disk after a life of the log with so many transactions; the seed decides its generation.
pub(crate) fn waiting_disk(seed: u64, batches: usize) -> (DiskImage, Vec<Value>) {
    let world = World::from_image(&base_disk(), seed);
    let mut store = deferred(&world).open(root()).expect("the store opens");
    let mut documents = vec![store.snapshot().to_value()];
    for number in 0..batches {
        commit(&world, &mut store, number);
        documents.push(store.snapshot().to_value());
    }
    drop(store);
    (world.fs.image().settled(), documents)
}

impl Victim {
    /// A store whose state holds the first `published` transactions of its log.
    pub(crate) fn new(published: usize) -> Victim {
        Victim::of(BATCHES, published)
    }

    /// A store with so many transactions in its log, the first of them published.
    pub(crate) fn of(batches: usize, published: usize) -> Victim {
        let (image, documents) = waiting_disk(4, batches);
        let without = World::from_image(&image, 5);
        without.fs.remove(&root().join(HEAD)).expect("a commit that waits left a marker");
        let image = without.fs.image().settled();
        let log = image.read(&root().join(".wal")).expect("a log waits").to_vec();
        let (mut lines, mut batch_of, mut start, mut batch) = (Vec::new(), Vec::new(), 0, 0);
        for line in log.split_inclusive(|byte| *byte == b'\n') {
            lines.push(start..start + line.len());
            batch_of.push(batch);
            start += line.len();
            batch += usize::from(line.windows(13).any(|part| part == b"\"op\":\"commit\""));
        }
        assert_eq!((batch, start), (batches, log.len()));
        let numbers =
            lines.iter().enumerate().map(|(number, line)| (log[line.clone()].to_vec(), number)).collect();
        let mut victim =
            Victim { image, log, lines, batch_of, documents, published: 0, has_marker: false, numbers };
        if published > 0 {
            victim.publish(published);
        }
        victim
    }

    /// The same with its head marker.
    pub(crate) fn with_marker(batches: usize, published: usize) -> Victim {
        let (image, _) = waiting_disk(4, batches);
        let marker = image.read(&root().join(HEAD)).expect("a commit that waits left a marker");
        let mut victim = Victim::of(batches, published);
        let world = World::from_image(&victim.image, 5);
        world.fs.place(&root().join(HEAD), marker).expect("the disk takes it");
        victim.image = world.fs.image().settled();
        victim.has_marker = true;
        victim
    }

    /// Puts state and history there as they are when the first transactions were published and the log was
    /// not cleared.
    fn publish(&mut self, published: usize) {
        let last = self.batch_of.iter().rposition(|batch| *batch < published).expect("the batch has lines");
        let world = self.world(&self.log[..self.lines[last].end]);
        drop(deferred(&world).open(root()).expect("the log is redone"));
        let image = world.fs.image().settled();
        let full = self.world(&self.log);
        for name in ["state.yaml", "history.jsonl"] {
            let bytes = image.read(&root().join(name)).expect("recovery wrote it");
            full.fs.place(&root().join(name), bytes).expect("the disk takes it");
        }
        self.image = full.fs.image();
        self.published = published;
    }

    /// How many transactions its log holds.
    pub(crate) fn batches(&self) -> usize {
        self.documents.len() - 1
    }

    /// A world with this store and other bytes in the place of its log.
    pub(crate) fn world(&self, log: &[u8]) -> World {
        let world = World::from_image(&self.image, 5);
        world.fs.place(&root().join(".wal"), log).expect("the disk takes it");
        world
    }

    /// What must come of it if the first line out of order stands where line `harmed` belongs, and only
    /// `witnesses` are whole behind it.
    pub(crate) fn expected(&self, harmed: usize, mut witnesses: impl Iterator<Item = usize>) -> Expected {
        // Without its base a life begins, for all that can be known, behind the state that is there.
        let batch = match self.batch_of.get(harmed) {
            None => self.batches(),
            Some(_) if harmed == 0 => self.published,
            Some(batch) => *batch,
        };
        if self.has_marker && self.published < self.batches() && harmed < self.lines.len() {
            return Expected::Refused;
        }
        let proves = |line: usize| self.batch_of[line] > batch && self.batch_of[line] >= self.published;
        match witnesses.any(proves) {
            true => Expected::Refused,
            false => Expected::Opens(batch.max(self.published)),
        }
    }

    /// What must come of overwriting `range` with other bytes.
    pub(crate) fn expected_without(&self, range: &Range<usize>, fuses: bool) -> Expected {
        let touched = |line: &Range<usize>| line.start < range.end && range.start < line.end;
        let Some(harmed) = self.lines.iter().position(touched) else {
            return Expected::Opens(self.batches());
        };
        // A line whose predecessor lost its newline is fused with what stands there.
        let is_whole = |line: usize| {
            let before = self.lines[line].start.checked_sub(1);
            let is_fused = fuses && before.is_some_and(|before| range.contains(&before));
            !is_fused && !touched(&self.lines[line])
        };
        self.expected(harmed, (harmed + 1..self.lines.len()).filter(|line| is_whole(*line)))
    }

    /// What must come of a log that is made of lines of the victim and of pieces: found by comparing text.
    pub(crate) fn expected_of(&self, log: &[u8]) -> Expected {
        // Only the lines of the victim are looked for, by their place in it.
        let known = |line: &[u8]| self.numbers.get(line).copied();
        let lines: Vec<Option<usize>> = log.split_inclusive(|byte| *byte == b'\n').map(known).collect();
        let harmed = lines.iter().enumerate().take_while(|(at, line)| **line == Some(*at)).count();
        self.expected(harmed, lines[harmed..].iter().filter_map(|line| *line))
    }
}

/// Judges harmed logs of one victim.
pub(crate) struct Judge<'a> {
    victim: &'a Victim,
    /// Disks that opened and were inspected already.
    seen: HashSet<u128>,
    pub(crate) tally: Tally,
}

/// Every file but for the locks, which say nothing about a store.
pub(crate) fn files(image: &DiskImage) -> BTreeMap<PathBuf, Vec<u8>> {
    let locks = root().join(".locks");
    let entries = image.entries().into_iter().filter(|(path, _)| !path.starts_with(&locks));
    entries.filter_map(|(path, bytes)| Some((path, bytes?.to_vec()))).collect()
}

impl<'a> Judge<'a> {
    pub(crate) fn new(victim: &'a Victim) -> Judge<'a> {
        Judge { victim, seen: HashSet::new(), tally: Tally::default() }
    }

    /// Opens the store with that log and compares what comes of it.
    pub(crate) fn judge(&mut self, log: &[u8], expected: Expected, what: &dyn Fn() -> String) {
        let world = self.victim.world(log);
        let before = world.fs.image();
        match deferred(&world).open(root()) {
            Err(error) => {
                assert_eq!(expected, Expected::Refused, "{}: {error}", what());
                assert_eq!(error.kind(), ErrorKind::Corrupt, "{}: {error}", what());
                assert_eq!(files(&world.fs.image()), files(&before), "{}: refused, and changed", what());
                self.tally.refused += 1;
            }
            Ok(store) => {
                let Expected::Opens(count) = expected else {
                    panic!("{}: promised bytes are gone, and the store opens", what())
                };
                assert_eq!(*store.standing(), Standing::Sound, "{}", what());
                let document = store.snapshot().to_value();
                assert_eq!(document, self.victim.documents[count], "{}: not {count} transactions", what());
                let discarded = store.recovery().discarded_bytes;
                self.inspect(store, &world, log, count, what);
                let is_whole = count == self.victim.batches() && discarded == 0;
                self.tally.whole += usize::from(is_whole);
                self.tally.cut += usize::from(!is_whole);
            }
        }
    }

    /// What was put aside is kept, the history tells the same, and the next start has nothing to do.
    fn inspect(&mut self, store: Store, world: &World, log: &[u8], count: usize, what: &dyn Fn() -> String) {
        let image = world.fs.image();
        let held = files(&image);
        if count > self.victim.published {
            // What is whole and promised may wait where it is.
            let is_kept =
                |path: &PathBuf| path.starts_with(root().join(".backup")) || *path == root().join(".wal");
            let kept = held.iter().any(|(path, bytes)| is_kept(path) && bytes == log);
            assert!(kept, "{}: the log is not kept", what());
        }
        let name = |name: &str| held.get(&root().join(name)).cloned().unwrap_or_default();
        let state = [name("state.yaml"), name("history.jsonl"), name(".wal")].concat();
        if !self.seen.insert(xxhash_rust::xxh3::xxh3_128(&state)) {
            return;
        }
        let report = store.check().expect("the store can be checked");
        assert!(report.is_sound(), "{}: {report:#?}", what());
        assert_eq!(store.history().expect("the history is whole").len(), 2 + count, "{}", what());
        drop(store);
        let mut again = deferred(world).open(root()).expect("the store opens again");
        assert!(files(&world.fs.image()) == held, "{}: opening again changed something", what());
        assert_eq!(again.snapshot().to_value(), self.victim.documents[count], "{}", what());
        commit(world, &mut again, 200);
        let next = deferred(world).open(root()).expect("the store opens").snapshot().to_value();
        assert_eq!(next["count"], json!(200), "{}", what());
    }
}
