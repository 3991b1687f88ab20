//! The adversary against programs whose bugs are known: it must find each of them, and accuse nobody else.

use checklist_sim::fault::{Fault, FaultFs};
use checklist_store::env::mem::{Budget, CallKind, DiskImage, Survival, World};
use checklist_store::env::{Access, Fs, write_fully};
use std::collections::BTreeSet;
use std::io;
use std::path::Path;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};

/// Which step a program leaves out.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Omitted {
    Nothing,
    FileSync,
    DirSync,
    Checksum,
}

const NOTE: &str = "/d/note";
const STAGED: &str = "/d/staged";
const LOG: &str = "/d/log";

/// Replaces the note by version `n`, as every textbook says.
fn replace(fs: &dyn Fs, version: usize, omitted: Omitted) -> io::Result<()> {
    let mut file = fs.create(Path::new(STAGED), Access::Private)?;
    write_fully(&mut *file, text(version).as_bytes())?;
    if omitted != Omitted::FileSync {
        file.sync()?;
    }
    fs.rename(Path::new(STAGED), Path::new(NOTE))?;
    if omitted != Omitted::DirSync {
        fs.sync_dir(Path::new("/d"))?;
    }
    Ok(())
}

fn text(version: usize) -> String {
    format!("version {version} {}", "x".repeat(600))
}

fn replaced(image: &DiskImage) -> Option<usize> {
    let found = image.read(Path::new(NOTE)).ok()?;
    (0..9).find(|version| text(*version).as_bytes() == found)
}

/// Appends record `n` to a log: its length, its bytes, their sum.
fn append(fs: &dyn Fs, version: usize, omitted: Omitted) -> io::Result<()> {
    let created = fs.stat(Path::new(LOG)).is_err();
    let mut file = fs.append(Path::new(LOG), Access::Private)?;
    let body = text(version).into_bytes();
    let mut record = (body.len() as u32).to_le_bytes().to_vec();
    record.extend(&body);
    record.extend(sum(&body).to_le_bytes());
    write_fully(&mut *file, &record)?;
    if omitted != Omitted::FileSync {
        file.sync()?;
    }
    if created && omitted != Omitted::DirSync {
        fs.sync_dir(Path::new("/d"))?;
    }
    Ok(())
}

fn sum(bytes: &[u8]) -> u32 {
    bytes.iter().fold(7, |sum, byte| sum.wrapping_mul(31).wrapping_add(u32::from(*byte)))
}

/// How many records the log holds; `None` if a record is not what was written.
fn logged(image: &DiskImage, checked: bool) -> Option<usize> {
    let mut rest = image.read(Path::new(LOG)).unwrap_or_default();
    let mut count = 0;
    while let Some((len, tail)) = rest.split_first_chunk::<4>() {
        let len = u32::from_le_bytes(*len) as usize;
        if len == 0 || tail.len() < len + 4 {
            break;
        }
        let (body, tail) = tail.split_at(len);
        if checked && tail[..4] != sum(body).to_le_bytes() {
            break;
        }
        count += 1;
        if body != text(count).as_bytes() {
            return None;
        }
        rest = &tail[4..];
    }
    Some(count)
}

/// Runs three steps, crashes after each call in every way, and returns the first wrong outcome.
fn attack(
    step: impl Fn(&dyn Fs, usize) -> io::Result<()>,
    recovered: impl Fn(&DiskImage) -> Option<usize>,
    done_at_start: usize,
) -> (usize, Option<String>) {
    let world = World::new(1);
    world.fs.place(Path::new(NOTE), text(0).as_bytes()).expect("an empty disk");
    let acked = Arc::new(AtomicUsize::new(done_at_start));
    let moments = Arc::new(Mutex::new(Vec::new()));
    let (seen, done) = (Arc::clone(&moments), Arc::clone(&acked));
    world.fs.on_call(move |call, fs| {
        seen.lock().expect("no panic").push((call.to_string(), fs.image(), done.load(Ordering::SeqCst)));
    });
    for version in 1..=3 {
        step(&world.fs, version).expect("no fault is injected");
        acked.store(version, Ordering::SeqCst);
    }
    let mut distinct = BTreeSet::new();
    let moments = moments.lock().expect("no panic");
    let end = ("the end".to_owned(), world.fs.image(), 3);
    for (call, image, acked) in moments.iter().chain([&end]) {
        for (survival, crashed) in image.crashes(&Budget::BYTES) {
            distinct.insert(crashed.fingerprint());
            match recovered(&crashed) {
                Some(version) if (*acked..=acked + 1).contains(&version) => {}
                wrong => return (distinct.len(), Some(format!("{call}, {survival}: {wrong:?} of {acked}"))),
            }
            let again = image.survive(&survival.to_string().parse().expect("it reads what it prints"));
            assert_eq!(again.fingerprint(), crashed.fingerprint());
        }
    }
    (distinct.len(), None)
}

#[test]
fn a_careful_program_is_not_accused() {
    let (states, wrong) = attack(|fs, n| replace(fs, n, Omitted::Nothing), replaced, 0);
    assert_eq!(wrong, None);
    assert!(states > 3_000, "{states}");
    let (states, wrong) = attack(|fs, n| append(fs, n, Omitted::Nothing), |image| logged(image, true), 0);
    assert_eq!(wrong, None);
    assert!(states > 3_000, "{states}");
}

