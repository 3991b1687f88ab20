//! A state and a history of 64 KiB, and the copies in `.backup`, harmed in every way.
//!
//! What decides is a function of bytes, and every harm goes through it; a share of the harms, and each one
//! that the function does not refuse, goes through a store.

use crate::large::{LOG_BYTES, share};
use crate::other_files::{at_rest, judge_history, judge_state};
use crate::victim::{Victim, deferred, files};
use checklist_sim::model::root;
use checklist_store::env::mem::World;
use checklist_store::fuzzing::{read_history, state_proves_itself};
use checklist_store::{Key, Store, Value};
use serde_json::json;
use std::collections::BTreeMap;
use std::path::Path;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Mutex, PoisonError};

type Counts = BTreeMap<&'static str, usize>;

/// One harm in so many is also shown to a store.
const ALSO_IN_FULL: usize = 499;

/// One harm in so many is done: what is cheap is done more often. Odd, so that every bit of a byte comes up.
fn step() -> usize {
    (share() / 16) | 1
}

/// What comes of one in `step` of `count` harms, found on two threads. `judge` is told whether to show the
/// harm to a store in any case.
fn count_all(count: usize, step: usize, judge: impl Fn(usize, bool) -> &'static str + Sync) -> Counts {
    let (next, total) = (AtomicUsize::new(0), Mutex::new(Counts::new()));
    std::thread::scope(|scope| {
        for _ in 0..2 {
            scope.spawn(|| {
                let mut counts = Counts::new();
                loop {
                    let number = next.fetch_add(1, Ordering::Relaxed);
                    let index = number.saturating_mul(step);
                    if index >= count {
                        break;
                    }
                    let outcome = judge(index, number.is_multiple_of(ALSO_IN_FULL));
                    *counts.entry(outcome).or_default() += 1;
                }
                let mut total = total.lock().unwrap_or_else(PoisonError::into_inner);
                counts.into_iter().for_each(|(name, count)| *total.entry(name).or_default() += count);
            });
        }
    });
    total.into_inner().unwrap_or_else(PoisonError::into_inner)
}

/// A store at rest whose state has at least 64 KiB.
fn large_state() -> (Victim, Vec<u8>) {
    let mut victim = at_rest(Victim::new(0));
    let world = World::from_image(&victim.image, 8);
    let mut store = Store::options().env(world.env()).open(root()).expect("the store opens");
    let step = |number: usize| json!({"status": "done", "by": "ana", "evidence": [number, "J*\u{e9}\n"]});
    let steps: Value = (0..1_000)
        .map(|number| (format!("step-{number}"), step(number)))
        .collect::<serde_json::Map<_, _>>()
        .into();
    store.transact(|draft| draft.write(&Key::from_static("/steps"), steps)).expect("it commits");
    *victim.documents.last_mut().expect("there is one") = store.snapshot().to_value();
    drop(store);
    victim.image = world.fs.image().settled();
    let state = victim.image.read(&root().join("state.yaml")).expect("a state").to_vec();
    assert!(state.len() >= LOG_BYTES, "{} bytes", state.len());
    (victim, state)
}

/// Harms without a proof are detected; a share of them, and all with one, are shown to a store.
fn judge_large_state(victim: &Victim, in_full: bool, harmed: &[u8], what: &str) -> &'static str {
    let is_proven = state_proves_itself(harmed);
    if !is_proven && !in_full {
        return "not proven";
    }
    let outcome = judge_state(victim, harmed, what);
    assert!(is_proven || outcome != "sound", "{what}: the store takes for sound what nothing proves");
    outcome
}

#[test]
fn every_bit_of_a_large_state() {
    let (victim, state) = large_state();
    let counts = count_all(state.len() * 8, step(), |bit, in_full| {
        let mut harmed = state.clone();
        harmed[bit / 8] ^= 1 << (bit % 8);
        judge_large_state(&victim, in_full, &harmed, &format!("bit {bit} of the state"))
    });
    say!("bitrot: every bit of a state of {} bytes, 1 in {}: {counts:?}", state.len(), step());
    let comments: usize = state
        .split_inclusive(|byte| *byte == b'\n')
        .take_while(|line| line.starts_with(b"#"))
        .map(<[u8]>::len)
        .sum();
    assert!(counts["sound"] <= comments * 8, "only a comment may change unnoticed");
    assert!(counts["edited"] > 0 && counts["refused"] > 0);
}

