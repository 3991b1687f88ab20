//! Damage to `state.yaml` and `history.jsonl`: every bit, every cut of the history.

use crate::victim::{BATCHES, Victim, deferred, files};
use checklist_sim::model::root;
use checklist_store::env::mem::World;
use checklist_store::{Error, ErrorKind, Event, Key, Standing, Store, Verdict};
use std::collections::BTreeMap;
use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering::SeqCst};

/// A world with this store and another file in the place of one of its own.
fn world(victim: &Victim, name: &str, bytes: &[u8]) -> World {
    let world = World::from_image(&victim.image, 6);
    world.fs.place(&root().join(name), bytes).expect("the disk takes it");
    world
}

/// Opens a store with that state: its document is the one that was committed, or the harm is told and
/// nothing is changed.
pub(crate) fn judge_state(victim: &Victim, harmed: &[u8], what: &str) -> &'static str {
    let world = world(victim, "state.yaml", harmed);
    let before = files(&world.fs.image());
    match deferred(&world).open(root()) {
        Ok(store) if *store.standing() == Standing::Sound => {
            let document = store.snapshot().to_value();
            assert_eq!(document, victim.documents[victim.batches()], "{what} changed the document");
            if store.recovery().verdict == Verdict::Restored { "restored" } else { "sound" }
        }
        Ok(store) => {
            assert_eq!(*store.standing(), Standing::Edited, "{what}");
            assert_eq!(files(&world.fs.image()), before, "{what}: edited, and changed");
            "edited"
        }
        Err(error) => {
            let kind = error.kind();
            assert!(matches!(kind, ErrorKind::Corrupt | ErrorKind::UnsupportedFormat), "{what}: {error}");
            assert_eq!(files(&world.fs.image()), before, "{what}: refused, and changed");
            "refused"
        }
    }
}

#[test]
fn every_bit_of_the_state() {
    for published in [0, 2] {
        let victim = Victim::new(published);
        let state = victim.image.read(&root().join("state.yaml")).expect("a state").to_vec();
        let mut counts: BTreeMap<&str, usize> = BTreeMap::new();
        for bit in 0..state.len() * 8 {
            let mut harmed = state.clone();
            harmed[bit / 8] ^= 1 << (bit % 8);
            let outcome = judge_state(&victim, &harmed, &format!("bit {bit} of the state"));
            *counts.entry(outcome).or_default() += 1;
        }
        say!("every bit of the state, {published} of {BATCHES} published: {counts:?}");
        let comments = state.iter().position(|byte| *byte == b'c').map_or(0, |_| {
            state
                .split_inclusive(|byte| *byte == b'\n')
                .take_while(|line| line.starts_with(b"#"))
                .map(<[u8]>::len)
                .sum()
        });
        assert!(counts["sound"] <= comments * 8, "only a comment may change unnoticed");
        assert!(counts["refused"] > 0 && counts["edited"] > 0);
    }
}

/// The same store at rest, with all of its log in the history.
pub(crate) fn at_rest(mut victim: Victim) -> Victim {
    let world = victim.world(&victim.log);
    drop(deferred(&world).open(root()).expect("the log is redone"));
    victim.image = world.fs.image().settled();
    victim
}