#[test]
fn every_omission_is_found() {
    for omitted in [Omitted::FileSync, Omitted::DirSync] {
        let (_, wrong) = attack(|fs, n| replace(fs, n, omitted), replaced, 0);
        assert!(wrong.is_some(), "replace without {omitted:?}");
        let (_, wrong) = attack(|fs, n| append(fs, n, omitted), |image| logged(image, true), 0);
        assert!(wrong.is_some(), "append without {omitted:?}");
    }
    let (_, wrong) = attack(|fs, n| append(fs, n, Omitted::Checksum), |image| logged(image, false), 0);
    assert!(wrong.is_some(), "a log without a checksum");
}

#[test]
fn a_rename_never_loses_both_names() {
    let world = World::new(1);
    world.fs.place(Path::new("/from/file"), b"content").expect("an empty disk");
    world.fs.place_dir(Path::new("/to")).expect("an empty disk");
    world.fs.rename(Path::new("/from/file"), Path::new("/to/file")).expect("rename");
    world.fs.sync_dir(Path::new("/from")).expect("sync_dir");
    let (mut old, mut new) = (0, 0);
    for (_, crashed) in world.fs.image().crashes(&Budget::BYTES) {
        let found = ["/from/file", "/to/file"].map(|path| crashed.read(Path::new(path)).is_ok());
        assert_ne!(found[0], found[1]);
        old += usize::from(found[0]);
        new += usize::from(found[1]);
    }
    assert!(old > 0 && new > 0, "the directory it moved to was not synced");
    world.fs.sync_dir(Path::new("/to")).expect("sync_dir");
    world.fs.crash(&Survival::nothing());
    assert_eq!(world.fs.read(Path::new("/to/file"), 0..9).expect("durable"), b"content");
}

#[test]
fn a_staged_file_that_was_renamed_durably_leaves_no_second_name() {
    let world = World::new(1);
    world.fs.place_dir(Path::new("/d/tmp")).expect("an empty disk");
    let mut file = world.fs.create(Path::new("/d/tmp/staged"), Access::Private).expect("create");
    write_fully(&mut *file, b"content").expect("write");
    file.sync().expect("sync");
    world.fs.rename(Path::new("/d/tmp/staged"), Path::new("/d/final")).expect("rename");
    world.fs.sync_dir(Path::new("/d")).expect("sync_dir");
    assert!(world.fs.image().unsynced().is_empty());
    for (_, crashed) in world.fs.image().crashes(&Budget::BYTES) {
        assert!(crashed.read(Path::new("/d/tmp/staged")).is_err());
        assert_eq!(crashed.read(Path::new("/d/final")).expect("durable"), b"content");
    }
}

#[test]
fn syncing_through_one_handle_makes_the_writes_of_all_durable() {
    let world = World::new(1);
    world.fs.place(Path::new("/log"), b"").expect("an empty disk");
    let mut first = world.fs.append(Path::new("/log"), Access::Private).expect("append");
    let mut second = world.fs.append(Path::new("/log"), Access::Private).expect("append");
    write_fully(&mut *first, b"one").expect("write");
    second.sync().expect("sync");
    write_fully(&mut *first, b"two").expect("write");
    world.fs.crash(&Survival::nothing());
    assert_eq!(world.fs.read(Path::new("/log"), 0..9).expect("read"), b"one");
}

#[test]
fn faults_strike_where_they_are_told_to() {
    let run = |fault| {
        let world = World::new(1);
        world.fs.place(Path::new(NOTE), text(0).as_bytes()).expect("an empty disk");
        let fs = FaultFs::new(world.env().fs, fault);
        let result = replace(&fs, 1, Omitted::Nothing).map_err(|error| error.kind());
        (result, fs.calls(), fs.struck(), world)
    };
    let (result, calls, struck, _) = run(Fault::None);
    assert_eq!((result, calls, struck), (Ok(()), 5, None));
    for at in 1..=5 {
        let (result, _, struck, world) = run(Fault::Once(at, io::ErrorKind::Other));
        assert_eq!(result, Err(io::ErrorKind::Other));
        assert_eq!(struck.expect("it struck").number, at);
        assert!(replace(&world.fs, 1, Omitted::Nothing).is_ok());
    }
    let (result, calls, ..) = run(Fault::ShortWrites(100));
    assert_eq!((result, calls), (Ok(()), 11), "610 bytes need seven writes");
    let (result, .., world) = run(Fault::FullFrom(2, io::ErrorKind::StorageFull));
    assert_eq!(result, Err(io::ErrorKind::StorageFull));
    assert_eq!(world.fs.image().read(Path::new(STAGED)).expect("created").len(), 305, "half of it");
    let (result, _, struck, _) = run(Fault::RefusedFrom(1, io::ErrorKind::ReadOnlyFilesystem));
    assert_eq!(result, Err(io::ErrorKind::ReadOnlyFilesystem));
    assert_eq!(struck.expect("it struck").kind, CallKind::Create);
}

#[test]
fn a_sync_after_a_failed_one_is_a_lie() {
    let world = World::new(1);
    world.fs.place(Path::new("/log"), b"").expect("an empty disk");
    let fs = FaultFs::over(&world.fs, Fault::SyncLost(3, io::ErrorKind::Other));
    let mut file = fs.append(Path::new("/log"), Access::Private).expect("append");
    write_fully(&mut *file, b"precious").expect("write");
    assert!(file.sync().is_err());
    assert!(file.sync().is_ok(), "the second answer says yes");
    assert_eq!(fs.read(Path::new("/log"), 0..9).expect("read"), b"precious", "and the cache agrees");
    write_fully(&mut *file, b"later").expect("write");
    file.sync().expect("sync");
    world.fs.crash(&Survival::everything());
    let left = world.fs.read(Path::new("/log"), 0..99).expect("read");
    assert_eq!(left, b"\0\0\0\0\0\0\0\0later", "the disk does not: there is a hole");
}
