//! A whole store of arbitrary files: it opens or is refused, a refusal changes nothing, and what one opening
//! found the next one finds.

use crate::model::root;
use checklist_store::env::mem::{DiskImage, World};
use checklist_store::fuzzing::reseal;
use checklist_store::{Error, ErrorKind, Key, Options, Publish, Standing, Store};
use std::collections::BTreeMap;
use std::path::PathBuf;

/// The line between the three files of an input: state, log, history.
const SEPARATOR: &[u8] = b"%%\n";

const DONE: Key<'static> = Key::from_static("/done");

pub(super) fn judge(bytes: &[u8]) {
    let mut parts = split(bytes).into_iter();
    let world = World::new(7);
    world.fs.place_dir(&root()).expect("the disk is empty");
    for (name, is_sealed) in [("state.yaml", false), (".wal", true), ("history.jsonl", true)] {
        // A log that is missing is made up for by the first opening; one that is there is empty.
        let part = parts.next().unwrap_or_default();
        if part.is_empty() && name != ".wal" {
            continue;
        }
        let part = if is_sealed { reseal(&part) } else { part };
        world.fs.place(&root().join(name), &part).expect("the disk takes it");
    }
    let before = files(&world.fs.image());
    let store = match options(&world).open(root()) {
        Ok(store) => store,
        Err(error) => {
            is_expected(&error);
            return assert_eq!(files(&world.fs.image()), before, "refused, and changed: {error}");
        }
    };
    let (found, standing) = (store.snapshot().to_value(), store.standing().clone());
    drop(store);
    let settled = files(&world.fs.image());
    let mut again = options(&world).open(root()).expect("what opened once opens again");
    assert_eq!(again.snapshot().to_value(), found, "opened again, it is another document");
    assert_eq!(*again.standing(), standing);
    assert_eq!(files(&world.fs.image()), settled, "opening again changed something");
    if standing != Standing::Sound {
        return assert_eq!(settled, before, "{standing:?}, and changed");
    }
    match again.transact(|draft| draft.write(&DONE, true)) {
        Ok(()) => {
            drop(again);
            let later = options(&world).open(root()).expect("what was written can be read");
            assert_eq!(later.snapshot().to_value()["done"], true, "an acknowledged change is lost");
        }
        Err(error) => is_expected(&error),
    }
}

fn options(world: &World) -> Options {
    Store::options().env(world.env()).publish(Publish::Deferred { wal_bytes: 1 << 20 }).fill_ahead(2_000)
}

/// The parts between separators; at most three.
fn split(bytes: &[u8]) -> Vec<Vec<u8>> {
    let mut parts = vec![Vec::new()];
    for line in bytes.split_inclusive(|byte| *byte == b'\n') {
        if line == SEPARATOR && parts.len() < 3 {
            parts.push(Vec::new());
        } else if let Some(part) = parts.last_mut() {
            part.extend_from_slice(line);
        }
    }
    parts
}

fn is_expected(error: &Error) {
    let kind = error.kind();
    let is_expected = matches!(
        kind,
        ErrorKind::Corrupt | ErrorKind::UnsupportedFormat | ErrorKind::LimitExceeded | ErrorKind::ReadOnly
    );
    assert!(is_expected, "{kind:?}: {error}");
}

/// Every file but for the locks, which say nothing about a store.
fn files(image: &DiskImage) -> BTreeMap<PathBuf, Vec<u8>> {
    let locks = root().join(".locks");
    let entries = image.entries().into_iter().filter(|(path, _)| !path.starts_with(&locks));
    entries.filter_map(|(path, bytes)| Some((path, bytes?.to_vec()))).collect()
}
