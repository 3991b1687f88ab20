//! Plants every bug of the list and demands that the enumeration finds it.

/// Says something past the capture of the test runner: figures and skipped tests are for everybody to see.
macro_rules! say {
    ($($text:tt)*) => {{
        use std::io::Write as _;
        let _ = writeln!(std::io::stderr(), $($text)*);
    }};
}

use checklist_sim::crash::{Effort, explore, plain};
use checklist_sim::fault::{Fault, FaultFs};
use checklist_sim::forge;
use checklist_sim::hunt::Hunter;
use checklist_sim::known::Known;
use checklist_sim::planted::{ALL, By, Planted};
use checklist_sim::search::{self, Caught};
use checklist_sim::step::Sequence;
use checklist_sim::workload;
use checklist_store::env::mem::{Budget, Survival, World};
use checklist_store::env::{Env, Fs};
use checklist_store::planted::{Bug, plant};
use checklist_store::{Key, Publish, Standing, Store};
use std::collections::BTreeSet;
use std::path::Path;
use std::sync::Arc;

const EFFORT: Effort = Effort {
    workload: Budget { subset_changes_max: 8, byte_tears_max: 0, garbage: true, tears_max: 400 },
    recovery: Budget { subset_changes_max: 4, byte_tears_max: 0, garbage: false, tears_max: 8 },
    depth: 1,
    recovery_states_max: 200,
    findings_max: 1,
};

/// So many bugs must be planted, those of forged logs included.
const BUGS_MIN: usize = 50;

/// So many sequences or pairs are tried for each bug.
const TRIES_MAX: usize = 40;

fn is_caught_by_workload(planted: &Planted, name: &str, clean: &mut BTreeSet<&'static str>) -> bool {
    let workload = workload::named(name).expect("the list names workloads that exist");
    if clean.insert(workload.name) {
        let (_, found) = explore(workload, EFFORT, &plain);
        assert!(found.is_empty(), "with no bug planted: {}", found[0]);
    }
    let guard = planted.bug().map(plant);
    let (_, found) = explore(workload, EFFORT, &|world, model| planted.env(world, model));
    drop(guard);
    if let Some(finding) = found.first() {
        say!("caught: {} by {name}\n        {finding}", planted.name);
    }
    !found.is_empty()
}

#[test]
fn every_bug_is_found() {
    let (mut missed, mut clean) = (Vec::new(), BTreeSet::new());
    for planted in ALL {
        if let By::Workload(name) = planted.by
            && !is_caught_by_workload(planted, name, &mut clean)
        {
            missed.push(format!("{} ({name})", planted.name));
        }
    }
    assert!(missed.is_empty(), "not caught:\n{}", missed.join("\n"));
    // Two more are those of the checksum and of the promise below.
    let planted = ALL.len() + forge::ALL.len() + 2;
    assert!(planted >= BUGS_MIN, "only {planted} bugs");
}

#[test]
fn every_bug_is_found_by_number() {
    let mut missed = Vec::new();
    let mut tries: Vec<usize> = Vec::new();
    for planted in ALL.iter().filter(|planted| !matches!(planted.by, By::Workload(_))) {
        match planted.search(planted.by, TRIES_MAX) {
            Some(Caught { tries: tried, states, finding }) => {
                say!("caught: {} after {tried} tries, {states} states\n        {finding}", planted.name);
                tries.push(tried);
            }
            None => missed.push(format!("{} ({:?})", planted.name, planted.by)),
        }
    }
    tries.sort_unstable();
    say!("tries: median {:?}, at most {:?}", tries.get(tries.len() / 2), tries.last());
    assert!(missed.is_empty(), "not caught:\n{}", missed.join("\n"));
}

#[test]
fn without_a_bug_nothing_is_found() {
    let known = Known::default();
    let mut hunter = Hunter::new(1, search::EFFORT, &plain, &known);
    // Every step alone, and the pair that takes the longest way through adoption.
    for sequence in (0..Sequence::count(1)).chain([376]).filter_map(Sequence::numbered) {
        hunter.hunt(&sequence);
    }
    let (tally, findings) = hunter.end();
    assert!(findings.is_empty(), "{}", findings[0]);
    assert!(tally.distinct() > 1_000, "{tally:?}");
}

