//! `Storm`: rounds of writers that are killed, and what is looked at after each.

use super::asked::{self, Asked};
use super::deeds::Deeds;
use super::ledger::{self, Ledger, Tally};
use super::process::Place;
use super::request::{Reply, Request};
use super::round::{Round, Trouble};
use super::writer::Writer;
use checklist_store::env::{Env, Instant, Kind, os};
use checklist_store::{CheckReport, Options, Store, Verdict};
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::time::Duration;

/// Rounds after which a store is left for a new one, which the writers then race to create.
const ROUNDS_OF_A_STORE: u64 = 10;

/// When all writers are dead nobody holds the lock: whoever comes next gets it without waiting.
const FREE_LOCK_MS_MAX: u64 = 2_000;

/// How often the sync is measured.
const SYNCS: usize = 21;

/// What a storm found out.
#[derive(Clone, Debug, Default)]
pub(crate) struct Findings {
    pub(crate) deeds: Deeds,
    pub(crate) tally: Tally,
    /// Rounds whose every answer was put in an order.
    pub(crate) histories: u64,
    /// Rounds for which the search for an order was given up.
    pub(crate) undecided: u64,
    /// Operations in them.
    pub(crate) operations: u64,
    /// The median time that this disk takes to make a small append durable.
    pub(crate) sync: Duration,
    /// The first promise that was broken, and where everything was left.
    pub(crate) breach: Option<(String, PathBuf)>,
}

/// How much of a storm is wanted.
#[derive(Clone, Copy, Debug)]
pub(super) struct Wanted {
    pub(super) kills: u64,
    pub(super) histories: u64,
    pub(super) ends_at: Instant,
    pub(super) seed: u64,
}

/// Everything around the rounds.
pub(super) struct Storm<'a> {
    env: &'a Env,
    folder: &'a Path,
    places: Vec<Place>,
    wanted: Wanted,
    is_cancelled: &'a dyn Fn() -> bool,
    tell: &'a dyn Fn(&Findings),
    findings: Findings,
}

/// A store and what is known of it.
struct Victim {
    root: PathBuf,
    ledger: Ledger,
    /// The number of the next request of each writer; the last one is of the storm itself.
    next: Vec<u64>,
}