#[test]
fn every_cut_and_block_of_a_large_state() {
    let (victim, state) = large_state();
    let counts = count_all(state.len(), step(), |len, in_full| {
        judge_large_state(&victim, in_full, &state[..len], &format!("state cut at {len}"))
    });
    say!("bitrot: every cut of a state of {} bytes: {counts:?}", state.len());
    assert!(!counts.contains_key("sound") && !counts.contains_key("edited"));

    let older = victim.image.entries().into_iter().find_map(|(path, bytes)| {
        path.starts_with(root().join(".backup")).then_some(bytes?).map(<[u8]>::to_vec)
    });
    let older = older.expect("a copy of an earlier state");
    let (size, kinds) = (512, 3);
    let counts = count_all(state.len() / size * kinds, 1, |index, in_full| {
        let range = index / kinds * size..(index / kinds + 1) * size;
        let mut harmed = state.clone();
        let stale = older.iter().cycle().skip(range.start % older.len());
        match index % kinds {
            0 => harmed[range].fill(0),
            1 => harmed[range].iter_mut().zip(stale).for_each(|(to, from)| *to = *from),
            _ => harmed[range]
                .iter_mut()
                .zip(b"}\n- \xff: \0\"".iter().cycle())
                .for_each(|(to, from)| *to = *from),
        }
        judge_large_state(&victim, in_full, &harmed, &format!("block {index} of the state"))
    });
    say!("bitrot: every block of a state of {} bytes: {counts:?}", state.len());
    assert!(!counts.contains_key("sound"));
}

#[test]
fn every_bit_of_a_large_history() {
    let batches = (1..).step_by(16).find(|batches| {
        let victim = at_rest(Victim::of(*batches, 0));
        victim.image.read(&root().join("history.jsonl")).is_ok_and(|history| history.len() >= LOG_BYTES)
    });
    let victim = at_rest(Victim::of(batches.expect("a longer history is a larger one"), 0));
    let history = victim.image.read(&root().join("history.jsonl")).expect("a history").to_vec();
    let last = history[..history.len() - 1].iter().rposition(|byte| *byte == b'\n').map_or(0, |at| at + 1);
    let whole = read_history(&history).all.expect("it is whole");
    let counts = count_all(history.len() * 8, step(), |bit, in_full| {
        let mut harmed = history.clone();
        harmed[bit / 8] ^= 1 << (bit % 8);
        let what = format!("bit {bit} of the history");
        if in_full {
            return judge_history(&victim, &harmed, &what);
        }
        match read_history(&harmed).all {
            // Without what stands between them the last two are one line, which may be one that was not finished; that
            // something is missing is for the store to tell.
            Ok(read) if bit / 8 + 1 == last => {
                assert_eq!(read, whole[..whole.len() - 2], "{what} changed it");
                judge_history(&victim, &harmed, &what)
            }
            // Only the last line may be taken for one that was not finished.
            Ok(read) => {
                assert_eq!(read, whole[..whole.len() - 1], "{what} changed it");
                assert!(bit / 8 >= last, "{what} hides a line");
                "shorter"
            }
            Err(error) => {
                assert!(error.is_corruption(), "{what}: {error}");
                "refused"
            }
        }
    });
    say!("bitrot: every bit of a history of {} bytes, 1 in {}: {counts:?}", history.len(), step());
    assert!(counts["refused"] > 1000 && !counts.contains_key("whole"));
}

/// A store whose state is gone, with one copy of an earlier state and the whole history.
#[test]
fn every_bit_of_the_copy_that_a_repair_begins_with() {
    let victim = at_rest(Victim::new(0));
    let expected = &victim.documents[victim.batches()];
    let broken = World::from_image(&victim.image, 9);
    broken.fs.place(&root().join("state.yaml"), b"").expect("the disk takes it");
    let image = broken.fs.image();
    let copies: Vec<_> =
        files(&image).into_iter().filter(|(path, _)| path.starts_with(root().join(".backup"))).collect();
    let is_state = |path: &Path| path.to_string_lossy().ends_with("state.yaml");
    let (path, copy) = copies.into_iter().find(|(path, _)| is_state(path)).expect("a copy of the state");
    let counts = count_all(copy.len() * 8 + 1, 1, |bit, _| {
        let mut harmed = copy.clone();
        // The last one is the copy as it was.
        if let Some(byte) = harmed.get_mut(bit / 8) {
            *byte ^= 1 << (bit % 8);
        }
        let world = World::from_image(&image, 10);
        world.fs.place(&path, &harmed).expect("the disk takes it");
        match Store::repair(&deferred(&world), &root()) {
            Ok(plan) => {
                let store = deferred(&world).open(root()).expect("what was repaired opens");
                let is_same = store.snapshot().to_value() == *expected;
                assert!(
                    is_same || plan.lost.is_some(),
                    "bit {bit} of the copy changed the document: {plan:?}"
                );
                if is_same { "identical" } else { "told to be lost" }
            }
            Err(error) => {
                assert!(error.is_corruption(), "bit {bit} of the copy: {error}");
                "refused"
            }
        }
    });
    say!("bitrot: every bit of a copy of {} bytes: {counts:?}", copy.len());
    assert!(counts["identical"] > 0);
}