#[test]
fn each_check_of_the_log_is_needed_against_some_forgery() {
    assert!(forge::is_genuine_believed().expect("nothing fails"), "the forger's tools change nothing else");
    let mut unneeded = Vec::new();
    for forgery in forge::ALL {
        assert!(!forgery.is_believed().expect("nothing fails"), "{}", forgery.name);
        let guard = plant(forgery.bug);
        let believed = forgery.is_believed().expect("nothing fails");
        drop(guard);
        match believed {
            true => say!("caught: {:?}: {}", forgery.bug, forgery.name),
            false => unneeded.push(format!("{:?}: {}", forgery.bug, forgery.name)),
        }
    }
    assert!(unneeded.is_empty(), "refused even with the bug planted:\n{}", unneeded.join("\n"));
}

/// Where there is a history, its own checksum tells an edit as well; a clone has none.
#[test]
fn the_checksum_of_the_state_is_needed_where_there_is_no_history() {
    let opened = || {
        let world = World::new(1);
        world.fs.place_dir(Path::new("/p")).expect("the disk is empty");
        let root = Path::new("/p/.checklist");
        let open = || Store::options().env(world.env()).open(root).expect("the store opens");
        open().transact(|draft| draft.write(&Key::from_static("/title"), "alpha")).expect("it commits");
        world.fs.remove(&root.join("history.jsonl")).expect("there is one");
        let state = world.fs.image().read(&root.join("state.yaml")).expect("there is one").to_vec();
        let edited = String::from_utf8(state).expect("it is text").replace("alpha", "by hand");
        world.fs.place(&root.join("state.yaml"), edited.as_bytes()).expect("the disk takes it");
        open().standing().clone()
    };
    assert_eq!(opened(), Standing::Edited);
    let guard = plant(Bug::SkipStateChecksum);
    assert_eq!(opened(), Standing::Sound, "nothing else would tell");
    drop(guard);
    say!("caught: {:?}: an edit in a clone", Bug::SkipStateChecksum);
}

/// Who publishes with each commit writes everything anew; who publishes late builds upon what is in the log.
#[test]
fn what_nobody_promised_is_not_built_upon() {
    let survives = || {
        let lost = |number: u64| {
            let world = World::new(1);
            world.fs.place_dir(Path::new("/p")).expect("the disk is empty");
            let faulty = FaultFs::over(&world.fs, Fault::None);
            let open = |fs: Arc<dyn Fs>| {
                let late = Publish::Deferred { wal_bytes: 1 << 20 };
                let options = Store::options().env(Env { fs, ..world.env() }).publish(late);
                options.open("/p/.checklist").expect("the store opens")
            };
            let (mut first, mut second) = (open(Arc::new(faulty.clone())), open(Arc::new(world.fs.clone())));
            faulty.arm(Fault::SyncLost(number, std::io::ErrorKind::Other));
            let failed = first.transact(|draft| draft.write(&Key::from_static("/first"), 1));
            if failed.is_ok() {
                return None;
            }
            second.transact(|draft| draft.write(&Key::from_static("/second"), 2)).expect("it commits");
            let cut = World::from_image(&world.fs.image().survive(&Survival::nothing()), 2);
            let found = Store::options().env(cut.env()).open("/p/.checklist");
            Some(found.is_ok_and(|store| store.snapshot().to_value().get("second").is_some()))
        };
        (1..80).find_map(lost).expect("the log is synced by one of the calls")
    };
    assert!(survives());
    let guard = plant(Bug::SkipPromise);
    assert!(!survives(), "nothing else would keep the second commit from lying behind a hole");
    drop(guard);
    say!("caught: {:?}: a commit behind one whose sync failed", Bug::SkipPromise);
}