impl<'a> Storm<'a> {
    /// Prepares `writers` writers of `program` in `folder`.
    pub(super) fn new(
        env: &'a Env,
        folder: &'a Path,
        program: &Path,
        writers: usize,
        wanted: Wanted,
        is_cancelled: &'a dyn Fn() -> bool,
        tell: &'a dyn Fn(&Findings),
    ) -> Storm<'a> {
        let places = (0..writers).map(|number| Place::new(number, program, folder)).collect();
        Storm { env, folder, places, wanted, is_cancelled, tell, findings: Findings::default() }
    }

    /// Runs rounds until enough was killed, time is up, somebody cancels, or a promise is broken.
    ///
    /// # Errors
    /// Why the storm itself cannot go on.
    pub(super) fn run(mut self) -> Result<Findings, String> {
        let (mut number, mut victim) = (0, self.victim(0));
        while !self.is_enough() {
            number += 1;
            if number > 1 && number % ROUNDS_OF_A_STORE == 1 {
                os::remove_folder(&victim.root)
                    .map_err(|error| self.cannot("be removed", &victim.root, &error))?;
                victim = self.victim(number);
            }
            if let Err(breach) = self.round(number, &mut victim)? {
                self.findings.breach = Some((breach, victim.root));
                return Ok(self.findings);
            }
            if number == 1 {
                self.findings.sync = self.measure(&victim.root)?;
            }
            (self.tell)(&self.findings);
        }
        Ok(self.findings)
    }

    fn cannot(&self, what: &str, path: &Path, error: &std::io::Error) -> String {
        format!("{} cannot {what}: {error}", path.display())
    }

    fn victim(&self, number: u64) -> Victim {
        Victim {
            root: self.folder.join(format!("store-{}", number.max(1))),
            ledger: Ledger::new(),
            next: vec![1; self.places.len() + 1],
        }
    }

    fn is_enough(&self) -> bool {
        let Wanted { kills, histories, ends_at, .. } = self.wanted;
        let has_all = self.findings.deeds.kills >= kills && self.findings.histories >= histories;
        has_all || self.env.clock.instant() >= ends_at || (self.is_cancelled)()
    }

    /// One round and everything that must hold after it; the inner error is a broken promise.
    fn round(&mut self, number: u64, victim: &mut Victim) -> Result<Result<(), String>, String> {
        let writers = self.places.len();
        // The end of a round kills every writer; before that each is killed about three times, or once where
        // kills are not what is left to be done.
        let kills = match self.wanted.kills.saturating_sub(self.findings.deeds.kills) {
            0 => writers as u64,
            left => left.saturating_sub(writers as u64).clamp(1, 3 * writers as u64),
        };
        let before = self.findings.clone();
        let tell = |kills: u64, saved: u64| {
            let mut now = before.clone();
            now.deeds.kills += kills;
            now.tally.acknowledged += saved;
            (self.tell)(&now);
            (self.is_cancelled)()
        };
        let round = Round {
            env: self.env,
            store: &victim.root,
            places: &self.places,
            seed: self.wanted.seed,
            number,
            kills,
            ends_at: self.wanted.ends_at,
        };
        let (mut asked, deeds, breach) = round.run(&mut victim.next[..writers], &tell);
        self.findings.deeds.add(deeds);
        let result = match breach {
            Some(Trouble::Hindered(why)) => return Err(why),
            Some(Trouble::Broken(breach)) => Err(breach),
            None => self.inspect(victim, &mut asked),
        };
        if result.is_err() {
            let (path, text) = (self.folder.join("journal.tsv"), asked::journal(&asked));
            let written = os::output_file(&path)
                .and_then(|mut file| std::io::Write::write_all(&mut file, text.as_bytes()));
            written.map_err(|error| self.cannot("be written", &path, &error))?;
        }
        Ok(result)
    }

    /// What must hold when every writer is dead.
    fn inspect(&mut self, victim: &mut Victim, asked: &mut Vec<Asked>) -> Result<(), String> {
        let start = victim.ledger.registers();
        let store = self.open(&victim.root)?;
        let recovery = store.recovery();
        if !matches!(recovery.verdict, Verdict::Clean | Verdict::Created) {
            self.findings.deeds.recoveries += 1;
            let us = u64::try_from(recovery.elapsed.as_micros()).unwrap_or(u64::MAX);
            self.findings.deeds.recovery_us_max = self.findings.deeds.recovery_us_max.max(us);
        }
        is_sound(&store, "after recovery")?;
        let (state, history) = (store.snapshot().to_value(), store.history());
        let history = history.map_err(|error| format!("the history cannot be read: {error}"))?;
        self.recover_again(&victim.root)?;
        let settled = victim.ledger.settle(&history, asked, &state)?;
        self.findings.tally.add(settled.tally);
        let operations = ledger::operations(asked, &settled.saved, victim.ledger.registers());
        match ledger::check_order(start, &operations)? {
            true => self.findings.histories += 1,
            false => self.findings.undecided += 1,
        }
        self.findings.operations += operations.len() as u64;
        self.commit_at_once(victim, asked)
    }

    fn options(&self) -> Options {
        Store::options()
            .env(self.env.clone())
            .deadline(None)
            .lock_timeout(Duration::from_millis(FREE_LOCK_MS_MAX))
            .holder("checklist torture")
    }

    fn open(&self, root: &Path) -> Result<Store, String> {
        self.options().open(root).map_err(|error| format!("the store does not open after the kills: {error}"))
    }

    /// A second recovery finds nothing to do, and changes no byte.
    fn recover_again(&self, root: &Path) -> Result<(), String> {
        let before = self.files(root)?;
        let again = self.open(root)?;
        if again.recovery().verdict != Verdict::Clean {
            return Err(format!("a second recovery had something to do: {:?}", again.recovery().verdict));
        }
        drop(again);
        let after = self.files(root)?;
        if let Some(path) =
            before.keys().chain(after.keys()).find(|path| before.get(*path) != after.get(*path))
        {
            return Err(format!("a second recovery changed {}", path.display()));
        }
        Ok(())
    }

    /// Every file of the store, also what tells of the lock: who opens a store that is as it should be takes
    /// none.
    fn files(&self, folder: &Path) -> Result<BTreeMap<PathBuf, Vec<u8>>, String> {
        let cannot = |path: &Path, error: std::io::Error| self.cannot("be read", path, &error);
        let mut files = BTreeMap::new();
        for path in self.env.fs.list(folder).map_err(|error| cannot(folder, error))? {
            let kind = self.env.fs.stat(&path).map_err(|error| cannot(&path, error))?.kind;
            if kind == Kind::Directory {
                files.extend(self.files(&path)?);
            } else if kind == Kind::File {
                let bytes = self.env.fs.read(&path, 0..u64::MAX).map_err(|error| cannot(&path, error))?;
                files.insert(path, bytes);
            }
        }
        Ok(files)
    }

    /// The next transaction works at once, and is there afterwards.
    fn commit_at_once(&self, victim: &mut Victim, asked: &mut Vec<Asked>) -> Result<(), String> {
        let writer = self.places.len();
        let (number, request) = (victim.next[writer], Request::Add(0, 1));
        victim.next[writer] += 1;
        let fail = |error| format!("the next transaction does not work: {error}");
        let mut own = Writer::with(self.options(), &victim.root, writer).map_err(fail)?;
        let reply = own.change(number, request, &mut || {}).map_err(fail)?;
        if !matches!(reply, Reply::Saved(..)) {
            return Err(format!("the next transaction is not saved: {reply:?}"));
        }
        let at = asked.iter().map(|asked| asked.ended).max().unwrap_or(0);
        let one = Asked { writer, number, request, at, ended: at, reply: Some(reply) };
        asked.push(one.clone());
        let store = self.open(&victim.root)?;
        let check = is_sound(&store, "after the next transaction")?;
        let staging = check.findings.iter().find(|finding| finding.subject == "staging");
        if let Some(finding) = staging.filter(|finding| !finding.detail.starts_with("0 ")) {
            return Err(format!("after the next transaction there are {}", finding.detail));
        }
        let history = store.history().map_err(|error| format!("the history cannot be read: {error}"))?;
        victim.ledger.settle(&history, &[one], &store.snapshot().to_value()).map(drop)
    }

    fn measure(&self, root: &Path) -> Result<Duration, String> {
        let times = Store::measure_sync(&self.options(), root, SYNCS);
        let mut times = times.map_err(|error| format!("a sync cannot be measured: {error}"))?;
        times.sort_unstable();
        Ok(times.get(times.len() / 2).copied().unwrap_or_default())
    }
}

/// Whether everything the store looks at is as it should be.
fn is_sound(store: &Store, when: &str) -> Result<CheckReport, String> {
    let check = store.check().map_err(|error| format!("{when} the store cannot be checked: {error}"))?;
    match check.findings.iter().find(|finding| !finding.sound) {
        Some(finding) => Err(format!("{when} {} is not sound: {}", finding.subject, finding.detail)),
        None => Ok(check),
    }
}

impl Tally {
    fn add(&mut self, other: Tally) {
        self.acknowledged += other.acknowledged;
        self.unanswered_saved += other.unanswered_saved;
        self.unanswered_gone += other.unanswered_gone;
        self.others += other.others;
    }
}