/// Opens a store with that history: its document is untouched, the harm is reported, and a further
/// transaction neither fails nor destroys what was there.
pub(crate) fn judge_history(victim: &Victim, harmed: &[u8], what: &str) -> &'static str {
    let world = world(victim, "history.jsonl", harmed);
    let before: BTreeMap<PathBuf, Vec<u8>> = files(&world.fs.image());
    let store =
        Store::options().env(world.env()).open(root()).unwrap_or_else(|error| panic!("{what}: {error}"));
    assert_eq!(store.snapshot().to_value(), victim.documents[victim.batches()], "{what}");
    let read = store.history();
    assert!(read.as_ref().err().is_none_or(Error::is_corruption), "{what}");
    let is_whole = read.as_ref().is_ok_and(|entries| entries.len() == victim.batches() + 2);
    let is_reported = !store.check().expect("the store can be checked").is_sound();
    assert!(is_whole || is_reported, "{what}: nobody is told that the history lacks something");
    assert_eq!(files(&world.fs.image()), before, "{what}: reading changed something");
    let outcome = if is_whole {
        "whole"
    } else if read.is_ok() {
        "shorter"
    } else {
        "refused"
    };

    let told = Arc::new(AtomicBool::new(false));
    let hears = Arc::clone(&told);
    let observer = move |event: &Event| {
        hears.store(matches!(event, Event::HistoryCut { .. }) || hears.load(SeqCst), SeqCst);
    };
    let options = Store::options().env(world.env()).observe(Arc::new(observer));
    let mut store = options.open(root()).unwrap_or_else(|error| panic!("{what}: {error}"));
    let committed = store.transact(|draft| draft.write(&Key::from_static("/later"), true));
    let after = files(&world.fs.image());
    let kept = after.values().any(|bytes| bytes.starts_with(harmed));
    assert!(kept, "{what}: a commit destroyed what was left of the history");
    match committed {
        Ok(()) => {
            let again = Store::options()
                .env(world.env())
                .open(root())
                .unwrap_or_else(|error| panic!("{what}: {error}"));
            assert_eq!(again.snapshot().to_value()["later"], true, "{what}");
            let is_reported =
                !again.check().expect("the store can be checked").is_sound() || told.load(SeqCst);
            assert!(
                is_whole || is_reported || has_hole(&again),
                "{what}: after a commit the harm is forgotten"
            );
        }
        Err(error) => {
            let kind = error.kind();
            assert!(
                matches!(kind, ErrorKind::Corrupt | ErrorKind::Edited | ErrorKind::ReadOnly),
                "{what}: {error}"
            );
        }
    }
    outcome
}

/// Whether the numbers of the history leave something out.
fn has_hole(store: &Store) -> bool {
    let entries = store.history().expect("the history can be read");
    let ends = std::iter::once(0).chain(entries.iter().map(|entry| entry.lsn.0));
    ends.zip(&entries).any(|(before, entry)| entry.first.0 > before + 2)
}

#[test]
fn every_bit_of_the_history() {
    let victim = at_rest(Victim::new(0));
    let history = victim.image.read(&root().join("history.jsonl")).expect("a history").to_vec();
    let mut counts: BTreeMap<&str, usize> = BTreeMap::new();
    // All of the last line, which alone can be taken for an unfinished one, and a part of the others.
    let last = history[..history.len() - 1].iter().rposition(|byte| *byte == b'\n').map_or(0, |at| at * 8);
    for bit in (0..last).step_by(7).chain(last..history.len() * 8) {
        let mut harmed = history.clone();
        harmed[bit / 8] ^= 1 << (bit % 8);
        *counts.entry(judge_history(&victim, &harmed, &format!("bit {bit} of the history"))).or_default() +=
            1;
    }
    say!("every bit of the history: {counts:?}");
    assert!(counts["refused"] > 1000 && counts["shorter"] > 1000 && !counts.contains_key("whole"));
}

#[test]
fn every_cut_of_the_history() {
    let victim = at_rest(Victim::new(0));
    let history = victim.image.read(&root().join("history.jsonl")).expect("a history").to_vec();
    let mut counts: BTreeMap<&str, usize> = BTreeMap::new();
    for len in 1..=history.len() {
        let outcome = judge_history(&victim, &history[..len], &format!("history cut at {len}"));
        *counts.entry(outcome).or_default() += 1;
        let torn = [&history[..], &history[..len - 1]].concat();
        if len > 1 && !torn.ends_with(b"\n") && len < 200 {
            let outcome =
                judge_history(&victim, &torn, &format!("history with {len} bytes of a further line"));
            assert_eq!(outcome, "whole");
        }
    }
    say!("every cut of the history: {counts:?}");
    assert_eq!(counts["whole"], 1);
}
