//! Tests of the lock: what it says, whom it lets go first, how it waits, and when it signs.

use super::*;
use crate::env::mem::{CallKind, World};
use crate::env::{Clock as _, Fs as _};

#[test]
fn a_refused_lock_says_what_the_system_lacks_and_what_to_do() {
    use rustix::io::Errno;
    let path = Path::new("/project/.checklist/.locks/write");
    for (error, kind, said) in [
        (Errno::NOLCK.into(), ErrorKind::LockRefused, "is its lock service running"),
        (Errno::NOSYS.into(), ErrorKind::LockRefused, "checklist doctor"),
        (io::ErrorKind::Unsupported.into(), ErrorKind::LockRefused, "keep .checklist/ on a local disk"),
        (io::ErrorKind::Other.into(), ErrorKind::LockRefused, "take the lock"),
        (io::ErrorKind::StorageFull.into(), ErrorKind::StorageFull, "take the lock"),
        (io::ErrorKind::ReadOnlyFilesystem.into(), ErrorKind::ReadOnly, "take the lock"),
    ] {
        let error = refused(path, error);
        assert_eq!(error.kind(), kind, "{error}");
        assert!(error.to_string().contains(said), "{error}");
    }
}

/// A handle on a store in a world of its own.
fn handle() -> (World, Layout, FileLock) {
    let world = World::new(1);
    world.fs.place_dir(Path::new("/project")).expect("the disk is empty");
    let layout = Layout::new(Path::new("/project/.checklist"));
    let lock = FileLock::new(&world.env(), &layout);
    (world, layout, lock)
}

fn ms(count: u64) -> Duration {
    Duration::from_millis(count)
}

#[test]
fn a_lock_exists_once_it_was_taken_and_the_folders_that_were_doubted_come_back() {
    let (world, layout, lock) = handle();
    assert!(!lock.exists());
    drop(lock.try_acquire("test").expect("the folders are made"));
    assert!(lock.exists());
    let staging = layout.staging();
    let removed = layout.root().join("logs");
    assert!(world.fs.stat(&staging).is_ok() && world.fs.stat(&removed).is_ok());
    world.fs.rename(&removed, Path::new("/project/away")).expect("it is there");
    drop(lock.try_acquire("test").expect("the lock needs no other folder"));
    assert!(world.fs.stat(&removed).is_err(), "a handle makes the folders once");
    lock.doubt_folders();
    drop(lock.try_acquire("test").expect("the folders are made"));
    assert!(world.fs.stat(&removed).is_ok());
}

#[test]
fn who_waits_has_the_next_turn_and_is_seen_by_who_holds_the_lock() {
    let (world, layout, lock) = handle();
    let held = lock.try_acquire("test").expect("the folders are made").expect("it is free");
    assert!(!lock.is_awaited());
    let turn = world.fs.try_lock(&layout.lock_turn()).expect("it can be asked").expect("it is free");
    assert!(lock.is_awaited());
    drop(turn);
    assert!(!lock.is_awaited());

    let (seen, clock) = (Arc::new(Mutex::new(Vec::new())), world.clock.clone());
    let (turns, next, begin) = (Arc::clone(&seen), layout.lock_turn(), clock.instant());
    world.fs.on_call(move |call, fs| {
        let is_later = clock.instant() > begin;
        if is_later && call.kind == CallKind::TryLock && call.path.ends_with("state.lock") {
            turns.lock().expect("no panic").push(fs.try_lock(&next).is_ok_and(|free| free.is_none()));
        }
    });
    let other = FileLock::new(&world.env(), &layout);
    let error = other.acquire(ms(50), "other").expect_err("it is held");
    assert_eq!(error.kind(), ErrorKind::LockTimeout);
    world.fs.on_call(|_, _| {});
    let seen = seen.lock().expect("no panic");
    assert!(seen.len() > 3 && seen.iter().all(|is_taken| *is_taken), "{seen:?}");
    drop(held);
    assert!(world.fs.try_lock(&layout.lock_turn()).expect("it can be asked").is_some(), "it gave up");
}

#[test]
fn who_took_the_lock_a_moment_ago_lets_others_go_first_for_a_while() {
    let (world, layout, lock) = handle();
    drop(lock.acquire(ms(0), "test").expect("it is free"));
    let _turn = world.fs.try_lock(&layout.lock_turn()).expect("it can be asked").expect("it is free");
    // Again at once: whoever waits has not had the time to be quicker.
    world.clock.advance(ms(1));
    assert_eq!(lock.acquire(ms(800), "test").expect("it is free").waited, Duration::ZERO);
    for (timeout, courtesy) in [(800, 400), (10_000, 1000)] {
        world.clock.advance(ms(10));
        let taken = lock.acquire(ms(timeout), "test").expect("it is free");
        assert!(taken.waited >= ms(courtesy), "{:?}", taken.waited);
        assert!(taken.waited <= ms(courtesy + BACKOFF_MS_MAX), "{:?}", taken.waited);
    }
}

#[test]
fn pauses_grow_to_their_bound_and_are_never_none() {
    let (world, layout, lock) = handle();
    let _held = lock.try_acquire("test").expect("the folders are made").expect("it is free");
    let _turn = world.fs.try_lock(&layout.lock_turn()).expect("it can be asked").expect("it is free");
    let (seen, clock) = (Arc::new(Mutex::new(Vec::new())), world.clock.clone());
    let times = Arc::clone(&seen);
    world.fs.on_call(move |call, _| {
        if call.kind == CallKind::TryLock && call.path.ends_with("state.lock") {
            times.lock().expect("no panic").push(clock.instant());
        }
    });
    let other = FileLock::new(&world.env(), &layout);
    drop(other.acquire(Duration::from_secs(5), "other").expect_err("it is held"));
    let seen = seen.lock().expect("no panic");
    let pauses: Vec<Duration> = seen.windows(2).map(|pair| pair[1].since(pair[0])).collect();
    let last = pauses.len() - 1;
    assert!(pauses[..last].iter().all(|pause| *pause >= ms(1) && *pause <= ms(BACKOFF_MS_MAX)), "{pauses:?}");
    // 2, 4, 8, 16, 32, 64 and then 100 at most: within these, one is longer than any growth by steps allows.
    assert!(pauses[5..15].iter().any(|pause| *pause > ms(40)), "{pauses:?}");
}

#[test]
fn who_takes_the_lock_again_and_again_signs_it_once_a_second() {
    let (world, layout, lock) = handle();
    let since = |what: &str| {
        drop(lock.try_acquire(what).expect("it can be taken"));
        lock.holder().map(|holder| (holder.what, holder.since)).expect("it is signed")
    };
    let first = since("one");
    world.clock.advance(ms(SIGNED_MS_MAX - 1));
    assert_eq!(since("one"), first, "it stands");
    world.clock.advance(ms(1));
    let second = since("one");
    assert_ne!(second.1, first.1, "a second is over");
    world.clock.advance(ms(1));
    let third = since("other");
    assert_eq!(third.0, "other", "another says what it does");
    // Somebody else signed meanwhile.
    world.fs.place(&layout.lock_owner(), b"{}").expect("the disk takes it");
    assert_eq!(since("other").0, "other");
}
