//! Bugs of publishing, of a full disk and of a state that is gone.

use super::{after_kill, exhibit, found, open, path, place, read, used, write};
use checklist_sim::fault::{Fault, FaultFs};
use checklist_sim::gate::Fate;
use checklist_sim::planted::{By, Place, Plant, Planted};
use checklist_store::env::Fs as _;
use checklist_store::env::mem::CallKind;
use checklist_store::planted::Bug;
use checklist_store::{ErrorKind, Store};
use std::io;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};

/// A disk on which no state can be put in place.
pub(super) const UNPUBLISHABLE: Planted = Planted {
    name: "the state cannot be exchanged",
    plant: Plant::Seam(&[(CallKind::Exchange, Place::State, Fate::Fail(io::ErrorKind::Other))]),
    by: By::Steps,
};

#[test]
fn a_lost_state_is_reset_to_an_empty_one() {
    exhibit(Bug::ResetLostState, || {
        let world = used();
        world.fs.remove(&path("state.yaml")).expect("it is there");
        world.fs.settle();
        Ok(found(&world)? == Some("old".into()))
    });
}

#[test]
fn an_edit_saved_while_publishing_is_overwritten() {
    exhibit(Bug::OverwriteEdit, || {
        let world = used();
        let mut store = open(&world)?;
        let edited = String::from_utf8(read(&world.fs.image(), "state.yaml")).expect("it is text");
        let edited = edited.replace("old", "by hand").into_bytes();
        let (is_saved, saved) = (AtomicBool::new(false), edited.clone());
        world.fs.on_call(move |call, fs| {
            let is_staged = call.kind == CallKind::Sync && call.path.starts_with(path(".tmp"));
            if is_staged && !is_saved.swap(true, Ordering::SeqCst) {
                fs.place(&path("state.yaml"), &saved).expect("the disk takes it");
            }
        });
        write(&mut store, "new")?;
        world.fs.on_call(|_, _| {});
        Ok(read(&world.fs.image(), "state.yaml") == edited)
    });
}

#[test]
fn an_edit_written_into_the_new_state_is_thrown_away_with_it() {
    exhibit(Bug::KnowByIdAlone, || {
        let world = used();
        let mut store = open(&world)?;
        let text = String::from_utf8(read(&world.fs.image(), "state.yaml")).expect("it is text");
        let edits = ["by hand", "by another hand"].map(|value| text.replace("old", value).into_bytes());
        let (is_staged, saved, kept) = (AtomicBool::new(false), AtomicUsize::new(0), edits.clone());
        world.fs.on_call(move |call, fs| {
            if call.kind == CallKind::Sync && call.path.starts_with(path(".tmp")) {
                is_staged.store(true, Ordering::SeqCst);
            }
            // The first comes out of the place of the state; the second is written into what took that place.
            let is_looked_at = call.kind == CallKind::Stat && call.path == path("state.yaml");
            let is_moment = match saved.load(Ordering::SeqCst) {
                0 => is_looked_at && is_staged.load(Ordering::SeqCst),
                _ => call.kind == CallKind::Exchange,
            };
            if is_moment && let Some(edit) = edits.get(saved.fetch_add(1, Ordering::SeqCst)) {
                fs.place(&path("state.yaml"), edit).expect("the disk takes it");
            }
        });
        write(&mut store, "new")?;
        world.fs.on_call(|_, _| {});
        let image = world.fs.image();
        let is_there = |edit: &Vec<u8>| image.entries().iter().any(|(_, bytes)| *bytes == Some(edit));
        Ok(kept.iter().all(is_there))
    });
}

#[test]
fn an_edit_with_other_line_ends_is_swept_away() {
    exhibit(Bug::RefuseForeignEnds, || {
        let world = used();
        let state = String::from_utf8(read(&world.fs.image(), "state.yaml")).expect("it is text");
        let unfinished = state.replace("old", "\"by hand").replace('\n', "\r\n").into_bytes();
        // It came out of the place of the state, and then the process died.
        place(&world, ".tmp/state.yaml-9", &unfinished);
        open(&world)?;
        Ok(world.fs.image().entries().iter().any(|(_, bytes)| *bytes == Some(&unfinished)))
    });
}

#[test]
fn a_full_disk_asks_for_a_restart() {
    exhibit(Bug::PoisonFullDisk, || {
        let world = used();
        let faults = FaultFs::over(&world.fs, Fault::None);
        let mut env = world.env();
        env.fs = Arc::new(faults.clone());
        let mut store = Store::options().env(env).open(path(""))?;
        // The log takes nothing; files that are small and new still find room.
        let refused = (1..60).find_map(|at| {
            faults.arm(Fault::FullFrom(at, io::ErrorKind::StorageFull));
            write(&mut store, "new").err()
        });
        let is_full = refused.is_some_and(|error| error.kind() == ErrorKind::StorageFull);
        faults.arm(Fault::None);
        write(&mut store, "newest")?;
        Ok(is_full && found(&after_kill(&world))? == Some("newest".into()))
    });
}

#[test]
fn what_fails_is_tried_in_a_storm() {
    exhibit(Bug::RetryStorm, || {
        let world = used();
        let mut store = Store::options().env(UNPUBLISHABLE.env(&world, None)).open(path(""))?;
        write(&mut store, "one")?;
        let before = world.fs.calls();
        write(&mut store, "two")?;
        Ok(world.fs.calls() - before < 100)
    });
}

#[test]
fn who_cannot_publish_keeps_the_lock() {
    exhibit(Bug::KeepLock, || {
        let world = used();
        let mut store = Store::options().env(UNPUBLISHABLE.env(&world, None)).open(path(""))?;
        write(&mut store, "one")?;
        let mut other = open(&world)?;
        write(&mut other, "two")?;
        drop(store);
        Ok(found(&after_kill(&world))? == Some("two".into()))
    });
}

#[test]
fn a_decayed_letter_of_the_state_is_believed() {
    // A clone has no history that would tell as well.
    exhibit(Bug::SkipStateChecksum, || {
        let world = used();
        world.fs.remove(&path("history.jsonl")).expect("it is there");
        let state = String::from_utf8(read(&world.fs.image(), "state.yaml")).expect("it is text");
        place(&world, "state.yaml", state.replace("old", "odd").as_bytes());
        Ok(*open(&world)?.standing() == checklist_store::Standing::Edited)
    });
}

#[test]
fn a_line_is_missed_that_was_moved_while_others_were_read() {
    exhibit(Bug::ListHistoryOnce, || {
        let world = used();
        let rotating = || Store::options().env(world.env()).history_limit(300);
        let mut writer = rotating().open(path(""))?;
        write(&mut writer, "new")?;
        let reader = rotating().open(path(""))?;
        // The files are listed, then a writer moves lines of the newest into one more, then they are read.
        let (has_moved, writer) = (AtomicBool::new(false), Mutex::new(writer));
        world.fs.on_call(move |call, _| {
            if call.kind == CallKind::List && call.path == path("") && !has_moved.swap(true, Ordering::SeqCst)
            {
                let mut writer = writer.lock().expect("nobody panicked with it");
                ["one", "two", "three"]
                    .iter()
                    .for_each(|value| write(&mut writer, value).expect("nothing fails"));
            }
        });
        let history = reader.history()?;
        world.fs.on_call(|_, _| {});
        Ok(history.len() == 5)
    });
}
